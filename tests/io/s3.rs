//! S3: a small server that works the signature out by itself, and refuses one that is not what it gets.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use midwatch::domain::io::{Delivery, HttpReply, IoFailure, IoReply, IoRequest, Reason, S3Request, Value};
use sha2::{Digest, Sha256};

use super::servers::*;
use super::stores::*;

const ACCESS: &str = "AKIDLANTERNFISH";
const SECRET: &str = "s3cr3t/Key+With=Signs";
const TOKEN: &str = "session/token+with=signs&more";
const LISTING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>backups</Name><KeyCount>0</KeyCount>
<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>"#;

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn decoded(text: &str) -> Vec<u8> {
    let (mut bytes, mut out) = (text.bytes(), Vec::new());
    while let Some(byte) = bytes.next() {
        // A form's `+` is no space in a query that is signed.
        out.push(if byte == b'%' {
            let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
            u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
        } else {
            byte
        });
    }
    out
}

fn encoded(bytes: &[u8]) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    bytes
        .iter()
        .map(|byte| if plain(byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A request's path, host and query, the query decoded.
struct Asked {
    path: String,
    host: String,
    query: BTreeMap<String, String>,
}

fn taken_apart(head: &str) -> Asked {
    let target = head.split(' ').nth(1).unwrap();
    let (path, query) = target.split_once('?').unwrap();
    let text = |part: &str| String::from_utf8(decoded(part)).unwrap();
    let query = query.split('&').map(|pair| pair.split_once('=').unwrap());
    let query = query.map(|(name, value)| (text(name), text(value))).collect();
    let host = head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned();
    Asked { path: path.to_owned(), host, query }
}

/// What is wrong with the signature of `asked`, as <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
/// has it.
fn wrong(asked: &Asked, region: &str) -> Result<(), &'static str> {
    let of = |name: &str| asked.query.get(name).map(String::as_str).ok_or("a parameter is missing");
    if of("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" || of("X-Amz-SignedHeaders")? != "host" {
        return Err("another way to sign");
    }
    let date = of("X-Amz-Date")?;
    let day = &date[..8];
    let scope = format!("{day}/{region}/s3/aws4_request");
    if of("X-Amz-Credential")? != format!("{ACCESS}/{scope}") {
        return Err("another key or scope");
    }
    let signed_at = chrono::NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%SZ").unwrap().and_utc();
    #[expect(clippy::disallowed_methods, reason = "a signature lasts by the wall clock")]
    let age = (chrono::Utc::now() - signed_at).num_seconds();
    let lasts: i64 = of("X-Amz-Expires")?.parse().unwrap();
    if !(-5..=lasts).contains(&age) || !(60..=3600).contains(&lasts) {
        return Err("not for now");
    }
    let mut pairs: Vec<(String, String)> = asked
        .query
        .iter()
        .filter(|(name, _)| *name != "X-Amz-Signature")
        .map(|(name, value)| (encoded(name.as_bytes()), encoded(value.as_bytes())))
        .collect();
    pairs.sort();
    let query: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let canonical =
        format!("GET\n{}\n{}\nhost:{}\n\nhost\nUNSIGNED-PAYLOAD", asked.path, query.join("&"), asked.host);
    let hash = hex::encode(Sha256::digest(canonical.as_bytes()));
    let mut key = format!("AWS4{SECRET}").into_bytes();
    for part in [day, region, "s3", "aws4_request"] {
        key = mac(&key, part);
    }
    let signature = hex::encode(mac(&key, &format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hash}")));
    if of("X-Amz-Signature")? == signature { Ok(()) } else { Err("SignatureDoesNotMatch") }
}

/// A bucket in region `eu-1`; what it was asked.
async fn bucket() -> (std::net::SocketAddr, Arc<Mutex<Vec<Asked>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let keeps = Arc::clone(&asked);
    let address = answering(move |head| {
        assert!(head.starts_with("GET "), "{head}");
        let asked = taken_apart(head);
        let reply = match wrong(&asked, "eu-1") {
            Ok(()) => response("200 OK", "content-type: application/xml\r\n", LISTING),
            // As S3 does, it tells what it was given, and what it was shown as the key.
            Err(why) => {
                let echo = head.lines().next().unwrap();
                response("403 Forbidden", "", format!("<Error><Code>{why}</Code>{echo} {ACCESS}</Error>"))
            }
        };
        keeps.lock().unwrap().push(asked);
        reply
    })
    .await;
    (address, asked)
}

fn request(address: std::net::SocketAddr) -> S3Request {
    S3Request {
        endpoint: format!("http://{address}"),
        bucket: "backups".into(),
        region: "eu-1".into(),
        prefix: None,
        path_style: true,
        access_key: Value::Plain(ACCESS.into()),
        secret_key: Value::Plain(SECRET.into()),
        session_token: None,
        continuation: None,
        timeout: Duration::from_secs(20),
        limit: 64 << 10,
    }
}

async fn performed(request: &S3Request) -> IoReply {
    io().perform(&IoRequest::S3(Box::new(request.clone())), None, std::future::pending()).await
}

async fn listed(request: &S3Request) -> HttpReply {
    match performed(request).await {
        IoReply::Http(reply) => reply,
        other => panic!("not an HTTP reply: {other:?}"),
    }
}

async fn not_listed(request: &S3Request) -> IoFailure {
    refused(&io(), IoRequest::S3(Box::new(request.clone()))).await
}

#[tokio::test]
async fn a_signed_listing_is_answered() {
    let directory = tempfile::tempdir().unwrap();
    let path = secret_file(directory.path(), SECRET);
    let (address, asked) = bucket().await;
    let mut wanted = request(address);
    wanted.secret_key = secret("", &path);
    let reply = listed(&wanted).await;
    assert_eq!((reply.status, reply.truncated), (200, false), "{reply:?}");
    assert_eq!(reply.body, LISTING.as_bytes());
    let first = asked.lock().unwrap().pop().unwrap();
    assert_eq!(first.path, "/backups/");
    assert_eq!(first.query["list-type"], "2");

    // Everything that has to be encoded, in everything that is signed.
    wanted.prefix = Some("db/2026 é+&=%2F~*'()".into());
    wanted.continuation = Some("1/abc+def==&".into());
    wanted.session_token = Some(Value::Plain(TOKEN.into()));
    let reply = listed(&wanted).await;
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    let second = asked.lock().unwrap().pop().unwrap();
    assert_eq!(second.query["prefix"], "db/2026 é+&=%2F~*'()");
    assert_eq!(second.query["continuation-token"], "1/abc+def==&");
    assert_eq!(second.query["X-Amz-Security-Token"], TOKEN);
}

#[tokio::test]
async fn the_bucket_stands_before_the_host_where_it_should() {
    let (address, asked) = bucket().await;
    let mut wanted = request(address);
    wanted.endpoint = format!("http://localhost:{}", address.port());
    wanted.path_style = false;
    let reply = performed(&wanted).await;
    // Whether `backups.localhost` is found is the machine's affair.
    match reply {
        IoReply::Http(reply) => {
            assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
            let asked = asked.lock().unwrap().pop().unwrap();
            assert_eq!(asked.host, format!("backups.localhost:{}", address.port()));
            assert_eq!(asked.path, "/");
        }
        IoReply::Failed(failure) => assert_eq!(failure.reason, Reason::Dns, "{failure:?}"),
        other => panic!("not HTTP: {other:?}"),
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_what_was_signed_is_seen_nowhere() {
    let (address, asked) = bucket().await;
    for change in [
        |request: &mut S3Request| request.secret_key = Value::Plain("another-secret-key".into()),
        |request: &mut S3Request| request.region = "eu-2".into(),
        |request: &mut S3Request| request.access_key = Value::Plain("AKIDSOMEBODYELSE".into()),
    ] {
        let mut wanted = request(address);
        wanted.session_token = Some(Value::Plain(TOKEN.into()));
        change(&mut wanted);
        let reply = listed(&wanted).await;
        assert_eq!(reply.status, 403, "{reply:?}");
        let body = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(body.contains("<Error>") && body.contains("‹redacted›"), "{body}");
        let asked = asked.lock().unwrap().pop().unwrap();
        for hidden in ["X-Amz-Signature", "X-Amz-Credential"] {
            assert!(!body.contains(&asked.query[hidden]), "{hidden} in {body}");
        }
        assert!(!body.contains("session%2Ftoken"), "{body}");
        let preview = IoRequest::S3(Box::new(wanted)).preview().join("\n");
        for hidden in [SECRET, "another-secret-key", TOKEN, "X-Amz"] {
            assert!(!preview.contains(hidden), "{preview}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_the_answer_and_is_not_followed() {
    let (elsewhere, asked) = bucket().await;
    let address = answering(move |head| {
        let target = head.split(' ').nth(1).unwrap();
        response("307 Temporary Redirect", &format!("location: http://{elsewhere}{target}\r\n"), "")
    })
    .await;
    let reply = listed(&request(address)).await;
    assert_eq!(reply.status, 307);
    assert!(asked.lock().unwrap().is_empty());
    let location = reply.header("location").unwrap();
    assert!(location.contains("‹redacted›") && !location.contains("X-Amz-Signature="), "{location}");
}

#[tokio::test]
async fn a_listing_past_the_limit_is_cut() {
    let address = answering(|_| response("200 OK", "", vec![b'x'; 300_000])).await;
    let mut wanted = request(address);
    wanted.limit = 1000;
    let reply = listed(&wanted).await;
    assert!(reply.truncated);
    assert_eq!(reply.body.len(), 1000);
}

#[tokio::test]
async fn what_goes_wrong_is_said_without_the_signature() {
    let drips = endless(
        &[b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"],
        b"x".to_vec(),
        Duration::from_millis(10),
    )
    .await;
    let redis = server(|mut stream, _| async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        stream.read(&mut [0; 4096]).await.unwrap_or_default();
        stream.write_all(b"-ERR unknown command\r\n").await.unwrap_or_default();
    })
    .await
    .0;
    for (address, reason, delivery) in [
        (silent().await, Reason::Timeout, Delivery::Unknown),
        (drips, Reason::Timeout, Delivery::Unknown),
        (hanging_up().await, Reason::Connect, Delivery::Unknown),
        (redis, Reason::Parse, Delivery::Unknown),
        (std::net::SocketAddr::from(([127, 0, 0, 1], free_port())), Reason::Connect, Delivery::NotSent),
    ] {
        let mut wanted = request(address);
        wanted.timeout = Duration::from_millis(400);
        let failure = not_listed(&wanted).await;
        assert_eq!((failure.reason, failure.delivery), (reason, delivery), "{failure:?}");
        assert!(!failure.detail.contains("X-Amz") && !failure.detail.contains("http://"), "{failure:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_sent() {
    let (address, asked) = bucket().await;
    let mut missing = request(address);
    missing.secret_key = secret("", Path::new("/nonexistent/secret"));
    let failure = not_listed(&missing).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Auth, Delivery::NotSent), "{failure:?}");
    for endpoint in ["not a url", "ftp://s3.example.com", "http://ann:hunter2hunter2@127.0.0.1:1", "http:"] {
        let mut wanted = request(address);
        wanted.endpoint = endpoint.into();
        let failure = not_listed(&wanted).await;
        assert_eq!((failure.reason, failure.delivery), (Reason::Connect, Delivery::NotSent), "{failure:?}");
        assert!(!failure.detail.contains("hunter2"), "{failure:?}");
    }
    let mut wanted = request(address);
    (wanted.path_style, wanted.bucket) = (false, "no bucket/at all".into());
    assert_eq!(not_listed(&wanted).await.delivery, Delivery::NotSent);
    assert!(asked.lock().unwrap().is_empty());
}
