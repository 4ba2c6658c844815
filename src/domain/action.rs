//! An action as configured: something a key can do to the world.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::ids::{ActionId, SignalId};
use super::io::IoRequest;
use super::role::Role;

/// What an action may do to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Changes nothing.
    Read,
    /// Changes something, reversibly.
    Change,
    /// Changes something that cannot be changed back.
    Destroy,
}

impl Risk {
    /// The word on screen and in configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Risk::Read => "read",
            Risk::Change => "change",
            Risk::Destroy => "destroy",
        }
    }

    /// What it means on screen.
    pub const fn role(self) -> Role {
        match self {
            Risk::Read => Role::Ok,
            Risk::Change => Role::Warning,
            Risk::Destroy => Role::Danger,
        }
    }
}

/// A configured action.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Its name.
    pub id: ActionId,
    /// The key that asks for it, as written in a keymap.
    pub key: Option<String>,
    /// What it is, in a line.
    pub about: Option<String>,
    /// What it may do.
    pub risk: Risk,
    /// The kind and its requests.
    pub kind: ActionKind,
    /// Code spans of any runbook that mean this action.
    pub matches: Vec<String>,
    /// What the reply must be.
    pub expect: Option<Expect>,
    /// What typing confirms a `destroy`.
    pub target: String,
    /// The signal that shows whether it is in effect, and when it is.
    pub observe: Option<(SignalId, Condition)>,
    /// How long the effect may take to be observed.
    pub within: Duration,
    /// After how long an effect that was switched on must be switched off again.
    pub ends_after: Option<Duration>,
}

/// What an action does.
#[derive(Clone, Debug, PartialEq)]
pub enum ActionKind {
    /// One request: an HTTP exchange or a program.
    Once(IoRequest),
    /// Something with two positions.
    Toggle(Box<Toggle>),
    /// Shows a link for the operator to open.
    Open(String),
    /// Leaves the screen to an interactive program until it ends.
    Shell(Vec<String>),
}

/// Something with two positions.
#[derive(Clone, Debug, PartialEq)]
pub struct Toggle {
    /// Asks for the position; changes nothing.
    pub read: IoRequest,
    /// Whether the reply to `read` says "on".
    pub is_on: Condition,
    /// Switches it on.
    pub on: IoRequest,
    /// Switches it off.
    pub off: IoRequest,
}

/// What a reply must be for a run to have done what was asked.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Expect {
    /// The exit code; 0 where nothing else is said.
    pub exit: Option<i32>,
    /// A condition over the reply.
    pub when: Option<Condition>,
    /// A text that must stand in the output or body.
    pub text: Option<String>,
}

/// What a run is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// The action's one request.
    Do,
    /// Switch a toggle on.
    On,
    /// Switch a toggle off.
    Off,
    /// Ask for a toggle's position.
    Read,
}

impl Purpose {
    /// The word on screen, empty for an action that has one request only.
    pub const fn word(self) -> &'static str {
        match self {
            Purpose::Do => "",
            Purpose::On => "on",
            Purpose::Off => "off",
            Purpose::Read => "read",
        }
    }
}
