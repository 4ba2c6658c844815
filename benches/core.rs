//! The core: an answer taken in, a reply read, a journal replayed, a runbook read.
#![expect(clippy::unwrap_used, reason = "a benchmark ends where it meets what it did not expect")]

mod support;

use std::cell::RefCell;
use std::time::Duration;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use midwatch::app::update;
use midwatch::config::{self, Layer};
use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::ids::{RunbookId, SignalId, StepId};
use midwatch::domain::io::{HttpReply, IoReply, Reason};
use midwatch::domain::reading::Health;
use midwatch::domain::runbook::{StepRef, StepState};
use midwatch::domain::signal::Signal;
use midwatch::runbook;
use midwatch::sources;
use midwatch::state::Watch;
use support::{OPENED, Watched, markdown};

fn main() {
    divan::main();
}

/// A poll's answer: samples, soft and hard states, the next poll.
#[divan::bench(args = [1_000, 10_000], sample_size = 100)]
fn polled(bencher: Bencher<'_, '_>, signals: usize) {
    let watched = RefCell::new(Watched::new(signals, 3, (200, 60)));
    bencher.with_inputs(|| watched.borrow_mut().answer()).bench_local_values(|msg| {
        let watched = &mut *watched.borrow_mut();
        update(&mut watched.model, watched.now, msg)
    });
}

/// A reply to a check of its status alone.
#[divan::bench]
fn read_status(bencher: Bencher<'_, '_>) {
    read(bencher, "ok = \"status == 200\"", br#"{"status":"healthy"}"#);
}

/// A reply whose JSON body says how its providers are.
#[divan::bench]
fn read_json(bencher: Bencher<'_, '_>) {
    read(
        bencher,
        "ok = \"status == 200 and body.queue < 50\"\ndegraded = \"latency_ms > 500\"\nproviders = \"providers\"",
        br#"{"status":"healthy","queue":7,"providers":{"openai":{"status":"healthy","latencyMs":120},
            "anthropic":{"status":"healthy","latencyMs":98},"stripe":{"status":"healthy","latencyMs":44},
            "database":{"status":"healthy","latencyMs":3}},"version":"1.42.0","checkedAt":"2026-11-21T14:32:05Z"}"#,
    );
}

fn read(bencher: Bencher<'_, '_>, conditions: &str, body: &[u8]) {
    let text = format!(
        "[console]\nname = \"lanternfish\"\n[[health]]\nname = \"api\"\nurl = \"https://example.com/health\"\n{conditions}\n"
    );
    let loaded = config::load(&[Layer { name: "midwatch.toml".into(), text, base: "/srv/ops".into() }], &[]);
    assert!(loaded.settings.is_some(), "{:?}", loaded.diagnostics.first());
    let signal: Signal = loaded.settings.unwrap().signals.remove(0);
    let reply = IoReply::Http(HttpReply {
        status: 200,
        headers: vec![("content-type".into(), "application/json".into())],
        body: body.to_vec(),
        truncated: false,
        latency: Duration::from_millis(41),
        certificate_days: Some(60),
    });
    assert_eq!(sources::read(&signal, OPENED, std::slice::from_ref(&reply)).health, Health::Ok);
    bencher.bench(|| sources::read(black_box(&signal), OPENED, std::slice::from_ref(black_box(&reply))));
}

/// What a start costs on a journal that a team has kept for a year.
#[divan::bench(sample_count = 20)]
fn replay_100_000_facts(bencher: Bencher<'_, '_>) {
    let facts = facts(100_000);
    bencher.counter(ItemsCount::new(facts.len())).bench_local(|| {
        let mut watch = Watch::default();
        for logged in &facts {
            watch.apply(black_box(logged));
        }
        watch.seq
    });
}

fn facts(count: u64) -> Vec<Logged> {
    (1..=count)
        .map(|seq| {
            let at = OPENED.plus(Duration::from_secs(seq * 300));
            let step = StepRef {
                runbook: RunbookId::from("docs/runbook.md"),
                step: StepId::from(format!("step-{}", seq % 300)),
            };
            let signal = SignalId::from(format!("service-{:03}", seq / 7 % 200));
            let by = "ann".to_owned();
            let fact = match seq % 10 {
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
                2 => Fact::Noted { text: "the queue grows".into(), by, about: at, step: None },
                3 => Fact::Acknowledged {
                    signal,
                    by,
                    why: "looking".into(),
                    until: at.plus(Duration::from_secs(60)),
                },
                4 => Fact::AcknowledgementEnded { signal, why: "recovered".into() },
                even if even % 2 == 0 => Fact::Settled {
                    signal,
                    from: Health::Ok,
                    to: Health::Down,
                    reason: Some(Reason::Status),
                    detail: "503".into(),
                    since: at,
                    evidence: None,
                    after: None,
                },
                _ => Fact::Settled {
                    signal,
                    from: Health::Down,
                    to: Health::Ok,
                    reason: None,
                    detail: "200".into(),
                    since: at,
                    evidence: None,
                    after: None,
                },
            };
            Logged { seq, at, incident: None, fact }
        })
        .collect()
}

/// A runbook longer than any team has: the target is 200 ms.
#[divan::bench(args = [500, 50_000], sample_count = 10)]
fn read_runbook(bencher: Bencher<'_, '_>, lines: usize) {
    let text = markdown(lines);
    let reading = runbook::read("runbook.md", text.as_bytes());
    assert!(reading.runbook.phases.iter().map(|phase| phase.steps.len()).sum::<usize>() > lines / 8);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| runbook::read("runbook.md", black_box(text.as_bytes())));
}
