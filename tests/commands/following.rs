//! `midwatch check --follow`: what settles is told as it does, beside a console or without one.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::support::night::Night;
use crate::support::terminal::DEADLINE;

/// A command that follows, and the lines it prints.
struct Following {
    child: Child,
    lines: Receiver<String>,
}

impl Following {
    fn start(night: &Night, arguments: &[&str]) -> Self {
        let mut command = night.command(&[&["check", "--follow"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, lines }
    }

    /// The next line about `signal`, in two parts: when, and what.
    fn next(&self, signal: &str) -> (String, String) {
        loop {
            let line = self.lines.recv_timeout(DEADLINE).expect("a line in time");
            let (at, said) = line.split_once(' ').unwrap();
            if said.contains(&format!(" {signal} ")) {
                return (at.to_owned(), said.to_owned());
            }
        }
    }

    /// Tells it to end; its exit code, and what it said on standard error.
    fn end(self, signal: Signal) -> (Option<i32>, String) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
        let output = self.child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}

#[test]
fn a_line_tells_each_change_that_has_settled() {
    let night = Night::of("quiet");
    let following = Following::start(&night, &[]);
    let (first, said) = following.next("api");
    assert_eq!(said, "● api blind → ok");
    night.company.set("api", &json!({ "status": 503 }));
    let (second, said) = following.next("api");
    assert_eq!(said, "✖ api ok → down  status 503");
    night.company.set("api", &json!({}));
    let (third, said) = following.next("api");
    assert_eq!(said, "● api down → ok");
    let moments = [&first, &second, &third].map(|at| {
        assert!(at.ends_with('Z') && at.len() == "2026-11-21T14:32:05.120Z".len(), "{at}");
        at
    });
    assert!(moments.is_sorted(), "{moments:?}");
    // Good, bad, bad again and good: the first failure was soft, and that is no line.
    assert!(night.company.asked("GET /api/health") >= 4);
    assert_eq!(following.end(Signal::SIGINT), (Some(130), String::new()));
    assert!(!night.path("night.journal").exists(), "it keeps no journal");
}

#[test]
fn it_follows_beside_a_console_that_keeps_the_journal() {
    let night = Night::of("quiet");
    let following = Following::start(&night, &["web"]);
    assert_eq!(following.next("web").1, "● web blind → ok");
    let mut console = night.console((100, 30), &[]);
    night.company.set("web", &json!({ "status": 500 }));
    assert_eq!(following.next("web").1, "✖ web ok → down  status 500");
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0), "the console had its journal");
    assert_eq!(following.end(Signal::SIGTERM), (Some(0), String::new()));
}

#[test]
fn after_its_time_the_state_decides_how_it_ends() {
    let night = Night::of("quiet");
    let ran = night.run(&["check", "--follow", "--for", "1500ms"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert_eq!(ran.out.lines().filter(|line| line.ends_with(" blind → ok")).count(), 3, "{ran:?}");
    night.company.set("api", &json!({ "status": 503 }));
    let ran = night.run(&["check", "--follow", "--for", "3s"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("✖ api blind → down  status 503"), "{ran:?}");
    // What it was not asked about does not count.
    assert_eq!(night.run(&["check", "web", "--follow", "--for", "1s"]).code, Some(0));
    // Nothing was measured yet: that is not healthy.
    assert_eq!(night.run(&["check", "--follow", "--for", "0s"]).code, Some(3));
}

#[test]
fn what_it_cannot_do_is_refused() {
    let night = Night::of("quiet");
    for arguments in [
        &["check", "--follow", "--json"][..],
        &["check", "--for", "1s"],
        &["check", "--follow", "--for", "soon"],
        &["check", "--follow", "wbe"],
    ] {
        let ran = night.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn nobody_who_reads_it_ends_it() {
    let night = Night::of("quiet");
    let mut command = night.command(&["check", "--follow"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    let (step, mut waited) = (Duration::from_millis(20), Duration::ZERO);
    while child.try_wait().unwrap().is_none() {
        assert!(waited < DEADLINE, "it goes on for nobody");
        std::thread::sleep(step);
        waited += step;
    }
}
