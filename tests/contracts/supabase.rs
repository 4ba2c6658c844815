//! Supabase: a project and its services, its logs in both dialects, its backups. Nothing is changed there.

use midwatch::domain::io::{HttpRequest, IoReply};

use crate::polling::{self, Vendor, called, good, signals};

const PROJECT: &str = include_str!("../../src/sources/supabase/fixtures/project.json");
const HEALTH: &str = include_str!("../../src/sources/supabase/fixtures/health.json");
const LOGS: &str = include_str!("../../src/sources/supabase/fixtures/logs.json");
const BACKUPS: &str = include_str!("../../src/sources/supabase/fixtures/backups.json");
const TABLE: &str = r#"
[[supabase]]
name = "database"
project = "lanternfishstudyapps"
token = { env = "SUPABASE_TOKEN" }
base_url = "{HOST}"
"#;

fn answer(operation: &str, _: &HttpRequest, _: usize) -> IoReply {
    good(&polling::json(match operation {
        "v1-get-project" => PROJECT,
        "v1-get-services-health" => HEALTH,
        "v1-list-all-backups" => BACKUPS,
        _ => LOGS,
    }))
}

fn holds(table: &str, id: &str, operations: &[&str], entries: usize) {
    let (vendor, signals) = (Vendor::of(&[("supabase", "")]), signals(table));
    let signal = called(&signals, id);
    let polled = vendor.poll(signal, &answer);
    assert_eq!(polled.operations, operations);
    assert_eq!(polled.reading.entries.len(), entries, "{:?}", polled.reading);
    assert!(vendor.offers(&polled.reading).is_empty());
    vendor.feed(signal, &answer);
}

#[test]
fn what_is_asked_for_health_is_in_the_document() {
    holds(TABLE, "database", &["v1-get-project", "v1-get-services-health"], 7);
    // Every service there is may be named.
    let all = r#"services = ["auth", "db", "db_postgres_user", "pg_bouncer", "pooler", "realtime", "rest", "storage"]"#;
    let (vendor, signals) = (Vendor::of(&[("supabase", "")]), signals(&format!("{TABLE}{all}")));
    assert_eq!(vendor.poll(called(&signals, "database"), &answer).operations.len(), 2);
}

#[test]
fn what_is_asked_for_logs_is_in_the_document() {
    holds(TABLE, "database-logs", &["v1-get-logs-clickhouse"], 5);
    let bigquery = format!("{TABLE}logs = \"bigquery\"");
    holds(&bigquery, "database-logs", &["v1-get-project-logs"; 3], 8);
}

#[test]
fn what_is_asked_for_backups_is_in_the_document() {
    holds(TABLE, "database-backups", &["v1-list-all-backups"], 3);
}
