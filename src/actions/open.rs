//! `kind = "open"`: a link for the operator to open.

use super::Kind;
use crate::domain::action::ActionKind;
use crate::domain::setting::{Field, Kind as SettingKind};

/// The row of this kind.
pub(super) const KIND: Kind = Kind {
    name: "open",
    about: "Shows a link and copies it, for the operator to open.",
    fields: &[Field::required("url", SettingKind::Url, "The link.")],
    plan: |table, _| table.text("url").map(|url| ActionKind::Open(url.to_owned())),
};
