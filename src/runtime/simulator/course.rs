//! The course of a night: not how things are at one moment, but when each fault was on up to then. Things
//! that add up follow from it, such as errors and undelivered events.

use std::ops::Range;
use std::time::Duration;

use super::deed::Deed;
use super::fault::{Fault, Target};
use super::scenario::{Event, Scenario};

/// How many rounds of an event that comes again are looked at for what adds up.
const MOST_ROUNDS: u32 = 1_000;

impl Scenario {
    /// What was told about `target` up to `elapsed`: each fault with the spans during which it was on,
    /// by `deeds`. This is what things that add up follow from, such as errors and undelivered events.
    pub fn course(
        &self,
        target: Target,
        elapsed: Duration,
        deeds: &[Deed],
    ) -> Vec<(&Fault, Vec<Range<Duration>>)> {
        let events = self.events.iter().filter(|event| event.target.0.contains(&target));
        events
            .map(|event| (&event.set, self.spans(event, elapsed, deeds)))
            .filter(|(_, spans)| !spans.is_empty())
            .collect()
    }

    /// What is told about `target` at any time, with the time.
    pub fn told(&self, target: Target) -> impl Iterator<Item = (Duration, &Fault)> {
        let events = self.events.iter().filter(move |event| event.target.0.contains(&target));
        events.map(|event| (event.at.0, &event.set))
    }

    fn spans(&self, event: &Event, elapsed: Duration, deeds: &[Deed]) -> Vec<Range<Duration>> {
        // An event begins and ends only at these moments; in between it is as it was.
        let mut edges = vec![event.at.0];
        edges.extend(event.until.map(|until| until.0));
        let relief = event.relief.map_or(Duration::ZERO, |relief| relief.0);
        for deed in deeds {
            let effective = deed.at.saturating_add(deed.what.takes());
            edges.extend([effective, effective.saturating_add(relief)]);
        }
        let lasts = event.lasts.map_or(Duration::MAX, |lasts| lasts.0);
        let rounds = event
            .repeat
            .map_or(0, |repeat| elapsed.saturating_sub(event.at.0).as_nanos() / repeat.0.as_nanos().max(1));
        let rounds = u32::try_from(rounds).unwrap_or(MOST_ROUNDS).min(MOST_ROUNDS);
        for round in 0..=rounds {
            let begun =
                event.at.0.saturating_add(event.repeat.map_or(Duration::ZERO, |repeat| repeat.0 * round));
            edges.extend([begun, begun.saturating_add(lasts)]);
        }
        edges.retain(|edge| *edge < elapsed);
        edges.push(elapsed);
        edges.sort_unstable();
        edges.dedup();
        let mut spans: Vec<Range<Duration>> = Vec::new();
        for (from, to) in edges.iter().zip(edges.iter().skip(1)) {
            if !self.is_active(event, *from, deeds) {
                continue;
            }
            match spans.last_mut() {
                Some(last) if last.end == *from => last.end = *to,
                Some(_) | None => spans.push(*from..*to),
            }
        }
        spans
    }
}

#[cfg(test)]
mod tests {
    use super::super::deed::Act;
    use super::*;

    fn told(events: &str) -> Scenario {
        let head = "name = \"test\"\ntitle = \"A test\"\nabout = \"Told by a test.\"\n";
        Scenario::parse("test.toml", &format!("{head}{events}")).unwrap()
    }

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn deed(at: f64, what: Act) -> Deed {
        Deed { at: seconds(at), what }
    }

    #[test]
    fn what_adds_up_is_told_in_spans_that_deeds_cut_short() {
        let scenario = told(concat!(
            "[[event]]\nat = \"10s\"\ntarget = \"sentry\"\nset = { errors = { pool_timeout = 6 } }\n",
            "healed_by = [\"restart api\", \"rollback web\"]\n",
            "[[event]]\nat = \"1s\"\nfor = \"2s\"\nrepeat = \"10s\"\nuntil = \"22s\"\ntarget = \"sentry\"\nset = {}\n"
        ));
        let spans = |at: f64, deeds: &[Deed]| {
            let course = scenario.course(Target::Sentry, seconds(at), deeds);
            course.into_iter().map(|(_, spans)| spans).collect::<Vec<_>>()
        };
        assert_eq!(spans(0.5, &[]), Vec::<Vec<Range<Duration>>>::new(), "nothing has begun");
        let repeated =
            vec![seconds(1.0)..seconds(3.0), seconds(11.0)..seconds(13.0), seconds(21.0)..seconds(22.0)];
        assert_eq!(spans(60.0, &[]), [vec![seconds(10.0)..seconds(60.0)], repeated.clone()]);
        let restart = [deed(20.0, Act::Restart(Target::Api))];
        assert_eq!(spans(60.0, &restart), [vec![seconds(10.0)..seconds(23.0)], repeated], "and it takes 3 s");
    }
}
