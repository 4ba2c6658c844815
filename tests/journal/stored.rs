//! Journals of earlier versions: each opens, holds, folds to the same watch, and is listed and reported as ever.
//!
//! `tests/journal/stored/` holds one for each vocabulary that was released: a journal as that version wrote it, what it
//! was made from, and what it says. They are never changed. A new one is written by
//! `UPDATE_STORED=name cargo test --test journal says_what_it_said` from `name.jsonl`, once a fact or a field has come.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::time::Timestamp;
use midwatch::journal::{self, Mode};
use midwatch::report::{self, Filter};
use midwatch::state::Watch;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Desk, open};

fn stored() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journal/stored")
}

/// The names of those that are stored.
fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(stored())
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// The lines that a journal is made from: when, in which incident, and the text of the fact.
fn lines(name: &str) -> Vec<(String, Option<String>, String)> {
    let text = fs::read_to_string(stored().join(format!("{name}.jsonl"))).unwrap();
    text.lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let text = |value: &Value| value.as_str().map(str::to_owned);
            (text(&line["at"]).unwrap(), text(&line["incident"]), line["body"].to_string())
        })
        .collect()
}

/// Writes a journal as any version has written it: by the recipe at the head of the floor, and with no type of ours.
fn write(name: &str, path: &Path) {
    drop(open(path));
    let connection = Connection::open(path).unwrap();
    let mut previous = "0".repeat(64);
    for (seq, (at, incident, body)) in (1_i64..).zip(lines(name)) {
        let kind = serde_json::from_str::<Value>(&body).unwrap()["fact"].as_str().unwrap().to_owned();
        let number = seq.to_string();
        let fields = [
            Some(previous.as_str()),
            Some(&number),
            Some(&at),
            incident.as_deref(),
            Some(&kind),
            Some(&body),
        ];
        let mut digest = Sha256::new();
        for field in fields {
            digest.update(field.map_or(u64::MAX, |field| field.len() as u64).to_be_bytes());
            digest.update(field.unwrap_or_default());
        }
        let hash = hex::encode(digest.finalize());
        connection
            .execute(
                "INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![seq, at, incident, kind, body, previous, hash],
            )
            .unwrap();
        connection.execute("UPDATE head SET seq = ?1, hash = ?2", params![seq, hash]).unwrap();
        previous = hash;
    }
    connection.query_row("PRAGMA journal_mode = delete", [], |_| Ok(())).unwrap();
    connection.execute_batch("VACUUM").unwrap();
}

fn fold(entries: &[Logged]) -> Watch {
    let mut watch = Watch::default();
    entries.iter().for_each(|entry| watch.apply(entry));
    watch
}

/// What a journal says, in words that stay: what a watch is and a report has may grow.
fn told(entries: &[Logged]) -> Value {
    let watch = fold(entries);
    let stats = report::stats(entries, &Filter::default());
    let incident = |summary: &report::Summary| {
        json!({
            "id": summary.id, "severity": summary.severity, "kind": summary.kind, "title": summary.title,
            "declared": summary.declared, "acknowledged": summary.acknowledged, "closed": summary.closed,
            "merged": summary.merged, "reopened": summary.reopened, "summary": summary.summary,
        })
    };
    json!({
        "seq": watch.seq,
        "incidents": report::incidents(entries).iter().map(incident).collect::<Vec<_>>(),
        "signals": watch.signals.iter()
            .map(|(id, known)| format!("{id} {} since {} {}", known.health.word(), known.since, known.detail))
            .collect::<Vec<_>>(),
        "runs": watch.runs.iter()
            .map(|run| format!("{} {} {} {:?}", run.id, run.action, run.risk.word(), run.state))
            .collect::<Vec<_>>(),
        "steps": watch.steps.iter()
            .map(|((incident, step), mark)| format!("{incident:?} {} {} {}", step.step, mark.state.word(), mark.by))
            .collect::<Vec<_>>(),
        "owed": watch.owed().iter().map(|owed| owed.text.clone()).collect::<Vec<_>>(),
        "windows": watch.windows.len(), "rollbacks": watch.rollbacks.len(), "gates": watch.gates.len(),
        "duties": watch.duties.iter().map(|owed| format!("{:?}", owed.state)).collect::<Vec<_>>(),
        "place": watch.place.as_ref().map(|step| step.step.clone()),
        "red": stats.noise.red, "posts": stats.updates.posts, "marked": stats.steps.len(),
    })
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a stored journal is written only where that was asked for")]
fn every_stored_journal_opens_holds_and_says_what_it_said() {
    let wanted = std::env::var("UPDATE_STORED").unwrap_or_default();
    let names = names();
    assert!(names.len() >= 3, "{names:?}");
    for name in names {
        let (file, summary) =
            (stored().join(format!("{name}.journal")), stored().join(format!("{name}.json")));
        if wanted.split(',').any(|wanted| wanted == name) {
            let desk = Desk::new();
            write(&name, &desk.path());
            fs::copy(desk.path(), &file).unwrap();
            let entries = journal::read(&file).unwrap().entries;
            fs::write(&summary, format!("{:#}\n", told(&entries))).unwrap();
        }
        let written = lines(&name).len();
        let verified = journal::verify(&file).unwrap();
        assert_eq!((verified.entries, &verified.broken), (written as u64, &None), "{name}");
        let contents = journal::read(&file).unwrap();
        assert_eq!(contents.unreadable, [], "{name}");
        for summary in report::incidents(&contents.entries) {
            let timeline = report::timeline(Some(&summary), &contents.entries);
            assert!(timeline.len() > 5 && timeline[0].contains(&summary.title), "{name}: {timeline:#?}");
        }
        let said: Value = serde_json::from_str(&fs::read_to_string(&summary).unwrap()).unwrap();
        let now = told(&contents.entries);
        assert_eq!(now, said, "{name} says something else now:\n{now:#}");
    }
}

/// A console of this version goes on where the one before left.
#[test]
fn a_stored_journal_is_gone_on_with() {
    for name in names() {
        let desk = Desk::new();
        fs::copy(stored().join(format!("{name}.journal")), desk.path()).unwrap();
        let (opened, answers) = open(&desk.path());
        assert_eq!(opened.mode, Mode::Writing, "{name}");
        let next = opened.next();
        opened.writer.as_ref().unwrap().append(crate::support::entry(next));
        crate::support::logged(&answers, next);
        drop(opened);
        let verified = journal::verify(&desk.path()).unwrap();
        assert_eq!((verified.entries, verified.broken), (next, None), "{name}");
    }
}

/// What is read of an old fact and written anew says the same.
#[test]
fn facts_survive_being_written_anew() {
    for name in names() {
        for (at, _, body) in lines(&name) {
            let fact: Fact = serde_json::from_str(&body).unwrap();
            let again: Fact = serde_json::from_str(&serde_json::to_string(&fact).unwrap()).unwrap();
            assert_eq!(again, fact, "{name}: {at}");
            assert!(Timestamp::parse(&at).is_some(), "{name}: {at}");
        }
    }
}

/// A fact that no stored journal has is one whose change nobody would notice.
#[test]
fn every_kind_of_fact_is_in_a_stored_journal() {
    let source =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain/fact.rs")).unwrap();
    let file = syn::parse_file(&source).unwrap();
    let kinds = file.items.iter().find_map(|item| match item {
        syn::Item::Enum(found) if found.ident == "Fact" => Some(&found.variants),
        _ => None,
    });
    let kinds: BTreeSet<String> = kinds.unwrap().iter().map(|kind| kebab(&kind.ident.to_string())).collect();
    let stored: BTreeSet<String> = names()
        .iter()
        .flat_map(|name| lines(name))
        .map(|(.., body)| serde_json::from_str::<Value>(&body).unwrap()["fact"].as_str().unwrap().to_owned())
        .collect();
    let missing: Vec<&String> = kinds.difference(&stored).collect();
    assert!(missing.is_empty(), "write a journal with these (see the head of this file): {missing:?}");
    assert!(stored.is_subset(&kinds), "a fact was renamed or removed: {:?}", stored.difference(&kinds));
}

fn kebab(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// What a console is opened with is what it would have lived through.
#[test]
fn a_replay_is_the_same_as_one_fact_after_the_other() {
    for count in [0, 1, 1_999, 2_000, 2_001, 3_100, 9_000] {
        let entries = crate::support::entries(count);
        let mut watch = Watch::default();
        watch.replay(&entries);
        assert_eq!(watch, fold(&entries), "{count}");
    }
}
