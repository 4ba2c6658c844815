//! What the company tells: messages and threads, its status page, mails that are sent once.

use reqwest::Method;
use serde_json::{Value, json};

use super::Meeting;

const INCIDENTS: &str = "statuspage/v1/pages/lfstatus0001/incidents";

async fn mail(night: &Meeting, key: &str, subject: &str) -> (u16, Value) {
    let body =
        json!({ "from": "a <status@example.com>", "to": ["b@example.com"], "subject": subject, "text": "x" });
    let request =
        night.vendor(Method::POST, "resend/emails").header("idempotency-key", key).body(body.to_string());
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

#[tokio::test]
async fn slack_keeps_threads_and_answers_200_whatever_happens() {
    let night = Meeting::hasty("quiet", 1.0).await;
    let say = |body: Value| {
        let night = &night;
        async move { night.write(Method::POST, "slack/chat.postMessage", &body.to_string()).await }
    };
    let (status, first) = say(json!({ "channel": "C0LFOPS0001", "text": "down" })).await;
    assert_eq!((status, &first["ok"]), (200, &json!(true)));
    let ts = first["ts"].as_str().unwrap();
    let (_, second) = say(json!({ "channel": "#ops", "text": "up", "thread_ts": ts })).await;
    assert_eq!(second["message"]["thread_ts"], first["ts"]);
    let link = night.read(&format!("slack/chat.getPermalink?channel=C0LFOPS0001&message_ts={ts}")).await;
    assert!(link["permalink"].as_str().unwrap().contains("/archives/C0LFOPS0001/p"), "{link}");
    for (body, error) in [
        (json!({ "channel": "C0NOBODY", "text": "x" }), "channel_not_found"),
        (json!({ "channel": "#ops", "text": "" }), "no_text"),
        (json!({ "channel": "#ops", "text": "x", "thread_ts": "1.2" }), "thread_not_found"),
    ] {
        let (status, answer) = say(body).await;
        assert_eq!((status, &answer["error"]), (200, &json!(error)));
    }
    let stranger =
        night.ask(Method::POST, "/vendors/slack/chat.postMessage").body("{}").send().await.unwrap();
    assert_eq!(stranger.status(), 200);
    assert!(stranger.text().await.unwrap().contains("invalid_auth"));
    night.set("slack", json!({ "status": 429, "retry_after": 30 })).await;
    let limited = night.vendor(Method::POST, "slack/chat.postMessage").body("{}").send().await.unwrap();
    assert_eq!((limited.status().as_u16(), &limited.headers()["retry-after"]), (429, &"30".parse().unwrap()));
}

#[tokio::test]
async fn the_page_follows_an_incident_to_its_end() {
    let night = Meeting::hasty("quiet", 1.0).await;
    let body = json!({ "incident": { "name": "Slow", "status": "investigating", "body": "Looking.",
        "components": { "lfcmpshop001": "partial_outage" } } });
    let (status, made) = night.write(Method::POST, INCIDENTS, &body.to_string()).await;
    assert_eq!(status, 201, "{made}");
    let one = format!("{INCIDENTS}/{}", made["id"].as_str().unwrap());
    let open = night.read(&format!("{INCIDENTS}/unresolved")).await;
    assert_eq!(open[0]["id"], made["id"]);
    let (status, ended) =
        night.write(Method::PATCH, &one, r#"{"incident":{"status":"resolved","body":"Over."}}"#).await;
    assert_eq!((status, &ended["status"], &ended["name"]), (200, &json!("resolved"), &json!("Slow")));
    assert_eq!(night.read(&format!("{INCIDENTS}/unresolved")).await, json!([]));
    let (status, _) = night.write(Method::PATCH, &format!("{INCIDENTS}/other"), "{}").await;
    assert_eq!(status, 404);
    let (status, _) =
        night.write(Method::POST, INCIDENTS, r#"{"incident":{"name":"x","status":"solved"}}"#).await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn a_mail_is_sent_once_under_its_key() {
    let night = Meeting::hasty("quiet", 1.0).await;
    let (status, first) = mail(&night, "k1", "Closed").await;
    assert_eq!(status, 200, "{first}");
    assert_eq!(mail(&night, "k1", "Closed").await.1, first, "the same mail");
    assert_eq!(mail(&night, "k1", "Open").await.0, 409, "another text under the same key");
    assert_ne!(mail(&night, "k2", "Closed").await.1, first);
    let id = first["id"].as_str().unwrap();
    assert_eq!(night.read(&format!("resend/emails/{id}")).await["last_event"], "delivered");
}
