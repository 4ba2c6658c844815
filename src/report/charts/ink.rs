//! What a chart is drawn with. The library knows numbers for inks; a page knows variables of its style. Each ink is a number
//! that stands for a variable, and is put in its place when the chart is done: so one chart reads on light ground and on dark,
//! and on paper.

use plotters::style::RGBColor;

use crate::domain::reading::Health;

/// Each ink, and what a page calls it. `url(#…)` are patterns, so that a state is told from another without colour.
const INKS: [(RGBColor, &str); 15] = [
    (TEXT, "var(--chart-text)"),
    (AXIS, "var(--chart-axis)"),
    (GRID, "var(--chart-grid)"),
    (DEPLOY, "var(--mark-deploy)"),
    (ACTION, "var(--mark-action)"),
    (INCIDENT, "var(--mark-incident)"),
    (GROUND, "var(--surface)"),
    (OK, "url(#health-ok)"),
    (DEGRADED, "url(#health-degraded)"),
    (DOWN, "url(#health-down)"),
    (BLIND, "url(#health-blind)"),
    (CURVES[0], "var(--curve-1)"),
    (CURVES[1], "var(--curve-2)"),
    (CURVES[2], "var(--curve-3)"),
    (CURVES[3], "var(--curve-4)"),
];

pub(super) const TEXT: RGBColor = RGBColor(1, 0, 1);
pub(super) const AXIS: RGBColor = RGBColor(2, 0, 1);
pub(super) const GRID: RGBColor = RGBColor(3, 0, 1);
pub(super) const DEPLOY: RGBColor = RGBColor(4, 0, 1);
pub(super) const ACTION: RGBColor = RGBColor(5, 0, 1);
pub(super) const INCIDENT: RGBColor = RGBColor(6, 0, 1);
pub(super) const GROUND: RGBColor = RGBColor(7, 0, 1);
const OK: RGBColor = RGBColor(8, 0, 1);
const DEGRADED: RGBColor = RGBColor(9, 0, 1);
const DOWN: RGBColor = RGBColor(10, 0, 1);
const BLIND: RGBColor = RGBColor(11, 0, 1);
const CURVES: [RGBColor; 4] =
    [RGBColor(12, 0, 1), RGBColor(13, 0, 1), RGBColor(14, 0, 1), RGBColor(15, 0, 1)];

/// The ink of a state.
pub(super) const fn of(health: Health) -> RGBColor {
    match health {
        Health::Ok => OK,
        Health::Degraded => DEGRADED,
        Health::Blind => BLIND,
        Health::Down => DOWN,
    }
}

/// The ink of a curve; they come round, and every curve has its number.
pub(super) const fn curve(index: usize) -> RGBColor {
    CURVES[index % CURVES.len()]
}

/// What the library drew, for a page: its own first tag replaced by one that scales, every ink by what the page calls it.
/// Text in a drawing cannot look like an ink, because its quotation marks are written as `&quot;`.
pub(super) fn for_page(drawn: &str, class: &str, (width, height): (u32, u32)) -> String {
    let inside = drawn.split_once('>').map_or("", |(_, rest)| rest);
    let mut page = format!(
        "<svg class=\"{class}\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         aria-hidden=\"true\" focusable=\"false\">{inside}"
    );
    for (RGBColor(red, green, blue), name) in INKS {
        let number = format!("=\"#{red:02X}{green:02X}{blue:02X}\"");
        if page.contains(&number) {
            page = page.replace(&number, &format!("=\"{name}\""));
        }
    }
    page.replace("font-family=\"sans-serif\"", "font-family=\"inherit\"").replace(" opacity=\"1\"", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ink_is_another_and_none_is_left_in_a_page() {
        for (at, (ink, _)) in INKS.iter().enumerate() {
            assert!(!INKS[at + 1..].iter().any(|(other, _)| other == ink), "{ink:?}");
        }
        let drawn = "<svg width=\"9\" height=\"9\" xmlns=\"x\">\n<rect opacity=\"1\" fill=\"#0A0001\" stroke=\"none\"/>\n\
                     <text fill=\"#010001\">=&quot;#010001&quot;</text>\n</svg>\n";
        let page = for_page(drawn, "wide", (9, 9));
        assert!(page.contains("<rect fill=\"url(#health-down)\" stroke=\"none\"/>"), "{page}");
        assert!(page.contains("<text fill=\"var(--chart-text)\">=&quot;#010001&quot;</text>"), "{page}");
        assert!(page.starts_with("<svg class=\"wide\" viewBox=\"0 0 9 9\""), "{page}");
    }
}
