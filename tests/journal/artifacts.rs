//! Files that are kept beside a journal: whole or not at all, once, and never changed unseen.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use midwatch::journal::{artifacts, keep, look};

use crate::support::Desk;

/// Set for the child alone: the journal beside which it keeps files.
const JOURNAL: &str = "MIDWATCH_TEST_ARTIFACTS";
const MIB: usize = 1024 * 1024;

/// Every file below the artifacts of a journal.
fn files(desk: &Desk) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![artifacts(&desk.path())];
    while let Some(directory) = directories.pop() {
        let Ok(entries) = fs::read_dir(directory) else { continue };
        for entry in entries.map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                directories.push(entry.path())
            } else {
                found.push(entry.path())
            }
        }
    }
    found
}

#[test]
fn the_same_content_is_kept_once_and_only_its_owner_reads_it() {
    let desk = Desk::with(1);
    let hash = keep(&desk.path(), b"a trace\n", 8).unwrap();
    assert_eq!(hash.len(), 64);
    // There is no room for anything else, and none is needed.
    assert_eq!(keep(&desk.path(), b"a trace\n", 0).unwrap(), hash);
    let all = files(&desk);
    let [file] = &all[..] else { panic!("{all:?}") };
    assert!(file.ends_with(format!("{}/{}", &hash[..2], &hash[2..])), "{}", file.display());
    assert_eq!(fs::read(file).unwrap(), b"a trace\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(artifacts(&desk.path())).unwrap().permissions().mode() & 0o777, 0o700);
    }
    assert_eq!(look(&desk.path(), &hash), Ok(()));
}

#[test]
fn what_there_is_no_room_for_leaves_nothing() {
    let desk = Desk::with(1);
    let why = keep(&desk.path(), &vec![7; 2 * MIB], MIB as u64).unwrap_err().to_string();
    assert_eq!(why, "there is room for 1.0 MiB more beside this journal, and it has 2.0 MiB");
    assert_eq!(files(&desk), Vec::<PathBuf>::new());
}

#[test]
fn an_altered_or_missing_file_is_found_and_never_written_over() {
    let desk = Desk::with(1);
    let hash = keep(&desk.path(), b"a trace\n", 100).unwrap();
    let file = files(&desk).pop().unwrap();
    fs::copy(std::env::current_exe().unwrap(), &file).unwrap();
    assert!(look(&desk.path(), &hash).unwrap_err().starts_with("altered ("));
    let why = keep(&desk.path(), b"a trace\n", 100).unwrap_err().to_string();
    assert!(why.contains("altered") && why.contains("move it away"), "{why}");
    fs::remove_file(&file).unwrap();
    assert_eq!(look(&desk.path(), &hash), Err("missing".into()));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(desk.path(), &file).unwrap();
        assert!(look(&desk.path(), &hash).unwrap_err().starts_with("no file ("), "a link is not the file");
    }
    assert!(look(&desk.path(), "../../etc/passwd").is_err());
}

/// The child's part: keeps one file after another until it is killed. Alone it does nothing.
#[test]
fn child_that_keeps_until_it_is_killed() {
    let Some(path) = std::env::var_os(JOURNAL).map(PathBuf::from) else { return };
    for number in 0..10_000_u32 {
        let mut bytes = vec![0; MIB];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        keep(&path, &bytes, u64::MAX).unwrap();
    }
    panic!("nobody killed this child");
}

#[test]
fn a_kill_leaves_no_file_that_is_not_whole() {
    let desk = Desk::with(1);
    for before in [1, 2, 5, 9, 14] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "artifacts::child_that_keeps_until_it_is_killed", "--nocapture"])
            .env(JOURNAL, desk.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while files(&desk).len() < before {
            assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for file in files(&desk) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let first = file.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
            assert_eq!(look(&desk.path(), &format!("{first}{name}")), Ok(()), "{}", file.display());
        }
    }
    // What was not finished is gone with the next file that is kept.
    keep(&desk.path(), b"the last\n", u64::MAX).unwrap();
    let unfinished =
        files(&desk).into_iter().filter(|file| file.file_name().unwrap().to_string_lossy().starts_with('.'));
    assert_eq!(unfinished.count(), 0);
}
