//! Who may send, where, and how it is proven; what is no listener's address.

use std::time::Duration;

use super::*;
use crate::domain::io::SecretSource;
use crate::sources::conformance::{AT, plan, plan_with};

const ALL: &str = r#"
sentry = { secret = { env = "SENTRY_SECRET" } }
envelope = { key = "a-public-key" }
stripe = { secret = { env = "STRIPE_SECRET" }, tolerance = "60s" }
supabase = { token = { env = "DRAIN" }, header = "X-Drain-Token" }
alertmanager = { token = { env = "ALERTS" } }
"#;

fn secret(name: &str) -> Value {
    Value::Secret { prefix: String::new(), secret: SecretSource::Env(name.into()) }
}

#[test]
fn each_sender_is_a_signal_that_is_sent_to() {
    let signals = plan("listen", ALL);
    let seen: Vec<_> = signals.iter().map(|signal| (signal.id.as_str(), signal.board)).collect();
    assert_eq!(
        seen,
        [
            ("sentry-pushed", Some(Board::Errors)),
            ("sentry-events", Some(Board::Errors)),
            ("stripe-pushed", Some(Board::Payments)),
            ("supabase-pushed", Some(Board::Logs)),
            ("alertmanager", Some(Board::Infrastructure)),
        ]
    );
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    for signal in &signals {
        assert_eq!(signal.request(), None, "{}", signal.id);
        assert_eq!(address(signal).as_deref(), Some("127.0.0.1:4319"));
        let open = if signal.part == "alertmanager" { minutes(300) } else { minutes(15) };
        assert_eq!(signal.origin, Origin::Pushed { open, well: minutes(15) }, "{}", signal.id);
    }
    assert_eq!(plan("listen", "alertmanager = { token = { env = \"T\" } }").len(), 1);
}

#[test]
fn each_sender_proves_itself_in_its_own_way() {
    let proofs: Vec<_> = plan("listen", ALL).iter().filter_map(proof).collect();
    let stripe = SignatureScheme::Stripe { tolerance: Duration::from_secs(60) };
    let wanted = [
        ("sentry-hook-signature", SignatureScheme::HmacSha256, secret("SENTRY_SECRET")),
        ("x-sentry-auth", SignatureScheme::Token, Value::Plain("a-public-key".into())),
        ("stripe-signature", stripe, secret("STRIPE_SECRET")),
        ("x-drain-token", SignatureScheme::Token, secret("DRAIN")),
        ("authorization", SignatureScheme::Bearer, secret("ALERTS")),
    ];
    let wanted = wanted.map(|(header, scheme, secret)| Proof { header: header.into(), scheme, secret });
    assert_eq!(proofs, wanted);
    let usual =
        plan("listen", "supabase = { token = { env = \"T\" } }\nstripe = { secret = { env = \"S\" } }");
    let schemes: Vec<_> = usual.iter().filter_map(proof).map(|proof| (proof.header, proof.scheme)).collect();
    let stripe = SignatureScheme::Stripe { tolerance: Duration::from_secs(300) };
    assert_eq!(
        schemes,
        [("stripe-signature".into(), stripe), ("authorization".to_owned(), SignatureScheme::Bearer)]
    );
}

#[test]
fn only_loopback_is_listened_on() {
    for (given, means) in [
        ("127.0.0.1:4319", "127.0.0.1:4319"),
        ("127.8.9.1:80", "127.8.9.1:80"),
        ("[::1]:9000", "[::1]:9000"),
        ("localhost:9000", "127.0.0.1:9000"),
    ] {
        let signals = plan("listen", &format!("address = \"{given}\"\nenvelope = {{ key = \"k\" }}"));
        assert_eq!(address(&signals[0]).as_deref(), Some(means));
    }
    for wrong in [
        "0.0.0.0:4319",
        "[::]:4319",
        "192.168.1.4:4319",
        "10.0.0.1:1",
        "[fe80::1]:4319",
        "[::ffff:10.0.0.1]:80",
        "console.example.com:4319",
        "localhost.example.com:4319",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:99999",
        "127.0.0.1:4319/",
        "127.0.0.1:4319/sentry",
        "x@127.0.0.1:4319",
        "http://127.0.0.1:4319",
        " 127.0.0.1:4319",
        "",
    ] {
        let (signals, found) =
            plan_with("listen", &format!("address = \"{wrong}\"\nenvelope = {{ key = \"k\" }}"));
        assert_eq!(found.len(), 1, "{wrong:?}: {found:?}");
        assert_eq!((found[0].code, found[0].line), ("not-loopback", 2), "{wrong:?}");
        assert!(found[0].hint.as_deref().is_some_and(|hint| hint.contains("tunnel")), "{found:?}");
        assert_eq!(signals.first().and_then(address), None, "{wrong:?}");
    }
}

#[test]
fn a_table_that_lets_nobody_or_anybody_send_is_wrong() {
    for (wrong, code) in [
        ("", "missing-key"),
        ("hold = \"5m\"", "missing-key"),
        ("hold = \"25h\"\nenvelope = { key = \"k\" }", "out-of-range"),
        ("envelope = { key = \"\" }", "empty-value"),
        ("sentry = { secret = \"  \" }", "empty-value"),
        ("sentry = { secret = \"written down\" }", "plain-secret"),
        ("stripe = { secret = { env = \"S\" }, tolerance = \"11m\" }", "out-of-range"),
        ("stripe = { secret = { env = \"S\" }, tolerance = \"10ms\" }", "out-of-range"),
        ("supabase = { token = { env = \"T\" }, header = \"x token\" }", "bad-header"),
        ("supabase = { token = { env = \"T\" }, header = \"\" }", "bad-header"),
    ] {
        let (_, found) = plan_with("listen", wrong);
        assert_eq!(found.iter().map(|one| one.code).collect::<Vec<_>>(), [code], "{wrong}");
    }
}

#[test]
fn every_sender_s_junk_is_refused_in_words() {
    for sender in Sender::ALL {
        for junk in ["", "null", "[1]", "{}", "\u{0}", "{\"a\":", "<html>", "[[[[[[[["] {
            let read = sender.read("event_alert", junk.as_bytes(), AT);
            if let Err(why) = read {
                assert!(
                    !why.is_empty() && !why.chars().any(crate::domain::text::is_hostile),
                    "{sender:?} {junk:?}: {why:?}"
                );
            } else {
                assert_eq!(read, Ok(Vec::new()), "{sender:?} made something of {junk:?}");
            }
        }
    }
}

#[test]
fn it_is_not_asked() {
    let signal = &plan("listen", "envelope = { key = \"k\" }")[0];
    assert_eq!(crate::sources::next(signal, AT, &[]), None);
    let read = crate::sources::read(signal, AT, &[crate::sources::conformance::http(200, "{}")]);
    assert_eq!(read.health, Health::Blind);
}
