//! Layers and overrides joined into settings, and everything that only the whole can tell:
//! names used twice, keys used twice, actions that observe a signal nobody declared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{
    Layer, Settings, binding, channel, console, incident, oncall, overrides, plain, requests, rollback,
    section, window,
};
use crate::domain::action::{Action, ActionKind};
use crate::domain::channel::{Channel, Template};
use crate::domain::diagnostic::{Diagnostic, did_you_mean};
use crate::domain::io::{IoRequest, SecretSource, Value};
use crate::domain::oncall::Rotation;
use crate::domain::requests::Requests;
use crate::domain::setting::Table;
use crate::domain::signal::{Origin, Signal};
use crate::domain::step_binding::StepBinding;
use crate::sources::{PROVIDERS, listen};
use crate::{actions, comms};

/// The checked tables of one file.
#[derive(Default)]
pub(super) struct Given {
    pub(super) console: Option<Table>,
    /// Sections that a file has at most once, by name.
    pub(super) once: BTreeMap<&'static str, Table>,
    pub(super) signals: Vec<Part>,
    pub(super) actions: Vec<Part>,
    pub(super) channels: Vec<Part>,
    pub(super) templates: Vec<Part>,
    pub(super) bindings: Vec<Part>,
    pub(super) rotations: Vec<Part>,
}

/// A checked table of a section.
pub(super) struct Part {
    /// The section's name.
    pub(super) section: &'static str,
    /// What it holds.
    pub(super) table: Table,
    /// Whether every key that it was given is in it.
    pub(super) whole: bool,
}

/// Joins what the files gave, the least specific first.
pub(super) fn settle(
    layers: &[Layer],
    given: Vec<Given>,
    overridden: &[(String, String)],
    found: &mut Vec<Diagnostic>,
) -> Settings {
    let mut joined = Table::default();
    let mut origins = BTreeMap::new();
    let mut once = BTreeMap::new();
    let (mut signals, mut actions, mut bindings) = (Vec::new(), Vec::new(), Vec::new());
    let mut turns = Vec::new();
    let (mut channels, mut templates) = (Vec::new(), Vec::new());
    for (layer, given) in layers.iter().zip(given) {
        if let Some(console) = given.console {
            for (key, placed) in console.entries {
                origins.insert(key.clone(), format!("{}:{}", layer.name, placed.place.0));
                joined.entries.insert(key, placed);
            }
            (joined.file, joined.place) = (console.file, console.place);
        }
        join_once(&mut once, given.once, layer);
        join(&mut signals, given.signals, layer, found);
        join(&mut actions, given.actions, layer, found);
        join(&mut channels, given.channels, layer, found);
        join(&mut templates, given.templates, layer, found);
        bindings.extend(given.bindings);
        join(&mut turns, given.rotations, layer, found);
    }
    for set in overrides::read(overridden, found) {
        origins.insert(set.key.to_owned(), set.origin);
        joined.entries.insert(set.key.to_owned(), set.placed);
    }
    let user = overridden.iter().rfind(|(name, _)| name == "USER").map(|(_, user)| user.as_str());
    let directory = layers
        .last()
        .and_then(|layer| layer.base.file_name())
        .map(|name| name.to_string_lossy().into_owned());
    let console = console::plan(&joined, origins, directory.filter(|name| !name.is_empty()), user, found);

    let mut tables = vec![("[console]".to_owned(), joined.clone())];
    let (requests, rollback) = (requests::plan(&once), rollback::plan(&once));
    let mut watched: Vec<Signal> = Vec::new();
    let names: Vec<String> =
        signals.iter().filter_map(|(part, _)| part.table.text("name").map(str::to_owned)).collect();
    for (part, base) in signals {
        let Some(provider) = PROVIDERS.iter().find(|known| known.name == part.section) else { continue };
        for mut signal in planned(&part, provider.plan, found) {
            if let Origin::Asked(request) = &mut signal.origin {
                start_in(request, &base);
            }
            unique_signal(&watched, &signal, &part.table, found);
            watched.push(signal);
        }
        tables.push((section::header(provider.name, provider.many), part.table));
    }
    for signal in console::observers(&joined, &console.origins, found) {
        unique_signal(&watched, &signal, &joined, found);
        watched.push(signal);
    }
    look_at(&mut watched, &tables, found);
    let mut doing: Vec<Action> = Vec::new();
    for (part, base) in actions {
        if let Some(mut action) = planned(&part, actions::plan, found) {
            start_action_in(&mut action, &base);
            observe(&action, &part.table, &mut watched, &names, found);
            clashes(&doing, &action, &part.table, found);
            doing.push(action);
        }
        tables.push(("[[action]]".to_owned(), part.table));
    }
    let (templates, channels) = comms(templates, channels, &mut tables, found);
    let mut bound: Vec<StepBinding> = Vec::new();
    for part in bindings {
        let binding = planned(&part, binding::plan, found);
        binding::look_for(&binding, &part.table, &watched, &names, found);
        bound.push(binding);
        tables.push(("[[binding]]".to_owned(), part.table));
    }
    let rotations = rotations(turns, &mut tables, found);
    let clocks = incident::plan(once.get("incident").map(|once| &once.table), found);
    let wanted = window::plan(once.get("window").map(|once| &once.table), &watched, &names, found);
    tables.extend(once.into_iter().map(|(name, once)| (format!("[{name}]"), once.table)));
    if watched.iter().all(|signal| signal.observer) && found.is_empty() {
        let file = layers.last().map_or("midwatch.toml", |layer| layer.name.as_str());
        found.push(
            Diagnostic::warning(file, (0, 0), "no-signals", "nothing is watched")
                .hint("add a [[health]] with a name and a url"),
        );
    }
    Settings {
        console,
        secrets: secrets(&watched, &doing, &channels, &requests),
        channels,
        templates,
        requests,
        rollback,
        signals: watched,
        actions: doing,
        bindings: bound,
        window: wanted,
        clocks,
        rotations,
        file: layers.last().map(|layer| PathBuf::from(&layer.name)),
        layers: layers.iter().map(|layer| layer.name.clone()).collect(),
        tables,
    }
}

/// The on-call rotations of all files.
fn rotations(
    turns: Vec<(Part, PathBuf)>,
    tables: &mut Vec<(String, Table)>,
    found: &mut Vec<Diagnostic>,
) -> Vec<Rotation> {
    let mut rotations = Vec::new();
    for (part, _) in turns {
        rotations.extend(planned(&part, oncall::plan, found));
        tables.push(("[[oncall]]".to_owned(), part.table));
    }
    rotations
}

/// The templates, and the channels whose texts begin with them.
fn comms(
    templates: Vec<(Part, PathBuf)>,
    channels: Vec<(Part, PathBuf)>,
    tables: &mut Vec<(String, Table)>,
    found: &mut Vec<Diagnostic>,
) -> (Vec<Template>, Vec<Channel>) {
    let (mut texts, mut posting) = (Vec::new(), Vec::new());
    for (part, _) in templates {
        texts.extend(planned(&part, comms::plan_template, found));
        tables.push(("[[template]]".to_owned(), part.table));
    }
    for (part, _) in channels {
        if let Some(channel) = planned(&part, channel::plan, found) {
            channel::has_template(&channel, &part.table, &texts, found);
            posting.push(channel);
        }
        tables.push(("[[channel]]".to_owned(), part.table));
    }
    (texts, posting)
}

/// A section that a file has at most once, joined from all files.
#[derive(Default)]
pub(super) struct Once {
    /// What it holds; of two files the later's.
    pub(super) table: Table,
    /// Where what the last of them names runs.
    pub(super) base: PathBuf,
}

/// Joins such sections key by key.
fn join_once(once: &mut BTreeMap<&'static str, Once>, given: BTreeMap<&'static str, Table>, layer: &Layer) {
    for (name, table) in given {
        let joined: &mut Once = once.entry(name).or_default();
        joined.table.entries.extend(table.entries);
        (joined.table.file, joined.table.place) = (table.file, table.place);
        joined.base.clone_from(&layer.base);
    }
}

/// Plans a table. What a table lacks is told only if it is whole: a key that was refused is no
/// missing key.
fn planned<T>(
    part: &Part,
    plan: impl Fn(&Table, &mut Vec<Diagnostic>) -> T,
    found: &mut Vec<Diagnostic>,
) -> T {
    let mut wrong = Vec::new();
    let planned = plan(&part.table, &mut wrong);
    found.extend(wrong.into_iter().filter(|diagnostic| part.whole || diagnostic.code != "missing-key"));
    planned
}

/// Appends tables; one with the name of an earlier file's takes its place.
fn join(all: &mut Vec<(Part, PathBuf)>, given: Vec<Part>, layer: &Layer, found: &mut Vec<Diagnostic>) {
    let earlier = all.len();
    for part in given {
        let name = part.table.text("name").map(str::to_owned);
        let same = |(other, _): &(Part, PathBuf)| {
            other.section == part.section && name.is_some() && other.table.text("name") == name.as_deref()
        };
        match all.iter().position(same) {
            Some(at) if at < earlier && all[at].0.table.file != layer.name => {
                all[at] = (part, layer.base.clone());
            }
            Some(at) => {
                let (line, _) = all[at].0.table.place;
                let shown = crate::domain::text::clean(&name.unwrap_or_default()).into_owned();
                let message = format!("there is another {} called {shown:?}", part.section);
                let duplicate = part.table.error("name", "duplicate-name", message);
                found.push(duplicate.hint(format!("the first is on line {line}")));
            }
            None => all.push((part, layer.base.clone())),
        }
    }
}

/// A name is one signal's, whatever it is read from.
fn unique_signal(watched: &[Signal], signal: &Signal, table: &Table, found: &mut Vec<Diagnostic>) {
    if watched.iter().any(|other| other.id == signal.id) {
        let message = format!("there is another signal called {:?}", signal.id.as_str());
        found.push(table.error("name", "duplicate-name", message).hint("every signal has a name of its own"));
    }
}

/// A command without a directory of its own starts where its configuration file stands.
fn start_in(request: &mut IoRequest, base: &Path) {
    if let IoRequest::Command(command) = request
        && command.cwd.is_none()
        && !base.as_os_str().is_empty()
    {
        command.cwd = Some(base.to_owned());
    }
}

fn start_action_in(action: &mut Action, base: &Path) {
    match &mut action.kind {
        ActionKind::Once(request) => start_in(request, base),
        ActionKind::Toggle(toggle) => {
            for request in [&mut toggle.read, &mut toggle.on, &mut toggle.off] {
                start_in(request, base);
            }
        }
        ActionKind::Open(_) | ActionKind::Shell(_) => {}
    }
}

/// Joins every alert to the signal it looks at: what that one reads is kept.
fn look_at(watched: &mut [Signal], tables: &[(String, Table)], found: &mut Vec<Diagnostic>) {
    for index in 0..watched.len() {
        let Some(of) = watched[index].alert().map(|alert| alert.of.clone()) else { continue };
        let known = |signal: &Signal| signal.id == of && signal.alert().is_none();
        if let Some(base) = watched.iter().position(known) {
            watched[base].kept = true;
            watched[index].board = watched[base].board;
            continue;
        }
        let name = watched[index].id.as_str();
        let table = tables
            .iter()
            .find(|(header, table)| header.contains("alert") && table.text("name") == Some(name));
        let Some((_, table)) = table else { continue };
        let names =
            || watched.iter().filter(|signal| signal.alert().is_none()).map(|signal| signal.id.as_str());
        let hint = match did_you_mean(of.as_str(), names()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
        };
        let of = crate::domain::text::clean(of.as_str()).into_owned();
        let message = format!("there is no signal called {of:?} that is asked");
        found.push(table.error("signal", "unknown-signal", message).hint(hint));
    }
}

/// Gives the signal that an action observes the action's condition.
fn observe(
    action: &Action,
    table: &Table,
    watched: &mut [Signal],
    names: &[String],
    found: &mut Vec<Diagnostic>,
) {
    let (Some((name, condition)), Some(given)) = (&action.observe, table.table("observe")) else { return };
    let Some(at) = watched.iter().position(|signal| signal.id == *name) else {
        // A signal that could not be planned has been reported already.
        if !names.iter().any(|known| known == name.as_str()) {
            let message =
                format!("there is no signal called {:?}", crate::domain::text::clean(name.as_str()));
            let hint = match did_you_mean(name.as_str(), names.iter().map(String::as_str)) {
                Some(near) => format!("did you mean {near:?}?"),
                None if names.is_empty() => "no signal has a name".to_owned(),
                None => format!("there are {}", crate::domain::text::clean(&names.join(", "))),
            };
            found.push(given.error("signal", "unknown-signal", message).hint(hint));
        }
        return;
    };
    let signal = &mut watched[at];
    let known = signal.known_names();
    given.fitting("when", known, &format!("{:?}", name.as_str()), found);
    signal.observes.push((action.id.clone(), condition.clone()));
}

/// A key, and a code span, mean one action.
fn clashes(doing: &[Action], action: &Action, table: &Table, found: &mut Vec<Diagnostic>) {
    let key = |other: &&Action| other.key.is_some() && other.key == action.key;
    if let Some(other) = doing.iter().find(key) {
        let message = format!("the key is taken by {:?}", other.id.as_str());
        found.push(table.error("key", "duplicate-key", message).hint("give every action a key of its own"));
    }
    if table.text("key").is_some_and(|key| key.trim().is_empty()) {
        found
            .push(table.error("key", "bad-key", "this is not a key").hint("for example \"m\" or \"ctrl-m\""));
    }
    for (index, span) in action.matches.iter().enumerate() {
        if let Some(other) = doing.iter().find(|other| other.matches.contains(span)) {
            let message =
                format!("{:?} means {:?} already", crate::domain::text::clean(span), other.id.as_str());
            let mut error = table.error("matches", "duplicate-match", message);
            if let Some(placed) = table.list("matches").and_then(|list| list.get(index)) {
                (error.line, error.column) = placed.place;
            }
            found.push(error.hint("a code span means one action"));
        }
    }
}

/// The secrets that the tables of signals name: those of what they are asked first, and those that only what can be
/// done to their entries needs.
fn in_tables(signals: &[Signal]) -> Vec<SecretSource> {
    let mut all: Vec<SecretSource> = Vec::new();
    let tables = signals.iter().filter_map(|signal| signal.options.as_deref());
    for value in tables.flat_map(plain::values) {
        if let Value::Secret { secret, .. } | Value::Around { secret, .. } = value
            && !all.contains(secret)
        {
            all.push(secret.clone());
        }
    }
    all
}

fn secrets(
    signals: &[Signal],
    actions: &[Action],
    channels: &[Channel],
    requests: &Requests,
) -> Vec<SecretSource> {
    let mut all = in_tables(signals);
    let mut take = |request: &IoRequest| {
        for secret in request.secrets() {
            if !all.contains(secret) {
                all.push(secret.clone());
            }
        }
    };
    for request in signals.iter().filter_map(Signal::request) {
        take(request);
    }
    for action in actions {
        match &action.kind {
            ActionKind::Once(request) => take(request),
            ActionKind::Toggle(toggle) => {
                for request in [&toggle.read, &toggle.on, &toggle.off] {
                    take(request);
                }
            }
            ActionKind::Open(_) | ActionKind::Shell(_) => {}
        }
    }
    let proofs = signals.iter().filter_map(listen::proof).map(|proof| proof.secret);
    let posting = channels.iter().flat_map(|channel| channel.way.secrets()).cloned();
    for value in proofs.chain(requests.headers.iter().map(|(_, value)| value.clone())).chain(posting) {
        if let Value::Secret { secret, .. } | Value::Around { secret, .. } = value
            && !all.contains(&secret)
        {
            all.push(secret);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action::Risk;

    #[test]
    fn every_secret_of_a_data_store_is_found() {
        let span = r#""timeout":{"secs":1,"nanos":0},"limit":1"#;
        let texts = [
            format!(r#"{{"redis":{{"host":"h","port":1,"password":{{"secret":{{"env":"A"}}}},{span}}}}}"#),
            format!(
                r#"{{"postgres":{{"host":"h","port":1,"database":"d","user":"u","statements":[],
                "password":{{"secret":{{"env":"B"}}}},{span}}}}}"#
            ),
            format!(
                r#"{{"s3":{{"endpoint":"e","bucket":"b","region":"r","access_key":{{"secret":{{"env":"C"}}}},
                "secret_key":{{"secret":{{"env":"D"}}}},"session_token":{{"secret":{{"env":"E"}}}},{span}}}}}"#
            ),
        ];
        let actions: Vec<Action> = texts
            .iter()
            .map(|text| Action {
                id: "read".into(),
                key: None,
                about: None,
                risk: Risk::Read,
                kind: ActionKind::Once(serde_json::from_str(text).unwrap()),
                matches: Vec::new(),
                expect: None,
                target: String::new(),
                observe: None,
                within: std::time::Duration::ZERO,
                ends_after: None,
            })
            .collect();
        let wanted = ["A", "B", "C", "D", "E"].map(|name| SecretSource::Env(name.into()));
        assert_eq!(secrets(&[], &actions, &[], &Requests::default()), wanted);
    }
}
