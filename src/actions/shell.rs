//! `kind = "shell"`: leaves the screen to an interactive program until it ends.

use super::{Kind, request};
use crate::domain::action::ActionKind;
use crate::domain::setting::{Field, Kind as SettingKind};

/// The row of this kind.
pub(super) const KIND: Kind = Kind {
    name: "shell",
    about: "Leaves the screen to an interactive program, such as `psql`, until it ends.",
    fields: &[Field::required(
        "command",
        SettingKind::List(&SettingKind::Text),
        "The program and its arguments; no shell unless the program is one.",
    )],
    plan: |table, found| request::argv(table, found).map(ActionKind::Shell),
};
