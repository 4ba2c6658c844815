//! Where a byte of the text stands. Counts once, then answers by search: a file of fifty thousand
//! lines is asked fifty thousand times.

/// The beginnings of the lines of a text.
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Of a text whose lines end with `\n`.
    pub(super) fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(ends).collect() }
    }

    /// The byte at which a 1-based line begins; that of the last line for one behind it.
    pub(super) fn start(&self, line: usize) -> usize {
        let last = self.starts.last().copied().unwrap_or_default();
        self.starts.get(line.saturating_sub(1)).copied().unwrap_or(last)
    }

    /// How many lines there are.
    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// The 1-based line of byte `offset`.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_belongs_to_the_line_it_ends() {
        let lines = Lines::of("ab\n\ncd");
        let all: Vec<_> = (0..6).map(|at| lines.line(at)).collect();
        assert_eq!(all, [1, 1, 1, 2, 3, 3]);
    }
}
