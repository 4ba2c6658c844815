//! The harness that drives programs in a pseudo-terminal, driven on `/bin/sh`.
#![cfg(unix)]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::terminal::{DEADLINE, Terminal};

const SIZE: (u16, u16) = (80, 24);

fn shell(script: &str) -> Terminal {
    Terminal::start(&["/bin/sh", "-c", script], SIZE, &[])
}

#[test]
fn it_types_reads_and_waits_for_the_end() {
    let mut terminal = shell("printf 'name? '; read name; echo \"hello $name\"; exit 7");
    terminal.wait_for_text("name?", DEADLINE);
    terminal.send("ann");
    terminal.key("enter");
    let screen = terminal.wait_for(|screen| screen.contains("hello ann"), DEADLINE);
    assert!(screen.starts_with("name? ann\nhello ann\n"), "{screen}");
    assert_eq!(terminal.exit_code(DEADLINE), Some(7));
    assert_eq!(screen.lines().count(), 24);
}

#[test]
fn what_was_written_last_is_seen_before_the_end() {
    for _ in 0..20 {
        let mut terminal = shell("echo last words");
        assert_eq!(terminal.exit_code(DEADLINE), Some(0));
        assert!(terminal.screen().starts_with("last words\n"));
        assert_eq!(terminal.output(), b"last words\r\n");
        assert_eq!(terminal.written(), 12);
    }
}

#[test]
fn a_failed_wait_shows_the_screen() {
    let said = |terminal: &mut Terminal, deadline| {
        let failure = catch_unwind(AssertUnwindSafe(|| terminal.wait_for(|_| false, deadline))).unwrap_err();
        *failure.downcast::<String>().unwrap()
    };
    let mut terminal = shell("echo it is here; sleep 60");
    terminal.wait_for_text("it is here", DEADLINE);
    let message = said(&mut terminal, Duration::from_millis(20));
    assert!(message.starts_with("what was waited for was not there within 20ms; the screen:"), "{message}");
    assert!(message.contains("│it is here│"), "{message}");

    let mut terminal = shell("echo gone; exit 3");
    let message = said(&mut terminal, DEADLINE);
    assert!(message.contains("ended (Exited with code 3)"), "{message}");
    assert!(message.contains("│gone│"), "{message}");
}

#[test]
fn the_program_learns_of_its_size() {
    let mut terminal = shell("trap 'stty size' WINCH; stty size; echo ready; while :; do sleep 0.01; done");
    terminal.wait_for(|screen| screen.contains("24 80") && screen.contains("ready"), DEADLINE);
    terminal.resize((40, 12));
    let screen = terminal.wait_for_text("12 40", DEADLINE);
    assert_eq!(screen.lines().count(), 12);
}

#[test]
fn signals_reach_the_program_and_no_exit_code_is_made_up() {
    let mut terminal = shell("trap 'echo term; exit 5' TERM; echo ready; while :; do sleep 0.01; done");
    terminal.wait_for_text("ready", DEADLINE);
    terminal.signal(Signal::SIGTERM);
    assert_eq!(terminal.exit_code(DEADLINE), Some(5));
    assert!(terminal.screen().contains("term"));

    let mut terminal = shell("trap '' TERM HUP; echo ready; while :; do sleep 0.01; done");
    terminal.wait_for_text("ready", DEADLINE);
    terminal.kill();
    assert!(terminal.has_ended());
    assert_eq!(terminal.exit_code(DEADLINE), None);
}

#[test]
fn a_dropped_terminal_leaves_nobody_behind() {
    let mut terminal =
        shell("trap '' HUP; sh -c 'trap \"\" HUP; echo child $$.; while :; do sleep 1; done'; :");
    let screen = terminal.wait_for(|screen| screen.contains("child ") && screen.contains('.'), DEADLINE);
    let number = screen.split("child ").nth(1).unwrap().split('.').next().unwrap();
    let child = Pid::from_raw(number.parse().unwrap());
    assert_eq!(kill(child, None), Ok(()));
    drop(terminal);
    // The orphan is a zombie until whoever adopts it looks: both mean that it runs no more.
    let gone = || {
        kill(child, None) == Err(Errno::ESRCH)
            || std::fs::read_to_string(format!("/proc/{child}/stat")).is_ok_and(|stat| stat.contains(") Z "))
    };
    let looks = (0..2_000).take_while(|_| !gone()).inspect(|_| std::thread::sleep(Duration::from_millis(5)));
    assert!(looks.count() < 2_000, "process {child} still runs");
}

#[test]
fn a_home_outlives_its_terminal() {
    let mut first = shell("echo kept > \"$XDG_DATA_HOME/note\"; pwd; echo $HOME");
    assert_eq!(first.exit_code(DEADLINE), Some(0));
    let home = first.home();
    let path = home.path().canonicalize().unwrap();
    assert_eq!(first.screen().matches(path.to_str().unwrap()).count(), 2, "{}", first.screen());
    drop(first);
    let mut second =
        Terminal::start_at(home, &["/bin/sh", "-c", "cat data/note; echo $WORD"], SIZE, &[("WORD", "given")]);
    second.wait_for(|screen| screen.starts_with("kept\ngiven\n"), DEADLINE);
}

#[test]
fn a_program_that_asks_its_terminal_is_answered() {
    // Device attributes, cursor position, background: each read as raw bytes and printed as words.
    let script = "stty raw -echo; printf '\\033[c\\033[6n\\033]11;?\\033\\\\'; \
                  head -c 40 | tr '\\033' 'E' | tr -d '\\\\'; stty sane; echo .";
    let mut terminal = shell(script);
    let screen = terminal.wait_for_text(".", DEADLINE);
    assert!(screen.starts_with("E[?62;22cE[1;1RE]11;rgb:1010/1010/1818E"), "{screen}");
}

#[test]
fn keys_send_what_a_terminal_sends() {
    let mut terminal = shell("stty raw -echo; echo ready; head -c 12 | od -An -c | tr -s ' '; echo end");
    terminal.wait_for_text("ready", DEADLINE);
    for key in ["A", "esc", "up", "ctrl+c", "backspace", "alt+x", "tab", "é"] {
        terminal.key(key);
    }
    let screen = terminal.wait_for_text("end", DEADLINE);
    assert!(screen.contains("A 033 033 [ A 003 177 033 x \\t 303 251"), "{screen}");
}

#[test]
fn a_paste_is_bracketed_where_the_program_wants_it() {
    let mut terminal = shell("stty raw -echo; printf '\\033[?2004hready'; head -c 13 | od -An -c; echo end");
    terminal.wait_for_text("ready", DEADLINE);
    terminal.paste("x");
    let screen = terminal.wait_for_text("end", DEADLINE);
    assert!(screen.contains("2   0   0   ~   x 033   [   2   0   1   ~"), "{screen}");
}
