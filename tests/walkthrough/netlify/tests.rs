//! Exact requests, each rule at its edge, and whatever else may come.

use serde_json::json;

use crate::domain::condition::observe;
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Signal;
use crate::sources::conformance::{self, AT, http, plan_one, poll};

const SITE: &str = include_str!("fixtures/site.json");
const DEPLOYS: &str = include_str!("fixtures/deploys.json");

fn signal() -> Signal {
    plan_one("netlify", "name = \"web\"\nsite = \"shop.example.com\"\ntoken = { env = \"T\" }")
}

fn read(deploys: &str) -> Reading {
    poll(&signal(), &[http(200, SITE), http(200, deploys)])
}

#[test]
fn it_asks_for_the_site_and_then_for_its_deploys() {
    let first = conformance::asked(&signal(), &[]);
    assert_eq!(
        first.preview(),
        ["GET https://api.netlify.com/api/v1/sites/shop.example.com", "authorization: Bearer ‹env T›"]
    );
    let second = conformance::asked(&signal(), &[http(200, SITE)]);
    assert_eq!(
        second.preview()[0],
        "GET https://api.netlify.com/api/v1/sites/shop.example.com/deploys?production=true&per_page=20"
    );
    assert_eq!(crate::sources::next(&signal(), AT, &[http(404, "{}")]), None, "a refusal ends the poll");
}

#[test]
fn a_failed_deploy_degrades_and_says_what_is_still_live() {
    let read = read(DEPLOYS);
    assert_eq!((read.health, read.reason), (Health::Degraded, None));
    assert_eq!(read.detail, "the newest deploy failed: npm ended with 1 · live 3f2a9c1 2h00");
    let live = read.entries.iter().find(|entry| entry.tags == ["live"]).unwrap();
    assert_eq!(live.release.as_deref(), Some("3f2a9c1"));
    assert_eq!(read.body.as_deref().unwrap()["age_minutes"], json!(120));
    let mended = DEPLOYS.replace("\"error\"", "\"ready\"");
    assert_eq!(self::read(&mended).health, Health::Ok);
}

#[test]
fn a_site_without_a_deploy_is_blind() {
    assert_eq!(read("[]").health, Health::Blind);
}

#[test]
fn what_is_published_again_is_read_back_from_the_site() {
    let read = read(DEPLOYS);
    let offer = |key: &str| {
        let entry = read.entries.iter().find(|entry| entry.key == key).unwrap();
        entry.offers[0].clone()
    };
    assert_eq!(offer("dep2live").refused.as_deref(), Some("it is live"));
    assert_eq!(
        offer("dep3failed").refused.as_deref(),
        Some("it is not ready: there are no files to publish")
    );
    let restore = offer("dep1before");
    assert_eq!(restore.refused, None);
    assert_eq!(
        restore.calls[0].request.preview()[0],
        "POST https://api.netlify.com/api/v1/sites/shop.example.com/deploys/dep1before/restore"
    );
    let check = restore.calls[0].check.clone().unwrap();
    let seen = |site: &str| check.when.holds(&observe(&http(200, site), &[&check.when]).0);
    assert_eq!(seen(SITE), Ok(false));
    assert_eq!(seen(&SITE.replace("dep2live", "dep1before")), Ok(true));
}

#[test]
fn it_survives_whatever_comes() {
    conformance::survives(&signal(), &[SITE, DEPLOYS]);
}
