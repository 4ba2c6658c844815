//! A status page, and what is taken for one.

use crate::domain::reading::{Health, Reason};
use crate::sources::conformance::{self, AT, http, plan_one};

const SUMMARY: &str = include_str!("fixtures/summary.json");

fn signal(more: &str) -> crate::domain::signal::Signal {
    plan_one("statuspage", &format!("name = \"vendor\"\nurl = \"https://status.example.com\"\n{more}"))
}

#[test]
fn it_asks_for_the_summary_of_the_page() {
    let asked = conformance::asked(&signal(""), &[]);
    assert_eq!(asked.preview()[0], "GET https://status.example.com/api/v2/summary.json");
}

#[test]
fn a_vendor_s_incident_degrades_and_is_listed() {
    let read = crate::sources::read(&signal(""), AT, &[http(200, SUMMARY)]);
    assert_eq!((read.health, read.reason), (Health::Degraded, None));
    assert!(!read.entries.is_empty());
    let elsewhere = signal("components = [\"a component nobody has\"]");
    let read = crate::sources::read(&elsewhere, AT, &[http(200, SUMMARY)]);
    assert_eq!(read.health, Health::Ok, "{}", read.detail);
    assert!(!read.entries.is_empty(), "it is still listed");
}

#[test]
fn a_page_that_moved_to_a_page_is_blind() {
    let read = crate::sources::read(&signal(""), AT, &[http(200, "<html>moved</html>")]);
    assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Parse)));
}

#[test]
fn it_survives_whatever_comes() {
    conformance::survives(&signal(""), &[SUMMARY]);
}
