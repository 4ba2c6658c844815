//! What an endpoint tells of the one release that is live.

use crate::domain::condition::{BodyState, observe};
use crate::domain::io::{IoReply, Reason};
use crate::domain::setting::Table;
use crate::domain::time::Timestamp;
use crate::sources::reply::{self, Fault};

use super::wire::{Listed, named};

/// The release that the reply names, by the header or by the expression of `table`; else why none.
pub(super) fn told(table: &Table, reply: &IoReply, at: Timestamp) -> Result<Listed, Fault> {
    let http = reply::http(reply, at)?;
    let version = match (table.text("header"), table.condition("version")) {
        (Some(header), _) => {
            let missing = || Fault::new(Reason::Body, format!("the reply has no header {header}"));
            named(header, http.header(&header.to_ascii_lowercase()).ok_or_else(missing)?.trim())?
        }
        (None, Some(expression)) => {
            let (observed, body) = observe(reply, &[expression]);
            let text = expression.value(&observed).map_err(|error| {
                let reason = if matches!(body, BodyState::NotJson(_)) { Reason::Parse } else { Reason::Body };
                Fault::new(reason, format!("version: {}", error.message))
            })?;
            named("version", &text)?
        }
        (None, None) => return Err(Fault::new(Reason::Parse, "nothing says where the version stands")),
    };
    Ok(Listed::only(version))
}
