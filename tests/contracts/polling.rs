//! A whole poll of a configured source, every request of it held against the vendor's documents; what its
//! offers would send; and what is made of replies that nobody expects.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

use midwatch::config::{Layer, load};
use midwatch::domain::io::{HttpReply, HttpRequest, IoReply, IoRequest};
use midwatch::domain::offer::{BLANK, BlankKind, ONCE, Offer};
use midwatch::domain::reading::{Health, Reading};
use midwatch::domain::signal::Signal;
use midwatch::domain::text::is_hostile;
use midwatch::domain::time::Timestamp;
use midwatch::sources::{self, ASKS};
use serde_json::Value;

use crate::contract::Contract;
use crate::hostile::hostile;

/// When the polls are: 2026-11-21T14:32:00Z.
pub const AT: Timestamp = Timestamp::from_millis(1_795_271_520_000);
/// Where the vendor is: behind a path, as behind a proxy.
pub const HOST: &str = "http://127.0.0.1:9/vendor";
/// How many replies of each kind an operation's are.
const SEEDS: u64 = 50;

/// The signals of one source's table that are asked by HTTP, planned as the program plans them.
pub fn signals(toml: &str) -> Vec<Signal> {
    let text = toml.replace("{HOST}", HOST);
    let layer = Layer { name: "midwatch.toml".into(), text, base: PathBuf::from("/") };
    let loaded = load(&[layer], &[]);
    assert_eq!(loaded.diagnostics, [], "{toml}");
    let signals = loaded.settings.expect("settings").signals;
    let asked: Vec<Signal> = signals
        .into_iter()
        .filter(|signal| matches!(signal.request(), Some(IoRequest::Http(_))) && !signal.observer)
        .collect();
    assert!(!asked.is_empty(), "{toml} asks nothing");
    asked
}

/// The signal of `signals` called `id`.
pub fn called<'a>(signals: &'a [Signal], id: &str) -> &'a Signal {
    signals.iter().find(|signal| signal.id.as_str() == id).unwrap_or_else(|| panic!("no signal {id}"))
}

/// A reply with a good status.
pub fn good(body: &Value) -> IoReply {
    with(&[], body)
}

/// The same, with headers.
pub fn with(headers: &[(&str, &str)], body: &Value) -> IoReply {
    answered(200, headers, body.to_string())
}

fn answered(status: u16, headers: &[(&str, &str)], body: String) -> IoReply {
    IoReply::Http(HttpReply {
        status,
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: body.into_bytes(),
        truncated: false,
        latency: Duration::from_millis(40),
        certificate_days: None,
    })
}

/// The text of a file of fixtures, as JSON.
pub fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("a fixture is JSON")
}

/// What a poll asked, and what came of it.
pub struct Polled {
    /// The operation of each request, in order.
    pub operations: Vec<String>,
    /// Its URL.
    pub urls: Vec<String>,
    /// What it means.
    pub reading: Reading,
}

/// Answers a request, given its operation and how many came before it.
pub type Answer<'a> = &'a dyn Fn(&str, &HttpRequest, usize) -> IoReply;

/// A vendor's documents.
pub struct Vendor {
    documents: Vec<(Contract, String)>,
    /// Requests that were held already, and the operation of each: polls ask the same again and again.
    held: RefCell<HashMap<String, String>>,
}

impl Vendor {
    /// The vendor with these documents, each with what stands between [`HOST`] and its paths.
    pub fn of(documents: &[(&str, &str)]) -> Vendor {
        let load = |(name, base): &(&str, &str)| (Contract::load(name).under(HOST), format!("/vendor{base}"));
        Vendor { documents: documents.iter().map(load).collect(), held: RefCell::default() }
    }

    /// The operation that `request` is; fails the test where no document allows it.
    fn operation(&self, request: &HttpRequest) -> String {
        let shown = IoRequest::Http(request.clone()).preview().join("\n");
        let known = self.held.borrow().get(&shown).cloned();
        known.unwrap_or_else(|| {
            let operation = self.found(request);
            self.held.borrow_mut().insert(shown, operation.clone());
            operation
        })
    }

    fn found(&self, request: &HttpRequest) -> String {
        let mut all = Vec::new();
        for (document, base) in &self.documents {
            match document.check(request) {
                Ok(matched) => {
                    assert_eq!(&matched.base, base, "{}", request.url);
                    return matched.operation;
                }
                Err(faults) => all.extend(faults),
            }
        }
        panic!("{} {}: {all:#?}", request.method, request.url)
    }

    /// Polls `signal` once: every request is held against the documents and answered by `answer`.
    pub fn poll(&self, signal: &Signal, answer: Answer<'_>) -> Polled {
        let (mut operations, mut urls, mut replies) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(request) = sources::next(signal, AT, &replies) {
            assert!(replies.len() < ASKS, "{} never ends", signal.id);
            let IoRequest::Http(request) = request.as_ref() else { panic!("{request:?} is not HTTP") };
            let operation = self.operation(request);
            replies.push(answer(&operation, request, replies.len()));
            operations.push(operation);
            urls.push(request.url.clone());
        }
        let reading = sources::read(signal, AT, &replies);
        is_sound(&reading, &urls);
        Polled { operations, urls, reading }
    }

    /// Holds every request of every offer of `reading` that is not refused against the documents; the offers'
    /// names.
    pub fn offers(&self, reading: &Reading) -> BTreeSet<&'static str> {
        let (mut names, mut seen) = (BTreeSet::new(), HashSet::new());
        for offer in reading.entries.iter().flat_map(|entry| &entry.offers) {
            if offer.refused.is_none() {
                // Many entries may share the calls of one offer.
                if seen.insert(offer.calls.as_ptr()) {
                    self.offer(offer);
                }
                names.insert(offer.name);
            }
        }
        names
    }

    fn offer(&self, offer: &Offer) {
        let answer = match offer.blank.as_ref().map(|blank| (&blank.kind, &blank.suggested)) {
            Some((BlankKind::Integer(least, _), _)) => least.to_string(),
            Some((BlankKind::Text, suggested)) if !suggested.is_empty() => suggested.clone(),
            Some((BlankKind::Text, _)) | None => "team:2".to_owned(),
        };
        let filled = offer.answered(&answer).expect("the answer will do").keyed("0191f0c2");
        assert!(!filled.calls.is_empty(), "{} does nothing", filled.title);
        for call in filled.calls.iter() {
            let check = call.check.as_ref().map(|check| &check.request);
            for request in [Some(&call.request), check].into_iter().flatten() {
                let shown = request.preview().join("\n");
                assert!(!shown.contains(BLANK) && !shown.contains(ONCE), "{shown}");
                let IoRequest::Http(request) = request else { continue };
                self.operation(request);
            }
            if let Some(IoRequest::Http(check)) = check {
                assert_eq!(check.method, "GET", "{}: what reads back changes nothing", call.title);
            }
        }
    }

    /// Feeds `signal` replies as the documents allow them, each operation of its poll in turn, then spoiled ones; of
    /// several pages it is one, each in turn, and the rest is answered by `answer`. What is asked and offered then is
    /// held against the documents, too.
    pub fn feed(&self, signal: &Signal, answer: Answer<'_>) {
        let asked = self.poll(signal, answer).operations;
        let met: BTreeSet<&String> = asked.iter().collect();
        for operation in met {
            let document = self.document(operation);
            let pages = asked.iter().filter(|asked| *asked == operation).count();
            for seed in 0..SEEDS {
                let made = document.replies(operation, seed, 1).into_iter().next().expect("a reply is made");
                let turn = usize::try_from(seed).unwrap_or(0) % pages;
                let ways: [&dyn Fn(IoReply) -> IoReply; 3] =
                    [&|_| good(&made), &|_| good(&hostile(&made, seed)), &|known| spoiled(known, seed)];
                for way in ways {
                    let page = Cell::new(0);
                    let polled = self.poll(signal, &|asked, request, place| {
                        let known = answer(asked, request, place);
                        let number = page.get();
                        page.set(number + usize::from(asked == operation));
                        if asked == operation && number == turn { way(known) } else { known }
                    });
                    self.offers(&polled.reading);
                }
            }
        }
        self.refuses(signal, answer);
    }

    fn document(&self, operation: &str) -> &Contract {
        let mut documents = self.documents.iter().map(|(document, _)| document);
        documents
            .find(|document| document.operations().iter().any(|known| known.id == operation))
            .unwrap_or_else(|| panic!("no document has {operation}"))
    }

    /// A poll whose first answer is a refusal, or none, is blind and says why.
    fn refuses(&self, signal: &Signal, answer: Answer<'_>) {
        for (status, body) in
            [(200, "null"), (200, "<html>"), (401, "{}"), (404, "{}"), (429, "{}"), (500, "")]
        {
            let polled = self.poll(signal, &|operation, request, place| {
                if place == 0 {
                    answered(status, &[], body.to_owned())
                } else {
                    answer(operation, request, place)
                }
            });
            assert_eq!(polled.reading.health, Health::Blind, "{status} {body}");
            assert_eq!(polled.urls.len(), 1, "{status} {body}: nothing more is asked");
        }
    }
}

/// A good reply with one thing wrong with its body.
fn spoiled(reply: IoReply, seed: u64) -> IoReply {
    let IoReply::Http(reply) = reply else { panic!("{reply:?} is not HTTP") };
    let body: Value = serde_json::from_slice(&reply.body).expect("a good reply is JSON");
    IoReply::Http(HttpReply { body: hostile(&body, seed).to_string().into_bytes(), ..reply })
}

/// Nothing in a reading does anything to a terminal, and what is blind says why.
fn is_sound(reading: &Reading, urls: &[String]) {
    assert!(reading.health != Health::Blind || reading.reason.is_some(), "{urls:?}: {reading:?}");
    let entries = reading.entries.iter().flat_map(|entry| {
        let texts = [&entry.key, &entry.state, &entry.title].into_iter();
        texts
            .chain(entry.cells.iter().chain(&entry.facts).map(|(_, text)| text))
            .chain(entry.tags.iter().chain(&entry.body))
            .chain(entry.link.iter().chain(&entry.release))
    });
    let mut seen = HashSet::new();
    let offers = reading.entries.iter().flat_map(|entry| &entry.offers).flat_map(|offer| {
        let calls = if seen.insert(offer.calls.as_ptr()) { &offer.calls[..] } else { &[] };
        let calls = calls.iter().flat_map(|call| [&call.key, &call.title]);
        [&offer.title, &offer.target].into_iter().chain(&offer.about).chain(&offer.refused).chain(calls)
    });
    let kept = reading.evidence.iter().flat_map(|kept| kept.lines.iter().chain([&kept.request]));
    for text in entries.chain(offers).chain(kept).chain([&reading.detail]) {
        assert!(!text.chars().any(is_hostile), "{urls:?}: {text:?}");
    }
}
