//! The ways a console ends, and those it does not: nothing is decided by leaving, and the terminal
//! is given back.

use nix::sys::signal::Signal;

use crate::support::night::Night;
use crate::support::terminal::{DEADLINE, MIDWATCH, Terminal};

/// What gives the terminal back: the other screen, mouse, paste and cursor as they were.
const RESTORED: [&str; 4] = ["\x1b[?1049l", "\x1b[?1006l", "\x1b[?2004l", "\x1b[?25h"];

fn is_restored(console: &Terminal) {
    let output = String::from_utf8_lossy(&console.output()).into_owned();
    let entered = output.rfind("\x1b[?1049h").expect("it never took the terminal over");
    for code in RESTORED {
        assert!(output[entered..].contains(code), "{code:?} is missing at the end of {output:?}");
    }
    assert!(!console.with_screen(vt100::Screen::alternate_screen));
}

/// A console with a dialog open in which one more key would run something.
fn about_to_run(night: &Night) -> Terminal {
    let mut console = night.console((100, 30), &[]);
    console.key("A");
    console.wait_for_text("ARMED", DEADLINE);
    console.key("t");
    console.wait_for_texts(&["/admin/restart/api", "y run"], DEADLINE);
    console
}

fn nothing_ran(night: &Night) {
    assert_eq!(night.company.changes(), 0);
    let shown = night.run(&["incident", "show"]).out;
    assert!(!shown.contains("requested"), "{shown}");
    let verified = night.run(&["incident", "verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

#[test]
fn q_quits_at_once_when_nothing_is_out() {
    let night = Night::of("quiet");
    let mut console = night.console((80, 24), &[]);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    is_restored(&console);
    nothing_ran(&night);
}

#[test]
fn q_asks_while_a_run_is_out() {
    let night = Night::of("quiet");
    night.write("running", "");
    let mut console = night.console((100, 30), &[]);
    console.key("A");
    console.wait_for_text("ARMED", DEADLINE);
    console.key("b");
    console.wait_for_text("y run", DEADLINE);
    console.key("y");
    console.wait_for_text("at work", DEADLINE);
    console.key("esc");
    console.wait_for_text("MIDWATCH", DEADLINE);
    console.key("q");
    console.wait_for_texts(&["long-job", "still out"], DEADLINE);
    // Neither Enter nor anything unclear is a yes.
    console.send("\r ");
    console.key("n");
    console.wait_for_text("MIDWATCH", DEADLINE);
    // Cancelled, nothing is out any more.
    console.key("X");
    console.wait_for_text("cancelled", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    is_restored(&console);
}

#[test]
fn leaving_a_run_behind_leaves_it_unknown() {
    let night = Night::of("quiet");
    night.write("running", "");
    let mut console = night.console((100, 30), &[]);
    console.key("A");
    console.wait_for_text("ARMED", DEADLINE);
    console.key("b");
    console.wait_for_text("y run", DEADLINE);
    console.key("y");
    console.wait_for_text("at work", DEADLINE);
    console.key("esc");
    console.wait_for_text("MIDWATCH", DEADLINE);
    console.key("q");
    console.wait_for_text("still out", DEADLINE);
    console.key("y");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    let mut console = night.console((100, 30), &[]);
    console.wait_for_text("unknown: verify", DEADLINE);
}

#[test]
fn signals_end_it_in_good_order() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT] {
        let night = Night::of("quiet");
        let mut console = about_to_run(&night);
        console.signal(signal);
        assert_eq!(console.exit_code(DEADLINE), Some(0), "{signal}");
        is_restored(&console);
        nothing_ran(&night);
    }
}

#[test]
fn a_terminal_that_goes_away_decides_nothing() {
    let night = Night::of("quiet");
    let mut console = about_to_run(&night);
    console.hang_up();
    // It has nobody to tell: what counts is that it ends and leaves the journal whole.
    console.exit_code(DEADLINE);
    nothing_ran(&night);
}

#[test]
fn ctrl_c_in_a_dialog_is_no() {
    let night = Night::of("quiet");
    let mut console = about_to_run(&night);
    console.key("ctrl+c");
    console.wait_for_text("restart-api: not run", DEADLINE);
    console.key("ctrl+c");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    nothing_ran(&night);
}

#[test]
fn it_stops_and_comes_back() {
    let night = Night::of("quiet");
    night.look_at(&[]);
    // A shell that knows jobs: without one there is nothing to stop to.
    let script =
        format!("set -m; {MIDWATCH}; echo \"in the $((40 + 2)) shell\"; read line; fg; echo back $?");
    let mut shell = Terminal::start_at(night.home.clone(), &["/bin/sh", "-c", &script], (80, 24), &[]);
    shell.wait_for_texts(&["MIDWATCH", "ok"], DEADLINE);
    shell.key("ctrl+z");
    let screen = shell.wait_for_text("in the 42 shell", DEADLINE);
    assert!(!screen.contains("MIDWATCH"), "{screen}");
    assert!(!shell.with_screen(vt100::Screen::alternate_screen));
    assert!(!shell.with_screen(vt100::Screen::bracketed_paste));
    shell.send("\n");
    shell.wait_for_texts(&["MIDWATCH", "ok", "Shop runbook"], DEADLINE);
    assert!(shell.with_screen(vt100::Screen::alternate_screen));
    // It has the keys again.
    shell.key("?");
    shell.wait_for_text("In the health pane", DEADLINE);
    shell.key("q");
    shell.wait_for_text("MIDWATCH", DEADLINE);
    shell.key("q");
    shell.wait_for_text("back 0", DEADLINE);
    assert_eq!(shell.exit_code(DEADLINE), Some(0));
}
