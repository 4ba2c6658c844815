//! The text of `INFO`: lines of `key:value` between headings. Unknown keys are left alone; a known key with a
//! value that is not what it should be is a fault, because then nothing has been measured.

use std::collections::BTreeMap;

use crate::domain::io::Reason;
use crate::domain::text::clip;
use crate::sources::reply::Fault;

/// One of these stands in every answer that is one.
const TELLING: [&str; 6] =
    ["redis_version", "connected_clients", "used_memory", "role", "uptime_in_seconds", "loading"];

/// What a server said.
#[derive(Debug)]
pub(super) struct Info<'a> {
    lines: BTreeMap<&'a str, &'a str>,
    /// Whether databases are listed; an empty one is not.
    tells_keys: bool,
}

impl<'a> Info<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Fault> {
        let mut lines = BTreeMap::new();
        let mut tells_keys = false;
        for line in text.lines().map(str::trim) {
            if let Some(heading) = line.strip_prefix('#') {
                tells_keys |= heading.trim().eq_ignore_ascii_case("keyspace");
            } else if let Some((key, value)) = line.split_once(':') {
                lines.entry(key).or_insert(value.trim());
            }
        }
        if TELLING.iter().any(|key| lines.contains_key(key)) {
            return Ok(Self { lines, tells_keys });
        }
        let reason = if lines.is_empty() { Reason::Parse } else { Reason::Body };
        Err(Fault::new(reason, "the answer is not what INFO says"))
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.lines.get(key).copied()
    }

    pub(super) fn number(&self, key: &str) -> Result<Option<u64>, Fault> {
        let number = |value: &str| value.parse().map_err(|_| strange(key, value));
        self.text(key).map(number).transpose()
    }

    /// The keys of all databases together.
    pub(super) fn keys(&self) -> Result<Option<u64>, Fault> {
        let mut sum = self.tells_keys.then_some(0u64);
        let is_database = |key: &str| {
            key.strip_prefix("db")
                .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        };
        for (key, value) in self.lines.iter().filter(|(key, _)| is_database(key)) {
            let keys = value.split(',').find_map(|part| part.strip_prefix("keys="));
            let keys: u64 = keys.and_then(|keys| keys.parse().ok()).ok_or_else(|| strange(key, value))?;
            sum = Some(sum.unwrap_or(0).saturating_add(keys));
        }
        Ok(sum)
    }
}

fn strange(key: &str, value: &str) -> Fault {
    Fault::new(Reason::Body, format!("{key} is {:?}", clip(value, 40)))
}
