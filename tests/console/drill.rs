//! `midwatch drill` in a terminal: the same keys, a red border, a score, and nothing of the operator's own.

use std::sync::Arc;

use crate::support::night::write;
use crate::support::terminal::{DEADLINE, MIDWATCH, Terminal};

/// In the environment, and behind a program that would leave a trace.
const CANARY: &str = "canary-drill-7Kq2Zr";

const OWN: &str = r#"
[console]
name = "mine"
[stripe]
key = { command = ["sh", "-c", "touch loaded; echo canary-drill-7Kq2Zr"] }
[sentry]
organization = "mine"
projects = ["web"]
token = { env = "SENTRY_AUTH_TOKEN" }
"#;

const RUNBOOK: &str = "\
# My runbook

## Containment

- [ ] Restart the worker
  ```sh
  touch ran-in-a-drill
  ```
";

#[test]
fn an_outage_is_practised_scored_and_nothing_real_is_loaded() {
    let home = Arc::new(tempfile::tempdir().unwrap());
    write(&home.path().join("midwatch.toml"), OWN);
    write(&home.path().join("mine.md"), RUNBOOK);
    let argv = [
        MIDWATCH,
        "drill",
        "api-outage",
        "--seed",
        "7",
        "--operator",
        "ann",
        "--runbook",
        "mine.md",
        "--journal",
        "practice.journal",
        "--theme",
        "dark",
    ];
    let env = [("SENTRY_AUTH_TOKEN", CANARY), ("STRIPE_SECRET_KEY", CANARY)];
    let mut drill = Terminal::start_at(Arc::clone(&home), &argv, (120, 36), &env);
    drill.wait_for_texts(&["DRILL api-outage", "no real token is loaded", "lanternfish · drill"], DEADLINE);
    // A command of one's own runbook does not run here, whoever agrees.
    drill.key("A");
    drill.wait_for_text("ARMED", DEADLINE);
    drill.key("2");
    drill.key("enter");
    drill.wait_for_text("touch ran-in-a-drill", DEADLINE);
    drill.key("y");
    drill.wait_for_text("a drill runs nothing of mine.md", DEADLINE);
    drill.key("esc");
    drill.wait_for_text("✖ DOWN 503", DEADLINE);
    drill.key("i");
    drill.wait_for_text("Declare an incident", DEADLINE);
    drill.key("ctrl+u");
    drill.send("P1 orders fail\r");
    drill.wait_for_text("INC-1 P1", DEADLINE);
    drill.key("K");
    drill.wait_for_text("ack 00:0", DEADLINE);
    drill.key("m");
    drill.wait_for_text("PUT", DEADLINE);
    drill.key("y");
    drill.wait_for_text("observed by web", DEADLINE);
    drill.key("q");
    let screen = drill.wait_for_texts(&["Drill api-outage, INC-1:", "steps skipped"], DEADLINE);
    assert_eq!(drill.exit_code(DEADLINE), Some(1), "it was not recovered from");
    assert!(screen.contains("✔ acknowledge") && screen.contains("✔ contain"), "{screen}");
    assert!(screen.contains("✖ recover"), "{screen}");

    assert!(!home.path().join("loaded").exists(), "a secret was asked for");
    assert!(!home.path().join("ran-in-a-drill").exists());
    let output = String::from_utf8_lossy(&drill.output()).into_owned();
    assert!(!output.contains(CANARY));
    let journal = std::fs::read(home.path().join("practice.journal")).unwrap();
    assert!(!journal.windows(CANARY.len()).any(|part| part == CANARY.as_bytes()));

    // The same score without a screen, and a drill never goes on in a journal that is there.
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(MIDWATCH);
        command.args(arguments).env_clear().envs(crate::support::terminal::environment(home.path()));
        command.current_dir(home.path()).output().unwrap()
    };
    let scored = run(&["drill", "api-outage", "--score", "practice.journal", "--json"]);
    assert_eq!(scored.status.code(), Some(1));
    let score: serde_json::Value = serde_json::from_slice(&scored.stdout).unwrap();
    assert_eq!(
        (&score["incident"], &score["timed"][0]["passed"]),
        (&"INC-1".into(), &true.into()),
        "{score}"
    );
    assert_eq!(score["updates"]["compressed"], true);
    let again = run(&["drill", "api-outage", "--journal", "practice.journal"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("a drill has a journal of its own"));
    let shown = run(&["incident", "show", "INC-1", "--journal", "practice.journal", "--json"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("orders fail"));
    let listed = run(&["drill", "--list"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("api-outage") && !listed.contains("quiet"), "{listed}");
    let quiet = run(&["drill", "quiet"]);
    assert_eq!(quiet.status.code(), Some(2), "there is nothing to practise");
}
