//! ACTION KINDS, one file each: how a configured action becomes an exact request. Pure.
//!
//! A kind is a row: its own keys of `[[action]]` and a function from the checked table to what it
//! does. The keys every action has are [`COMMON`]. No key approves a destructive action in
//! advance: only the operator does, by typing its target. Nothing here runs anything.

mod capture;
mod command;
mod http;
mod open;
mod outcome;
mod request;
mod shell;
pub mod step;
mod toggle;

use std::time::Duration;

use crate::domain::action::{Action, ActionKind, Expect, Risk};
use crate::domain::diagnostic::Diagnostic;
use crate::domain::ids::SignalId;
use crate::domain::io::IoRequest;
use crate::domain::setting::{Field, Kind as SettingKind, Table};
pub use capture::{captured, mentioned};
pub use outcome::{Outcome, expected, lines, outcome, position, readable, request_for};
pub use request::REQUEST;
pub use step::{Prepared, StepError, aside, handed_over, prepared, risk_of, risk_under, step_command};

/// A kind of action.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The value of `kind`.
    pub name: &'static str,
    /// What it does, in Markdown.
    pub about: &'static str,
    /// Its own keys, besides [`COMMON`].
    pub fields: &'static [Field],
    /// What one checked table does; what is wrong with it is added to the diagnostics.
    pub plan: fn(&Table, &mut Vec<Diagnostic>) -> Option<ActionKind>,
}

/// Every kind.
pub const KINDS: &[Kind] = &[command::KIND, http::KIND, toggle::KIND, open::KIND, shell::KIND];

/// The keys of `expect`.
pub const EXPECT: &[Field] = &[
    Field::optional("exit", SettingKind::Integer(0, 255), "`0`", "The exit code of a command."),
    Field::optional("when", SettingKind::Condition, "", "A condition over the reply."),
    Field::optional("text", SettingKind::Text, "", "A text that must stand in the output or body."),
];

/// The keys of `observe`.
pub const OBSERVE: &[Field] = &[
    Field::required("signal", SettingKind::Text, "The signal that shows whether the action is in effect."),
    Field::required("when", SettingKind::Condition, "When it is in effect, over that signal's reply."),
];

/// The keys that every action has.
pub const COMMON: &[Field] = &[
    Field::required(
        "name",
        SettingKind::Text,
        "What the action is called: lower-case letters, digits, `.`, `_`, `-`.",
    ),
    Field::optional("key", SettingKind::Text, "", "The key that asks for it, as a keymap writes keys."),
    Field::optional("about", SettingKind::Text, "", "What it does, in a line."),
    Field::optional(
        "kind",
        SettingKind::Choice(&["command", "http", "toggle", "open", "shell"]),
        "`command` where there is a `command`",
        "What kind of action it is.",
    ),
    Field::optional(
        "risk",
        SettingKind::Choice(&["read", "change", "destroy"]),
        "`change`; `read` for a link",
        "What it may do: `read` changes nothing and is never asked about, `change` is reversible and wants a \
         second key, `destroy` is not reversible and wants its `target` typed.",
    ),
    Field::optional(
        "matches",
        SettingKind::List(&SettingKind::Text),
        "",
        "Code spans of any runbook that mean this action: their steps get its key.",
    ),
    Field::optional(
        "expect",
        SettingKind::Table(EXPECT),
        "",
        "What the reply must be for the run to be done.",
    ),
    Field::optional("target", SettingKind::Text, "the action's name", "What typing confirms a `destroy`."),
    Field::optional(
        "observe",
        SettingKind::Table(OBSERVE),
        "",
        "Where its effect is seen. Without it an accepted request is all there is to know.",
    ),
    Field::optional(
        "within",
        SettingKind::Duration,
        "`60s`",
        "How long the effect may take to be observed; after that it is reported as not in effect.",
    ),
    Field::optional(
        "ends_after",
        SettingKind::Duration,
        "",
        "After how long what was switched on must be switched off again; shown as a countdown.",
    ),
];

/// The action of one checked table; `None` where it could not do anything.
pub fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Option<Action> {
    let name = table.given_name(found).map(str::to_owned);
    let kind = kind_of(table)?;
    let does = (kind.plan)(table, found);
    let risk = risk(table, kind, found);
    let does = does?;
    let expect = expect(table, &does, found);
    let observe = table.table("observe").and_then(|observe| {
        Some((SignalId::from(observe.text("signal")?), observe.condition("when")?.clone()))
    });
    let ends_after = table.duration("ends_after");
    if ends_after.is_some() && !matches!(does, ActionKind::Toggle(_)) {
        found.push(
            table
                .error("ends_after", "misplaced-key", "only a toggle can be switched off again")
                .hint("remove it, or make this a toggle"),
        );
    }
    let name = name?;
    Some(Action {
        key: table.text("key").map(str::to_owned),
        about: table.text("about").map(|about| crate::domain::text::clean(about).into_owned()),
        risk,
        kind: does,
        matches: table.texts("matches"),
        expect,
        target: table.text("target").map_or_else(|| name.clone(), str::to_owned),
        observe,
        within: table.duration("within").unwrap_or(Duration::from_secs(60)),
        ends_after,
        id: name.into(),
    })
}

/// The kind a table names, or `command` where it holds a command.
pub fn kind_of(table: &Table) -> Option<&'static Kind> {
    let name = table.text("kind").or_else(|| table.has("command").then_some("command"))?;
    KINDS.iter().find(|kind| kind.name == name)
}

fn risk(table: &Table, kind: &Kind, found: &mut Vec<Diagnostic>) -> Risk {
    let risk = match table.text("risk") {
        Some("read") => Risk::Read,
        Some("destroy") => Risk::Destroy,
        None if kind.name == open::KIND.name => Risk::Read,
        Some(_) | None => Risk::Change,
    };
    if risk == Risk::Read && kind.name == toggle::KIND.name {
        found.push(
            table
                .error("risk", "bad-risk", "a toggle changes something")
                .hint("risk is \"change\" or \"destroy\""),
        );
    }
    risk
}

fn expect(table: &Table, does: &ActionKind, found: &mut Vec<Diagnostic>) -> Option<Expect> {
    let given = table.table("expect")?;
    let request = match does {
        ActionKind::Once(request) => request,
        ActionKind::Toggle(toggle) => &toggle.on,
        ActionKind::Open(_) | ActionKind::Shell(_) => {
            let message = "there is no reply to expect anything of";
            found.push(table.error("expect", "misplaced-key", message));
            return None;
        }
    };
    let command = matches!(request, IoRequest::Command(_));
    if given.has("exit") && !command {
        found.push(given.error("exit", "misplaced-key", "only a command has an exit code"));
    }
    let of = if command { "a command's reply" } else { "an HTTP reply" };
    let known = crate::domain::condition::names_of(request);
    Some(Expect {
        exit: given.integer("exit").and_then(|exit| i32::try_from(exit).ok()),
        when: given.fitting("when", known, of, found),
        text: given.text("text").map(str::to_owned),
    })
}

#[cfg(test)]
mod tests;
