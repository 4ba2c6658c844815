//! Stories of a night, told in TOML: a virtual clock, a scripted far side, the real core.
//!
//! A story is a list of steps. A step may wait until a time since the start (`at`), change what the
//! far side answers (`far`, `reads`), press keys (`press`), type into a field (`type`), kill and reopen the
//! console (`killed`), and say what must be so then (`screen`, `not`, `fact`, `never`).

#![cfg(test)]

#[expect(dead_code, reason = "what the core's tests ask of the world as well")]
#[path = "support/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use midwatch::domain::io::{Delivery, Reason};
use serde::Deserialize;

use world::{Answer, START, World, failed, replay};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    about: String,
    step: Vec<Step>,
}

/// One step of a story; its parts happen in this order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// `mm:ss` or `h:mm:ss` since the start; the step before where it is left out.
    at: Option<String>,
    /// What signals answer from now on: `503`, `200 740ms`, `queue 87`, `no answer`, `nothing`, `ok`.
    #[serde(default)]
    far: BTreeMap<String, String>,
    /// Signals that are asked at once, a second apart, and the statuses they answer, again and again
    /// as often as `times` says: `api 200 200 503`.
    #[serde(default)]
    reads: Vec<String>,
    times: Option<usize>,
    /// The flag is taken and read back, and the page never comes.
    lies: Option<bool>,
    /// The next request that holds the text is not answered (`silent`), or its answer is `lost`.
    #[serde(default)]
    answer: BTreeMap<String, String>,
    /// Keys, one after the other.
    #[serde(default)]
    press: String,
    /// What is typed into the field that is open, in place of what stands in it, and then Enter.
    #[serde(rename = "type")]
    types: Option<String>,
    /// The console dies, and is opened again.
    #[serde(default)]
    killed: bool,
    /// What is on screen.
    #[serde(default)]
    screen: Vec<String>,
    /// What is not on screen.
    #[serde(default)]
    not: Vec<String>,
    /// What the journal tells.
    #[serde(default)]
    fact: Vec<String>,
    /// What the journal does not tell, so far.
    #[serde(default)]
    never: Vec<String>,
}

fn seconds(at: &str) -> u64 {
    at.split(':').fold(0, |sum, part| sum * 60 + part.parse::<u64>().expect("mm:ss"))
}

fn answer(text: &str) -> Answer {
    let http = |status, ms, body: String| Answer::Http(status, ms, Vec::new(), body);
    let calm = || r#"{"queue": 0}"#.to_owned();
    match text.split_once(' ').unwrap_or((text, "")) {
        ("no", _) => Answer::Failed(Reason::Connect),
        ("nothing", _) => Answer::Silent,
        ("limited", wait) => Answer::Limited(wait.parse().expect("seconds")),
        ("queue", length) => http(200, 60, format!("{{\"queue\": {length}}}")),
        ("ok", _) => http(200, 40, calm()),
        (status, "") => http(status.parse().expect("a status"), 40, calm()),
        (status, ms) => {
            let ms = ms.trim_end_matches("ms").parse().expect("milliseconds");
            http(status.parse().expect("a status"), ms, calm())
        }
    }
}

fn tell(name: &str, story: &Story) {
    let mut world = World::shop();
    world.resize(120, 40);
    for (number, step) in story.step.iter().enumerate() {
        if let Some(at) = &step.at {
            world.until(START.plus(Duration::from_secs(seconds(at))));
        }
        for (signal, text) in &step.far {
            world.answers(signal, answer(text));
        }
        for _ in 0..step.times.unwrap_or(1) {
            for text in &step.reads {
                let (signal, statuses) = text.split_once(' ').expect("a signal and statuses");
                let statuses: Vec<u16> =
                    statuses.split(' ').map(|status| status.parse().expect("a status")).collect();
                world.reads(signal, &statuses);
            }
        }
        if let Some(lies) = step.lies {
            world.flag.lies = lies;
        }
        for (text, how) in &step.answer {
            world.script(text, (how == "lost").then(|| failed(Reason::Timeout, Delivery::Unknown)));
        }
        world.keys(&step.press);
        if let Some(text) = &step.types {
            world.answers_prompt(text);
        }
        if step.killed {
            world = world.killed_and_reopened();
            world.resize(120, 40);
        }
        let screen = world.screen();
        let told = world.told().join("\n");
        let place = format!("{name}, step {}, {}", number + 1, world.now.clock());
        for text in &step.screen {
            assert!(screen.contains(text), "{place}: {text:?} is not on screen\n{screen}\n{told}");
        }
        for text in &step.not {
            assert!(!screen.contains(text), "{place}: {text:?} is on screen\n{screen}");
        }
        for text in &step.fact {
            assert!(told.contains(text), "{place}: {text:?} is not told\n{told}");
        }
        for text in &step.never {
            assert!(!told.contains(text), "{place}: {text:?} is told\n{told}");
        }
    }
    assert_eq!(replay(&world.journal), world.model.watch, "{name}: what was told is what is known");
}

#[test]
fn every_story_goes_as_it_is_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut told = 0;
    for entry in std::fs::read_dir(folder).expect("the stories") {
        let path = entry.expect("a story").path();
        let text = std::fs::read_to_string(&path).expect("a story");
        let story: Story =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!story.about.is_empty());
        tell(&path.file_name().expect("a name").to_string_lossy(), &story);
        told += 1;
    }
    assert!(told >= 6, "{told} stories");
}
