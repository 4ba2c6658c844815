//! What a run of a runbook's command is held to, as its file says: what the reply must be, what of it gets a name, and
//! whether it wants the terminal. Kept with the run, so that a console that is opened again judges it the same.

use serde::{Deserialize, Serialize};

use super::step_rules::{Capture, StepRules};
use super::text::clean;

/// The terms of one run.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// A condition over the reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
    /// What of a good reply gets which name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capture: Vec<Capture>,
    /// Whether it gets the terminal until it ends.
    #[serde(skip_serializing_if = "is_false")]
    pub hands_over: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Terms {
    /// The terms that `rules` make.
    pub fn of(rules: &StepRules) -> Self {
        let words = |text: &String| clean(text).into_owned();
        let capture =
            |capture: &Capture| Capture { name: words(&capture.name), of: capture.of.as_ref().map(words) };
        Self {
            expect: rules.expect.as_ref().map(words),
            capture: rules.capture.iter().map(capture).collect(),
            hands_over: rules.interactive,
        }
    }

    /// Whether there are none.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The terms in words, a line each: what a confirmation and `--dry-run` show.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.expect.as_ref().map(|expect| format!("It must turn out so: {expect}")));
        lines.extend(self.capture.iter().map(|capture| match &capture.of {
            Some(of) => format!("Of the reply, {} becomes {of}", capture.name),
            None => format!("What it prints becomes {}", capture.name),
        }));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_back_and_none_take_no_room() {
        assert_eq!(serde_json::to_string(&Terms::default()).unwrap(), "{}");
        let rules = StepRules {
            expect: Some("rows == 0".into()),
            interactive: true,
            capture: vec![Capture { name: "sha".into(), of: Some("json.commit".into()) }],
            ..StepRules::default()
        };
        let terms = Terms::of(&rules);
        assert_eq!(serde_json::from_str::<Terms>(&serde_json::to_string(&terms).unwrap()).unwrap(), terms);
        assert_eq!(
            terms.lines(),
            ["It must turn out so: rows == 0", "Of the reply, sha becomes json.commit"]
        );
    }
}
