//! A table of every source that speaks HTTP, and what its vendor answers on a good day.

use std::path::PathBuf;

use midwatch::config::{Layer, load};
use midwatch::domain::io::IoRequest;
use midwatch::domain::signal::Signal;
use midwatch::domain::time::Timestamp;
use serde_json::{Value, json};

/// How long one answer may take.
pub const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(3);

/// A source that is configured, and its vendor.
pub struct Vendor {
    /// The provider's row.
    pub source: &'static str,
    /// Its table; `{BASE}` stands for where the vendor is.
    pub table: &'static str,
    /// An error in a reply whose status is 200, as the vendor would say it.
    pub error: &'static str,
    /// The good reply to a path, at a time; `number` is another one for each request, and there is always a next
    /// page.
    pub good: fn(&str, Timestamp, u64) -> Value,
}

/// Rows of `PROVIDERS` that ask nothing, speak no HTTP, read XML, or are read by the rules of whoever wrote them.
pub const OTHERS: &[&str] = &["health", "alert", "redis", "postgres", "s3", "listen"];

/// Every other one.
pub const VENDORS: &[Vendor] = &[
    Vendor {
        source: "sentry",
        table: "[sentry]\norganization = \"lanternfish\"\ntoken = \"t\"\nbase_url = \"{BASE}\"\ntimeout = \"3s\"",
        error: r#"{"detail":"Internal Error","errorId":"7"}"#,
        good: sentry,
    },
    Vendor {
        source: "stripe",
        table: "[stripe]\nkey = \"rk_live_1\"\nbase_url = \"{BASE}\"\ntimeout = \"3s\"",
        error: r#"{"error":{"message":"Something went wrong on Stripe's end.","type":"api_error"}}"#,
        good: stripe,
    },
    Vendor {
        source: "posthog",
        table: "[[posthog]]\nname = \"posthog\"\nproject = 7\ntoken = \"t\"\nbase_url = \"{BASE}\"\ntimeout = \"3s\"",
        error: r#"{"results":[],"columns":[],"error":"Query was cancelled"}"#,
        good: |_, _, _| json!({ "results": [[1, 30]], "columns": ["failed", "completed"] }),
    },
    Vendor {
        source: "vercel",
        table: "[[vercel]]\nname = \"vercel\"\nproject = \"web\"\nteam = \"team_1\"\ntoken = \"t\"\n\
                base_url = \"{BASE}\"\ntimeout = \"3s\"",
        error: r#"{"error":{"code":"internal_server_error","message":"An unexpected error"}}"#,
        good: vercel,
    },
    Vendor {
        source: "fly",
        table: "[[fly]]\nname = \"fly\"\napp = \"lanternfish\"\ntoken = \"t\"\nbase_url = \"{BASE}\"\ntimeout = \"3s\"",
        error: r#"{"error":"unknown error"}"#,
        good: |_, _, number| json!([{ "id": format!("148e{number}"), "state": "started" }]),
    },
    Vendor {
        source: "github",
        table: "[[github]]\nname = \"github\"\nrepository = \"lanternfish/web\"\nworkflow = \"nightly.yml\"\n\
                token = \"t\"\nbase_url = \"{BASE}\"\ntimeout = \"3s\"",
        error: r#"{"message":"Server Error","documentation_url":"https://example.com"}"#,
        good: github,
    },
    Vendor {
        source: "releases",
        table: "[[releases]]\nname = \"releases\"\nurl = \"{BASE}/version\"\nversion = \"body.commit\"\n\
                timeout = \"3s\"",
        error: r#"{"error":"the version is not known"}"#,
        good: |_, _, number| json!({ "commit": format!("d4e5f6a{number}") }),
    },
    Vendor {
        source: "supabase",
        table: "[[supabase]]\nname = \"supabase\"\nproject = \"lanternfishstudyapps\"\ntoken = \"t\"\n\
                base_url = \"{BASE}\"\ntimeout = \"3s\"",
        error: r#"{"result":null,"error":{"code":500,"message":"Backend error! Retry your query."}}"#,
        good: supabase,
    },
    Vendor {
        source: "prometheus",
        table: "[[prometheus]]\nname = \"prometheus\"\nurl = \"{BASE}\"\nquery = \"up\"\nok = \"body.max > 0\"\n\
                timeout = \"3s\"",
        error: r#"{"status":"error","errorType":"execution","error":"query timed out"}"#,
        good: |_, at, _| {
            let sample = json!({ "metric": { "job": "api" }, "value": [at.millis() / 1000, "1"] });
            json!({ "status": "success", "data": { "resultType": "vector", "result": [sample] } })
        },
    },
    Vendor {
        source: "pagerduty",
        table: "[pagerduty]\ntoken = \"t\"\nbase_url = \"{BASE}\"\ntimeout = \"3s\"",
        error: r#"{"error":{"message":"Internal Server Error","code":2000}}"#,
        good: |path, _, number| {
            if path.starts_with("/oncalls") {
                return json!({ "oncalls": [] });
            }
            json!({ "incidents": [{ "id": format!("PT{number}"), "status": "triggered" }], "more": true })
        },
    },
    Vendor {
        source: "statuspage",
        table: "[[statuspage]]\nname = \"statuspage\"\nurl = \"{BASE}\"\ntimeout = \"3s\"",
        error: r#"{"error":"Page not active"}"#,
        good: |_, _, _| json!({ "status": { "indicator": "none", "description": "All Systems Operational" } }),
    },
];

fn sentry(path: &str, at: Timestamp, number: u64) -> Value {
    if path.contains("/events-timeseries/") {
        let values = json!([{ "timestamp": at.millis(), "value": 2 }]);
        return json!({ "timeSeries": [{ "values": values, "meta": { "interval": 60_000 } }] });
    }
    if path.contains("/events/latest/") {
        return json!({ "eventID": "e1" });
    }
    let now = at.rfc3339();
    json!([{
        "id": number.to_string(), "title": "alert:billing_webhook_failed", "status": "unresolved", "count": "3",
        "firstSeen": now, "lastSeen": now,
    }])
}

fn stripe(path: &str, at: Timestamp, number: u64) -> Value {
    let row = if path.starts_with("/v1/events") {
        json!({
            "id": format!("evt_{number}"), "type": "invoice.payment_failed", "created": at.millis() / 1000 - 3600,
            "livemode": true, "pending_webhooks": 1, "data": { "object": {} },
        })
    } else {
        json!({
            "id": format!("we_{number}"), "url": "https://example.com/", "status": "enabled",
            "enabled_events": ["*"], "livemode": true, "created": 1_600_000_000,
        })
    };
    json!({ "data": [row], "has_more": true })
}

fn vercel(path: &str, at: Timestamp, number: u64) -> Value {
    if path.starts_with("/v9/projects/") {
        return json!({ "id": "prj_1", "name": "web" });
    }
    let rows = (0..20).map(|row| {
        json!({
            "uid": format!("dpl_{number}_{row}"), "created": at.millis(), "state": "BUILDING",
            "target": "production",
        })
    });
    json!({ "deployments": rows.collect::<Vec<_>>(), "pagination": { "next": at.millis() } })
}

fn github(path: &str, at: Timestamp, number: u64) -> Value {
    if path.contains("/jobs") {
        return json!({ "jobs": [], "total_count": 0 });
    }
    if path.contains("/artifacts") {
        return json!({ "artifacts": [] });
    }
    let conclusion = if path.contains("status=success") { "success" } else { "failure" };
    let rows = (0..20).map(|row| {
        json!({
            "id": number * 100 + row, "status": "completed", "conclusion": conclusion, "created_at": at.rfc3339(),
            "run_started_at": at.rfc3339(), "updated_at": at.rfc3339(),
        })
    });
    json!({ "workflow_runs": rows.collect::<Vec<_>>() })
}

fn supabase(path: &str, at: Timestamp, _: u64) -> Value {
    if path.contains("/health") {
        let services = ["auth", "db", "rest", "storage", "realtime", "pooler"];
        return services.iter().map(|name| json!({ "name": name, "status": "ACTIVE_HEALTHY" })).collect();
    }
    if path.contains("/analytics/") {
        return json!({ "result": [], "error": null });
    }
    if path.contains("/backups") {
        return json!({ "backups": [{ "id": 1, "status": "COMPLETED", "inserted_at": at.rfc3339() }] });
    }
    json!({ "status": "ACTIVE_HEALTHY", "name": "Lanternfish" })
}

/// The signals of a configuration, as the program plans them.
pub fn signals(toml: &str) -> Vec<Signal> {
    let layer = Layer { name: "midwatch.toml".into(), text: toml.into(), base: PathBuf::from("/") };
    let loaded = load(&[layer], &[]);
    loaded.settings.unwrap_or_else(|| panic!("{toml}\n{:#?}", loaded.diagnostics)).signals
}

/// Every signal of every vendor that is asked by HTTP, all vendors being at `base`, each behind a path of its own.
pub fn asked(base: &str) -> Vec<Signal> {
    let tables =
        VENDORS.iter().map(|vendor| vendor.table.replace("{BASE}", &format!("{base}/{}", vendor.source)));
    let mut signals = signals(&tables.collect::<Vec<_>>().join("\n"));
    signals.retain(|signal| matches!(signal.request(), Some(IoRequest::Http(_))));
    signals
}
