//! The handover sheet from the console: asked for at any moment, and never in the way of an answer.

use midwatch::app::{Effect, Msg};
use midwatch::domain::command::Command;
use midwatch::state::Dialog;

use crate::world::World;

fn asked(world: &World) -> Vec<String> {
    let of = |effect: &Effect| match effect {
        Effect::Handover(incident) => Some(incident.to_string()),
        _ => None,
    };
    world.asked.iter().filter_map(of).collect()
}

fn sheet() -> Msg {
    Msg::Handover(Ok("# Handover: INC-1 P1 orders fail\n\n## What is wrong\n".into()))
}

#[test]
fn it_is_of_the_current_incident_and_else_of_the_newest() {
    let mut world = World::quiet();
    world.command(Command::Handover);
    assert!(asked(&world).is_empty());
    assert!(world.said().contains("no incident was declared"), "{}", world.said());
    for title in ["P1 one", "P2 two"] {
        world.command(Command::Declare);
        world.answers_prompt(title);
        world.wait(10);
    }
    world.command(Command::Handover);
    assert_eq!(asked(&world), ["INC-2"]);
    for _ in 0..2 {
        world.command(Command::CloseIncident);
        world.answers_prompt("all is well");
        world.command(Command::Handover);
    }
    assert_eq!(asked(&world), ["INC-2", "INC-1", "INC-2"]);
}

#[test]
fn it_is_read_and_copied_and_says_why_there_is_none() {
    let mut world = World::quiet();
    world.command(Command::Declare);
    world.answers_prompt("P1 orders fail");
    world.keys("I h");
    assert_eq!(asked(&world), ["INC-1"]);
    world.tell(sheet());
    assert!(world.sees("Handover: INC-1 P1 orders fail"), "{}", world.screen());
    world.command(Command::Copy);
    let copied = |effect: &Effect| matches!(effect, Effect::Copy(text) if text.contains("## What is wrong"));
    assert!(world.asked.iter().any(copied), "{:?}", world.asked);
    assert!(world.sees("esc back   copied"), "{}", world.screen());
    world.keys("esc");
    assert!(world.model.ui.dialog.is_none());
    world.tell(Msg::Handover(Err("the disk is gone".into())));
    assert!(world.said().contains("the disk is gone"), "{}", world.said());
    assert!(world.model.ui.dialog.is_none());
}

#[test]
fn it_takes_no_key_from_what_was_opened_meanwhile() {
    let mut world = World::armed();
    world.command(Command::Declare);
    world.answers_prompt("P1 orders fail");
    world.command(Command::Handover);
    world.action("maintenance-mode");
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Confirm(_))));
    world.tell(sheet());
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Confirm(_))));
    world.key("y");
    assert!(world.model.ui.dialog.is_none());
    let run = world.model.watch.runs.last().expect("what was confirmed ran");
    assert_eq!(run.action.as_str(), "maintenance-mode");
}
