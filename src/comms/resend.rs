//! E-mail through Resend: each post is a mail of its own, sent once under its key however often it is asked for.
//!
//! Source: Resend's API. A key holds for a day; with another text it is refused.

use serde_json::json;

use super::reply::{self, Answer};
use super::{Draft, Kind, wire};
use crate::domain::channel::Way;
use crate::domain::io::{HttpReply, HttpRequest, Value};
use crate::domain::setting::{Field, Kind as SettingKind};

/// The row of this kind.
pub const KIND: Kind = Kind {
    name: "resend",
    about: "E-mail through Resend. `from` has to be of a domain that was verified there. Every mail carries an \
            `Idempotency-Key`, so that one that is tried again within a day is sent once.",
    fields: &[
        Field::required(
            "key",
            SettingKind::Value,
            "An API key (`re_…`) with sending access, as a secret by name.",
        ),
        Field::required("from", SettingKind::Text, "The sender: `Shop <status@example.com>`."),
        Field::required(
            "to",
            SettingKind::List(&SettingKind::Text),
            "Who gets it, at most fifty. Everybody sees these addresses.",
        ),
        Field::optional(
            "bcc",
            SettingKind::List(&SettingKind::Text),
            "none",
            "Who gets it besides, and is seen by nobody: customers belong here.",
        ),
        wire::base_url("`https://api.resend.com`"),
    ],
    plan: |table, found| {
        let from = table.text("from")?.trim().to_owned();
        if !wire::is_address(&from) {
            let message = "the sender is not an e-mail address";
            found.push(table.error("from", "bad-address", message).hint("\"Shop <status@example.com>\""));
        }
        let (to, bcc) = (wire::addresses(table, "to", found), wire::addresses(table, "bcc", found));
        if to.is_empty() {
            found.push(table.error("to", "missing-key", "a mail goes to at least one address"));
        }
        if to.len() > MOST || bcc.len() > MOST {
            let name = if to.len() > MOST { "to" } else { "bcc" };
            let message = format!("Resend takes at most {MOST} addresses");
            found.push(table.error(name, "out-of-range", message).hint("use the address of a list"));
        }
        let base = table.text("base_url").unwrap_or("https://api.resend.com").to_owned();
        Some(Way::Resend { base, key: table.value("key")?.clone(), from, to, bcc })
    },
};

/// Addresses that Resend takes at most.
const MOST: usize = 50;

pub(super) fn email(
    base: &str,
    key: &Value,
    from: &str,
    (to, bcc): (&[String], &[String]),
    draft: &Draft,
) -> HttpRequest {
    let headers = vec![
        ("authorization".to_owned(), key.behind("Bearer ")),
        ("Idempotency-Key".to_owned(), Value::Plain(wire::short(&draft.once, 256))),
    ];
    let subject = wire::short(draft.title.trim(), 200);
    let mut body = json!({ "from": from, "to": to, "subject": subject, "text": draft.text.trim() });
    if !bcc.is_empty() {
        body["bcc"] = json!(bcc);
    }
    wire::json("POST", base, "/emails", headers, &body)
}

pub(super) fn answer(http: &HttpReply) -> Answer {
    let document = reply::document(http);
    if !reply::is_good(http) {
        let said = document.as_ref().and_then(|document| reply::text(document, "message"));
        let hint = if http.status == 403 { ": is the sender's domain verified?" } else { "" };
        let why = format!("{}{hint}", reply::refusal(http, said));
        return if http.status >= 500 { Answer::Unknown(why) } else { Answer::Failed(why) };
    }
    match document.as_ref().and_then(|document| reply::text(document, "id")) {
        Some(id) => Answer::Posted {
            reference: Some(id),
            link: None,
            detail: "queued for sending".into(),
            place: None,
        },
        None => Answer::Unknown(format!("{}: what came back is no answer of Resend's", http.status)),
    }
}
