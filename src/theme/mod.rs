//! Role to style. The only floor that names a colour; what a role means is `domain::role`'s.

pub mod colour;
mod read;
mod role_map;

pub use colour::{Depth, Rgb};
pub use role_map::{letter, role_map_theme};

use ratatui::style::{Color, Modifier, Style};

use crate::domain::diagnostic::{Diagnostic, did_you_mean};
use crate::domain::role::Role;
use crate::domain::text::clean;

use colour::{Reducer, contrast, rgb};
use read::{Look, Written};

/// The shipped themes: name, file and text. The first is what others fall back on.
const SHIPPED: &[(&str, &str, &str)] = &[
    ("dark", "themes/dark.toml", include_str!("../../themes/dark.toml")),
    ("light", "themes/light.toml", include_str!("../../themes/light.toml")),
    ("high-contrast", "themes/high-contrast.toml", include_str!("../../themes/high-contrast.toml")),
    ("mono", "themes/mono.toml", include_str!("../../themes/mono.toml")),
];

/// The names of the shipped themes.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _, _)| *name)
}

/// Below this a text is hard to read (WCAG 2.2, level AA).
const READABLE: f64 = 4.5;

/// A style for every role, as far as the terminal can show it.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    styles: [Style; Role::ALL.len()],
    base: Style,
    ink: Rgb,
    ground: Rgb,
}

impl Theme {
    /// What a role looks like.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// What a border of this role looks like: a role known by its ground lends the line that
    /// colour, because lines have no ground of their own.
    pub fn line(&self, role: Role) -> Style {
        let style = self.style(role);
        Style { fg: style.bg.or(style.fg), bg: None, ..style }.remove_modifier(Modifier::REVERSED)
    }

    /// What an empty cell looks like: the terminal's own unless the theme paints a background.
    pub fn base(&self) -> Style {
        self.base
    }

    /// The colours of a text and of what is behind it, in a picture of the screen.
    pub fn seen(&self, style: Style) -> (Rgb, Rgb) {
        let ink = style.fg.and_then(rgb).unwrap_or(self.ink);
        let ground = style.bg.and_then(rgb).unwrap_or(self.ground);
        if style.add_modifier.contains(Modifier::REVERSED) { (ground, ink) } else { (ink, ground) }
    }

    /// The ground of a picture of the screen.
    pub fn ground(&self) -> Rgb {
        self.ground
    }

    /// The ink of a picture of the screen.
    pub fn ink(&self) -> Rgb {
        self.ink
    }
}

/// Everything a theme says, from its base upwards.
#[derive(Clone, Debug, Default)]
struct Layers {
    ground: Option<Color>,
    ink: Option<Color>,
    background: Option<Color>,
    looks: [Option<Look>; Role::ALL.len()],
}

impl Layers {
    fn lay(&mut self, written: &Written) {
        if written.ground.is_some() {
            // A new ground is one the terminal has: what an inherited theme paints would hide it.
            (self.ground, self.background) = (written.ground, None);
        }
        self.ink = written.ink.or(self.ink);
        self.background = written.background.or(self.background);
        for (role, look, _) in &written.roles {
            self.looks[*role as usize] = Some(*look);
        }
    }

    fn ground(&self) -> Rgb {
        self.background.or(self.ground).and_then(rgb).unwrap_or([0, 0, 0])
    }

    fn ink(&self) -> Rgb {
        self.ink.and_then(rgb).unwrap_or([255, 255, 255])
    }

    fn look(&self, role: Role) -> Look {
        self.looks[role as usize].unwrap_or_default()
    }
}

/// Loads the theme called `name` for a terminal of this depth. `user` is the file and text of the
/// operator's own, which builds on the theme it inherits; without `inherits`, on the shipped one of
/// its name, or on `dark`. Always gives a theme that works; the diagnostics say what could not be
/// used.
pub fn load(name: &str, user: Option<(&str, &str)>, depth: Depth) -> (Theme, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut layers = Layers::default();
    match user {
        None => {
            if !names().any(|known| known == name) {
                diagnostics.push(unknown("theme", (0, 0), name));
            }
            shipped(name, &mut layers, &mut diagnostics);
        }
        Some((file, text)) => {
            let own = read::read(file, text, &mut diagnostics);
            let base = match &own.inherits {
                Some((base, at)) => {
                    if !names().any(|known| known == base) {
                        diagnostics.push(unknown(file, *at, base));
                    }
                    base
                }
                None => name,
            };
            shipped(base, &mut layers, &mut diagnostics);
            layers.lay(&own);
            faint(file, &own, &layers, &mut diagnostics);
        }
    }
    diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    (reduce(&layers, depth), diagnostics)
}

/// Lays a shipped theme, and before it those it builds on; `dark` where there is none of that name.
fn shipped(name: &str, layers: &mut Layers, diagnostics: &mut Vec<Diagnostic>) {
    let (name, file, text) = SHIPPED.iter().find(|(known, _, _)| *known == name).unwrap_or(&SHIPPED[0]);
    let own = read::read(file, text, diagnostics);
    // A shipped theme builds on an earlier one only, so this ends.
    if let Some((base, _)) = own.inherits.as_ref().filter(|(base, _)| base != name) {
        shipped(base, layers, diagnostics);
    }
    layers.lay(&own);
}

/// Says which of an operator's own colours are hard to read.
fn faint(file: &str, own: &Written, layers: &Layers, diagnostics: &mut Vec<Diagnostic>) {
    for (role, look, at) in &own.roles {
        if matches!(role, Role::Border | Role::Focus | Role::Dim) {
            continue;
        }
        let Some(ink) = look.fg.and_then(rgb) else { continue };
        let ratio = contrast(ink, look.bg.and_then(rgb).unwrap_or(layers.ground()));
        if ratio < READABLE {
            let message = format!("{} is hard to read: a contrast of {ratio:.1} to 1", role.name());
            diagnostics.push(
                Diagnostic::warning(file, *at, "low-contrast", message)
                    .hint("text needs 4.5 to 1; say what it stands on with `ground` or `background`"),
            );
        }
    }
}

fn reduce(layers: &Layers, depth: Depth) -> Theme {
    let reducer = Reducer::new(depth);
    let mut styles = Role::ALL.map(|role| style(layers.look(role), depth, &reducer));
    let bar = styles[Role::Bar as usize];
    if bar.add_modifier.contains(Modifier::REVERSED) {
        // A ground of their own on a reversed bar: the other way round again.
        for role in [Role::Locked, Role::Armed] {
            let style = &mut styles[role as usize];
            if style.bg.is_some() || style.add_modifier.contains(Modifier::REVERSED) {
                *style = style.remove_modifier(Modifier::REVERSED);
            }
        }
    }
    let paint = |colour: Option<Color>| colour.and_then(|colour| reducer.reduce(colour));
    let base = match paint(layers.background) {
        Some(background) => Style { fg: paint(layers.ink), bg: Some(background), ..Style::new() },
        None => Style::new(),
    };
    Theme { styles, base, ink: layers.ink(), ground: layers.ground() }
}

/// One role's style. A ground without an ink of its own is faint, and sixteen colours have no faint
/// one: there it becomes a reversal. Without colours only what every terminal shows is left.
fn style(look: Look, depth: Depth, reducer: &Reducer) -> Style {
    let (mut on, off) = (look.on, look.off);
    let few = matches!(depth, Depth::Mono | Depth::Ansi16);
    let faint_ground = look.bg.is_some() && (look.fg.is_none() || depth == Depth::Mono);
    let turned = few && faint_ground && !off.contains(Modifier::REVERSED);
    if turned {
        on.insert(Modifier::REVERSED);
    }
    if depth == Depth::Mono {
        on &= Modifier::BOLD | Modifier::REVERSED | Modifier::UNDERLINED;
    }
    Style {
        fg: look.fg.and_then(|colour| reducer.reduce(colour)),
        bg: look.bg.filter(|_| !turned).and_then(|colour| reducer.reduce(colour)),
        add_modifier: on,
        sub_modifier: off,
        ..Style::new()
    }
}

fn unknown(file: &str, at: (usize, usize), name: &str) -> Diagnostic {
    let hint = did_you_mean(name, names()).map_or_else(
        || format!("the themes are {}", names().collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean {near:?}?"),
    );
    Diagnostic::error(file, at, "unknown-theme", format!("there is no theme {:?}", clean(name))).hint(hint)
}

#[cfg(test)]
mod tests;
