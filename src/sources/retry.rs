//! How long a source asks to be left alone. Providers disagree on names and units, so values are
//! read by their size.

use std::time::Duration;

use chrono::DateTime;

use crate::domain::io::HttpReply;
use crate::domain::time::Timestamp;

/// No source is left alone longer than this on its own word.
const LONGEST: Duration = Duration::from_secs(900);

/// Headers that say when a limit is lifted, after `retry-after`.
const RESETS: [&str; 4] =
    ["x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset", "x-sentry-rate-limit-reset"];

/// The wait that `reply`, which came at `at`, asks for: at most 15 minutes.
pub(super) fn wait(reply: &HttpReply, at: Timestamp) -> Option<Duration> {
    let asked = reply
        .header("retry-after")
        .and_then(|value| number(value).map(seconds).or_else(|| until_date(value, at)))
        .or_else(|| RESETS.iter().find_map(|name| reset(number(reply.header(name)?)?, at)))
        .or_else(|| structured(reply.header("ratelimit")?))?;
    Some(asked.min(LONGEST))
}

/// Whether a refusal is one for asking too often: GitHub says 403 then, with nothing left or a time to wait.
pub(super) fn exhausted(reply: &HttpReply) -> bool {
    reply.header("retry-after").is_some() || reply.header("x-ratelimit-remaining") == Some("0")
}

fn number(value: &str) -> Option<f64> {
    value.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or(LONGEST)
}

/// `Wed, 21 Oct 2026 07:28:00 GMT`.
fn until_date(value: &str, at: Timestamp) -> Option<Duration> {
    let date = DateTime::parse_from_rfc2822(value.trim()).ok()?;
    Some(at.until(Timestamp::from_millis(date.timestamp_millis())))
}

/// Epoch milliseconds, epoch seconds or seconds left, by its size.
fn reset(value: f64, at: Timestamp) -> Option<Duration> {
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the comparisons")]
    let epoch = |millis: f64| (millis < 9e15).then(|| at.until(Timestamp::from_millis(millis as i64)));
    if value > 1e12 {
        epoch(value)
    } else if value > 1e9 {
        epoch(value * 1000.0)
    } else {
        Some(seconds(value))
    }
}

/// `"default";r=0;t=30`: seconds left after `t=`.
fn structured(value: &str) -> Option<Duration> {
    value.split(';').find_map(|part| number(part.trim().strip_prefix("t=")?)).map(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(headers: &[(&str, &str)]) -> Option<u64> {
        let reply = HttpReply {
            status: 429,
            headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            body: Vec::new(),
            truncated: false,
            latency: Duration::ZERO,
            certificate_days: None,
        };
        wait(&reply, Timestamp::from_millis(1_795_271_520_000)).map(|span| span.as_secs())
    }

    #[test]
    fn every_way_of_saying_it_is_understood_and_bounded() {
        assert_eq!(waits(&[]), None);
        assert_eq!(waits(&[("retry-after", "7")]), Some(7));
        assert_eq!(waits(&[("retry-after", "Sat, 21 Nov 2026 14:33:00 GMT")]), Some(60));
        assert_eq!(waits(&[("retry-after", "Sat, 21 Nov 2020 14:33:00 GMT")]), Some(0));
        assert_eq!(waits(&[("retry-after", "soon"), ("x-ratelimit-reset", "30")]), Some(30));
        assert_eq!(waits(&[("x-ratelimit-reset", "1795271550")]), Some(30));
        assert_eq!(waits(&[("x-ratelimit-reset", "1795271550000")]), Some(30));
        assert_eq!(waits(&[("ratelimit", "\"default\";r=0;t=12")]), Some(12));
        assert_eq!(waits(&[("retry-after", "99999999999999999999999")]), Some(900));
        assert_eq!(waits(&[("retry-after", "-5")]), None);
        assert_eq!(waits(&[("retry-after", "NaN")]), None);
    }
}
