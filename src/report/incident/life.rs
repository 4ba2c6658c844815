//! The life of an incident: declared, changed, handed out, escalated, merged, reopened, closed.

use serde::Serialize;

use crate::domain::fact::Fact;
use crate::domain::ids::IncidentId;
use crate::domain::incident::{IncidentKind, IncidentRole, Severity};
use crate::domain::time::Timestamp;

use super::Record;

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It goes on.
    Open,
    /// It is over.
    Closed,
    /// It is told as a part of another.
    Merged,
}

/// Something of an incident that was declared, or decided anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// What it was from then on, in words: `declared P1`, `P0`, `a security incident`, `reopened`.
    pub what: String,
    /// Who said so.
    pub by: String,
    /// Why; may be empty.
    pub why: String,
}

/// Somebody had a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Which.
    pub role: IncidentRole,
    /// Who.
    pub who: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when, where somebody else took it or it was laid down.
    pub until: Option<Timestamp>,
}

/// Somebody was told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Escalation {
    /// When.
    pub at: Timestamp,
    /// The rung of the ladder, from 1.
    pub level: u32,
    /// Who.
    pub who: String,
    /// How they are reached.
    pub way: Option<String>,
    /// Who said so.
    pub by: String,
}

/// An incident that was the same as this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MergedIn {
    /// Its name.
    pub incident: IncidentId,
    /// What it was called.
    pub title: String,
    /// When it was merged.
    pub at: Timestamp,
    /// Who merged it.
    pub by: String,
    /// Why; may be empty.
    pub why: String,
}

pub(super) struct Life {
    pub title: String,
    pub kind: IncidentKind,
    pub severity: Severity,
    pub phase: Phase,
    pub merged_into: Option<IncidentId>,
    pub merged: Vec<MergedIn>,
    pub summary: Option<String>,
    pub changes: Vec<Change>,
    pub roles: Vec<Held>,
    pub escalations: Vec<Escalation>,
}

/// What became of it; `None` where nobody declared it.
pub(super) fn life(record: &Record<'_>) -> Option<Life> {
    let mut life: Option<Life> = None;
    for entry in &record.own {
        let at = entry.at;
        if let Fact::IncidentDeclared { incident, severity, title, by, kind, .. } = &entry.fact
            && incident == record.id
        {
            life = Some(Life {
                title: title.clone(),
                kind: *kind,
                severity: *severity,
                phase: Phase::Open,
                merged_into: None,
                merged: Vec::new(),
                summary: None,
                changes: vec![change(at, format!("declared {}", severity.word()), by, "")],
                roles: Vec::new(),
                escalations: Vec::new(),
            });
        }
        let Some(life) = &mut life else { continue };
        match &entry.fact {
            Fact::IncidentMerged { incident, into, by, why } if incident != record.id => {
                let _ = into;
                life.merged.push(MergedIn {
                    incident: incident.clone(),
                    title: title_of(record, incident),
                    at,
                    by: by.clone(),
                    why: why.clone(),
                });
            }
            fact => own(life, record.id, at, fact),
        }
    }
    life
}

fn title_of(record: &Record<'_>, incident: &IncidentId) -> String {
    record
        .own
        .iter()
        .find_map(|entry| match &entry.fact {
            Fact::IncidentDeclared { incident: known, title, .. } if known == incident => Some(title.clone()),
            _ => None,
        })
        .unwrap_or_default()
}

fn own(life: &mut Life, id: &IncidentId, at: Timestamp, fact: &Fact) {
    match fact {
        Fact::SeverityChanged { incident, severity, by, why } if incident == id => {
            life.severity = *severity;
            life.changes.push(change(at, severity.word().into(), by, why.as_deref().unwrap_or_default()));
        }
        Fact::KindChanged { incident, kind, by } if incident == id => {
            life.kind = *kind;
            life.changes.push(change(at, kind.with_article().into(), by, ""));
        }
        Fact::RoleTaken { incident, role, who, .. } if incident == id => {
            let before = life.roles.iter_mut().rev().find(|held| held.role == *role);
            if let Some(before) = before.filter(|held| held.until.is_none()) {
                if before.who == *who {
                    return;
                }
                before.until = Some(at);
            }
            if !who.is_empty() {
                life.roles.push(Held { role: *role, who: who.clone(), since: at, until: None });
            }
        }
        Fact::Escalated { incident, level, who, way, by } if incident == id => {
            life.escalations.push(Escalation {
                at,
                level: *level,
                who: who.clone(),
                way: way.clone(),
                by: by.clone(),
            });
        }
        Fact::IncidentMerged { incident, into, by, why } if incident == id => {
            (life.phase, life.merged_into) = (Phase::Merged, Some(into.clone()));
            life.changes.push(change(at, format!("merged into {into}"), by, why));
        }
        Fact::IncidentReopened { incident, by, why } if incident == id => {
            (life.phase, life.merged_into) = (Phase::Open, None);
            life.changes.push(change(at, "reopened".into(), by, why));
        }
        Fact::IncidentClosed { incident, by, summary } if incident == id => {
            life.phase = Phase::Closed;
            life.summary = Some(summary.clone());
            life.changes.push(change(at, "closed".into(), by, ""));
        }
        _ => {}
    }
}

fn change(at: Timestamp, what: String, by: &str, why: &str) -> Change {
    Change { at, what, by: by.to_owned(), why: why.to_owned() }
}
