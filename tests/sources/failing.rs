//! Each source, each way to fail: blind, with the reason, in time.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use midwatch::domain::reading::{Health, Reading};
use midwatch::domain::signal::Signal;
use midwatch::domain::text::is_hostile;
use midwatch::io::{Io, IoOptions};
use midwatch::runtime::{Clock, poll};
use midwatch::sources::{ASKS, PROVIDERS};

use crate::server::{ALONE, HUGE, Server, WAIT, WAYS, Way};
use crate::vendors::{OTHERS, TIMEOUT, VENDORS, asked};

/// Polls at the same time: enough to wait together, few enough that a busy machine answers in time.
const AT_ONCE: usize = 24;
/// What a busy machine may take beside the time that an answer has.
const SLACK: Duration = Duration::from_secs(5);

#[test]
fn every_provider_has_a_row_or_a_reason() {
    let known: BTreeSet<&str> = PROVIDERS.iter().map(|provider| provider.name).collect();
    let rows: BTreeSet<&str> = VENDORS.iter().map(|vendor| vendor.source).collect();
    assert!(rows.iter().all(|row| known.contains(row)), "{rows:?}");
    let forgotten: Vec<&&str> =
        known.iter().filter(|name| !rows.contains(*name) && !OTHERS.contains(name)).collect();
    assert!(forgotten.is_empty(), "{forgotten:?} are not tried: they need a row in vendors.rs");
    let planned: BTreeSet<&str> = asked("http://127.0.0.1:9").iter().map(|signal| signal.source).collect();
    assert_eq!(planned, rows);
}

#[tokio::test]
async fn a_source_that_fails_is_blind_and_says_why_in_time() {
    let _alone = ALONE.lock().await;
    let server = Server::start();
    let io = Io::new(IoOptions::default()).unwrap();
    let clock = Clock::default();
    let mut all: Vec<(Way, Signal)> = Vec::new();
    for way in WAYS {
        all.extend(asked(&server.base(way)).into_iter().map(|signal| (way, signal)));
    }
    // By their names, so that those that take long are not all asked at once.
    all.sort_by(|(_, one), (_, other)| one.id.as_str().cmp(other.id.as_str()));
    let polls = all.into_iter().map(|(way, signal)| {
        let io = &io;
        async move {
            let began = clock.now();
            let reading = poll(io, &signal, clock).await;
            (way, signal, reading, clock.now().since(began))
        }
    });
    let done: Vec<_> = stream::iter(polls.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).collect().await;
    assert!(done.len() >= WAYS.len() * VENDORS.len());
    for (way, signal, reading, took) in &done {
        is_as_due(*way, signal, reading);
        assert!(*took < TIMEOUT + SLACK, "{way:?} {}: {took:?}", signal.id);
    }
    for vendor in VENDORS {
        let signals =
            done.iter().filter(|(way, signal, ..)| *way == WAYS[0] && signal.source == vendor.source).count();
        for way in WAYS {
            let asked = server.asked(way, vendor.source);
            match way {
                // It never came to a request.
                Way::Stranger => assert_eq!(asked, 0),
                Way::Endless => assert!((1..=ASKS * signals).contains(&asked), "{}: {asked}", vendor.source),
                // Nothing is asked after what failed; what is closed without an answer may be asked once more.
                Way::Reset => assert!((signals..=2 * signals).contains(&asked), "{}: {asked}", vendor.source),
                _ => assert_eq!(asked, signals, "{way:?} {}", vendor.source),
            }
        }
    }
    let sent = server.sent();
    assert!(sent > 4 << 20 && sent < HUGE / 2, "{sent} of {HUGE} bytes were taken");
}

fn is_as_due(way: Way, signal: &Signal, reading: &Reading) {
    let what = format!("{way:?} {}: {reading:?}", signal.id);
    match way.reason() {
        None => {
            assert_ne!(reading.health, Health::Blind, "{what}");
            assert!(reading.body.is_some(), "{what}");
        }
        Some(reason) => {
            assert_eq!((reading.health, reading.reason), (Health::Blind, Some(reason)), "{what}");
            assert!(!reading.detail.is_empty(), "{what}");
            assert!(reading.entries.is_empty(), "{what}");
        }
    }
    assert_eq!(reading.retry_after, (way == Way::Limited).then_some(WAIT), "{what}");
    let kept: usize = reading.evidence.iter().flat_map(|kept| &kept.lines).map(String::len).sum();
    assert!(kept < 64 << 10, "{kept} bytes are kept of {what}");
    let entries = reading.entries.iter().flat_map(|entry| [&entry.title, &entry.state]);
    let shown = reading.evidence.iter().flat_map(|kept| &kept.lines).chain(entries).chain([&reading.detail]);
    for text in shown {
        assert!(!text.chars().any(is_hostile), "{what}");
    }
}
