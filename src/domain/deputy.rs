//! The deputy's settings: at which pace it reminds, and how it is heard.

use std::time::Duration;

/// At which pace the deputy reminds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// An incident that was taken on is spoken of when nobody does anything for so long.
    pub nothing_done: Duration,
    /// What is late rings after this.
    pub rings_after: Duration,
    /// It rings again after this, while nobody has heard.
    pub rings_every: Duration,
    /// Between two rings at least: what becomes late together rings once.
    pub apart: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            nothing_done: Duration::from_secs(5 * 60),
            rings_after: Duration::from_secs(60),
            rings_every: Duration::from_secs(5 * 60),
            apart: Duration::from_secs(30),
        }
    }
}

/// How a ring is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notify {
    /// The terminal's bell.
    Bell,
    /// The bell, and a notification on the desktop.
    #[default]
    Desktop,
    /// Not at all: it is only shown.
    None,
}

impl Notify {
    /// The words of the configuration.
    pub const WORDS: &'static [&'static str] = &["bell", "desktop", "none"];

    /// The one that is called so.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "bell" => Notify::Bell,
            "desktop" => Notify::Desktop,
            "none" => Notify::None,
            _ => return None,
        })
    }
}
