//! Keys of `[console]` from the environment and from flags.

use std::path::Path;

use super::console;
use super::kinds;
use crate::domain::diagnostic::{Diagnostic, did_you_mean};
use crate::domain::setting::{Field, Kind, Placed, Setting};
use crate::domain::text::clean;

/// Variables that mean something to Midwatch before there is a configuration.
const BEFORE: [&str; 4] = ["MIDWATCH_CONFIG", "MIDWATCH_HOME", "MIDWATCH_LOG", "MIDWATCH_LOG_FILTER"];

const PREFIX: &str = "MIDWATCH_CONSOLE_";

/// Every environment variable that overrides a key, with the key's field.
pub fn environment_names() -> impl Iterator<Item = (String, &'static Field)> {
    console::FIELDS.iter().map(|field| (format!("{PREFIX}{}", field.name.to_ascii_uppercase()), field))
}

/// What an override sets.
pub(super) struct Override {
    pub(super) key: &'static str,
    pub(super) origin: String,
    pub(super) placed: Placed,
}

/// The overrides among `given`, in their order; mistakes are added to `found`.
pub(super) fn read(given: &[(String, String)], found: &mut Vec<Diagnostic>) -> Vec<Override> {
    given.iter().filter_map(|(name, text)| one(name, text, found)).collect()
}

fn one(name: &str, text: &str, found: &mut Vec<Diagnostic>) -> Option<Override> {
    let field = if let Some(flag) = name.strip_prefix("--") {
        let key = flag.replace('-', "_");
        console::FIELDS.iter().find(|field| field.name == key)
    } else if name.starts_with("MIDWATCH_") && !BEFORE.contains(&name) {
        environment_names().find(|(known, _)| known == name).map(|(_, field)| field)
    } else {
        return None;
    };
    let Some(field) = field else {
        let known: Vec<String> =
            environment_names().map(|(name, _)| name).chain(BEFORE.map(str::to_owned)).collect();
        let near = did_you_mean(name, known.iter().map(String::as_str));
        let hint = near.map_or_else(
            || format!("keys of [console] are set as {PREFIX}<KEY>"),
            |near| format!("did you mean {near:?}?"),
        );
        let name = clean(name);
        found
            .push(Diagnostic::warning(&name, (0, 0), "unknown-variable", "no key is set by this").hint(hint));
        return None;
    };
    match setting(&field.kind, text) {
        Ok(value) => Some(Override {
            key: field.name,
            origin: name.to_owned(),
            placed: Placed { value, place: (0, 0) },
        }),
        Err(problem) => {
            let mut error = Diagnostic::error(name, (0, 0), problem.code, problem.message);
            error.hint = problem.hint;
            found.push(error);
            None
        }
    }
}

/// A relative path is taken from the working directory, as everywhere on a command line. A list is
/// separated as the platform separates paths, and by commas where its items are not paths.
fn setting(kind: &Kind, text: &str) -> Result<Setting, kinds::Problem> {
    let here = Path::new("");
    match kind {
        Kind::Flag => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(Setting::Flag(true)),
            "false" | "0" | "no" | "off" => Ok(Setting::Flag(false)),
            _ => Err(kinds::Problem::new("wrong-type", format!("{:?} is not true or false", clean(text)))),
        },
        Kind::Integer(least, most) => kinds::integer("it", text.trim().parse().ok(), *least, *most),
        Kind::List(Kind::Path) => std::env::split_paths(text)
            .filter(|path| !path.as_os_str().is_empty())
            .map(|path| Ok(Placed { value: Setting::Path(path), place: (0, 0) }))
            .collect::<Result<_, _>>()
            .map(Setting::List),
        Kind::List(inner) => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(|item| Ok(Placed { value: setting(inner, item)?, place: (0, 0) }))
            .collect::<Result<_, _>>()
            .map(Setting::List),
        kind => kinds::from_text(kind, text, here).unwrap_or_else(|| {
            Err(kinds::Problem::new("wrong-type", format!("it is {}", kinds::wanted(kind))))
        }),
    }
}
