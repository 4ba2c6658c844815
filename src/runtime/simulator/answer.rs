//! From a fault to an answer: how long it takes, whether it comes, and what it says.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::chance::chance;
use super::fault::{Fault, Provider, Standing, Target};
use super::world::World;

/// How a request fares, decided before anything is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Fate {
    /// How long it takes; never, if `None`.
    pub delay: Option<Duration>,
    /// Whether the connection breaks in the middle of the answer.
    pub breaks: bool,
    /// The status it is answered with, if not well.
    pub failure: Option<StatusCode>,
}

/// Decides how answer number `position` of `target` fares.
pub fn fate(fault: &Fault, target: Target, seed: u64, position: u64) -> Fate {
    // One stream of numbers a target and a question, so that no question changes another's answer.
    let ask = |question: u64| chance(seed, target as u64 * 8 + question, position);
    let pace = fault.latency.map_or(target.pace(), |latency| latency.0);
    let spread = fault.jitter.map_or(pace / 3, |jitter| jitter.0);
    let mut delay = pace.saturating_add(spread.mul_f64(ask(0)));
    // One request in forty is slow, as behind every real service.
    if ask(1) < 0.025 {
        delay = delay.saturating_add(pace.saturating_mul(2));
    }
    let share = fault.fail_rate.unwrap_or(if fault.status.is_some() { 1.0 } else { 0.0 });
    let failure = (ask(2) < share)
        .then(|| fault.status.unwrap_or(503))
        .and_then(|status| StatusCode::from_u16(status).ok())
        .filter(|status| *status != StatusCode::OK);
    Fate {
        delay: (!fault.hang.unwrap_or(false)).then_some(delay),
        breaks: fault.reset.unwrap_or(false),
        failure,
    }
}

/// Answers for `target` as its fault wants: `well` makes the answer and does what was asked, and is
/// not called if the request fails or hangs.
pub async fn answer(
    world: &World,
    target: Target,
    well: impl FnOnce(&World, &Fault) -> Response,
) -> Response {
    let (fault, position) = world.next_answer(target);
    let fate = fate(&fault, target, world.seed(), position);
    world.wait(fate.delay).await;
    let Some(_) = fate.delay else {
        // Only the company's end brings anybody here.
        return broken(Bytes::new());
    };
    let mut response = match fate.failure {
        Some(status) => failed(world, target, status, &fault),
        None => well(world, &fault),
    };
    if let Some(lie) = fault.lies {
        response = super::vendors::lie(response, lie).await;
    }
    if let Some(body) = &fault.body {
        *response.body_mut() = Body::from(body.clone());
    }
    if fate.breaks { broken(Bytes::from_static(b"{\"status\":")) } else { response }
}

/// A response whose connection breaks after `first`.
fn broken(first: Bytes) -> Response {
    let parts =
        [Ok(first), Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "told to break here"))];
    let mut response = Response::new(Body::from_stream(futures_util::stream::iter(parts)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn failed(world: &World, target: Target, status: StatusCode, fault: &Fault) -> Response {
    if target == Target::Web {
        return (status, html(&super::pages::sorry())).into_response();
    }
    super::vendors::failed(world, target, status, fault)
        .unwrap_or_else(|| (status, axum::Json(health(target, fault, "error"))).into_response())
}

/// The health of `target` on a day on which it can answer.
pub fn well(target: Target, fault: &Fault) -> Response {
    let sick = fault.provider.values().any(|standing| *standing != Standing::Healthy);
    axum::Json(health(target, fault, if sick { "degraded" } else { "ok" })).into_response()
}

fn health(target: Target, fault: &Fault, follows: &str) -> Value {
    let status = fault.says.as_deref().unwrap_or(follows);
    match target {
        Target::Api => {
            let providers: Vec<Value> = Provider::ALL
                .iter()
                .map(|provider| {
                    let standing = fault.provider.get(provider).copied().unwrap_or(Standing::Healthy);
                    json!({ "name": provider.word(), "status": standing.word() })
                })
                .collect();
            let version = fault.version.as_deref().unwrap_or("a1b2c3");
            json!({ "status": status, "version": version, "providers": providers })
        }
        Target::Checkout => json!({ "status": status, "queue": fault.queue.unwrap_or(3) }),
        Target::Web
        | Target::Edge
        | Target::Search
        | Target::Mail
        | Target::Images
        | Target::Auth
        | Target::Admin
        | Target::ObserverA
        | Target::ObserverB
        | Target::Billing
        | Target::Database
        | Target::Sentry
        | Target::Stripe
        | Target::Vercel
        | Target::Fly
        | Target::Supabase
        | Target::GitHub
        | Target::PagerDuty
        | Target::Hosting
        | Target::Prometheus
        | Target::PostHog
        | Target::Backups
        | Target::Redis
        | Target::Slack
        | Target::Statuspage
        | Target::Resend => json!({ "status": status }),
    }
}

/// A page.
pub fn html(page: &str) -> Response {
    axum::response::Html(page.to_owned()).into_response()
}

/// An answer with nothing in it, because there is nothing to say.
pub fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// An answer in words for a request that cannot be done.
pub fn refused(status: StatusCode, message: &str) -> Response {
    (status, axum::Json(json!({ "error": message }))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Fault {
        toml::from_str(text).unwrap()
    }

    fn failures(fault: &Fault) -> usize {
        (0..1_000).filter(|position| fate(fault, Target::Api, 1, *position).failure.is_some()).count()
    }

    #[test]
    fn a_good_day_never_fails_and_wanders_about_its_pace() {
        let delays: Vec<Duration> = (0..1_000)
            .map(|position| fate(&Fault::default(), Target::Api, 1, position).delay.unwrap())
            .collect();
        assert_eq!(failures(&Fault::default()), 0);
        assert!(delays.iter().all(|delay| *delay >= Target::Api.pace()));
        assert!(delays.iter().all(|delay| *delay < Target::Api.pace() * 4));
        let slow = delays.iter().filter(|delay| **delay > Target::Api.pace() * 2).count();
        assert!((10..50).contains(&slow), "{slow} of 1,000 are slow");
    }

    #[test]
    fn the_share_of_failures_is_the_one_that_was_told() {
        assert_eq!(failures(&told("status = 503")), 1_000);
        assert_eq!(failures(&told("status = 200")), 0);
        let share = failures(&told("fail_rate = 0.3"));
        assert!((250..350).contains(&share), "{share} of 1,000");
    }

    #[test]
    fn a_told_latency_replaces_the_pace() {
        let fate = fate(&told("latency = \"3s\"\njitter = \"0s\""), Target::Checkout, 1, 1);
        assert_eq!(fate.delay, Some(Duration::from_secs(3)));
        assert_eq!(super::fate(&told("hang = true"), Target::Checkout, 1, 1).delay, None);
    }
}
