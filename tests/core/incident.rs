//! The life of an incident: proposed, declared, taken on, led, mitigated, merged, closed, opened again.

use midwatch::app::Msg;
use midwatch::domain::command::Command;
use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::incident::{IncidentKind, IncidentRole, Severity};
use midwatch::report;
use midwatch::state::closing::items;
use midwatch::state::{Dialog, Watch};

use proptest::prelude::*;

use crate::world::{World, replay};

/// The shop with a signal that went down.
fn red() -> World {
    let mut world = World::quiet();
    world.status("checkout", 500);
    world.wait(40);
    assert!(world.sees("DOWN"), "{}", world.screen());
    world
}

/// The shop with an incident.
fn declared(text: &str) -> World {
    let mut world = World::quiet();
    world.key("i");
    world.answers_prompt(text);
    world
}

/// Declares another.
fn declare(world: &mut World, text: &str) {
    world.key("i");
    world.answers_prompt(text);
}

fn current(world: &World) -> &str {
    world.model.watch.incident().expect("an incident").id.as_str()
}

#[test]
fn a_red_signal_proposes_an_incident_and_is_recorded_with_it() {
    let mut world = red();
    assert!(world.sees("declare an incident") || world.sees("i declares"), "{}", world.screen());
    assert!(world.model.ui.dialog.is_none(), "a proposal swallows no key");
    let since = world.model.watch.signals.get("checkout").unwrap().since;
    world.key("i");
    assert!(world.sees("P1 checkout is down (status 500)"), "{}", world.screen());
    world.key("enter");
    let Some(Fact::IncidentDeclared { severity, title, signal, began, kind, .. }) =
        world.facts().find(|fact| matches!(fact, Fact::IncidentDeclared { .. })).cloned()
    else {
        panic!("{:?}", world.told())
    };
    assert_eq!((severity, kind), (Severity::P1, IncidentKind::Outage));
    assert_eq!(
        (title.as_str(), signal, began),
        ("checkout is down (status 500)", Some("checkout".into()), Some(since))
    );
    assert!(!world.sees("i declares") && !world.sees("declare an incident"), "{}", world.screen());
}

#[test]
fn began_is_when_the_first_of_all_red_signals_went_red_and_of_a_second_incident_its_own() {
    let mut world = red();
    let first = world.model.watch.signals.get("checkout").unwrap().since;
    world.status("api", 500);
    world.wait(40);
    let api = world.model.watch.signals.get("api").unwrap().since;
    assert!(first < api);
    declare(&mut world, "P0 the shop is closed");
    let began = |world: &World, at: usize| world.model.watch.incidents[at].began;
    assert_eq!(began(&world, 0), Some(first));
    // The signal that an open incident is about is not proposed again.
    world.key("i");
    let about = world.model.watch.incidents[0].signal.clone().unwrap();
    let other = if about.as_str() == "api" { "checkout" } else { "api" };
    assert!(world.sees(&format!("P1 {other} is down")), "{}", world.screen());
    world.key("enter");
    let since = world.model.watch.signals.get(other).unwrap().since;
    assert_eq!(began(&world, 1), Some(since));
}

#[test]
fn several_are_open_at_once_and_facts_belong_to_the_one_that_was_chosen() {
    let mut world = declared("P1 checkout is down");
    declare(&mut world, "P2 search is slow");
    assert_eq!(current(&world), "INC-2");
    assert!(world.sees("INC-2 P2 +1 open"), "{}", world.screen());
    let note = |world: &mut World, text: &str| {
        world.key("n");
        world.answers_prompt(text);
        world
            .journal
            .iter()
            .rev()
            .find(|logged| matches!(logged.fact, Fact::Noted { .. }))
            .unwrap()
            .incident
            .clone()
    };
    assert_eq!(note(&mut world, "search is at 900 ms"), Some("INC-2".into()));
    // Over to the other: its line, and Enter.
    world.keys("I end enter");
    assert_eq!(current(&world), "INC-1");
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Incident)));
    assert!(world.sees("INC-1 P1 · checkout is down"), "{}", world.screen());
    world.key("esc");
    assert_eq!(note(&mut world, "checkout answers"), Some("INC-1".into()));
    // The steps of one are not those of the other.
    world.at_step("Set `MAINTENANCE_MODE=true`");
    world.key("x");
    world.answers_prompt("");
    let marked = |world: &World, id: &str| {
        world.model.watch.steps.keys().filter(|(of, _)| *of == Some(id.into())).count()
    };
    assert_eq!((marked(&world, "INC-1"), marked(&world, "INC-2")), (1, 0));
    // When the chosen one is over, the newest that is open is the one.
    world.closes("a certificate had expired");
    assert_eq!(current(&world), "INC-2");
    assert!(!world.sees("+1 open"), "{}", world.screen());
    assert_eq!(replay(&world.journal), world.model.watch);
}

#[test]
fn who_takes_it_on_commands_and_has_every_role_that_nobody_else_has() {
    let mut world = declared("P1 checkout is down");
    world.key("I");
    assert!(world.sees("NOT ACKNOWLEDGED") && world.sees("nobody"), "{}", world.screen());
    world.key("K");
    assert!(world.sees("Acknowledged after 00:00 by ann"), "{}", world.screen());
    let incident = || world.model.watch.incident().unwrap();
    assert_eq!(incident().roles.get(&IncidentRole::Commander).map(String::as_str), Some("ann"));
    for role in IncidentRole::ALL {
        assert_eq!(incident().role(role), Some("ann"));
    }
    assert!(world.sees("ann, as commander"), "{}", world.screen());
    // One key and a name.
    world.key("u");
    world.answers_prompt("cleo");
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Incident)), "back where it was asked");
    let incident = world.model.watch.incident().unwrap();
    assert_eq!(
        (incident.role(IncidentRole::Comms), incident.role(IncidentRole::Scribe)),
        (Some("cleo"), Some("ann"))
    );
    world.key("c");
    world.answers_prompt("bob");
    let incident = world.model.watch.incident().unwrap();
    assert_eq!(
        (incident.role(IncidentRole::Commander), incident.role(IncidentRole::Comms)),
        (Some("bob"), Some("cleo"))
    );
    assert!(world.has_told("bob is commander of INC-1"));
    // Somebody commands; another role can be given back.
    world.key("c");
    world.answers_prompt("");
    assert!(world.sees("somebody commands"), "{}", world.screen());
    world.key("esc");
    world.key("u");
    world.answers_prompt("");
    assert_eq!(world.model.watch.incident().unwrap().role(IncidentRole::Comms), Some("bob"));
}

#[test]
fn who_has_command_keeps_it_when_somebody_else_takes_the_incident_on() {
    let mut world = declared("P1 checkout is down");
    world.keys("I c");
    world.answers_prompt("bob");
    world.key("K");
    let incident = world.model.watch.incident().unwrap();
    assert_eq!(incident.acknowledged.as_ref().map(|(_, by)| by.as_str()), Some("ann"));
    assert_eq!(incident.role(IncidentRole::Commander), Some("bob"));
}

#[test]
fn a_severity_changes_with_a_reason_or_without_one() {
    let mut world = declared("P1 checkout is down");
    world.key("P");
    world.answers_prompt("P0 nobody can pay");
    assert!(world.has_told("INC-1 is P0 now: nobody can pay"), "{:?}", world.told());
    world.key("P");
    world.answers_prompt("p2");
    assert_eq!(world.model.watch.incident().unwrap().severity, Severity::P2);
    world.key("P");
    world.answers_prompt("P2 because");
    assert!(world.sees("INC-1 is P2 already"), "{}", world.screen());
}

#[test]
fn that_the_harm_is_contained_is_said_by_a_key_and_can_be_dated_back() {
    let mut world = declared("P0 checkout is down");
    world.wait(600);
    world.keys("I m");
    world.answers_prompt("-3m the maintenance page is up");
    let mitigation = world.model.watch.incident().unwrap().mitigated.clone().unwrap();
    assert_eq!(mitigation.text, "the maintenance page is up");
    assert_eq!(world.now.since(mitigation.since).as_secs(), 180);
    assert!(world.sees("Mitigated after 07:00, says ann: the maintenance page is up"), "{}", world.screen());
    world.key("m");
    world.answers_prompt("-400d long ago");
    assert!(world.sees("too long"), "{}", world.screen());
}

#[test]
fn an_incident_is_merged_into_another_which_takes_over_what_it_leaves() {
    let mut world = declared("P1 checkout is down");
    declare(&mut world, "P2 the queue grows");
    world.command(Command::Arm);
    world.action("maintenance-mode");
    world.press(midwatch::domain::press::Press::Char('y'));
    world.wait(20);
    let owed = |world: &World| world.model.watch.owed().first().expect("an obligation").incident.clone();
    assert_eq!(owed(&world), Some("INC-2".into()));
    world.keys("I end J");
    assert!(world.sees("Merge INC-2 into INC-1"), "{}", world.screen());
    world.key("enter");
    assert!(world.sees("a reason is needed"), "{}", world.screen());
    world.types("one queue feeds both");
    world.key("enter");
    assert_eq!((current(&world), owed(&world)), ("INC-1", Some("INC-1".into())));
    assert!(world.has_told("merged INC-2 into INC-1: one queue feeds both"));
    assert!(!world.model.watch.undo_stack().is_empty(), "what was done in it can be taken back");
    world.key("esc");
    // It is owed there: it does not close over it.
    world.key("C");
    assert!(world.sees("maintenance-mode must be switched off"), "{}", world.screen());
    let [first, second] = &report::incidents(&world.journal)[..] else { panic!("two") };
    assert_eq!((first.id.as_str(), &first.merged), ("INC-2", &Some("INC-1".into())));
    assert!(first.closed.is_some() && second.closed.is_none());
    assert!(first.line().ends_with("the queue grows (merged into INC-1)"), "{}", first.line());
    assert_eq!(replay(&world.journal), world.model.watch);
}

#[test]
fn a_security_incident_that_is_merged_makes_the_other_one() {
    let mut world = declared("P1 checkout is down");
    declare(&mut world, "P1 security a key is out");
    world.keys("I J");
    world.answers_prompt("the key was used to close it");
    let incident = world.model.watch.incident().unwrap();
    assert_eq!((incident.id.as_str(), incident.kind), ("INC-1", IncidentKind::Security));
    assert!(world.sees("notify legal"), "{}", world.screen());
}

#[test]
fn which_incident_it_is_merged_into_is_asked_where_several_could_be_meant() {
    let mut world = declared("P1 a");
    world.keys("I J");
    assert!(world.sees("no other incident is open"), "{}", world.screen());
    world.key("esc");
    declare(&mut world, "P1 b");
    declare(&mut world, "P1 c");
    world.keys("I g J");
    assert!(world.sees("put the cursor on the open incident"), "{}", world.screen());
    assert!(world.model.watch.incidents.iter().all(midwatch::state::Incident::is_open));
}

#[test]
fn a_closed_incident_is_opened_again_with_the_marks_of_its_steps() {
    let mut world = declared("P1 checkout is down");
    world.key("K");
    world.at_step("If the page does not come");
    world.key("x");
    world.answers_prompt("");
    world.closes("a certificate had expired");
    assert!(world.model.watch.incident().is_none());
    let step = world.model.watch.steps.keys().next().unwrap().1.clone();
    assert!(world.model.watch.mark(&step).is_none(), "outside of it nothing is marked");
    world.wait(600);
    world.keys("I r");
    assert!(world.sees("Open INC-1 again"), "{}", world.screen());
    world.answers_prompt("it is down again");
    assert_eq!(current(&world), "INC-1");
    assert!(world.model.watch.mark(&step).is_some(), "the marks of its steps are there again");
    let incident = world.model.watch.incident().unwrap();
    assert!(incident.acknowledged.is_some() && incident.mitigated.is_none());
    assert_eq!(incident.reopened, Some(world.now));
    let [summary] = &report::incidents(&world.journal)[..] else { panic!("one") };
    assert_eq!(
        (summary.closed, summary.summary.as_deref(), summary.reopened),
        (None, Some("a certificate had expired"), 1)
    );
    assert_eq!(replay(&world.journal), world.model.watch);
}

#[test]
fn a_merged_incident_can_be_opened_again() {
    let mut world = declared("P1 a");
    declare(&mut world, "P1 b");
    world.keys("I J");
    world.answers_prompt("the same");
    world.keys("end r");
    world.answers_prompt("not the same after all");
    assert_eq!(current(&world), "INC-2");
    assert_eq!(world.model.watch.open_incidents().count(), 2);
    assert_eq!(world.model.watch.incident().unwrap().merged, None);
}

#[test]
fn what_is_asked_of_an_incident_that_another_console_closed_meanwhile_is_refused() {
    let mut world = declared("P1 checkout is down");
    world.keys("I m");
    let closed = Fact::IncidentClosed { incident: "INC-1".into(), by: "bob".into(), summary: "over".into() };
    let logged = Logged { seq: world.model.watch.seq + 1, at: world.now, incident: None, fact: closed };
    world.model.watch.apply(&logged);
    world.types("the page is up");
    world.key("enter");
    assert!(world.sees("INC-1 is closed meanwhile"), "{}", world.screen());
}

#[test]
fn nothing_is_led_where_nothing_can_be_recorded() {
    let mut world = declared("P1 checkout is down");
    world.tell(Msg::JournalFailed("the disk is full".into()));
    let facts = world.journal.len();
    world.key("I");
    for key in ["K", "c", "m", "e", "S", "P", "J", "r", "d", "x", "i", "enter"] {
        world.key(key);
        assert!(matches!(world.model.ui.dialog, Some(Dialog::Incident)), "{key}");
    }
    assert_eq!(world.journal.len(), facts);
}

#[test]
fn the_clock_that_is_set_moves_everything_that_an_incident_counts_from() {
    let mut world = declared("P0 security a key is out");
    world.key("K");
    world.keys("I m");
    world.answers_prompt("the key is revoked");
    let before = world.model.watch.incident().unwrap().clone();
    world.now = world.now.shifted(3_600_000);
    world.tell(Msg::ClockStepped { by_millis: 3_600_000 });
    let after = world.model.watch.incident().unwrap();
    let moved = |at: midwatch::domain::time::Timestamp| at.shifted(3_600_000);
    assert_eq!(after.declared, moved(before.declared));
    assert_eq!(after.security_since, before.security_since.map(moved));
    assert_eq!(after.acknowledged.as_ref().map(|(at, _)| *at), before.acknowledged.map(|(at, _)| moved(at)));
    assert_eq!(
        after.mitigated.as_ref().map(|known| known.since),
        before.mitigated.map(|known| moved(known.since))
    );
    assert_eq!(replay(&world.journal), world.model.watch);
}

#[test]
fn a_journal_of_before_has_the_newest_open_incident_as_the_current_one() {
    let line = |seq: u64, fact: &str| {
        format!(r#"{{"seq":{seq},"at":"2026-11-21T03:1{seq}:00Z","during":"INC-{seq}",{fact}}}"#)
    };
    let declared = |seq: u64| {
        line(
            seq,
            &format!(
                r#""fact":"incident-declared","incident":"INC-{seq}","severity":"P1","title":"t","by":"ann""#
            ),
        )
    };
    let mut watch = Watch::default();
    for text in [
        declared(1),
        line(1, r#""fact":"incident-closed","incident":"INC-1","by":"ann","summary":"s""#),
        declared(2),
    ] {
        watch.apply(&serde_json::from_str::<Logged>(&text).unwrap_or_else(|error| panic!("{text}: {error}")));
    }
    let incident = watch.incident().unwrap();
    assert_eq!((incident.id.as_str(), incident.kind), ("INC-2", IncidentKind::Outage));
    assert!(watch.known_incident(&"INC-1".into()).unwrap().closed.is_some());
}

/// Something that is done to incidents, with a line of the view, counted from its end.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Declare,
    Security,
    Choose(usize),
    Merge(usize),
    Reopen(usize),
    Close,
    Take,
    Switch,
    Oblige,
    Wait(u64),
    Kill,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => Just(Deed::Declare),
        1 => Just(Deed::Security),
        3 => (0..6_usize).prop_map(Deed::Choose),
        2 => (0..6_usize).prop_map(Deed::Merge),
        2 => (0..6_usize).prop_map(Deed::Reopen),
        2 => Just(Deed::Close),
        1 => Just(Deed::Take),
        1 => Just(Deed::Switch),
        1 => Just(Deed::Oblige),
        2 => (1..7_000_u64).prop_map(Deed::Wait),
        1 => Just(Deed::Kill),
    ]
}

/// Answers a prompt, where one is open, and leaves the view.
fn answer(world: &mut World, text: &str) {
    if let Some(Dialog::Prompt(prompt)) = &world.model.ui.dialog {
        assert!(!matches!(prompt.asking, midwatch::state::Asking::Filter));
        world.answers_prompt(text);
    }
    world.key("esc");
    world.key("esc");
}

fn done(mut world: World, deed: Deed) -> World {
    let at = |world: &mut World, up: usize| {
        world.keys("I end");
        (0..up).for_each(|_| world.key("up"));
    };
    match deed {
        Deed::Declare => declare(&mut world, "P1 it is down"),
        Deed::Security => declare(&mut world, "P2 security it is out"),
        Deed::Choose(up) => {
            at(&mut world, up);
            world.key("enter");
            answer(&mut world, "why not");
        }
        Deed::Merge(up) => {
            at(&mut world, up);
            world.key("J");
            answer(&mut world, "the same");
        }
        Deed::Reopen(up) => {
            at(&mut world, up);
            world.key("r");
            answer(&mut world, "again");
        }
        Deed::Close => {
            // What is done or given up on its own is in the way.
            let can = items(&world.model).iter().all(|item| !item.blocks() || item.kind.is_left_open());
            if world.model.watch.incident().is_some() && can {
                world.closes("over");
            }
        }
        Deed::Take => world.key("K"),
        Deed::Switch => {
            world.keys("I S");
            world.key("esc");
        }
        Deed::Oblige => {
            world.command(Command::Arm);
            world.action("maintenance-mode");
            world.press(midwatch::domain::press::Press::Char('y'));
            world.key("esc");
        }
        Deed::Wait(seconds) => {
            world.now = world.now.plus(std::time::Duration::from_secs(seconds));
            world.tell(Msg::Tick);
        }
        Deed::Kill => return world.killed_and_reopened(),
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_done_to_incidents_there_is_one_at_hand_and_a_replay_gives_the_same(
        deeds in prop::collection::vec(deed(), 1..24),
    ) {
        let mut world = World::shop();
        for deed in deeds {
            let before = world.journal.len();
            let at_hand = world.model.watch.incident().map(|known| known.id.clone());
            world = done(world, deed);
            let watch = &world.model.watch;
            prop_assert_eq!(watch.incident().is_some(), watch.open_incidents().next().is_some());
            prop_assert!(watch.incident().is_none_or(midwatch::state::Incident::is_open));
            // What names no incident belongs to the one that was at hand, or to the one it made so.
            for logged in &world.journal[before..] {
                if let Fact::RunRequested { .. } = logged.fact {
                    prop_assert_eq!(&logged.incident, &at_hand);
                }
            }
            for owed in watch.owed() {
                let of = owed.incident.as_ref().and_then(|id| watch.known_incident(id));
                prop_assert!(of.is_none_or(|known| known.merged.is_none() || known.is_open()));
            }
            for merged in watch.incidents.iter().filter(|known| known.merged.is_some()) {
                prop_assert!(!merged.is_open(), "what is merged is over");
            }
            let listed = report::incidents(&world.journal);
            for summary in &listed {
                let known = watch.known_incident(&summary.id).unwrap();
                prop_assert_eq!(known.is_open(), summary.closed.is_none());
                prop_assert_eq!((&known.merged, known.kind), (&summary.merged, summary.kind));
            }
        }
        prop_assert_eq!(replay(&world.journal), world.model.watch);
    }
}
