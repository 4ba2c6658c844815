//! `[requests]`: where the requests that stand in runbooks go.

use std::collections::BTreeMap;

use super::merge::Once;
use crate::domain::requests::Requests;
use crate::domain::setting::{Field, Kind, Table};

/// What it is, for the reference.
pub(super) const ABOUT: &str = "Where requests that stand in runbooks go, such as `POST /api/orders/[orderId]/retry`. \
    Without it only requests with a whole address can be sent.";

/// The keys of `[requests]`.
pub(super) const FIELDS: &[Field] = &[
    Field::optional("base_url", Kind::Url, "", "Stands before the path of a request that names no host."),
    Field::optional(
        "headers",
        Kind::Map(&Kind::Value),
        "",
        "Go along with every request to the host of `base_url`, and to no other. A request's own header of the same \
         name comes first.",
    ),
    Field::optional("timeout", Kind::Duration, "`30s`", "How long a request may take."),
    Field::optional(
        "limit",
        Kind::Integer(1024, 67_108_864),
        "`262144`",
        "How many bytes of the body are kept.",
    ),
];

/// What the checked tables of all files say together.
pub(super) fn plan(once: &BTreeMap<&'static str, Once>) -> Requests {
    let none = Table::default();
    let table = once.get("requests").map_or(&none, |once| &once.table);
    let usual = Requests::default();
    Requests {
        base_url: table.text("base_url").map(str::to_owned),
        headers: table.values("headers"),
        timeout: table.duration("timeout").unwrap_or(usual.timeout),
        limit: table.integer("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usual.limit),
    }
}
