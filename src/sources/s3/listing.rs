//! Pages of a bucket's list, and errors that came instead.

use std::collections::BTreeMap;

use chrono::DateTime;
use rusty_s3::actions::{ListObjectsV2, list_objects_v2::ListObjectsV2Response};

use crate::domain::io::{IoReply, Reason};
use crate::domain::text::{clean, clip};
use crate::domain::time::Timestamp;
use crate::sources::reply::{self, Fault};

/// Where the list's names are defined.
const NAMES: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
const ROOT: &str = "<ListBucketResult";
const END: &str = "</ListBucketResult>";
/// Elements within elements that a list has at most: one in the list, one in that, one in that.
const DEEP: usize = 8;

/// An object.
pub(super) struct Object {
    pub(super) key: String,
    pub(super) at: Timestamp,
    pub(super) size: u64,
    pub(super) class: Option<String>,
}

/// What is in the bucket.
pub(super) struct Listing {
    /// Newest first.
    pub(super) objects: Vec<Object>,
    /// Whether there is nothing that was not read.
    pub(super) complete: bool,
}

/// All pages together: objects whose keys end with `suffix`. A key that stands for a folder is no object.
pub(super) fn whole(replies: &[IoReply], at: Timestamp, suffix: &str) -> Result<Listing, Fault> {
    // By key: a cursor that goes in circles lists nothing twice.
    let mut objects = BTreeMap::new();
    let mut complete = false;
    for reply in replies {
        let page = page(reply, at)?;
        complete = page.next_continuation_token.is_none();
        for content in page.contents {
            if content.key.ends_with('/') || !content.key.ends_with(suffix) {
                continue;
            }
            let lacks =
                |what: &str| Fault::new(Reason::Body, format!("{what} of {} is missing", content.key));
            let modified = content.last_modified.as_deref().ok_or_else(|| lacks("LastModified"))?;
            let modified = DateTime::parse_from_rfc3339(modified)
                .map_err(|_| Fault::new(Reason::Body, format!("LastModified is {:?}", clip(modified, 40))))?;
            let object = Object {
                at: Timestamp::from_millis(modified.timestamp_millis()),
                size: content.size.ok_or_else(|| lacks("Size"))?,
                class: content.storage_class,
                key: content.key,
            };
            objects.insert(object.key.clone(), object);
        }
    }
    let mut objects: Vec<Object> = objects.into_values().collect();
    objects.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| b.key.cmp(&a.key)));
    Ok(Listing { objects, complete })
}

/// One page; else why not.
pub(super) fn page(reply: &IoReply, at: Timestamp) -> Result<ListObjectsV2Response, Fault> {
    let answer = reply::http(reply, at);
    if let IoReply::Http(http) = reply
        && let Some(error) = ErrorBody::of(&http.body)
    {
        let fault = answer.err().unwrap_or_else(|| Fault::new(Reason::Status, String::new()));
        return Err(error.fault(http.status, &fault));
    }
    let body =
        std::str::from_utf8(&answer?.body).map_err(|_| Fault::new(Reason::Parse, "the list is not text"))?;
    if body.trim().is_empty() {
        return Err(Fault::new(Reason::Body, "the reply is empty"));
    }
    let unreadable = |why: String| Fault::new(Reason::Parse, format!("not a list of objects: {why}"));
    let text = named(body).ok_or_else(|| unreadable("another document, or not a whole one".to_owned()))?;
    ListObjectsV2::parse_response(&text).map_err(|error| unreadable(error.to_string()))
}

/// `body` with the list's names defined as the library knows them: some servers define them otherwise, or not at
/// all. What stands before the list, such as definitions of entities, is left out. Nothing where it is no list, or no
/// whole one, or nests deeper than a list does.
fn named(body: &str) -> Option<String> {
    let start = body.find(ROOT)?;
    let inner = &body[start + ROOT.len()..];
    let end = inner.find('>')?;
    let (attributes, rest) = (&inner[..end], &inner[end..]);
    if !attributes.is_empty() && !attributes.starts_with(|c: char| c.is_ascii_whitespace()) {
        return None;
    }
    // The library is content with a list that does not end, and with one that does not say whether it goes on.
    let is_whole = rest.trim_end().ends_with(END) && rest.contains("<IsTruncated>");
    (is_whole && depth(rest) <= DEEP).then(|| format!("{ROOT} xmlns=\"{NAMES}\"{rest}"))
}

/// How deep elements stand in one another, as far as counting their brackets tells.
fn depth(text: &str) -> usize {
    let (mut deep, mut deepest) = (1usize, 1usize);
    let bytes = text.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        match (byte, bytes.get(index + 1)) {
            (b'<', Some(b'/')) | (b'/', Some(b'>')) => deep = deep.saturating_sub(1),
            (b'<', Some(next)) if next.is_ascii_alphabetic() || *next == b'_' => {
                deep += 1;
                deepest = deepest.max(deep);
            }
            _ => {}
        }
    }
    deepest
}

/// `<Error><Code>…</Code><Message>…</Message></Error>`.
struct ErrorBody {
    code: String,
    message: String,
}

impl ErrorBody {
    fn of(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body.get(..body.len().min(8192))?);
        // A cut in the middle of a character is no reason not to read what is before it.
        let text = match text {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(body.get(..error.valid_up_to())?).ok()?,
        };
        let error = &text[text.find("<Error")?..];
        if text.contains(ROOT) {
            return None;
        }
        let code = element(error, "Code")?;
        Some(Self { code, message: element(error, "Message").unwrap_or_default() })
    }

    /// `fault` with the server's own word for it.
    fn fault(&self, status: u16, fault: &Fault) -> Fault {
        let reason = match self.code.as_str() {
            "AccessDenied"
            | "AllAccessDisabled"
            | "AccountProblem"
            | "InvalidAccessKeyId"
            | "SignatureDoesNotMatch"
            | "ExpiredToken"
            | "InvalidToken"
            | "InvalidSecurity"
            | "RequestTimeTooSkewed"
            | "RequestExpired"
            | "AuthorizationQueryParametersError" => Reason::Auth,
            "SlowDown" | "TooManyRequests" | "RequestLimitExceeded" | "Throttling" => Reason::Limit,
            _ => fault.reason,
        };
        let hint = match self.code.as_str() {
            "AuthorizationHeaderMalformed" | "PermanentRedirect" | "TemporaryRedirect" => {
                " (is region, or endpoint, another one?)"
            }
            "RequestTimeTooSkewed" => " (this machine's clock is wrong)",
            _ => "",
        };
        let message = if self.message.is_empty() { String::new() } else { format!(": {}", self.message) };
        let detail = format!("{status} {}{hint}{message}", self.code);
        Fault { reason, detail, retry_after: fault.retry_after }
    }
}

/// Whether `fault` is the server's error of this code.
pub(super) fn is_code(fault: &Fault, code: &str) -> bool {
    let after_status = fault.detail.split_once(' ').map(|(_, words)| words);
    after_status
        .and_then(|words| words.strip_prefix(code))
        .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// The text of the first element called `name`, clean and short.
fn element(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (inner, _) = rest.split_once(&format!("</{name}>"))?;
    (!inner.is_empty()).then(|| clip(&clean(inner), 80).into_owned())
}
