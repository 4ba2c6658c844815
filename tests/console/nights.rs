//! The demo's nights whose trouble shows at the vendors, played to their end with the keys that the screen offers.

use std::time::Duration;

use crate::support::terminal::{DEADLINE, MIDWATCH, Terminal};

/// How long a night may take to show its trouble.
const TROUBLE: Duration = Duration::from_secs(60);

fn demo(night: &str, size: (u16, u16)) -> Terminal {
    let arguments = [MIDWATCH, "demo", night, "--theme", "dark", "--operator", "ann"];
    Terminal::start(&arguments, size, &[])
}

#[test]
fn payments_that_were_not_delivered_are_replayed() {
    let mut console = demo("billing-webhooks", (200, 60));
    // The receiver is broken: events pile up, and Sentry says so as well.
    console
        .wait_for(|screen| screen.contains("billing-webhook-failed") && screen.contains("✖ DOWN"), TROUBLE);
    console.key("6");
    console.wait_for(|screen| screen.matches("retrying").count() >= 2, TROUBLE);

    // It is mended, and seen to be.
    console.key("A");
    console.wait_for_text("ARMED", DEADLINE);
    console.key("t");
    console.wait_for_text("y run", DEADLINE);
    console.key("y");
    console.wait_for_text("observed by api", TROUBLE);

    // The first row can not be replayed, and says why; the next one can.
    console.key("home");
    console.key("x");
    console.wait_for_texts(&["What is to be done?", "cannot be done:"], DEADLINE);
    console.key("esc");
    // A key that comes right behind the escape would be one with it.
    console.wait_for(|screen| !screen.contains("What is to be done?"), DEADLINE);
    console.key("down");
    console.wait_for(|screen| screen.contains("▸ ▲ retrying"), DEADLINE);
    console.key("x");
    console.wait_for_text("calls)", DEADLINE);
    console.key("down");
    console.key("enter");
    console.wait_for_texts(&["the canary", "webhook_endpoint=we_1QLFbilling", "y run"], DEADLINE);
    console.key("y");
    let told = console.wait_for(|screen| screen.contains(" done; undelivered events: "), TROUBLE);
    assert!(!told.contains("stopped ("), "{told}");
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
}

#[test]
fn a_bad_release_is_found_and_gone_back_from() {
    let mut console = demo("bad-deploy", (120, 40));
    console.wait_for(|screen| screen.contains("✖ DOWN") && screen.contains("T+"), TROUBLE);
    // From what is red to the release before it.
    console.key("home");
    console.key("g");
    console.wait_for_text("d4e5f6 went live", DEADLINE);
    // Back to the one before: a candidate.
    console.key("A");
    console.wait_for_text("ARMED", DEADLINE);
    console.key("home");
    console.wait_for_text("▸   READY", DEADLINE);
    for _ in 0..6 {
        if console.screen().lines().any(|line| line.contains("▸") && line.contains("candidate")) {
            break;
        }
        console.key("down");
        std::thread::sleep(Duration::from_millis(300));
    }
    console.key("x");
    console.wait_for_texts(&["What is to be done?", "roll"], DEADLINE);
    console.key("enter");
    console.wait_for_texts(&["/rollback/", "y run"], DEADLINE);
    console.key("y");
    console.wait_for_text("accepted (201)", DEADLINE);
    // Not when it is accepted: when the project says so. And then it is pinned.
    console.wait_for(|screen| screen.contains("read back") && screen.contains("pin"), TROUBLE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
}

#[test]
fn providers_that_fail_are_blind_and_nothing_is_red() {
    let mut console = demo("provider-blackout", (200, 60));
    let screen = console.wait_for(|screen| screen.contains("BLIND"), TROUBLE);
    assert!(!screen.contains("✖ DOWN"), "{screen}");
    // The shop itself is well, and its rows say so.
    assert!(screen.lines().any(|line| line.contains(" web ") && line.contains("● ok")), "{screen}");
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
}

/// Opens the window of a night, as long as that night proposes.
fn watch(console: &mut Terminal) {
    // Everything was read once: which release is live is known then.
    console.wait_for_text("29 ok", DEADLINE);
    console.key("W");
    console.wait_for_text("No window was opened yet", DEADLINE);
    console.key("O");
    console.wait_for_text("Compressed for this demo", DEADLINE);
    console.key("enter");
    console.wait_for_texts(&["Window W-1", "compressed", "left at best"], DEADLINE);
}

#[test]
fn a_release_that_is_well_is_seen_to_be_and_said_go_to() {
    let mut console = demo("go-live", (80, 24));
    watch(&mut console);
    console.wait_for_texts(&["1 reset", "d4e5f6 went live", "● runs"], TROUBLE);
    console.wait_for_text("W then G says GO: W-1 is ready, 01:00 clean", TROUBLE * 2);
    console.key("W");
    console.wait_for_text("A GO lacks nothing", DEADLINE);
    console.key("G");
    console.wait_for_texts(&["Release d4e5f6", "Before that: 1 reset", "y say GO"], DEADLINE);
    console.key("y");
    console.wait_for_texts(&["Window W-1  GO", "GO by ann"], DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
}

#[test]
fn a_release_that_turns_bad_is_no_go_and_shows_the_way_back() {
    let mut console = demo("go-live-regression", (120, 40));
    watch(&mut console);
    console.wait_for_texts(&["1 reset", "d4e5f6 went live"], TROUBLE);
    console.wait_for_texts(&["2 resets", "checkout"], TROUBLE);
    // The hard stop, and at once what can be gone back to.
    console.wait_for_texts(&["Go back to which release?", "a1b2c3"], TROUBLE * 2);
    console.key("esc");
    console.wait_for_texts(&["Window W-1  NO-GO", "NO-GO by midwatch: errors"], DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
}
