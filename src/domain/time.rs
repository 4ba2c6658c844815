//! Instants and how long things took. No clock is asked here: time is an argument.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant in milliseconds since the Unix epoch, UTC. Written as RFC 3339 in every record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `millis` after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The instant that `text` writes as RFC 3339.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|at| Self(at.timestamp_millis()))
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The same instant for calendar work; `None` outside the years chrono can hold.
    pub fn utc(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.0)
    }

    /// How long since `earlier`; zero if `earlier` is in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// How long until `later`; zero if it has passed.
    pub fn until(self, later: Self) -> Duration {
        later.since(self)
    }

    /// This instant and `span` more.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }

    /// This instant less `span`.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis(span)))
    }

    /// This instant by a clock that was set by `millis`.
    #[must_use]
    pub const fn shifted(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// `14:32:05`, in UTC.
    pub fn clock(self) -> String {
        self.utc().map_or_else(|| "--:--:--".into(), |at| at.format("%H:%M:%S").to_string())
    }

    /// `14:32`, in UTC.
    pub fn clock_minutes(self) -> String {
        self.utc().map_or_else(|| "--:--".into(), |at| at.format("%H:%M").to_string())
    }

    /// `2026-11-21T14:32:05.120Z`.
    pub fn rfc3339(self) -> String {
        self.utc().map_or_else(|| self.0.to_string(), |at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        DateTime::parse_from_rfc3339(&text)
            .map(|at| Self(at.timestamp_millis()))
            .map_err(serde::de::Error::custom)
    }
}

/// A span as an operator reads it in a column, at most six characters: `850ms`, `41s`, `4m12`,
/// `2h05`, `3d 4h`, `120d`.
pub fn short(span: Duration) -> String {
    let seconds = span.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if span < Duration::from_secs(1) {
        format!("{}ms", span.as_millis())
    } else if minutes == 0 {
        format!("{seconds}s")
    } else if hours == 0 {
        format!("{minutes}m{:02}", seconds % 60)
    } else if days == 0 {
        format!("{hours}h{:02}", minutes % 60)
    } else if days < 10 {
        format!("{days}d {}h", hours % 24)
    } else {
        format!("{days}d")
    }
}

/// A span in its greatest unit: `45s`, `11m`, `3h`, `2d`.
pub fn brief(span: Duration) -> String {
    match span.as_secs() {
        seconds @ ..60 => format!("{seconds}s"),
        seconds @ 60..3_600 => format!("{}m", seconds / 60),
        seconds @ 3_600..86_400 => format!("{}h", seconds / 3_600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// A span as a countdown or a stop-watch: `07:18`, `1:02:05`.
pub fn stopwatch(span: Duration) -> String {
    let seconds = span.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{:02}", seconds % 60)
    } else {
        format!("{minutes:02}:{:02}", seconds % 60)
    }
}

/// A latency in four to five characters: `0.4ms`, `41ms`, `2.3s`, `120s`.
pub fn latency(span: Duration) -> String {
    let micros = span.as_micros();
    if micros < 1_000 {
        format!("0.{}ms", micros / 100)
    } else if micros < 1_000_000 {
        format!("{}ms", micros / 1_000)
    } else if micros < 10_000_000 {
        format!("{}.{}s", micros / 1_000_000, micros % 1_000_000 / 100_000)
    } else {
        format!("{}s", micros / 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_an_operator_writes_them() {
        let cases = [
            (0, "0ms"),
            (41, "41s"),
            (252, "4m12"),
            (7_500, "2h05"),
            (273_600, "3d 4h"),
            (10_368_000, "120d"),
        ];
        for (seconds, text) in cases {
            assert_eq!(short(Duration::from_secs(seconds)), text);
        }
        assert_eq!(stopwatch(Duration::from_secs(438)), "07:18");
        assert_eq!(latency(Duration::from_millis(2345)), "2.3s");
    }

    #[test]
    fn a_timestamp_survives_its_text() {
        let at = Timestamp::from_millis(1_795_271_525_120);
        let text = serde_json::to_string(&at).unwrap();
        assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), at);
    }
}
