//! `midwatch look`: what a configuration and its runbooks may run, looked at once before they may.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::config::Settings;
use crate::domain::looked::{Block, LookLine, Record, SeenBlock, blocks, compared};
use crate::domain::runbook::Runbook;
use crate::state::{LookAt, Looked, Looking};

use super::guard::{self, Standing, Unlooked};
use super::print::ended;
use super::{Arguments, Exit, console, open, print};

/// A file that is looked at.
struct Subject {
    file: String,
    hash: String,
    what: What,
}

/// What a file is.
enum What {
    /// A configuration: what it can do, and what is to be looked at, if anything.
    Configuration(Vec<String>, Option<Box<Unlooked>>),
    /// A runbook: where it is, itself, and which of its blocks nobody looked at.
    Runbook(PathBuf, Box<Runbook>, Vec<Block>, Looked),
}

impl Subject {
    fn looked(&self) -> bool {
        match &self.what {
            What::Configuration(_, unlooked) => unlooked.is_none(),
            What::Runbook(_, _, unlooked, _) => unlooked.is_empty(),
        }
    }

    /// What there is to read.
    fn lines(&self) -> Vec<LookLine> {
        match &self.what {
            What::Configuration(_, Some(unlooked)) => unlooked.lines(),
            What::Configuration(able, None) => {
                let mut lines = vec![LookLine::Text(format!("{}: looked at. What it can do:", self.file))];
                lines.extend(able.iter().map(|line| guard::plain(line)));
                lines
            }
            What::Runbook(_, runbook, unlooked, looked) => self.runbook(runbook, unlooked, looked),
        }
    }

    fn runbook(&self, runbook: &Runbook, unlooked: &[Block], looked: &Looked) -> Vec<LookLine> {
        let all = blocks(runbook);
        let words = match (all.len(), unlooked.len()) {
            (0, _) => "nothing in it can run".to_owned(),
            (all, 0) => format!("looked at. What it can run, {all} in all:"),
            (all, new) => format!("{new} of {all} commands were not looked at:"),
        };
        let mut lines = vec![LookLine::Heading(format!("{}: {words}", self.file))];
        let shown = if unlooked.is_empty() { &all[..] } else { unlooked };
        for block in shown {
            let step =
                runbook.phases.iter().flat_map(|phase| &phase.steps).find(|step| step.id == block.step);
            let text = step.map_or("", |step| step.text.as_str());
            lines.push(LookLine::Text(String::new()));
            lines.push(LookLine::Heading(format!(":{} {text}", block.line)));
            match looked.before(&runbook.id, block).filter(|_| !unlooked.is_empty()) {
                Some(seen) => {
                    let who = format!("Changed since {} looked at it, {}:", seen.by, seen.at.rfc3339());
                    lines.push(LookLine::Text(who));
                    lines.extend(compared(&seen.block.lines, &block.lines));
                }
                None => lines.extend(block.lines.iter().cloned().map(LookLine::Code)),
            }
        }
        lines
    }

    /// Remembers that `by` looked at it.
    fn accept(&self, by: &str) -> color_eyre::Result<()> {
        match &self.what {
            What::Configuration(_, Some(unlooked)) => unlooked.accept(by).map(drop),
            What::Runbook(path, _, unlooked, _) if !unlooked.is_empty() => {
                let at = guard::now();
                let seen = unlooked
                    .iter()
                    .map(|block| SeenBlock { block: block.clone(), at, by: by.to_owned() })
                    .collect();
                guard::keep(path, Record { blocks: seen, ..Record::default() })
            }
            What::Configuration(_, None) | What::Runbook(..) => Ok(()),
        }
    }

    fn document(&self) -> serde_json::Value {
        let (kind, able, commands) = match &self.what {
            What::Configuration(able, _) => ("configuration", json!(able), json!(null)),
            What::Runbook(_, runbook, unlooked, _) => {
                let commands: Vec<_> = blocks(runbook)
                    .iter()
                    .map(|block| {
                        let looked = !unlooked.iter().any(|other| other.hash == block.hash);
                        json!({ "line": block.line, "step": block.step, "hash": block.hash,
                                "looked": looked, "text": block.lines })
                    })
                    .collect();
                ("runbook", json!(null), json!(commands))
            }
        };
        json!({ "file": self.file, "kind": kind, "hash": self.hash, "looked": self.looked(),
                "able": able, "commands": commands })
    }
}

/// Shows what may run, and remembers that it was looked at: by a person at a terminal, or by its exact hash.
pub async fn look(
    arguments: &Arguments,
    files: &[PathBuf],
    hashes: &[String],
    as_json: bool,
) -> color_eyre::Result<Exit> {
    let (subjects, by) = if files.is_empty() {
        of_configuration(arguments)?
    } else {
        let settings = open::given(&arguments.common, false)?;
        let subjects =
            files.iter().map(|file| runbook(file, settings.as_ref())).collect::<color_eyre::Result<_>>()?;
        (subjects, open::operator(&arguments.common))
    };
    for hash in hashes {
        let Some(subject) = subjects.iter().find(|subject| subject.hash.eq_ignore_ascii_case(hash)) else {
            let why = format!("nothing here has the hash {hash}: it is another file, or it changed");
            return Err(ended(Exit::Refused, why));
        };
        subject.accept(&by)?;
        print::note(&format!("{}: looked at", subject.file));
    }
    if !hashes.is_empty() {
        return Ok(Exit::Done);
    }
    let open = subjects.iter().any(|subject| !subject.looked());
    if as_json {
        print::json(&json!({ "files": subjects.iter().map(Subject::document).collect::<Vec<_>>() }));
        return Ok(if open { Exit::Refused } else { Exit::Done });
    }
    let shown: Vec<&Subject> = subjects.iter().filter(|subject| !open || !subject.looked()).collect();
    let mut lines = Vec::new();
    for subject in &shown {
        if !lines.is_empty() {
            lines.extend([LookLine::Text(String::new()), LookLine::Text(String::new())]);
        }
        lines.extend(subject.lines());
    }
    if open && std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        let looking = Looking::Configuration;
        let dialog = LookAt { title: "Look first".into(), lines, looking, scroll: 0, problem: None };
        let (theme, _) = console::theme_named(arguments.common.theme.clone())?;
        if !console::ask(&theme, dialog).await? {
            return Err(ended(Exit::Refused, "not looked at: nothing of it runs"));
        }
        for subject in shown {
            subject.accept(&by)?;
            print::line(&format!("{}: looked at", subject.file));
        }
        return Ok(Exit::Done);
    }
    lines.iter().for_each(|line| print::line(&line.text()));
    if open {
        print::note(
            "midwatch: not looked at: say so at a terminal, or with --hash and the SHA-256 that --json prints",
        );
        return Ok(Exit::Refused);
    }
    Ok(Exit::Done)
}

/// The configuration and the runbooks that it names, and who looks.
fn of_configuration(arguments: &Arguments) -> color_eyre::Result<(Vec<Subject>, String)> {
    let found = open::configuration(&arguments.common)?;
    let settings = found.settings.clone();
    let Some(settings) = settings else {
        open::whole(found)?;
        return Err(ended(Exit::Usage, "the configuration does not load"));
    };
    let unlooked = match guard::standing(&found, &settings)? {
        Standing::Agreed(_) => None,
        Standing::Unlooked(unlooked) => Some(unlooked),
    };
    let able = crate::config::able(&settings);
    let mut subjects = vec![Subject {
        file: found.file.display().to_string(),
        hash: found.hash(),
        what: What::Configuration(able, unlooked),
    }];
    for path in &settings.console.runbooks {
        match runbook(path, Some(&settings)) {
            Ok(subject) => subjects.push(subject),
            // It is said, and nothing of it can run.
            Err(error) => print::note(&format!("midwatch: {error}")),
        }
    }
    let by = settings.console.operator.clone().unwrap_or_else(|| "operator".into());
    Ok((subjects, by))
}

/// A runbook, with what the configuration says of its steps: that decides, too, what runs.
fn runbook(path: &Path, settings: Option<&Settings>) -> color_eyre::Result<Subject> {
    let mut found = Vec::new();
    let read = open::bound(&[path.to_path_buf()], settings, &mut found).pop();
    let Some((runbook, path)) = read else {
        return Err(ended(Exit::Usage, format!("{}: it cannot be read", path.display())));
    };
    let mut looked = Looked::default();
    looked.add(&runbook.id, guard::seen(&path)?);
    let mut unlooked: Vec<Block> = Vec::new();
    for block in blocks(&runbook) {
        let known = unlooked.iter().any(|other| other.hash == block.hash);
        if !known && !looked.holds(&runbook.id, &block.hash) {
            unlooked.push(block);
        }
    }
    let (file, hash) = (runbook.id.to_string(), runbook.hash.clone());
    Ok(Subject { file, hash, what: What::Runbook(path, Box::new(runbook), unlooked, looked) })
}
