//! A whole incident by keys: declared, contained, looked into, told, mended, closed, reported. In at most 45 presses
//! besides what is typed.

use std::time::Duration;

use serde_json::Value;

use crate::support::counted::Counted;
use crate::support::night::Night;
use crate::support::terminal::DEADLINE;

/// How long a night may take to show its trouble, or to end it.
const TROUBLE: Duration = Duration::from_secs(90);
/// What an incident may take at most.
const PRESSES: u32 = 45;

const BOOK: &str = include_str!("../support/books/production.md");

#[test]
fn an_outage_is_closed_with_its_record_in_45_presses() {
    let night = Night::whole("long-night", BOOK);
    let mut watch = Counted::new(night.console((120, 40), &[]));
    watch.console.wait_for(|screen| screen.contains("checkout") && screen.contains("✖ DOWN 502"), TROUBLE);

    watch.keys("i", "P1 checkout is down");
    watch.keys("enter", "INC-1 P1");
    watch.keys("K", "INC-1 acknowledged");
    watch.keys("A", "armed for");

    // Contained: maintenance mode, seen at the shop itself.
    watch.keys("2 enter", "y run");
    watch.keys_within("y", "observed by web", TROUBLE);
    watch.keys("space", "✔ done: R-");
    watch.keys("x", "why, or nothing");
    watch.keys("enter", "▸ ☐ Triage");

    // Looked into: what an alert says is kept with the step.
    watch.keys("5 E", "attached");
    watch.keys("2 space", "✔ done");
    watch.keys("space", "✔ done");

    // Told.
    watch.keys("enter", "ctrl+s go on");
    watch.keys("ctrl+s", "Exactly this runs");
    watch.keys("y", "M-1 is in ops");
    watch.keys("space", "✔ done");

    // A dozen webhooks are sent again, as soon as the receiver takes them.
    watch
        .console
        .wait_for(|screen| screen.contains("12 undelivered") || screen.contains("13 undelivered"), TROUBLE);
    watch.keys("6 x", "What is to be done?");
    watch.keys("down enter", "the canary");
    watch.keys_within("y", "events to we_1QLFbilling: ended, 1", TROUBLE);

    // Back to the release before, seen to be live again.
    watch.keys("Z", "a1b2c3");
    watch.keys("enter", "Type");
    watch.console.send("a1b2c3");
    watch.keys_within("enter", "succeeded", TROUBLE);
    watch.keys("esc", "Health");

    // The gates again.
    watch.keys_within("c", "5 gates passed", TROUBLE);
    watch.keys("esc", "Health");

    // Open again, and nothing is owed.
    watch.console.wait_for(|screen| screen.contains("checkout") && !screen.contains("DOWN 502"), TROUBLE);
    watch.keys("m", "switches it OFF");
    watch.keys_within("y", "maintenance-mode: off: observed", TROUBLE);

    // What is left is done or explained, and the summary is all there is to write.
    watch.keys("C", "to be settled");
    for duty in ["assignment is on again", "looked: the same"] {
        watch.keys("d", "how it was met");
        watch.console.send(duty);
        watch.keys("enter", "to be settled");
    }
    for _ in 0..4 {
        watch.keys("d", "to be settled");
    }
    watch.keys("X", "why");
    watch.console.send("errors of before the rollback: they fade out");
    watch.keys("enter", "Nothing is left");
    watch.keys("C", "what happened, in short");
    watch.console.send("a release broke the basket; gone back from it");
    watch.keys("enter", "INC-1 closed");
    assert!(watch.presses() <= PRESSES, "{} presses", watch.presses());
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
