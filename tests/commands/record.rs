//! The record over many incidents, by the commands: filters, stats, one file of an incident, copies, what is left out.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::time::Timestamp;
use midwatch::journal;
use serde_json::{Value, json};

use crate::support::night::Night;
use crate::support::terminal::DEADLINE;

/// A night whose journal holds a year: what stands here, an entry a line, `minutes incident fact`.
fn year() -> Night {
    let night = Night::of("quiet");
    let declared = |incident: &str, severity: &str, title: &str| json!({ "fact": "incident-declared", "incident": incident, "severity": severity, "title": title, "by": "ann" });
    let closed = |incident: &str| json!({ "fact": "incident-closed", "incident": incident, "by": "ann", "summary": "mended, and nobody knows how" });
    let taken =
        |incident: &str| json!({ "fact": "incident-acknowledged", "incident": incident, "by": "ann" });
    let settled = |signal: &str, from: &str, to: &str| {
        json!({ "fact": "settled", "signal": signal, "from": from, "to": to, "reason": null, "detail": "",
                "since": "2026-01-10T00:00:00Z" })
    };
    let step = json!({ "runbook": "runbook.md", "step": "tell" });
    let marked = |state: Value| json!({ "fact": "step-marked", "step": step, "text": "Tell #ops", "line": 6, "state": state, "by": "ann" });
    let day = 24 * 60;
    let one = Some("INC-1");
    let (two, three, four) = (Some("INC-2"), Some("INC-3"), Some("INC-4"));
    let note = |text: &str| json!({ "fact": "noted", "text": text, "by": "ann", "about": "2026-01-10T00:00:00Z", "step": null });
    let facts: Vec<(u64, Option<&str>, Value)> = vec![
        (0, None, settled("api", "ok", "down")),
        (1, None, json!({ "fact": "routed", "signal": "api", "mention": null })),
        (2, one, declared("INC-1", "P1", "baskets are lost")),
        (4, one, taken("INC-1")),
        (5, one, note("the replica lags")),
        (6, one, json!({ "fact": "walked", "step": step })),
        (9, one, marked(json!("done"))),
        (
            10,
            one,
            json!({ "fact": "post-requested", "post": "M-1", "channel": "ops", "audience": "team", "text": "We look.",
                          "next": { "secs": 600, "nanos": 0 }, "by": "ann" }),
        ),
        (10, one, json!({ "fact": "posted", "post": "M-1" })),
        (
            30,
            one,
            json!({ "fact": "post-requested", "post": "M-2", "channel": "ops", "audience": "team", "text": "Mended.", "by": "ann" }),
        ),
        (30, one, json!({ "fact": "posted", "post": "M-2" })),
        (32, one, settled("api", "down", "ok")),
        (40, one, closed("INC-1")),
        (
            40 * day,
            two,
            json!({ "fact": "incident-declared", "incident": "INC-2", "severity": "P0", "title": "a token leaked",
                                "by": "bob", "kind": "security" }),
        ),
        (40 * day + 10, two, taken("INC-2")),
        (40 * day + 20, two, marked(json!({ "skipped": { "reason": "no time" } }))),
        (40 * day + 60, two, closed("INC-2")),
        (
            40 * day + 70,
            two,
            json!({ "fact": "incident-reopened", "incident": "INC-2", "by": "bob", "why": "a second one" }),
        ),
        (40 * day + 90, two, closed("INC-2")),
        (300 * day, None, settled("web", "ok", "down")),
        (300 * day + 1, None, settled("web", "down", "ok")),
        (300 * day + 2, three, declared("INC-3", "P2", "search is slow")),
        (300 * day + 3, four, declared("INC-4", "P2", "search is slow as well")),
        (
            300 * day + 4,
            four,
            json!({ "fact": "incident-merged", "incident": "INC-4", "into": "INC-3", "by": "ann", "why": "the same" }),
        ),
    ];
    let began = Timestamp::parse("2026-01-10T00:00:00Z").unwrap();
    let opened = journal::open(&night.path("night.journal"), "ann", Box::new(|_| {})).unwrap();
    let writer = opened.writer.unwrap();
    for (seq, (minutes, incident, fact)) in (1..).zip(facts) {
        let fact: Fact = serde_json::from_value(fact).unwrap();
        let at = began.plus(Duration::from_secs(minutes * 60));
        writer.append(Logged { seq, at, incident: incident.map(Into::into), fact });
    }
    writer.close();
    night
}

fn listed(night: &Night, filter: &[&str]) -> Vec<String> {
    let (code, document) = night.json(&[&["incident", "list", "--json"], filter].concat());
    assert_eq!(code, Some(0), "{filter:?}");
    let known = document["incidents"].as_array().unwrap();
    known.iter().map(|known| known["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_list_holds_what_the_filters_ask_for() {
    let night = year();
    assert_eq!(listed(&night, &[]), ["INC-4", "INC-3", "INC-2", "INC-1"]);
    assert_eq!(listed(&night, &["--open"]), ["INC-3"]);
    assert_eq!(listed(&night, &["--closed"]), ["INC-4", "INC-2", "INC-1"]);
    assert_eq!(listed(&night, &["--severity", "P0,p1"]), ["INC-2", "INC-1"]);
    assert_eq!(listed(&night, &["--kind", "security"]), ["INC-2"]);
    assert_eq!(listed(&night, &["--kind", "outage", "--closed"]), ["INC-4", "INC-1"]);
    // A date is a whole day, in UTC: INC-1 was declared two minutes after midnight.
    assert_eq!(listed(&night, &["--until", "2026-01-10"]), ["INC-1"]);
    assert_eq!(listed(&night, &["--since", "2026-01-10", "--until", "2026-02-28"]), ["INC-2", "INC-1"]);
    assert_eq!(listed(&night, &["--since", "2026-01-10T00:02:01Z", "--until", "2026-02-28"]), ["INC-2"]);
    assert_eq!(listed(&night, &["--until", "36500d"]), [] as [&str; 0]);
    // From an instant on, and before it: what was declared then is in the first.
    assert_eq!(listed(&night, &["--since", "2026-11-06T00:02:00Z"]), ["INC-4", "INC-3"]);
    assert_eq!(listed(&night, &["--until", "2026-11-06T00:02:00Z"]), ["INC-2", "INC-1"]);
    // In a title, in a summary, in a note; whatever the case.
    assert_eq!(listed(&night, &["--text", "SEARCH"]), ["INC-4", "INC-3"]);
    assert_eq!(listed(&night, &["--text", "nobody knows"]), ["INC-2", "INC-1"]);
    assert_eq!(listed(&night, &["--text", "replica lags"]), ["INC-1"]);
    let ran = night.run(&["incident", "list"]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].ends_with("search is slow as well (merged into INC-3)"), "{ran:?}");
    assert!(lines[1].contains("  open  search is slow"), "{ran:?}");
    assert!(lines[2].ends_with("a token leaked (security, reopened)"), "{ran:?}");
    assert_eq!(lines[3], "INC-1    P1  2026-01-10 00:02Z   38m00  baskets are lost");
    for wrong in
        [&["--since", "soon"][..], &["--severity", "P9"], &["--kind", "fire"], &["--open", "--closed"]]
    {
        assert_eq!(night.run(&[&["incident", "list"], wrong].concat()).code, Some(2), "{wrong:?}");
    }
    assert_eq!(
        night.run(&["incident", "list", "--text", "none such"]).err.trim(),
        "No such incident is in this journal."
    );
}

#[test]
fn stats_say_how_long_it_took_and_what_cries_wolf() {
    let night = year();
    let (code, stats) = night.json(&["incident", "stats", "--json"]);
    assert_eq!(code, Some(0));
    let minutes = |count: u64| json!(count * 60_000);
    assert_eq!(
        (&stats["declared"], &stats["open"], &stats["merged"], &stats["reopened"]),
        (&json!(4), &json!(1), &json!(1), &json!(1))
    );
    // One that was merged counts with the other alone.
    let all = &stats["all"];
    assert_eq!(all["incidents"], 3);
    assert_eq!(
        (&all["acknowledge"]["count"], &all["acknowledge"]["mean_ms"]),
        (&json!(2), &minutes(6)),
        "{all}"
    );
    assert_eq!((&all["recover"]["count"], &all["recover"]["mean_ms"]), (&json!(1), &minutes(30)), "{all}");
    assert_eq!(
        (&all["communicate"]["count"], &all["communicate"]["longest_ms"]),
        (&json!(1), &minutes(8)),
        "{all}"
    );
    // The last time that it was closed counts.
    assert_eq!(all["close"]["longest_ms"], minutes(90), "{all}");
    assert_eq!(all["contain"]["mean_ms"], Value::Null);
    let names = |groups: &Value| -> Vec<String> {
        groups.as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&stats["by_severity"]), ["P0", "P1", "P2"]);
    assert_eq!(names(&stats["by_month"]), ["2026-11", "2026-02", "2026-01"]);
    // Promised in ten minutes, posted after twenty.
    let updates = &stats["updates"];
    assert_eq!(
        (&updates["posts"], &updates["in_time"], &updates["late"]),
        (&json!(2), &json!(0), &json!(1)),
        "{updates}"
    );
    assert_eq!(updates["late_by"]["longest_ms"], minutes(10));
    let noise = &stats["noise"];
    assert_eq!((&noise["red"], &noise["led_to_an_incident"]), (&json!(2), &json!(1)), "{noise}");
    assert_eq!(noise["without_a_runbook"], json!(["api"]));
    let step = &stats["steps"][0];
    assert_eq!(
        (&step["done"], &step["skipped"], &step["took"]["mean_ms"]),
        (&json!(1), &json!(1), &minutes(3)),
        "{step}"
    );
    let (_, late) = night.json(&["incident", "stats", "--json", "--since", "2026-06-01"]);
    assert_eq!(
        (&late["declared"], &late["noise"]["red"], &late["steps"]),
        (&json!(2), &json!(1), &json!([])),
        "{late}"
    );
    let ran = night.run(&["incident", "stats"]);
    for part in [
        "4 incidents, 1 open, 1 merged into others, 1 reopened",
        "to acknowledge",
        "By severity",
        "By month",
        "promised updates: 0 in time, 1 late, by 10m00 in the median",
        "api  (no runbook mentions it)",
        "Tell #ops (runbook.md)",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in {}", ran.out);
    }
}

fn names(night: &Night) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> =
        fs::read_dir(night.home.path()).unwrap().map(|file| file.unwrap().path()).collect();
    names.sort();
    names
}

#[test]
fn the_record_of_an_incident_is_checked_and_read_elsewhere() {
    let night = year();
    let kept = journal::keep(&night.path("night.journal"), b"a trace\n", 100).unwrap();
    let opened = journal::open(&night.path("night.journal"), "ann", Box::new(|_| {})).unwrap();
    let at = opened.entries.last().unwrap().at;
    let fact =
        Fact::ArtifactKept { step: None, name: "trace.txt".into(), hash: kept, size: 8, by: "ann".into() };
    opened.writer.as_ref().unwrap().append(Logged {
        seq: opened.next(),
        at,
        incident: Some("INC-3".into()),
        fact,
    });
    drop(opened);

    let ran = night.run(&["incident", "export", "inc-3", "--output", "inc-3.jsonl"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("1 file that was kept is not in it: --with-artifacts"), "{ran:?}");
    let (code, written) =
        night.json(&["incident", "export", "--with-artifacts", "--output", "whole.jsonl", "--json"]);
    // The newest where none is named: INC-4, of which nothing was kept.
    assert_eq!(
        (code, &written["incident"], &written["artifacts"]),
        (Some(0), &json!("INC-4"), &json!(0)),
        "{written}"
    );
    let (_, written) =
        night.json(&["incident", "export", "INC-3", "--with-artifacts", "--output", "three.jsonl", "--json"]);
    assert_eq!((&written["artifacts"], &written["artifacts_named"]), (&json!(1), &json!(1)), "{written}");

    // Elsewhere, without journal and configuration.
    let elsewhere = Night::of("quiet");
    fs::copy(night.path("three.jsonl"), elsewhere.path("three.jsonl")).unwrap();
    let (code, checked) = elsewhere.json(&["incident", "verify", "three.jsonl", "--json"]);
    assert_eq!(
        (code, &checked["broken"], &checked["artifacts"]),
        (Some(0), &Value::Null, &json!(1)),
        "{checked}"
    );
    assert_eq!((&checked["seal"], &checked["entries"]), (&written["seal"], &written["entries"]), "{checked}");
    let ran = elsewhere.run(&["incident", "import", "three.jsonl"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("--journal FILE"), "{ran:?}");
    let ran = elsewhere.run(&["incident", "import", "three.jsonl", "--journal", "three.journal"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        elsewhere.run(&["incident", "import", "three.jsonl", "--journal", "three.journal"]).code,
        Some(4)
    );
    // With what was merged into it, and how the signals stood before.
    let mut incidents = listed(&elsewhere, &["--journal", "three.journal"]);
    incidents.sort();
    assert_eq!(incidents, ["INC-3", "INC-4"]);
    let ran = elsewhere.run(&["incident", "show", "INC-3", "--journal", "three.journal"]);
    assert!(ran.out.contains("search is slow") && ran.out.contains("trace.txt"), "{ran:?}");
    assert!(!ran.out.contains("baskets"), "nothing of another incident is in it: {ran:?}");
    let ran = elsewhere.run(&["incident", "verify", "--journal", "three.journal"]);
    assert!(ran.code == Some(0) && ran.out.contains("1 artifact, whole"), "{ran:?}");
    let before = fs::read(elsewhere.path("three.journal")).unwrap();
    let mut console = elsewhere.unawaited((100, 30), &["--journal", "three.journal"], &[]);
    console.wait_for_text("imported", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    assert_eq!(fs::read(elsewhere.path("three.journal")).unwrap(), before, "a console wrote into it");

    let text = fs::read_to_string(night.path("three.jsonl")).unwrap();
    elsewhere.write("altered.jsonl", &text.replacen("search is slow", "search is fast", 1));
    let (code, checked) = elsewhere.json(&["incident", "verify", "altered.jsonl", "--json"]);
    let broken = &checked["broken"];
    assert_eq!((code, &checked["seal"]), (Some(1), &Value::Null), "{checked}");
    assert!(broken["seq"].is_u64() && broken["line"].is_u64(), "{checked}");
    let ran = elsewhere.run(&["incident", "verify", "altered.jsonl"]);
    assert!(ran.out.starts_with("BROKEN at entry 22 (line "), "{ran:?}");
    let lines = names(&elsewhere);
    let ran = elsewhere.run(&["incident", "import", "altered.jsonl", "--journal", "altered.journal"]);
    assert!(ran.code == Some(1) && ran.err.contains("nothing was imported"), "{ran:?}");
    assert_eq!(names(&elsewhere), lines);
}

#[test]
fn a_backup_is_taken_while_the_console_writes_and_put_back() {
    let night = year();
    let mut console = night.console((100, 30), &[]);
    let ran = night.run(&["incident", "backup", "--output", "night.backup"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("with it: 0 artifacts"), "{ran:?}");
    assert_eq!(night.run(&["incident", "backup", "--output", "night.backup"]).code, Some(4));
    let ran = night.run(&["incident", "restore", "night.backup", "--replace"]);
    assert!(ran.code == Some(4) && ran.err.contains("writes this journal"), "{ran:?}");
    let ran = night.run(&["incident", "prune", "--before", "2026-06-01"]);
    assert!(ran.code == Some(4) && ran.err.contains("writes this journal"), "{ran:?}");
    console.key("n");
    console.wait_for_text("what happened", DEADLINE);
    console.send("too late for the backup\r");
    console.wait_for_text("too late for the backup", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    let ran = night.run(&["incident", "restore", "night.backup"]);
    assert!(ran.code == Some(4) && ran.err.contains("--replace keeps it beside"), "{ran:?}");
    let (code, restored) = night.json(&["incident", "restore", "night.backup", "--replace", "--json"]);
    assert_eq!(code, Some(0), "{restored}");
    assert_eq!(listed(&night, &["--text", "too late for the backup"]), [] as [&str; 0]);
    let before = restored["before"].as_str().unwrap();
    assert_eq!(listed(&night, &["--text", "too late for the backup", "--journal", before]).len(), 1);
    assert_eq!(night.run(&["incident", "verify"]).code, Some(0));
}

#[test]
fn what_is_old_and_over_is_left_out_and_the_list_stays() {
    let night = year();
    let ran = night.run(&["incident", "prune"]);
    assert!(ran.code == Some(2) && ran.err.contains("retention"), "{ran:?}");
    night.reconfigure("name = \"shop\"", "name = \"shop\"\nretention = 1");
    let before = fs::read(night.path("night.journal")).unwrap();
    let (code, would) = night.json(&["incident", "prune", "--dry-run", "--json"]);
    assert_eq!(
        (code, &would["dry_run"], &would["incidents"]),
        (Some(0), &json!(true), &json!(["INC-1", "INC-2"])),
        "{would}"
    );
    assert_eq!(would["kept"][0]["incident"], "INC-4", "{would}");
    assert_eq!(fs::read(night.path("night.journal")).unwrap(), before);
    let (list, stats) =
        (night.run(&["incident", "list"]).out, night.json(&["incident", "stats", "--json"]).1);
    let (code, pruned) = night.json(&["incident", "prune", "--json"]);
    assert_eq!((code, &pruned["entries"]), (Some(0), &would["entries"]), "{pruned}");
    assert_eq!(night.run(&["incident", "list"]).out, list);
    let (_, after) = night.json(&["incident", "stats", "--json"]);
    assert_eq!(
        (&after["all"], &after["by_month"], &after["updates"]),
        (&stats["all"], &stats["by_month"], &stats["updates"])
    );
    assert!(!night.run(&["incident", "show", "INC-1"]).out.contains("the replica lags"));
    let archive = pruned["archive"].as_str().unwrap();
    assert!(night.run(&["incident", "show", "INC-1", "--journal", archive]).out.contains("the replica lags"));
    let ran = night.run(&["incident", "verify"]);
    assert!(ran.code == Some(0) && ran.out.contains("left out), whole"), "{ran:?}");
    // A console goes on with it.
    let mut console = night.console((100, 30), &[]);
    console.wait_for_text("INC-3 P2", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    assert_eq!(night.run(&["incident", "verify"]).code, Some(0));
    let (_, again) = night.json(&["incident", "prune", "--json"]);
    assert_eq!(again["entries"], 0, "{again}");
}
