//! A runbook that is edited while an incident goes on: nothing moves, and nothing changes under a key.

use midwatch::app::Msg;
use midwatch::domain::command::Command;
use midwatch::domain::fact::Fact;
use midwatch::domain::press::Press;

use crate::editing::{edited, go_to, here};
use crate::world::{RUNBOOK, World, replay};

fn shop() -> World {
    let mut world = World::armed();
    world.resize(120, 40);
    world
}

#[test]
fn an_edit_elsewhere_moves_nothing() {
    let mut world = shop();
    go_to(&mut world, "Look at the health pane");
    world.command(Command::Tick);
    go_to(&mut world, "Look at the last releases");
    let before = here(&world);
    edited(
        &mut world,
        &RUNBOOK.replace("## Containment", "## Containment\n\n- Ring the door bell.\n- Feed the cat."),
    );
    assert_eq!(here(&world), before);
    assert!(world.sees("✔ Look at the health pane"), "{}", world.screen());
    let Some(Fact::RunbookChanged { added, removed, changed, from, to, .. }) =
        world.facts().find(|fact| matches!(fact, Fact::RunbookChanged { .. }))
    else {
        panic!("{:?}", world.told())
    };
    assert_eq!((*added, *removed, *changed), (2, 0, 0));
    assert!(from != to);
    assert!(
        world.has_told("runbook.md was edited and read again: 2 added of its steps"),
        "{:?}",
        world.told()
    );
    // The journal alone gives the same watch.
    assert_eq!(replay(&world.journal), world.model.watch);
    // The same once more is no edit.
    let told = world.told().len();
    edited(
        &mut world,
        &RUNBOOK.replace("## Containment", "## Containment\n\n- Ring the door bell.\n- Feed the cat."),
    );
    assert_eq!(world.told().len(), told);
}

#[test]
fn a_step_that_is_gone_leaves_the_cursor_near_and_its_mark_in_sight() {
    let mut world = shop();
    go_to(&mut world, "If the page does not come");
    world.command(Command::Tick);
    go_to(&mut world, "If the page does not come");
    let without = RUNBOOK.replace("- If the page does not come, wake bob.\n", "");
    edited(&mut world, &without);
    assert!(here(&world).contains("Look at the last releases"), "{}", here(&world));
    world.command(Command::Last);
    assert!(world.sees("✔ no longer in the runbook: If"), "{}", world.screen());
    // It comes back, and so does its mark.
    go_to(&mut world, "Look at the last releases");
    edited(&mut world, RUNBOOK);
    assert!(!world.sees("no longer in the runbook"), "{}", world.screen());
    assert!(world.sees("✔ If the page does not come"), "{}", world.screen());
}

#[test]
fn a_file_that_was_read_half_written_gives_the_place_back() {
    let mut world = shop();
    go_to(&mut world, "Compare the error rate");
    let before = here(&world);
    edited(&mut world, &RUNBOOK[..RUNBOOK.find("## Triage").unwrap()]);
    assert!(here(&world) != before && here(&world) != "gone", "{}", here(&world));
    edited(&mut world, RUNBOOK);
    assert_eq!(here(&world), before);

    // Who has walked on meanwhile is left where he is.
    edited(&mut world, &RUNBOOK[..RUNBOOK.find("## Triage").unwrap()]);
    world.command(Command::First);
    let first = here(&world);
    edited(&mut world, RUNBOOK);
    assert_eq!(here(&world), first);
}

#[test]
fn an_empty_file_and_a_new_one_are_taken_as_they_are() {
    let mut world = shop();
    go_to(&mut world, "Compare the error rate");
    edited(&mut world, "");
    world.screen();
    for command in [Command::Down, Command::Tick, Command::RunStep, Command::NextPhase, Command::Open] {
        world.command(command);
        world.screen();
        world.press(Press::Esc);
        world.command(Command::Back);
    }
    edited(&mut world, RUNBOOK);
    assert!(here(&world).contains("Compare the error rate"), "{}", here(&world));
}

#[test]
fn what_is_open_about_a_command_that_changed_is_closed_and_says_so() {
    // Typed for a placeholder, shown to be confirmed, read: each is about a command as it was.
    let changed = RUNBOOK.replace("./order.sh <order-id>", "./order.sh --all <order-id>");
    let doors: [fn(&mut World); 2] =
        [|world| world.command(Command::RunStep), |world| world.command(Command::Open)];
    for door in doors {
        let mut world = shop();
        go_to(&mut world, "Ask what became of one order");
        door(&mut world);
        assert!(world.model.ui.dialog.is_some());
        let left = world.left.len();
        edited(&mut world, &changed);
        assert!(world.sees("The runbook changed") && world.sees("nothing ran"), "{}", world.screen());
        // What was about to be pressed means nothing else.
        world.types("yY17AqnX ");
        assert!(world.sees("The runbook changed"), "{}", world.screen());
        assert_eq!(world.left.len(), left);
        world.press(Press::Esc);
        assert!(world.model.ui.dialog.is_none());
    }
}

#[test]
fn what_is_open_about_something_else_stays() {
    let mut world = shop();
    go_to(&mut world, "Ask what became of one order");
    world.command(Command::Note);
    world.types("the baskets");
    edited(&mut world, &RUNBOOK.replace("./order.sh <order-id>", "./order.sh --all <order-id>"));
    world.types(" are lost");
    assert!(world.sees("the baskets are lost"), "{}", world.screen());
    world.press(Press::Enter);
    assert!(world.has_told("✎ the baskets are lost"));

    // Another step's command changed.
    let mut world = shop();
    go_to(&mut world, "Look at the last releases");
    world.command(Command::RunStep);
    let open = world.screen();
    edited(&mut world, &RUNBOOK.replace("--refund", "--refund --now"));
    assert_eq!(world.screen(), open);
}

#[test]
fn a_configuration_that_was_edited_is_said_for_as_long_as_it_is() {
    let mut world = World::quiet();
    let says = || Some("midwatch.toml was edited: restart to use it".to_owned());
    world.tell(Msg::OnDisk { file: "midwatch.toml".into(), says: says() });
    world.wait(60);
    assert!(world.sees("midwatch.toml was edited: restart to use it"), "{}", world.screen());
    world.tell(Msg::OnDisk { file: "midwatch.toml".into(), says: None });
    assert!(!world.sees("was edited"), "{}", world.screen());
}
