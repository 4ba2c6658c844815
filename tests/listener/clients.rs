//! The vendors' own clients, from the Python package index: Sentry's SDK sends to the listener, Stripe's library signs
//! what it takes and accepts what we sign. They live in a virtual environment that is made once, below `target`.
//!
//! Without Python, or without a way to its packages, the tests say that they were skipped; where `CI` is `true` they
//! fail.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use midwatch::app::Msg;
use midwatch::domain::entry::Entry;
use midwatch::domain::reading::Health;
use midwatch::domain::text::is_hostile;
use midwatch::domain::time::Timestamp;
use midwatch::io::{Io, IoOptions};
use midwatch::sources::listen;
use serde_json::{Value, json};

use crate::host::{Host, KEY, SECRET, event, now, runtime, stripe_header};

const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/listener/requirements.txt");
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/listener/clients.py");

/// The interpreter of the virtual environment, or why there is none.
fn python() -> &'static Result<PathBuf, String> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("listener-clients");
        let (python, made) = (home.join("bin/python"), home.join("made-of.txt"));
        let wanted = std::fs::read_to_string(REQUIREMENTS).map_err(|error| error.to_string())?;
        if std::fs::read_to_string(&made).is_ok_and(|made| made == wanted) && works(&python) {
            return Ok(python);
        }
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS];
        run(Command::new(&python).args(install))?;
        // Last: what was made half-way is made again.
        crate::support::night::write(&made, &wanted);
        Ok(python)
    })
}

fn works(python: &Path) -> bool {
    Command::new(python)
        .args(["-c", "import sentry_sdk, stripe"])
        .output()
        .is_ok_and(|ran| ran.status.success())
}

fn run(command: &mut Command) -> Result<Output, String> {
    let ran = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if ran.status.success() {
        return Ok(ran);
    }
    Err(format!("{command:?}: {}: {}", ran.status, String::from_utf8_lossy(&ran.stderr)))
}

/// What the vendors' libraries answer; `None` where they cannot be had and need not be.
fn ask(command: &str, arguments: &Value) -> Option<Value> {
    let python = match python() {
        Ok(python) => python,
        Err(why) => {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "the vendors' clients cannot be had: {why}"
            );
            println!("skipped: the vendors' clients cannot be had: {why}");
            return None;
        }
    };
    let mut command_line = Command::new(python);
    command_line.arg(PROGRAM).arg(command).arg(arguments.to_string());
    // Neither a proxy nor somebody's own settings stand between.
    for name in [
        "SENTRY_DSN",
        "SENTRY_RELEASE",
        "SENTRY_ENVIRONMENT",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        command_line.env_remove(name);
    }
    let ran = run(&mut command_line).unwrap_or_else(|why| panic!("{why}"));
    Some(serde_json::from_slice(&ran.stdout).unwrap())
}

#[test]
fn what_sentry_s_own_sdk_captures_is_an_entry() {
    let host = Host::new();
    let dsn = format!("http://{KEY}@{}/1", host.address);
    let Some(sent) = ask("sentry", &json!([dsn])) else { return };
    let mut entries: Vec<Entry> = Vec::new();
    while entries.len() < 3 {
        let (signal, more) = host.pushed();
        assert_eq!(signal, "sentry-events");
        entries.extend(more);
    }
    let of = |id: &Value| {
        let id = id.as_str().unwrap();
        entries.iter().find(|entry| entry.key == id).unwrap_or_else(|| panic!("no {id} in {entries:#?}"))
    };
    let exception = of(&sent["exception"]);
    assert!(exception.title.contains("ValueError") && exception.title.contains("no address for order 7"));
    assert_eq!(exception.health, Health::Degraded, "{exception:?}");
    assert!(exception.body.iter().any(|line| line.contains("clients.py")), "its stack: {:?}", exception.body);
    let facts = format!("{:?}", exception.facts);
    assert!(facts.contains("shop@1.2.3") && facts.contains("production"), "{facts}");
    let message = of(&sent["message"]);
    assert!(message.title.contains("alert:billing_webhook_failed"), "{message:?}");
    assert_eq!(message.health, Health::Down, "it was fatal: {message:?}");
    let logged = entries
        .iter()
        .find(|entry| entry.title.contains("the queue of mail"))
        .unwrap_or_else(|| panic!("{entries:#?}"));
    assert!(!logged.title.chars().any(is_hostile), "{:?}", logged.title);
    // All three are of just now.
    let (from, until) = (now() - 120, now() + 120);
    for entry in &entries {
        let at = entry.at.expect("a time").millis() / 1000;
        assert!((from..until).contains(&at), "{entry:?}");
    }
    host.assert_nothing();
}

#[test]
fn sentry_s_own_sdk_without_the_key_is_not_heard() {
    let host = Host::new();
    let dsn = format!("http://{}@{}/1", "0".repeat(32), host.address);
    let Some(sent) = ask("sentry", &json!([dsn])) else { return };
    assert!(sent["exception"].is_string(), "it goes on all the same");
    assert!(matches!(host.next(), Msg::TurnedAway { count: 1.., .. }));
    host.assert_nothing();
}

#[test]
fn what_stripe_s_own_library_signs_is_taken_and_nothing_else() {
    let host = Host::new();
    let body = String::from_utf8(event("evt_1", "invoice.payment_failed")).unwrap();
    let post = |header: &str, body: &str| {
        host.post("/stripe", &[("stripe-signature", header)], body.as_bytes()).status
    };
    let Some(signed) = ask("stripe-sign", &json!([SECRET, now(), body])) else { return };
    let header = signed["header"].as_str().unwrap();
    assert_eq!(post(header, &body.replace("evt_1", "evt_2")), 401, "another body");
    assert_eq!(post(header, &format!("{body} ")), 401, "one more blank");
    assert_eq!(post(header, &body), 200);
    assert_eq!(host.pushed().1[0].key, "evt_1");
    for (secret, time) in [("whsec_of_somebody_else", now()), (SECRET, now() - 302)] {
        let signed = ask("stripe-sign", &json!([secret, time, body])).unwrap();
        assert_eq!(post(signed["header"].as_str().unwrap(), &body), 401, "{secret} {time}");
    }
    host.assert_nothing();
}

#[test]
fn stripe_s_own_library_and_ours_accept_and_refuse_the_same() {
    let host = Host::new();
    let signal = host.signals.iter().find(|signal| signal.part == "stripe").unwrap();
    let proof = listen::proof(signal).unwrap();
    let io = Io::new(IoOptions::default()).unwrap();
    let ours = |header: &str, body: &str| {
        let at = Timestamp::from_millis(now() * 1000);
        let verified = io.verify(proof.scheme, &proof.secret, Some(header.as_bytes()), body.as_bytes(), at);
        runtime().block_on(verified).is_ok()
    };
    let body = String::from_utf8(event("evt_é_1", "invoice.paid")).unwrap();
    let (good, old) = (stripe_header(now(), body.as_bytes()), stripe_header(now() - 310, body.as_bytes()));
    let other = "ab".repeat(32);
    let rotated = good.replace("v1=", &format!("v1={other},v1="));
    let downgraded = good.replace("v1=", "v0=");
    for (header, sent, accepted) in [
        (good.as_str(), body.as_str(), true),
        (&rotated, &body, true),
        (&format!("{good},v0={other}"), &body, true),
        (&good, &body.replace("paid", "void"), false),
        (&old, &body, false),
        (&downgraded, &body, false),
        (&format!("t={},v1={other}", now()), &body, false),
        ("", &body, false),
        ("nonsense", &body, false),
    ] {
        let Some(theirs) = ask("stripe-verify", &json!([SECRET, header, sent])) else { return };
        assert_eq!(theirs["accepted"], accepted, "theirs: {header:?}: {theirs}");
        assert_eq!(ours(header, sent), accepted, "ours: {header:?}");
    }
}
