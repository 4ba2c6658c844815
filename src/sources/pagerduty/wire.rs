//! PagerDuty's words. Only what is looked at; everything but ids and states may be absent.

use serde::Deserialize;

use super::until;
use crate::domain::entry::Entry;
use crate::domain::reading::Health;
use crate::domain::time::{Timestamp, short};

#[derive(Debug, Deserialize)]
pub(super) struct Incidents {
    pub(super) incidents: Vec<Incident>,
    pub(super) more: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Incident {
    pub(super) id: String,
    /// `triggered`, `acknowledged`, `resolved`.
    pub(super) status: String,
    /// `high`, `low`.
    #[serde(default)]
    pub(super) urgency: String,
    #[serde(rename = "incident_number")]
    number: Option<i64>,
    title: Option<String>,
    summary: Option<String>,
    pub(super) created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
    html_url: Option<String>,
    #[serde(rename = "incident_key")]
    key: Option<String>,
    service: Option<Reference>,
    escalation_policy: Option<Reference>,
    assignments: Option<Vec<Assignment>>,
}

#[derive(Debug, Deserialize)]
struct Reference {
    id: Option<String>,
    summary: Option<String>,
}

impl Reference {
    fn name(&self) -> &str {
        self.summary.as_deref().or(self.id.as_deref()).unwrap_or_default()
    }
}

#[derive(Debug, Deserialize)]
struct Assignment {
    assignee: Option<Reference>,
}

impl Incident {
    pub(super) fn is_acknowledged(&self) -> bool {
        self.status == "acknowledged"
    }

    /// `#1234`, or its id.
    pub(super) fn name(&self) -> String {
        self.number.map_or_else(|| self.id.clone(), |number| format!("#{number}"))
    }

    pub(super) fn entry(&self, at: Timestamp) -> Entry {
        let health = if self.is_acknowledged() { Health::Degraded } else { Health::Down };
        let title =
            self.title.as_deref().or(self.summary.as_deref()).unwrap_or("an incident without a title");
        let mut entry = Entry::new(&self.id, health, &self.status, format!("{} {title}", self.name()));
        entry.at = self.updated_at.or(self.created_at);
        entry.began = self.created_at;
        let service = self.service.as_ref().map_or("", Reference::name);
        let lasts = self.created_at.map(|began| short(at.since(began))).unwrap_or_default();
        entry.cells = vec![("FOR", lasts), ("SERVICE", service.to_owned())];
        if self.urgency == "low" {
            entry.tags.push("low".into());
        }
        let assigned: Vec<&str> = self
            .assignments
            .iter()
            .flatten()
            .filter_map(|assignment| assignment.assignee.as_ref().map(Reference::name))
            .collect();
        let facts = [
            ("urgency", self.urgency.as_str()),
            ("assigned to", &assigned.join(", ")),
            ("escalation policy", self.escalation_policy.as_ref().map_or("", Reference::name)),
            ("incident key", self.key.as_deref().unwrap_or_default()),
        ];
        let facts = facts.into_iter().filter(|(_, text)| !text.is_empty());
        entry.facts.extend(facts.map(|(label, text)| (label, text.to_owned())));
        entry.link.clone_from(&self.html_url);
        entry
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Oncalls {
    oncalls: Vec<Oncall>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Oncall {
    escalation_level: Option<i64>,
    user: Option<User>,
    escalation_policy: Option<Named>,
    schedule: Option<Named>,
    /// Nothing for a turn without a beginning.
    start: Option<Timestamp>,
    /// Nothing for a turn without an end.
    end: Option<Timestamp>,
}

#[derive(Clone, Debug, Deserialize)]
struct User {
    id: Option<String>,
    summary: Option<String>,
    name: Option<String>,
    email: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Named {
    id: Option<String>,
    summary: Option<String>,
}

impl Oncalls {
    /// Who is on call at `at`, by level.
    pub(super) fn now(&self, at: Timestamp) -> Vec<Oncall> {
        let mut now: Vec<Oncall> = self
            .oncalls
            .iter()
            .filter(|one| one.start.is_none_or(|start| start <= at) && one.end.is_none_or(|end| end > at))
            .cloned()
            .collect();
        now.sort_by_key(|one| (one.level(), one.who().to_owned()));
        now
    }
}

impl Oncall {
    fn level(&self) -> i64 {
        self.escalation_level.unwrap_or(i64::MAX)
    }

    fn who(&self) -> &str {
        let user = self.user.as_ref();
        user.and_then(|user| user.name.as_deref().or(user.summary.as_deref()).or(user.id.as_deref()))
            .unwrap_or("somebody")
    }

    fn level_word(&self) -> String {
        self.escalation_level.map_or_else(|| "no level".to_owned(), |level| format!("level {level}"))
    }

    pub(super) fn entry(&self, at: Timestamp) -> Entry {
        let named = |named: &Option<Named>| {
            let named = named.as_ref()?;
            named.summary.clone().or_else(|| named.id.clone())
        };
        let (policy, schedule) = (named(&self.escalation_policy), named(&self.schedule));
        let user = self.user.as_ref().and_then(|user| user.id.as_deref()).unwrap_or_else(|| self.who());
        let id = self.escalation_policy.as_ref().and_then(|policy| policy.id.as_deref()).unwrap_or_default();
        let key = format!("{id}/{}/{user}", self.level());
        let turn = self.end.map_or_else(|| "without an end".to_owned(), |end| until(at, end));
        let mut entry =
            Entry::new(key, Health::Ok, self.level_word(), format!("on call: {} {turn}", self.who()));
        entry.began = self.start;
        let lasts = self.start.map(|start| short(at.since(start))).unwrap_or_default();
        entry.cells = vec![("FOR", lasts), ("SERVICE", policy.clone().unwrap_or_default())];
        let email = self.user.as_ref().and_then(|user| user.email.clone());
        let facts = [("escalation policy", policy), ("schedule", schedule), ("e-mail", email)];
        entry.facts.extend(facts.into_iter().filter_map(|(label, text)| text.map(|text| (label, text))));
        entry
    }
}

/// Who is paged first, in words: `on call: ann (level 1) until 09:00`.
pub(super) fn who(now: &[Oncall], at: Timestamp) -> String {
    let Some(first) = now.first() else { return "nobody is on call".to_owned() };
    let mut names: Vec<&str> = Vec::new();
    for one in now.iter().filter(|one| one.level() == first.level()) {
        if !names.contains(&one.who()) {
            names.push(one.who());
        }
    }
    let more = if names.len() > 2 { format!(" and {} more", names.len() - 2) } else { String::new() };
    names.truncate(2);
    // Of several turns the one that ends first changes who answers.
    let ends = now.iter().filter(|one| one.level() == first.level()).filter_map(|one| one.end).min();
    let turn = ends.map(|end| format!(" {}", until(at, end))).unwrap_or_default();
    format!("on call: {}{more} ({}){turn}", names.join(", "), first.level_word())
}
