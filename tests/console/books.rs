//! The six runbooks of the simulated company, walked to their ends with the keys that the screen offers: what can be run
//! is run, what is asked is answered, and every step is ticked.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::terminal::{DEADLINE, MIDWATCH, Terminal, environment, now};

/// In the order of the demo.
const BOOKS: [&str; 6] = [
    "lanternfish-incident.md",
    "lanternfish-release.md",
    "lanternfish-golive.md",
    "lanternfish-operations.md",
    "lanternfish-pilot.md",
    "lanternfish-security.md",
];

/// What stands for placeholders.
const ANSWERS: [(&str, &str); 6] = [
    ("<order-id>", "LF-20711"),
    ("<release>", "97c0de"),
    ("<previous>", "97c0de"),
    ("[circleId]", "C-7"),
    ("[listId]", "L-1"),
    ("{{mail}}", "The long night"),
];

/// How long a run may take.
const RUN: Duration = Duration::from_secs(20);

/// Presses `key` and gives what is on screen once it has done something, or has had the time to.
fn press(console: &mut Terminal, key: &str) -> String {
    let (before, began) = (console.screen(), now());
    console.key(key);
    while console.screen() == before && began.elapsed() < Duration::from_millis(600) {
        std::thread::sleep(Duration::from_millis(10));
    }
    // The rest of a frame comes with it.
    std::thread::sleep(Duration::from_millis(60));
    console.screen()
}

/// The line of the runbook that the cursor is on.
fn chosen(screen: &str) -> String {
    screen.lines().find(|line| line.contains('▸')).unwrap_or_default().to_owned()
}

/// What is on screen, and not half a frame.
fn whole(console: &Terminal) -> String {
    loop {
        let screen = console.screen();
        std::thread::sleep(Duration::from_millis(40));
        if console.screen() == screen {
            return screen;
        }
    }
}

/// Answers whatever is asked until nothing is.
fn answer(console: &mut Terminal) {
    let began = now();
    loop {
        let screen = whole(console);
        assert!(began.elapsed() < RUN, "it does not end:\n{screen}");
        let shows = |text: &str| screen.contains(text);
        if let Some((_, value)) = ANSWERS.iter().find(|(token, _)| shows(&format!("Fill in {token}"))) {
            // What was answered before stands in the field.
            console.send(&format!("\u{15}{value}"));
            press(console, "enter");
        } else if shows("A arm, to run it") {
            press(console, "A");
        } else if let Some((_, rest)) = screen.split_once("Type ").filter(|_| shows("run once typed")) {
            let target = rest.split(" to run it").next().unwrap_or_default().to_owned();
            console.send(&target);
            press(console, "enter");
        } else if shows("y run   n do not run") {
            press(console, "y");
        } else if shows("⏎ this one") {
            // Nobody waits two minutes here.
            if shows("▸ $ sleep 120") {
                press(console, "down");
            }
            press(console, "enter");
        } else if shows("Post to which channel?") {
            press(console, "enter");
        } else if shows("ctrl+s go on") {
            press(console, "ctrl+s");
        } else if shows("why all the same:") {
            console.send("seen in the demo");
            press(console, "enter");
        } else if shows("esc back") && !shows("X stop it") && !shows(" requested ") {
            press(console, "esc");
        } else if shows(" MIDWATCH ") {
            return;
        } else {
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

#[test]
fn every_runbook_of_the_company_is_walked_to_its_end() {
    let arguments =
        [MIDWATCH, "demo", "quiet", "--theme", "dark", "--operator", "ann", "--journal", "walk.journal"];
    let mut console = Terminal::start(&arguments, (140, 50), &[]);
    console.wait_for_text("Lanternfish incident runbook", DEADLINE);
    press(&mut console, "i");
    console.send("walking the runbooks");
    press(&mut console, "enter");
    press(&mut console, "2");
    for book in 0..BOOKS.len() {
        press(&mut console, "g");
        loop {
            if console.screen().contains("needs the approval of") {
                press(&mut console, "Y");
                console.send("ann: it is the demo");
                press(&mut console, "enter");
            }
            let step = chosen(&console.screen());
            press(&mut console, "enter");
            answer(&mut console);
            press(&mut console, "space");
            answer(&mut console);
            // The tick has gone on to the next step, unless there is none.
            let screen = console.screen();
            let here = chosen(&screen);
            assert_ne!(here, step, "it was not ticked:\n{screen}");
            if here.contains("▸ ✔") {
                break;
            }
        }
        if book + 1 < BOOKS.len() {
            press(&mut console, "}");
        }
    }
    let home = console.home();
    console.key("q");
    console.exit_code(DEADLINE);

    let midwatch = |arguments: &[&str]| -> Value {
        let mut command = Command::new(MIDWATCH);
        command.args(arguments).current_dir(home.path()).env_clear().envs(environment(home.path()));
        serde_json::from_slice(&command.output().unwrap().stdout).unwrap()
    };
    let record = midwatch(&["incident", "show", "--json", "--journal", "walk.journal"]);
    let facts = || record["facts"].as_array().unwrap().iter();
    for book in BOOKS {
        let file = format!("{}/docs/runbooks/{book}", env!("CARGO_MANIFEST_DIR"));
        let shown = midwatch(&["runbook", "show", &file, "--json"]);
        let phases = shown["runbooks"][0]["phases"].as_array().unwrap();
        for step in phases.iter().flat_map(|phase| phase["steps"].as_array().unwrap()) {
            let is_of_step = |fact: &&Value| {
                fact["step"]["step"] == step["id"]
                    && fact["step"]["runbook"].as_str().is_some_and(|name| name.ends_with(book))
            };
            let mark = facts().filter(is_of_step).find(|fact| fact["fact"] == "step-marked");
            let mark = mark.unwrap_or_else(|| panic!("{book}: {} was not marked", step["text"]));
            assert_eq!(mark["state"], "done", "{book}: {}", step["text"]);
            let runs = facts().filter(is_of_step).any(|fact| fact["fact"] == "run-requested");
            let commands = step["commands"].as_array().unwrap();
            assert!(commands.is_empty() || runs, "{book}: {} was not run", step["text"]);
            let evidence = mark["evidence"].as_array().unwrap();
            if !commands.is_empty() {
                let by_run = evidence.iter().any(|one| one["from"] == "run");
                assert!(by_run, "{book}: {} rests on {evidence:?}", step["text"]);
            }
        }
    }
    let failed: Vec<&Value> = facts()
        .filter(|fact| ["run-failed", "run-unknown"].iter().any(|word| fact["fact"] == *word))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
