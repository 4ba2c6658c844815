//! Deliveries that were not taken: counted, told to the loop and to the log file at most once a second, so that a flood
//! is a number and not a flood of its own.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::time::sleep;

use crate::app::Msg;
use crate::sources::listen::Sender;

/// How often it is told at most.
const EVERY: Duration = Duration::from_secs(1);

/// What was not taken since it was told last.
pub struct Counting {
    doors: Vec<Turned>,
    more: Notify,
}

struct Turned {
    signal: usize,
    sender: Sender,
    /// How many, and why the last one was not.
    since: Mutex<(u64, String)>,
}

impl Counting {
    /// A count for each of these: the signal's place in the plan, and who sends to it.
    pub fn new(doors: impl Iterator<Item = (usize, Sender)>) -> Self {
        let doors =
            doors.map(|(signal, sender)| Turned { signal, sender, since: Mutex::default() }).collect();
        Self { doors, more: Notify::new() }
    }

    /// Counts one at the door in this place. Why, in words that hold nothing of what was sent.
    pub fn turned_away(&self, place: usize, why: &str) {
        let Some(door) = self.doors.get(place) else { return };
        let mut since = door.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.0 = since.0.saturating_add(1);
        if since.1 != why {
            why.clone_into(&mut since.1);
        }
        drop(since);
        self.more.notify_one();
    }

    /// Tells for ever.
    pub async fn tell(&self, loop_: &mpsc::Sender<Msg>) {
        loop {
            self.more.notified().await;
            for door in &self.doors {
                let (count, why) =
                    std::mem::take(&mut *door.since.lock().unwrap_or_else(PoisonError::into_inner));
                if count == 0 {
                    continue;
                }
                tracing::warn!(sender = door.sender.name(), count, why, "deliveries were not taken");
                let told = loop_.try_send(Msg::TurnedAway { signal: door.signal, count });
                if let Err(TrySendError::Full(_)) = told {
                    // Told with those that follow, or in a second.
                    let mut since = door.since.lock().unwrap_or_else(PoisonError::into_inner);
                    since.0 = since.0.saturating_add(count);
                    self.more.notify_one();
                }
            }
            sleep(EVERY).await;
        }
    }
}
