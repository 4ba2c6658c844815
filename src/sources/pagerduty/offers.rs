//! What can be done in PagerDuty, as exact requests.

use std::time::Duration;

use serde_json::json;

use super::asked;
use super::wire::Incident;
use crate::domain::action::Risk;
use crate::domain::condition::Condition;
use crate::domain::io::{IoRequest, Value, segment};
use crate::domain::offer::{BLANK, Blank, BlankKind, Call, Check, ONCE, Offer};
use crate::domain::setting::Table;
use crate::sources::{effects, table};

/// Stands in an event's document where the routing key goes.
const KEY: &str = "‹routing key›";

/// To acknowledge and to resolve `incident`; nothing where its id cannot stand in a request: an empty one would
/// name every incident.
pub(super) fn of(incident: &Incident, table: &Table, timeout: Duration) -> Vec<Offer> {
    if !effects::is_plain(&incident.id) {
        return Vec::new();
    }
    let mut offers = Vec::new();
    if !incident.is_acknowledged() {
        let about = [
            "Stops the escalation: whoever acknowledged it is expected to work on it.",
            "PagerDuty takes it back where the service's acknowledgement time-out says so.",
        ];
        offers.extend(set(incident, table, timeout, ("acknowledge", "acknowledged"), about));
    }
    let about = [
        "Nobody is paged for it any more. What is wrong stays wrong.",
        "It is not opened again from here: if the trouble comes back, that is a new incident.",
    ];
    offers.extend(set(incident, table, timeout, ("resolve", "resolved"), about));
    offers
}

fn set(
    incident: &Incident,
    table: &Table,
    timeout: Duration,
    (verb, status): (&'static str, &'static str),
    about: [&str; 2],
) -> Option<Offer> {
    let path = format!("/incidents/{}", segment(&incident.id));
    let from = table.text("from").unwrap_or_default();
    let mut request = asked(table, "PUT", &path, &[], timeout)?;
    request.headers.push(("from".into(), Value::Plain(from.into())));
    let body = json!({ "incident": { "type": "incident_reference", "status": status } });
    let check = asked(table, "GET", &path, &[], timeout)?;
    // What was acknowledged may be resolved before it is looked at.
    let when = format!("body.incident.status == '{status}' or body.incident.status == 'resolved'");
    let call = Call {
        key: incident.id.clone(),
        title: format!("{verb} {}", incident.name()),
        request: IoRequest::Http(table::with_json(request, &body)),
        expect: None,
        check: Some(Check {
            request: IoRequest::Http(check),
            when: Condition::compile(&when).ok()?,
            fails: None,
            every: Duration::from_secs(2),
            within: Duration::from_secs(30),
        }),
    };
    Some(Offer {
        about: about.map(str::to_owned).to_vec(),
        refused: from
            .is_empty()
            .then(|| "PagerDuty wants to know who does it: set from in [pagerduty]".into()),
        ..Offer::one(verb, Risk::Change, call)
    })
}

/// To page whoever is on call for the service of the routing key.
pub(super) fn trigger(table: &Table, timeout: Duration) -> Option<Offer> {
    let base = table.text("events_url").unwrap_or("https://events.pagerduty.com");
    // The same for one confirmation: sent twice, it is one alert.
    let dedup = format!("midwatch-{ONCE}");
    let event = json!({
        "routing_key": KEY,
        "event_action": "trigger",
        "dedup_key": dedup,
        "payload": { "summary": BLANK, "source": "midwatch", "severity": "critical" },
        "client": "Midwatch",
    });
    let key = table.value("routing_key");
    let mut request =
        table::with_json(table::request("POST", base, "/v2/enqueue", &[], Vec::new(), timeout), &event);
    request.body = Some(within(&event.to_string(), key));
    let query = [("incident_key", dedup.as_str()), ("date_range", "all")];
    let check = asked(table, "GET", "/incidents", &query, timeout)?;
    let call = Call {
        key: "trigger".into(),
        title: format!("trigger: {BLANK}"),
        request: IoRequest::Http(request),
        expect: Some(Condition::compile("body.status == 'success'").ok()?),
        check: Some(Check {
            request: IoRequest::Http(check),
            when: Condition::compile("body.incidents | length > 0").ok()?,
            fails: None,
            every: Duration::from_secs(5),
            within: Duration::from_secs(60),
        }),
    };
    Some(Offer {
        about: vec![
            "Pages whoever is on call for the service that the routing key belongs to.".into(),
            "That PagerDuty accepts the event is not yet a page: the incident it opens is looked for by its key."
                .into(),
            "The key in dedup_key goes on record with the request: resolving takes the incident, or that key.".into(),
        ],
        blank: Some(Blank {
            label: "what is wrong, in one line".into(),
            suggested: String::new(),
            kind: BlankKind::Text,
        }),
        refused: key.is_none().then(|| "there is no key to trigger with: set routing_key in [pagerduty]".into()),
        ..Offer::one("trigger", Risk::Change, call)
    })
}

/// `document` with `key` where it goes: a secret by name stays one.
fn within(document: &str, key: Option<&Value>) -> Value {
    let (before, after) = document.split_once(KEY).unwrap_or((document, ""));
    match key {
        None => Value::Plain(document.to_owned()),
        Some(Value::Plain(text)) => {
            let text = serde_json::Value::from(text.as_str()).to_string();
            let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default();
            Value::Plain(format!("{before}{inner}{after}"))
        }
        Some(Value::Secret { prefix, secret }) => Value::Around {
            before: format!("{before}{prefix}"),
            secret: secret.clone(),
            after: after.to_owned(),
        },
        Some(Value::Around { before: inner, secret, after: end }) => Value::Around {
            before: format!("{before}{inner}"),
            secret: secret.clone(),
            after: format!("{end}{after}"),
        },
    }
}
