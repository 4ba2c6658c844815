//! What can be done at each vendor, and how what is read then shows it.

use reqwest::Method;
use serde_json::{Value, json};

use super::Meeting;

const SENTRY: &str = "sentry/api/0/organizations/lanternfish/issues/";
const PRODUCTION: &str = "vercel/v9/projects/web?teamId=team_LFshop";

fn names<'a>(rows: &'a Value, key: &str) -> Vec<&'a str> {
    rows.as_array().unwrap().iter().filter_map(|row| row[key].as_str()).collect()
}

#[tokio::test]
async fn sentry_searches_pages_and_says_whether_there_is_more() {
    let night = Meeting::hasty("quiet", 1.0).await;
    let all = night.read(&format!("{SENTRY}?query=")).await;
    let unresolved = night.read(SENTRY).await;
    assert!(unresolved.as_array().unwrap().len() < all.as_array().unwrap().len());
    assert!(unresolved.as_array().unwrap().iter().all(|issue| issue["status"] == "unresolved"));
    let alerts = night.read(&format!("{SENTRY}?query=message:%22alert:*%22")).await;
    assert_eq!(names(&alerts, "title"), ["alert:error_spike"], "the resolved one of last week");
    let tag = night.read(&format!("{SENTRY}?query=alert:error_spike")).await;
    assert_eq!(tag, json!([]), "without quotes it is a tag, and nobody set it");
    let warnings = night.read(&format!("{SENTRY}?query=is:unresolved%20level:warning&project=web")).await;
    assert_eq!(names(&warnings, "shortId"), ["WEB-0X"]);

    let mut path = format!("{SENTRY}?query=&limit=2");
    let mut seen = Vec::new();
    loop {
        let response = night.vendor(Method::GET, &path).send().await.unwrap();
        let link = response.headers()["link"].to_str().unwrap().to_owned();
        assert_eq!(response.headers()["x-hits"], all.as_array().unwrap().len().to_string().as_str());
        let rows: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        seen.extend(names(&rows, "id").into_iter().map(str::to_owned));
        let (_, next) = link.split_once("rel=\"next\"; ").unwrap();
        if next.starts_with("results=\"false\"") {
            break;
        }
        let cursor = next.rsplit_once("cursor=\"").unwrap().1.trim_end_matches('"');
        path = format!("{SENTRY}?query=&limit=2&cursor={cursor}");
    }
    assert_eq!(seen, names(&all, "id"));

    for (query, status) in
        [("query=message:%22alert", 400), ("sort=colour", 400), ("statsPeriod=soon", 400), ("project=9", 403)]
    {
        let response = night.vendor(Method::GET, &format!("{SENTRY}?{query}")).send().await.unwrap();
        assert_eq!(response.status(), status, "{query}");
        let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert!(body["detail"].is_string(), "{body}");
    }
    let bare = SENTRY.trim_end_matches('/');
    let response = night.vendor(Method::GET, bare).send().await.unwrap();
    assert_eq!(response.status(), 404, "the slash at the end is part of the name");
    assert!(response.text().await.unwrap().starts_with("<!doctype html>"));
}

#[tokio::test]
async fn sentry_resolves_ignores_and_assigns_and_what_is_seen_again_is_open_again() {
    // A minute a second: the issue that hums is seen again after four of them.
    let night = Meeting::hasty("quiet", 60.0).await;
    let one = format!("{SENTRY}5871/");
    let (status, body) =
        night.write(Method::PUT, &one, r#"{"status":"resolved","assignedTo":"ann@example.com"}"#).await;
    assert_eq!(
        (status, &body["status"], &body["assignedTo"]["type"]),
        (200, &json!("resolved"), &json!("user"))
    );
    assert_eq!(night.read(&one).await["status"], "resolved");
    let (_, body) = night.write(Method::PUT, &one, r#"{"status":"ignored","assignedTo":null}"#).await;
    assert_eq!(
        (&body["substatus"], &body["assignedTo"]),
        (&json!("archived_until_escalating"), &Value::Null)
    );
    let (status, body) = night.write(Method::PUT, &one, r#"{"status":"solved"}"#).await;
    assert_eq!(status, 400, "{body}");

    let humming = format!("{SENTRY}WEB-0X/");
    let (_, body) = night.write(Method::PUT, &humming, r#"{"status":"resolved"}"#).await;
    let before: u64 = body["count"].as_str().unwrap().parse().unwrap();
    let again = night.when(&humming, |issue| issue["status"] == "unresolved").await;
    assert_eq!(again["substatus"], "regressed");
    assert!(again["count"].as_str().unwrap().parse::<u64>().unwrap() > before);
    night.write(Method::PUT, &humming, r#"{"status":"resolvedInNextRelease"}"#).await;
    let kept = night.read(&humming).await;
    assert_eq!(
        (&kept["status"], &kept["statusDetails"]),
        (&json!("resolved"), &json!({ "inNextRelease": true }))
    );

    let (status, _) = night.write(Method::PUT, &format!("{SENTRY}?id=1"), r#"{"status":"resolved"}"#).await;
    assert_eq!(status, 204, "nothing has that number");
    let (status, _) = night.write(Method::PUT, &format!("{SENTRY}?query="), r#"{"status":"resolved"}"#).await;
    assert_eq!(status, 200, "without a number it is all of them");
}

#[tokio::test]
async fn stripe_pages_through_events_and_knows_its_endpoints() {
    let night = Meeting::hasty("quiet", 1.0).await;
    let mut path = "stripe/v1/events?limit=15".to_owned();
    let mut seen: Vec<(i64, String)> = Vec::new();
    loop {
        let page = night.read(&path).await;
        let rows = page["data"].as_array().unwrap();
        seen.extend(
            rows.iter().map(|row| (row["created"].as_i64().unwrap(), row["id"].as_str().unwrap().to_owned())),
        );
        if page["has_more"] == false {
            break;
        }
        path = format!("stripe/v1/events?limit=15&starting_after={}", seen.last().unwrap().1);
    }
    assert!(seen.len() >= 40, "{}", seen.len());
    assert!(seen.iter().rev().is_sorted_by_key(|(created, _)| created), "newest first");
    let middle = seen[20].0;
    let later = night.read(&format!("stripe/v1/events?limit=100&created[gte]={middle}")).await;
    assert!(later["data"].as_array().unwrap().iter().all(|row| row["created"].as_i64().unwrap() >= middle));
    let before = night.read(&format!("stripe/v1/events?limit=3&ending_before={}", seen[20].1)).await;
    assert_eq!(
        names(&before["data"], "id"),
        seen[17..20].iter().map(|(_, id)| id.as_str()).collect::<Vec<_>>()
    );
    for row in night.read("stripe/v1/events?type=invoice.payment_failed").await["data"].as_array().unwrap() {
        assert!(row["data"]["object"]["amount_due"].as_i64().unwrap() > 0, "{row}");
    }

    let (status, body) =
        night.write(Method::POST, "stripe/v1/events/evt_gone/retry", "webhook_endpoint=we_1QLFbilling").await;
    assert_eq!((status, &body["error"]["message"]), (404, &json!("No such notification: 'evt_gone'")));
    let endpoints = night.read("stripe/v1/webhook_endpoints").await;
    assert_eq!(names(&endpoints["data"], "status"), ["enabled", "disabled"]);
    let old = "stripe/v1/webhook_endpoints/we_1PLFlegacy";
    let (_, body) = night.write(Method::POST, old, "disabled=false").await;
    assert_eq!(body["status"], "enabled");
    assert_eq!(night.read(old).await["status"], "enabled");
    for bad in ["limit=0", "delivery_success=maybe", "type=a&types[]=b"] {
        let response = night.vendor(Method::GET, &format!("stripe/v1/events?{bad}")).send().await.unwrap();
        assert_eq!(response.status(), 400, "{bad}");
    }
}

#[tokio::test]
async fn vercel_rolls_back_in_steps_and_then_assigns_nothing_by_itself() {
    let night = Meeting::hasty("quiet", 2.0).await;
    let candidates = night.read("vercel/v6/deployments?teamId=team_LFshop&rollbackCandidate=true").await;
    assert_eq!(names(&candidates["deployments"], "uid"), ["dpl_LF97c0de", "dpl_LF5ea1ed"]);
    let project = night.read(PRODUCTION).await;
    assert_eq!(
        (&project["lastAliasRequest"], &project["autoAssignCustomDomains"]),
        (&Value::Null, &json!(true))
    );

    let rollback = |to: &str| format!("vercel/v1/projects/web/rollback/{to}?teamId=team_LFshop");
    let (status, _) = night.write(Method::POST, &rollback("dpl_LFb0a7ed"), "{}").await;
    assert_eq!(status, 422, "a preview was never in production");
    let (status, _) = night.write(Method::POST, &rollback("dpl_nowhere"), "{}").await;
    assert_eq!(status, 404);
    let (status, _) = night.write(Method::POST, &rollback("dpl_LF97c0de"), "{}").await;
    assert_eq!(status, 201);
    let request = &night.read(PRODUCTION).await["lastAliasRequest"];
    let expected: Value = serde_json::from_str(include_str!("samples/vercel_alias_request.json")).unwrap();
    assert!(
        expected["lastAliasRequest"].as_object().unwrap().keys().all(|key| request.get(key).is_some()),
        "{request}"
    );
    assert_eq!((&request["type"], &request["jobStatus"]), (&json!("rollback"), &json!("pending")));
    let (status, body) = night.write(Method::POST, &rollback("dpl_LF5ea1ed"), "{}").await;
    assert_eq!((status, &body["error"]["code"]), (409, &json!("conflict")));
    night.when(PRODUCTION, |project| project["lastAliasRequest"]["jobStatus"] == "in-progress").await;
    let done =
        night.when(PRODUCTION, |project| project["lastAliasRequest"]["jobStatus"] == "succeeded").await;
    assert_eq!(done["targets"]["production"]["id"], "dpl_LF97c0de");
    assert_eq!(done["autoAssignCustomDomains"], false);

    let promote = "vercel/v10/projects/web/promote/dpl_LFa1b2c3?teamId=team_LFshop";
    assert_eq!(night.write(Method::POST, promote, "{}").await.0, 201);
    let back = night.when(PRODUCTION, |project| project["autoAssignCustomDomains"] == true).await;
    assert_eq!(back["targets"]["production"]["meta"]["githubCommitSha"], "a1b2c3");

    let page = night.read("vercel/v6/deployments?slug=lanternfish&limit=2").await;
    let next = page["pagination"]["next"].as_i64().unwrap();
    let rest = night.read(&format!("vercel/v6/deployments?slug=lanternfish&limit=100&until={next}")).await;
    assert_eq!(rest["deployments"].as_array().unwrap().len(), 3);
    let other = night.vendor(Method::GET, "vercel/v6/deployments?teamId=team_other").send().await.unwrap();
    assert_eq!(other.status(), 403);
    let without = night.vendor(Method::GET, "vercel/v6/deployments").send().await.unwrap();
    assert_eq!(without.status(), 404, "the project belongs to a team");
}

#[tokio::test]
async fn machines_restart_one_by_one() {
    let night = Meeting::hasty("quiet", 2.0).await;
    let machine = "fly/v1/apps/lanternfish-api/machines/148ed127b70e89";
    assert_eq!(night.read(machine).await["checks"][0]["status"], "passing");
    assert_eq!(
        night.write(Method::POST, &format!("{machine}/restart"), "{}").await,
        (200, json!({ "ok": true }))
    );
    let starting = night.read(machine).await;
    assert_eq!((&starting["state"], &starting["events"][0]["type"]), (&json!("starting"), &json!("restart")));
    night.when(machine, |machine| machine["state"] == "started").await;
    night.write(Method::POST, &format!("{machine}/stop"), "{}").await;
    night.when(machine, |machine| machine["state"] == "stopped").await;
    let rows = night.read("fly/v1/apps/lanternfish-api/machines").await;
    assert_eq!(names(&rows, "state"), ["stopped", "started", "started"]);
    let (status, body) =
        night.write(Method::POST, "fly/v1/apps/lanternfish-api/machines/x/restart", "{}").await;
    assert_eq!((status, body), (404, json!({ "error": "machine not found: 'x'", "status": "unknown" })));
}

#[tokio::test]
async fn a_workflow_is_started_runs_and_ends() {
    let night = Meeting::hasty("quiet", 10.0).await;
    let runs = "github/repos/lanternfish/shop/actions/workflows/audit.yml/runs";
    let before = night.read(&format!("{runs}?branch=main&per_page=5")).await;
    assert_eq!(before["workflow_runs"].as_array().unwrap().len(), 5);
    assert_eq!(before["workflow_runs"][0]["conclusion"], "success");
    let dispatch = "github/repos/lanternfish/shop/actions/workflows/audit.yml/dispatches";
    let (status, details) =
        night.write(Method::POST, dispatch, r#"{"ref":"main","return_run_details":true}"#).await;
    assert_eq!(status, 200);
    let expected: Value = serde_json::from_str(include_str!("samples/github_dispatch.json")).unwrap();
    assert!(expected.as_object().unwrap().keys().all(|key| details.get(key).is_some()), "{details}");
    let run = format!("github/repos/lanternfish/shop/actions/runs/{}", details["workflow_run_id"]);
    assert_eq!(night.read(&run).await["conclusion"], Value::Null);
    let done = night.when(&run, |run| run["status"] == "completed").await;
    assert_eq!((&done["conclusion"], &done["event"]), (&json!("success"), &json!("workflow_dispatch")));
    let jobs = night.read(&format!("{run}/jobs")).await;
    assert_eq!((&jobs["total_count"], &jobs["jobs"][0]["conclusion"]), (&json!(1), &json!("success")));
    assert_eq!(night.write(Method::POST, dispatch, r#"{"ref":"main"}"#).await.0, 204);
    assert_eq!(night.write(Method::POST, dispatch, r#"{"ref":"nowhere"}"#).await.0, 422);
    assert_eq!(night.write(Method::POST, &format!("{run}/rerun-failed-jobs"), "{}").await.0, 201);
    assert_eq!(night.read(&run).await["run_attempt"], 2);

    let first = night.vendor(Method::GET, &run).send().await.unwrap();
    night.when(&run, |run| run["status"] == "completed").await;
    let settled = night.vendor(Method::GET, &run).send().await.unwrap();
    assert_ne!(first.headers()["etag"], settled.headers()["etag"]);
    let tag = settled.headers()["etag"].clone();
    let same = night.vendor(Method::GET, &run).header("if-none-match", tag).send().await.unwrap();
    assert_eq!(same.status(), 304);
}

#[tokio::test]
async fn an_incident_is_opened_taken_and_ended() {
    let night = Meeting::hasty("quiet", 1.0).await;
    let key = night.file("pagerduty-routing-key");
    let event = |action: &str, more: Value| {
        let mut event = json!({ "routing_key": key, "event_action": action, "dedup_key": "lf:1" });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event.to_string()
    };
    let enqueue = "pagerduty/v2/enqueue";
    let (status, _) = night.write(Method::POST, enqueue, event("resolve", json!({}))).await;
    assert_eq!(status, 202, "an event for what is not open is dropped without a word");
    let (status, body) = night
        .write(
            Method::POST,
            enqueue,
            event(
                "trigger",
                json!({ "payload": {
        "summary": "Baskets are empty", "source": "tests" } }),
            ),
        )
        .await;
    assert_eq!((status, &body["errors"]), (400, &json!(["'payload.severity' is missing or blank"])));
    let payload =
        json!({ "payload": { "summary": "Baskets are empty", "source": "tests", "severity": "error" } });
    let (status, body) = night.write(Method::POST, enqueue, event("trigger", payload)).await;
    assert_eq!((status, &body["dedup_key"]), (202, &json!("lf:1")));

    let open = night.read("pagerduty/incidents?statuses[]=triggered").await;
    let id = open["incidents"][0]["id"].as_str().unwrap();
    assert_eq!(open["incidents"][0]["title"], "Baskets are empty");
    let one = format!("pagerduty/incidents/{id}");
    let take = r#"{"incident":{"type":"incident_reference","status":"acknowledged"}}"#;
    let bare = night.ask(Method::PUT, &format!("/vendors/{one}")).body(take);
    let bare = bare.header("authorization", format!("Token token={}", night.file("pagerduty-token")));
    assert_eq!(bare.send().await.unwrap().status(), 400, "who asks must be said");
    let (status, body) = night.write(Method::PUT, &one, take).await;
    assert_eq!((status, &body["incident"]["status"]), (200, &json!("acknowledged")));
    let (status, _) =
        night.write(Method::POST, &format!("{one}/notes"), r#"{"note":{"content":"looking"}}"#).await;
    assert_eq!(status, 201);
    night.write(Method::POST, enqueue, event("resolve", json!({}))).await;
    assert_eq!(night.read(&one).await["incident"]["status"], "resolved");
    assert_eq!(night.write(Method::PUT, &one, take).await.0, 400, "it is over");
    let paged = night.read("pagerduty/incidents?limit=1").await;
    assert_eq!(paged["more"], true);
}
