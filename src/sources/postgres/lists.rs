//! The tables and indexes that a configuration names.

use crate::domain::setting::Table;
use crate::domain::signal::Signal;

use super::quote::is_name;

/// A table or an index by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// As it was given.
    pub(super) given: String,
    /// Before the dot; without it the one that a statement without a schema would find.
    pub(super) schema: Option<String>,
    /// After it.
    pub(super) relation: String,
}

impl Name {
    /// `lessons` or `school.lessons`; letters as they are, never folded.
    pub(super) fn parse(given: &str) -> Option<Self> {
        let (schema, name) = match given.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, given),
        };
        let fits = is_name(name) && !name.contains('.') && schema.is_none_or(is_name);
        fits.then(|| Self { given: given.into(), schema: schema.map(str::to_owned), relation: name.into() })
    }
}

/// A table to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) name: Name,
    /// So many rows at least.
    pub(super) at_least: u64,
}

/// Everything that is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) tables: Vec<Counted>,
    pub(super) indexes: Vec<Name>,
}

impl Wanted {
    pub(super) fn of(signal: &Signal) -> Self {
        signal.options.as_deref().map(Self::of_table).unwrap_or_default()
    }

    /// What a table names, without what cannot be a name.
    pub(super) fn of_table(table: &Table) -> Self {
        let counted = |one: &crate::domain::setting::Table| {
            let at_least = one.integer("at_least").and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0);
            Some(Counted { name: Name::parse(one.text("name")?)?, at_least })
        };
        Self {
            tables: table.tables("tables").unwrap_or_default().iter().filter_map(counted).collect(),
            indexes: table.texts("indexes").iter().filter_map(|given| Name::parse(given)).collect(),
        }
    }
}
