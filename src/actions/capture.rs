//! What of a reply gets a name, for later steps. A value is kept as it stands or not at all: what holds a secret, what a
//! terminal would obey and what is too long is refused.

use serde_json::Value;

use crate::domain::condition::{Condition, document, observe};
use crate::domain::io::IoReply;
use crate::domain::runbook::names_secret;
use crate::domain::step_rules::Capture;
use crate::domain::text::is_hostile;

/// How long a value is at most, in bytes.
const LONGEST: usize = 4096;
/// What stands where a secret was.
const REDACTED: char = '‹';

/// What `reply` has under `name`, as a code span writes it: of an HTTP reply a header, of a JSON document a key, at the
/// outermost place where there is one. `None` where there is none, where several differ, or where it is not to be kept.
pub fn mentioned(name: &str, reply: &IoReply) -> Option<String> {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if !is_name || names_secret(name) {
        return None;
    }
    let value = match reply {
        IoReply::Http(http) => match http.header(&name.to_lowercase()) {
            Some(value) => value.to_owned(),
            None if http.truncated => return None,
            None => in_document(name, std::str::from_utf8(&http.body).ok()?)?,
        },
        IoReply::Command(command) if !command.truncated => in_document(name, document(&command.stdout)?)?,
        IoReply::Command(_) | IoReply::Data(_) | IoReply::Tcp(_) | IoReply::Failed(_) => return None,
    };
    kept(&value).ok()
}

/// The one value under the key `name` of a JSON document: `a.b` from the outside, else wherever it stands.
fn in_document(name: &str, text: &str) -> Option<String> {
    let document: Value = serde_json::from_str(text).ok()?;
    let outside = name.split('.').try_fold(&document, |value, key| value.get(key));
    let mut found: Vec<&Value> = outside.into_iter().collect();
    if found.is_empty() {
        under(&document, name, &mut found);
        found.dedup();
    }
    match found[..] {
        [Value::String(text)] => Some(text.clone()),
        [value @ (Value::Bool(_) | Value::Number(_) | Value::Null)] => Some(value.to_string()),
        _ => None,
    }
}

/// Every value under the key `name`.
fn under<'v>(value: &'v Value, name: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get(name));
            map.values().for_each(|inner| under(inner, name, found));
        }
        Value::Array(list) => list.iter().for_each(|inner| under(inner, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The value that `capture` gives of `reply`; why there is none.
pub fn captured(capture: &Capture, reply: &IoReply) -> Result<String, String> {
    if names_secret(&capture.name) {
        return Err("its name is that of a secret, which is never kept".into());
    }
    let value = match &capture.of {
        Some(of) => {
            let expression = Condition::compile(of).map_err(|error| error.message)?;
            expression.value(&observe(reply, &[&expression]).0).map_err(|error| error.message)?
        }
        None => whole(reply)?,
    };
    kept(&value)
}

/// `value` as it is kept; why it is not.
fn kept(value: &str) -> Result<String, String> {
    let value = value.trim();
    if value.is_empty() {
        return Err("it is empty".into());
    }
    if value.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    if value.contains(REDACTED) {
        return Err("it holds a secret".into());
    }
    if value.chars().any(|c| is_hostile(c) && c != '\n') || value.contains(char::REPLACEMENT_CHARACTER) {
        return Err("it holds control characters".into());
    }
    Ok(value.to_owned())
}

/// Everything that was replied.
fn whole(reply: &IoReply) -> Result<String, String> {
    let (text, cut) = match reply {
        IoReply::Command(command) => (command.stdout.clone(), command.truncated),
        IoReply::Http(http) => {
            let text = std::str::from_utf8(&http.body).map_err(|_| "it is no text".to_owned())?;
            (text.to_owned(), http.truncated)
        }
        IoReply::Data(data) => (data.text.clone(), data.truncated),
        IoReply::Tcp(_) | IoReply::Failed(_) => (String::new(), false),
    };
    if cut { Err("the reply was cut".into()) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::io::CommandReply;

    fn printed(stdout: &str) -> IoReply {
        IoReply::Command(CommandReply {
            exit: Some(0),
            signal: None,
            stdout: stdout.into(),
            stderr: String::new(),
            truncated: false,
            duration: Duration::ZERO,
        })
    }

    fn capture(name: &str, of: Option<&str>, stdout: &str) -> Result<String, String> {
        captured(&Capture { name: name.into(), of: of.map(str::to_owned) }, &printed(stdout))
    }

    #[test]
    fn what_a_code_span_names_is_found_in_a_header_or_under_one_key() {
        use crate::domain::io::HttpReply;
        let reply = |body: &str| {
            IoReply::Http(HttpReply {
                status: 200,
                headers: vec![("x-evidence-checksum".into(), "sha256:ab".into())],
                body: body.into(),
                truncated: false,
                latency: Duration::ZERO,
                certificate_days: None,
            })
        };
        let body = r#"{"alreadyPublished":false,"n":{"sentCount":18,"status":"ok"},"m":{"status":"late"},"list":[1],
            "apiToken":"x","odd":"a\u001b[31mb"}"#;
        let of = |name: &str| mentioned(name, &reply(body));
        assert_eq!(of("alreadyPublished").as_deref(), Some("false"));
        assert_eq!(of("sentCount").as_deref(), Some("18"), "wherever it stands");
        assert_eq!(of("m.status").as_deref(), Some("late"));
        assert_eq!(of("X-Evidence-Checksum").as_deref(), Some("sha256:ab"));
        for name in ["status", "list", "apiToken", "odd", "gone", "a b", ""] {
            assert_eq!(of(name), None, "{name}");
        }
        assert_eq!(mentioned("x", &reply("no json")), None);
        assert_eq!(mentioned("ok", &printed("> npm\n{\"ok\": true}\n")).as_deref(), Some("true"));
    }

    #[test]
    fn a_value_is_kept_as_it_stands_or_not_at_all() {
        assert_eq!(capture("sha", None, "  a1b2c3\n").as_deref(), Ok("a1b2c3"));
        assert_eq!(capture("two", None, "a\nb\n").as_deref(), Ok("a\nb"));
        let json = "> shop@1.0.0 deploy\n> node deploy.js\n\n{\"id\": \"dpl_1\", \"n\": 7, \"ok\": true, \"list\": []}\n";
        assert_eq!(capture("id", Some("json.id"), json).as_deref(), Ok("dpl_1"));
        assert_eq!(capture("n", Some("json.n + 1"), json).as_deref(), Ok("8"));
        assert_eq!(capture("ok", Some("json.ok"), json).as_deref(), Ok("true"));
        assert_eq!(
            capture("word", Some("stdout | trim | split(' ') | last"), "live is v42\n").as_deref(),
            Ok("v42")
        );
        for (name, of, stdout, why) in [
            ("id", Some("json.gone"), json, "json.gone is missing"),
            ("id", Some("json.list"), json, "not one value"),
            ("id", Some("json.id"), "no json", "not JSON"),
            ("id", None, " \n", "empty"),
            ("api-token", None, "abc", "a secret"),
            ("dbPassword", Some("json.id"), json, "a secret"),
            ("id", None, "key ‹redacted›", "holds a secret"),
            ("id", None, "a\u{1b}[31mb", "control characters"),
            ("id", None, "a\u{202e}b", "control characters"),
        ] {
            let error = capture(name, of, stdout).unwrap_err();
            assert!(error.contains(why), "{name}: {error}");
        }
        assert!(capture("id", None, &"x".repeat(5000)).unwrap_err().contains("longer"));
    }
}
