//! No line of a file is lost, and everything that was made of it stands where it says.

use proptest::prelude::*;

use crate::domain::runbook::Runbook;
use crate::runbook::read;

/// The first run of letters and digits.
fn first_word(text: &str) -> Option<&str> {
    text.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty())
}

fn unified(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n").replace('\r', "\n").split('\n').map(str::to_owned).collect()
}

/// Whether a line opens or closes a code block.
fn is_fence(line: &str) -> bool {
    let bare =
        line.trim_start_matches(|c: char| c.is_ascii_digit() || c.is_whitespace() || ">-*+.)".contains(c));
    bare.starts_with("```") || bare.starts_with("~~~")
}

/// Every line with a letter or a digit is a heading, a step, a command, a statement, a note or prose.
fn nothing_is_lost(text: &str) {
    let lines = unified(text);
    let runbook = read("r.md", text.as_bytes()).runbook;
    let mut covered = vec![false; lines.len() + 2];
    let mut mark = |from: usize, to: usize| {
        assert!(1 <= from && from <= to && to <= lines.len(), "{from}-{to} of {}", lines.len());
        covered[from..=to].fill(true);
    };
    for phase in &runbook.phases {
        mark(phase.line, phase.line);
        for note in &phase.notes {
            mark(note.line, note.end);
        }
        for step in &phase.steps {
            mark(step.line, step.end);
            for command in &step.commands {
                mark(command.line, command.end().min(lines.len()));
            }
        }
    }
    for statement in &runbook.statements {
        mark(statement.line, statement.line);
    }
    for prose in &runbook.prose {
        mark(prose.line, prose.end);
    }
    for (index, line) in lines.iter().enumerate() {
        let counts = line.contains(char::is_alphanumeric) && !is_fence(line);
        assert!(!counts || covered[index + 1], "line {} is lost: {line:?}\n{text}", index + 1);
    }
}

/// What was made of a file stands on the lines it names.
fn everything_stands_where_it_says(text: &str) {
    let lines = unified(text);
    let runbook = read("r.md", text.as_bytes()).runbook;
    let on = |line: usize, end: usize| lines[line - 1..end].join("\n");
    let stands = |line: usize, end: usize, words: &str| {
        let part = on(line, end);
        let word = first_word(words);
        assert!(
            word.is_none_or(|word| part.contains(word)),
            "{words:?} is not on {line}-{end}: {part:?}\n{text}"
        );
    };
    for phase in &runbook.phases {
        for note in &phase.notes {
            let part = on(note.line, note.end);
            let any = note.text.split(|c: char| !c.is_alphanumeric()).any(|word| part.contains(word));
            assert!(any, "{:?} is not on {}-{}", note.text, note.line, note.end);
        }
        for step in &phase.steps {
            stands(step.line, step.end, &step.text);
        }
    }
    for prose in &runbook.prose {
        stands(prose.line, prose.end, &prose.text);
    }
    statements_stand(&runbook, &lines);
}

fn statements_stand(runbook: &Runbook, lines: &[String]) {
    let mut before = (0, 0);
    for statement in &runbook.statements {
        let place = (statement.line, statement.column);
        assert!(before <= place, "{before:?} before {place:?}");
        before = place;
        let line = &lines[statement.line - 1];
        let rest: String = line.chars().skip(statement.column - 1).collect();
        let Some(word) = first_word(&statement.text) else { continue };
        assert!(
            first_word(&rest).is_some_and(|first| first == word || rest.contains(word)),
            "{:?} does not stand at {place:?}: {line:?}",
            statement.text
        );
        assert!(statement.around.is_empty() || statement.around.len() <= 240);
    }
}

/// Lines that runbooks are made of.
fn line() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "Restart",
        "within",
        "24h",
        "every",
        "2 hours",
        "**bold**",
        "`A_B`",
        "`npm test`",
        "error rate",
        ">5%",
        "p95 < 500ms",
        "CEO approval required",
        "[a link](docs/a.md)",
        "<https://example.com>",
        "#ops",
        "ann@example.com",
        "Level 2:",
        "TBD",
        "(30 min)",
        "&lt;15 minutes",
        "first hour",
        "must show zero rows",
        "e.g.",
        "daily at 02:00 UTC",
        "—",
        "\\*x\\*",
        "é",
        "=>",
        "section 5",
        "see",
        "Week 1:",
        "|",
        "``a`b``",
        "<b>x</b>",
        "<!-- c -->",
        "~~gone~~",
        "99.9% uptime",
    ]);
    let begin = prop::sample::select(vec![
        "",
        "",
        "- ",
        "  - ",
        "1. ",
        "- [ ] ",
        "# ",
        "## ",
        "### Escalation ",
        "> ",
        "> - ",
        "| ",
        "    ",
        "**Lead:** ",
        "> [!NOTE]\n> ",
        "\n",
        "\t",
        "[x]: http://example.com/",
        "---\n",
        "+++\n",
    ]);
    (begin, prop::collection::vec(words, 0..7), prop::sample::select(vec!["", ":", ".", "  ", "\\", " |"]))
        .prop_map(|(begin, words, end)| format!("{begin}{}{end}", words.join(" ")))
}

fn file() -> impl Strategy<Value = String> {
    let block = prop_oneof![
        8 => line(),
        1 => prop::sample::select(vec![
            "```bash\n# daily\nls\n\n# Go\nrm x\n```", "```\nplain output\n```", "```sql\n-- every hour\nselect 1;\n```",
            "```console\n$ ls\nout put\n```", "```env\nA_B=1\n```", "~~~\nnever closed", "| Role | Phone |\n|---|---|\n| DBA | 555-0100 |",
            "| Check | Target |\n|:-:|--|\n| Uptime | 99.9% |\n| `A_B` | p95 < 2s |", "<div>\nsome words\n</div>", "Setext heading\n===",
            "- item\n\n  more of it\n\n  ```sh\n  cd x\n  y\n  ```",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(block, 0..25).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_line_of_a_runbook_is_lost(text in file()) {
        nothing_is_lost(&text);
    }

    #[test]
    fn all_that_is_made_of_a_runbook_is_there(text in file()) {
        everything_stands_where_it_says(&text);
    }

    #[test]
    fn no_line_of_any_text_is_lost(text in "(\\PC|\n|\t|[-#>*`|<:\\[\\]_~] ?){0,200}") {
        nothing_is_lost(&text);
    }
}

#[test]
fn prose_says_why_nothing_was_made_of_it() {
    let text = "---\ntitle: X\n---\n# Guide\n\nThis page is about the queue. Restart it daily.\n\nThe kinds are:\n\n- red\n\n> [!NOTE]\n> Mind the gap.\n\n~~Old words~~\n\n| A | B |\n|---|---|\n| one | two |\n\n```json\n{\"a\": 1}\n```\n\n<!-- hidden -->\n\n[x]: http://example.com\n";
    let prose = read("r.md", text.as_bytes()).runbook.prose;
    let found: Vec<(usize, usize, &str, &str)> =
        prose.iter().map(|prose| (prose.line, prose.end, prose.text.as_str(), prose.why)).collect();
    assert_eq!(
        found,
        [
            (2, 2, "title: X", "says something of the file itself"),
            (6, 6, "This page is about the queue.", "tells, asks for nothing"),
            (8, 8, "The kinds are:", "announces what follows"),
            (12, 12, "> [!NOTE]", "is not shown by Markdown"),
            (13, 13, "Mind the gap.", "warns or advises, asks for nothing"),
            (15, 15, "Old words", "was struck out by its author"),
            (17, 17, "A", "names a column"),
            (17, 17, "B", "names a column"),
            (19, 19, "one", "is a cell that asks for nothing"),
            (19, 19, "two", "is a cell that asks for nothing"),
            (22, 22, "{\"a\": 1}", "stands in a code block and is not run"),
            (25, 25, "<!-- hidden -->", "is HTML, a comment or a mark"),
            (27, 27, "[x]: http://example.com", "is not shown by Markdown"),
        ]
    );
}

#[test]
fn a_heading_of_several_lines_stands_on_all_of_them() {
    everything_stands_where_it_says("+++\nRestart it e.g. now (30 min)\n---\n");
    everything_stands_where_it_says("# :\n+++\nmust show zero rows\n---\n\n");
    nothing_is_lost("Step 1:\nRestart\nthe queue\n---\n");
}
