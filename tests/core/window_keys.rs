//! The go-live window by keys: opened, held, ended, said GO to; what the strip, the view and the footer say of it.

use midwatch::app::{Effect, Msg};
use midwatch::domain::command::Command;
use midwatch::domain::fact::Fact;
use midwatch::domain::io::{IoReply, IoRequest};
use midwatch::domain::press::Press;
use midwatch::domain::window::Verdict;
use midwatch::state::window::{lacks, view};
use midwatch::state::{Dialog, JournalState, Watch};
use serde_json::json;

use crate::window::{HEALTH, SIGNALS, both, clean, measure, seconds, verdict, well};
use crate::world::{Answer, START, World, replay, status};

/// A world of two signals on which a window of a minute was opened by its keys.
fn opened() -> World {
    opened_with(&format!("[window]\nfor = \"60s\"\n{HEALTH}"))
}

fn opened_with(config: &str) -> World {
    let mut world = World::new(&format!("{SIGNALS}{config}"), &[], Watch::default());
    world.open();
    world.resize(100, 30);
    for signal in ["web", "api"] {
        world.answers(signal, Answer::Silent);
    }
    world.keys("W O enter");
    world
}

/// The same, and both were healthy for longer than the minute.
fn ready() -> World {
    let mut world = opened();
    both(&mut world, 200);
    well(&mut world, 80);
    assert_eq!(lacks(&world.model, world.now), Vec::<String>::new());
    world
}

fn gos(world: &World) -> usize {
    world.facts().filter(|fact| matches!(fact, Fact::WindowEnded { verdict: Verdict::Go, .. })).count()
}

#[test]
fn the_view_says_what_would_be_watched_before_a_window_is_opened() {
    let mut world = World::new(&format!("{SIGNALS}{HEALTH}"), &[], Watch::default());
    world.open();
    assert!(!world.sees("Window"), "{}", world.screen());
    // From any pane, and W again leaves it.
    for pane in ["1", "2", "3", "4"] {
        world.keys(&format!("{pane} W"));
        assert!(world.sees("O opens one for 15m00"), "{}", world.screen());
        assert!(world.sees("web: web is ok"), "{}", world.screen());
        world.key("W");
        assert!(world.model.ui.dialog.is_none());
    }
    world.keys("W G");
    assert!(world.sees("no window is open"), "{}", world.screen());
}

#[test]
fn it_is_asked_how_long_and_what_is_no_time_is_asked_again() {
    let mut world = World::new(&format!("{SIGNALS}{HEALTH}"), &[], Watch::default());
    world.open();
    world.keys("W O");
    assert!(world.sees("for: 15m"), "{}", world.screen());
    for wrong in ["soon", "100ms", "25h", ""] {
        world.answers_prompt(wrong);
        assert!(matches!(world.model.ui.dialog, Some(Dialog::Prompt(_))), "{wrong}");
        assert!(world.model.watch.windows.is_empty(), "{wrong}");
    }
    world.answers_prompt("1h 30m");
    assert_eq!(world.model.watch.window().unwrap().span, seconds(5_400));
    assert!(world.sees("Window W-1  00:00 of 1:30:00, 1:30:00 left at best"), "{}", world.screen());
    world.keys("W O");
    assert!(world.sees("W-1 is open already"), "{}", world.screen());
    assert_eq!(world.model.watch.windows.len(), 1);
}

#[test]
fn go_is_asked_for_twice_and_said_once() {
    let mut world = ready();
    assert!(world.sees("READY: waits for GO"), "{}", world.screen());
    assert!(world.sees("W then G says GO: W-1 is ready, 01:00 clean"), "{}", world.screen());
    // It goes on measuring while it waits, and nothing but y says it.
    world.keys("W G");
    assert!(world.sees("01:00 clean by all 2 required gates"), "{}", world.screen());
    for key in ["enter", "space", "G", "a", "Y"] {
        world.key(key);
        assert_eq!(gos(&world), 0, "{key}");
    }
    world.tell(Msg::Pasted("y".into()));
    assert_eq!(gos(&world), 0);
    well(&mut world, 20);
    world.key("n");
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Window { .. })) && gos(&world) == 0);
    world.keys("G y");
    assert_eq!((verdict(&world), gos(&world)), (Some(Verdict::Go), 1));
    assert!(world.model.ui.dialog.is_none());
    assert!(world.sees("GO by ann: 1m00 clean by every required gate"), "{}", world.screen());
    world.keys("W G y");
    assert_eq!(gos(&world), 1);
    // Its strip goes when it is of no interest any more.
    world.key("esc");
    world.wait(599);
    assert!(world.sees("Window W-1  GO"), "{}", world.screen());
    world.wait(1);
    assert!(!world.sees("Window W-1"), "{}", world.screen());
}

#[test]
fn go_is_refused_with_every_reason_and_on_numbers_that_grew_old() {
    let mut world = opened();
    measure(&mut world, "web", 200);
    measure(&mut world, "api", 503);
    world.keys("W G");
    for lack in ["api is failing: down (status 503)", "00:00 of 01:00 clean"] {
        assert!(world.sees(lack), "{}", world.screen());
    }
    assert!(!world.sees("y say GO"), "{}", world.screen());
    world.key("y");
    assert!(world.sees("no GO: api is failing"), "{}", world.screen());

    let mut world = ready();
    // Nothing comes back any more while the question is on screen.
    world.keys("W G");
    assert!(world.sees("y say GO"), "{}", world.screen());
    world.wait(60);
    assert!(world.sees("web is unknown: nothing measured for"), "{}", world.screen());
    assert!(!world.sees("y say GO"), "{}", world.screen());
    world.key("y");
    assert_eq!(verdict(&world), None);
    both(&mut world, 200);
    well(&mut world, 10);
    world.key("y");
    assert_eq!(verdict(&world), Some(Verdict::Go));
}

#[test]
fn a_question_about_a_window_that_ended_says_nothing_of_the_next() {
    let stops = HEALTH.replace("signal = \"api\"", "signal = \"api\"\nstop = \"status == 503\"");
    let mut world = opened_with(&format!("[window]\nfor = \"1s\"\n{stops}"));
    both(&mut world, 200);
    both(&mut world, 200);
    world.keys("W G");
    measure(&mut world, "api", 503);
    assert_eq!(verdict(&world), Some(Verdict::NoGo));
    assert!(world.sees("W-1 has ended: NO-GO by midwatch"), "{}", world.screen());
    // A reason that is being typed is for the window that it was asked of.
    world.keys("esc O enter");
    world.keys("W N");
    world.tell(Msg::Window(midwatch::domain::window::Deed::End("lunch".into())));
    world.tell(Msg::Window(midwatch::domain::window::Deed::Open(None)));
    world.answers_prompt("the buttons are gone");
    assert!(world.sees("W-2 has ended meanwhile"), "{}", world.screen());
    assert!(world.model.watch.window().is_some_and(|window| window.id.as_str() == "W-3"));
}

#[test]
fn a_hold_has_two_ways_on() {
    let mut world = opened();
    both(&mut world, 200);
    well(&mut world, 20);
    world.keys("W H");
    world.answers_prompt("");
    assert!(world.sees("a reason is needed"), "{}", world.screen());
    world.answers_prompt("ben looks at the queue");
    assert!(world.sees("held: by ann: ben looks at the queue"), "{}", world.screen());
    let held = clean(&world);
    well(&mut world, 30);
    assert_eq!(clean(&world), held);
    world.until(world.now.plus(seconds(9)));
    assert!(world.sees("W then R lets W-1 go on: ann holds it"), "{}", world.screen());
    world.key("W");
    assert!(world.sees("ann holds it: ben looks at the queue"), "{}", world.screen());
    assert!(world.sees("R go on") && world.sees("N NO-GO, roll back"), "{}", world.screen());
    world.key("H");
    assert!(world.sees("W-1 is held already"), "{}", world.screen());
    world.key("R");
    both(&mut world, 200);
    well(&mut world, 10);
    assert!(clean(&world) > held);
    world.key("R");
    assert!(world.sees("W-1 is not held"), "{}", world.screen());
    world.key("N");
    world.answers_prompt("the queue is not empty");
    assert_eq!(verdict(&world), Some(Verdict::NoGo));
    assert!(world.has_told("W-1 NO-GO: the queue is not empty"), "{:#?}", world.told());
}

#[test]
fn ending_early_is_hold_and_says_what_was_missing() {
    let mut world = opened();
    both(&mut world, 200);
    well(&mut world, 20);
    world.keys("W E");
    world.answers_prompt("the train leaves");
    assert_eq!(verdict(&world), Some(Verdict::Hold));
    assert!(world.sees("HOLD by ann: the train leaves"), "{}", world.screen());
    assert!(
        world.sees("of 01:00 clean") && world.sees("W O watch again  W Z roll back"),
        "{}",
        world.screen()
    );
    world.keys("W O enter");
    assert!(world.sees("Window W-2  00:00 of 01:00"), "{}", world.screen());
}

#[test]
fn every_deed_is_found_by_typing() {
    let mut world = opened();
    both(&mut world, 200);
    let does = |world: &mut World, name: &str| {
        world.key(":");
        world.types(name);
        world.press(Press::Enter);
        world.screen()
    };
    assert!(does(&mut world, "Show the go-live window").contains("A GO still lacks"));
    let said = does(&mut world, "GO for the window");
    assert!(said.contains("There is no GO:"), "{said}");
    world.key("esc");
    world.key("esc");
    for (name, label) in [
        ("NO-GO for the window", "NO-GO for W-1"),
        ("Hold the window", "Hold W-1"),
        ("End the window early", "End W-1 early"),
    ] {
        world.key(":");
        world.types(name);
        world.press(Press::Enter);
        assert!(world.sees(label), "{name}: {}", world.screen());
        world.key("esc");
    }
    world.command(Command::ReleaseWindow);
    assert!(world.said().contains("W-1 is not held"));
    world.command(Command::OpenWindow);
    assert!(world.said().contains("W-1 is open already"));
}

#[test]
fn leaving_never_says_go() {
    for msg in [Msg::Stop("SIGHUP".into()), Msg::Stop("SIGTERM".into()), Msg::Command(Command::Quit)] {
        let mut world = ready();
        world.keys("W G");
        world.tell(msg);
        assert_eq!((gos(&world), verdict(&world)), (0, None));
        assert!(world.asked.contains(&Effect::Quit));
    }
}

#[test]
fn what_cannot_be_recorded_is_not_said() {
    let mut world = ready();
    world.model.feed.journal = JournalState::Failed("the disk is full".into());
    assert!(!world.sees("READY"), "{}", world.screen());
    assert!(world.sees("no GO yet: the journal cannot be written"), "{}", world.screen());
    for keys in ["W G", "W N", "W H", "W E"] {
        world.keys(keys);
        assert!(matches!(world.model.ui.dialog, Some(Dialog::Window { .. })), "{keys}");
        assert!(world.sees("not recorded, the journal cannot be written"), "{}", world.screen());
        world.key("esc");
    }
}

#[test]
fn a_console_that_is_opened_again_shows_the_same() {
    let mut world = opened();
    both(&mut world, 200);
    well(&mut world, 30);
    measure(&mut world, "api", 503);
    both(&mut world, 200);
    world.keys("W H");
    world.answers_prompt("ben looks at the queue");
    well(&mut world, 10);
    world.model.ui.said = None;
    let shown = |world: &World| {
        let screen = world.screen();
        let rows: Vec<String> = screen.lines().skip(1).take(5).map(str::to_owned).collect();
        rows
    };
    let before = shown(&world);
    assert!(before[0].contains("1 reset") && before[2].contains("✖00:3"), "{before:#?}");
    let (journal, now) = (world.journal, world.now);
    let config = format!("{SIGNALS}[window]\nfor = \"60s\"\n{HEALTH}");
    let mut world = World::new(&config, &[], replay(&journal));
    (world.journal, world.now) = (journal, now);
    world.resize(100, 30);
    for signal in ["web", "api"] {
        world.answers(signal, Answer::Silent);
    }
    world.open();
    let frozen = shown(&world);
    assert!(frozen[0].contains("1 freeze"), "{frozen:#?}");
    both(&mut world, 200);
    let after = shown(&world);
    assert_eq!(before[3..], after[3..], "what the clock does, and the gates");
    let time = |rows: &[String]| rows[0].split(',').next().map(str::to_owned);
    assert_eq!(time(&before), time(&after), "{before:#?} {after:#?}");
    assert!(after[2].contains("✖00:3"), "{after:#?}");
}

#[test]
fn a_screen_of_a_few_rows_says_it_in_the_bar_and_the_footer() {
    let mut world = ready();
    world.resize(40, 12);
    assert!(world.sees("W-1 READY") && world.sees("W then G says GO"), "{}", world.screen());
    measure(&mut world, "api", 503);
    assert!(world.sees("W-1 ✖ 00:00"), "{}", world.screen());
}

/// So many gates, the last of which fails.
fn many(count: usize) -> String {
    let gate = |n: usize| {
        let below = if n + 1 == count { "< 1" } else { ">= 0" };
        format!("[[window.gate]]\nname = \"gate-{n}\"\nsignal = \"api\"\nwhen = \"body.queue {below}\"\n")
    };
    (0..count).map(gate).collect()
}

#[test]
fn of_fifty_gates_the_one_that_fails_is_seen_and_the_rest_counted() {
    let mut world = opened_with(&many(50));
    world.answers("api", Answer::Http(200, 40, Vec::new(), r#"{"queue": 7}"#.into()));
    world.poll("api");
    for (columns, rows, at_most) in [(80, 24, 6), (120, 40, 10)] {
        world.resize(columns, rows);
        let screen = world.screen();
        assert!(screen.contains("failing: gate-49: queue is 7"), "{screen}");
        assert!(screen.contains(" more, all passing"), "{screen}");
        let strip = screen.lines().skip(1).position(|line| line.starts_with('└')).expect("a strip") + 1;
        assert!(strip <= at_most, "{strip}: {screen}");
        assert!(screen.contains("Health") && screen.contains("Timeline"), "{screen}");
    }
    // The view has all of them, the one that fails first.
    world.key("W");
    let gates: Vec<String> = midwatch::panes::dialog::text(&world.model, world.now)
        .unwrap()
        .lines()
        .filter(|line| ["✖ failing  gate-", "● passing  gate-"].iter().any(|lead| line.starts_with(lead)))
        .map(str::to_owned)
        .collect();
    assert!(gates.len() == 50 && gates[0].contains("failing  gate-49: queue is 7"), "{gates:#?}");
    assert_eq!(view(&world.model, world.now).unwrap().gates.len(), 50);
}

/// Two releases of a shop, the older of which can be gone back to.
fn releases(request: &IoRequest) -> Option<IoReply> {
    let IoRequest::Http(http) = request else { return None };
    let started = START.millis();
    let deployment = |uid: &str, minutes: i64| {
        json!({
            "uid": uid, "name": "web", "url": format!("{uid}.example.com"), "state": "READY",
            "readyState": "READY", "target": "production", "readySubstate": "PROMOTED",
            "created": started - minutes * 60_000, "ready": started - minutes * 60_000 + 40_000,
            "isRollbackCandidate": uid != "dpl_new", "creator": { "username": "bob" },
            "meta": { "githubCommitSha": format!("{uid}00000000"), "githubCommitMessage": "A faster basket" },
        })
    };
    let answer = if http.url.contains("/v9/projects/web") {
        json!({ "id": "prj_1", "name": "web", "targets": { "production": { "id": "dpl_new" } } })
    } else {
        json!({ "pagination": { "count": 2, "next": null, "prev": null },
                "deployments": [deployment("dpl_new", 11), deployment("dpl_old", 3000)] })
    };
    Some(status(200, &answer.to_string()))
}

#[test]
fn no_go_shows_what_can_be_gone_back_to() {
    let vercel = "[[vercel]]\nname = \"deploys\"\nproject = \"web\"\nteam = \"team_1\"\ntoken = { env = \"T\" }\n\
                  base_url = \"https://vercel.example.com\"\n";
    let stops = HEALTH.replace("signal = \"api\"", "signal = \"api\"\nstop = \"status == 503\"");
    for by_hand in [true, false] {
        let mut world = World::new(&format!("{SIGNALS}{vercel}{stops}"), &[], Watch::default());
        world.vendor = Some(Box::new(releases));
        world.open();
        world.wait(30);
        world.keys("W O enter W");
        if by_hand {
            world.key("N");
            world.answers_prompt("the basket is empty");
        } else {
            // Who looks at the window is not in the middle of something.
            measure(&mut world, "api", 503);
        }
        assert_eq!(verdict(&world), Some(Verdict::NoGo));
        assert!(matches!(world.model.ui.dialog, Some(Dialog::Rollback { .. })), "{}", world.screen());
        assert!(world.left.is_empty(), "nothing runs by itself");
    }
}
