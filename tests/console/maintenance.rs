//! Switching something on and off: what is shown, what is asked, what it takes to agree, and what
//! is said of the effect.

use serde_json::json;

use super::resume::switch;
use crate::support::night::Night;
use crate::support::terminal::{DEADLINE, Terminal};

const PUT: &str = "PUT /edge/flags/maintenance";

#[test]
fn the_exact_request_is_shown_and_only_the_confirming_key_runs_it() {
    let night = Night::of("quiet");
    let mut console = night.console((80, 24), &[]);
    console.key("m");
    let request = format!("PUT {}/edge/flags/maintenance", night.company.base());
    let shown = [
        "LOCKED  maintenance-mode: on",
        "It is OFF, read just now.",
        "This switches it ON.",
        &request,
        "In effect when web shows",
        "change: changes something, reversibly",
        "On shop · production",
        "A arm, to run it",
    ];
    console.wait_for_texts(&shown, DEADLINE);
    // Locked, no key runs it.
    for key in ["enter", "y", "m", "space", "enter"] {
        console.key(key);
    }
    console.wait_for_text("Enter never confirms", DEADLINE);
    console.key("y");
    console.wait_for_text("locked: arm first", DEADLINE);
    // Armed, only the key that is shown does.
    console.key("A");
    console.wait_for_texts(&["Run?  maintenance-mode: on", "y run"], DEADLINE);
    for key in ["m", "space", "tab", "Y", "enter"] {
        console.key(key);
    }
    console.wait_for_text("Enter never confirms: y does", DEADLINE);
    assert_eq!(night.company.asked(PUT), 0);
    // "No" stops; asking again starts from the beginning.
    console.key("n");
    console.wait_for_text("maintenance-mode: on: not run", DEADLINE);
    console.key("m");
    console.wait_for_texts(&["This switches it ON", "y run"], DEADLINE);
    console.key("y");
    console.wait_for_texts(
        &["ARMED", "maintenance-mode ON", "O-1 maintenance-mode must be switched off"],
        DEADLINE,
    );
    console.key("3");
    console.wait_for_texts(&["accepted (200)", "O-1 owed by", "✔ observed by web after"], DEADLINE);
    let shown = night.run(&["incident", "show"]).out;
    for told in ["armed until", "▶ R-3 maintenance-mode: on: requested", "R-3        accepted (200)"] {
        assert!(shown.contains(told), "no {told}:\n{shown}");
    }
    assert_eq!((night.company.asked(PUT), night.company.flag().as_str()), (1, "on"));
    // The obligation counts down.
    let counted = |screen: &str, start: &str| {
        screen.lines().any(|line| line.contains("O-1 maintenance") && line.contains(start))
    };
    console.wait_for(|screen| counted(screen, " 59:5"), DEADLINE);

    console.key("D");
    console.wait_for_text("LOCKED", DEADLINE);
    switch(&mut console, "OFF");
    console.wait_for_text("O-1 discharged", DEADLINE);
    assert_eq!((night.company.asked(PUT), night.company.flag().as_str()), (2, "off"));
}

#[test]
fn what_is_accepted_and_not_seen_is_not_in_effect() {
    let night = Night::of("lying-toggle");
    night.reconfigure("within = \"10s\"", "within = \"2s\"");
    let mut console = night.console((120, 36), &[]);
    switch(&mut console, "ON");
    console.wait_for_texts(
        &["accepted (200)", "NOT IN EFFECT: accepted, but web did not show it within 2s"],
        DEADLINE,
    );
    assert!(console.output().contains(&0x07), "it did not ring");
    // The flag may still take effect, so it is still owed.
    console.wait_for_text("O-1 maintenance-mode must be", DEADLINE);
    // What the screen shows is on disk a moment later; once the console has ended, all of it is.
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    let shown = night.run(&["incident", "show"]).out;
    assert!(shown.contains("NOT IN EFFECT"), "{shown}");
    assert!(!shown.contains("observed by web"), "{shown}");
}

#[test]
fn a_lost_answer_is_unknown_until_the_position_is_read() {
    let night = Night::of("quiet");
    let mut console = night.console((120, 36), &[]);
    console.key("m");
    console.wait_for_texts(&["This switches it ON", "A arm, to run it"], DEADLINE);
    night.company.set("edge", &json!({ "reset": true }));
    console.key("A");
    console.wait_for_text("y run", DEADLINE);
    console.key("y");
    console.wait_for_texts(&["? unknown, verify", "R-2 unknown: verify"], DEADLINE);
    // Nothing of it is tried again before somebody has looked.
    night.company.set("edge", &json!({}));
    assert_eq!(night.company.asked(PUT), 1);
    console.key("v");
    console.wait_for_text("read back: on", DEADLINE);
    assert_eq!((night.company.asked(PUT), night.company.flag().as_str()), (1, "on"));
}

#[test]
fn a_destructive_action_wants_its_target_typed() {
    let night = Night::of("quiet");
    let mut console = night.console((80, 24), &[]);
    console.key("z");
    console.wait_for_texts(&["CANNOT BE UNDONE", "A arm, to run it"], DEADLINE);
    console.key("A");
    console.wait_for_text("Type edge-cache to run it", DEADLINE);
    console.send("y\r");
    console.wait_for_text("type edge-cache exactly", DEADLINE);
    console.key("backspace");
    console.send("edge-cach\r");
    console.wait_for_text("type edge-cache exactly", DEADLINE);
    assert_eq!(night.company.asked("POST /admin/purge"), 0);
    console.send("e\r");
    console.key("3");
    console.wait_for_texts(&["▶ R-1 purge-cache: requested", "✔ 200 after"], DEADLINE);
    assert_eq!(night.company.asked("POST /admin/purge"), 1);
}

/// Waits until a key was surely seen: what it opens is there.
fn help(console: &mut Terminal) {
    console.key("?");
    console.wait_for_text("In the health pane", DEADLINE);
    console.key("esc");
    console.wait_for_text("MIDWATCH", DEADLINE);
}

#[test]
fn a_read_only_console_cannot_be_armed() {
    let night = Night::of("quiet");
    let mut console = night.console((80, 24), &["--read-only"]);
    console.wait_for_text("READ-ONLY", DEADLINE);
    console.key("A");
    console.wait_for_text("it cannot be armed", DEADLINE);
    for (key, what) in [("t", "restart-api"), ("b", "long-job"), ("z", "purge-cache")] {
        help(&mut console);
        console.key(key);
        console.wait_for_text("read-only: opened with --read-only", DEADLINE);
        console.key("y");
        assert!(!console.screen().contains(&format!("{what}: requested")), "{}", console.screen());
    }
    console.key("m");
    let screen = console.wait_for_texts(&["READ-ONLY", "This switches it ON", "esc back"], DEADLINE);
    assert!(!screen.contains("arm"), "{screen}");
    for key in ["A", "y", "enter"] {
        console.key(key);
        console.wait_for_text("read-only: opened with --read-only", DEADLINE);
        // Any other key takes the words away.
        console.key("x");
        console.wait_for(|screen| !screen.contains("read-only: opened"), DEADLINE);
    }
    console.key("esc");
    console.wait_for_text("MIDWATCH", DEADLINE);
    // What changes nothing runs.
    console.key("c");
    console.wait_for_text("5 gates passed", DEADLINE);
    assert_eq!(night.company.changes(), 0);
    assert!(!night.path("started").exists());
}
