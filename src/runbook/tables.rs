//! What tables give: a step a row where a column says what to do, text to read otherwise.

use crate::domain::runbook::Marker;

use super::build::Build;
use super::commands;
use super::inline::Inline;
use super::words;

/// Words that end the heading of a column that says what to do.
const DOING: &[&str] = &[
    "action",
    "actions",
    "check",
    "checks",
    "command",
    "commands",
    "fix",
    "gate",
    "instruction",
    "instructions",
    "mitigation",
    "procedure",
    "remediation",
    "remedy",
    "resolution",
    "step",
    "steps",
    "task",
    "tasks",
    "to do",
    "validation",
    "verification",
];

impl Build<'_> {
    /// A table.
    pub(super) fn table(&mut self, head: &[Inline], rows: &[Vec<Inline>], depth: usize) {
        let names: Vec<String> = head.iter().map(|cell| words::normal(&cell.text)).collect();
        let is_command = |column: usize| {
            names.get(column).is_some_and(|name| name.ends_with("command") || name.ends_with("commands"))
        };
        let runs = |row: &Vec<Inline>| {
            row.iter().enumerate().any(|(column, cell)| {
                Self::has_command(cell) || (is_command(column) && commands::is_line(&cell.text))
            })
        };
        let numbers = |column: usize| {
            rows.iter().all(|row| row.get(column).is_some_and(|cell| number(&cell.text).is_some()))
        };
        let does = (0..names.len()).any(|column| {
            let name = names[column].as_str();
            let doing = DOING.iter().any(|word| name == *word || name.ends_with(&format!(" {word}")));
            let doing = doing || matches!(name, "what to do" | "how to fix" | "do");
            // A column of bare numbers counts the rows: the next one says what is done.
            doing && (!numbers(column) || names.len() > 1)
        });
        let any_runs = rows.iter().any(runs);
        if (!does || self.informs()) && !any_runs {
            for row in rows {
                self.note(&labelled(&names, head, row), self.lines_of_row(row));
            }
            return;
        }
        for row in rows {
            let mut marker = Marker::None;
            let mut words = Inline::default();
            let mut typed = Vec::new();
            for (column, cell) in row.iter().enumerate() {
                if let Some(ticked) = tick_box(&cell.text) {
                    marker = Marker::Task(ticked);
                } else if let Some(count) = number(&cell.text).filter(|_| column == 0) {
                    if marker == Marker::None {
                        marker = Marker::Number(count);
                    }
                } else if !cell.text.is_empty() {
                    words.append(" · ", cell);
                    if is_command(column) && cell.codes().next().is_none() {
                        let line = self.lines.line(cell.source());
                        typed
                            .extend(commands::is_line(&cell.text).then(|| commands::typed(&cell.text, line)));
                    }
                }
            }
            if words.text.is_empty() {
                continue;
            }
            if self.informs() && !runs(row) {
                self.note(&labelled(&names, head, row), self.lines_of_row(row));
                continue;
            }
            let mut step = self.step(&words, depth, marker);
            step.step.commands.extend(typed);
            self.add(step);
        }
    }
}

impl Build<'_> {
    /// The line of a row: that of its first cell with words.
    fn lines_of_row(&self, row: &[Inline]) -> (usize, usize) {
        row.iter().find(|cell| !cell.text.is_empty()).map_or((1, 1), |cell| self.lines_of(cell))
    }
}

/// "Owner: ann · Phone: 555".
fn labelled(names: &[String], head: &[Inline], row: &[Inline]) -> String {
    let cells = row.iter().enumerate().filter(|(_, cell)| !cell.text.is_empty()).map(|(column, cell)| {
        match head.get(column).filter(|_| names.get(column).is_some_and(|name| !name.is_empty())) {
            Some(name) => format!("{}: {}", name.text, cell.readable()),
            None => cell.readable(),
        }
    });
    cells.collect::<Vec<_>>().join(" · ")
}

fn number(text: &str) -> Option<u64> {
    text.trim_matches(|c: char| matches!(c, '.' | ')' | '#' | ' ')).parse().ok()
}

fn tick_box(text: &str) -> Option<bool> {
    match text.trim() {
        "[ ]" | "[]" | "☐" | "⬜" => Some(false),
        "[x]" | "[X]" | "☑" | "✅" | "✔" => Some(true),
        _ => None,
    }
}
