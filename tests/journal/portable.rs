//! A record of a part of a journal, checked without it: what was done to the file is found at its first line.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use midwatch::journal::{self, Exported, Fault, Mode, RecordError, Wanted};
use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Desk, entries, open};

/// What is wanted of INC-1: in the entries of the support, every second one.
fn wanted(artifacts: &[String]) -> Wanted {
    Wanted {
        incident: Some("INC-1".into()),
        incidents: BTreeSet::from(["INC-1".to_owned()]),
        entries: BTreeSet::from([3]),
        artifacts: artifacts.to_vec(),
        by: "ann".into(),
        at: "2026-11-21T14:40:00.000Z".into(),
    }
}

fn exported(desk: &Desk, wanted: &Wanted) -> (PathBuf, Exported) {
    let record = desk.directory.path().join("record.jsonl");
    let exported = journal::export(&desk.path(), &record, wanted).unwrap();
    (record, exported)
}

fn lines(record: &Path) -> Vec<String> {
    fs::read_to_string(record).unwrap().lines().map(str::to_owned).collect()
}

#[expect(clippy::disallowed_methods, reason = "nothing is lost if a test is stopped half-way")]
fn put(record: &Path, content: impl AsRef<[u8]>) {
    fs::write(record, content).unwrap();
}

fn put_lines(record: &Path, lines: &[String]) {
    put(record, lines.join("\n") + "\n");
}

fn number(line: usize) -> u64 {
    u64::try_from(line).unwrap()
}

fn fault(record: &Path) -> Fault {
    journal::examine(record).unwrap().fault.expect("it does not hold")
}

#[test]
fn a_record_holds_elsewhere_and_becomes_a_journal_that_is_only_read() {
    let desk = Desk::with(11);
    let hash = journal::keep(&desk.path(), &vec![7; 3 * 1024 * 1024], u64::MAX).unwrap();
    let empty = journal::keep(&desk.path(), b"", u64::MAX).unwrap();
    let (record, written) = exported(&desk, &wanted(&[hash.clone(), empty.clone()]));
    assert_eq!((written.entries, written.left_out, written.artifacts), (6, 4, 2));
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = elsewhere.path().join("inc-1.jsonl");
    fs::copy(&record, &moved).unwrap();
    drop(desk);
    let examined = journal::examine(&moved).unwrap();
    assert_eq!(examined.fault, None);
    assert_eq!((examined.entries, examined.left_out, examined.artifacts, examined.last), (6, 4, 2, 10));
    assert_eq!(examined.seal, written.seal);
    assert_eq!((examined.about.last, examined.about.incident.as_deref()), (11, Some("INC-1")));

    let imported = elsewhere.path().join("imported.journal");
    assert_eq!(journal::import(&moved, &imported).unwrap(), examined);
    let contents = journal::read(&imported).unwrap();
    let meant: Vec<_> =
        entries(10).into_iter().filter(|entry| entry.seq % 2 == 0 || entry.seq == 3).collect();
    assert_eq!(contents.entries, meant);
    assert!(contents.imported.unwrap().contains("INC-1 of elevated-production.journal, from inc-1.jsonl"));
    let verified = journal::verify(&imported).unwrap();
    assert_eq!((verified.entries, verified.left_out, verified.broken), (6, 4, None));
    assert_eq!(verified.head, examined.head);
    for hash in [&hash, &empty] {
        assert_eq!(journal::look(&imported, hash), Ok(()));
    }
    // A console looks on, and writes nothing.
    let before = fs::read(&imported).unwrap();
    let (opened, _) = open(&imported);
    assert!(opened.writer.is_none());
    assert!(matches!(&opened.mode, Mode::ReadOnly(why) if why.contains("imported")), "{:?}", opened.mode);
    assert_eq!(opened.entries, meant);
    drop(opened);
    assert_eq!(fs::read(&imported).unwrap(), before);
    // What was imported is exported again, and its entries are the same.
    let again = elsewhere.path().join("again.jsonl");
    let second =
        journal::export(&imported, &again, &Wanted { artifacts: Vec::new(), ..wanted(&[]) }).unwrap();
    assert_eq!((second.entries, second.left_out), (6, 4));
    let kept = |record: &Path| -> Vec<String> {
        lines(record).into_iter().filter(|line| line.contains("\"line\":\"entry\"")).collect()
    };
    assert_eq!(kept(&again), kept(&moved));
}

#[test]
fn nothing_is_written_over_and_nothing_is_left_half() {
    let desk = Desk::with(4);
    let names = |desk: &Desk| {
        let mut names: Vec<_> =
            fs::read_dir(desk.directory.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let (record, _) = exported(&desk, &wanted(&[]));
    let before = (names(&desk), fs::read(&record).unwrap());
    let again = journal::export(&desk.path(), &record, &wanted(&[])).unwrap_err();
    assert!(matches!(again, RecordError::There(_)), "{again}");
    let there = journal::import(&record, &desk.path()).unwrap_err();
    assert!(matches!(there, RecordError::There(_)), "{there}");
    let other = desk.directory.path().join("other");
    let missing = journal::export(&desk.path(), &other, &wanted(&["ab".repeat(32)])).unwrap_err();
    assert!(missing.to_string().contains("missing; nothing was written"), "{missing}");
    let nobody = Wanted { incident: Some("INC-9".into()), ..Wanted::default() };
    assert!(matches!(journal::export(&desk.path(), &other, &nobody), Err(RecordError::Empty(_))));
    assert_eq!((names(&desk), fs::read(&record).unwrap()), before);

    desk.forger().execute("UPDATE entries SET body = '{}' WHERE seq = 2", []).unwrap();
    let broken = journal::export(&desk.path(), &other, &wanted(&[])).unwrap_err();
    assert!(broken.to_string().contains("entry 2 does not hold"), "{broken}");
    assert!(!other.exists());
}

#[test]
fn a_kind_of_a_newer_version_goes_with_it() {
    let desk = Desk::with(4);
    Connection::open(desk.path()).unwrap().query_row("PRAGMA journal_mode = delete", [], |_| Ok(())).unwrap();
    let (record, _) = exported(&desk, &wanted(&[]));
    let mut all = lines(&record);
    let at = all.iter().position(|line| line.contains("\"seq\":4")).unwrap();
    // Sealed by its own recipe, as the newer version does.
    let mut entry: Value = serde_json::from_str(&all[at]).unwrap();
    entry["kind"] = "moon-landed".into();
    entry["body"] = r#"{"fact":"moon-landed"}"#.into();
    let text = |name: &str| entry[name].as_str().unwrap().to_owned();
    let mut fields = Vec::new();
    for field in [text("previous"), "4".into(), text("at"), text("incident"), text("kind"), text("body")] {
        fields.extend((field.len() as u64).to_be_bytes());
        fields.extend(field.bytes());
    }
    entry["hash"] = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&fields)).into();
    let mut about: Value = serde_json::from_str(&all[0]).unwrap();
    about["head"] = entry["hash"].clone();
    (all[0], all[at]) = (about.to_string(), entry.to_string());
    reseal(&mut all);
    put_lines(&record, &all);
    let imported = desk.directory.path().join("imported.journal");
    assert_eq!(journal::import(&record, &imported).unwrap().entries, 3);
    let contents = journal::read(&imported).unwrap();
    assert_eq!(contents.unreadable.len(), 1);
    assert!(contents.unreadable[0].1.contains("moon-landed"), "{:?}", contents.unreadable);
}

/// Puts the right seal at the end of what was altered.
fn reseal(lines: &mut [String]) {
    let last = lines.len() - 1;
    let text = lines[..last].join("\n") + "\n";
    let seal = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(text.as_bytes()));
    lines[last] = format!("{{\"line\":\"end\",\"lines\":{last},\"seal\":\"{seal}\"}}");
}

/// Somebody who seals anew what he altered is found by the chain, as far as it goes.
#[test]
fn a_new_seal_does_not_cover_an_altered_entry() {
    let desk = Desk::with(11);
    let (record, _) = exported(&desk, &wanted(&[]));
    let whole = lines(&record);
    for at in 1..whole.len() - 1 {
        let mut altered = whole.clone();
        let line: Value = serde_json::from_str(&whole[at]).unwrap();
        altered[at] = if line["line"] == "entry" {
            whole[at].replacen("\\\"fact\\\":\\\"", "\\\"fact\\\":\\\"x", 1)
        } else {
            let mut line = line;
            line["hash"] = "ab".repeat(32).into();
            line.to_string()
        };
        assert_ne!(altered[at], whole[at]);
        reseal(&mut altered);
        put_lines(&record, &altered);
        // What is said of entries that are left out is held against the entry behind them.
        let expected = if whole[at].contains("left-out") { at + 2 } else { at + 1 };
        assert_eq!(fault(&record).line, number(expected), "line {}", at + 1);
    }
}

#[test]
fn hostile_files_are_refused_in_words() {
    let desk = Desk::with(6);
    let hash = journal::keep(&desk.path(), b"a trace\n", 100).unwrap();
    let (record, _) = exported(&desk, &wanted(&[hash]));
    let whole = fs::read_to_string(&record).unwrap();
    let into = desk.directory.path().join("imported.journal");
    let refused = |content: &[u8]| {
        put(&record, content);
        let examined = journal::examine(&record).map(|examined| examined.fault.expect("it is not whole"));
        let why = examined.map_or_else(|error| error.to_string(), |fault| fault.to_string());
        let imported = journal::import(&record, &into).unwrap_err().to_string();
        assert!(
            imported.contains("nothing was imported") || imported.contains("record.jsonl:1: "),
            "{imported}"
        );
        assert!(!into.exists() && !why.contains('\n'), "{why}");
        why
    };
    assert!(refused(b"").contains("it is empty"));
    assert!(refused(b"{").contains("ends in its first line"));
    assert!(refused(b"notes\n").contains("no JSON"));
    assert!(refused(b"{\"line\":\"entry\"}\n").contains("does not say so"));
    assert!(refused(&[0xff, 0xfe, b'\n']).contains("no JSON"));
    let newer = whole.replacen("\"format\":1", "\"format\":2", 1);
    assert!(refused(newer.as_bytes()).contains("format 2, this one knows 1"));
    let longer = whole.replacen("\"format\":1", "\"format\":1,\"more\":1", 1);
    assert!(refused(longer.as_bytes()).contains("no record"));
    let mut bytes = whole.clone().into_bytes();
    let third = whole.match_indices('\n').nth(1).unwrap().0 + 20;
    bytes[third] = 0xff;
    assert!(refused(&bytes).starts_with("line 3: this line is not UTF-8"), "{}", refused(&bytes));
    assert!(refused(&[whole.as_bytes(), b"\n"].concat()).contains("behind the last line"));
    assert!(refused(&[whole.as_bytes(), &whole.as_bytes()[..30]].concat()).contains("behind the last line"));
    let number = whole.replacen("\"seq\":2", "\"seq\":-2", 1);
    assert!(refused(number.as_bytes()).contains("this line was altered"));
    let huge = whole.replacen("\"last\":1,", "\"last\":18446744073709551615,", 1);
    assert!(refused(huge.as_bytes()).contains("left out here was altered"), "{}", refused(huge.as_bytes()));
    let deep = format!("{}\n{}\n", whole.lines().next().unwrap(), "[".repeat(100_000));
    assert!(refused(deep.as_bytes()).starts_with("line 2: this line was altered"));
    let long = format!("{}\n{}", whole.lines().next().unwrap(), "a".repeat(33 * 1024 * 1024));
    assert!(refused(long.as_bytes()).contains("longer than any"));
    let artifact = whole.replacen("\"content\":\"", "\"content\":\"AAAA", 1);
    assert!(refused(artifact.as_bytes()).contains("does not hold what its hash says"));
    #[cfg(unix)]
    {
        let why = journal::examine(Path::new("/dev/zero")).unwrap_err().to_string();
        assert!(why.contains("no ordinary file"), "{why}");
    }
}

/// What a line says of entries that are left out.
struct LeftOut {
    first: u64,
    last: u64,
}

impl LeftOut {
    fn of(line: &str) -> Option<Self> {
        let said: Value = serde_json::from_str(line).ok()?;
        (said["line"] == "left-out")
            .then(|| Self { first: said["first"].as_u64().unwrap(), last: said["last"].as_u64().unwrap() })
    }
}

#[derive(Clone, Debug)]
enum Damage {
    Altered(usize),
    Removed(usize),
    Swapped(usize, usize),
    Twice(usize),
    Cut(usize),
}

fn damages() -> impl Strategy<Value = (u64, Damage, u8)> {
    let damage = prop_oneof![
        (0..100_usize).prop_map(Damage::Altered),
        (0..100_usize).prop_map(Damage::Removed),
        (0..100_usize, 0..100_usize).prop_map(|(one, other)| Damage::Swapped(one, other)),
        (0..100_usize).prop_map(Damage::Twice),
        (0..10_000_usize).prop_map(Damage::Cut),
    ];
    (4..14_u64, damage, any::<u8>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Lines behind the first: an altered, removed, moved, doubled or cut one is found where it is.
    #[test]
    fn the_first_bad_line_is_named((count, damage, byte) in damages()) {
        let desk = Desk::with(count);
        let (record, _) = exported(&desk, &wanted(&[]));
        let whole = lines(&record);
        let mut altered = whole.clone();
        let place = |at: usize| 1 + at % (whole.len() - 1);
        let expected = match damage {
            Damage::Altered(at) => {
                let at = place(at);
                // A character of what the line says is another one; of an entry, of any column.
                let places: Vec<usize> = whole[at].match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at).collect();
                let chosen = places[usize::from(byte) % places.len()];
                let digit = whole[at].as_bytes()[chosen];
                let other = if digit == b'9' { "0" } else { "9" };
                altered[at].replace_range(chosen..=chosen, other);
                // What is left out is held against the entry behind it, if it can be what it says.
                let behind = LeftOut::of(&whole[at]).zip(LeftOut::of(&altered[at])).is_some_and(|(was, is)| {
                    was.first == is.first && (was.last == is.last || (is.first..count).contains(&is.last))
                });
                at + if behind { 2 } else { 1 }
            }
            Damage::Removed(at) => {
                altered.remove(place(at));
                place(at) + 1
            }
            Damage::Swapped(one, other) => {
                let (one, other) = (place(one), place(other));
                prop_assume!(one != other);
                altered.swap(one, other);
                one.min(other) + 1
            }
            Damage::Twice(at) => {
                altered.insert(place(at), whole[place(at)].clone());
                place(at) + 2
            }
            Damage::Cut(at) => {
                let text = whole.join("\n") + "\n";
                let first = whole[0].len() + 1;
                let at = first + at % (text.len() - first);
                let rest = &text.as_bytes()[..at];
                put(&record, rest);
                let found = fault(&record);
                prop_assert_eq!(found.line, number(rest.split(|byte| *byte == b'\n').count()), "{:?}", found);
                return Ok(());
            }
        };
        put_lines(&record, &altered);
        let found = fault(&record);
        // The last line says how many there are, and is not one of those that a swap moves unseen.
        prop_assert_eq!(found.line, number(expected), "{:?}: {:?}", damage, found);
    }

    /// Any byte of the file that is another: found, or no record any more. Never a panic.
    #[test]
    fn no_byte_is_changed_unseen(place in 0..100_000_usize, byte in any::<u8>()) {
        let desk = Desk::with(5);
        let hash = journal::keep(&desk.path(), b"a trace\n", 100).unwrap();
        let (record, _) = exported(&desk, &wanted(&[hash]));
        let mut bytes = fs::read(&record).unwrap();
        let place = place % bytes.len();
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        put(&record, &bytes);
        if let Ok(examined) = journal::examine(&record) {
            prop_assert!(examined.fault.is_some(), "byte {place} is {byte} now");
        }
    }
}
