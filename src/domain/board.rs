//! Boards: the panes that list what sources found, each a row of `panes::PANES`.

use serde::{Deserialize, Serialize};

/// Where the entries of a signal are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Board {
    /// Issues and errors, by their own trackers.
    Errors,
    /// Money: deliveries of payment events.
    Payments,
    /// Releases, deployments and the workflows that make them.
    Deploys,
    /// Machines, databases, queues, vendors.
    Infrastructure,
    /// Lines of logs.
    Logs,
}

impl Board {
    /// Every board, in the order of Tab.
    pub const ALL: [Board; 5] =
        [Board::Errors, Board::Payments, Board::Deploys, Board::Infrastructure, Board::Logs];

    /// The name of its pane.
    pub const fn name(self) -> &'static str {
        match self {
            Board::Errors => "errors",
            Board::Payments => "payments",
            Board::Deploys => "deploys",
            Board::Infrastructure => "infrastructure",
            Board::Logs => "logs",
        }
    }

    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Board::Errors => "Errors",
            Board::Payments => "Payments",
            Board::Deploys => "Deploys",
            Board::Infrastructure => "Infrastructure",
            Board::Logs => "Logs",
        }
    }
}
