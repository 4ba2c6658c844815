//! `midwatch incident report` in each of its formats, on an incident that has everything: what is told, how it is told, and
//! that a text which somebody wrote is a text in each of them.

use std::path::PathBuf;
use std::process::{Command, Output};

use midwatch::domain::fact::Fact;
use midwatch::domain::ids::ClosingId;
use midwatch::domain::incident::{IncidentKind, Severity};
use midwatch::domain::reading::Health;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::canary::{HOSTILE, is_plain, is_plain_json};
use crate::support::story::{Story, at, keep_readings, plain, told};
use crate::support::terminal::MIDWATCH;

/// A journal that tells `story`, and what is run on it.
pub struct Record {
    home: TempDir,
}

impl Record {
    pub fn of(story: Story) -> Self {
        let home = TempDir::new().unwrap();
        story.write(&home.path().join("night.journal"));
        Self { home }
    }

    /// The same place with another story.
    pub fn with(self, story: Story) -> Self {
        for name in ["night.journal", "night.journal-wal", "night.journal-shm"] {
            drop(std::fs::remove_file(self.path(name)));
        }
        story.write(&self.path("night.journal"));
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        Command::new(MIDWATCH)
            .args(arguments)
            .arg("--journal")
            .arg(self.path("night.journal"))
            .current_dir(self.home.path())
            .env("HOME", self.home.path())
            .env_remove("MIDWATCH_CONFIG")
            .output()
            .unwrap()
    }

    fn report(&self, format: &str) -> String {
        let ran = self.run(&["incident", "report", "INC-1", "--format", format]);
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.report("json")).unwrap()
    }
}

/// What is wrong with `document` by the published schema.
fn misfits(document: &Value) -> Vec<String> {
    let schema = Command::new(MIDWATCH).args(["incident", "schema"]).output().unwrap();
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The lines of the timeline that say `text`.
fn lines<'a>(document: &'a Value, text: &str) -> Vec<&'a Value> {
    let said = |line: &&Value| line["text"].as_str().unwrap().contains(text);
    document["timeline"].as_array().unwrap().iter().filter(said).collect()
}

#[test]
fn a_report_tells_the_whole_incident() {
    let document = Record::of(plain()).json();
    assert_eq!(misfits(&document), Vec::<String>::new());
    let times = &document["times"];
    for (name, millis) in [
        ("declare_ms", 66_000),
        ("acknowledge_ms", 15_000),
        ("contain_ms", 44_000),
        ("communicate_ms", 152_000),
        ("mitigate_ms", 285_000),
        ("recover_ms", 760_000),
        ("close_ms", 840_000),
    ] {
        assert_eq!(times[name], millis, "{name}: {times}");
    }
    assert_eq!((&document["severity"], &document["phase"]), (&"P0".into(), &"closed".into()));
    assert_eq!(document["merged"][0]["incident"], "INC-2");
    let changes: Vec<&str> = document["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["what"].as_str().unwrap())
        .collect();
    assert_eq!(changes, ["declared P1", "P0", "closed", "reopened", "closed"]);
    // Down twice: from six seconds before the start, and after the first close.
    let api = &document["seen"][0];
    assert_eq!(
        (&api["signal"], &api["times"], &api["down_ms"]),
        (&"api".into(), &2.into(), &409_000.into()),
        "{api}"
    );
    let lanes: Vec<&str> =
        document["lanes"].as_array().unwrap().iter().map(|lane| lane["signal"].as_str().unwrap()).collect();
    assert_eq!(lanes, ["api", "checkout"], "web was well all the time, and unknown only before it was asked");
    assert_eq!(
        document["lanes"][0]["segments"][0]["from"], "2026-11-21T14:18:00.000Z",
        "the release before it is seen"
    );
    assert_eq!(document["switched"][0]["action"], "maintenance-mode");
    assert_eq!(document["hypotheses"][0]["standing"], "confirmed");
    assert_eq!(document["hypotheses"][1]["standing"], "ruled-out");
    assert_eq!(document["rollbacks"][0]["outcome"], "in effect");
    assert_eq!(document["windows"][0]["verdict"], "GO");
    assert_eq!(document["posts"][0]["link"], "https://team.example.com/archives/C1/p17");
    assert_eq!(document["posts"][1]["outcome"], "copied");
    let owed: Vec<&str> =
        document["owed"].as_array().unwrap().iter().map(|owed| owed["state"].as_str().unwrap()).collect();
    assert_eq!(owed, ["discharged", "waived", "open"]);
    assert_eq!(document["waived"][0]["by"], "the commander");
    assert_eq!(document["follow_ups"][0]["state"], "done", "it was done after the close");
    let late = &document["late"][0];
    assert_eq!(late["text"], "the first update is due");
    assert_eq!(
        (&late["at"], &late["until"]),
        (&"2026-11-21T14:23:15.000Z".into(), &"2026-11-21T14:23:32.000Z".into())
    );
    assert_eq!(document["late"].as_array().unwrap().len(), 1, "what rings was late before: it is told once");
    let settled: Vec<[&Value; 4]> = document["deadlines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| ["text", "done", "after_ms", "by"].map(|name| &one[name]))
        .collect();
    assert_eq!(
        serde_json::json!(settled),
        serde_json::json!([
            ["notify legal", true, 900_000, "ann"],
            ["security audit", false, 905_000, "the commander"]
        ])
    );
    assert_eq!(document["patches"].as_array().unwrap().len(), 2);
    assert_eq!(document["plans"][0]["phases"][0]["took_ms"], 80_000);
    assert_eq!(document["unmentioned"], serde_json::json!(["checkout"]));
    let request = document["actions"][0]["request"].to_string();
    assert!(request.contains("PUT https://edge.example.com/flags/maintenance"), "{request}");
    assert!(request.contains("Bearer ‹env EDGE_TOKEN›"), "{request}");
    let gates = &document["actions"][2];
    assert_eq!((&gates["outcome"], &gates["output"]["left_out"]), (&"without success".into(), &28.into()));
    assert_eq!(gates["output"]["tail"][5], "gate 40 ok");
    let labels: Vec<&str> =
        document["marks"].as_array().unwrap().iter().map(|mark| mark["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["D1", "I1", "A1", "D2", "A2", "I2", "A3", "I3", "I4", "I5"], "{}", document["marks"]);
    let figures: Vec<&str> =
        document["figures"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert_eq!(figures, ["Errors", "Undelivered events"]);
}

/// An alert that looks back fades out long after the mending: who explains it at the close still has a time to recover.
#[test]
fn what_was_explained_at_the_close_does_not_hide_when_the_rest_had_recovered() {
    let recovers = |explained: &[(i64, &str)], again: Option<i64>| {
        let mut story = Story::default();
        for signal in ["api", "error-spike"] {
            story.settles(-60, signal, Health::Blind, Health::Ok, "");
            story.settles(0, signal, Health::Ok, Health::Down, "");
        }
        story.during = Some("INC-1");
        let declared = Fact::IncidentDeclared {
            incident: "INC-1".into(),
            severity: Severity::P1,
            title: "api is down".into(),
            by: "ann".into(),
            kind: IncidentKind::Outage,
            signal: Some("api".into()),
            began: Some(at(0)),
        };
        story.put(10, declared);
        story.settles(100, "api", Health::Down, Health::Ok, "");
        for (seconds, signal) in explained {
            let reason = Fact::ClosingWaived {
                incident: "INC-1".into(),
                item: ClosingId::of_signal(&(*signal).into()),
                text: format!("{signal} is down"),
                by: "ann".into(),
                reason: "it counts what was before".into(),
            };
            story.put(*seconds, reason);
        }
        if let Some(seconds) = again {
            story.settles(seconds, "error-spike", Health::Down, Health::Degraded, "");
        }
        let closed =
            Fact::IncidentClosed { incident: "INC-1".into(), by: "ann".into(), summary: "restarted".into() };
        story.put(200, closed);
        story.during = None;
        story.settles(500, "error-spike", Health::Down, Health::Ok, "");
        Record::of(story).json()["times"]["recover_ms"].clone()
    };
    assert_eq!(recovers(&[(150, "error-spike")], None), 90_000);
    assert_eq!(recovers(&[], None), Value::Null, "nobody explained it");
    assert_eq!(recovers(&[(150, "api")], None), Value::Null, "something else was explained");
    assert_eq!(
        recovers(&[(150, "error-spike")], Some(160)),
        Value::Null,
        "it was explained before it turned again"
    );
}

#[test]
fn the_timeline_has_two_lanes_and_what_was_written_later_stands_where_it_happened() {
    let document = Record::of(plain()).json();
    let note = lines(&document, "two customers called")[0];
    assert_eq!(note["at"], "2026-11-21T14:20:30.000Z");
    assert_eq!(note["written"], "2026-11-21T14:22:30.000Z");
    assert_eq!(note["lane"], "people");
    let at = |text: &str| {
        let all = document["timeline"].as_array().unwrap();
        all.iter().position(|line| line["text"].as_str().unwrap().contains(text)).unwrap()
    };
    assert!(at("two customers called") < at("declared INC-1"), "it is told before what came after it");
    assert_eq!(lines(&document, "▲ ok → degraded")[0]["lane"], "systems");
    assert_eq!(lines(&document, "three tickets")[0]["of"], "INC-2");
    assert!(lines(&document, "● blind → ok").is_empty(), "what was long before is not told");
}

#[test]
fn nobody_is_judged() {
    let record = Record::of(plain());
    for format in ["markdown", "html", "json"] {
        let text = record.report(format);
        for word in ["failed to", "fault of", "blame", "NOT IN EFFECT", "missed", "should have"] {
            assert!(!text.contains(word), "{format} says {word:?}");
        }
    }
    let document = record.json();
    let skipped = lines(&document, "left out: Inspect log drain")[0];
    assert_eq!(skipped["who"], "operations", "{skipped}");
    assert_eq!(lines(&document, "went on although")[0]["who"], "operations");
    assert_eq!(lines(&document, "the first update is due")[0]["who"], "reminder");
    assert_eq!(
        lines(&document, "maintenance-mode: on (R-1)")[0]["who"],
        "ann",
        "who did what is said by name"
    );
    let step = document["steps"].as_array().unwrap().iter().find(|step| step["state"] == "skipped").unwrap();
    assert_eq!((&step["by"], &step["took_ms"]), (&"operations".into(), &5_000.into()));
}

#[test]
fn hostile_text_is_text_in_every_format() {
    // What each language would obey, and what a terminal would.
    let evil = format!(
        "<img src=x onerror=alert(1)>{HOSTILE}</pre></style><script>alert(2)</script>{{{{ 7*7 }}}}**b** `c` | d [e](javascript:alert(3)) ![f](https://evil.example/x.png)"
    );
    let record = Record::of(told(&|text| format!("{text} {evil}")));
    let document = record.report("json");
    is_plain_json(&document);
    assert_eq!(misfits(&serde_json::from_str(&document).unwrap()), Vec::<String>::new());

    let html = record.report("html");
    is_plain(&html);
    for bad in ["<img", "<script", "javascript:alert(3)\"", "href=\"javascript", "49", "</pre></style>"] {
        let found = html.match_indices(bad).find(|(at, _)| bad != "49" || html[*at - 1..].starts_with("!49"));
        assert!(
            found.is_none(),
            "{bad}: {:?}",
            found.map(|(at, _)| &html[at.saturating_sub(80)..(at + 80).min(html.len())])
        );
    }
    assert_eq!(html.matches("</style>").count(), 1);
    assert!(html.contains("&lt;script&gt;alert(2)"), "nothing of it was kept: the test looks at nothing");

    let markdown = record.report("markdown");
    is_plain(&markdown);
    let events: Vec<pulldown_cmark::Event<'_>> =
        pulldown_cmark::Parser::new_ext(&markdown, pulldown_cmark::Options::ENABLE_TABLES).collect();
    for event in events {
        use pulldown_cmark::{Event, Tag};
        match event {
            Event::Html(html) | Event::InlineHtml(html) => panic!("Markdown says {html:?}"),
            Event::Start(Tag::Image { dest_url, .. }) => panic!("Markdown shows {dest_url}"),
            Event::Start(Tag::Link { dest_url, .. }) => panic!("Markdown links to {dest_url}"),
            Event::Start(Tag::Strong | Tag::Emphasis) | Event::Code(_) => panic!("Markdown obeys {event:?}"),
            _ => {}
        }
    }
    assert!(markdown.contains("\\<script\\>alert(2)"), "nothing of it was kept: the test looks at nothing");
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let record = Record::of(plain());
    let ran = record.run(&["incident", "report", "--format", "html", "--output", "report.html"]);
    assert!(ran.status.success() && ran.stdout.is_empty(), "{ran:?}");
    let written = std::fs::read_to_string(record.path("report.html")).unwrap();
    // The newest is meant where none is given.
    assert!(written.contains("<title>INC-2 · payments fail</title>"), "{}", &written[..600]);
    assert!(written.trim_end().ends_with("</html>"));
    let ran = record.run(&["incident", "report", "--output", "no/such/place.md"]);
    assert_eq!(ran.status.code(), Some(1), "{ran:?}");
    assert!(String::from_utf8_lossy(&ran.stderr).contains("no/such/place.md"), "{ran:?}");
    let ran = record.run(&["incident", "report", "INC-9"]);
    assert_eq!(ran.status.code(), Some(2), "{ran:?}");
    assert!(String::from_utf8_lossy(&ran.stderr).contains("no incident is called INC-9"), "{ran:?}");
}

#[test]
fn what_was_merged_away_says_where_it_is_told() {
    let record = Record::of(plain());
    let ran = record.run(&["incident", "report", "INC-2", "--json"]);
    let document: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(misfits(&document), Vec::<String>::new());
    assert_eq!((&document["phase"], &document["merged_into"]), (&"merged".into(), &"INC-1".into()));
}

#[test]
fn every_field_of_the_schema_is_described() {
    fn walk(value: &Value, at: &str, missing: &mut Vec<String>) {
        if let Some(properties) = value["properties"].as_object() {
            for (name, property) in properties {
                if property["description"].as_str().is_none_or(str::is_empty) {
                    missing.push(format!("{at}.{name}"));
                }
            }
            assert_eq!(value["additionalProperties"], false, "{at}");
        }
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| walk(value, &format!("{at}.{name}"), missing))
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, at, missing)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let ran = Command::new(MIDWATCH).args(["incident", "schema"]).output().unwrap();
    let schema: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let mut missing = Vec::new();
    walk(&schema, "", &mut missing);
    assert_eq!(missing, Vec::<String>::new());
    assert_eq!(String::from_utf8(ran.stdout).unwrap(), include_str!("../../docs/incident.schema.json"));
}

/// The curve of `name` in the figure called `title`: seconds from the start, and how much.
fn curve(document: &Value, title: &str, name: &str) -> Vec<(f64, f64)> {
    let figure = document["figures"].as_array().unwrap().iter().find(|one| one["title"] == title);
    let figure = figure.unwrap_or_else(|| panic!("no {title}: {}", document["figures"]));
    let curve = figure["curves"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
    let start = chrono::DateTime::parse_from_rfc3339(&at(0).rfc3339()).unwrap();
    let seconds = |point: &Value| {
        let at = chrono::DateTime::parse_from_rfc3339(point[0].as_str().unwrap()).unwrap();
        (f64::from(i32::try_from((at - start).num_seconds()).unwrap()), point[1].as_f64().unwrap())
    };
    curve["points"].as_array().unwrap().iter().map(seconds).collect()
}

#[test]
fn what_was_measured_is_drawn_from_before_the_incident_until_after_it() {
    let record = Record::of(plain());
    let facts = record.json();
    keep_readings(&record.path("night.journal"));
    let document = record.json();
    assert_eq!(misfits(&document), Vec::<String>::new());
    let latency = curve(&document, "Latency", "api");
    // A quarter of an hour on either side: it began at -6 s, and was closed for good at 900 s.
    let (first, last) = (latency[0].0, latency[latency.len() - 1].0);
    assert!((-910.0..-895.0).contains(&first), "{first}");
    assert!((1_790.0..=1_810.0).contains(&last), "{last}");
    let worst = latency.iter().copied().max_by(|one, other| one.1.total_cmp(&other.1)).unwrap();
    assert!((0.0..110.0).contains(&worst.0) && (worst.1 - 2_400.0).abs() < 0.1, "{worst:?}");
    assert!(latency.iter().any(|(_, millis)| (millis - 700.0).abs() < 0.1), "{latency:?}");
    assert!(!latency.iter().any(|(at, _)| (110.0..390.0).contains(at)), "what did not answer took no time");
    for (at, share) in curve(&document, "Errors", "api") {
        let down = if (110.0..390.0).contains(&at) { 100.0 } else { 0.0 };
        assert!((95.0..=400.0).contains(&at) || (share - down).abs() < 0.1, "{at}: {share}");
    }
    let waiting = curve(&document, "Undelivered events", "stripe");
    let most = waiting.iter().map(|(_, count)| *count).fold(0.0, f64::max);
    assert!((most - 30.0).abs() < 0.1, "{waiting:?}");
    assert!(!curve(&document, "Undelivered events", "counted by calls").is_empty(), "they are one figure");
    // What users saw is counted until the close, as without them.
    for field in ["seen", "measures", "times", "timeline"] {
        assert_eq!(document[field], facts[field], "{field}");
    }
    let html = record.report("html");
    for title in ["Latency", "Errors", "Undelivered events"] {
        assert!(html.contains(&format!("<strong>{title}</strong>")), "{title}");
    }
}

#[test]
fn readings_that_cannot_be_read_take_nothing_but_their_charts() {
    let record = Record::of(plain());
    let facts = record.report("json");
    let readings = record.path("night.journal.readings");
    // Somebody else's database, and no database.
    let foreign = rusqlite::Connection::open(&readings).unwrap();
    foreign.execute_batch("PRAGMA application_id = 7; CREATE TABLE theirs (x)").unwrap();
    drop(foreign);
    for damaged in [None, Some("x".repeat(9_000))] {
        if let Some(text) = damaged {
            crate::support::night::write(&readings, &text);
        }
        let before = std::fs::read(&readings).unwrap();
        let ran = record.run(&["incident", "report", "INC-1", "--format", "json"]);
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{said}");
        assert!(said.contains("night.journal.readings") && said.contains("the facts alone"), "{said}");
        assert_eq!(String::from_utf8(ran.stdout).unwrap(), facts);
        assert_eq!(std::fs::read(&readings).unwrap(), before, "a report writes nothing there");
    }
}
