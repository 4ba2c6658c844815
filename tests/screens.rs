//! Whole screens: what is written and what it means, cell by cell, as files that are compared.
//!
//! `UPDATE_SCREENS=1 cargo test --test screens` writes them anew; then look at each.

#![cfg(test)]

#[expect(dead_code, reason = "what the core's tests ask of the world as well")]
#[path = "support/world.rs"]
mod world;

#[path = "support/channels.rs"]
mod channels;

#[path = "support/recording.rs"]
mod recording;

use std::path::PathBuf;

use midwatch::app::Msg;
use midwatch::domain::command::Command;
use midwatch::domain::io::{IoReply, IoRequest};
use midwatch::{panes, view};
use serde_json::json;

use world::{Answer, World};

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (40, 12), (200, 60)];

/// What each cell says, then what each cell means.
fn picture(world: &World) -> String {
    let (columns, rows) = world.model.ui.size;
    let border = world.model.margin() * 2;
    let (columns, rows) = (columns + border, rows + border);
    let screen = panes::screen(&world.model, world.model.instant(world.now));
    let mut text = view::text_map(&screen, columns, rows).join("\n");
    text.push_str("\n\n");
    text.push_str(&view::role_map(&screen, columns, rows).join("\n"));
    text.push('\n');
    text
}

#[expect(clippy::disallowed_methods, reason = "a file of the tests, written by hand's command")]
fn compare(name: &str, world: &mut World) {
    for (columns, rows) in SIZES {
        world.tell(Msg::Resized(columns, rows));
        let picture = picture(world);
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/screens/{name}-{columns}x{rows}.txt"));
        if std::env::var_os("UPDATE_SCREENS").is_some() {
            std::fs::write(&file, &picture).expect("a file that can be written");
            continue;
        }
        let before = std::fs::read_to_string(&file).unwrap_or_default();
        let differs = before.lines().zip(picture.lines()).position(|(old, new)| old != new);
        assert!(
            before == picture,
            "{} is not what is drawn (line {:?}):\n{picture}",
            file.display(),
            differs.map(|line| line + 1)
        );
    }
}

/// Some time into the night, with latencies that were not always the same.
fn quiet() -> World {
    let mut world = World::shop();
    for minute in 0..16_u64 {
        let slow = 40 + minute * minute % 7 * 30;
        world.answers("api", Answer::Http(200, slow, Vec::new(), r#"{"queue": 0}"#.into()));
        world.wait(60);
    }
    world.command(Command::First);
    world
}

/// Checkout is down, the API slow; an incident is declared and taken on, maintenance mode is on.
fn incident() -> World {
    let mut world = quiet();
    world.answers("api", Answer::Http(200, 740, Vec::new(), r#"{"queue": 0}"#.into()));
    world.status("checkout", 503);
    world.wait(90);
    world.key("i");
    world.answers_prompt("P1 checkout answers 503");
    world.wait(35);
    world.keys("K A m y");
    world.wait(20);
    world.keys("2 space");
    world.key("n");
    world.answers_prompt("-5m customers wrote in about cards that are declined");
    world.wait(47);
    world
}

/// Whom to tell, and who is on call.
const LADDER: &str = r#"
[[oncall]]
name = "primary"
people = ["ann", "bob"]
every = "1 week"
from = "2026-11-16"
zone = "Europe/Berlin"

[[incident.escalation]]
who = "primary"
way = "the pager"

[[incident.escalation]]
who = "cleo"
after = "10m"
way = "+1-555-0199"
"#;

/// A security incident that was taken on after somebody was told, beside an outage that goes on and one that is over.
fn incident_view() -> World {
    let config = format!("{}{LADDER}", world::SHOP);
    let runbooks = [("runbook.md", world::RUNBOOK)];
    let mut world = World::new(&config, &runbooks, midwatch::state::Watch::default());
    world.open();
    world.wait(60);
    world.status("checkout", 503);
    world.wait(45);
    world.key("i");
    world.answers_prompt("P3 a drill that nobody saw");
    world.key("C");
    world.answers_prompt("nobody saw it");
    world.key("i");
    world.key("enter");
    world.wait(200);
    world.key("i");
    world.answers_prompt("P0 security a mail key is used from elsewhere");
    world.wait(70);
    world.keys("I e enter K u");
    world.answers_prompt("cleo");
    world.key("m");
    world.answers_prompt("-30s the key is revoked");
    world.key("esc");
    world.wait(20);
    world
}

/// A shop whose payments are stuck and whose Sentry has things to say, after a release.
const SOURCES: &str = r#"
[console]
name = "bookshop"
environment = "production"
operator = "ann"

[[health]]
name = "web"
url = "https://bookshop.example.com/"

[stripe]
key = { env = "STRIPE_SECRET_KEY" }
base_url = "https://stripe.example.com"
every = "30s"

[[vercel]]
name = "web-deploys"
project = "web"
team = "team_1"
token = { env = "VERCEL_TOKEN" }
base_url = "https://vercel.example.com"

[[prometheus]]
name = "pool"
url = "https://prometheus.example.com"
query = "pg_connections"
ok = "body.max < 98"
degraded = "body.max > 80"
"#;

/// What the vendors of that shop answer: no state, the same for ever.
fn vendor(request: &IoRequest) -> Option<IoReply> {
    let IoRequest::Http(http) = request else { return None };
    let started = world::START.millis();
    let second = started / 1000;
    let answer = if http.url.contains("/v1/webhook_endpoints") {
        json!({ "object": "list", "has_more": false, "data": [{
            "id": "we_1NbooksBilling", "object": "webhook_endpoint", "url": "https://bookshop.example.com/hook",
            "status": "enabled", "enabled_events": ["*"], "livemode": true, "created": second - 9_000_000,
        }] })
    } else if http.url.contains("/v1/events") {
        let event = |n: i64, kind: &str, cents: i64| {
            json!({
                "id": format!("evt_1Qbooks{n}"), "object": "event", "type": kind, "created": second - 900 - n * 700,
                "livemode": true, "pending_webhooks": 1, "data": { "object": {
                    "id": format!("in_{n}"), "object": "invoice", "amount_due": cents, "currency": "eur" } },
            })
        };
        json!({ "object": "list", "has_more": false, "data": [
            event(1, "invoice.payment_failed", 1200), event(2, "invoice.paid", 4250),
            event(3, "checkout.session.completed", 990),
        ] })
    } else if http.url.contains("/v9/projects/web") {
        json!({ "id": "prj_1", "name": "web", "autoAssignCustomDomains": true, "targets": {
            "production": { "id": "dpl_new" } } })
    } else if http.url.contains("/v6/deployments") {
        let deployment = |uid: &str, commit: &str, minutes: i64| {
            json!({
                "uid": uid, "name": "web", "url": format!("{uid}.example.com"), "state": "READY",
                "readyState": "READY", "target": "production", "readySubstate": "PROMOTED",
                "created": started - minutes * 60_000, "ready": started - minutes * 60_000 + 40_000,
                "isRollbackCandidate": uid != "dpl_new", "creator": { "username": "bob" },
                "meta": { "githubCommitSha": format!("{commit}000000000000"), "githubCommitMessage": "A faster basket" },
            })
        };
        json!({ "pagination": { "count": 2, "next": null, "prev": null }, "deployments": [
            deployment("dpl_new", "d4e5f6", 11), deployment("dpl_old", "a1b2c3", 3000),
        ] })
    } else {
        json!({ "status": "success", "data": { "resultType": "vector", "result": [
            { "metric": { "__name__": "pg_connections", "instance": "db-1" }, "value": [second, "91"] } ] } })
    };
    Some(world::status(200, &answer.to_string()))
}

/// The shop with its sources, two minutes into the night.
fn sources() -> World {
    let mut world = World::new(SOURCES, &[], midwatch::state::Watch::default());
    world.vendor = Some(Box::new(vendor));
    world.open();
    world.resize(120, 40);
    world.wait(120);
    world
}

#[test]
fn what_sources_list() {
    compare("sources", &mut sources());
}

#[test]
fn a_board_that_is_looked_at() {
    let mut world = sources();
    world.key("6");
    compare("board", &mut world);
}

#[test]
fn an_entry_in_full() {
    let mut world = sources();
    world.keys("6 enter");
    compare("entry", &mut world);
}

#[test]
fn what_can_be_done_to_an_entry() {
    let mut world = sources();
    world.keys("6 x");
    compare("operate", &mut world);
}

#[test]
fn a_canary_that_waits_for_its_yes() {
    let mut world = sources();
    world.keys("A 6 x down enter");
    compare("canary", &mut world);
}

#[test]
fn the_last_change_before_it() {
    let mut world = sources();
    world.keys("home g");
    compare("change", &mut world);
}

/// The gates of the shop's window.
const WINDOW: &str = r#"
[[window.gate]]
name = "web"
signal = "web"

[[window.gate]]
name = "checkout"
signal = "checkout"

[[window.gate]]
name = "queue"
signal = "checkout"
when = "body.queue < 50"

[[window.gate]]
name = "errors"
when = "error_rate('api', '5m') < 0.005"
stop = "samples('api', '5m') >= 100 and error_rate('api', '5m') > 0.05"

[[window.gate]]
name = "p95"
when = "percentile_ms('api', 95, '5m') < 500"

[[window.gate]]
name = "search"
signal = "search"
required = false
"#;

/// The shop with a window that has been open for a while.
fn window(seconds: u64) -> World {
    let config = format!("{}{WINDOW}", world::SHOP);
    let mut world = World::new(&config, &[("runbook.md", world::RUNBOOK)], midwatch::state::Watch::default());
    world.open();
    world.wait(60);
    world.keys("W O");
    world.answers_prompt("15m");
    world.wait(seconds);
    world
}

/// A failure, a hold and a queue that grows.
fn window_that_fails() -> World {
    let mut world = window(430);
    world.answers("checkout", Answer::Http(200, 40, Vec::new(), r#"{"queue": 61}"#.into()));
    world.wait(30);
    world.status("checkout", 200);
    world.wait(300);
    world.keys("W H");
    world.answers_prompt("ben restarts a worker");
    world.wait(30);
    world.keys("W R esc");
    world.status("search", 500);
    world.wait(40);
    world.answers("checkout", Answer::Http(200, 40, Vec::new(), r#"{"queue": 140}"#.into()));
    world.wait(20);
    world
}

/// What cannot be told, after a while that could.
fn window_that_is_frozen() -> World {
    let mut world = window(200);
    world.answers("web", Answer::Limited(1));
    world.wait(15);
    world
}

#[test]
fn a_quiet_window() {
    compare("window", &mut window(462));
}

#[test]
fn a_window_that_fails() {
    compare("window-failing", &mut window_that_fails());
}

#[test]
fn a_window_that_is_frozen() {
    compare("window-frozen", &mut window_that_is_frozen());
}

#[test]
fn a_window_that_waits_for_its_go() {
    compare("window-ready", &mut window(920));
}

#[test]
fn a_window_in_full() {
    let mut world = window_that_fails();
    world.key("W");
    compare("window-view", &mut world);
}

#[test]
fn a_go_that_is_asked_for_again() {
    let mut world = window(920);
    world.status("search", 500);
    world.wait(40);
    world.keys("W G");
    compare("window-go", &mut world);
}

#[test]
fn a_window_that_ended_as_hold() {
    let mut world = window_that_is_frozen();
    world.keys("W E");
    world.answers_prompt("the release train leaves at noon");
    world.wait(60);
    compare("window-hold", &mut world);
}

#[test]
fn a_quiet_night() {
    compare("quiet", &mut quiet());
}

#[test]
fn an_incident_in_the_runbook() {
    compare("incident", &mut incident());
}

#[test]
fn an_incident_in_the_health_pane() {
    let mut world = incident();
    world.key("1");
    compare("incident-health", &mut world);
}

/// An incident in which much was written down, and something is late.
fn written() -> World {
    let mut world = incident();
    for line in [
        "-9m ? the release of 02:40 leaks connections",
        "? a partner floods the queue",
        "! keep the page up because carts survive it",
        "+ @bob 2026-12-04 alert on the pool before it is full",
        "$ db/requeue-orders.sql puts 14 orders back",
    ] {
        world.key("n");
        world.answers_prompt(line);
    }
    world.keys("N down x");
    world.answers_prompt("its calls are as many as ever");
    world.key("esc");
    world.wait(200);
    world
}

#[test]
fn a_line_that_is_written_down() {
    let mut world = incident();
    world.key("n");
    world.types("-5m ! roll back because the fix takes an hour");
    compare("write", &mut world);
}

#[test]
fn a_notebook() {
    let mut world = written();
    world.key("N");
    compare("notebook", &mut world);
}

#[test]
fn what_is_to_be_settled_before_it_closes() {
    let mut world = written();
    world.key("C");
    world.keys("G x");
    world.answers_prompt("asked the vendor, no answer yet");
    world.keys("g down");
    compare("closing", &mut world);
}

#[test]
fn something_that_rings() {
    let mut world = written();
    world.wait(300);
    compare("ringing", &mut world);
}

#[test]
fn the_view_of_an_incident() {
    let mut world = incident_view();
    world.key("I");
    compare("incident-view", &mut world);
    world.keys("end up");
    compare("incident-view-others", &mut world);
}

#[test]
fn a_red_signal_that_proposes_an_incident() {
    let mut world = quiet();
    world.status("checkout", 503);
    world.wait(45);
    compare("proposed", &mut world);
    world.key("i");
    compare("declare", &mut world);
}

#[test]
fn a_role_that_is_handed_over() {
    let mut world = incident_view();
    world.keys("I o");
    compare("hand-over", &mut world);
}

#[test]
fn a_change_that_waits_for_its_yes() {
    let mut world = quiet();
    world.command(Command::Arm);
    world.key("m");
    compare("confirm", &mut world);
}

#[test]
fn a_change_that_is_locked() {
    let mut world = quiet();
    world.key("t");
    compare("locked", &mut world);
}

#[test]
fn what_cannot_be_undone_wants_its_target_typed() {
    let mut world = quiet();
    world.command(Command::Arm);
    world.key("z");
    world.types("edge-");
    compare("destroy", &mut world);
}

#[test]
fn help() {
    let mut world = quiet();
    world.key("?");
    compare("help", &mut world);
}

#[test]
fn a_signal_in_full() {
    let mut world = incident();
    world.keys("1 g enter");
    compare("detail", &mut world);
}

#[test]
fn an_observer_that_is_cut_off() {
    let mut world = quiet();
    for signal in ["web", "api", "checkout", "search", "outside-a", "outside-b"] {
        world.answers(signal, Answer::Failed(midwatch::domain::io::Reason::Connect));
    }
    world.wait(30);
    compare("observer", &mut world);
}

/// An incident in a shop that has somewhere to tell of it.
fn telling() -> World {
    let configuration = format!("{}{}", world::SHOP, channels::channels(&["ops", "status", "copy"]));
    let mut world =
        World::new(&configuration, &[("runbook.md", world::RUNBOOK)], midwatch::state::Watch::default());
    world.open();
    world.wait(60);
    world.status("checkout", 503);
    world.wait(60);
    world.key("i");
    world.answers_prompt("P1 checkout answers 503");
    world.keys("A m y");
    world.wait(20);
    world
}

#[test]
fn the_channels() {
    let mut world = telling();
    world.script("chat.postMessage", Some(world::ok(r#"{"ok":false,"error":"not_in_channel"}"#)));
    world.keys("M enter ctrl+s pagedown pagedown pagedown y");
    world.wait(60);
    world.key("M");
    compare("channels", &mut world);
}

#[test]
fn an_update_that_is_written() {
    let mut world = telling();
    world.keys("M enter");
    world.keys("down down down end");
    compare("update", &mut world);
}

#[test]
fn an_update_for_everybody() {
    let mut world = telling();
    world.keys("M down enter backtab backtab right right");
    compare("update-public", &mut world);
}

#[test]
fn an_update_about_to_be_posted() {
    let mut world = telling();
    world.keys("M down enter ctrl+s");
    compare("update-confirm", &mut world);
}

#[test]
fn a_journal_that_cannot_be_written() {
    let mut world = incident();
    world.tell(Msg::JournalFailed("no space left on device".into()));
    world.wait(10);
    compare("journal-failed", &mut world);
}

#[test]
fn nothing_that_matters_is_cut_at_any_size() {
    let mut world = incident();
    for (columns, rows) in SIZES {
        world.resize(columns, rows);
        let screen = world.screen();
        for needed in ["ARMED", "INC-1 P1", &format!("{}Z", world.now.clock())] {
            assert!(screen.contains(needed), "{needed} at {columns}x{rows}:\n{screen}");
        }
        world.key("1");
        let health = world.screen();
        world.key("2");
        let runbook = world.screen();
        assert!(
            health.contains("checkout") && health.contains("DOWN"),
            "the worst at {columns}x{rows}:\n{health}"
        );
        assert!(runbook.contains("If the page does not come"), "the step at {columns}x{rows}:\n{runbook}");
    }
}

#[test]
fn a_replay_of_an_incident() {
    let mut world = recording::recorded();
    world.tell(Msg::Command(Command::NextRed));
    world.tell(Msg::Command(Command::MinuteOn));
    compare("replay", &mut world);
}

#[test]
fn a_drill_behind_its_border() {
    let mut world = quiet();
    world.model.plan.stage = midwatch::state::Stage::Drill("api-outage".into());
    compare("drill", &mut world);
    world.keys("A m");
    compare("drill-change", &mut world);
}
