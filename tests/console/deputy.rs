//! What the real terminal gets when something is late: the bell, notifications, the title; and what the journal says
//! of it afterwards.

use crate::support::night::Night;
use crate::support::terminal::{DEADLINE, Terminal};

/// A night on which maintenance mode is to end after seconds, and rings a second after that.
fn night(more: &str) -> Night {
    let night = Night::of("quiet");
    night.reconfigure("ends_after = \"1h\"", "ends_after = \"4s\"");
    night.reconfigure("operator = \"ann\"", &format!("operator = \"ann\"\nrings_after = \"1s\"\n{more}"));
    night
}

/// Maintenance mode goes on: it is owed that it goes off.
fn owing(console: &mut Terminal) {
    console.key("A");
    console.wait_for_text("ARMED", DEADLINE);
    console.key("m");
    console.wait_for_text("y run", DEADLINE);
    console.key("y");
    console.wait_for_text("O-1 maintenance", DEADLINE);
}

fn wrote(console: &Terminal, text: &str) -> bool {
    String::from_utf8_lossy(&console.output()).contains(text)
}

fn bells(console: &Terminal) -> usize {
    String::from_utf8_lossy(&console.output()).matches('\x07').count()
}

/// Everything a ring writes: the bell, both notifications, none of them cut off.
const RING: &str = "\x07\x1b]9;Midwatch: Late: O-1 maintenance-mode must be switched off\x07\
                    \x1b]777;notify;Midwatch;Late: O-1 maintenance-mode must be switched off\x07";

#[test]
fn what_is_late_rings_in_the_terminal_until_it_is_heard() {
    let night = night("");
    let mut console = night.console((100, 30), &[]);
    owing(&mut console);
    assert!(!wrote(&console, "\x1b]9;"), "nothing is late yet");
    console.wait_until(|console| wrote(console, RING), DEADLINE);
    console.wait_until(|console| wrote(console, "\x1b]0;! LATE O-1 maintenance-mode"), DEADLINE);
    console.wait_for_texts(&["! LATE O-1", "! heard"], DEADLINE);

    // A console that dies takes nothing with it: the next one rings at once, and once.
    console.kill();
    let mut console = night.console((100, 30), &[]);
    console.wait_until(|console| wrote(console, RING), DEADLINE);
    console.key("!");
    console.wait_for_text("heard: 1 late", DEADLINE);
    console.wait_until(
        |console| {
            let output = String::from_utf8_lossy(&console.output()).into_owned();
            let (late, usual) = (output.rfind("\x1b]0;! LATE"), output.rfind("\x1b]0;midwatch · shop"));
            usual > late
        },
        DEADLINE,
    );
    console.wait_for(|screen| !screen.contains("! LATE") && screen.contains("OVERDUE O-1"), DEADLINE);
    console.key("q");
    console.exit_code(DEADLINE);
    let shown = night.run(&["incident", "show"]).out;
    let lines = ["rings: O-1 maintenance-mode", "heard: O-1 maintenance-mode"];
    for line in lines {
        assert_eq!(shown.matches(line).count(), 1, "{line}:\n{shown}");
    }
    assert_eq!(night.run(&["incident", "verify"]).code, Some(0));
}

#[test]
fn what_is_not_wanted_does_not_ring_and_is_shown_all_the_same() {
    let night = night("notify = \"none\"");
    let mut console = night.console((100, 30), &[]);
    let before = bells(&console);
    owing(&mut console);
    console.wait_for_texts(&["! LATE O-1", "! heard"], DEADLINE);
    assert!(!wrote(&console, "\x1b]9;") && !wrote(&console, "\x1b]777;"));
    // Titles end with a bell that nobody hears.
    let titles = String::from_utf8_lossy(&console.output()).matches("\x1b]0;").count();
    let rung = bells(&console) - before;
    assert!(rung <= titles, "{rung} bells, {titles} titles");
}

#[test]
fn tmux_passes_a_notification_on() {
    let night = night("");
    let mut console = night.unawaited((100, 30), &[], &[("TMUX", "/tmp/tmux-1000/default,1,0")]);
    console.wait_for_text("ok", DEADLINE);
    owing(&mut console);
    let passed =
        "\x1bPtmux;\x1b\x1b]777;notify;Midwatch;Late: O-1 maintenance-mode must be switched off\x07\x1b\\";
    console.wait_until(|console| wrote(console, passed), DEADLINE);
}
