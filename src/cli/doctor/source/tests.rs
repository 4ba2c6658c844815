//! What answers say of a source, without a network.

use super::*;
use crate::config::{self, Layer};
use crate::domain::io::IoFailure;

const AT: Timestamp = Timestamp::from_millis(1_795_271_520_000);
const TOML: &str = "[sentry]\norganization = \"lanternfish\"\nprojects = [\"web\"]\ntoken = { env = \"T\" }\n\
                    [[statuspage]]\nname = \"hosting\"\nurl = \"https://status.example.com\"\n";

fn judged(name: &str, replies: &[IoReply]) -> Source {
    let layer = Layer { name: "midwatch.toml".into(), text: TOML.into(), base: "/srv/shop".into() };
    let settings = config::load(&[layer], &[]).settings.unwrap();
    let signal = settings.signals.iter().find(|signal| signal.id.as_str() == name).unwrap();
    assert!(is_one(signal));
    Source::judged(signal, &sources::read(signal, AT, replies), replies)
}

fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> IoReply {
    IoReply::Http(HttpReply {
        status,
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: body.into(),
        truncated: false,
        latency: Duration::ZERO,
        certificate_days: None,
    })
}

fn failure(reason: Reason, delivery: Delivery) -> IoReply {
    IoReply::Failed(IoFailure { reason, detail: "so it is".into(), delivery })
}

#[test]
fn a_scope_that_is_named_is_the_one_that_is_missing() {
    let source = judged("sentry", &[reply(403, &[], r#"{"detail":"no","needs":["event:read"]}"#)]);
    assert_eq!((source.reachable, source.authorised, source.newest), (Some(true), Some(false), None));
    assert_eq!(source.says, "reachable, not authorised, the token lacks a scope: 403: no (needs event:read)");
    assert_eq!(
        source.wanted(),
        [
            "lacks event:read: issues and their newest events",
            "needs org:read: errors of each minute; without it they are left out",
            "for operations event:write: only for resolving, archiving and assigning",
        ]
    );
    let document = source.document();
    assert_eq!(document["scopes"][0]["missing"], true);
    assert_eq!(
        (&document["scopes"][2]["missing"], &document["scopes"][2]["operations"]),
        (&false.into(), &true.into())
    );
}

#[test]
fn a_part_that_is_refused_is_told_of_although_the_rest_works() {
    let replies = [reply(200, &[], "[]"), reply(403, &[], r#"{"detail":"no org:read"}"#)];
    let source = judged("sentry", &replies);
    assert_eq!(
        (source.authorised, source.severity, source.unsure),
        (Some(true), Some(Severity::Warning), false)
    );
    assert_eq!(
        source.says,
        "reachable, authorised, read just now; a part of it was refused (403: no org:read)"
    );
    assert_eq!(source.wanted()[1], "lacks org:read: errors of each minute; without it they are left out");
}

#[test]
fn what_was_not_asked_is_neither_reachable_nor_not() {
    let source = judged("sentry", &[failure(Reason::Auth, Delivery::NotSent)]);
    assert_eq!((source.reachable, source.authorised), (None, None));
    assert_eq!((source.says.as_str(), source.wanted().len()), ("not asked: so it is", 0));
}

#[test]
fn what_may_pass_is_unsure_and_what_stays_is_wrong() {
    let unsure = |reply: IoReply| {
        let source = judged("sentry", &[reply]);
        assert!(source.severity.is_some() && source.authorised.is_none(), "{source:?}");
        (source.unsure, source.says)
    };
    let said = |sure: bool, says: &str| (sure, says.to_owned());
    for reason in [Reason::Dns, Reason::Connect, Reason::Tls] {
        let says = format!("not reachable: {}: so it is", reason.word());
        assert_eq!(unsure(failure(reason, Delivery::NotSent)), (false, says));
    }
    assert_eq!(
        unsure(failure(Reason::Timeout, Delivery::Unknown)),
        said(true, "not reachable: timeout: so it is")
    );
    assert_eq!(
        unsure(reply(429, &[("retry-after", "90")], "")),
        said(true, "reachable, rate limited: 429, again in 1m")
    );
    assert_eq!(unsure(reply(502, &[], "")), said(true, "reachable, in trouble of its own: 502"));
    let says = "reachable, refused: 404: it is not there, or the token may not see it";
    assert_eq!(unsure(reply(404, &[], "")), said(false, says));
    let (sure, says) = unsure(reply(200, &[], "<html>"));
    assert!(!sure && says.starts_with("reachable, its reply is not understood: a page came"), "{says}");
    let mut long = reply(200, &[], "[]");
    if let IoReply::Http(reply) = &mut long {
        reply.truncated = true;
    }
    assert_eq!(
        unsure(long),
        said(false, "reachable, its reply cannot be used: the reply is longer than 2 bytes")
    );
}

#[test]
fn a_clock_that_is_off_is_told_of_from_half_a_minute_on() {
    let at = |date: &str| judged("sentry", &[reply(200, &[("date", date)], "[]")]);
    // It is 14:32:00.
    let near = at("Sat, 21 Nov 2026 14:32:29 GMT");
    assert_eq!((near.clock, near.severity), (Some(29_000), None));
    let ahead = at("Sat, 21 Nov 2026 14:32:30 GMT");
    assert_eq!(ahead.says, "reachable, authorised, read just now; its clock is 30s ahead of ours");
    assert_eq!((ahead.severity, ahead.unsure), (Some(Severity::Warning), false));
    let behind = at("Sat, 21 Nov 2026 14:30:00 GMT");
    assert!(behind.says.ends_with("; its clock is 2m00 behind ours"), "{}", behind.says);
    let absurd = at("Sat, 21 Nov 2026 12:32:00 GMT");
    assert_eq!(absurd.says, "reachable, its clock is 2h00 behind ours: times cannot be compared");
    assert_eq!(absurd.severity, Some(Severity::Error));
}

#[test]
fn a_source_without_a_token_is_not_called_authorised() {
    let body = r#"{"page":{"name":"H"},"status":{"indicator":"none"},"components":[],"incidents":[]}"#;
    let source = judged("hosting", &[reply(200, &[], body)]);
    assert_eq!((source.says.as_str(), source.severity), ("reachable, read just now", None));
    assert_eq!(source.newest, Some(AT));
}
