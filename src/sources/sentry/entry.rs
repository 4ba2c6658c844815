//! Issues and events as entries: what a row shows, and what its detail view says.

use std::time::Duration;

use url::Url;

use super::api::Api;
use super::normal::{Event, Exception, Frame, text};
use super::offers;
use super::wire::Issue;
use crate::domain::entry::Entry;
use crate::domain::reading::Health;
use crate::domain::text::clip;
use crate::domain::time::{Timestamp, brief, short};

/// What was seen within this time is going on.
pub(super) const RECENT: Duration = Duration::from_secs(15 * 60);
/// Frames of one exception that are listed at most, and how many of the team's own show their source.
const FRAMES: usize = 40;
const SOURCES: usize = 3;
/// Columns of a value of `extra`.
const VALUE: usize = 200;
/// Breadcrumbs that are listed at most: the last ones.
const CRUMBS: usize = 12;

impl Issue {
    /// What it says about the world.
    pub(super) fn health(&self) -> Health {
        let level = self.level();
        if !self.is_open() {
            Health::Ok
        } else if level.is_fatal() {
            Health::Down
        } else if level.is_error() || self.is("escalating") {
            Health::Degraded
        } else {
            Health::Ok
        }
    }

    /// Whether it is something to look at now: it was seen within [`RECENT`], and it is fatal, escalating, back
    /// after it was resolved, or an error that was not there before.
    pub(super) fn is_alarming(&self, at: Timestamp) -> bool {
        let within = |time: Option<Timestamp>| time.is_some_and(|time| at.since(time) <= RECENT);
        let level = self.level();
        let grew = level.is_fatal() || self.is("escalating") || self.is("regressed");
        self.is_open() && within(self.last_seen) && (grew || level.is_error() && within(self.first_seen))
    }

    /// Its row.
    pub(super) fn entry(&self, api: &Api, at: Timestamp) -> Entry {
        let mut entry = self.row(at);
        entry.link = self.permalink.as_deref().and_then(browsable);
        if super::api::is_id(&self.id) {
            entry.link = entry.link.or_else(|| Some(api.page(&self.id)));
            entry.offers = offers::of(self, api);
        }
        entry
    }

    /// Its row, without what can be done to it.
    pub(super) fn row(&self, at: Timestamp) -> Entry {
        let title = match self.culprit.as_deref().filter(|culprit| !culprit.is_empty()) {
            Some(culprit) => format!("{} {} · {culprit}", self.name(), self.title()),
            None => format!("{} {}", self.name(), self.title()),
        };
        let mut entry = Entry::new(&self.id, self.health(), self.state(), title);
        (entry.at, entry.began) = (self.last_seen, self.first_seen);
        let number = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
        let ago = |time: Option<Timestamp>| time.map_or_else(|| "?".to_owned(), |time| short(at.since(time)));
        entry.cells = vec![
            ("COUNT", number(self.count)),
            ("USERS", number(self.user_count)),
            ("LAST", ago(self.last_seen)),
            ("AGE", ago(self.first_seen)),
        ];
        entry.tags.push(self.level().word());
        if self.is_unhandled == Some(true) {
            entry.tags.push("unhandled".into());
        }
        for word in ["escalating", "regressed", "new"] {
            if self.is(word) {
                entry.tags.push(word.into());
            }
        }
        let mut fact = |label: &'static str, value: Option<String>| {
            entry.facts.extend(value.filter(|value| !value.is_empty()).map(|value| (label, value)));
        };
        fact("culprit", self.culprit.clone());
        fact("project", self.project.as_ref().and_then(|project| project.slug.clone()));
        fact("first seen", self.first_seen.map(Timestamp::rfc3339));
        fact("last seen", self.last_seen.map(Timestamp::rfc3339));
        fact("status", self.meaning());
        fact("priority", self.priority.clone());
        fact("platform", self.platform.clone());
        let actor = self.assigned_to.as_ref();
        fact("assigned to", actor.and_then(|actor| actor.name.clone().or_else(|| actor.email.clone())));
        entry
    }

    fn state(&self) -> String {
        match self.status.as_deref() {
            None | Some("unresolved") => self.substatus.clone().unwrap_or_else(|| "unresolved".into()),
            Some("ignored") => "archived".into(),
            Some(other) => other.replace('_', " "),
        }
    }

    /// What its status means exactly: there are three ways to be archived.
    fn meaning(&self) -> Option<String> {
        let status = self.status.clone()?;
        Some(match self.substatus.as_deref() {
            Some("archived_until_escalating") => "archived until it escalates".into(),
            Some("archived_until_condition_met") => "archived until a condition is met".into(),
            Some("archived_forever") => "archived forever".into(),
            Some(substatus) => format!("{status}, {}", substatus.replace('_', " ")),
            None => status,
        })
    }
}

/// `link`, where it is one that a browser opens.
pub(super) fn browsable(link: &str) -> Option<String> {
    let url = Url::parse(link).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

/// Adds what `event`, the newest of the issue, says to its entry.
pub(super) fn add(entry: &mut Entry, event: &Event) {
    let mut fact = |label: &'static str, value: Option<String>| {
        entry.facts.extend(value.filter(|value| !value.is_empty()).map(|value| (label, value)));
    };
    if let Some(exception) = event.exceptions.first() {
        fact("exception", Some(format!("{}: {}", exception.kind, exception.value)));
    }
    fact("message", event.message.clone());
    fact("stripe event", event.stripe_event().map(str::to_owned));
    fact("request", event.request.clone());
    fact("release", event.release.clone());
    fact("environment", event.environment.clone());
    fact("server", event.server.clone());
    fact("ran on", Some(event.contexts.join(", ")));
    fact("event", event.id.clone());
    fact("event of", event.at.map(Timestamp::rfc3339));
    entry.body.extend(lines(event));
}

/// The row of an event that came alone, by a webhook or from an SDK, at `at`.
pub(super) fn alone(event: &Event, at: Timestamp) -> Entry {
    let raised = event.exceptions.first().map(|one| format!("{}: {}", one.kind, one.value));
    let title = event.title.clone().or(raised).or_else(|| event.message.clone());
    let title = title.unwrap_or_else(|| "(no title)".into());
    let level = event.level.clone();
    let word = level.as_ref().map_or_else(|| "error".to_owned(), super::normal::Level::word);
    let health = match &level {
        Some(level) if level.is_fatal() => Health::Down,
        Some(level) if !level.is_error() => Health::Ok,
        Some(_) | None => Health::Degraded,
    };
    let key = event.issue.clone().or_else(|| event.id.clone()).unwrap_or_else(|| title.clone());
    let seen = event.at.unwrap_or(at);
    let mut entry = Entry::new(key, health, word.clone(), title);
    entry.at = Some(seen);
    entry.cells = vec![("LAST", brief(at.since(seen)))];
    entry.tags.push(word);
    entry.link = event.link.as_deref().and_then(browsable);
    if let Some(culprit) = &event.culprit {
        entry.facts.push(("culprit", culprit.clone()));
    }
    add(&mut entry, event);
    entry
}

/// Exceptions with their calls, innermost first; what the program added; what happened before.
fn lines(event: &Event) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, exception) in event.exceptions.iter().enumerate() {
        stack(&mut lines, exception, index > 0);
    }
    if !event.extra.is_empty() {
        lines.push("extra".into());
        lines.extend(event.extra.iter().map(|(key, value)| {
            let value = text(value).unwrap_or_else(|| value.to_string());
            format!("  {key}: {}", clip(&value, VALUE))
        }));
    }
    if !event.crumbs.is_empty() {
        lines.push("before it, newest last".into());
        let older = event.crumbs.len().saturating_sub(CRUMBS);
        lines.extend(event.crumbs[older..].iter().map(|(category, text)| format!("  {category}: {text}")));
    }
    lines
}

fn stack(lines: &mut Vec<String>, exception: &Exception, is_cause: bool) {
    let lead = if is_cause { "caused by " } else { "" };
    let mark = if exception.handled == Some(false) { " (unhandled)" } else { "" };
    lines.push(format!("{lead}{}: {}{mark}", exception.kind, exception.value));
    let mut sources = 0;
    for frame in exception.frames.iter().take(FRAMES) {
        let own = if frame.in_app { "▸" } else { " " };
        let line = frame.line.map_or_else(String::new, |line| format!(":{line}"));
        lines.push(format!("  {own} {}  {}{line}", frame.function, frame.file));
        if frame.in_app && !frame.context.is_empty() && sources < SOURCES {
            sources += 1;
            source(lines, frame);
        }
    }
    if exception.frames.len() > FRAMES {
        lines.push(format!("    and {} more", exception.frames.len() - FRAMES));
    }
}

/// The lines around a call, at most two before and after it.
fn source(lines: &mut Vec<String>, frame: &Frame) {
    let here = frame.line.unwrap_or(0);
    for (number, text) in frame.context.iter().filter(|(number, _)| number.abs_diff(here) <= 2) {
        let mark = if *number == here { "→" } else { " " };
        lines.push(format!("      {mark} {number:>5}  {text}"));
    }
}
