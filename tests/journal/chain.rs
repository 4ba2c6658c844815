//! What is written is read back as it was; what is altered afterwards is found, and where.

use midwatch::journal::{self, Broken, JournalError};
use rusqlite::Connection;

use crate::support::{Desk, entries, entry, logged, open};

fn broken(desk: &Desk) -> Broken {
    journal::verify(&desk.path()).unwrap().broken.expect("the chain should not hold")
}

#[test]
fn what_is_appended_is_there_when_it_is_opened_again() {
    let desk = Desk::with(40);
    let (opened, answers) = open(&desk.path());
    assert_eq!(opened.entries, entries(40));
    assert_eq!(opened.unreadable, []);
    assert_eq!(opened.next(), 41);
    let writer = opened.writer.unwrap();
    writer.append(entry(41));
    logged(&answers, 41);
    drop(writer);
    assert_eq!(journal::read(&desk.path()).unwrap().entries, entries(41));

    let verified = journal::verify(&desk.path()).unwrap();
    assert_eq!((verified.entries, verified.broken), (41, None));
    let hash: String = Connection::open(desk.path())
        .unwrap()
        .query_row("SELECT hash FROM entries WHERE seq = 41", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verified.head, hash);
}

#[test]
fn reading_at_rest_leaves_nothing_behind() {
    let desk = Desk::with(3);
    let names = || {
        let mut names: Vec<_> =
            std::fs::read_dir(desk.directory.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    journal::read(&desk.path()).unwrap();
    journal::verify(&desk.path()).unwrap();
    assert_eq!(names(), before);
}

#[test]
fn the_database_itself_refuses_changes() {
    let desk = Desk::with(3);
    let connection = Connection::open(desk.path()).unwrap();
    let row = "SELECT {}, at, incident, kind, body, previous, hash FROM entries WHERE seq = 1";
    for statement in [
        "UPDATE entries SET body = '' WHERE seq = 2".to_owned(),
        "DELETE FROM entries WHERE seq = 3".to_owned(),
        "DELETE FROM head".to_owned(),
        format!("INSERT INTO entries {}", row.replace("{}", "5")),
        format!("INSERT OR REPLACE INTO entries {}", row.replace("{}", "2")),
        format!("INSERT INTO entries {}", row.replace("{}", "-1")),
    ] {
        let refused = connection.execute(&statement, []).expect_err(&statement).to_string();
        assert!(refused.contains("append only"), "{statement}: {refused}");
    }
    assert_eq!(journal::verify(&desk.path()).unwrap().broken, None);
}

#[test]
fn every_way_to_tamper_is_found_at_its_first_entry() {
    let copy =
        "INSERT INTO entries SELECT {}, at, incident, kind, body, previous, hash FROM entries WHERE seq = 6";
    let cases: [(&str, &str, u64); 14] = [
        ("a body altered", "UPDATE entries SET body = replace(body, 'ann', 'bob') WHERE seq = 3", 3),
        ("a time altered", "UPDATE entries SET at = '2020-01-01T00:00:00.000Z' WHERE seq = 4", 4),
        ("an incident removed", "UPDATE entries SET incident = NULL WHERE seq = 4", 4),
        ("an incident emptied", "UPDATE entries SET incident = '' WHERE seq = 5", 5),
        ("the first altered", "UPDATE entries SET kind = 'noted' WHERE seq = 1", 1),
        ("one in the middle deleted", "DELETE FROM entries WHERE seq = 3", 3),
        ("the first deleted", "DELETE FROM entries WHERE seq = 1", 1),
        (
            "one deleted, the gap closed",
            "DELETE FROM entries WHERE seq = 3; UPDATE entries SET seq = 3 WHERE seq = 4;
             UPDATE entries SET seq = 4 WHERE seq = 5; UPDATE entries SET seq = 5 WHERE seq = 6",
            3,
        ),
        (
            "two bodies swapped",
            "CREATE TABLE spare AS SELECT body FROM entries WHERE seq = 2;
             UPDATE entries SET body = (SELECT body FROM entries WHERE seq = 5) WHERE seq = 2;
             UPDATE entries SET body = (SELECT body FROM spare) WHERE seq = 5; DROP TABLE spare",
            2,
        ),
        ("the end cut off", "DELETE FROM entries WHERE seq > 4", 5),
        ("everything deleted", "DELETE FROM entries", 1),
        ("one put in at the end", "{7}", 7),
        ("one put in before the first", "{-1}", 1),
        ("the head moved", "UPDATE head SET hash = (SELECT hash FROM entries WHERE seq = 5)", 6),
    ];
    for (what, statement, seq) in cases {
        let desk = Desk::with(6);
        let statement = statement
            .strip_prefix('{')
            .and_then(|at| at.strip_suffix('}'))
            .map_or_else(|| statement.to_owned(), |at| copy.replace("{}", at));
        desk.forger().execute_batch(&statement).unwrap();
        let broken = broken(&desk);
        assert_eq!(broken.seq, seq, "{what}: {}", broken.why);
    }
}

#[test]
fn a_cut_end_is_not_covered_by_writing_on() {
    let desk = Desk::with(6);
    desk.forger().execute_batch("DELETE FROM entries WHERE seq > 4").unwrap();
    let refused = journal::open(&desk.path(), "ann", Box::new(|_| {})).unwrap_err();
    assert!(matches!(refused, JournalError::Altered { .. }), "{refused}");
    assert_eq!(journal::read(&desk.path()).unwrap().entries, entries(4), "what is left can be read");
}

#[test]
fn a_kind_from_the_future_is_named_and_passed_over() {
    let desk = Desk::with(2);
    // As a later version would write it: the recipe by hand, from the head of the module.
    let connection = Connection::open(desk.path()).unwrap();
    let previous: String = connection.query_row("SELECT hash FROM head", [], |row| row.get(0)).unwrap();
    let (at, kind, body) =
        ("2026-11-21T14:40:00.000Z", "moon-landed", r#"{"fact":"moon-landed","on":"mare"}"#);
    let mut text = Vec::new();
    for field in [Some(previous.as_str()), Some("3"), Some(at), None, Some(kind), Some(body)] {
        text.extend(field.map_or(u64::MAX, |field| field.len() as u64).to_be_bytes());
        text.extend(field.unwrap_or_default().bytes());
    }
    let hash = {
        use sha2::Digest;
        hex::encode(sha2::Sha256::digest(&text))
    };
    connection
        .execute(
            "INSERT INTO entries VALUES (3, ?1, NULL, ?2, ?3, ?4, ?5)",
            [at, kind, body, &previous, &hash],
        )
        .unwrap();
    connection.execute("UPDATE head SET seq = 3, hash = ?1", [&hash]).unwrap();
    drop(connection);

    let verified = journal::verify(&desk.path()).unwrap();
    assert_eq!((verified.entries, verified.broken), (3, None));
    let (opened, answers) = open(&desk.path());
    assert_eq!(opened.entries, entries(2));
    assert_eq!(opened.unreadable.len(), 1);
    let (seq, why) = &opened.unreadable[0];
    assert_eq!(*seq, 3);
    assert!(why.contains("moon-landed") && why.contains("newer"), "{why}");
    assert_eq!(opened.next(), 4);
    opened.writer.as_ref().unwrap().append(entry(4));
    logged(&answers, 4);
    drop(opened);
    assert_eq!(journal::verify(&desk.path()).unwrap().entries, 4);
}
