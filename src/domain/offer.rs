//! Offers: what can be done to an entry, as exact requests. Shown before it runs, confirmed like every
//! other action, read back afterwards.

use std::sync::Arc;
use std::time::Duration;

use super::action::Risk;
use super::alert::Place;
use super::condition::Condition;
use super::io::{IoRequest, Value};
use super::text::clean;

mod harmless;

pub use harmless::HarmlessCalls;

/// Stands in a request where the operator's answer goes.
pub const BLANK: &str = "‹answer›";
/// Stands in a request where a key goes that is the same for one confirmation and for no other.
pub const ONCE: &str = "‹once›";

/// Something that can be done to an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The verb: `resolve`, `replay`, `restart`.
    pub name: &'static str,
    /// The verb and what it is done to, by name: `resolve SHOP-1F`.
    pub title: String,
    /// What it may do.
    pub risk: Risk,
    /// What typing confirms a `destroy`: the target's id.
    pub target: String,
    /// What the operator should know before it runs, a sentence each.
    pub about: Vec<String>,
    /// What must be asked for first.
    pub blank: Option<Blank>,
    /// The calls, in order. Of several the first is the canary: the rest follow once its effect is seen,
    /// one every `pace`, and none after the first that fails.
    pub calls: Arc<[Call]>,
    /// Between two calls.
    pub pace: Duration,
    /// What is asked while it is shown, and must go well before it can be confirmed; changes nothing.
    pub before: Option<Arc<Call>>,
    /// What it leaves to be done, a sentence each.
    pub leaves: Vec<String>,
    /// A question whose number is shown before and after: how many are left.
    pub tally: Option<Arc<Tally>>,
    /// Why it cannot be done: said instead.
    pub refused: Option<String>,
}

/// One call of an offer.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The id of what it is done to.
    pub key: String,
    /// In words: `replay evt_1 to we_1`.
    pub title: String,
    /// The exact request.
    pub request: IoRequest,
    /// What the reply must be besides a good status.
    pub expect: Option<Condition>,
    /// How its effect is seen; without it an accepted call is all there is to know.
    pub check: Option<Check>,
}

/// Reads back what a call did. Its request changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What is asked, again and again.
    pub request: IoRequest,
    /// When the effect is there.
    pub when: Condition,
    /// When it is certain that it will not come.
    pub fails: Option<Condition>,
    /// How often it is asked.
    pub every: Duration,
    /// How long the effect may take.
    pub within: Duration,
}

/// Counts what is left, before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// What is counted: `undelivered events`.
    pub what: String,
    /// How many there were when this was offered.
    pub before: usize,
    /// Where the number stands in what the source reads.
    pub place: Place,
}

/// Something that the operator is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blank {
    /// What is asked: `assign to (user:1, team:2 or an e-mail address)`.
    pub label: String,
    /// What stands there at first.
    pub suggested: String,
    /// What will do.
    pub kind: BlankKind,
}

/// What an answer may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlankKind {
    /// One line that is not empty.
    Text,
    /// A whole number within bounds, both included.
    Integer(i64, i64),
}

impl Offer {
    /// An offer of one call.
    pub fn one(name: &'static str, risk: Risk, call: Call) -> Self {
        Self {
            name,
            title: call.title.clone(),
            risk,
            target: call.key.clone(),
            about: Vec::new(),
            blank: None,
            calls: Arc::from([call]),
            pace: Duration::ZERO,
            before: None,
            leaves: Vec::new(),
            tally: None,
            refused: None,
        }
    }

    /// The offer with `answer` in every place that asked for it; why it will not do, in words.
    pub fn answered(&self, answer: &str) -> Result<Self, String> {
        let answer = answer.trim();
        match self.blank.as_ref().map(|blank| &blank.kind) {
            None => return Ok(self.clone()),
            Some(BlankKind::Text) if answer.is_empty() => return Err("something must stand here".into()),
            Some(BlankKind::Text) => {}
            Some(BlankKind::Integer(least, most)) => {
                let fits = answer.parse::<i64>().is_ok_and(|number| (*least..=*most).contains(&number));
                if !fits {
                    return Err(format!("a whole number from {least} to {most}"));
                }
            }
        }
        let calls = self.calls.iter().map(|call| Call {
            title: call.title.replace(BLANK, answer),
            request: fill(&call.request, BLANK, answer),
            check: call.check.as_ref().map(|check| Check {
                request: fill(&check.request, BLANK, answer),
                when: fill_condition(&check.when, answer),
                ..check.clone()
            }),
            ..call.clone()
        });
        let calls: Vec<Call> = calls.collect();
        Ok(Self {
            title: self.title.replace(BLANK, answer),
            calls: calls.into(),
            blank: None,
            ..self.clone()
        })
    }

    /// The offer with a key of its own in every place that wants one: `once` and the call's.
    #[must_use]
    pub fn keyed(&self, once: &str) -> Self {
        let calls: Vec<Call> = self
            .calls
            .iter()
            .map(|call| Call {
                request: fill(&call.request, ONCE, &format!("{once}-{}", call.key)),
                check: call.check.as_ref().map(|check| Check {
                    request: fill(&check.request, ONCE, &format!("{once}-{}", call.key)),
                    ..check.clone()
                }),
                ..call.clone()
            })
            .collect();
        Self { calls: calls.into(), ..self.clone() }
    }
}

/// A condition compares with the answer as a text in quotes.
fn fill_condition(condition: &Condition, answer: &str) -> Condition {
    if !condition.text().contains(BLANK) {
        return condition.clone();
    }
    let quoted = answer.replace('\\', "\\\\").replace('\'', "\\'");
    Condition::compile(&condition.text().replace(BLANK, &quoted)).unwrap_or_else(|_| condition.clone())
}

/// `request` with `answer` for every `mark`, written as each place needs it: escaped in JSON and in a form,
/// percent-encoded in a URL, as it stands in an argument of its own.
fn fill(request: &IoRequest, mark: &str, answer: &str) -> IoRequest {
    let mut request = request.clone();
    match &mut request {
        IoRequest::Http(http) => {
            let encoded: String = url::form_urlencoded::byte_serialize(answer.as_bytes()).collect();
            let encoded = encoded.replace('+', "%20");
            // A URL may have been built with the mark percent-encoded.
            let escaped: String = url::form_urlencoded::byte_serialize(mark.as_bytes()).collect();
            http.url = http.url.replace(mark, &encoded).replace(&escaped, &encoded);
            let is_form = http.headers.iter().any(|(name, value)| {
                name.eq_ignore_ascii_case("content-type") && value.to_string().contains("form-urlencoded")
            });
            let json = serde_json::Value::from(answer).to_string();
            let inner = json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).unwrap_or_default();
            let answer_in_body = if is_form { encoded.as_str() } else { inner };
            let texts = match &mut http.body {
                Some(Value::Plain(body)) => vec![body],
                Some(Value::Around { before, after, .. }) => vec![before, after],
                Some(Value::Secret { prefix, .. }) => vec![prefix],
                None => Vec::new(),
            };
            for text in texts {
                *text = text.replace(&escaped, &encoded).replace(mark, answer_in_body);
            }
            for (_, value) in &mut http.headers {
                if let Value::Plain(text) = value {
                    *text = text.replace(mark, &clean(answer));
                }
            }
        }
        IoRequest::Command(command) => {
            command.argv.iter_mut().for_each(|part| *part = part.replace(mark, answer));
        }
        // Nothing is typed into these.
        IoRequest::Tcp(_) | IoRequest::Redis(_) | IoRequest::Postgres(_) | IoRequest::S3(_) => {}
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::io::{CommandRequest, HttpRequest};

    fn http(url: &str, body: &str) -> IoRequest {
        IoRequest::Http(HttpRequest {
            method: "PUT".into(),
            url: url.into(),
            headers: vec![("idempotency-key".into(), Value::Plain(ONCE.into()))],
            body: Some(Value::Plain(body.into())),
            timeout: Duration::from_secs(1),
            limit: 1024,
            redirects: 0,
        })
    }

    fn offer(request: IoRequest, kind: BlankKind) -> Offer {
        let call = Call {
            key: "evt_1".into(),
            title: format!("assign to {BLANK}"),
            request,
            expect: None,
            check: None,
        };
        let blank = Some(Blank { label: "who".into(), suggested: String::new(), kind });
        Offer { blank, ..Offer::one("assign", Risk::Change, call) }
    }

    #[test]
    fn an_answer_is_escaped_where_it_stands() {
        let asked = offer(
            http(&format!("https://example.com/{BLANK}"), &format!("{{\"to\":\"{BLANK}\"}}")),
            BlankKind::Text,
        );
        let answered = asked.answered("a\"b/c d").unwrap();
        let IoRequest::Http(http) = &answered.calls[0].request else { panic!("not HTTP") };
        assert_eq!(http.url, "https://example.com/a%22b%2Fc%20d");
        assert_eq!(http.body, Some(Value::Plain(r#"{"to":"a\"b/c d"}"#.into())));
        assert_eq!(answered.calls[0].title, "assign to a\"b/c d");
        assert!(asked.answered("  ").is_err());
    }

    #[test]
    fn a_number_is_a_number_within_its_bounds_and_one_argument() {
        let argv = vec!["fly".into(), "scale".into(), "count".into(), BLANK.into()];
        let request = IoRequest::Command(CommandRequest {
            argv,
            env: Vec::new(),
            cwd: None,
            timeout: Duration::from_secs(1),
            limit: 1024,
        });
        let asked = offer(request, BlankKind::Integer(1, 20));
        for wrong in ["0", "21", "two", "1; rm -rf /", ""] {
            assert!(asked.answered(wrong).is_err(), "{wrong}");
        }
        let answered = asked.answered(" 3 ").unwrap();
        let IoRequest::Command(command) = &answered.calls[0].request else { panic!("no command") };
        assert_eq!(command.argv[3], "3");
    }

    #[test]
    fn a_key_is_one_confirmation_s_and_one_call_s() {
        let mut keyed = offer(http("https://example.com/", "{}"), BlankKind::Text);
        let check = Check {
            request: http(&format!("https://example.com/?key={ONCE}"), ""),
            when: Condition::compile("status == 200").unwrap(),
            fails: None,
            every: Duration::from_secs(1),
            within: Duration::from_secs(9),
        };
        keyed.calls = Arc::from([Call { check: Some(check), ..keyed.calls[0].clone() }]);
        let keyed = keyed.keyed("night-7");
        let IoRequest::Http(asked) = &keyed.calls[0].request else { panic!("not HTTP") };
        assert_eq!(asked.headers[0].1, Value::Plain("night-7-evt_1".into()));
        let IoRequest::Http(check) = &keyed.calls[0].check.as_ref().unwrap().request else {
            panic!("not HTTP")
        };
        assert_eq!(
            check.url, "https://example.com/?key=night-7-evt_1",
            "its effect is looked for by the same key"
        );
    }

    #[test]
    fn an_answer_stands_beside_a_secret_in_a_body() {
        let mut request = http("https://example.com/", "");
        if let IoRequest::Http(http) = &mut request {
            http.body = Some(Value::Around {
                before: format!("{{\"says\":\"{BLANK}\",\"key\":\""),
                secret: crate::domain::io::SecretSource::Env("KEY".into()),
                after: format!("\",\"again\":\"{BLANK}\"}}"),
            });
        }
        let recorded = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<IoRequest>(&recorded).unwrap(), request);
        let answered = offer(request, BlankKind::Text).answered("a \"b\"").unwrap();
        let IoRequest::Http(http) = &answered.calls[0].request else { panic!("not HTTP") };
        assert_eq!(
            http.body.as_ref().unwrap().to_string(),
            r#"{"says":"a \"b\"","key":"‹env KEY›","again":"a \"b\""}"#
        );
    }
}
