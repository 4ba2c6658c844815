//! `kind = "toggle"`: something with two positions, read before and after it is switched.

use super::{Kind, REQUEST, request};
use crate::domain::action::{ActionKind, Toggle};
use crate::domain::condition::{Condition, names_of};
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::IoRequest;
use crate::domain::setting::{Field, Kind as SettingKind, Table};

/// How the reply to `read` says "on" where nothing else is configured.
const IS_ON: &str = "text | says_on";

/// The row of this kind.
pub(super) const KIND: Kind = Kind {
    name: "toggle",
    about: "Switches something on and off, such as a maintenance mode. `read` asks for its position and \
            changes nothing.",
    fields: &[
        Field::required("read", SettingKind::Table(REQUEST), "The request that asks for the position."),
        Field::required("on", SettingKind::Table(REQUEST), "The request that switches it on."),
        Field::required("off", SettingKind::Table(REQUEST), "The request that switches it off."),
        Field::optional(
            "is_on",
            SettingKind::Condition,
            "`text | says_on`",
            "Whether the reply to `read` says on. `says_on` understands `on`, `true`, `1`, `yes`, `enabled`, \
             their opposites, JSON `true` and `false`, and any of these as `value`, `enabled` or `on` of a \
             JSON object; everything else leaves the position unknown.",
        ),
    ],
    plan,
};

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Option<ActionKind> {
    let mut part = |name: &str| request::request(table.table(name)?, found);
    let (read, on, off) = (part("read"), part("on"), part("off"));
    let read = read?;
    if let (IoRequest::Http(asks), Some(place)) = (&read, table.table("read"))
        && asks.method != "GET"
    {
        let key = asks.method.to_ascii_lowercase();
        found.push(
            place
                .error(&key, "bad-risk", "reading the position must change nothing")
                .hint("use get, or a command"),
        );
    }
    let of = if matches!(read, IoRequest::Http(_)) { "an HTTP reply" } else { "a command's reply" };
    let is_on = match table.fitting("is_on", names_of(&read), of, found) {
        Some(condition) => condition,
        None => Condition::compile(IS_ON).ok()?,
    };
    Some(ActionKind::Toggle(Box::new(Toggle { read, is_on, on: on?, off: off? })))
}
