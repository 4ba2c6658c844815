//! An issue tonight: how often it was seen, when, and what operators made of it.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::super::fault::Target;
use super::super::errand::{Errand, IssueChange};
use super::super::moment::{Moment, Tally};
use super::super::stripe::ledger;
use super::super::vercel;
use super::catalogue::{ISSUES, Known};
use crate::domain::time::Timestamp;

/// The organisation that the company has at Sentry.
pub const ORGANIZATION: &str = "lanternfish";

/// An issue with what was seen of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Issue {
    /// What it is.
    pub known: &'static Known,
    /// Tonight's errors.
    pub tally: Tally,
    /// When it was first seen.
    pub first: Timestamp,
    /// When it was last seen.
    pub last: Timestamp,
    /// Its status.
    pub status: String,
    /// The second word about it.
    pub substatus: Option<String>,
    /// To whom it is assigned.
    pub assigned: Option<String>,
    /// Its priority.
    pub priority: String,
    next_release: bool,
}

/// Every issue that has been seen, the last seen first.
pub fn issues(moment: &Moment<'_>) -> Vec<Issue> {
    let mut issues: Vec<Issue> = ISSUES.iter().filter_map(|known| issue(moment, known)).collect();
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.last));
    issues
}

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3_600)
}

/// The issue, if it has ever been seen.
fn issue(moment: &Moment<'_>, known: &'static Known) -> Option<Issue> {
    let tally = tally(moment, known);
    if known.count == 0 && tally.count() == 0 {
        return None;
    }
    let newest = tally.times.last().copied();
    let oldest = tally.times.first().map_or(moment.begun, |first| moment.wall(*first));
    let first = if known.count > 0 { moment.before(hours(known.seen.0)) } else { oldest };
    let before = moment.before(hours(known.seen.1));
    let last = newest.map_or(before, |newest| moment.wall(newest));

    let mut issue = Issue {
        known,
        first,
        last,
        status: known.status.to_owned(),
        substatus: None,
        assigned: None,
        priority: if known.level == "warning" { "medium" } else { "high" }.to_owned(),
        next_release: false,
        tally,
    };
    let mut since = Duration::ZERO;
    let id = known.id.to_string();
    for (at, errand) in moment.errands() {
        let Errand::Issue { id: changed, change } = errand else { continue };
        if *changed == id {
            if change.status.is_some() {
                since = at;
            }
            issue.change(change);
        }
    }
    // What was resolved and is seen again is open again.
    if issue.status == "resolved" && !issue.next_release && newest.is_some_and(|newest| newest > since) {
        "unresolved".clone_into(&mut issue.status);
        issue.substatus = Some("regressed".to_owned());
    }
    if issue.substatus.is_none() {
        issue.substatus = match issue.status.as_str() {
            "ignored" => Some("archived_until_escalating".to_owned()),
            "unresolved" if moment.now().since(issue.first) < hours(24) => Some("new".to_owned()),
            "unresolved" => Some("ongoing".to_owned()),
            _ => None,
        };
    }
    Some(issue)
}

/// When an error happened tonight.
fn tally(moment: &Moment<'_>, known: &Known) -> Tally {
    let mut tally = Tally::default();
    if known.hum > 0.0 {
        tally.join(Tally::rhythm(known.hum, &[Duration::ZERO..moment.elapsed]));
    }
    for (fault, spans) in moment.course(Target::Sentry) {
        if let Some(rate) = fault.errors.get(known.key) {
            tally.join(Tally::rhythm(*rate, &spans));
        }
    }
    if known.key == "billing_webhook_failed" {
        let times = ledger::events(moment).iter().filter_map(|event| event.failed).collect();
        tally.join(Tally { earlier: 0, times });
    }
    tally
}

impl Issue {
    fn change(&mut self, change: &IssueChange) {
        if let Some(status) = &change.status {
            self.status.clone_from(status);
            self.substatus.clone_from(&change.substatus);
            self.next_release = change.next_release;
        }
        if let Some(assigned) = &change.assigned {
            self.assigned = (!assigned.is_empty()).then(|| assigned.clone());
        }
        if let Some(priority) = &change.priority {
            self.priority.clone_from(priority);
        }
    }

    /// How often it was seen, ever.
    pub fn count(&self) -> u64 {
        self.known.count + self.tally.count()
    }

    /// How many there are of the events that can be told one by one.
    pub fn events(&self) -> usize {
        self.tally.times.len() + usize::from(self.known.count > 0)
    }

    /// The issue as the list has it.
    pub fn json(&self, moment: &Moment<'_>) -> Value {
        let known = self.known;
        let hour = 3_600_000;
        let now = moment.now().millis();
        let stats: Vec<(i64, usize)> = (0..24)
            .rev()
            .map(|back| {
                let start = (now.div_euclid(hour) - back) * hour;
                let within = |at: &&Duration| (start..start + hour).contains(&moment.wall(**at).millis());
                (start / 1_000, self.tally.times.iter().filter(within).count())
            })
            .collect();
        json!({
            "id": known.id.to_string(),
            "shareId": null,
            "shortId": known.short,
            "title": known.title,
            "culprit": known.culprit,
            "permalink": format!("https://{ORGANIZATION}.sentry.example.com/issues/{}/", known.id),
            "logger": null,
            "level": known.level,
            "status": self.status,
            "statusDetails": if self.next_release { json!({ "inNextRelease": true }) } else { json!({}) },
            "substatus": self.substatus,
            "isPublic": false,
            "platform": "node",
            "project": project(known.project),
            "type": if known.message { "default" } else { "error" },
            "metadata": metadata(known),
            "numComments": 0,
            "assignedTo": self.assigned.as_deref().map(assignee),
            "isBookmarked": false,
            "isSubscribed": false,
            "subscriptionDetails": null,
            "hasSeen": self.assigned.is_some(),
            "annotations": [],
            "issueType": "error",
            "issueCategory": "error",
            "priority": self.priority,
            "priorityLockedAt": null,
            "seerFixabilityScore": null,
            "seerAutofixLastTriggered": null,
            "seerExplorerAutofixLastTriggered": null,
            "isUnhandled": !known.message && known.level == "error",
            "count": self.count().to_string(),
            "userCount": known.users + if known.message { 0 } else { self.tally.count() / 2 },
            "firstSeen": micros(self.first),
            "lastSeen": micros(self.last),
            "stats": { "24h": stats },
        })
    }

    /// Event number `position`, oldest first, as it is read by itself.
    pub fn event(&self, moment: &Moment<'_>, position: usize) -> Option<Value> {
        let known = self.known;
        let old = usize::from(known.count > 0);
        let at = match position.checked_sub(old) {
            None => None,
            Some(index) => Some(*self.tally.times.get(index)?),
        };
        let when = at.map_or_else(|| moment.before(hours(known.seen.1)), |at| moment.wall(at));
        let name = |position: usize| event_name(moment, known, position);
        let billing = (known.key == "billing_webhook_failed")
            .then_some(at)
            .flatten()
            .and_then(|at| ledger::events(moment).into_iter().find(|event| event.failed == Some(at)));
        let context = match billing {
            Some(event) => json!({
                "alert": "billing_webhook_failed", "eventType": event.kind, "eventId": event.id,
            }),
            None if known.message => {
                json!({ "alert": known.title.trim_start_matches("alert:"), "windowMinutes": 5 })
            }
            None => json!({}),
        };
        let release = format!("{}@{}", known.project, vercel::version_at(moment, at));
        let entry = if known.message {
            json!({ "type": "message", "data": { "formatted": known.title } })
        } else {
            json!({ "type": "exception", "data": { "values": [exception(known)] } })
        };
        let trace = moment.number(u64::from(known.id), position as u64);
        Some(json!({
            "id": name(position),
            "groupID": known.id.to_string(),
            "eventID": name(position),
            "projectID": project(known.project)["id"],
            "size": 2_210,
            "entries": [entry],
            "dist": null,
            "message": if known.message { known.title } else { "" },
            "title": known.title,
            "location": null,
            "user": null,
            "contexts": {
                "trace": { "trace_id": name(position), "span_id": format!("{trace:016x}"), "type": "trace" },
            },
            "sdk": { "name": "sentry.javascript.node", "version": "8.55.0" },
            "context": context,
            "packages": {},
            "type": if known.message { "default" } else { "error" },
            "metadata": metadata(known),
            "tags": [
                { "key": "environment", "value": "production" },
                { "key": "level", "value": known.level },
                { "key": "release", "value": release },
            ],
            "platform": "node",
            "dateReceived": micros(when.plus(Duration::from_millis(290))),
            "dateCreated": micros(when),
            "errors": [],
            "occurrence": null,
            "crashFile": null,
            "fingerprints": [format!("{:032x}", u128::from(known.id) << 64)],
            "groupingConfig": { "id": "newstyle:2023-01-11", "enhancements": "" },
            "release": null,
            "userReport": null,
            "sdkUpdates": [],
            "nextEventID": (position + 1 < self.events()).then(|| name(position + 1)),
            "previousEventID": position.checked_sub(1).map(name),
            "_meta": {},
            "resolvedWith": [],
        }))
    }

    /// The position of the event called `name`.
    pub fn position(&self, moment: &Moment<'_>, name: &str) -> Option<usize> {
        let newest = self.events().checked_sub(1)?;
        match name {
            "latest" | "recommended" => Some(newest),
            "oldest" => Some(0),
            name => (0..=newest).rev().find(|position| event_name(moment, self.known, *position) == name),
        }
    }
}

/// The event's 32 hexadecimal digits.
fn event_name(moment: &Moment<'_>, known: &Known, position: usize) -> String {
    let half = |stream: u64| moment.number(u64::from(known.id) * 4 + stream, position as u64);
    format!("{:016x}{:016x}", half(1), half(2))
}

fn exception(known: &Known) -> Value {
    let (kind, value) = known.title.split_once(": ").unwrap_or(("Error", known.title));
    let (function, file) = known.culprit.split_once('(').unwrap_or((known.culprit, "app"));
    json!({
        "type": kind,
        "value": value,
        "mechanism": null,
        "stacktrace": { "frames": [{
            "filename": format!("{}.ts", file.trim_end_matches(')')),
            "absPath": format!("/srv/lanternfish/{}.ts", file.trim_end_matches(')')),
            "function": function,
            "lineNo": 20 + known.id % 90,
            "colNo": 7,
            "inApp": true,
            "context": [[20 + known.id % 90, "  return answer;"]],
        }] },
    })
}

fn metadata(known: &Known) -> Value {
    if known.message {
        return json!({ "title": known.title, "initial_priority": 75 });
    }
    let (kind, value) = known.title.split_once(": ").unwrap_or(("Error", known.title));
    json!({ "type": kind, "value": value, "initial_priority": 75 })
}

/// A project, as issues name it.
pub fn project(slug: &str) -> Value {
    let id = if slug == "web" { "4501" } else { "4502" };
    json!({ "id": id, "name": slug, "slug": slug, "platform": "node" })
}

fn assignee(who: &str) -> Value {
    match who.split_once(':') {
        Some(("team", id)) => json!({ "type": "team", "id": id, "name": "on-call" }),
        Some(("user", id)) => json!({ "type": "user", "id": id, "name": "ann", "email": "ann@example.com" }),
        Some(_) | None => json!({ "type": "user", "id": "1", "name": who, "email": who }),
    }
}

/// `2026-08-18T02:14:51.830000Z`.
pub fn micros(at: Timestamp) -> String {
    at.utc().map_or_else(String::new, |at| at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
}
