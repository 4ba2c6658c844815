//! Going back by a pair of commands in a real terminal: what the card shows is what runs, and the list says that it took
//! effect.

use std::os::unix::fs::PermissionsExt;

use crate::support::night::Night;
use crate::support::terminal::DEADLINE;

const RELEASES: &str = r#"
[window]
for = "15m"

[[window.gate]]
name = "api"
signal = "api"

[[releases]]
name = "deploys"
command = ["cat", "list"]
before = ["./exists", "{version}"]
rollback = ["./deploy", "--to", "{version}"]
leaves = ["warm the cache"]
every = "1s"
timeout = "1s"
"#;

/// A night with three releases, and programs that know where they are.
fn night() -> Night {
    let night = Night::with("quiet", RELEASES);
    night.write("list", "r43 Prices with tax\nr42 Faster search\nr41\n");
    for (name, script) in [
        (
            "exists",
            "echo \"$#\" \"$@\" >> looked; test \"$1\" = r42 || { echo \"no image of $1\" >&2; exit 1; }",
        ),
        ("deploy", "echo \"$#\" \"$@\" >> deployed; printf '%s\\nr43\\n' \"$2\" > next; mv next list"),
    ] {
        night.write(name, &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(night.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    night
}

fn text(night: &Night, name: &str) -> String {
    std::fs::read_to_string(night.path(name)).unwrap_or_default()
}

#[test]
fn a_pair_of_commands_goes_back_and_a_fresh_window_watches_it() {
    let night = night();
    let mut console = night.console((120, 44), &[]);
    console.key("A");
    console.wait_for_text("ARMED", DEADLINE);
    console.key("Z");
    console.wait_for_texts(&["Go back to which release?", "live is r43"], DEADLINE);
    console.key("enter");
    console.wait_for_texts(
        &["FROM   r43", "TO     r42", "✔ r42 can be gone back to", "./deploy --to r42", "run once typed"],
        DEADLINE,
    );
    assert_eq!((text(&night, "looked"), text(&night, "deployed")), ("1 r42\n".into(), String::new()));
    console.send("r42");
    console.wait_for_text("target: r42", DEADLINE);
    console.key("enter");
    console.wait_for_text("✔ read back", DEADLINE);
    assert_eq!(text(&night, "deployed"), "2 --to r42\n");
    console.key("esc");
    console.wait_for_texts(
        &["O-1 after going back to r42: warm", "r42 went live, in place of r43", "W-1: window of r42 opened"],
        DEADLINE,
    );
}

#[test]
fn what_the_first_command_denies_never_runs() {
    let night = night();
    let mut console = night.console((120, 44), &[]);
    console.key("A");
    console.wait_for_text("ARMED", DEADLINE);
    console.key("Z");
    console.wait_for_texts(&["Go back to which release?", "r41"], DEADLINE);
    console.key("down");
    console.key("enter");
    console.wait_for_texts(&["TO     r41", "NO: r41 can be gone back to: no image of r41"], DEADLINE);
    console.send("r41");
    console.wait_for_text("target: r41", DEADLINE);
    console.key("enter");
    console.wait_for_text("refused: r41 can be gone back to", DEADLINE);
    assert_eq!((text(&night, "looked"), text(&night, "deployed")), ("1 r41\n".into(), String::new()));
}
