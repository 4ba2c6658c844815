//! `midwatch window`: GO, NO-GO and HOLD without a screen, exact exit codes, and a record that explains itself.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::night::{Night, Ran};
use crate::support::terminal::DEADLINE;

/// Two gates that settle within seconds: the health of the API, and a hard stop on its errors.
const WINDOW: &str = r#"
[window]
for = "2s"

[[window.gate]]
name = "api"
signal = "api"

[[window.gate]]
name = "errors"
when = "error_rate('api', '10s') < 0.3"
stop = "samples('api', '10s') >= 3 and error_rate('api', '10s') > 0.5"
"#;

fn night() -> Night {
    Night::with("quiet", WINDOW)
}

/// A window that is being watched, and its lines.
struct Watching {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Watching {
    fn start(night: &Night, arguments: &[&str]) -> Self {
        let mut command = night.command(&[&["window"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, lines }
    }

    /// The next line that holds `text`.
    fn until(&self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(DEADLINE).expect("a line in time");
            if line.contains(text) {
                return line;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    fn end(self) -> Option<i32> {
        self.child.wait_with_output().unwrap().status.code()
    }
}

fn explained(night: &Night) -> Value {
    let (code, document) = night.json(&["window", "explain", "--json"]);
    assert_eq!(code, Some(0));
    document
}

#[test]
fn health_for_the_whole_time_is_go() {
    let night = night();
    let Ran { code, out, err } = night.run(&["window"]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let words: Vec<&str> =
        out.lines().filter_map(|line| line.split_once(' ')).map(|(_, said)| said).collect();
    assert_eq!(words[0], "ann: ◷ W-1: window opened, 2s by 2 gates");
    assert!(words.contains(&"W-1: ● api is passing: ok"), "{out}");
    assert!(out.contains("W-1: ● errors is passing: error_rate('api', '10s') is 0\n"), "{out}");
    assert!(words.contains(&"W-1: ● 00:02 clean: it waits for the GO"), "{out}");
    assert!(words.contains(&"ann: W-1 GO: 2s clean by every required gate"), "{out}");
    assert!(out.contains("    ● api passing, 0 resets, 0 freezes: ok"), "{out}");
    assert!(!out.contains("reset,") && !out.contains("frozen"), "{out}");
}

#[test]
fn one_document_says_all_and_explain_says_the_same() {
    let night = night();
    let (code, document) = night.json(&["window", "--json", "--for", "1s"]);
    assert_eq!((code, &document["verdict"]), (Some(0), &json!("GO")));
    assert_eq!((&document["for_ms"], &document["clean_ms"]), (&json!(1_000), &json!(1_000)));
    assert_eq!(document["window"], "W-1");
    let results = document["results"].as_array().unwrap();
    assert_eq!(
        results.iter().map(|gate| gate["state"].as_str().unwrap()).collect::<Vec<_>>(),
        ["passing"; 2]
    );
    assert!(results[1]["signals"][0]["samples"].as_u64().unwrap() >= 2, "{results:#?}");
    assert_eq!(results[1]["signals"][0]["error_rate"], 0.0);
    let gates = |document: &Value| {
        let facts = document["facts"].as_array().unwrap().clone();
        facts.into_iter().filter(|fact| fact["fact"] == "window-gate").collect::<Vec<_>>()
    };
    let explained = explained(&night);
    assert_eq!(gates(&explained), gates(&document));
    // A decision names the reading that it rests on.
    let decided = &gates(&document)[0];
    let at = decided["values"][0]["at"].as_str().unwrap();
    assert!(at <= decided["at"].as_str().unwrap() && at >= document["opened"].as_str().unwrap(), "{decided}");
    let ran = night.run(&["window", "explain", "w-1"]);
    assert!(
        ran.out.contains("    gate errors: error_rate('api', '10s') < 0.3; NO-GO when samples"),
        "{ran:?}"
    );
    assert!(ran.out.contains("    api is ok (at "), "{ran:?}");
    assert_eq!(night.run(&["window", "explain", "W-2"]).code, Some(2));
}

#[test]
fn a_hard_stop_is_no_go_at_once() {
    let night = night();
    night.company.set("api", &json!({ "status": 503 }));
    let Ran { code, out, .. } = night.run(&["window", "--for", "30s"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("W-1: ✖ api is failing: down (status 503)"), "{out}");
    assert!(out.contains("midwatch: W-1 NO-GO: errors: samples('api', '10s') >= 3 and"), "{out}");
    assert_eq!(explained(&night)["decided_by"], "midwatch");
}

#[test]
fn a_failure_resets_the_clock_and_what_follows_may_still_be_go() {
    let night = night();
    night.reconfigure("stop = \"samples('api', '10s') >= 3 and error_rate('api', '10s') > 0.5\"\n", "");
    night.reconfigure("error_rate('api', '10s') < 0.3", "error_rate('api', '10s') < 0.9");
    let watching = Watching::start(&night, &["--for", "3s", "--within", "60s", "--json-lines"]);
    let opened: Value = serde_json::from_str(&watching.until("window-opened")).unwrap();
    watching.until("\"to\":\"passing\"");
    std::thread::sleep(Duration::from_millis(1_200));
    night.company.set("api", &json!({ "status": 503 }));
    let reset: Value = serde_json::from_str(&watching.until("window-reset")).unwrap();
    assert_eq!((&reset["gate"], &reset["why"]), (&json!("api"), &json!("api: down (status 503)")));
    assert!(reset["lost"]["secs"].as_u64().unwrap() >= 1, "{reset}");
    night.company.set("api", &json!({}));
    let ended: Value = serde_json::from_str(&watching.until("window-ended")).unwrap();
    assert_eq!(ended["verdict"], "GO");
    assert_eq!(watching.end(), Some(0));
    assert!(ended["at"].as_str() > opened["at"].as_str());
    let document = explained(&night);
    assert_eq!((&document["resets"], &document["results"][0]["resets"]), (&json!(1), &json!(1)));
}

#[test]
fn what_cannot_be_told_is_hold() {
    let night = night();
    // The one gate that is required asks for what no reply has.
    night.reconfigure("signal = \"api\"\n\n", "signal = \"api\"\nwhen = \"body.release == 'a1b2c3'\"\n\n");
    let Ran { code, out, .. } = night.run(&["window", "--for", "1s", "--within", "3s"]);
    assert_eq!(code, Some(3), "{out}");
    assert!(
        out.contains("HOLD: not over within 3s: api is unknown: release is missing; 00:00 of 00:01 clean"),
        "{out}"
    );
}

#[test]
fn an_interruption_is_hold_in_the_record_and_never_go() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let night = night();
        let watching = Watching::start(&night, &["--for", "60s"]);
        watching.until("api is passing");
        watching.signal(signal);
        assert_eq!(watching.end(), Some(130), "{signal}");
        let document = explained(&night);
        assert_eq!(document["verdict"], "HOLD");
        assert_eq!(document["why"], format!("interrupted by {signal}"));
    }
}

#[test]
fn one_that_was_killed_is_hold_when_the_next_one_begins() {
    let night = night();
    let watching = Watching::start(&night, &["--for", "60s"]);
    watching.until("api is passing");
    watching.signal(Signal::SIGKILL);
    watching.end();
    assert_eq!(explained(&night)["verdict"], Value::Null);
    let (code, document) = night.json(&["window", "--json", "--for", "1s"]);
    assert_eq!((code, &document["window"]), (Some(0), &json!("W-2")));
    let (_, first) = night.json(&["window", "explain", "W-1", "--json"]);
    assert_eq!(
        (&first["verdict"], &first["why"]),
        (&json!("HOLD"), &json!("what watched it ended before it did"))
    );
    assert_eq!(night.run(&["incident", "verify"]).code, Some(0));
}

#[test]
fn nobody_who_reads_it_is_hold() {
    let night = night();
    let mut command = night.command(&["window", "--for", "60s"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert_eq!(explained(&night)["why"], "nobody reads it any more");
}

#[test]
fn while_a_console_keeps_the_journal_it_is_refused() {
    let night = night();
    let _console = night.console((100, 30), &[]);
    let ran = night.run(&["window", "--for", "1s"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(4), ""), "{ran:?}");
    assert!(ran.err.contains("the window cannot be recorded"), "{ran:?}");
}

#[test]
fn what_makes_no_window_is_told_before_anything_is_asked() {
    let night = night();
    for (arguments, code) in [
        (&["window", "--for", "soon"][..], 2),
        (&["window", "--json", "--json-lines"], 2),
        (&["window", "--for", "500ms"], 4),
        (&["window", "explain"], 2),
    ] {
        let ran = night.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{arguments:?}: {ran:?}");
    }
    night.reconfigure("signal = \"api\"\n\n", "signal = \"apu\"\n\n");
    let ran = night.run(&["window"]);
    assert!(ran.code == Some(2) && ran.err.contains("did you mean \"api\"?"), "{ran:?}");
}

#[test]
fn the_release_log_is_written_from_the_record() {
    let night = night();
    assert_eq!(night.run(&["window", "log"]).code, Some(3), "no journal yet");
    assert_eq!(night.run(&["window", "--for", "1s"]).code, Some(0));
    let ran = night.run(&["window", "log"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    for text in [
        " · GO\n",
        "| Operators | ann: opened the window, said GO |\n",
        "| Window | W-1: GO, 1s clean of 1s, 0 resets, 0 freezes |\n",
        "| api | ● passing: ok | 0 | 0 | api: ",
        "### Evidence\n",
    ] {
        assert!(ran.out.contains(text), "{text}: {}", ran.out);
    }
    let (code, document) = night.json(&["window", "log", "w-1", "--json"]);
    assert_eq!((code, &document["window"], &document["verdict"]), (Some(0), &json!("W-1"), &json!("GO")));
    assert_eq!(
        document["operators"][0],
        json!({ "name": "ann", "did": ["opened the window", "said GO"], "ticked": 0 })
    );
    let ran = night.run(&["window", "log", "W-9"]);
    assert!(ran.code == Some(2) && ran.err.contains("there are W-1"), "{ran:?}");
}
