//! `kind = "command"`: a program in a process group of its own, its output streamed.

use super::{Kind, request};
use crate::domain::action::ActionKind;
use crate::domain::io::IoRequest;

/// The row of this kind.
pub(super) const KIND: Kind = Kind {
    name: "command",
    about: "Runs a program with its arguments, without a shell. Done when it exits with 0, or as `expect` says.",
    fields: request::RUN,
    plan: |table, found| request::command(table, found).map(|run| ActionKind::Once(IoRequest::Command(run))),
};
