//! The page of keys in the documentation, made from the shipped keymaps and the command table.

use std::fmt::Write as _;

use crate::domain::command::{Binding, Place};
use crate::domain::commands::COMMANDS;

/// Every key of every shipped keymap, as Markdown.
pub fn reference() -> String {
    let maps: Vec<(&str, Vec<Binding>)> =
        super::names().map(|name| (name, super::load(name, None, &[]).0.bindings())).collect();
    let mut out = String::from(HEAD);
    for place in Place::ALL {
        if !maps.iter().any(|(_, bindings)| bindings.iter().any(|binding| binding.place == place)) {
            continue;
        }
        let _ = write!(out, "\n## {}\n\n{}\n\n|", place.name(), describe(place));
        for (name, _) in &maps {
            let _ = write!(out, " {name} |");
        }
        out.push_str(" command | what it does |\n|");
        out.push_str(&"---|".repeat(maps.len() + 2));
        out.push('\n');
        for row in COMMANDS {
            let keys: Vec<String> =
                maps.iter().map(|(_, bindings)| keys(bindings, place, row.name)).collect();
            if keys.iter().all(String::is_empty) {
                continue;
            }
            let _ = writeln!(out, "| {} | `{}` | {}. {} |", keys.join(" | "), row.name, row.title, row.about);
        }
    }
    out.push_str("\n## Every command\n\nCommands without a key are reached by the palette.\n\n");
    out.push_str("| command | what it does | where |\n|---|---|---|\n");
    for row in COMMANDS {
        let places: Vec<&str> = row.places.iter().map(|place| place.name()).collect();
        let _ = writeln!(out, "| `{}` | {} | {} |", row.name, row.title, places.join(", "));
    }
    out
}

const HEAD: &str = "# Keys

Made from `keymaps/*.toml` and the command table; `?` shows the same in the console.

`keymap` in the configuration chooses between the shipped keymaps. A keymap of your own begins with
`inherits = \"default\"` and has one table a place:

```toml
inherits = \"default\"

[console]
\"b\" = \"action:rollback\"   # an action of the configuration
\"ctrl+q\" = \"quit\"
\"g\" = \"none\"              # frees a key
\"g g\" = \"first\"           # two keys, one after the other
```

A key is a character as it is typed (`g` and `G` are two), or `enter esc tab backtab space backspace
delete insert up down left right home end pageup pagedown f1` … `f12`, with `ctrl+` and `alt+` before it.
A key pressed in a pane is looked up in the pane's own table, then in `[console]`.
";

fn describe(place: Place) -> &'static str {
    match place {
        Place::Console => "In every pane.",
        Place::Health => "In the health pane, before those of every pane.",
        Place::Runbook => "In the runbook pane, before those of every pane.",
        Place::Timeline => "In the timeline pane, before those of every pane.",
        Place::Due => "In the due pane, before those of every pane.",
        Place::Board => "In the panes that list what sources found, before those of every pane.",
        Place::Reader => "While reading help, output or details.",
        Place::Window => "In the view of the go-live window.",
        Place::Incident => "In the view of the incident.",
        Place::Notebook => "In the notebook.",
        Place::Closing => "In the list of what is to be settled before an incident closes.",
        Place::Replay => "In a replay, before those of the panes.",
        Place::Editor => "While writing an update; what is no key here is typed.",
        Place::Chooser => "While choosing from a list; characters are typed into its field.",
    }
}

fn keys(bindings: &[Binding], place: Place, name: &str) -> String {
    let shown: Vec<String> = bindings
        .iter()
        .filter(|binding| {
            binding.place == place && crate::domain::commands::name_of(&binding.command) == name
        })
        .map(|binding| format!("`{}`", binding.chord.replace('|', "\\|")))
        .collect();
    shown.join(" ")
}
