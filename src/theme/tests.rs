//! Themes as eyes and terminals meet them.

use super::*;

const DEPTHS: [Depth; 4] = [Depth::Mono, Depth::Ansi16, Depth::Ansi256, Depth::True];

fn shipped_theme(name: &str, depth: Depth) -> Theme {
    let (theme, diagnostics) = load(name, None, depth);
    assert_eq!(diagnostics, [], "{name}");
    theme
}

fn layers_of(name: &str) -> Layers {
    let mut layers = Layers::default();
    shipped(name, &mut layers, &mut Vec::new());
    layers
}

#[test]
fn every_theme_has_every_role() {
    for name in names() {
        shipped_theme(name, Depth::True);
        let layers = layers_of(name);
        for role in Role::ALL {
            assert!(layers.looks[role as usize].is_some(), "{name}: {}", role.name());
        }
        assert!(layers.ink.is_some() && layers.background.or(layers.ground).is_some(), "{name}");
    }
    for (n, role) in Role::ALL.into_iter().enumerate() {
        assert_eq!(role as usize, n, "styles are found by the role's number");
    }
}

/// Roles that are read, and must be readable.
const READ: [Role; 11] = [
    Role::Text,
    Role::Title,
    Role::Accent,
    Role::Ok,
    Role::Warning,
    Role::Danger,
    Role::Blind,
    Role::Key,
    Role::Code,
    Role::Armed,
    Role::Input,
];

#[test]
fn what_is_read_can_be_read_on_every_ground() {
    let dark: &[&str] = &["#000000", "#1e1e1e", "#282c34", "#002b36", "#300a24"];
    let light: &[&str] = &["#ffffff", "#fdf6e3", "#f5f5f5"];
    for (name, least, terminals) in [("dark", 4.5, dark), ("light", 4.5, light), ("high-contrast", 7.0, &[])]
    {
        let layers = layers_of(name);
        let mut grounds: Vec<Rgb> =
            terminals.iter().filter_map(|text| colour::parse(text)).filter_map(rgb).collect();
        grounds.push(layers.ground());
        for ground in [Role::Bar, Role::Selected] {
            let look = layers.look(ground);
            match (look.bg.and_then(rgb), look.fg.and_then(rgb)) {
                (Some(bg), None) => grounds.push(bg),
                (Some(bg), Some(fg)) => assert!(contrast(fg, bg) >= least, "{name}: {}", ground.name()),
                (None, _) => panic!("{name}: {} is a ground", ground.name()),
            }
        }
        for role in READ {
            let look = layers.look(role);
            let ink = look.fg.and_then(rgb).unwrap_or(layers.ink());
            for ground in look.bg.and_then(rgb).map_or(grounds.clone(), |own| vec![own]) {
                let ratio = contrast(ink, ground);
                assert!(ratio >= least, "{name}: {} on {ground:?}: {ratio:.2}", role.name());
            }
        }
        let dim = layers.look(Role::Dim).fg.and_then(rgb).unwrap();
        for ground in grounds {
            assert!(contrast(dim, ground) >= 3.0, "{name}: dim on {ground:?}");
        }
    }
}

#[test]
fn states_differ_at_every_depth_that_has_colours() {
    for name in ["dark", "light", "high-contrast"] {
        for depth in [Depth::Ansi16, Depth::Ansi256, Depth::True] {
            let theme = shipped_theme(name, depth);
            let states = [Role::Text, Role::Ok, Role::Warning, Role::Danger, Role::Blind];
            for (n, one) in states.iter().enumerate() {
                for other in &states[n + 1..] {
                    assert_ne!(
                        theme.style(*one).fg,
                        theme.style(*other).fg,
                        "{name} {depth:?}: {one:?} {other:?}"
                    );
                }
            }
            let armed = theme.style(Role::Armed);
            assert_ne!(armed.bg, None, "{name} {depth:?}");
            assert_ne!(armed.bg, armed.fg, "{name} {depth:?}");
        }
    }
}

#[test]
fn selection_and_arming_show_without_colour() {
    for name in names() {
        for depth in DEPTHS {
            let theme = shipped_theme(name, depth);
            let selected = theme.style(Role::Selected);
            let shows = |style: Style| style.bg.is_some() || style.add_modifier.contains(Modifier::REVERSED);
            assert!(shows(selected), "{name} {depth:?}: {selected:?}");
            assert!(shows(theme.style(Role::Bar)), "{name} {depth:?}");
            let on_bar = |role| theme.style(Role::Bar).patch(theme.style(role));
            assert_ne!(on_bar(Role::Armed), on_bar(Role::Locked), "{name} {depth:?}");
            assert_ne!(on_bar(Role::Armed), on_bar(Role::Text), "{name} {depth:?}");
            assert_eq!(theme.line(Role::Armed).bg, None);
            if depth == Depth::Mono {
                for role in Role::ALL {
                    let style = theme.style(role);
                    assert_eq!((style.fg, style.bg), (None, None), "{name}: {}", role.name());
                    assert!(!style.add_modifier.intersects(Modifier::DIM | Modifier::ITALIC));
                }
                assert_eq!(theme.base(), Style::new());
            }
        }
    }
    assert_eq!(shipped_theme("dark", Depth::True).base(), Style::new(), "the terminal's own ground stays");
    assert_ne!(shipped_theme("high-contrast", Depth::True).base(), Style::new());
}

#[test]
fn a_users_theme_extends_a_shipped_one() {
    let text = "inherits = \"light\"\n[roles]\nok = { fg = 22, bold = true }\nkey = { fg = \"blue\" }\n";
    let (theme, diagnostics) = load("mine", Some(("mine.toml", text)), Depth::Ansi256);
    assert_eq!(diagnostics, []);
    assert_eq!(theme.style(Role::Ok), Style::new().fg(Color::Indexed(22)).add_modifier(Modifier::BOLD));
    assert_eq!(theme.style(Role::Key).fg, Some(Color::Blue));
    assert_eq!(theme.style(Role::Danger), shipped_theme("light", Depth::Ansi256).style(Role::Danger));
}

#[test]
fn what_cannot_be_used_is_said_with_its_place() {
    let text = "inherits = \"drak\"
grund = \"#000000\"
[roles]
dnger = { fg = \"red\" }
ok = { fgg = \"green\" }
warning = { fg = \"yelow\" }
blind = { fg = \"#12\", bold = 1 }
key = \"cyan\"
code = { fg = 256 }
title = { fg = \"#222222\" }
";
    let (theme, diagnostics) = load("mine", Some(("mine.toml", text)), Depth::True);
    let said: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    let colours = "a colour is \"#rrggbb\", a name such as \"light-blue\", or a number from 0 to 255";
    assert_eq!(
        said,
        [
            "mine.toml:1:12: there is no theme \"drak\"\n  hint: did you mean \"dark\"?".to_owned(),
            "mine.toml:2:1: unknown key \"grund\"\n  hint: did you mean \"ground\"?".into(),
            "mine.toml:4:1: unknown role \"dnger\"\n  hint: did you mean \"danger\"?".into(),
            "mine.toml:5:8: unknown key \"fgg\"\n  hint: did you mean \"fg\"?".into(),
            "mine.toml:6:18: this is not a colour\n  hint: did you mean \"yellow\"?".into(),
            format!("mine.toml:7:16: this is not a colour\n  hint: {colours}"),
            "mine.toml:7:30: this is either on or off\n  hint: write true or false".into(),
            "mine.toml:8:7: a role is a table\n  hint: write { fg = \"#ff7373\", bold = true }".into(),
            format!("mine.toml:9:15: this is not a colour\n  hint: {colours}"),
            "mine.toml:10:1: title is hard to read: a contrast of 1.1 to 1\n  \
             hint: text needs 4.5 to 1; say what it stands on with `ground` or `background`"
                .into(),
        ]
    );
    assert_eq!(theme.style(Role::Danger), shipped_theme("dark", Depth::True).style(Role::Danger));

    let (_, diagnostics) = load("mine", Some(("mine.toml", "[roles\nok = {}")), Depth::True);
    assert_eq!((diagnostics[0].line, diagnostics[0].code), (1, "toml"));
    let (_, diagnostics) = load("drak", None, Depth::True);
    assert_eq!(
        diagnostics[0].to_string(),
        "theme: there is no theme \"drak\"\n  hint: did you mean \"dark\"?"
    );
}

#[test]
fn a_picture_has_colours_where_the_terminal_has_its_own() {
    let theme = shipped_theme("dark", Depth::True);
    assert_eq!(theme.seen(Style::new()), (theme.ink(), theme.ground()));
    assert_eq!(theme.seen(Style::new().add_modifier(Modifier::REVERSED)), (theme.ground(), theme.ink()));
    assert_eq!(theme.seen(Style::new().fg(Color::Red)).0, [205, 0, 0]);
}

#[test]
fn role_letters_are_all_different() {
    let theme = role_map_theme();
    let letters: std::collections::BTreeSet<char> =
        Role::ALL.iter().map(|role| letter(theme.style(*role))).collect();
    assert_eq!(letters.len(), Role::ALL.len());
    assert_eq!(letter(Style::new()), ' ');
    assert_eq!(letter(theme.style(Role::Danger).patch(theme.style(Role::Selected))), 'X');
}
