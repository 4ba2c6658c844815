//! Checking a record, line by line, and handing what it holds to whoever imports it.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::lines::{self, Read1};
use super::{About, FORMAT, LARGEST, Line, RecordError, disk};
use crate::domain::text::clean;
use crate::journal::chain::{Head, LeftOut, Link, Row, is_hash};

/// What checking a record found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// What it is of.
    pub about: About,
    /// How many entries hold, from the first.
    pub entries: u64,
    /// How many are left out before and between them.
    pub left_out: u64,
    /// The last of them.
    pub last: u64,
    /// The hash of that one.
    pub head: String,
    /// How many files that were kept are in it, whole.
    pub artifacts: usize,
    /// The SHA-256 of all its lines but the last.
    pub seal: String,
    /// Where it stops holding.
    pub fault: Option<Fault>,
}

/// The first place where a record does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: u64,
    /// The entry, where it is one.
    pub seq: Option<u64>,
    /// What is wrong, in words.
    pub why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seq {
            Some(seq) => write!(f, "entry {seq} (line {}): {}", self.line, self.why),
            None => write!(f, "line {}: {}", self.line, self.why),
        }
    }
}

/// Who takes what a record holds.
pub(super) trait Taker {
    /// A link that holds.
    fn link(&mut self, link: &Link) -> Result<(), RecordError>;
    /// A file that was kept, whole.
    fn artifact(&mut self, bytes: &[u8]) -> Result<(), RecordError>;
}

/// Nobody.
struct Nobody;

impl Taker for Nobody {
    fn link(&mut self, _: &Link) -> Result<(), RecordError> {
        Ok(())
    }

    fn artifact(&mut self, _: &[u8]) -> Result<(), RecordError> {
        Ok(())
    }
}

/// Whether the file at `path` begins like a record.
pub fn is_record(path: &Path) -> bool {
    let mut start = [0; 1];
    let file = fs::metadata(path).ok().filter(fs::Metadata::is_file).and_then(|_| File::open(path).ok());
    file.is_some_and(|mut file| file.read_exact(&mut start).is_ok()) && start == *b"{"
}

/// Checks the record at `path`.
pub fn examine(path: &Path) -> Result<Examined, RecordError> {
    examine_into(path, &mut Nobody)
}

/// Checks the record at `path`, and hands on what holds.
pub(super) fn examine_into(path: &Path, taker: &mut impl Taker) -> Result<Examined, RecordError> {
    let about = fs::metadata(path).map_err(disk(path, "looking at the file"))?;
    if !about.is_file() {
        return Err(RecordError::NotRecord { place: path.into(), why: "it is no ordinary file".into() });
    }
    let file = File::open(path).map_err(disk(path, "opening the file"))?;
    let mut file = BufReader::with_capacity(64 * 1024, file);
    let first = lines::next(&mut file).map_err(disk(path, "reading the file"))?;
    let (about, text) = opening(path, first)?;
    let mut examining = Examining {
        examined: Examined {
            about,
            entries: 0,
            left_out: 0,
            last: 0,
            head: Head::origin().hash,
            artifacts: 0,
            seal: String::new(),
            fault: None,
        },
        head: Head::origin(),
        left: false,
        digest: Sha256::new(),
        line: 1,
        artifact: None,
        known: BTreeSet::new(),
    };
    examining.digest.update(&text);
    let fault = examining.rest(path, &mut file, taker)?;
    let mut examined = examining.examined;
    examined.fault = fault;
    Ok(examined)
}

fn opening(path: &Path, first: Read1) -> Result<(About, Vec<u8>), RecordError> {
    let refused = |why: &str| RecordError::NotRecord { place: path.into(), why: why.into() };
    let text = match first {
        Read1::Line(text) => text,
        Read1::Over => return Err(refused("it is empty")),
        Read1::Cut => return Err(refused("it ends in its first line")),
        Read1::TooLong => return Err(refused("its first line does not end")),
    };
    let document: serde_json::Value = serde_json::from_slice(&text)
        .map_err(|error| refused(&format!("its first line is no JSON: {error}")))?;
    if document.get("line").and_then(serde_json::Value::as_str) != Some("record") {
        return Err(refused("its first line does not say so"));
    }
    match document.get("format").and_then(serde_json::Value::as_u64) {
        Some(found) if found > u64::from(FORMAT) => {
            return Err(RecordError::Newer { place: path.into(), found });
        }
        Some(found) if found == u64::from(FORMAT) => {}
        Some(_) | None => return Err(refused("no Midwatch has written such a format")),
    }
    match serde_json::from_value(document) {
        Ok(Line::Record(about)) => Ok((about, text)),
        Ok(_) => Err(refused("its first line does not say so")),
        Err(error) => Err(refused(&clean(&error.to_string()))),
    }
}

/// A file that was kept, while its parts come.
struct Parts {
    hash: String,
    next: u64,
    of: u64,
    bytes: Vec<u8>,
}

struct Examining {
    examined: Examined,
    head: Head,
    /// Whether something was left out just now: an entry has to follow.
    left: bool,
    digest: Sha256,
    line: u64,
    artifact: Option<Parts>,
    known: BTreeSet<String>,
}

/// What a line says of the record.
enum Step {
    On,
    End,
    Fault(Option<u64>, String),
}

impl Examining {
    fn rest(
        &mut self,
        path: &Path,
        file: &mut impl BufRead,
        taker: &mut impl Taker,
    ) -> Result<Option<Fault>, RecordError> {
        loop {
            let read = lines::next(file).map_err(disk(path, "reading the file"))?;
            self.line += 1;
            let line = self.line;
            let fault = |seq, why: &str| Some(Fault { line, seq, why: why.into() });
            let text = match read {
                Read1::Line(text) => text,
                Read1::Over => return Ok(fault(None, &self.cut())),
                Read1::Cut => return Ok(fault(None, &format!("the file ends in this line: {}", self.cut()))),
                Read1::TooLong => return Ok(fault(None, "this line is longer than any that was written")),
            };
            let parsed: Line = match serde_json::from_slice(&text) {
                Ok(parsed) => parsed,
                Err(error) if std::str::from_utf8(&text).is_err() => {
                    return Ok(fault(
                        None,
                        &format!("this line is not UTF-8 ({})", clean(&error.to_string())),
                    ));
                }
                Err(error) => {
                    return Ok(fault(
                        None,
                        &format!("this line was altered ({})", clean(&error.to_string())),
                    ));
                }
            };
            match self.take(parsed, taker)? {
                Step::On => self.digest.update(&text),
                Step::End => break,
                Step::Fault(seq, why) => return Ok(fault(seq, &why)),
            }
        }
        self.line += 1;
        Ok(match lines::next(file).map_err(disk(path, "reading the file"))? {
            Read1::Over => None,
            Read1::Line(_) | Read1::Cut | Read1::TooLong => {
                Some(Fault { line: self.line, seq: None, why: "it was put in behind the last line".into() })
            }
        })
    }

    fn cut(&self) -> String {
        format!("the end is missing: it goes on behind entry {}", self.examined.last)
    }

    fn take(&mut self, line: Line, taker: &mut impl Taker) -> Result<Step, RecordError> {
        match line {
            Line::Record(_) => Ok(Step::Fault(None, "another record begins here".into())),
            Line::Entry { seq, at, incident, kind, body, previous, hash } => {
                self.link(&Link::Entry(Row { seq, at, incident, kind, body, previous, hash }), taker)
            }
            Line::LeftOut { first, last, hash } => {
                self.link(&Link::LeftOut(LeftOut { first, last, hash }), taker)
            }
            Line::Artifact { hash, part, parts, content } => self.part(&hash, part, parts, &content, taker),
            Line::End { lines, seal } => Ok(self.end(lines, &seal)),
        }
    }

    fn link(&mut self, link: &Link, taker: &mut impl Taker) -> Result<Step, RecordError> {
        if self.artifact.is_some() || self.examined.artifacts > 0 {
            return Ok(Step::Fault(None, "this line was moved behind the files".into()));
        }
        let about = &self.examined.about;
        let (seq, left) = match link {
            Link::Entry(row) => (row.seq, None),
            Link::LeftOut(left) => (left.last, Some(left.count())),
        };
        if self.left && left.is_some() {
            return Ok(Step::Fault(None, "an entry between this line and the one before is missing".into()));
        }
        if let Err((seq, why)) = self.head.take(link) {
            return Ok(Step::Fault(Some(seq), why));
        }
        if seq > about.last || (seq == about.last && self.head.hash != about.head) {
            let why = "the first line says that the journal ended otherwise: one of the two was altered";
            return Ok(Step::Fault(Some(seq), why.into()));
        }
        match left {
            Some(count) => self.examined.left_out += count,
            None => {
                self.examined.entries += 1;
                (self.examined.last, self.examined.head) = (seq, self.head.hash.clone());
            }
        }
        self.left = left.is_some();
        taker.link(link)?;
        Ok(Step::On)
    }

    fn part(
        &mut self,
        hash: &str,
        part: u64,
        parts: u64,
        content: &str,
        taker: &mut impl Taker,
    ) -> Result<Step, RecordError> {
        let fault = |why: &str| Ok(Step::Fault(None, format!("artifact {}: {why}", clean(hash))));
        if !is_hash(hash) || self.known.contains(hash) {
            return fault("it is there twice, or its name was altered");
        }
        let mut whole = match self.artifact.take() {
            Some(begun) if begun.hash == hash && begun.next == part && begun.of == parts => begun,
            Some(_) => return fault("a part of the one before it is missing"),
            None if part == 1 && parts > 0 => {
                Parts { hash: hash.to_owned(), next: 1, of: parts, bytes: Vec::new() }
            }
            None => return fault("its first part is missing"),
        };
        let Ok(bytes) = STANDARD.decode(content) else { return fault("it was altered: this is no Base64") };
        if whole.bytes.len() + bytes.len() > LARGEST {
            return fault("it is larger than any that is kept");
        }
        whole.bytes.extend(bytes);
        whole.next += 1;
        if whole.next <= whole.of {
            self.artifact = Some(whole);
            return Ok(Step::On);
        }
        if hex::encode(Sha256::digest(&whole.bytes)) != whole.hash {
            return fault("it was altered: it does not hold what its hash says");
        }
        taker.artifact(&whole.bytes)?;
        self.known.insert(whole.hash);
        self.examined.artifacts += 1;
        Ok(Step::On)
    }

    fn end(&mut self, lines: u64, seal: &str) -> Step {
        let found = hex::encode(std::mem::take(&mut self.digest).finalize());
        let what = if self.artifact.is_some() {
            "the rest of an artifact is missing"
        } else if self.examined.entries == 0 {
            "there is no entry in it"
        } else if self.left {
            "the entry behind what was left out is missing"
        } else if lines != self.line - 1 {
            "lines before this one are missing, or were put in"
        } else if seal != found {
            "the seal does not fit: the first line, or what is said of entries that are left out, was altered"
        } else {
            self.examined.seal = found;
            return Step::End;
        };
        Step::Fault(None, what.into())
    }
}
