//! What all charts have in common: the time below, the marks above, and how a drawing becomes text.

use std::time::Duration;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::combinators::{BindKeyPoints, WithKeyPoints};
use plotters::coord::types::{RangedCoordf64, RangedCoordi64};
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{PathElement, Rectangle, Text};
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, IntoFont, IntoTextStyle, RGBColor, ShapeStyle, TextStyle};

use crate::domain::time::Timestamp;

use super::marks::{Mark, MarkKind};
use super::{Span, ink};

/// Where the time goes from left to right and something else from below.
pub(super) type Plane<'a, 'b> =
    ChartContext<'a, SVGBackend<'b>, Cartesian2d<WithKeyPoints<RangedCoordi64>, RangedCoordf64>>;

/// A drawing that went wrong: only where there is nothing to draw on.
pub(super) type Failed = Box<dyn std::error::Error>;

/// Pixels of the size of text, of the strip for marks, and of the time below.
pub(super) const SIZE: f64 = 15.0;
pub(super) const STRIP: u32 = 22;
pub(super) const BELOW: u32 = 26;

/// A drawing of this size as a page shows it; nothing where it could not be drawn.
pub(super) fn drawn(
    class: &str,
    size: (u32, u32),
    draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), Failed>,
) -> Option<String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        draw(&area).ok()?;
        area.present().ok()?;
    }
    Some(ink::for_page(&text, class, size))
}

/// A plane in which the time of `span` goes from left to right.
pub(super) fn plane<'a, 'b>(
    area: &'a DrawingArea<SVGBackend<'b>, Shift>,
    span: Span,
    height: f64,
    left: u32,
) -> Result<Plane<'a, 'b>, Failed> {
    let (from, to) = (span.from.millis(), span.to.millis());
    let ticks = ticks(span, area.dim_in_pixel().0.saturating_sub(left));
    Ok(ChartBuilder::on(area)
        .margin_top(STRIP)
        .margin_right(14)
        .x_label_area_size(BELOW)
        .y_label_area_size(left)
        .build_cartesian_2d((from..to).with_key_points(ticks), 0.0..height)?)
}

/// What stands below at an instant.
pub(super) fn when(span: Span, millis: i64) -> String {
    match Timestamp::from_millis(millis).utc() {
        Some(at) if is_long(span) => at.format("%d %b %H:%M").to_string(),
        Some(at) => at.format("%H:%M").to_string(),
        None => String::new(),
    }
}

/// Whether an hour alone would not say which day it is of.
fn is_long(span: Span) -> bool {
    span.to.since(span.from) > Duration::from_secs(36 * 3_600)
}

/// Full minutes, hours or days, as many as there is room for.
fn ticks(span: Span, width: u32) -> Vec<i64> {
    const STEPS: [i64; 16] = [
        60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
        2_592_000, 31_536_000,
    ];
    let most = i64::from(width / if is_long(span) { 110 } else { 64 }).max(2);
    let (from, to) = (span.from.millis().div_euclid(1_000), span.to.millis().div_euclid(1_000));
    let step = STEPS.into_iter().find(|step| (to - from) / step < most).unwrap_or(STEPS[15]);
    let first = (from.div_euclid(step) + 1) * step;
    (0..most).map(|number| first + number * step).take_while(|at| *at <= to).map(|at| at * 1_000).collect()
}

/// Text of this ink.
pub(super) fn text<'a>(ink: RGBColor, horizontal: HPos, vertical: VPos) -> TextStyle<'a> {
    ("sans-serif", SIZE).into_font().color(&ink).pos(Pos::new(horizontal, vertical))
}

/// What is written small, beside an axis.
pub(super) fn small<'a>(area: &DrawingArea<SVGBackend<'_>, Shift>) -> TextStyle<'a> {
    ("sans-serif", 14.0)
        .into_font()
        .color(&ink::TEXT)
        .into_text_style(area)
        .pos(Pos::new(HPos::Center, VPos::Top))
}

/// Draws each mark as a line from top to bottom with its label above. Where two would stand on one another, the label of the
/// later one is left to the list below the chart; its line is there.
pub(super) fn mark(
    plane: &mut Plane<'_, '_>,
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    marks: &[Mark],
    span: Span,
    height: f64,
) -> Result<(), Failed> {
    let mut free = i32::MIN;
    for mark in marks.iter().filter(|mark| mark.at >= span.from && mark.at <= span.to) {
        let ink = match mark.kind {
            MarkKind::Deploy => ink::DEPLOY,
            MarkKind::Action => ink::ACTION,
            MarkKind::Incident => ink::INCIDENT,
        };
        let at = mark.at.millis();
        let line = PathElement::new(vec![(at, 0.0), (at, height)], ShapeStyle::from(&ink).stroke_width(1));
        plane.draw_series(std::iter::once(line))?;
        let (x, _) = plane.backend_coord(&(at, 0.0));
        if x >= free {
            let top = i32::try_from(STRIP).unwrap_or_default();
            area.draw(&Rectangle::new([(x - 12, 2), (x + 12, top - 3)], ink::GROUND.filled()))?;
            let style = text(ink, HPos::Center, VPos::Center);
            area.draw(&Text::new(mark.label.clone(), (x, top / 2), style))?;
            free = x + 26;
        }
    }
    Ok(())
}
