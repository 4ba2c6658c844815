//! Backups in S3-compatible storage: how old the newest object below a prefix is, and how large.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>. Nothing is fetched but the
//! list.

mod judge;
mod listing;

use std::time::Duration;

use url::Url;

use super::reply::{Fault, Found};
use super::{Provider, Scope, store, table};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{IoReply, IoRequest, Reason, S3Request, Value};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;

/// Pages of a thousand that one poll asks for at most.
const PAGES: usize = 5;

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "s3",
    title: "Backups in S3",
    about: "The objects below a prefix of a bucket, by when they were written, whatever their names. Degraded when the \
            newest is older than `fresh`, smaller than `at_least`, or smaller than the one before by more than \
            `shrink` percent. Down when there is no object, or no such bucket. Blind when the storage cannot be asked \
            or refuses: nothing is then known of the backups. Five pages of a thousand are read; where there is more, \
            the newest of what was read must be fresh, else it is blind: narrow `prefix`. `body` has `newest`, \
            `age_hours`, `size_bytes`, `objects`, `shrunk_percent` (null where there is nothing to compare with) and \
            `complete`.",
    fields: FIELDS,
    many: true,
    scopes: &[Scope { name: "s3:ListBucket", why: "to list the bucket; no object is read" }],
    plan,
    next,
    read: |signal, at, replies| match found(signal, at, replies) {
        Ok(found) => found.reading(signal, at, replies),
        // The one who would know says that there is nothing.
        Err(fault) if fault.reason == Reason::Status && listing::is_code(&fault, "NoSuchBucket") => {
            fault.down(signal, at, replies)
        }
        Err(fault) => fault.reading(signal, at, replies),
    },
};

const FIELDS: &[Field] = &[
    table::NAME,
    Field::required(
        "endpoint",
        Kind::Url,
        "The service's URL without the bucket, such as `https://s3.eu-central-1.amazonaws.com`.",
    ),
    Field::required("bucket", Kind::Text, "The bucket."),
    Field::optional("region", Kind::Text, "`us-east-1`", "The region that requests are signed for."),
    Field::optional("prefix", Kind::Text, "the whole bucket", "Only keys that begin so count."),
    Field::optional(
        "suffix",
        Kind::Text,
        "",
        "Only keys that end so count, such as `.sql.gz` where each backup has a smaller file beside it.",
    ),
    Field::optional(
        "path_style",
        Kind::Flag,
        "`true`, but for Amazon's own endpoints",
        "Whether the bucket stands in the path rather than before the host.",
    ),
    Field::required(
        "access_key",
        Kind::Value,
        "The access key's id, best as a secret by name: `{ env = \"NAME\" }`.",
    ),
    Field::required("secret_key", Kind::Value, "The secret that belongs to it."),
    Field::optional("session_token", Kind::Value, "", "The token that goes with temporary keys."),
    table::every("`10m`"),
    table::TIMEOUT,
    Field::optional("fresh", Kind::Duration, "`26h`", "How old the newest object may be."),
    Field::optional(
        "shrink",
        Kind::Integer(1, 100),
        "`50`",
        "By how many percent the newest object may be smaller than the one before; `100` turns it off.",
    ),
    Field::optional(
        "at_least",
        Kind::Integer(0, i64::MAX),
        "`1`",
        "How many bytes the newest object has at least.",
    ),
    table::OK,
    table::DEGRADED,
];

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let name = table.given_name(found).map(str::to_owned);
    let cadence = table::cadence(table, Duration::from_secs(600), Duration::from_secs(10), found);
    let endpoint = endpoint(table, found);
    let bucket = bucket(table, found);
    let region = store::word(table, "region", found).unwrap_or("us-east-1").to_owned();
    let (Some(name), Some(endpoint), Some(bucket)) = (name, endpoint, bucket) else { return Vec::new() };
    let key = |key: &str| table.value(key).cloned().unwrap_or(Value::Plain(String::new()));
    let is_amazon = endpoint
        .host_str()
        .is_some_and(|host| host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"));
    let request = S3Request {
        path_style: table.flag("path_style").unwrap_or(!is_amazon),
        endpoint: table.text("endpoint").unwrap_or_default().to_owned(),
        bucket,
        region,
        prefix: table.text("prefix").filter(|prefix| !prefix.is_empty()).map(str::to_owned),
        access_key: key("access_key"),
        secret_key: key("secret_key"),
        session_token: table.value("session_token").cloned(),
        continuation: None,
        timeout: cadence.timeout,
        limit: table::LIMIT,
    };
    let request = IoRequest::S3(Box::new(request));
    vec![table::signal(table, &name, "s3", "", request, Board::Infrastructure, &cadence, found)]
}

fn endpoint(table: &Table, found: &mut Vec<Diagnostic>) -> Option<Url> {
    let url = Url::parse(table.text("endpoint")?).ok();
    let bare = url.filter(|url| {
        let open = url.username().is_empty() && url.password().is_none();
        open && url.query().is_none() && url.fragment().is_none()
    });
    if bare.is_none() {
        found.push(
            table
                .error("endpoint", "bad-url", "an endpoint has no user, no password and no query")
                .hint("keys have keys of their own: access_key and secret_key"),
        );
    }
    bare
}

fn bucket(table: &Table, found: &mut Vec<Diagnostic>) -> Option<String> {
    let bucket = table.text("bucket")?;
    let fits = !bucket.is_empty()
        && bucket.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        && bucket.chars().any(|c| c != '.');
    if fits {
        return Some(bucket.to_owned());
    }
    found.push(
        table
            .error("bucket", "bad-name", "this is not a bucket's name")
            .hint("letters, digits, '.', '-' and '_'; what comes after a '/' is the prefix"),
    );
    None
}

fn next(signal: &Signal, now: Timestamp, answered: &[IoReply]) -> Option<IoRequest> {
    if answered.len() >= PAGES {
        return None;
    }
    let token = listing::page(answered.last()?, now).ok()?.next_continuation_token?;
    let Some(IoRequest::S3(first)) = signal.request() else { return None };
    Some(IoRequest::S3(Box::new(S3Request { continuation: Some(token), ..(**first).clone() })))
}

fn found(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Result<Found, Fault> {
    let options = signal.options.as_deref();
    let suffix = options.and_then(|table| table.text("suffix")).unwrap_or_default();
    let listing = listing::whole(replies, at, suffix)?;
    judge::judge(&listing, &judge::Bounds::of(options), at)
}

#[cfg(test)]
mod tests;
