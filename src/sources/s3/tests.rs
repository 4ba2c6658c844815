//! Lists of backups, and what comes in their place.

use std::fmt::Write as _;
use std::time::Duration;

use crate::domain::io::{IoReply, IoRequest, Reason};
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;
use crate::sources::conformance::{AT, asked, http, http_with, plan_one, plan_with, poll};
use crate::sources::store::conformance::{data, failed, harmless};

const LIST: &str = include_str!("fixtures/list.xml");
const KEYS: &str = "access_key = { env = \"ACCESS\" }\nsecret_key = { env = \"SECRET\" }\n";

fn signal(more: &str) -> Signal {
    let toml = format!(
        "name = \"backups\"\nendpoint = \"https://s3.example.com\"\nbucket = \"la-backups\"\n{KEYS}{more}"
    );
    plan_one("s3", &toml)
}

/// A page of objects: a key, hours before now, a size.
fn page(objects: &[(&str, u64, u64)], token: Option<&str>) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>",
    );
    for (key, hours, size) in objects {
        let at = AT.minus(Duration::from_secs(hours * 3600));
        let _ = write!(
            text,
            "<Contents><Key>{key}</Key><LastModified>{at}</LastModified><ETag>&quot;1&quot;</ETag><Size>{size}</Size>\
             <StorageClass>STANDARD</StorageClass></Contents>"
        );
    }
    let _ = write!(text, "<IsTruncated>{}</IsTruncated>", token.is_some());
    if let Some(token) = token {
        let _ = write!(text, "<NextContinuationToken>{token}</NextContinuationToken>");
    }
    text + "</ListBucketResult>"
}

fn read(more: &str, objects: &[(&str, u64, u64)]) -> Reading {
    poll(&signal(more), &[http(200, &page(objects, None))])
}

#[test]
fn a_table_says_what_to_list() {
    let IoRequest::S3(plain) = asked(&signal(""), &[]) else { panic!("not S3") };
    assert_eq!((plain.region.as_str(), plain.path_style, plain.prefix.as_deref()), ("us-east-1", true, None));
    assert_eq!(
        asked(&signal("prefix = \"db/\"\nsession_token = { env = \"TOKEN\" }"), &[]).preview(),
        [
            "s3 list https://s3.example.com/la-backups prefix db/",
            "access key: ‹env ACCESS›",
            "secret key: ‹env SECRET›",
            "session token: ‹env TOKEN›",
        ]
    );
    let table = |endpoint: &str, bucket: &str| {
        plan_with("s3", &format!("name = \"b\"\nendpoint = \"{endpoint}\"\nbucket = \"{bucket}\"\n{KEYS}"))
    };
    let (amazon, _) = table("https://s3.eu-central-1.amazonaws.com", "b");
    let Some(IoRequest::S3(amazon)) = amazon[0].request() else { panic!("not S3") };
    assert!(!amazon.path_style);
    for (endpoint, bucket, code) in [
        ("https://ann:secret@s3.example.com", "b", "bad-url"),
        ("https://s3.example.com/?x=1", "b", "bad-url"),
        ("https://s3.example.com", "b/db", "bad-name"),
        ("https://s3.example.com", "..", "bad-name"),
        ("https://s3.example.com", "", "bad-name"),
    ] {
        let (signals, found) = table(endpoint, bucket);
        assert!(signals.is_empty() && found.len() == 1 && found[0].code == code, "{found:?}");
        assert!(found[0].hint.is_some());
    }
}

#[test]
fn the_newest_by_time_counts_whatever_its_name() {
    let well = read("", &[("z-last-year", 9000, 80), ("a-today", 3, 70), ("m-yesterday", 27, 71)]);
    assert_eq!((well.health, well.detail.as_str()), (Health::Ok, "3h00 old · 70 B · 3"));
    assert_eq!(
        **well.body.as_ref().unwrap(),
        serde_json::json!({
            "newest": "a-today", "age_hours": 3.0, "size_bytes": 70, "objects": 3, "shrunk_percent": 1.4,
            "complete": true,
        })
    );
    let keys: Vec<&str> = well.entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["a-today", "m-yesterday", "z-last-year"]);
    assert_eq!(well.entries[0].cells, [("AGE", "3h00".to_owned()), ("SIZE", "70 B".to_owned())]);
    assert_eq!((well.entries[0].state.as_str(), well.entries[1].state.as_str()), ("fresh", "kept"));
}

#[test]
fn the_recorded_list_is_read() {
    let at = Timestamp::from_millis(1_786_935_850_000 + 25 * 3_600_000);
    let one = crate::sources::read(&signal(""), at, &[http(200, LIST)]);
    assert_eq!((one.health, one.detail.as_str()), (Health::Ok, "1d 1h old · 70 MiB · 1"));
    assert_eq!(one.body.unwrap()["shrunk_percent"], serde_json::Value::Null);
}

#[test]
fn every_bound_holds_at_its_edge() {
    for (more, objects, says) in [
        ("", &[("a", 26, 9)][..], None),
        ("", &[("a", 27, 9)], Some("the newest is 1d 3h old")),
        ("fresh = \"28h\"", &[("a", 27, 9)], None),
        ("", &[("a", 1, 50), ("b", 25, 100)], None),
        ("", &[("a", 1, 49), ("b", 25, 100)], Some("51 % smaller than the one before (49 B after 100 B)")),
        ("shrink = 60", &[("a", 1, 49), ("b", 25, 100)], None),
        (
            "shrink = 10",
            &[("a", 1, 89), ("b", 25, 100)],
            Some("11 % smaller than the one before (89 B after 100 B)"),
        ),
        ("shrink = 100", &[("a", 1, 1), ("b", 25, 100)], None),
        ("", &[("a", 1, 900), ("b", 25, 100)], None),
        ("", &[("a", 1, 5), ("b", 25, 0)], None),
        ("", &[("a", 1, 0)], Some("the newest has 0 B")),
        ("at_least = 0", &[("a", 1, 0)], None),
        ("at_least = 1000", &[("a", 1, 999)], Some("the newest has 999 B")),
        ("at_least = 1000", &[("a", 1, 1000)], None),
        ("suffix = \".gz\"", &[("a.gz.sum", 0, 1), ("a.gz", 1, 100), ("b.gz", 25, 100)], None),
        ("", &[("db/", 0, 0), ("db/a", 1, 100), ("db/b", 25, 100)], None),
    ] {
        let read = read(more, objects);
        match says {
            None => assert_eq!(read.health, Health::Ok, "{more} {objects:?}: {}", read.detail),
            Some(says) => assert_eq!((read.health, read.detail.as_str()), (Health::Degraded, says), "{more}"),
        }
    }
}

#[test]
fn no_backup_at_all_is_down() {
    for objects in [&[][..], &[("db/", 1, 0)], &[("db/a.txt", 1, 5)]] {
        let none = read("prefix = \"db/\"\nsuffix = \".gz\"", objects);
        assert_eq!((none.health, none.reason), (Health::Down, None));
        assert_eq!(none.detail, "no backup: la-backups/db/*.gz is nowhere");
        assert_eq!(none.body.unwrap()["objects"], 0);
    }
}

#[test]
fn pages_are_followed_to_their_end_and_no_further() {
    let pages = [
        http(200, &page(&[("a", 50, 9)], Some("t1"))),
        http(200, &page(&[("b", 26, 9)], Some("t+2/="))),
        http(200, &page(&[("c", 2, 9)], None)),
    ];
    let signal = signal("");
    let IoRequest::S3(third) = asked(&signal, &pages[..2]) else { panic!("not S3") };
    assert_eq!(third.continuation.as_deref(), Some("t+2/="));
    assert!(crate::sources::next(&signal, AT, &pages).is_none());
    let read = poll(&signal, &pages);
    assert_eq!((read.health, read.detail.as_str()), (Health::Ok, "2h00 old · 9 B · 3"));
    // A page that fails takes the others with it: the newest may be on it.
    let half = poll(&signal, &[pages[0].clone(), http(500, "")]);
    assert_eq!((half.health, half.reason), (Health::Blind, Some(Reason::Status)));
}

#[test]
fn a_cursor_without_end_ends_and_what_was_not_read_is_not_guessed() {
    let endless = |hours| http(200, &page(&[("a", hours, 1), ("b", hours + 1, 9)], Some("again")));
    let mut answered: Vec<IoReply> = Vec::new();
    while crate::sources::next(&signal(""), AT, &answered).is_some() {
        answered.push(endless(2));
    }
    assert_eq!(answered.len(), super::PAGES);
    let fresh = crate::sources::read(&signal(""), AT, &answered);
    assert_eq!((fresh.health, fresh.detail.as_str()), (Health::Ok, "2h00 old · 1 B · 2 and more"));
    assert_eq!(fresh.body.unwrap()["complete"], false);
    let old = poll(&signal(""), &[endless(30)]);
    assert_eq!((old.health, old.reason), (Health::Blind, Some(Reason::Limit)));
    assert!(old.detail.contains("narrow `prefix`"), "{}", old.detail);
    let none = poll(&signal("suffix = \".gz\""), &[endless(1)]);
    assert_eq!((none.health, none.reason), (Health::Blind, Some(Reason::Limit)));
}

#[test]
fn a_refusal_has_the_server_s_own_word() {
    let error = |code: &str| {
        format!(
            "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>No \u{1b}[31maccess</Message></Error>"
        )
    };
    for (status, code, health, reason) in [
        (403, "AccessDenied", Health::Blind, Reason::Auth),
        (403, "SignatureDoesNotMatch", Health::Blind, Reason::Auth),
        (403, "RequestTimeTooSkewed", Health::Blind, Reason::Auth),
        (400, "ExpiredToken", Health::Blind, Reason::Auth),
        (400, "AuthorizationHeaderMalformed", Health::Blind, Reason::Status),
        (301, "PermanentRedirect", Health::Blind, Reason::Status),
        (404, "NoSuchBucket", Health::Down, Reason::Status),
        (404, "NoSuchBucketPolicy", Health::Blind, Reason::Status),
        (404, "NoSuchKey", Health::Blind, Reason::Status),
        (503, "SlowDown", Health::Blind, Reason::Limit),
        (500, "InternalError", Health::Blind, Reason::Status),
        (200, "InternalError", Health::Blind, Reason::Status),
    ] {
        let read = poll(&signal(""), &[http(status, &error(code))]);
        assert_eq!((read.health, read.reason), (health, Some(reason)), "{code}: {}", read.detail);
        assert!(read.detail.starts_with(&format!("{status} {code}")), "{}", read.detail);
        assert!(read.detail.ends_with("No \u{fffd}[31maccess"), "{}", read.detail);
    }
    let slow = http_with(503, &[("retry-after", "17")], &error("SlowDown"));
    assert_eq!(poll(&signal(""), &[slow]).retry_after, Some(Duration::from_secs(17)));
}

#[test]
fn other_servers_name_the_same_things_otherwise() {
    let known = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
    let page = page(&[("a b", 1, 9)], None);
    for other in ["", "xmlns='http://doc.s3.amazonaws.com/2006-03-01'", "xmlns=\"\" a=\"b\""] {
        let text = page.replace(known, other);
        let read = poll(&signal(""), &[http(200, &text)]);
        assert_eq!(read.health, Health::Ok, "{other}: {}", read.detail);
    }
    // What was asked for encoded, is.
    let encoded =
        page.replace("a b", "a%20%2B+b").replace("<Name>", "<EncodingType>url</EncodingType><Name>");
    assert_eq!(poll(&signal(""), &[http(200, &encoded)]).entries[0].key, "a + b");
    // What says nothing does not say that there is nothing.
    for nothing in ["<ListBucketResult/>", "<ListBucketResult></ListBucketResult>"] {
        assert_eq!(poll(&signal(""), &[http(200, nothing)]).health, Health::Blind);
    }
}

#[test]
fn it_survives_whatever_comes() {
    let signal = signal("");
    let good = page(&[("a", 1, 9), ("b", 2, 9)], None);
    let blind = |reply: IoReply, reason: Option<Reason>| {
        let read = poll(&signal, std::slice::from_ref(&reply));
        assert_eq!(read.health, Health::Blind, "{reply:?}: {read:?}");
        assert!(read.reason.is_some() && (reason.is_none() || read.reason == reason), "{reply:?}: {read:?}");
        harmless(&read, "blind");
    };
    for reason in [Reason::Connect, Reason::Dns, Reason::Timeout, Reason::Tls, Reason::Auth, Reason::Parse] {
        blind(failed(reason, "no answer"), Some(reason));
    }
    blind(http(401, ""), Some(Reason::Auth));
    blind(http(403, "<html>"), Some(Reason::Auth));
    blind(http_with(429, &[("retry-after", "17")], ""), Some(Reason::Limit));
    blind(data(&good), Some(Reason::Parse));
    blind(http_with(200, &[("date", "Sat, 21 Nov 2026 15:33:00 GMT")], &good), Some(Reason::Body));
    for body in ["", " ", "null", "{}", "<!doctype html><title>Log in</title>", "<ListBucketResult", "<a/>"] {
        blind(http(200, body), None);
    }
    let mut cut = http(200, &good);
    if let IoReply::Http(cut) = &mut cut {
        cut.truncated = true;
    }
    blind(cut, Some(Reason::Limit));
    for end in 0..good.len() {
        blind(http(200, &good[..end]), None);
    }
    for (from, to) in [
        ("<Size>9</Size>", "<Size>-9</Size>"),
        ("<Size>9</Size>", "<Size>99999999999999999999999</Size>"),
        ("<Size>9</Size>", ""),
        ("<Size>9</Size>", "<Size>\u{1b}[2J</Size>"),
        ("<Key>a</Key>", ""),
        ("2026-11-21", "yesterday"),
        ("2026-11-21", "2036-11-21"),
        ("<LastModified>", "<Modified>"),
        ("<IsTruncated>false", "<IsTruncated>true"),
        ("<IsTruncated>false", "<IsTruncated>perhaps"),
    ] {
        assert!(good.contains(from), "{from}");
        blind(http(200, &good.replace(from, to)), None);
    }
    let deep = format!("<ListBucketResult>{}", "<a>".repeat(200_000));
    blind(http(200, &deep), Some(Reason::Parse));
    let laughs = format!(
        "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>{}",
        good.split_once('\n').unwrap().1.replace("<Key>a", "<Key>&b;")
    );
    blind(http(200, &laughs), Some(Reason::Parse));
    let odd = page(&[("\u{1b}[31m\u{202e}evil\n", 1, 9)], None);
    harmless(&poll(&signal, &[http(200, &odd)]), "a key");
}
