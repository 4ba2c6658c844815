//! S3 as a source: pages of a bucket over HTTP. That requests are signed as they should be is the rim's to prove.

use std::sync::{Arc, Mutex};

use midwatch::domain::io::Reason;
use midwatch::domain::reading::{Health, Reading};
use serde_json::json;

use super::polled::*;
use super::servers::{answering, io, response};
use super::stores::free_port;

fn table(endpoint: &str, more: &str) -> String {
    format!(
        "[[s3]]\nname = \"backups\"\nendpoint = \"{endpoint}\"\nbucket = \"backups\"\nregion = \"eu-1\"\n\
         access_key = \"AKIDLANTERNFISH\"\nsecret_key = \"s3cr3t-and-long\"\n{more}"
    )
}

/// So many hours ago, and a little more: two clocks are not one.
fn ago(hours: i64) -> String {
    #[expect(clippy::disallowed_methods, reason = "a backup is made by the wall clock")]
    let now = chrono::Utc::now();
    (now - chrono::TimeDelta::seconds(hours * 3600 + 20)).to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn object(key: &str, hours: i64, size: u64) -> String {
    let at = ago(hours);
    format!("<Contents><Key>{key}</Key><LastModified>{at}</LastModified><Size>{size}</Size></Contents>")
}

fn page(objects: &str, next: Option<&str>) -> Vec<u8> {
    let next = match next {
        Some(token) => {
            format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>")
        }
        None => "<IsTruncated>false</IsTruncated>".into(),
    };
    let xml = format!(
        "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{next}{objects}\
         </ListBucketResult>"
    );
    response("200 OK", "content-type: application/xml\r\n", xml)
}

async fn read(answer: impl Fn(&str) -> Vec<u8> + Clone + Send + Sync + 'static, more: &str) -> Reading {
    let address = answering(answer).await;
    poll(&io(), &table(&format!("http://{address}"), more)).await
}

#[tokio::test]
async fn the_newest_object_on_any_page_is_the_backup() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let keeps = Arc::clone(&asked);
    let answer = move |head: &str| {
        let target = head.split(' ').nth(1).unwrap().to_owned();
        let second = target.contains("continuation-token=p2%2B");
        keeps.lock().unwrap().push(target);
        if second {
            page(&object("db/a-new", 3, 900), None)
        } else {
            page(&(object("db/z-old", 51, 1000) + &object("db/", 1, 0)), Some("p2+"))
        }
    };
    let well = read(answer, "prefix = \"db/\"").await;
    assert_eq!((well.health, well.detail.as_str()), (Health::Ok, "3h00 old · 900 B · 2"), "{well:?}");
    assert_eq!(values(&well, &["newest", "objects"]), json!(["db/a-new", 2]));
    assert_eq!(value(&well, "shrunk_percent"), 10.0);
    let asked = asked.lock().unwrap();
    assert!(asked.len() == 2 && asked.iter().all(|target| target.contains("prefix=db%2F")), "{asked:?}");
}

#[tokio::test]
async fn old_small_and_absent_backups_are_said() {
    let old = read(|_| page(&object("a", 27, 9), None), "").await;
    assert_eq!((old.health, old.detail.as_str()), (Health::Degraded, "the newest is 1d 3h old"));
    let small = read(|_| page(&(object("a", 2, 40) + &object("b", 26, 100)), None), "").await;
    assert_eq!(small.detail, "60 % smaller than the one before (40 B after 100 B)");
    let none = read(|_| page("", None), "prefix = \"db/\"").await;
    assert_eq!((none.health, none.reason), (Health::Down, None), "{none:?}");
}

#[tokio::test]
async fn a_refusal_is_blind_and_so_is_storage_that_is_not_there() {
    let denies = |_: &str| {
        let xml =
            "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
        response("403 Forbidden", "content-type: application/xml\r\n", xml)
    };
    let refused = read(denies, "").await;
    assert_eq!((refused.health, refused.reason), (Health::Blind, Some(Reason::Auth)));
    assert_eq!(refused.detail, "403 AccessDenied: Access Denied");
    let gone = poll(&io(), &table(&format!("http://127.0.0.1:{}", free_port()), "")).await;
    assert_eq!((gone.health, gone.reason), (Health::Blind, Some(Reason::Connect)), "{gone:?}");
}
