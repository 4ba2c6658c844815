//! The company's own status page at Statuspage: incidents that are created, updated and ended.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::world::World;
use super::asked::{Asked, kept};
use super::errand::Errand;
use super::moment::Moment;
use super::told::{Told, all};
use super::{Refusal, did, iso, keys};

const PAGE: &str = "lfstatus0001";
const COMPONENTS: [&str; 3] = ["lfcmpshop001", "lfcmpcheck01", "lfcmpsearch1"];
const STATUSES: [&str; 4] = ["investigating", "identified", "monitoring", "resolved"];
const STATES: [&str; 5] =
    ["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"];

/// Answers a request.
pub fn answer(world: &World, asked: &Asked) -> Response {
    if asked.credential("oauth") != Some(keys::STATUSPAGE) {
        return error(StatusCode::UNAUTHORIZED, "Could not authenticate");
    }
    let parts = asked.parts();
    let moment = world.moment();
    match (&asked.method, parts.as_slice()) {
        (&Method::POST, ["v1", "pages", PAGE, "incidents"]) => {
            let id = format!("lfinc{:07}", moment.deeds.len());
            set(world, &moment, asked, &id, StatusCode::CREATED)
        }
        (&Method::PATCH, ["v1", "pages", PAGE, "incidents", id]) => match find(&moment, id) {
            Some(_) => set(world, &moment, asked, id, StatusCode::OK),
            None => error(StatusCode::NOT_FOUND, "incident not found"),
        },
        (&Method::GET, ["v1", "pages", PAGE, "incidents", "unresolved"]) => {
            let mut open: Vec<Value> = Vec::new();
            for told in all(&moment) {
                let Told::Page { id, .. } = told else { continue };
                let known = find(&moment, id).filter(|known| known["status"] != "resolved");
                open.extend(known.filter(|known| !open.contains(known)));
            }
            super::json(StatusCode::OK, &Value::from(open))
        }
        _ => error(StatusCode::NOT_FOUND, "page not found"),
    }
}

/// Refuses as Statuspage does: 420 stands for too much, too.
pub fn refuse(status: StatusCode, refusal: &Refusal) -> Response {
    error(status, &super::or_usual(&refusal.message, status))
}

fn error(status: StatusCode, words: &str) -> Response {
    super::json(status, &json!({ "error": words }))
}

/// The incident called `id`, as the last that was told of it left it.
fn find(moment: &Moment<'_>, id: &str) -> Option<Value> {
    let of = |told: &&Told| matches!(told, Told::Page { id: known, .. } if known == id);
    let Told::Page { name, status, body, .. } = all(moment).filter(of).last()? else { return None };
    let now = iso(moment.now());
    Some(json!({
        "id": id, "name": name, "status": status, "page_id": PAGE, "impact": "minor", "updated_at": now,
        "shortlink": format!("https://stspg.example.com/{id}"),
        "incident_updates": [{ "id": format!("{id}u"), "status": status, "body": body, "updated_at": now }],
    }))
}

fn set(world: &World, moment: &Moment<'_>, asked: &Asked, id: &str, status: StatusCode) -> Response {
    let body = asked.json();
    let incident = &body["incident"];
    let before = find(moment, id);
    let text = |name: &str| {
        let own = incident[name].as_str().map(kept).filter(|text| !text.is_empty());
        own.or_else(|| before.as_ref().and_then(|before| Some(before[name].as_str()?.to_owned())))
    };
    let Some(name) = text("name") else {
        return error(StatusCode::UNPROCESSABLE_ENTITY, "Name can't be blank");
    };
    let stands = text("status").unwrap_or_else(|| STATUSES[0].to_owned());
    if !STATUSES.contains(&stands.as_str()) {
        return error(StatusCode::UNPROCESSABLE_ENTITY, "Status is not included in the list");
    }
    let components = incident["components"].as_object();
    let wrong = |(id, state): (&String, &Value)| {
        !COMPONENTS.contains(&id.as_str()) || !state.as_str().is_some_and(|state| STATES.contains(&state))
    };
    if components.into_iter().flatten().any(wrong) {
        return error(StatusCode::UNPROCESSABLE_ENTITY, "Component not found");
    }
    let told = Told::Page { id: id.to_owned(), name, status: stands, body: text("body").unwrap_or_default() };
    did(world, Errand::Told(told), || match find(&world.moment(), id) {
        Some(incident) => super::json(status, &incident),
        None => error(StatusCode::NOT_FOUND, "incident not found"),
    })
}
