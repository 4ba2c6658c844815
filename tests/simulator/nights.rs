//! The nights whose trouble shows at the vendors: each becomes red, and is healed by its remedy.

use reqwest::Method;
use serde_json::{Value, json};

use super::Meeting;

const UNDELIVERED: &str = "stripe/v1/events?delivery_success=false&limit=100";
const ISSUES: &str = "sentry/api/0/organizations/lanternfish/issues/";
const ENDPOINT: &str = "webhook_endpoint=we_1QLFbilling";

fn count(issue: &Value) -> u64 {
    issue["count"].as_str().unwrap().parse().unwrap()
}

fn length(rows: &Value) -> usize {
    rows.as_array().unwrap().len()
}

/// How many errors Sentry counted in the last hour.
fn errors(series: &Value) -> u64 {
    let values = series["timeSeries"][0]["values"].as_array().unwrap();
    values.iter().map(|value| value["value"].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn stripe_events_pile_up_until_the_receiver_is_healed_and_they_are_sent_again() {
    let night = Meeting::hasty("billing-webhooks", 10.0).await;
    let settled = |list: &Value| {
        let now = list["data"].as_array().unwrap();
        now.iter().filter(|event| event["pending_webhooks"] == 1).count() >= 5
    };
    let list = night.when(UNDELIVERED, settled).await;
    let rows = list["data"].as_array().unwrap();
    let stranded = rows.last().unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(stranded, "evt_1PLFstranded0001");
    let failed = rows[rows.len() - 3]["id"].as_str().unwrap().to_owned();

    // Sentry has one alert a failure, and the newest says which event it was.
    let alert = night.read(&format!("{ISSUES}WEB-1K/")).await;
    assert_eq!(
        (&alert["title"], &alert["substatus"]),
        (&json!("alert:billing_webhook_failed"), &json!("new"))
    );
    assert!(count(&alert) >= 3, "{alert}");
    let latest = night.read(&format!("{ISSUES}6211/events/latest/")).await;
    let named = latest["context"]["eventId"].as_str().unwrap();
    let told = night.read(&format!("stripe/v1/events/{named}")).await;
    assert_eq!(latest["context"]["eventType"], told["type"]);
    assert_eq!(told["pending_webhooks"], 1);
    let spike = night.when(&format!("{ISSUES}WEB-19/"), |issue| count(issue) > 41 + 12).await;
    assert_eq!((&spike["status"], &spike["substatus"]), (&json!("unresolved"), &json!("regressed")));

    // Sent again while the receiver is broken: accepted, and not delivered.
    let retry = |id: &str| format!("stripe/v1/events/{id}/retry");
    assert_eq!(night.write(Method::POST, &retry(&failed), ENDPOINT).await.0, 200);
    let one = format!("stripe/v1/events/{failed}");
    night.pass(2).await;
    assert_eq!(night.read(&one).await["pending_webhooks"], 1);
    assert_eq!(night.status("/billing/webhook").await, 405);
    assert_eq!(night.operate(Method::POST, "/admin/restart/api", "").await, 202);
    while night.ask(Method::POST, "/billing/webhook").send().await.unwrap().status() != 200 {}

    // Without the endpoint it goes nowhere; with it, it arrives, once for each key.
    assert_eq!(night.write(Method::POST, &retry(&failed), "").await.0, 200);
    night.pass(2).await;
    assert_eq!(night.read(&one).await["pending_webhooks"], 1);
    let waiting = night.json("/checkout/health").await;
    assert_eq!(waiting["queue"], 64, "orders wait until one event comes through");
    assert_eq!(night.write(Method::POST, &retry(&failed), ENDPOINT).await.0, 200);
    night.when(&one, |event| event["pending_webhooks"] == 0).await;
    assert_eq!(night.json("/checkout/health").await["queue"], 3);

    // All the others, but the one from before the endpoint subscribed.
    for event in night.read(UNDELIVERED).await["data"].as_array().unwrap() {
        let id = event["id"].as_str().unwrap();
        assert_ne!(id, failed, "what was delivered has left the list");
        assert_eq!(night.write(Method::POST, &retry(id), ENDPOINT).await.0, 200);
    }
    let old = |list: &Value| {
        list["data"].as_array().unwrap().iter().all(|event| {
            // What has just arisen is on its way.
            event["id"] == stranded.as_str() || event["pending_webhooks"] == 1 && length(&list["data"]) <= 2
        })
    };
    let rest = night.when(UNDELIVERED, old).await;
    assert!(rest["data"].as_array().unwrap().iter().any(|event| event["id"] == stranded.as_str()));
}

#[tokio::test]
async fn a_key_that_was_used_gives_the_stored_answer_and_sends_nothing() {
    let night = Meeting::hasty("billing-webhooks", 10.0).await;
    let list = night.when(UNDELIVERED, |list| length(&list["data"]) >= 4).await;
    let id = list["data"][2]["id"].as_str().unwrap();
    let retry = || {
        let request = night.vendor(Method::POST, &format!("stripe/v1/events/{id}/retry"));
        request.header("idempotency-key", "one").body(ENDPOINT).send()
    };
    let first: Value = serde_json::from_str(&retry().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(night.operate(Method::POST, "/admin/restart/api", "").await, 202);
    while night.ask(Method::POST, "/billing/webhook").send().await.unwrap().status() != 200 {}
    let second: Value = serde_json::from_str(&retry().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(first, second);
    night.pass(2).await;
    assert_eq!(night.read(&format!("stripe/v1/events/{id}")).await["pending_webhooks"], 1);
}

#[tokio::test]
async fn a_bad_deploy_is_seen_at_sentry_and_fly_and_ends_by_a_rollback() {
    let night = Meeting::hasty("bad-deploy", 6.0).await;
    let deployments = "vercel/v6/deployments?teamId=team_LFshop&target=production";
    let before = night.read(deployments).await;
    assert_eq!(before["deployments"][0]["meta"]["githubCommitSha"], "a1b2c3");
    let live = night
        .when(deployments, |list| {
            list["deployments"][0]["meta"]["githubCommitSha"] == "d4e5f6"
                && list["deployments"][0]["state"] == "READY"
        })
        .await;
    assert_eq!(live["deployments"][0]["readySubstate"], "PROMOTED");
    let releases = night.when("fly/v1/apps/lanternfish-api/releases", |rows| rows[0]["Version"] == 42).await;
    assert_eq!(releases[0]["ImageRef"], "registry.fly.io/lanternfish-api:deployment-d4e5f6");
    let machines = "fly/v1/apps/lanternfish-api/machines";
    let critical = |rows: &Value| rows[0]["checks"][0]["status"] == "critical";
    let sick = night.when(machines, critical).await;
    assert_eq!(sick[0]["state"], "started", "the machine is up; its check is not");
    let search = format!("{ISSUES}?query=is:unresolved%20TypeError&sort=new");
    let issues = night.when(&search, |issues| length(issues) == 2).await;
    let deployed = live["deployments"][0]["ready"].as_i64().unwrap();
    for issue in issues.as_array().unwrap() {
        let first = chrono::DateTime::parse_from_rfc3339(issue["firstSeen"].as_str().unwrap()).unwrap();
        assert!(first.timestamp_millis() > deployed, "first seen after the release: {issue}");
    }
    let event = night.read(&format!("{ISSUES}WEB-1R/events/latest/")).await;
    let release = json!({ "key": "release", "value": "web@d4e5f6" });
    assert!(event["tags"].as_array().unwrap().contains(&release), "{event}");

    let rollback = "vercel/v1/projects/web/rollback/dpl_LFa1b2c3?teamId=team_LFshop";
    assert_eq!(night.write(Method::POST, rollback, "{}").await.0, 201);
    night.when(machines, |rows| !critical(rows)).await;
    let series =
        "sentry/api/0/organizations/lanternfish/events-timeseries/?dataset=errors&interval=60&statsPeriod=1h";
    let seen = |rows: &Value| rows.as_array().unwrap().iter().map(count).sum::<u64>();
    let after = seen(&night.read(&search).await);
    let total = errors(&night.read(series).await);
    night.pass(8).await;
    assert_eq!(seen(&night.read(&search).await), after, "no error is new");
    assert!(errors(&night.read(series).await) <= total + 1, "but what hums on any night");
    let project = night.read("vercel/v9/projects/web?teamId=team_LFshop").await;
    assert_eq!(project["autoAssignCustomDomains"], false);
}

#[tokio::test]
async fn restarting_a_machine_helps_the_api_and_not_the_basket() {
    let night = Meeting::hasty("bad-deploy", 20.0).await;
    let machine = "fly/v1/apps/lanternfish-api/machines/148ed127b70e89";
    night.when(machine, |one| one["checks"][0]["status"] == "critical").await;
    assert_eq!(night.write(Method::POST, &format!("{machine}/restart"), "{}").await.0, 200);
    night.when(machine, |one| one["checks"][0]["status"] == "passing").await;
    let basket = format!("{ISSUES}WEB-1R/");
    let before = count(&night.read(&basket).await);
    night.when(&basket, |issue| count(issue) > before).await;
}

#[tokio::test]
async fn the_database_fills_up_and_a_restart_empties_it() {
    let night = Meeting::hasty("database-pool", 10.0).await;
    let pool = "prometheus/api/v1/query?query=pg_connections";
    let number =
        |answer: &Value| answer["data"]["result"][0]["value"][1].as_str().unwrap().parse::<f64>().unwrap();
    assert!(number(&night.read(pool).await) < 50.0);
    let health = "supabase/v1/projects/lanternfishbooksshop/health?services=auth&services=db&services=rest";
    assert_eq!(night.read(health).await[1]["status"], "ACTIVE_HEALTHY");
    night.when(pool, |answer| number(answer) >= 100.0).await;
    let sick = night.read(health).await;
    assert_eq!((&sick[0]["healthy"], &sick[1]["status"]), (&json!(true), &json!("UNHEALTHY")));
    let logs = |sql: &str| {
        let sql: String = url::form_urlencoded::byte_serialize(sql.as_bytes()).collect();
        format!("supabase/v1/projects/lanternfishbooksshop/analytics/endpoints/logs?sql={sql}")
    };
    let edge = logs("select id, timestamp from logs where source = 'edge_logs' and toInt32OrZero(x) >= 500");
    let rows = night.when(&edge, |answer| length(&answer["result"]) > 3).await;
    assert!(rows["result"][0]["event_message"].as_str().unwrap().contains("PGRST002"), "{rows}");
    let database =
        logs("select timestamp from logs where source = 'postgres_logs' and severity in ('FATAL')");
    assert_eq!(night.read(&database).await["result"][0]["code"], "53300");
    night.when(&format!("{ISSUES}API-32/"), |issue| count(issue) > 3).await;
    let clients = night.read("prometheus/api/v1/query?query=redis_connected_clients").await;
    assert!(number(&clients) > 300.0);

    assert_eq!(night.operate(Method::POST, "/admin/restart/api", "").await, 202);
    night.when(pool, |answer| number(answer) < 30.0).await;
    assert_eq!(night.read(health).await[1]["status"], "ACTIVE_HEALTHY");
    night.until("/api/health", 200).await;
}

#[tokio::test]
async fn in_the_blackout_the_vendors_fail_in_turn_and_the_shop_does_not() {
    let night = Meeting::at("provider-blackout", 20.0).await;
    let mut seen = std::collections::BTreeSet::new();
    let path = "fly/v1/apps/lanternfish-api/machines";
    for _ in 0..400 {
        for part in ["/web/", "/api/health", "/checkout/health"] {
            assert_eq!(night.status(part).await, 200, "{part}");
        }
        let request = night.vendor(Method::GET, path).timeout(std::time::Duration::from_millis(300));
        let said = match request.send().await {
            Err(_) => "silent",
            Ok(response) if response.status() == 429 => {
                assert_eq!(response.headers()["retry-after"], "8");
                "throttled"
            }
            Ok(response) if response.status() == 500 => "broken",
            Ok(response) => match response.text().await {
                Ok(text) if text.starts_with("<!doctype") => "page",
                Ok(text) if serde_json::from_str::<Value>(&text).is_err() => "half",
                Ok(_) => "well",
                Err(_) => "silent",
            },
        };
        seen.insert(said);
        if seen.len() == 6 {
            return;
        }
    }
    panic!("only {seen:?}");
}

#[tokio::test]
async fn on_every_other_night_the_vendors_are_alive_and_quiet() {
    for scenario in ["quiet", "api-outage", "slow-burn", "flapping", "lying-toggle"] {
        let night = Meeting::hasty(scenario, 300.0).await;
        let issues = night.read(ISSUES).await;
        assert!(length(&issues) >= 2, "{scenario}: {issues}");
        let alerts = night.read(&format!("{ISSUES}?query=is:unresolved%20message:%22alert:*%22")).await;
        assert_eq!(alerts, json!([]), "{scenario}");
        // At this speed what has just arisen is delivered before anybody can ask again.
        let undelivered = night.read(UNDELIVERED).await;
        assert!(length(&undelivered["data"]) <= 1, "{scenario}: {undelivered}");
        let machines = night.read("fly/v1/apps/lanternfish-api/machines").await;
        assert!(
            machines.as_array().unwrap().iter().all(|one| one["checks"][0]["status"] == "passing"),
            "{scenario}"
        );
        let deployments = night.read("vercel/v6/deployments?teamId=team_LFshop").await;
        assert_eq!(deployments["deployments"].as_array().unwrap().len(), 5, "{scenario}");
        assert_eq!(night.read("status/api/v2/summary.json").await["status"]["indicator"], "none");
    }
}

#[tokio::test]
async fn a_long_night_has_a_dozen_events_to_send_again_and_checkout_heals_by_a_rollback() {
    let night = Meeting::hasty("long-night", 20.0).await;
    night.pass(75).await;
    // Nothing but those, and now and then one that is on its way.
    night.when(UNDELIVERED, |list| (12..=13).contains(&length(&list["data"]))).await;
    assert_eq!(night.status("/checkout/health").await, 502);
    let older = "vercel/v1/projects/web/rollback/dpl_LFa1b2c3?teamId=team_LFshop";
    assert_eq!(night.write(Method::POST, older, "{}").await.0, 201);
    while night.status("/checkout/health").await != 200 {}
}
