//! Lists by commands, versions in headers and bodies, and ways back that are read back.

use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::board::Board;
use crate::domain::condition::observe;
use crate::domain::entry::{self, Entry};
use crate::domain::io::{CommandReply, IoReply, IoRequest, Reason};
use crate::domain::offer::{Check, Offer};
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Signal;
use crate::domain::text::is_hostile;
use crate::domain::time::Timestamp;
use crate::sources::conformance::{self, AT, asked, http, http_with, plan_one, plan_with, poll};

const LISTED: &str = include_str!("fixtures/listed.json");
const FLAGGED: &str = include_str!("fixtures/flagged.json");
const TOLD: &str = include_str!("fixtures/version.json");
const LIST: &str = "name = \"api\"\ncommand = [\"bin/releases\", \"--json\"]\n";
const BACK: &str = "rollback = [\"bin/deploy\", \"--to\", \"{version}\"]\n";
const URL: &str = "name = \"api\"\nurl = \"https://shop.example.com/version\"\n";

fn back() -> Signal {
    plan_one("releases", &format!("{LIST}{BACK}"))
}

fn printed(exit: i32, stdout: &str, stderr: &str) -> IoReply {
    IoReply::Command(CommandReply {
        exit: Some(exit),
        signal: None,
        stdout: stdout.into(),
        stderr: stderr.into(),
        truncated: false,
        duration: Duration::from_millis(200),
    })
}

fn read(stdout: &str) -> Reading {
    poll(&back(), &[printed(0, stdout, "")])
}

fn keys(reading: &Reading) -> Vec<&str> {
    reading.entries.iter().map(|entry| entry.key.as_str()).collect()
}

fn entry<'a>(reading: &'a Reading, key: &str) -> &'a Entry {
    reading.entries.iter().find(|entry| entry.key == key).unwrap_or_else(|| panic!("no {key}: {reading:?}"))
}

fn offer<'a>(reading: &'a Reading, key: &str) -> &'a Offer {
    entry(reading, key).offers.iter().find(|offer| offer.name == "rollback").unwrap()
}

fn argv(request: &IoRequest) -> Vec<&str> {
    let IoRequest::Command(command) = request else { panic!("no command: {request:?}") };
    command.argv.iter().map(String::as_str).collect()
}

fn check(reading: &Reading, key: &str) -> Check {
    offer(reading, key).calls[0].check.clone().unwrap()
}

/// What the check makes of this reply; an error where it cannot tell.
fn seen(check: &Check, reply: &IoReply) -> Result<bool, String> {
    check.when.holds(&observe(reply, &[&check.when]).0).map_err(|error| error.message)
}

fn codes(toml: &str) -> Vec<&'static str> {
    plan_with("releases", toml).1.into_iter().map(|wrong| wrong.code).collect()
}

/// The list of the fixture, in another order or with other words.
fn with(document: &str, change: impl FnOnce(&mut Vec<Value>)) -> String {
    let mut value: Value = serde_json::from_str(document).unwrap();
    change(value.as_array_mut().unwrap());
    value.to_string()
}

#[test]
fn a_command_lists_what_is_live_and_what_was() {
    let signal = back();
    assert_eq!((signal.board, signal.own, signal.every.as_secs()), (Some(Board::Deploys), true, 10));
    assert_eq!(asked(&signal, &[]).preview(), ["$ bin/releases --json"]);
    let read = read(LISTED);
    assert_eq!((read.health, read.reason, read.detail.as_str()), (Health::Ok, None, "live r43"));
    let expected = json!({ "live": "r43", "newest": "r43", "releases": 3, "candidates": 2 });
    assert_eq!(read.body.as_deref(), Some(&expected));
    assert_eq!(keys(&read), ["r43", "r42", "41"]);
    let live = entry(&read, "r43");
    assert_eq!((live.release.as_deref(), live.sighted, live.state.as_str()), (Some("r43"), true, "live"));
    assert_eq!((live.title.as_str(), &live.tags[..]), ("Prices with tax", &["live".to_owned()][..]));
    assert_eq!(live.at, Some(AT.minus(Duration::from_secs(12 * 60))));
    assert_eq!(live.cells, [("VERSION", "r43".to_owned()), ("BY", "ann".to_owned())]);
    assert!(live.facts.contains(&("commit", "d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3".to_owned())));
    let before = entry(&read, "r42");
    assert_eq!((before.at, before.sighted), (Some(Timestamp::from_millis(1_795_190_400_000)), false));
    assert_eq!(before.release.as_deref(), Some("r42"));
    let untimed = entry(&read, "41");
    assert_eq!((untimed.at, untimed.release.as_deref(), untimed.title.as_str()), (None, None, "41"));
}

#[test]
fn lines_are_a_version_and_a_title_and_the_first_is_live() {
    let read = read("v2.4.1 Prices with tax\n\n  v2.4.0\tFaster search\n7c9e2ab\n");
    assert_eq!((read.health, read.detail.as_str()), (Health::Ok, "live v2.4.1"));
    let titles: Vec<(&str, &str)> =
        read.entries.iter().map(|entry| (entry.key.as_str(), entry.title.as_str())).collect();
    let expected = [("v2.4.1", "Prices with tax"), ("v2.4.0", "Faster search"), ("7c9e2ab", "7c9e2ab")];
    assert_eq!(titles, expected);
    assert!(read.entries.iter().all(|entry| entry.at.is_none()));
    assert_eq!(read.entries[0].release.as_deref(), Some("v2.4.1"));
    assert_eq!(read.entries[1].release, None, "nobody says that it ran before");
}

#[test]
fn what_says_that_it_is_live_is_wherever_it_stands() {
    let read = read(FLAGGED);
    let commit = "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0";
    assert_eq!(read.detail, "live a1b2c3d · 1 newer");
    assert_eq!(entry(&read, commit).release.as_deref(), Some("a1b2c3d"), "a commit is shown short");
    assert_eq!(entry(&read, "r43").release, None, "what was gone back from does not run");
    assert_eq!(offer(&read, "r43").refused.as_deref(), Some("it is newer than what is live"));
    assert_eq!(offer(&read, commit).refused.as_deref(), Some("it is live"));
    assert_eq!(offer(&read, "r41").refused, None);
    let none = with(FLAGGED, |rows| rows[1]["live"] = json!(false));
    let none = self::read(&none);
    assert_eq!((none.health, none.detail.as_str()), (Health::Degraded, "no release says that it is live"));
    assert!(none.entries.iter().all(|entry| !entry.sighted && entry.release.is_none()));
    let two = with(FLAGGED, |rows| rows[2]["live"] = json!(true));
    assert_eq!(self::read(&two).detail, "live a1b2c3d · 2 say that they are live · 1 newer");
}

#[test]
fn an_endpoint_tells_what_is_live_and_nothing_else() {
    let signal = plan_one(
        "releases",
        &format!(
            "{URL}header = \"X-Release\"\nheaders = {{ authorization = {{ env = \"T\" }} }}\nredirects = 2\n"
        ),
    );
    let request = asked(&signal, &[]);
    assert_eq!(request.preview(), ["GET https://shop.example.com/version", "authorization: ‹env T›"]);
    let read = poll(&signal, &[http_with(200, &[("x-release", " r43 ")], "<h1>Shop</h1>")]);
    assert_eq!((read.health, read.detail.as_str(), keys(&read)), (Health::Ok, "live r43", vec!["r43"]));
    let live = entry(&read, "r43");
    assert_eq!((live.at, live.sighted, live.offers.len()), (None, true, 0));
    let silent = poll(&signal, &[http(200, "")]);
    assert_eq!(
        (silent.health, silent.reason, silent.detail.as_str()),
        (Health::Blind, Some(Reason::Body), "the reply has no header X-Release")
    );
    let empty = poll(&signal, &[http_with(200, &[("x-release", " ")], "")]);
    assert_eq!((empty.health, empty.detail.as_str()), (Health::Blind, "X-Release: the version is empty"));
}

#[test]
fn an_expression_gives_the_version_of_a_body() {
    let of = |expression: &str| {
        let signal = plan_one("releases", &format!("{URL}version = \"{expression}\"\n"));
        let read = poll(&signal, &[http(200, TOLD)]);
        (read.health, read.detail)
    };
    assert_eq!(of("body.build.commit"), (Health::Ok, "live d4e5f6a".into()));
    assert_eq!(of("body.build.number"), (Health::Ok, "live 512".into()));
    assert_eq!(of("text | length"), (Health::Ok, format!("live {}", TOLD.len())));
    assert_eq!(of("body.commit"), (Health::Blind, "version: commit is missing".into()));
    assert_eq!(of("body.build"), (Health::Blind, "version: a mapping is not one value".into()));
}

#[test]
fn the_way_back_is_one_call_with_the_version_as_an_argument_of_its_own() {
    let signal = plan_one(
        "releases",
        &format!(
            "{LIST}{BACK}before = [\"bin/exists\", \"{{version}}\"]\nleaves = [\"warm the cache\"]\n\
             within = \"3m\"\nenv = {{ TOKEN = {{ env = \"T\" }} }}\ncwd = \"/srv/shop\"\n"
        ),
    );
    let read = poll(&signal, &[printed(0, LISTED, "")]);
    let offer = offer(&read, "r42");
    assert_eq!(
        (offer.title.as_str(), offer.target.as_str(), offer.calls.len()),
        ("go back to r42", "r42", 1)
    );
    let call = &offer.calls[0];
    assert_eq!(argv(&call.request), ["bin/deploy", "--to", "r42"]);
    assert_eq!(
        call.request.preview(),
        ["TOKEN=‹env T›", "in /srv/shop", "$ bin/deploy --to r42"],
        "it runs where the list is made, with the same secrets by name"
    );
    assert_eq!(call.request.timeout(), Duration::from_secs(180));
    assert_eq!(offer.leaves, ["warm the cache"]);
    let before = offer.before.as_ref().unwrap();
    assert_eq!(argv(&before.request), ["bin/exists", "r42"]);
    let check = call.check.as_ref().unwrap();
    assert_eq!(argv(&check.request), ["bin/releases", "--json"], "the same source says whether it is live");
    assert_eq!(check.within, Duration::from_secs(180));
    let (looks, goes) = super::backwards(&signal);
    assert_eq!(looks.unwrap().argv, ["bin/exists", "{version}"]);
    assert_eq!(goes.unwrap().argv, ["bin/deploy", "--to", "{version}"]);
    assert_eq!(super::backwards(&plan_one("releases", LIST)), (None, None));
}

#[test]
fn the_effect_is_there_once_the_list_says_so() {
    let of = |list: &str, key: &str| check(&read(list), key);
    let tells = |check: &Check, stdout: &str| seen(check, &printed(0, stdout, ""));
    let lines = of("r43 new\nr42 old\n", "r42");
    assert_eq!(tells(&lines, "r43 new\nr42 old\n"), Ok(false));
    assert_eq!(tells(&lines, "\n r42 old\nr43 new\n"), Ok(true));
    assert_eq!(tells(&lines, "r421 old\n"), Ok(false));
    assert!(tells(&lines, "").is_err(), "no data is no effect");
    let first = of(LISTED, "r42");
    assert_eq!(tells(&first, LISTED), Ok(false));
    assert_eq!(tells(&first, &with(LISTED, |rows| rows.swap(0, 1))), Ok(true));
    let number = of(LISTED, "41");
    assert_eq!(tells(&number, &with(LISTED, |rows| rows.swap(0, 2))), Ok(true));
    let noisy = format!("> shop@1.0.0 releases\n\n{LISTED}");
    assert_eq!(read(&noisy).detail, "live r43", "a package manager names the script first");
    assert_eq!(tells(&first, &noisy), Ok(false));
    let by_commit = with(FLAGGED, |rows| {
        rows[0]["live"] = json!(true);
        rows[1]["live"] = json!(null);
    });
    let flagged = of(&by_commit, "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0");
    assert_eq!(tells(&flagged, &by_commit), Ok(false));
    assert_eq!(tells(&flagged, FLAGGED), Ok(true));
    let both = with(FLAGGED, |rows| {
        rows[0]["live"] = json!(true);
        rows.swap(0, 1);
    });
    assert_eq!(tells(&flagged, &both), Ok(false), "some of it still runs the other one");
}

#[test]
fn another_endpoint_may_say_that_it_is_live() {
    let toml = format!(
        "{LIST}{BACK}[observe]\nget = \"https://shop.example.com/is/{{version}}\"\n\
         when = \"body.commit == '{{version}}' and status == 200\"\nheaders = {{ authorization = {{ env = \"T\" }} }}\n"
    );
    let signal = plan_one("releases", &toml);
    let read = poll(&signal, &[printed(0, "v2.0+b/7 new\nv1.0+a/7 old\n", "")]);
    let check = check(&read, "v1.0+a/7");
    assert_eq!(
        check.request.preview(),
        ["GET https://shop.example.com/is/v1.0%2Ba%2F7", "authorization: ‹env T›"]
    );
    assert_eq!(seen(&check, &http(200, r#"{"commit":"v1.0+a/7"}"#)), Ok(true));
    assert_eq!(seen(&check, &http(200, r#"{"commit":"v2.0+b/7"}"#)), Ok(false));
    let any = toml.replace("{version}\"\nwhen", "live\"\nwhen").replace("'{version}'", "'r1'");
    assert_eq!(codes(&any), ["missing-placeholder"], "a check that holds for any release sees nothing");
}

#[test]
fn a_version_is_never_an_option_nor_a_piece_of_anything() {
    let read = read(
        r#"[{"version":"r9"},{"version":"-rf"},{"version":"a b"},{"version":"$(reboot)"},{"version":"r8'"},
            {"version":"../r7"},{"version":" r6"},{"version":"r5\u001b[2J\u202e"},{"version":"r4"}]"#,
    );
    let refused = |key: &str| offer(&read, key).refused.clone().unwrap_or_default();
    assert_eq!(refused("-rf"), "it begins with '-': a program would take it for an option");
    for key in ["a b", "$(reboot)", "r8'", "../r7", " r6"] {
        assert_eq!(refused(key), "it has a name that cannot stand in a command", "{key}");
        let call = &offer(&read, key).calls[0];
        assert_eq!((argv(&call.request), call.check.is_none()), (vec!["bin/deploy", "--to", "…"], true));
    }
    assert_eq!(refused("r4"), "");
    assert_eq!(read.body.as_deref().unwrap()["candidates"], 1);
    let shown: Vec<&str> = read.entries.iter().flat_map(|one| [one.key.as_str(), &one.title]).collect();
    assert!(!shown.iter().any(|text| text.chars().any(is_hostile)), "{shown:?}");
    assert!(poll(&back(), &[printed(0, "-r9 new\nr8\n", "")]).detail.starts_with("live -r9"));
}

#[test]
fn a_list_that_is_none_is_blind_and_says_where() {
    let blind = |reply: IoReply| {
        let read = poll(&back(), &[reply]);
        assert_eq!(read.health, Health::Blind, "{read:?}");
        (read.reason.unwrap(), read.detail)
    };
    let of = |stdout: &str| blind(printed(0, stdout, ""));
    let body = |detail: &str| (Reason::Body, detail.to_owned());
    assert_eq!(of(" \n"), body("the command printed nothing"));
    assert_eq!(of("[]"), body("there is no release yet"));
    assert_eq!(of(r#"[{"version":"a"},{"title":"b"}]"#), body("[1]: it has neither version nor commit"));
    assert_eq!(of(r#"[{"version":"a"},{"version":""}]"#), body("[1]: the version is empty"));
    assert!(of(r#"[{"version":[1]}]"#).1.starts_with("[0].version: a version is a text or a whole number"));
    assert!(of(r#"[{"version":1.5}]"#).1.starts_with("[0].version: 1.5 is no version"));
    let time = of(r#"[{"version":"a","at":"yesterday"}]"#);
    assert!(time.1.starts_with("[0].at: \"yesterday\" is no time: RFC 3339 or Unix seconds is"), "{time:?}");
    assert!(of(r#"[{"version":"a","at":1e300}]"#).1.starts_with("[0].at: "));
    assert!(of(r#"[{"version":"a","live":"yes"}]"#).1.starts_with("[0].live: "));
    let long = "x".repeat(101);
    assert_eq!(
        of(&format!(r#"[{{"version":"{long}"}}]"#)),
        body("[0]: the version is longer than 100 characters")
    );
    assert_eq!(of(r#"[{"version":"a"}"#), (Reason::Parse, "the JSON ends before its end".into()));
    assert!(of(r#"{"version":"a"}"#).1.contains("expected a sequence"));
    assert_eq!(of("r2 new\nError: no access\n"), body("line 2: \"Error:\" is no version"));
    assert_eq!(of("<!doctype html>\n"), body("line 1: \"<!doctype\" is no version"));
    assert_eq!(
        blind(printed(3, "r1\n", "warning\nno such cluster\n")),
        (Reason::Status, "exit 3: no such cluster".into())
    );
    assert_eq!(blind(printed(1, "", "403 Forbidden")).0, Reason::Auth);
    let mut cut = printed(0, "r1\nr0\n", "");
    if let IoReply::Command(cut) = &mut cut {
        cut.truncated = true;
    }
    assert_eq!(blind(cut).0, Reason::Limit);
}

#[test]
fn a_list_is_cut_and_what_is_live_stays_in_it() {
    let lines: String = (0..500).map(|number| format!("r{number}")).collect::<Vec<_>>().join("\n");
    let read = read(&lines);
    assert_eq!((read.entries.len(), read.detail.as_str()), (entry::MOST, "live r0 · 200 of 500 listed"));
    let rows: Vec<Value> =
        (0..500).map(|number| json!({ "version": format!("r{number}"), "live": number == 400 })).collect();
    let read = self::read(&json!(rows).to_string());
    assert_eq!(read.entries.len(), entry::MOST);
    assert_eq!(entry(&read, "r400").state, "live");
}

#[test]
fn a_version_that_is_listed_twice_is_one() {
    let read = read("r42 again\nr43 new\nr42 old\nr41\n");
    assert_eq!(keys(&read), ["r42", "r43", "r41"]);
    assert_eq!(entry(&read, "r42").title, "again");
    let read = self::read(r#"[{"version":"r42"},{"version":"r43"},{"version":"r42","live":true}]"#);
    assert_eq!((keys(&read), entry(&read, "r42").state.as_str()), (vec!["r42", "r43"], "live"));
}

#[test]
fn a_time_that_is_yet_to_come_is_not_believed() {
    let late = with(LISTED, |rows| rows[0]["at"] = json!("2026-11-21T15:00:00Z"));
    let read = read(&late);
    assert_eq!((read.health, read.detail.as_str()), (Health::Ok, "live r43 · 1 with a time in the future"));
    assert_eq!(entry(&read, "r43").at, None);
    assert_eq!(entry(&read, "r42").release, None, "what ran before is not taken for what runs");
    let near = with(LISTED, |rows| rows[0]["at"] = json!("2026-11-21T14:33:00Z"));
    assert_eq!(self::read(&near).detail, "live r43", "clocks differ by a little");
}

#[test]
fn own_conditions_come_before_the_rule() {
    let signal = plan_one("releases", &format!("{LIST}ok = \"body.live == body.newest\"\n"));
    assert_eq!(poll(&signal, &[printed(0, FLAGGED, "")]).health, Health::Down);
    assert_eq!(poll(&signal, &[printed(0, LISTED, "")]).health, Health::Ok);
}

#[test]
fn a_table_that_cannot_be_meant_says_where() {
    let named = "name = \"api\"\n";
    assert_eq!(codes(named), ["missing-key"]);
    assert_eq!(codes(&format!("{URL}command = [\"x\"]\n")), ["ambiguous-request"]);
    assert_eq!(codes(URL), ["missing-key"]);
    assert_eq!(codes(&format!("{URL}header = \"x\"\nversion = \"body.a\"\n")), ["ambiguous-request"]);
    assert_eq!(codes(&format!("{URL}header = \"x release\"\n")), ["bad-header"]);
    assert_eq!(codes(&format!("{URL}version = \"stdout\"\n")), ["bad-condition"]);
    assert_eq!(codes(&format!("{URL}header = \"x\"\n{BACK}")), ["misplaced-key"]);
    assert_eq!(codes(&format!("{LIST}header = \"x\"\n")), ["misplaced-key"]);
    assert_eq!(
        codes(&format!("{LIST}before = [\"x\", \"{{version}}\"]\nleaves = [\"y\"]\n")),
        ["misplaced-key"; 2]
    );
    assert_eq!(codes(&format!("{named}command = [\" \"]\n")), ["missing-program"]);
    assert_eq!(codes(&format!("{named}command = [\"x\", \"{{version}}\"]\n")), ["bad-placeholder"]);
    for (argv, code) in [
        ("[]", "missing-program"),
        (r#"["{version}"]"#, "bad-placeholder"),
        (r#"["deploy", "--to={version}"]"#, "bad-placeholder"),
        (r#"["sh", "-c", "deploy {version}"]"#, "bad-placeholder"),
        (r#"["sh", "-c", "{version}"]"#, "bad-placeholder"),
        (r#"["/usr/bin/env", "bash", "-lc", "{version}"]"#, "bad-placeholder"),
        (r#"["bash", "{version}"]"#, "bad-placeholder"),
        (r#"["deploy", "previous"]"#, "missing-placeholder"),
    ] {
        assert_eq!(codes(&format!("{LIST}rollback = {argv}\n")), [code], "{argv}");
    }
    for argv in
        [r#"["sh", "-c", "deploy \"$1\"", "deploy", "{version}"]"#, r#"["bash", "deploy.sh", "{version}"]"#]
    {
        assert_eq!(codes(&format!("{LIST}rollback = {argv}\n")), Vec::<&str>::new(), "{argv}");
    }
}

#[test]
fn it_survives_whatever_comes() {
    conformance::survives(&back(), &[LISTED]);
    conformance::survives(&back(), &[FLAGGED]);
    conformance::survives(&plan_one("releases", &format!("{URL}version = \"body.build.commit\"\n")), &[TOLD]);
}
