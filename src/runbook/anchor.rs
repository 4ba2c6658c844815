//! Names of steps, made from what they say and the headings they stand under: an edit elsewhere in the
//! file, a line that moves, a heading that is renumbered or a runbook that is renamed changes none of
//! them. Of steps that say the same under the same headings the first has the plain name, the others
//! are numbered.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::domain::ids::StepId;

use super::words;

/// Names given so far in one runbook.
#[derive(Default)]
pub(super) struct Anchors {
    given: HashMap<String, usize>,
}

impl Anchors {
    /// The name of the next step that says `words` under `headings`.
    pub(super) fn next(&mut self, headings: &[String], words: &str) -> StepId {
        let mut hash = Sha256::new();
        for heading in headings {
            hash.update(words::normal(heading));
            hash.update([0]);
        }
        hash.update(words.split_whitespace().collect::<Vec<_>>().join(" "));
        let name = hex::encode(&hash.finalize()[..6]);
        let given = self.given.entry(name.clone()).or_default();
        *given += 1;
        if *given == 1 { StepId::from(name) } else { StepId::from(format!("{name}-{given}")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_words_and_nothing_else() {
        let mut anchors = Anchors::default();
        let first = anchors.next(&["7. Incident".into()], "Restart  it");
        assert_eq!(anchors.next(&["7. Incident".into()], "Restart it").as_str(), format!("{first}-2"));
        assert_ne!(anchors.next(&["8. Rollback".into()], "Restart it"), first);
        assert_eq!(Anchors::default().next(&["8. Incident".into()], "Restart it"), first);
    }
}
