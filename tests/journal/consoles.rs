//! Two consoles on one journal: the first writes, the second looks on.

use midwatch::journal::{self, Answer, Follower, Mode};

use crate::support::{Desk, entries, entry, logged, open};

#[test]
fn a_second_console_looks_on_and_writes_when_the_first_is_gone() {
    let desk = Desk::with(2);
    let (first, answers) = open(&desk.path());
    let writer = first.writer.unwrap();
    assert_eq!(first.mode, Mode::Writing);

    let (second, _) = open(&desk.path());
    assert_eq!(second.mode, Mode::ReadOnly("ann, pid 4711 on host writes this journal".into()));
    assert!(second.writer.is_none());
    assert_eq!(second.entries, entries(2));

    let follower = Follower::open(&desk.path()).unwrap();
    assert_eq!(follower.after(2).unwrap(), []);
    writer.append(entry(3));
    writer.append(entry(4));
    logged(&answers, 4);
    assert_eq!(follower.after(2).unwrap(), [entry(3), entry(4)]);
    assert_eq!(follower.after(3).unwrap(), [entry(4)]);
    assert_eq!(journal::read(&desk.path()).unwrap().entries, entries(4));
    assert_eq!(journal::verify(&desk.path()).unwrap().broken, None, "verified while it is written");

    writer.close();
    let (third, answers) = open(&desk.path());
    assert_eq!(third.mode, Mode::Writing);
    third.writer.as_ref().unwrap().append(entry(5));
    logged(&answers, 5);
    assert_eq!(follower.after(4).unwrap(), [entry(5)], "a follower outlives the writer it followed");
}

#[cfg(unix)]
#[test]
fn two_names_of_one_journal_share_its_lock() {
    let desk = Desk::with(1);
    let other = desk.directory.path().join("other.journal");
    std::os::unix::fs::symlink(desk.path(), &other).unwrap();
    let (first, _answers) = open(&desk.path());
    assert_eq!(first.mode, Mode::Writing);
    let (second, _) = open(&other);
    assert!(matches!(second.mode, Mode::ReadOnly(_)));
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_what_is_made() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let path = desk.directory.path().join("state/midwatch/a.journal");
    let (opened, answers) = open(&path);
    opened.writer.as_ref().unwrap().append(entry(1));
    logged(&answers, 1);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(path.parent().unwrap().parent().unwrap()), 0o700);
    for suffix in ["", "-wal", "-shm", ".lock"] {
        assert_eq!(mode(&path.with_file_name(format!("a.journal{suffix}"))), 0o600, "{suffix}");
    }
}

#[test]
fn a_flood_is_answered_in_order_and_closing_writes_what_is_queued() {
    let desk = Desk::new();
    let (opened, answers) = open(&desk.path());
    let writer = opened.writer.unwrap();
    entries(2_000).into_iter().for_each(|entry| writer.append(entry));
    drop(writer);
    let through: Vec<u64> = answers
        .iter()
        .map(|answer| match answer {
            Answer::Logged(through) => through,
            Answer::Failed(why) => panic!("{why}"),
        })
        .collect();
    assert!(through.is_sorted(), "{through:?}");
    assert_eq!(through.last(), Some(&2_000));
    assert!(through.len() < 2_000, "entries that wait together are committed together");
    assert_eq!(journal::verify(&desk.path()).unwrap().entries, 2_000);
}
