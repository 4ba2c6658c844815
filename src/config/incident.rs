//! `[incident]`: how long an incident leaves for what it asks for, and who is told when nobody has taken it on.

use std::time::Duration;

use crate::domain::clocks::{Clocks, LadderRung};
use crate::domain::diagnostic::Diagnostic;
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::text::clean;

/// What it is, for the reference.
pub(super) const ABOUT: &str = "How long an incident leaves for what it asks for, where the runbook at hand does not \
    say the same in its own words: those are counted then. And the ladder: who is told when nobody has taken it on.";

/// The keys of `[incident]`.
pub(super) const FIELDS: &[Field] = &[
    Field::optional("acknowledge", Kind::Duration, "`5m`", "Until somebody has taken the incident on."),
    Field::optional("first_update", Kind::Duration, "`5m`", "Until the first update is posted."),
    Field::optional(
        "update_every",
        Kind::Duration,
        "`20m`",
        "Until the next update after one, where that one promised no time.",
    ),
    Field::optional("recovery", Kind::Duration, "`15m`", "Until a P0 is mitigated."),
    Field::optional("review", Kind::Duration, "`24h`", "Until a closed incident is reviewed."),
    Field::optional("legal", Kind::Duration, "`1h`", "Until legal is told of a security incident."),
    Field::optional("audit", Kind::Duration, "`72h`", "Until a security incident is audited."),
    Field::optional(
        "escalation",
        Kind::Tables(ESCALATION),
        "the ladder that a runbook names",
        "The rungs of the ladder, each an `[[incident.escalation]]`.",
    ),
];

/// The keys of `[[incident.escalation]]`.
const ESCALATION: &[Field] = &[
    Field::optional("level", Kind::Integer(1, 20), "its place in the file", "Which rung it is, from 1."),
    Field::required(
        "who",
        Kind::Text,
        "Who is told: a person, a team, or the name of an `[[oncall]]`, for whoever is on call then.",
    ),
    Field::optional(
        "after",
        Kind::Duration,
        "at once",
        "After how long it is their turn, counted from when the incident is declared.",
    ),
    Field::optional(
        "way",
        Kind::Text,
        "what a contact of a runbook says",
        "How they are reached: a number, an address, a channel.",
    ),
];

/// What `table` says, with what holds where it says nothing.
pub(super) fn plan(table: Option<&Table>, found: &mut Vec<Diagnostic>) -> Clocks {
    let usual = Clocks::default();
    let Some(table) = table else { return usual };
    let span = |name: &str, usual: Duration| table.duration(name).unwrap_or(usual);
    Clocks {
        acknowledge: span("acknowledge", usual.acknowledge),
        first_update: span("first_update", usual.first_update),
        update_every: span("update_every", usual.update_every),
        recovery: span("recovery", usual.recovery),
        review: span("review", usual.review),
        legal: span("legal", usual.legal),
        audit: span("audit", usual.audit),
        escalation: table.tables("escalation").map_or_else(Vec::new, |tables| ladder(tables, found)),
    }
}

/// The rungs, lowest first.
fn ladder(tables: &[Table], found: &mut Vec<Diagnostic>) -> Vec<LadderRung> {
    let mut rungs: Vec<(LadderRung, &Table)> = Vec::new();
    for (place, table) in tables.iter().enumerate() {
        let Some(who) = table.text("who") else { continue };
        let place = u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1);
        let level = table.integer("level").and_then(|level| u32::try_from(level).ok()).unwrap_or(place);
        let who = clean(who.trim()).into_owned();
        if who.is_empty() {
            found.push(table.error("who", "missing-key", "this rung tells nobody").hint("who = \"primary\""));
        }
        if rungs.iter().any(|(known, _)| known.level == level) {
            let message = format!("there is another rung {level}");
            found.push(
                table.error("level", "duplicate-name", message).hint("every rung has a level of its own"),
            );
        }
        let way = table.text("way").map(str::trim).filter(|way| !way.is_empty());
        let after = table.duration("after").unwrap_or_default();
        rungs.push((LadderRung { level, who, after, way: way.map(|way| clean(way).into_owned()) }, table));
    }
    rungs.sort_by_key(|(rung, _)| rung.level);
    for pair in rungs.windows(2) {
        if pair[1].0.after < pair[0].0.after {
            let message = format!("rung {} is told before rung {}", pair[1].0.level, pair[0].0.level);
            let hint = "a higher rung is told later: after = \"15m\"";
            found.push(pair[1].1.error("after", "out-of-range", message).hint(hint));
        }
    }
    rungs.into_iter().map(|(rung, _)| rung).collect()
}
