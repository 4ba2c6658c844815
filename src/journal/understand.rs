//! From stored text to facts: of many entries, by several threads at once.
//!
//! Reading rows costs less than understanding them, and a console does not start before the last is understood.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::schema::Said;
use crate::domain::fact::{Fact, Logged};
use crate::domain::text;
use crate::domain::time::Timestamp;

/// Entries that a thread takes at once.
const BATCH: usize = 512;
/// Threads at most: more of them wait for the one that reads.
const THREADS: usize = 4;
/// Batches that wait for a thread: what is read ahead is bounded.
const AHEAD: usize = 4;

/// Entries, and the numbers of those that cannot be read, each with why.
pub(super) type Understood = (Vec<Logged>, Vec<(u64, String)>);

/// An entry that was read: why it cannot be, or what it says.
type Read<'a> = Result<Said<'a>, (i64, String)>;

/// Rows in one piece of text each, so that a batch is a few allocations.
#[derive(Default)]
struct Batch {
    rows: Vec<Result<Held, (i64, String)>>,
    text: String,
}

/// Where what an entry says ends in the text.
struct Held {
    seq: u64,
    at: usize,
    incident: Option<usize>,
    kind: usize,
    body: usize,
}

impl Batch {
    fn hold(&mut self, read: Read<'_>) {
        let held = read.map(|said| {
            let mut put = |text: &str| {
                self.text.push_str(text);
                self.text.len()
            };
            Held {
                seq: said.seq,
                at: put(said.at),
                incident: said.incident.map(&mut put),
                kind: put(said.kind),
                body: put(said.body),
            }
        });
        self.rows.push(held);
    }

    fn understand(self, into: &mut Understood) {
        let mut from = 0;
        for row in self.rows {
            match row {
                Ok(held) => {
                    let mut next = |end: usize| {
                        let part = self.text.get(from..end).unwrap_or_default();
                        from = end;
                        part
                    };
                    let said = Said {
                        seq: held.seq,
                        at: next(held.at),
                        incident: held.incident.map(&mut next),
                        kind: next(held.kind),
                        body: next(held.body),
                    };
                    take(Ok(said), into);
                }
                Err(unread) => take(Err(unread), into),
            }
        }
    }
}

/// Understands all that `read` hands over, in its order.
pub(super) fn all<E>(read: impl FnOnce(&mut dyn FnMut(Read<'_>)) -> Result<(), E>) -> Result<Understood, E> {
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get).min(THREADS);
    thread::scope(|scope| {
        let mut queues: Vec<SyncSender<Batch>> = Vec::new();
        let mut workers = Vec::new();
        let mut here: Vec<Understood> = Vec::new();
        let (mut batch, mut full) = (Batch::default(), 0);
        let mut hand_over = |batch: Batch| {
            // The first batch is understood here: most that is read is no longer.
            if full > 0 && queues.is_empty() && threads > 1 {
                for _ in 0..threads {
                    let (queue, batches) = sync_channel(AHEAD);
                    let worker = thread::Builder::new().name("journal entries".into());
                    if let Ok(worker) = worker.spawn_scoped(scope, move || work(&batches)) {
                        queues.push(queue);
                        workers.push(worker);
                    }
                }
            }
            let unsent = match queues.len() {
                0 => Some(batch),
                threads => queues[(full - 1) % threads].send(batch).err().map(|unsent| unsent.0),
            };
            // Where there is no thread, or it broke.
            if let Some(batch) = unsent {
                let mut understood = Understood::default();
                batch.understand(&mut understood);
                here.push(understood);
            }
            full += 1;
        };
        let outcome = read(&mut |row| {
            batch.hold(row);
            if batch.rows.len() == BATCH {
                hand_over(std::mem::take(&mut batch));
            }
        });
        hand_over(batch);
        drop(queues);
        let mut parts = here;
        let mut others: Vec<std::vec::IntoIter<Understood>> = Vec::new();
        for worker in workers {
            // Nothing that was read may be missing: what broke there breaks here.
            let understood = worker.join().unwrap_or_else(|broke| std::panic::resume_unwind(broke));
            others.push(understood.into_iter());
        }
        // In turn, as they were handed over.
        loop {
            let before = parts.len();
            parts.extend(others.iter_mut().filter_map(Iterator::next));
            if parts.len() == before {
                break;
            }
        }
        outcome.map(|()| join(parts))
    })
}

fn work(batches: &Receiver<Batch>) -> Vec<Understood> {
    batches
        .iter()
        .map(|batch| {
            let mut understood = Understood::default();
            understood.0.reserve(BATCH);
            batch.understand(&mut understood);
            understood
        })
        .collect()
}

fn join(mut parts: Vec<Understood>) -> Understood {
    if parts.len() == 1 {
        return parts.pop().unwrap_or_default();
    }
    let mut all = (Vec::with_capacity(parts.iter().map(|(entries, _)| entries.len()).sum()), Vec::new());
    for (mut entries, mut unreadable) in parts {
        all.0.append(&mut entries);
        all.1.append(&mut unreadable);
    }
    all
}

fn take(read: Read<'_>, into: &mut Understood) {
    let understood = match read {
        Ok(said) => logged(&said).map_err(|why| (said.seq, why)),
        Err((seq, why)) => Err((u64::try_from(seq).unwrap_or(0), why)),
    };
    match understood {
        Ok(entry) => into.0.push(entry),
        Err((seq, why)) => into.1.push((seq, text::clean(&why).into_owned())),
    }
}

fn logged(said: &Said<'_>) -> Result<Logged, String> {
    let at = Timestamp::parse(said.at).ok_or_else(|| format!("its time {} cannot be read", said.at))?;
    let fact: Fact = serde_json::from_str(said.body).map_err(|error| {
        // The library's own words list every kind there is.
        if error.to_string().starts_with("unknown variant") {
            format!("this version does not know entries of kind {}: a newer Midwatch wrote it", said.kind)
        } else {
            format!("this entry of kind {} cannot be read: {error}", said.kind)
        }
    })?;
    Ok(Logged { seq: said.seq, at, incident: said.incident.map(Into::into), fact })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many there are, they come in order and none is lost.
    #[test]
    fn entries_come_in_order_whoever_understood_them() {
        for count in [0, 1, 511, 512, 513, 1_024, 5_000] {
            let read = |take: &mut dyn FnMut(Read<'_>)| -> Result<(), ()> {
                for seq in 1..=count {
                    if seq % 701 == 0 {
                        take(Err((seq, "torn".into())));
                        continue;
                    }
                    let body = format!(r#"{{"fact":"session-closed","operator":"ann {seq}"}}"#);
                    let at = "2026-11-21T14:32:05.120Z";
                    let (seq, incident) = (seq.cast_unsigned(), (seq % 2 == 0).then_some("INC-1"));
                    take(Ok(Said { seq, at, incident, kind: "session-closed", body: &body }));
                }
                Ok(())
            };
            let (entries, unreadable) = all(read).unwrap();
            let seqs: Vec<u64> = entries.iter().map(|entry| entry.seq).collect();
            let meant = 1..=count.cast_unsigned();
            assert_eq!(seqs, meant.clone().filter(|seq| seq % 701 != 0).collect::<Vec<_>>());
            let torn: Vec<u64> = unreadable.iter().map(|(seq, _)| *seq).collect();
            assert_eq!(torn, meant.filter(|seq| seq % 701 == 0).collect::<Vec<_>>());
            for entry in &entries {
                assert_eq!(entry.fact, Fact::SessionClosed { operator: format!("ann {}", entry.seq) });
                assert_eq!(entry.incident.is_some(), entry.seq % 2 == 0);
            }
        }
    }
}
