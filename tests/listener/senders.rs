//! Each sender's own way of sending, well done.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use midwatch::domain::reading::Health;
use serde_json::json;

use crate::host::{Host, KEY, SECRET, alert, event, now, stripe_header};

/// `bytes` as a drain packs them.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_webhook_of_sentry_is_an_entry() {
    let host = Host::new();
    let answer =
        host.sentry("event_alert", "r1", &alert("8b1c4e7f0a2d4c56b3e89f0d12345678", "billing broke"));
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
    assert!(answer.head.contains("connection: close"), "{}", answer.head);
    let (signal, entries) = host.pushed();
    assert_eq!((signal.as_str(), entries.len()), ("sentry-pushed", 1));
    assert!(entries[0].title.contains("billing broke"), "{entries:?}");
    assert_ne!(entries[0].health, Health::Ok);
    // What says nothing about the world is taken, and is nothing.
    assert_eq!(host.sentry("installation", "r2", &json!({ "action": "created", "data": {} })).status, 200);
    assert_eq!(host.sentry("comment", "r3", &json!({ "action": "created", "data": { "x": 1 } })).status, 200);
    host.assert_nothing();
}

#[test]
fn an_event_of_stripe_is_an_entry() {
    let host = Host::new();
    assert_eq!(host.stripe(0, &event("evt_1", "invoice.payment_failed")).status, 200);
    let (signal, entries) = host.pushed();
    assert_eq!((signal.as_str(), entries[0].key.as_str()), ("stripe-pushed", "evt_1"));
    assert_eq!(entries[0].health, Health::Degraded);
    // The time that was signed may be off by the tolerance, either way.
    for seconds in [-298, 298] {
        assert_eq!(host.stripe(seconds, &event("evt_2", "invoice.paid")).status, 200, "{seconds}");
        assert_eq!(host.pushed().1[0].health, Health::Ok);
    }
}

#[test]
fn a_large_delivery_is_proven_like_a_small_one() {
    let host = Host::new();
    let mut body = event("evt_1", "invoice.payment_failed");
    body.resize(900 * 1024, b' ');
    let header = stripe_header(now(), &body);
    let post = |body: &[u8]| host.post("/stripe", &[("stripe-signature", &header)], body).status;
    let (last, mut other) = (body.len() - 1, body.clone());
    other[last] = b'\n';
    assert_eq!(post(&other), 401);
    host.assert_nothing();
    assert_eq!(post(&body), 200);
    assert_eq!(host.pushed().1[0].key, "evt_1");
}

#[test]
fn a_batch_of_a_drain_comes_packed() {
    let host = Host::new();
    let rows = json!([{
        "id": "row-1", "timestamp": 1_795_271_000_000_000_u64, "event_message": "GET | 503 | /rest/v1/modules",
        "metadata": { "request": [{ "method": "GET", "path": "/rest/v1/modules" }],
                      "response": [{ "status_code": 503 }] },
    }, { "id": "row-2", "timestamp": 1_795_271_000_000_000_u64, "event_message": "GET | 200 | /",
         "metadata": { "request": [{ "path": "/" }], "response": [{ "status_code": 200 }] } }])
    .to_string();
    let gzip =
        [("x-drain-token", SECRET), ("content-encoding", "gzip"), ("content-type", "application/json")];
    assert_eq!(host.post("/supabase", &gzip, &packed(rows.as_bytes())).status, 200);
    let (signal, entries) = host.pushed();
    assert_eq!((signal.as_str(), entries.len()), ("supabase-pushed", 1), "only what failed is listed");
    assert_eq!(entries[0].key, "row-1");
    assert_eq!(host.post("/supabase", &gzip[..1], rows.as_bytes()).status, 200);
    assert_eq!(host.pushed().1.len(), 1);
}

#[test]
fn what_fires_and_what_is_resolved_comes_from_alertmanager() {
    let host = Host::new();
    let bearer = format!("Bearer {SECRET}");
    for (status, health) in [("firing", Health::Down), ("resolved", Health::Ok)] {
        let body = json!({
            "version": "4", "groupKey": "{}:{alertname=\"QueueDeep\"}", "truncatedAlerts": 0, "status": status,
            "alerts": [{ "status": status, "labels": { "alertname": "QueueDeep", "severity": "critical" },
                         "annotations": { "summary": "91 exports wait" },
                         "startsAt": "2026-11-21T14:25:00.157Z", "endsAt": "2026-11-21T14:35:00Z",
                         "generatorURL": "http://prometheus.example.com/graph", "fingerprint": "c6eadffa33fcdf37" }],
        });
        let answer = host.post("/alertmanager", &[("authorization", &bearer)], body.to_string().as_bytes());
        assert_eq!(answer.status, 200);
        let (signal, entries) = host.pushed();
        assert_eq!((signal.as_str(), entries[0].key.as_str()), ("alertmanager", "c6eadffa33fcdf37"));
        assert_eq!(entries[0].health, health);
    }
}

#[test]
fn an_envelope_is_taken_by_the_key_of_the_dsn_wherever_it_stands() {
    let host = Host::new();
    let event =
        json!({ "event_id": "4f0e0c1d2b3a49588776655443322110", "level": "error", "platform": "python",
                        "timestamp": "2026-11-21T14:30:12.500Z", "message": "job 7 failed" })
        .to_string();
    let envelope = format!(
        "{{\"event_id\":\"4f0e0c1d2b3a49588776655443322110\"}}\n{{\"type\":\"event\",\"length\":{}}}\n{event}\n",
        event.len()
    );
    let auth = format!("Sentry sentry_key={KEY}, sentry_version=7, sentry_client=test/1");
    let asked = [
        host.post("/api/1/envelope/", &[("x-sentry-auth", &auth)], envelope.as_bytes()),
        host.post(&format!("/api/22/envelope/?sentry_version=7&sentry_key={KEY}"), &[], envelope.as_bytes()),
        host.post(
            "/api/1/envelope/",
            &[("x-sentry-auth", &auth), ("content-encoding", "gzip")],
            &packed(envelope.as_bytes()),
        ),
    ];
    for answer in asked {
        assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
        let (signal, entries) = host.pushed();
        assert_eq!(signal, "sentry-events");
        assert!(entries[0].title.contains("job 7 failed"), "{entries:?}");
    }
    // Sessions and the like are taken, and are nothing.
    let session = "{}\n{\"type\":\"session\",\"length\":2}\n{}\n";
    assert_eq!(host.post("/api/1/envelope/", &[("x-sentry-auth", &auth)], session.as_bytes()).status, 200);
    host.assert_nothing();
}
