//! Closing: nothing closes over what is open; each is done, or left open with a reason that is kept.

use midwatch::domain::fact::Fact;
use midwatch::domain::ids::IncidentId;
use midwatch::domain::io::IoReply;
use midwatch::state::closing::{ClosingKind, items, missing};
use midwatch::state::{Dialog, Watch};

use crate::world::{RUNBOOK, SHOP, World, exit, replay};

fn incident_of(mut world: World) -> World {
    world.key("i");
    world.answers_prompt("P1 checkout answers 503");
    world
}

fn incident() -> World {
    incident_of(World::armed())
}

/// `C` is pressed: the list is there, and says this; typing a summary is not possible.
fn blocked(world: &mut World, text: &str) {
    world.key("C");
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Closing { .. })), "{}", world.screen());
    assert!(world.sees(text), "{text}:\n{}", world.screen());
}

/// Leaves the line under the cursor open; only with a reason.
fn left_open(world: &mut World) {
    let before = missing(&world.model).len();
    world.key("x");
    world.answers_prompt(" ");
    assert!(world.sees("a reason is needed"), "{}", world.screen());
    assert_eq!(missing(&world.model).len(), before);
    world.answers_prompt("said so on purpose");
    assert_eq!(missing(&world.model).len(), before - 1, "{:?}", missing(&world.model));
    assert!(world.sees("Left open") && world.sees("because said"), "{}", world.screen());
}

/// The list is empty: the summary is asked for, and it closes.
fn closes(world: &mut World) {
    world.key("C");
    world.answers_prompt("a release; rolled back");
    assert!(world.model.watch.incident().is_none(), "{}", world.screen());
    assert_eq!(replay(&world.journal), world.model.watch);
}

#[test]
fn with_everything_green_and_done_a_key_and_a_sentence_close_it() {
    let mut world = incident();
    world.key("C");
    assert!(world.sees("what happened, in short"), "{}", world.screen());
    world.answers_prompt("");
    assert!(world.model.watch.incident().is_some());
    world.answers_prompt("it was a false alarm");
    assert!(world.model.watch.incident().is_none());
}

#[test]
fn not_over_a_red_signal_that_nobody_explained_since_it_went_red() {
    let mut world = incident();
    world.status("checkout", 503);
    world.wait(60);
    blocked(&mut world, "checkout is down");
    left_open(&mut world);
    // What was said of the last time explains nothing of this one.
    world.status("checkout", 200);
    world.wait(60);
    assert!(missing(&world.model).is_empty());
    world.status("checkout", 503);
    world.wait(60);
    assert_eq!(missing(&world.model).len(), 1);
    left_open(&mut world);
    closes(&mut world);
}

#[test]
fn not_over_what_is_owed() {
    let mut world = incident();
    world.action("maintenance-mode");
    world.key("y");
    world.wait(5);
    blocked(&mut world, "O-1 maintenance-mode must be switched off");
    world.key("x");
    world.answers_prompt("");
    assert!(world.sees("a waiver needs a reason"), "{}", world.screen());
    world.answers_prompt("closed for the night");
    assert!(world.has_told("O-1 waived") && !world.has_told("left open"), "{:#?}", world.told());
    closes(&mut world);
}

#[test]
fn an_obligation_is_met_from_the_list() {
    let mut world = incident();
    world.action("maintenance-mode");
    world.key("y");
    world.wait(5);
    world.key("C");
    world.key("enter");
    world.key("y");
    world.wait(15);
    assert!(missing(&world.model).is_empty(), "{:?}", missing(&world.model));
    world.key("esc");
    closes(&mut world);
}

#[test]
fn not_over_a_run_that_goes_on_or_that_nobody_knows_the_end_of() {
    let mut world = incident();
    world.script("POST https://pay.example.com/events/replay", None);
    world.action("replay-events");
    world.key("y");
    blocked(&mut world, "R-1 replay-events still runs");
    world.key("x");
    assert!(world.sees("it still runs"), "{}", world.screen());
    world.key("esc");
    let mut world = world.killed_and_reopened();
    blocked(&mut world, "R-1 replay-events is unknown");
    // How it ended is said, and not left open.
    world.key("x");
    assert!(world.sees("Verify R-1"), "{}", world.screen());
    world.answers_prompt("it was never sent");
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Closing { .. })), "{}", world.screen());
    closes(&mut world);
}

#[test]
fn not_over_a_hypothesis_that_is_open() {
    let mut world = incident();
    world.key("n");
    world.answers_prompt("? the pool is full");
    blocked(&mut world, "H-1 the pool is full");
    world.key("d");
    world.answers_prompt("");
    assert!(world.sees("a reason is needed"), "{}", world.screen());
    world.answers_prompt("the rollback mended it");
    assert!(world.sees("Nothing is left"), "{}", world.screen());
    closes(&mut world);
    // One of another incident is no matter of this one.
    let mut world = incident_of(world);
    assert!(missing(&world.model).is_empty());
    world.key("n");
    world.answers_prompt("? the cache");
    world.key("C");
    left_open(&mut world);
    closes(&mut world);
}

#[test]
fn not_over_steps_that_have_to_be_done_once_the_runbook_is_gone_about() {
    let mut world = incident();
    assert!(missing(&world.model).is_empty(), "nothing of the runbook was gone about");
    world.at_step("If the page does not come");
    world.key("space");
    let open = |world: &World| {
        items(&world.model)
            .iter()
            .filter(|item| item.blocks() && matches!(item.kind, ClosingKind::Step(_)))
            .count()
    };
    // What is to follow afterwards, and what nobody began, is not asked for.
    let steps = open(&world);
    assert!(steps >= 6, "{:?}", missing(&world.model));
    assert!(!missing(&world.model).iter().any(|text| text.contains("Review within 24 hours")));
    blocked(&mut world, "open: Acknowledge the page");
    // Ticked from the list, and left open one by one or a part at once.
    world.key("d");
    assert_eq!(open(&world), steps - 1, "{}", world.screen());
    left_open(&mut world);
    world.key("X");
    world.answers_prompt("the rest was not needed");
    assert!(missing(&world.model).is_empty(), "{:?}", missing(&world.model));
    let kept = world.facts().filter(|fact| matches!(fact, Fact::ClosingWaived { .. })).count();
    assert_eq!(kept, steps - 1);
    closes(&mut world);
}

/// A shop whose gates are an action that the recovery speaks of.
fn gated() -> World {
    let config =
        SHOP.replace("name = \"rerun-gates\"", "name = \"rerun-gates\"\nmatches = [\"regression gates\"]");
    let runbook =
        RUNBOOK.replace("3. Switch maintenance", "3. Run the regression gates.\n4. Switch maintenance");
    let mut world = World::new(&config, &[("runbook.md", &runbook)], Watch::default());
    world.open();
    world.wait(60);
    world.key("A");
    incident_of(world)
}

#[test]
fn not_over_gates_that_did_not_run_since_the_last_change() {
    let mut world = gated();
    assert!(missing(&world.model).is_empty(), "nothing was changed");
    let restart = |world: &mut World| {
        world.action("restart-api");
        world.key("y");
        world.wait(31);
    };
    restart(&mut world);
    blocked(&mut world, "rerun-gates: not run since R-1");
    // Enter runs them; failed is not run.
    world.script("gates.sh", Some(exit(1)));
    world.key("enter");
    world.key("esc");
    blocked(&mut world, "rerun-gates: R-2 has not ended well");
    world.key("enter");
    world.key("esc");
    assert!(missing(&world.model).is_empty(), "{:?}", missing(&world.model));
    // Another change: again.
    restart(&mut world);
    blocked(&mut world, "rerun-gates: not run again since R-4");
    left_open(&mut world);
    world.key("esc");
    // What was said of that change says nothing of the next.
    restart(&mut world);
    assert_eq!(missing(&world.model).len(), 1);
    world.key("C");
    left_open(&mut world);
    closes(&mut world);
}

/// A shop with webhooks that were not delivered.
const PAYMENTS: &str = r#"
[console]
name = "bookshop"
environment = "staging"
operator = "ann"

[stripe]
key = { env = "STRIPE_SECRET_KEY" }
base_url = "https://stripe.example.com"
every = "30s"
"#;

fn stripe(request: &midwatch::domain::io::IoRequest) -> Option<IoReply> {
    let midwatch::domain::io::IoRequest::Http(http) = request else { return None };
    let second = crate::world::START.millis() / 1000;
    let answer = if http.url.contains("/v1/webhook_endpoints") {
        serde_json::json!({ "object": "list", "has_more": false, "data": [{
            "id": "we_1", "object": "webhook_endpoint", "url": "https://bookshop.example.com/hook",
            "status": "enabled", "enabled_events": ["*"], "livemode": true, "created": second - 9_000_000,
        }] })
    } else {
        let event = |n: i64| {
            serde_json::json!({
                "id": format!("evt_{n}"), "object": "event", "type": "invoice.paid", "created": second - 900 - n,
                "livemode": true, "pending_webhooks": 1,
                "data": { "object": { "id": format!("in_{n}"), "object": "invoice", "amount_due": 1200,
                    "currency": "eur" } },
            })
        };
        serde_json::json!({ "object": "list", "has_more": false, "data": [event(1), event(2), event(3)] })
    };
    Some(crate::world::status(200, &answer.to_string()))
}

#[test]
fn not_over_webhooks_that_were_not_delivered() {
    let mut world = World::new(PAYMENTS, &[], Watch::default());
    world.vendor = Some(Box::new(stripe));
    world.open();
    world.wait(120);
    let mut world = incident_of(world);
    world.resize(100, 30);
    blocked(&mut world, "3 events were not delivered");
    let red = items(&world.model).iter().filter(|item| matches!(item.kind, ClosingKind::Signal(_))).count();
    assert!(red <= 1, "{:?}", missing(&world.model));
    let at = |world: &World| {
        let webhooks =
            |item: &midwatch::state::closing::ClosingItem| matches!(item.kind, ClosingKind::Webhooks(_));
        items(&world.model).into_iter().find(webhooks).unwrap().id
    };
    world.model.ui.dialog = Some(Dialog::Closing { cursor: Some(at(&world)) });
    world.key("enter");
    assert_eq!(
        world.model.ui.focus,
        midwatch::state::Focus::Board(midwatch::domain::board::Board::Payments),
        "there they are replayed"
    );
    world.key("C");
    let before = missing(&world.model).len();
    world.model.ui.dialog = Some(Dialog::Closing { cursor: Some(at(&world)) });
    left_open(&mut world);
    assert_eq!(missing(&world.model).len(), before - 1);
}

#[test]
fn a_summary_that_comes_too_late_is_refused_with_what_is_missing() {
    let mut world = incident();
    world.key("C");
    world.types("all is well");
    // Meanwhile something breaks.
    world.status("checkout", 503);
    world.wait(60);
    world.key("enter");
    assert!(world.model.watch.incident().is_some());
    assert!(world.sees("INC-1 cannot close: checkout is down"), "{}", world.screen());
}

#[test]
fn what_is_left_open_survives_a_kill_and_belongs_to_its_incident() {
    let mut world = incident();
    world.status("checkout", 503);
    world.wait(60);
    world.key("C");
    left_open(&mut world);
    let world = world.killed_and_reopened();
    assert!(missing(&world.model).is_empty(), "{:?}", missing(&world.model));
    let waiver = &world.model.watch.notebook.waivers[0];
    assert_eq!(
        (waiver.incident.clone(), waiver.text.as_str()),
        (IncidentId::from("INC-1"), waiver.text.as_str())
    );
    assert_eq!(waiver.reason, "said so on purpose");
}
