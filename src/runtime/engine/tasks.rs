//! What an engine does besides its loop: a guarded task for each, whose result comes back as a message.

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::app::Msg;
use crate::domain::artifact::{Content, Keeping, Kept};
use crate::domain::ids::{IncidentId, RunId};
use crate::domain::io::{Delivery, IoFailure, IoReply, IoRequest, Reason};
use crate::domain::text::{clean, clip};
use crate::io::Io;
use crate::journal;
use crate::runtime::guarded::Guarded;
use crate::runtime::handover;
use crate::runtime::poll::poll;

use super::Engine;

/// How long a poll counts as at work: one without an answer by then waits, which is no work, and its
/// slot goes to another. However many targets hang, the others are asked in time.
const AT_WORK: Duration = Duration::from_millis(500);

impl Engine {
    pub(super) fn poll(&self, index: usize, attempt: u64) {
        let (io, sender, signals) =
            (self.io.clone(), self.sender.clone(), Arc::clone(&self.model.plan.signals));
        let (polls, clock) = (Arc::clone(&self.polls), self.clock);
        tokio::spawn(async move {
            let asked = Guarded::new(async {
                // Waiting for a slot is not latency: io measures from sending.
                let slot = polls.acquire().await;
                let asked = pin!(poll(&io, &signals[index], clock));
                while_at_work(slot, asked).await
            });
            let msg = match asked.await {
                Ok(reading) => Msg::Polled { signal: index, attempt, reading: Box::new(reading) },
                Err(detail) => Msg::PollCrashed { signal: index, attempt, detail },
            };
            drop(sender.send(msg).await);
        });
    }

    pub(super) fn run(&mut self, run: RunId, request: IoRequest) {
        let (io, sender) = (self.io.clone(), self.sender.clone());
        let (cancel, cancelled) = oneshot::channel();
        self.cancels.insert(run.clone(), cancel);
        tokio::spawn(async move {
            let (lines, mut printed) = mpsc::channel(256);
            let forward = {
                let (run, sender) = (run.clone(), sender.clone());
                async move {
                    while let Some(line) = printed.recv().await {
                        drop(sender.send(Msg::Output(run.clone(), line)).await);
                    }
                }
            };
            let stopped = async {
                if cancelled.await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            let performed = Guarded::new(io.perform(&request, Some(lines), stopped));
            let (reply, ()) = tokio::join!(performed, forward);
            let reply = reply.unwrap_or_else(|detail| {
                IoReply::Failed(IoFailure { reason: Reason::Parse, detail, delivery: Delivery::Unknown })
            });
            drop(sender.send(Msg::Replied(run, Box::new(reply))).await);
        });
    }

    pub(super) fn check(&self, run: RunId, request: IoRequest) {
        let (io, sender) = (self.io.clone(), self.sender.clone());
        tokio::spawn(async move {
            let asked =
                Guarded::new(async { io.perform(&request, None, std::future::pending()).await }).await;
            let reply = asked.unwrap_or_else(|detail| {
                IoReply::Failed(IoFailure { reason: Reason::Parse, detail, delivery: Delivery::Unknown })
            });
            drop(sender.send(Msg::Checked(run, Box::new(reply))).await);
        });
    }

    pub(super) fn keep(&self, keeping: Keeping) {
        let (io, sender, journal) = (self.io.clone(), self.sender.clone(), self.journal.clone());
        tokio::spawn(async move {
            let kept = Guarded::new(async {
                let Some(journal) = journal else {
                    return Err("there is no journal to keep it beside".into());
                };
                // The disk may be slow: the loop goes on meanwhile.
                let work = tokio::task::spawn_blocking(move || keep(&io, &journal, &keeping));
                work.await.unwrap_or_else(|error| Err(clean(&error.to_string()).into_owned()))
            });
            drop(sender.send(Msg::Kept(kept.await.unwrap_or_else(Err))).await);
        });
    }

    /// Reads the journal off the loop: it may be long.
    pub(super) fn handover(&self, incident: IncidentId) {
        let (sender, journal) = (self.sender.clone(), self.journal.clone());
        let now = self.clock.now();
        let ahead = handover::ahead(&self.model, now);
        tokio::spawn(async move {
            let written = Guarded::new(async {
                let Some(journal) = journal else { return Err("there is no journal to read it from".into()) };
                let work =
                    tokio::task::spawn_blocking(move || handover::sheet(&journal, &incident, ahead, now));
                work.await.unwrap_or_else(|error| Err(clean(&error.to_string()).into_owned()))
            });
            drop(sender.send(Msg::Handover(written.await.unwrap_or_else(Err))).await);
        });
    }
}

/// Reads what is to be kept and keeps it beside `journal`.
fn keep(io: &Io, journal: &Path, keeping: &Keeping) -> Result<Kept, String> {
    let (name, bytes) = match &keeping.content {
        Content::File(path) => {
            let path = Path::new(path);
            let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            (name, io.read_to_keep(path, keeping.limit)?)
        }
        Content::Printed { name, text } => (name.clone(), io.text_to_keep(text, keeping.limit)?),
    };
    let hash = journal::keep(journal, &bytes, keeping.room).map_err(|error| error.to_string())?;
    let name = clip(&clean(&name), 120).into_owned();
    Ok(Kept { name, hash, size: bytes.len() as u64 })
}

/// Does `work`, and holds `slot` no longer than [`AT_WORK`].
async fn while_at_work<T>(slot: impl Sized, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    if let Ok(done) = tokio::time::timeout(AT_WORK, work.as_mut()).await {
        return done;
    }
    drop(slot);
    work.await
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    #[test]
    fn work_that_hangs_leaves_its_slot_to_others() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let slots = Semaphore::new(1);
            let hanging = while_at_work(slots.acquire().await, std::future::pending::<()>());
            let other = async {
                let asked = tokio::time::Instant::now();
                let slot = slots.acquire().await;
                while_at_work(slot, async { asked.elapsed() }).await
            };
            let waited = tokio::select! {
                () = hanging => unreachable!("it hangs"),
                waited = other => waited,
            };
            assert!(waited >= AT_WORK, "{waited:?}");
        });
    }
}
