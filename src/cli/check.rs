//! `midwatch check`: every signal once.

use std::time::Duration;

use serde_json::json;

use crate::domain::diagnostic::did_you_mean;
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Signal;
use crate::domain::time::latency;
use crate::runtime::{self, Clock};
use crate::state::reason_words;

use super::print::ended;
use super::{Arguments, Exit, asking, open, print};

/// Asks every signal, or those named, once.
pub async fn check(arguments: &Arguments, names: &[String], as_json: bool) -> color_eyre::Result<Exit> {
    let (settings, diagnostics, agreed) = open::trusted(&arguments.common)?;
    print::diagnostics(&diagnostics);
    let (io, missing) = open::io(&settings, &agreed).await?;
    print::diagnostics(&missing);
    let mut signals = wanted(&settings.signals, names)?;
    if let Some(derived) = signals.iter().find(|signal| signal.request().is_none() && !names.is_empty()) {
        let why = "is not asked: what it says follows from what others said or sent before";
        return Err(ended(Exit::Usage, format!("{} {why}; see check --follow", derived.id)));
    }
    signals.retain(|signal| signal.request().is_some());
    if signals.is_empty() {
        return Err(ended(Exit::Unknown, "nothing of it is asked: nothing was measured; see check --follow"));
    }
    let clock = Clock::default();
    let asked = asking::all(&signals, |signal| runtime::poll(&io, signal, clock)).await;
    let Some(readings) = asked else { return Ok(Exit::Interrupted) };
    let results: Vec<(&Signal, Reading)> = signals.into_iter().zip(readings).collect();
    let worst = results.iter().map(|(_, reading)| reading.health).max().unwrap_or(Health::Blind);
    if as_json {
        print::json(&json!({ "health": worst, "signals": results.iter().map(document).collect::<Vec<_>>() }));
    } else {
        results.iter().for_each(|result| print::line(&line(result)));
    }
    Ok(exit(results.iter().map(|(_, reading)| reading.health)))
}

/// The signals of these names, or every one.
pub fn wanted<'a>(signals: &'a [Signal], names: &[String]) -> color_eyre::Result<Vec<&'a Signal>> {
    for name in names {
        if !signals.iter().any(|signal| signal.id.as_str() == name) {
            let known = signals.iter().map(|signal| signal.id.as_str());
            let hint =
                did_you_mean(name, known).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            return Err(ended(Exit::Usage, format!("no signal is called {name}{hint}")));
        }
    }
    let is_wanted =
        |signal: &&Signal| names.is_empty() || names.iter().any(|name| signal.id.as_str() == name);
    let wanted: Vec<&Signal> = signals.iter().filter(is_wanted).collect();
    if wanted.is_empty() {
        return Err(ended(Exit::Unknown, "no signal is configured: nothing was measured"));
    }
    Ok(wanted)
}

/// Down is unhealthy; blind could not tell; degraded works.
pub fn exit(healths: impl Iterator<Item = Health>) -> Exit {
    let mut exit = Exit::Done;
    for health in healths {
        match health {
            Health::Down => return Exit::Failed,
            Health::Blind => exit = Exit::Unknown,
            Health::Ok | Health::Degraded => {}
        }
    }
    exit
}

fn line((signal, reading): &(&Signal, Reading)) -> String {
    let health = reading.health;
    let took = reading.latency.map_or_else(|| "-".into(), latency);
    let why =
        if health == Health::Ok { String::new() } else { reason_words(reading.reason, &reading.detail) };
    format!("{} {:<9} {:<24} {took:>6}  {why}", health.glyph(), health.word(), signal.id)
        .trim_end()
        .to_owned()
}

fn document((signal, reading): &(&Signal, Reading)) -> serde_json::Value {
    // A health endpoint lists nothing, and its body is its own. Nothing read is no empty list.
    let newest = reading.newest().filter(|_| signal.board.is_some());
    json!({
        "name": signal.id,
        "source": signal.source,
        "observer": signal.observer,
        "health": reading.health,
        "reason": reading.reason,
        "detail": reading.detail,
        "latency_ms": reading.latency.map(milliseconds),
        "certificate_days": reading.certificate_days,
        "at": reading.at,
        "entries": newest.map(|_| reading.entries.len()),
        "newest": newest,
        "body": reading.body.as_deref().filter(|_| newest.is_some()),
    })
}

fn milliseconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e6).round() / 1e3
}
