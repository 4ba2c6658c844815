//! A go-live window in the console: waited for, said GO to, and left without.

use nix::sys::signal::Signal;
use serde_json::json;

use crate::support::night::Night;
use crate::support::terminal::{DEADLINE, Terminal};

const WINDOW: &str = r#"
[window]
for = "3s"

[[window.gate]]
name = "api"
signal = "api"

[[window.gate]]
name = "errors"
when = "error_rate('api', '10s') < 0.9"
"#;

/// A console on whose window everything is ready for a GO.
fn ready(night: &Night) -> Terminal {
    let mut console = night.console((80, 24), &[]);
    console.key("W");
    console.wait_for_texts(&["No window was opened yet", "api: api is ok"], DEADLINE);
    console.key("O");
    console.wait_for_text("for: 3s", DEADLINE);
    console.key("enter");
    console.wait_for_texts(&["Window W-1", "of 00:03", "left at best"], DEADLINE);
    console.wait_for_texts(&["READY: waits for GO", "W then G says GO"], DEADLINE);
    console
}

fn verdict(night: &Night) -> serde_json::Value {
    let (_, document) = night.json(&["window", "explain", "--json"]);
    assert_eq!(night.run(&["incident", "verify"]).code, Some(0));
    document["verdict"].clone()
}

#[test]
fn a_window_is_waited_for_and_said_go_to() {
    let night = Night::with("quiet", WINDOW);
    let mut console = ready(&night);
    console.key("W");
    console.wait_for_text("A GO lacks nothing", DEADLINE);
    console.key("G");
    console.wait_for_texts(&["00:03 clean by all 2 required gates", "y say GO"], DEADLINE);
    // It fails while it is asked for, and the question is no question any more.
    night.company.set("api", &json!({ "status": 503 }));
    let screen = console.wait_for_text("api is failing: down (status 503)", DEADLINE);
    assert!(!screen.contains("y say GO"), "{screen}");
    console.key("y");
    console.wait_for_text("no GO: ", DEADLINE);
    night.company.set("api", &json!({}));
    console.wait_for_texts(
        &["00:03 clean by all 2 required gates", "y say GO", "Before that: 1 reset"],
        DEADLINE,
    );
    console.key("y");
    console.wait_for_texts(&["Window W-1  GO", "GO by ann: 3s clean by every required gate"], DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    assert_eq!(verdict(&night), json!("GO"));
    // Opened again, it still says so.
    let mut console = night.console((80, 24), &[]);
    console.wait_for_texts(&["Window W-1  GO", "1 reset"], DEADLINE);
}

#[test]
fn no_way_of_leaving_says_go() {
    for signal in [Signal::SIGHUP, Signal::SIGTERM] {
        let night = Night::with("quiet", WINDOW);
        let mut console = ready(&night);
        console.key("W");
        console.wait_for_text("A GO lacks nothing", DEADLINE);
        console.key("G");
        console.wait_for_text("y say GO", DEADLINE);
        console.signal(signal);
        assert_eq!(console.exit_code(DEADLINE), Some(0), "{signal}");
        assert_eq!(verdict(&night), json!(null), "{signal}");
    }
}

#[test]
fn a_terminal_that_goes_away_says_no_go_and_no_hold() {
    let night = Night::with("quiet", WINDOW);
    let mut console = ready(&night);
    console.hang_up();
    console.exit_code(DEADLINE);
    assert_eq!(verdict(&night), json!(null));
    // The window is still open, and waits for its gates.
    let mut console = night.console((80, 24), &[]);
    console.wait_for_texts(&["Window W-1  00:03 of 00:03", "READY: waits for GO"], DEADLINE);
}
