//! A whole incident by keys: declared, contained, looked into, told, mended, closed, reported. In at most 45 presses
//! besides what is typed.

use std::time::Duration;

use serde_json::Value;

use crate::support::night::Night;
use crate::support::terminal::{DEADLINE, Terminal};

/// How long a night may take to show its trouble, or to end it.
const TROUBLE: Duration = Duration::from_secs(90);
/// What an incident may take at most.
const PRESSES: u32 = 45;

const BOOK: &str = include_str!("../support/books/production.md");

/// A console, and how often a key of it was pressed.
struct Watch {
    console: Terminal,
    presses: u32,
}

impl Watch {
    /// Presses keys, one after the other, and waits for the last to show `text`.
    #[track_caller]
    fn press(&mut self, keys: &str, text: &str) -> String {
        self.press_for(keys, text, DEADLINE)
    }

    #[track_caller]
    fn press_for(&mut self, keys: &str, text: &str, deadline: Duration) -> String {
        for key in keys.split(' ') {
            self.console.key(key);
            self.presses += 1;
        }
        self.console.wait_for_text(text, deadline)
    }
}

#[test]
fn an_outage_is_closed_with_its_record_in_45_presses() {
    let night = Night::whole("long-night", BOOK);
    let console = night.console((120, 40), &[]);
    let mut watch = Watch { console, presses: 0 };
    watch.console.wait_for(|screen| screen.contains("checkout") && screen.contains("✖ DOWN 502"), TROUBLE);

    watch.press("i", "P1 checkout is down");
    watch.press("enter", "INC-1 P1");
    watch.press("K", "INC-1 acknowledged");
    watch.press("A", "armed for");

    // Contained: maintenance mode, seen at the shop itself.
    watch.press("2 enter", "y run");
    watch.press_for("y", "observed by web", TROUBLE);
    watch.press("space", "✔ done: R-");
    watch.press("x", "why, or nothing");
    watch.press("enter", "▸ ☐ Triage");

    // Looked into: what an alert says is kept with the step.
    watch.press("5 E", "attached");
    watch.press("2 space", "✔ done");
    watch.press("space", "✔ done");

    // Told.
    watch.press("enter", "ctrl+s go on");
    watch.press("ctrl+s", "Exactly this runs");
    watch.press("y", "M-1 is in ops");
    watch.press("space", "✔ done");

    // A dozen webhooks are sent again, as soon as the receiver takes them.
    watch
        .console
        .wait_for(|screen| screen.contains("12 undelivered") || screen.contains("13 undelivered"), TROUBLE);
    watch.press("6 x", "What is to be done?");
    watch.press("down enter", "the canary");
    watch.press_for("y", "events to we_1QLFbilling: ended, 1", TROUBLE);

    // Back to the release before, seen to be live again.
    watch.press("Z", "a1b2c3");
    watch.press("enter", "Type");
    watch.console.send("a1b2c3");
    watch.press_for("enter", "succeeded", TROUBLE);
    watch.press("esc", "Health");

    // The gates again.
    watch.press_for("c", "5 gates passed", TROUBLE);
    watch.press("esc", "Health");

    // Open again, and nothing is owed.
    watch.console.wait_for(|screen| screen.contains("checkout") && !screen.contains("DOWN 502"), TROUBLE);
    watch.press("m", "switches it OFF");
    watch.press_for("y", "maintenance-mode: off: observed", TROUBLE);

    // What is left is done or explained, and the summary is all there is to write.
    watch.press("C", "to be settled");
    for duty in ["assignment is on again", "looked: the same"] {
        watch.press("d", "how it was met");
        watch.console.send(duty);
        watch.press("enter", "to be settled");
    }
    for _ in 0..4 {
        watch.press("d", "to be settled");
    }
    watch.press("X", "why");
    watch.console.send("errors of before the rollback: they fade out");
    watch.press("enter", "Nothing is left");
    watch.press("C", "what happened, in short");
    watch.console.send("a release broke the basket; gone back from it");
    watch.press("enter", "INC-1 closed");
    assert!(watch.presses <= PRESSES, "{} presses", watch.presses);
    watch.console.key("q");
    assert_eq!(watch.console.exit_code(DEADLINE), Some(0));

    // The record is whole, and it tells of all of it.
    let (code, verified) = night.json(&["incident", "verify", "--json"]);
    assert_eq!((code, &verified["broken"]), (Some(0), &Value::Null));
    let (code, report) = night.json(&["incident", "report", "INC-1", "--format", "json"]);
    assert_eq!(code, Some(0));
    let told = report.to_string();
    for text in [
        "maintenance-mode: on",
        "maintenance-mode: off",
        "events to we_1QLFbilling",
        "roll back to a1b2c3",
        "rerun-gates",
        "lanternfish.slack.example.com",
        "a release broke the basket",
        "errors of before the rollback",
    ] {
        assert!(told.contains(text), "{text}: {report:#}");
    }
    for moment in ["acknowledged", "contained", "communicated", "closed"] {
        assert!(report["measures"][moment].is_string(), "{moment}: {:#}", report["measures"]);
    }
    let page = night.run(&["incident", "report", "INC-1", "--format", "html"]);
    assert!(page.code == Some(0) && page.out.contains("<svg"), "{page:?}");
}
