//! Stripe: events, whether they were delivered, endpoints, and sending an event again.

pub mod ledger;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::fault::Target;
use super::super::world::World;
use super::asked::{Asked, kept};
use super::errand::Errand;
use super::moment::Moment;
use super::{Refusal, did, keys, seconds};
use ledger::{ENDPOINT, Event, KINDS, OLD_ENDPOINT};

/// Answers a request.
pub fn answer(world: &World, asked: &Asked) -> Response {
    match key(asked) {
        None => {
            return error(
                StatusCode::UNAUTHORIZED,
                &json!({ "message": "You did not provide an API key.", "type": "invalid_request_error" }),
            );
        }
        Some(key) if key != keys::STRIPE => {
            return error(
                StatusCode::UNAUTHORIZED,
                &json!({ "message": "Invalid API Key provided", "type": "invalid_request_error" }),
            );
        }
        Some(_) => {}
    }
    let moment = world.moment();
    match (&asked.method, asked.parts().as_slice()) {
        (&Method::GET, ["v1", "events"]) => list(&moment, asked),
        (&Method::GET, ["v1", "events", id]) => match find(&moment, id) {
            Some(event) => super::json(StatusCode::OK, &event.json()),
            None => missing("notification", id, "id"),
        },
        (&Method::POST, ["v1", "events", id, "retry"]) => retry(world, &moment, id, asked),
        (&Method::GET, ["v1", "webhook_endpoints"]) => {
            let data = [endpoint(&moment, ENDPOINT), endpoint(&moment, OLD_ENDPOINT)];
            let list =
                json!({ "object": "list", "url": "/v1/webhook_endpoints", "has_more": false, "data": data });
            super::json(StatusCode::OK, &list)
        }
        (&Method::GET, ["v1", "webhook_endpoints", id]) => match known_endpoint(id) {
            Some(id) => super::json(StatusCode::OK, &endpoint(&moment, id)),
            None => missing("webhook_endpoint", id, "webhook_endpoint"),
        },
        (&Method::POST, ["v1", "webhook_endpoints", id]) => change_endpoint(world, &moment, id, asked),
        _ => error(
            StatusCode::NOT_FOUND,
            &json!({
                "message": format!("Unrecognized request URL ({}: /{}).", asked.method, asked.path.join("/")),
                "type": "invalid_request_error",
            }),
        ),
    }
}

/// Refuses as Stripe does.
pub fn refuse(status: StatusCode, refusal: &Refusal) -> Response {
    let mut problem = if status == StatusCode::TOO_MANY_REQUESTS {
        json!({ "message": "Request rate limit exceeded.", "type": "invalid_request_error", "code": "rate_limit" })
    } else if status.is_server_error() {
        json!({ "message": "An unknown error occurred.", "type": "api_error" })
    } else {
        json!({ "message": super::or_usual("", status), "type": "invalid_request_error" })
    };
    if !refusal.message.is_empty() {
        problem["message"] = Value::from(refusal.message.clone());
    }
    error(status, &problem)
}

fn error(status: StatusCode, problem: &Value) -> Response {
    super::json(status, &json!({ "error": problem }))
}

fn missing(what: &str, id: &str, param: &str) -> Response {
    error(
        StatusCode::NOT_FOUND,
        &json!({
            "code": "resource_missing",
            "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
            "message": format!("No such {what}: '{}'", kept(id)),
            "param": param,
            "type": "invalid_request_error",
        }),
    )
}

fn invalid(param: &str, message: &str) -> Response {
    error(
        StatusCode::BAD_REQUEST,
        &json!({ "message": message, "param": param, "type": "invalid_request_error" }),
    )
}

/// The key, as bearer or as the user of basic authorisation.
fn key(asked: &Asked) -> Option<String> {
    if let Some(key) = asked.credential("bearer") {
        return Some(key.to_owned());
    }
    let basic = asked.credential("basic")?;
    // There is one key, so what it looks like as basic authorisation need not be taken apart.
    let expected =
        [format!("{}:", keys::STRIPE), keys::STRIPE.to_owned()].map(|text| base64(text.as_bytes()));
    Some(if expected.iter().any(|text| text == basic) { keys::STRIPE.to_owned() } else { basic.to_owned() })
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let joined =
            chunk.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS.get((joined >> (18 - 6 * place) & 63) as usize).copied().unwrap_or(b'=');
            text.push(if place > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

fn find(moment: &Moment<'_>, id: &str) -> Option<Event> {
    ledger::events(moment).into_iter().find(|event| event.id == id)
}

fn list(moment: &Moment<'_>, asked: &Asked) -> Response {
    if let Some(limit) =
        asked.one("limit").filter(|text| !text.parse().is_ok_and(|n: u32| (1..=100).contains(&n)))
    {
        return invalid("limit", &format!("Invalid integer: {}", kept(limit)));
    }
    let delivered = match asked.one("delivery_success") {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(word) => return invalid("delivery_success", &format!("Invalid boolean: {}", kept(word))),
    };
    let types: Vec<&str> =
        asked.query.iter().filter(|(key, _)| key.starts_with("types[")).map(|(_, v)| v.as_str()).collect();
    if asked.one("type").is_some() && !types.is_empty() {
        return invalid("types", "You may only specify one of these parameters: type, types.");
    }
    let bound = |name: &str| asked.number(&format!("created[{name}]"));
    let (above, from, below, to) = (bound("gt"), bound("gte"), bound("lt"), bound("lte"));
    let mut events: Vec<Event> = ledger::events(moment)
        .into_iter()
        .rev()
        .filter(|event| delivered.is_none_or(|wanted| event.delivered == wanted))
        .filter(|event| asked.one("type").is_none_or(|pattern| matches(pattern, event.kind)))
        .filter(|event| types.is_empty() || types.iter().any(|pattern| matches(pattern, event.kind)))
        .filter(|event| {
            let created = seconds(event.created);
            above.is_none_or(|bound| created > bound)
                && from.is_none_or(|bound| created >= bound)
                && below.is_none_or(|bound| created < bound)
                && to.is_none_or(|bound| created <= bound)
        })
        .collect();
    let place = |name: &str| asked.one(name).map(|id| (id, events.iter().position(|event| event.id == id)));
    let (after, before) = (place("starting_after"), place("ending_before"));
    let limit = asked.rows("limit", 10, 100);
    let mut more = false;
    match (after, before) {
        (Some((id, None)), _) => return missing("notification", id, "starting_after"),
        (_, Some((id, None))) => return missing("notification", id, "ending_before"),
        (Some((_, Some(position))), _) => {
            events.drain(..=position);
        }
        (None, Some((_, Some(position)))) => {
            // The page that ends just before it: the oldest of what is newer.
            events.truncate(position);
            more = events.len() > limit;
            events.drain(..events.len().saturating_sub(limit));
        }
        (None, None) => {}
    }
    let data: Vec<Value> = events.iter().take(limit).map(Event::json).collect();
    let more = more || events.len() > limit;
    super::json(
        StatusCode::OK,
        &json!({ "object": "list", "url": "/v1/events", "has_more": more, "data": data }),
    )
}

/// Whether a type that may end in a star means `kind`.
fn matches(pattern: &str, kind: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == kind, |start| kind.starts_with(start))
}

fn retry(world: &World, moment: &Moment<'_>, id: &str, asked: &Asked) -> Response {
    let Some(event) = find(moment, id) else { return missing("notification", id, "id") };
    let form = asked.form();
    let endpoint = form.iter().find(|(name, _)| name == "webhook_endpoint").map(|(_, value)| value.as_str());
    if let Some(id) = endpoint.filter(|id| known_endpoint(id).is_none()) {
        return missing("webhook_endpoint", id, "webhook_endpoint");
    }
    let key = asked.header("idempotency-key").map(kept);
    let earlier = moment.errands().find_map(|(at, errand)| {
        let Errand::Retry { event, key: used, .. } = errand else { return None };
        (used.is_some() && *used == key).then(|| (at, event.clone()))
    });
    if let Some((at, first)) = earlier {
        if first != id {
            let message = "Keys for idempotent requests can only be used with the same parameters they were \
                           first used with.";
            return error(
                StatusCode::BAD_REQUEST,
                &json!({ "message": message, "type": "idempotency_error" }),
            );
        }
        // The stored answer, and nothing is sent.
        let then = find(&moment.at(at), id).unwrap_or(event);
        return super::json(StatusCode::OK, &then.json());
    }
    let receiver = moment.fault(Target::Billing);
    let turns_away = receiver.status.is_some_and(|status| !(200..300).contains(&status))
        || receiver.hang == Some(true)
        || receiver.reset == Some(true);
    // An event from before the endpoint subscribed goes nowhere, and nobody says so.
    let subscribed = endpoint == Some(ENDPOINT) && seconds(event.created) >= created(moment, ENDPOINT);
    let reached = subscribed && is_enabled(moment, ENDPOINT) && !turns_away;
    let errand = Errand::Retry { event: id.to_owned(), endpoint: endpoint.map(str::to_owned), key, reached };
    did(world, errand, || super::json(StatusCode::OK, &event.json()))
}

fn known_endpoint(id: &str) -> Option<&'static str> {
    [ENDPOINT, OLD_ENDPOINT].into_iter().find(|known| *known == id)
}

/// When an endpoint was made.
fn created(moment: &Moment<'_>, id: &str) -> i64 {
    let days = if id == ENDPOINT { 6 } else { 900 };
    seconds(moment.begun) - days * 24 * 3_600
}

fn is_enabled(moment: &Moment<'_>, id: &str) -> bool {
    let last = moment.errands().rev().find_map(|(_, errand)| {
        let Errand::Endpoint { id: changed, enabled } = errand else { return None };
        (changed == id).then_some(*enabled)
    });
    last.unwrap_or(id == ENDPOINT)
}

fn endpoint(moment: &Moment<'_>, id: &str) -> Value {
    let (kinds, url, about) = if id == ENDPOINT {
        let kinds: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
        (kinds, "https://lanternfish.example.com/billing/webhook", Some("orders and invoices"))
    } else {
        (vec!["*"], "https://old.lanternfish.example.com/hooks/stripe", None)
    };
    json!({
        "id": id,
        "object": "webhook_endpoint",
        "api_version": null,
        "application": null,
        "created": created(moment, id),
        "description": about,
        "enabled_events": kinds,
        "livemode": true,
        "metadata": {},
        "status": if is_enabled(moment, id) { "enabled" } else { "disabled" },
        "url": url,
    })
}

fn change_endpoint(world: &World, moment: &Moment<'_>, id: &str, asked: &Asked) -> Response {
    let Some(own) = known_endpoint(id) else {
        return missing("webhook_endpoint", id, "webhook_endpoint");
    };
    let form = asked.form();
    let enabled = match form.iter().find(|(name, _)| name == "disabled").map(|(_, value)| value.as_str()) {
        Some("false") => true,
        Some("true") => false,
        Some(other) => return invalid("disabled", &format!("Invalid boolean: {}", kept(other))),
        None => return super::json(StatusCode::OK, &endpoint(moment, own)),
    };
    did(world, Errand::Endpoint { id: own.to_owned(), enabled }, || {
        super::json(StatusCode::OK, &endpoint(&world.moment(), own))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_authorisation_is_base64() {
        assert_eq!(base64(b"any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
        assert_eq!(base64(b"any carnal pleasu"), "YW55IGNhcm5hbCBwbGVhc3U=");
        assert_eq!(base64(b"any carnal pleasur"), "YW55IGNhcm5hbCBwbGVhc3Vy");
    }
}
