//! What ran is what was shown: arguments, environment, working directory.

use std::path::Path;

use crate::support::night::Night;
use crate::support::terminal::{DEADLINE, Terminal};

/// A program that writes down how it was called.
const WITNESS: &str = "#!/bin/sh\n{ pwd -P; printf '%s\\0' \"$@\"; } >\"$WITNESSED\"\n";

/// A runbook with a block that runs elsewhere, with a placeholder in three places and a variable.
const RUNBOOK: &str = "\
# Shop runbook

## Containment

- Deploy it

  ```sh {\"name\": \"deploy\", \"cwd\": \"infra/live\", \"timeout\": \"45s\"}
  ./witness --to=<place> \"<place>\" '<place>' \"$REGION\"
  ```
";

/// A value with everything a shell minds that can be typed.
const VALUE: &str = "a 'b' \"c\" $(touch pwned) `touch pwned`; touch pwned # \\ *";

fn night() -> Night {
    let night = Night::of("quiet");
    night.write("runbook.md", RUNBOOK);
    std::fs::create_dir_all(night.path("infra/live")).unwrap();
    night.write("infra/live/witness", WITNESS);
    let mut rights = std::fs::metadata(night.path("infra/live/witness")).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o755);
    std::fs::set_permissions(night.path("infra/live/witness"), rights).unwrap();
    night
}

/// Where it ran, and its arguments.
fn witnessed(path: &Path) -> (String, Vec<String>) {
    let text = std::fs::read_to_string(path).unwrap();
    let (place, arguments) = text.split_once('\n').unwrap();
    (place.to_owned(), arguments.split_terminator('\0').map(str::to_owned).collect())
}

fn expected(night: &Night, region: &str) -> (String, Vec<String>) {
    let place = night.path("infra/live").canonicalize().unwrap().display().to_string();
    (place, vec![format!("--to={VALUE}"), VALUE.into(), VALUE.into(), region.into()])
}

fn agree(console: &mut Terminal) {
    if console
        .wait_for(|screen| screen.contains("A arm") || screen.contains("y run"), DEADLINE)
        .contains("A arm")
    {
        console.key("A");
        console.wait_for_text("y run", DEADLINE);
    }
    console.key("y");
}

#[test]
fn what_the_confirmation_showed_is_what_ran() {
    let night = night();
    let seen = night.path("seen");
    let env = [("WITNESSED", seen.to_str().unwrap()), ("REGION", "eu west")];
    let mut console = night.unawaited((100, 40), &[], &env);
    console.wait_for_text("ok", DEADLINE);
    console.key("2");
    console.wait_for_text("Deploy it", DEADLINE);
    console.key("enter");
    console.wait_for_text("Fill in <place>", DEADLINE);
    console.send(VALUE);
    console.key("enter");
    let place = night.path("infra/live").canonicalize().unwrap();
    let screen = console.wait_for_texts(&["Exactly this runs", "MW_PLACE=", "$REGION is set"], DEADLINE);
    // A long path or value is cut into lines: what is compared is what is read from one end to the other.
    let read =
        |screen: &str| screen.lines().map(|line| line.trim_matches(['│', ' ', '┃'])).collect::<String>();
    let whole = read(&screen).replace(' ', "");
    let shown = [
        format!("MW_PLACE={VALUE}"),
        format!("in {}", place.display()),
        "$ sh -u -c './witness --to=\"${MW_PLACE}\" \"${MW_PLACE}\"".to_owned(),
        "It is stopped after 45s".to_owned(),
    ];
    for text in shown {
        assert!(whole.contains(&text.replace(' ', "")), "no {text}:\n{screen}");
    }
    assert!(!screen.contains("eu west"), "the value of a variable is nobody's to see:\n{screen}");
    agree(&mut console);
    console.wait_for_text("✔ exit 0", DEADLINE);
    assert_eq!(witnessed(&seen), expected(&night, "eu west"));
    assert!(!night.path("pwned").exists() && !place.join("pwned").exists());
}

#[test]
fn what_a_dry_run_printed_is_what_ran() {
    let night = night();
    let (_, document) = night.json(&["runbook", "show", "runbook.md", "--json"]);
    let id = document["runbooks"][0]["phases"][0]["steps"][0]["id"].as_str().unwrap().to_owned();
    let (what, value) = (format!("runbook.md#{id}"), format!("place={VALUE}"));
    let with = |arguments: &[&str]| {
        let mut command = night.command(arguments);
        command.env("WITNESSED", night.path("seen")).env("REGION", "eu west").output().unwrap()
    };
    let shown = with(&["run", &what, "--set", &value, "--dry-run", "--json"]);
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["timeout"], 45.0, "{shown}");
    assert_eq!(shown["environment"], serde_json::json!([{ "name": "REGION", "set": true }]), "{shown}");
    let ran = with(&["run", &what, "--set", &value, "--yes", &format!("step:{id}")]);
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(witnessed(&night.path("seen")), expected(&night, "eu west"));
    // The very request: carried out by hand it does the same.
    let command = &shown["request"]["command"];
    let words = |value: &serde_json::Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let argv = words(&command["argv"]);
    let mut by_hand = std::process::Command::new(&argv[0]);
    by_hand.args(&argv[1..]).current_dir(command["cwd"].as_str().unwrap());
    for pair in command["env"].as_array().unwrap() {
        let pair = words(pair);
        by_hand.env(&pair[0], &pair[1]);
    }
    let again = night.path("again");
    assert!(by_hand.env("WITNESSED", &again).env("REGION", "eu west").status().unwrap().success());
    assert_eq!(witnessed(&again), expected(&night, "eu west"));
}
