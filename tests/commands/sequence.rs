//! `midwatch run FILE#STEP --all`: commands that follow one another, in order, up to the first that does not end well,
//! and on record as the console's own.

use std::io::Read;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::night::{Night, Ran};

const GATES: &str = "\
# Release

## Gates

- Lint

  ```sh {\"risk\": \"read\"}
  echo lint >> ran
  ```

- Test

  ```sh {\"risk\": \"read\"}
  echo test >> ran; test -e good || { echo broken >&2; exit 3; }
  ```

- Build

  ```sh {\"risk\": \"read\"}
  echo build >> ran
  ```

## Remediate

1. Drain the queue of <queue>: `echo drained <queue> | tee -a ran`
2. Send them again: `echo sent | tee -a ran`

## Verify

- First

  ```sh {\"risk\": \"read\"}
  echo first >> ran
  ```

- Look

  ```sh {\"risk\": \"read\", \"interactive\": \"true\"}
  cat
  ```

## Alone

- Count: `sh -c 'echo 1'`
";

/// A night with that runbook, looked at.
fn night() -> Night {
    let night = Night::of("quiet");
    night.write("gates.md", GATES);
    night.look_at(&["gates.md"]);
    night
}

fn ran(night: &Night) -> String {
    std::fs::read_to_string(night.path("ran")).unwrap_or_default()
}

/// The facts of the journal that a sequence leaves, as kind and what matters of it.
fn facts(night: &Night) -> Vec<(String, Value)> {
    let (_, document) = night.json(&["incident", "show", "--json"]);
    let told = ["gates-began", "gates-ended", "run-requested", "step-marked"];
    let facts = document["facts"].as_array().unwrap().iter();
    facts
        .filter_map(|logged| {
            let kind = logged["fact"].as_str()?;
            told.contains(&kind).then(|| (kind.to_owned(), logged.clone()))
        })
        .collect()
}

#[track_caller]
fn refused(ran: &Ran, why: &str) {
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.err.contains(why), "{ran:?}");
}

#[test]
fn they_run_in_order_a_line_each_and_all_of_it_again_the_next_time() {
    let night = night();
    night.write("good", "");
    let done = night.run(&["run", "gates.md#5", "--all"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(ran(&night), "lint\ntest\nbuild\n");
    let lines: Vec<&str> = done.out.lines().collect();
    assert_eq!(lines.len(), 3, "{done:?}");
    assert!(lines[0].starts_with("1/3 R-1 echo lint >> ran: observed"), "{done:?}");
    assert!(lines[2].starts_with("3/3 R-3 "), "{done:?}");
    assert!(done.err.contains("G-1 Gates: 3 of 3 done"), "{done:?}");
    // Whoever gates on it gates on what ran now.
    let again = night.run(&["run", "gates.md#17", "--all"]);
    assert_eq!((again.code, ran(&night).lines().count()), (Some(0), 6), "{again:?}");
    let rest = night.run(&["run", "gates.md#5", "--all", "--resume"]);
    assert_eq!((rest.code, ran(&night).lines().count()), (Some(0), 6), "{rest:?}");
    assert!(rest.err.contains("all of it is done"), "{rest:?}");
}

#[test]
fn the_first_failure_ends_it_and_it_goes_on_from_there() {
    let night = night();
    let (code, document) = night.json(&["run", "gates.md#5", "--all", "--json"]);
    assert_eq!(code, Some(1), "{document}");
    assert_eq!(ran(&night), "lint\ntest\n");
    assert_eq!((&document["done"], &document["total"]), (&json!(1), &json!(3)), "{document}");
    assert!(document["stopped"].as_str().unwrap().contains("R-2"), "{document}");
    let runs = document["runs"].as_array().unwrap();
    let states: Vec<&Value> = runs.iter().map(|run| &run["state"]).collect();
    assert_eq!(
        (states, &runs[1]["line"]),
        (vec![&json!("observed"), &json!("failed")], &json!(14)),
        "{document}"
    );
    night.write("good", "");
    let done = night.run(&["run", "gates.md#5", "--all", "--resume"]);
    assert_eq!((done.code, ran(&night).as_str()), (Some(0), "lint\ntest\ntest\nbuild\n"), "{done:?}");
    // The record says what the console's would.
    let facts = facts(&night);
    let kinds: Vec<&str> = facts.iter().map(|(kind, _)| kind.as_str()).collect();
    let expected = [
        "gates-began",
        "run-requested",
        "step-marked",
        "run-requested",
        "step-marked",
        "gates-ended",
        "gates-began",
        "run-requested",
        "step-marked",
        "run-requested",
        "step-marked",
        "gates-ended",
    ];
    assert_eq!(kinds, expected, "{facts:#?}");
}

#[test]
fn each_step_that_changes_something_is_named() {
    let night = night();
    let what = ["run", "gates.md#25", "--all", "--set", "queue=letters; ls"];
    let unnamed = night.run(&what);
    refused(&unnamed, "change something");
    let hint = unnamed.err.lines().find(|line| line.contains("hint")).unwrap();
    let names: Vec<&str> = hint.split_whitespace().filter(|word| word.starts_with("step:")).collect();
    assert_eq!(names.len(), 2, "{unnamed:?}");
    refused(&night.run(&[&what[..], &["--yes", names[0]]].concat()), names[1]);
    assert_eq!(ran(&night), "");
    let yes = ["--yes", names[0], "--yes", names[1]];
    refused(&night.run(&[&what[..], &yes, &["--read-only"]].concat()), "read-only");
    let done = night.run(&[&what[..], &yes].concat());
    assert_eq!((done.code, ran(&night).as_str()), (Some(0), "drained letters; ls\nsent\n"), "{done:?}");
}

#[test]
fn a_dry_run_prints_all_of_it_and_what_is_missing_is_said_before() {
    let night = night();
    for (what, why) in
        [("gates.md#44", "no two commands"), ("gates", "FILE#STEP"), ("gates.md#2", "no step 2")]
    {
        let wrong = night.run(&["run", what, "--all"]);
        assert_eq!(wrong.code, Some(2), "{wrong:?}");
        assert!(wrong.err.contains(why), "{wrong:?}");
    }
    let out = night.run(&["run", "gates.md#5", "--all", "--dry-run"]).out;
    assert_eq!(out.matches("stopped after 10m").count(), 3, "{out}");
    let (_, document) = night.json(&["run", "gates.md#5", "--all", "--dry-run", "--json"]);
    assert_eq!(document["commands"].as_array().unwrap().len(), 3, "{document}");
    assert_eq!(document["commands"][0]["risk"], "read", "{document}");
    assert_eq!(ran(&night), "");
    assert!(!night.path("night.journal").exists());
    let missing = night.run(&["run", "gates.md#25", "--all"]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
    assert!(missing.err.contains("to be filled in with --set: <queue>"), "{missing:?}");
}

#[test]
fn what_wants_a_person_ends_it_and_is_refused() {
    let night = night();
    let held = night.run(&["run", "gates.md#30", "--all"]);
    refused(&held, "1 of 2 done, stopped: cat: it wants the terminal");
    assert_eq!(ran(&night), "first\n");
    // Nothing of it is left but that.
    refused(&night.run(&["run", "gates.md#30", "--all", "--resume"]), "it wants the terminal");
    assert_eq!(ran(&night), "first\n");
    // Nor does anything run that nobody has looked at.
    night.write("other.md", "# R\n\n## Verify\n\n1. One: `echo one`\n2. Two: `echo two`\n");
    refused(&night.run(&["run", "other.md#5", "--all"]), "midwatch look other.md");
}

#[test]
fn an_interrupted_sequence_is_130_and_nothing_of_it_follows() {
    let night = night();
    night.write(
        "slow.md",
        "# R\n\n## Verify\n\n- One\n\n  ```sh {\"risk\": \"read\"}\n  echo one >> ran\n  ```\n\n- Two\n\n  ```sh {\"risk\": \"read\"}\n  \
         sleep 600\n  ```\n\n- Three\n\n  ```sh {\"risk\": \"read\"}\n  echo three >> ran\n  ```\n",
    );
    night.look_at(&["slow.md"]);
    let mut command = night.command(&["run", "slow.md#5", "--all"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 3];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"1/3");
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    let done = Ran::of(&child.wait_with_output().unwrap());
    assert_eq!(done.code, Some(130), "{done:?}");
    assert!(done.err.contains("1 of 3 done, stopped: by hand"), "{done:?}");
    assert_eq!(ran(&night), "one\n");
}

#[test]
fn requests_follow_one_another_to_where_the_configuration_says() {
    let night = Night::with("quiet", "[requests]\nbase_url = \"@BASE@\"\n");
    night.write(
        "ask.md",
        "# R\n\n## Verify\n\n1. Ask the web: `GET /web/`\n2. Ask the API: `GET /api/health`\n",
    );
    night.look_at(&["ask.md"]);
    let dry = night.run(&["run", "ask.md#5", "--all", "--dry-run"]);
    assert!(dry.out.contains(&format!("GET {}/api/health", night.company.base())), "{dry:?}");
    let done = night.run(&["run", "ask.md#5", "--all"]);
    assert_eq!((done.code, done.out.lines().count()), (Some(0), 2), "{done:?}");
    assert_eq!((night.company.asked("GET /web/"), night.company.asked("GET /api/health")), (1, 1));
}
