//! The chart of health: a lane for each signal, the state told by pattern, by word and by colour.

use plotters::element::{Rectangle, Text};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color as _, ShapeStyle};

use crate::domain::reading::Health;
use crate::domain::text::clip;
use crate::domain::time::short;
use crate::report::incident::{IncidentReport, Lane};

use super::sheet::{BELOW, STRIP, drawn, mark, plane, small, text, when};
use super::{Chart, Span, WIDTHS, ink};

/// Lanes at most: the worst come first, and the table has them all.
const MOST: usize = 24;
/// Pixels of a lane, and of its bar.
const LANE: u32 = 44;
const BAR: f64 = 18.0;

/// The chart; nothing where every signal was ok all the time.
pub(super) fn chart(report: &IncidentReport, span: Span) -> Option<Chart> {
    let lanes = &report.lanes[..report.lanes.len().min(MOST)];
    if lanes.is_empty() {
        return None;
    }
    let [wide, narrow] = WIDTHS.map(|width| draw(report, lanes, span, width));
    let worst: Vec<String> = report
        .seen
        .iter()
        .take(3)
        .map(|seen| {
            let down =
                if seen.down.is_zero() { String::new() } else { format!("down for {}", short(seen.down)) };
            let degraded = if seen.degraded.is_zero() {
                String::new()
            } else {
                format!("degraded for {}", short(seen.degraded))
            };
            let both: Vec<String> = [down, degraded].into_iter().filter(|part| !part.is_empty()).collect();
            format!("{} was {}", seen.signal, both.join(" and "))
        })
        .collect();
    let says =
        if worst.is_empty() { "No signal was red.".to_owned() } else { format!("{}.", worst.join("; ")) };
    Some(Chart { title: "Health".into(), says, wide: wide?, narrow: narrow?, legend: Vec::new() })
}

/// The states of a lane as far as a chart of this width can show them: what is narrower than a pixel is one with what is
/// beside it, and the worse of the two. What is the same is drawn as one.
fn thinned(lane: &Lane, span: Span, width: u32) -> Vec<(i64, i64, Health)> {
    let pixel = (span.to.millis() - span.from.millis()) / i64::from(width.max(1));
    let mut all: Vec<(i64, i64, Health)> = Vec::new();
    for segment in &lane.segments {
        let (from, to) = (segment.from.millis(), segment.to.millis());
        match all.last_mut() {
            Some(last) if to - last.0 <= pixel => {
                last.1 = to;
                last.2 = last.2.max(segment.health);
            }
            Some(_) | None => all.push((from, to, segment.health)),
        }
    }
    all.dedup_by(|next, last| {
        let same = next.2 == last.2;
        if same {
            last.1 = next.1;
        }
        same
    });
    all
}

fn draw(report: &IncidentReport, lanes: &[Lane], span: Span, width: u32) -> Option<String> {
    let count = u32::try_from(lanes.len()).unwrap_or_default();
    let size = (width, STRIP + BELOW + count * LANE);
    let height = f64::from(count * LANE);
    let class = if width == WIDTHS[0] { "wide" } else { "narrow" };
    drawn(class, size, |area| {
        let mut plane = plane(area, span, height, 0)?;
        plane
            .configure_mesh()
            .disable_y_mesh()
            .light_line_style(ink::GROUND.mix(0.0))
            .bold_line_style(ink::GRID)
            .axis_style(ink::AXIS)
            .x_label_style(small(area))
            .x_label_formatter(&|at| when(span, *at))
            .draw()?;
        for (number, lane) in lanes.iter().enumerate() {
            let number = f64::from(u32::try_from(number).unwrap_or_default());
            let bottom = height - (number + 1.0) * f64::from(LANE) + 4.0;
            for (from, to, health) in thinned(lane, span, width) {
                let bar = [(from, bottom + BAR), (to, bottom)];
                plane.draw_series(std::iter::once(Rectangle::new(bar, ink::of(health).filled())))?;
            }
            let whole = [(span.from.millis(), bottom + BAR), (span.to.millis(), bottom)];
            let edge = Rectangle::new(whole, ShapeStyle::from(&ink::AXIS).stroke_width(1));
            plane.draw_series(std::iter::once(edge))?;
        }
        mark(&mut plane, area, &report.marks, span, height)?;
        // Words stand above the lines of marks, on ground of their own.
        for (number, lane) in lanes.iter().enumerate() {
            let top =
                i32::try_from(STRIP + u32::try_from(number).unwrap_or_default() * LANE).unwrap_or_default();
            let columns = usize::try_from(width / 9).unwrap_or_default();
            let name = clip(lane.signal.as_str(), columns).into_owned();
            area.draw(&Text::new(name, (2, top + 12), text(ink::TEXT, HPos::Left, VPos::Center)))?;
            let bar = top + i32::try_from(LANE).unwrap_or_default() - 13;
            for (from, to, health) in thinned(lane, span, width) {
                let (from, _) = plane.backend_coord(&(from, 0.0));
                let (to, _) = plane.backend_coord(&(to, 0.0));
                let word = health.word();
                let room = i32::try_from(word.len()).unwrap_or_default() * 9 + 8;
                if to - from > room + 6 {
                    let middle = i32::midpoint(from, to);
                    area.draw(&Rectangle::new(
                        [(middle - room / 2, bar - 7), (middle + room / 2, bar + 7)],
                        ink::GROUND.filled(),
                    ))?;
                    area.draw(&Text::new(word, (middle, bar), text(ink::TEXT, HPos::Center, VPos::Center)))?;
                }
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::report::incident::Segment;

    #[test]
    fn what_no_chart_can_show_is_drawn_once_and_no_red_is_lost() {
        let at = |millis: i64| Timestamp::from_millis(millis);
        let segment = |from: i64, to: i64, health: Health| Segment {
            from: at(from),
            to: at(to),
            health,
            detail: String::new(),
        };
        // A thousand flips within the last tenth of the time.
        let mut segments = vec![segment(0, 90_000, Health::Ok)];
        segments.extend((0..1_000).map(|n| {
            let health = if n % 2 == 0 { Health::Down } else { Health::Ok };
            segment(90_000 + n * 10, 90_010 + n * 10, health)
        }));
        let lane = Lane { signal: "api".into(), segments };
        let drawn = thinned(&lane, Span { from: at(0), to: at(100_000) }, 100);
        assert_eq!(drawn, [(0, 90_000, Health::Ok), (90_000, 100_000, Health::Down)]);
    }
}
