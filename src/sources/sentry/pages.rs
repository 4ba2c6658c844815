//! A list of issues, page by page, and what of it could not be read.

use super::api;
use super::wire::Issue;
use crate::domain::io::{IoReply, Reason};
use crate::domain::time::Timestamp;
use crate::sources::reply::{self, Fault};

/// Issues of one page: Sentry gives no more.
pub(super) const LIMIT: &str = "100";
/// Pages of one list that are read at most; what is beyond them is said to be there.
pub(super) const PAGES: usize = 2;

/// One page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) issues: Vec<Issue>,
    /// The cursor of the page after it.
    pub(super) next: Option<String>,
    /// How many there are on all pages.
    pub(super) hits: Option<u64>,
    /// Whether Sentry takes no further request just now.
    pub(super) spent: bool,
}

/// The page in `reply`.
pub(super) fn page(reply: &IoReply, at: Timestamp) -> Result<Page, Fault> {
    let reply = reply::http(reply, at).map_err(|fault| scoped(fault, "event:read"))?;
    Ok(Page {
        issues: reply::body(reply)?,
        next: api::next_page(reply),
        hits: api::hits(reply),
        spent: api::is_spent(reply),
    })
}

/// `fault` with the scope that a refused token may lack.
pub(super) fn scoped(fault: Fault, scope: &str) -> Fault {
    if fault.reason == Reason::Auth && fault.detail.starts_with("403") {
        return Fault { detail: format!("{} (needs {scope})", fault.detail), ..fault };
    }
    fault
}

/// Whether `fault` means that nothing more is asked in this poll: Sentry takes no more, or does not answer.
pub(super) fn ends(fault: &Fault) -> bool {
    match fault.reason {
        Reason::Dns | Reason::Connect | Reason::Tls | Reason::Timeout | Reason::Limit => true,
        Reason::Status | Reason::Body | Reason::Parse | Reason::Auth => false,
    }
}

/// Adds those of `more` that are not in `issues` yet.
pub(super) fn merge(issues: &mut Vec<Issue>, more: Vec<Issue>) {
    for issue in more {
        if !issues.iter().any(|known| known.id == issue.id) {
            issues.push(issue);
        }
    }
}
