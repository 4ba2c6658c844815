//! `[rollback]`: what is said before a release is gone back from.

use std::collections::BTreeMap;

use super::merge::Once;
use crate::domain::rollback::Wanted;
use crate::domain::setting::{Field, Kind};
use crate::domain::text::clean;

/// What it is, for the reference.
pub(super) const ABOUT: &str = "What the rollback card says besides what the source knows.";

/// The keys of `[rollback]`.
pub(super) const FIELDS: &[Field] = &[
    Field::optional(
        "budget",
        Kind::Duration,
        "`15m`",
        "How long a rollback may take, until its effect is seen.",
    ),
    Field::optional(
        "migrations",
        Kind::List(&Kind::Text),
        "",
        "A program and its arguments that prints what was migrated between two releases, a line each, and nothing where \
         nothing was. `{from}` and `{to}` stand for the releases, `to` being the older. It only looks, and runs when the \
         card is opened.",
    ),
    Field::optional(
        "not_undone",
        Kind::List(&Kind::Text),
        "",
        "What no rollback takes back, a sentence each: data, flags, caches.",
    ),
];

/// What the checked tables of all files say together; commands run beside the last of the files.
pub(super) fn plan(once: &BTreeMap<&'static str, Once>) -> Wanted {
    let none = Once::default();
    let Once { table, base } = once.get("rollback").unwrap_or(&none);
    let usual = Wanted::default();
    Wanted {
        budget: table.duration("budget").unwrap_or(usual.budget),
        migrations: table.texts("migrations"),
        cwd: (!base.as_os_str().is_empty()).then(|| base.clone()),
        not_undone: table.texts("not_undone").iter().map(|text| clean(text).into_owned()).collect(),
    }
}
