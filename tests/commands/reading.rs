//! `midwatch incident`, `runbook`, `completions`, `man` and the like: what only reads.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::night::{Night, Ran};
use crate::support::terminal::{DEADLINE, MIDWATCH};

/// A night with an incident in its journal.
fn incident() -> Night {
    let night = Night::of("quiet");
    let mut console = night.console((100, 30), &[]);
    console.key("i");
    console.wait_for_text("Declare an incident", DEADLINE);
    console.send("baskets are lost\r");
    console.wait_for_text("INC-1 P1", DEADLINE);
    console.key("K");
    console.wait_for_text("INC-1 acknowledged", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    night
}

#[test]
fn the_record_is_listed_shown_and_verified() {
    let night = incident();
    let (code, document) = night.json(&["incident", "list", "--json"]);
    assert_eq!(code, Some(0));
    let [known] = &document["incidents"].as_array().unwrap()[..] else { panic!("{document}") };
    assert_eq!((&known["id"], &known["severity"]), (&json!("INC-1"), &json!("P1")), "{document}");
    assert_eq!((&known["title"], &known["closed"]), (&json!("baskets are lost"), &Value::Null), "{document}");
    let (code, document) = night.json(&["incident", "show", "inc-1", "--json"]);
    assert_eq!(code, Some(0));
    let seqs: Vec<u64> =
        document["facts"].as_array().unwrap().iter().map(|fact| fact["seq"].as_u64().unwrap()).collect();
    assert!(seqs.len() >= 2 && seqs.is_sorted(), "{document}");
    let ran = night.run(&["incident", "show"]);
    assert!(ran.out.contains("ann        declared INC-1 P1: baskets are lost"), "{ran:?}");
    let (code, document) = night.json(&["incident", "verify", "--json"]);
    assert_eq!((code, &document["broken"]), (Some(0), &Value::Null), "{document}");
    // A journal alone is enough, wherever one stands.
    let journal = night.path("night.journal");
    let ran = Command::new(MIDWATCH)
        .args(["incident", "list", "--journal"])
        .arg(&journal)
        .current_dir(night.path("tmp"))
        .env_clear()
        .output()
        .unwrap();
    let ran = Ran::of(&ran);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.starts_with("INC-1    P1"), "{ran:?}");

    let ran = night.run(&["incident", "show", "INC-9"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let ran = night.run(&["incident", "list", "--journal", "not-there.journal"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(!night.path("not-there.journal").exists(), "reading made a journal");
    // Not a journal: said, and left as it is.
    night.write("notes.txt", "not a journal");
    let ran = night.run(&["incident", "verify", "--journal", "notes.txt"]);
    assert!(matches!(ran.code, Some(1 | 3)), "{ran:?}");
    assert_eq!(std::fs::read_to_string(night.path("notes.txt")).unwrap(), "not a journal");
}

#[test]
fn a_runbook_is_shown_in_the_shape_that_was_promised() {
    let night = Night::of("quiet");
    let (code, document) = night.json(&["runbook", "show", "runbook.md", "--json"]);
    assert_eq!(code, Some(0));
    let runbook = &document["runbooks"][0];
    assert_eq!((&runbook["file"], &runbook["title"]), (&json!("runbook.md"), &json!("Shop runbook")));
    let phases = runbook["phases"].as_array().unwrap();
    let kinds: Vec<&str> = phases.iter().map(|phase| phase["phase"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["contain", "triage"]);
    assert_eq!((&phases[0]["title"], &phases[0]["line"]), (&json!("Containment"), &json!(3)));
    let step = &phases[0]["steps"][0];
    assert_eq!(step["line"], 5);
    assert!(step["id"].is_string() && step["text"].as_str().unwrap().starts_with("Close the shop"), "{step}");
    let command = &phases[1]["steps"][0]["commands"][0];
    assert_eq!((&command["text"], &command["language"]), (&json!("echo looked up <order-id>"), &json!("sh")));
    assert!(
        command["line"].is_u64() && command["placeholders"].to_string().contains("order-id"),
        "{command}"
    );

    // Without files it is about the configuration's; what cannot be read is said, the rest is shown.
    let (_, same) = night.json(&["runbook", "show", "--json"]);
    assert_eq!(same["runbooks"][0]["phases"], runbook["phases"]);
    let ran = night.run(&["runbook", "show", "runbook.md", "not-there.md", "company"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.out.contains("Close the shop"), "{ran:?}");
    assert!(ran.err.contains("not-there.md") && ran.err.contains("company"), "{ran:?}");
}

#[test]
fn completions_and_the_manual_are_printed() {
    let night = Night::of("quiet");
    for shell in ["bash", "zsh", "fish"] {
        let ran = night.run(&["completions", shell]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains("midwatch") && ran.out.contains("runbook"), "{shell}");
    }
    let ran = night.run(&["man"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains(".TH midwatch 1"), "{}", ran.out);
    let ran = night.run(&["demo", "--list"]);
    assert!(ran.out.contains("api-outage") && ran.code == Some(0), "{ran:?}");
    let ran = night.run(&["demo", "api-outge"]);
    assert!(ran.err.contains("api-outage") && ran.code == Some(2), "{ran:?}");
}

#[test]
fn usage_is_2_and_help_is_0() {
    let night = Night::of("quiet");
    for arguments in [&["chek"][..], &["check", "--jsno"], &["run"], &["completions", "tcsh"]] {
        let ran = night.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}: {ran:?}");
    }
    for arguments in [&["--help"][..], &["run", "--help"], &["--version"], &["help", "incident", "show"]] {
        let ran = night.run(arguments);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{arguments:?}: {ran:?}");
        assert!(!ran.out.is_empty());
    }
    // Without a terminal there is no console, and nothing is asked of the company for it.
    let ran = night.run(&[]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("not a terminal"), "{ran:?}");
    assert!(!ran.out.contains('\x1b'), "{ran:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let night = incident();
    for arguments in
        ["completions bash", "man", "incident show --json", "runbook show", "config schema", "check"]
    {
        // Both ends: one that reads a little, and one that reads nothing at all.
        for reader in ["head -c 1", "true"] {
            let line = format!("'{MIDWATCH}' {arguments} | {reader}");
            let command = night.command(&[]);
            let mut shell = Command::new("sh");
            shell.args(["-c", &line]).env_clear().current_dir(night.home.path()).stdin(Stdio::null());
            shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let output = shell.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!said.contains("panick") && !said.contains("Broken pipe"), "{line}: {said}");
        }
    }
}

#[test]
fn the_company_runs_alone_and_its_configuration_works() {
    let night = Night::of("quiet");
    let directory = night.path("another");
    let mut command = night.command(&["simulate", "quiet", "--directory"]);
    let mut child = command.arg(&directory).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut said, &mut line).unwrap();
    assert!(line.contains("http://127.0.0.1:"), "{line}");
    let process = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    // It prints what it is before it says so, and then nothing until it is told to end.
    nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGSTOP).unwrap();
    nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGCONT).unwrap();
    let mut configuration = String::new();
    let mut out = child.stdout.take().unwrap();
    let mut chunk = [0; 4096];
    while !configuration.contains("open-dashboard") {
        let count = std::io::Read::read(&mut out, &mut chunk).unwrap();
        assert!(count > 0, "{configuration}");
        configuration.push_str(&String::from_utf8_lossy(&chunk[..count]));
    }
    night.write("other.toml", configuration.rsplit_once("[[action]]").unwrap().0);
    night.look_at(&["--config", "other.toml"]);
    let ran = night.run(&["check", "--config", "other.toml", "--json"]);
    assert!(matches!(ran.code, Some(0)), "{ran:?}");
    nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// What a runbook may have.
const LARGEST: usize = 4 << 20;

/// A runbook of exactly that size, and of each of its steps the line, the words, and the line of its command.
fn largest() -> (String, Vec<(u64, String, Option<u64>)>) {
    let (mut text, mut steps, mut line) = (String::new(), Vec::new(), 1);
    for part in 0.. {
        let section = format!(
            "## {part}. Recover part {part}\n\n\
             - [ ] Restart worker {part} within 15 minutes: `systemctl restart worker-{part}`\n\
             \u{20} 1. Look at queue {part}.\n\n\
             ```sh\n# Count rows of {part}\npsql -c 'select {part}'\n```\n\n\
             | Check | Target |\n|---|---|\n| Ask node {part} | error rate <5% |\n\n\
             It is all right when p95 < 500ms. Ünïcode, and words that ask for nothing.\n\n"
        );
        if text.len() + section.len() > LARGEST {
            break;
        }
        steps.extend([
            (line + 2, format!("Restart worker {part} "), Some(line + 2)),
            (line + 3, format!("Look at queue {part}."), None),
            (line + 6, format!("Count rows of {part}"), Some(line + 7)),
            (line + 12, format!("Ask node {part} "), None),
        ]);
        line += section.lines().count() as u64;
        text += &section;
    }
    text += &"x".repeat(LARGEST - text.len());
    (text, steps)
}

#[test]
fn the_largest_runbook_is_read_to_its_end_and_every_step_knows_its_line() {
    let night = Night::of("quiet");
    let (text, expected) = largest();
    assert!(expected.len() > 50_000, "{}", expected.len());
    night.write("large.md", &text);
    let (code, document) = night.json(&["runbook", "show", "large.md", "--json"]);
    assert_eq!(code, Some(0));
    let steps = document["runbooks"][0]["phases"].as_array().unwrap().iter();
    let steps: Vec<&Value> = steps.flat_map(|phase| phase["steps"].as_array().unwrap()).collect();
    assert_eq!(steps.len(), expected.len());
    for (step, (line, words, command)) in steps.into_iter().zip(&expected) {
        assert_eq!(step["line"].as_u64(), Some(*line), "{step}");
        assert!(step["text"].as_str().unwrap().starts_with(words.as_str()), "{words}: {step}");
        assert_eq!(step["commands"][0]["line"].as_u64(), *command, "{step}");
    }
    // One more byte is no runbook any more, and that is said.
    night.write("large.md", &format!("{text}x"));
    let ran = night.run(&["runbook", "show", "large.md"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("4194305 bytes are more than a runbook may have"), "{}", ran.err);
}
