//! A report as a page: HTML that stands by itself, and Markdown. Both come from one document and a template each; what a
//! template does not say is safe is escaped by the template's kind.

mod words;

use std::collections::HashSet;
use std::time::Duration;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};

use crate::domain::time::Timestamp;

use super::charts::charts;
use super::handover::Handover;
use super::incident::{IncidentReport, shortened};
use super::markdown::escaped;

const MARKDOWN: &str = "markdown";

/// The templates do not fit the document: a mistake of this program.
#[derive(Debug, thiserror::Error)]
#[error("the report could not be written: {0:#}")]
pub struct PageError(#[from] minijinja::Error);

impl IncidentReport {
    /// One HTML file: no script, nothing that is fetched, light and dark, for a screen, a phone and paper.
    pub fn html(self) -> Result<String, PageError> {
        let charts = charts(&self);
        let mut environment = environment();
        environment.add_template("incident.html", include_str!("incident.html"))?;
        let style = Value::from_safe_string(include_str!("style.css").to_owned());
        // What the library drew is markup; everything in it that came from elsewhere was escaped by it.
        let charts: Vec<Value> = charts
            .into_iter()
            .map(|chart| {
                context! {
                    title => chart.title, says => chart.says, legend => Value::from(Serde(&chart.legend)),
                    wide => Value::from_safe_string(chart.wide), narrow => Value::from_safe_string(chart.narrow),
                }
            })
            .collect();
        let page = context! { charts => charts, style => style, ..self.context() };
        Ok(environment.get_template("incident.html")?.render(page)?)
    }

    /// Markdown, in which every text is text.
    pub fn markdown(self) -> Result<String, PageError> {
        let mut environment = environment();
        environment.add_template("incident.md", include_str!("incident.md"))?;
        let page = environment.get_template("incident.md")?.render(self.context())?;
        Ok(without_gaps(&page))
    }

    fn context(mut self) -> Value {
        // A timeline of many thousand lines is gone through once, and not written where it is shortened.
        let lines = std::mem::take(&mut self.timeline);
        let timeline = shortened(&lines);
        let mut timeline = serde_json::to_value(&timeline).unwrap_or_default();
        super::incident::harmless(&mut timeline);
        // Charts are drawn of these, and no template reads them.
        (self.lanes, self.figures) = (Vec::new(), Vec::new());
        let mut document = self.document();
        mark_again(&mut document);
        let measures: Vec<Value> = self
            .spans()
            .into_iter()
            .map(|(name, span, at, none)| {
                let span = span.map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
                context! { name => name, span => span, at => at.map(Timestamp::rfc3339), none => none }
            })
            .collect();
        context! {
            r => Value::from(Serde(&document)), timeline => Value::from(Serde(&timeline)), measures => measures,
        }
    }

    /// What stands at the head of a report: the name of a span, how long it was, when it ended, and what to say where it has
    /// not.
    fn spans(&self) -> [(&'static str, Option<Duration>, Option<Timestamp>, &'static str); 7] {
        let (times, moments) = (&self.times, &self.measures);
        let recovered = if self.seen.is_empty() { "nothing was red" } else { "not recorded" };
        [
            ("Until it was declared", times.declare, moments.declared, "not recorded"),
            ("Time to acknowledge", times.acknowledge, moments.acknowledged, "not recorded"),
            ("Time to contain", times.contain, moments.contained, "not recorded"),
            ("Time to mitigate", times.mitigate, moments.mitigated, "not recorded"),
            ("Time to communicate", times.communicate, moments.communicated, "nothing was posted"),
            ("Time to recover", times.recover, moments.recovered, recovered),
            ("Time to close", times.close, moments.closed, "still open"),
        ]
    }
}

/// Says of each file whether one with the same hash stands before it: a place in a page has one name.
fn mark_again(document: &mut serde_json::Value) {
    let mut seen = HashSet::new();
    for kept in document["artifacts"].as_array_mut().into_iter().flatten() {
        let hash = kept["hash"].as_str().unwrap_or_default().to_owned();
        kept["again"] = (!seen.insert(hash)).into();
    }
}

impl Handover {
    /// The document for programs: every text in it is clean.
    pub fn document(&self) -> serde_json::Value {
        let mut document = serde_json::to_value(self).unwrap_or_default();
        super::incident::harmless(&mut document);
        document
    }

    /// The sheet in Markdown, in which every text is text.
    pub fn markdown(&self) -> Result<String, PageError> {
        let mut environment = environment();
        environment.add_template("handover.md", include_str!("handover.md"))?;
        let document = self.document();
        let page = environment
            .get_template("handover.md")?
            .render(context! { h => Value::from(Serde(&document)) })?;
        Ok(without_gaps(&page))
    }
}

/// `page` with one empty line where parts that are left out leave several. In a block of code every line counts.
fn without_gaps(page: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut block: Option<&str> = None;
    for line in page.lines() {
        let marks = &line[..line.len() - line.trim_start_matches('`').len()];
        match block {
            Some(open) if line == open => block = None,
            None if marks.len() >= 3 => block = Some(marks),
            Some(_) | None => {}
        }
        if block.is_some() || !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    format!("{}\n", lines.join("\n").trim_end())
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.set_auto_escape_callback(|name| {
        if std::path::Path::new(name).extension().is_some_and(|kind| kind == "md") {
            AutoEscape::Custom(MARKDOWN.into())
        } else {
            AutoEscape::Html
        }
    });
    environment.set_formatter(|out, state, value| {
        if value.is_safe() {
            return Ok(write!(out, "{value}")?);
        }
        if !matches!(state.auto_escape(), AutoEscape::Custom(_)) {
            return minijinja::escape_formatter(out, state, value);
        }
        Ok(write!(out, "{}", escaped(&value.to_string()))?)
    });
    words::add(&mut environment);
    environment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_page_escapes_in_its_own_way() {
        let mut environment = environment();
        environment.add_template("x.html", "{{ x }}").unwrap();
        environment.add_template("x.md", "{{ x }} {{ lines|fence }}").unwrap();
        let x = context! { x => "<b> *x*", lines => ["````"] };
        let html = environment.get_template("x.html").unwrap().render(&x).unwrap();
        assert_eq!(html, "&lt;b&gt; *x*");
        let markdown = environment.get_template("x.md").unwrap().render(&x).unwrap();
        assert_eq!(markdown, "\\<b\\> \\*x\\* `````text\n````\n`````");
    }
}
