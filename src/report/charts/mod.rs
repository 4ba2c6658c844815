//! Charts of an incident as SVG that stands in a page: health lanes, latency, errors, what was counted, each with deploys
//! and actions marked. The drawing is the library's; here is only what is drawn and where.
//!
//! Every chart is drawn twice, for a wide page and for a phone: text that is scaled down cannot be read. It names no colour:
//! a page says by its style what ink and each state look like, on light ground and on dark.

mod ink;
mod lanes;
mod lines;
mod marks;
mod measured;
mod readings;
mod sheet;

use serde::Serialize;

use crate::domain::text::{clean, clean_lines};
use crate::domain::time::Timestamp;

use super::incident::IncidentReport;
pub use marks::Mark;
pub use measured::Figure;
pub use readings::{Point, Readings, Series};

pub(super) use marks::marks;
pub(super) use measured::figures;

/// A chart, and what to say of it where it cannot be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chart {
    /// What it is called.
    pub title: String,
    /// What it shows, in a sentence.
    pub says: String,
    /// For a wide page.
    pub wide: String,
    /// For a phone.
    pub narrow: String,
    /// What its numbers stand for.
    pub legend: Vec<Legend>,
}

/// What a curve's number stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Legend {
    /// The number at the curve.
    pub number: usize,
    /// Whose it is.
    pub name: String,
    /// The worst of it, in words.
    pub worst: String,
}

/// Widths of a chart in a wide page and on a phone, in pixels.
const WIDTHS: [u32; 2] = [920, 320];

/// From when until when charts go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    from: Timestamp,
    to: Timestamp,
}

/// Every chart that there is something to draw for.
pub fn charts(report: &IncidentReport) -> Vec<Chart> {
    let Some(span) = span(report) else { return Vec::new() };
    let lanes = lanes::chart(report, span);
    let figures = report.figures.iter().filter_map(|figure| lines::chart(report, figure, span));
    lanes.into_iter().chain(figures).map(harmless).collect()
}

/// `chart` without what no reader's eye should obey.
fn harmless(chart: Chart) -> Chart {
    let legend = |known: Legend| Legend { name: clean(&known.name).into_owned(), ..known };
    Chart {
        title: clean(&chart.title).into_owned(),
        says: clean(&chart.says).into_owned(),
        wide: clean_lines(&chart.wide),
        narrow: clean_lines(&chart.narrow),
        legend: chart.legend.into_iter().map(legend).collect(),
    }
}

fn span(report: &IncidentReport) -> Option<Span> {
    let lanes = report.lanes.iter().flat_map(|lane| &lane.segments).flat_map(|part| [part.from, part.to]);
    let figures = report.figures.iter().flat_map(|figure| &figure.curves).flat_map(|curve| &curve.points);
    let all: Vec<Timestamp> = lanes.chain(figures.map(|(at, _)| *at)).collect();
    let (from, to) = (all.iter().min().copied()?, all.iter().max().copied()?);
    (from < to).then_some(Span { from, to })
}
