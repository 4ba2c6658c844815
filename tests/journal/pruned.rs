//! What is old and over is left out: what stays holds, opens with the same watch, and goes on.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::time::Timestamp;
use midwatch::journal::{self, JournalError, RecordError};
use midwatch::report::{self, Filter, Measures};
use midwatch::state::Watch;

use crate::support::{Desk, entry, logged, open};

/// Set for the child alone: the journal it prunes.
const JOURNAL: &str = "MIDWATCH_TEST_PRUNED";

/// A journal with every kind of fact: the newest that is stored.
fn stored() -> Desk {
    let desk = Desk::new();
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journal/stored/incident.journal");
    fs::copy(stored, desk.path()).unwrap();
    desk
}

fn fold(entries: &[Logged]) -> Watch {
    let mut watch = Watch::default();
    entries.iter().for_each(|entry| watch.apply(entry));
    watch
}

fn note(seq: u64, out: &BTreeSet<u64>) -> Logged {
    let at = Timestamp::parse("2027-11-21T00:00:00Z").unwrap();
    let fact = Fact::RecordPruned {
        before: at,
        entries: out.len() as u64,
        archive: "whole".into(),
        head: "0".repeat(64),
        by: "ann".into(),
    };
    Logged { seq, at, incident: None, fact }
}

fn archive(path: &Path) -> PathBuf {
    path.with_extension("whole")
}

#[test]
fn a_pruned_journal_opens_with_the_same_watch_and_goes_on() {
    let desk = stored();
    let whole = journal::read(&desk.path()).unwrap().entries;
    let before = Timestamp::parse("2027-01-01T00:00:00Z").unwrap();
    let outdated = report::outdated(&whole, before);
    // F-1 is still to be done: INC-3, and INC-2 that was merged into it, keep everything.
    let kept: Vec<&str> = outdated.kept.iter().map(|(incident, _)| incident.as_str()).collect();
    assert_eq!(kept, ["INC-3", "INC-2"]);
    assert_eq!(outdated.incidents.iter().map(ToString::to_string).collect::<Vec<_>>(), ["INC-1"]);
    assert!(outdated.entries.len() >= 10, "{outdated:?}");
    let next = whole.last().unwrap().seq + 1;
    let head = journal::verify(&desk.path()).unwrap().head;
    let pruned = journal::prune(
        &desk.path(),
        &archive(&desk.path()),
        &outdated.entries,
        &note(next, &outdated.entries),
        (&[], &[]),
        "ann",
    )
    .unwrap();
    assert_eq!((pruned.entries, &pruned.head), (outdated.entries.len() as u64, &head));

    let verified = journal::verify(&desk.path()).unwrap();
    assert_eq!(verified.broken, None);
    assert_eq!(verified.left_out, outdated.entries.len() as u64);
    assert_eq!(verified.entries + verified.left_out, next);
    let rest = journal::read(&desk.path()).unwrap();
    assert_eq!(rest.imported, None);
    let stays: Vec<&Logged> = whole.iter().filter(|entry| !outdated.entries.contains(&entry.seq)).collect();
    assert_eq!(rest.entries.iter().take(stays.len()).collect::<Vec<_>>(), stays);
    same(&whole, &rest.entries);
    // The journal as it was is there, whole.
    assert_eq!(journal::read(&archive(&desk.path())).unwrap().entries, whole);
    assert_eq!(journal::verify(&archive(&desk.path())).unwrap().head, head);

    let (opened, answers) = open(&desk.path());
    assert_eq!(opened.next(), next + 1);
    opened.writer.as_ref().unwrap().append(entry(next + 1));
    logged(&answers, next + 1);
    drop(opened);
    assert_eq!(journal::verify(&desk.path()).unwrap().broken, None);
    // And once more: what is left out grows, what is said of it stays one thing.
    let more = BTreeSet::from([next + 1]);
    let second = desk.path().with_extension("second");
    journal::prune(&desk.path(), &second, &more, &note(next + 2, &more), (&[], &[]), "ann").unwrap();
    let again = journal::verify(&desk.path()).unwrap();
    assert_eq!((again.broken, again.left_out), (None, verified.left_out + 1));
}

/// What a console and the list know is the same, whether or not something was left out.
fn same(whole: &[Logged], rest: &[Logged]) {
    let (one, other) = (fold(whole), fold(rest));
    assert_eq!(one.signals, other.signals);
    assert_eq!(one.positions, other.positions);
    assert_eq!(one.obligations, other.obligations);
    assert_eq!(one.duties, other.duties);
    assert_eq!(one.incidents, other.incidents);
    assert_eq!(one.place, other.place);
    assert_eq!(one.routes, other.routes);
    assert_eq!(one.live, other.live);
    assert_eq!(one.armed_until, other.armed_until);
    assert_eq!(one.windows.len(), other.windows.len());
    assert_eq!(one.gates.len(), other.gates.len());
    assert_eq!(one.rollbacks, other.rollbacks);
    let runs = |watch: &Watch| -> Vec<_> {
        watch.runs.iter().map(|run| (run.id.clone(), run.state.clone())).collect()
    };
    assert_eq!(runs(&one), runs(&other));
    assert_eq!(report::incidents(whole), report::incidents(rest));
    assert_eq!(Measures::all(whole), Measures::all(rest));
    let times = |entries: &[Logged]| {
        let stats = report::stats(entries, &Filter::default());
        (stats.all, stats.by_month, stats.by_severity, stats.updates)
    };
    assert_eq!(times(whole), times(rest));
}

/// Whatever is old: the same watch, as far as what is decided by goes.
#[test]
fn whenever_it_is_pruned_what_is_decided_by_stays() {
    let whole = journal::read(&stored().path()).unwrap().entries;
    for at in (0..whole.len()).step_by(3) {
        let outdated = report::outdated(&whole, whole[at].at);
        let rest: Vec<Logged> =
            whole.iter().filter(|entry| !outdated.entries.contains(&entry.seq)).cloned().collect();
        same(&whole, &rest);
        assert!(
            outdated.entries.iter().all(|seq| whole[usize::try_from(*seq).unwrap() - 1].at < whole[at].at)
        );
    }
}

#[test]
fn nothing_is_pruned_while_somebody_has_it_open() {
    let desk = Desk::with(6);
    let out = BTreeSet::from([3]);
    let prune = |next| {
        journal::prune(&desk.path(), &archive(&desk.path()), &out, &note(next, &out), (&[], &[]), "ann")
    };
    let (opened, answers) = open(&desk.path());
    let busy = prune(7).unwrap_err();
    assert!(matches!(busy, RecordError::Journal(JournalError::Busy { .. })), "{busy}");
    let follower = journal::Follower::open(&desk.path()).unwrap();
    assert_eq!(follower.after(5).unwrap(), [entry(6)]);
    opened.writer.as_ref().unwrap().append(entry(7));
    logged(&answers, 7);
    drop(opened);
    let looked = prune(8).unwrap_err();
    assert!(looked.to_string().contains("looks on"), "{looked}");
    drop(follower);
    assert!(!archive(&desk.path()).exists(), "what was refused leaves nothing");
    assert_eq!(journal::verify(&desk.path()).unwrap().entries, 7);
    // What was decided before somebody wrote is not done.
    let late = prune(7).unwrap_err().to_string();
    assert!(late.contains("append only") || late.contains("try again") || late.contains("failed"), "{late}");
    // A program that another test starts just now holds what it inherits until it is somebody else.
    let pruned = (0..10_000).find_map(|_| match prune(8) {
        Err(RecordError::Journal(JournalError::Busy { .. })) => {
            std::thread::yield_now();
            None
        }
        other => Some(other),
    });
    pruned.unwrap().unwrap();
    assert_eq!(journal::verify(&desk.path()).unwrap().left_out, 1);
}

#[test]
fn what_is_open_stays_whole_however_old_it_is() {
    let mut entries = journal::read(&stored().path()).unwrap().entries;
    let before = Timestamp::parse("2027-01-01T00:00:00Z").unwrap();
    assert_eq!(report::outdated(&entries, before).incidents.len(), 1);
    let closes =
        |fact: &Fact| matches!(fact, Fact::IncidentClosed { incident, .. } if incident.as_str() == "INC-1");
    entries.retain(|entry| !closes(&entry.fact));
    let outdated = report::outdated(&entries, before);
    assert!(outdated.incidents.is_empty(), "{outdated:?}");
    let of = |entry: &&Logged| entry.incident.as_ref().is_some_and(|incident| incident.as_str() == "INC-1");
    assert!(entries.iter().filter(of).all(|entry| !outdated.entries.contains(&entry.seq)), "{outdated:?}");
    let kept = outdated.kept.iter().find(|(incident, _)| incident.as_str() == "INC-1");
    assert_eq!(kept.map(|(_, why)| *why), Some("it is open"));
}

#[test]
fn a_forger_finds_no_cover_in_what_is_left_out() {
    for statement in [
        "UPDATE left_out SET last = last + 1",
        "UPDATE left_out SET hash = (SELECT hash FROM entries WHERE seq = 1)",
        "DELETE FROM left_out",
        "DELETE FROM entries WHERE seq = 5; INSERT INTO left_out VALUES (5, 5, (SELECT hash FROM entries WHERE seq = 1))",
        "UPDATE entries SET body = replace(body, 'R-5', 'R-6') WHERE seq = 5",
    ] {
        let desk = Desk::with(6);
        let out = BTreeSet::from([3]);
        journal::prune(&desk.path(), &archive(&desk.path()), &out, &note(7, &out), (&[], &[]), "ann")
            .unwrap();
        let connection = desk.forger();
        connection
            .execute_batch("DROP TRIGGER left_out_is_not_updated; DROP TRIGGER left_out_is_not_deleted;")
            .unwrap();
        connection.execute_batch(statement).unwrap();
        drop(connection);
        let broken = journal::verify(&desk.path()).unwrap().broken;
        assert!(broken.is_some(), "{statement}");
    }
}

/// What the child says of every pruning that is done.
const DONE: &str = "this much is pruned";

/// The child's part: prunes again and again until it is killed, and says so. Alone it does nothing.
#[test]
fn child_that_prunes_until_it_is_killed() {
    let Some(path) = std::env::var_os(JOURNAL).map(PathBuf::from) else { return };
    for round in 0..100_000_u64 {
        let entries = journal::read(&path).unwrap().entries;
        let last = entries.last().unwrap().seq;
        let out: BTreeSet<u64> = entries.iter().map(|entry| entry.seq).take(1).collect();
        let archive = path.with_extension(format!("whole-{}-{round}", std::process::id()));
        journal::prune(&path, &archive, &out, &note(last + 1, &out), (&[], &[]), "child").unwrap();
        fs::remove_file(archive).unwrap();
        println!("{DONE}");
    }
    panic!("nobody killed this child");
}

#[test]
fn a_kill_leaves_the_journal_as_it_was_or_as_it_is() {
    let desk = Desk::with(40);
    for wait in [1, 2, 3, 5, 8, 13] {
        let before = journal::verify(&desk.path()).unwrap().left_out;
        // Nobody looks into the journal while it is pruned: that alone would be refused.
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "pruned::child_that_prunes_until_it_is_killed", "--nocapture"])
            .env(JOURNAL, desk.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        let done = said.map_while(Result::ok).filter(|line| line.ends_with(DONE)).take(wait).count();
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        assert_eq!(done, wait, "the child ended by itself: {ended}");
        let verified = journal::verify(&desk.path()).unwrap();
        assert_eq!(verified.broken, None);
        assert!(verified.left_out >= before + u64::try_from(wait).unwrap());
    }
}
