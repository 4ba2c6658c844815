//! A theme whose styles are the roles themselves, so that a drawn screen tells what each cell means.

use ratatui::style::{Color, Style};

use crate::domain::role::Role;

use super::Theme;

/// The theme that [`letter`] reads. Selection is a ground, so that a selected cell keeps its role.
pub fn role_map_theme() -> Theme {
    let styles = Role::ALL.map(|role| {
        let colour = Color::Indexed(role as u8);
        match role {
            Role::Selected => Style::new().bg(colour),
            role => Style::new().fg(Color::Indexed(role as u8)),
        }
    });
    Theme { styles, base: Style::new(), ink: [0; 3], ground: [0; 3] }
}

/// The letter of a cell drawn with [`role_map_theme`]: a space where nothing has a role, a capital
/// where the cell is selected.
///
/// `t` text, `d` dim, `h` title, `a` accent, `o` ok, `w` warning, `x` danger, `b` blind, `k` key,
/// `c` code, `s` selected, `-` border, `=` focus, `l` locked, `!` armed, `_` bar, `i` input.
pub fn letter(style: Style) -> char {
    let role = |colour: Option<Color>| {
        Role::ALL.into_iter().find(|role| colour == Some(Color::Indexed(*role as u8))).map(of)
    };
    match (role(style.fg), role(style.bg)) {
        (Some(letter), None) => letter,
        (Some(letter), Some(_)) => letter.to_ascii_uppercase(),
        (None, Some(ground)) => ground.to_ascii_uppercase(),
        (None, None) => ' ',
    }
}

fn of(role: Role) -> char {
    match role {
        Role::Text => 't',
        Role::Dim => 'd',
        Role::Title => 'h',
        Role::Accent => 'a',
        Role::Ok => 'o',
        Role::Warning => 'w',
        Role::Danger => 'x',
        Role::Blind => 'b',
        Role::Key => 'k',
        Role::Code => 'c',
        Role::Selected => 's',
        Role::Border => '-',
        Role::Focus => '=',
        Role::Locked => 'l',
        Role::Armed => '!',
        Role::Bar => '_',
        Role::Input => 'i',
    }
}
