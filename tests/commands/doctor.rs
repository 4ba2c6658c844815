//! `midwatch doctor` on sources: what each answer means, through the binary, on loopback.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use midwatch::runtime::Clock;
use serde_json::{Value, json};

use crate::support::night::{Night, Ran};

const TOKEN: &str = "a-token-that-nobody-may-read";

/// A server that answers by the first part of the path, and remembers what it was asked.
struct Vendors {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Vendors {
    /// `answers` are a part of the path each, and its reply: a status line and headers, and a body.
    fn start(answers: Vec<(&'static str, String, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                let request: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                let path =
                    request.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
                let part = path.split('/').nth(1).unwrap_or_default();
                let known = answers.iter().find(|(name, ..)| *name == part);
                let (status, body) = known.map_or(("404 Not Found", ""), |(_, status, body)| (status, body));
                heard.lock().unwrap().push(path);
                let mut stream = stream;
                let length = body.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
            }
        });
        Self { address, asked }
    }

    fn asked(&self, part: &str) -> usize {
        let start = format!("/{part}/");
        self.asked.lock().unwrap().iter().filter(|path| path.starts_with(&start)).count()
    }
}

/// A run of a workflow that ended `age` ago.
fn runs(age: Duration) -> String {
    let at = Clock::default().now().minus(age).rfc3339();
    json!({ "total_count": 1, "artifacts": [], "workflow_runs": [{
        "id": 7, "name": "nightly", "run_number": 3, "run_attempt": 1, "event": "schedule",
        "display_title": "nightly", "status": "completed", "conclusion": "success", "head_branch": "main",
        "head_sha": "3f2a9c1d5e6f708192a3b4c5d6e7f80912a3b4c5", "workflow_id": 1,
        "html_url": "https://github.example.com/runs/7",
        "created_at": at, "run_started_at": at, "updated_at": at,
    }] })
    .to_string()
}

const GITHUB: &str = "[[github]]\nname = \"audit\"\nrepository = \"lanternfish/shop\"\nworkflow = \"audit.yml\"\n\
                      token = { env = \"DOCTOR_TOKEN\" }\nbase_url = \"@VENDORS@/github\"\n";
const SENTRY: &str = "[sentry]\norganization = \"lanternfish\"\nprojects = [\"web\"]\n\
                      token = { env = \"DOCTOR_TOKEN\" }\nbase_url = \"@VENDORS@/sentry\"\n";
const STRIPE: &str = "[stripe]\nkey = { env = \"DOCTOR_TOKEN\" }\nbase_url = \"@VENDORS@/stripe\"\n";
const HOSTING: &str = "[[statuspage]]\nname = \"hosting\"\nurl = \"@VENDORS@/hosting\"\n";
const POOL: &str =
    "[[prometheus]]\nname = \"pool\"\nurl = \"@NOBODY@\"\nquery = \"up\"\nok = \"body.max > 0\"\n";
const PAGES: &str = "[pagerduty]\ntoken = { env = \"DOCTOR_TOKEN\" }\nbase_url = \"@VENDORS@/pages\"\n";

/// A night with `tables` of vendors.
fn night(vendors: &Vendors, tables: &[&str]) -> Night {
    // Its port was had a moment ago, and nobody listens there now.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text = tables.concat();
    let text = text.replace("@VENDORS@", &format!("http://{}", vendors.address));
    Night::with("quiet", &text.replace("@NOBODY@", &format!("http://{nobody}")))
}

fn doctor(night: &Night, arguments: &[&str]) -> Ran {
    let mut command = night.command(&[&["doctor"], arguments].concat());
    let ran = Ran::of(&command.env("DOCTOR_TOKEN", TOKEN).output().unwrap());
    assert!(!ran.out.contains(TOKEN) && !ran.err.contains(TOKEN), "{ran:?}");
    ran
}

fn document(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn source<'a>(document: &'a Value, name: &str) -> &'a Value {
    let sources = document["sources"].as_array().unwrap();
    sources.iter().find(|source| source["name"] == name).unwrap_or_else(|| panic!("no {name}: {document}"))
}

fn every() -> Vendors {
    let json = "\r\ncontent-type: application/json";
    let scope =
        r#"{"detail":"You do not have permission to perform this action.","required":["event:read"]}"#;
    let invalid =
        r#"{"error":{"type":"invalid_request_error","message":"Invalid API Key provided: rk_****dy"}}"#;
    Vendors::start(vec![
        ("github", format!("200 OK{json}"), runs(Duration::from_secs(200))),
        ("sentry", format!("403 Forbidden{json}"), scope.into()),
        ("stripe", format!("401 Unauthorized{json}"), invalid.into()),
        (
            "hosting",
            "200 OK\r\ncontent-type: text/html".into(),
            "<!doctype html><title>Log in</title>".into(),
        ),
        ("pages", "429 Too Many Requests\r\nretry-after: 90".into(), String::new()),
    ])
}

#[test]
fn each_source_says_whether_it_can_be_read_and_why_not() {
    let vendors = every();
    let night = night(&vendors, &[GITHUB, SENTRY, STRIPE, HOSTING, POOL, PAGES]);
    let ran = doctor(&night, &["--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let document = document(&ran);
    let told = |name: &str| {
        let source = source(&document, name);
        json!([source["source"], source["reachable"], source["authorised"], source["reason"]])
    };
    assert_eq!(told("audit"), json!(["github", true, true, null]));
    assert_eq!(told("sentry"), json!(["sentry", true, false, "auth"]));
    assert_eq!(told("sentry-alerts"), json!(["sentry", true, false, "auth"]));
    assert_eq!(told("stripe"), json!(["stripe", true, false, "auth"]));
    assert_eq!(told("hosting"), json!(["statuspage", true, null, "parse"]));
    assert_eq!(told("pool"), json!(["prometheus", false, null, "connect"]));
    assert_eq!(told("pagerduty"), json!(["pagerduty", true, null, "limit"]));
    let sources = document["sources"].as_array().unwrap();
    assert!(sources.iter().all(|source| source["source"] != "health"), "{document}");

    let scopes = source(&document, "sentry")["scopes"].as_array().unwrap();
    let missing: Vec<_> = scopes.iter().filter(|scope| scope["missing"] == true).collect();
    assert_eq!((missing.len(), &missing[0]["name"]), (1, &json!("event:read")), "{scopes:?}");
    assert!(scopes.iter().any(|scope| scope["operations"] == true), "{scopes:?}");
    assert_eq!(source(&document, "sentry")["newest"], Value::Null);
    let newest = source(&document, "audit")["newest"].as_str().unwrap();
    let at = Clock::default().now().minus(Duration::from_secs(230)).rfc3339();
    assert!(*newest > *at && *newest < *Clock::default().now().rfc3339(), "{newest}");
    // What is wrong with a source is a finding like every other.
    let findings = document["findings"].as_array().unwrap();
    let severity = |name: &str| &findings.iter().find(|finding| finding["what"] == name).unwrap()["severity"];
    assert_eq!((severity("audit"), severity("sentry")), (&Value::Null, &json!("error")));
    assert_eq!((severity("pool"), severity("pagerduty")), (&json!("error"), &json!("warning")));

    let ran = doctor(&night, &[]);
    let lines: Vec<&str> = ran.out.lines().map(str::trim).collect();
    for line in [
        "● audit          reachable, authorised, newest 3m ago",
        "✖ sentry         reachable, not authorised, the token lacks a scope: 403: You do not have permission to \
         perform this action. (needs event:read)",
        "lacks event:read: issues and their newest events",
        "for operations event:write: only for resolving, archiving and assigning",
        "✖ stripe         reachable, not authorised, the token is not taken: 401: Invalid API Key provided: rk_****dy",
        "? pagerduty      reachable, rate limited: 429, again in 1m",
    ] {
        assert!(lines.contains(&line), "no {line:?} in\n{}", ran.out);
    }
    assert!(
        ran.out.contains("✖ hosting        reachable, its reply is not understood: a page came"),
        "{ran:?}"
    );
    assert!(ran.out.contains("✖ pool           not reachable: connect: "), "{ran:?}");
    assert_eq!(night.company.changes(), 0);
}

#[test]
fn what_can_be_read_is_0_and_what_could_not_be_told_is_3() {
    let vendors = every();
    let ran = doctor(&night(&vendors, &[GITHUB]), &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = doctor(&night(&vendors, &[GITHUB, PAGES]), &[]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let ran = doctor(&night(&vendors, &[GITHUB, PAGES, HOSTING]), &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
}

#[test]
fn offline_nobody_is_asked() {
    let vendors = every();
    let night = night(&vendors, &[GITHUB, SENTRY, POOL]);
    let ran = doctor(&night, &["--offline"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("sources        4 not asked (--offline)"), "{ran:?}");
    let ran = doctor(&night, &["--offline", "--json"]);
    assert_eq!(document(&ran)["sources"], json!([]));
    assert_eq!(vendors.asked("github") + vendors.asked("sentry"), 0);
}

#[test]
fn a_source_whose_secret_is_missing_is_not_asked() {
    let vendors = every();
    let night = night(&vendors, &[GITHUB]);
    let (code, document) = night.json(&["doctor", "--json"]);
    assert_eq!(code, Some(1), "{document}");
    let audit = source(&document, "audit");
    assert_eq!((&audit["reachable"], &audit["authorised"]), (&Value::Null, &Value::Null), "{document}");
    let says = audit["says"].as_str().unwrap();
    assert!(says.starts_with("not asked: ") && says.contains("DOCTOR_TOKEN"), "{says}");
    assert_eq!(vendors.asked("github"), 0);
}

#[test]
fn a_secret_that_only_operations_need_is_missed_too() {
    let vendors = every();
    let routing = format!("{PAGES}routing_key = {{ env = \"ROUTING_KEY_NOT_SET\" }}\n");
    let ran = doctor(&night(&vendors, &[&routing]), &["--offline"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("✖ secret         env ROUTING_KEY_NOT_SET: "), "{ran:?}");
    assert!(ran.out.contains("● secret         env DOCTOR_TOKEN\n"), "{ran:?}");
}

#[test]
fn a_check_of_a_source_tells_what_it_read() {
    let vendors = every();
    let night = night(&vendors, &[GITHUB, STRIPE]);
    let mut command = night.command(&["check", "--json", "audit", "stripe", "web"]);
    let ran = Ran::of(&command.env("DOCTOR_TOKEN", TOKEN).output().unwrap());
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let document = document(&ran);
    let signals = document["signals"].as_array().unwrap();
    let signal = |name: &str| signals.iter().find(|signal| signal["name"] == name).unwrap();
    let audit = signal("audit");
    // The workflow and its run.
    assert_eq!((&audit["source"], &audit["entries"]), (&json!("github"), &json!(2)), "{document}");
    assert!(
        audit["newest"].as_str().is_some_and(|newest| newest < audit["at"].as_str().unwrap()),
        "{document}"
    );
    assert!(audit["body"].as_object().is_some_and(|body| !body.is_empty()), "{document}");
    // Nothing was read of one, which is not an empty list, and the other lists nothing.
    let stripe = signal("stripe");
    assert_eq!(json!([stripe["entries"], stripe["newest"], stripe["body"]]), json!([null, null, null]));
    let web = signal("web");
    assert_eq!(json!([web["entries"], web["newest"], web["body"]]), json!([null, null, null]));
}

#[test]
fn a_token_in_plain_text_is_warned_of_and_never_shown() {
    let vendors = every();
    let named = "{ env = \"DOCTOR_TOKEN\" }";
    let night = night(&vendors, &[GITHUB, STRIPE]);
    night.reconfigure(named, &format!("\"{TOKEN}\""));
    for arguments in [
        &["config", "show"][..],
        &["config", "show", "--json"],
        &["config", "check"],
        &["doctor", "--offline"],
    ] {
        let ran = night.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        assert!(!ran.out.contains(TOKEN) && !ran.err.contains(TOKEN), "{arguments:?}: {ran:?}");
        let warned = format!("{}{}", ran.out, ran.err);
        for word in ["token stands here in plain text", "key stands here in plain text"] {
            assert_eq!(warned.matches(word).count(), 1, "{arguments:?}: {word}: {ran:?}");
        }
    }
    let (_, document) = night.json(&["config", "show", "--json"]);
    let toml: toml::Table = document["toml"].as_str().unwrap().parse().unwrap();
    assert_eq!(toml["stripe"]["key"].as_str(), Some("‹in plain text, not shown›"));
}
