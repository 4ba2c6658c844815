//! One incident from the first frame to the last, with a kill in the middle.

use crate::support::company::Company;
use crate::support::night::Night;
use crate::support::terminal::{DEADLINE, Terminal};

/// Opens the console's dialog for maintenance mode, arms it from there and says yes.
pub fn switch(console: &mut Terminal, to: &str) {
    console.key("m");
    let way = format!("This switches it {to}");
    let keys = ["A arm, to run it", "y run"];
    let asks = |screen: &str| screen.contains(&way) && keys.iter().any(|key| screen.contains(key));
    if console.wait_for(asks, DEADLINE).contains(keys[0]) {
        console.key("A");
        console.wait_for_text("y run", DEADLINE);
    }
    console.key("y");
}

/// The seconds of the countdown in the line that holds `text`: `59:57  O-1 …`.
fn countdown(screen: &str, text: &str) -> i64 {
    let line =
        screen.lines().find(|line| line.contains(text)).unwrap_or_else(|| panic!("no {text}:\n{screen}"));
    let before = line[..line.find(text).unwrap()].trim_end();
    let clock = before.rsplit(|c: char| c.is_whitespace() || c == '│' || c == '┃').next().unwrap();
    clock.split(':').fold(0, |sum, part| sum * 60 + part.parse::<i64>().unwrap_or_else(|_| panic!("{line}")))
}

/// The clock at the right end of the status bar, in seconds of the day.
fn clock(screen: &str) -> i64 {
    let bar = screen.lines().next().unwrap().trim_end();
    let clock = bar.rsplit(' ').next().unwrap().trim_end_matches('Z');
    clock.split(':').fold(0, |sum, part| sum * 60 + part.parse::<i64>().unwrap_or_else(|_| panic!("{bar}")))
}

fn deeds(company: &Company) -> u64 {
    company.asked("PUT /edge/flags/maintenance")
}

/// One step is ticked, and the cursor is on the one after it.
fn ticked(screen: &str) -> bool {
    screen.contains("✔ Tell the shop's people")
        && at_step(screen).is_some_and(|line| line.contains("Look at the queue"))
}

/// The step under the runbook's cursor.
fn at_step(screen: &str) -> Option<&str> {
    screen.lines().find(|line| line.contains('☐') && line.contains('▸'))
}

#[test]
fn an_incident_survives_a_kill() {
    let night = Night::of("quiet");
    night.write("running", "");
    let mut console = night.console((120, 40), &[]);
    console.wait_for_texts(
        &["MIDWATCH", "shop · production", "LOCKED", "3 ok", "web", "api", "search", "Shop runbook"],
        DEADLINE,
    );

    console.key("i");
    console.wait_for_text("Declare an incident", DEADLINE);
    console.send("baskets are lost\r");
    console.wait_for_text("INC-1 P1", DEADLINE);
    console.key("2");
    console.key("down");
    console.key("space");
    console.wait_for(ticked, DEADLINE);

    switch(&mut console, "ON");
    console.wait_for_text("observed by web", DEADLINE);
    console.key("b");
    console.wait_for_text("y run", DEADLINE);
    console.key("y");
    console.wait_for_text("at work", DEADLINE);
    console.key("esc");
    let before =
        console.wait_for(|screen| screen.contains("O-1 maintenance") && screen.contains("running"), DEADLINE);
    let (owed, then) = (countdown(&before, "O-1 maintenance"), clock(&before));
    console.kill();
    assert_eq!(deeds(&night.company), 1);

    let mut console = night.console((120, 40), &[]);
    let texts =
        ["LOCKED", "maintenance-mode ON", "INC-1 P1", "R-4 unknown: verify  long-job", "O-1 maintenance"];
    let screen = console.wait_for_texts(&texts, DEADLINE);
    console.key("2");
    console.wait_for(ticked, DEADLINE);
    console.key("1");
    // What went by on the wall went by on the obligation.
    let gone = (clock(&screen) - then).rem_euclid(24 * 3600);
    let left = countdown(&screen, "O-1 maintenance");
    assert!((owed - gone - left).abs() <= 1, "{owed} s, {gone} s later {left} s:\n{screen}");
    assert_eq!(deeds(&night.company), 1, "opening it ran something again");

    // An unknown run is verified before it is tried again, and before the incident is closed.
    console.key("C");
    console.wait_for_text("is unknown: verify it", DEADLINE);
    console.key("enter");
    console.wait_for_text("what you found", DEADLINE);
    console.send("the job had ended by itself\r");
    // It comes back to the list, in which the obligation is left, and steps.
    console.wait_for(
        |screen| screen.contains("to be settled first") && !screen.contains("unknown: verify"),
        DEADLINE,
    );
    assert!(console.screen().contains("O-1"), "{}", console.screen());
    console.key("esc");
    console.wait_for_text("MIDWATCH", DEADLINE);

    switch(&mut console, "OFF");
    console.wait_for(
        |screen| screen.contains("O-1 discharged") && !screen.contains("O-1 maintenance"),
        DEADLINE,
    );
    assert_eq!(night.company.flag(), "off");
    console.key("C");
    console.wait_for_text("to be settled first", DEADLINE);
    console.key("X");
    console.wait_for_text("why", DEADLINE);
    console.send("it was over by then\r");
    console.wait_for_text("Nothing is left", DEADLINE);
    console.key("C");
    console.wait_for_text("what happened, in short", DEADLINE);
    console.send("a worker was pinned\r");
    console.wait_for_text("closed INC-1: a worker was pinned", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));

    let (code, verified) = night.json(&["incident", "verify", "--json"]);
    assert_eq!((code, &verified["broken"]), (Some(0), &serde_json::Value::Null), "{verified}");
    let shown = night.run(&["incident", "show", "INC-1"]).out;
    let told = [
        "declared INC-1 P1: baskets are lost",
        "✔ done: Tell the shop's people",
        "▶ R-2 maintenance-mode: on: requested",
        "owed by",
        "✔ observed by web after",
        "verified R-4: the job had ended by itself",
        "O-1 discharged",
        "closed INC-1: a worker was pinned",
    ];
    let mut rest = shown.as_str();
    for text in told {
        let at = rest.find(text).unwrap_or_else(|| panic!("no {text:?} in its place:\n{shown}"));
        rest = &rest[at..];
    }
}
