//! Slack, Statuspage, `PagerDuty` and Resend: every request that posts an update, and what is made of replies as the
//! documents allow them, and of spoiled ones.

use std::path::PathBuf;

use midwatch::comms::{self, Answer, Draft};
use midwatch::config::{Layer, load};
use midwatch::domain::channel::Channel;
use midwatch::domain::incident::Severity;
use midwatch::domain::io::{HttpRequest, IoReply, IoRequest};
use midwatch::domain::text::is_hostile;

use crate::channels::channels;
use crate::contract::Contract;
use crate::hostile::hostile;
use crate::polling::{HOST, good};

/// What a configuration has to have.
const HEALTH: &str = "[[health]]\nname = \"web\"\nurl = \"https://shop.example.com/\"\n";

/// How many replies of each kind an operation's are.
const SEEDS: u64 = 60;

fn channel(name: &str) -> Channel {
    let base = if name == "ops" { format!("{HOST}/api") } else { HOST.to_owned() };
    let text = format!("{HEALTH}{}base_url = \"{base}\"\n", channels(&[name]));
    let layer = Layer { name: "midwatch.toml".into(), text, base: PathBuf::from("/") };
    let loaded = load(&[layer], &[]);
    assert_eq!(loaded.diagnostics, []);
    let channels = loaded.settings.expect("settings").channels;
    channels.into_iter().find(|channel| channel.id.as_str() == name).expect("a channel")
}

/// Texts of every size, and every severity.
fn drafts() -> Vec<Draft> {
    let mut all = Vec::new();
    for (text, severity) in
        [("down", None), ("größer & <!channel>\nzwei\n", Some(Severity::P0)), ("x", Some(Severity::P3))]
    {
        all.push(Draft {
            title: "Checkout fails".into(),
            text: text.repeat(if text == "x" { 20_000 } else { 1 }),
            severity,
            target: Some("PT4KHLK".into()),
            dedup: "midwatch:shop:INC-1".repeat(if severity.is_some() { 30 } else { 1 }),
            once: "midwatch-7-12-1795271520000".into(),
            ..Draft::default()
        });
    }
    all
}

fn http(channel: &Channel, draft: &Draft) -> (IoRequest, HttpRequest) {
    let request = comms::request(channel, draft).expect("a request").expect("not the clipboard");
    let IoRequest::Http(http) = request.clone() else { panic!("{request:?} is not HTTP") };
    (request, http)
}

fn operation(document: &Contract, request: &HttpRequest) -> String {
    let matched = document
        .check(request)
        .unwrap_or_else(|faults| panic!("{} {}: {faults:#?}", request.method, request.url));
    matched.operation
}

/// A good reply is a post that is there; a spoiled one is anything, and clean.
fn feed(document: &Contract, operation: &str, channel: &Channel, request: &IoRequest, always: bool) {
    for seed in 0..SEEDS {
        let made = document.replies(operation, seed, 1).into_iter().next().expect("a reply is made");
        let answer = comms::read(channel, request, &good(&made));
        assert!(!always || matches!(answer, Answer::Posted { .. }), "{made}: {answer:?}");
        for reply in [good(&made), good(&hostile(&made, seed))] {
            sound(&comms::read(channel, request, &reply));
        }
    }
}

fn sound(answer: &Answer) {
    let texts: Vec<&str> = match answer {
        Answer::Posted { reference, link, detail, place } => {
            [reference, link, place].into_iter().flatten().chain([detail]).map(String::as_str).collect()
        }
        Answer::Failed(text) | Answer::Unknown(text) | Answer::Cancelled(text) => vec![text],
    };
    for text in texts {
        assert!(!text.chars().any(is_hostile), "{answer:?}");
        assert!(text.len() <= 800, "{answer:?}");
    }
}

#[test]
fn slack_knows_every_request() {
    let (document, channel) = (Contract::load("slack").under(HOST), channel("ops"));
    for mut draft in drafts() {
        for thread in [None, Some("1787019300.000200".to_owned())] {
            draft.thread = thread;
            let (request, http) = http(&channel, &draft);
            assert_eq!(operation(&document, &http), "chat_postMessage");
            feed(&document, "chat_postMessage", &channel, &request, true);
        }
    }
    let Some(IoRequest::Http(asked)) = comms::permalink(&channel, "C0123456789", "1787019300.000200") else {
        panic!("no link is asked for")
    };
    assert_eq!(operation(&document, &asked), "chat_getPermalink");
    for seed in 0..SEEDS {
        let made = document.replies("chat_getPermalink", seed, 1).remove(0);
        assert!(comms::located(&good(&made)).is_some(), "{made}");
        let _ = comms::located(&good(&hostile(&made, seed)));
    }
}

#[test]
fn statuspage_knows_every_request() {
    let (document, channel) = (Contract::load("statuspage").under(HOST), channel("status"));
    for draft in drafts() {
        for status in channel.way.statuses() {
            for state in midwatch::domain::channel::COMPONENT_STATES {
                let mut draft = draft.clone();
                draft.status = Some((*status).into());
                draft.components = vec![("cmp1".into(), (*state).into())];
                assert_eq!(operation(&document, &http(&channel, &draft).1), "postPagesPageIdIncidents");
                draft.thread = Some("i1".into());
                let (_, update) = http(&channel, &draft);
                assert_eq!(operation(&document, &update), "patchPagesPageIdIncidentsIncidentId");
            }
        }
        let (request, _) = http(&channel, &draft);
        feed(&document, "postPagesPageIdIncidents", &channel, &request, false);
    }
}

#[test]
fn pagerduty_knows_every_request() {
    let (document, channel) = (Contract::load("pagerduty").under(HOST), channel("pager"));
    for draft in drafts() {
        for (status, known) in
            [("note", "createIncidentNote"), ("acknowledge", "updateIncident"), ("resolve", "updateIncident")]
        {
            let draft = Draft { status: Some(status.into()), ..draft.clone() };
            let (request, http) = http(&channel, &draft);
            assert_eq!(operation(&document, &http), known);
            feed(&document, known, &channel, &request, false);
        }
    }
}

#[test]
fn pagerduty_knows_every_event() {
    let (document, channel) = (Contract::load("pagerduty-events").under(HOST), channel("alert"));
    for draft in drafts() {
        for status in channel.way.statuses() {
            let draft = Draft { status: Some((*status).into()), ..draft.clone() };
            let (request, http) = http(&channel, &draft);
            assert_eq!(operation(&document, &http), "createV2Event");
            feed(&document, "createV2Event", &channel, &request, false);
        }
    }
}

#[test]
fn resend_knows_every_request() {
    let (document, channel) = (Contract::load("resend").under(HOST), channel("mail"));
    for draft in drafts() {
        let (request, http) = http(&channel, &draft);
        assert_eq!(operation(&document, &http), "emails/send");
        feed(&document, "emails/send", &channel, &request, false);
    }
}

#[test]
fn what_a_document_does_not_have_is_refused() {
    let (document, channel) = (Contract::load("statuspage").under(HOST), channel("status"));
    let mut draft = drafts().remove(0);
    draft.status = Some("solved".into());
    assert!(document.check(&http(&channel, &draft).1).is_err(), "the documents would let anything pass");
    let reply: IoReply = good(&serde_json::json!([]));
    sound(&comms::read(&channel, &http(&channel, &draft).0, &reply));
}
