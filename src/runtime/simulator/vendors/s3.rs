//! The store of backups, which speaks S3: what is in the bucket, in XML. Requests must be signed with
//! the right name; no signature is verified.

use std::fmt::Write as _;
use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::world::World;
use super::asked::Asked;
use super::moment::Moment;
use super::{Refusal, keys, set};
use crate::domain::time::Timestamp;

/// The bucket.
pub const BUCKET: &str = "lanternfish-backups";
/// How many nights are kept.
const NIGHTS: u32 = 14;

/// A file in the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Object {
    key: String,
    at: Timestamp,
    size: u64,
    tag: String,
}

/// One backup a night, and a note that explains them. Sorted by key, as S3 does.
fn objects(moment: &Moment<'_>) -> Vec<Object> {
    let last = super::supabase::last_night(moment);
    let mut objects: Vec<Object> = (0..NIGHTS)
        .map(|night| {
            let at = last.minus(Duration::from_secs(24 * 3_600) * night).plus(Duration::from_secs(305));
            let day = at.utc().map_or_else(String::new, |at| at.format("%Y-%m-%d").to_string());
            let number = moment.number(990, u64::from(night));
            let size = 73_400_320 - u64::from(night) * 180_000 + number % 90_000;
            Object { key: format!("backup-{day}.sql.gz"), at, size, tag: format!("{number:032x}") }
        })
        .collect();
    objects.push(Object {
        key: "README.txt".to_owned(),
        at: moment.before(Duration::from_secs(400 * 24 * 3_600)),
        size: 612,
        tag: format!("{:032x}", moment.number(990, 10_000)),
    });
    objects.sort_by(|one, two| one.key.cmp(&two.key));
    objects
}

/// Answers a request.
pub fn answer(world: &World, asked: &Asked) -> Response {
    let moment = world.moment();
    let by_header = asked.header("authorization").unwrap_or_default();
    let by_query = asked.one("X-Amz-Credential").unwrap_or_default();
    let name = by_header.split_once("Credential=").map_or(by_query, |(_, rest)| rest);
    let signed = by_header.contains("Signature=") || asked.one("X-Amz-Signature").is_some();
    if !signed {
        return problem(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied");
    }
    if name.split('/').next() != Some(keys::BACKUPS_NAME) {
        let words = "The AWS Access Key Id you provided does not exist in our records.";
        return problem(StatusCode::FORBIDDEN, "InvalidAccessKeyId", words);
    }
    let parts = asked.parts();
    if parts.first().is_some_and(|bucket| *bucket != BUCKET) {
        return problem(StatusCode::NOT_FOUND, "NoSuchBucket", "The specified bucket does not exist");
    }
    match (&asked.method, parts.as_slice()) {
        (&Method::GET, [_]) => list(&moment, asked),
        (&Method::HEAD, [_]) => StatusCode::OK.into_response(),
        (&Method::HEAD, [_, key]) => match objects(&moment).into_iter().find(|object| object.key == *key) {
            Some(object) => {
                let mut response = StatusCode::OK.into_response();
                let at = object
                    .at
                    .utc()
                    .map_or_else(String::new, |at| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
                set(&mut response, "last-modified", &at);
                set(&mut response, "content-length", &object.size.to_string());
                set(&mut response, "etag", &format!("\"{}\"", object.tag));
                response
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
        _ => problem(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        ),
    }
}

/// Refuses as S3 does.
pub fn refuse(status: StatusCode, _: &Refusal) -> Response {
    match status {
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            problem(status, "SlowDown", "Please reduce your request rate.")
        }
        StatusCode::FORBIDDEN => problem(status, "AccessDenied", "Access Denied"),
        _ => problem(status, "InternalError", "We encountered an internal error. Please try again."),
    }
}

fn xml(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/xml")], text).into_response()
}

fn problem(status: StatusCode, code: &str, words: &str) -> Response {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{words}</Message>\
         <RequestId>LF0000000000310</RequestId></Error>"
    );
    xml(status, text)
}

fn list(moment: &Moment<'_>, asked: &Asked) -> Response {
    let prefix = asked.one("prefix").unwrap_or_default();
    let after = asked.one("continuation-token").or_else(|| asked.one("start-after")).unwrap_or_default();
    let found: Vec<Object> = objects(moment)
        .into_iter()
        .filter(|object| object.key.starts_with(prefix) && object.key.as_str() > after)
        .collect();
    let most = asked.rows("max-keys", 1_000, 1_000);
    let cut = found.len() > most;
    let mut rows = String::new();
    for Object { key, at, size, tag } in found.iter().take(most) {
        let at = at.rfc3339();
        // Writing to a String does not fail.
        let _ = write!(
            rows,
            "<Contents><Key>{key}</Key><LastModified>{at}</LastModified><ETag>&quot;{tag}&quot;</ETag>\
             <Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        );
    }
    let next = found.get(most - 1).filter(|_| cut).map_or_else(String::new, |object| {
        format!("<NextContinuationToken>{}</NextContinuationToken>", object.key)
    });
    let count = found.len().min(most);
    let prefix: String = url::form_urlencoded::byte_serialize(prefix.as_bytes()).collect();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>{BUCKET}</Name>\
         <Prefix>{prefix}</Prefix><KeyCount>{count}</KeyCount><MaxKeys>{most}</MaxKeys>\
         <IsTruncated>{cut}</IsTruncated>{next}{rows}</ListBucketResult>"
    );
    xml(StatusCode::OK, text)
}
