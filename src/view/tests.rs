//! Screens as they are seen: text, roles, clipping, and every size there is.

use proptest::prelude::*;

use super::*;
use crate::domain::text::is_hostile;
use crate::panes::shape::{Column, Dialog, Input, Item, List, Row, Span, Table, span, strong};
use crate::theme::Depth;

fn area(x: u16, y: u16, width: u16, height: u16) -> Area {
    Area { x, y, width, height }
}

fn pane(area: Area, title: &str, border: Role, shape: Shape) -> Pane {
    Pane { name: "test", area, title: Line::new(vec![strong(title, Role::Title)]), border, shape }
}

fn health(selected: usize) -> Shape {
    let row = |n: usize, name: &str, state: &str, role, p95: &str| Row {
        cells: vec![vec![span(name, Role::Text)], vec![strong(state, role)], vec![span(p95, Role::Text)]],
        selected: n == selected,
    };
    Shape::Table(Table {
        columns: vec![
            Column { title: "NAME", width: 0, right: false },
            Column { title: "STATE", width: 10, right: false },
            Column { title: "P95", width: 6, right: true },
        ],
        rows: vec![
            row(0, "api", "✖ DOWN 503", Role::Danger, "2.3s"),
            row(1, "checkout-eu-west-1", "▲ DEGRADED", Role::Warning, "1.9s"),
        ],
        above: 3,
        below: 12,
    })
}

fn console() -> Screen {
    let bar = Line {
        left: vec![strong("MIDWATCH", Role::Accent), span(" production", Role::Text)],
        right: vec![span("LOCKED", Role::Locked)],
    };
    Screen {
        frame: None,
        bar: vec![bar],
        panes: vec![
            pane(area(0, 1, 40, 5), "Health", Role::Focus, health(0)),
            pane(
                area(0, 6, 40, 4),
                "Timeline",
                Role::Border,
                Shape::Text(vec![Line::text("14:25 api ok → down")]),
            ),
        ],
        footer: vec![Line::new(vec![span("q", Role::Key), span(" quit", Role::Dim)])],
        dialog: None,
    }
}

#[test]
fn a_screen_is_text_and_roles() {
    assert_eq!(
        text_map(&console(), 40, 11),
        [
            "MIDWATCH production               LOCKED",
            "┏ Health ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓",
            "┃  NAME               STATE         P95┃",
            "┃▸ api                ✖ DOWN 503   2.3s┃",
            "┃  checkout-eu-west-1 ▲ DEGRADED   1.9s┃",
            "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ ↑3 ↓12 ┛",
            "┌ Timeline ────────────────────────────┐",
            "│14:25 api ok → down                   │",
            "│                                      │",
            "└──────────────────────────────────────┘",
            "q quit",
        ]
    );
    assert_eq!(
        role_map(&console(), 40, 11),
        [
            "aaaaaaaattttttttttt_______________llllll",
            "= hhhhhh ===============================",
            "=  dddd               ddddd         ddd=",
            "=ASTTTSSSSSSSSSSSSSSSSXXXXXXXXXXSSSTTTT=",
            "=  tttttttttttttttttt wwwwwwwwww   tttt=",
            "=============================== dddddd =",
            "- hhhhhhhh -----------------------------",
            "-ttttttttttttttttttt                   -",
            "-                                      -",
            "----------------------------------------",
            "kddddd                                  ",
        ]
    );
}

#[test]
fn what_does_not_fit_is_cut_at_a_grapheme() {
    let mut screen = Screen::default();
    let text = |text: &str| Shape::Text(vec![Line::text(text)]);
    for (written, shown) in [
        ("abcdefghij", "abcdefg…"),
        ("abcdefgh", "abcdefgh"),
        ("日本語日", "日本語日"),
        ("日本語日本", "日本語…"),
        ("a日本語日本", "a日本語…"),
        ("👩👩👩👩", "👩👩👩👩"),
        ("👩👩👩👩👩", "👩👩👩…"),
        ("e\u{301}e\u{301}éééééé", "e\u{301}e\u{301}éééééé"),
        ("🇩🇪🇫🇷🇩🇪🇫🇷🇩🇪", "🇩🇪🇫🇷🇩🇪…"),
        ("──────────", "───────…"),
    ] {
        screen.panes = vec![pane(area(0, 0, 10, 3), "", Role::Border, text(written))];
        let line = &text_map(&screen, 10, 3)[1];
        let shown_line = line.trim_start_matches('│').trim_end_matches('│').trim_end();
        assert_eq!(shown_line, shown, "{written}");
        let columns: usize = crate::domain::text::width(line);
        assert_eq!(columns, 10, "{line}: the border stays where it is");
    }
}

#[test]
fn a_wide_character_never_sticks_out_of_the_screen() {
    let screen = Screen { footer: vec![Line::text("a日")], ..Screen::default() };
    assert_eq!(text_map(&screen, 2, 1), ["a…"]);
    assert_eq!(text_map(&screen, 3, 1), ["a日"]);
    assert_eq!(text_map(&Screen { footer: vec![Line::text("日")], ..Screen::default() }, 1, 1), ["…"]);
}

#[test]
fn the_right_part_of_a_line_stays_whole() {
    let line =
        Line { left: vec![span("a long left part", Role::Text)], right: vec![span("14:25 ann", Role::Dim)] };
    let screen = Screen { footer: vec![line], ..Screen::default() };
    assert_eq!(text_map(&screen, 30, 1), ["a long left part     14:25 ann"]);
    assert_eq!(text_map(&screen, 20, 1), ["a long le… 14:25 ann"]);
    assert_eq!(text_map(&screen, 9, 1), ["14:25 ann"]);
    assert_eq!(text_map(&screen, 5, 1), ["14:2…"]);
}

#[test]
fn the_selected_row_has_a_mark_and_a_ground_over_its_whole_width() {
    let (theme, _) = theme::load("dark", None, Depth::True);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 11));
    draw(&console(), &theme, &mut buffer);
    let ground = theme.style(Role::Selected).bg.unwrap();
    for x in 1..39 {
        assert_eq!(buffer[(x, 3)].bg, ground, "column {x}");
        assert_ne!(buffer[(x, 4)].bg, ground);
    }
    assert_eq!(buffer[(1, 3)].symbol(), "▸");
    assert_eq!(Some(buffer[(22, 3)].fg), theme.style(Role::Danger).fg, "the state keeps its colour");
    assert_ne!(buffer[(39, 3)].bg, ground, "the border is not selected");

    let items = vec![
        Item { lines: vec![Line::text("☐ one")], selected: false },
        Item { lines: vec![Line::text("☐ two"), Line::text("  and more")], selected: true },
    ];
    let list = Shape::List(List { items, above: 0, below: 1 });
    let screen =
        Screen { panes: vec![pane(area(0, 0, 20, 6), "Steps", Role::Border, list)], ..Screen::default() };
    assert_eq!(
        text_map(&screen, 20, 6)[1..4],
        ["│  ☐ one           │", "│▸ ☐ two           │", "│    and more      │"]
    );
    let roles = role_map(&screen, 20, 6);
    assert_eq!(roles[2], "-ASTTTTTSSSSSSSSSSS-");
    assert_eq!(roles[3], "-SSTTTTTTTTTTSSSSSS-");
}

#[test]
fn a_line_with_a_selected_span_is_selected_whole() {
    let line = Line::new(vec![span("quit", Role::Selected), span(" Quit", Role::Text)]);
    let screen =
        Screen { dialog: Some(Dialog { body: vec![line], ..Dialog::default() }), ..Screen::default() };
    assert_eq!(role_map(&screen, 14, 6)[1], "t SSSSTTTTTS t");
}

#[test]
fn nothing_a_terminal_obeys_reaches_a_cell() {
    let evil = "a\u{1b}[31mred\u{7}\u{202e}x\u{200b}\u{9b}2J\nend\u{fe0f}";
    let line = || Line { left: vec![span(evil, Role::Text)], right: vec![span(evil, Role::Text)] };
    let mut screen = console();
    screen.bar = vec![line()];
    screen.footer = vec![line()];
    screen.panes.push(pane(area(40, 0, 40, 12), evil, Role::Border, Shape::Text(vec![line()])));
    let dialog = Dialog {
        title: line(),
        body: vec![line()],
        input: Some(Input { label: evil.into(), value: evil.into(), cursor: 4, problem: Some(evil.into()) }),
        keys: line(),
        ..Dialog::default()
    };
    for dialog in [None, Some(dialog)] {
        screen.dialog = dialog;
        let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 12));
        draw(&screen, &theme::load("dark", None, Depth::True).0, &mut buffer);
        let drawn: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert!(!drawn.chars().any(is_hostile), "{drawn:?}");
        assert!(drawn.contains("a\u{fffd}[31mred\u{fffd}\u{fffd}x"), "{drawn}");
        let picture = svg(&buffer, &theme::load("dark", None, Depth::True).0, evil);
        assert!(!picture.chars().any(|c| c != '\n' && is_hostile(c)));
    }
    let pile = format!("a{}b", "\u{301}".repeat(300));
    let screen = Screen { footer: vec![Line::text(pile)], ..Screen::default() };
    assert_eq!(text_map(&screen, 10, 1), ["ab"]);
}

#[test]
fn fast_characters_are_as_wide_as_a_terminal_has_them() {
    use ratatui::buffer::CellWidth;
    for c in ('\u{20}'..'\u{3000}').filter(|c| !is_hostile(*c) && canvas::text_columns(&c.to_string()) == 1) {
        assert_eq!(c.to_string().cell_width(), 1, "{c} {:x}", c as u32);
    }
}

#[test]
fn a_title_does_not_look_like_the_line_it_stands_in() {
    let (theme, _) = theme::load("mono", None, Depth::True);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 11));
    draw(&console(), &theme, &mut buffer);
    assert_eq!(buffer[(2, 6)].symbol(), "T");
    assert_eq!(buffer[(2, 6)].modifier, theme.style(Role::Title).add_modifier, "not faint as the border is");
    assert_eq!(buffer[(20, 6)].modifier, theme.style(Role::Border).add_modifier);
}

#[test]
fn panes_that_share_a_line_are_joined() {
    let screen = Screen {
        panes: vec![
            pane(area(0, 0, 8, 4), "", Role::Border, Shape::Text(vec![])),
            pane(area(0, 3, 8, 3), "Two", Role::Border, Shape::Text(vec![])),
            pane(area(7, 0, 6, 6), "", Role::Border, Shape::Text(vec![])),
        ],
        ..Screen::default()
    };
    assert_eq!(
        text_map(&screen, 13, 6),
        [
            "┌──────┬────┐",
            "│      │    │",
            "│      │    │",
            "├ Two ─┤    │",
            "│      │    │",
            "└──────┴────┘"
        ]
    );
}

fn question(input: Option<Input>) -> Screen {
    let keys = [("y", " do it"), ("esc", " leave it"), ("d", " dry run")];
    let keys =
        keys.iter().flat_map(|(key, what)| [strong(*key, Role::Key), span(format!("{what}  "), Role::Dim)]);
    Screen {
        dialog: Some(Dialog {
            title: Line::new(vec![strong("Switch on maintenance mode?", Role::Title)]),
            border: Role::Warning,
            body: (1..=8).map(|n| Line::text(format!("line {n}"))).collect(),
            scroll: 0,
            input,
            keys: Line::new(keys.collect()),
        }),
        ..console()
    }
}

#[test]
fn a_dialog_is_whole_at_every_size() {
    assert_eq!(
        text_map(&question(None), 40, 12),
        [
            "┌ Switch on maintenance mode? ─────────┐",
            "│ line 1                               │",
            "│ line 2                               │",
            "│ line 3                               │",
            "│ line 4                               │",
            "│ line 5                               │",
            "│ line 6                               │",
            "│ line 7                               │",
            "│ line 8                               │",
            "│                                      │",
            "│ y do it  esc leave it  d dry run     │",
            "└──────────────────────────────────────┘",
        ]
    );
    let reason = Input {
        label: "Why".into(),
        value: "tests".into(),
        cursor: 5,
        problem: Some("say a little more".into()),
    };
    let screen = question(Some(reason));
    let mut buffer = Buffer::empty(Rect::new(0, 0, 24, 11));
    let cursor = draw(&screen, &theme::role_map_theme(), &mut buffer);
    assert_eq!(
        text_of(&buffer),
        [
            "┌ Switch on maintenan… ┐",
            "│ line 1               │",
            "│ line 2               │",
            "│ line 3               │",
            "│ line 4               │",
            "│ Why tests            │",
            "│ say a little more    │",
            "│ y do it              │",
            "│ esc leave it         │",
            "│ d dry run            │",
            "└────────────────── ↓4 ┘",
        ]
    );
    assert_eq!(cursor, Some((11, 5)));
    for (width, height, keys) in [(10, 3, "y do it"), (10, 1, "y do it"), (1, 1, "…")] {
        let shown = text_map(&screen, width, height);
        assert!(shown.iter().any(|line| line == keys), "{width}x{height}: {shown:?}");
    }
}

#[test]
fn a_field_scrolls_with_its_cursor() {
    let typed = |value: &str, cursor| {
        let input = Input { label: "Note".into(), value: value.into(), cursor, problem: None };
        let screen = Screen {
            dialog: Some(Dialog { input: Some(input), keys: Line::text("⏎"), ..Dialog::default() }),
            ..Screen::default()
        };
        let mut buffer = Buffer::empty(Rect::new(0, 0, 11, 2));
        let cursor = draw(&screen, &theme::role_map_theme(), &mut buffer);
        (text_of(&buffer)[0].clone(), cursor)
    };
    assert_eq!(typed("", 0), ("Note".into(), Some((5, 0))));
    assert_eq!(typed("abc", 1), ("Note abc".into(), Some((6, 0))));
    assert_eq!(typed("abcdefgh", 8), ("Note defgh".into(), Some((10, 0))));
    assert_eq!(typed("abcdefgh", 0), ("Note abcdef".into(), Some((5, 0))));
    assert_eq!(typed("日本語日", 4), ("Note 語日".into(), Some((9, 0))));
    assert_eq!(typed("日本語日", 99), ("Note 語日".into(), Some((9, 0))));
}

#[test]
fn a_picture_shows_what_the_screen_shows() {
    let (theme, _) = theme::load("dark", None, Depth::True);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 11));
    draw(&console(), &theme, &mut buffer);
    let picture = svg(&buffer, &theme, "Midwatch <watching> & waiting");
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    assert!(picture.contains("<title>Midwatch &lt;watching&gt; &amp; waiting</title>"));
    assert!(picture.contains(">MIDWATCH</text>") && picture.contains("font-weight=\"bold\""));
    assert!(picture.contains("#ff7373"), "danger has its colour");
    assert!(!picture.contains('━') && !picture.contains('│'), "lines are drawn");
    assert_eq!(picture.matches("<text").count(), picture.matches("</text>").count());
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,30}",
        "(日|本|👩|é|e\u{301}|─|✖|a| |🇩🇪|\u{1b}|\u{202e}|\u{200d}|\u{fe0f}|ﾞ|\u{7f}){0,20}",
        ".{0,20}",
    ]
}

fn any_spans() -> impl Strategy<Value = Vec<Span>> {
    let any_span = (any_text(), 0..Role::ALL.len(), any::<bool>());
    let any_span = any_span.prop_map(|(text, role, strong)| Span { text, role: Role::ALL[role], strong });
    prop::collection::vec(any_span, 0..4)
}

fn any_line() -> impl Strategy<Value = Line> {
    (any_spans(), any_spans()).prop_map(|(left, right)| Line { left, right })
}

fn any_lines() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec(any_line(), 0..6)
}

fn any_size() -> impl Strategy<Value = u16> {
    prop_oneof![0u16..4, 0u16..90, Just(u16::MAX), any::<u16>()]
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let column = (prop::sample::select(vec!["", "NAME", "15 MIN"]), any_size(), any::<bool>())
        .prop_map(|(title, width, right)| Column { title, width, right });
    let row = (prop::collection::vec(any_spans(), 0..4), any::<bool>())
        .prop_map(|(cells, selected)| Row { cells, selected });
    let item = (any_lines(), any::<bool>()).prop_map(|(lines, selected)| Item { lines, selected });
    let table =
        (prop::collection::vec(column, 0..5), prop::collection::vec(row, 0..6), 0usize..999, any::<usize>());
    let table =
        table.prop_map(|(columns, rows, above, below)| Shape::Table(Table { columns, rows, above, below }));
    let list = (prop::collection::vec(item, 0..5), any::<usize>(), 0usize..999)
        .prop_map(|(items, above, below)| Shape::List(List { items, above, below }));
    prop_oneof![table, list, any_lines().prop_map(Shape::Text)]
}

fn any_dialog() -> impl Strategy<Value = Dialog> {
    let input = (any_text(), any_text(), 0usize..40, prop::option::of(any_text()))
        .prop_map(|(label, value, cursor, problem)| Input { label, value, cursor, problem });
    (any_line(), any_lines(), 0usize..9, prop::option::of(input), any_line()).prop_map(
        |(title, body, scroll, input, keys)| Dialog {
            title,
            border: Role::Danger,
            body,
            scroll,
            input,
            keys,
        },
    )
}

fn any_screen() -> impl Strategy<Value = Screen> {
    let area = (any_size(), any_size(), any_size(), any_size()).prop_map(|(x, y, width, height)| Area {
        x: x % 90,
        y: y % 30,
        width,
        height,
    });
    let far = (any_size(), any_size(), any_size(), any_size()).prop_map(|(x, y, width, height)| Area {
        x,
        y,
        width,
        height,
    });
    let pane = (prop_oneof![area, far], any_line(), any_shape(), any::<bool>()).prop_map(
        |(area, title, shape, focus)| Pane {
            name: "test",
            area,
            title,
            border: if focus { Role::Focus } else { Role::Border },
            shape,
        },
    );
    (any_lines(), prop::collection::vec(pane, 0..4), any_lines(), prop::option::of(any_dialog()))
        .prop_map(|(bar, panes, footer, dialog)| Screen { bar, panes, footer, dialog, frame: None })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_screen_can_be_drawn_at_any_size(
        screen in any_screen(),
        size in prop_oneof![
            Just((80u16, 24u16)), Just((40, 12)), Just((10, 3)), Just((1, 1)), Just((0, 0)), Just((0, 5)),
            Just((5, 0)), (0u16..100, 0u16..40),
        ],
    ) {
        let (width, height) = size;
        let (theme, _) = theme::load("high-contrast", None, Depth::Ansi256);
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let cursor = draw(&screen, &theme, &mut buffer);
        if let Some((x, y)) = cursor {
            prop_assert!(x < width && y < height, "the cursor is on the screen");
        }
        for row in buffer.content.chunks(usize::from(width).max(1)) {
            use ratatui::buffer::CellWidth;
            for (n, cell) in row.iter().enumerate() {
                prop_assert!(!cell.symbol().chars().any(is_hostile));
                prop_assert!(n + usize::from(cell.cell_width()) <= row.len(), "a character sticks out");
            }
        }
        let again = buffer.clone();
        draw(&screen, &theme, &mut buffer);
        prop_assert_eq!(&again, &buffer, "what was there before does not show through");
        svg(&buffer, &theme, "any");
        role_map(&screen, width, height);
    }
}
