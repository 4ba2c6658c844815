//! How durations are spread: mean, median, the slow tenth.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Serialize, Serializer};

use super::or_dash;

/// Durations, summed up. Empty where there were none.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// How many.
    pub count: u64,
    /// Their mean.
    #[serde(rename = "mean_ms", serialize_with = "millis")]
    pub mean: Option<Duration>,
    /// Half of them were not longer, to one part in a thousand.
    #[serde(rename = "median_ms", serialize_with = "millis")]
    pub median: Option<Duration>,
    /// Nine tenths were not longer.
    #[serde(rename = "p90_ms", serialize_with = "millis")]
    pub p90: Option<Duration>,
    /// The longest.
    #[serde(rename = "longest_ms", serialize_with = "millis")]
    pub longest: Option<Duration>,
}

#[expect(clippy::ref_option, reason = "serde asks for a reference")]
fn millis<S: Serializer>(span: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match span {
        Some(span) => serializer.serialize_some(&in_millis(*span)),
        None => serializer.serialize_none(),
    }
}

fn in_millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl Spread {
    /// Of these.
    pub fn of(spans: impl Iterator<Item = Duration>) -> Self {
        // Three figures, and as long as it takes: it grows with what is recorded.
        let Ok(mut histogram) = Histogram::<u64>::new(3) else { return Self::default() };
        let (mut sum, mut longest) = (Duration::ZERO, Duration::ZERO);
        for span in spans {
            if histogram.record(in_millis(span)).is_ok() {
                sum = sum.saturating_add(span);
                longest = longest.max(span);
            }
        }
        let Ok(count) = u32::try_from(histogram.len()) else { return Self::default() };
        if count == 0 {
            return Self::default();
        }
        // The histogram's bucket may reach past the longest.
        let at = |quantile| Some(Duration::from_millis(histogram.value_at_quantile(quantile)).min(longest));
        Self {
            count: u64::from(count),
            mean: Some(sum / count),
            median: at(0.5),
            p90: at(0.9),
            longest: Some(longest),
        }
    }

    /// Count, mean, median, p90 and longest in columns.
    pub(super) fn columns(&self) -> String {
        let [mean, median, p90, longest] = [self.mean, self.median, self.p90, self.longest].map(or_dash);
        format!("{:>8} {mean:>8} {median:>8} {p90:>8} {longest:>8}", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_took_long_moves_the_mean_and_not_the_median() {
        let spans = [60, 120, 180, 240, 36_000].map(Duration::from_secs);
        let spread = Spread::of(spans.into_iter());
        assert_eq!((spread.count, spread.mean), (5, Some(Duration::from_secs(7_320))));
        let median = spread.median.unwrap();
        assert!(median.abs_diff(Duration::from_secs(180)) < Duration::from_millis(200), "{median:?}");
        assert_eq!(spread.longest, Some(Duration::from_secs(36_000)));
        assert!(spread.p90.unwrap() <= spread.longest.unwrap());
        assert_eq!(Spread::of(std::iter::empty()), Spread::default());
        assert_eq!(Spread::of([Duration::ZERO].into_iter()).median, Some(Duration::ZERO));
    }
}
