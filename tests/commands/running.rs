//! `midwatch run`: nothing that changes the world runs by accident, and how it went is told.

use std::io::Read;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::support::company::Company;
use crate::support::night::{Night, Ran};

const PUT: &str = "PUT /edge/flags/maintenance";
const RESTART: &str = "POST /admin/restart/api";

fn untouched(company: &Company) {
    assert_eq!(company.changes(), 0);
}

#[test]
fn a_change_wants_its_exact_name() {
    let night = Night::of("quiet");
    for yes in
        [&[][..], &["--yes", "restart"], &["--yes", "restart-ap"], &["--yes", "RESTART-API"], &["--yes", ""]]
    {
        let ran = night.run(&[&["run", "restart-api"], yes].concat());
        assert_eq!(ran.code, Some(4), "{yes:?}: {ran:?}");
        assert!(ran.err.contains("refused") && ran.out.is_empty(), "{yes:?}: {ran:?}");
    }
    untouched(&night.company);
    let ran = night.run(&["run", "restart-api", "--yes", "restart-api"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(night.company.asked(RESTART), 1);
    let ran = night.run(&["run", "restart-api", "--yes", "restart-api", "--read-only"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert_eq!(night.company.asked(RESTART), 1);
}

#[test]
fn what_cannot_be_undone_never_runs_without_a_screen() {
    let night = Night::of("quiet");
    for yes in [&[][..], &["--yes", "purge-cache"], &["--yes", "edge-cache"]] {
        let ran = night.run(&[&["run", "purge-cache"], yes].concat());
        assert_eq!(ran.code, Some(4), "{yes:?}: {ran:?}");
    }
    untouched(&night.company);
}

#[test]
fn a_dry_run_prints_the_exact_request_and_sends_nothing() {
    let night = Night::of("quiet");
    let ran = night.run(&["run", "maintenance-mode", "on", "--dry-run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let url = format!("{}/edge/flags/maintenance", night.company.base());
    let token = night.path("company/edge-token");
    assert_eq!(ran.out, format!("PUT {url}\nx-edge-token: ‹file {}›\n\non\n", token.display()));
    let (code, document) = night.json(&["run", "purge-cache", "--dry-run", "--json"]);
    assert_eq!((code, &document["risk"]), (Some(0), &json!("destroy")), "{document}");
    assert_eq!(document["request"]["http"]["method"], "POST");
    let ran = night.run(&["run", "runbook.md#11", "--set", "order-id=LF-1; ls", "--dry-run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!night.path("started").exists());
    untouched(&night.company);
    assert_eq!(night.company.asked("GET /edge/flags/maintenance"), 0);
    // Nothing ran, so there is nothing to remember.
    assert!(!night.path("night.journal").exists());
}

#[test]
fn a_toggle_is_switched_seen_and_told() {
    let night = Night::of("quiet");
    let ran = night.run(&["run", "maintenance-mode", "--yes", "maintenance-mode"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let (code, document) = night.json(&["run", "maintenance-mode", "read", "--json"]);
    assert_eq!((code, document["detail"].as_str()), (Some(0), Some("off")), "{document}");

    let arguments = ["run", "maintenance-mode", "on", "--yes", "maintenance-mode", "--json"];
    let (code, document) = night.json(&arguments);
    assert_eq!((code, &document["state"]), (Some(0), &json!("observed")), "{document}");
    assert_eq!((night.company.asked(PUT), night.company.flag().as_str()), (1, "on"));
    // What it leaves owed is owed in the console, too.
    let ran = night.run(&["incident", "show"]);
    assert!(ran.out.contains("O-1 owed by"), "{ran:?}");
    let ran = night.run(&["run", "maintenance-mode", "off", "--yes", "maintenance-mode"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(night.run(&["incident", "show"]).out.contains("O-1 discharged"));
}

#[test]
fn an_effect_that_is_not_seen_is_1_and_a_lost_answer_3() {
    let night = Night::of("lying-toggle");
    night.reconfigure("within = \"10s\"", "within = \"2s\"");
    let arguments = ["run", "maintenance-mode", "on", "--yes", "maintenance-mode", "--json"];
    let (code, document) = night.json(&arguments);
    assert_eq!((code, &document["state"]), (Some(1), &json!("not in effect")), "{document}");

    let night = Night::of("quiet");
    night.company.set("edge", &json!({ "reset": true }));
    let (code, document) = night.json(&arguments);
    assert_eq!((code, &document["state"]), (Some(3), &json!("unknown")), "{document}");
    // It is not tried again before somebody has looked.
    night.company.set("edge", &json!({}));
    let ran = night.run(&arguments);
    assert_eq!((ran.code, night.company.asked(PUT)), (Some(4), 1), "{ran:?}");
}

#[test]
fn a_command_streams_its_output_and_its_exit_decides() {
    let failing = "[[action]]\nname = \"fails\"\nkind = \"command\"\nrisk = \"read\"\n\
                   command = [\"sh\", \"-c\", \"echo out; echo err >&2; exit 3\"]\n\
                   [[action]]\nname = \"much\"\nkind = \"command\"\nrisk = \"read\"\n\
                   command = [\"sh\", \"-c\", \"seq 2000 | sed 's/^/line /'\"]\n";
    let night = Night::with("quiet", failing);
    let ran = night.run(&["run", "gates"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "5 gates passed\n"), "{ran:?}");
    let ran = night.run(&["run", "fails"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), "out\n"), "{ran:?}");
    assert!(ran.err.contains("err\n") && ran.err.contains("exit 3"), "{ran:?}");
    let much = night.run(&["run", "much"]);
    let wanted: String =
        (1..=2000).fold(String::new(), |text, line| text + "line " + &line.to_string() + "\n");
    assert_eq!((much.code, much.out.as_str()), (Some(0), wanted.as_str()), "{}", much.err);
    let (code, document) = night.json(&["run", "fails", "--json"]);
    assert_eq!((code, &document["state"]), (Some(1), &json!("failed")), "{document}");
    assert_eq!(document["output"].as_array().unwrap().len(), 2, "{document}");
    let ran = night.run(&["run", "gaets"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("did you mean gates?"), "{ran:?}");
}

#[test]
fn a_step_of_a_runbook_runs_with_its_placeholder_as_one_value() {
    let night = Night::of("quiet");
    let (_, document) = night.json(&["runbook", "show", "runbook.md", "--json"]);
    let steps = document["runbooks"][0]["phases"][1]["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| !step["commands"].as_array().unwrap().is_empty()).unwrap();
    let what = format!("runbook.md#{}", step["id"].as_str().unwrap());
    let ran = night.run(&["run", &what]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("<order-id>"), "{ran:?}");
    let value = "order-id=LF-1; touch pwned $(touch pwned) `touch pwned`";
    let ran = night.run(&["run", &what, "--set", value]);
    let ran = if ran.code == Some(4) {
        // A shell line that nobody vouched for counts as a change.
        let name = format!("step:{}", step["id"].as_str().unwrap());
        night.run(&["run", &what, "--set", value, "--yes", &name])
    } else {
        ran
    };
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.out, "looked up LF-1; touch pwned $(touch pwned) `touch pwned`\n");
    assert!(!night.path("pwned").exists());
}

#[test]
fn an_interrupted_run_is_130_and_its_program_is_gone() {
    let night = Night::of("quiet");
    night.write("running", "");
    let mut command = night.command(&["run", "long-job", "--yes", "long-job"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 7];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"at work");
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    let ran = Ran::of(&child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert!(!ran.out.contains("over"), "{ran:?}");
    assert!(night.run(&["incident", "show"]).out.contains("R-1        cancelled"));
}

#[test]
fn what_cannot_be_recorded_does_not_run() {
    let night = Night::of("quiet");
    std::fs::create_dir(night.path("night.journal")).unwrap();
    let ran = night.run(&["run", "restart-api", "--yes", "restart-api"]);
    assert!(matches!(ran.code, Some(1..=4)), "{ran:?}");
    assert!(ran.err.contains("night.journal"), "{ran:?}");
    untouched(&night.company);
}

/// Steps with rules, each a block of one command.
const RULES: &str = "\
# Rules

## Verify

- Count rows

  ```sh {\"name\": \"rows\", \"risk\": \"read\", \"expect\": \"rows == 0\"}
  printf '%s' \"$ROWS\"
  ```

- Which commit

  ```sh {\"name\": \"commit\", \"risk\": \"read\", \"capture\": \"sha: json.sha; api-host\", \"timeout\": \"20s\", \"cwd\": \"work\"}
  echo '{\"sha\": \"a1b2c3\"}'; echo looked >&2
  ```

- Scale

  ```sh {\"name\": \"scale\", \"risk\": \"read\"}
  echo scaled to <count>
  ```

- Look inside

  ```sh {\"name\": \"inside\", \"risk\": \"read\", \"interactive\": \"true\"}
  cat
  ```
";

#[test]
fn a_step_is_held_to_the_rules_of_its_block() {
    let night = Night::of("quiet");
    night.write("rules.md", RULES);
    night.look_at(&["rules.md"]);
    std::fs::create_dir(night.path("work")).unwrap();
    let with = |rows: &str, arguments: &[&str]| {
        Ran::of(&night.command(arguments).env("ROWS", rows).output().unwrap())
    };
    let ran = with(" a \n---\n(0 rows)\n", &["run", "rules.md#5"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = with(" a \n---\n 1\n(1 row)\n", &["run", "rules.md#5"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("but not rows == 0"), "{ran:?}");

    let (code, document) = night.json(&["run", "rules.md#11", "--json"]);
    assert_eq!(code, Some(0), "{document}");
    assert_eq!(
        document["captured"],
        json!({ "sha": "a1b2c3", "api-host": "{\"sha\": \"a1b2c3\"}" }),
        "{document}"
    );
    assert!(night.run(&["incident", "show"]).out.contains("captured sha: a1b2c3"));

    // What is wrong is said before anything runs.
    for (set, why) in [("count=three", "is not a number"), ("cuont=3", "no such placeholder")] {
        let ran = night.run(&["run", "rules.md#17", "--set", set]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(why), "{ran:?}");
    }
    assert_eq!(night.run(&["run", "rules.md#17", "--set", "count=3"]).out, "scaled to 3\n");
    // What wants a person's terminal does not run without one.
    let ran = night.run(&["run", "rules.md#23"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.err.contains("wants the terminal"), "{ran:?}");
}

#[test]
fn a_dry_run_of_a_step_prints_all_that_goes_with_it() {
    let night = Night::of("quiet");
    night.write("rules.md", RULES);
    std::fs::create_dir(night.path("work")).unwrap();
    let out = night.run(&["run", "rules.md#11", "--dry-run"]).out;
    let place = format!("in {}", night.path("work").canonicalize().unwrap().display());
    for text in [
        place.as_str(),
        "$ sh -c",
        "Of the reply, sha becomes json.sha",
        "What it prints becomes api-host",
        "stopped after 20s",
    ] {
        assert!(out.contains(text), "no {text}:\n{out}");
    }
    let ran = night.run(&["run", "rules.md#5", "--dry-run"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("to be filled in with --set: $ROWS"), "{ran:?}");
    let mut command = night.command(&["run", "rules.md#5", "--dry-run"]);
    let out = Ran::of(&command.env("ROWS", "kept to itself").output().unwrap()).out;
    assert!(out.contains("It must turn out so: rows == 0"), "{out}");
    assert!(out.contains("reads ROWS from the environment: set") && !out.contains("kept"), "{out}");
}

/// A runbook as its team wrote it, and what the configuration says of its steps.
const PLAIN: &str = "\
# Plain

## Verify

- Count the rows

  ```sh
  printf '%s' \"$ROWS\"
  ```

- Send the letters

  ```sh
  echo sent
  ```
";
const BOUND: &str = "\
[[binding]]\nrunbook = \"plain.md\"\nwords = \"count the rows\"\nrisk = \"read\"\nexpect = \"rows == 0\"\n\
[[binding]]\nwords = \"send the letters\"\napprove = \"the lead\"\n";

#[test]
fn a_step_is_held_to_what_the_configuration_says_of_it() {
    let night = Night::with("quiet", BOUND);
    night.write("plain.md", PLAIN);
    night.look_at(&["plain.md"]);
    let with = |rows: &str, arguments: &[&str]| {
        Ran::of(&night.command(arguments).env("ROWS", rows).output().unwrap())
    };
    let ran = with(" a \n---\n(0 rows)\n", &["run", "plain.md#5"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = with(" a \n---\n 1\n(1 row)\n", &["run", "plain.md#5"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("but not rows == 0"), "{ran:?}");
    let out = with("", &["run", "plain.md#5", "--dry-run"]).out;
    assert!(out.contains("It must turn out so: rows == 0"), "{out}");
    let ran = night.run(&["run", "plain.md#11"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.err.contains("the approval of the lead"), "{ran:?}");
}

#[test]
fn what_is_shown_of_a_runbook_has_what_the_configuration_says_of_its_steps() {
    let night = Night::with("quiet", BOUND);
    night.write("plain.md", PLAIN);
    let rules = |arguments: &[&str]| {
        let (code, document) = night.json(&[&["runbook", "show", "plain.md", "--json"], arguments].concat());
        assert_eq!(code, Some(0), "{document}");
        let steps = document["runbooks"][0]["phases"][0]["steps"].clone();
        (steps[0]["rules"].clone(), steps[1]["rules"].clone())
    };
    let bound = (json!({ "expect": "rows == 0", "risk": "read" }), json!({ "approve": "the lead" }));
    assert_eq!(rules(&[]), bound);
    let out = night.run(&["runbook", "show", "plain.md"]).out;
    assert!(out.contains("      expect: rows == 0\n") && out.contains("      approve: the lead\n"), "{out}");
    // A configuration that is not right, or is not there, keeps nothing from being shown.
    night.reconfigure("words = \"count the rows\"", "wrods = \"count the rows\"");
    assert_eq!(rules(&[]), (json!({}), json!({})));
    assert!(night.run(&["runbook", "show", "plain.md"]).err.contains("config check"));
    std::fs::remove_file(night.path("midwatch.toml")).unwrap();
    assert_eq!(rules(&[]), (json!({}), json!({})));
}
