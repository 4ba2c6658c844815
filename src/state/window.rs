//! Go-live windows: what facts say of each, how the open one stands now, and what a GO still lacks.
//!
//! A [`Window`] is a fold of facts. [`Live`] is what was measured since: the clock between two facts, and how each
//! gate was judged last. It is lost at the end of a session; the next one goes on from the last fact, because nobody
//! watched meanwhile.

mod judge;

use std::time::Duration;

use crate::domain::condition::Condition;
use crate::domain::fact::{Fact, Logged, Release};
use crate::domain::ids::WindowId;
use crate::domain::time::{Timestamp, stopwatch};
use crate::domain::window::{Conditions, Gate, GateFigures, GateState, GateSummary, Value, Verdict};

use super::{JournalState, Model, Plan, Watch};

pub use judge::{Judged, judge, summary};

/// Marks of one window that are held; the oldest go first, and stay in the journal.
const MARKS: usize = 400;

/// One window, as facts have left it.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Its name.
    pub id: WindowId,
    /// How long health has to last.
    pub span: Duration,
    /// Who opened it.
    pub by: String,
    /// When.
    pub opened: Timestamp,
    /// The release under watch, where a source knows it.
    pub release: Option<Release>,
    /// Its gates, in the order they were recorded in.
    pub gates: Vec<Watched>,
    /// The clean time at the last fact that says it.
    pub clean: Duration,
    /// Why the clock stands still although nobody holds it, and since when.
    pub frozen: Option<(Timestamp, String)>,
    /// Who holds it.
    pub held: Option<Held>,
    /// Since when it waits for the GO.
    pub ready: Option<Timestamp>,
    /// What happened to its clock, oldest first.
    pub marks: Vec<Mark>,
    /// How it ended.
    pub ended: Option<Ended>,
}

/// A gate, as facts have left it.
#[derive(Clone, Debug, PartialEq)]
pub struct Watched {
    /// The gate.
    pub gate: Gate,
    /// How it stands.
    pub state: GateState,
    /// What it was judged by, in words.
    pub detail: String,
    /// When that was last a fact.
    pub at: Timestamp,
    /// How often it set the clock to zero.
    pub resets: u32,
    /// How often it stopped the clock.
    pub freezes: u32,
}

/// A hold by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

/// The end of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
    /// A person, or `midwatch`.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What each gate did.
    pub gates: Vec<GateSummary>,
}

/// A notch on the bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What kind.
    pub kind: MarkKind,
    /// When; moved with a clock that is set while the window is open.
    pub at: Timestamp,
    /// The clean time just before it.
    pub clean: Duration,
    /// In words.
    pub why: String,
}

/// What happened to the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// It was set to zero.
    Reset,
    /// It stands still because it cannot be told.
    Frozen,
    /// It can be told again.
    Thawed,
    /// Somebody stopped it.
    Held,
    /// Somebody let it go on.
    Released,
    /// The clean time is full.
    Ready,
    /// The system clock was set: the clean time is counted by another.
    ClockSet,
}

impl MarkKind {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            MarkKind::Reset => "reset",
            MarkKind::Frozen => "frozen",
            MarkKind::Thawed => "goes on",
            MarkKind::Held => "held",
            MarkKind::Released => "released",
            MarkKind::Ready => "full",
            MarkKind::ClockSet => "clock set",
        }
    }
}

impl Window {
    fn mark(&mut self, kind: MarkKind, at: Timestamp, clean: Duration, why: impl Into<String>) {
        if self.marks.len() == MARKS {
            self.marks.remove(0);
        }
        self.marks.push(Mark { kind, at, clean, why: why.into() });
    }

    fn watched(&mut self, name: Option<&String>) -> Option<&mut Watched> {
        self.gates.iter_mut().find(|known| Some(&known.gate.name) == name)
    }

    /// How often the clock was set to zero.
    pub fn resets(&self) -> usize {
        self.marks.iter().filter(|mark| mark.kind == MarkKind::Reset).count()
    }

    /// How often it stood still because it could not be told.
    pub fn freezes(&self) -> usize {
        self.marks.iter().filter(|mark| mark.kind == MarkKind::Frozen).count()
    }

    /// The system clock was set while it is open.
    pub(super) fn shift(&mut self, at: Timestamp, by_millis: i64) {
        let by = |at: &mut Timestamp| *at = at.shifted(by_millis);
        by(&mut self.opened);
        self.gates.iter_mut().for_each(|watched| by(&mut watched.at));
        self.frozen.iter_mut().for_each(|(at, _)| by(at));
        self.held.iter_mut().for_each(|held| by(&mut held.at));
        self.ready.iter_mut().for_each(by);
        self.marks.iter_mut().for_each(|mark| by(&mut mark.at));
        let why = format!("the system clock was set by {by_millis} ms");
        self.mark(MarkKind::ClockSet, at, self.clean, why);
    }
}

impl Watch {
    /// The window that is open.
    pub fn window(&self) -> Option<&Window> {
        self.windows.last().filter(|window| window.ended.is_none())
    }

    pub(super) fn apply_window(&mut self, logged: &Logged) {
        let at = logged.at;
        if let Fact::WindowOpened { window, span, gates, release, by } = &logged.fact {
            let watched = |gate: &Gate| Watched {
                gate: gate.clone(),
                state: GateState::Unknown,
                detail: "not measured yet".into(),
                at,
                resets: 0,
                freezes: 0,
            };
            self.windows.push(Window {
                id: window.clone(),
                span: *span,
                by: by.clone(),
                opened: at,
                release: release.clone(),
                gates: gates.iter().map(watched).collect(),
                clean: Duration::ZERO,
                frozen: None,
                held: None,
                ready: None,
                marks: Vec::new(),
                ended: None,
            });
            return;
        }
        let Some(known) = self.windows.last_mut().filter(|known| known.ended.is_none()) else { return };
        match &logged.fact {
            Fact::WindowRelease { release, .. } => known.release = Some(release.clone()),
            Fact::WindowGate { gate, to, detail, .. } => {
                if let Some(watched) = known.watched(Some(gate)) {
                    (watched.state, watched.at) = (*to, at);
                    watched.detail.clone_from(detail);
                }
            }
            Fact::WindowReset { why, lost, gate, release, .. } => {
                known.mark(MarkKind::Reset, at, *lost, why);
                (known.clean, known.ready) = (Duration::ZERO, None);
                if let Some(watched) = known.watched(gate.as_ref()) {
                    watched.resets += 1;
                }
                if release.is_some() {
                    known.release.clone_from(release);
                }
            }
            Fact::WindowFrozen { why, clean, gate, .. } => {
                known.mark(MarkKind::Frozen, at, *clean, why);
                (known.clean, known.frozen) = (*clean, Some((at, why.clone())));
                if let Some(watched) = known.watched(gate.as_ref()) {
                    watched.freezes += 1;
                }
            }
            Fact::WindowThawed { clean, .. } => {
                known.mark(MarkKind::Thawed, at, *clean, "");
                (known.clean, known.frozen) = (*clean, None);
            }
            Fact::WindowHeld { by, why, clean, .. } => {
                known.mark(MarkKind::Held, at, *clean, format!("{by}: {why}"));
                known.clean = *clean;
                known.held = Some(Held { by: by.clone(), why: why.clone(), at });
            }
            Fact::WindowReleased { by, .. } => {
                known.mark(MarkKind::Released, at, known.clean, by);
                known.held = None;
            }
            Fact::WindowCheckpoint { clean, .. } => known.clean = *clean,
            Fact::WindowReady { clean, .. } => {
                known.mark(MarkKind::Ready, at, *clean, "");
                (known.clean, known.ready) = (*clean, Some(at));
            }
            Fact::WindowEnded { verdict, why, by, clean, gates, .. } => {
                known.clean = *clean;
                known.ended = Some(Ended {
                    verdict: *verdict,
                    why: why.clone(),
                    by: by.clone(),
                    at,
                    gates: gates.clone(),
                });
            }
            _ => {}
        }
    }
}

/// What was measured of the open window since its last fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// The window.
    pub window: WindowId,
    /// How long health has to last.
    pub span: Duration,
    /// What was measured before says nothing: it was opened then, or opened again, or a release went live.
    pub since: Timestamp,
    /// The clean time when it was last looked at.
    pub clean: Duration,
    /// When that was.
    pub seen: Timestamp,
    /// Until when the clock runs from then on, if nothing is measured: when the first of the required gates' numbers go
    /// stale. `None` where it stands still.
    pub runs_until: Option<Timestamp>,
    /// Whether a required gate failed then.
    pub failing: bool,
    /// When the clean time was full.
    pub full: Option<Timestamp>,
    /// Whether facts say that it waits for the GO. This and the next two run ahead of the watch by the facts of one
    /// message: several readings may come of one.
    pub ready: bool,
    /// Whether facts say that the clock stands still because it cannot be told.
    pub frozen: bool,
    /// The release under watch, by facts.
    pub release: Option<Release>,
    /// Sources of releases that had not been read when it was opened, by their place in the plan.
    pub unread: Vec<usize>,
    /// When the system clock was last set: a laptop that slept looks the same. What was measured before is too old for
    /// a GO.
    pub stepped: Option<Timestamp>,
    /// When the clean time was last a fact.
    pub told: Timestamp,
    /// One a gate, in the window's order.
    pub gates: Vec<LiveGate>,
}

/// A gate and what was measured of it.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveGate {
    /// The gate.
    pub gate: Gate,
    /// Its conditions, compiled; why they cannot be, in words.
    pub conditions: Result<Conditions, String>,
    /// Its signals, by their place in the plan.
    pub signals: Vec<usize>,
    /// How it was judged last.
    pub state: GateState,
    /// In words.
    pub detail: String,
    /// By what.
    pub values: Vec<Value>,
    /// Failures in a row.
    pub failures: u32,
    /// When the oldest of its signals' newest measurements came.
    pub measured: Option<Timestamp>,
    /// From when on that says nothing any more.
    pub stale: Option<Timestamp>,
    /// What facts say of it: its state, and how many failures are tolerated.
    pub told: (GateState, u32),
}

impl Live {
    /// Nothing measured yet of a window whose clock stands at `clean`.
    pub fn new<'a>(
        plan: &Plan,
        (window, span): (&WindowId, Duration),
        gates: impl Iterator<Item = (&'a Gate, GateState)>,
        clean: Duration,
        now: Timestamp,
    ) -> Self {
        Self {
            window: window.clone(),
            span,
            since: now,
            clean,
            seen: now,
            runs_until: None,
            failing: false,
            full: None,
            ready: false,
            frozen: false,
            release: None,
            unread: Vec::new(),
            stepped: None,
            told: now,
            gates: gates.map(|(gate, told)| LiveGate::new(plan, gate, told)).collect(),
        }
    }

    /// The signals of its gates, by their place in the plan.
    pub fn holds(&self, signal: usize) -> bool {
        self.gates.iter().any(|gate| gate.signals.contains(&signal))
    }

    /// From when on a required gate has to be measured for a GO: what is older may not hold any more.
    pub fn confirms_from(&self) -> Option<Timestamp> {
        self.full.map(|full| self.stepped.map_or(full, |stepped| stepped.max(full)))
    }

    /// The required gates that were not measured since then.
    pub fn unconfirmed(&self) -> impl Iterator<Item = &LiveGate> {
        let from = self.confirms_from();
        self.required().filter(move |gate| from.is_none_or(|from| gate.measured.is_none_or(|at| at < from)))
    }

    /// Its required gates.
    pub fn required(&self) -> impl Iterator<Item = &LiveGate> {
        self.gates.iter().filter(|live| live.gate.required)
    }

    /// The clean time at `now`, if all goes on as it was when it was last looked at.
    pub fn clean_at(&self, now: Timestamp) -> Duration {
        self.clean + self.runs_until.map_or(Duration::ZERO, |until| now.min(until).since(self.seen))
    }

    /// When the clean time will be full if the clock runs on from `now`; `None` where it does not run, or is full.
    pub fn full_at(&self, now: Timestamp) -> Option<Timestamp> {
        let left = self.span.checked_sub(self.clean_at(now)).filter(|left| !left.is_zero())?;
        self.runs_until.map(|_| now.plus(left))
    }

    /// Forgets how every gate stood: nothing that was measured before `since` says anything any more.
    pub fn forget(&mut self, since: Timestamp, why: &str) {
        self.since = since;
        for gate in &mut self.gates {
            (gate.state, gate.detail, gate.failures) = (GateState::Unknown, why.to_owned(), 0);
            (gate.measured, gate.stale) = (None, None);
            gate.values.clear();
        }
    }

    /// Moves every instant with a clock that was set by `by_millis`.
    pub(super) fn shift(&mut self, by_millis: i64) {
        let by = |at: &mut Timestamp| *at = at.shifted(by_millis);
        [&mut self.since, &mut self.seen, &mut self.told].into_iter().for_each(by);
        self.runs_until.iter_mut().chain(&mut self.full).chain(&mut self.stepped).for_each(by);
        for gate in &mut self.gates {
            gate.measured.iter_mut().chain(&mut gate.stale).for_each(by);
            gate.values.iter_mut().filter_map(|value| value.at.as_mut()).for_each(by);
        }
    }
}

impl LiveGate {
    fn new(plan: &Plan, gate: &Gate, told: GateState) -> Self {
        let conditions = Conditions::of(gate).map_err(|(_, why)| why);
        let named = conditions.iter().flat_map(Conditions::each).flat_map(Condition::asked);
        let mut signals: Vec<usize> =
            gate.signal.iter().cloned().chain(named).filter_map(|name| plan.signal_index(&name)).collect();
        signals.sort_unstable();
        signals.dedup();
        Self {
            gate: gate.clone(),
            conditions,
            signals,
            state: GateState::Unknown,
            detail: "not measured yet".into(),
            values: Vec::new(),
            failures: 0,
            measured: None,
            stale: None,
            told: (told, 0),
        }
    }

    /// How it stands at `now`: what was measured too long ago says nothing.
    pub fn stands(&self, now: Timestamp) -> GateState {
        match self.stale {
            Some(stale) if now <= stale => self.state,
            Some(_) | None => GateState::Unknown,
        }
    }

    /// In words, how it stands at `now`.
    pub fn words(&self, now: Timestamp) -> String {
        match self.measured.filter(|_| self.state != GateState::Unknown && self.stands(now) != self.state) {
            Some(measured) => {
                format!("nothing measured for {}", crate::domain::time::short(now.since(measured)))
            }
            None => self.detail.clone(),
        }
    }
}

/// The open window at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct View<'a> {
    /// What facts say of it.
    pub window: &'a Window,
    /// The clean time so far; never more than the span.
    pub clean: Duration,
    /// How much is missing at best: if nothing fails from now on.
    pub left: Duration,
    /// How long it has been open.
    pub open_for: Duration,
    /// What the clock does.
    pub clock: Clock,
    /// One a gate, in the window's order.
    pub gates: Vec<GateView<'a>>,
}

/// What the clock of a window does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clock {
    /// It runs.
    Runs,
    /// It stands at zero: this gate fails.
    Failing(String),
    /// It stands still, because this cannot be told.
    Frozen(String),
    /// Somebody holds it: who, and why.
    Held(String),
    /// The clean time is full, and its gates are measured once more.
    Confirming,
    /// It is full, and waits for the GO.
    Ready,
}

/// A gate at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct GateView<'a> {
    /// What facts say of it.
    pub watched: &'a Watched,
    /// How it stands.
    pub state: GateState,
    /// What it is judged by, in words.
    pub detail: String,
    /// The values behind that.
    pub values: Vec<Value>,
    /// When they were measured: the oldest of its signals' newest.
    pub measured: Option<Timestamp>,
    /// Failures in a row that are tolerated at the moment.
    pub tolerated: u32,
}

/// The open window at `now`; `None` where none is open.
pub fn view(model: &Model, now: Timestamp) -> Option<View<'_>> {
    let window = model.watch.window()?;
    // A console that looks on sees what the one that writes has written.
    let live = model.feed.window.as_ref().filter(|live| live.window == window.id);
    let clean = live.map_or(window.clean, |live| live.clean_at(now)).min(window.span);
    let gates: Vec<GateView<'_>> = window
        .gates
        .iter()
        .enumerate()
        .map(|(at, watched)| match live.and_then(|live| live.gates.get(at)) {
            Some(live) => GateView {
                watched,
                state: live.stands(now),
                detail: live.words(now),
                values: live.values.clone(),
                measured: live.measured,
                tolerated: if live.state == GateState::Passing { live.failures } else { 0 },
            },
            None => GateView {
                watched,
                state: watched.state,
                detail: watched.detail.clone(),
                values: Vec::new(),
                measured: None,
                tolerated: 0,
            },
        })
        .collect();
    let first = |state: GateState| {
        let of = gates.iter().find(|gate| gate.watched.gate.required && gate.state == state)?;
        Some(format!("{}: {}", of.watched.gate.name, of.detail))
    };
    let clock = if let Some(held) = &window.held {
        Clock::Held(format!("{}: {}", held.by, held.why))
    } else if let Some(why) = first(GateState::Failing) {
        Clock::Failing(why)
    } else if let Some(why) = first(GateState::Unknown) {
        Clock::Frozen(why)
    } else if window.ready.is_some() {
        Clock::Ready
    } else if clean >= window.span {
        Clock::Confirming
    } else {
        Clock::Runs
    };
    Some(View {
        window,
        clean,
        left: window.span.saturating_sub(clean),
        open_for: now.since(window.opened),
        clock,
        gates,
    })
}

/// Why there can be no GO at `now`, the first reason first; empty where there can. One reason where no window is open.
pub fn lacks(model: &Model, now: Timestamp) -> Vec<String> {
    let Some(view) = view(model, now) else { return vec!["no window is open".into()] };
    let mut lacks = Vec::new();
    if let Some(held) = &view.window.held {
        lacks.push(format!("{} holds it: {}", held.by, held.why));
    }
    for gate in view.gates.iter().filter(|gate| gate.watched.gate.required) {
        if gate.state != GateState::Passing {
            lacks.push(format!("{} is {}: {}", gate.watched.gate.name, gate.state.word(), gate.detail));
        }
    }
    if !matches!(model.feed.journal, JournalState::Writing(_)) {
        lacks.push("the journal cannot be written".into());
    }
    let live = model.feed.window.as_ref();
    let unconfirmed = live.and_then(|live| live.unconfirmed().next());
    if view.clean < view.window.span {
        lacks.push(format!("{} of {} clean", stopwatch(view.clean), stopwatch(view.window.span)));
    } else if let Some(gate) = unconfirmed {
        lacks.push(format!("{} was not measured since the clock was full or set", gate.gate.name));
    } else if !live.map_or(view.window.ready.is_some(), |live| live.ready) {
        lacks.push("it is not ready yet".into());
    }
    lacks
}

/// How each gate stands at `now`, for a checkpoint.
pub fn figures(live: &Live, now: Timestamp) -> Vec<GateFigures> {
    let of = |gate: &LiveGate| GateFigures {
        gate: gate.gate.name.clone(),
        state: gate.stands(now),
        values: gate.values.clone(),
    };
    live.gates.iter().map(of).collect()
}
