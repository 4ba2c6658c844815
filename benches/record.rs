//! The record of a team that has kept it for years: opened, listed, measured, exported, checked.
//!
//! ```sh
//! cargo bench --bench record
//! ```
#![expect(clippy::unwrap_used, reason = "a benchmark ends where it meets what it did not expect")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use divan::{Bencher, black_box};
use midwatch::domain::action::{Purpose, Risk};
use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::ids::{IncidentId, RunbookId, SignalId, StepId};
use midwatch::domain::incident::{IncidentKind, Severity};
use midwatch::domain::io::{CommandRequest, IoRequest, OutputLine, Reason};
use midwatch::domain::reading::Health;
use midwatch::domain::runbook::{StepRef, StepState};
use midwatch::domain::terms::Terms;
use midwatch::domain::time::Timestamp;
use midwatch::journal::{self, Wanted};
use midwatch::report::{self, Filter};
use midwatch::state::Watch;

const FACTS: u64 = 100_000;

fn main() {
    divan::main();
}

/// What happens in 250 facts: an incident of 200 of them, and the quiet before it.
fn fact(seq: u64, at: Timestamp, incident: &IncidentId) -> Fact {
    let by = "ann".to_owned();
    let step = StepRef {
        runbook: RunbookId::from("docs/runbook.md"),
        step: StepId::from(format!("step-{}", seq % 25)),
    };
    let signal = SignalId::from(format!("service-{:03}", seq / 7 % 200));
    let settled = |from, to, reason, detail: &str| Fact::Settled {
        signal: signal.clone(),
        from,
        to,
        reason,
        detail: detail.into(),
        since: at,
        evidence: None,
        after: None,
    };
    match seq % 250 {
        50 => Fact::IncidentDeclared {
            incident: incident.clone(),
            severity: Severity::ALL[usize::try_from(seq / 250 % 4).unwrap()],
            title: "checkout fails".into(),
            by,
            kind: IncidentKind::Outage,
            signal: Some(signal.clone()),
            began: None,
        },
        54 => Fact::IncidentAcknowledged { incident: incident.clone(), by },
        249 => Fact::IncidentClosed { incident: incident.clone(), by, summary: "mended".into() },
        other => match other % 10 {
            0 => Fact::Walked { step },
            1 => Fact::StepMarked {
                step,
                text: "Check the queue".into(),
                line: 12,
                state: StepState::Done,
                by,
                evidence: Vec::new(),
                despite: None,
                why: None,
            },
            2 => Fact::Noted {
                text: "the queue grows, and nobody knows why".into(),
                by,
                about: at,
                step: None,
            },
            3 => Fact::RunRequested {
                run: format!("R-{}", seq / 10).into(),
                action: "rerun-gates".into(),
                title: "gates again".into(),
                purpose: Purpose::Do,
                risk: Risk::Change,
                request: IoRequest::Command(CommandRequest {
                    argv: vec!["npm".into(), "run".into(), "pilot:preflight".into()],
                    env: Vec::new(),
                    cwd: None,
                    timeout: Duration::from_secs(600),
                    limit: 65_536,
                }),
                by,
                step: Some(step),
                command: None,
                terms: Box::new(Terms::default()),
                undo: None,
                undoes: None,
                handles: None,
            },
            4 => Fact::RunObserved {
                run: format!("R-{}", seq / 10).into(),
                detail: "exit 0".into(),
                after: Duration::from_secs(3),
            },
            5 => Fact::RunOutput {
                run: format!("R-{}", seq / 10).into(),
                lines: (0..4)
                    .map(|line| OutputLine { error: false, text: format!("gate {line} passed") })
                    .collect(),
                truncated: false,
            },
            even if even % 2 == 0 => settled(Health::Ok, Health::Down, Some(Reason::Status), "503"),
            _ => settled(Health::Down, Health::Ok, None, "200"),
        },
    }
}

fn facts() -> Vec<Logged> {
    (1..=FACTS)
        .map(|seq| {
            let at = Timestamp::from_millis(1_700_000_000_000).plus(Duration::from_secs(seq * 300));
            let incident = IncidentId::from(format!("INC-{}", seq / 250 + 1));
            let during = (seq % 250 >= 50).then(|| incident.clone());
            Logged { seq, at, incident: during, fact: fact(seq, at, &incident) }
        })
        .collect()
}

/// A closed journal of all these.
fn kept() -> &'static PathBuf {
    static KEPT: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = KEPT.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lanternfish-production.journal");
        let opened = journal::open(&path, "ann", Box::new(|_| {})).unwrap();
        let writer = opened.writer.unwrap();
        facts().into_iter().for_each(|entry| writer.append(entry));
        writer.close();
        (directory, path)
    });
    path
}

/// What a start costs: the journal opened for writing, and the watch folded. The target is 300 ms.
#[divan::bench(sample_count = 20)]
fn open_and_fold(bencher: Bencher<'_, '_>) {
    let path = kept();
    bencher.bench_local(|| {
        let opened = journal::open(path, "ann", Box::new(|_| {})).unwrap();
        let mut watch = Watch::default();
        watch.replay(&opened.entries);
        assert_eq!(watch.seq, FACTS);
        (watch, opened)
    });
}

/// The journal alone, as it lies.
#[divan::bench(sample_count = 20)]
fn read(bencher: Bencher<'_, '_>) {
    let path = kept();
    bencher.bench_local(|| journal::read(black_box(path)).unwrap());
}

/// The watch alone.
#[divan::bench(sample_count = 20)]
fn fold(bencher: Bencher<'_, '_>) {
    let entries = journal::read(kept()).unwrap().entries;
    bencher.bench_local(|| {
        let mut watch = Watch::default();
        watch.replay(black_box(&entries));
        watch
    });
}

/// Every hash computed again.
#[divan::bench(sample_count = 10)]
fn verify(bencher: Bencher<'_, '_>) {
    let path = kept();
    bencher.bench_local(|| journal::verify(black_box(path)).unwrap());
}

/// Four hundred incidents, measured.
#[divan::bench(sample_count = 20)]
fn stats(bencher: Bencher<'_, '_>) {
    let entries = journal::read(kept()).unwrap().entries;
    bencher.bench_local(|| report::stats(black_box(&entries), &Filter::default()));
}

/// Four hundred incidents, searched for a word.
#[divan::bench(sample_count = 20)]
fn list_by_text(bencher: Bencher<'_, '_>) {
    let entries = journal::read(kept()).unwrap().entries;
    let filter = Filter { text: Some("nobody knows".into()), ..Filter::default() };
    bencher.bench_local(|| filter.of(black_box(&entries)));
}

/// The record of one of them.
#[divan::bench(sample_count = 10)]
fn export(bencher: Bencher<'_, '_>) {
    let path = kept();
    let directory = tempfile::tempdir().unwrap();
    let wanted = Wanted {
        incident: Some("INC-200".into()),
        incidents: BTreeSet::from(["INC-200".to_owned()]),
        ..Wanted::default()
    };
    let mut number = 0;
    bencher.bench_local(|| {
        number += 1;
        journal::export(path, &directory.path().join(format!("{number}.jsonl")), &wanted).unwrap()
    });
}
