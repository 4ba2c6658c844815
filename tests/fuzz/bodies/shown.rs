//! What is shown, journaled or opened is harmless.

use midwatch::domain::diagnostic::Diagnostic;
use midwatch::domain::entry::Entry;
use midwatch::domain::text::{is_hostile, width};

/// One line that a terminal only prints.
pub fn line(text: &str, what: &str) {
    assert!(!text.chars().any(is_hostile), "{what}: {text:?}");
}

/// Lines that a terminal only prints.
pub fn lines(text: &str, what: &str) {
    assert!(!text.chars().any(|c| c != '\n' && is_hostile(c)), "{what}: {text:?}");
}

/// Entries that are clean, and small enough to be kept.
pub fn entries(entries: &[Entry]) {
    for entry in entries {
        line(&entry.key, "key");
        line(&entry.state, "state");
        line(&entry.title, "title");
        assert!(width(&entry.title) <= 400, "a title of {} columns", width(&entry.title));
        assert!(entry.cells.len() <= 4, "{} cells", entry.cells.len());
        entry.cells.iter().for_each(|(_, text)| line(text, "cell"));
        entry.tags.iter().for_each(|text| line(text, "tag"));
        entry.facts.iter().for_each(|(_, text)| line(text, "fact"));
        assert!(entry.body.len() <= 300, "{} lines", entry.body.len());
        entry.body.iter().for_each(|text| line(text, "body"));
        entry.link.iter().for_each(|text| line(text, "link"));
        entry.release.iter().for_each(|text| line(text, "release"));
        for offer in &entry.offers {
            line(&offer.title, "offer");
            line(&offer.target, "target");
            offer.about.iter().for_each(|text| line(text, "about"));
            offer.refused.iter().for_each(|text| line(text, "refusal"));
            if let Some(blank) = &offer.blank {
                line(&blank.label, "blank");
                line(&blank.suggested, "suggestion");
            }
            offer.calls.iter().for_each(|call| line(&call.title, "call"));
        }
    }
}

/// What a push parser made: clean entries, or why there are none.
pub fn pushed(made: Result<Vec<Entry>, String>) {
    match made {
        Ok(made) => entries(&made),
        Err(why) => {
            assert!(!why.is_empty(), "refused without a word");
            line(&why, "refusal");
        }
    }
}

/// Diagnostics about `text`: clean, and at a place that is in it.
pub fn diagnostics(found: &[Diagnostic], text: &str) {
    let most = text.lines().count() + 1;
    for diagnostic in found {
        line(&diagnostic.message, "message");
        lines(diagnostic.hint.as_deref().unwrap_or_default(), "hint");
        assert!(diagnostic.line <= most, "line {} of {most}: {diagnostic}", diagnostic.line);
    }
}
