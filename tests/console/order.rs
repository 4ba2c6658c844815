//! Undo and approvals on the real console, at 80x24.

use crate::support::night::Night;
use crate::support::terminal::DEADLINE;

const RUNBOOK: &str = r#"# Order

## Containment

- Let the CEO agree. <!-- midwatch: approve=CEO -->
- Drain the pool.
  ```sh {"undo": "mv drained.txt undrained.txt"}
  touch drained.txt
  ```
"#;

#[test]
fn an_approval_and_an_undo_from_key_to_world() {
    let night = Night::of("quiet");
    night.write("runbook.md", RUNBOOK);
    let mut console = night.console((80, 24), &[]);
    console.key("A");
    console.wait_for_text("ARMED", DEADLINE);
    console.key("2");
    console.wait_for_texts(&["needs the approval of CEO  Y", "☐ Let the CEO agree."], DEADLINE);
    // Nothing that changes something runs from the step after it.
    for key in ["j", "enter"] {
        console.key(key);
    }
    console.wait_for_text("the approval of CEO is missing", DEADLINE);
    for key in ["k", "Y"] {
        console.key(key);
    }
    console.wait_for_texts(&["Approval of CEO", "name: reason", "Let the CEO agree."], DEADLINE);
    console.send("justin: release notes read");
    console.key("enter");
    console.wait_for_text("approved by justin for CEO", DEADLINE);

    for key in ["j", "enter"] {
        console.key(key);
    }
    let shown = ["Run?  touch drained.txt", "Undo: mv drained.txt undrained.txt", "y run"];
    console.wait_for_texts(&shown, DEADLINE);
    console.key("y");
    console.wait_for_text("✔ exit 0", DEADLINE);
    assert!(night.path("drained.txt").exists());
    console.key("esc");
    console.wait_for_text("U takes back R-1 touch drained.txt", DEADLINE);
    console.key("U");
    let shown = [
        "undo R-1: mv drained.txt undrained.txt",
        "Takes back R-1 touch drained.txt, by",
        "Nothing lies under it.",
        "y run",
    ];
    console.wait_for_texts(&shown, DEADLINE);
    assert!(night.path("drained.txt").exists(), "nothing is undone before the yes");
    console.key("y");
    console.wait_for_text("✔ exit 0", DEADLINE);
    assert!(!night.path("drained.txt").exists() && night.path("undrained.txt").exists());
    console.key("esc");
    console.wait_for_texts(&["↶ Drain the pool.", "undone by R-2"], DEADLINE);

    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    let shown = night.run(&["incident", "show"]).out;
    for told in ["approved by justin for CEO: release notes read", "↶ R-2", "to undo R-1"] {
        assert!(shown.contains(told), "no {told}:\n{shown}");
    }
    // Without a screen no approval can be given.
    let line = RUNBOOK.lines().position(|line| line.contains("Drain")).expect("a line") + 1;
    let refused = night.run(&["run", &format!("runbook.md#{line}"), "--yes", "x"]);
    assert_eq!(refused.code, Some(4), "{}", refused.err);
    assert!(refused.err.contains("the approval of CEO"), "{}", refused.err);
}
