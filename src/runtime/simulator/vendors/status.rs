//! The status page of the company that hosts the shop, in the format that most vendors share. It is
//! public: nobody is asked for a token.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::fault::{Indicator, Target};
use super::super::world::World;
use super::Refusal;
use super::asked::Asked;
use super::moment::Moment;
use crate::domain::time::Timestamp;

const PAGE: &str = "lfhosting001";
const COMPONENTS: [&str; 4] = ["API", "Builds", "Edge network", "Dashboard"];

/// Answers a request.
pub fn answer(world: &World, asked: &Asked) -> Response {
    let moment = world.moment();
    let parts = asked.parts();
    let (&Method::GET, ["api", "v2", file]) = (&asked.method, parts.as_slice()) else { return missing() };
    let indicator = moment.fault(Target::Hosting).indicator.unwrap_or(Indicator::None);
    let begun = moment
        .course(Target::Hosting)
        .into_iter()
        .filter(|(fault, _)| fault.indicator == Some(indicator))
        .filter_map(|(_, spans)| Some(moment.wall(spans.last()?.start)))
        .next_back()
        .unwrap_or(moment.begun);
    let status = status(indicator);
    let (components, incidents) = (components(&moment, indicator), incidents(indicator, begun));
    let page = json!({
        "id": PAGE, "name": "Lanternfish hosting", "url": "https://status.example.com", "time_zone": "Etc/UTC",
        "updated_at": moment.now().rfc3339(),
    });
    let body = match *file {
        "summary.json" => json!({
            "page": page, "status": status, "components": components, "incidents": incidents,
            "scheduled_maintenances": [],
        }),
        "status.json" => json!({ "page": page, "status": status }),
        "components.json" => json!({ "page": page, "components": components }),
        "incidents.json" | "incidents/unresolved.json" => json!({ "page": page, "incidents": incidents }),
        _ => return missing(),
    };
    super::json(StatusCode::OK, &body)
}

/// Refuses as a status page does: with a page.
pub fn refuse(status: StatusCode, _: &Refusal) -> Response {
    let words = super::or_usual("", status);
    let mut response =
        super::super::answer::html(&format!("<!doctype html>\n<html><title>{words}</title></html>\n"));
    *response.status_mut() = status;
    response
}

fn missing() -> Response {
    refuse(StatusCode::NOT_FOUND, &Refusal::default())
}

fn status(indicator: Indicator) -> Value {
    let (word, about) = match indicator {
        Indicator::None => ("none", "All Systems Operational"),
        Indicator::Minor => ("minor", "Partially Degraded Service"),
        Indicator::Major => ("major", "Partial System Outage"),
        Indicator::Critical => ("critical", "Major Service Outage"),
    };
    json!({ "indicator": word, "description": about })
}

fn components(moment: &Moment<'_>, indicator: Indicator) -> Vec<Value> {
    let sick = match indicator {
        Indicator::None => "operational",
        Indicator::Minor => "degraded_performance",
        Indicator::Major => "partial_outage",
        Indicator::Critical => "major_outage",
    };
    let made = moment.before(Duration::from_secs(700 * 24 * 3_600)).rfc3339();
    COMPONENTS
        .iter()
        .zip(1_u32..)
        .map(|(name, position)| {
            json!({
                "id": format!("lfc{position}"), "name": name,
                "status": if position == 1 { sick } else { "operational" },
                "created_at": made, "updated_at": moment.begun.rfc3339(), "position": position,
                "description": null, "showcase": true, "start_date": null, "group_id": null, "page_id": PAGE,
                "group": false, "only_show_if_degraded": false,
            })
        })
        .collect()
}

fn incidents(indicator: Indicator, begun: Timestamp) -> Vec<Value> {
    if indicator == Indicator::None {
        return Vec::new();
    }
    let begun = begun.rfc3339();
    let impact = status(indicator)["indicator"].clone();
    vec![json!({
        "id": "lfi1", "name": "Elevated error rates in the API", "status": "investigating", "impact": impact,
        "created_at": begun, "updated_at": begun, "monitoring_at": null, "resolved_at": null,
        "shortlink": "https://stspg.example.com/lfi1", "started_at": begun, "page_id": PAGE,
        "incident_updates": [{
            "id": "lfu1", "status": "investigating", "body": "We are looking into it.", "incident_id": "lfi1",
            "created_at": begun, "updated_at": begun, "display_at": begun, "affected_components": null,
        }],
        "components": [],
    })]
}
