//! What an incident asks for by a time: counted once, by the runbook's words or by the configuration, until it is done.

use std::time::Duration;

use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::incident::{IncidentDeadline, IncidentKind, Severity};
use midwatch::domain::press::Press;
use midwatch::panes::due;
use midwatch::state::deadlines::{Standing, deadlines, standing};
use midwatch::state::{DueKey, Watch};

use crate::world::{SHOP, World, replay};

const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;

/// A runbook that says nothing of time.
const BARE: &str = "# Shop\n\n## Containment\n\n- Close the shop.\n\n## Recovery\n\n- Open it.\n";

/// A runbook with a part for security incidents beside the one for others.
const ACADEMY: &str = "\
# Academy operations

## On-Call Rotation

### Incident Response
1. **Acknowledge**: PagerDuty alert within 5 minutes
2. **Assess**: Determine severity (P0-P3)
3. **Communicate**: Update status page + Slack
4. **Resolve**: Apply fix + verify resolution
5. **Document**: Post-incident review within 24h

## Security Procedures

### Security Incident Response
1. **Isolate**: Scale down affected services
2. **Assess**: Determine scope of breach
3. **Contain**: Rotate compromised credentials
4. **Notify**: Legal/compliance team within 1 hour
5. **Remediate**: Apply security patches
6. **Review**: Security audit within 72 hours
";

fn world(config: &str, runbook: &str) -> World {
    let mut world = World::new(&format!("{SHOP}{config}"), &[("runbook.md", runbook)], Watch::default());
    world.open();
    world.wait(MINUTE);
    world
}

fn declared(config: &str, runbook: &str, text: &str) -> World {
    let mut world = world(config, runbook);
    world.key("i");
    world.answers_prompt(text);
    world
}

/// What is counted, in words, with the seconds that are left.
fn counted(world: &World) -> Vec<(IncidentDeadline, i64)> {
    deadlines(&world.model, world.now)
        .iter()
        .map(|known| (known.what, (known.due.millis() - world.now.millis()) / 1000))
        .collect()
}

/// Applies a fact that no key of this part makes.
fn happens(world: &mut World, fact: Fact) {
    let incident = world.model.watch.incident().map(|incident| incident.id.clone());
    let logged = Logged { seq: world.model.watch.seq + 1, at: world.now, incident, fact };
    world.model.watch.apply(&logged);
    world.journal.push(logged);
}

fn post(next: Option<Duration>) -> [Fact; 2] {
    let requested = Fact::PostRequested {
        post: "P-1".into(),
        run: Some("R-1".into()),
        channel: "ops".into(),
        audience: "team".into(),
        text: "we look into it".into(),
        status: None,
        next,
        again: None,
        by: "ann".into(),
    };
    [requested, Fact::Posted { post: "P-1".into(), link: None, reference: None }]
}

#[test]
fn without_a_word_of_a_runbook_the_usual_times_hold() {
    let mut world = declared("", BARE, "P0 checkout is down");
    let five = i64::try_from(5 * MINUTE).unwrap();
    assert_eq!(
        counted(&world),
        [
            (IncidentDeadline::Acknowledge, five),
            (IncidentDeadline::Update, five),
            (IncidentDeadline::Recovery, 3 * five)
        ]
    );
    world.resize(120, 40);
    for text in ["acknowledge the incident", "first update", "mitigate the P0"] {
        assert!(world.sees(text), "{text}: {}", world.screen());
    }
    world.wait(5 * MINUTE + 1);
    assert!(world.sees("OVERDUE acknowledge the incident"), "{}", world.screen());
    world.keys("K");
    world.keys("I m");
    world.answers_prompt("closed the shop");
    assert_eq!(counted(&world).iter().map(|(what, _)| *what).collect::<Vec<_>>(), [IncidentDeadline::Update]);
}

#[test]
fn the_configuration_says_other_times() {
    let config = "[incident]\nacknowledge = \"3m\"\nfirst_update = \"10m\"\nupdate_every = \"30m\"\nrecovery = \"1h\"\n\
                  legal = \"2h\"\naudit = \"96h\"\nreview = \"48h\"\n";
    let mut world = declared(config, BARE, "P0 security a key is out");
    let left: Vec<i64> = counted(&world).iter().map(|(_, left)| left / 60).collect();
    assert_eq!(left, [3, 10, 60], "legal and the audit are counted by the built-in runbook");
    let of: Vec<String> = due::items(&world.model, world.now).iter().map(|item| item.text.clone()).collect();
    assert!(of.iter().any(|text| text.contains("Notify legal and compliance within 2 hours")), "{of:#?}");
    assert!(of.iter().any(|text| text.contains("Security audit within 96 hours")), "{of:#?}");
    for fact in post(None) {
        happens(&mut world, fact);
    }
    assert_eq!(
        counted(&world).iter().find(|(what, _)| *what == IncidentDeadline::Update).unwrap().1,
        30 * 60
    );
}

#[test]
fn the_next_update_is_counted_from_the_last_post_and_as_that_promised() {
    let mut world = declared("", BARE, "P2 search is slow");
    world.wait(4 * MINUTE);
    let [requested, posted] = post(Some(Duration::from_secs(45 * MINUTE)));
    happens(&mut world, requested);
    let update = |world: &World| {
        let all = counted(world);
        all.into_iter().find(|(what, _)| *what == IncidentDeadline::Update).map(|(_, left)| left)
    };
    assert_eq!(update(&world), Some(60), "one that is on its way told nobody yet");
    happens(&mut world, posted);
    assert_eq!(update(&world), Some(45 * 60));
    assert!(deadlines(&world.model, world.now).iter().any(|known| known.words == "next update"));
    // Told by other means.
    world.wait(10 * MINUTE);
    world.keys("4 g");
    world.model.ui.due = Some(DueKey::Deadline("INC-1".into(), IncidentDeadline::Update));
    world.key("d");
    world.answers_prompt("on the phone");
    assert_eq!(update(&world), Some(20 * 60));
    assert!(world.has_told("done for INC-1: post an update (on the phone)"), "{:?}", world.told());
    assert_eq!(replay(&world.journal), world.model.watch);
}

#[test]
fn what_the_runbook_says_is_counted_once_and_in_its_own_words() {
    // The shop's runbook says acknowledge, update and review itself.
    let mut world = World::quiet();
    world.key("i");
    world.answers_prompt("P1 checkout is down");
    let texts: Vec<String> =
        due::items(&world.model, world.now).iter().map(|item| item.text.clone()).collect();
    let of = |word: &str| texts.iter().filter(|text| text.to_lowercase().contains(word)).count();
    assert_eq!(of("acknowledge"), 1, "{texts:#?}");
    assert!(texts.iter().any(|text| text.starts_with("Acknowledge the page")), "{texts:#?}");
    assert_eq!(of("first update"), 1, "the first is another than those that come again: {texts:#?}");
    world.key("K");
    let texts: Vec<String> =
        due::items(&world.model, world.now).iter().map(|item| item.text.clone()).collect();
    assert!(!texts.iter().any(|text| text.contains("Acknowledge the page")), "it was: {texts:#?}");
    // Posted: the runbook's own clock goes on from there.
    world.wait(4 * MINUTE);
    for fact in post(None) {
        happens(&mut world, fact);
    }
    let items = due::items(&world.model, world.now);
    let again: Vec<&str> =
        items.iter().filter(|item| item.text.contains("pdate")).map(|item| item.clock.as_str()).collect();
    assert_eq!(again, ["20:00"], "{items:#?}");
}

#[test]
fn a_tick_of_the_step_that_says_it_counts_as_told() {
    let mut world = World::quiet();
    world.key("i");
    world.answers_prompt("P1 checkout is down");
    world.wait(2 * MINUTE);
    world.at_step("Post in #ops");
    world.key("space");
    assert!(
        !counted(&world).iter().any(|(what, _)| *what == IncidentDeadline::Update),
        "{:?}",
        counted(&world)
    );
}

#[test]
fn the_review_stays_after_the_close_until_it_is_done_in_the_runbooks_words() {
    let mut world = World::quiet();
    world.key("i");
    world.answers_prompt("P1 checkout is down");
    world.wait(HOUR);
    world.closes("a certificate had expired");
    let [review] = &deadlines(&world.model, world.now)[..] else { panic!("{:?}", counted(&world)) };
    assert_eq!(review.words, "Review within 24 hours.");
    assert_eq!(
        review.due,
        world.now.plus(Duration::from_secs(24 * HOUR)),
        "from the close, not from the declaration"
    );
    assert!(world.sees("Review within 24 hours"), "{}", world.screen());
    world = world.killed_and_reopened();
    world.wait(25 * HOUR);
    world.keys("4");
    assert!(world.sees("OVERDUE Review within 24 hours"), "{}", world.screen());
    world.model.ui.due = Some(DueKey::Deadline("INC-1".into(), IncidentDeadline::Review));
    world.key("enter");
    assert!(world.sees("Owed for others"), "{}", world.screen());
    world.key("d");
    world.answers_prompt("https://wiki.example.com/inc-1");
    assert_eq!(counted(&world), []);
    assert!(world.has_told("done for INC-1: review the incident"));
}

#[test]
fn a_review_can_be_given_up_with_a_reason_and_one_that_was_ticked_in_the_incident_is_done() {
    let mut world = World::quiet();
    world.key("i");
    world.answers_prompt("P1 checkout is down");
    world.at_step("Review within 24 hours");
    world.key("space");
    world.closes("over");
    assert_eq!(counted(&world), []);
    world.key("i");
    world.answers_prompt("P3 a test");
    world.closes("it was a test");
    world.key("4");
    world.model.ui.due = Some(DueKey::Deadline("INC-2".into(), IncidentDeadline::Review));
    world.key("x");
    world.key("enter");
    assert!(world.sees("a reason is needed"), "{}", world.screen());
    world.types("nothing to learn");
    world.key("enter");
    assert_eq!(counted(&world), []);
    assert!(world.has_told("waived for INC-2: review the incident (nothing to learn)"), "{:?}", world.told());
}

#[test]
fn what_was_never_reviewed_is_not_asked_for_for_ever() {
    let mut world = declared("", BARE, "P1 checkout is down");
    world.closes("over");
    world.now = world.now.plus(Duration::from_secs(29 * 24 * HOUR));
    assert_eq!(counted(&world).len(), 1);
    world.now = world.now.plus(Duration::from_secs(2 * 24 * HOUR));
    assert_eq!(counted(&world), []);
}

#[test]
fn a_security_incident_has_six_steps_and_its_own_clocks_where_no_runbook_has_any() {
    let mut world = declared("", BARE, "P1 security a key is out");
    assert_eq!(world.model.watch.incident().unwrap().kind, IncidentKind::Security);
    assert_eq!(world.model.watch.incident().unwrap().title, "a key is out");
    world.resize(120, 40);
    assert!(world.sees("SECURITY") && world.sees("Security incident"), "{}", world.screen());
    let step = world.model.ui.step.clone().unwrap();
    assert_eq!(step.runbook.as_str(), "midwatch:security");
    assert!(world.model.plan.step(&step).unwrap().text.contains("out of traffic"));
    let steps: usize =
        world.model.plan.runbook(&step.runbook).unwrap().phases.iter().map(|phase| phase.steps.len()).sum();
    assert_eq!(steps, 6);
    // A console that is opened again shows it, at the same step.
    let mut again = World::new(SHOP, &[("runbook.md", BARE)], replay(&world.journal));
    again.now = world.now;
    again.open();
    assert_eq!(again.model.ui.step, Some(step));
    // Told in the runbook: its clock is over.
    let legal = |world: &World| {
        let incident = world.model.watch.incident().unwrap();
        match standing(&world.model, world.now, incident, IncidentDeadline::Legal) {
            Some(Standing::Said(timer)) => format!("{} left", timer.due.since(world.now).as_secs() / 60),
            Some(Standing::Kept(how)) => how,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(legal(&world), "60 left");
    world.at_step("Notify legal");
    world.key("space");
    assert_eq!(legal(&world), "in the runbook");
    // Closed before the audit: it is still owed.
    world.closes("the key is revoked");
    let left: Vec<IncidentDeadline> = counted(&world).iter().map(|(what, _)| *what).collect();
    assert_eq!(left, [IncidentDeadline::Review, IncidentDeadline::Audit]);
}

#[test]
fn an_incident_becomes_a_security_incident_by_a_key_and_its_clocks_begin_then() {
    let mut world = declared("", BARE, "P1 odd logins");
    assert_eq!(world.model.plan.runbooks.len(), 1, "no other runbook is shown before it is wanted");
    world.wait(2 * HOUR);
    world.keys("I S");
    assert!(world.sees("INC-1 is a security incident now"), "{}", world.screen());
    let incident = world.model.watch.incident().unwrap();
    assert_eq!(incident.security_since, Some(world.now));
    let Some(Standing::Said(timer)) = standing(&world.model, world.now, incident, IncidentDeadline::Legal)
    else {
        panic!("legal is counted");
    };
    assert_eq!(timer.due, world.now.plus(Duration::from_secs(HOUR)));
    // Another one is at hand, and nothing on screen counts for this one: it is counted all the same, from then.
    let since = world.now;
    world.wait(600);
    world.key("i");
    world.press(Press::DeleteLine);
    world.answers_prompt("P2 search is slow");
    let other = world.model.watch.known_incident(&"INC-1".into()).unwrap();
    let Some(Standing::Counted(counted)) = standing(&world.model, world.now, other, IncidentDeadline::Legal)
    else {
        panic!("legal is counted");
    };
    assert_eq!((counted.from, counted.due), (since, since.plus(Duration::from_secs(HOUR))));
    world.closes("it was the index");
    world.keys("I S");
    let incident = world.model.watch.incident().unwrap();
    assert_eq!((incident.kind, incident.security_since), (IncidentKind::Outage, None));
    assert!(standing(&world.model, world.now, incident, IncidentDeadline::Legal).is_none());
}

#[test]
fn the_part_of_a_runbook_is_taken_for_a_security_incident_and_for_no_other() {
    let steps = |world: &World| {
        let step = world.model.ui.step.clone().unwrap();
        world.model.plan.step(&step).unwrap().text.clone()
    };
    let mut world = declared("", ACADEMY, "P1 security a key is out");
    assert!(steps(&world).contains("Scale down affected services"), "{}", steps(&world));
    assert_eq!(world.model.plan.runbooks.len(), 1);
    let texts = |world: &World| -> Vec<String> {
        due::items(&world.model, world.now).iter().map(|item| item.text.clone()).collect()
    };
    assert!(
        texts(&world).iter().any(|text| text.contains("Legal/compliance team within 1 hour")),
        "{:#?}",
        texts(&world)
    );
    assert!(
        !texts(&world).iter().any(|text| text == "notify legal" || text == "security audit"),
        "{:#?}",
        texts(&world)
    );
    // As an outage it says nothing of legal.
    world.keys("I S");
    assert!(!texts(&world).iter().any(|text| text.contains("Legal")), "{:#?}", texts(&world));
    let outage = declared("", ACADEMY, "P1 checkout is down");
    assert!(!steps(&outage).contains("Scale down affected services"), "{}", steps(&outage));
}

#[test]
fn deadlines_of_an_incident_that_is_not_at_hand_are_still_counted_with_its_name() {
    let mut world = declared("", BARE, "P0 checkout is down");
    world.key("i");
    world.answers_prompt("P2 search is slow");
    world.resize(120, 40);
    let texts: Vec<String> =
        due::items(&world.model, world.now).iter().map(|item| item.text.clone()).collect();
    for wanted in
        ["INC-1 acknowledge the incident", "INC-1 mitigate the P0", "INC-2 acknowledge the incident"]
    {
        assert!(texts.iter().any(|text| text == wanted), "{wanted}: {texts:#?}");
    }
    // Acknowledged from its line, without going over to it.
    world.key("4");
    world.model.ui.due = Some(DueKey::Deadline("INC-1".into(), IncidentDeadline::Acknowledge));
    world.key("d");
    let taken = |id: &str| world.model.watch.known_incident(&id.into()).unwrap().acknowledged.is_some();
    assert_eq!((taken("INC-1"), taken("INC-2")), (true, false));
    assert_eq!(world.model.watch.incident().unwrap().severity, Severity::P2);
}

#[test]
fn what_is_waived_of_an_open_incident_is_gone_and_acknowledging_is_not_waived() {
    let mut world = declared("", BARE, "P0 checkout is down");
    world.key("I");
    world.key("x");
    assert!(world.sees("somebody has to take it on"), "{}", world.screen());
    world.keys("down down x");
    world.answers_prompt("the shop stays closed until Monday");
    world.wait(1);
    let incident = world.model.watch.incident().unwrap();
    assert!(!incident.settled[&IncidentDeadline::Recovery].done);
    assert!(!counted(&world).iter().any(|(what, _)| *what == IncidentDeadline::Recovery));
}
