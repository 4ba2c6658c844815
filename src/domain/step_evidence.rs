//! What a mark on a step rests on: what a signal showed, what a run did, what was attached, or somebody's word.

use serde::{Deserialize, Serialize};

use super::ids::{RunId, SignalId};
use super::reading::Health;
use super::text::clip;
use super::time::Timestamp;

/// One thing that a mark rests on. Text in it is clean and redacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum StepEvidence {
    /// What the signal that the step is bound to showed.
    Signal {
        /// The signal.
        signal: SignalId,
        /// How it stood.
        health: Health,
        /// What it said, where the condition looked: `status is 200`.
        values: Vec<String>,
        /// The condition that says that the step is done; its health where there is none.
        when: Option<String>,
        /// Whether it held; `None` where that could not be told.
        holds: Option<bool>,
        /// Why that could not be told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
        /// When it was read.
        at: Timestamp,
    },
    /// What was run from the step, and did what it should.
    Run {
        /// The run.
        run: RunId,
        /// In words.
        title: String,
        /// How it ended: `exit 0`.
        detail: String,
        /// When it was asked for.
        at: Timestamp,
    },
    /// What a reply had under a name that the step writes as a code span.
    Replied {
        /// The name.
        name: String,
        /// The value.
        value: String,
        /// Whose reply.
        run: RunId,
        /// When it came.
        at: Timestamp,
    },
    /// A line of a pane that was attached to the step.
    Attached {
        /// What it is from.
        source: String,
        /// What it is.
        title: String,
        /// When it happened, or was read.
        at: Timestamp,
    },
    /// A file that was kept.
    Artifact {
        /// Its name.
        name: String,
        /// SHA-256 of what it holds, in hex.
        hash: String,
    },
    /// Nothing but the word of whoever ticked it.
    Hand {
        /// Who.
        by: String,
    },
}

impl StepEvidence {
    /// In a few words, with the time where there is one: `R-7 exit 0, 14:25:31`.
    pub fn words(&self) -> String {
        match self {
            StepEvidence::Signal { signal, health, values, when, holds, why, at } => {
                let said = if values.is_empty() { health.word().to_owned() } else { values.join(", ") };
                let holds = match (holds, when) {
                    (Some(true), Some(_)) => " ✔ holds",
                    (Some(false), Some(_)) => " ✖ does not hold",
                    (Some(true), None) => " ✔",
                    (Some(false), None) => " ✖",
                    (None, _) => " ? could not be told",
                };
                let why = why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
                format!("{signal} {said}{holds}{why}, {}", at.clock())
            }
            StepEvidence::Run { run, detail, at, .. } => format!("{run} {detail}, {}", at.clock()),
            StepEvidence::Replied { name, value, run, at } => {
                format!("{name} is {}, {run} {}", clip(value, 80), at.clock())
            }
            StepEvidence::Attached { source, title, at } => format!("{source}: {title}, {}", at.clock()),
            StepEvidence::Artifact { name, hash } => {
                format!("file {name}, sha256 {}", super::text::head(hash, 12))
            }
            StepEvidence::Hand { by } => format!("checked by hand by {by}"),
        }
    }
}

/// What `evidence` says, for the end of a line.
pub fn in_words(evidence: &[StepEvidence]) -> String {
    match evidence {
        [StepEvidence::Hand { .. }] => "checked by hand".to_owned(),
        _ => evidence.iter().map(StepEvidence::words).collect::<Vec<_>>().join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_told_from_what_somebody_says() {
        let at = Timestamp::from_millis(1_795_271_131_000);
        let signal = StepEvidence::Signal {
            signal: "web".into(),
            health: Health::Ok,
            values: vec!["status is 200".into()],
            when: Some("status == 200".into()),
            holds: Some(true),
            why: None,
            at,
        };
        let run = StepEvidence::Run { run: "R-7".into(), title: "gates".into(), detail: "exit 0".into(), at };
        assert_eq!(
            in_words(&[signal, run]),
            format!("web status is 200 ✔ holds, {0}; R-7 exit 0, {0}", at.clock())
        );
        assert_eq!(in_words(&[StepEvidence::Hand { by: "ann".into() }]), "checked by hand");
        assert_eq!(in_words(&[]), "");
    }
}
