//! Every seed holds, every target has seeds, and the seeds reach what they are for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use midwatch::domain::reading::Health;
use midwatch::sources::PROVIDERS;

use crate::bodies::{BODIES, source, tables};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

/// The seeds of a target by name.
fn seeds(target: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = folder().join("seeds").join(target);
    let listed = fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    listed
        .map(|file| {
            let file = file.unwrap();
            (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())
        })
        .collect()
}

#[test]
fn every_seed_holds_whole_and_cut() {
    for (target, body) in BODIES {
        let seeds = seeds(target);
        assert!(!seeds.is_empty(), "{target} has no seeds");
        for (name, seed) in seeds {
            println!("{target}/{name}");
            body(&seed);
            for tenth in 0..10 {
                body(&seed[..seed.len() * tenth / 10]);
            }
        }
    }
}

#[test]
fn every_target_has_a_body_and_a_binary() {
    let bodies: BTreeSet<String> = BODIES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let names = |folder: PathBuf, end: &str| -> BTreeSet<String> {
        let names =
            fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter_map(|name| name.strip_suffix(end).map(str::to_owned)).collect()
    };
    assert_eq!(names(folder().join("targets"), ".rs"), bodies);
    assert_eq!(names(folder().join("seeds"), ""), bodies);
    let manifest: toml::Table =
        fs::read_to_string(folder().join("Cargo.toml")).unwrap().parse().expect("a manifest");
    let built =
        manifest["bin"].as_array().unwrap().iter().map(|bin| bin["name"].as_str().unwrap().to_owned());
    assert_eq!(built.collect::<BTreeSet<String>>(), bodies);
}

#[test]
fn every_provider_that_asks_has_a_table() {
    for provider in PROVIDERS.iter().filter(|provider| !tables::SILENT.contains(&provider.name)) {
        let made = tables::signals().iter().filter(|(row, _)| row.provider == provider.name).count();
        assert!(made > 0, "bodies/tables.rs has no row for {}", provider.name);
    }
}

#[test]
fn every_signal_has_a_seed_that_can_be_read() {
    let read: BTreeSet<&str> = seeds("source")
        .values()
        .map(|seed| source::poll(seed))
        .filter(|(_, reading)| reading.health != Health::Blind)
        .map(|(signal, _)| signal.id.as_str())
        .collect();
    let all: BTreeSet<&str> = tables::signals().iter().map(|(_, signal)| signal.id.as_str()).collect();
    assert_eq!(read, all, "signals without a seed that reads as anything but blind");
}
