//! Signals that went red, and whether anything came of it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::SignalId;
use crate::domain::reading::Health;
use crate::domain::time::Timestamp;

/// How loud the signals were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Noise {
    /// How often a signal went red.
    pub red: u64,
    /// How often an incident was declared while it was.
    pub led_to_an_incident: u64,
    /// How often somebody took it on.
    pub acknowledged: u64,
    /// Each signal that went red, the loudest first.
    pub signals: Vec<SignalNoise>,
    /// Those of them that no runbook mentioned when they went red last.
    pub without_a_runbook: Vec<SignalId>,
}

/// How loud one was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SignalNoise {
    /// Which.
    pub signal: String,
    /// How often it went red.
    pub red: u64,
    /// How often an incident was declared while it was red.
    pub led_to_an_incident: u64,
    /// How often somebody took it on.
    pub acknowledged: u64,
    /// How often it went red while it was silenced.
    pub silenced: u64,
    /// How often it began to flap.
    pub flapped: u64,
    /// Whether a runbook mentions it; `None` where that was never looked up.
    pub in_a_runbook: Option<bool>,
}

/// What is remembered of a signal while the facts are gone through.
#[derive(Default)]
struct Heard {
    figures: SignalNoise,
    /// Red, since an edge that counts; and whether that has led to an incident, and was taken on.
    red: Option<Edge>,
    muted: bool,
}

#[derive(Clone, Copy)]
struct Edge {
    counts: bool,
    led: bool,
    taken: bool,
}

/// Of the red edges from `since` until `until`.
pub fn noise(entries: &[Logged], since: Option<Timestamp>, until: Option<Timestamp>) -> Noise {
    let mut heard: BTreeMap<&SignalId, Heard> = BTreeMap::new();
    for entry in entries {
        let counts =
            since.is_none_or(|since| entry.at >= since) && until.is_none_or(|until| entry.at < until);
        hear(&mut heard, entry, counts);
    }
    let mut noise = Noise::default();
    for (signal, heard) in heard {
        let figures = SignalNoise { signal: signal.to_string(), ..heard.figures };
        if figures.red == 0 {
            continue;
        }
        noise.red += figures.red;
        noise.led_to_an_incident += figures.led_to_an_incident;
        noise.acknowledged += figures.acknowledged;
        if figures.in_a_runbook == Some(false) {
            noise.without_a_runbook.push(signal.clone());
        }
        noise.signals.push(figures);
    }
    noise.signals.sort_by_key(|figures| std::cmp::Reverse(figures.red));
    noise
}

fn hear<'a>(heard: &mut BTreeMap<&'a SignalId, Heard>, entry: &'a Logged, counts: bool) {
    match &entry.fact {
        Fact::Settled { signal, to: Health::Down | Health::Degraded, .. } => {
            let known = heard.entry(signal).or_default();
            if known.red.is_none() {
                known.red = Some(Edge { counts, led: false, taken: false });
                known.figures.red += u64::from(counts);
                known.figures.silenced += u64::from(counts && known.muted);
            }
        }
        Fact::Settled { signal, to: Health::Ok, .. } => heard.entry(signal).or_default().red = None,
        Fact::IncidentDeclared { signal, .. } => {
            for (name, known) in heard.iter_mut() {
                // One that names its signal was declared from that one alone.
                let meant = signal.as_ref().is_none_or(|signal| signal == *name);
                if let Some(edge) = known.red.as_mut().filter(|edge| meant && edge.counts && !edge.led) {
                    edge.led = true;
                    known.figures.led_to_an_incident += 1;
                }
            }
        }
        Fact::Acknowledged { signal, .. } => {
            let known = heard.entry(signal).or_default();
            if let Some(edge) = known.red.as_mut().filter(|edge| edge.counts && !edge.taken) {
                edge.taken = true;
                known.figures.acknowledged += 1;
            }
        }
        Fact::Silenced { signal, .. } => heard.entry(signal).or_default().muted = true,
        Fact::SilenceEnded { signal, .. } => heard.entry(signal).or_default().muted = false,
        Fact::FlappingStarted { signal, .. } => {
            heard.entry(signal).or_default().figures.flapped += u64::from(counts);
        }
        Fact::Routed { signal, mention } => {
            heard.entry(signal).or_default().figures.in_a_runbook = Some(mention.is_some());
        }
        _ => {}
    }
}

impl Noise {
    pub(super) fn lines(&self) -> Vec<String> {
        if self.red == 0 {
            return Vec::new();
        }
        let mut lines = vec![
            String::new(),
            format!(
                "Signals went red {} times; {} led to an incident, {} were taken on.",
                self.red, self.led_to_an_incident, self.acknowledged
            ),
        ];
        lines.push("   red  incident  taken on  silenced  flapped  signal".into());
        for known in &self.signals {
            let gap = if known.in_a_runbook == Some(false) { "  (no runbook mentions it)" } else { "" };
            lines.push(format!(
                "{:>6} {:>9} {:>9} {:>9} {:>8}  {}{gap}",
                known.red,
                known.led_to_an_incident,
                known.acknowledged,
                known.silenced,
                known.flapped,
                known.signal
            ));
        }
        lines
    }
}
