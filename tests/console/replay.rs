//! `midwatch replay` in a terminal: on a night that was lived through in a console before.

use std::sync::Arc;

use crate::support::night::Night;
use crate::support::terminal::{DEADLINE, MIDWATCH, Terminal};

fn lived() -> Night {
    let night = Night::of("api-outage");
    let mut console = night.console((120, 36), &[]);
    console.wait_for_text("DOWN 503", DEADLINE);
    console.key("i");
    console.wait_for_text("Declare an incident", DEADLINE);
    console.key("ctrl+u");
    console.send("P1 orders fail\r");
    console.wait_for_text("INC-1 P1", DEADLINE);
    console.key("n");
    console.wait_for_text("what happened", DEADLINE);
    console.send("the pool is empty\r");
    console.wait_for_text("✎ the pool is empty", DEADLINE);
    console.key("2");
    console.key("space");
    console.wait_for_text("✔ Close the shop", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
    night
}

fn replay(night: &Night, size: (u16, u16)) -> Terminal {
    Terminal::start_at(Arc::clone(&night.home), &[MIDWATCH, "replay", "--paused"], size, &[])
}

fn files(night: &Night) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(night.home.path())
        .unwrap()
        .map(|file| file.unwrap())
        .filter(|file| file.file_type().unwrap().is_file())
        .map(|file| (file.file_name().to_string_lossy().into_owned(), std::fs::read(file.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn a_night_is_seen_again_and_nothing_can_be_done_in_it() {
    let night = lived();
    // No secret is read: there is none any more.
    std::fs::remove_file(night.path("company/edge-token")).unwrap();
    let (before, asked) = (files(&night), night.company.asked("GET /api/health"));
    assert!(before.iter().any(|(name, _)| name == "night.journal.readings"), "{before:?}");

    let mut replay = replay(&night, (120, 36));
    replay.wait_for_texts(&["REPLAY INC-1 P1 orders fail", "⏸ paused 1x", "shop · production"], DEADLINE);
    // To the red edge: what was red then is red, and what came later is not there yet.
    replay.key("]");
    let screen = replay.wait_for_texts(&["✖ DOWN 503", "api        "], DEADLINE);
    assert!(!screen.contains("the pool is empty") && !screen.contains("INC-1 P1 00:"), "{screen}");
    replay.key("end");
    replay.wait_for_texts(&["✎ the pool is empty", "INC-1 P1 00:", "✔ Close the shop"], DEADLINE);
    replay.key("[");
    replay
        .wait_for(|screen| !screen.contains("the pool is empty") && screen.contains("✖ DOWN 503"), DEADLINE);
    // It plays, and stands still at the end.
    for _ in 0..8 {
        replay.key("+");
    }
    replay.wait_for_text("600x", DEADLINE);
    replay.key("space");
    replay.wait_for_texts(&["✎ the pool is empty", "⏸ paused 600x"], DEADLINE);

    // Whatever would have done something says that it does not: the team's keys too.
    for (key, what) in [
        ("m", "maintenance-mode"),
        ("b", "long-job"),
        ("t", "restart-api"),
        ("z", "purge-cache"),
        ("c", "gates"),
        ("n", "note"),
        ("i", "declare"),
        ("A", "arm"),
        ("U", "undo"),
        ("Z", "roll back"),
    ] {
        replay.key(key);
        replay.wait_for_text(
            &format!("{what}: this is a replay: nothing runs and nothing is written"),
            DEADLINE,
        );
    }
    replay.key("q");
    assert_eq!(replay.exit_code(DEADLINE), Some(0));
    assert_eq!(files(&night), before, "nothing was written");
    assert_eq!(night.company.asked("GET /api/health"), asked, "nobody was asked");
    assert_eq!(night.company.changes(), 0);
}

#[test]
fn a_console_goes_on_writing_while_somebody_looks_at_its_past() {
    let night = lived();
    let mut live = night.console((120, 36), &[]);
    live.wait_for_text("INC-1 P1", DEADLINE);
    let mut replay = replay(&night, (80, 24));
    replay.wait_for_text("REPLAY INC-1", DEADLINE);
    replay.key("]");
    replay.wait_for_text("✖ DOWN 503", DEADLINE);
    live.key("K");
    live.wait_for_text("INC-1 acknowledged", DEADLINE);
    live.key("q");
    assert_eq!(live.exit_code(DEADLINE), Some(0));
    replay.key("q");
    assert_eq!(replay.exit_code(DEADLINE), Some(0));
    // Without its readings the night is seen by its facts.
    std::fs::remove_file(night.path("night.journal.readings")).unwrap();
    let mut bare = self::replay(&night, (80, 24));
    bare.wait_for_text("REPLAY INC-1", DEADLINE);
    bare.key("]");
    bare.wait_for_text("✖ DOWN 503", DEADLINE);
    bare.key("q");
    assert_eq!(bare.exit_code(DEADLINE), Some(0));
    // An instant that is not there, and an incident that is not.
    let ran = night.run(&["replay", "INC-9"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("no incident is called INC-9"), "{ran:?}");
    let ran = night.run(&["replay", "--speed", "601"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}
