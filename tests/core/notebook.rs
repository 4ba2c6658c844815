//! The notebook: lines that are written from anywhere and are what their first character says, hypotheses that are
//! settled, follow-ups that stay open until they are done.

use std::time::Duration;

use midwatch::domain::fact::Fact;
use midwatch::domain::incident::Standing;
use midwatch::report;
use midwatch::state::{Dialog, JournalState};

use crate::world::{World, replay};

fn incident() -> World {
    let mut world = World::quiet();
    world.key("i");
    world.answers_prompt("P1 checkout answers 503");
    world
}

fn writes(world: &mut World, line: &str) {
    world.key("n");
    world.answers_prompt(line);
    assert!(!matches!(world.model.ui.dialog, Some(Dialog::Prompt(_))), "{line}:\n{}", world.screen());
}

#[test]
fn one_key_writes_whatever_the_first_character_says() {
    let mut world = incident();
    world.wait(600);
    for line in [
        "-5m customers wrote in",
        "? the pool is full",
        "-2m ?a deploy did it",
        "! roll back because the fix takes an hour",
        "+ @ann 2026-12-01 raise the pool's limit",
        "-1m $ db/fix-orders.sql sets 12 orders to paid",
    ] {
        writes(&mut world, line);
    }
    let (book, now) = (&world.model.watch.notebook, world.now);
    let ago = |minutes: u64| now.minus(Duration::from_secs(minutes * 60));
    assert_eq!((book.notes[0].text.as_str(), book.notes[0].about), ("customers wrote in", ago(5)));
    let raised: Vec<_> = book.hypotheses.iter().map(|one| (one.id.as_str(), one.about)).collect();
    assert_eq!(raised, [("H-1", now), ("H-2", ago(2))]);
    assert_eq!(book.decisions[0].why, "the fix takes an hour");
    let owed = &book.follow_ups[0];
    assert_eq!((owed.owner.as_str(), owed.due.as_deref()), ("ann", Some("2026-12-01")));
    assert_eq!((book.patches[0].link.as_str(), book.patches[0].about), ("db/fix-orders.sql", ago(1)));
    assert_eq!(replay(&world.journal), world.model.watch);

    world.resize(100, 40);
    world.key("N");
    let screen = world.screen();
    for text in
        ["Notebook · INC-1", "H-1 the pool is full", "because the fix takes an hour", "@ann, by 2026-12-01"]
    {
        assert!(screen.contains(text), "{text}:\n{screen}");
    }
    // What happened first stands first, whenever it was written down.
    assert!(screen.find("a deploy did it") < screen.find("the pool is full"), "{screen}");
}

#[test]
fn the_prompt_says_what_a_line_is_going_to_be() {
    let mut world = incident();
    world.key("n");
    for prefix in ["? hypothesis", "! decided", "+ @who", "$ patch", "-5m earlier"] {
        assert!(world.sees(prefix), "{prefix}:\n{}", world.screen());
    }
    world.types("-5m ! roll back because it is faster");
    assert!(world.sees("→ decision, because it is faster, 5m00 ago"), "{}", world.screen());
    world.press(midwatch::domain::press::Press::DeleteLine);
    world.types("+ @ann");
    world.key("enter");
    assert!(world.sees("what is to be done"), "{}", world.screen());
    assert!(world.model.watch.notebook.follow_ups.is_empty());
}

#[test]
fn a_line_is_written_over_a_view_and_the_view_comes_back() {
    let mut world = incident();
    for (open, title) in [("W", "Window"), ("N", "Notebook"), ("1 g enter", "last bad reply")] {
        world.keys(open);
        let before = world.screen();
        world.key("n");
        world.answers_prompt("? seen here");
        assert!(world.model.ui.dialog.is_some(), "{title} is gone:\n{}", world.screen());
        assert_eq!(before.lines().next(), world.screen().lines().next(), "{title}");
        world.key("n");
        world.key("esc");
        assert_eq!(before.lines().next(), world.screen().lines().next(), "{title}, left");
        world.key("esc");
        assert!(world.model.ui.dialog.is_none());
    }
    assert_eq!(world.model.watch.notebook.hypotheses.len(), 3);
}

#[test]
fn a_hypothesis_is_settled_with_a_reason_and_opened_again() {
    let mut world = incident();
    writes(&mut world, "? the pool is full");
    writes(&mut world, "? a deploy did it");
    world.keys("N x");
    world.answers_prompt("  ");
    assert!(world.sees("a reason is needed"), "{}", world.screen());
    world.answers_prompt("it has room for 80 more");
    assert!(world.sees("ruled out: it has room for 80 more"), "{}", world.screen());
    let standing = |world: &World, at: usize| world.model.watch.notebook.hypotheses[at].standing;
    assert_eq!(standing(&world, 0), Standing::RuledOut);
    // The cursor is on the one that is still open.
    world.keys("g d");
    world.answers_prompt("the rollback mended it");
    assert_eq!(standing(&world, 1), Standing::Confirmed);
    world.keys("G r");
    world.answers_prompt("it was the wrong pool");
    assert_eq!(standing(&world, 0), Standing::Open);
    assert_eq!(replay(&world.journal), world.model.watch);
}

#[test]
fn a_follow_up_stays_open_after_the_close_until_it_is_done() {
    let mut world = incident();
    writes(&mut world, "+ @ann 2026-12-01 raise the pool's limit");
    writes(&mut world, "+ write a test");
    world.key("C");
    assert!(world.sees("2 follow-ups stay"), "{}", world.screen());
    world.answers_prompt("a release; rolled back");
    world.key("i");
    world.answers_prompt("P2 search is slow");
    world.resize(100, 30);
    world.key("N");
    assert!(world.sees("F-1 of INC-1  raise the pool's limit"), "{}", world.screen());
    world.key("d");
    world.answers_prompt("");
    assert!(!world.sees("F-1 of"), "it is done, and of another incident:\n{}", world.screen());
    world.key("x");
    world.answers_prompt("");
    assert!(world.sees("a reason is needed"), "{}", world.screen());
    world.answers_prompt("covered by another test");
    assert_eq!(world.model.watch.notebook.open_follow_ups().count(), 0);
    assert!(world.has_told("F-2 given up: covered by another test"));
}

#[test]
fn what_is_dated_back_stands_in_the_timeline_where_it_happened() {
    let mut world = incident();
    world.wait(300);
    writes(&mut world, "the page is shown");
    world.wait(300);
    writes(&mut world, "-8m customers wrote in");
    let incident = &report::incidents(&world.journal)[0];
    let lines = report::timeline(Some(incident), &world.journal);
    let at = |text: &str| lines.iter().position(|line| line.contains(text)).expect("a line");
    assert!(at("declared") < at("customers wrote in"), "{lines:#?}");
    assert!(at("customers wrote in") < at("the page is shown"), "{lines:#?}");
    assert!(lines[at("customers wrote in")].contains("written at"), "{lines:#?}");
    let last = world.journal.iter().rev().find(|logged| matches!(logged.fact, Fact::Noted { .. })).unwrap();
    assert_eq!((last.at, last.happened()), (world.now, world.now.minus(Duration::from_secs(480))));
}

#[test]
fn what_cannot_be_recorded_is_not_asked_for() {
    let mut world = incident();
    writes(&mut world, "? the pool");
    world.model.feed.journal = JournalState::ReadOnly("bob writes".into());
    for keys in ["n", "N d", "C"] {
        world.keys(keys);
        assert!(world.said().contains("read-only"), "{keys}: {}", world.said());
        assert!(!matches!(world.model.ui.dialog, Some(Dialog::Prompt(_))), "{keys}");
        world.key("esc");
    }
}
