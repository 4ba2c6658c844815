//! A go-live window from its facts: every decision and what it was made by, as lines and as JSON.

use serde_json::{Value, json};

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::WindowId;
use crate::domain::narrate::tell;
use crate::domain::window::{GateFigures, GateSummary, SignalSummary, Verdict};

/// A window and its facts, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowRecord<'a> {
    /// Its name.
    pub id: &'a WindowId,
    /// Its facts, and what happened meanwhile to the clock and to the observer.
    pub facts: Vec<&'a Logged>,
    /// How it ended; `None` while it is open.
    pub verdict: Option<Verdict>,
}

/// The windows in `entries`, oldest first.
pub fn windows(entries: &[Logged]) -> Vec<WindowRecord<'_>> {
    let mut windows: Vec<WindowRecord<'_>> = Vec::new();
    for logged in entries {
        match &logged.fact {
            Fact::WindowOpened { window, .. } => {
                windows.push(WindowRecord { id: window, facts: vec![logged], verdict: None });
            }
            fact => {
                let Some(open) = windows.last_mut().filter(|known| known.verdict.is_none()) else { continue };
                if of_window(fact) || around(fact) {
                    open.facts.push(logged);
                }
                if let Fact::WindowEnded { verdict, .. } = fact {
                    open.verdict = Some(*verdict);
                }
            }
        }
    }
    windows
}

/// Whether `fact` is about a window.
pub fn of_window(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::WindowOpened { .. }
            | Fact::WindowRelease { .. }
            | Fact::WindowGate { .. }
            | Fact::WindowReset { .. }
            | Fact::WindowFrozen { .. }
            | Fact::WindowThawed { .. }
            | Fact::WindowHeld { .. }
            | Fact::WindowReleased { .. }
            | Fact::WindowCheckpoint { .. }
            | Fact::WindowReady { .. }
            | Fact::WindowEnded { .. }
    )
}

/// Whether `fact` says something to an open window although it is not about it.
fn around(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::ClockStepped { .. }
            | Fact::ObserverSick { .. }
            | Fact::ObserverRecovered {}
            | Fact::SessionOpened { .. }
            | Fact::SessionClosed { .. }
    )
}

impl WindowRecord<'_> {
    /// Every decision, and under each the values it was made by.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for logged in &self.facts {
            lines.push(line(logged));
            match &logged.fact {
                Fact::WindowOpened { gates, .. } => {
                    lines.extend(gates.iter().map(|gate| format!("    gate {}", gate.line())));
                }
                Fact::WindowGate { values, .. } => {
                    lines.extend(values.iter().map(|value| format!("    {}", value.words())));
                }
                Fact::WindowCheckpoint { gates, .. } => lines.extend(gates.iter().map(figures)),
                Fact::WindowEnded { gates, .. } => lines.extend(gates.iter().flat_map(summary)),
                _ => {}
            }
        }
        lines
    }

    /// The same as one document, the verdict first.
    pub fn document(&self) -> Value {
        let mut document = json!({ "window": self.id, "verdict": self.verdict });
        let (mut resets, mut freezes) = (0, 0);
        for logged in &self.facts {
            match &logged.fact {
                Fact::WindowOpened { span, gates, release, by, .. } => {
                    document["opened"] = json!(logged.at);
                    document["by"] = json!(by);
                    document["for_ms"] = json!(span.as_millis());
                    document["release"] = json!(release);
                    document["gates"] = json!(gates);
                }
                Fact::WindowRelease { release, .. } => document["release"] = json!(release),
                Fact::WindowReset { release, .. } => {
                    resets += 1;
                    if release.is_some() {
                        document["release"] = json!(release);
                    }
                }
                Fact::WindowFrozen { .. } => freezes += 1,
                Fact::WindowEnded { why, by, clean, gates, .. } => {
                    document["ended"] = json!(logged.at);
                    document["why"] = json!(why);
                    document["decided_by"] = json!(by);
                    document["clean_ms"] = json!(clean.as_millis());
                    document["results"] = json!(gates);
                }
                _ => {}
            }
        }
        document["resets"] = json!(resets);
        document["freezes"] = json!(freezes);
        document["facts"] = json!(self.facts);
        document
    }
}

fn figures(figures: &GateFigures) -> String {
    let values: Vec<String> = figures.values.iter().map(crate::domain::window::Value::words).collect();
    let state = figures.state;
    format!("    {} {} {}: {}", state.glyph(), figures.gate, state.word(), values.join(", "))
}

/// What a gate did, one line, and one more for each of its signals.
pub fn summary(gate: &GateSummary) -> Vec<String> {
    let advisory = if gate.required { "" } else { " (advisory)" };
    let (glyph, word) = (gate.state.glyph(), gate.state.word());
    let mut lines = vec![format!(
        "    {glyph} {}{advisory} {word}, {} resets, {} freezes: {}",
        gate.gate, gate.resets, gate.freezes, gate.detail
    )];
    lines.extend(gate.signals.iter().map(|known| format!("        {}", signal(known))));
    lines
}

/// What was measured of a signal: `api: 271 samples, p50 48 ms, p95 58 ms, error rate 0.00 %`.
pub(super) fn signal(signal: &SignalSummary) -> String {
    let millis = |value: Option<f64>| value.map_or_else(|| "-".into(), |value| format!("{value:.0} ms"));
    let rate = signal.error_rate.map_or_else(|| "-".into(), |rate| format!("{:.2} %", rate * 100.0));
    let (p50, p95) = (millis(signal.p50_ms), millis(signal.p95_ms));
    format!("{}: {} samples, p50 {p50}, p95 {p95}, error rate {rate}", signal.signal, signal.samples)
}

/// A fact of a window as it happens: `2026-11-21T14:32:05.120Z W-1: …`.
pub fn line(logged: &Logged) -> String {
    let told = tell(&logged.fact);
    format!("{} {}: {}", logged.at, told.who, told.text)
}
