//! `[[oncall]]`: who is on call, and when that is handed over.

use chrono::{NaiveDate, NaiveTime};

use crate::domain::diagnostic::{Diagnostic, did_you_mean};
use crate::domain::oncall::{HandOver, Lasts, Rotation};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::text::clean;

/// What it is, for the reference.
pub(super) const ABOUT: &str = "An on-call rotation. Where a runbook names a rotation of the same words and who takes \
    turns in it, such as `Week 1: …`, only `name` and `from` are needed: `from` says when the first turn was.";

/// The keys of `[[oncall]]`.
pub(super) const FIELDS: &[Field] = &[
    Field::required(
        "name",
        Kind::Text,
        "Its name, such as `primary`: a rung of the ladder names it in `who`. Its words find the rotation of a runbook.",
    ),
    Field::optional(
        "people",
        Kind::List(&Kind::Text),
        "those that the runbook names",
        "Who takes turns, in order.",
    ),
    Field::optional(
        "every",
        Kind::Text,
        "what the runbook's turns are called by, else `1 week`",
        "How long a turn lasts: `1 day`, `1 week`, `2 weeks`, `1 month`; at most a year.",
    ),
    Field::required(
        "from",
        Kind::Text,
        "The day on which the first turn began or begins, such as `2026-11-02`.",
    ),
    Field::optional("at", Kind::Text, "`09:00`", "When it is handed over, by the clock there."),
    Field::optional(
        "zone",
        Kind::Text,
        "`UTC`",
        "Where: a time zone such as `Europe/Berlin`, with its summer time.",
    ),
];

/// The rotation that `table` is; one that cannot be told apart or understood is told in `found`.
pub(super) fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Option<Rotation> {
    let name = clean(table.text("name").unwrap_or_default().trim()).into_owned();
    let mut wrong = |key: &str, code, message: String, hint: &str| {
        found.push(table.error(key, code, message).hint(hint));
    };
    if table.has("name") && name.is_empty() {
        wrong("name", "missing-key", "a rotation has a name".into(), "name = \"primary\"");
    }
    let people: Vec<String> =
        table.texts("people").iter().map(|who| clean(who.trim()).into_owned()).collect();
    if table.has("people") && (people.is_empty() || people.iter().any(String::is_empty)) {
        wrong("people", "missing-key", "nobody takes this turn".into(), "people = [\"ann\", \"bob\"]");
    }
    let every = table.text("every").map(|text| (text, Lasts::parse(text)));
    if let Some((text, None)) = every {
        let message = format!("{:?} is no span that turns last", clean(text));
        wrong(
            "every",
            "bad-duration",
            message,
            "for example \"1 week\", \"2 weeks\" or \"1 month\", at most a year",
        );
    }
    let from = table.text("from").map(|text| (text, text.trim().parse::<NaiveDate>().ok()));
    if let Some((text, None)) = from {
        let message = format!("{:?} is no day", clean(text));
        wrong("from", "bad-date", message, "for example \"2026-11-02\"");
    }
    let at = table.text("at").unwrap_or("09:00").trim();
    let clock = NaiveTime::parse_from_str(at, "%H:%M").ok();
    if clock.is_none() {
        let message = format!("{:?} is no time of day", clean(at));
        wrong("at", "bad-date", message, "for example \"09:00\"");
    }
    let named = table.text("zone").unwrap_or("UTC").trim();
    let zone = chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(named)).copied();
    if zone.is_none() {
        let near = did_you_mean(named, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
        let hint = near.map_or_else(
            || "for example \"Europe/Berlin\" or \"America/New_York\"".to_owned(),
            |near| format!("did you mean {near:?}?"),
        );
        let message = format!("{:?} is no time zone", clean(named));
        found.push(table.error("zone", "bad-zone", message).hint(hint));
    }
    // Who takes turns is known here: only then is a week what is meant where nothing is said.
    let every = every.and_then(|(_, every)| every).or_else(|| (!people.is_empty()).then_some(Lasts::Days(7)));
    let hand_over = HandOver { from: from?.1?, at: clock?, zone: zone? };
    Some(Rotation { name, people, every, hand_over })
}
