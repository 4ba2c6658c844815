//! The thread that keeps readings. Who hands them over never waits, and whatever happens here stops nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::Store;
use super::thin::{self, Spans};
use crate::domain::ids::SignalId;
use crate::domain::observation::{Described, Observation};
use crate::domain::time::Timestamp;

/// What waits to be written at most: whoever has more drops it.
const WAITING: usize = 32 * 1024;
/// Readings in one transaction at most.
const BATCH: usize = 4_096;
/// Readings wait no longer for others to be written with, by their own clock and by the system's.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often, by the clock of the readings, it is looked for what has become old.
const AGING: i64 = 10 * 60_000;

/// What the keeper is told.
#[derive(Debug)]
pub enum Kept {
    /// Signals as they are configured, before any of their readings.
    Signals(Vec<Described>),
    /// Incidents, when each began and ended: what is read around them is kept whole.
    Incidents(Vec<(Timestamp, Option<Timestamp>)>),
    /// A reading.
    Reading(SignalId, Observation),
}

type Say = Box<dyn Fn(String) + Send>;

/// Keeps readings beside a journal. Dropped, it writes what it was handed.
#[derive(Debug)]
pub struct Keeper {
    queue: Option<SyncSender<Kept>>,
    thread: Option<JoinHandle<()>>,
    lost: Arc<AtomicU64>,
}

impl Keeper {
    /// Keeps at most `limit` bytes beside `journal`. `say` is told, on the keeper's thread, what an operator should know:
    /// that a damaged file was set aside, or that no more readings are kept, and why.
    pub fn start(journal: &Path, limit: u64, say: Say) -> Self {
        Self::start_within(journal, limit, None, say)
    }

    /// The same, on a disk with room for so many pages: how a full one is tried out.
    #[doc(hidden)]
    pub fn start_within(journal: &Path, limit: u64, pages: Option<u32>, say: Say) -> Self {
        let (queue, told) = mpsc::sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let path = super::readings(journal);
        // Without a thread nothing is kept: the queue is closed, and what is handed over is dropped.
        let thread = thread::Builder::new()
            .name("readings".into())
            .spawn(move || run(&path, (limit, pages), &told, &say))
            .ok();
        Self { queue: Some(queue), thread, lost }
    }

    /// Hands something over. Never waits.
    pub fn keep(&self, kept: Kept) {
        let Some(queue) = &self.queue else { return };
        match queue.try_send(kept) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(_)) => drop(self.lost.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// How much was dropped because the disk was too slow.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn run(path: &Path, room: (u64, Option<u32>), told: &Receiver<Kept>, say: &Say) {
    let outcome = catch_unwind(AssertUnwindSafe(|| keep(path, room, told, say)));
    let why = match outcome {
        Ok(Ok(())) => return,
        Ok(Err(why)) => why,
        Err(_) => "writing stopped in a way it should not".to_owned(),
    };
    let told = catch_unwind(AssertUnwindSafe(|| say(format!("readings are not kept for a replay: {why}"))));
    drop(told);
}

fn keep(
    path: &Path,
    (limit, pages): (u64, Option<u32>),
    told: &Receiver<Kept>,
    say: &Say,
) -> Result<(), String> {
    let (mut store, aside) = Store::open(path)?;
    if let Some(pages) = pages {
        let limited = store.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()));
        limited.map_err(|error| store.words(&error))?;
    }
    if let Some(aside) = aside {
        say(format!("the readings for replays begin anew: {aside}"));
    }
    let mut spans = Spans::default();
    let mut batch: Vec<(SignalId, Observation)> = Vec::new();
    let mut aged = i64::MIN;
    loop {
        let next = told.recv_timeout(PATIENCE);
        let over = matches!(next, Err(RecvTimeoutError::Disconnected));
        match next {
            Ok(Kept::Signals(signals)) => {
                let described = store.connection.execute_batch("BEGIN").and_then(|()| {
                    signals.iter().try_for_each(|signal| store.describe(signal))?;
                    store.connection.execute_batch("COMMIT")
                });
                described.map_err(|error| store.words(&error))?;
            }
            Ok(Kept::Incidents(incidents)) => spans = Spans::around(&incidents),
            Ok(Kept::Reading(signal, observation)) => {
                batch.push((signal, observation));
                let first = batch.first().map_or(0, |(_, first)| first.at.millis());
                let waited = batch.last().map_or(0, |(_, last)| last.at.millis()) - first;
                if batch.len() < BATCH && waited.unsigned_abs() < PATIENCE.as_secs() * 1_000 {
                    continue;
                }
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        if let Some((_, last)) = batch.last() {
            let now = last.at.millis();
            let written = write(&mut store, &batch, &spans, limit, (now, &mut aged));
            written.map_err(|error| store.words(&error))?;
            batch.clear();
        }
        if over {
            store.finish();
            return Ok(());
        }
    }
}

fn write(
    store: &mut Store,
    batch: &[(SignalId, Observation)],
    spans: &Spans,
    limit: u64,
    (now, aged): (i64, &mut i64),
) -> rusqlite::Result<()> {
    store.append(batch)?;
    if now.saturating_sub(*aged) >= AGING || *aged > now {
        if thin::age(store, spans, now)? {
            store.shrink()?;
        }
        *aged = now;
    }
    thin::squeeze(store, spans, limit)
}
