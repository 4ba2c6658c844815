//! The doors: replies, runbooks, configurations, commands, pastes, the environment, the journal.

use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::incident::Severity;
use midwatch::domain::time::Timestamp;
use midwatch::journal;

use crate::support::canary::{
    HOSTILE, Parrot, answer, harmless_journal, is_harmless, is_plain, is_plain_json,
};
use crate::support::night::Night;
use crate::support::terminal::{DEADLINE, Terminal};

/// A TOML string that holds `text`.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Runs every command that shows something, and looks at all they print.
fn commands_are_plain(night: &Night, forged: bool) {
    for arguments in [
        &["check"][..],
        &["config", "show"],
        &["config", "check"],
        &["doctor"],
        &["runbook", "show"],
        &["incident", "list"],
        &["incident", "show"],
        &["incident", "verify"],
    ] {
        for json in [&[][..], &["--json"]] {
            let ran = night.run(&[arguments, json].concat());
            assert!(ran.code.is_some(), "{arguments:?}: {ran:?}");
            // Of a journal that a forger wrote, the texts are what he wrote, in JSON's own escapes.
            if !json.is_empty() && !forged {
                is_plain_json(&ran.out);
            }
            is_plain(&ran.out);
            is_plain(&ran.err);
        }
    }
    let ran = night.run(&["check", "--follow", "--for", "2s"]);
    assert!(ran.code.is_some(), "{ran:?}");
    is_plain(&ran.out);
    is_plain(&ran.err);
}

/// Ends the console, and looks at every byte it wrote and every text it kept.
fn console_is_harmless(night: &Night, mut console: Terminal) {
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    is_harmless(&console.output());
    harmless_journal(&night.path("night.journal"));
}

/// Looks at every pane, and at what can be opened in it.
fn look_round(console: &mut Terminal) {
    for pane in ["1", "2", "3", "4"] {
        console.key(pane);
        console.key("end");
        console.key(":");
        console.wait_for_text("find:", DEADLINE);
        console.send("open what");
        console.wait_for_text("▸ Open what is under", DEADLINE);
        console.key("enter");
        console.wait_for(|screen| !screen.contains("find:"), DEADLINE);
        console.key("ctrl+l");
        if !console.wait_for(|screen| screen.lines().count() > 20, DEADLINE).contains("MIDWATCH") {
            console.key("esc");
            console.wait_for_text("MIDWATCH", DEADLINE);
        }
    }
}

#[test]
fn replies() {
    let json =
        serde_json::json!({ "status": HOSTILE, "providers": [{ "name": HOSTILE, "status": HOSTILE }] });
    let bodies = Parrot::new(move |request| {
        if request.contains("/json") {
            return answer("200 OK", "content-type: application/json\r\n", &json.to_string());
        }
        answer("500 Oh", &format!("x-note: {HOSTILE}\r\nserver: \u{202e}live\r\n"), HOSTILE)
    });
    let status = Parrot::new(|_| answer(&format!("500 {HOSTILE}"), "", "no"));
    let more = format!(
        "[[health]]\nname = \"json\"\nurl = \"{0}/json\"\nevery = \"1s\"\nproviders = \"providers\"\nfail_after = 1\n\
         [[health]]\nname = \"text\"\nurl = \"{0}/text\"\nevery = \"1s\"\nfail_after = 1\nok = \"body.status == 'ok'\"\n\
         [[health]]\nname = \"status\"\nurl = \"{1}/\"\nevery = \"1s\"\nfail_after = 1\n\
         [[action]]\nname = \"post\"\nkey = \"u\"\nkind = \"http\"\nrisk = \"read\"\npost = \"{0}/text\"\n",
        bodies.base(),
        status.base(),
    );
    let night = Night::with("quiet", &more);
    let mut console = night.console((120, 40), &[]);
    console.wait_for_text("3 down", DEADLINE);
    for name in ["json", "text", "status"] {
        console.key("1");
        console.key("/");
        console.wait_for_text("show only", DEADLINE);
        console.send(&format!("{name}\r"));
        console.wait_for_text(&format!("▸ {name}"), DEADLINE);
        console.key("enter");
        console.wait_for_texts(&["asks", "rules"], DEADLINE);
        console.key("end");
        console.key("esc");
        console.wait_for_text("MIDWATCH", DEADLINE);
        console.key("/");
        console.wait_for_text("show only", DEADLINE);
        console.key("ctrl+u");
        console.key("enter");
        console.wait_for_text("MIDWATCH", DEADLINE);
    }
    console.key("u");
    console.wait_for_text("R-1 post failed", DEADLINE);
    look_round(&mut console);
    console_is_harmless(&night, console);
    commands_are_plain(&night, false);
    let ran = night.run(&["run", "post"]);
    is_plain(&ran.out);
    is_plain(&ran.err);
    let kept = harmless_journal(&night.path("night.journal"));
    assert!(kept.contains("evil"), "nothing of the replies was kept: the test looks at nothing:\n{kept}");
}

#[test]
fn runbooks() {
    let night = Night::of("quiet");
    night.write(
        "runbook.md",
        &format!(
            "# {HOSTILE}\n\n## Containment {HOSTILE}\n\n- [ ] Do `{HOSTILE}` **{HOSTILE}**\n\n  ```sh\n  # {HOSTILE}\n  \
             echo {HOSTILE} <{HOSTILE}>\n  ```\n\n- [ ] [{HOSTILE}](https://example.com/{HOSTILE})\n\n\
             | {HOSTILE} | b |\n|---|---|\n| {HOSTILE} | `{HOSTILE}` |\n\n- plain step\n"
        ),
    );
    night.write(&format!("odd\u{202e}{}.md", "\u{200b}name"), "# Odd\n\n- a step\n");
    night.reconfigure(
        "[\"runbook.md\"]",
        "[\"runbook.md\", \"odd\\u202E\\u200Bname.md\", \"not\\u001B[2J!there.md\"]",
    );
    let mut console = night.console((120, 40), &[]);
    console.key("2");
    for _ in 0..6 {
        console.key("space");
        console.key("down");
    }
    console.key("home");
    console.key("s");
    console.wait_for_text("Skip the step", DEADLINE);
    console.paste(HOSTILE);
    console.key("enter");
    console.wait_for_text("⊘ skipped", DEADLINE);
    console.key("}");
    console.wait_for_text("Odd", DEADLINE);
    look_round(&mut console);
    console_is_harmless(&night, console);
    commands_are_plain(&night, false);
}

#[test]
fn configurations() {
    let text = quoted(HOSTILE);
    let more = format!(
        "[[action]]\nname = \"about\"\nkey = \"u\"\nkind = \"command\"\nrisk = \"read\"\nabout = {text}\n\
         matches = [{text}]\ntarget = {text}\ncommand = [\"printf\", \"%s\\n\", {text}]\nenv = {{ X = {text} }}\n\
         [[action]]\nname = \"asked\"\nkey = \"w\"\nkind = \"http\"\nrisk = \"destroy\"\ntarget = {text}\n\
         post = \"@BASE@/nowhere\"\nbody = {text}\n\
         [[action]]\nname = \"link\"\nkey = \"l\"\nkind = \"open\"\nurl = \"https://example.com/x\"\n"
    );
    let night = Night::with("quiet", &more);
    night.reconfigure("name = \"shop\"", &format!("name = {text}"));
    night.reconfigure("operator = \"ann\"", &format!("operator = {text}"));
    let mut console = night.console((120, 40), &[]);
    console.key("w");
    console.wait_for_text("CANNOT BE UNDONE", DEADLINE);
    console.key("esc");
    console.wait_for_text("MIDWATCH", DEADLINE);
    console.key("u");
    console.wait_for_text("exit 0", DEADLINE);
    console.key("esc");
    console.wait_for_text("MIDWATCH", DEADLINE);
    console.key("l");
    console.wait_for_text("example.com", DEADLINE);
    console.key("esc");
    console.wait_for_text("MIDWATCH", DEADLINE);
    console.key("?");
    console.wait_for_text("Help", DEADLINE);
    console.key("end");
    console.key("esc");
    console.wait_for_text("MIDWATCH", DEADLINE);
    look_round(&mut console);
    console_is_harmless(&night, console);
    commands_are_plain(&night, false);
    for arguments in [&["run", "asked", "--dry-run"][..], &["run", "about", "--dry-run"], &["run", "about"]] {
        let ran = night.run(arguments);
        is_plain(&ran.out);
        is_plain(&ran.err);
    }

    // Mistakes are told without what they hold.
    let key = format!(
        "\n[console.{text}]\nx = 1\n[[health]]\nname = {text}\nurl = {text}\nevery = {text}\nok = {text}\n"
    );
    let night = Night::with("quiet", &key);
    let ran = night.run(&["check"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    is_plain(&ran.err);
    is_plain_json(&night.run(&["config", "check", "--json"]).out);
}

#[test]
fn commands() {
    let script = "printf \"$1\\n\"; printf \"$1\" >&2; printf \"\\033[999;999H$1\\rover\"; exit 3";
    let escaped = HOSTILE.chars().fold(String::new(), |mut out, c| {
        let mut bytes = [0; 4];
        for byte in c.encode_utf8(&mut bytes).bytes() {
            let _ = std::fmt::Write::write_fmt(&mut out, format_args!("\\{byte:03o}"));
        }
        out
    });
    let argv = format!("[\"sh\", \"-c\", {}, \"sh\", {}]", quoted(script), quoted(&escaped));
    let more = format!(
        "[[action]]\nname = \"prints\"\nkey = \"u\"\nkind = \"command\"\nrisk = \"read\"\ncommand = {argv}\n\
         [[health]]\nname = \"probe\"\nevery = \"1s\"\nfail_after = 1\ncommand = {argv}\n"
    );
    let night = Night::with("quiet", &more);
    let mut console = night.console((120, 40), &[]);
    console.wait_for_text("1 down", DEADLINE);
    console.key("u");
    console.wait_for_text("exit 3", DEADLINE);
    console.key("y");
    console.key("esc");
    console.wait_for_text("MIDWATCH", DEADLINE);
    look_round(&mut console);
    // What is copied goes to the clipboard encoded, and clean.
    console_is_harmless(&night, console);
    commands_are_plain(&night, false);
    let ran = night.run(&["run", "prints"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    is_plain(&ran.out);
    is_plain(&ran.err);
    assert!(ran.out.contains("evil"), "{ran:?}");
}

#[test]
fn hands_and_names() {
    let night = Night::of("quiet");
    night.reconfigure("operator = \"ann\"\n", "");
    let name = "an\u{202e}n\x1b[31337m";
    let mut console = night.unawaited((120, 40), &[], &[("USER", name), ("MIDWATCH_NAME", HOSTILE)]);
    console.wait_for_texts(&["MIDWATCH", "3 ok"], DEADLINE);
    for (key, title) in
        [("n", "what happened"), ("i", "severity and title"), ("/", "show only"), (":", "find:")]
    {
        console.key(key);
        console.wait_for_text(title, DEADLINE);
        console.paste(HOSTILE);
        console.key("enter");
        console.wait_for_text("MIDWATCH", DEADLINE);
    }
    // Escapes that are typed are keys, not text.
    console.key("n");
    console.wait_for_text("what happened", DEADLINE);
    console.send("a\u{202e}b\u{200b}c\u{9b}d\r");
    console.wait_for_text("MIDWATCH", DEADLINE);
    console_is_harmless(&night, console);
    commands_are_plain(&night, false);
    let ran = night.command(&["doctor", "--operator", name]).env("USER", name).output().unwrap();
    is_plain(&String::from_utf8(ran.stdout).unwrap());
    for arguments in [
        &["check", HOSTILE][..],
        &["run", HOSTILE],
        &["incident", "show", HOSTILE],
        &["check", "--config", HOSTILE],
        &["runbook", "show", HOSTILE],
        &["config", "check", "--theme", HOSTILE],
    ] {
        let ran = night.run(arguments);
        assert!(matches!(ran.code, Some(0..=3)), "{ran:?}");
        is_plain(&ran.out);
        is_plain(&ran.err);
    }
}

#[test]
fn journals() {
    let night = Night::of("quiet");
    let opened = journal::open(&night.path("night.journal"), HOSTILE, Box::new(|_| {})).unwrap();
    let writer = opened.writer.unwrap();
    let at = Timestamp::from_millis(1_795_271_525_120);
    let text = || HOSTILE.to_owned();
    let facts = [
        Fact::IncidentDeclared {
            incident: "INC-1".into(),
            severity: Severity::P1,
            title: text(),
            by: text(),
            kind: midwatch::domain::incident::IncidentKind::Outage,
            signal: None,
            began: None,
        },
        Fact::Noted { text: text(), by: text(), about: at, step: None },
        Fact::RunAccepted { run: text().into(), detail: text() },
    ];
    for (seq, fact) in (1..).zip(facts) {
        writer.append(Logged { seq, at, incident: Some("INC-1".into()), fact });
    }
    writer.close();
    let mut console = night.console((120, 40), &[]);
    console.wait_for_text("accepted (ca]0;pwned", DEADLINE);
    look_round(&mut console);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    is_harmless(&console.output());
    commands_are_plain(&night, true);
}
