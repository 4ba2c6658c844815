//! Names of things, one type each, so that a signal's name is never passed for an action's.
//!
//! Cheap to clone (a shared string). Made from text that is already clean.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Arc::from(text))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
    };
}

id! {
    /// A command of a step, by what it says: an edit elsewhere does not change it.
    CommandId
}
id! {
    /// Commands of a runbook that ran one after the other: `G-1`, `G-2` …
    GatesId
}
id! {
    /// A signal, by its name in the configuration: unique in one console.
    SignalId
}
id! {
    /// An action, by its name in the configuration, or `step:` and a step's anchor for a command
    /// that stands in a runbook.
    ActionId
}
id! {
    /// A runbook, by the path it was loaded from, relative to the configuration file.
    RunbookId
}
id! {
    /// A step, anchored by its content: an edit elsewhere in the file leaves it alone. Unique in
    /// one runbook.
    StepId
}
id! {
    /// One run of an action: `R-1`, `R-2` … in one journal.
    RunId
}
id! {
    /// One incident: `INC-1`, `INC-2` … in one journal.
    IncidentId
}
id! {
    /// A hypothesis: `H-1`, `H-2` … in one journal.
    HypothesisId
}
id! {
    /// Something to follow up after an incident: `F-1`, `F-2` … in one journal.
    FollowUpId
}
id! {
    /// One post of an update to one channel: `M-1`, `M-2` … in one journal.
    PostId
}
id! {
    /// A channel that updates are posted to, by its name in the configuration.
    ChannelId
}
id! {
    /// What the deputy reminds of, by what it is about: the same while that is late, another when it is late again.
    NudgeId
}
id! {
    /// Something that has to be settled before an incident closes, by what it is about.
    ClosingId
}
impl ClosingId {
    /// The red signal `signal`.
    pub fn of_signal(signal: &SignalId) -> Self {
        Self::from(format!("signal:{signal}"))
    }

    /// The signal that it is about, where it is about one.
    pub fn signal(&self) -> Option<SignalId> {
        self.as_str().strip_prefix("signal:").map(SignalId::from)
    }
}
id! {
    /// One obligation: `O-1`, `O-2` … in one journal.
    ObligationId
}
id! {
    /// One duty after a GO: `D-1`, `D-2` … in one journal.
    DutyId
}
id! {
    /// One go-live window: `W-1`, `W-2` … in one journal.
    WindowId
}
id! {
    /// A rollback, such as `B-1`.
    RollbackId
}
id! {
    /// A block of a runbook that can run, by what it says: SHA-256 in hex.
    BlockHash
}
