//! The effective configuration as text: every key that was given with where it came from, every
//! other key with what holds, secrets by name.

use std::fmt::Write as _;

use super::{Settings, binding, console, incident, oncall, plain, requests, rollback, window};
use crate::actions;
use crate::domain::io::{SecretSource, Value};
use crate::domain::setting::{Field, Setting, Table};
use crate::domain::text::{clean, is_hostile};
use crate::sources::PROVIDERS;

/// `settings` in the shape of the file they came from.
pub fn show(settings: &Settings) -> String {
    let mut lines: Vec<String> =
        settings.layers.iter().map(|layer| format!("# from {}", clean(layer))).collect();
    for (header, table) in &settings.tables {
        lines.push(format!("\n{header}"));
        if header == "[console]" {
            for field in console::FIELDS {
                let origin = settings.console.origins.get(field.name).map(String::as_str);
                lines.extend(line(table, field, origin, effective(settings, field.name)));
            }
            continue;
        }
        for field in fields(header, table) {
            let origin =
                table.entries.get(field.name).map(|placed| format!("{}:{}", table.file, placed.place.0));
            lines.extend(line(table, field, origin.as_deref(), None));
        }
    }
    if !settings.window.gates.is_empty() {
        lines.push("\n# gates of the window".into());
        lines.extend(settings.window.gates.iter().map(|gate| format!("#   {}", clean(&gate.line()))));
    }
    if !settings.secrets.is_empty() {
        lines.push("\n# secrets, by name".into());
        lines.extend(settings.secrets.iter().map(|secret| format!("#   {}", clean(&secret.to_string()))));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// What holds for a key of `[console]` that nobody gave.
fn effective(settings: &Settings, key: &str) -> Option<String> {
    let console = &settings.console;
    match key {
        "name" => Some(quoted(&console.name)),
        "environment" => Some(quoted(&console.environment)),
        "locked" => Some(console.locked.to_string()),
        "operator" => console.operator.as_deref().map(quoted),
        _ => None,
    }
}

fn fields(header: &str, table: &Table) -> Vec<&'static Field> {
    let name = header.trim_matches(['[', ']']);
    if let Some(provider) = PROVIDERS.iter().find(|provider| provider.name == name) {
        return provider.fields.iter().collect();
    }
    match name {
        "rollback" => return rollback::FIELDS.iter().collect(),
        "requests" => return requests::FIELDS.iter().collect(),
        "binding" => return binding::FIELDS.iter().collect(),
        "window" => return window::FIELDS.iter().collect(),
        "incident" => return incident::FIELDS.iter().collect(),
        "oncall" => return oncall::FIELDS.iter().collect(),
        _ => {}
    }
    let own = actions::kind_of(table).map_or(&[][..], |kind| kind.fields);
    actions::COMMON.iter().chain(own).collect()
}

fn line(table: &Table, field: &Field, origin: Option<&str>, effective: Option<String>) -> Option<String> {
    let name = field.name;
    match (table.entries.get(name), effective) {
        (Some(placed), _) => {
            let origin = origin.map(|origin| format!("  # {}", clean(origin))).unwrap_or_default();
            Some(format!("{name} = {}{origin}", setting(name, &placed.value)))
        }
        (None, Some(effective)) => Some(format!("{name} = {effective}  # default")),
        (None, None) => (!field.default.is_empty()).then(|| format!("# {name}: {}", field.default)),
    }
}

fn quoted(text: &str) -> String {
    if !text.chars().any(is_hostile) {
        return toml::Value::String(text.to_owned()).to_string();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if is_hostile(c) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// What stands for a credential that the file holds in plain text.
const HIDDEN: &str = "\"‹in plain text, not shown›\"";

/// The value of `key`. A credential is never shown, whether it has a name or not.
fn setting(key: &str, value: &Setting) -> String {
    if let Setting::Value(Value::Plain(_)) = value
        && plain::is_credential(key, value)
    {
        return HIDDEN.to_owned();
    }
    match value {
        Setting::Text(text) => quoted(text),
        Setting::Path(path) => quoted(&path.to_string_lossy()),
        Setting::Integer(number) => number.to_string(),
        Setting::Flag(flag) => flag.to_string(),
        Setting::Duration(span) => quoted(&humantime::format_duration(*span).to_string()),
        Setting::Condition(condition) => quoted(condition.text()),
        Setting::Value(value) => self::value(value),
        Setting::List(items) => list(items.iter().map(|item| setting(key, &item.value))),
        Setting::Map(items) => {
            let pairs: Vec<String> = items
                .iter()
                .map(|(name, item)| {
                    let shown = match &item.value {
                        Setting::Value(Value::Plain(_)) if plain::sounds_secret(name) => HIDDEN.to_owned(),
                        Setting::Value(inner) => self::value(inner),
                        other => setting(name, other),
                    };
                    format!("{} = {shown}", quoted(name))
                })
                .collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Setting::Table(table) => inline(table),
        Setting::Tables(tables) => list(tables.iter().map(inline)),
        Setting::Json(json) => serde_json::from_value::<toml::Value>(json.clone())
            .map_or_else(|_| quoted(&json.to_string()), |toml| toml.to_string()),
    }
}

/// In the order of the file.
fn inline(table: &Table) -> String {
    let mut entries: Vec<_> = table.entries.iter().collect();
    entries.sort_by_key(|(_, placed)| placed.place);
    let pairs: Vec<String> =
        entries.iter().map(|(key, placed)| format!("{key} = {}", setting(key, &placed.value))).collect();
    format!("{{ {} }}", pairs.join(", "))
}

fn value(value: &Value) -> String {
    let (prefix, secret) = match value {
        Value::Plain(text) => return quoted(text),
        Value::Secret { prefix, secret } => (prefix, secret),
        // A table cannot say it; where one held it, its secret is what there is to show.
        Value::Around { before, secret, .. } => (before, secret),
    };
    let source = match secret {
        SecretSource::Env(name) => format!("env = {}", quoted(name)),
        SecretSource::File(path) => format!("file = {}", quoted(&path.to_string_lossy())),
        SecretSource::Command(argv) => format!("command = {}", list(argv.iter().map(|word| quoted(word)))),
    };
    if prefix.is_empty() {
        format!("{{ {source} }}")
    } else {
        format!("{{ {source}, prefix = {} }}", quoted(prefix))
    }
}
