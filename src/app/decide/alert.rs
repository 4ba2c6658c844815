//! Alerts: what the readings of one signal make of another.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::alert::{Alert, Rule};
use crate::domain::condition::Observing;
use crate::domain::io::Reason;
use crate::domain::reading::{Health, Reading};
use crate::domain::time::{Timestamp, brief};
use crate::state::Model;

use super::{Out, reading};

/// Evaluates the alert at `index`, if it is one, on the newest reading of its signal.
pub fn look(model: &mut Model, now: Timestamp, index: usize, out: &mut Out) {
    let Some(alert) = model.plan.signals[index].alert().cloned() else { return };
    let Some(of) = model.plan.signal_index(&alert.of) else { return };
    let Some(last) = &model.feed.signals[of].last else { return };
    // What cannot be measured neither fires nor ends an alert.
    let signal = &model.plan.signals[of];
    let stale = signal.request().is_some() && now.since(last.at) > signal.every * 4 + signal.timeout();
    let read = if stale || last.health == Health::Blind {
        let why = if stale { "has not answered" } else { "is blind" };
        let reason = last.reason.unwrap_or(Reason::Timeout);
        Reading::bare(now, Health::Blind, Some(reason), format!("{} {why}", alert.of))
    } else {
        let (body, latency, at) = (last.body.clone(), last.latency, last.at);
        let history = &mut model.feed.signals[index].history;
        judge(&alert, now, at, body.as_deref(), latency, history)
    };
    let feed = &mut model.feed.signals[index];
    feed.attempt += 1;
    feed.in_flight = true;
    let attempt = feed.attempt;
    reading::polled(model, now, index, attempt, read, out);
}

fn judge(
    alert: &Alert,
    now: Timestamp,
    at: Timestamp,
    body: Option<&Value>,
    latency: Option<Duration>,
    history: &mut VecDeque<(Timestamp, f64)>,
) -> Reading {
    let blind = |why: String| Reading::bare(now, Health::Blind, Some(Reason::Body), why);
    let Some(body) = body else { return blind(format!("{} gave no document", alert.of)) };
    let (fires, detail, count) = match &alert.rule {
        Rule::When(condition) => {
            let millis = latency.map_or(0.0, |span| span.as_secs_f64() * 1000.0);
            let observed = Observing::default().json("body", body).number("latency_ms", millis).done();
            match condition.holds(&observed) {
                Ok(holds) => (holds, condition.explain(&observed).join(", "), None),
                Err(error) => return blind(error.message),
            }
        }
        Rule::Within { least, span, began, .. } => {
            let began = began.as_ref().and_then(|place| instant(place.of(body)?));
            remember(&alert.rule, history, at, now, body, began);
            let grown = growth(history, now.minus(*span), now);
            (grown >= *least, format!("{grown:.0} in {}", brief(*span)), Some(grown))
        }
        Rule::Surge { factor, span, baseline, least, .. } => {
            remember(&alert.rule, history, at, now, body, None);
            let grown = growth(history, now.minus(*span), now);
            let seen = history.front().map_or(Duration::ZERO, |(first, _)| now.minus(*span).since(*first));
            if seen < *span {
                let text = format!("{} seen of the {} before", brief(seen), brief(*baseline));
                return blind(text);
            }
            let before = growth(history, now.minus(*span + *baseline), now.minus(*span));
            let usual = before / seen.min(*baseline).as_secs_f64() * span.as_secs_f64();
            let fires = grown >= *least && grown >= usual * factor;
            (fires, format!("{grown:.0} in {}, usually {usual:.1}", brief(*span)), Some(grown))
        }
    };
    let health = if fires { alert.fires } else { Health::Ok };
    Reading {
        body: Some(Arc::new(json!({ "fires": fires, "count": count }))),
        ..Reading::bare(now, health, None, detail)
    }
}

/// An RFC 3339 text, or milliseconds since the epoch.
fn instant(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => serde_json::from_value(Value::from(text.as_str())).ok(),
        Value::Number(number) => number.as_i64().map(Timestamp::from_millis),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Adds where the counter stands to what is remembered, and forgets what no rule looks at any more.
fn remember(
    rule: &Rule,
    history: &mut VecDeque<(Timestamp, f64)>,
    at: Timestamp,
    now: Timestamp,
    body: &Value,
    began: Option<Timestamp>,
) {
    let oldest = now.minus(rule.remembers());
    if history.back().is_none_or(|(last, _)| *last < at) {
        let stands = rule.count().and_then(|count| count.number(body));
        match (stands, history.is_empty()) {
            (Some(stands), true) => {
                // Seen for the first time: it has grown by all of it if it began only now.
                if let Some(began) = began.filter(|began| *began >= oldest && *began < at) {
                    history.push_back((began, 0.0));
                }
                history.push_back((at, stands));
            }
            (Some(stands), false) => history.push_back((at, stands)),
            // Nothing was counted yet. What was counted before and is not listed now says nothing.
            (None, true) => history.push_back((at, 0.0)),
            (None, false) => {}
        }
    }
    // One older than the span stays: what came after it grew from there.
    while history.get(1).is_some_and(|(second, _)| *second < oldest) {
        history.pop_front();
    }
}

/// How much the counter grew after `from` and up to `to`. A counter that fell has begun anew, or what it counts has
/// left its own window: that is no growth.
fn growth(history: &VecDeque<(Timestamp, f64)>, from: Timestamp, to: Timestamp) -> f64 {
    let pairs = history.iter().zip(history.iter().skip(1));
    pairs
        .filter(|(_, (at, _))| *at > from && *at <= to)
        .fold(0.0, |grown, ((_, before), (_, after))| grown + (after - before).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alert::Place;
    use crate::domain::condition::Condition;

    const MINUTE: u64 = 60;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_795_271_520_000).plus(Duration::from_secs(seconds))
    }

    fn spike() -> Alert {
        let (count, began) = (Place::parse("spike.count").unwrap(), Place::parse("spike.began"));
        let rule = Rule::Within { count, began, least: 12.0, span: Duration::from_secs(5 * MINUTE) };
        Alert { of: "sentry".into(), rule, fires: Health::Down }
    }

    fn walk(alert: &Alert, readings: &[(u64, Value)]) -> Vec<(Health, String)> {
        let mut history = VecDeque::new();
        let told = readings.iter().map(|(seconds, body)| {
            let read = judge(alert, at(*seconds), at(*seconds), Some(body), None, &mut history);
            (read.health, read.detail)
        });
        told.collect()
    }

    fn count(count: u64) -> Value {
        json!({ "spike": { "count": count.to_string() } })
    }

    #[test]
    fn twelve_within_five_minutes_fire_and_eleven_do_not() {
        let told = walk(&spike(), &[(0, count(100)), (60, count(111)), (90, count(112)), (400, count(112))]);
        assert_eq!(
            told,
            [
                (Health::Ok, "0 in 5m".into()),
                (Health::Ok, "11 in 5m".into()),
                (Health::Down, "12 in 5m".into()),
                (Health::Ok, "0 in 5m".into())
            ]
        );
    }

    #[test]
    fn what_grew_slowly_is_no_spike() {
        let readings: Vec<(u64, Value)> = (0..60).map(|minute| (minute * 60, count(minute * 2))).collect();
        assert!(walk(&spike(), &readings).iter().all(|(health, _)| *health == Health::Ok));
    }

    #[test]
    fn a_counter_that_fell_or_was_not_listed_for_a_while_has_not_grown() {
        let told = walk(
            &spike(),
            &[(0, count(31)), (30, json!({})), (60, count(31)), (90, count(20)), (120, count(25))],
        );
        assert_eq!(told.last().unwrap(), &(Health::Ok, "5 in 5m".to_owned()));
    }

    #[test]
    fn a_counter_that_was_not_there_before_has_grown_by_all_of_it() {
        assert_eq!(walk(&spike(), &[(0, json!({})), (30, count(14))])[1].0, Health::Down);
        let began = json!({ "spike": { "count": 14, "began": at(0).rfc3339() } });
        assert_eq!(walk(&spike(), &[(60, began.clone())])[0], (Health::Down, "14 in 5m".into()));
        assert_eq!(walk(&spike(), &[(600, began)])[0].0, Health::Ok, "it began before the span");
        assert_eq!(walk(&spike(), &[(60, count(14))])[0].0, Health::Ok, "nobody knows when it began");
    }

    #[test]
    fn a_surge_is_measured_against_what_was_usual() {
        let rule = Rule::Surge {
            count: Place::parse("n").unwrap(),
            factor: 3.0,
            span: Duration::from_secs(5 * MINUTE),
            baseline: Duration::from_secs(60 * MINUTE),
            least: 10.0,
        };
        let alert = Alert { of: "queue".into(), rule, fires: Health::Degraded };
        let steady: Vec<(u64, Value)> =
            (0..70).map(|minute| (minute * 60, json!({ "n": minute * 2 }))).collect();
        let told = walk(&alert, &steady);
        assert_eq!(told[3].0, Health::Blind, "nothing to compare with yet");
        assert!(told[11..].iter().all(|(health, _)| *health == Health::Ok), "{told:?}");
        let mut surging = steady;
        surging.extend((70..75).map(|minute| (minute * 60, json!({ "n": 138 + (minute - 69) * 8 }))));
        assert_eq!(walk(&alert, &surging).last().unwrap().0, Health::Degraded);
    }

    #[test]
    fn a_condition_that_cannot_be_told_is_blind() {
        let rule = Rule::When(Condition::compile("body.depth > 50").unwrap());
        let alert = Alert { of: "queue".into(), rule, fires: Health::Down };
        let told = walk(
            &alert,
            &[(0, json!({ "depth": 7 })), (1, json!({ "depth": 91 })), (2, json!({ "deep": 1 }))],
        );
        assert_eq!(told[0], (Health::Ok, "depth is 7".into()));
        assert_eq!(told[1], (Health::Down, "depth is 91".into()));
        assert_eq!(told[2], (Health::Blind, "depth is missing".into()));
    }
}
