//! Disks that are full, files that are something else, entries out of order: said in words, and
//! nothing that is there is lost.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use midwatch::domain::fact::Logged;
use midwatch::journal::{self, Answer, JournalError};
use rusqlite::Connection;

use crate::support::{Desk, entries, entry, logged, open, refusal};

fn put(path: &Path, content: &[u8]) {
    use std::io::Write;
    std::fs::File::create(path).unwrap().write_all(content).unwrap();
}

/// Splits answers into the last one logged and the failures.
fn split(answers: &mpsc::Receiver<Answer>) -> (u64, Vec<String>) {
    let (mut last, mut failures) = (0, Vec::new());
    for answer in answers {
        match answer {
            Answer::Logged(through) => {
                assert!(failures.is_empty(), "nothing is logged after a failure");
                last = through;
            }
            Answer::Failed(why) => failures.push(why),
        }
    }
    (last, failures)
}

#[test]
fn a_full_disk_is_said_and_what_was_logged_stays() {
    let desk = Desk::with(5);
    let (sender, answers) = mpsc::channel();
    let opened = journal::open_within(
        &desk.path(),
        "ann",
        Some(24),
        Box::new(move |answer| sender.send(answer).unwrap()),
    )
    .unwrap();
    let writer = opened.writer.unwrap();
    for seq in 6..2_000 {
        writer.append(entry(seq));
    }
    writer.close();
    let (last, failures) = split(&answers);
    assert!(failures[0].contains("disk is full") && failures[0].contains("free some space"), "{failures:?}");
    let verified = journal::verify(&desk.path()).unwrap();
    assert_eq!(verified.broken, None);
    assert_eq!(verified.entries, last.max(5));
    assert_eq!(journal::read(&desk.path()).unwrap().entries, entries(last.max(5)));

    let (opened, answers) = open(&desk.path());
    let next = opened.next();
    opened.writer.as_ref().unwrap().append(entry(next));
    logged(&answers, next);
}

#[test]
fn entries_out_of_order_end_the_writing() {
    for wrong in [2, 3, 5, 0, u64::MAX] {
        let desk = Desk::with(3);
        let (opened, answers) = open(&desk.path());
        let writer = opened.writer.unwrap();
        writer.append(Logged { seq: wrong, ..entry(1) });
        writer.append(entry(4));
        writer.close();
        let (last, failures) = split(&answers);
        assert_eq!(last, 0);
        assert!(failures[0].contains("does not follow entry 3"), "{failures:?}");
        assert!(failures.len() <= 2, "{failures:?}");
        assert_eq!(journal::read(&desk.path()).unwrap().entries, entries(3));
    }
}

#[test]
fn a_writer_besides_the_lock_is_noticed() {
    let desk = Desk::with(3);
    let (opened, answers) = open(&desk.path());
    let intruder = Connection::open(desk.path()).unwrap();
    intruder
        .execute_batch(
            "INSERT INTO entries SELECT 4, at, incident, kind, body, hash, previous FROM entries WHERE seq = 3;
             UPDATE head SET seq = 4",
        )
        .unwrap();
    drop(intruder);
    let writer = opened.writer.unwrap();
    writer.append(entry(4));
    writer.close();
    let (last, failures) = split(&answers);
    assert_eq!(last, 0);
    assert!(failures[0].contains("another program"), "{failures:?}");
}

#[test]
fn a_panic_on_the_writers_thread_is_a_failure_in_words() {
    let desk = Desk::new();
    let (sender, answers) = mpsc::channel();
    let once = Arc::new(AtomicBool::new(true));
    let answer = move |answer| {
        assert!(!once.swap(false, Ordering::Relaxed), "the far side breaks once");
        sender.send(answer).unwrap();
    };
    let opened = journal::open(&desk.path(), "ann", Box::new(answer)).unwrap();
    let writer = opened.writer.unwrap();
    writer.append(entry(1));
    let first = answers.recv().unwrap();
    assert!(matches!(&first, Answer::Failed(why) if why.contains("start Midwatch again")), "{first:?}");
    writer.append(entry(2));
    writer.close();
    let (last, failures) = split(&answers);
    assert_eq!((last, failures.len()), (0, 1));
}

#[test]
fn a_file_of_another_kind_is_refused_and_left_as_it_is() {
    let desk = Desk::new();
    let journal = {
        let whole = Desk::with(200);
        std::fs::read(whole.path()).unwrap()
    };
    let mut scrambled = journal.clone();
    scrambled[4_096..12_288].fill(0x5a);
    let cases: [(&str, Vec<u8>, &str); 5] = [
        ("one byte", b"x".to_vec(), "not a journal"),
        ("notes", b"these are somebody's notes\n".repeat(400), "not a journal"),
        ("zeros", vec![0; 8_192], "not a journal"),
        ("scrambled pages", scrambled, "damaged"),
        ("half of it", journal[..journal.len() / 2].to_vec(), "damaged"),
    ];
    for (what, content, words) in cases {
        let path = desk.directory.path().join(what.replace(' ', "-"));
        put(&path, &content);
        let refused = refusal(&path);
        assert!(refused.contains(words) && refused.contains("left as it is"), "{what}: {refused}");
        assert!(refused.starts_with(path.to_str().unwrap()) && !refused.contains('\n'), "{what}: {refused}");
        assert!(journal::verify(&path).is_err(), "{what}");
        assert_eq!(std::fs::read(&path).unwrap(), content, "{what} was changed");
    }
}

#[test]
fn an_empty_file_is_a_new_journal() {
    let desk = Desk::new();
    put(&desk.path(), b"");
    assert_eq!(journal::read(&desk.path()).unwrap(), journal::Contents::default());
    assert_eq!(journal::verify(&desk.path()).unwrap().broken, None);
    let (opened, answers) = open(&desk.path());
    opened.writer.as_ref().unwrap().append(entry(1));
    logged(&answers, 1);
}

#[test]
fn another_applications_database_and_a_newer_journal_are_refused() {
    let desk = Desk::new();
    let foreign = desk.directory.path().join("foreign.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE songs (name TEXT)").unwrap();
    let before = std::fs::read(&foreign).unwrap();
    assert!(refusal(&foreign).contains("another application"), "{}", refusal(&foreign));
    assert_eq!(std::fs::read(&foreign).unwrap(), before);

    let newer = Desk::with(1);
    Connection::open(newer.path()).unwrap().pragma_update(None, "user_version", 7).unwrap();
    assert!(refusal(&newer.path()).contains("layout 7"), "{}", refusal(&newer.path()));
    assert!(matches!(journal::read(&newer.path()), Err(JournalError::Newer { found: 7, .. })));
}

#[test]
fn a_directory_and_a_missing_file_are_said() {
    let desk = Desk::new();
    let directory = desk.directory.path();
    assert!(refusal(directory).contains("is a directory"));
    assert!(matches!(journal::read(directory), Err(JournalError::Directory(_))));
    let missing = directory.join("none.journal");
    assert!(matches!(journal::read(&missing), Err(JournalError::Missing(_))));
    assert!(matches!(journal::verify(&missing), Err(JournalError::Missing(_))));
    assert!(!missing.exists(), "reading creates nothing");

    let file = directory.join("file");
    put(&file, b"x");
    assert!(refusal(&file.join("a.journal")).contains("no file can be created"));
}
