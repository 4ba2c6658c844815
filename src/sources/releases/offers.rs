//! Going back to an earlier release by a command of the team's own, read back by what lists the releases or by an
//! endpoint.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::action::Risk;
use crate::domain::condition::Condition;
use crate::domain::io::{CommandRequest, IoRequest};
use crate::domain::offer::{Call, Check, Offer};
use crate::domain::setting::Table;
use crate::domain::signal::Signal;
use crate::sources::{effects, table};

use super::VERSION;
use super::read::{Stands, called};
use super::wire::{Form, Release, is_plain};

/// How long a rollback and then its effect may take.
const WITHIN: Duration = Duration::from_secs(600);
/// How long looking before it may take.
const LOOK: Duration = Duration::from_secs(60);
/// How much of a command's output is kept.
pub(super) const OUTPUT: usize = 1 << 20;

/// Goes back to `release`; nothing where the table says no way to.
pub(super) fn rollback(
    signal: &Signal,
    table: &Table,
    release: &Release,
    stands: Stands,
    form: Form,
) -> Option<Offer> {
    let (version, name) = (release.version.as_str(), called(&release.version));
    let refused = refusal(version, stands);
    // What cannot stand in a command does not.
    let usable = if refused.is_none() { version } else { "…" };
    let request = command(signal, table, "rollback", usable)?;
    let check = if refused.is_none() { effect(signal, table, version, form) } else { None };
    let program = request.argv.first().cloned().unwrap_or_default();
    let call = Call {
        key: version.to_owned(),
        title: format!("go back to {name}"),
        request: IoRequest::Command(request),
        expect: None,
        check,
    };
    let mut offer = Offer::one("rollback", Risk::Change, call);
    let seen = if table.has("observe") { "an endpoint says" } else { "the list of releases says" };
    offer.about = vec![
        format!("Runs {program} with {version}. In effect once {seen} that it is live."),
        "Not undone: what the newer release wrote, and whatever the command leaves as it is.".into(),
    ];
    offer.leaves = table.texts("leaves");
    if refused.is_none() {
        offer.before = command(signal, table, "before", version).map(|request| {
            Arc::new(Call {
                key: version.to_owned(),
                title: format!("{name} can be gone back to"),
                request: IoRequest::Command(request),
                expect: None,
                check: None,
            })
        });
    }
    offer.refused = refused;
    Some(offer)
}

/// The command called `key`, with `version` for `{version}`: an argument of its own. It runs where the list is made.
pub(super) fn command(signal: &Signal, table: &Table, key: &str, version: &str) -> Option<CommandRequest> {
    let argv: Vec<String> = table
        .texts(key)
        .into_iter()
        .map(|part| if part == VERSION { version.to_owned() } else { part })
        .collect();
    if argv.is_empty() {
        return None;
    }
    let cwd = match signal.request() {
        Some(IoRequest::Command(list)) => list.cwd.clone(),
        Some(_) | None => None,
    };
    let timeout = if key == "before" { LOOK } else { within(table) };
    Some(CommandRequest { argv, env: table.values("env"), cwd, timeout, limit: OUTPUT })
}

/// Why `version` cannot be gone back to.
fn refusal(version: &str, stands: Stands) -> Option<String> {
    match stands {
        Stands::Live => return Some("it is live".into()),
        Stands::Newer => return Some("it is newer than what is live".into()),
        Stands::Earlier => {}
    }
    if version.starts_with('-') {
        return Some("it begins with '-': a program would take it for an option".into());
    }
    (!is_plain(version)).then(|| "it has a name that cannot stand in a command".to_owned())
}

fn within(table: &Table) -> Duration {
    table.duration("within").unwrap_or(WITHIN)
}

/// Seen once the endpoint says so, or the list has `version` as the live one. `version` is plain: nothing in it ends a
/// text in quotes.
fn effect(signal: &Signal, table: &Table, version: &str, form: Form) -> Option<Check> {
    if let Some(observe) = table.table("observe") {
        let when = observe.condition("when")?.text().replace(VERSION, version);
        let url = observe.text("get")?.replace(VERSION, &encoded(version));
        let request = table::get(&url, observe.values("headers"), LOOK);
        return effects::check(request, &when, None, within(table));
    }
    let number = version.parse::<i64>().is_ok_and(|number| number.to_string() == version);
    // A list may hold numbers, and call a release by its commit alone.
    let is = |place: &str| {
        let text = format!("{place} == '{version}'");
        if number { format!("({text} or {place} == {version})") } else { text }
    };
    let named = |row: &str| {
        let (by_version, by_commit) = (is(&format!("{row}.version")), is(&format!("{row}.commit")));
        format!(
            "(({row}.version is defined and {by_version}) or ({row}.version is undefined and {row}.commit is defined \
             and {by_commit}))"
        )
    };
    let flagged = "json | selectattr('live', 'defined') | selectattr('live', 'equalto', true) | list";
    let when = match form {
        Form::Lines => format!("(stdout | trim | split | first) == '{version}'"),
        Form::First => named("(json | first)"),
        Form::Flagged => format!("({flagged} | length) == 1 and {}", named(&format!("({flagged} | first)"))),
    };
    Some(Check {
        request: signal.request()?.clone(),
        when: Condition::compile(&when).ok()?,
        fails: None,
        every: Duration::from_secs(2),
        within: within(table),
    })
}

/// `version` as it stands in a URL.
fn encoded(version: &str) -> String {
    url::form_urlencoded::byte_serialize(version.as_bytes()).collect()
}
