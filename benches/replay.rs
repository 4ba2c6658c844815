//! A replay at 600 times the speed of life: every frame against its budget of 33 ms, and what keeping readings costs
//! the loop. Not a benchmark of one function: it prints what a whole recording takes, and fails where a frame is late.
//!
//! `cargo bench --bench replay`
#![expect(clippy::unwrap_used, reason = "a benchmark ends where it meets what it did not expect")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures")]
#![expect(clippy::print_stdout, reason = "what was measured is printed")]

mod support;

use std::time::{Duration, Instant};

use midwatch::app::{Msg, arrange, update};
use midwatch::domain::command::Command;
use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::incident::{IncidentKind, Severity};
use midwatch::domain::observation::{Described, Observation, Observations};
use midwatch::domain::reading::Health;
use midwatch::domain::time::Timestamp;
use midwatch::journal::readings::{Keeper, Kept};
use midwatch::panes;
use midwatch::state::replay::{Reel, Replay, Speed};
use midwatch::state::{Focus, JournalState, Model, Watch};
use midwatch::theme::{self, Depth};
use midwatch::view;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use support::{OPENED, Watched};

/// Between two frames.
const FRAME: Duration = Duration::from_millis(33);
const FACTS: u64 = 100_000;
const SIZES: [(u16, u16); 2] = [(200, 60), (80, 24)];

fn main() {
    // What `cargo bench` and `cargo test --benches` hand over is not for us; the latter only wants to see it build.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    // Ten thousand signals are told and not held to it: on a wide screen some frames take longer.
    let mut late = false;
    for (signals, hours) in [(50, 10), (1_000, 4), (10_000, 1)] {
        for size in SIZES {
            let took_longer = play(signals, Duration::from_secs(hours * 3_600), size);
            late |= took_longer && signals <= 1_000;
        }
    }
    keep();
    assert!(!late, "a frame took longer than {FRAME:?}");
}

fn facts(signals: usize, span: Duration) -> Vec<Logged> {
    let step = span / u32::try_from(FACTS).unwrap();
    let mut facts = Vec::new();
    for seq in 1..=FACTS {
        let at = OPENED.plus(step * u32::try_from(seq).unwrap());
        let fact = match seq {
            10 => Fact::IncidentDeclared {
                incident: "INC-1".into(),
                severity: Severity::P1,
                title: "many things at once".into(),
                by: "ann".into(),
                kind: IncidentKind::Outage,
                signal: None,
                began: None,
            },
            seq if seq % 5 == 0 => Fact::Noted {
                text: format!("note {seq}: the pool of service {} is empty again", seq % 50),
                by: "ann".into(),
                about: at,
                step: None,
            },
            seq => {
                let down = seq / u64::try_from(signals).unwrap() % 2 == 0;
                let (from, to) = if down { (Health::Ok, Health::Down) } else { (Health::Down, Health::Ok) };
                Fact::Settled {
                    signal: format!("service-{:05}", seq % u64::try_from(signals).unwrap()).as_str().into(),
                    from,
                    to,
                    reason: None,
                    detail: "503".into(),
                    since: at,
                    evidence: None,
                    after: None,
                }
            }
        };
        let incident = (seq >= 10).then(|| "INC-1".into());
        facts.push(Logged { seq, at, incident, fact });
    }
    facts
}

fn observations(model: &Model, span: Duration) -> Observations {
    let signals: Vec<Described> = model.plan.signals.iter().map(Described::of).collect();
    let rounds = span.as_secs() / 10;
    let mut rows = Vec::new();
    for round in 0..rounds {
        for signal in 0..signals.len() {
            let spread = 10_000 * u64::try_from(signal).unwrap() / u64::try_from(signals.len()).unwrap();
            let at = OPENED.plus(Duration::from_millis(round * 10_000 + spread));
            rows.push((u32::try_from(signal).unwrap(), row(at, round, signal)));
        }
    }
    Observations { signals, rows }
}

fn row(at: Timestamp, round: u64, signal: usize) -> Observation {
    let micros =
        12_000 + u32::try_from((round * 7_919 + u64::try_from(signal).unwrap() * 104_729) % 40_000).unwrap();
    Observation {
        at,
        health: Health::Ok,
        micros,
        reason: None,
        detail: "".into(),
        figures: None,
        merged: None,
    }
}

/// Plays a whole recording frame by frame; whether a frame was late.
fn play(signals: usize, span: Duration, size: (u16, u16)) -> bool {
    let watched = Watched::new(signals, 1, size);
    let mut plan = watched.model.plan;
    let base =
        Model::new(std::mem::replace(&mut plan, Watched::new(1, 1, size).model.plan), Watch::default());
    let (facts, observations) = (facts(signals, span), observations(&base, span));
    let readings = observations.rows.len();
    let mut model = base;
    let incident = "INC-1".into();
    let opened = Instant::now();
    let mut reel = Reel::new(&model.plan, facts, observations, (OPENED, OPENED.plus(span)), Some(&incident));
    reel.title = "INC-1 P1 many things at once".into();
    model.feed.journal = JournalState::Unkept;
    model.replay = Some(Box::new(Replay::new(reel, Speed::new(600).unwrap())));
    model.show(OPENED);
    let opened = opened.elapsed();
    let now = Timestamp::from_millis(4_000_000_000_000);
    update(&mut model, now, Msg::Resized(size.0, size.1));
    update(&mut model, now, Msg::Command(Command::PauseReplay));
    let theme = theme::load("dark", None, Depth::True).0;
    let viewport = Viewport::Fixed(Rect::new(0, 0, size.0, size.1));
    let mut terminal =
        Terminal::with_options(CrosstermBackend::new(std::io::sink()), TerminalOptions { viewport }).unwrap();
    let mut draw = |model: &mut Model| {
        arrange(model);
        let shape = panes::screen(model, model.instant(now));
        terminal
            .draw(|frame| {
                view::draw(&shape, &theme, frame.buffer_mut());
            })
            .unwrap();
    };
    let mut frames = Vec::new();
    let mut clock = now;
    while model.instant(now) < OPENED.plus(span) {
        model.ui.focus = if frames.len() % 2 == 0 { Focus::Health } else { Focus::Timeline };
        let began = Instant::now();
        clock = clock.plus(FRAME);
        model.play(clock);
        update(&mut model, clock, Msg::Tick);
        draw(&mut model);
        frames.push(began.elapsed());
    }
    let mut seeks = Vec::new();
    for part in [0, 9, 2, 7, 5, 1, 8] {
        let began = Instant::now();
        model.show(OPENED.plus(span / 10 * part));
        draw(&mut model);
        seeks.push(began.elapsed());
    }
    frames.sort();
    let at = |share: usize| frames[(frames.len() - 1) * share / 1_000];
    let (worst, seek) = (at(1_000), seeks.iter().max().unwrap());
    println!(
        "{signals:>6} signals {:>3}x{:<3} {FACTS} facts {readings:>8} readings: {} frames, p50 {:.1?} p99 {:.1?} worst {worst:.1?} \
         of {FRAME:?}; opened in {opened:.0?}, worst seek {seek:.0?}",
        size.0,
        size.1,
        frames.len(),
        at(500),
        at(990),
    );
    worst > FRAME
}

/// An hour of ten thousand signals every ten seconds: what handing over costs the loop, and what the thread takes.
fn keep() {
    let directory = tempfile::tempdir().unwrap();
    let journal = directory.path().join("bench.journal");
    let keeper = Keeper::start(&journal, 64 * 1024 * 1024, Box::new(|says| println!("{says}")));
    let names: Vec<String> = (0..10_000).map(|n| format!("service-{n:05}")).collect();
    let described = names.iter().map(|name| Described {
        id: name.as_str().into(),
        every: 10_000,
        timeout: 3_000,
        board: None,
        observer: false,
        rules: [3, 3, 5, 2],
    });
    let ids: Vec<Described> = described.collect();
    keeper.keep(Kept::Signals(ids.clone()));
    let began = Instant::now();
    let (mut handing, mut rows) = (Duration::ZERO, 0_u32);
    for round in 0..360_u64 {
        for (signal, known) in ids.iter().enumerate() {
            let at = OPENED.plus(Duration::from_millis(round * 10_000 + u64::try_from(signal).unwrap()));
            let observation = row(at, round, signal);
            // A loop that reads a thousand a second never has so many at once: here the thread sets the pace.
            loop {
                let (lost, hand) = (keeper.lost(), Instant::now());
                keeper.keep(Kept::Reading(known.id.clone(), observation.clone()));
                handing += hand.elapsed();
                if keeper.lost() == lost {
                    break;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            rows += 1;
        }
    }
    drop(keeper);
    let (all, size) =
        (began.elapsed(), std::fs::metadata(midwatch::journal::readings::readings(&journal)).unwrap().len());
    println!(
        "an hour of 10,000 signals: {rows} readings handed over in {:.0?} each; the thread took {all:.1?}, {:.2} % of \
         the hour; the file has {} MiB",
        handing / rows,
        all.as_secs_f64() / 36.0,
        size / 1024 / 1024,
    );
}
