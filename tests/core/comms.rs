//! Updates: the channel, the text, the exact request, and what becomes of it.

use std::time::Duration;

use midwatch::app::{Effect, Msg};
use midwatch::domain::fact::Fact;
use midwatch::domain::ids::RunId;
use midwatch::domain::incident::IncidentKind;
use midwatch::domain::io::{Delivery, IoRequest, Reason, Value};
use midwatch::domain::press::Press;
use midwatch::state::{Dialog, PostStanding, RunState, Watch};

use crate::channels::channels;
use crate::world::{Answer, RUNBOOK, SHOP, World, failed, ok, replay, status};

const OPS: &[&str] = &["ops"];
const MORE: &[&str] = &["status", "mail", "copy"];
const ALL: &[&str] = &["ops", "status", "mail", "copy"];
const OPS_LAST: &[&str] = &["status", "mail", "copy", "ops"];

const SENT: &str = r#"{"ok":true,"channel":"C0OPS","ts":"1787019300.000200","message":{}}"#;
const LINK: &str = r#"{"ok":true,"channel":"C0OPS","permalink":"https://shop.slack.com/archives/C0OPS/p1"}"#;

/// The shop with these channels, and checkout down in an incident.
fn night(names: &[&str]) -> World {
    let configuration = format!("{SHOP}{}", channels(names));
    let mut world = World::new(&configuration, &[("runbook.md", RUNBOOK)], Watch::default());
    world.open();
    world.wait(60);
    world.status("checkout", 503);
    world.wait(40);
    world.key("i");
    world.answers_prompt("P1 checkout answers 503");
    world.key("A");
    world
}

fn slack_answers(world: &mut World) {
    world.script("chat.postMessage", Some(ok(SENT)));
    world.script("chat.getPermalink", Some(ok(LINK)));
}

/// The body of the newest request that left.
fn body(world: &World) -> serde_json::Value {
    let sent = world.asked.iter().rev().find_map(|effect| match effect {
        Effect::Run { request: IoRequest::Http(http), .. } => http.body.clone(),
        _ => None,
    });
    serde_json::from_str(&sent.expect("a request left").to_string()).expect("JSON")
}

fn standing(world: &World, post: &str) -> PostStanding {
    world.model.watch.post_standing(world.model.watch.posts.get(&post.into()).expect("a post"))
}

#[test]
fn an_update_to_the_only_channel_takes_three_keys_and_keeps_its_link() {
    let mut world = night(OPS);
    slack_answers(&mut world);
    world.key("M");
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Compose(_))), "straight to the text");
    assert!(world.sees("● team"), "{}", world.screen());
    assert!(world.sees("checkout is down"), "{}", world.screen());
    world.key("ctrl+s");
    assert!(world.sees("POST https://slack.com/api/chat.postMessage"), "{}", world.screen());
    assert!(world.left.is_empty(), "nothing leaves before it is confirmed");
    world.keys("pagedown pagedown y");
    assert_eq!(world.left, [RunId::from("R-1")]);
    let text = body(&world)["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("P1 INC-1: checkout answers 503\n\nConditions\n- checkout is down"), "{text}");
    assert!(text.contains("- next update by "), "{text}");
    let posted = world.facts().find_map(|fact| match fact {
        Fact::Posted { post, link, reference } => Some((post.clone(), link.clone(), reference.clone())),
        _ => None,
    });
    let (post, link, reference) = posted.expect("it is posted");
    assert_eq!(post.as_str(), "M-1");
    assert_eq!(link.as_deref(), Some("https://shop.slack.com/archives/C0OPS/p1"));
    assert_eq!(reference.as_deref(), Some("1787019300.000200"));
    let places: Vec<usize> = world
        .facts()
        .enumerate()
        .filter(|(_, fact)| {
            matches!(fact, Fact::RunRequested { .. } | Fact::PostRequested { .. } | Fact::Posted { .. })
        })
        .map(|(at, _)| at)
        .collect();
    assert_eq!(places.len(), 3);
    assert_eq!(places[0] + 1, places[1], "the post follows its run");
    let watch = &world.model.watch;
    let told = watch.updated(watch.incident().unwrap());
    assert_eq!(told, Some((world.now, Some(Duration::from_secs(20 * 60)))));
    assert_eq!(replay(&world.journal).posts, watch.posts, "replay is live");
}

#[test]
fn a_second_update_goes_into_the_thread_and_shows_what_changed() {
    let mut world = night(OPS);
    slack_answers(&mut world);
    world.keys("M ctrl+s pagedown pagedown y");
    world.wait(300);
    world.key("M");
    world.types("Back soon. ");
    world.key("ctrl+d");
    assert!(world.sees("+ Back soon. P1 INC-1"), "{}", world.screen());
    world.keys("esc ctrl+s");
    let shown = world.screen();
    assert!(shown.contains("thread_ts") || world.model.ui.dialog.is_some(), "{shown}");
    slack_answers(&mut world);
    world.keys("pagedown pagedown y");
    assert_eq!(body(&world)["thread_ts"], "1787019300.000200");
    assert!(matches!(standing(&world, "M-2"), PostStanding::Posted(_)));
}

/// Slack's threads have one level: all that follows hangs on the first.
#[test]
fn every_later_update_hangs_on_the_first_and_is_compared_with_what_is_there() {
    let mut world = night(OPS);
    slack_answers(&mut world);
    world.keys("M ctrl+s pagedown pagedown y");
    world.wait(60);
    world.script("chat.postMessage", Some(ok(&SENT.replace("000200", "000300"))));
    world.script("chat.getPermalink", Some(ok(LINK)));
    world.key("M");
    world.types("Second. ");
    world.keys("ctrl+s pagedown pagedown y");
    assert_eq!(world.model.watch.posts.get(&"M-2".into()).unwrap().reference(), Some("1787019300.000300"));
    // This one is refused: nobody has read it.
    world.wait(60);
    world.script("chat.postMessage", Some(ok(r#"{"ok":false,"error":"ratelimited"}"#)));
    world.key("M");
    world.types("Third. ");
    world.keys("ctrl+s pagedown pagedown y");
    assert_eq!(body(&world)["thread_ts"], "1787019300.000200");
    assert!(matches!(standing(&world, "M-3"), PostStanding::Failed(_)));
    // Written anew, it takes the place of the one that failed.
    world.keys("M down enter");
    world.types("Fourth. ");
    world.key("ctrl+d");
    assert!(world.sees("+ Fourth. "), "{}", world.screen());
    assert!(world.sees("- Second. ") && !world.sees("- Third. "), "{}", world.screen());
    slack_answers(&mut world);
    world.keys("esc ctrl+s");
    assert!(world.sees("In place of M-3"), "{}", world.screen());
    world.keys("pagedown pagedown pagedown y");
    assert_eq!(world.model.watch.posts.get(&"M-4".into()).unwrap().again, Some("M-3".into()));
    world.key("M");
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Compose(_))), "nothing is left to be sent again");
}

#[test]
fn a_failed_post_is_sent_again_by_a_key_exactly_as_it_was() {
    let mut world = night(OPS);
    world.script("chat.postMessage", Some(ok(r#"{"ok":false,"error":"ratelimited"}"#)));
    world.keys("M ctrl+s pagedown pagedown y");
    assert_eq!(standing(&world, "M-1"), PostStanding::Failed("Slack says ratelimited".into()));
    let first = world.run("R-1").request.clone();
    world.wait(300);
    assert_eq!(world.left.len(), 1, "nothing is sent twice by itself");
    slack_answers(&mut world);
    world.key("M");
    assert!(world.sees("M-1 to ops: send again"), "{}", world.screen());
    world.key("enter");
    assert!(world.sees("In place of M-1"), "{}", world.screen());
    world.keys("pagedown pagedown y");
    assert_eq!(world.run("R-2").request, first);
    assert!(matches!(standing(&world, "M-2"), PostStanding::Posted(_)));
    assert!(world.has_told("M-2 to ops: requested, instead of M-1"));
    world.key("M");
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Compose(_))), "nothing is left to be sent again");
}

#[test]
fn what_was_written_survives_a_failure_and_leaving() {
    let mut world = night(ALL);
    world.script("chat.postMessage", Some(status(500, "oops")));
    world.keys("M enter");
    world.types("written by hand ");
    world.key("esc");
    assert!(world.said().contains("comes back"), "{}", world.said());
    world.keys("M enter");
    assert!(world.sees("written by hand"), "{}", world.screen());
    world.keys("ctrl+s esc");
    assert!(
        world.sees("written by hand"),
        "no at the confirmation goes back to the text: {}",
        world.screen()
    );
    world.keys("ctrl+s pagedown pagedown pagedown y");
    assert!(matches!(standing(&world, "M-1"), PostStanding::Unknown(_)), "a 500 may have posted it");
}

#[test]
fn a_lost_answer_is_unknown_and_is_looked_at_before_another_try() {
    let mut world = night(OPS);
    world.script("chat.postMessage", Some(failed(Reason::Timeout, Delivery::Unknown)));
    world.keys("M ctrl+s pagedown pagedown y");
    assert!(matches!(standing(&world, "M-1"), PostStanding::Unknown(_)));
    world.keys("M down enter ctrl+s pagedown pagedown y");
    assert_eq!(world.left.len(), 1, "it may be there already");
    assert!(world.sees("verify it first"), "{}", world.screen());
    world.keys("esc esc M enter");
    assert!(world.sees("posted, or with not posted"), "{}", world.screen());
    world.answers_prompt("no idea");
    assert!(world.sees("begin with posted"), "{}", world.screen());
    world.answers_prompt("not posted, the channel has nothing");
    assert!(matches!(standing(&world, "M-1"), PostStanding::Failed(_)));
    slack_answers(&mut world);
    world.keys("M enter pagedown pagedown y");
    assert!(matches!(standing(&world, "M-2"), PostStanding::Posted(_)));

    let mut world = night(OPS);
    world.script("chat.postMessage", Some(failed(Reason::Timeout, Delivery::Unknown)));
    world.keys("M ctrl+s pagedown pagedown y M enter");
    world.answers_prompt("posted: it is in the channel");
    assert!(matches!(standing(&world, "M-1"), PostStanding::Posted(_)));
    assert!(matches!(world.run("R-1").state, RunState::Verified(_)));
}

#[test]
fn a_kill_between_request_and_answer_leaves_it_unknown() {
    let mut world = night(OPS);
    world.script("chat.postMessage", None);
    world.keys("M ctrl+s pagedown pagedown y");
    assert_eq!(world.out.len(), 1);
    let mut watch = replay(&world.journal);
    assert_eq!(watch.posts.all.len(), 1);
    let opened = Fact::SessionOpened {
        operator: "ann".into(),
        version: "1".into(),
        console: "bookshop".into(),
        environment: "production".into(),
    };
    watch.apply(&midwatch::domain::fact::Logged {
        seq: watch.seq + 1,
        at: world.now,
        incident: watch.incident().map(|incident| incident.id.clone()),
        fact: opened,
    });
    assert!(matches!(watch.post_standing(&watch.posts.all[0]), PostStanding::Unknown(_)));
}

#[test]
fn a_locked_console_posts_nothing_until_it_is_armed() {
    let mut world = night(OPS);
    slack_answers(&mut world);
    world.key("D");
    world.keys("M ctrl+s");
    assert!(world.sees("LOCKED"), "{}", world.screen());
    world.keys("pagedown pagedown y enter");
    assert!(world.left.is_empty());
    world.keys("A pagedown pagedown y");
    assert_eq!(world.left.len(), 1);
}

#[test]
fn a_page_follows_one_incident_to_its_end() {
    let mut world = night(MORE);
    world.script(
        "/incidents",
        Some(status(201, r#"{"id":"i1","status":"investigating","shortlink":"https://stspg.io/x"}"#)),
    );
    world.key("M");
    assert!(world.sees("◉ PUBLIC"), "{}", world.screen());
    world.key("enter");
    assert!(world.sees("THE PUBLIC reads it"), "{}", world.screen());
    assert!(!world.sees("checkout"), "the public is told no name of ours: {}", world.screen());
    // From the text round to the last component.
    world.keys("backtab backtab");
    world.keys("right right");
    assert!(world.sees("degraded_performance"), "{}", world.screen());
    world.keys("ctrl+s pagedown pagedown y");
    assert!(body(&world)["incident"]["components"]["cmp2"] == "degraded_performance", "{}", body(&world));
    assert!(
        matches!(standing(&world, "M-1"), PostStanding::Posted(there) if there.link.as_deref() == Some("https://stspg.io/x"))
    );
    world.script("/incidents/i1", Some(ok(r#"{"id":"i1","status":"resolved"}"#)));
    world.keys("M enter backtab backtab backtab backtab backtab");
    world.keys("left");
    assert!(world.sees("resolved"), "{}", world.screen());
    assert!(world.sees("operational"), "what was set goes back with the end: {}", world.screen());
    assert!(
        world.sees("The problem with bookshop is solved"),
        "an untouched text follows: {}",
        world.screen()
    );
    world.keys("ctrl+s pagedown pagedown y");
    let sent = world.run("R-2").request.preview();
    assert!(sent[0].starts_with("PATCH https://api.statuspage.io/v1/pages/pg1/incidents/i1"), "{sent:?}");
    assert_eq!(body(&world)["incident"]["status"], "resolved");
    assert_eq!(world.model.watch.posts.get(&"M-2".into()).unwrap().next, None);
}

#[test]
fn a_security_incident_leaves_the_house_only_by_name() {
    let mut world = night(ALL);
    world.keys("I S esc");
    world.script("/incidents", Some(status(201, r#"{"id":"i1"}"#)));
    world.keys("M down enter");
    assert!(world.sees("SECURITY INCIDENT"), "{}", world.screen());
    world.keys("ctrl+s pagedown pagedown pagedown");
    world.key("y");
    world.press(Press::Enter);
    assert!(world.left.is_empty(), "no key confirms it");
    world.press(Press::Backspace);
    world.types("statu");
    world.press(Press::Enter);
    assert!(world.left.is_empty());
    world.types("s");
    world.press(Press::Enter);
    assert_eq!(world.left.len(), 1);
    // The team is told as ever.
    slack_answers(&mut world);
    world.keys("M enter ctrl+s pagedown pagedown y");
    assert_eq!(world.left.len(), 2);
}

/// What one incident turns out to be, the one that it is merged into is as well.
#[test]
fn an_outage_that_takes_in_a_security_incident_leaves_the_house_only_by_name() {
    let mut world = night(ALL);
    world.key("i");
    world.press(Press::DeleteLine);
    world.answers_prompt("P1 security a key is used from elsewhere");
    world.keys("I J");
    world.answers_prompt("the key did it");
    world.key("esc");
    assert_eq!(world.model.watch.incident().unwrap().id.as_str(), "INC-1");
    world.keys("M down enter");
    assert!(world.sees("SECURITY INCIDENT"), "{}", world.screen());
    world.keys("ctrl+s pagedown pagedown pagedown y");
    world.press(Press::Enter);
    assert!(world.left.is_empty(), "no key confirms it");
}

#[test]
fn a_mail_that_is_tried_again_has_the_same_key() {
    let mut world = night(MORE);
    world.script("api.resend.com", Some(status(429, r#"{"message":"slow down"}"#)));
    world.keys("M down enter ctrl+s pagedown pagedown y");
    world.script("api.resend.com", Some(ok(r#"{"id":"49a3999c"}"#)));
    world.wait(60);
    world.keys("M enter pagedown pagedown y");
    let key = |run: &str| match &world.run(run).request {
        IoRequest::Http(http) => http.headers.iter().find(|(name, _)| name == "Idempotency-Key").cloned(),
        _ => None,
    };
    let (_, Value::Plain(first)) = key("R-1").expect("a key") else { panic!() };
    assert!(first.starts_with("midwatch-7-"));
    assert_eq!(key("R-1"), key("R-2"));
    assert!(matches!(standing(&world, "M-2"), PostStanding::Posted(_)));
}

#[test]
fn the_clipboard_is_a_channel_without_a_request() {
    let mut world = night(MORE);
    world.keys("M down down enter");
    world.types("By hand: ");
    world.key("ctrl+s");
    assert!(world.left.is_empty());
    let copied = world.asked.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    assert!(copied.expect("a text").starts_with("By hand: P1 INC-1"));
    assert!(matches!(standing(&world, "M-1"), PostStanding::Posted(_)));
    assert!(world.has_told("M-1 copied for copy"));
}

#[test]
fn a_step_that_names_the_channel_posts_there_and_is_ticked_with_the_post() {
    let mut world = night(OPS_LAST);
    slack_answers(&mut world);
    world.at_step("Post in #ops");
    world.key("enter");
    assert!(matches!(&world.model.ui.dialog, Some(Dialog::Compose(open)) if open.channel.as_str() == "ops"));
    world.keys("ctrl+s pagedown pagedown y space");
    let evidence = world.facts().find_map(|fact| match fact {
        Fact::StepMarked { evidence, .. } => Some(format!("{evidence:?}")),
        _ => None,
    });
    let evidence = evidence.expect("it is ticked");
    assert!(evidence.contains("post M-1 to ops"), "{evidence}");
}

#[test]
fn a_step_of_another_phase_that_names_the_channel_says_which_key_posts() {
    let mut world = night(OPS_LAST);
    world.at_step("Acknowledge the page");
    world.key("enter");
    assert!(world.model.ui.dialog.is_none());
    assert!(world.said().contains("M posts to ops, then tick it"), "{}", world.said());
    world.at_step("Look at the health pane");
    world.key("enter");
    assert!(world.said().contains("do it by hand, then tick it"), "{}", world.said());
}

#[test]
fn a_text_is_edited_taken_back_and_made_again() {
    let mut world = night(OPS);
    world.key("M");
    let before = text(&world);
    world.types("abc");
    world.press(Press::Enter);
    world.tell(Msg::Pasted("one\u{1b}[31m\r\ntwo\u{202e}".into()));
    assert!(text(&world).starts_with("abc\none"), "{}", text(&world));
    assert!(!text(&world).contains('\u{1b}') && !text(&world).contains('\u{202e}'));
    for _ in 0..20 {
        world.key("ctrl+z");
    }
    assert_eq!(text(&world), before);
    world.keys("ctrl+y ctrl+y ctrl+y");
    assert!(text(&world).starts_with("abc"));
    world.key("ctrl+o");
    assert!(world.asked.iter().any(|effect| matches!(effect, Effect::Edit(text) if text.starts_with("abc"))));
    world.tell(Msg::Edited(Ok("from outside\n".into())));
    assert_eq!(text(&world), "from outside");
    world.key("ctrl+z");
    world.key("ctrl+z");
    assert!(text(&world).starts_with("abc"), "it can be taken back: {}", text(&world));
    world.tell(Msg::Edited(Err("vi did not end well".into())));
    assert!(world.sees("vi did not end well"), "{}", world.screen());
}

fn text(world: &World) -> String {
    match &world.model.ui.dialog {
        Some(Dialog::Compose(open)) => open.words(),
        other => panic!("{other:?}"),
    }
}

/// An alert that fired first is still only told after what users meet.
#[test]
fn what_users_meet_is_told_before_what_was_counted_from_it() {
    let alert = "\n[[alert]]\nname = \"long-queue\"\nsignal = \"api\"\nwhen = \"body.queue > 4\"\n";
    let configuration = format!("{SHOP}{}{alert}", channels(OPS));
    let mut world = World::new(&configuration, &[("runbook.md", RUNBOOK)], Watch::default());
    world.open();
    world.wait(60);
    world.answers("api", Answer::Http(200, 40, Vec::new(), r#"{"queue": 7}"#.into()));
    world.wait(60);
    world.status("checkout", 503);
    world.wait(40);
    world.key("i");
    world.answers_prompt("P1 checkout answers 503");
    world.key("M");
    let text = text(&world);
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    assert!(at("- checkout is down") < at("- long-queue is down"), "{text}");
}

#[test]
fn without_a_channel_it_says_what_to_do() {
    let mut world = World::quiet();
    world.key("M");
    assert!(world.said().contains("[[channel]]"), "{}", world.said());
    assert!(world.model.ui.dialog.is_none());
}

#[test]
fn each_channel_keeps_its_own_draft_and_none_goes_into_another_incident() {
    let mut world = night(ALL);
    world.keys("M enter");
    world.types("for the team ");
    world.keys("esc M down enter");
    world.types("for everybody ");
    world.keys("esc M enter");
    assert!(text(&world).starts_with("for the team"), "{}", text(&world));
    world.keys("esc M down enter");
    assert!(text(&world).starts_with("for everybody"), "{}", text(&world));
    // Another incident is what things belong to now: the text was not written for it.
    let incident = midwatch::domain::ids::IncidentId::from("INC-2");
    let fact = Fact::IncidentDeclared {
        incident: incident.clone(),
        severity: midwatch::domain::incident::Severity::P2,
        title: "another".into(),
        by: "bob".into(),
        kind: IncidentKind::Outage,
        signal: None,
        began: None,
    };
    let seq = world.model.watch.seq + 1;
    let logged = midwatch::domain::fact::Logged { seq, at: world.now, incident: Some(incident), fact };
    world.model.watch.apply(&logged);
    world.journal.push(logged);
    world.key("ctrl+s");
    assert!(world.sees("begun in another incident"), "{}", world.screen());
    world.keys("esc M down enter");
    assert!(!text(&world).contains("for everybody"), "{}", text(&world));
}

#[test]
fn a_text_that_nobody_touched_says_what_is_true_when_it_is_sent() {
    let mut world = night(OPS);
    world.keys("M esc");
    world.status("api", 503);
    world.wait(60);
    world.key("M");
    assert!(text(&world).contains("- api is down"), "{}", text(&world));
}

#[test]
fn a_post_whose_answer_was_lost_keeps_nothing_from_being_undone() {
    let mut world = night(OPS);
    world.keys("m y");
    world.wait(20);
    world.script("chat.postMessage", Some(failed(Reason::Timeout, Delivery::Unknown)));
    world.keys("M ctrl+s pagedown pagedown y");
    assert!(matches!(standing(&world, "M-1"), PostStanding::Unknown(_)));
    let on = world.model.watch.undo_stack().last().expect("maintenance mode is on").id.clone();
    assert_eq!(world.model.watch.undo_refusal(&on), None);
}
