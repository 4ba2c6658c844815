//! Who does not prove itself, who comes too late, who comes again, and what nobody understands.

use std::io::Write;
use std::net::TcpStream;

use serde_json::json;

use crate::host::{
    Answer, EVERYBODY, Host, KEY, SECRET, alert, answer, event, mac, now, refused, stripe_header,
};

/// Refused, and not told why.
#[track_caller]
fn unproven(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (401, "not accepted\n"));
}

#[test]
fn who_does_not_prove_itself_is_refused_without_a_reason_and_counted() {
    let host = Host::new();
    let body = alert("8b1c4e7f0a2d4c56b3e89f0d12345678", "forged").to_string().into_bytes();
    let resource = ("sentry-hook-resource", "event_alert");
    let right = hex::encode(mac(&[&body]));
    let wrong = hex::encode(mac(&[&body, b" "]));
    let signed = |signature| ("sentry-hook-signature", signature);
    unproven(&host.post("/sentry", &[resource], &body));
    unproven(&host.post("/sentry", &[resource, signed("")], &body));
    unproven(&host.post("/sentry", &[resource, signed(&wrong)], &body));
    unproven(&host.post("/sentry", &[resource, signed(&right[..63])], &body));
    // The bytes count, not what they mean.
    unproven(&host.post("/sentry", &[resource, signed(&right)], &[b" ", body.as_slice()].concat()));
    // Two headers, of which one fits, are none.
    unproven(&host.post("/sentry", &[resource, signed(&wrong), signed(&right)], &body));
    host.refused("sentry-pushed", 6);

    for token in ["Bearer wrong", "Bearer ", SECRET, "Basic bGFudGVybjpmaXNo", &format!("Bearer {SECRET}x")] {
        unproven(&host.post("/alertmanager", &[("authorization", token)], b"{}"));
    }
    unproven(&host.post("/alertmanager", &[], b"{}"));
    host.refused("alertmanager", 6);
    unproven(&host.post("/supabase", &[("x-drain-token", "wrong")], b"[]"));
    unproven(&host.post("/supabase", &[("authorization", &format!("Bearer {SECRET}"))], b"[]"));
    host.refused("supabase-pushed", 2);
    for auth in [
        format!("sentry_key={KEY}"),
        "Sentry sentry_key=".into(),
        "Sentry ".into(),
        "Sentry sentry_key=0".into(),
    ] {
        unproven(&host.post("/api/1/envelope/", &[("x-sentry-auth", &auth)], b"{}\n"));
    }
    unproven(&host.post("/api/1/envelope/", &[], b"{}\n"));
    // A header that is wrong is not made good by the query.
    let query = format!("/api/1/envelope/?sentry_key={KEY}");
    unproven(&host.post(&query, &[("x-sentry-auth", "Sentry sentry_key=0")], b"{}\n"));
    host.refused("sentry-events", 6);
    host.assert_nothing();
}

#[test]
fn a_delivery_of_stripe_is_of_now_or_refused() {
    let host = Host::new();
    let body = event("evt_1", "invoice.payment_failed");
    for seconds in [-302, -86_400, 302, 86_400] {
        unproven(&host.stripe(seconds, &body));
    }
    let header = stripe_header(now(), &body);
    unproven(&host.post(
        "/stripe",
        &[("stripe-signature", &header)],
        &event("evt_2", "invoice.payment_failed"),
    ));
    // The time is part of what is signed.
    let moved = header.replacen(&now().to_string(), &(now() + 1).to_string(), 1);
    unproven(&host.post("/stripe", &[("stripe-signature", &moved.replace("t=", "t=0"))], &body));
    unproven(&host.post("/stripe", &[("stripe-signature", "v1=00")], &body));
    unproven(&host.post("/stripe", &[], &body));
    host.refused("stripe-pushed", 8);
    host.assert_nothing();
}

#[test]
fn a_delivery_of_stripe_that_comes_again_is_taken_once() {
    let host = Host::new();
    let body = event("evt_1", "invoice.payment_failed");
    let time = now();
    let header = stripe_header(time, &body);
    let send = |header: &str| host.post("/stripe", &[("stripe-signature", header)], &body).status;
    assert_eq!(send(&header), 200);
    assert_eq!(host.pushed().1[0].key, "evt_1");
    // Its sender is told that all is well, or it would try for days; and nothing is handed on.
    assert_eq!(send(&header), 200);
    assert_eq!(send(&format!("v1={},{header},v0=00", "0".repeat(64))), 200, "in other words the same");
    host.assert_nothing();
    // Tried again by Stripe itself it is signed anew.
    assert_eq!(send(&stripe_header(time - 7, &body)), 200);
    assert_eq!(host.pushed().1[0].key, "evt_1");
}

#[test]
fn a_delivery_of_sentry_that_comes_again_is_taken_once() {
    let host = Host::new();
    let first = alert("8b1c4e7f0a2d4c56b3e89f0d12345678", "billing broke");
    assert_eq!(host.sentry("event_alert", "r1", &first).status, 200);
    host.pushed();
    assert_eq!(host.sentry("event_alert", "r1", &first).status, 200);
    // The id is not signed; what is signed was seen.
    assert_eq!(host.sentry("event_alert", "r2", &first).status, 200);
    // By its id it is known as well.
    let other = alert("9b1c4e7f0a2d4c56b3e89f0d12345678", "billing broke again");
    assert_eq!(host.sentry("event_alert", "r1", &other).status, 200);
    host.assert_nothing();
    assert_eq!(host.sentry("event_alert", "r3", &other).status, 200);
    assert!(host.pushed().1[0].title.contains("again"));
}

#[test]
fn who_hangs_up_before_the_answer_and_comes_again_is_taken_once() {
    let host = Host::new();
    for number in 0..60 {
        let id = format!("evt_{number}");
        let body = event(&id, "invoice.payment_failed");
        let header = stripe_header(now(), &body);
        let mut stream = TcpStream::connect(host.address).unwrap();
        let length = body.len();
        write!(stream, "POST /stripe HTTP/1.1\r\nhost: x\r\nstripe-signature: {header}\r\ncontent-length: {length}\r\n\r\n")
            .unwrap();
        stream.write_all(&body).unwrap();
        // At another point of the work each time.
        std::thread::sleep(std::time::Duration::from_micros(number * 40));
        drop(stream);
        // It may still be at work on the first: whoever comes then is told that all is well only if it is.
        let again = || host.post("/stripe", &[("stripe-signature", &header)], &body).status;
        let status = std::iter::repeat_with(again).find(|status| *status != 503);
        assert_eq!(status, Some(200));
        let (_, entries) = host.pushed();
        assert_eq!(entries[0].key, id);
        host.assert_nothing();
    }
}

#[test]
fn a_delivery_that_found_no_room_may_come_again() {
    let host = Host::of(EVERYBODY, Some(1));
    assert_eq!(host.stripe(0, &event("evt_1", "invoice.paid")).status, 200);
    let body = event("evt_2", "invoice.paid");
    let header = stripe_header(now(), &body);
    for _ in 0..3 {
        let answer = host.post("/stripe", &[("stripe-signature", &header)], &body);
        assert_eq!(answer.status, 503, "it was not seen yet: {answer:?}");
        assert!(answer.head.contains("retry-after: 1"), "{}", answer.head);
    }
}

#[test]
fn what_is_proven_and_not_understood_is_refused_in_words() {
    let host = Host::new();
    for (resource, body) in [
        ("event_alert", json!([])),
        ("event_alert", json!({ "data": {} })),
        ("", json!({})),
        ("offal", json!({})),
        ("metric_alert", json!(null)),
    ] {
        let answer = host.sentry(resource, &format!("{resource}{body}"), &body);
        assert_eq!(answer.status, 400, "{resource:?} {body}: {answer:?}");
        assert!(answer.body.len() > 10 && answer.body.ends_with('\n'), "{answer:?}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in ["", "{", "not json", "{\"object\":\"event\"", &deep] {
        let answer = host.stripe(0, body.as_bytes());
        assert_eq!(answer.status, 400, "{answer:?}");
    }
    assert_eq!(host.stripe(0, b"\xff\xfe\x00").status, 400);
    assert_eq!(host.post("/supabase", &[("x-drain-token", SECRET)], b"{\"a\":1}").status, 400);
    let bearer = format!("Bearer {SECRET}");
    assert_eq!(host.post("/alertmanager", &[("authorization", &bearer)], b"{\"alerts\":[]}").status, 400);
    let auth = format!("Sentry sentry_key={KEY}");
    assert_eq!(host.post("/api/1/envelope/", &[("x-sentry-auth", &auth)], b"no envelope").status, 400);
    host.assert_nothing();
}

#[test]
fn other_paths_and_methods_are_refused_whoever_asks() {
    let host =
        Host::of("[listen]\naddress = \"@ADDRESS@\"\nstripe = { secret = { file = \"@SECRET@\" } }\n", None);
    for path in [
        "/",
        "/stripe/",
        "/stripe/x",
        "/sentry",
        "/supabase",
        "/alertmanager",
        "/api/1/envelope/",
        "/../stripe",
    ] {
        assert_eq!(host.post(path, &[], b"{}").status, 404, "{path}");
    }
    for method in ["GET", "PUT", "DELETE", "OPTIONS", "BREW"] {
        let mut stream = TcpStream::connect(host.address).unwrap();
        write!(stream, "{method} /stripe HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let answer = answer(&mut stream).unwrap();
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.head.contains("allow: post"), "{}", answer.head);
    }
    for junk in ["\r\n\r\n", "GET\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}", "POST /stripe HTTP/9.9\r\n\r\n"] {
        let mut stream = TcpStream::connect(host.address).unwrap();
        stream.write_all(junk.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        assert!(answer(&mut stream).is_none_or(|answer| answer.status == 400), "{junk:?}");
    }
    assert_eq!(host.stripe(0, &event("evt_1", "invoice.paid")).status, 200, "it goes on");
}

#[test]
fn a_secret_that_cannot_be_had_lets_nobody_in() {
    let host = Host::of(
        "[listen]\naddress = \"@ADDRESS@\"\nalertmanager = { token = { env = \"MIDWATCH_TEST_ABSENT\" } }\n",
        None,
    );
    for token in ["Bearer ", "Bearer x", ""] {
        unproven(&host.post("/alertmanager", &[("authorization", token)], b"{}"));
    }
}

#[test]
fn a_port_has_one_listener() {
    let host = Host::new();
    let said = refused(EVERYBODY, host.address);
    let wanted = format!("another program listens on {} already", host.address);
    assert!(said.starts_with(&wanted) && said.contains("hint:"), "{said}");
    let address = host.address;
    drop(host);
    assert!(TcpStream::connect(address).is_err(), "what is dropped listens no more");
}
