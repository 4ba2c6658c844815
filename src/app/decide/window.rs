//! The go-live window: what readings, silence, releases and people do to its clock.
//!
//! Time is credited between two looks only where every required gate passed at the first and passes at the second, and
//! never past the instant at which the first numbers went stale. So silence, a laptop that slept and a console that was
//! closed give nothing. GO is said by a person and by nothing else here.

use std::time::Duration;

use crate::domain::board::Board;
use crate::domain::entry::Entry;
use crate::domain::fact::{Fact, Release};
use crate::domain::ids::WindowId;
use crate::domain::time::{Timestamp, short, stopwatch};
use crate::domain::window::{Deed, Gate, GateState, LONGEST, SHORTEST, Verdict};
use crate::state::window::{Live, LiveGate, Window, figures, judge, lacks, summary};
use crate::state::{Dialog, JournalState, Model};

use super::{Out, poll, recordable, say, say_no};

/// The clean time is a fact at least this often while it grows.
const CHECKPOINT: Duration = Duration::from_secs(30);
/// How soon after its opening a source that was not read before is read for the first time.
const FIRST_READ: Duration = Duration::from_secs(60);
/// Who ends a window by a hard stop.
const US: &str = "midwatch";

/// Does what somebody asks for.
pub fn deed(model: &mut Model, now: Timestamp, deed: Deed, out: &mut Out) {
    if !recordable(model, now) {
        return;
    }
    if let Deed::Open(span) = deed {
        open(model, now, span, out);
        return;
    }
    // The clock is brought up to this instant first.
    look(model, now, None, out);
    let by = model.plan.environment.operator.clone();
    let Some(window) = model.watch.window().filter(|_| model.feed.window.is_some()).cloned() else {
        say_no(model, now, "no window is open");
        return;
    };
    let clean = model.feed.window.as_ref().map_or(window.clean, |live| live.clean);
    let id = window.id.clone();
    match deed {
        Deed::Open(_) => {}
        Deed::Go => {
            let lacks = lacks(model, now);
            match lacks.first() {
                None => end(model, now, Verdict::Go, full_words(&window), by, out),
                Some(why) => say_no(model, now, format!("no GO: {why}")),
            }
        }
        Deed::NoGo(why) => end(model, now, Verdict::NoGo, why, by, out),
        Deed::End(why) => end(model, now, Verdict::Hold, why, by, out),
        Deed::Hold(_) if window.held.is_some() => say_no(model, now, format!("{id} is held already")),
        Deed::Hold(why) => {
            say(model, now, format!("{id} is held at {}", stopwatch(clean)));
            out.fact(Fact::WindowHeld { window: id, by, why, clean });
            if let Some(live) = &mut model.feed.window {
                (live.runs_until, live.told) = (None, now);
            }
        }
        Deed::Release if window.held.is_none() => say_no(model, now, format!("{id} is not held")),
        Deed::Release => {
            say(model, now, format!("{id} goes on"));
            out.fact(Fact::WindowReleased { window: id, by });
            if let Some(live) = &mut model.feed.window {
                runs_on(live, now, false);
            }
        }
    }
}

fn full_words(window: &Window) -> String {
    format!("{} clean by every required gate", short(window.span))
}

/// Why no window can be opened now.
pub fn refusal(model: &Model) -> Option<String> {
    if let Some(window) = model.watch.window() {
        return Some(format!("{} is open already", window.id));
    }
    let stops = model.plan.window.gates.iter().any(|gate| gate.required);
    (!stops).then(|| "no gate is required: nothing could ever stop the clock of a window".to_owned())
}

/// Why no window lasts so long.
pub fn wrong_span(span: Duration) -> Option<String> {
    let fits = (SHORTEST..=LONGEST).contains(&span);
    (!fits).then(|| format!("a window lasts {} to 24h", short(SHORTEST)))
}

fn open(model: &mut Model, now: Timestamp, span: Option<Duration>, out: &mut Out) {
    let wanted = &model.plan.window;
    let (span, gates) = (span.unwrap_or(wanted.span), wanted.gates.clone());
    if let Some(why) = refusal(model).or_else(|| wrong_span(span)) {
        say_no(model, now, why);
        return;
    }
    let window = WindowId::from(format!("W-{}", model.watch.windows.len() + 1));
    let by = model.plan.environment.operator.clone();
    let release = newest_release(model).map(|(release, _)| release);
    say(model, now, format!("{window} is open: {} by {} gates", short(span), gates.len()));
    begin(model, now, (&window, span), &gates, &[], Duration::ZERO);
    let is_unread = |at: &usize| model.feed.signals[*at].listing.is_none();
    let unread: Vec<usize> = model.plan.listed(Board::Deploys).filter(is_unread).collect();
    if let Some(live) = &mut model.feed.window {
        live.release.clone_from(&release);
        live.unread = unread;
    }
    out.fact(Fact::WindowOpened { window, span, gates, release, by });
}

/// Begins to measure a window whose clock stands at `clean`; `told` is what facts say of its gates.
fn begin(
    model: &mut Model,
    now: Timestamp,
    window: (&WindowId, Duration),
    gates: &[Gate],
    told: &[GateState],
    clean: Duration,
) {
    model.plan.judge_by(gates.to_vec());
    let told = told.iter().copied().chain(std::iter::repeat(GateState::Unknown));
    let live = Live::new(&model.plan, window, gates.iter().zip(told), clean, now);
    measure_all(model, &live, now);
    model.feed.window = Some(live);
}

/// A console is opened on a window that was left open: its clock is where the last fact left it, and stands still
/// until its gates are measured again.
pub fn reopened(model: &mut Model, now: Timestamp, out: &mut Out) {
    if !matches!(model.feed.journal, JournalState::Writing(_)) {
        // The console that writes measures it.
        return;
    }
    let Some(window) = model.watch.window().cloned() else { return };
    let gates: Vec<Gate> = window.gates.iter().map(|watched| watched.gate.clone()).collect();
    let told: Vec<GateState> = window.gates.iter().map(|watched| watched.state).collect();
    if window.frozen.is_none() {
        let why = "the console was closed: nothing was measured meanwhile".to_owned();
        out.fact(Fact::WindowFrozen { window: window.id.clone(), why, clean: window.clean, gate: None });
    }
    begin(model, now, (&window.id, window.span), &gates, &told, window.clean);
    if let Some(live) = &mut model.feed.window {
        (live.frozen, live.ready) = (true, window.ready.is_some());
        live.release = window.release;
        live.full = window.ready.map(|_| now);
    }
}

/// The system clock was set, or the machine slept: every gate is measured again before there can be a GO.
pub fn stepped(model: &mut Model, now: Timestamp) {
    let Some(mut live) = model.feed.window.take() else { return };
    live.stepped = Some(now);
    measure_all(model, &live, now);
    model.feed.window = Some(live);
}

/// Asks every signal of its gates soon.
fn measure_all(model: &mut Model, live: &Live, now: Timestamp) {
    for at in live.gates.iter().flat_map(|gate| &gate.signals) {
        poll::soon(model, *at, now);
    }
}

/// What a look has to know of the window.
struct Known {
    id: WindowId,
    span: Duration,
    opened: Timestamp,
    held: bool,
    /// The clean time by facts.
    clean: Duration,
}

/// Looks at the open window: the signal at `measured` has just been measured, or time went on.
pub fn look(model: &mut Model, now: Timestamp, measured: Option<usize>, out: &mut Out) {
    if !matches!(model.feed.journal, JournalState::Writing(_)) {
        // What cannot be recorded is not decided.
        return;
    }
    let Some(window) = model.watch.window() else { return };
    let known = Known {
        id: window.id.clone(),
        span: window.span,
        opened: window.opened,
        held: window.held.is_some(),
        clean: window.clean,
    };
    let Some(mut live) = model.feed.window.take() else { return };
    if live.window != known.id || measured.is_some_and(|at| !live.holds(at)) {
        model.feed.window = Some(live);
        return;
    }
    let until = live.runs_until;
    let release = released(model, now, &known, &mut live, out);
    live.unread.retain(|at| model.feed.signals[*at].listing.is_none());
    let stop = weigh(model, now, measured, &mut live, out);
    if let Some((gate, why)) = stop {
        model.feed.window = Some(live);
        end(model, now, Verdict::NoGo, format!("{gate}: {why}"), US.into(), out);
        return;
    }
    let passes = !known.held && live.required().all(|gate| gate.stands(now) == GateState::Passing);
    if let Some(until) = until.filter(|_| passes) {
        live.clean += now.min(until).since(live.seen);
    }
    if let Some(release) = release {
        measure_all(model, &live, now);
        let why = format!("{} went live", release.version);
        reset(&known, &mut live, now, Reset { why, gate: None, release: Some(release) }, out);
    }
    turns(&known, &mut live, now, out);
    runs_on(&mut live, now, known.held);
    fill(model, now, &known, &mut live, out);
    if live.clean != known.clean && now.since(live.told) >= CHECKPOINT && live.clean > Duration::ZERO {
        let gates = figures(&live, now);
        out.fact(Fact::WindowCheckpoint { window: known.id, clean: live.clean, gates });
        live.told = now;
    }
    model.feed.window = Some(live);
}

/// From `now` on the clock runs if every required gate passes, until the first of their numbers go stale.
fn runs_on(live: &mut Live, now: Timestamp, held: bool) {
    let passes = !held && live.required().all(|gate| gate.stands(now) == GateState::Passing);
    live.runs_until = live.required().filter_map(|gate| gate.stale).min().filter(|_| passes);
    live.seen = now;
}

/// The newest release that a source knows, and whether it is known when it went live. By the vendor's clock: ours may
/// be behind it. Of what is live and nobody knows since when, the instant at which it was first seen.
fn newest_release(model: &Model) -> Option<(Release, bool)> {
    match model.release_before(Timestamp::from_millis(i64::MAX)) {
        Some(release) => Some((release, true)),
        None => model.release_sighted().map(|release| (release, false)),
    }
}

/// The release that went live since the one under watch, if one did. One that was live before the window was opened,
/// and of which a source tells only now, is the one under watch.
fn released(model: &Model, now: Timestamp, known: &Known, live: &mut Live, out: &mut Out) -> Option<Release> {
    let (newest, is_known) = newest_release(model)?;
    let is_new = match &live.release {
        // One source may list less than the other did: what is older is no news.
        Some(under) if newest.at < under.at || newest.is(under) => return None,
        Some(_) => !was_live(model, now, known, live, &newest),
        None => is_known && newest.at > known.opened,
    };
    live.release = Some(newest.clone());
    if !is_new {
        out.fact(Fact::WindowRelease { window: known.id.clone(), release: newest });
        return None;
    }
    live.forget(now, &format!("not measured since {} went live", newest.version));
    Some(newest)
}

/// Whether `newest` is told by a source that is read for the first time since the window was opened, just now, and was
/// live before that.
fn was_live(model: &Model, now: Timestamp, known: &Known, live: &Live, newest: &Release) -> bool {
    let tells = |at: &usize| {
        let listing = model.feed.signals[*at].listing.as_ref();
        let is_it = |entry: &Entry| {
            entry.at == Some(newest.at) && entry.release.as_deref() == Some(newest.version.as_str())
        };
        listing.is_some_and(|listing| listing.entries.iter().any(is_it))
    };
    live.stepped.is_none()
        && newest.at <= known.opened
        && now.since(known.opened) <= FIRST_READ
        && live.unread.iter().any(tells)
}

/// Judges the gates that look at `measured`, and tells which of them stand otherwise than before. A hard stop that
/// holds comes back: the gate, and what it found.
fn weigh(
    model: &Model,
    now: Timestamp,
    measured: Option<usize>,
    live: &mut Live,
    out: &mut Out,
) -> Option<(String, String)> {
    let mut stop = None;
    let sick = model.watch.observer_sick.is_some();
    for at in 0..live.gates.len() {
        let gate = &live.gates[at];
        let is_new = measured.is_some_and(|signal| gate.signals.contains(&signal));
        if is_new || sick {
            let judged = judge(model, now, live.since, gate);
            if let Some(why) = &judged.stops {
                stop.get_or_insert_with(|| (gate.gate.name.clone(), why.clone()));
            }
            let gate = &mut live.gates[at];
            (gate.values, gate.measured, gate.stale) = (judged.values, judged.measured, judged.stale);
            (gate.state, gate.detail) = tolerated(gate, judged.state, judged.detail);
        }
        told(now, &live.window, &mut live.gates[at], out);
    }
    stop
}

/// What a gate makes of a measurement: failures that it tolerates pass, and say so.
fn tolerated(gate: &mut LiveGate, state: GateState, detail: String) -> (GateState, String) {
    let limit = gate.gate.tolerates;
    match state {
        GateState::Passing => {
            gate.failures = 0;
            (state, detail)
        }
        // A gap in between says neither that it failed nor that it passed.
        GateState::Unknown => (state, detail),
        GateState::Failing => {
            gate.failures = gate.failures.saturating_add(1);
            if gate.failures <= limit {
                (GateState::Passing, format!("tolerated {} of {limit}: {detail}", gate.failures))
            } else if limit > 0 {
                (state, format!("failed {} times in a row, tolerates {limit}: {detail}", gate.failures))
            } else {
                (state, detail)
            }
        }
    }
}

/// A gate that stands otherwise than facts say of it is a fact.
fn told(now: Timestamp, window: &WindowId, gate: &mut LiveGate, out: &mut Out) {
    let (from, stands) = (gate.told.0, gate.stands(now));
    let used = if stands == GateState::Passing { gate.failures } else { 0 };
    if gate.told == (stands, used) {
        return;
    }
    gate.told = (stands, used);
    out.fact(Fact::WindowGate {
        window: window.clone(),
        gate: gate.gate.name.clone(),
        from,
        to: stands,
        detail: gate.words(now),
        values: gate.values.clone(),
    });
}

/// A required gate began to fail, cannot be told any more, or can be told again.
fn turns(known: &Known, live: &mut Live, now: Timestamp, out: &mut Out) {
    let first = |live: &Live, state: GateState| {
        let gate = live.required().find(|gate| gate.stands(now) == state)?;
        Some((gate.gate.name.clone(), gate.words(now)))
    };
    let (failing, unknown) = (first(live, GateState::Failing), first(live, GateState::Unknown));
    if let Some((gate, why)) = &failing {
        if live.failing {
            live.clean = Duration::ZERO;
        } else {
            let why = format!("{gate}: {why}");
            reset(known, live, now, Reset { why, gate: Some(gate.clone()), release: None }, out);
        }
    }
    live.failing = failing.is_some();
    let clean = live.clean.min(known.span);
    match unknown {
        Some((gate, why))
            if !live.frozen && !live.failing && (live.runs_until.is_some() || clean > Duration::ZERO) =>
        {
            let (window, why) = (known.id.clone(), format!("{gate}: {why}"));
            out.fact(Fact::WindowFrozen { window, why, clean, gate: Some(gate) });
            (live.frozen, live.told) = (true, now);
        }
        None if live.frozen => {
            out.fact(Fact::WindowThawed { window: known.id.clone(), clean });
            (live.frozen, live.told) = (false, now);
        }
        Some(_) | None => {}
    }
}

/// Why the clock is set to zero.
struct Reset {
    why: String,
    gate: Option<String>,
    release: Option<Release>,
}

fn reset(known: &Known, live: &mut Live, now: Timestamp, reset: Reset, out: &mut Out) {
    let (window, lost) = (known.id.clone(), live.clean.min(known.span));
    (live.clean, live.full, live.ready) = (Duration::ZERO, None, false);
    (live.runs_until, live.told) = (None, now);
    let Reset { why, gate, release } = reset;
    out.fact(Fact::WindowReset { window, why, lost, gate, release });
}

/// The clean time is full: it waits for the GO once every required gate was measured after that instant. A poll that
/// was out across it has to come back first.
fn fill(model: &mut Model, now: Timestamp, known: &Known, live: &mut Live, out: &mut Out) {
    let Some(over) = live.clean.checked_sub(known.span) else { return };
    live.clean = known.span;
    if live.full.is_none() {
        live.full = Some(now.minus(over));
        for at in live.unconfirmed().flat_map(|gate| &gate.signals) {
            poll::soon(model, *at, now);
        }
    }
    if live.runs_until.is_some() && !live.ready && live.unconfirmed().next().is_none() {
        out.fact(Fact::WindowReady { window: known.id.clone(), clean: live.clean });
        (live.ready, live.told) = (true, now);
    }
}

/// Ends the open window.
fn end(model: &mut Model, now: Timestamp, verdict: Verdict, why: String, by: String, out: &mut Out) {
    let Some(window) = model.watch.window().cloned() else { return };
    let Some(live) = model.feed.window.take() else { return };
    let gates = summary(model, now, &window, &live);
    let clean = live.clean.min(window.span);
    let mut text = format!("{} {}: {why}", window.id, verdict.word());
    let id = window.id.clone();
    out.fact(Fact::WindowEnded { window: window.id, verdict, why, by, clean, gates });
    if let Some(follows) =
        (verdict == Verdict::Go).then(|| super::duties::open(model, now, &id, out)).flatten()
    {
        text = format!("{text}; {follows}");
    }
    say(model, now, text);
    model.plan.judge_by(Vec::new());
    // At once, and not over what somebody is in the middle of: who looks at the window is not.
    let is_free = matches!(model.ui.dialog, None | Some(Dialog::Window { .. }));
    if verdict == Verdict::NoGo && is_free && super::rollback::is_offered(model) {
        super::rollback::open(model, now);
    }
}
