//! Any journal, damaged in any way: `verify` finds it, and names the first entry that is not as it was.

use std::collections::BTreeSet;

use midwatch::journal;
use proptest::prelude::*;
use rusqlite::{Connection, params};

use crate::support::Desk;

/// One thing that a forger does to the entry at a place.
#[derive(Clone, Debug)]
enum Damage {
    /// Alters a column.
    Altered(u64, &'static str),
    /// Removes it.
    Removed(u64),
    /// Gives its text to another, and takes that one's.
    Swapped(u64, u64),
    /// Removes it and everything behind it.
    Truncated(u64),
    /// Removes it, and counts those behind it anew.
    Closed(u64),
    /// Alters it, and gives it the hash that it should have then.
    Resealed(u64),
}

impl Damage {
    /// The first entry that is not as it was.
    fn first(&self) -> u64 {
        match self {
            Damage::Altered(at, _)
            | Damage::Removed(at)
            | Damage::Truncated(at)
            | Damage::Closed(at)
            | Damage::Resealed(at) => *at,
            Damage::Swapped(one, other) => *one.min(other),
        }
    }
}

const COLUMNS: [&str; 6] = ["at", "incident", "kind", "body", "previous", "hash"];

fn damage(count: u64) -> impl Strategy<Value = Damage> {
    let at = 1..=count;
    prop_oneof![
        (at.clone(), 0..COLUMNS.len()).prop_map(|(at, column)| Damage::Altered(at, COLUMNS[column])),
        at.clone().prop_map(Damage::Removed),
        (at.clone(), at.clone())
            .prop_filter("two entries", |(one, other)| one != other)
            .prop_map(|(one, other)| Damage::Swapped(one, other)),
        at.clone().prop_map(Damage::Truncated),
        at.clone().prop_map(Damage::Closed),
        at.prop_map(Damage::Resealed),
    ]
}

fn damaged() -> impl Strategy<Value = (u64, Damage)> {
    (2..12_u64).prop_flat_map(|count| (Just(count), damage(count)))
}

fn inflict(connection: &Connection, damage: &Damage) {
    let run = |statement: &str, at: u64| {
        connection.execute(statement, params![at.cast_signed()]).unwrap();
    };
    match damage {
        Damage::Altered(at, column) => {
            // Of a hash and of text alike: the last character becomes another, or there is one more.
            let statement = format!(
                "UPDATE entries SET {column} = CASE WHEN {column} IS NULL THEN '' WHEN {column} LIKE '%0' \
                 THEN substr({column}, 1, length({column}) - 1) || '1' \
                 ELSE substr({column}, 1, length({column}) - 1) || '0' END WHERE seq = ?1"
            );
            run(&statement, *at);
        }
        Damage::Removed(at) => run("DELETE FROM entries WHERE seq = ?1", *at),
        Damage::Truncated(at) => run("DELETE FROM entries WHERE seq >= ?1", *at),
        Damage::Closed(at) => {
            run("DELETE FROM entries WHERE seq = ?1", *at);
            run("UPDATE entries SET seq = -seq WHERE seq > ?1", *at);
            connection.execute("UPDATE entries SET seq = -seq - 1 WHERE seq < 0", []).unwrap();
        }
        Damage::Swapped(one, other) => {
            let statement =
                "UPDATE entries SET seq = CASE seq WHEN ?1 THEN -1 ELSE -2 END WHERE seq IN (?1, ?2)";
            connection.execute(statement, params![one.cast_signed(), other.cast_signed()]).unwrap();
            let statement = "UPDATE entries SET seq = CASE seq WHEN -1 THEN ?2 ELSE ?1 END WHERE seq < 0";
            connection.execute(statement, params![one.cast_signed(), other.cast_signed()]).unwrap();
        }
        Damage::Resealed(at) => {
            let mut fields: Vec<String> = connection
                .query_row(
                    "SELECT previous, at, coalesce(incident, ''), kind, body FROM entries WHERE seq = ?1",
                    [at.cast_signed()],
                    |row| (0..5).map(|column| row.get(column)).collect(),
                )
                .unwrap();
            fields.insert(1, at.to_string());
            fields[5].push(' ');
            let hash = {
                use sha2::{Digest, Sha256};
                let mut digest = Sha256::new();
                for field in &fields {
                    digest.update((field.len() as u64).to_be_bytes());
                    digest.update(field);
                }
                hex::encode(digest.finalize())
            };
            connection
                .execute(
                    "UPDATE entries SET incident = ?2, body = ?3, hash = ?4 WHERE seq = ?1",
                    params![at.cast_signed(), fields[3], fields[5], hash],
                )
                .unwrap();
        }
    }
}

/// What `verify` names for an entry that was sealed anew: itself where it is the last, or else the one that
/// followed it and now follows nothing. Which of the two was replaced cannot be told, and is said so.
fn named(damage: &Damage, count: u64) -> BTreeSet<u64> {
    match damage {
        Damage::Resealed(at) => BTreeSet::from([*at, (at + 1).min(count)]),
        other => BTreeSet::from([other.first()]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_first_bad_entry_is_named((count, damage) in damaged()) {
        let desk = Desk::with(count);
        inflict(&desk.forger(), &damage);
        let broken = journal::verify(&desk.path()).unwrap().broken;
        let broken = broken.expect("it was damaged");
        prop_assert!(named(&damage, count).contains(&broken.seq), "{damage:?} of {count}: {broken:?}");
        prop_assert!(!broken.why.is_empty());
    }
}
