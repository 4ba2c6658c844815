//! What the company tells the world through its vendors: messages, incidents of its status page, mails.

use super::errand::Errand;
use super::moment::Moment;

/// Something that was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Slack: a message in a channel.
    Message {
        /// The channel's id.
        channel: String,
        /// What Slack calls it.
        ts: String,
        /// The message that it answers.
        thread: Option<String>,
        /// What it says.
        text: String,
    },
    /// The status page: an incident as it is from now on.
    Page {
        /// The incident.
        id: String,
        /// What it is called.
        name: String,
        /// How it stands.
        status: String,
        /// What was said last.
        body: String,
    },
    /// Resend: a mail.
    Mail {
        /// What Resend calls it.
        id: String,
        /// The key of the request.
        key: Option<String>,
        /// The whole request.
        request: String,
        /// Its subject.
        subject: String,
    },
}

impl Told {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Told::Message { thread: None, .. } => "slack message".to_owned(),
            Told::Message { thread: Some(thread), .. } => format!("slack message in the thread {thread}"),
            Told::Page { id, status, .. } => format!("status page {id} {status}"),
            Told::Mail { subject, .. } => format!("mail: {subject}"),
        }
    }
}

/// Everything that was told so far, oldest first.
pub fn all<'m>(moment: &'m Moment<'_>) -> impl Iterator<Item = &'m Told> {
    moment.errands().filter_map(|(_, errand)| match errand {
        Errand::Told(told) => Some(told),
        Errand::Issue { .. }
        | Errand::Retry { .. }
        | Errand::Endpoint { .. }
        | Errand::Alias { .. }
        | Errand::Machine { .. }
        | Errand::Deploy { .. }
        | Errand::Dispatch { .. }
        | Errand::Rerun { .. }
        | Errand::Page { .. }
        | Errand::Note { .. }
        | Errand::Enqueue { .. } => None,
    })
}
