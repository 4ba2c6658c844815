//! What every provider of a data store must bear: refusals, servers that are gone, cuts, lies. Compiled for tests
//! only.

use std::time::Duration;

use crate::domain::io::{DataReply, Delivery, IoFailure, IoReply, Reason};
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Signal;
use crate::domain::text::is_hostile;
use crate::sources::conformance::{http, poll};

/// What a data store answered.
pub fn data(text: &str) -> IoReply {
    IoReply::Data(DataReply { text: text.into(), truncated: false, latency: Duration::from_millis(4) })
}

/// No answer, for this reason and in these words.
pub fn failed(reason: Reason, detail: &str) -> IoReply {
    IoReply::Failed(IoFailure { reason, detail: detail.into(), delivery: Delivery::Unknown })
}

/// Holds `signal` against everything a server can do. `good` are texts of good answers, one a request of its poll.
pub fn survives(signal: &Signal, good: &[&str]) {
    let answers: Vec<IoReply> = good.iter().map(|text| data(text)).collect();
    assert_ne!(poll(signal, &answers).health, Health::Blind, "{:?}", poll(signal, &answers));
    let expect = |reply: IoReply, health: Health, reason: Option<Reason>| {
        let read = poll(signal, std::slice::from_ref(&reply));
        assert_eq!(read.health, health, "{reply:?}: {read:?}");
        assert!(read.reason.is_some() && (reason.is_none() || read.reason == reason), "{reply:?}: {read:?}");
        assert!(read.evidence.is_some(), "{reply:?}: {read:?}");
    };
    for reason in [Reason::Connect, Reason::Dns, Reason::Timeout] {
        expect(failed(reason, "no \u{1b}[31manswer"), Health::Down, Some(reason));
    }
    for reason in [Reason::Tls, Reason::Auth, Reason::Parse, Reason::Limit, Reason::Status] {
        expect(failed(reason, "no \u{1b}[31manswer"), Health::Blind, Some(reason));
    }
    expect(http(200, "{}"), Health::Blind, Some(Reason::Parse));
    for text in ["", "null", "42", "{}", "[]", "<html>", "\u{1b}[2J", "[[null]]", "[[{}]]", "a:b\r\n"] {
        expect(data(text), Health::Blind, None);
    }
    let mut cut = data(good[0]);
    if let IoReply::Data(cut) = &mut cut {
        cut.truncated = true;
    }
    expect(cut, Health::Blind, Some(Reason::Limit));
    harmless(&poll(signal, &[failed(Reason::Status, "a\u{202e}b\u{1b}[2J\nc")]), "a failure");
}

/// Nothing that a terminal obeys is in what `read` shows, and what is not ok has a word for it.
pub fn harmless(read: &Reading, of: &str) {
    assert!(read.health != Health::Blind || read.reason.is_some(), "{of}: {read:?}");
    let shown = read.entries.iter().flat_map(|entry| {
        [&entry.title, &entry.state, &entry.key]
            .into_iter()
            .chain(entry.cells.iter().map(|(_, text)| text))
            .chain(entry.facts.iter().map(|(_, text)| text))
            .chain(&entry.body)
            .chain(&entry.tags)
    });
    for text in shown.chain([&read.detail]) {
        assert!(!text.chars().any(is_hostile), "{of}: {text:?}");
    }
}
