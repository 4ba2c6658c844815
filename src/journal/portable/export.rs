//! Writing a record: whole or not at all, and only of a journal that holds.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{About, FORMAT, Line, PART, RecordError, disk, free, sqlite};
use crate::domain::text::escape_json;
use crate::journal::chain::{Head, LeftOut, Link, Row};
use crate::journal::place::Fresh;
use crate::journal::{artifacts, reader, schema};

/// What of a journal is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The incident that the record is of; `None` for the whole journal.
    pub incident: Option<String>,
    /// Every entry of these incidents.
    pub incidents: BTreeSet<String>,
    /// And these entries.
    pub entries: BTreeSet<u64>,
    /// Files that were kept, by hash: they go into the record.
    pub artifacts: Vec<String>,
    /// Who asks.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
}

impl Wanted {
    fn takes(&self, row: &Row) -> bool {
        self.incident.is_none()
            || self.entries.contains(&row.seq)
            || row.incident.as_ref().is_some_and(|incident| self.incidents.contains(incident))
    }
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// How many entries.
    pub entries: u64,
    /// How many are left out between and before them.
    pub left_out: u64,
    /// How many files that were kept.
    pub artifacts: usize,
    /// SHA-256 of all lines but the last: written down elsewhere, it shows later that nothing was changed.
    pub seal: String,
}

/// Writes what is `wanted` of the journal at `journal` to `output`, where nothing is yet.
pub fn export(journal: &Path, output: &Path, wanted: &Wanted) -> Result<Exported, RecordError> {
    let output = &free(output)?;
    let links = links(journal, wanted)?;
    let mut file = Fresh::beside(output)?;
    let mut sealing = Sealing { out: file.writer(), digest: Sha256::new(), lines: 0, output };
    sealing.line(&Line::Record(links.about))?;
    let (mut entries, mut left_out) = (0, 0);
    for link in links.all {
        match &link {
            Link::Entry(_) => entries += 1,
            Link::LeftOut(left) => left_out += left.count(),
        }
        sealing.line(&link.into())?;
    }
    for hash in &wanted.artifacts {
        let bytes = artifacts::fetch(journal, hash).map_err(|why| RecordError::Artifact {
            place: journal.into(),
            hash: hash.clone(),
            why,
        })?;
        let parts = bytes.chunks(PART).count().max(1) as u64;
        // A file without content has one part all the same.
        let chunks = bytes.chunks(PART).chain(bytes.is_empty().then_some(&[][..]));
        for (part, chunk) in (1..).zip(chunks) {
            let content = STANDARD.encode(chunk);
            sealing.line(&Line::Artifact { hash: hash.clone(), part, parts, content })?;
        }
    }
    let seal = sealing.end()?;
    file.place_at(output).map_err(disk(output, "naming the record"))?;
    Ok(Exported { entries, left_out, artifacts: wanted.artifacts.len(), seal })
}

/// What goes into a record.
struct Links {
    about: About,
    all: Vec<Link>,
}

fn links(journal: &Path, wanted: &Wanted) -> Result<Links, RecordError> {
    let mut read = None;
    reader::reading(journal, |connection| {
        schema::identify(connection, journal)?;
        schema::check(connection, journal)?;
        read = Some(gather(connection, journal, wanted));
        Ok(())
    })?;
    read.unwrap_or_else(|| Err(RecordError::Empty(journal.into())))
}

fn gather(connection: &rusqlite::Connection, journal: &Path, wanted: &Wanted) -> Result<Links, RecordError> {
    let snapshot = connection.unchecked_transaction().map_err(sqlite(journal))?;
    let mut head = Head::origin();
    let mut broken = None;
    let mut all: Vec<Link> = Vec::new();
    // What was left out since the last entry that is meant.
    let mut left: Option<LeftOut> = None;
    schema::links(&snapshot, |link| {
        let outcome = match &link {
            Ok(link) => head.take(link),
            Err((_, why)) => Err((head.seq + 1, why.clone())),
        };
        if broken.is_none() {
            broken = outcome.err();
        }
        match link {
            Ok(Link::Entry(row)) if wanted.takes(&row) => {
                all.extend(left.take().map(Link::LeftOut));
                all.push(Link::Entry(row));
            }
            Ok(Link::Entry(row)) => leave(&mut left, row.seq, row.seq, row.hash),
            Ok(Link::LeftOut(before)) => leave(&mut left, before.first, before.last, before.hash),
            Err(_) => {}
        }
    })
    .map_err(sqlite(journal))?;
    let stored = schema::head(&snapshot).map_err(sqlite(journal))?;
    if broken.is_none() && stored.as_ref() != Some(&head) {
        broken = Some((head.seq, "it is not the entry that was written last".into()));
    }
    if let Some((seq, why)) = broken {
        return Err(RecordError::Broken { place: journal.into(), seq, why });
    }
    if all.is_empty() {
        return Err(RecordError::Empty(journal.into()));
    }
    let name = journal.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let about = About {
        format: FORMAT,
        incident: wanted.incident.clone(),
        journal: crate::domain::text::clean(&name).into_owned(),
        last: head.seq,
        head: head.hash,
        at: wanted.at.clone(),
        by: wanted.by.clone(),
        version: env!("CARGO_PKG_VERSION").into(),
    };
    Ok(Links { about, all })
}

/// Leaves out the entries from `first` to `last`, besides those that are left out already.
pub(in crate::journal) fn leave(left: &mut Option<LeftOut>, first: u64, last: u64, hash: String) {
    let first = left.as_ref().map_or(first, |left| left.first);
    *left = Some(LeftOut { first, last, hash });
}

/// A file of lines that are counted and hashed on their way.
struct Sealing<'a, W> {
    out: W,
    digest: Sha256,
    lines: u64,
    output: &'a Path,
}

impl<W: Write> Sealing<'_, W> {
    fn line(&mut self, line: &Line) -> Result<(), RecordError> {
        let text = serde_json::to_string(line).map_err(|error| RecordError::Disk {
            place: self.output.into(),
            doing: "writing a line",
            why: error.to_string(),
        })?;
        let text = format!("{}\n", escape_json(&text));
        self.digest.update(text.as_bytes());
        self.lines += 1;
        self.out.write_all(text.as_bytes()).map_err(disk(self.output, "writing the record"))
    }

    fn end(mut self) -> Result<String, RecordError> {
        let seal = hex::encode(std::mem::take(&mut self.digest).finalize());
        let lines = self.lines;
        self.line(&Line::End { lines, seal: seal.clone() })?;
        self.out.flush().map_err(disk(self.output, "writing the record"))?;
        Ok(seal)
    }
}
