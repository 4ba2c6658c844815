//! Placeholders that stand for a secret: they are filled by saying where the secret is kept, never
//! by typing it, so that it reaches no record, no screen and no process list.

use std::path::PathBuf;

use crate::domain::io::{SecretSource, Value};
use crate::domain::runbook::Placeholder;

/// What `text` hands over for `hole`: a secret by name where the hole asks for one, else the text.
pub fn handed_over(hole: &Placeholder, text: &str) -> Result<Value, &'static str> {
    if !hole.is_secret() {
        return Ok(Value::Plain(text.to_owned()));
    }
    let secret = match text.trim().split_once(':') {
        Some(("env", name)) if !name.trim().is_empty() => SecretSource::Env(name.trim().to_owned()),
        Some(("file", path)) if !path.trim().is_empty() => SecretSource::File(PathBuf::from(path.trim())),
        Some(_) | None => {
            return Err("a secret is never typed: say where it is kept, as env:NAME or file:/path");
        }
    };
    Ok(Value::Secret { prefix: String::new(), secret })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hole(name: &str) -> Placeholder {
        Placeholder { token: format!("<{name}>"), name: name.into(), line: 1, environment: false }
    }

    #[test]
    fn secrets_are_told_by_their_names_and_handed_over_by_name() {
        for name in
            ["new-key", "API_TOKEN", "redis-url", "DATABASE_URL", "SENTRY_DSN", "db-password", "apiKey"]
        {
            assert!(hole(name).is_secret(), "{name}");
        }
        for name in ["version", "deployment-url", "orgId", "team", "keyboard", "project-ref"] {
            assert!(!hole(name).is_secret(), "{name}");
        }
        assert_eq!(handed_over(&hole("version"), "42"), Ok(Value::Plain("42".into())));
        assert!(handed_over(&hole("new-key"), "hunter2-hunter2").is_err());
        let secret = SecretSource::Env("NEW_KEY".into());
        assert_eq!(
            handed_over(&hole("new-key"), "env:NEW_KEY"),
            Ok(Value::Secret { prefix: String::new(), secret })
        );
    }
}
