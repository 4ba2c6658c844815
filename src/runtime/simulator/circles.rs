//! What Lanternfish promises its reading circles: a list is published once, a mail is sent once, and an export says
//! what it was checked by.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::{answer, refused};
use super::fault::Target;
use super::world::World;

type Shared = State<std::sync::Arc<World>>;

/// How many members a circle has: each gets a mail.
const MEMBERS: u64 = 18;
/// How many keys are remembered; more are refused, because forgetting one would do something twice.
const MOST: usize = 1_024;

/// What was published and sent, and the replies by their keys.
#[derive(Debug, Default)]
pub struct Circles {
    published: BTreeSet<String>,
    sent: BTreeSet<String>,
    replies: BTreeMap<(String, String), Value>,
}

impl Circles {
    /// The reply to `what` under `key`: the one it had before, or what `act` does now.
    fn once(&mut self, what: String, key: String, act: impl FnOnce(&mut Self) -> Value) -> Option<Value> {
        if let Some(reply) = self.replies.get(&(what.clone(), key.clone())) {
            return Some(reply.clone());
        }
        if self.replies.len() >= MOST {
            return None;
        }
        let reply = act(self);
        self.replies.insert((what, key), reply.clone());
        Some(reply)
    }

    /// A list is published once, whichever key it is asked with. The reply says whether it was already, so that one
    /// whose first reply was lost learns by asking again that it had arrived.
    fn publish(&mut self, list: &str) -> Option<Value> {
        let already = self.published.contains(list);
        if !already && self.published.len() >= MOST {
            return None;
        }
        self.published.insert(list.to_owned());
        Some(json!({ "list": list, "alreadyPublished": already }))
    }

    fn send(&mut self, circle: String, key: String) -> Option<Value> {
        self.once(format!("send {circle}"), key, |circles| {
            let first = circles.sent.insert(circle);
            let (sent, left_out) = if first { (MEMBERS, 0) } else { (0, MEMBERS) };
            json!({ "sentCount": sent, "deduplicatedCount": left_out })
        })
    }
}

/// The doors of the circles.
pub fn router() -> Router<std::sync::Arc<World>> {
    Router::new()
        .route("/api/circles/{circle}/lists/{list}/publish", post(publish))
        .route("/api/circles/{circle}/mails/send", post(send))
        .route("/api/me/circles", get(mine))
        .route("/api/exports/orders.csv", get(export))
}

async fn publish(
    State(world): Shared,
    Path((circle, list)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    keyed(&world, &headers, |circles, _| circles.publish(&format!("{circle}/{list}"))).await
}

async fn send(State(world): Shared, Path(circle): Path<String>, headers: HeaderMap) -> Response {
    keyed(&world, &headers, |circles, key| circles.send(circle, key)).await
}

/// Does what is asked under the request's key.
async fn keyed(
    world: &World,
    headers: &HeaderMap,
    act: impl FnOnce(&mut Circles, String) -> Option<Value>,
) -> Response {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let Some(key) = key.filter(|key| !key.is_empty() && key.len() <= 200) else {
        return refused(StatusCode::BAD_REQUEST, "the Idempotency-Key header is missing");
    };
    answer(world, Target::Api, |world, _| match world.circles(|circles| act(circles, key)) {
        Some(reply) => Json(reply).into_response(),
        None => refused(StatusCode::TOO_MANY_REQUESTS, "too many keys or lists; start another company"),
    })
    .await
}

async fn mine(State(world): Shared) -> Response {
    answer(&world, Target::Api, |_, _| {
        Json(json!({ "circles": [{ "id": "C-7", "name": "Night readers", "members": MEMBERS }] }))
            .into_response()
    })
    .await
}

async fn export(State(world): Shared) -> Response {
    answer(&world, Target::Api, |_, _| {
        let text = "order,placed,total\nLF-20711,2026-11-20,31.50\nLF-20712,2026-11-20,9.90\n";
        let checksum = format!("sha256:{}", hex::encode(Sha256::digest(text)));
        ([(header::CONTENT_TYPE.as_str(), "text/csv"), ("x-evidence-checksum", &checksum)], text)
            .into_response()
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_published_once_and_a_key_sends_once() {
        let mut circles = Circles::default();
        let mut publish = || circles.publish("C-7/L-1").unwrap();
        assert_eq!(publish()["alreadyPublished"], false);
        assert_eq!(publish()["alreadyPublished"], true, "who asks again learns that it had arrived");
        let mut send = |key: &str| circles.send("C-7".into(), key.into()).unwrap();
        assert_eq!(send("a"), json!({ "sentCount": 18, "deduplicatedCount": 0 }));
        assert_eq!(send("a"), json!({ "sentCount": 18, "deduplicatedCount": 0 }));
        assert_eq!(send("b"), json!({ "sentCount": 0, "deduplicatedCount": 18 }));
    }

    #[test]
    fn no_key_is_forgotten() {
        let mut circles = Circles::default();
        for key in 0..MOST {
            assert!(circles.send("C-7".into(), key.to_string()).is_some());
        }
        assert_eq!(circles.send("C-7".into(), "one more".into()), None);
        assert!(circles.send("C-7".into(), "0".into()).is_some());
    }
}
