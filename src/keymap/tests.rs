//! Keymaps as an operator meets them: pressed, overridden, in conflict.

use super::*;
use crate::domain::commands::COMMANDS;

fn press(keymap: &Keymap, place: Place, keys: &str) -> Resolved {
    let chords = Chord::parse_sequence(keys).unwrap();
    let (last, before) = chords.split_last().unwrap();
    for n in 0..before.len() {
        assert_eq!(keymap.resolve(place, &before[..n], before[n]), Resolved::Pending, "{keys} in {place:?}");
    }
    keymap.resolve(place, before, *last)
}

fn shipped_map(name: &str) -> Keymap {
    let (keymap, diagnostics) = load(name, None, &[]);
    assert_eq!(diagnostics, [], "{name}");
    keymap
}

fn user(text: &str) -> (Keymap, Vec<String>) {
    let (keymap, diagnostics) = load("default", Some(("my.toml", text)), &[]);
    (keymap, diagnostics.iter().map(ToString::to_string).collect())
}

fn wants(action: &str, key: &str) -> ActionKey {
    ActionKey { action: action.into(), key: Some(key.into()), file: "midwatch.toml".into(), at: (7, 7) }
}

#[test]
fn shipped_keymaps_load_with_nothing_to_say() {
    for name in names() {
        let keymap = shipped_map(name);
        for binding in keymap.bindings() {
            let hint = keymap.hint(binding.place, &binding.command);
            assert!(hint.is_some(), "{name}: {binding:?} cannot be reached");
        }
    }
}

#[test]
fn every_command_has_a_key_where_it_makes_sense() {
    for name in names() {
        let keymap = shipped_map(name);
        for row in COMMANDS {
            for place in row.places {
                assert!(
                    keymap.hint(*place, &row.command).is_some(),
                    "{name}: no key for {} in {place:?}",
                    row.name
                );
            }
        }
    }
}

#[test]
fn letters_are_left_for_a_teams_actions() {
    let keymap = shipped_map("default");
    for letter in "b c h l m p t u w z".split(' ') {
        for place in [Place::Console, Place::Health, Place::Runbook, Place::Timeline, Place::Due] {
            assert_eq!(press(&keymap, place, letter), Resolved::Nothing, "{letter} in {place:?}");
        }
    }
}

#[test]
fn a_pane_speaks_before_the_console_and_a_reader_alone() {
    let keymap = shipped_map("default");
    assert_eq!(press(&keymap, Place::Runbook, "enter"), Resolved::Command(Command::RunStep));
    assert_eq!(press(&keymap, Place::Health, "enter"), Resolved::Command(Command::Open));
    assert_eq!(press(&keymap, Place::Health, "a"), Resolved::Command(Command::Acknowledge));
    assert_eq!(press(&keymap, Place::Due, "a"), Resolved::Nothing);
    assert_eq!(press(&keymap, Place::Due, "q"), Resolved::Command(Command::Quit));
    assert_eq!(press(&keymap, Place::Reader, "q"), Resolved::Command(Command::Back));
    assert_eq!(press(&keymap, Place::Reader, "A"), Resolved::Nothing);
    assert_eq!(press(&keymap, Place::Chooser, "q"), Resolved::Nothing);
    assert_eq!(press(&keymap, Place::Health, "A"), Resolved::Command(Command::Arm));
}

#[test]
fn sequences_wait_for_their_end() {
    let keymap = shipped_map("vim");
    assert_eq!(press(&keymap, Place::Health, "g"), Resolved::Pending);
    assert_eq!(press(&keymap, Place::Health, "g g"), Resolved::Command(Command::First));
    assert_eq!(press(&keymap, Place::Health, "g x"), Resolved::Nothing);
    assert_eq!(press(&keymap, Place::Health, "G"), Resolved::Command(Command::Last));
    assert_eq!(press(&keymap, Place::Health, "Z Z"), Resolved::Command(Command::Quit));
    assert_eq!(keymap.hint(Place::Health, &Command::First).as_deref(), Some("g g"));
    assert_eq!(shipped_map("default").hint(Place::Runbook, &Command::RunStep).as_deref(), Some("⏎"));
}

#[test]
fn a_users_keymap_extends_overrides_and_frees() {
    let (keymap, said) =
        user("inherits = \"vim\"\n[console]\n\"Q\" = \"quit\"\nq = \"none\"\nn = \"filter\"\n");
    assert_eq!(said, [""; 0]);
    assert_eq!(press(&keymap, Place::Health, "Q"), Resolved::Command(Command::Quit));
    assert_eq!(press(&keymap, Place::Health, "q"), Resolved::Nothing);
    assert_eq!(press(&keymap, Place::Health, "n"), Resolved::Command(Command::Filter));
    assert_eq!(press(&keymap, Place::Health, "g g"), Resolved::Command(Command::First));
    assert_eq!(keymap.hint(Place::Health, &Command::Quit).as_deref(), Some("Q"), "one's own key is the hint");
}

#[test]
fn what_cannot_be_used_is_said_with_its_place() {
    let text = "inherits = \"vmi\"
[consol]
[console]
\"gg\" = \"first\"
t = \"tik\"
T = \"tick\"
\"shift+t\" = \"skip\"
\"ctrl+i\" = \"note\"
w = 3
[chooser]
x = \"open\"
[health]
u = \"tick\"
";
    let (keymap, said) = user(text);
    let expected = [
        "my.toml:1:12: there is no keymap \"vmi\"\n  hint: did you mean \"vim\"?",
        "my.toml:2:2: unknown place \"consol\"\n  hint: did you mean \"console\"?",
        "my.toml:4:1: unknown key \"gg\"\n  hint: separate the keys of a sequence by spaces, such as \"g g\"",
        "my.toml:5:5: unknown command \"tik\"\n  hint: did you mean \"tick\"?",
        "my.toml:7:1: \"shift+t\" cannot be reached: line 6 gives a meaning to the same key\n  \
         hint: choose another key for one of them",
        "my.toml:8:1: \"ctrl+i\" may never arrive: terminals send ctrl+i as tab\n  \
         hint: choose a key that every terminal sends, such as a letter",
        "my.toml:9:5: \"w\" needs a command's name\n  hint: write it in quotes, such as \"quit\"",
        "my.toml:11:1: \"x\" is typed into the chooser's field\n  hint: use ctrl, alt or a named key here",
        "my.toml:13:5: tick does nothing in health\n  hint: bind it in [runbook]",
    ];
    assert_eq!(said, expected);
    assert_eq!(press(&keymap, Place::Runbook, "T"), Resolved::Command(Command::Tick));
    assert_eq!(press(&keymap, Place::Health, "q"), Resolved::Command(Command::Quit), "the rest still works");
}

#[test]
fn half_a_file_never_stands_for_the_whole() {
    let (keymap, said) = user("[console]\n\"Q\" = \"quit\"\nctrl+x = \"help\"\n");
    assert!(said[0].starts_with("my.toml:3:"), "{said:?}");
    assert_eq!(press(&keymap, Place::Health, "Q"), Resolved::Nothing);
    assert_eq!(press(&keymap, Place::Health, "q"), Resolved::Command(Command::Quit));
    let (_, said) = load("dfault", None, &[]);
    assert_eq!(
        said[0].to_string(),
        "keymap: there is no keymap \"dfault\"\n  hint: did you mean \"default\"?"
    );
}

#[test]
fn sequences_that_cannot_be_reached_are_found() {
    let (keymap, said) = user("[console]\nw = \"note\"\n\"w w\" = \"quit\"\n");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("my.toml:3:1: \"w w\" cannot be reached: line 2"), "{said:?}");
    assert_eq!(press(&keymap, Place::Health, "w"), Resolved::Command(Command::Note));

    let (keymap, said) = user("[console]\n\"g g\" = \"first\"\n");
    assert_eq!(
        said,
        ["my.toml:2:1: g g takes g away in console\n  hint: say that it is meant, by \"g\" = \"none\""]
    );
    assert_eq!(press(&keymap, Place::Runbook, "g g"), Resolved::Command(Command::First));
    assert_eq!(
        press(&keymap, Place::Health, "g"),
        Resolved::Command(Command::LastChange),
        "a place's own key"
    );

    let (keymap, said) = user("[health]\n\"q w\" = \"silence\"\n");
    assert!(said[0].starts_with("my.toml:2:1: q w hides q (quit) in health"), "{said:?}");
    assert_eq!(press(&keymap, Place::Health, "q w"), Resolved::Command(Command::Silence));
    assert_eq!(
        keymap.hint(Place::Health, &Command::Quit).as_deref(),
        Some("ctrl+c"),
        "a hint is a key that works"
    );
    assert_eq!(keymap.hint(Place::Runbook, &Command::Quit).as_deref(), Some("q"));

    let (_, said) = user("[console]\nw = \"none\"\n");
    assert!(said[0].starts_with("my.toml:2:1: w has no meaning in console to take away"), "{said:?}");
}

#[test]
fn an_actions_key_never_takes_a_built_in_one() {
    let asked = [wants("maintenance", "m"), wants("announce", "n"), wants("drain", "d"), wants("undo", "m")];
    let (keymap, diagnostics) = load("default", None, &asked);
    let said: Vec<String> = diagnostics.iter().map(|diagnostic| diagnostic.message.clone()).collect();
    assert_eq!(
        said,
        [
            "key n of action \"announce\": n is note",
            "key d of action \"drain\": d is discharge in due",
            "key m of action \"undo\": m is action \"maintenance\"",
        ]
    );
    assert_eq!(diagnostics[0].severity, crate::domain::diagnostic::Severity::Error);
    assert_eq!((diagnostics[0].line, diagnostics[0].column), (7, 7));
    assert_eq!(diagnostics[0].hint.as_deref(), Some("free letters are b, c, h, l, p, t, u, w, z"));
    let maintenance = Command::Action("maintenance".into());
    assert_eq!(press(&keymap, Place::Runbook, "m"), Resolved::Command(maintenance.clone()));
    assert_eq!(press(&keymap, Place::Health, "n"), Resolved::Command(Command::Note));
    assert_eq!(press(&keymap, Place::Due, "d"), Resolved::Command(Command::Discharge));
    assert_eq!(press(&keymap, Place::Health, "d"), Resolved::Command(Command::Action("drain".into())));
    assert_eq!(press(&keymap, Place::Reader, "m"), Resolved::Nothing);
    assert!(keymap.bindings().iter().any(|binding| binding.command == maintenance && binding.chord == "m"));
}

#[test]
fn a_keymap_can_name_actions_that_are_configured() {
    let known = ActionKey { key: None, ..wants("rollback", "") };
    let text = "[console]\nb = \"action:rollback\"\nw = \"action:rolback\"\n";
    let (keymap, diagnostics) = load("default", Some(("my.toml", text)), &[known]);
    assert_eq!(
        diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["my.toml:3:1: there is no action \"rolback\"\n  hint: did you mean \"action:rollback\"?"]
    );
    assert_eq!(press(&keymap, Place::Health, "b"), Resolved::Command(Command::Action("rollback".into())));
    assert_eq!(press(&keymap, Place::Health, "w"), Resolved::Nothing);
}

#[test]
fn the_reference_names_every_command_and_every_key() {
    let page = reference();
    for row in COMMANDS {
        assert!(page.contains(&format!("`{}`", row.name)), "{}", row.name);
    }
    assert!(page.contains("| `g` `home` | `g g` `home` | `first` |"), "{page}");
    assert!(page.contains("| `⏎` | `⏎` | `run-step` |"), "{page}");
}

#[test]
fn junk_is_never_more_than_a_diagnostic() {
    let mut runner = proptest::test_runner::TestRunner::default();
    let text = "(\\[[a-z]{0,9}\\]\n)?(\"?[a-z +\\-^]{0,8}\"? ?= ?\"[a-z:-]{0,8}\"\n){0,4}";
    runner
        .run(&text, |text| {
            let (keymap, diagnostics) = load("default", Some(("my.toml", &text)), &[]);
            assert!(!keymap.bindings().is_empty());
            assert!(diagnostics.iter().all(|diagnostic| diagnostic.hint.is_some()));
            Ok(())
        })
        .unwrap();
    for text in [
        "\u{feff}[console]\nq=\"quit\"",
        "[console]\n\"\\u202e\"=\"quit\"",
        "inherits = 3",
        "console = 3",
        "a.b.c=1",
    ] {
        let (keymap, _) = load("default", Some(("my.toml", text)), &[]);
        assert_eq!(press(&keymap, Place::Health, "q"), Resolved::Command(Command::Quit));
    }
}
