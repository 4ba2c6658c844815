//! PagerDuty: who is on call, incidents, taking and ending them, and events that open them.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::fault::Target;
use super::super::world::World;
use super::asked::{Asked, kept};
use super::errand::{Errand, PageStatus};
use super::moment::Moment;
use super::{Refusal, did, iso, keys, set};
use crate::domain::time::Timestamp;

/// An incident.
#[derive(Clone, Debug, PartialEq)]
struct Incident {
    id: String,
    number: u64,
    title: String,
    key: String,
    created: Timestamp,
    status: PageStatus,
}

fn incidents(moment: &Moment<'_>) -> Vec<Incident> {
    let mut opened: Vec<(Duration, String, String)> = Vec::new();
    for (at, fault) in moment.scenario.told(Target::PagerDuty) {
        if let Some(title) = fault.incident.as_ref().filter(|_| at <= moment.elapsed) {
            opened.push((at, format!("lanternfish:{}", opened.len()), title.clone()));
        }
    }
    let old = Incident {
        id: "PLF0001207".to_owned(),
        number: 1_207,
        title: "Search is slow".to_owned(),
        key: "lanternfish:search".to_owned(),
        created: moment.before(Duration::from_secs(12 * 24 * 3_600)),
        status: PageStatus::Resolved,
    };
    let mut incidents = vec![old];
    let open = |incidents: &mut Vec<Incident>, at: Duration, key: &str, title: &str| {
        let number = 1_207 + incidents.len() as u64;
        incidents.push(Incident {
            id: format!("PLF{number:07}"),
            number,
            title: title.to_owned(),
            key: key.to_owned(),
            created: moment.wall(at),
            status: PageStatus::Triggered,
        });
    };
    for (at, key, title) in &opened {
        open(&mut incidents, *at, key, title);
    }
    for (at, errand) in moment.errands() {
        match errand {
            Errand::Page { id, status } => {
                if let Some(incident) = incidents.iter_mut().find(|incident| incident.id == *id) {
                    incident.status = *status;
                }
            }
            Errand::Enqueue { dedup_key, summary, status } => {
                let known = incidents
                    .iter_mut()
                    .find(|incident| incident.key == *dedup_key && incident.status != PageStatus::Resolved);
                match (known, status) {
                    (None, PageStatus::Triggered) => open(&mut incidents, at, dedup_key, summary),
                    // An event for what is not open is dropped, and nobody says so.
                    (None, PageStatus::Acknowledged | PageStatus::Resolved)
                    | (Some(_), PageStatus::Triggered) => {}
                    (Some(incident), PageStatus::Acknowledged | PageStatus::Resolved) => {
                        incident.status = *status
                    }
                }
            }
            Errand::Issue { .. }
            | Errand::Retry { .. }
            | Errand::Endpoint { .. }
            | Errand::Alias { .. }
            | Errand::Machine { .. }
            | Errand::Deploy { .. }
            | Errand::Dispatch { .. }
            | Errand::Rerun { .. }
            | Errand::Told(_)
            | Errand::Note { .. } => {}
        }
    }
    incidents.sort_by_key(|incident| std::cmp::Reverse(incident.created));
    incidents
}

fn reference(kind: &str, id: &str, summary: &str) -> Value {
    let path = match kind {
        "service" => "services",
        "escalation_policy" => "escalation_policies",
        "schedule" => "schedules",
        _ => "users",
    };
    json!({
        "id": id,
        "type": format!("{kind}_reference"),
        "summary": summary,
        "self": format!("https://api.pagerduty.example.com/{path}/{id}"),
        "html_url": format!("https://lanternfish.pagerduty.example.com/{path}/{id}"),
    })
}

impl Incident {
    fn json(&self) -> Value {
        let mut assignments = Vec::new();
        let mut acknowledgements = Vec::new();
        match self.status {
            PageStatus::Triggered => {
                assignments.push(
                    json!({ "at": iso(self.created), "assignee": reference("user", "PLFUANN", "ann") }),
                );
            }
            PageStatus::Acknowledged => {
                assignments.push(
                    json!({ "at": iso(self.created), "assignee": reference("user", "PLFUANN", "ann") }),
                );
                acknowledgements.push(
                    json!({ "at": iso(self.created), "acknowledger": reference("user", "PLFUANN", "ann") }),
                );
            }
            PageStatus::Resolved => {}
        }
        json!({
            "id": self.id,
            "type": "incident",
            "summary": format!("[#{}] {}", self.number, self.title),
            "self": format!("https://api.pagerduty.example.com/incidents/{}", self.id),
            "html_url": format!("https://lanternfish.pagerduty.example.com/incidents/{}", self.id),
            "incident_number": self.number,
            "title": self.title,
            "created_at": iso(self.created),
            "status": self.status.word(),
            "incident_key": self.key,
            "urgency": "high",
            "service": reference("service", "PLFSSHOP", "Shop"),
            "assignments": assignments,
            "acknowledgements": acknowledgements,
            "escalation_policy": reference("escalation_policy", "PLFEMAIN", "Lanternfish"),
        })
    }
}

/// Answers a request.
pub fn answer(world: &World, asked: &Asked) -> Response {
    let moment = world.moment();
    let parts = asked.parts();
    if let (&Method::POST, ["v2", "enqueue"]) = (&asked.method, parts.as_slice()) {
        return enqueue(world, asked);
    }
    // `Token token=…`, as nobody else writes it.
    let token = asked.credential("token").and_then(|rest| rest.strip_prefix("token="));
    if token.map(|token| token.trim_matches('"')) != Some(keys::PAGERDUTY) {
        return error(StatusCode::UNAUTHORIZED, 2_006, "Invalid credentials", &[]);
    }
    let writes = asked.method != Method::GET;
    if writes && asked.header("from").is_none_or(|from| !from.contains('@')) {
        return error(
            StatusCode::BAD_REQUEST,
            2_100,
            "Invalid Input Provided",
            &["Requester User Not Found"],
        );
    }
    let mut response = match (&asked.method, parts.as_slice()) {
        (&Method::GET, ["incidents"]) => list(&moment, asked),
        (&Method::GET, ["incidents", id]) => match find(&moment, id) {
            Some(incident) => super::json(StatusCode::OK, &json!({ "incident": incident.json() })),
            None => missing(),
        },
        (&Method::PUT, ["incidents", id]) => change(world, &moment, asked, id),
        (&Method::POST, ["incidents", id, "notes"]) => note(world, &moment, asked, id),
        (&Method::GET, ["oncalls"]) => oncalls(asked),
        (&Method::GET, ["services"]) => paged(asked, "services", &[reference("service", "PLFSSHOP", "Shop")]),
        _ => missing(),
    };
    set(&mut response, "ratelimit-limit", "960");
    set(&mut response, "ratelimit-remaining", "951");
    set(&mut response, "ratelimit-reset", "38");
    response
}

/// Refuses as PagerDuty does.
pub fn refuse(status: StatusCode, refusal: &Refusal) -> Response {
    let code = if status == StatusCode::TOO_MANY_REQUESTS { 2_020 } else { 2_000 };
    let mut response = error(status, code, &super::or_usual(&refusal.message, status), &[]);
    if status == StatusCode::TOO_MANY_REQUESTS {
        set(&mut response, "ratelimit-remaining", "0");
        set(&mut response, "ratelimit-reset", &refusal.retry_after.unwrap_or(60).to_string());
    }
    response
}

fn error(status: StatusCode, code: u32, message: &str, errors: &[&str]) -> Response {
    super::json(status, &json!({ "error": { "code": code, "message": message, "errors": errors } }))
}

fn missing() -> Response {
    error(StatusCode::NOT_FOUND, 2_100, "Not Found", &[])
}

fn find(moment: &Moment<'_>, id: &str) -> Option<Incident> {
    incidents(moment).into_iter().find(|incident| incident.id == id || incident.number.to_string() == id)
}

/// A page of `rows`, which says whether there are more and, only if asked, how many there are.
fn paged(asked: &Asked, name: &str, rows: &[Value]) -> Response {
    let limit = asked.rows("limit", 25, 100);
    let offset = asked.one("offset").and_then(|text| text.parse().ok()).unwrap_or(0_usize);
    let shown: Vec<&Value> = rows.iter().skip(offset).take(limit).collect();
    let total = (asked.one("total") == Some("true")).then_some(rows.len());
    let mut body = json!({
        "limit": limit, "offset": offset, "total": total, "more": offset.saturating_add(limit) < rows.len(),
    });
    body[name] = json!(shown);
    super::json(StatusCode::OK, &body)
}

fn list(moment: &Moment<'_>, asked: &Asked) -> Response {
    let statuses: Vec<&str> = asked.all("statuses[]").collect();
    if statuses.iter().any(|word| PageStatus::named(word).is_none()) {
        return error(StatusCode::BAD_REQUEST, 2_001, "Invalid Input Provided", &["Statuses is invalid"]);
    }
    let is_wanted = |one: &Incident| statuses.is_empty() || statuses.contains(&one.status.word());
    let rows: Vec<Value> =
        incidents(moment).iter().filter(|one| is_wanted(one)).map(Incident::json).collect();
    paged(asked, "incidents", &rows)
}

fn change(world: &World, moment: &Moment<'_>, asked: &Asked, id: &str) -> Response {
    let Some(incident) = find(moment, id) else { return missing() };
    let body = asked.json();
    let asked_for = body["incident"]["status"].as_str().and_then(PageStatus::named);
    let status = match asked_for {
        Some(status @ (PageStatus::Acknowledged | PageStatus::Resolved)) => status,
        Some(PageStatus::Triggered) | None => {
            return error(StatusCode::BAD_REQUEST, 2_001, "Invalid Input Provided", &["Status is invalid"]);
        }
    };
    if incident.status == PageStatus::Resolved {
        return error(
            StatusCode::BAD_REQUEST,
            2_001,
            "Invalid Input Provided",
            &["Incident Already Resolved"],
        );
    }
    did(world, Errand::Page { id: incident.id.clone(), status }, || {
        match find(&world.moment(), &incident.id) {
            Some(incident) => super::json(StatusCode::OK, &json!({ "incident": incident.json() })),
            None => missing(),
        }
    })
}

fn note(world: &World, moment: &Moment<'_>, asked: &Asked, id: &str) -> Response {
    let Some(incident) = find(moment, id) else { return missing() };
    let body = asked.json();
    let Some(text) = body["note"]["content"].as_str().filter(|text| !text.is_empty()) else {
        return error(
            StatusCode::BAD_REQUEST,
            2_001,
            "Invalid Input Provided",
            &["Content cannot be empty."],
        );
    };
    did(world, Errand::Note { id: incident.id.clone() }, || {
        let note = json!({
            "id": format!("PLFN{:04}", moment.deeds.len()), "content": kept(text), "created_at": iso(moment.now()),
            "user": reference("user", "PLFUANN", "ann"),
        });
        super::json(StatusCode::CREATED, &json!({ "note": note }))
    })
}

/// Who is on call. On the first level for good, so that it begins and ends at no time.
fn oncalls(asked: &Asked) -> Response {
    let row = |level: u32, id: &str, name: &str| {
        let mut user = reference("user", id, name);
        if asked.all("include[]").any(|word| word == "users") {
            user["type"] = json!("user");
            user["name"] = json!(name);
            user["email"] = json!(format!("{name}@example.com"));
        }
        json!({
            "escalation_policy": reference("escalation_policy", "PLFEMAIN", "Lanternfish"),
            "escalation_level": level, "schedule": null, "user": user, "start": null, "end": null,
        })
    };
    let policies: Vec<&str> = asked.all("escalation_policy_ids[]").collect();
    let rows = if policies.is_empty() || policies.contains(&"PLFEMAIN") {
        vec![row(1, "PLFUANN", "ann"), row(2, "PLFUBOB", "bob")]
    } else {
        Vec::new()
    };
    paged(asked, "oncalls", &rows)
}

fn enqueue(world: &World, asked: &Asked) -> Response {
    let body = asked.json();
    let text = |value: &Value| value.as_str().map(kept).unwrap_or_default();
    let mut errors = Vec::new();
    let status = match body["event_action"].as_str() {
        Some("trigger") => Some(PageStatus::Triggered),
        Some("acknowledge") => Some(PageStatus::Acknowledged),
        Some("resolve") => Some(PageStatus::Resolved),
        Some(_) | None => {
            errors.push("'event_action' is not one of trigger, acknowledge, resolve".to_owned());
            None
        }
    };
    if body["routing_key"].as_str().is_none_or(|key| key.len() != 32) {
        errors.push("Length of 'routing_key' is incorrect (should be 32 characters)".to_owned());
    }
    if status == Some(PageStatus::Triggered) {
        let absent =
            ["summary", "source", "severity"].iter().filter(|name| text(&body["payload"][**name]).is_empty());
        errors.extend(absent.map(|name| format!("'payload.{name}' is missing or blank")));
        let severity = text(&body["payload"]["severity"]);
        if !severity.is_empty() && !["critical", "error", "warning", "info"].contains(&severity.as_str()) {
            errors.push("'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')".to_owned());
        }
    } else if body["dedup_key"].as_str().is_none_or(str::is_empty) {
        errors.push("'dedup_key' is missing or blank".to_owned());
    }
    if body["dedup_key"].as_str().is_some_and(|key| key.len() > 255) {
        errors.push("Length of 'dedup_key' is incorrect (should be up to 255 characters)".to_owned());
    }
    let invalid = |message: &str, errors: Value| {
        let body = json!({ "status": "invalid event", "message": message, "errors": errors });
        super::json(StatusCode::BAD_REQUEST, &body)
    };
    let (Some(status), true) = (status, errors.is_empty()) else {
        return invalid("Event object is invalid", json!(errors));
    };
    if body["routing_key"] != keys::PAGERDUTY_ROUTING {
        return invalid("Invalid routing key", json!([]));
    }
    let place = world.moment().deeds.len();
    let dedup_key = body["dedup_key"]
        .as_str()
        .filter(|key| !key.is_empty())
        .map_or_else(|| format!("{place:032x}"), kept);
    let errand =
        Errand::Enqueue { dedup_key: dedup_key.clone(), summary: text(&body["payload"]["summary"]), status };
    did(world, errand, || {
        let body = json!({ "status": "success", "message": "Event processed", "dedup_key": dedup_key });
        super::json(StatusCode::ACCEPTED, &body)
    })
}
