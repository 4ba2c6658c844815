//! Commands and flags that a tool does not have: by its own `--help` where it is installed, by its table where it is
//! not.

use std::collections::BTreeSet;

use crate::domain::diagnostic::did_you_mean;

use super::codes::{OTHER_VERSION, UNKNOWN_COMMAND, UNKNOWN_FLAG};
use super::known::Known;
use super::sink::{At, Sink};
use super::tool::{Command, Tool, joined, tool};
use super::words::{Simple, Word};

/// A call as far as the table follows it.
struct Call<'a> {
    tool: &'static Tool,
    /// The name it is called by here.
    name: &'a str,
    /// The commands that were named: `machine stop`.
    path: &'static str,
    command: &'static Command,
    /// A word that is no command where one is due, and takes nothing else.
    stray: Option<&'a Word>,
    flags: Vec<&'a Word>,
    /// Whether what comes next cannot be told.
    open: bool,
}

/// The pages of help that would tell about `command`, as argument lists. Every word of them is one of a table: what
/// the text says only chooses among them.
pub(super) fn pages(command: &Simple) -> BTreeSet<Vec<String>> {
    let Some(call) = follow(command) else { return BTreeSet::new() };
    if call.tool.offline {
        return BTreeSet::new();
    }
    let mut argv = vec![call.name.to_owned()];
    let mut pages = BTreeSet::from([argv.clone()]);
    for word in call.path.split_whitespace() {
        argv.push(word.to_owned());
        pages.insert(argv.clone());
    }
    pages
}

fn follow(simple: &Simple) -> Option<Call<'_>> {
    let (_, name, arguments) = simple.call()?;
    let tool = tool(name)?;
    let mut call = Call {
        tool,
        name,
        path: "",
        command: tool.command("")?,
        stray: None,
        flags: Vec::new(),
        open: false,
    };
    let mut at = 0;
    while let Some(word) = arguments.get(at) {
        at += 1;
        let text = word.text.as_str();
        if text == "--" {
            break;
        }
        if text.starts_with('-') && text.len() > 1 {
            call.flags.push(word);
            let next = arguments.get(at).map_or("", |word| word.text.as_str());
            if has_value(&call, text, next) {
                at += 1;
            }
            continue;
        }
        let children = &call.command.children;
        if !children.is_empty() && !word.fixed {
            call.open = true;
            break;
        }
        if let Some(child) = tool.child(call.path, text).filter(|_| !children.is_empty()) {
            call.path = child;
            call.command = tool.command(child)?;
        } else if call.command.open || (tool.also.contains(text) && !children.is_empty()) {
            call.open = true;
            break;
        } else if tool.ends_at_argument {
            break;
        } else if children.is_empty() {
            // What a command takes besides flags is not always told: only what somebody looked into is a stray.
            if tool.hints.contains_key(&joined(call.path, text)) {
                call.stray = Some(word);
                break;
            }
        } else if call.command.arguments {
            // A tool that is listed in part: what it goes on to is not known.
            if call.path.is_empty() {
                call.open = true;
                break;
            }
        } else if is_name(text) {
            call.stray = Some(word);
            break;
        } else {
            call.open = true;
            break;
        }
    }
    call.open |= call.command.open;
    Some(call)
}

/// Whether a command could be called so.
fn is_name(word: &str) -> bool {
    let version = word.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | ':'))
        && !version
}

/// Whether the word behind `flag` is its value.
fn has_value(call: &Call<'_>, flag: &str, next: &str) -> bool {
    if flag.contains('=') || next.is_empty() || next.starts_with('-') {
        return false;
    }
    if let Some(takes) = call.tool.takes_value(call.path, flag) {
        return takes;
    }
    // `-p5432` has its value with it; of a flag nobody knows, what follows is taken for its value unless it is a
    // command.
    let bundle = !flag.starts_with("--") && flag.len() > 2;
    !bundle && call.tool.child(call.path, next).is_none()
}

/// What `simple` asks of a tool that it does not have.
pub(super) fn check(simple: &Simple, at: &At<'_>, known: &Known, sink: &mut Sink<'_>) {
    let Some(call) = follow(simple) else { return };
    let page = |path: &str| {
        let argv: Vec<String> =
            std::iter::once(call.name).chain(path.split_whitespace()).map(str::to_owned).collect();
        known.helps.get(&argv)
    };
    older(&call, known, at, simple, sink);
    let whole = joined(&call.tool.program, call.path);
    if let Some(word) = call.stray {
        let listed = page(call.path)
            .filter(|page| call.command.children.is_empty() || page.lists(&call.command.children));
        if listed.is_some_and(|page| page.names(&word.text)) {
            return;
        }
        stray(&call, word, &whole, listed.is_some(), at, sink);
        return;
    }
    let page = page(call.path);
    if call.open || (call.tool.open_flags && page.is_none()) {
        return;
    }
    for word in &call.flags {
        let name = word.text.split('=').next().unwrap_or_default();
        let fixed = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '?'));
        if !fixed
            || is_known(call.tool, call.path, name, &|flag| page.is_some_and(|page| page.has_flag(flag)))
        {
            continue;
        }
        let finding = sink.finding(
            &UNKNOWN_FLAG,
            at.place(word.at),
            format!("{whole} has no flag {name}{}", of(&call, page.is_some())),
        );
        let meant = did_you_mean(name, call.tool.flags(call.path).filter(|flag| flag.len() > 2));
        let hint = call.tool.hints.get(&format!("{} {name}", call.path)).cloned();
        let hint = hint.or_else(|| meant.map(|meant| format!("did you mean {meant}?")));
        sink.add(finding.hint(hint.unwrap_or_else(|| format!("`{whole} --help` lists what there is"))));
    }
}

/// A word that is no command.
fn stray(call: &Call<'_>, word: &Word, whole: &str, installed: bool, at: &At<'_>, sink: &mut Sink<'_>) {
    let text = word.text.as_str();
    let key = joined(call.path, text);
    let hint = call.tool.hints.get(&key);
    let meant = did_you_mean(text, call.command.children.iter().map(String::as_str));
    let is_root = call.path.is_empty();
    // Somebody may have added a command of that name.
    if is_root && call.tool.plugins && !installed && hint.is_none() && meant.is_none() {
        return;
    }
    let said = format!("{whole} has no command {text:?}{}", of(call, installed));
    let mut finding = sink.finding(&UNKNOWN_COMMAND, at.place(word.at), said);
    if is_root && call.tool.plugins {
        finding = finding.warned();
    }
    let hint = hint.cloned().or_else(|| meant.map(|meant| format!("did you mean `{whole} {meant}`?")));
    sink.add(finding.hint(hint.unwrap_or_else(|| format!("`{whole} --help` lists what there is"))));
}

/// A command or flag that the table has and the installed tool does not show.
fn older(call: &Call<'_>, known: &Known, at: &At<'_>, simple: &Simple, sink: &mut Sink<'_>) {
    let mut argv = vec![call.name.to_owned()];
    let mut above = String::new();
    for word in call.path.split_whitespace() {
        let listed = known.helps.get(&argv).zip(call.tool.command(&above));
        if let Some((page, command)) = listed
            && page.lists(&command.children)
            && !page.names(word)
        {
            let whole = joined(&call.tool.program, &above);
            let said = format!(
                "the installed {whole} does not list {word:?}: {} {} has it",
                call.tool.program, call.tool.version
            );
            let place = simple.words.iter().find(|known| known.text == word).or(simple.words.first());
            let finding = sink.finding(&OTHER_VERSION, place.map_or((0, 0), |word| at.place(word.at)), said);
            sink.add(finding.hint("install the version the runbook was written for, or mend the runbook"));
            return;
        }
        argv.push(word.to_owned());
        above = joined(&above, word);
    }
}

fn is_known(tool: &Tool, path: &str, name: &str, page: &dyn Fn(&str) -> bool) -> bool {
    let has = |flag: &str| tool.has_flag(path, flag) || page(flag);
    if has(name) || matches!(name, "-h" | "--help" | "--version") {
        return true;
    }
    let Some(bundle) = name.strip_prefix('-').filter(|bundle| !bundle.starts_with('-')) else { return false };
    // `-p5432`, `-it`.
    let mut letters = bundle.chars();
    let first = letters.next().map(|c| format!("-{c}")).unwrap_or_default();
    if bundle.len() > 1 && has(&first) && tool.takes_value(path, &first).unwrap_or(true) {
        return true;
    }
    bundle.bytes().all(|byte| byte.is_ascii_digit()) || bundle.chars().all(|c| has(&format!("-{c}")))
}

/// By what it is known.
fn of(call: &Call<'_>, installed: bool) -> String {
    if installed {
        ", says the installed one".to_owned()
    } else {
        format!(" ({} of {})", call.tool.version, call.tool.date)
    }
}
