//! What a reply means for the run that asked.

use crate::domain::action::{Action, ActionKind, Expect, Purpose, Risk, Toggle};
use crate::domain::condition::{Condition, document, observe};
use crate::domain::io::{Delivery, IoReply, IoRequest, OutputLine};
use crate::domain::terms::Terms;
use crate::domain::text;

/// Lines of an HTTP body that are kept with a run.
const BODY_LINES: usize = 200;

/// The longest line of an output that is kept whole, in bytes.
const LINE: usize = 4096;
/// Lines of a document that are kept.
const LINES: usize = 2000;

/// How a run's request was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As expected; its effect may still have to be seen.
    Accepted(String),
    /// It did not do what was asked.
    Failed(String),
    /// Nobody knows whether it had an effect.
    Unknown(String),
    /// The operator stopped it.
    Cancelled(String),
}

/// What `reply` means for a run of this risk that was to do `expect`.
pub fn outcome(risk: Risk, expect: Option<&Expect>, reply: &IoReply) -> Outcome {
    let default = Expect::default();
    let expect = expect.unwrap_or(&default);
    let said = match reply {
        IoReply::Failed(failure) => {
            let detail = failure.words();
            return match failure.delivery {
                Delivery::Cancelled => Outcome::Cancelled(failure.detail.clone()),
                Delivery::NotSent => Outcome::Failed(detail),
                Delivery::Unknown if risk == Risk::Read => Outcome::Failed(detail),
                Delivery::Unknown => Outcome::Unknown(detail),
            };
        }
        IoReply::Http(http) => {
            let said = http.status.to_string();
            // A condition that does not speak of the status leaves it as it must be.
            let judged = expect.when.as_ref().is_some_and(|when| when.needs("status"));
            let good = judged || (200..300).contains(&http.status);
            if !good && risk != Risk::Read && matches!(http.status, 502 | 504) {
                return Outcome::Unknown(format!("{said}: a gateway lost the answer"));
            }
            if !good {
                return Outcome::Failed(format!(
                    "{said} {}",
                    first_line(&String::from_utf8_lossy(&http.body))
                ));
            }
            said
        }
        IoReply::Tcp(tcp) => format!("connected in {} ms", tcp.latency.as_millis()),
        IoReply::Data(data) => format!("answered in {} ms", data.latency.as_millis()),
        IoReply::Command(command) => {
            let Some(exit) = command.exit else {
                let signal =
                    command.signal.map_or_else(|| "a signal".into(), |signal| format!("signal {signal}"));
                return Outcome::Failed(format!("ended by {signal}"));
            };
            let judged = expect.exit.is_none() && expect.when.as_ref().is_some_and(|when| when.needs("exit"));
            if !judged && exit != expect.exit.unwrap_or(0) {
                return Outcome::Failed(format!("exit {exit}"));
            }
            format!("exit {exit}")
        }
    };
    if let Some(wanted) = &expect.text
        && !body(reply).contains(wanted.as_str())
    {
        return Outcome::Failed(format!("{said}, without the expected text {wanted:?}"));
    }
    if let Some(when) = &expect.when {
        match when.holds(&observe(reply, &[when]).0) {
            Ok(true) => {}
            Ok(false) => return Outcome::Failed(format!("{said}, but not {}", when.text())),
            Err(error) => {
                return Outcome::Failed(format!(
                    "{said}, and {} cannot be told: {}",
                    when.text(),
                    error.message
                ));
            }
        }
    }
    Outcome::Accepted(said)
}

/// What `terms` want of the reply, if anything; why it cannot be told where they are no condition.
pub fn expected(terms: &Terms) -> Result<Option<Expect>, String> {
    let Some(text) = &terms.expect else { return Ok(None) };
    match Condition::compile(text) {
        Ok(when) => Ok(Some(Expect { when: Some(when), ..Expect::default() })),
        Err(error) => Err(format!("{text} is no condition: {}", error.message)),
    }
}

/// The position that the reply to a toggle's `read` tells.
pub fn position(toggle: &Toggle, reply: &IoReply) -> Result<bool, String> {
    match outcome(Risk::Read, None, reply) {
        Outcome::Accepted(_) => {
            toggle.is_on.holds(&observe(reply, &[&toggle.is_on]).0).map_err(|error| error.message)
        }
        Outcome::Failed(why) | Outcome::Unknown(why) | Outcome::Cancelled(why) => Err(why),
    }
}

/// The request that `action` has for `purpose`.
pub fn request_for(action: &Action, purpose: Purpose) -> Option<&IoRequest> {
    match (&action.kind, purpose) {
        (ActionKind::Once(request), Purpose::Do) => Some(request),
        (ActionKind::Toggle(toggle), Purpose::On) => Some(&toggle.on),
        (ActionKind::Toggle(toggle), Purpose::Off) => Some(&toggle.off),
        (ActionKind::Toggle(toggle), Purpose::Read) => Some(&toggle.read),
        (ActionKind::Once(_) | ActionKind::Toggle(_) | ActionKind::Open(_) | ActionKind::Shell(_), _) => None,
    }
}

/// The lines of `reply` worth keeping with a run that did not stream any.
pub fn lines(reply: &IoReply) -> Vec<OutputLine> {
    let line = |error: bool, text: &str| OutputLine { error, text: text::clean(text).into_owned() };
    match reply {
        IoReply::Http(http) => {
            let mut lines = vec![line(false, &format!("HTTP {}", http.status))];
            let body = String::from_utf8_lossy(&http.body);
            lines.extend(body.lines().take(BODY_LINES).map(|text| line(false, text)));
            lines
        }
        IoReply::Tcp(_) => Vec::new(),
        IoReply::Command(command) => {
            let stdout = command.stdout.lines().map(|text| line(false, text));
            stdout.chain(command.stderr.lines().map(|text| line(true, text))).collect()
        }
        IoReply::Data(data) => data.text.lines().take(BODY_LINES).map(|text| line(false, text)).collect(),
        IoReply::Failed(failure) => {
            vec![line(true, &failure.words())]
        }
    }
}

/// The output of a command that is one JSON document with a line too long to be kept: the document with a line a
/// value. `None` where its lines can be kept as they are.
pub fn readable(reply: &IoReply) -> Option<Vec<OutputLine>> {
    let IoReply::Command(command) = reply else { return None };
    let too_long = |text: &str| text.lines().any(|line| line.len() > LINE);
    let text = document(&command.stdout).filter(|text| !command.truncated && too_long(text))?;
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let pretty = serde_json::to_string_pretty(&value).ok()?;
    if pretty.lines().count() > LINES || too_long(&pretty) {
        return None;
    }
    let line = |error: bool, text: &str| OutputLine { error, text: text::clean(text).into_owned() };
    let lead = command.stdout.find(text).map_or("", |at| &command.stdout[..at]);
    let printed = lead.lines().chain(pretty.lines()).map(|text| line(false, text));
    Some(printed.chain(command.stderr.lines().take(LINES).map(|text| line(true, text))).collect())
}

fn body(reply: &IoReply) -> String {
    match reply {
        IoReply::Http(http) => String::from_utf8_lossy(&http.body).into_owned(),
        IoReply::Command(command) => format!("{}{}", command.stdout, command.stderr),
        IoReply::Data(data) => data.text.clone(),
        IoReply::Tcp(_) | IoReply::Failed(_) => String::new(),
    }
}

fn first_line(body: &str) -> String {
    text::clip(&text::clean(body.lines().next().unwrap_or_default()), 80).into_owned()
}
