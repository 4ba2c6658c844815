//! What can be done to an issue: the exact request, and what reading back says.

use super::*;
use crate::domain::action::Risk;
use crate::domain::condition::Observing;
use crate::domain::io::Value as Text;
use crate::domain::offer::{Check, Offer};
use crate::sources::read;

fn offers(more: &Value) -> Vec<Offer> {
    let signal =
        listing("base_url = \"https://sentry.example.com\"\nprojects = [\"web\"]\nenvironment = \"eu\"\n");
    read(&signal, AT, &[list(&[issue("7001", 60, 900_000, more)])]).entries[0].offers.clone()
}

fn offer(name: &str) -> Offer {
    offers(&json!({})).into_iter().find(|offer| offer.name == name).unwrap()
}

fn body(offer: &Offer) -> String {
    let request = as_http(&offer.calls[0].request);
    let Some(Text::Plain(body)) = &request.body else { panic!("no body") };
    serde_json::from_str::<Value>(body).unwrap();
    body.clone()
}

fn check(offer: &Offer) -> &Check {
    offer.calls[0].check.as_ref().unwrap()
}

/// Whether the effect is there, and whether it is certain not to come, by an issue that is read back.
fn reads(check: &Check, issue: &Value) -> (bool, bool) {
    let observed = Observing::default().json("body", issue).done();
    let there = check.when.holds(&observed).unwrap_or(false);
    (there, check.fails.as_ref().is_some_and(|fails| fails.holds(&observed).unwrap_or(false)))
}

#[test]
fn every_offer_names_one_issue_by_its_id_and_only_reads_back() {
    let names: Vec<&str> = offers(&json!({})).iter().map(|offer| offer.name).collect();
    let expected = [
        "resolve",
        "resolve-next-release",
        "archive-until-escalating",
        "archive-until-count",
        "archive-forever",
        "assign",
    ];
    assert_eq!(names, expected);
    for offer in offers(&json!({})) {
        let call = &offer.calls[0];
        let url = "https://sentry.example.com/api/0/organizations/lanternfish/issues/7001/";
        let change = as_http(&call.request);
        assert_eq!((change.method.as_str(), change.url.as_str()), ("PUT", url), "{}", offer.name);
        let headers: Vec<String> =
            change.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert!(headers.contains(&"authorization: Bearer ‹env SENTRY_TOKEN›".into()));
        assert!(headers.contains(&"content-type: application/json".into()));
        let back = as_http(&check(&offer).request);
        assert_eq!((back.method.as_str(), back.url.as_str(), &back.body), ("GET", url, &None));
        assert_eq!((offer.risk, offer.target.as_str(), call.key.as_str()), (Risk::Change, "7001", "7001"));
        assert!(offer.title.contains("WEB-7001") && !offer.about.is_empty());
    }
}

#[test]
fn resolving_now_and_in_the_next_release_are_two_things() {
    let now = offer("resolve");
    assert_eq!(body(&now), r#"{"status":"resolved"}"#);
    assert_eq!(reads(check(&now), &json!({ "status": "resolved", "statusDetails": {} })), (true, false));
    assert_eq!(reads(check(&now), &json!({ "status": "unresolved" })), (false, false));
    let next = offer("resolve-next-release");
    assert_eq!(body(&next), r#"{"status":"resolvedInNextRelease"}"#);
    let back =
        |details: Value| reads(check(&next), &json!({ "status": "resolved", "statusDetails": details }));
    assert_eq!(back(json!({ "inNextRelease": true })), (true, false));
    assert_eq!(back(json!({ "inRelease": "2.1.0" })), (true, false));
    assert_eq!(back(json!({})), (false, true), "resolved outright is something else");
    assert_eq!(reads(check(&next), &json!({ "status": "unresolved", "statusDetails": {} })), (false, false));
}

#[test]
fn a_mute_that_is_weaker_or_stronger_than_asked_is_not_in_effect() {
    let ignored =
        |substatus: &str| json!({ "status": "ignored", "substatus": substatus, "statusDetails": {} });
    let forms = ["archived_until_escalating", "archived_until_condition_met", "archived_forever"];
    for (name, wanted) in [("archive-until-escalating", forms[0]), ("archive-forever", forms[2])] {
        let offer = offer(name);
        assert_eq!(body(&offer), format!(r#"{{"status":"ignored","substatus":"{wanted}"}}"#));
        for form in forms {
            let same = form == wanted;
            assert_eq!(reads(check(&offer), &ignored(form)), (same, !same), "{name}: {form}");
        }
        assert_eq!(
            reads(check(&offer), &json!({ "status": "unresolved", "substatus": "ongoing" })),
            (false, false)
        );
        // A server that knows no substatus cannot say which it was.
        assert_eq!(reads(check(&offer), &json!({ "status": "ignored" })), (false, false));
    }
}

#[test]
fn an_issue_is_archived_until_as_many_events_as_were_asked_for() {
    let blank = offer("archive-until-count");
    for wrong in ["0", "-1", "many", "1000001", "100}"] {
        assert!(blank.answered(wrong).is_err(), "{wrong}");
    }
    let asked = blank.answered("100").unwrap();
    assert_eq!(asked.title, "archive WEB-7001 until 100 more events came");
    assert_eq!(
        body(&asked),
        r#"{"status":"ignored","substatus":"archived_until_condition_met","statusDetails":{"ignoreCount":100}}"#
    );
    let back = |details: Value| {
        let issue = json!({ "status": "ignored", "substatus": "archived_until_condition_met", "statusDetails": details });
        reads(check(&asked), &issue)
    };
    assert_eq!(back(json!({ "ignoreCount": 100 })), (true, false));
    assert_eq!(back(json!({ "ignoreCount": 97 })), (true, false), "some came already");
    assert_eq!(back(json!({ "ignoreCount": 101 })), (false, false));
    assert_eq!(back(json!({})), (false, true));
    assert_eq!(
        reads(
            check(&asked),
            &json!({ "status": "ignored", "substatus": "archived_forever", "statusDetails": {} })
        ),
        (false, true)
    );
}

#[test]
fn what_is_archived_can_be_reopened_and_archived_otherwise() {
    let archived = json!({ "status": "ignored", "substatus": "archived_forever" });
    let offers = offers(&archived);
    let names: Vec<&str> = offers.iter().map(|offer| offer.name).collect();
    assert_eq!(names[0], "reopen");
    assert!(!names.contains(&"resolve"));
    assert_eq!(body(&offers[0]), r#"{"status":"unresolved","substatus":"ongoing"}"#);
    assert_eq!(reads(check(&offers[0]), &json!({ "status": "unresolved" })), (true, false));
    // It may be read as it was for a moment: that is no proof that the change went wrong.
    let until = offers.iter().find(|offer| offer.name == "archive-until-escalating").unwrap();
    assert_eq!(reads(check(until), &archived), (false, false));
}

#[test]
fn whoever_it_was_assigned_to_is_read_back() {
    let assigned = |answer: &str, actor: Value| {
        let offer = offer("assign").answered(answer).unwrap();
        reads(check(&offer), &json!({ "assignedTo": actor })).0
    };
    let ann = json!({ "type": "user", "id": "1", "name": "ann", "email": "Ann@example.com" });
    for answer in ["user:1", "1", "ann", "ann@example.com"] {
        assert!(assigned(answer, ann.clone()), "{answer}");
    }
    for answer in ["user:2", "team:1", "bob@example.com"] {
        assert!(!assigned(answer, ann.clone()), "{answer}");
    }
    let team = json!({ "type": "team", "id": "2", "name": "backend" });
    assert!(assigned("team:2", team.clone()) && !assigned("ann@example.com", team));
    assert!(!assigned("user:1", Value::Null));
    let odd = offer("assign").answered("o'b\"rien@example.com").unwrap();
    assert_eq!(body(&odd), r#"{"assignedTo":"o'b\"rien@example.com"}"#);
    let actor =
        json!({ "assignedTo": { "type": "user", "id": "1", "name": "o", "email": "o'b\"rien@example.com" } });
    assert!(reads(check(&odd), &actor).0);
    assert!(offer("assign").answered(" ").is_err());
}
