//! Which values of a table are secrets: decided once, for the warning about those that stand in plain text and for what
//! is shown of a configuration.

use crate::domain::io::Value;
use crate::domain::setting::{Placed, Setting, Table};

/// Keys of texts or secrets that prove nothing by themselves: what a request says, and the id of an access key, which
/// its secret goes with.
const PROVES_NOTHING: [&str; 2] = ["body", "access_key"];
/// Names of headers and variables whose value is a secret, in lower case.
const NAMES: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];
/// How the names of other such headers and variables end, `-` for `_`.
const ENDS: [&str; 9] =
    ["token", "secret", "password", "passwd", "api-key", "apikey", "secret-key", "access-key", "private-key"];

/// Whether the value that a table holds under `key` is a credential.
pub(super) fn is_credential(key: &str, setting: &Setting) -> bool {
    matches!(setting, Setting::Value(_)) && !PROVES_NOTHING.contains(&key)
}

/// Whether a header or variable called `name` holds a secret more often than not.
pub(super) fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    NAMES.contains(&name.as_str()) || ENDS.iter().any(|end| name.ends_with(end))
}

/// The secrets that stand in plain text under `key`: what each is called, and where it is.
pub(super) fn in_plain_text<'a>(key: &'a str, placed: &'a Placed) -> Vec<(&'a str, (usize, usize))> {
    let is_plain = |setting: &Setting| matches!(setting, Setting::Value(Value::Plain(_)));
    match &placed.value {
        setting if is_credential(key, setting) => {
            is_plain(setting).then_some((key, placed.place)).into_iter().collect()
        }
        Setting::Map(items) => items
            .iter()
            .filter(|(name, item)| sounds_secret(name) && is_plain(&item.value))
            .map(|(name, item)| (name.as_str(), item.place))
            .collect(),
        // What an inner table holds is found where that table is checked.
        Setting::Table(_)
        | Setting::Tables(_)
        | Setting::Text(_)
        | Setting::Path(_)
        | Setting::Integer(_)
        | Setting::Flag(_)
        | Setting::Duration(_)
        | Setting::Condition(_)
        | Setting::Value(_)
        | Setting::List(_)
        | Setting::Json(_) => Vec::new(),
    }
}

/// Every text or secret in `table`, however deep.
pub(super) fn values(table: &Table) -> Vec<&Value> {
    fn walk<'a>(setting: &'a Setting, all: &mut Vec<&'a Value>) {
        match setting {
            Setting::Value(value) => all.push(value),
            Setting::List(items) => items.iter().for_each(|item| walk(&item.value, all)),
            Setting::Map(items) => items.iter().for_each(|(_, item)| walk(&item.value, all)),
            Setting::Table(table) => all.extend(values(table)),
            Setting::Tables(tables) => all.extend(tables.iter().flat_map(values)),
            Setting::Text(_)
            | Setting::Path(_)
            | Setting::Integer(_)
            | Setting::Flag(_)
            | Setting::Duration(_)
            | Setting::Condition(_)
            | Setting::Json(_) => {}
        }
    }
    let mut all = Vec::new();
    table.entries.values().for_each(|placed| walk(&placed.value, &mut all));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_a_table_is_a_credential_unless_it_proves_nothing() {
        let plain = Setting::Value(Value::Plain("x".into()));
        for key in ["token", "key", "password", "routing_key", "secret_key", "session_token"] {
            assert!(is_credential(key, &plain), "{key}");
            assert!(!is_credential(key, &Setting::Text("m".into())), "{key}");
        }
        assert!(!is_credential("body", &plain) && !is_credential("access_key", &plain));
    }

    #[test]
    fn names_that_sound_like_secrets_do_and_others_do_not() {
        for name in
            ["Authorization", "x-api-key", "X-Auth-Token", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "cookie"]
        {
            assert!(sounds_secret(name), "{name}");
        }
        for name in ["accept", "idempotency-key", "x-request-id", "TOKEN_URL", "PATH", ""] {
            assert!(!sounds_secret(name), "{name}");
        }
    }
}
