//! What an operator can have a vendor do. The company's state follows from these as it does from
//! every other deed; what is decided at the moment of asking is kept with them.

use std::time::Duration;

use super::told::Told;

/// How long a change of the production deployment takes.
pub const ALIAS_TAKES: Duration = Duration::from_secs(6);
/// How long a deployment of an image takes at Fly.io.
pub const DEPLOY_TAKES: Duration = Duration::from_secs(6);
/// How long a machine takes to restart.
pub const MACHINE_TAKES: Duration = Duration::from_secs(3);
/// How long Stripe takes to send an event again.
pub const RETRY_TAKES: Duration = Duration::from_millis(400);

/// Something that a vendor was asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Sentry: change an issue.
    Issue {
        /// The issue's number.
        id: String,
        /// What of it.
        change: IssueChange,
    },
    /// Stripe: send an event again.
    Retry {
        /// Which event.
        event: String,
        /// To which endpoint; without one it goes nowhere.
        endpoint: Option<String>,
        /// The idempotency key of the request.
        key: Option<String>,
        /// Whether the receiver took it.
        reached: bool,
    },
    /// Stripe: switch an endpoint on or off.
    Endpoint {
        /// Which endpoint.
        id: String,
        /// Whether it is on from now on.
        enabled: bool,
    },
    /// Vercel: point production at another deployment.
    Alias {
        /// Promote or roll back.
        kind: AliasKind,
        /// The deployment that is in production.
        from: String,
        /// The deployment that is to be.
        to: String,
        /// Whether `to` is the older one.
        backwards: bool,
    },
    /// Fly.io: do something with a machine.
    Machine {
        /// Which machine.
        id: String,
        /// What.
        act: MachineAct,
    },
    /// Fly.io: deploy an image.
    Deploy {
        /// The image's tag.
        tag: String,
        /// Whether it is older than the one that runs.
        backwards: bool,
    },
    /// GitHub: start a workflow.
    Dispatch {
        /// Its file.
        workflow: String,
        /// The branch or tag.
        reference: String,
    },
    /// GitHub: run a run again.
    Rerun {
        /// Its number.
        run: u64,
    },
    /// PagerDuty: acknowledge or resolve an incident.
    Page {
        /// The incident.
        id: String,
        /// What it becomes.
        status: PageStatus,
    },
    /// PagerDuty: write a note on an incident.
    Note {
        /// The incident.
        id: String,
    },
    /// PagerDuty: take an event.
    Enqueue {
        /// What joins events that belong together.
        dedup_key: String,
        /// What is the matter; empty unless it triggers.
        summary: String,
        /// What becomes of the incident.
        status: PageStatus,
    },
    /// Slack, the status page or Resend: tell somebody something.
    Told(Told),
}

/// How an issue is changed; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueChange {
    /// `resolved`, `unresolved` or `ignored`.
    pub status: Option<String>,
    /// The second word about the status.
    pub substatus: Option<String>,
    /// Resolved by the release that comes next, so that older ones do not reopen it.
    pub next_release: bool,
    /// To whom it is assigned; to nobody, if empty.
    pub assigned: Option<String>,
    /// Its priority.
    pub priority: Option<String>,
}

/// The two ways to change the production deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AliasKind {
    /// Make a deployment the one in production.
    Promote,
    /// Go back to one that was.
    Rollback,
}

/// What can be done with a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineAct {
    /// Stop and start it.
    Restart,
    /// Stop it.
    Stop,
    /// Start it.
    Start,
    /// Send it no requests.
    Cordon,
    /// Send it requests again.
    Uncordon,
}

/// How an incident at PagerDuty stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageStatus {
    /// Nobody has taken it.
    Triggered,
    /// Somebody has.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl AliasKind {
    /// The vendor's word.
    pub const fn word(self) -> &'static str {
        match self {
            AliasKind::Promote => "promote",
            AliasKind::Rollback => "rollback",
        }
    }
}

impl MachineAct {
    /// The act called `word`.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Restart, Self::Stop, Self::Start, Self::Cordon, Self::Uncordon]
            .into_iter()
            .find(|act| act.word() == word)
    }

    /// The vendor's word.
    pub const fn word(self) -> &'static str {
        match self {
            MachineAct::Restart => "restart",
            MachineAct::Stop => "stop",
            MachineAct::Start => "start",
            MachineAct::Cordon => "cordon",
            MachineAct::Uncordon => "uncordon",
        }
    }
}

impl PageStatus {
    /// The status called `word`.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Triggered, Self::Acknowledged, Self::Resolved].into_iter().find(|status| status.word() == word)
    }

    /// The vendor's word.
    pub const fn word(self) -> &'static str {
        match self {
            PageStatus::Triggered => "triggered",
            PageStatus::Acknowledged => "acknowledged",
            PageStatus::Resolved => "resolved",
        }
    }
}

impl Errand {
    /// How long until it has had its effect.
    pub const fn takes(&self) -> Duration {
        match self {
            Errand::Retry { .. } => RETRY_TAKES,
            Errand::Alias { .. } => ALIAS_TAKES,
            Errand::Machine { .. } => MACHINE_TAKES,
            Errand::Deploy { .. } => DEPLOY_TAKES,
            Errand::Issue { .. }
            | Errand::Endpoint { .. }
            | Errand::Dispatch { .. }
            | Errand::Rerun { .. }
            | Errand::Page { .. }
            | Errand::Note { .. }
            | Errand::Told(_)
            | Errand::Enqueue { .. } => Duration::ZERO,
        }
    }

    /// In words, as the operations page and the clock have it.
    pub fn words(&self) -> String {
        match self {
            Errand::Issue { id, change } => {
                let words = [&change.status, &change.assigned, &change.priority];
                let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
                format!("sentry issue {id} {}", words.join(" "))
            }
            Errand::Retry { event, endpoint, reached, .. } => {
                let endpoint = endpoint.as_deref().unwrap_or("nowhere");
                format!("stripe retry {event} to {endpoint}{}", if *reached { "" } else { ", not taken" })
            }
            Errand::Endpoint { id, enabled } => {
                format!("stripe endpoint {id} {}", if *enabled { "enabled" } else { "disabled" })
            }
            Errand::Alias { kind, to, .. } => format!("vercel {} {to}", kind.word()),
            Errand::Machine { id, act } => format!("fly {} {id}", act.word()),
            Errand::Deploy { tag, .. } => format!("fly deploy {tag}"),
            Errand::Dispatch { workflow, reference } => format!("github dispatch {workflow} on {reference}"),
            Errand::Rerun { run } => format!("github rerun {run}"),
            Errand::Page { id, status } => format!("pagerduty {id} {}", status.word()),
            Errand::Told(told) => told.words(),
            Errand::Note { id } => format!("pagerduty note on {id}"),
            Errand::Enqueue { dedup_key, status, .. } => format!("pagerduty {dedup_key} {}", status.word()),
        }
    }
}
