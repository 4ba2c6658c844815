//! Readings beside a journal: kept whole around incidents, thinner with age, within a limit; and whatever happens to
//! their file, nothing else stops.

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use midwatch::domain::observation::{Described, Figures, Merged, NO_ANSWER, Observation, Observations};
use midwatch::domain::reading::{Health, Reason};
use midwatch::domain::time::Timestamp;
use midwatch::journal::readings::{Keeper, Kept, between, readings};
use tempfile::TempDir;

const START: i64 = 1_795_230_600_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const MIB: u64 = 1024 * 1024;

fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

fn described(name: &str) -> Described {
    let (board, observer) = (None, false);
    Described { id: name.into(), every: 10_000, timeout: 3_000, board, observer, rules: [3, 3, 5, 2] }
}

fn row(millis: i64, health: Health, micros: u32) -> Observation {
    Observation {
        at: instant(millis),
        health,
        micros,
        reason: (health == Health::Down).then_some(Reason::Status),
        detail: if health == Health::Down { "503".into() } else { "".into() },
        figures: None,
        merged: None,
    }
}

struct Desk {
    directory: TempDir,
    said: mpsc::Receiver<String>,
    sender: mpsc::Sender<String>,
}

impl Desk {
    fn new() -> Self {
        let (sender, said) = mpsc::channel();
        Self { directory: tempfile::tempdir().unwrap(), said, sender }
    }

    fn journal(&self) -> PathBuf {
        self.directory.path().join("night.journal")
    }

    fn file(&self) -> PathBuf {
        readings(&self.journal())
    }

    fn keeper(&self, limit: u64) -> Keeper {
        let sender = self.sender.clone();
        let keeper = Keeper::start(&self.journal(), limit, Box::new(move |says| sender.send(says).unwrap()));
        keeper.keep(Kept::Signals(vec![described("api"), described("web")]));
        keeper
    }

    fn kept(&self) -> Observations {
        between(&self.journal(), Timestamp::from_millis(0), instant(1_000 * 24 * HOUR)).unwrap()
    }

    fn said(&self) -> Vec<String> {
        self.said.try_iter().collect()
    }
}

/// Hands all of them over; the queue is bounded, so whoever hurries waits for the file.
fn hand_over(keeper: &Keeper, rows: impl Iterator<Item = Observation>) {
    for row in rows {
        loop {
            let before = keeper.lost();
            keeper.keep(Kept::Reading("api".into(), row.clone()));
            if keeper.lost() == before {
                break;
            }
            std::thread::yield_now();
        }
    }
}

#[test]
fn what_is_kept_is_what_was_read() {
    let desk = Desk::new();
    let keeper = desk.keeper(64 * MIB);
    let figures = Figures { shown: Vec::new(), listed: 12, unwell: 3, undelivered: Some(2) };
    let rich = Observation { figures: Some(figures.into()), ..row(1_000, Health::Degraded, 612_000) };
    let rows = [row(0, Health::Ok, 41_000), rich, row(2_000, Health::Down, NO_ANSWER)];
    for row in &rows {
        keeper.keep(Kept::Reading("web".into(), row.clone()));
    }
    keeper.keep(Kept::Reading("nobody".into(), row(0, Health::Ok, 1)));
    drop(keeper);
    let kept = desk.kept();
    assert_eq!(kept.signals, [described("api"), described("web")]);
    assert_eq!(kept.rows, rows.map(|row| (1, row)), "and what nobody described is left out");
    assert_eq!(between(&desk.journal(), instant(1_000), instant(1_000)).unwrap().rows.len(), 1);
    assert_eq!(desk.said(), [""; 0]);
    // A second console goes on with the same names, and one of them is configured otherwise now.
    let again = desk.keeper(64 * MIB);
    again.keep(Kept::Signals(vec![Described { every: 5_000, ..described("web") }]));
    again.keep(Kept::Reading("web".into(), row(9_000, Health::Ok, 5)));
    drop(again);
    let kept = desk.kept();
    assert_eq!((kept.signals[1].every, kept.rows.len(), kept.rows[3].0), (5_000, 4, 1));
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    drop(desk.keeper(MIB));
    assert_eq!(std::fs::metadata(desk.file()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn after_a_day_the_worst_of_each_minute_is_left_and_after_a_week_of_ten() {
    let desk = Desk::new();
    let keeper = desk.keeper(64 * MIB);
    let health = |millis: i64| match millis % MINUTE {
        20_000 => Health::Down,
        40_000 => Health::Degraded,
        _ => Health::Ok,
    };
    let early = (0..20 * 6).map(|at| at * 10_000);
    hand_over(&keeper, early.map(|at| row(at, health(at), u32::try_from(1_000 + at % MINUTE).unwrap())));
    hand_over(&keeper, [row(25 * HOUR, Health::Ok, 7)].into_iter());
    drop(keeper);
    let kept = desk.kept();
    assert_eq!(kept.rows.len(), 20 + 1, "one a minute, and the newest");
    let (_, first) = &kept.rows[0];
    assert_eq!((first.at, first.health, &*first.detail), (instant(20_000), Health::Down, "503"));
    let span = Duration::from_secs(60);
    assert_eq!(first.merged, Some(Merged { span, count: 6, lowest: 1_000, highest: 51_000 }));
    assert_eq!(first.micros, 26_000, "the mean");

    let keeper = desk.keeper(64 * MIB);
    hand_over(&keeper, [row(8 * 24 * HOUR, Health::Ok, 7)].into_iter());
    drop(keeper);
    let kept = desk.kept();
    let old: Vec<_> = kept.rows.iter().filter(|(_, row)| row.at < instant(HOUR)).collect();
    assert_eq!(old.len(), 2, "{old:?}");
    let merged = old[0].1.merged.unwrap();
    assert_eq!(
        (merged.count, merged.lowest, merged.highest),
        (60, 1_000, 51_000),
        "nothing is counted twice"
    );
}

#[test]
fn around_an_incident_every_reading_stays() {
    let desk = Desk::new();
    let keeper = desk.keeper(64 * MIB);
    // From the second hour to the third; an hour around it is kept too.
    keeper.keep(Kept::Incidents(vec![(instant(2 * HOUR), Some(instant(3 * HOUR)))]));
    hand_over(&keeper, (0..6 * 360).map(|at| row(at * 10_000, Health::Ok, 1_000)));
    hand_over(&keeper, [row(30 * 24 * HOUR, Health::Ok, 7)].into_iter());
    drop(keeper);
    let kept = desk.kept();
    let within = |from: i64, to: i64| {
        kept.rows.iter().filter(|(_, row)| row.at >= instant(from) && row.at < instant(to)).count()
    };
    assert_eq!(within(HOUR, 4 * HOUR), 3 * 360, "whole");
    assert_eq!(within(0, HOUR), 6, "one in ten minutes");
    assert_eq!(within(4 * HOUR, 6 * HOUR), 12);
}

#[test]
fn an_incident_that_is_not_over_keeps_everything_since() {
    let desk = Desk::new();
    let keeper = desk.keeper(64 * MIB);
    keeper.keep(Kept::Incidents(vec![(instant(0), None)]));
    hand_over(&keeper, (0..360).map(|at| row(at * 10_000, Health::Ok, 1_000)));
    hand_over(&keeper, [row(9 * 24 * HOUR, Health::Ok, 7)].into_iter());
    drop(keeper);
    assert_eq!(desk.kept().rows.len(), 361);
}

#[test]
fn the_file_stays_within_its_limit_and_what_is_of_incidents_goes_last() {
    let desk = Desk::new();
    let keeper = desk.keeper(MIB);
    // Twenty hours, a reading a second: a good deal more than a mebibyte. The third hour is an incident.
    keeper.keep(Kept::Incidents(vec![(instant(3 * HOUR), Some(instant(3 * HOUR)))]));
    hand_over(&keeper, (0..20 * 3_600).map(|at| row(at * 1_000, Health::Down, 123_456)));
    drop(keeper);
    let size = std::fs::metadata(desk.file()).unwrap().len();
    assert!(size <= MIB + MIB / 4, "{size}");
    let kept = desk.kept();
    let count = |from: i64, to: i64| {
        kept.rows.iter().filter(|(_, row)| row.at >= instant(from) && row.at < instant(to)).count()
    };
    assert_eq!(count(2 * HOUR, 4 * HOUR), 2 * 3_600, "the incident is whole");
    assert!(count(0, 2 * HOUR) < 100, "{}", count(0, 2 * HOUR));
    assert_eq!(count(20 * HOUR - 10 * MINUTE, 20 * HOUR), 600, "the newest are whole");

    // Incidents alone are more than there is room for: their oldest goes.
    let desk = Desk::new();
    let keeper = desk.keeper(MIB);
    keeper.keep(Kept::Incidents(vec![(instant(0), None)]));
    hand_over(&keeper, (0..20 * 3_600).map(|at| row(at * 1_000, Health::Down, 123_456)));
    drop(keeper);
    let kept = desk.kept();
    assert!(std::fs::metadata(desk.file()).unwrap().len() <= MIB + MIB / 4);
    assert!(kept.rows.first().unwrap().1.at > instant(HOUR));
    assert_eq!(kept.rows.last().unwrap().1.at, instant((20 * 3_600 - 1) * 1_000));
    assert_eq!(desk.said(), [""; 0]);
}

#[test]
fn a_damaged_or_foreign_file_is_set_aside_and_said() {
    let database = |desk: &Desk| {
        let other = rusqlite::Connection::open(desk.file()).unwrap();
        other.execute_batch("CREATE TABLE theirs (a); PRAGMA user_version = 3").unwrap();
    };
    #[expect(clippy::disallowed_methods, reason = "nothing is lost if a test is stopped half-way")]
    let text =
        |desk: &Desk| std::fs::write(desk.file(), "this is no database, and somebody wants it\n").unwrap();
    for (spoil, why) in [(&database as &dyn Fn(&Desk), "another application"), (&text, "no SQLite database")]
    {
        let desk = Desk::new();
        spoil(&desk);
        let before = std::fs::read(desk.file()).unwrap();
        let keeper = desk.keeper(MIB);
        hand_over(&keeper, [row(0, Health::Ok, 1)].into_iter());
        drop(keeper);
        assert_eq!(desk.kept().rows.len(), 1, "{why}");
        let said = desk.said();
        assert!(said.len() == 1 && said[0].contains(why) && said[0].contains("set aside as"), "{said:?}");
        let aside = PathBuf::from(format!("{}.aside-1", desk.file().display()));
        assert_eq!(std::fs::read(aside).unwrap(), before, "and nothing of it is lost");
    }
}

#[test]
fn pages_that_were_overwritten_are_noticed() {
    use std::io::{Seek, SeekFrom, Write};
    let desk = Desk::new();
    let keeper = desk.keeper(64 * MIB);
    hand_over(&keeper, (0..5_000).map(|at| row(at * 1_000, Health::Ok, 1_000)));
    drop(keeper);
    let mut file = std::fs::OpenOptions::new().write(true).open(desk.file()).unwrap();
    file.seek(SeekFrom::Start(4096 * 3)).unwrap();
    file.write_all(&vec![0xa5; 4096 * 8]).unwrap();
    drop(file);
    let keeper = desk.keeper(64 * MIB);
    hand_over(&keeper, [row(9_000_000, Health::Ok, 1)].into_iter());
    drop(keeper);
    let said = desk.said();
    assert!(said.len() == 1 && said[0].contains("damaged"), "{said:?}");
    assert_eq!(desk.kept().rows.len(), 1);
}

#[test]
fn where_nothing_can_be_written_it_is_said_once_and_who_hands_over_goes_on() {
    let desk = Desk::new();
    std::fs::create_dir(desk.file()).unwrap();
    let keeper = desk.keeper(MIB);
    for at in 0..100_000 {
        // Nobody takes them, and nobody waits.
        keeper.keep(Kept::Reading("api".into(), row(at, Health::Ok, 1)));
    }
    drop(keeper);
    let said = desk.said();
    assert!(said.len() == 1 && said[0].starts_with("readings are not kept for a replay:"), "{said:?}");
}

#[test]
fn a_full_disk_is_said_and_what_was_kept_stays() {
    let desk = Desk::new();
    let sender = desk.sender.clone();
    let say = Box::new(move |says| sender.send(says).unwrap());
    let keeper = Keeper::start_within(&desk.journal(), 64 * MIB, Some(24), say);
    keeper.keep(Kept::Signals(vec![described("api")]));
    for at in 0..20_000 {
        keeper.keep(Kept::Reading("api".into(), row(at * 1_000, Health::Down, 1)));
    }
    drop(keeper);
    let said = desk.said();
    assert!(said.len() == 1 && said[0].contains("the disk is full"), "{said:?}");
    let kept = desk.kept().rows;
    assert!(!kept.is_empty() && kept[0].1.at == instant(0), "{}", kept.len());
}

#[test]
fn a_journal_without_readings_has_none() {
    let desk = Desk::new();
    assert_eq!(desk.kept(), Observations::default());
    assert!(!desk.file().exists(), "and looking makes no file");
}
