//! `[window]`: how long health has to last before a release is good, and by which gates.

use crate::domain::condition::Condition;
use crate::domain::diagnostic::{Diagnostic, did_you_mean};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;
use crate::domain::text::clean;
use crate::domain::time::short;
use crate::domain::window::{Conditions, Gate, LONGEST, SHORTEST, USUAL, Wanted, default_gates};

/// What it is, for the reference.
pub(super) const ABOUT: &str = "The go-live window: how long health has to last without a break, and by which gates. \
    Where no gate is given, they are made from the signals: the health of each, for what is asked by HTTP an error rate \
    below 0.5 % and a 95th percentile below 500 ms, with a hard stop above 5 % and 10 s, no red board, no new error \
    spike, and no undelivered webhook that is newer than the release. `midwatch config show` lists them.";

/// The keys of `[window]`.
pub(super) const FIELDS: &[Field] = &[
    Field::optional(
        "for",
        Kind::Duration,
        "`15m`",
        "How long every required gate has to pass without a break; `1s` to `24h`.",
    ),
    Field::optional(
        "gate",
        Kind::Tables(GATE),
        "made from the signals",
        "The gates, each a `[[window.gate]]`.",
    ),
];

/// The keys of `[[window.gate]]`.
const GATE: &[Field] = &[
    Field::required("name", Kind::Text, "Its name, unique among the gates."),
    Field::optional(
        "signal",
        Kind::Text,
        "",
        "The signal whose replies `when` and `stop` are conditions over. Without `when` the gate is that signal's \
         health, by each single reading.",
    ),
    Field::optional(
        "when",
        Kind::Text,
        "when the signal is ok",
        "A condition: when the gate passes. With `signal` over its reply, else over figures: \
         `error_rate('web', '5m') < 0.005`.",
    ),
    Field::optional(
        "stop",
        Kind::Text,
        "",
        "A condition of the same kind, a hard stop: when it holds, the verdict is NO-GO at once.",
    ),
    Field::optional(
        "required",
        Kind::Flag,
        "`true`",
        "Whether the clock needs it. An advisory gate is shown and decides nothing.",
    ),
    Field::optional(
        "tolerates",
        Kind::Integer(0, 100),
        "`0`",
        "How many failing measurements in a row do not set the clock to zero; the one after them does.",
    ),
    Field::optional(
        "degraded",
        Kind::Flag,
        "`false`",
        "Whether a degraded signal passes, where the gate is a signal's health.",
    ),
    Field::optional(
        "samples",
        Kind::Integer(1, 900),
        "`1`",
        "How many measurements a figure needs at least; with fewer it is unknown, and the clock stands still.",
    ),
];

/// What a window is by `table`, whose gates look at `watched`. `named` are the names of all tables of signals: one that
/// could not be planned has been reported already.
pub(super) fn plan(
    table: Option<&Table>,
    watched: &[Signal],
    named: &[String],
    found: &mut Vec<Diagnostic>,
) -> Wanted {
    let span = table.and_then(|table| table.duration("for")).unwrap_or(USUAL);
    if let Some(table) = table.filter(|_| !(SHORTEST..=LONGEST).contains(&span)) {
        let message = format!("a window lasts {} to 24h", short(SHORTEST));
        found.push(table.error("for", "out-of-range", message));
    }
    let Some(tables) = table.and_then(|table| table.tables("gate")) else {
        return Wanted { span, gates: default_gates(watched), compressed: false };
    };
    let mut gates: Vec<Gate> = Vec::new();
    for table in tables {
        let Some(gate) = gate(table, watched, named, found) else { continue };
        if gates.iter().any(|known| known.name == gate.name) {
            let message = format!("there is another gate called {:?}", gate.name);
            found.push(
                table.error("name", "duplicate-name", message).hint("every gate has a name of its own"),
            );
        }
        gates.push(gate);
    }
    if !gates.is_empty() && gates.iter().all(|gate| !gate.required) {
        let message = "no gate is required: nothing could ever stop this clock";
        found.push(tables[0].error("required", "no-required-gate", message).hint("required = true"));
    }
    Wanted { span, gates, compressed: false }
}

fn gate(table: &Table, watched: &[Signal], named: &[String], found: &mut Vec<Diagnostic>) -> Option<Gate> {
    let text = |name: &str| table.text(name).map(str::trim).filter(|text| !text.is_empty());
    let number = |name: &str| table.integer(name).and_then(|number| u32::try_from(number).ok());
    let gate = Gate {
        name: clean(text("name")?).into_owned(),
        signal: text("signal").map(Into::into),
        when: text("when").map(str::to_owned),
        stop: text("stop").map(str::to_owned),
        required: table.flag("required").unwrap_or(true),
        tolerates: number("tolerates").unwrap_or(0),
        degraded: table.flag("degraded").unwrap_or(false),
        samples: number("samples").unwrap_or(1),
    };
    let mut wrong = |key: &str, code, message: String, hint: &str| {
        let error = table.error(key, code, message);
        found.push(if hint.is_empty() { error } else { error.hint(hint) });
    };
    if gate.signal.is_none() && gate.when.is_none() && gate.stop.is_none() {
        let message = format!("gate {:?} asks for nothing", gate.name);
        wrong("name", "missing-key", message, "give signal, or when = \"error_rate('web', '5m') < 0.005\"");
    }
    if gate.degraded && (gate.signal.is_none() || gate.when.is_some()) {
        let message = "degraded is about a signal's health, and this gate is a condition".to_owned();
        wrong("degraded", "bad-gate", message, "remove it, or remove when");
    }
    if table.has("samples") && gate.signal.is_some() {
        wrong(
            "samples",
            "bad-gate",
            "a reply is one measurement: samples is about figures".into(),
            "remove it",
        );
    }
    if gate.stop.is_some() && !gate.required {
        wrong("stop", "bad-gate", "an advisory gate stops nothing".into(), "required = true");
    }
    let conditions = match Conditions::of(&gate) {
        Ok(conditions) => conditions,
        Err((key, message)) => {
            let hint = if gate.signal.is_none() && message.starts_with("unknown name") {
                "without signal it is over figures; name the signal to look into its reply"
            } else {
                ""
            };
            wrong(key, "bad-condition", message, hint);
            return Some(gate);
        }
    };
    for (key, condition) in [("when", &conditions.when), ("stop", &conditions.stop)] {
        let Some(condition) = condition else { continue };
        if gate.signal.is_none() && condition.asked().is_empty() {
            let message = "it asks for no figure of a signal".to_owned();
            wrong(key, "bad-condition", message, "for example error_rate('web', '5m') < 0.005");
        }
    }
    for (key, condition) in [("when", &conditions.when), ("stop", &conditions.stop)] {
        let Some(condition) = condition else { continue };
        for name in condition.asked() {
            unknown(table, key, name.as_str(), watched, named, found);
        }
        let Some(signal) = &gate.signal else { continue };
        if let Some(known) = watched.iter().find(|known| known.id == *signal) {
            fits(table, key, condition, known, found);
        }
    }
    if let Some(signal) = &gate.signal {
        unknown(table, "signal", signal.as_str(), watched, named, found);
    }
    Some(gate)
}

/// Tells what `condition` asks for that no reply of `signal` has.
fn fits(table: &Table, key: &str, condition: &Condition, signal: &Signal, found: &mut Vec<Diagnostic>) {
    let names = signal.known_names();
    if let Some(foreign) = condition.foreign(names) {
        let message = format!("{:?} has no {foreign:?}", signal.id.as_str());
        let hint = format!("it has {}", names.join(", "));
        found.push(table.error(key, "bad-condition", message).hint(hint));
    }
}

/// Tells that no signal is called `name`, where that is so.
fn unknown(
    table: &Table,
    key: &str,
    name: &str,
    watched: &[Signal],
    named: &[String],
    found: &mut Vec<Diagnostic>,
) {
    if watched.iter().any(|known| known.id.as_str() == name) || named.iter().any(|known| known == name) {
        return;
    }
    let there = || watched.iter().map(|signal| signal.id.as_str());
    let hint = match did_you_mean(name, there()) {
        Some(near) => format!("did you mean {near:?}?"),
        None if watched.is_empty() => "no signal has a name".to_owned(),
        None => format!("there are {}", there().collect::<Vec<_>>().join(", ")),
    };
    let message = format!("there is no signal called {:?}", clean(name));
    found.push(table.error(key, "unknown-signal", message).hint(hint));
}
