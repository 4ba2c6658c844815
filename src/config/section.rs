//! The sections of a configuration file: `[console]`, each provider's tables, `[[action]]`.

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::check::{Check, in_order, type_word};
use super::merge::{Given, Part};
use super::source::Source;
use super::{Layer, binding, console, incident, oncall, requests, rollback, window};
use crate::actions::{self, KINDS};
use crate::comms;
use crate::domain::diagnostic::{Diagnostic, did_you_mean};
use crate::domain::setting::Field;
use crate::domain::text::clean;
use crate::sources::PROVIDERS;

/// Sections of the whole console besides `[console]`, and their keys.
const ONCE: [(&str, &[Field]); 4] = [
    ("requests", requests::FIELDS),
    ("rollback", rollback::FIELDS),
    ("window", window::FIELDS),
    ("incident", incident::FIELDS),
];

/// The names of all sections, in the order they are documented in.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once("console").chain(PROVIDERS.iter().map(|provider| provider.name)).chain([
        "action", "channel", "template", "requests", "rollback", "binding", "window", "incident", "oncall",
    ])
}

/// Everything one file gives, checked; what is wrong is added to `found`.
pub(super) fn read(layer: &Layer, found: &mut Vec<Diagnostic>) -> Given {
    let source = Source::new(layer);
    let root = source.parse(found);
    let broken: Vec<usize> =
        found.iter().filter(|error| error.file == layer.name).map(|error| error.line).collect();
    let mut check = Check { source: &source, found: Vec::new(), refused: 0 };
    let mut given = Given::default();
    for (key, value) in in_order(root.get_ref()) {
        let name: &str = key.get_ref();
        let provider = PROVIDERS.iter().find(|provider| provider.name == name);
        if name == "console" {
            if let Some(raw) = one(&mut check, name, value) {
                let start = value.span().start;
                given.console = Some(check.table(raw, start, &[console::FIELDS], "[console]", &|_| None));
            }
        } else if let Some((name, fields)) = ONCE.iter().find(|(known, _)| *known == name) {
            if let Some(raw) = one(&mut check, name, value) {
                let start = value.span().start;
                let what = header(name, false);
                given.once.insert(name, check.table(raw, start, &[fields], &what, &|_| None));
            }
        } else if let Some(provider) = provider {
            let what = header(name, provider.many);
            let raws = if provider.many {
                many(&mut check, name, value)
            } else {
                one(&mut check, name, value).map(|raw| (value.span().start, raw)).into_iter().collect()
            };
            for (start, raw) in raws {
                let before = check.refused;
                let table = check.table(raw, start, &[provider.fields], &what, &|_| None);
                let whole = check.refused == before;
                given.signals.push(Part { section: provider.name, table, whole });
            }
        } else if name == "action" {
            for (start, raw) in many(&mut check, name, value) {
                let before = check.refused;
                let table = action(&mut check, raw, start);
                let whole = check.refused == before;
                given.actions.push(Part { section: "action", table, whole });
            }
        } else if name == "channel" {
            for (start, raw) in many(&mut check, name, value) {
                let before = check.refused;
                let table = channel(&mut check, raw, start);
                let whole = check.refused == before;
                given.channels.push(Part { section: "channel", table, whole });
            }
        } else if name == "template" {
            for (start, raw) in many(&mut check, name, value) {
                let before = check.refused;
                let table = check.table(raw, start, &[comms::TEMPLATE], "[[template]]", &|_| None);
                let whole = check.refused == before;
                given.templates.push(Part { section: "template", table, whole });
            }
        } else if name == "binding" {
            for (start, raw) in many(&mut check, name, value) {
                let before = check.refused;
                let table = check.table(raw, start, &[binding::FIELDS], "[[binding]]", &|_| None);
                let whole = check.refused == before;
                given.bindings.push(Part { section: "binding", table, whole });
            }
        } else if name == "oncall" {
            for (start, raw) in many(&mut check, name, value) {
                let before = check.refused;
                let table = check.table(raw, start, &[oncall::FIELDS], "[[oncall]]", &|_| None);
                let whole = check.refused == before;
                given.rotations.push(Part { section: "oncall", table, whole });
            }
        } else {
            let message = format!("unknown section {:?}", clean(name));
            let hint = did_you_mean(name, names()).map_or_else(
                || format!("there are {}", names().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean {near:?}?"),
            );
            check.error(key.span().start, "unknown-key", message).hint = Some(hint);
        }
    }
    // Where the syntax is broken the values are guesses.
    found.extend(check.found.into_iter().filter(|diagnostic| !broken.contains(&diagnostic.line)));
    given
}

/// `[name]` or `[[name]]`.
pub(super) fn header(name: &str, many: bool) -> String {
    if many { format!("[[{name}]]") } else { format!("[{name}]") }
}

fn one<'t, 'i>(
    check: &mut Check<'_>,
    name: &str,
    value: &'t Spanned<DeValue<'i>>,
) -> Option<&'t DeTable<'i>> {
    if let DeValue::Table(raw) = value.get_ref() {
        return Some(raw);
    }
    let message = format!("{name} is a table, not {}", type_word(value.get_ref()));
    check.error(value.span().start, "wrong-type", message).hint = Some(format!("write [{name}]"));
    None
}

fn many<'t, 'i>(
    check: &mut Check<'_>,
    name: &str,
    value: &'t Spanned<DeValue<'i>>,
) -> Vec<(usize, &'t DeTable<'i>)> {
    let empty = DeArray::new();
    let items = match value.get_ref() {
        DeValue::Array(items) => items,
        other => {
            let message = format!("{name} is a list of tables, not {}", type_word(other));
            check.error(value.span().start, "wrong-type", message).hint = Some(format!("write [[{name}]]"));
            return empty.iter().filter_map(|_| None).collect();
        }
    };
    items
        .iter()
        .filter_map(|item| match item.get_ref() {
            DeValue::Table(raw) => Some((item.span().start, raw)),
            other => {
                let message = format!("{name} is a list of tables, and this is {}", type_word(other));
                check.error(item.span().start, "wrong-type", message);
                None
            }
        })
        .collect()
}

/// An `[[action]]`: its keys are those of every action and those of its kind.
fn action(check: &mut Check<'_>, raw: &DeTable<'_>, start: usize) -> crate::domain::setting::Table {
    let value =
        |name: &str| raw.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value.get_ref());
    let named = match value("kind") {
        Some(DeValue::String(word)) => KINDS.iter().find(|kind| kind.name == word),
        Some(_) => None,
        None if value("command").is_some() => KINDS.iter().find(|kind| kind.name == "command"),
        None => {
            check.error(start, "missing-key", "[[action]] has no \"kind\"").hint = Some(format!(
                "it is one of {}",
                KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ")
            ));
            None
        }
    };
    let fields: Vec<&'static [Field]> = match named {
        Some(kind) => vec![actions::COMMON, kind.fields],
        None => std::iter::once(actions::COMMON).chain(KINDS.iter().map(|kind| kind.fields)).collect(),
    };
    let foreign = |key: &str| {
        let owners: Vec<&str> = KINDS
            .iter()
            .filter(|kind| kind.fields.iter().any(|field| field.name == key))
            .map(|kind| kind.name)
            .collect();
        (!owners.is_empty()).then(|| format!("it is a key of kind {}", owners.join(", ")))
    };
    let what =
        named.map_or_else(|| "[[action]]".to_owned(), |kind| format!("an action of kind {}", kind.name));
    if named.is_some() {
        return check.table(raw, start, &fields, &what, &foreign);
    }
    // Without a kind no key of a kind can be missing.
    let before = check.found.len();
    let table = check.table(raw, start, &fields, &what, &foreign);
    let kept =
        check.found.split_off(before).into_iter().filter(|diagnostic| {
            diagnostic.code != "missing-key" || diagnostic.message.ends_with("\"name\"")
        });
    check.found.extend(kept.collect::<Vec<_>>());
    table
}

/// A `[[channel]]`: its keys are those of every channel and those of its kind.
fn channel(check: &mut Check<'_>, raw: &DeTable<'_>, start: usize) -> crate::domain::setting::Table {
    let kind = raw.iter().find(|(key, _)| key.get_ref() == "kind").map(|(_, value)| value.get_ref());
    let named = match kind {
        Some(DeValue::String(word)) => comms::KINDS.iter().find(|kind| kind.name == word),
        Some(_) | None => None,
    };
    let foreign = |key: &str| {
        let owners: Vec<&str> = comms::KINDS
            .iter()
            .filter(|kind| kind.fields.iter().any(|field| field.name == key))
            .map(|kind| kind.name)
            .collect();
        (!owners.is_empty()).then(|| format!("it is a key of kind {}", owners.join(", ")))
    };
    if let Some(kind) = named {
        let what = format!("a channel of kind {}", kind.name);
        return check.table(raw, start, &[comms::COMMON, kind.fields], &what, &foreign);
    }
    // Without a kind no key of a kind can be missing, or belong elsewhere.
    let own: Vec<&'static [Field]> =
        std::iter::once(comms::COMMON).chain(comms::KINDS.iter().map(|kind| kind.fields)).collect();
    let before = check.found.len();
    let table = check.table(raw, start, &own, "[[channel]]", &foreign);
    let common =
        |message: &str| comms::COMMON.iter().any(|field| message.ends_with(&format!("{:?}", field.name)));
    let kept = check
        .found
        .split_off(before)
        .into_iter()
        .filter(|diagnostic| diagnostic.code != "missing-key" || common(&diagnostic.message));
    check.found.extend(kept.collect::<Vec<_>>());
    table
}
