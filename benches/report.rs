//! The report of an incident of 100,000 facts: told, and written in each of its formats.
#![expect(clippy::unwrap_used, reason = "a benchmark ends where it meets what it did not expect")]

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use divan::{Bencher, black_box};
use midwatch::domain::action::{Purpose, Risk};
use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::incident::{IncidentKind, Severity};
use midwatch::domain::io::{CommandRequest, IoRequest, OutputLine};
use midwatch::domain::reading::Health;
use midwatch::domain::runbook::{StepRef, StepState};
use midwatch::domain::time::Timestamp;
use midwatch::journal;
use midwatch::report::{IncidentReport, Learned, Point, Readings, Series};
use tempfile::TempDir;

const FACTS: u64 = 100_000;
const START: i64 = 1_795_270_800_000;

fn main() {
    divan::main();
}

/// A night of twelve hours in which two hundred signals come and go while people work.
static ENTRIES: LazyLock<Vec<Logged>> = LazyLock::new(|| (1..=FACTS).map(entry).collect());

/// Readings of twenty signals, one every ten seconds.
static READINGS: LazyLock<Readings> = LazyLock::new(|| {
    let point = |number: i64| Point {
        at: Timestamp::from_millis(START + number * 10_000),
        health: if number % 97 == 0 { Health::Down } else { Health::Ok },
        latency: Some(Duration::from_millis(40 + u64::try_from(number * 7 % 400).unwrap())),
        value: Some(f64::from(i32::try_from(number % 50).unwrap())),
    };
    let series = |signal: u32| Series {
        signal: format!("signal-{signal}").into(),
        counts: (signal == 0).then(|| "undelivered".into()),
        points: (0..4_320).map(point).collect(),
    };
    Readings { series: (0..20).map(series).collect() }
});

fn entry(seq: u64) -> Logged {
    let at = Timestamp::from_millis(START + i64::try_from(seq).unwrap() * 432);
    let by = || "ann".to_owned();
    let run = |number: u64| format!("R-{number}").into();
    let fact = match (seq, seq % 20) {
        (1, _) => Fact::IncidentDeclared {
            incident: "INC-1".into(),
            severity: Severity::P1,
            title: "everything comes and goes".into(),
            by: by(),
            kind: IncidentKind::Outage,
            signal: None,
            began: None,
        },
        (FACTS, _) => Fact::IncidentClosed { incident: "INC-1".into(), by: by(), summary: "over".into() },
        (_, 0..10) => {
            let down = (seq / 20).is_multiple_of(2);
            let (from, to) = if down { (Health::Ok, Health::Down) } else { (Health::Down, Health::Ok) };
            Fact::Settled {
                signal: format!("signal-{}", seq % 200).into(),
                from,
                to,
                reason: None,
                detail: "status 503".into(),
                since: at,
                evidence: None,
                after: None,
            }
        }
        (_, 10) => Fact::RunRequested {
            run: run(seq / 20),
            action: "gates".into(),
            title: "gates".into(),
            purpose: Purpose::Do,
            risk: Risk::Change,
            request: IoRequest::Command(CommandRequest {
                argv: vec!["npm".into(), "test".into()],
                env: Vec::new(),
                cwd: None,
                timeout: Duration::from_secs(60),
                limit: 65_536,
            }),
            by: by(),
            step: None,
            command: None,
            terms: Box::default(),
            undo: None,
            undoes: None,
            handles: None,
        },
        (_, 11) => Fact::RunOutput {
            run: run(seq / 20),
            lines: (0..20).map(|line| OutputLine { error: false, text: format!("gate {line} ok") }).collect(),
            truncated: false,
        },
        (_, 12) => {
            Fact::RunObserved { run: run(seq / 20), detail: "exit 0".into(), after: Duration::from_secs(1) }
        }
        (_, 13) => Fact::StepMarked {
            step: StepRef { runbook: "docs/runbook.md".into(), step: format!("step-{}", seq / 20).into() },
            text: "Look at the log drain".into(),
            line: 12,
            state: StepState::Done,
            by: by(),
            evidence: Vec::new(),
            despite: None,
            why: None,
        },
        (_, 14) => Fact::HypothesisRaised {
            hypothesis: format!("H-{}", seq / 20).into(),
            text: "it is the pool".into(),
            by: by(),
            about: at,
        },
        (_, 15) => Fact::FollowUpOpened {
            follow_up: format!("F-{}", seq / 20).into(),
            text: "a test".into(),
            owner: by(),
            due: None,
            by: by(),
            about: None,
        },
        (_, 16) => Fact::FollowUpClosed {
            follow_up: format!("F-{}", seq / 20).into(),
            done: true,
            detail: String::new(),
            by: by(),
        },
        _ => Fact::Noted { text: "it comes and goes".into(), by: by(), about: at, step: None },
    };
    Logged { seq, at, incident: Some("INC-1".into()), fact }
}

fn told() -> IncidentReport {
    IncidentReport::of(&"INC-1".into(), &ENTRIES, &READINGS).unwrap()
}

/// The same facts as a journal: what the command begins with.
static JOURNAL: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("night.journal");
    let writer = journal::open(&path, "ann", Box::new(|_| {})).unwrap().writer.unwrap();
    ENTRIES.iter().for_each(|entry| writer.append(entry.clone()));
    writer.close();
    (place, path)
});

/// From the file to the page, as the command does it.
#[divan::bench(sample_count = 5)]
fn from_the_journal(bencher: Bencher<'_, '_>) {
    let (_, path) = &*JOURNAL;
    bencher.bench_local(|| {
        let entries = journal::read(path).unwrap().entries;
        let page = IncidentReport::of(&"INC-1".into(), &entries, &READINGS).unwrap().html().unwrap();
        assert!(page.len() < 8_000_000, "{} bytes are no page", page.len());
        page
    });
}

/// What all formats are made of.
#[divan::bench(sample_count = 5)]
fn tell(bencher: Bencher<'_, '_>) {
    LazyLock::force(&ENTRIES);
    bencher.bench_local(|| black_box(told()));
}

/// Told and written, as the command does it.
#[divan::bench(sample_count = 5)]
fn html(bencher: Bencher<'_, '_>) {
    LazyLock::force(&ENTRIES);
    bencher.bench_local(|| black_box(told().html().unwrap()));
}

/// The same in Markdown.
#[divan::bench(sample_count = 5)]
fn markdown(bencher: Bencher<'_, '_>) {
    LazyLock::force(&ENTRIES);
    bencher.bench_local(|| black_box(told().markdown().unwrap()));
}

/// The same as JSON, every line of the timeline in it.
#[divan::bench(sample_count = 5)]
fn json(bencher: Bencher<'_, '_>) {
    LazyLock::force(&ENTRIES);
    bencher.bench_local(|| black_box(serde_json::to_string_pretty(&told().document()).unwrap()));
}

/// What all incidents of the journal taught.
#[divan::bench(sample_count = 5)]
fn proposals(bencher: Bencher<'_, '_>) {
    LazyLock::force(&ENTRIES);
    bencher.bench_local(|| black_box(Learned::of(&ENTRIES)));
}
