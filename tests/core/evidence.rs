//! Steps and what they rest on: the signal that shows it, the run that did it, what was attached, or somebody's word.

use midwatch::domain::command::Command;
use midwatch::domain::fact::Fact;
use midwatch::domain::press::Press;
use midwatch::domain::step_evidence::StepEvidence;
use midwatch::state::{Dialog, Focus, Watch};

use crate::world::{Answer, RUNBOOK, SHOP, World, exit, replay};
use midwatch::domain::io::{OutputLine, Reason};

/// The shop, with steps of its runbook bound; the runbook is as it was.
const BINDINGS: &str = r#"
[[binding]]
matches = ["MAINTENANCE_MODE=true"]
signal = "web"
when = "status == 503 and 'x-maintenance' in headers"

[[binding]]
words = "checkout have been ok"
signal = "checkout"

[[binding]]
heading = "triage"
matches = ["./releases.sh --last 5"]
expect = "exit == 0"
"#;

fn bound() -> World {
    let mut world = World::new(&format!("{SHOP}{BINDINGS}"), &[("runbook.md", RUNBOOK)], Watch::default());
    world.open();
    world.wait(60);
    world.command(Command::FocusRunbook);
    world
}

/// Goes to the step that holds these words.
fn at(world: &mut World, words: &str) {
    let runbook = &world.model.plan.runbooks[0];
    let step = runbook.phases.iter().flat_map(|phase| &phase.steps).find(|step| step.text.contains(words));
    let step = step.unwrap_or_else(|| panic!("no step says {words}")).id.clone();
    world.model.ui.focus = Focus::Runbook;
    world.model.ui.step = Some(midwatch::domain::runbook::StepRef { runbook: "runbook.md".into(), step });
}

/// What the last mark rests on, and the reason for it.
fn rests(world: &World) -> (Vec<StepEvidence>, Option<String>) {
    let marked = world.facts().filter_map(|fact| match fact {
        Fact::StepMarked { evidence, despite, .. } => Some((evidence.clone(), despite.clone())),
        _ => None,
    });
    marked.last().expect("a step that was marked")
}

#[test]
fn a_bound_step_shows_the_live_value_and_its_tick_keeps_it() {
    let mut world = bound();
    at(&mut world, "MAINTENANCE_MODE");
    world.answers("web", Answer::Http(503, 20, vec![("x-maintenance".into(), "on".into())], "closed".into()));
    world.poll("web");
    world.wait(3);
    assert!(world.sees("status is 503"), "{}", world.screen());
    assert!(world.sees("s ago"), "{}", world.screen());
    assert!(world.sees("holds"), "{}", world.screen());
    let read = world.model.feed.signals[world.index("web")].last.as_ref().expect("a reading").at;
    world.command(Command::Tick);
    assert!(world.model.ui.dialog.is_none(), "nothing to ask about");
    let (evidence, despite) = rests(&world);
    let [StepEvidence::Signal { signal, values, holds, at, .. }] = &evidence[..] else {
        panic!("{evidence:?}");
    };
    assert_eq!((signal.as_str(), *holds, *at), ("web", Some(true), read));
    assert_eq!(values, &["status is 503"]);
    assert_eq!(despite, None);
    // The record is the same when it is read back.
    assert_eq!(replay(&world.journal).steps, world.model.watch.steps);
    assert!(world.has_told("web status is 503 ✔ holds"), "{:#?}", world.told());
}

#[test]
fn a_condition_that_does_not_hold_is_never_ticked_without_a_word() {
    let mut world = bound();
    at(&mut world, "MAINTENANCE_MODE");
    let before = world.journal.len();
    world.command(Command::Tick);
    assert!(world.sees("web says status is 200: tick all the same?"), "{}", world.screen());
    world.press(Press::Enter);
    assert!(world.sees("a reason is needed"), "{}", world.screen());
    world.press(Press::Esc);
    assert_eq!(world.journal.len(), before, "nothing was marked");

    world.command(Command::Tick);
    world.answers_prompt("the edge is slow, ann sees the page");
    let (evidence, despite) = rests(&world);
    assert!(matches!(&evidence[..], [StepEvidence::Signal { holds: Some(false), .. }]), "{evidence:?}");
    assert_eq!(despite.as_deref(), Some("the edge is slow, ann sees the page"));
    assert!(world.has_told("all the same: the edge is slow"), "{:#?}", world.told());
    at(&mut world, "MAINTENANCE_MODE");
    let step = world.model.ui.step.clone().expect("a step");
    world.model.ui.dialog = Some(Dialog::Step { step, scroll: 0 });
    assert!(world.sees("ticked all the same: the edge is slow"), "{}", world.screen());
}

#[test]
fn what_cannot_be_measured_is_neither_yes_nor_no() {
    let mut world = bound();
    at(&mut world, "MAINTENANCE_MODE");
    world.answers("web", Answer::Failed(Reason::Timeout));
    world.poll("web");
    assert!(world.sees("no answer"), "{}", world.screen());
    world.command(Command::Tick);
    assert!(world.sees("web cannot tell: no answer: tick all the same?"), "{}", world.screen());
    world.answers_prompt("seen in a browser");
    let (evidence, _) = rests(&world);
    assert!(matches!(&evidence[..], [StepEvidence::Signal { holds: None, .. }]), "{evidence:?}");
}

#[test]
fn a_late_reading_does_not_speak_for_now() {
    let mut world = bound();
    at(&mut world, "checkout have been ok");
    assert!(world.sees("checkout ● ok"), "{}", world.screen());
    world.answers("checkout", Answer::Silent);
    world.wait(60);
    world.command(Command::Tick);
    assert!(world.sees("checkout cannot tell: the last reading is"), "{}", world.screen());
}

#[test]
fn a_step_that_nothing_shows_is_checked_by_hand_and_says_so() {
    let mut world = bound();
    at(&mut world, "wake bob");
    world.command(Command::Tick);
    assert_eq!(rests(&world).0, [StepEvidence::Hand { by: "ann".into() }]);
    assert!(world.has_told("(checked by hand)"), "{:#?}", world.told());
    at(&mut world, "wake bob");
    let step = world.model.ui.step.clone().expect("a step");
    world.model.ui.dialog = Some(Dialog::Step { step, scroll: 0 });
    assert!(world.sees("checked by hand by ann"), "{}", world.screen());
}

#[test]
fn a_run_that_did_what_it_should_is_evidence_and_one_that_did_not_asks() {
    // Whether somebody wrote down what to expect or not.
    done_or_asked(bound(), "R-1 failed: exit 1, but not exit == 0: tick all the same?");
    done_or_asked(World::quiet(), "R-1 failed: exit 1: tick all the same?");
}

fn done_or_asked(mut world: World, asked: &str) {
    world.command(Command::Arm);
    at(&mut world, "Look at the last releases");
    world.script("releases.sh", Some(exit(1)));
    world.script("releases.sh", Some(exit(0)));
    let run = |world: &mut World| {
        world.command(Command::RunStep);
        if matches!(world.model.ui.dialog, Some(Dialog::Confirm(_))) {
            world.key("y");
        }
        world.model.ui.dialog = None;
    };
    run(&mut world);
    world.command(Command::Tick);
    assert!(world.sees(asked), "{}", world.screen());
    world.press(Press::Esc);
    run(&mut world);
    world.command(Command::Tick);
    let (evidence, despite) = rests(&world);
    assert!(
        matches!(&evidence[..], [StepEvidence::Run { run, detail, .. }] if run.as_str() == "R-2" && detail == "exit 0"),
        "{evidence:?}"
    );
    assert_eq!(despite, None);
}

#[test]
fn what_no_step_is_meant_by_is_told_and_the_file_comes_before_the_binding() {
    let runbook = "# R\n\n## Containment\n\n- Set `MODE=on`. <!-- midwatch: signal=api required=no -->\n- Look. \
                   <!-- midwatch: signal=wbe -->\n";
    let bindings = "[[binding]]\nmatches = [\"MODE=on\"]\nsignal = \"web\"\nrequired = true\napprove = \"bob\"\n\
                    [[binding]]\nwords = \"of nobody\"\nrequired = true\n\
                    [[binding]]\nrunbook = \"other.md\"\nwords = \"mode\"\nrequired = true\n";
    let mut world = World::new(&format!("{SHOP}{bindings}"), &[("runbook.md", runbook)], Watch::default());
    let step = &world.model.plan.runbooks[0]
        .phases
        .iter()
        .find(|phase| !phase.steps.is_empty())
        .expect("steps")
        .steps[0];
    assert_eq!(step.rules.signal, Some("api".into()));
    assert_eq!(step.rules.need, Some(midwatch::domain::step_rules::Need::Advisory));
    assert_eq!(step.rules.approve.as_deref(), Some("bob"));
    let told: Vec<String> = world.model.plan.bind().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told[0].contains("runbook.md:6") && told[0].contains("no signal called \"wbe\""), "{told:#?}");
    assert!(told[1].contains("speaks of no step"), "{told:#?}");
    assert!(told[2].contains("no runbook is called other.md"), "{told:#?}");
}

/// What was attached last: its source, its title and the step's words.
fn attached(world: &World) -> Vec<(String, String, String)> {
    let of = |fact: &Fact| match fact {
        Fact::EvidenceAttached { words, source, title, .. } => {
            Some((source.clone(), title.clone(), words.clone()))
        }
        _ => None,
    };
    world.facts().filter_map(of).collect()
}

#[test]
fn what_is_attached_is_what_the_cursor_is_on_whatever_the_list_does() {
    let mut world = bound();
    at(&mut world, "wake bob");
    world.model.ui.focus = Focus::Health;
    world.model.ui.signal = Some("search".into());
    // Another signal becomes the worst, and the list is sorted anew.
    world.status("api", 503);
    world.wait(60);
    assert_eq!(world.model.feed.order.first().copied(), Some(world.index("api")));
    world.key("E");
    let all = attached(&world);
    let [(source, title, words)] = &all[..] else { panic!("{all:?}") };
    assert_eq!((source.as_str(), words.as_str()), ("search", "If the page does not come, wake bob."));
    assert!(title.contains("ok"), "{title}");
    assert!(world.said().contains("search attached to: If the page does not come"), "{}", world.said());
    // Once is enough.
    world.key("E");
    assert_eq!(attached(&world).len(), 1);

    world.model.ui.signal = Some("api".into());
    world.key("enter");
    assert!(!world.sees("⊕ attached to"), "{}", world.screen());
    world.key("E");
    // The view that is open says so: the footer is behind it.
    assert!(world.sees("⊕ attached to: If the page does not come"), "{}", world.screen());
    world.key("esc");
    let last = attached(&world).pop().expect("one more");
    assert!(last.0 == "api" && last.1.contains("DOWN 503"), "{last:?}");

    // It stands in the step's dialog, and the tick rests on it.
    at(&mut world, "wake bob");
    let step = world.model.ui.step.clone().expect("a step");
    world.model.ui.dialog = Some(Dialog::Step { step, scroll: 0 });
    assert!(world.sees("⊕") && world.sees("api: down"), "{}", world.screen());
    world.model.ui.dialog = None;
    world.command(Command::Tick);
    assert!(matches!(&rests(&world).0[..], [StepEvidence::Attached { .. }, StepEvidence::Attached { .. }]));
    assert_eq!(replay(&world.journal).attached, world.model.watch.attached);
}

#[test]
fn a_line_of_the_timeline_is_attached_and_a_step_is_not() {
    let mut world = bound();
    at(&mut world, "wake bob");
    world.key("E");
    assert!(world.said().contains("nothing here can be attached"), "{}", world.said());
    world.key("n");
    world.answers_prompt("bob is on a train");
    world.command(Command::FocusTimeline);
    world.key("E");
    let last = attached(&world).pop().expect("one");
    assert_eq!((last.0.as_str(), last.1.as_str()), ("ann", "✎ bob is on a train"));
}

#[test]
fn a_file_is_a_fact_only_once_it_is_kept() {
    use midwatch::app::{Effect, Msg};
    use midwatch::domain::artifact::Kept;
    let mut world = bound();
    at(&mut world, "wake bob");
    world.key("B");
    assert!(world.sees("Keep a file") && world.sees("With: If the page"), "{}", world.screen());
    world.answers_prompt("~/trace.log");
    assert!(world.sees("no shell expands ~ here"), "{}", world.screen());
    world.answers_prompt("/tmp/trace.log");
    let Some(Effect::Keep(keeping)) = world.asked.last() else { panic!("{:?}", world.asked.last()) };
    assert_eq!((keeping.content.words(), keeping.limit), ("/tmp/trace.log", 25 * 1024 * 1024));
    let of_files =
        |world: &World| world.facts().filter(|fact| matches!(fact, Fact::ArtifactKept { .. })).count();
    assert_eq!(of_files(&world), 0, "it is not on disk yet");
    world.key("B");
    assert!(world.said().contains("being kept still"), "{}", world.said());

    // What would not do is said beside what was typed.
    world.tell(Msg::Kept(Err("it holds a private key".into())));
    assert!(world.sees("it holds a private key") && world.sees("/tmp/trace.log"), "{}", world.screen());
    world.press(Press::Enter);
    let hash = "ab".repeat(32);
    let kept = Kept { name: "trace.log".into(), hash: hash.clone(), size: 26_000_000 };
    world.tell(Msg::Kept(Ok(kept)));
    assert_eq!(of_files(&world), 1);
    assert!(world.has_told("kept trace.log, 25 MiB (sha256 abababababab)"), "{:#?}", world.told());
    // A late answer to nothing is none.
    world.tell(Msg::Kept(Ok(Kept { name: "x".into(), hash, size: 1 })));
    assert_eq!(of_files(&world), 1);

    // What is kept takes from what there is room for.
    world.key("B");
    world.answers_prompt("/tmp/more.log");
    let Some(Effect::Keep(keeping)) = world.asked.last() else { panic!("{:?}", world.asked.last()) };
    assert_eq!(keeping.room, 500 * 1024 * 1024 - 26_000_000);
    world.tell(Msg::Kept(Err("there is no such file".into())));
    world.press(Press::Esc);
    world.command(Command::Tick);
    assert!(matches!(&rests(&world).0[..], [StepEvidence::Artifact { .. }]), "{:?}", rests(&world));
}

#[test]
fn what_a_run_printed_is_kept_with_the_step_it_was_run_from() {
    use midwatch::app::{Effect, Msg};
    use midwatch::domain::artifact::{Content, Kept};
    let text =
        "# R\n\n## Verify\n\n- Look.\n  ```sh {\"risk\": \"read\"}\n  ./look\n  ```\n- Look elsewhere.\n";
    let mut world = World::new(SHOP, &[("runbook.md", text)], Watch::default());
    world.open();
    at(&mut world, "Look.");
    let step = world.model.ui.step.clone();
    world.script("./look", None);
    world.command(Command::RunStep);
    world.key("B");
    assert!(world.said().contains("still runs"), "{}", world.said());
    world.tell(Msg::Output("R-1".into(), OutputLine { error: false, text: "all is well".into() }));
    world.tell(Msg::Output("R-1".into(), OutputLine { error: true, text: "or nearly so".into() }));
    world.tell(Msg::Replied("R-1".into(), Box::new(exit(0))));
    assert!(world.sees("B keep"), "{}", world.screen());
    at(&mut world, "Look elsewhere.");
    world.key("B");
    let Some(Effect::Keep(keeping)) = world.asked.last() else { panic!("{:?}", world.asked.last()) };
    let printed = Content::Printed { name: "R-1.txt".into(), text: "all is well\nor nearly so\n".into() };
    assert_eq!((&keeping.content, &keeping.step), (&printed, &step));
    world.key("B");
    assert!(world.said().contains("R-1.txt is being kept still"), "{}", world.said());
    world.tell(Msg::Kept(Err("it holds a secret of this configuration".into())));
    assert!(world.said().contains("not kept: it holds a secret"), "{}", world.said());
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Output { .. })), "nothing is typed again");
    world.key("B");
    world.tell(Msg::Kept(Ok(Kept { name: "R-1.txt".into(), hash: "ab".repeat(32), size: 25 })));
    let kept = world.facts().find_map(|fact| match fact {
        Fact::ArtifactKept { step, name, .. } => Some((step.clone(), name.clone())),
        _ => None,
    });
    assert_eq!(kept, Some((step, "R-1.txt".into())));
    // Where no run is looked at there is nothing to keep, and `B` asks for a file elsewhere.
    world.model.ui.dialog = None;
    world.command(Command::KeepOutput);
    assert!(world.said().contains("no run is looked at"), "{}", world.said());
}
