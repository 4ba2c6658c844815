//! Tables of tools: which commands and flags each has, of which version, and since when that was so. They are data, in
//! `tools/*.toml`, made from what the tools say of themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

/// The files, by name.
const FILES: &[(&str, &str)] = &[
    ("aws", include_str!("tools/aws.toml")),
    ("flyctl", include_str!("tools/flyctl.toml")),
    ("gh", include_str!("tools/gh.toml")),
    ("kubectl", include_str!("tools/kubectl.toml")),
    ("npm", include_str!("tools/npm.toml")),
    ("psql", include_str!("tools/psql.toml")),
    ("redis-cli", include_str!("tools/redis-cli.toml")),
    ("stripe", include_str!("tools/stripe.toml")),
    ("supabase", include_str!("tools/supabase.toml")),
    ("vercel", include_str!("tools/vercel.toml")),
];

/// Every tool there is a table of.
static TOOLS: LazyLock<Vec<Tool>> =
    LazyLock::new(|| FILES.iter().filter_map(|(_, text)| read(text).ok()).collect());

/// What a file holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a line of a table that says yes or nothing")]
struct File {
    program: String,
    names: Vec<String>,
    version: String,
    date: String,
    source: String,
    #[serde(default)]
    plugins: bool,
    #[serde(default)]
    open_flags: bool,
    #[serde(default)]
    abbreviations: bool,
    #[serde(default)]
    ends_at_argument: bool,
    #[serde(default)]
    offline: bool,
    #[serde(default)]
    arguments: bool,
    #[serde(default)]
    also: String,
    #[serde(default)]
    hidden: String,
    flags: String,
    #[serde(default)]
    aliases: BTreeMap<String, String>,
    #[serde(default)]
    hints: BTreeMap<String, String>,
    commands: BTreeMap<String, Row>,
}

/// A command of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(default)]
    open: bool,
    #[serde(default)]
    arguments: bool,
    #[serde(default)]
    flags: String,
}

/// Flags, and whether each has a value.
pub(super) type Flags = BTreeMap<String, bool>;

/// A tool.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a line of a table that says yes or nothing")]
pub struct Tool {
    /// The name people know it by.
    pub program: String,
    /// The names it is called by.
    pub names: Vec<String>,
    /// The version the table is of.
    pub version: String,
    /// When that was so: `2026-08-07`.
    pub date: String,
    /// Where the table comes from.
    pub source: String,
    /// Whether others can add commands to it.
    pub(super) plugins: bool,
    /// Whether its flags are left alone where it is not installed.
    pub(super) open_flags: bool,
    /// Whether a long flag may be cut short.
    pub(super) abbreviations: bool,
    /// Whether what stands behind its first argument is for another program.
    pub(super) ends_at_argument: bool,
    /// Whether it is never asked for its help: `--help` means something else to it.
    pub offline: bool,
    /// Words that are commands somewhere and are listed nowhere.
    pub(super) also: BTreeSet<String>,
    /// Flags that are taken everywhere and not shown.
    pub(super) hidden: Flags,
    /// What works instead, by what does not.
    pub(super) hints: BTreeMap<String, String>,
    aliases: BTreeMap<String, String>,
    commands: BTreeMap<String, Command>,
}

/// A command of a tool; that without a name is the tool itself.
#[derive(Debug)]
pub(super) struct Command {
    /// Whether nothing in it is looked at.
    pub(super) open: bool,
    /// Whether it takes something that is no command of it.
    pub(super) arguments: bool,
    /// Its flags.
    pub(super) flags: Flags,
    /// The words behind it that are commands.
    pub(super) children: BTreeSet<String>,
}

fn flags(text: &str) -> Flags {
    text.split_whitespace().map(|flag| (flag.trim_end_matches('=').to_owned(), flag.ends_with('='))).collect()
}

/// Reads a table.
fn read(text: &str) -> Result<Tool, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut commands: BTreeMap<String, Command> = BTreeMap::new();
    for (path, row) in &file.commands {
        let command = Command {
            open: row.open,
            arguments: row.arguments,
            flags: flags(&row.flags),
            children: BTreeSet::new(),
        };
        commands.insert(path.clone(), command);
    }
    let root = Command {
        open: false,
        arguments: file.arguments,
        flags: flags(&file.flags),
        children: BTreeSet::new(),
    };
    commands.insert(String::new(), root);
    for path in file.commands.keys() {
        let (above, name) = path.rsplit_once(' ').unwrap_or(("", path));
        match commands.get_mut(above) {
            Some(above) => above.children.insert(name.to_owned()),
            None => return Err(format!("{path} stands under nothing")),
        };
    }
    if let Some((alias, _)) = file.aliases.iter().find(|(_, to)| !commands.contains_key(*to)) {
        return Err(format!("{alias} is another name of nothing"));
    }
    Ok(Tool {
        program: file.program,
        names: file.names,
        version: file.version,
        date: file.date,
        source: file.source,
        plugins: file.plugins,
        open_flags: file.open_flags,
        abbreviations: file.abbreviations,
        ends_at_argument: file.ends_at_argument,
        offline: file.offline,
        also: file.also.split_whitespace().map(str::to_owned).collect(),
        hidden: flags(&file.hidden),
        hints: file.hints,
        aliases: file.aliases,
        commands,
    })
}

/// Every tool there is a table of, by name.
pub fn tools() -> &'static [Tool] {
    &TOOLS
}

/// The tool that is called `name`.
pub(super) fn tool(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.names.iter().any(|known| known == name))
}

impl Tool {
    /// The command at `path`.
    pub(super) fn command(&self, path: &str) -> Option<&Command> {
        self.commands.get(path)
    }

    /// The command that `word` is behind `path`, by its own name or another.
    pub(super) fn child(&self, path: &str, word: &str) -> Option<&str> {
        let whole = joined(path, word);
        let whole = self.aliases.get(&whole).unwrap_or(&whole);
        self.commands
            .get_key_value(whole.as_str())
            .map(|(path, _)| path.as_str())
            .filter(|path| !path.is_empty())
    }

    /// Whether `flag` has a value, where any command knows it: those on the way to `path` first.
    pub(super) fn takes_value(&self, path: &str, flag: &str) -> Option<bool> {
        let on_the_way =
            ancestors(path).filter_map(|path| self.commands.get(path)).map(|command| &command.flags);
        let elsewhere = self.commands.values().map(|command| &command.flags);
        on_the_way.chain([&self.hidden]).chain(elsewhere).find_map(|flags| flags.get(flag).copied())
    }

    /// Whether the command at `path` has `flag`, or those above it do.
    pub(super) fn has_flag(&self, path: &str, flag: &str) -> bool {
        let has = |flags: &Flags| {
            flags.contains_key(flag)
                || (self.abbreviations
                    && flag.starts_with("--")
                    && flags.keys().any(|known| known.starts_with(flag)))
        };
        ancestors(path).filter_map(|path| self.commands.get(path)).any(|command| has(&command.flags))
            || has(&self.hidden)
    }

    /// The flags of the command at `path`, for a guess at what was meant.
    pub(super) fn flags(&self, path: &str) -> impl Iterator<Item = &str> {
        ancestors(path)
            .filter_map(|path| self.commands.get(path))
            .flat_map(|command| command.flags.keys())
            .map(String::as_str)
    }
}

/// `path`, what stands above it, and the tool itself.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| {
        (!path.is_empty()).then(|| path.rsplit_once(' ').map_or("", |(above, _)| above))
    })
}

/// `path` with one more word.
pub(super) fn joined(path: &str, word: &str) -> String {
    [path, word].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_can_be_read_and_says_of_which_version_and_day_it_is() {
        for (name, text) in FILES {
            let tool = read(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(tool.program, *name);
            assert!(tool.names.contains(&tool.program), "{name}");
            assert!(tool.version.starts_with(|c: char| c.is_ascii_digit()), "{name}: {}", tool.version);
            let day = chrono::NaiveDate::parse_from_str(&tool.date, "%Y-%m-%d");
            assert!(day.is_ok() && !tool.source.is_empty(), "{name}: {}", tool.date);
        }
        assert_eq!(tools().len(), FILES.len());
    }

    #[test]
    fn commands_are_found_by_their_other_names() {
        let fly = tool("fly").unwrap();
        assert_eq!(fly.child("", "m"), Some("machine"));
        assert_eq!(fly.child("machine", "stop"), Some("machine stop"));
        assert_eq!(fly.child("releases", "rollback"), None);
        assert!(fly.has_flag("machine stop", "--debug") && !fly.has_flag("machine stop", "--all"));
        assert_eq!(fly.takes_value("logs", "-a"), Some(true));
        assert!(tool("psql").unwrap().has_flag("", "--dbn"));
        assert!(tool("sh").is_none());
    }
}
