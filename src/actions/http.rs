//! `kind = "http"`: one HTTP exchange.

use super::{Kind, request};
use crate::domain::action::ActionKind;

/// The row of this kind.
pub(super) const KIND: Kind = Kind {
    name: "http",
    about: "Sends one HTTP request. Accepted when the status is 200 to 299, or as `expect` says.",
    fields: request::HTTP,
    plan: |table, found| request::request(table, found).map(ActionKind::Once),
};
