//! Colours: read, measured, and brought down to what a terminal can show. Only this floor names one.

use ratatui::style::Color;

/// Red, green and blue, each 0 to 255.
pub type Rgb = [u8; 3];

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// None: `NO_COLOR`, or a terminal without any.
    Mono,
    /// The terminal's own sixteen.
    Ansi16,
    /// The cube and greys of xterm.
    Ansi256,
    /// Any.
    True,
}

impl Depth {
    /// What the environment says of the terminal; `variable` looks one up.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = |name: &str| variable(name).filter(|value| !value.is_empty());
        let terminal = said("TERM").unwrap_or_default();
        if said("NO_COLOR").is_some() || terminal == "dumb" {
            return Depth::Mono;
        }
        let colours = said("COLORTERM").unwrap_or_default();
        if colours == "truecolor" || colours == "24bit" || terminal.ends_with("-direct") {
            return Depth::True;
        }
        if terminal.contains("256color") {
            return Depth::Ansi256;
        }
        if ["kitty", "alacritty", "ghostty", "wezterm", "foot"].iter().any(|known| terminal.contains(known)) {
            return Depth::True;
        }
        Depth::Ansi16
    }
}

/// The terminal's own sixteen, by the names themes use, with the values xterm gives them.
const NAMED: [(&str, Color, Rgb); 16] = [
    ("black", Color::Black, [0, 0, 0]),
    ("red", Color::Red, [205, 0, 0]),
    ("green", Color::Green, [0, 205, 0]),
    ("yellow", Color::Yellow, [205, 205, 0]),
    ("blue", Color::Blue, [0, 0, 238]),
    ("magenta", Color::Magenta, [205, 0, 205]),
    ("cyan", Color::Cyan, [0, 205, 205]),
    ("gray", Color::Gray, [229, 229, 229]),
    ("dark-gray", Color::DarkGray, [127, 127, 127]),
    ("light-red", Color::LightRed, [255, 0, 0]),
    ("light-green", Color::LightGreen, [0, 255, 0]),
    ("light-yellow", Color::LightYellow, [255, 255, 0]),
    ("light-blue", Color::LightBlue, [92, 92, 255]),
    ("light-magenta", Color::LightMagenta, [255, 0, 255]),
    ("light-cyan", Color::LightCyan, [0, 255, 255]),
    ("white", Color::White, [255, 255, 255]),
];

/// The names of colours.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMED.iter().map(|(name, _, _)| *name)
}

/// Reads a name, `#rrggbb`, or a number from 0 to 255.
pub(super) fn parse(text: &str) -> Option<Color> {
    if let Some(digits) = text.strip_prefix('#') {
        if digits.len() != 6 || !digits.is_ascii() {
            return None;
        }
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        return Some(Color::Rgb(part(0)?, part(2)?, part(4)?));
    }
    if let Ok(number) = text.parse::<u8>() {
        return Some(numbered(number));
    }
    NAMED.iter().find(|(name, _, _)| *name == text).map(|(_, colour, _)| *colour)
}

/// The colour xterm gives a number.
pub(super) fn numbered(number: u8) -> Color {
    NAMED.get(usize::from(number)).map_or(Color::Indexed(number), |(_, colour, _)| *colour)
}

/// What a colour looks like, as xterm shows it; `None` for the terminal's own ink and ground.
pub fn rgb(colour: Color) -> Option<Rgb> {
    match colour {
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Indexed(number) => Some(indexed(number)),
        Color::Reset => None,
        named => NAMED.iter().find(|(_, known, _)| *known == named).map(|(_, _, rgb)| *rgb),
    }
}

/// xterm's 256 colours: sixteen named, a cube of six levels, twenty-four greys.
fn indexed(number: u8) -> Rgb {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match number {
        0..=15 => NAMED[usize::from(number)].2,
        16..=231 => {
            let cube = usize::from(number - 16);
            [LEVELS[cube / 36], LEVELS[cube / 6 % 6], LEVELS[cube % 6]]
        }
        232..=255 => [8 + 10 * (number - 232); 3],
    }
}

/// Brings colours down to a depth: the nearest there is, as the eye sees it.
pub(super) struct Reducer {
    depth: Depth,
    candidates: Vec<(Color, Oklab)>,
}

impl Reducer {
    pub(super) fn new(depth: Depth) -> Self {
        let candidates = match depth {
            Depth::Mono | Depth::True => Vec::new(),
            Depth::Ansi16 => NAMED.iter().map(|(_, colour, rgb)| (*colour, oklab(*rgb))).collect(),
            // The first sixteen are the terminal's own, and may be anything.
            Depth::Ansi256 => (16..=255).map(|n| (Color::Indexed(n), oklab(indexed(n)))).collect(),
        };
        Self { depth, candidates }
    }

    /// `None` where no colour can be shown.
    pub(super) fn reduce(&self, colour: Color) -> Option<Color> {
        match (self.depth, colour) {
            (Depth::Mono, _) => None,
            (Depth::True, colour) => Some(colour),
            (Depth::Ansi256, colour) if !matches!(colour, Color::Rgb(..)) => Some(colour),
            (Depth::Ansi16, colour) if !matches!(colour, Color::Rgb(..) | Color::Indexed(_)) => Some(colour),
            (Depth::Ansi16 | Depth::Ansi256, colour) => {
                let wanted = oklab(rgb(colour)?);
                let distance = |(_, candidate): &(Color, Oklab)| match self.depth {
                    Depth::Ansi16 => far_distance(wanted, *candidate),
                    Depth::Mono | Depth::Ansi256 | Depth::True => near_distance(wanted, *candidate),
                };
                let nearer = |one: &&(Color, Oklab), other: &&(Color, Oklab)| {
                    distance(one).total_cmp(&distance(other))
                };
                self.candidates.iter().min_by(nearer).map(|(colour, _)| *colour)
            }
        }
    }
}

/// Lightness, green to red, blue to yellow, evenly as the eye sees them (Björn Ottosson, 2020).
type Oklab = [f64; 3];

#[expect(clippy::many_single_char_names, reason = "the names of the formula")]
fn oklab(colour: Rgb) -> Oklab {
    let [r, g, b] = colour.map(linear);
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    ]
}

/// From here on a colour is seen to have a hue.
const HUED: f64 = 0.05;

/// How far a colour is from grey.
fn strength([_, a, b]: Oklab) -> f64 {
    a.hypot(b)
}

/// How far apart two colours are.
fn near_distance(one: Oklab, other: Oklab) -> f64 {
    (0..3).map(|n| (one[n] - other[n]).powi(2)).sum()
}

/// How far apart two colours are where even the nearest are far. The direction of the hue weighs
/// most, because it carries the meaning: a pale red must stay red, and not turn grey.
fn far_distance(one: Oklab, other: Oklab) -> f64 {
    let hued = strength(one) > HUED;
    if hued != (strength(other) > HUED) {
        return f64::INFINITY;
    }
    let lightness = (one[0] - other[0]).powi(2);
    if !hued {
        return lightness;
    }
    let strengths = (strength(one) - strength(other)).powi(2);
    let hue = (one[1] - other[1]).powi(2) + (one[2] - other[2]).powi(2) - strengths;
    0.2 * lightness + 0.5 * strengths + 3.0 * hue.max(0.0)
}

/// A channel as light, 0 to 1.
fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// The contrast between two colours, 1 to 21 (WCAG 2.2).
pub fn contrast(one: Rgb, other: Rgb) -> f64 {
    let light = |colour: Rgb| {
        let [red, green, blue] = colour.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
    };
    let (one, other) = (light(one), light(other));
    one.max(other) / one.min(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read() {
        assert_eq!(parse("#ff5f00"), Some(Color::Rgb(255, 95, 0)));
        assert_eq!(parse("light-blue"), Some(Color::LightBlue));
        assert_eq!(parse("9"), Some(Color::LightRed));
        assert_eq!(parse("208"), Some(Color::Indexed(208)));
        for bad in ["#fff", "#ff5f0g", "#ééé", "256", "-1", "reddish", ""] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn reduction_is_to_what_the_eye_takes_for_it() {
        let sixteen = Reducer::new(Depth::Ansi16);
        assert!(matches!(sixteen.reduce(Color::Rgb(255, 115, 115)), Some(Color::LightRed | Color::Red)));
        assert!(matches!(sixteen.reduce(Color::Rgb(124, 196, 146)), Some(Color::Green | Color::LightGreen)));
        assert_eq!(sixteen.reduce(Color::Indexed(16)), Some(Color::Black));
        assert_eq!(sixteen.reduce(Color::Cyan), Some(Color::Cyan));
        let many = Reducer::new(Depth::Ansi256);
        assert_eq!(many.reduce(Color::Rgb(255, 95, 95)), Some(Color::Indexed(203)));
        assert_eq!(many.reduce(Color::Rgb(8, 8, 8)), Some(Color::Indexed(232)));
        assert_eq!(many.reduce(Color::Red), Some(Color::Red));
        assert_eq!(Reducer::new(Depth::True).reduce(Color::Rgb(1, 2, 3)), Some(Color::Rgb(1, 2, 3)));
        assert_eq!(Reducer::new(Depth::Mono).reduce(Color::Rgb(1, 2, 3)), None);
    }

    #[test]
    fn every_number_of_xterm_is_nearest_to_itself() {
        let many = Reducer::new(Depth::Ansi256);
        for number in 16..=255 {
            let [red, green, blue] = indexed(number);
            let found = many.reduce(Color::Rgb(red, green, blue)).and_then(rgb);
            assert_eq!(found, Some([red, green, blue]), "{number}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((contrast([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 0.01);
        assert!((contrast([119, 119, 119], [255, 255, 255]) - 4.48).abs() < 0.01);
        assert!((contrast([9, 9, 9], [9, 9, 9]) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn the_environment_says_how_many_colours() {
        let depth = |said: &[(&str, &str)]| {
            Depth::detect(|name| {
                said.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), Depth::True);
        assert_eq!(
            depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")]),
            Depth::Mono
        );
        assert_eq!(depth(&[("TERM", "screen-256color"), ("NO_COLOR", "")]), Depth::Ansi256);
        assert_eq!(depth(&[("TERM", "xterm-kitty")]), Depth::True);
        assert_eq!(depth(&[("TERM", "linux")]), Depth::Ansi16);
        assert_eq!(depth(&[("TERM", "dumb")]), Depth::Mono);
        assert_eq!(depth(&[]), Depth::Ansi16);
    }
}
