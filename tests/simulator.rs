//! The simulated company as a client meets it: over HTTP, on loopback, with effects.
#![expect(clippy::unwrap_used, reason = "a test ends where it meets what it did not expect")]

#[path = "simulator/doors.rs"]
mod doors;
#[path = "simulator/nights.rs"]
mod nights;
#[path = "simulator/stores.rs"]
mod stores;
#[path = "simulator/told.rs"]
mod told;
#[path = "simulator/vendors.rs"]
mod vendors;

use std::sync::Once;
use std::time::{Duration, Instant};

use midwatch::domain::condition::{Condition, Observing};
use midwatch::runtime::simulator::{
    self, Company, EDGE_TOKEN, Options, Scenario, SimulatorError, TOKEN_HEADER,
};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A company, a client, and a directory that lives as long as they do.
struct Meeting {
    company: Company,
    client: Client,
    directory: TempDir,
}

impl Meeting {
    async fn at(scenario: &str, speed: f64) -> Self {
        static CRYPTO: Once = Once::new();
        CRYPTO.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
        let directory = tempfile::tempdir().unwrap();
        let options = Options { speed, ..Options::new(directory.path()) };
        let company = Company::start(simulator::scenario(scenario).unwrap(), options).await.unwrap();
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        Self { company, client, directory }
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.company.address()))
    }

    /// The same, with vendors that answer at once: for what is over soon.
    async fn hasty(scenario: &str, speed: f64) -> Self {
        let night = Self::at(scenario, speed).await;
        night.set("vendors", json!({ "latency": "1ms", "jitter": "0ms" })).await;
        night
    }

    /// The text of a file beside the configuration.
    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name)).unwrap()
    }

    /// Asks a vendor, with its token: `path` begins with the vendor's name.
    fn vendor(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.ask(method, &format!("/vendors/{path}")).header("user-agent", "tests");
        let bearer = |name: &str| format!("Bearer {}", self.file(name));
        let authorization = match path.split('/').next().unwrap() {
            "sentry" => bearer("sentry-token"),
            "stripe" => bearer("stripe-key"),
            "vercel" => bearer("vercel-token"),
            "fly" => bearer("fly-token"),
            "supabase" => bearer("supabase-token"),
            "github" => bearer("github-token"),
            "posthog" => bearer("posthog-key"),
            "slack" => bearer("slack-token"),
            "resend" => bearer("resend-key"),
            "statuspage" => format!("OAuth {}", self.file("statuspage-key")),
            "pagerduty" => {
                let request = request.header("from", "ann@example.com");
                return request
                    .header("authorization", format!("Token token={}", self.file("pagerduty-token")));
            }
            "s3" => "AWS4-HMAC-SHA256 Credential=LANTERNFISHBACKUPS/20261125/x/s3/aws4_request, Signature=00"
                .to_owned(),
            _ => return request,
        };
        request.header("authorization", authorization)
    }

    /// The JSON of a vendor's good answer.
    async fn read(&self, path: &str) -> Value {
        let response = self.vendor(Method::GET, path).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Has a vendor do something, and gives status and body.
    async fn write(&self, method: Method, path: &str, body: impl Into<String>) -> (u16, Value) {
        let body = body.into();
        let kind =
            if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
        let request = self.vendor(method, path).header("content-type", kind).body(body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null))
    }

    /// Reads `path` until `done` is content with it.
    #[expect(clippy::disallowed_methods, reason = "a test that waits needs a deadline of its own")]
    async fn when(&self, path: &str, done: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let value = self.read(path).await;
            if done(&value) {
                return value;
            }
            assert!(Instant::now() < deadline, "{path} still reads {value:#}");
            // Asking without a pause would leave the company no time to be anything else.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until `seconds` have passed on the scenario's clock.
    async fn pass(&self, seconds: u64) {
        let elapsed = |clock: &Value| clock["elapsed_ms"].as_u64().unwrap();
        let until = elapsed(&self.json("/sim/clock").await) + seconds * 1_000;
        while elapsed(&self.json("/sim/clock").await) < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path).send().await.unwrap()
    }

    async fn status(&self, path: &str) -> u16 {
        self.get(path).await.status().as_u16()
    }

    async fn text(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    async fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path).await).unwrap()
    }

    /// Asks as an operator, with the token.
    async fn operate(&self, method: Method, path: &str, body: &'static str) -> u16 {
        let request = self.ask(method, path).header(TOKEN_HEADER, EDGE_TOKEN).body(body);
        request.send().await.unwrap().status().as_u16()
    }

    async fn set(&self, target: &str, fault: Value) {
        let body = json!({ "target": target, "set": fault }).to_string();
        let response = self.ask(Method::POST, "/sim/set").body(body).send().await.unwrap();
        assert_eq!(response.status(), 204, "{}", response.text().await.unwrap());
    }

    /// Asks for `path` until it answers `status`.
    #[expect(clippy::disallowed_methods, reason = "a test that waits needs a deadline of its own")]
    async fn until(&self, path: &str, status: u16) -> Response {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let response = self.get(path).await;
            if response.status() == status {
                return response;
            }
            assert!(Instant::now() < deadline, "{path} still answers {}", response.status());
        }
    }
}

const FLAG: &str = "/edge/flags/maintenance";

#[tokio::test]
async fn on_a_quiet_night_every_signal_of_the_configuration_is_ok() {
    let night = Meeting::at("quiet", 1.0).await;
    assert!(night.company.address().ip().is_loopback());
    let configuration: toml::Table = night.company.configuration().parse().unwrap();
    for signal in configuration["health"].as_array().unwrap() {
        let response = night.client.get(signal["url"].as_str().unwrap()).send().await.unwrap();
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        let mut observing = Observing::default()
            .number("status", status)
            .number("latency_ms", 80)
            .text("text", &text)
            .map("headers", &headers);
        if let Ok(body) = serde_json::from_str(&text) {
            observing = observing.json("body", &body);
        }
        let observed = observing.done();
        let holds = |key: &str| Condition::compile(signal[key].as_str().unwrap()).unwrap().holds(&observed);
        assert_eq!(holds("ok"), Ok(true), "{signal}");
        if signal.get("observer").is_none() {
            assert_eq!(holds("degraded"), Ok(false), "{signal}");
        }
    }
}

#[tokio::test]
async fn the_api_lists_its_providers_as_the_configuration_expects() {
    let night = Meeting::at("quiet", 1.0).await;
    let healthy = json!({ "status": "ok", "version": "a1b2c3", "providers": [
        { "name": "payments", "status": "healthy" },
        { "name": "search", "status": "healthy" },
        { "name": "mail", "status": "healthy" },
    ] });
    assert_eq!(night.json("/api/health").await, healthy);
    assert_eq!(night.json("/checkout/health").await, json!({ "status": "ok", "queue": 3 }));

    night.set("api", json!({ "provider": { "search": "degraded" } })).await;
    let body = night.json("/api/health").await;
    assert_eq!(body["status"], "degraded");
    assert_eq!(body["providers"][1]["status"], "degraded");
}

#[tokio::test]
async fn maintenance_mode_takes_effect_on_the_shop_and_ends() {
    let night = Meeting::at("quiet", 10.0).await;
    assert_eq!(night.text(FLAG).await, "off");
    assert_eq!(night.operate(Method::PUT, FLAG, "on").await, 200);
    assert_eq!(night.text(FLAG).await, "on");
    let page = night.until("/web/", 503).await;
    assert_eq!(page.headers()["x-maintenance"], "on");
    assert!(page.text().await.unwrap().contains("Back soon"));
    assert_eq!(night.status("/api/health").await, 200, "only the shop is closed");

    assert_eq!(night.operate(Method::PUT, FLAG, "off").await, 200);
    let page = night.until("/web/", 200).await;
    assert!(page.headers().get("x-maintenance").is_none());
}

#[tokio::test]
async fn without_the_token_nothing_is_done() {
    let night = Meeting::at("quiet", 1_000.0).await;
    for (method, path) in
        [(Method::PUT, FLAG), (Method::POST, "/admin/restart/api"), (Method::POST, "/admin/purge")]
    {
        let bare = night.ask(method.clone(), path).body("on").send().await.unwrap();
        assert_eq!(bare.status(), 401, "{path}");
        let wrong = night.ask(method, path).header(TOKEN_HEADER, "guess").body("on").send().await.unwrap();
        assert_eq!(wrong.status(), 401, "{path}");
    }
    assert_eq!(night.json("/sim/clock").await["deeds"], json!([]));
    assert_eq!(night.operate(Method::PUT, FLAG, "maybe").await, 400);
    assert_eq!(night.operate(Method::POST, "/admin/restart/moon", "").await, 404);
    assert_eq!(night.text(FLAG).await, "off");
}

#[tokio::test]
async fn the_lying_toggle_says_yes_reads_yes_and_does_nothing_until_the_cache_is_purged() {
    let night = Meeting::at("lying-toggle", 1_000.0).await;
    assert_eq!(night.operate(Method::PUT, FLAG, "on").await, 200);
    assert_eq!(night.text(FLAG).await, "on");
    for _ in 0..5 {
        assert_eq!(night.status("/web/").await, 200, "the shop stays open");
    }
    assert_eq!(night.operate(Method::POST, "/admin/purge", "").await, 200);
    night.until("/web/", 503).await;
}

#[tokio::test]
async fn a_toggle_can_be_told_to_forget() {
    let night = Meeting::at("quiet", 1_000.0).await;
    night.set("edge", json!({ "toggle": "forgets" })).await;
    assert_eq!(night.operate(Method::PUT, FLAG, "on").await, 200);
    assert_eq!(night.text(FLAG).await, "off");
    assert_eq!(night.status("/web/").await, 200);
}

#[tokio::test]
async fn the_outage_ends_by_a_restart_behind_the_maintenance_page() {
    let night = Meeting::at("api-outage", 200.0).await;
    let broken = night.until("/api/health", 503).await;
    let body: Value = serde_json::from_str(&broken.text().await.unwrap()).unwrap();
    assert_eq!(body["version"], "d4e5f6");

    assert_eq!(night.operate(Method::PUT, FLAG, "on").await, 200);
    night.until("/web/", 503).await;
    assert_eq!(night.status("/api/health").await, 503, "the page alone heals nothing");
    assert_eq!(night.operate(Method::POST, "/admin/restart/api", "").await, 202);
    night.until("/api/health", 200).await;
    assert_eq!(night.operate(Method::PUT, FLAG, "off").await, 200);
    night.until("/web/", 200).await;
    assert_eq!(night.status("/api/health").await, 200);
}

#[tokio::test]
async fn requests_are_counted_and_asking_for_the_counts_is_not() {
    let night = Meeting::at("quiet", 1.0).await;
    night.get("/web/").await;
    night.get("/web/").await;
    night.operate(Method::PUT, FLAG, "on").await;
    night.get("/nowhere").await;
    night.json("/sim/requests").await;
    let counts = json!({ "GET /web/": 2, "PUT /edge/flags/maintenance": 1, "GET /nowhere": 1 });
    assert_eq!(night.json("/sim/requests").await, counts);
}

#[tokio::test]
async fn faults_can_be_set_at_once_and_taken_back() {
    let night = Meeting::at("quiet", 1.0).await;
    night.set("mail", json!({ "status": 500, "body": "<not json>" })).await;
    let response = night.get("/mail/health").await;
    assert_eq!((response.status().as_u16(), response.text().await.unwrap().as_str()), (500, "<not json>"));
    night.set("mail", json!({})).await;
    assert_eq!(night.json("/mail/health").await, json!({ "status": "ok" }));

    let typo = json!({ "target": "mial", "set": {} }).to_string();
    let response = night.ask(Method::POST, "/sim/set").body(typo).send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert!(response.text().await.unwrap().contains("did you mean"));
}

#[tokio::test]
async fn a_broken_connection_loses_the_answer_and_not_the_deed() {
    let night = Meeting::at("quiet", 1_000.0).await;
    night.set("edge", json!({ "reset": true })).await;
    let request = night.ask(Method::PUT, FLAG).header(TOKEN_HEADER, EDGE_TOKEN).body("on");
    let lost = match request.send().await {
        Ok(response) => response.text().await.is_err(),
        Err(_) => true,
    };
    assert!(lost, "an answer came through");
    night.set("edge", json!({})).await;
    assert_eq!(night.text(FLAG).await, "on");
}

#[tokio::test]
async fn a_hanging_part_ends_with_the_company() {
    let night = Meeting::at("quiet", 1.0).await;
    night.set("search", json!({ "hang": true })).await;
    let hanging = tokio::spawn(night.ask(Method::GET, "/search/health").send());
    while night.json("/sim/requests").await.get("GET /search/health").is_none() {}
    assert!(!hanging.is_finished());

    let (address, client) = (night.company.address(), night.client.clone());
    night.company.stop().await;
    let ended = match hanging.await.unwrap() {
        Ok(response) => response.text().await.is_err(),
        Err(_) => true,
    };
    assert!(ended, "a hanging request was answered");
    let closed = client.get(format!("http://{address}/web/")).send().await.unwrap_err();
    assert!(closed.is_connect(), "{closed:?}");
}

#[tokio::test]
async fn the_files_it_names_are_there() {
    let night = Meeting::at("quiet", 1.0).await;
    let configuration: toml::Table = night.company.configuration().parse().unwrap();
    let runbook = configuration["console"]["runbooks"][0].as_str().unwrap();
    assert!(std::fs::read_to_string(runbook).unwrap().contains("`MAINTENANCE_MODE=true`"));
    let toggle = &configuration["action"][0];
    let token = toggle["on"]["headers"][TOKEN_HEADER]["file"].as_str().unwrap();
    assert_eq!(std::fs::read_to_string(token).unwrap(), EDGE_TOKEN);
    assert!(std::path::Path::new(token).starts_with(night.directory.path()));
}

#[cfg(unix)]
#[tokio::test]
async fn the_scripts_run_where_they_stand() {
    let night = Meeting::at("quiet", 1.0).await;
    let run = |line: &str| {
        std::process::Command::new("sh")
            .args(["-c", line])
            .current_dir(night.directory.path())
            .output()
            .unwrap()
    };
    assert!(String::from_utf8(run("sh releases.sh").stdout).unwrap().starts_with("d4e5f6"));
    assert!(String::from_utf8(run("sh order.sh LF-20711").stdout).unwrap().contains("LF-20711"));
    assert_eq!(run("sh order.sh '; rm -rf .'").status.code(), Some(2));
}

#[tokio::test]
async fn what_cannot_be_started_is_said_in_words() {
    let night = Meeting::at("quiet", 1.0).await;
    let scenario: &Scenario = simulator::scenario("quiet").unwrap();
    let taken = night.company.address().port();
    let options = Options { port: Some(taken), ..Options::new(night.directory.path()) };
    let error = Company::start(scenario, options).await.unwrap_err();
    assert!(matches!(error, SimulatorError::Listen { .. }), "{error}");
    assert!(error.to_string().starts_with(&format!("cannot listen on 127.0.0.1:{taken}: ")), "{error}");

    for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let options = Options { speed, ..Options::new(night.directory.path()) };
        let error = Company::start(scenario, options).await.unwrap_err();
        assert!(error.to_string().contains("not a number above 0"), "{error}");
    }
}
