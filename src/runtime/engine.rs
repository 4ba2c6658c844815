//! The engine: owns the model, feeds it messages, carries out its effects. With a terminal or
//! without one it is the same.

mod tasks;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::app::{Effect, Msg, update};
use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{RunId, RunbookId};
use crate::domain::io::IoRequest;
use crate::domain::looked::{Record, SeenBlock};
use crate::domain::observation::{Described, Observation};
use crate::domain::time::Timestamp;
use crate::io::Io;
use crate::io::looked::LookedStore;
use crate::journal::readings::{Keeper, Kept as ToKeep};
use crate::journal::{Answer, Follower, Writer};
use crate::state::{JournalState, Model};

use super::clock::Clock;
use super::edits::{self, Heeded};

/// Messages that wait for the loop at most; whoever has more waits.
const QUEUE: usize = 4_096;
/// Deliveries that wait for the loop at most, in a queue of their own: what others send never stands in
/// the way of what was asked. Whoever has more is told to come back.
const DELIVERIES: usize = 64;
/// Polls that are at work at the same time at most.
const POLLS: usize = 512;
/// How often a console that looks on reads what the other one wrote.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// What only whoever owns the terminal can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Put this on the clipboard.
    Copy(String),
    /// Ring.
    Bell,
    /// Ring because of what is late, and say what.
    Ring(String),
    /// Draw every cell anew.
    Redraw,
    /// Give the terminal to the operator's own editor, with this text.
    Edit(String),
    /// Stop until the shell brings us back.
    Suspend,
    /// Give the terminal to this program until it ends.
    HandOver(RunId, IoRequest),
    /// End.
    Quit,
}

/// Whether what happened is worth a frame, and how soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Change {
    /// Nothing changed, or numbers did: they are seen with the clock's next second.
    #[default]
    Nothing,
    /// A fact happened: a frame soon. There may be a thousand a second.
    Happened,
    /// The operator did something: a frame now, whatever happens meanwhile.
    Told,
}

/// The model, its journal and its hands.
#[derive(Debug)]
pub struct Engine {
    /// Everything known.
    pub model: Model,
    /// The clock.
    pub clock: Clock,
    /// What waits for the terminal.
    pub asks: Vec<Ask>,
    /// What changed since it was last taken.
    pub change: Change,
    /// Facts that no journal takes, and with `tells` all others too, oldest first, for whoever has asked to be told.
    pub told: Vec<Logged>,
    /// Whether facts are told that a journal takes as well.
    pub tells: bool,
    io: Io,
    writer: Option<Writer>,
    journal: Option<PathBuf>,
    readings: Option<Keeper>,
    sender: mpsc::Sender<Msg>,
    receiver: mpsc::Receiver<Msg>,
    answers: mpsc::UnboundedReceiver<Msg>,
    deliver: mpsc::Sender<Msg>,
    delivered: mpsc::Receiver<Msg>,
    cancels: HashMap<RunId, oneshot::Sender<()>>,
    polls: Arc<Semaphore>,
    looks: Option<(LookedStore, HashMap<RunbookId, PathBuf>)>,
}

/// Where the journal's answers go before there is an engine.
#[derive(Debug)]
pub struct Queue {
    sender: mpsc::Sender<Msg>,
    receiver: mpsc::Receiver<Msg>,
    answer: mpsc::UnboundedSender<Msg>,
    answers: mpsc::UnboundedReceiver<Msg>,
}

impl Default for Queue {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let (answer, answers) = mpsc::unbounded_channel();
        Self { sender, receiver, answer, answers }
    }
}

impl Queue {
    /// What the journal's writer calls from its thread.
    pub fn answer(&self) -> Box<dyn Fn(Answer) + Send> {
        let sender = self.answer.clone();
        Box::new(move |answer| {
            let msg = match answer {
                Answer::Logged(through) => Msg::Logged(through),
                Answer::Failed(why) => Msg::JournalFailed(why),
            };
            // Never waits: the loop may be waiting for the writer to end. Nobody is left to tell then.
            drop(sender.send(msg));
        })
    }
}

impl Engine {
    /// An engine for `model`; without a `writer` it looks on, or where there is no journal at all, tells.
    pub fn new(model: Model, io: Io, writer: Option<Writer>, queue: Queue) -> Self {
        let (deliver, delivered) = mpsc::channel(DELIVERIES);
        Self {
            deliver,
            delivered,
            model,
            clock: Clock::default(),
            asks: Vec::new(),
            change: Change::Told,
            told: Vec::new(),
            tells: false,
            io,
            writer,
            journal: None,
            readings: None,
            sender: queue.sender,
            receiver: queue.receiver,
            answers: queue.answers,
            cancels: HashMap::new(),
            polls: Arc::new(Semaphore::new(POLLS)),
            looks: None,
        }
    }

    /// Follows the journal that another console writes.
    pub fn follow(&self, path: PathBuf, mut seen: u64) {
        let sender = self.sender.clone();
        tokio::spawn(async move {
            let Ok(follower) = Follower::open(&path) else { return };
            loop {
                tokio::time::sleep(FOLLOW_EVERY).await;
                let Ok(entries) = follower.after(seen) else { continue };
                let Some(last) = entries.last() else { continue };
                seen = last.seq;
                if sender.send(Msg::Followed(entries)).await.is_err() {
                    return;
                }
            }
        });
    }

    /// Keeps in `store` what is looked at, by where each runbook is.
    pub fn keeps(&mut self, store: LookedStore, places: HashMap<RunbookId, PathBuf>) {
        self.looks = Some((store, places));
    }

    fn keep_look(&mut self, runbook: &RunbookId, seen: Vec<SeenBlock>) {
        let Some((store, places)) = &self.looks else { return };
        let Some(place) = places.get(runbook) else { return };
        let path = place.canonicalize().unwrap_or_else(|_| place.clone());
        let path = path.to_string_lossy().into_owned();
        let record = Record { path, blocks: seen, ..Record::default() };
        if let Err(error) = store.add(place, record) {
            let says = format!("what was looked at is not kept, and is asked for again: {error}");
            self.tell(Msg::OnDisk { file: runbook.to_string(), says: Some(says) });
        }
    }

    /// Heeds `files`: whoever edits one is noticed.
    pub fn heed(&self, files: Vec<Heeded>) {
        edits::heed(files, self.sender.clone());
    }

    /// Tells the model, and carries out what it asks for.
    pub fn tell(&mut self, msg: Msg) {
        let change = match &msg {
            Msg::Tick | Msg::Logged(_) | Msg::Polled { .. } | Msg::TurnedAway { .. } => Change::Nothing,
            Msg::Resized(..)
            | Msg::Command(_)
            | Msg::Press(_)
            | Msg::Pasted(_)
            | Msg::Pending(_)
            | Msg::Clicked { .. }
            | Msg::Wheel { .. } => Change::Told,
            Msg::Opened { .. }
            | Msg::PollCrashed { .. }
            | Msg::JournalFailed(_)
            | Msg::Followed(_)
            | Msg::Output(..)
            | Msg::Replied(..)
            | Msg::Checked(..)
            | Msg::Edited(_)
            | Msg::Handover(_)
            | Msg::Kept(_)
            | Msg::Pushed { .. }
            | Msg::Ask { .. }
            | Msg::AskRequest { .. }
            | Msg::AskSequence { .. }
            | Msg::RunbookRead { .. }
            | Msg::OnDisk { .. }
            | Msg::ClockStepped { .. }
            | Msg::Window(_)
            | Msg::Stop(_) => Change::Happened,
        };
        self.change = self.change.max(change);
        let now = self.clock.now();
        if self.model.play(now) {
            // It is looked at as it goes: a frame each time, as for a key.
            self.change = Change::Told;
        }
        for effect in update(&mut self.model, now, msg) {
            self.carry_out(effect);
        }
        self.keep_readings();
        if self.model.feed.unordered && self.model.replay.is_none() {
            // A signal is on the way to another state.
            self.change = self.change.max(Change::Happened);
        }
    }

    /// Keeps what is read from here on beside `journal`, in at most `limit` bytes.
    pub fn keeps_readings(&mut self, journal: &Path, limit: u64) {
        let sender = self.sender.clone();
        let say = Box::new(move |says: String| {
            // Where the loop has more to do than there is room for, or is over, nobody is left to read it.
            drop(sender.try_send(Msg::OnDisk { file: "readings".into(), says: Some(says) }));
        });
        let keeper = Keeper::start(journal, limit, say);
        keeper.keep(ToKeep::Signals(self.model.plan.signals.iter().map(Described::of).collect()));
        keeper.keep(ToKeep::Incidents(self.incidents()));
        self.readings = Some(keeper);
    }

    fn incidents(&self) -> Vec<(Timestamp, Option<Timestamp>)> {
        let incidents = self.model.watch.incidents.iter();
        incidents.map(|known| (known.declared, known.closed.as_ref().map(|(at, _)| *at))).collect()
    }

    fn keep_readings(&mut self) {
        let read = std::mem::take(&mut self.model.feed.read);
        let Some(keeper) = &self.readings else { return };
        for (index, sample) in read {
            let Some(last) = self.model.feed.signals.get(index).and_then(|feed| feed.last.as_ref()) else {
                continue;
            };
            let observation = Observation::of(last, sample.at, sample.health, sample.micros);
            keeper.keep(ToKeep::Reading(self.model.plan.signals[index].id.clone(), observation));
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Log(logged) => {
                if !matches!(logged.fact, Fact::Walked { .. }) {
                    self.change = self.change.max(Change::Happened);
                }
                if self.tells || self.writer.is_none() {
                    self.told.push(logged.clone());
                }
                let of_incident = matches!(
                    logged.fact,
                    Fact::IncidentDeclared { .. }
                        | Fact::IncidentClosed { .. }
                        | Fact::IncidentMerged { .. }
                        | Fact::IncidentReopened { .. }
                );
                if let Some(keeper) = self.readings.as_ref().filter(|_| of_incident) {
                    keeper.keep(ToKeep::Incidents(self.incidents()));
                }
                if let Some(writer) = &self.writer {
                    writer.append(logged);
                }
            }
            Effect::Poll { signal, attempt } => self.poll(signal, attempt),
            Effect::Run { run, request, hands_over: true } => self.asks.push(Ask::HandOver(run, request)),
            Effect::Run { run, request, hands_over: false } => self.run(run, request),
            Effect::Check { run, request } => self.check(run, request),
            Effect::Keep(keeping) => self.keep(keeping),
            Effect::Cancel(run) => {
                if let Some(cancel) = self.cancels.remove(&run) {
                    // It may have ended by itself just now.
                    let _ = cancel.send(());
                }
            }
            Effect::KeepLook { runbook, seen } => self.keep_look(&runbook, seen),
            Effect::Handover(incident) => self.handover(incident),
            Effect::Copy(text) => self.asks.push(Ask::Copy(text)),
            Effect::Edit(text) => self.asks.push(Ask::Edit(text)),
            Effect::Bell => self.asks.push(Ask::Bell),
            Effect::Ring(text) => self.asks.push(Ask::Ring(text)),
            Effect::Redraw => self.asks.push(Ask::Redraw),
            Effect::Suspend => self.asks.push(Ask::Suspend),
            Effect::Quit => self.asks.push(Ask::Quit),
        }
    }

    /// Files that are kept, are kept beside this journal.
    pub fn keep_beside(&mut self, journal: PathBuf) {
        self.journal = Some(journal);
    }

    /// Where a listener puts what others send: it has room for few, and is emptied after all else.
    pub fn deliveries(&self) -> mpsc::Sender<Msg> {
        self.deliver.clone()
    }

    /// When the model wants to be told the time again.
    pub fn wake_at(&self) -> Option<Timestamp> {
        if let Some(replay) = &self.model.replay {
            return replay.wait().map(|wait| self.clock.now().plus(wait));
        }
        let awaited = self.model.feed.awaited.iter().map(|awaited| awaited.deadline).min();
        self.model.feed.next_due().into_iter().chain(awaited).min()
    }

    /// Waits for a message, then tells it and every other that waits.
    pub async fn next(&mut self) {
        let msg = tokio::select! {
            biased;
            Some(msg) = self.answers.recv() => msg,
            Some(msg) = self.receiver.recv() => msg,
            Some(msg) = self.delivered.recv() => msg,
            else => return,
        };
        self.tell(msg);
        self.drain();
    }

    /// Tells every message that waits.
    pub fn drain(&mut self) {
        for _ in 0..QUEUE {
            let next = self.answers.try_recv().or_else(|_| self.receiver.try_recv());
            let Ok(msg) = next.or_else(|_| self.delivered.try_recv()) else { break };
            self.tell(msg);
        }
    }

    /// Tells the time, and whether the clock was set. Where more is due, tasks go first: what was
    /// just sent is on its way, and what came is read, before the next is sent.
    pub async fn tick(&mut self) {
        if let Some(by_millis) = self.clock.stepped() {
            self.tell(Msg::ClockStepped { by_millis });
        }
        self.tell(Msg::Tick);
        if self.model.feed.next_due().is_some_and(|at| at <= self.clock.now()) {
            tokio::task::yield_now().await;
        }
    }

    /// What changed since the last call.
    pub fn take_change(&mut self) -> Change {
        std::mem::take(&mut self.change)
    }

    /// Whether everything is on disk and nothing is out.
    pub fn is_idle(&self) -> bool {
        self.model.feed.is_idle(self.model.watch.seq)
    }

    /// The io floor, for requests outside the model.
    pub fn io(&self) -> &Io {
        &self.io
    }

    /// Runs until `done` holds, without a terminal.
    pub async fn run_until(&mut self, done: impl Fn(&Model) -> bool) {
        while !done(&self.model) && !self.asks.contains(&Ask::Quit) {
            let wait = self.wake_at().map_or(Duration::from_millis(200), |at| self.clock.until(at));
            tokio::select! {
                biased;
                () = self.next() => {}
                () = tokio::time::sleep(wait.min(Duration::from_millis(200))) => self.tick().await,
            }
        }
    }

    /// Leaves in good order: what was told is on disk.
    pub fn close(mut self) {
        if let Some(writer) = self.writer.take() {
            writer.close();
        }
    }

    /// Whether facts reach the disk.
    pub fn is_writing(&self) -> bool {
        matches!(self.model.feed.journal, JournalState::Writing(_))
    }
}
