//! Words of an incident.

use serde::{Deserialize, Serialize};

/// How bad an incident is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// All users, or money, or data.
    P0,
    /// Many users.
    P1,
    /// Some users, or a way around exists.
    P2,
    /// No user yet.
    P3,
}

impl Severity {
    /// Every severity, worst first.
    pub const ALL: [Severity; 4] = [Severity::P0, Severity::P1, Severity::P2, Severity::P3];

    /// `P0` to `P3`.
    pub const fn word(self) -> &'static str {
        match self {
            Severity::P0 => "P0",
            Severity::P1 => "P1",
            Severity::P2 => "P2",
            Severity::P3 => "P3",
        }
    }
}

/// What sort of incident it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentKind {
    /// Something does not work.
    #[default]
    Outage,
    /// Somebody did, or could do, what they must not: it has steps and clocks of its own.
    Security,
}

impl IncidentKind {
    /// `outage`, `security`.
    pub const fn word(self) -> &'static str {
        match self {
            IncidentKind::Outage => "outage",
            IncidentKind::Security => "security",
        }
    }

    /// `an outage`, `a security incident`.
    pub const fn with_article(self) -> &'static str {
        match self {
            IncidentKind::Outage => "an outage",
            IncidentKind::Security => "a security incident",
        }
    }

    /// Whether this is what an incident is where nothing is said.
    pub const fn is_outage(&self) -> bool {
        matches!(self, IncidentKind::Outage)
    }
}

/// What somebody is in an incident. One person may be all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentRole {
    /// Decides, and hands out the rest.
    Commander,
    /// Changes the world.
    Operations,
    /// Tells the world.
    Comms,
    /// Writes down.
    Scribe,
}

impl IncidentRole {
    /// Every role, in the order they are handed out.
    pub const ALL: [IncidentRole; 4] =
        [IncidentRole::Commander, IncidentRole::Operations, IncidentRole::Comms, IncidentRole::Scribe];

    /// `commander`, `operations`, `comms`, `scribe`.
    pub const fn word(self) -> &'static str {
        match self {
            IncidentRole::Commander => "commander",
            IncidentRole::Operations => "operations",
            IncidentRole::Comms => "comms",
            IncidentRole::Scribe => "scribe",
        }
    }
}

/// Something that an incident asks for by a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentDeadline {
    /// Somebody takes it on.
    Acknowledge,
    /// An update is posted: the first, and each that follows.
    Update,
    /// A P0 is mitigated.
    Recovery,
    /// Legal is told of a security incident.
    Legal,
    /// A security incident is audited.
    Audit,
    /// It is reviewed once it is closed.
    Review,
}

impl IncidentDeadline {
    /// A name: `acknowledge`, `update`, `recovery`, `legal`, `audit`, `review`.
    pub const fn name(self) -> &'static str {
        match self {
            IncidentDeadline::Acknowledge => "acknowledge",
            IncidentDeadline::Update => "update",
            IncidentDeadline::Recovery => "recovery",
            IncidentDeadline::Legal => "legal",
            IncidentDeadline::Audit => "audit",
            IncidentDeadline::Review => "review",
        }
    }

    /// Every one, in the order they come due.
    pub const ALL: [IncidentDeadline; 6] = [
        IncidentDeadline::Acknowledge,
        IncidentDeadline::Update,
        IncidentDeadline::Recovery,
        IncidentDeadline::Legal,
        IncidentDeadline::Audit,
        IncidentDeadline::Review,
    ];

    /// What is to be done.
    pub const fn words(self) -> &'static str {
        match self {
            IncidentDeadline::Acknowledge => "acknowledge the incident",
            IncidentDeadline::Update => "post an update",
            IncidentDeadline::Recovery => "mitigate the P0",
            IncidentDeadline::Legal => "notify legal",
            IncidentDeadline::Audit => "security audit",
            IncidentDeadline::Review => "review the incident",
        }
    }

    /// Whether it is still owed when the incident is closed.
    pub const fn outlasts_the_incident(self) -> bool {
        match self {
            IncidentDeadline::Legal | IncidentDeadline::Audit | IncidentDeadline::Review => true,
            IncidentDeadline::Acknowledge | IncidentDeadline::Update | IncidentDeadline::Recovery => false,
        }
    }
}

/// How a hypothesis stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nobody knows yet.
    Open,
    /// It is not that.
    RuledOut,
    /// It is that.
    Confirmed,
}

impl Standing {
    /// `open`, `ruled out`, `confirmed`.
    pub const fn word(self) -> &'static str {
        match self {
            Standing::Open => "open",
            Standing::RuledOut => "ruled out",
            Standing::Confirmed => "confirmed",
        }
    }

    /// What stands for it beside the word.
    pub const fn glyph(self) -> &'static str {
        match self {
            Standing::Open => "?",
            Standing::RuledOut => "✖",
            Standing::Confirmed => "✔",
        }
    }
}

/// How pressing something is that the deputy reminds of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pressing {
    /// It is late: shown.
    Late,
    /// It is late and nobody has said that they heard: it rings.
    Ringing,
}
