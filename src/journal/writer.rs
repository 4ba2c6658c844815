//! The writer: one thread, which commits everything queued at once and answers after the commit.
//!
//! After the first failure it writes nothing more, so there is never a gap and never an entry on
//! disk that follows from one that is not.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::chain::{Head, Row};
use super::error::JournalError;
use super::place::Lock;
use super::schema;
use crate::domain::fact::Logged;
use crate::domain::text;

/// Entries in one commit, so that a flood is answered now and then.
const BATCH: usize = 512;

/// What became of appended entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All entries up to and with this one are on disk.
    Logged(u64),
    /// Writing has failed, and this writer writes nothing more; in words.
    Failed(String),
}

type Reply = Box<dyn Fn(Answer) + Send>;

/// The one who may append. Dropped, it writes what is queued and lets go of the journal.
#[derive(Debug)]
pub struct Writer {
    queue: Option<Sender<Logged>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(pen: Pen, answer: Reply) -> Result<Self, JournalError> {
        let (queue, entries) = mpsc::channel();
        let path = pen.path.clone();
        let thread = thread::Builder::new()
            .name("journal".into())
            .spawn(move || run(pen, &entries, &answer))
            .map_err(|error| JournalError::from_io(&path, "starting the writer", &error))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues an entry. The answer comes through the function given to `open`, after the commit.
    pub fn append(&self, entry: Logged) {
        if let Some(queue) = &self.queue {
            // The thread takes entries, and answers them, for as long as this sender lives.
            let sent = queue.send(entry);
            debug_assert!(sent.is_ok(), "the writer's thread has ended before its queue");
        }
    }

    /// Writes what is queued, and lets go of the journal.
    pub fn close(self) {
        drop(self);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            // It has answered for its own failure.
            let ended = thread.join();
            drop(ended);
        }
    }
}

/// The journal as its thread holds it. The fields are dropped in this order: the lock goes last.
pub(super) struct Pen {
    connection: Connection,
    head: Head,
    path: PathBuf,
    /// Held, not used.
    _lock: Lock,
}

fn run(mut pen: Pen, entries: &Receiver<Logged>, answer: &Reply) {
    let mut failure: Option<String> = None;
    while let Ok(first) = entries.recv() {
        let mut batch = vec![first];
        batch.extend(entries.try_iter().take(BATCH - 1));
        if failure.is_none() {
            // Entries before one that is out of order are good, and are kept.
            let good = pen.continuing(&batch);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                if good > 0 {
                    answer(Answer::Logged(pen.commit(&batch[..good])?));
                }
                batch.get(good).map_or(Ok(()), |entry| Err(pen.out_of_order(entry)))
            }));
            failure = match outcome {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some(format!(
                    "{}: writing stopped in a way it should not; start Midwatch again",
                    pen.path.display()
                )),
            };
        }
        if let Some(why) = &failure {
            // Whoever cannot take an answer has none; the thread goes on to take entries.
            let told = catch_unwind(AssertUnwindSafe(|| answer(Answer::Failed(why.clone()))));
            drop(told);
        }
    }
    pen.finish();
}

impl Pen {
    /// Takes hold of a journal whose end is what its head says.
    pub fn new(connection: Connection, path: &Path, lock: Lock) -> Result<Self, JournalError> {
        let sqlite = |error| JournalError::from_sqlite(path, "reading the journal", &error);
        let last = schema::last(&connection).map_err(sqlite)?;
        let stored = schema::head(&connection).map_err(sqlite)?;
        if stored.as_ref() != Some(&last) {
            // Appending would hide that the end was cut off.
            let expected = stored.map_or_else(|| "unknown".into(), |head| head.seq.to_string());
            let detail = format!("its last entry is {}, the last one written is {expected}", last.seq);
            return Err(JournalError::Altered { place: path.into(), detail });
        }
        Ok(Self { connection, head: last, path: path.into(), _lock: lock })
    }

    /// How many of these, from the first, continue the journal.
    fn continuing(&self, batch: &[Logged]) -> usize {
        batch.iter().zip(self.head.seq + 1..).take_while(|(entry, expected)| entry.seq == *expected).count()
    }

    fn out_of_order(&self, entry: &Logged) -> JournalError {
        JournalError::OutOfOrder { place: self.path.clone(), last: self.head.seq, got: entry.seq }
    }

    /// Writes them all or none, and says which is the last.
    fn commit(&mut self, batch: &[Logged]) -> Result<u64, JournalError> {
        let path = &self.path;
        let sqlite = |error| JournalError::from_sqlite(path, "writing the journal", &error);
        // Deferred would fail at once, without patience, if another has written since the read.
        let transaction =
            Transaction::new(&mut self.connection, TransactionBehavior::Immediate).map_err(sqlite)?;
        if schema::head(&transaction).map_err(sqlite)?.as_ref() != Some(&self.head) {
            return Err(JournalError::Contended(path.clone()));
        }
        let mut head = self.head.clone();
        for entry in batch {
            let row = row(entry, head.hash).map_err(|error| JournalError::Failed {
                place: path.clone(),
                doing: "writing an entry as text",
                detail: text::clean(&error.to_string()).into_owned(),
            })?;
            schema::insert(&transaction, &row).map_err(sqlite)?;
            head = Head { seq: row.seq, hash: row.hash };
        }
        let moved = transaction
            .prepare_cached("UPDATE head SET seq = ?1, hash = ?2 WHERE id = 1")
            .and_then(|mut statement| statement.execute(params![head.seq.cast_signed(), head.hash]))
            .map_err(sqlite)?;
        debug_assert_eq!(moved, 1, "the head was read in this transaction");
        transaction.commit().map_err(sqlite)?;
        self.head = head;
        Ok(self.head.seq)
    }

    /// Leaves one file, without a log beside it, for whoever copies it.
    fn finish(self) {
        // The entries are safe in the log too: a reader finds them there.
        let folded = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        drop(folded);
    }
}

/// An entry as it is stored behind the one whose hash is `previous`.
pub(super) fn row(entry: &Logged, previous: String) -> serde_json::Result<Row> {
    // A request holds what was configured, whatever that is: what is read with other tools is harmless.
    let body = text::escape_json(&serde_json::to_string(&entry.fact)?).into_owned();
    let kind = serde_json::to_value(&entry.fact)?
        .get("fact")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let row = Row {
        seq: entry.seq,
        at: entry.at.rfc3339(),
        incident: entry.incident.as_ref().map(ToString::to_string),
        kind,
        body,
        previous,
        hash: String::new(),
    };
    Ok(row.sealed())
}
