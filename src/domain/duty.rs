//! Duties: what is to be done after a release was said to be good, once or again and again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::{DutyId, StepId};
use super::time::short;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Something to do after a GO, as a runbook said it then: an edit changes nothing of it. Text in it is clean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// Its name.
    pub id: DutyId,
    /// What to do, without the words that say how often.
    pub text: String,
    /// The heading it stands under.
    pub part: String,
    /// The step it was read from, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// How often; `None` for what is done once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Duration>,
    /// How long after the GO it is due for the first time.
    pub first: Duration,
    /// How long after the GO its part ends. Never before `first`.
    pub lasts: Duration,
}

impl Duty {
    /// How often it is to be done in all.
    pub fn rounds(&self) -> u32 {
        let Some(every) = self.every.filter(|every| !every.is_zero()) else { return 1 };
        let more = self.lasts.saturating_sub(self.first).as_millis() / every.as_millis().max(1);
        u32::try_from(more).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// How long after the GO a round is due; the first is 0.
    pub fn due(&self, round: u32) -> Duration {
        self.first.saturating_add(self.every.unwrap_or_default().saturating_mul(round))
    }

    /// How many rounds are over at `after`, done or not: a round is over when the next one is due. What is done once
    /// never is.
    pub fn passed(&self, after: Duration) -> u32 {
        let every = self.every.unwrap_or_default();
        if self.rounds() == 1 || every.is_zero() {
            return 0;
        }
        let rounds = after.saturating_sub(self.first).as_millis() / every.as_millis().max(1);
        u32::try_from(rounds).unwrap_or(u32::MAX).min(self.rounds())
    }

    /// `hourly: check error rates`; what is done once says only what.
    pub fn words(&self) -> String {
        match self.every {
            Some(HOUR) => format!("hourly: {}", self.text),
            Some(DAY) => format!("daily: {}", self.text),
            Some(WEEK) => format!("weekly: {}", self.text),
            Some(every) => format!("every {}: {}", in_full(every), self.text),
            None => self.text.clone(),
        }
    }
}

/// `2h`, `30m`, `1h30`: without a part that is nothing.
fn in_full(span: Duration) -> String {
    let text = short(span);
    let round = ["m00", "h00"].into_iter().find_map(|end| {
        let whole = text.strip_suffix(end)?;
        Some(format!("{whole}{}", &end[..1]))
    });
    round.or_else(|| text.strip_suffix(" 0h").map(str::to_owned)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duty(every: Option<u64>, first: u64, lasts: u64) -> Duty {
        let hours = |hours: u64| HOUR * u32::try_from(hours).unwrap();
        Duty {
            id: "D-1".into(),
            text: "look".into(),
            part: "First day".into(),
            step: None,
            every: every.map(hours),
            first: hours(first),
            lasts: hours(lasts),
        }
    }

    #[test]
    fn rounds_fill_the_span_and_a_round_is_over_when_the_next_is_due() {
        let hourly = duty(Some(1), 1, 24);
        assert_eq!((hourly.rounds(), hourly.due(0), hourly.due(23)), (24, HOUR, DAY));
        let minutes = |minutes: u32| hourly.passed(Duration::from_secs(60) * minutes);
        assert_eq!([0, 60, 119, 120, 24 * 60, 25 * 60, 100_000].map(minutes), [0, 0, 0, 1, 23, 24, 24]);
        // "Daily" from nine o'clock on, five hours after the GO.
        assert_eq!(duty(Some(24), 5, 7 * 24).rounds(), 7);
        // Once is never missed.
        for once in [duty(None, 24, 24), duty(Some(168), 168, 168)] {
            assert_eq!((once.rounds(), once.passed(WEEK * 9)), (1, 0));
        }
    }

    #[test]
    fn how_often_is_said_as_people_say_it() {
        let words = |every: u64| Duty { every: Some(Duration::from_secs(every)), ..duty(None, 1, 1) }.words();
        assert_eq!(words(3_600), "hourly: look");
        assert_eq!(words(7_200), "every 2h: look");
        assert_eq!(words(1_800), "every 30m: look");
        assert_eq!(words(5_400), "every 1h30: look");
        assert_eq!(words(2 * 86_400), "every 2d: look");
        assert_eq!(words(7 * 86_400), "weekly: look");
    }
}
