//! Every kind of finding: its code, how bad it is, what it means and how to mend it. The page `docs/lint.md` is made
//! from this table.

use std::fmt::Write as _;

use crate::domain::diagnostic::Severity;

use super::tool::tools;

/// A kind of finding.
#[derive(Debug)]
pub struct Code {
    /// As it stands in `--json`.
    pub code: &'static str,
    /// How bad it is; where it depends, at worst.
    pub severity: Severity,
    /// What it means.
    pub means: &'static str,
    /// Text of a runbook in which it is found.
    pub example: &'static str,
    /// How to mend it.
    pub mend: &'static str,
}

macro_rules! codes {
    ($($name:ident $severity:ident $code:literal: $means:literal, $example:literal, $mend:literal;)*) => {
        $(pub(super) const $name: Code = Code {
            code: $code,
            severity: Severity::$severity,
            means: $means,
            example: $example,
            mend: $mend,
        };)*
        /// Every kind of finding, those that stop a runbook first.
        pub const CODES: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    UNKNOWN_COMMAND Error "unknown-command":
        "The tool has no such command. A warning where others can add commands to the tool.",
        "`flyctl releases rollback <version>`",
        "Use the command of the hint, or look at the tool's `--help`.";
    UNKNOWN_FLAG Error "unknown-flag":
        "The command of the tool has no such flag.",
        "`flyctl machine stop --all -a shop`",
        "Use what the hint says, or look at the command's `--help`.";
    UNKNOWN_SCRIPT Error "unknown-script":
        "The nearest `package.json` above the runbook has no script of that name.",
        "`npm run pilot:prefligth`",
        "Correct the name, or add the script.";
    UNKNOWN_SIGNAL Error "unknown-signal":
        "A step is bound to a signal that the configuration does not have.",
        "`<!-- midwatch: signal=chekcout -->`",
        "Name a signal of `midwatch.toml`.";
    UNKNOWN_BLOCK Error "unknown-block":
        "`onFailure` names a block, in the runbook or in a `[[binding]]`, and no block of the runbook has that name.",
        "`{\"onFailure\": \"page-ann\"}`",
        "Give the block that handles it that `name`.";
    BINARY_FILE Error "binary-file":
        "The file is no text.", "a picture", "List the Markdown file instead.";
    TOO_LARGE Error "too-large":
        "The file is larger than 4 MiB.", "a log", "Split it into one file a procedure.";
    UNREADABLE Error "unreadable":
        "The file is not there, or cannot be read.", "a name with a slip in it", "Correct the name, or who may read it.";
    IRREVERSIBLE Warning "irreversible":
        "A command deletes, overwrites, stops or forces something, and nothing takes that back. It wants its target typed before it runs.",
        "`redis-cli -u <redis-url> FLUSHALL`",
        "Say so with the attribute `risk=destroy`, or give the command that takes it back with `undo`: either ends the warning.";
    NO_TARGET Warning "no-target":
        "`psql` is given statements and no database. It takes that of `PGDATABASE`, or one called like the user: whichever that is at 3 o'clock.",
        "`psql < dump.sql`",
        "Name it: `psql \"$DATABASE_URL\" < dump.sql`.";
    NOT_A_ROLLBACK Warning "not-a-rollback":
        "`vercel promote` stands where a rollback is meant. It makes a deployment the current one: a preview is built anew with the variables of production, and later pushes go live again.",
        "Roll back: `vercel promote <deployment-url>`",
        "`vercel rollback` moves the domains to an earlier production deployment without a build.";
    OTHER_VERSION Warning "other-version":
        "The shipped table has the command, and the help of the installed tool does not list it.",
        "`supabase logs` with version 2",
        "Install the version that the runbook was written for, or mend the runbook.";
    BLANK Warning "blank":
        "Three dots stand where a value belongs. The console asks for it, and cannot say for what.",
        "`SENTRY_DSN=... node smoke.js`",
        "Give it a name: `<sentry-dsn>`.";
    CANNOT_BE_FILLED Warning "cannot-be-filled":
        "A placeholder stands where its value could become code: the console does not fill it in there, and does not run the command.",
        "`bash -c 'drain <node>'`",
        "Take the placeholder out of the inner shell, or run the command by hand.";
    SECRET Warning "secret":
        "Something that looks like a real key, token or password stands in the file. It is not shown.",
        "`curl -u sk_live_… https://api.example.com`",
        "Revoke it, it has been in the repository; then write `$NAME` or a placeholder.";
    DEAD_LINK Warning "dead-link":
        "A link leads to a file that is not there, or to a heading that this file does not have. Addresses on the network are not asked.",
        "`[dashboard](../dashboards.md)`",
        "Correct it, or take it out.";
    NO_SUCH_SECTION Warning "no-such-section":
        "The text says to see a section, and the numbered headings of this file have no such number.",
        "see section 9",
        "Correct the number, or link the heading.";
    UNDECIDED Warning "undecided":
        "Something is left open: TBD, TBA, TODO.",
        "On-call: TBD",
        "Decide it now. At 3 o'clock nobody can.";
    REHEARSAL Warning "rehearsal":
        "The runbook says when it was last rehearsed, and that is open, or longer ago than half a year.",
        "Last Rehearsal: TBD",
        "Walk through it, in `midwatch demo` or in staging, and write the day down.";
    DAMAGED_ENCODING Warning "damaged-encoding":
        "The file is no UTF-8, or was saved in the wrong encoding on its way.",
        "`PagerDuty â†’ ann`",
        "Repair what is damaged and save the file as UTF-8.";
    UNMATCHED_BINDING Warning "unmatched-binding":
        "A `[[binding]]` of the configuration speaks of no step of the runbooks that were read. Nothing holds for anything by it.",
        "`words = \"been ok\"`, after the step was reworded",
        "Say it in the words that stand there now: `midwatch runbook show` has them.";
    CONTROL_CHARACTER Warning "control-character":
        "A character that cannot be seen stands in the file.", "a zero-width space in a command", "Delete it.";
    BAD_ATTRIBUTE Warning "bad-attribute":
        "An attribute has a value that means nothing, or a name with a slip in it. It is left out.",
        "`{\"timeout\": \"soon\"}`", "Write what the hint says.";
    FENCE_ATTRIBUTES Warning "fence-attributes":
        "The attributes of a block cannot be read.", "`{\"name\":}`", "Write them as `{\"name\": \"drain\"}` or `{ name=drain }`.";
    UNCLOSED_FENCE Warning "unclosed-fence":
        "A code block never ends: all below is read as part of it.", "a lone fence", "Close it on a line of its own.";
    FRONT_MATTER Warning "front-matter":
        "The front matter cannot be read, or says something it cannot mean.", "`phases: [`", "Write YAML between `---`, or TOML between `+++`.";
    UNKNOWN_PHASE Warning "unknown-phase":
        "A phase is named that there is not.", "`{phase=fixing}`", "Name one of the [nine](runbooks.md#phases).";
    UNKNOWN_HEADING Warning "unknown-heading":
        "The front matter speaks of a heading that the file does not have.", "`phases: {\"Old heading\": recover}`", "Write it as the heading stands.";
    EMPTY_FILE Warning "empty-file":
        "There is nothing in the file.", "an empty file", "Write the first heading and the first step.";
    NO_STEPS Warning "no-steps":
        "Nothing in the file asks for anything to be done.", "a page of background", "Write steps as list items, task boxes or code blocks.";
    PLACEHOLDER Info "placeholder":
        "Something is to be filled in. The console asks for it before the command runs; whoever runs it by hand has to know it. A secret is asked for by where it is kept.",
        "`flyctl deploy --image <image>`",
        "Nothing has to be mended. Say in the step where the value comes from.";
    NEVER_REHEARSED Info "never-rehearsed":
        "The runbook changes things, and says nowhere when it was last rehearsed.",
        "a runbook without the line",
        "Add the line `**Last rehearsal:** 2026-01-31`.";
}

/// What is known of the code `code`.
pub fn code(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|known| known.code == code).copied()
}

/// The word for how bad it is.
const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// The table of codes in Markdown.
pub fn codes_page() -> String {
    let mut page = String::from("| code | | means | for instance | what to do |\n|---|---|---|---|---|\n");
    for code in CODES {
        // Writing to a String cannot fail.
        let cells = [code.means, code.example, code.mend].map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} |",
            code.code,
            word(code.severity),
            cells[0],
            cells[1],
            cells[2]
        );
    }
    page
}

/// The table of tools in Markdown.
pub fn tools_page() -> String {
    let mut page = String::from(
        "| tool | called | table of version | of | asked for its help | made from |\n|---|---|---|---|---|---|\n",
    );
    for tool in tools() {
        let names: Vec<String> = tool.names.iter().map(|name| format!("`{name}`")).collect();
        let asked = if tool.offline { "no" } else { "yes" };
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {asked} | {} |",
            tool.program,
            names.join(", "),
            tool.version,
            tool.date,
            tool.source
        );
    }
    page
}
