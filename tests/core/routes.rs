//! From an alert to the part of a runbook that speaks of it.

use midwatch::domain::command::Command;
use midwatch::domain::fact::Fact;
use midwatch::domain::mention::How;
use midwatch::report;
use midwatch::runbook;
use midwatch::state::{Focus, mention};

use crate::world::World;

fn found(text: &str, name: &str) -> Option<(usize, How)> {
    let read = runbook::read("r.md", text.as_bytes()).runbook;
    mention(&[read], &[name]).map(|mention| (mention.line, mention.how))
}

const BOOK: &str = "# Shop

## Alerting

- Errors raise `alert:error_spike`; page on repeated events.
- Queues raise `queue-*`.

## Triage

- Check recent `alert:*` events.
- Look whether the search index is stale.

## Checkout outage

- Restart the worker.
";

#[test]
fn a_name_comes_before_a_pattern_and_a_pattern_before_words() {
    assert_eq!(found(BOOK, "error-spike"), Some((5, How::Name)));
    assert_eq!(found(BOOK, "alert:error_spike"), Some((5, How::Name)));
    assert_eq!(found(BOOK, "billing-webhook-failed"), Some((10, How::Pattern)));
    assert_eq!(found(BOOK, "queue-depth"), Some((6, How::Pattern)));
    let book = BOOK.replace("`alert:*`", "all");
    assert_eq!(found(&book, "checkout"), Some((15, How::Heading)));
    assert_eq!(found(&book, "search-index"), Some((11, How::Words)));
    assert_eq!(found(&book, "search-indexes"), Some((11, How::Words)), "a plural is the same word");
    let tied =
        BOOK.replace("Restart the worker.", "Restart the worker. <!-- midwatch: signal=redis-main -->");
    assert_eq!(found(&tied, "redis-main"), Some((15, How::Bound)));
    for other in ["terror", "redis", "alert", "*", ""] {
        assert_eq!(found(&book, other), None, "{other}");
    }
}

#[test]
fn what_goes_red_proposes_its_heading_and_one_key_goes_there() {
    let mut world = World::quiet();
    world.reads("checkout", &[503, 503]);
    world.poll("outside-a");
    world.reads("checkout", &[503]);
    assert!(world.sees("checkout is red: H opens"), "{}", world.screen());
    let route = world.facts().find_map(|fact| match fact {
        Fact::Routed { signal, mention } if signal.as_str() == "checkout" => mention.clone(),
        _ => None,
    });
    let route = route.expect("it is on record");
    assert_eq!((route.how, route.line), (How::Words, 10));
    world.command(Command::FocusHealth);
    world.model.ui.signal = Some("checkout".into());
    world.command(Command::GoToMention);
    assert_eq!(world.model.ui.focus, Focus::Runbook);
    assert_eq!(world.model.ui.step, route.step);
    // From a signal that is well it is the red one that is meant.
    world.command(Command::FocusHealth);
    world.model.ui.signal = Some("api".into());
    world.model.ui.step = None;
    world.command(Command::GoToMention);
    assert_eq!(world.model.ui.step, route.step);
    // Going red again says nothing new.
    world.reads("checkout", &[200, 200, 200, 503, 503]);
    world.poll("outside-a");
    world.reads("checkout", &[503]);
    let routes = world.facts().filter(|fact| matches!(fact, Fact::Routed { .. })).count();
    assert_eq!(routes, 1);
}

#[test]
fn what_no_runbook_mentions_is_a_finding_of_the_incident_in_which_it_was_red() {
    let mut world = World::quiet();
    world.model.plan.runbooks = vec![runbook::read("r.md", b"# R\n\n- Restart checkout.\n").runbook];
    let fails = |world: &mut World, signal: &str| {
        world.reads(signal, &[503, 503]);
        world.poll("outside-a");
        world.reads(signal, &[503]);
    };
    fails(&mut world, "api");
    fails(&mut world, "checkout");
    world.command(Command::Declare);
    world.types("P1 the api is down");
    world.key("enter");
    world.wait(60);
    let incident = &report::incidents(&world.journal)[0];
    let found = report::unmentioned(Some(incident), &world.journal);
    assert_eq!(found.iter().map(midwatch::domain::ids::SignalId::as_str).collect::<Vec<_>>(), ["api"]);
    assert_eq!(report::document(Some(incident), &world.journal)["unmentioned"], serde_json::json!(["api"]));
    world.closes("the api was restarted");
    assert!(world.said().contains("closed · no runbook mentions api"), "{}", world.said());
    // A recovery before the next incident leaves nothing to find in that one.
    let before = world.journal[0].at;
    let earlier = report::Summary { declared: before, closed: Some(before), ..incident.clone() };
    assert_eq!(report::unmentioned(Some(&earlier), &world.journal), []);
}
