//! What the journal's tests share: entries, and a journal whose answers can be waited for.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::reading::Health;
use midwatch::domain::time::Timestamp;
use midwatch::journal::{self, Answer, Opened};
use rusqlite::Connection;
use tempfile::TempDir;

/// An entry of a kind and text that depend on its number.
pub fn entry(seq: u64) -> Logged {
    let at = Timestamp::from_millis(1_795_271_525_120 + i64::try_from(seq).unwrap() * 1_000);
    let fact = match seq % 3 {
        0 => Fact::Noted {
            text: format!("note {seq}: “replicas” caught up"),
            by: "ann".into(),
            about: at,
            step: None,
        },
        1 => Fact::Settled {
            signal: "api".into(),
            from: Health::Ok,
            to: Health::Blind,
            reason: None,
            detail: format!("no answer {seq}"),
            since: at,
            evidence: None,
            after: None,
        },
        _ => Fact::RunAccepted { run: format!("R-{seq}").into(), detail: String::new() },
    };
    Logged { seq, at, incident: seq.is_multiple_of(2).then(|| "INC-1".into()), fact }
}

pub fn entries(count: u64) -> Vec<Logged> {
    (1..=count).map(entry).collect()
}

pub struct Desk {
    pub directory: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().join("elevated-production.journal")
    }

    /// A closed journal of so many entries.
    pub fn with(count: u64) -> Self {
        let desk = Self::new();
        let (opened, answers) = open(&desk.path());
        let writer = opened.writer.unwrap();
        for entry in entries(count) {
            writer.append(entry);
        }
        writer.close();
        let logged: Vec<Answer> = answers.iter().collect();
        assert_eq!(logged.last(), Some(&Answer::Logged(count)));
        desk
    }

    /// A connection such as a forger has: no trigger is in the way.
    pub fn forger(&self) -> Connection {
        let connection = Connection::open(self.path()).unwrap();
        connection
            .execute_batch(
                "DROP TRIGGER entries_are_not_updated; DROP TRIGGER entries_are_not_deleted;
                 DROP TRIGGER entries_have_no_gap; DROP TRIGGER head_is_not_deleted;",
            )
            .unwrap();
        connection
    }
}

pub fn open(path: &Path) -> (Opened, Receiver<Answer>) {
    let (sender, answers) = mpsc::channel();
    let opened = journal::open(
        path,
        "ann, pid 4711 on host",
        Box::new(move |answer| {
            // A test that has seen enough does not listen any more.
            let _ = sender.send(answer);
        }),
    );
    (opened.unwrap(), answers)
}

/// Why `path` does not open.
pub fn refusal(path: &Path) -> String {
    journal::open(path, "ann", Box::new(|_| {})).unwrap_err().to_string()
}

/// Waits until everything up to `seq` is logged.
pub fn logged(answers: &Receiver<Answer>, seq: u64) {
    loop {
        match answers.recv_timeout(Duration::from_secs(30)).unwrap() {
            Answer::Logged(through) if through >= seq => return,
            Answer::Logged(_) => {}
            Answer::Failed(why) => panic!("{why}"),
        }
    }
}
