//! A configuration that nobody has looked at runs nothing, however it is opened; `midwatch look` is how
//! a person or a script says that it was.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::support::night::{Night, Ran};
use crate::support::terminal::{DEADLINE, Terminal};

/// Everything that a configuration can run by itself, each of which would leave a file.
const HOSTILE: &str = r#"
[[health]]
name = "spy"
command = ["sh", "-c", "touch ran-signal"]
every = "1s"
timeout = "1s"

[[health]]
name = "leak"
url = "@BASE@/web/"
every = "1s"
timeout = "1s"
headers = { x-key = { command = ["sh", "-c", "touch ran-secret; echo told"] } }

[[action]]
name = "harm"
key = "h"
kind = "command"
risk = "read"
command = ["sh", "-c", "touch ran-action"]
"#;

const RAN: [&str; 3] = ["ran-signal", "ran-secret", "ran-action"];

fn hostile() -> Night {
    let night = Night::of("quiet");
    let text = std::fs::read_to_string(night.path("midwatch.toml")).unwrap();
    night.write("midwatch.toml", &(text + &night.filled(HOSTILE)));
    night.unlooked();
    night
}

#[track_caller]
fn nothing_ran(night: &Night) {
    for file in RAN {
        assert!(!night.path(file).exists(), "{file}");
    }
    assert_eq!(night.company.asked("GET /web/"), 0);
    assert_eq!(night.company.changes(), 0);
    assert!(!night.path("night.journal").exists(), "a journal was made where the configuration says");
}

/// The hash of the configuration, as `midwatch look` prints it.
fn hash(night: &Night) -> String {
    let (_, document) = night.json(&["look", "--json"]);
    document["files"][0]["hash"].as_str().unwrap().to_owned()
}

/// Reads what is looked at to its end; everything that was on screen.
fn read_on(console: &mut Terminal) -> String {
    let mut all =
        console.wait_for(|screen| screen.contains("a page") || screen.contains("I looked"), DEADLINE);
    for _ in 0..100 {
        if console.screen().contains("I looked at it") {
            return all;
        }
        let before = console.screen();
        console.key("space");
        all.push_str(&console.wait_for(|screen| *screen != before, DEADLINE));
    }
    panic!("it has no end: {all}");
}

#[test]
fn nothing_of_it_runs_by_being_opened_in_any_way() {
    let night = hostile();
    let refused: [&[&str]; 8] = [
        &["check"],
        &["check", "web"],
        &["check", "--follow", "--for", "1s"],
        &["doctor"],
        &["doctor", "--offline"],
        &["run", "harm"],
        &["run", "restart-api", "--yes", "restart-api"],
        &["run", "runbook.md#11", "--set", "order-id=1", "--yes", "step:x"],
    ];
    for arguments in refused {
        let ran = night.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(4), ""), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains("nobody has looked at it here"), "{arguments:?}: {ran:?}");
        assert!(
            ran.err.contains("`midwatch look`") && ran.err.lines().count() == 1,
            "{arguments:?}: {ran:?}"
        );
        nothing_ran(&night);
    }
    let reading: [&[&str]; 7] = [
        &["config", "show"],
        &["config", "check"],
        &["runbook", "show"],
        &["run", "harm", "--dry-run"],
        &["incident", "list"],
        &["look"],
        &["look", "--json"],
    ];
    for arguments in reading {
        let ran = night.run(arguments);
        assert!(!ran.err.contains("nobody has looked at it here, so"), "{arguments:?}: {ran:?}");
        nothing_ran(&night);
    }
    // Named, found from a folder below, and by the environment, it is the same file.
    std::fs::create_dir(night.path("below")).unwrap();
    let ran = night.command(&["check"]).current_dir(night.path("below")).output().unwrap();
    assert_eq!(Ran::of(&ran).code, Some(4));
    let ran = night.command(&["check"]).env("MIDWATCH_CONFIG", "midwatch.toml").output().unwrap();
    assert_eq!(Ran::of(&ran).code, Some(4));
    nothing_ran(&night);
}

#[test]
fn the_console_shows_what_it_can_do_and_asks_before_anything_else() {
    for no in ["q", "esc", "n"] {
        let night = hostile();
        let mut console = night.unawaited((80, 24), &[], &[]);
        let read = read_on(&mut console);
        for text in [
            "touch ran-signal",
            "touch ran-secret",
            "touch ran-action",
            "maintenance-mode",
            "edge-token",
            "runbook.md",
        ] {
            assert!(read.contains(text), "{text}: {read}");
        }
        nothing_ran(&night);
        console.key(no);
        assert_eq!(console.exit_code(DEADLINE), Some(4), "{no}");
        nothing_ran(&night);
    }
    let night = hostile();
    let mut console = night.unawaited((80, 24), &[], &[]);
    console.wait_for_text("Look first", DEADLINE);
    console.key("y");
    console.wait_for_text("read to the end first", DEADLINE);
    nothing_ran(&night);
    read_on(&mut console);
    console.key("enter");
    console.wait_for_text("Enter never accepts", DEADLINE);
    nothing_ran(&night);
    console.key("y");
    console.wait_for_texts(&["MIDWATCH", "spy"], DEADLINE);
    console.wait_until(|_| night.path("ran-signal").exists() && night.path("ran-secret").exists(), DEADLINE);
    assert!(!night.path("ran-action").exists());
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    let ran = night.run(&["incident", "show"]);
    assert!(ran.out.contains("looked at what may run: midwatch.toml"), "{ran:?}");
    // Once is enough, for every command.
    assert!(matches!(night.run(&["check", "web"]).code, Some(0)), "looked at");
}

#[test]
fn a_script_accepts_exactly_what_it_names() {
    let night = hostile();
    let ran = night.run(&["look"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.out.contains("$ sh -c 'touch ran-signal'") && ran.err.contains("--hash"), "{ran:?}");
    let hash = hash(&night);
    assert_eq!(hash, midwatch::domain::looked::digest(&std::fs::read(night.path("midwatch.toml")).unwrap()));
    for wrong in [&hash[..60], "", &"0".repeat(64)] {
        let ran = night.run(&["look", "--hash", wrong]);
        assert_eq!(ran.code, Some(4), "{wrong}: {ran:?}");
    }
    assert_eq!(night.run(&["check"]).code, Some(4));
    nothing_ran(&night);
    assert_eq!(night.run(&["look", "--hash", &hash]).code, Some(0));
    assert!(!night.path("ran-signal").exists(), "a look runs nothing");
    night.run(&["check", "spy", "leak"]);
    assert!(night.path("ran-signal").exists() && night.path("ran-secret").exists());

    // One byte, anywhere: asked again, and shown.
    let text = std::fs::read_to_string(night.path("midwatch.toml")).unwrap();
    night.write("midwatch.toml", &text.replace("touch ran-signal", "touch ran-signa1"));
    let ran = night.run(&["check"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.err.contains("it changed since ann looked at it"), "{ran:?}");
    let ran = night.run(&["look"]);
    assert!(ran.out.contains("- spy: $ sh -c 'touch ran-signal'"), "{ran:?}");
    assert!(ran.out.contains("+ spy: $ sh -c 'touch ran-signa1'"), "{ran:?}");
    assert!(ran.out.contains("Lines of the file: 1 new, 1 gone"), "{ran:?}");
    night.write("midwatch.toml", &format!("{text}# a word\n"));
    let ran = night.run(&["look"]);
    assert!(ran.out.contains("# a word") && ran.out.contains("1 new, 0 gone"), "{ran:?}");
    assert_eq!(night.run(&["look", "--hash", &hash]).code, Some(4), "the hash of what it was");
    // What was looked at before is still that.
    night.write("midwatch.toml", &text);
    assert_ne!(night.run(&["check", "web"]).code, Some(4));
    // A copy elsewhere is another place, whose programs may be others.
    std::fs::create_dir(night.path("copy")).unwrap();
    std::fs::copy(night.path("midwatch.toml"), night.path("copy/midwatch.toml")).unwrap();
    let ran = night.command(&["check"]).current_dir(night.path("copy")).output().unwrap();
    assert_eq!(Ran::of(&ran).code, Some(4));
}

#[test]
fn a_command_of_a_runbook_wants_its_own_look() {
    let night = hostile();
    assert_eq!(night.run(&["look", "--hash", &hash(&night)]).code, Some(0));
    night.write(
        "runbook.md",
        "# Shop\n\n## Triage\n\n- [ ] Look\n  ```sh\n  ls ran-nothing; touch ran-step\n  ```\n",
    );
    let (code, document) = night.json(&["look", "--json"]);
    assert_eq!((code, &document["files"][0]["looked"]), (Some(4), &json!(true)), "{document}");
    let runbook = &document["files"][1];
    assert_eq!((&runbook["looked"], &runbook["kind"]), (&json!(false), &json!("runbook")), "{document}");
    let step = format!("step:{}", runbook["commands"][0]["step"].as_str().unwrap());
    let what = format!("runbook.md#{}", &step[5..]);
    let ran = night.run(&["run", &what, "--yes", &step]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.err.contains("nobody has looked at this command"), "{ran:?}");
    assert!(ran.err.contains("midwatch look runbook.md"), "{ran:?}");
    assert!(!night.path("ran-step").exists());
    let hash = runbook["hash"].as_str().unwrap();
    assert_eq!(night.run(&["look", "runbook.md", "--hash", hash]).code, Some(0));
    assert_eq!(night.run(&["look", "runbook.md"]).code, Some(0));
    let ran = night.run(&["run", &what, "--yes", &step]);
    assert!(night.path("ran-step").exists(), "{ran:?}");

    let text = std::fs::read_to_string(night.path("runbook.md")).unwrap();
    night.write("runbook.md", &text.replace("ran-step", "ran-other"));
    let ran = night.run(&["look", "runbook.md"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.out.contains("- ls ran-nothing; touch ran-step"), "{ran:?}");
    assert!(ran.out.contains("+ ls ran-nothing; touch ran-other"), "{ran:?}");
    assert_eq!(night.run(&["run", &what, "--yes", &step]).code, Some(4));
    assert!(!night.path("ran-other").exists());
}

#[test]
fn the_operators_own_configuration_is_no_strangers() {
    let night = hostile();
    let own = night.path("config/midwatch");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::rename(night.path("midwatch.toml"), own.join("midwatch.toml")).unwrap();
    let ran = night.run(&["check", "web"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn a_store_that_others_can_write_is_refused_with_what_to_do() {
    let night = hostile();
    assert_eq!(night.run(&["look", "--hash", &hash(&night)]).code, Some(0));
    let store = night.path("data/midwatch/looked");
    let set = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&store), 0o700);
    set(&store, 0o777);
    let ran = night.run(&["check"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("chmod 700"), "{ran:?}");
    nothing_ran(&night);
    set(&store, 0o700);
    for file in std::fs::read_dir(&store).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600);
        set(&path, 0o666);
    }
    let ran = night.run(&["check"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("chmod 600"), "{ran:?}");
    nothing_ran(&night);
}
