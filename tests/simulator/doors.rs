//! Each vendor's door: the shape of what it answers, who is let in, and the ways it can fail.

use midwatch::domain::time::Timestamp;
use midwatch::runtime::simulator::{self, Company, Options};
use reqwest::Method;
use serde_json::{Value, json};

use super::Meeting;

/// A reading of every vendor, with the status that comes without a token.
const DOORS: [(&str, u16); 11] = [
    ("sentry/api/0/organizations/lanternfish/issues/", 401),
    ("stripe/v1/events", 401),
    ("vercel/v6/deployments?teamId=team_LFshop", 403),
    ("fly/v1/apps/lanternfish-api/machines", 401),
    ("supabase/v1/projects/lanternfishbooksshop/health?services=db", 401),
    ("github/repos/lanternfish/shop/actions/runs", 401),
    ("pagerduty/incidents", 401),
    ("s3/lanternfish-backups?list-type=2", 403),
    // These two are asked without any token in the world as well.
    ("status/api/v2/summary.json", 200),
    ("prometheus/api/v1/query?query=up", 200),
    ("pagerduty/oncalls", 401),
];

/// Asserts that `answer` has every key of `sample`, with a value of the same kind. Null is of any kind,
/// and one element stands for all unless they differ in kind.
fn same_shape(sample: &Value, answer: &Value, place: &str) {
    match (sample, answer) {
        (Value::Object(sample), Value::Object(answer)) => {
            for (key, value) in sample {
                assert!(answer.contains_key(key), "{place}.{key} is missing");
                same_shape(value, &answer[key], &format!("{place}.{key}"));
            }
        }
        (Value::Array(sample), Value::Array(answer))
            if sample
                .windows(2)
                .any(|pair| std::mem::discriminant(&pair[0]) != std::mem::discriminant(&pair[1])) =>
        {
            assert_eq!(sample.len(), answer.len(), "{place}");
            sample
                .iter()
                .zip(answer)
                .for_each(|(sample, one)| same_shape(sample, one, &format!("{place}[]")));
        }
        (Value::Array(sample), Value::Array(answer)) => {
            if let Some(sample) = sample.first() {
                assert!(!answer.is_empty(), "{place} is empty");
                answer.iter().for_each(|one| same_shape(sample, one, &format!("{place}[]")));
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (sample, answer) => assert_eq!(
            std::mem::discriminant(sample),
            std::mem::discriminant(answer),
            "{place}: {sample} and {answer}"
        ),
    }
}

fn sample(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn every_door_answers_in_its_vendors_shape() {
    let night = Meeting::at("billing-webhooks", 40.0).await;
    let organization = "sentry/api/0/organizations/lanternfish";
    // Something of everything has happened by then.
    night.when("pagerduty/incidents?statuses[]=triggered", |value| value["incidents"] != json!([])).await;
    let cases = [
        (
            format!("{organization}/issues/?query=message:%22alert:*%22"),
            include_str!("samples/sentry_issues.json"),
        ),
        (format!("{organization}/issues/6211/events/latest/"), include_str!("samples/sentry_event.json")),
        (
            format!("{organization}/events-timeseries/?dataset=errors&interval=60&statsPeriod=1h"),
            include_str!("samples/sentry_timeseries.json"),
        ),
        ("stripe/v1/events?type=invoice.*".to_owned(), include_str!("samples/stripe_events.json")),
        ("stripe/v1/webhook_endpoints".to_owned(), include_str!("samples/stripe_endpoints.json")),
        (
            "vercel/v6/deployments?slug=lanternfish&projectId=web&target=production".to_owned(),
            include_str!("samples/vercel_deployments.json"),
        ),
        ("fly/v1/apps/lanternfish-api/machines".to_owned(), include_str!("samples/fly_machines.json")),
        ("fly/v1/apps/lanternfish-api/releases".to_owned(), include_str!("samples/fly_releases.json")),
        (
            "supabase/v1/projects/lanternfishbooksshop/health?services=auth".to_owned(),
            include_str!("samples/supabase_health.json"),
        ),
        (
            "supabase/v1/projects/lanternfishbooksshop/database/backups".to_owned(),
            include_str!("samples/supabase_backups.json"),
        ),
        (
            "supabase/v1/projects/lanternfishbooksshop/analytics/endpoints/logs?sql=from%20edge_logs"
                .to_owned(),
            include_str!("samples/supabase_logs.json"),
        ),
        ("pagerduty/incidents".to_owned(), include_str!("samples/pagerduty_incidents.json")),
        ("pagerduty/oncalls?earliest=true".to_owned(), include_str!("samples/pagerduty_oncalls.json")),
        (
            "prometheus/api/v1/query?query=pg_connections".to_owned(),
            include_str!("samples/prometheus_query.json"),
        ),
    ];
    for (path, text) in cases {
        same_shape(&sample(text), &night.read(&path).await, &path);
    }
    night.set("hosting", json!({ "indicator": "minor" })).await;
    let summary = night.read("status/api/v2/summary.json").await;
    same_shape(&sample(include_str!("samples/statuspage_summary.json")), &summary, "status");
    assert_eq!(summary["status"]["indicator"], "minor");

    let query = json!({ "query": { "kind": "HogQLQuery", "query":
        "select toStartOfFiveMinutes(timestamp) b, count() n from events where event='i_request_failed' \
         and timestamp > now() - interval 1 hour group by b order by b" } });
    let (status, body) =
        night.write(Method::POST, "posthog/api/projects/310/query/", query.to_string()).await;
    assert_eq!(status, 200);
    same_shape(&sample(include_str!("samples/posthog_query.json")), &body, "posthog");
    assert!((10..=12).contains(&body["results"].as_array().unwrap().len()), "{body}");
}

#[tokio::test]
async fn numbers_and_times_have_their_vendors_types() {
    let night = Meeting::at("quiet", 1.0).await;
    let issues = night.read("sentry/api/0/organizations/lanternfish/issues/").await;
    assert!(issues[0]["count"].is_string());
    assert!(issues[0]["lastSeen"].as_str().unwrap().ends_with("000Z"));
    let event = &night.read("stripe/v1/events").await["data"][0];
    let seconds = event["created"].as_i64().unwrap();
    let deployments = night.read("vercel/v6/deployments?teamId=team_LFshop").await;
    let millis = deployments["deployments"][0]["created"].as_i64().unwrap();
    assert!((millis / 1_000 - seconds).abs() < 4 * 3_600, "{millis} and {seconds}");
    let value =
        &night.read("prometheus/api/v1/query?query=pg_connections").await["data"]["result"][0]["value"];
    assert!(value[0].is_f64() && value[1].is_string(), "{value}");
    let oncall = &night.read("pagerduty/oncalls").await["oncalls"][0];
    assert!(oncall["end"].is_null() && oncall["escalation_level"].is_number());
    // It is open, and that is all that can be said about its members.
    let incidents = night.read("pagerduty/incidents?statuses[]=triggered&statuses[]=acknowledged").await;
    assert_eq!(incidents["incidents"], json!([]), "nobody was paged on a quiet night");
    assert_eq!((&incidents["more"], &incidents["total"]), (&json!(false), &Value::Null));
}

#[tokio::test]
async fn what_is_said_is_dated_by_the_clock_that_was_given() {
    let night = Meeting::hasty("quiet", 1.0).await;
    let then = Timestamp::from_millis(1_787_019_000_000);
    let options = Options { now: then, ..Options::new(night.directory.path()) };
    let company = Company::start(simulator::scenario("quiet").unwrap(), options).await.unwrap();
    let url = format!(
        "http://{}/vendors/vercel/v6/deployments?slug=lanternfish&target=production",
        company.address()
    );
    let request = night.client.get(url).bearer_auth(night.file("vercel-token"));
    let list: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(list["deployments"][0]["created"], then.millis() - 26 * 3_600_000);
    company.stop().await;
}

#[tokio::test]
async fn nobody_comes_in_without_the_token() {
    let night = Meeting::at("quiet", 1.0).await;
    for (path, status) in DOORS {
        let path = format!("/vendors/{path}");
        let bare = night.ask(Method::GET, &path).header("user-agent", "tests").send().await.unwrap();
        assert_eq!(bare.status(), status, "{path}");
        let wrong = night.ask(Method::GET, &path).header("user-agent", "tests").bearer_auth("guess");
        assert_eq!(wrong.send().await.unwrap().status(), status, "{path} with a wrong token");
        let response = night.vendor(Method::GET, path.trim_start_matches("/vendors/")).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path} with the token");
    }
    let bare = night.ask(Method::POST, "/vendors/posthog/api/projects/310/query/").body("{}");
    let bare = bare.send().await.unwrap();
    assert_eq!(bare.status(), 401);
    let problem: Value = serde_json::from_str(&bare.text().await.unwrap()).unwrap();
    assert_eq!(problem["type"], "authentication_error");

    let bare = |path: &str| night.ask(Method::GET, &format!("/vendors/{path}")).send();
    let problem = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let said = problem(bare("stripe/v1/events").await.unwrap().text().await.unwrap());
    assert_eq!(said["error"]["type"], "invalid_request_error");
    let said = problem(bare("pagerduty/incidents").await.unwrap().text().await.unwrap());
    assert!(said["error"]["code"].is_number(), "{said}");
    let said = bare("s3/lanternfish-backups?list-type=2").await.unwrap().text().await.unwrap();
    assert!(said.contains("<Code>AccessDenied</Code>"), "{said}");
    let said = bare("github/repos/lanternfish/shop/actions/runs").await.unwrap();
    assert_eq!(said.status(), 403, "without a user agent GitHub does not even look");
    assert!(said.text().await.unwrap().contains("User-Agent"));
    // Basic authorisation is the other way in that Stripe has.
    let basic =
        night.ask(Method::GET, "/vendors/stripe/v1/events").basic_auth(night.file("stripe-key"), Some(""));
    assert_eq!(basic.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn every_door_can_be_told_to_fail_in_its_own_words() {
    let night = Meeting::at("quiet", 1.0).await;
    night.set("vendors", json!({ "status": 429, "retry_after": 7, "latency": "1ms" })).await;
    for (path, _) in DOORS {
        let response = night.vendor(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 429, "{path}");
        assert_eq!(response.headers()["retry-after"], "7", "{path}");
        let (headers, text) = (response.headers().clone(), response.text().await.unwrap());
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        match path.split('/').next().unwrap() {
            "sentry" => {
                assert!(body.is_string(), "{text}");
                assert_eq!(headers["x-sentry-rate-limit-remaining"], "0");
            }
            "stripe" => assert_eq!(body["error"]["code"], "rate_limit"),
            "vercel" => assert_eq!(body["error"]["code"], "rate_limited"),
            "supabase" => assert_eq!(headers["x-ratelimit-reset"], "7", "seconds that are left"),
            "pagerduty" => assert_eq!(headers["ratelimit-reset"], "7"),
            "github" => assert!(body["message"].as_str().unwrap().contains("secondary rate limit")),
            "s3" => assert!(text.contains("SlowDown")),
            _ => {}
        }
    }
    night.set("vendors", json!({ "lies": "html" })).await;
    let page = night.vendor(Method::GET, DOORS[0].0).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    night.set("vendors", json!({ "lies": "truncated" })).await;
    for (path, _) in DOORS {
        let response = night.vendor(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let text = response.text().await.unwrap();
        assert!(serde_json::from_str::<Value>(&text).is_err(), "{path} is whole: {text}");
    }
    night.set("vendors", json!({})).await;
    assert_eq!(night.vendor(Method::GET, DOORS[0].0).send().await.unwrap().status(), 200);

    let told = json!({ "target": "stripe", "set": { "errors": { "basket_price": 3 } } }).to_string();
    let refused = night.ask(Method::POST, "/sim/set").body(told).send().await.unwrap();
    assert!(refused.text().await.unwrap().contains("only sentry has `errors`"));
}

#[tokio::test]
async fn the_configuration_leads_to_every_door() {
    let night = Meeting::at("quiet", 1.0).await;
    let table: toml::Table = night.company.vendors().parse().unwrap();
    let whole = night.company.configuration();
    assert!(whole.parse::<toml::Table>().is_ok(), "the two parts go together");
    let base = format!("http://{}/vendors/", night.company.address());
    for name in ["sentry", "stripe", "vercel", "fly", "supabase", "github", "pagerduty", "posthog"] {
        let section = table[name].as_array().map_or(&table[name], |rows| &rows[0]);
        assert!(section["base_url"].as_str().unwrap().starts_with(&format!("{base}{name}")));
    }
    assert_eq!(table["statuspage"][0]["url"].as_str().unwrap(), format!("{base}status"));
    for row in table["channel"].as_array().unwrap() {
        let base_url = row.get("base_url").and_then(toml::Value::as_str);
        assert!(base_url.is_none_or(|url| url.starts_with(&base)), "{row}");
    }
    let asked = table.iter().filter(|(name, _)| *name != "channel");
    for row in asked.flat_map(|(_, section)| section.as_array().into_iter().flatten()) {
        assert!(humantime::parse_duration(row["every"].as_str().unwrap()).unwrap().as_secs() <= 60, "{row}");
    }
}
