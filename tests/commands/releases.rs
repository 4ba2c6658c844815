//! `[[releases]]` with real programs: what they print is read, what they cannot say is blind, a new version sets the
//! clock of a window to zero, and what goes back is shown before anybody trusts it.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::support::night::Night;

const RELEASES: &str = r#"
[window]
for = "2s"

[[window.gate]]
name = "api"
signal = "api"

[[releases]]
name = "deploys"
command = ["./releases", "--plain"]
before = ["./exists", "{version}"]
rollback = ["./deploy", "--to", "{version}"]
leaves = ["warm the cache"]
every = "1s"
timeout = "1s"
"#;

/// A night whose `releases` is this script.
fn night(script: &str) -> Night {
    let night = Night::with("quiet", RELEASES);
    program(&night, script);
    night
}

fn program(night: &Night, script: &str) {
    night.write("releases", &format!("#!/bin/sh\n{script}\n"));
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(night.path("releases"), executable).unwrap();
}

/// What `check` says of the releases: its exit code, their health and their detail.
fn checked(night: &Night) -> (Option<i32>, String, String) {
    let (code, document) = night.json(&["check", "deploys", "--json"]);
    let signal = &document["signals"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (code, text(&signal["health"]), text(&signal["detail"]))
}

#[test]
fn what_a_program_prints_is_read_and_what_it_cannot_say_is_blind() {
    let night = night("echo \"r43 Prices with tax\"; echo \"r42 $1\"");
    assert_eq!(checked(&night), (Some(0), "ok".into(), "live r43".into()));
    program(&night, "echo '[{\"commit\": \"d4e5f6a\", \"live\": false}, {\"version\": 42, \"live\": true}]'");
    assert_eq!(checked(&night), (Some(0), "ok".into(), "live 42 · 1 newer".into()));
    for (script, detail) in [
        ("echo r43; echo 'no such cluster' >&2; exit 4", "exit 4: no such cluster"),
        (":", "the command printed nothing"),
        ("echo '[{\"version\": \"r43\"}, {\"at\": 1}]'", "[1]: it has neither version nor commit"),
        ("echo 'Error: nobody is logged in'", "line 1: \"Error:\" is no version"),
    ] {
        program(&night, script);
        assert_eq!(checked(&night), (Some(3), "blind".into(), detail.into()), "{script}");
    }
    let ran = night.run(&["check", "deploys"]);
    assert!(ran.out.contains("line 1: \"Error:\" is no version"), "{ran:?}");
}

#[test]
fn what_goes_back_is_shown_before_it_is_trusted() {
    let ran = night("echo r43").run(&["look"]);
    for line in [
        "deploys: $ ./releases --plain",
        "deploys: $ ./exists {version}",
        "deploys: $ ./deploy --to {version}",
    ] {
        assert!(ran.out.contains(line), "{line}: {ran:?}");
    }
}

#[test]
fn a_version_that_changes_sets_the_clock_of_the_window_to_zero() {
    // The fourth time it is asked, another one is live.
    let night = night(
        "echo x >> asked; if [ \"$(wc -l < asked)\" -lt 4 ]; then echo r42; else echo r43; echo r42; fi",
    );
    let ran = night.run(&["window", "--for", "5s"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("the release under watch is r42"), "{}", ran.out);
    assert!(ran.out.contains("clock reset, ") && ran.out.contains(" lost: r43 went live"), "{}", ran.out);
    let (_, document) = night.json(&["window", "explain", "--json"]);
    assert_eq!(document["release"]["version"], "r43", "{document}");
}
