//! Machines that serve and machines that only run; restarts one by one, and what they are seen by.

mod releases;

use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::condition::observe;
use crate::domain::entry::Entry;
use crate::domain::io::{CommandReply, IoReply, IoRequest};
use crate::domain::offer::{Call, Offer};
use crate::domain::reading::{Health, Reading, Reason};
use crate::domain::signal::Signal;
use crate::sources::conformance::{self, AT, asked, http, http_with, plan, plan_one, plan_with, poll};

const MACHINES: &str = include_str!("fixtures/machines.json");
const RELEASES: &str = include_str!("fixtures/releases.json");
const TABLE: &str = "name = \"api\"\napp = \"lanternfish-api\"\ntoken = { env = \"T\" }\n";
const LIST: &str =
    "releases = [\"flyctl\", \"releases\", \"-a\", \"lanternfish-api\", \"--image\", \"--json\"]\n";
const URL: &str = "https://api.machines.dev/v1/apps/lanternfish-api/machines";

fn signal() -> Signal {
    plan_one("fly", TABLE)
}

fn released() -> Signal {
    plan("fly", &format!("{TABLE}{LIST}")).remove(1)
}

fn read(machines: &str) -> Reading {
    poll(&signal(), &[http(200, machines)])
}

fn printed(exit: i32, stdout: &str, stderr: &str) -> IoReply {
    IoReply::Command(CommandReply {
        exit: Some(exit),
        signal: None,
        stdout: stdout.into(),
        stderr: stderr.into(),
        truncated: false,
        duration: Duration::from_secs(2),
    })
}

fn listed(releases: &str) -> Reading {
    poll(&released(), &[printed(0, releases, "")])
}

/// The document with what `change` does to its list.
fn with(document: &str, change: impl FnOnce(&mut Vec<Value>)) -> String {
    let mut value: Value = serde_json::from_str(document).unwrap();
    change(value.as_array_mut().unwrap());
    value.to_string()
}

/// The machines, with the first one's check in this state.
fn checked(status: &str) -> String {
    with(MACHINES, |machines| {
        machines[0]["checks"][0]["status"] = json!(status);
        machines[0]["checks"][0]["output"] = json!("connect: connection refused\nmore");
    })
}

fn entry<'a>(reading: &'a Reading, key: &str) -> &'a Entry {
    reading.entries.iter().find(|entry| entry.key == key).unwrap_or_else(|| panic!("no {key}: {reading:?}"))
}

fn offer<'a>(entry: &'a Entry, name: &str) -> &'a Offer {
    entry.offers.iter().find(|offer| offer.name == name).unwrap_or_else(|| panic!("no {name}: {entry:?}"))
}

fn seen(call: &Call, body: &str) -> bool {
    let when = &call.check.as_ref().unwrap().when;
    when.holds(&observe(&http(200, body), &[when]).0).unwrap()
}

fn argv(call: &Call) -> Vec<String> {
    let IoRequest::Command(command) = &call.request else { panic!("no command") };
    let token = command.env.iter().find(|(name, _)| name == "FLY_API_TOKEN").unwrap();
    assert_eq!(token.1.to_string(), "‹env T›", "the token goes by the environment");
    command.argv.clone()
}

#[test]
fn it_asks_for_the_machines_and_reads_releases_only_where_it_is_told_how() {
    let signals = plan("fly", TABLE);
    assert_eq!(signals.len(), 1);
    assert_eq!(
        asked(&signals[0], &[]).preview(),
        [format!("GET {URL}"), "authorization: Bearer ‹env T›".to_owned()]
    );
    let signals = plan("fly", &format!("{TABLE}{LIST}scheme = \"flyv1\"\nok = \"body.started > 1\"\n"));
    assert_eq!(asked(&signals[0], &[]).preview()[1], "authorization: FlyV1 ‹env T›");
    let releases = &signals[1];
    assert_eq!(
        (releases.id.as_str(), releases.part, releases.every.as_secs()),
        ("api-releases", "releases", 60)
    );
    assert_eq!(releases.ok, None, "a condition over machines is not asked about releases");
    assert_eq!(
        asked(releases, &[]).preview(),
        [
            "FLY_NO_UPDATE_CHECK=1",
            "NO_COLOR=1",
            "FLY_API_TOKEN=‹env T›",
            "$ flyctl releases -a lanternfish-api --image --json"
        ]
    );
    assert_eq!(crate::sources::next(releases, AT, &[printed(0, RELEASES, "")]), None);
}

#[test]
fn machines_that_pass_their_checks_are_well() {
    let read = read(MACHINES);
    assert_eq!((read.health, read.reason, read.detail.as_str()), (Health::Ok, None, "2 of 3 started"));
    let expected = json!({
        "machines": 3, "started": 2, "critical": 0, "warning": 0, "failed": 0, "unreachable": 0, "cordoned": 0,
        "images": 1
    });
    assert_eq!(read.body.as_deref(), Some(&expected));
    let machine = entry(&read, "148ed127b70e89");
    let cells = [
        ("CHECKS", "1/1".to_owned()),
        ("REGION", "lhr".to_owned()),
        ("SINCE", "2h32".to_owned()),
        ("IMAGE", "deployment-01J5".to_owned()),
    ];
    assert_eq!(machine.cells, cells);
    assert_eq!((machine.title.as_str(), machine.state.as_str()), ("winter-moon-1", "started"));
}

#[test]
fn a_started_machine_with_a_critical_check_is_down() {
    let read = read(&checked("critical"));
    assert_eq!((read.health, read.reason), (Health::Down, None));
    let detail =
        "2 of 3 started · 1 critical · servicecheck-00-http-8080 critical connect: connection refused";
    assert_eq!(read.detail, detail);
    assert_eq!(
        (read.entries[1].key.as_str(), read.entries[1].health),
        ("148ed127b70e89", Health::Down),
        "worst first"
    );
    // A stopped machine's check is of no matter.
    let stopped = with(&checked("critical"), |machines| machines[0]["state"] = json!("stopped"));
    assert_eq!(self::read(&stopped).health, Health::Ok);
}

#[test]
fn what_is_not_quite_right_degrades() {
    let warning = read(&checked("warning"));
    assert_eq!(
        (warning.health, warning.body.as_deref().unwrap()["warning"].clone()),
        (Health::Degraded, json!(1))
    );
    assert_eq!(read(&checked("a word of tomorrow")).health, Health::Degraded);
    for (place, value) in [
        ("host_status", json!("unreachable")),
        ("host_status", json!("unknown")),
        ("cordoned", json!(true)),
        ("state", json!("failed")),
    ] {
        let changed = with(MACHINES, |machines| machines[1][place] = value.clone());
        assert_eq!(read(&changed).health, Health::Degraded, "{place} {value}");
    }
}

#[test]
fn no_started_machine_is_down_unless_a_request_wakes_one() {
    let stopped =
        with(MACHINES, |machines| machines.iter_mut().for_each(|one| one["state"] = json!("stopped")));
    let down = read(&stopped);
    assert_eq!((down.health, down.detail.as_str()), (Health::Down, "0 of 3 started"));
    let wakes = |least: i64| {
        with(&stopped, |machines| {
            for machine in machines {
                machine["config"]["services"][0]["autostart"] = json!(true);
                machine["config"]["services"][0]["min_machines_running"] = json!(least);
            }
        })
    };
    let asleep = read(&wakes(0));
    assert_eq!((asleep.health, asleep.detail.as_str()), (Health::Ok, "3 asleep until somebody asks"));
    assert_eq!(read(&wakes(1)).health, Health::Down, "one must be awake");
    let none = read("[]");
    assert_eq!((none.health, none.detail.as_str()), (Health::Down, "there is no machine"));
    let destroyed =
        with(MACHINES, |machines| machines.iter_mut().for_each(|one| one["state"] = json!("destroyed")));
    assert_eq!(read(&destroyed).detail, "there is no machine");
}

#[test]
fn pages_are_followed_and_end() {
    let page = |number: usize, cursor: &str| {
        let machines = with(MACHINES, |machines| {
            for machine in machines {
                let id = format!("{}{number}", machine["id"].as_str().unwrap());
                machine["id"] = json!(id);
            }
        });
        http_with(200, &[("fly-next-cursor", cursor)], &machines)
    };
    let next = asked(&signal(), &[page(1, "a b&c")]).preview()[0].clone();
    assert_eq!(next, format!("GET {URL}?cursor=a+b%26c"));
    assert_eq!(crate::sources::next(&signal(), AT, &[page(1, "x"), http(200, MACHINES)]), None);
    assert_eq!(crate::sources::next(&signal(), AT, &[page(1, "x"), http(500, "")]), None);
    // The cursor never ends: five pages are all that is asked, and that there are more is said.
    let pages: Vec<IoReply> = (0..20).map(|number| page(number, "on")).collect();
    let read = poll(&signal(), &pages);
    assert_eq!(read.body.as_deref().unwrap()["machines"], json!(15));
    assert!(read.detail.ends_with("there are more machines"), "{}", read.detail);
    // The same page again and again is the end of it.
    assert_eq!(crate::sources::next(&signal(), AT, &[page(1, "x"), page(1, "x")]), None);
    assert_eq!(poll(&signal(), &[page(1, "x")]).body.as_deref().unwrap()["machines"], json!(3));
}

#[test]
fn a_restart_is_seen_by_a_start_after_it_with_passing_checks() {
    let read = read(MACHINES);
    let restart = offer(entry(&read, "148ed127b70e89"), "restart");
    assert_eq!(
        (restart.refused.as_deref(), restart.title.as_str()),
        (None, "restart winter-moon-1 (148ed127b70e89)")
    );
    let call = &restart.calls[0];
    assert_eq!(call.request.preview()[0], format!("POST {URL}/148ed127b70e89/restart"));
    assert_eq!(call.check.as_ref().unwrap().request.preview()[0], format!("GET {URL}/148ed127b70e89"));
    let before: Value = serde_json::from_str::<Vec<Value>>(MACHINES).unwrap().remove(0);
    assert!(!seen(call, &before.to_string()), "it was started and passing before");
    let mut after = before.clone();
    let event = json!({ "type": "start", "status": "started", "timestamp": AT.millis() });
    after["events"].as_array_mut().unwrap().insert(0, event);
    assert!(seen(call, &after.to_string()));
    after["checks"][0]["status"] = json!("critical");
    assert!(!seen(call, &after.to_string()), "started, but it does not serve yet");
    // Without events its time of change tells.
    let bare = with(MACHINES, |machines| machines[0]["events"] = json!(null));
    let read = self::read(&bare);
    let call = &offer(entry(&read, "148ed127b70e89"), "restart").calls[0];
    assert!(!seen(call, &before.to_string()));
    let mut after = before;
    after["updated_at"] = json!("2026-11-21T14:33:00Z");
    assert!(seen(call, &after.to_string()));
}

#[test]
fn start_and_stop_are_offered_where_they_make_sense() {
    let read = read(MACHINES);
    let names = |key: &str| entry(&read, key).offers.iter().map(|offer| offer.name).collect::<Vec<_>>();
    assert_eq!(names("148ed127b70e89"), ["restart", "stop"]);
    assert_eq!(names("3d8d413c23d589"), ["start"]);
    let stop = offer(entry(&read, "148ed127b70e89"), "stop");
    assert_eq!(stop.calls[0].request.preview()[0], format!("POST {URL}/148ed127b70e89/stop"));
    assert!(
        seen(&stop.calls[0], r#"{"state":"stopped"}"#) && !seen(&stop.calls[0], r#"{"state":"stopping"}"#)
    );
    let start = offer(entry(&read, "3d8d413c23d589"), "start");
    assert_eq!(start.calls[0].request.preview()[0], format!("POST {URL}/3d8d413c23d589/start"));
    assert!(
        seen(&start.calls[0], r#"{"state":"started"}"#) && !seen(&start.calls[0], r#"{"state":"starting"}"#)
    );
    assert!(!stop.about.iter().any(|line| line.contains("only one")));
    let one = with(MACHINES, |machines| machines[1]["state"] = json!("stopping"));
    let alone = self::read(&one);
    assert!(
        offer(entry(&alone, "148ed127b70e89"), "stop").about.iter().any(|line| line.contains("only one"))
    );
    assert_eq!(offer(entry(&alone, "9080e6f3a12487"), "start").refused.as_deref(), Some("it is stopping"));
    let lost = with(MACHINES, |machines| machines[0]["host_status"] = json!("unreachable"));
    let lost = self::read(&lost);
    assert!(offer(entry(&lost, "148ed127b70e89"), "restart").refused.is_some());
    let odd = self::read(&MACHINES.replace("148ed127b70e89", "../../other"));
    assert_eq!(entry(&odd, "../../other").offers, []);
}

#[test]
fn all_are_restarted_one_by_one_and_the_sick_one_first() {
    let sick = with(&checked("passing"), |machines| machines[1]["checks"][0]["status"] = json!("critical"));
    let read = read(&sick);
    let all = offer(entry(&read, "lanternfish-api"), "restart all");
    let keys: Vec<&str> = all.calls.iter().map(|call| call.key.as_str()).collect();
    assert_eq!(keys, ["9080e6f3a12487", "148ed127b70e89"], "what is stopped stays stopped");
    assert!(all.calls.iter().all(|call| call.check.is_some()) && all.pace >= Duration::from_secs(10));
    assert_eq!((all.target.as_str(), all.refused.as_deref()), ("lanternfish-api", None));
    let lost = with(&sick, |machines| machines[1]["host_status"] = json!("unreachable"));
    let lost = self::read(&lost);
    let all = offer(entry(&lost, "lanternfish-api"), "restart all");
    assert_eq!(all.calls.len(), 1);
    assert!(all.about.iter().any(|line| line.starts_with("1 started on a host")), "{:?}", all.about);
    let none = self::read("[]");
    let refused = offer(entry(&none, "lanternfish-api"), "restart all").refused.clone();
    assert_eq!(refused.as_deref(), Some("no machine is started"));
}

#[test]
fn scaling_asks_for_a_number_and_is_seen_in_the_machines() {
    let read = read(MACHINES);
    let scale = offer(entry(&read, "lanternfish-api"), "scale");
    assert_eq!(scale.blank.as_ref().unwrap().suggested, "3");
    assert!(scale.answered("0").is_err() && scale.answered("21").is_err() && scale.answered("-a").is_err());
    let asked = scale.answered("4").unwrap();
    assert_eq!(asked.title, "scale lanternfish-api to 4 machines");
    let call = &asked.calls[0];
    assert_eq!(argv(call), ["flyctl", "scale", "count", "4", "-a", "lanternfish-api", "--yes"]);
    assert_eq!(call.check.as_ref().unwrap().request.preview()[0], format!("GET {URL}"));
    assert!(!seen(call, MACHINES));
    let four = with(MACHINES, |machines| {
        let mut gone = machines[0].clone();
        gone["state"] = json!("destroyed");
        machines.extend([machines[0].clone(), gone]);
    });
    assert!(seen(call, &four), "what is destroyed does not count");
    let own = plan_one("fly", &format!("{TABLE}flyctl = \"/opt/fly/bin/fly\"\n"));
    let read = poll(&own, &[http(200, MACHINES)]);
    let call = &offer(entry(&read, "lanternfish-api"), "scale").answered("1").unwrap().calls[0];
    assert_eq!(argv(call)[0], "/opt/fly/bin/fly");
}

#[test]
fn each_process_group_is_scaled_by_itself() {
    let groups = with(MACHINES, |machines| {
        machines[2]["config"]["metadata"]["fly_process_group"] = json!("worker");
    });
    let read = read(&groups);
    let scales: Vec<&Offer> =
        entry(&read, "lanternfish-api").offers.iter().filter(|offer| offer.name == "scale").collect();
    let asked: Vec<Offer> = scales.iter().map(|scale| scale.answered("2").unwrap()).collect();
    assert_eq!(asked[0].title, "scale app of lanternfish-api to 2 machines");
    assert_eq!(asked[1].title, "scale worker of lanternfish-api to 2 machines");
    let worker = &asked[1].calls[0];
    assert_eq!(argv(worker)[4..], ["-a", "lanternfish-api", "--yes", "--process-group", "worker"]);
    assert!(seen(&asked[0].calls[0], &groups), "two of the app group are there");
    assert!(!seen(worker, &groups), "and one of the other");
}

#[test]
fn a_table_that_names_no_app_or_no_program_says_where() {
    let codes = |toml: &str| {
        let (signals, found) = plan_with("fly", toml);
        (signals.len(), found.into_iter().map(|wrong| wrong.code).collect::<Vec<_>>())
    };
    assert_eq!(codes(&TABLE.replace("lanternfish-api", "Lantern Fish")), (0, vec!["bad-app"]));
    assert_eq!(codes(&TABLE.replace("lanternfish-api", "-a")), (0, vec!["bad-app"]));
    assert_eq!(codes(&format!("{TABLE}releases = []\n")), (1, vec!["empty-command"]));
    assert_eq!(codes(&format!("{TABLE}flyctl = \" \"\n")), (1, vec!["empty-command"]));
    assert_eq!(codes(&format!("{TABLE}{LIST}every = \"500ms\"\n")), (2, vec!["out-of-range"]), "said once");
}

#[test]
fn it_survives_whatever_comes() {
    conformance::survives(&signal(), &[MACHINES]);
    conformance::survives(&released(), &[RELEASES]);
}
