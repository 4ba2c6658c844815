//! A console killed at any moment: everything it was told is logged is there.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use midwatch::journal::{self, Answer};

use crate::support::{Desk, entry, open};

/// Set for the child alone: the journal it writes.
const JOURNAL: &str = "MIDWATCH_TEST_JOURNAL";

/// The child's part: appends as fast as it can, and prints what is logged. Alone it does nothing.
#[test]
fn child_that_appends_until_it_is_killed() {
    let Some(path) = std::env::var_os(JOURNAL).map(PathBuf::from) else { return };
    let opened = journal::open(
        &path,
        "child",
        Box::new(|answer| match answer {
            Answer::Logged(through) => {
                let mut out = std::io::stdout().lock();
                writeln!(out, "logged {through}").and_then(|()| out.flush()).unwrap();
            }
            Answer::Failed(why) => panic!("{why}"),
        }),
    )
    .unwrap();
    let mut next = opened.next();
    let writer = opened.writer.expect("the one before was killed: its lock is gone");
    loop {
        for _ in 0..next % 7 + 1 {
            writer.append(entry(next));
            next += 1;
        }
        std::thread::yield_now();
        assert!(next < 5_000_000, "nobody killed this child");
    }
}

#[test]
fn every_logged_entry_survives_a_kill() {
    let desk = Desk::new();
    let mut known = 0;
    // How many answers a child lives for: spread over first commits, single and large batches.
    for lives in [1, 2, 3, 5, 8, 13, 21, 4, 1, 30] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::child_that_appends_until_it_is_killed", "--nocapture"])
            .env(JOURNAL, desk.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        let mut note = |line: &str| {
            // The test runner prints lines of its own, one of them without an end.
            let logged = line.split_once("logged ").and_then(|(_, number)| number.parse::<u64>().ok());
            known = logged.map_or(known, |through| through.max(known));
            logged.is_some()
        };
        while seen < lives {
            let line = lines.next().expect("the child ended by itself").unwrap();
            seen += u32::from(note(&line));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it could still say before it died counts too.
        for line in lines.map_while(Result::ok) {
            note(&line);
        }

        let verified = journal::verify(&desk.path()).unwrap();
        assert_eq!(verified.broken, None);
        assert!(verified.entries >= known, "entry {known} was logged, {} are there", verified.entries);
        let contents = journal::read(&desk.path()).unwrap();
        assert_eq!(contents.entries.len() as u64, verified.entries);
        assert_eq!(contents.entries.last(), Some(&entry(verified.entries)));
    }
    let (opened, _answers) = open(&desk.path());
    assert!(opened.writer.is_some(), "a kill releases the lock");
}
