//! What the text leaves open, and when it was last walked through.

use chrono::{Datelike, NaiveDate};

use crate::actions::risk_of;
use crate::domain::action::Risk;
use crate::runbook::Reading;

use super::codes::{NEVER_REHEARSED, REHEARSAL, UNDECIDED};
use super::known::Known;
use super::sink::Sink;

/// A rehearsal is old after so many days.
const OLD: i64 = 183;

/// Words that leave something open.
const OPEN: &[&str] = &["TBD", "TBA", "TBC", "TODO", "FIXME"];

/// Labels that say when a runbook was last walked through.
const REHEARSED: &[&str] = &[
    "rehears",
    "last drill",
    "last tested",
    "last exercised",
    "last game day",
    "last dry run",
    "last dry-run",
    "last walkthrough",
];

/// Looks at the lines of prose.
pub(super) fn check(text: &str, reading: &Reading, known: &Known, sink: &mut Sink<'_>) {
    let mut fenced = false;
    let mut rehearsed = false;
    for (index, line) in text.split('\n').enumerate() {
        let bare = line.trim_start_matches([' ', '\t', '>']);
        if bare.starts_with("```") || bare.starts_with("~~~") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        let label = label(line);
        let about = label.as_ref().map(|(name, ..)| name.to_lowercase());
        if let (Some(about), Some((name, value, at))) = (&about, &label)
            && REHEARSED.iter().any(|word| about.contains(word))
        {
            rehearsed |= rehearsal(index, line, name, value, *at, known, sink);
            continue;
        }
        open(index, line, label.as_ref().map(|(name, ..)| name.as_str()), sink);
    }
    let acts = super::steps(reading)
        .flat_map(|(_, step)| &step.commands)
        .any(|command| risk_of(command) > Risk::Read);
    if !rehearsed && acts {
        let said = "nothing says when this runbook was last rehearsed";
        sink.add(
            sink.finding(&NEVER_REHEARSED, (0, 0), said)
                .hint("walk through it, and add **Last rehearsal:** with the day"),
        );
    }
}

/// `text` with `value` where it says when it was last rehearsed, or under its first heading where it says that nowhere.
pub fn rehearsed(text: &str, value: &str) -> String {
    let mut fenced = false;
    let mut at = 0;
    let mut head = None;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches([' ', '\t', '>']);
        if bare.starts_with("```") || bare.starts_with("~~~") {
            fenced = !fenced;
        } else if !fenced {
            let found = label(line).filter(|(name, ..)| {
                let about = name.to_lowercase();
                REHEARSED.iter().any(|word| about.contains(word))
            });
            if let Some((_, _, begins)) = found {
                let begins = begins.min(line.trim_end_matches(['\r', '\n']).len());
                let rest = &line[begins..];
                let is_row = line.trim_start().starts_with('|');
                let end = if is_row { rest.find('|') } else { None };
                let end = end.unwrap_or_else(|| rest.trim_end_matches(['\r', '\n']).len());
                let (lead, space) = (&line[..begins], if is_row { " " } else { "" });
                let gap = if lead.ends_with(char::is_whitespace) { "" } else { " " };
                return format!(
                    "{}{lead}{gap}{value}{space}{}{}",
                    &text[..at],
                    &rest[end..],
                    &text[at + line.len()..]
                );
            }
            if head.is_none() && bare.starts_with("# ") {
                head = Some(at + line.len());
            }
        }
        at += line.len();
    }
    let at = head.unwrap_or(0);
    let (before, after) = text.split_at(at);
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let end = if after.starts_with(['\n', '\r']) { "" } else { "\n" };
    format!("{before}{gap}\nLast rehearsal: {value}\n{end}{after}")
}

/// `**Label**: value`, `- Label: value`, `| Label | value |`: the label, the value, the byte it begins at.
fn label(line: &str) -> Option<(String, String, usize)> {
    let is_row = line.trim_start().starts_with('|');
    let at = if is_row { line.match_indices('|').nth(1)?.0 } else { line.find(':')? };
    let plain =
        |text: &str| text.trim_matches(|c: char| c.is_whitespace() || "*_|:`>-+#".contains(c)).to_owned();
    let name = plain(&line[..at]);
    let rest = &line[at + 1..];
    let begins = at + 1 + rest.find(|c: char| !(c.is_whitespace() || "*_:".contains(c))).unwrap_or(0);
    let value = if is_row { plain(rest.split('|').next().unwrap_or_default()) } else { plain(rest) };
    (!name.is_empty() && name.len() <= 60).then_some((name, value, begins))
}

/// Whether the line says when, and a finding where it does not or where that is long ago.
fn rehearsal(
    index: usize,
    line: &str,
    name: &str,
    value: &str,
    at: usize,
    known: &Known,
    sink: &mut Sink<'_>,
) -> bool {
    let place = (index + 1, line[..at].chars().count() + 1);
    let upper = value.to_uppercase();
    let none = value.is_empty()
        || ["TBD", "TBA", "TBC", "NEVER", "NONE", "N/A", "PENDING", "NOT YET", "TODO", "?"]
            .iter()
            .any(|word| upper.starts_with(word));
    if none {
        let value = if value.is_empty() { "nothing" } else { value };
        let said = format!("{name}: {}", crate::domain::text::head(value, 60));
        sink.add(
            sink.finding(&REHEARSAL, place, format!("never rehearsed: it says {said:?}"))
                .hint("walk through it in staging or in a drill, and write the day down"),
        );
        return true;
    }
    let Some(day) = day(value) else { return false };
    let Some(today) = known.today else { return true };
    let days = (today - day).num_days();
    if days > OLD {
        let said = format!("last rehearsed {days} days ago, on {day}");
        sink.add(
            sink.finding(&REHEARSAL, place, said)
                .hint("what it names has changed since: walk through it again"),
        );
    }
    true
}

/// A day in one of the ways people write it.
fn day(value: &str) -> Option<NaiveDate> {
    let words: Vec<&str> =
        value.split([' ', ',', '(', ')', ';']).filter(|word| !word.is_empty()).take(8).collect();
    let numbers = words.iter().find_map(|word| {
        ["%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y"]
            .iter()
            .find_map(|form| NaiveDate::parse_from_str(word, form).ok())
    });
    let named = words.windows(3).find_map(|three| {
        let text = three.join(" ");
        ["%d %B %Y", "%B %d %Y", "%d %b %Y", "%b %d %Y"]
            .iter()
            .find_map(|form| NaiveDate::parse_from_str(&text, form).ok())
    });
    numbers.or(named).filter(|day| (1990..2200).contains(&day.year()))
}

/// Words that leave something open, outside of code.
fn open(index: usize, line: &str, label: Option<&str>, sink: &mut Sink<'_>) {
    let mut code = false;
    let mut at = 0;
    for part in line.split_inclusive('`') {
        for word in OPEN.iter().filter(|_| !code) {
            for (found, _) in part.match_indices(word) {
                let edge = |c: Option<char>| {
                    c.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.')))
                };
                let after = part[found + word.len()..].chars().next();
                let ends = edge(after) || after == Some('.');
                // A word of a sentence about such words is none itself: TODO begins a remark or is a value.
                let begins = matches!(*word, "TBD" | "TBA" | "TBC")
                    || label.is_some() && line[..at + found].trim_end().ends_with([':', '*'])
                    || after == Some(':');
                if edge(part[..found].chars().next_back()) && ends && begins {
                    let place = (index + 1, line[..at + found].chars().count() + 1);
                    let said = match label.filter(|_| line[..at + found].contains(':')) {
                        Some(label) => format!("{label} is {word}"),
                        None => format!("something is left open: {word}"),
                    };
                    sink.add(sink.finding(&UNDECIDED, place, said).hint(hint(label)));
                }
            }
        }
        at += part.len();
        if part.ends_with('`') {
            code = !code;
        }
    }
}

fn hint(label: Option<&str>) -> &'static str {
    let label = label.unwrap_or_default().to_lowercase();
    if ["on-call", "on call", "oncall", "contact", "escalat", "owner", "pager"]
        .iter()
        .any(|word| label.contains(word))
    {
        "name who answers, and how they are reached"
    } else {
        "decide it now, or take the line out"
    }
}
