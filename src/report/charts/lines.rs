//! Charts of figures: a curve for each signal, with its number at its highest point.

use plotters::element::{Circle, PathElement, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, ShapeStyle};

use crate::report::incident::IncidentReport;

use super::measured::{Figure, Unit};
use super::sheet::{BELOW, STRIP, drawn, mark, plane, small, text, when};
use super::{Chart, Legend, Span, WIDTHS, ink};

/// Pixels of a chart, and of what stands left of it.
const HEIGHT: u32 = 180;
const LEFT: u32 = 58;

/// The chart of `figure`; nothing where it could not be drawn.
pub(super) fn chart(report: &IncidentReport, figure: &Figure, span: Span) -> Option<Chart> {
    let [wide, narrow] = WIDTHS.map(|width| draw(report, figure, span, width));
    let legend: Vec<Legend> = figure
        .curves
        .iter()
        .enumerate()
        .filter_map(|(at, curve)| {
            let (when, worst) = curve.worst()?;
            let worst = format!("at most {}, at {}Z", figure.unit.words(worst), when.clock_minutes());
            Some(Legend { number: at + 1, name: curve.name.clone(), worst })
        })
        .collect();
    let says: Vec<String> = legend.iter().map(|known| format!("{}: {}", known.name, known.worst)).collect();
    Some(Chart {
        title: figure.title.clone(),
        says: format!("{}.", says.join("; ")),
        wide: wide?,
        narrow: narrow?,
        legend,
    })
}

fn top(figure: &Figure) -> f64 {
    let worst = figure.curves.iter().filter_map(|curve| Some(curve.worst()?.1)).fold(0.0, f64::max);
    match figure.unit {
        Unit::Percent => (worst * 1.15).clamp(1.0, 105.0),
        Unit::Millis => (worst * 1.15).max(10.0),
        Unit::Count => (worst * 1.15).max(2.0),
    }
}

/// Points of a curve that say how often it is measured.
const REGULAR: usize = 16;

/// The parts of a curve in which it was measured again and again: no line goes through a time in which nothing was.
fn pieces(points: &[(i64, f64)]) -> Vec<&[(i64, f64)]> {
    let mut steps: Vec<i64> = points.windows(2).map(|two| two[1].0 - two[0].0).collect();
    if points.len() < REGULAR {
        return vec![points];
    }
    let middle = steps.len() / 2;
    let usual = *steps.select_nth_unstable(middle).1;
    points.chunk_by(|one, next| next.0 - one.0 <= 4 * usual).collect()
}

fn draw(report: &IncidentReport, figure: &Figure, span: Span, width: u32) -> Option<String> {
    let size = (width, STRIP + BELOW + HEIGHT);
    let height = top(figure);
    let class = if width == WIDTHS[0] { "wide" } else { "narrow" };
    drawn(class, size, |area| {
        let mut plane = plane(area, span, height, LEFT)?;
        plane
            .configure_mesh()
            .light_line_style(ink::GROUND.mix(0.0))
            .bold_line_style(ink::GRID)
            .axis_style(ink::AXIS)
            .y_labels(4)
            .x_label_style(small(area))
            .y_label_style(small(area).pos(Pos::new(HPos::Right, VPos::Center)))
            .x_label_formatter(&|at| when(span, *at))
            .y_label_formatter(&|value| figure.unit.words(*value))
            .draw()?;
        mark(&mut plane, area, &report.marks, span, height)?;
        for (number, curve) in figure.curves.iter().enumerate() {
            let points: Vec<(i64, f64)> =
                curve.points.iter().map(|(at, value)| (at.millis(), *value)).collect();
            let style = ShapeStyle::from(&ink::curve(number)).stroke_width(2);
            let lines = pieces(&points).into_iter().map(|piece| PathElement::new(piece.to_vec(), style));
            plane.draw_series(lines)?;
        }
        for (number, curve) in figure.curves.iter().enumerate() {
            let Some((at, worst)) = curve.worst() else { continue };
            let (x, y) = plane.backend_coord(&(at.millis(), worst));
            area.draw(&Circle::new((x, y), 3, ink::curve(number).filled()))?;
            let y = (y - 11).max(i32::try_from(STRIP).unwrap_or_default() + 8);
            area.draw(&Rectangle::new([(x - 6, y - 8), (x + 6, y + 7)], ink::GROUND.filled()))?;
            let style = text(ink::curve(number), HPos::Center, VPos::Center);
            area.draw(&Text::new((number + 1).to_string(), (x, y), style))?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_through_no_time_in_which_nothing_was_measured() {
        let at = |seconds: i64| (seconds, 1.0);
        let whole: Vec<(i64, f64)> = (0..100).map(|number| at(number * 10 + number % 3)).collect();
        assert_eq!(pieces(&whole), [&whole[..]]);
        let broken: Vec<(i64, f64)> =
            whole.iter().copied().filter(|(at, _)| !(300..600).contains(at)).collect();
        assert_eq!(pieces(&broken), [&whole[..30], &whole[60..]]);
        // What is counted now and then is one line.
        let seldom = [at(0), at(10), at(20), at(900)];
        assert_eq!(pieces(&seldom), [&seldom[..]]);
        assert_eq!(pieces(&[]), [&[]; 1]);
    }
}
