//! Deployments as they are listed, pins, rollbacks and promotions, and what is taken for none of them.

use serde_json::{Value, json};

use crate::domain::condition::observe;
use crate::domain::entry::Entry;
use crate::domain::io::IoRequest;
use crate::domain::offer::Offer;
use crate::domain::reading::{Health, Reading, Reason};
use crate::domain::signal::Signal;
use crate::sources::conformance::{self, AT, asked, http, plan_one, plan_with, poll};

const PROJECT: &str = include_str!("fixtures/project.json");
const ROLLED_BACK: &str = include_str!("fixtures/rolled_back.json");
const DEPLOYMENTS: &str = include_str!("fixtures/deployments.json");
const HOUR: i64 = 3_600_000;

fn signal() -> Signal {
    plan_one(
        "vercel",
        "name = \"web\"\nproject = \"lanternfish-web\"\nteam = \"team_LF\"\ntoken = { env = \"T\" }",
    )
}

fn read(project: &str, deployments: &str) -> Reading {
    poll(&signal(), &[http(200, project), http(200, deployments)])
}

fn with(document: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut value: Value = serde_json::from_str(document).unwrap();
    change(&mut value);
    value.to_string()
}

/// The deployments, with a newer one before them.
fn and_newer(more: &Value) -> String {
    with(DEPLOYMENTS, |value| {
        let mut newer = json!({
            "uid": "dpl_NEW", "created": AT.millis() - 60_000, "readyState": "READY", "target": "production",
            "meta": { "githubCommitSha": "aabbccddeeff" }
        });
        newer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value["deployments"].as_array_mut().unwrap().insert(0, newer);
    })
}

fn entry<'a>(reading: &'a Reading, key: &str) -> &'a Entry {
    reading.entries.iter().find(|entry| entry.key == key).unwrap_or_else(|| panic!("no {key}: {reading:?}"))
}

fn offer<'a>(entry: &'a Entry, name: &str) -> &'a Offer {
    entry.offers.iter().find(|offer| offer.name == name).unwrap_or_else(|| panic!("no {name}: {entry:?}"))
}

fn refusal(reading: &Reading, key: &str, name: &str) -> String {
    offer(entry(reading, key), name).refused.clone().unwrap_or_else(|| panic!("{name} of {key} is allowed"))
}

#[test]
fn it_asks_for_the_project_and_then_for_its_deployments_of_the_team() {
    let first = asked(&signal(), &[]).preview();
    assert_eq!(
        first,
        [
            "GET https://api.vercel.com/v9/projects/lanternfish-web?teamId=team_LF",
            "authorization: Bearer ‹env T›"
        ]
    );
    let second = asked(&signal(), &[http(200, PROJECT)]).preview();
    assert_eq!(
        second[0],
        "GET https://api.vercel.com/v6/deployments?projectId=prj_LF&target=production&limit=20&teamId=team_LF"
    );
    let whole = [http(200, PROJECT), http(200, DEPLOYMENTS)];
    assert_eq!(crate::sources::next(&signal(), AT, &whole), None);
    assert_eq!(crate::sources::next(&signal(), AT, &[http(403, "{}")]), None);
}

#[test]
fn a_slug_stands_for_a_team_and_not_beside_it() {
    let table = "name = \"web\"\nproject = \"a/../b\"\nslug = \"lantern fish\"\ntoken = \"t\"\n\
                 base_url = \"http://127.0.0.1:9/vercel/\"";
    let asked = asked(&plan_one("vercel", table), &[]);
    let url = "GET http://127.0.0.1:9/vercel/v9/projects/a%2F%252E%252E%2Fb?slug=lantern+fish";
    assert_eq!(asked.preview()[0], url);
    let (_, found) = plan_with("vercel", &format!("{table}\nteam = \"team_LF\""));
    assert_eq!(found[0].code, "ambiguous-team");
    let (_, found) = plan_with("vercel", "name = \"web\"\nproject = \" \"\ntoken = \"t\"");
    assert_eq!(found[0].code, "empty-value");
}

#[test]
fn what_is_live_since_when_and_what_can_be_gone_back_to() {
    let read = read(PROJECT, DEPLOYMENTS);
    assert_eq!((read.health, read.reason), (Health::Ok, None), "{}", read.detail);
    assert_eq!(read.detail, "live 3f2a9c1 2h58");
    let body = read.body.as_deref().unwrap();
    let expected = json!({
        "state": "READY", "commit": "3f2a9c1", "age_minutes": 178, "pinned": false, "candidates": 1, "building": 0
    });
    assert_eq!(body, &expected);
    let keys: Vec<&str> = read.entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["dpl_CUR", "dpl_PREV", "dpl_OLD"]);
    let live = entry(&read, "dpl_CUR");
    assert_eq!((live.title.as_str(), live.release.as_deref()), ("Charge in cents", Some("3f2a9c1")));
    assert_eq!(live.at.unwrap().millis(), AT.millis() - 3 * HOUR + 100_000);
    assert_eq!(live.tags, ["live"]);
    assert_eq!(entry(&read, "dpl_PREV").tags, ["candidate"]);
    assert_eq!(entry(&read, "dpl_OLD").release.as_deref(), Some("dpl_OLD"), "no commit: its own id");
}

#[test]
fn a_rollback_pins_and_says_that_the_next_deploy_will_not_go_live() {
    let waiting = and_newer(&json!({ "readySubstate": "STAGED", "aliasAssigned": true }));
    let read = read(ROLLED_BACK, &waiting);
    assert_eq!(read.health, Health::Degraded);
    assert_eq!(read.detail, "pinned for 10m00: the next deploy will not go live · live 77aa00b 10m00");
    assert_eq!(read.body.as_deref().unwrap()["pinned"], json!(true));
    let pin = &read.entries[0];
    assert_eq!((pin.key.as_str(), pin.health), ("pin", Health::Degraded));
    assert!(
        pin.title.contains("off since 2026-11-21T14:22:00.000Z: the next deploy will not go live"),
        "{}",
        pin.title
    );
    assert_eq!(offer(pin, "promote").target, "dpl_NEW", "the newest that waits");
    assert_eq!(offer(pin, "promote").refused, None);
    // What was gone back to runs since the rollback, and what waits was never live.
    let back = entry(&read, "dpl_PREV");
    assert_eq!(
        (back.at.unwrap().millis(), back.release.as_deref()),
        (AT.millis() - 600_000, Some("77aa00b"))
    );
    assert_eq!(back.tags, ["live", "pinned"]);
    assert_eq!(entry(&read, "dpl_NEW").release, None);
    assert_eq!(refusal(&read, "dpl_NEW", "rollback"), "it was never live: promote it instead");
}

#[test]
fn a_pin_is_off_by_the_settings_too_and_over_once_assignment_is_on() {
    let off = with(PROJECT, |project| project["autoAssignCustomDomains"] = json!(false));
    let pinned = read(&off, DEPLOYMENTS);
    assert_eq!(pinned.health, Health::Degraded);
    assert_eq!(pinned.entries[0].facts[0], ("switched off by", "the project's settings".to_owned()));
    let unpin = offer(&pinned.entries[0], "unpin");
    let preview = unpin.calls[0].request.preview();
    assert_eq!(preview[0], "PATCH https://api.vercel.com/v9/projects/prj_LF?teamId=team_LF");
    assert_eq!(preview.last().unwrap(), r#"{"autoAssignCustomDomains":true}"#);
    let check = unpin.calls[0].check.as_ref().unwrap();
    let holds = |body: &str| {
        let (observed, _) = observe(&http(200, body), &[&check.when]);
        check.when.holds(&observed)
    };
    assert_eq!((holds(PROJECT), holds(&off)), (Ok(true), Ok(false)));
    // Without the field a rollback that holds is a pin, since Vercel always switches it off.
    let unsaid = with(ROLLED_BACK, |project| {
        project.as_object_mut().unwrap().remove("autoAssignCustomDomains");
    });
    assert_eq!(read(&unsaid, DEPLOYMENTS).body.as_deref().unwrap()["pinned"], json!(true));
    let on = with(ROLLED_BACK, |project| project["autoAssignCustomDomains"] = json!(true));
    let over = read(&on, DEPLOYMENTS);
    assert_eq!((over.health, over.body.as_deref().unwrap()["pinned"].clone()), (Health::Ok, json!(false)));
}

#[test]
fn what_goes_live_after_a_promotion_is_live() {
    let promoted = with(ROLLED_BACK, |project| {
        project["autoAssignCustomDomains"] = json!(true);
        project["lastAliasRequest"]["type"] = json!("promote");
    });
    let newer = and_newer(&json!({ "readySubstate": "PROMOTED", "aliasAssigned": AT.millis() - 30_000 }));
    let read = read(&promoted, &newer);
    assert_eq!((read.health, read.detail.as_str()), (Health::Ok, "live aabbccd 30s"));
}

#[test]
fn a_failed_build_degrades_and_says_what_is_still_live() {
    let failed = and_newer(&json!({ "readyState": "ERROR", "errorMessage": "npm\u{1b}[31m ended with 1" }));
    let read = read(PROJECT, &failed);
    assert_eq!(read.health, Health::Degraded);
    assert!(
        read.detail.starts_with("the newest deployment failed: npm�[31m ended with 1 · live 3f2a9c1"),
        "{}",
        read.detail
    );
    assert_eq!(refusal(&read, "dpl_NEW", "promote"), "it is ERROR, not READY");
    assert_eq!(entry(&read, "dpl_NEW").release, None);
    // One that was cancelled is nothing to wait for.
    let cancelled = and_newer(&json!({ "readyState": "CANCELED" }));
    assert_eq!(self::read(PROJECT, &cancelled).health, Health::Ok);
}

#[test]
fn a_build_under_way_is_counted_and_well() {
    let read = read(PROJECT, &and_newer(&json!({ "readyState": "BUILDING" })));
    assert_eq!((read.health, read.detail.as_str()), (Health::Ok, "live 3f2a9c1 2h58 · 1 building"));
    assert_eq!(read.body.as_deref().unwrap()["state"], json!("BUILDING"));
}

#[test]
fn a_rollback_that_failed_degrades_until_something_goes_live_after_it() {
    let failed = with(ROLLED_BACK, |project| {
        project["autoAssignCustomDomains"] = json!(true);
        project["lastAliasRequest"]["jobStatus"] = json!("failed");
        project["targets"]["production"]["id"] = json!("dpl_CUR");
    });
    let read = read(&failed, DEPLOYMENTS);
    assert_eq!(read.health, Health::Degraded);
    assert!(read.detail.starts_with("the rollback to dpl_PREV failed"), "{}", read.detail);
    let long_ago =
        failed.replace(&(AT.millis() - 600_000).to_string(), &(AT.millis() - 30 * HOUR).to_string());
    assert_eq!(self::read(&long_ago, DEPLOYMENTS).health, Health::Ok);
    let running = failed.replace("\"failed\"", "\"in-progress\"");
    let read = self::read(&running, DEPLOYMENTS);
    assert!(
        read.health == Health::Ok && read.detail.starts_with("rollback to dpl_PREV is under way"),
        "{}",
        read.detail
    );
}

#[test]
fn a_rollback_is_one_request_by_id_and_is_seen_in_the_project() {
    let read = read(PROJECT, DEPLOYMENTS);
    let rollback = offer(entry(&read, "dpl_PREV"), "rollback");
    assert_eq!(
        (rollback.refused.as_deref(), rollback.title.as_str()),
        (None, "roll back to 77aa00b (dpl_PREV)")
    );
    let preview = rollback.calls[0].request.preview();
    assert_eq!(
        preview,
        [
            "POST https://api.vercel.com/v1/projects/prj_LF/rollback/dpl_PREV?teamId=team_LF",
            "authorization: Bearer ‹env T›",
            "content-type: application/json",
            "",
            "{}"
        ]
    );
    assert!(rollback.about.iter().any(|line| line.contains("database")), "{:?}", rollback.about);
    assert_eq!(refusal(&read, "dpl_CUR", "rollback"), "it is live");
    assert!(refusal(&read, "dpl_OLD", "rollback").contains("candidate"));
    let check = rollback.calls[0].check.as_ref().unwrap();
    assert_eq!(check.request.preview()[0], "GET https://api.vercel.com/v9/projects/prj_LF?teamId=team_LF");
    let says = |body: &str| {
        let holds = |condition| observe(&http(200, body), &[condition]).0;
        let fails = check.fails.as_ref().unwrap();
        (check.when.holds(&holds(&check.when)), fails.holds(&holds(fails)))
    };
    assert_eq!(says(PROJECT), (Ok(false), Ok(false)), "nobody has asked yet");
    assert_eq!(says(ROLLED_BACK), (Ok(true), Ok(false)));
    let word = |word: &str| ROLLED_BACK.replace("\"succeeded\"", &format!("{word:?}"));
    assert_eq!(says(&word("in-progress")), (Ok(false), Ok(false)));
    assert_eq!(says(&word("failed")), (Ok(false), Ok(true)));
    assert_eq!(says(&ROLLED_BACK.replace("dpl_PREV", "dpl_OTHER")), (Ok(false), Ok(false)));
}

#[test]
fn a_rollback_of_last_week_to_the_same_deployment_is_not_this_one() {
    // dpl_PREV was gone back to before; dpl_CUR went live since. Going back again must not be seen at once.
    let before = with(ROLLED_BACK, |project| {
        project["autoAssignCustomDomains"] = json!(true);
        project["lastAliasRequest"]["requestedAt"] = json!(AT.millis() - 10 * HOUR);
    });
    let read = read(&before, DEPLOYMENTS);
    assert_eq!(entry(&read, "dpl_CUR").tags, ["live"]);
    let check = offer(entry(&read, "dpl_PREV"), "rollback").calls[0].check.clone().unwrap();
    let seen = |body: &str| check.when.holds(&observe(&http(200, body), &[&check.when]).0);
    assert_eq!((seen(&before), seen(ROLLED_BACK)), (Ok(false), Ok(true)));
}

#[test]
fn a_promotion_is_one_request_and_a_preview_is_not_promoted() {
    let staged = read(PROJECT, &and_newer(&json!({ "readySubstate": "STAGED" })));
    let promote = offer(entry(&staged, "dpl_NEW"), "promote");
    assert_eq!(promote.refused, None);
    let IoRequest::Http(request) = &promote.calls[0].request else { panic!("not HTTP") };
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("POST", "https://api.vercel.com/v10/projects/prj_LF/promote/dpl_NEW?teamId=team_LF")
    );
    let preview = read(PROJECT, &and_newer(&json!({ "target": null })));
    assert!(refusal(&preview, "dpl_NEW", "promote").starts_with("a preview deployment cannot be promoted"));
    assert_eq!(refusal(&preview, "dpl_NEW", "rollback"), "it is no production deployment");
}

#[test]
fn an_id_that_would_leave_its_place_gets_no_offers() {
    let read = read(PROJECT, &DEPLOYMENTS.replace("dpl_PREV", "x' or '1' == '1"));
    let odd = read.entries.iter().find(|entry| entry.key.starts_with('x')).unwrap();
    assert_eq!(odd.offers, []);
}

#[test]
fn a_second_page_is_asked_for_only_where_the_first_shows_nothing_to_go_back_to() {
    let page = |from: i64, candidate: bool| {
        let deployments: Vec<Value> = (from..from + 20)
            .map(|hour| {
                json!({
                    "uid": format!("dpl_{hour}"), "created": AT.millis() - hour * HOUR, "readyState": "READY",
                    "readySubstate": "PROMOTED", "target": "production", "isRollbackCandidate": candidate
                })
            })
            .collect();
        json!({ "deployments": deployments, "pagination": { "next": AT.millis() - (from + 19) * HOUR } })
            .to_string()
    };
    let project = http(200, &PROJECT.replace("dpl_CUR", "dpl_1"));
    let candidates = [project.clone(), http(200, &page(1, true))];
    assert_eq!(crate::sources::next(&signal(), AT, &candidates), None);
    let none = [project, http(200, &page(1, false))];
    let url = asked(&signal(), &none).preview()[0].clone();
    assert!(url.ends_with(&format!("&limit=20&until={}&teamId=team_LF", AT.millis() - 20 * HOUR)), "{url}");
    // The cursor never ends: two pages are all that is asked.
    let read = poll(&signal(), &[none[0].clone(), none[1].clone(), http(200, &page(21, false))]);
    assert_eq!((read.health, read.entries.len()), (Health::Ok, 40));
    let again = poll(&signal(), &none);
    assert_eq!(again.entries.len(), 20, "a page that comes twice counts once");
}

#[test]
fn a_project_without_a_deployment_is_blind() {
    let read = read(PROJECT, r#"{"deployments":[]}"#);
    assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Body)), "{}", read.detail);
}

#[test]
fn a_project_of_a_team_that_is_not_named_says_so() {
    let alone = plan_one("vercel", "name = \"web\"\nproject = \"p\"\ntoken = \"t\"");
    let missing = http(404, r#"{"error":{"code":"not_found","message":"Project not found"}}"#);
    let read = poll(&alone, std::slice::from_ref(&missing));
    assert_eq!(read.detail, "404: Project not found; a team's project needs team or slug");
    assert_eq!(poll(&signal(), &[missing]).detail, "404: Project not found");
    let refused =
        poll(&signal(), &[http(200, PROJECT), http(403, r#"{"error":{"message":"Not authorized"}}"#)]);
    assert_eq!((refused.health, refused.reason), (Health::Blind, Some(Reason::Auth)));
}

#[test]
fn it_survives_whatever_comes() {
    conformance::survives(&signal(), &[PROJECT, DEPLOYMENTS]);
    conformance::survives(&signal(), &[ROLLED_BACK, DEPLOYMENTS]);
}
