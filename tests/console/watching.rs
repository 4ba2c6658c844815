//! Two consoles on one journal: one writes, the other looks on.

use crate::support::night::Night;
use crate::support::terminal::DEADLINE;

#[test]
fn a_second_console_follows_and_changes_nothing() {
    let night = Night::of("quiet");
    let mut first = night.console((120, 36), &[]);
    let mut second = night.console((120, 36), &["--operator", "bob"]);
    second.wait_for_texts(&["READ-ONLY", "Read-only:"], DEADLINE);

    // An incident begins the runbook anew.
    first.key("i");
    first.wait_for_text("Declare an incident", DEADLINE);
    first.send("baskets are lost\r");
    second.wait_for_texts(&["INC-1 P1", "declared INC-1 P1: baskets are lost"], DEADLINE);

    first.key("2");
    first.key("space");
    first.wait_for_text("✔ Close the shop", DEADLINE);
    second.wait_for_texts(&["✔ Close the shop", "ann        ✔ done: Close the shop"], DEADLINE);

    // Nothing it is asked for happens, and it says why.
    second.key("2");
    for key in ["space", "n", "A", "c", "m", "i", "K"] {
        second.key(key);
        second.wait_for_text("read-only", DEADLINE);
        second.key("1");
        second.key("2");
    }
    second.key("q");
    assert_eq!(second.exit_code(DEADLINE), Some(0));
    let (_, shown) = night.json(&["incident", "show", "INC-1", "--json"]);
    let shown = shown.to_string();
    assert!(!shown.contains("bob"), "{shown}");
    assert_eq!(night.company.changes(), 0);

    // The first never noticed.
    first.key("K");
    first.wait_for_text("INC-1 acknowledged", DEADLINE);
    first.key("q");
    assert_eq!(first.exit_code(DEADLINE), Some(0));

    // What it wrote is everybody's now, and the next console writes.
    let mut third = night.console((120, 36), &["--operator", "bob"]);
    third.wait_for_texts(&["✔ Close the shop", "INC-1 P1", "LOCKED"], DEADLINE);
    third.key("n");
    third.wait_for_text("what happened", DEADLINE);
    third.send("taken over from ann\r");
    third.wait_for_text("bob        ✎ taken over from ann", DEADLINE);
}
