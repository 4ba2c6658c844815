//! The lines of a file that nobody vouches for: each of a bounded length, one at a time.

use std::io::{BufRead, Read};

use super::LONGEST;

/// A line, or why there is none.
pub(super) enum Read1 {
    /// With its line end.
    Line(Vec<u8>),
    /// Without one: the file ends in the middle of it.
    Cut,
    /// It is longer than any line of a record.
    TooLong,
    /// The file is over.
    Over,
}

/// The next line of `file`.
pub(super) fn next(file: &mut impl BufRead) -> std::io::Result<Read1> {
    let mut line = Vec::new();
    let most = LONGEST as u64 + 1;
    file.by_ref().take(most).read_until(b'\n', &mut line)?;
    Ok(if line.is_empty() {
        Read1::Over
    } else if line.ends_with(b"\n") {
        Read1::Line(line)
    } else if line.len() as u64 == most {
        Read1::TooLong
    } else {
        Read1::Cut
    })
}
