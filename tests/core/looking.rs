//! What stands in a runbook runs only once somebody has looked at that very text, whatever path asks.

use midwatch::app::{Effect, Msg};
use midwatch::domain::action::Risk;
use midwatch::domain::command::Command;
use midwatch::domain::fact::Fact;
use midwatch::domain::io::{CommandRequest, IoRequest};
use midwatch::domain::looked::{Block, BlockRef};
use midwatch::domain::press::Press;
use midwatch::domain::terms::Terms;
use midwatch::state::{Dialog, Watch};

use crate::editing::{edited, go_to};
use crate::world::{RUNBOOK, SHOP, World, replay};

/// A shop whose runbook nobody has looked at, armed.
fn unlooked() -> World {
    let mut world = World::new(SHOP, &[("runbook.md", RUNBOOK)], Watch::default());
    world.model.looked = midwatch::state::Looked::default();
    world.open();
    world.wait(60);
    world.command(Command::Arm);
    world.left.clear();
    world
}

/// The block that stands first in the step under the cursor.
fn block(world: &World) -> Block {
    let step = world.model.plan.step(world.model.ui.step.as_ref().unwrap()).unwrap();
    Block::of(step, &step.commands[0])
}

#[test]
fn a_command_that_nobody_looked_at_is_looked_at_first_and_asked_for_again() {
    let mut world = unlooked();
    go_to(&mut world, "Look at the last releases");
    assert!(world.sees("not looked at"), "{}", world.screen());
    world.key("enter");
    assert!(world.sees("Nobody has looked at it here:"), "{}", world.screen());
    assert!(world.sees("./releases.sh --last 5"), "{}", world.screen());
    // No other key is a yes, and nothing runs by the one that is.
    for press in [Press::Enter, Press::Char('Y'), Press::Char('A'), Press::Tab] {
        world.press(press);
    }
    assert!(world.sees("Enter never accepts") || world.sees("I looked at it"), "{}", world.screen());
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Look(_))));
    assert_eq!(world.facts().filter(|fact| matches!(fact, Fact::LookedAt { .. })).count(), 0);
    world.key("y");
    assert!(world.model.ui.dialog.is_none());
    assert!(world.left.is_empty(), "a look runs nothing");
    assert!(world.has_told("ann looked at what may run: runbook.md:17"), "{:?}", world.told());
    let kept = world.asked.iter().any(|effect| {
        matches!(effect, Effect::KeepLook { runbook, seen } if runbook.as_str() == "runbook.md" && seen.len() == 1)
    });
    assert!(kept, "{:?}", world.asked);
    assert!(!world.sees("not looked at"), "{}", world.screen());

    world.key("enter");
    assert!(world.sees("Exactly this runs:"), "{}", world.screen());
    world.key("y");
    assert_eq!(world.left.len(), 1);
    assert_eq!(replay(&world.journal), world.model.watch);
}

#[test]
fn no_is_no() {
    for no in ["n", "q", "esc"] {
        let mut world = unlooked();
        go_to(&mut world, "Look at the last releases");
        world.key("enter");
        world.key(no);
        assert!(world.model.ui.dialog.is_none() && world.left.is_empty(), "{no}");
        world.key("enter");
        assert!(world.sees("Nobody has looked at it here:"), "{no}: {}", world.screen());
    }
}

#[test]
fn what_changed_asks_again_and_shows_the_difference() {
    let mut world = World::armed();
    go_to(&mut world, "Look at the last releases");
    edited(&mut world, &RUNBOOK.replace("--last 5", "--last 50 --delete"));
    world.key("enter");
    let screen = world.screen();
    assert!(screen.contains("Changed since bob looked at it, 2026-11-20T03:10:00"), "{screen}");
    assert!(screen.contains("- ./releases.sh --last 5"), "{screen}");
    assert!(screen.contains("+ ./releases.sh --last 50 --delete"), "{screen}");
    world.key("esc");
    assert!(world.left.is_empty());
    // What it was is still what was looked at.
    edited(&mut world, RUNBOOK);
    world.key("enter");
    assert!(world.sees("Exactly this runs:"), "{}", world.screen());
}

#[test]
fn an_attribute_is_part_of_what_is_looked_at() {
    let mut world = World::armed();
    go_to(&mut world, "Look at the last releases");
    edited(
        &mut world,
        &RUNBOOK.replacen("```sh\n", "```sh {cwd=\"/srv/other\"}\n", 1).replacen(
            "   ```sh\n",
            "   ```sh {\"cwd\":\"/srv/other\"}\n",
            1,
        ),
    );
    world.key("enter");
    assert!(world.sees("+ cwd: /srv/other"), "{}", world.screen());
    assert!(world.left.is_empty());
}

#[test]
fn a_confirmation_on_screen_runs_what_it_shows_or_nothing() {
    let mut world = World::armed();
    go_to(&mut world, "Look at the last releases");
    world.key("enter");
    assert!(world.sees("Exactly this runs:") && world.sees("--last 5"), "{}", world.screen());
    edited(&mut world, &RUNBOOK.replace("--last 5", "--last 50"));
    world.keys("y y enter");
    assert!(world.left.is_empty());
    assert_eq!(world.facts().filter(|fact| matches!(fact, Fact::RunRequested { .. })).count(), 0);
}

#[test]
fn the_whole_runbook_is_looked_at_with_one_key_and_read_to_its_end() {
    let mut world = unlooked();
    world.resize(80, 14);
    world.command(Command::FocusRunbook);
    world.key("L");
    assert!(world.sees("3 commands that were not looked at"), "{}", world.screen());
    world.key("y");
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Look(_))), "there is more to read");
    let mut read = world.screen();
    for _ in 0..30 {
        world.key("space");
        read.push_str(&world.screen());
    }
    for text in ["./releases.sh --last 5", "./order.sh <order-id>", "./order.sh --refund <order-id>"] {
        assert!(read.contains(text), "{text}: {read}");
    }
    world.key("y");
    assert!(world.model.ui.dialog.is_none(), "{}", world.screen());
    assert!(world.has_told("looked at what may run: 3 commands of runbook.md"), "{:?}", world.told());
    world.key("L");
    assert!(world.model.ui.dialog.is_none() && world.said().contains("was looked at"), "{}", world.said());
    go_to(&mut world, "Look at the last releases");
    world.key("enter");
    assert!(world.sees("Exactly this runs:"), "{}", world.screen());
}

#[test]
fn no_path_round_it_runs_a_block() {
    let mut world = unlooked();
    go_to(&mut world, "Look at the last releases");
    let hash = block(&world).hash;
    let request = IoRequest::Command(CommandRequest {
        argv: vec!["true".into()],
        env: Vec::new(),
        cwd: None,
        timeout: std::time::Duration::from_secs(1),
        limit: 10,
    });
    let ask = |world: &mut World, risk, runbook: &str, hash: &str| {
        world.tell(Msg::AskRequest {
            keyed: false,
            action: "step:x".into(),
            title: "x".into(),
            risk,
            request: Box::new(request.clone()),
            block: BlockRef { runbook: runbook.into(), hash: hash.into() },
            terms: Terms::default(),
            yes: Some("step:x".into()),
        });
    };
    ask(&mut world, Risk::Read, "runbook.md", hash.as_str());
    ask(&mut world, Risk::Change, "runbook.md", hash.as_str());
    assert!(
        world.left.is_empty() && world.said().contains("nobody has looked at this command"),
        "{}",
        world.said()
    );
    // Looked at in one runbook is not looked at in another.
    world.key("enter");
    world.key("y");
    ask(&mut world, Risk::Read, "other.md", hash.as_str());
    assert!(world.left.is_empty());
    ask(&mut world, Risk::Read, "runbook.md", hash.as_str());
    assert_eq!(world.left.len(), 1);
}

#[test]
fn a_journal_lets_nothing_run() {
    let mut world = unlooked();
    go_to(&mut world, "Look at the last releases");
    world.key("enter");
    world.key("y");
    let mut other = World::new(SHOP, &[("runbook.md", RUNBOOK)], replay(&world.journal));
    other.model.looked = midwatch::state::Looked::default();
    other.open();
    other.command(Command::Arm);
    go_to(&mut other, "Look at the last releases");
    other.key("enter");
    assert!(other.sees("Nobody has looked at it here:"), "{}", other.screen());
}
