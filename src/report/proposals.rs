//! What incidents have taught about a runbook: how long its steps take, which are left out, and which alerts no step mentions.
//! As a changed text of its file; nothing is written here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::SignalId;
use crate::domain::runbook::{Marker, Runbook, Step};
use crate::domain::text::clean;

use super::incident::{Record, step_states};
use super::measures::Measures;

/// The heading under which alerts stand that no step mentions.
const HEADING: &str = "## Alerts that no step mentions";
/// Incidents that a proposal rests on at least.
const LEAST: usize = 2;
/// The longest that a step may have taken to be counted: longer ones were left lying.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// What is known of the steps of all incidents.
#[derive(Debug, Default)]
pub struct Learned {
    steps: BTreeMap<(String, String), Known>,
    /// Signals that were red in an incident and that no runbook mentions.
    pub unmentioned: BTreeSet<SignalId>,
}

/// What is known of one step.
#[derive(Debug)]
struct Known {
    /// Seconds, once for each incident in which it was done.
    took: Histogram<u64>,
    incidents: usize,
    left_out: usize,
}

impl Learned {
    /// What all incidents of a journal taught. One that was merged into another is a part of that.
    pub fn of(entries: &[Logged]) -> Self {
        let merged: BTreeSet<_> = entries
            .iter()
            .filter_map(|entry| match &entry.fact {
                Fact::IncidentMerged { incident, .. } => Some(incident),
                _ => None,
            })
            .collect();
        let mut learned = Self::default();
        for summary in super::incidents(entries) {
            learned.unmentioned.extend(super::unmentioned(Some(&summary), entries));
            if merged.contains(&summary.id) {
                continue;
            }
            let measures = Measures::of(&summary.id, entries);
            let Some(record) = Record::of(&summary.id, entries, &measures) else { continue };
            for (step, text, state, took) in step_states(&record) {
                let Ok(new) = Histogram::new_with_bounds(1, LONGEST.as_secs(), 3) else { continue };
                let key = (file_name(step.runbook.as_str()).to_owned(), bare(&text));
                let known =
                    learned.steps.entry(key).or_insert(Known { took: new, incidents: 0, left_out: 0 });
                match state {
                    "done" => {
                        known.incidents += 1;
                        if let Some(took) = took.filter(|took| *took <= LONGEST) {
                            known.took.saturating_record(took.as_secs().max(1));
                        }
                    }
                    "skipped" => {
                        known.incidents += 1;
                        known.left_out += 1;
                    }
                    _ => {}
                }
            }
        }
        learned
    }

    /// What is known of a step, in the file that its runbook was read from.
    fn known(&self, file: &str, step: &Step) -> Option<&Known> {
        self.steps.get(&(file_name(file).to_owned(), bare(&step.text)))
    }
}

impl Known {
    /// The median in whole minutes, where it was done often enough.
    fn minutes(&self) -> Option<u64> {
        let enough = self.took.len() >= LEAST as u64;
        enough.then(|| self.took.value_at_quantile(0.5).div_ceil(60).max(1))
    }

    fn mostly_left_out(&self) -> bool {
        self.incidents >= LEAST && self.left_out * 2 > self.incidents
    }
}

/// `text` of the file that `runbook` was read from, with what was learned; `alerts` get a step at its end.
pub fn proposed<'a>(
    text: &str,
    runbook: &Runbook,
    learned: &Learned,
    alerts: impl Iterator<Item = &'a SignalId>,
) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let fenced = fenced(&lines);
    let steps: Vec<&Step> = runbook.phases.iter().flat_map(|phase| &phase.steps).collect();
    for step in &steps {
        // What is no item of a list, or shares its last line with another, has no place for it.
        let alone = steps.iter().filter(|other| other.end == step.end).count() == 1;
        let item = matches!(step.marker, Marker::Bullet | Marker::Number(_) | Marker::Task(_));
        let Some(at) = step.end.checked_sub(1).filter(|at| alone && item && *at < lines.len()) else {
            continue;
        };
        let Some(known) = learned.known(runbook.id.as_str(), step) else { continue };
        if fenced[at] || lines[at].trim_start().starts_with('|') {
            continue;
        }
        lines[at] = changed(&lines[at], known);
    }
    let mut text = lines.concat();
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let alerts: Vec<String> = alerts
        .map(|signal| clean(signal.as_str()).replace('`', "'"))
        .filter(|name| !text.contains(&format!("`{name}`")))
        .collect();
    if alerts.is_empty() {
        return text;
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str(end);
    }
    if !text.lines().any(|line| line.trim_end() == HEADING) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{end}{HEADING}{end}{end}");
    }
    for name in alerts {
        let _ = write!(text, "- [ ] `{name}` is red: say here what to look at and what to do{end}");
    }
    text
}

/// A line with the minutes that its step takes, and whether it is mostly left out.
fn changed(line: &str, known: &Known) -> String {
    let body = line.trim_end();
    let rest = &line[body.len()..];
    let mut body = match body.find("<!-- left out in ") {
        Some(at) => body[..at].trim_end().to_owned(),
        None => body.to_owned(),
    };
    if let Some(minutes) = known.minutes() {
        match planned(&body) {
            // A plan that is about right stays what somebody wrote.
            Some((_, planned)) if minutes < planned * 2 && planned < minutes * 2 => {}
            Some((range, _)) => body.replace_range(range, &format!("({minutes} min)")),
            None => {
                let _ = write!(body, " ({minutes} min)");
            }
        }
    }
    if known.mostly_left_out() {
        let (left, all) = (known.left_out, known.incidents);
        let _ = write!(body, " <!-- left out in {left} of {all} incidents: is it still needed? -->");
    }
    format!("{body}{rest}")
}

/// Where `(5 min)` stands, and how many they are.
fn planned(text: &str) -> Option<(std::ops::Range<usize>, u64)> {
    text.match_indices(" min)").find_map(|(at, end)| {
        let open = text[..at].rfind('(')?;
        let minutes = text[open + 1..at].parse().ok()?;
        Some((open..at + end.len(), minutes))
    })
}

/// The words of a step without its minutes: what it is known by before and after a proposal.
fn bare(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some((range, _)) = planned(&text) {
        text.replace_range(range, "");
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Which lines stand in a block of code.
fn fenced(lines: &[String]) -> Vec<bool> {
    let mut inside = false;
    let mut all = Vec::with_capacity(lines.len());
    for line in lines {
        let bare = line.trim_start_matches([' ', '\t', '>']);
        let fence = bare.starts_with("```") || bare.starts_with("~~~");
        all.push(inside || fence);
        inside ^= fence;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(seconds: &[u64], left_out: usize) -> Known {
        let mut took = Histogram::new_with_bounds(1, LONGEST.as_secs(), 3).unwrap();
        seconds.iter().for_each(|span| took.saturating_record(*span));
        Known { took, incidents: seconds.len() + left_out, left_out }
    }

    #[test]
    fn minutes_are_added_once_and_changed_where_they_are_far_off() {
        for (line, seconds, wanted) in [
            ("- [ ] Look\n", &[60, 290, 400][..], "- [ ] Look (5 min)\n"),
            ("- [ ] Look  \r\n", &[60, 61], "- [ ] Look (1 min)  \r\n"),
            ("- Look (5 min) at it\n", &[290, 290], "- Look (5 min) at it\n"),
            ("- Look (5 min) at it\n", &[400, 400], "- Look (5 min) at it\n"),
            ("- Look (5 min) at it\n", &[1_200, 1_200], "- Look (20 min) at it\n"),
            ("- Look\n", &[290], "- Look\n"),
            ("- Look", &[290, 290], "- Look (5 min)"),
        ] {
            let changed = changed(line, &known(seconds, 0));
            assert_eq!(changed, wanted);
            assert_eq!(super::changed(&changed, &known(seconds, 0)), wanted, "a second time nothing changes");
        }
    }

    #[test]
    fn what_is_mostly_left_out_is_asked_about() {
        let note = |left, all| {
            format!("- Look <!-- left out in {left} of {all} incidents: is it still needed? -->\n")
        };
        assert_eq!(changed("- Look\n", &known(&[60], 2)), note(2, 3));
        assert_eq!(changed(&note(2, 3), &known(&[60], 3)), note(3, 4), "the count is made anew");
        assert_eq!(changed("- Look\n", &known(&[60], 1)), "- Look\n", "half is not most");
    }

    #[test]
    fn a_step_is_known_by_its_words_without_the_minutes() {
        assert_eq!(bare("Look (5 min) at  it"), "Look at it");
        assert_eq!(bare("Look (if 5 min)"), "Look (if 5 min)");
    }
}
