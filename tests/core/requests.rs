//! Requests that stand in a runbook: filled in, shown, sent under a key that stays the same until an attempt succeeds, and
//! answered with what the next step asks about.

use midwatch::domain::fact::Fact;
use midwatch::domain::io::{Delivery, HttpRequest, IoReply, IoRequest, Reason};
use midwatch::domain::runbook::StepState;
use midwatch::domain::step_evidence::StepEvidence;
use midwatch::state::{Dialog, RunState, Watch};

use crate::world::{World, failed, replay, status};

const CONFIG: &str = r#"
[console]
name = "shop"
environment = "staging"
operator = "ann"

[requests]
base_url = "https://app.example.com/"
timeout = "7s"
headers = { authorization = { env = "APP_TOKEN", prefix = "Bearer " } }

[[health]]
name = "web"
url = "https://shop.example.com/"
every = "10s"
"#;

const RUNBOOK: &str = r"# Operations

## Failed publish recovery

1. Retry `POST /api/orgs/[orgId]/campaigns/[campaignId]/publish` with `Idempotency-Key`.
2. Confirm returned `alreadyPublished` state.
3. Verify assignment counts in dashboard and `assignments` table.

## Reminder resend safety

1. Use `POST .../nudges/send` with `Idempotency-Key`.
2. Verify `deduplicatedCount` and `sentCount` response values.

## Onboarding support

1. Confirm `GET /api/me/org-memberships` returns expected org(s).

## Clean up

1. Drop it: `DELETE https://other.example.com/api/orgs/[orgId]`
";

fn opened(watch: Watch) -> World {
    World::new(CONFIG, &[("runbook.md", RUNBOOK)], watch)
}

fn shop() -> World {
    let mut world = opened(Watch::default());
    world.open();
    world.key("i");
    world.answers_prompt("P2 a campaign is missing");
    world
}

fn reopened(world: World) -> World {
    let mut next = opened(replay(&world.journal));
    next.journal = world.journal;
    next.now = world.now;
    next.open();
    next
}

/// The request that is about to be confirmed.
fn shown(world: &World) -> HttpRequest {
    match &world.model.ui.dialog {
        Some(Dialog::Confirm(confirm)) => match &confirm.request {
            IoRequest::Http(http) => http.clone(),
            other => panic!("{other:?}"),
        },
        _ => panic!("nothing is to be confirmed:\n{}", world.screen()),
    }
}

fn header(request: &HttpRequest, name: &str) -> Option<String> {
    let found = request.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.to_string())
}

fn key(request: &HttpRequest) -> String {
    header(request, "idempotency-key").expect("a key")
}

/// Asks for the publish with these ids, which are offered again once they were said.
fn publish(world: &mut World, org: &str, campaign: &str) -> HttpRequest {
    world.at_step("Retry");
    world.key("enter");
    world.answers_prompt(org);
    world.answers_prompt(campaign);
    shown(world)
}

#[test]
fn a_request_is_shown_whole_and_sent_as_shown() {
    let mut world = shop();
    let request = publish(&mut world, "a/../b c", "7?x=#ü");
    assert_eq!(request.method, "POST");
    assert_eq!(
        request.url,
        "https://app.example.com/api/orgs/a%2F..%2Fb%20c/campaigns/7%3Fx%3D%23%C3%BC/publish"
    );
    assert_eq!(header(&request, "authorization").as_deref(), Some("Bearer ‹env APP_TOKEN›"));
    assert_eq!(request.timeout.as_secs(), 7);
    let screen = world.screen();
    for text in [
        "POST",
        "https://app.example.com/api/orgs/",
        "Bearer ‹env APP_TOKEN›",
        "Idempotency-Key: ",
        "The key is new",
    ] {
        assert!(screen.contains(text), "{text}:\n{screen}");
    }
    world.script("/publish", Some(status(200, r#"{"alreadyPublished": true}"#)));
    world.key("y");
    assert_eq!(world.run("R-1").request, IoRequest::Http(request));
    assert!(matches!(world.run("R-1").state, RunState::Observed(..)), "{:?}", world.run("R-1").state);
    assert!(world.sees("alreadyPublished"), "the reply is on screen:\n{}", world.screen());
}

#[test]
fn what_the_reply_says_stands_beside_the_next_step_and_is_kept_with_its_tick() {
    let mut world = shop();
    publish(&mut world, "acme", "7");
    world.script(
        "/publish",
        Some(status(200, r#"{"campaign": {"alreadyPublished": true}, "status": "done"}"#)),
    );
    world.keys("y esc");
    world.at_step("Confirm returned");
    assert!(world.sees("alreadyPublished is true · R-1"), "{}", world.screen());
    let mut world = reopened(world);
    world.at_step("Confirm returned");
    assert!(world.sees("alreadyPublished is true · R-1"), "after a kill:\n{}", world.screen());
    world.key("space");
    let marked = world.facts().find_map(|fact| match fact {
        Fact::StepMarked { state: StepState::Done, evidence, .. } => Some(evidence.clone()),
        _ => None,
    });
    let marked = marked.expect("it is ticked");
    assert!(
        matches!(&marked[..], [StepEvidence::Replied { name, value, run, .. }]
            if name == "alreadyPublished" && value == "true" && run.as_str() == "R-1"),
        "{marked:?}"
    );
    // Another phase asks about another reply.
    world.at_step("Verify `deduplicatedCount`");
    assert!(!world.sees("alreadyPublished is true ·"), "{}", world.screen());
}

#[test]
fn the_key_stays_the_same_until_an_attempt_succeeds_and_is_another_for_another_thing() {
    let mut world = shop();
    let first = key(&publish(&mut world, "acme", "7"));
    assert_eq!(first.len(), 36, "{first}");
    world.script("/publish", Some(failed(Reason::Timeout, Delivery::Unknown)));
    world.keys("y esc");
    assert!(matches!(world.run("R-1").state, RunState::Unknown(_)));
    // The end is unknown, so it is verified before it is asked again; the key survives that and a kill.
    world.command(midwatch::domain::command::Command::VerifyRun);
    world.answers_prompt("no: the dashboard has no campaign");
    let mut world = reopened(world);
    assert_ne!(key(&publish(&mut world, "acme", "8")), first, "another campaign is another thing");
    world.key("n");
    let again = publish(&mut world, "acme", "7");
    assert_eq!(key(&again), first);
    assert!(world.sees("The key is that of R-1"), "{}", world.screen());
    world.script("/publish", Some(status(503, "not now")));
    world.keys("y esc");
    assert!(matches!(world.run("R-2").state, RunState::Failed(_)));
    assert_eq!(key(&publish(&mut world, "acme", "7")), first);
    world.script("/publish", Some(status(200, r#"{"alreadyPublished": false}"#)));
    world.keys("y esc");
    assert_ne!(key(&publish(&mut world, "acme", "7")), first, "it succeeded: this is a new thing");
}

#[test]
fn a_path_that_is_left_open_is_asked_for_with_where_requests_went() {
    let mut world = shop();
    publish(&mut world, "acme", "7");
    world.script("/publish", Some(status(200, "{}")));
    world.keys("y esc");
    world.at_step("nudges/send");
    world.key("enter");
    assert!(world.sees("/api/orgs/acme/campaigns/7"), "{}", world.screen());
    for (wrong, why) in
        [("api/orgs", "begins an address"), ("/api/../admin", "lead elsewhere"), ("/a b", "no spaces")]
    {
        world.answers_prompt(wrong);
        assert!(
            world.sees(why) || world.said().contains(why),
            "{wrong}:\n{}\n{}",
            world.said(),
            world.screen()
        );
        if world.model.ui.dialog.is_none() {
            world.key("enter");
        }
    }
    world.answers_prompt("/api/orgs/acme/");
    assert_eq!(shown(&world).url, "https://app.example.com/api/orgs/acme/nudges/send");
    world.script("/nudges/send", Some(status(200, r#"{"sentCount": 0, "deduplicatedCount": 41}"#)));
    world.keys("y esc");
    world.at_step("Verify `deduplicatedCount`");
    assert!(
        world.sees("deduplicatedCount is 41 · R-2") && world.sees("sentCount is 0 · R-2"),
        "{}",
        world.screen()
    );
}

#[test]
fn a_get_runs_at_once_a_delete_wants_its_name_and_a_secret_stays_at_home() {
    let mut world = shop();
    world.script("/api/me/org-memberships", Some(status(200, r#"[{"org": "acme"}]"#)));
    world.at_step("Confirm `GET");
    world.key("enter");
    assert_eq!(world.left.len(), 1, "{}", world.screen());
    assert!(world.sees("acme"), "{}", world.screen());
    world.key("esc");
    world.at_step("Drop it");
    world.key("enter");
    world.answers_prompt("acme");
    let request = shown(&world);
    assert_eq!(header(&request, "authorization"), None, "the token is for app.example.com");
    world.key("y");
    assert_eq!(world.left.len(), 1, "one key is not enough");
}

#[test]
fn without_a_host_it_says_what_to_write() {
    let config = CONFIG.replace("base_url = \"https://app.example.com/\"\n", "");
    let mut world = World::new(&config, &[("runbook.md", RUNBOOK)], Watch::default());
    world.open();
    world.at_step("Confirm `GET");
    world.key("enter");
    assert!(world.said().contains("base_url in [requests]"), "{}", world.said());
    assert!(world.left.is_empty());
}

#[test]
fn a_lost_answer_of_a_request_that_only_reads_is_a_failure() {
    let mut world = shop();
    world.script(
        "/api/me",
        Some(IoReply::Failed(midwatch::domain::io::IoFailure {
            reason: Reason::Timeout,
            detail: "no answer within 7 s".into(),
            delivery: Delivery::Unknown,
        })),
    );
    world.at_step("Confirm `GET");
    world.key("enter");
    assert!(matches!(world.run("R-1").state, RunState::Failed(_)));
}

#[test]
fn what_a_reply_must_say_is_held_against_it_without_a_word_in_the_runbook() {
    let bound = r#"
[[binding]]
words = "Retry `POST"
expect = "body.alreadyPublished == true"
"#;
    let mut world = World::new(&format!("{CONFIG}{bound}"), &[("runbook.md", RUNBOOK)], Watch::default());
    world.open();
    publish(&mut world, "acme", "7");
    assert!(world.sees("It must turn out so: body.alreadyPublished == true"), "{}", world.screen());
    world.script("/publish", Some(status(200, r#"{"alreadyPublished": false}"#)));
    world.keys("y esc");
    assert!(
        matches!(&world.run("R-1").state, RunState::Failed(why) if why.contains("but not body.alreadyPublished == true")),
        "{:?}",
        world.run("R-1").state
    );
    // What it said is on screen all the same, and the next attempt has the same key.
    world.at_step("Confirm returned");
    assert!(world.sees("alreadyPublished is false · R-1"), "{}", world.screen());
    publish(&mut world, "acme", "7");
    world.script("/publish", Some(status(200, r#"{"alreadyPublished": true}"#)));
    world.keys("y esc");
    assert!(matches!(world.run("R-2").state, RunState::Observed(..)), "{:?}", world.run("R-2").state);
    let key_of = |run: &str| match &world.run(run).request {
        IoRequest::Http(http) => key(http),
        other => panic!("{other:?}"),
    };
    assert_eq!(key_of("R-1"), key_of("R-2"));
}
