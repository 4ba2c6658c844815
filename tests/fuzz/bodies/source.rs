//! A whole poll of any signal: the first line names the signal, the rest are the replies it gets, the last of them
//! again and again.

use midwatch::domain::entry::{Entry, MOST};
use midwatch::domain::io::{IoReply, IoRequest, Value};
use midwatch::domain::reading::{Health, Reading};
use midwatch::domain::signal::Signal;
use midwatch::sources::{self, ASKS};
use url::Url;

use super::tables::{Row, signals};
use super::{AT, line, replies, shown};

/// A poll ends, asks only whom the configuration names, and what it reads is harmless.
pub fn holds(data: &[u8]) {
    poll(data);
}

/// The same; gives what was read and of which signal.
pub fn poll(data: &[u8]) -> (&'static Signal, Reading) {
    let (name, rest) = line(data);
    let (row, signal) = chosen(name);
    let replies = replies::all(rest, ASKS + 1);
    let mut answered: Vec<IoReply> = Vec::new();
    let mut reading = None;
    while let Some(request) = sources::next(signal, AT, &answered) {
        assert!(answered.len() < ASKS, "a poll without an end");
        goes_home(&request, row);
        answered.push(replies[answered.len().min(replies.len() - 1)].clone());
        // A poll whose interval ends is read as far as it came.
        let read = sources::read(signal, AT, &answered);
        harmless(&read, row);
        reading = Some(read);
    }
    (signal, reading.expect("every signal asks once"))
}

/// The signal of this name, or any.
fn chosen(name: &[u8]) -> (&'static Row, &'static Signal) {
    let signals = signals();
    let known = signals.iter().find(|(_, signal)| signal.id.as_str().as_bytes() == name);
    let sum: usize = name.iter().map(|byte| usize::from(*byte)).sum();
    let (row, signal) = known.unwrap_or(&signals[sum % signals.len()]);
    (row, signal)
}

fn harmless(read: &Reading, row: &Row) {
    assert!(read.health != Health::Blind || read.reason.is_some(), "blind without a reason: {read:?}");
    shown::line(&read.detail, "detail");
    assert!(read.detail.len() <= 500, "a detail of {} bytes", read.detail.len());
    assert!(read.entries.len() <= MOST, "{} entries", read.entries.len());
    shown::entries(&read.entries);
    if let Some(evidence) = &read.evidence {
        shown::line(&evidence.request, "evidence");
        evidence.lines.iter().for_each(|text| shown::line(text, "evidence"));
    }
    read.entries.iter().for_each(|entry| offered(entry, row));
}

/// What can be done goes where the configuration says, whatever is typed into it.
fn offered(entry: &Entry, row: &Row) {
    for offer in &entry.offers {
        let answers = ["7", "a\"b/../c?d=e&f#g\\h", "ann@example.com"];
        let answered = answers.iter().filter_map(|answer| offer.answered(answer).ok());
        for offer in answered.map(|offer| offer.keyed("night-7")) {
            for call in offer.calls.iter() {
                goes_home(&call.request, row);
                if let Some(check) = &call.check {
                    goes_home(&check.request, row);
                    if let IoRequest::Http(request) = &check.request {
                        assert!(matches!(request.method.as_str(), "GET" | "POST"), "{}", request.method);
                    }
                }
            }
        }
    }
}

/// A request can be sent, and leads nowhere that a reply made up.
fn goes_home(request: &IoRequest, row: &Row) {
    request.preview();
    let IoRequest::Http(request) = request else { return };
    let url = Url::parse(&request.url).unwrap_or_else(|why| panic!("{:?}: {why}", request.url));
    let origin = url.origin().ascii_serialization();
    assert!(row.origins.contains(&origin.as_str()), "{:?} is not of {:?}", request.url, row.origins);
    assert!(url.username().is_empty() && url.password().is_none(), "{:?}", request.url);
    for (name, value) in &request.headers {
        let (Value::Plain(text) | Value::Secret { prefix: text, .. } | Value::Around { before: text, .. }) =
            value;
        assert!(!text.chars().any(char::is_control), "{name}: {text:?}");
    }
}
