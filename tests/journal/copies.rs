//! Backups, and back from one: whole, private, and never in the place of what is not kept.

use std::fs;
use std::path::{Path, PathBuf};

use midwatch::journal::{self, JournalError, RecordError};

use crate::support::{Desk, entries, entry, logged, open};

fn beside(desk: &Desk, name: &str) -> PathBuf {
    desk.directory.path().join(name)
}

fn holds(path: &Path, count: u64) {
    let verified = journal::verify(path).unwrap();
    assert_eq!((verified.entries, verified.broken), (count, None));
    assert_eq!(journal::read(path).unwrap().entries, entries(count));
}

#[cfg(unix)]
fn is_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o077, 0, "{}", path.display());
}

#[test]
fn a_backup_is_made_while_a_console_writes_and_can_be_written_on() {
    let desk = Desk::with(5);
    let hash = journal::keep(&desk.path(), b"a trace\n", 100).unwrap();
    let (opened, answers) = open(&desk.path());
    let writer = opened.writer.unwrap();
    writer.append(entry(6));
    logged(&answers, 6);
    let backup = beside(&desk, "night.backup");
    let copied = journal::back_up(&desk.path(), &backup, &[hash.clone(), "ab".repeat(32)]).unwrap();
    assert_eq!((copied.entries, copied.artifacts, copied.readings), (6, 1, false));
    assert_eq!(copied.lacking, [("ab".repeat(32), "missing".to_owned())]);
    assert_eq!(journal::look(&backup, &hash), Ok(()));
    #[cfg(unix)]
    is_private(&backup);
    writer.append(entry(7));
    logged(&answers, 7);
    drop(writer);
    holds(&backup, 6);
    assert_eq!(journal::verify(&backup).unwrap().head, copied.head);
    let (opened, answers) = open(&backup);
    opened.writer.as_ref().unwrap().append(entry(7));
    logged(&answers, 7);
    drop(opened);
    holds(&backup, 7);
    // Another is not written over it, and nothing unfinished lies about.
    let again = journal::back_up(&desk.path(), &backup, &[]).unwrap_err();
    assert!(matches!(again, RecordError::There(_)), "{again}");
    let names = fs::read_dir(desk.directory.path()).unwrap().map(|file| file.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().starts_with(".midwatch-")));
}

#[test]
fn readings_for_replay_go_with_it() {
    let desk = Desk::with(2);
    let readings = journal::readings(&desk.path());
    fs::copy(desk.path(), &readings).unwrap();
    let backup = beside(&desk, "night.backup");
    assert!(journal::back_up(&desk.path(), &backup, &[]).unwrap().readings);
    holds(&journal::readings(&backup), 2);
}

#[test]
fn a_journal_that_does_not_hold_is_not_copied() {
    let desk = Desk::with(5);
    desk.forger().execute("DELETE FROM entries WHERE seq = 3", []).unwrap();
    let backup = beside(&desk, "night.backup");
    let refused = journal::back_up(&desk.path(), &backup, &[]).unwrap_err();
    assert!(refused.to_string().contains("entry 3 does not hold"), "{refused}");
    assert!(!backup.exists());
    let restored =
        journal::restore(&desk.path(), &beside(&desk, "new.journal"), None, &[], "ann").unwrap_err();
    assert!(matches!(restored, RecordError::Broken { seq: 3, .. }), "{restored}");
}

#[test]
fn a_restored_journal_takes_the_place_of_one_that_is_kept() {
    let desk = Desk::with(5);
    let old = journal::keep(&desk.path(), b"a trace\n", 100).unwrap();
    let backup = beside(&desk, "night.backup");
    journal::back_up(&desk.path(), &backup, std::slice::from_ref(&old)).unwrap();
    let (opened, answers) = open(&desk.path());
    let writer = opened.writer.unwrap();
    writer.append(entry(6));
    logged(&answers, 6);
    let before = beside(&desk, "night.replaced");
    let refused = journal::restore(&backup, &desk.path(), None, &[], "ann").unwrap_err();
    assert!(matches!(refused, RecordError::There(_)), "{refused}");
    let busy = journal::restore(&backup, &desk.path(), Some(&before), &[], "ann").unwrap_err();
    assert!(matches!(busy, RecordError::Journal(JournalError::Busy { .. })), "{busy}");
    assert!(busy.to_string().contains("ann, pid 4711 on host writes this journal"), "{busy}");
    drop(writer);
    let new = journal::keep(&desk.path(), b"another\n", 100).unwrap();
    let copied =
        journal::restore(&backup, &desk.path(), Some(&before), std::slice::from_ref(&old), "ann").unwrap();
    assert_eq!((copied.entries, copied.artifacts, copied.lacking.len()), (5, 1, 0));
    holds(&desk.path(), 5);
    holds(&before, 6);
    for (journal, hash) in [(desk.path(), &old), (before.clone(), &old), (before, &new)] {
        assert_eq!(journal::look(&journal, hash), Ok(()), "{}", journal.display());
    }
    let (opened, answers) = open(&desk.path());
    opened.writer.as_ref().unwrap().append(entry(6));
    logged(&answers, 6);
}

#[test]
fn a_damaged_journal_is_kept_as_it_is_when_another_takes_its_place() {
    let desk = Desk::with(200);
    let backup = beside(&desk, "night.backup");
    journal::back_up(&desk.path(), &backup, &[]).unwrap();
    let mut bytes = fs::read(desk.path()).unwrap();
    bytes[4_096..12_288].fill(0x5a);
    fs::remove_file(desk.path()).unwrap();
    std::io::Write::write_all(&mut fs::File::create(desk.path()).unwrap(), &bytes).unwrap();
    let before = beside(&desk, "night.replaced");
    journal::restore(&backup, &desk.path(), Some(&before), &[], "ann").unwrap();
    holds(&desk.path(), 200);
    assert_eq!(fs::read(&before).unwrap(), bytes);
}
