//! What a reply means, as far as that is the same everywhere: no answer, a rate limit, a gateway that lost it.

use serde_json::Value;

use crate::domain::io::{Delivery, HttpReply, IoReply};
use crate::domain::text::{clean, clip};

/// What became of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is there.
    Posted {
        /// What the channel calls it.
        reference: Option<String>,
        /// Where it can be read.
        link: Option<String>,
        /// What was said, in a few words.
        detail: String,
        /// The id of the place it is in, where a link to it can be asked for.
        place: Option<String>,
    },
    /// It is not there, and why.
    Failed(String),
    /// Nobody knows.
    Unknown(String),
    /// The operator stopped it.
    Cancelled(String),
}

impl Answer {
    /// It is there, and there is no more to know.
    pub(super) fn posted(detail: impl Into<String>) -> Self {
        Answer::Posted { reference: None, link: None, detail: detail.into(), place: None }
    }
}

/// The HTTP response of `reply`, or what its absence means. A rate limit says for how long.
pub(super) fn http(reply: &IoReply) -> Result<&HttpReply, Answer> {
    match reply {
        IoReply::Http(http) if matches!(http.status, 420 | 429) => Err(Answer::Failed(limited(http))),
        // It may have been taken before the answer was lost.
        IoReply::Http(http) if matches!(http.status, 502 | 504) => {
            Err(Answer::Unknown(format!("{}: a gateway lost the answer", http.status)))
        }
        IoReply::Http(http) => Ok(http),
        IoReply::Failed(failure) => {
            let detail = failure.words();
            Err(match failure.delivery {
                Delivery::Cancelled => Answer::Cancelled(failure.detail.clone()),
                Delivery::NotSent => Answer::Failed(detail),
                Delivery::Unknown => Answer::Unknown(detail),
            })
        }
        IoReply::Tcp(_) | IoReply::Command(_) | IoReply::Data(_) => {
            Err(Answer::Unknown("what came back is no answer of a channel".into()))
        }
    }
}

fn limited(http: &HttpReply) -> String {
    let seconds = http
        .header("retry-after")
        .or_else(|| http.header("ratelimit-reset"))
        .and_then(|text| text.trim().parse::<u64>().ok());
    match seconds {
        Some(seconds) => format!("{}: too many requests: try again in {seconds} s", http.status),
        None => format!("{}: too many requests: try again in a while", http.status),
    }
}

/// The JSON of a whole body.
pub(super) fn document(http: &HttpReply) -> Option<Value> {
    if http.truncated { None } else { serde_json::from_slice(&http.body).ok() }
}

/// A text of `value` under `name`: clean, of a size that can be kept; `None` where it is none or empty.
pub(super) fn text(value: &Value, name: &str) -> Option<String> {
    let text = clean(value.get(name)?.as_str()?.trim()).into_owned();
    (!text.is_empty() && text.len() <= 400).then_some(text)
}

/// An address under `name` that can be opened in a browser.
pub(super) fn link(value: &Value, name: &str) -> Option<String> {
    text(value, name).filter(|link| link.starts_with("https://") || link.starts_with("http://"))
}

/// The status and the first words of what the far side said of a failure.
pub(super) fn refusal(http: &HttpReply, said: Option<String>) -> String {
    let body = String::from_utf8_lossy(&http.body);
    let words = said.unwrap_or_else(|| body.lines().next().unwrap_or_default().to_owned());
    let words = clip(&clean(&words), 200).into_owned();
    if words.is_empty() { http.status.to_string() } else { format!("{} {words}", http.status) }
}

/// Whether the status says that it went well.
pub(super) const fn is_good(http: &HttpReply) -> bool {
    http.status >= 200 && http.status < 300
}
