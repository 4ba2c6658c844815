//! From a `[[releases]]` table to a signal.

use std::time::Duration;

use super::VERSION;
use super::offers::OUTPUT;
use crate::domain::board::Board;
use crate::domain::condition::names_of;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{CommandRequest, IoRequest};
use crate::domain::setting::Table;
use crate::domain::signal::Signal;
use crate::sources::table;

const FOR_URL: [&str; 4] = ["header", "version", "headers", "redirects"];
const FOR_COMMAND: [&str; 7] = ["cwd", "env", "rollback", "before", "observe", "within", "leaves"];
const FOR_ROLLBACK: [&str; 4] = ["before", "observe", "within", "leaves"];
/// Programs that read an argument as a program of their own.
const SHELLS: [&str; 9] = ["sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "busybox", "pwsh"];

/// The signal of one table; none where it lacks what it asks.
pub(super) fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let name = table.given_name(found).map(str::to_owned);
    let cadence = table::cadence(table, Duration::from_secs(10), Duration::from_secs(10), found);
    let Some(request) = request(table, cadence.timeout, found) else { return Vec::new() };
    backwards(table, found);
    let Some(name) = name else { return Vec::new() };
    let mut signal =
        table::signal(table, &name, super::PROVIDER.name, "", request, Board::Deploys, &cadence, found);
    signal.own = true;
    vec![signal]
}

fn request(table: &Table, timeout: Duration, found: &mut Vec<Diagnostic>) -> Option<IoRequest> {
    let asked: Vec<&str> = ["command", "url"].into_iter().filter(|key| table.has(key)).collect();
    let [asked] = asked[..] else {
        let (code, message, place) = if asked.is_empty() {
            ("missing-key", "nothing is asked", "")
        } else {
            ("ambiguous-request", "command and url exclude one another", "url")
        };
        found.push(table.error(place, code, message).hint("give exactly one of command and url"));
        return None;
    };
    let foreign = if asked == "url" { &FOR_COMMAND[..] } else { &FOR_URL[..] };
    for key in foreign.iter().filter(|key| table.has(key)) {
        let owner = if asked == "url" { "command" } else { "url" };
        let mut wrong = table
            .error(key, "misplaced-key", format!("{key} has no meaning beside {asked}"))
            .hint(format!("it goes with {owner}"));
        if *key == "rollback" {
            wrong = wrong.hint("url tells only what is live: let command list what can be gone back to");
        }
        found.push(wrong);
    }
    if asked == "url" { from_url(table, timeout, found) } else { from_command(table, timeout, found) }
}

fn from_url(table: &Table, timeout: Duration, found: &mut Vec<Diagnostic>) -> Option<IoRequest> {
    let mut request = table::get(table.text("url")?, table.values("headers"), timeout);
    request.redirects = table.integer("redirects").and_then(|count| u8::try_from(count).ok()).unwrap_or(0);
    let request = IoRequest::Http(request);
    match (table.text("header"), table.has("version")) {
        (None, false) => {
            let wrong = table.error("url", "missing-key", "nothing says where the version stands");
            found.push(wrong.hint("give header, such as \"x-release\", or version, such as \"body.commit\""));
            return None;
        }
        (Some(_), true) => {
            found.push(
                table
                    .error("version", "ambiguous-request", "header and version exclude one another")
                    .hint("give exactly one of header and version"),
            );
            return None;
        }
        (Some(header), false) => {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            if header.is_empty() || !header.bytes().all(known) {
                found.push(table.error("header", "bad-header", "this is no name of a header"));
                return None;
            }
        }
        (None, true) => {
            table.fitting("version", names_of(&request), "an HTTP reply", found);
        }
    }
    Some(request)
}

fn from_command(table: &Table, timeout: Duration, found: &mut Vec<Diagnostic>) -> Option<IoRequest> {
    let argv = table.texts("command");
    if argv.first().is_none_or(|program| program.trim().is_empty()) {
        found.push(table.error("command", "missing-program", "a command needs a program"));
        return None;
    }
    if argv.iter().any(|part| part.contains(VERSION)) {
        let message = "{version} has no meaning here: this lists the versions";
        found.push(table.error("command", "bad-placeholder", message));
    }
    let cwd = table.path("cwd").cloned();
    Some(IoRequest::Command(CommandRequest { argv, env: table.values("env"), cwd, timeout, limit: OUTPUT }))
}

/// What is wrong with the way back.
fn backwards(table: &Table, found: &mut Vec<Diagnostic>) {
    if !table.has("rollback") && table.has("command") {
        for key in FOR_ROLLBACK.iter().filter(|key| table.has(key)) {
            let message = format!("{key} has no meaning without rollback");
            found.push(table.error(key, "misplaced-key", message));
        }
    }
    for key in ["rollback", "before"].into_iter().filter(|key| table.has(key)) {
        if let Some((code, message)) = unfit(&table.texts(key)) {
            found.push(
                table
                    .error(key, code, message)
                    .hint("such as [\"bin/deploy\", \"{version}\"]: the version is an argument of its own"),
            );
        }
    }
    let Some(observe) = table.table("observe") else { return };
    if let Some(when) = observe.condition("when") {
        let get = observe.text("get").unwrap_or_default();
        if !when.text().contains(VERSION) && !get.contains(VERSION) {
            let message = "neither get nor when names {version}: any release would do";
            found.push(observe.error("when", "missing-placeholder", message));
        }
        let known = ["status", "headers", "body", "text", "rows", "latency_ms", "certificate_days"];
        observe.fitting("when", &known, "an HTTP reply", found);
    }
}

/// What is wrong with a command that a version is handed to.
fn unfit(argv: &[String]) -> Option<(&'static str, &'static str)> {
    let Some(program) = argv.first().filter(|program| !program.trim().is_empty()) else {
        return Some(("missing-program", "a command needs a program"));
    };
    if program.contains(VERSION) {
        return Some(("bad-placeholder", "the program is named by the configuration alone"));
    }
    if argv.iter().any(|part| part.contains(VERSION) && part != VERSION) {
        return Some(("bad-placeholder", "{version} is part of another argument"));
    }
    let Some(first) = argv.iter().position(|part| part == VERSION) else {
        return Some(("missing-placeholder", "{version} is nowhere in it: every release would be the same"));
    };
    let name = |part: &String| part.rsplit('/').next().is_some_and(|name| SHELLS.contains(&name));
    let is_text = |before: &String| before.starts_with('-') && before.to_ascii_lowercase().ends_with('c');
    let read_by_shell = argv[..first].iter().any(name)
        && (argv.len() == 2 || argv.get(first.wrapping_sub(1)).is_some_and(is_text));
    if read_by_shell {
        return Some(("bad-placeholder", "a shell would read the version as a program"));
    }
    None
}
