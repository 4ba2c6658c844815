//! The company's doors: which path is answered by whom.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::answer::{answer, html, refused, well};
use super::deed::{Act, Flag};
use super::fault::{Fault, Target, Targets};
use super::world::{TooMuch, World};
use super::{EDGE_TOKEN, circles, pages, vendors};

/// The header that operators' requests carry the token in.
pub const TOKEN_HEADER: &str = "x-edge-token";
/// The header of the maintenance page, by which it is told from an outage.
pub const MAINTENANCE_HEADER: HeaderName = HeaderName::from_static("x-maintenance");

type Shared = State<Arc<World>>;

/// Every door of the company.
pub fn router(world: Arc<World>) -> Router {
    let health = |target: Target| {
        get(move |State(world): Shared| async move {
            answer(&world, target, |_, fault| well(target, fault)).await
        })
    };
    Router::new()
        .route("/", get(|| async { axum::response::Redirect::temporary("/web/") }))
        .route("/web/", get(web))
        .route("/api/health", health(Target::Api))
        .route("/checkout/health", health(Target::Checkout))
        .route("/search/health", health(Target::Search))
        .route("/mail/health", health(Target::Mail))
        .route("/images/health", health(Target::Images))
        .route("/auth/health", health(Target::Auth))
        .route("/edge/health", health(Target::Edge))
        .route("/edge/flags/maintenance", get(read_flag).put(write_flag))
        .route("/admin/restart/{part}", post(restart))
        .route("/admin/purge", post(purge))
        .route("/billing/webhook", post(billing))
        .merge(circles::router())
        .merge(vendors::router())
        .route("/observer/a", health(Target::ObserverA))
        .route("/observer/b", health(Target::ObserverB))
        .route("/ops/", get(operations))
        .fallback(async || refused(StatusCode::NOT_FOUND, "Lanternfish has no such page"))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&world), count))
        // Below the counting, so that asking for the counts changes none.
        .route("/sim/requests", get(async |State(world): Shared| axum::Json(world.requests())))
        .route("/sim/clock", get(clock))
        .route("/sim/set", post(set))
        .layer(DefaultBodyLimit::max(64 * 1024))
        .with_state(world)
}

async fn count(State(world): Shared, request: Request, next: Next) -> Response {
    world.count(request.method().as_str(), request.uri().path());
    next.run(request).await
}

async fn web(State(world): Shared) -> Response {
    answer(&world, Target::Web, |world, _| match world.state().page {
        Flag::Off => html(&pages::shop()),
        Flag::On => {
            let mut page = (StatusCode::SERVICE_UNAVAILABLE, html(&pages::maintenance())).into_response();
            page.headers_mut().insert(MAINTENANCE_HEADER, HeaderValue::from_static("on"));
            page
        }
    })
    .await
}

/// Takes what Stripe has to say; what it says is not read.
async fn billing(State(world): Shared, _: String) -> Response {
    answer(&world, Target::Billing, |_, _| axum::Json(json!({ "received": true })).into_response()).await
}

async fn read_flag(State(world): Shared) -> Response {
    answer(&world, Target::Edge, |world, _| world.state().flag.word().into_response()).await
}

async fn write_flag(State(world): Shared, headers: HeaderMap, body: String) -> Response {
    let Some(flag) = Flag::named(body.trim()) else {
        return refused(StatusCode::BAD_REQUEST, "the flag is \"on\" or \"off\"");
    };
    operate(&world, Target::Edge, &headers, |world| {
        world.set_flag(flag)?;
        Ok("ok".into_response())
    })
    .await
}

async fn restart(State(world): Shared, Path(part): Path<String>, headers: HeaderMap) -> Response {
    let target = match Target::named(&part) {
        Ok(target) => target,
        Err(message) => return refused(StatusCode::NOT_FOUND, &message),
    };
    operate(&world, Target::Admin, &headers, |world| {
        world.record(Act::Restart(target))?;
        Ok((StatusCode::ACCEPTED, axum::Json(json!({ "restarting": target.word() }))).into_response())
    })
    .await
}

async fn purge(State(world): Shared, headers: HeaderMap) -> Response {
    operate(&world, Target::Admin, &headers, |world| {
        world.record(Act::Purge)?;
        Ok(axum::Json(json!({ "purged": "edge-cache", "objects": 18_211 })).into_response())
    })
    .await
}

/// Does what an operator asks, if the request carries the token.
async fn operate(
    world: &World,
    target: Target,
    headers: &HeaderMap,
    act: impl FnOnce(&World) -> Result<Response, TooMuch>,
) -> Response {
    if headers.get(TOKEN_HEADER).is_none_or(|token| token.as_bytes() != EDGE_TOKEN.as_bytes()) {
        return refused(StatusCode::UNAUTHORIZED, "the x-edge-token header is missing or wrong");
    }
    answer(world, target, |world, _| {
        act(world).unwrap_or_else(|TooMuch| {
            refused(StatusCode::TOO_MANY_REQUESTS, "too much was done to this company; start another")
        })
    })
    .await
}

async fn operations(State(world): Shared) -> Response {
    html(&pages::operations(world.scenario(), world.elapsed(), &world.state()))
}

async fn clock(State(world): Shared) -> Response {
    let elapsed = u64::try_from(world.elapsed().as_millis()).unwrap_or(u64::MAX);
    axum::Json(json!({
        "scenario": world.scenario().name,
        "elapsed_ms": elapsed,
        "speed": world.speed(),
        "deeds": world.deeds(),
    }))
    .into_response()
}

const ONLY_TOLD: &str = "errors, releases and incidents add up over time: only a scenario can tell them";

/// Whether `fault` is more than how something is right now.
fn adds_up(fault: &Fault) -> bool {
    !fault.errors.is_empty() || fault.release.is_some() || fault.incident.is_some()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    target: Targets,
    set: Fault,
}

async fn set(State(world): Shared, body: String) -> Response {
    let read = serde_json::from_str::<Set>(&body)
        .map_err(|error| error.to_string())
        .and_then(|set| set.set.check_for(&set.target.0).map(|()| set))
        .and_then(|set| if adds_up(&set.set) { Err(ONLY_TOLD.to_owned()) } else { Ok(set) });
    match read {
        Ok(Set { target, set }) => {
            world.set(&target.0, &set);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(message) => refused(StatusCode::BAD_REQUEST, &message),
    }
}
