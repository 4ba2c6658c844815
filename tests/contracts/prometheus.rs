//! Prometheus: the one query.

use serde_json::Value;

use crate::polling::{self, Vendor, json, signals};

const VECTOR: &str = include_str!("../../src/sources/prometheus/fixtures/vector.json");
const TABLE: &str = r#"
[[prometheus]]
name = "queue"
url = "{HOST}"
query = "max by (queue) (queue_depth{job=\"api\"}) > 0"
degraded = "body.max > 50"
"#;

#[test]
fn what_is_asked_is_in_the_document() {
    let (vendor, signals) = (Vendor::of(&[("prometheus", "/api/v1")]), signals(TABLE));
    let vector: Value = json(VECTOR);
    let polled = vendor.poll(&signals[0], &|_, _, _| polling::good(&vector));
    assert_eq!(polled.operations, ["query"]);
    assert_eq!(polled.reading.entries.len(), 2, "{:?}", polled.reading);
    assert!(vendor.offers(&polled.reading).is_empty());
    vendor.feed(&signals[0], &|_, _, _| polling::good(&vector));
}
