//! A program's output on its way out: cut into lines, redacted, clean, and kept within its limit.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::time::Instant;

use crate::domain::io::OutputLine;
use crate::domain::text;

use super::escape;
use super::redact::Redactor;

/// The longest line that is shown.
const LINE: usize = 4096;
/// How many bytes without a line end are worked on at once.
const PIECE: usize = 64 << 10;
/// How long a screen that lags may hold a program up before lines are left out.
const PATIENCE: Duration = Duration::from_millis(100);
/// Room for the line that says how much was left out.
const NOTICE: usize = 64;

/// A piece of a line, redacted and clean.
pub(super) struct Piece {
    text: String,
    /// Whether a line begins with it.
    begins: bool,
    /// Whether a line ends with it.
    ends: bool,
}

/// Bytes into pieces of lines. A line of reasonable length is one piece.
pub(super) struct Lines {
    redactor: Arc<Redactor>,
    waiting: Vec<u8>,
    /// How many of the waiting bytes were searched for a line end.
    searched: usize,
    inside: bool,
}

impl Lines {
    pub(super) fn new(redactor: Arc<Redactor>) -> Self {
        Self { redactor, waiting: Vec::new(), searched: 0, inside: false }
    }

    /// The pieces that `bytes` complete.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.waiting.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        let mut start = 0;
        while let Some(length) = self.waiting[start + self.searched..].iter().position(|byte| *byte == b'\n')
        {
            let end = start + self.searched + length;
            let line = self.waiting[start..end].to_vec();
            pieces.push(self.whole(line, true));
            start = end + 1;
            self.searched = 0;
        }
        self.waiting.drain(..start);
        while self.waiting.len() > PIECE + self.redactor.overlap() {
            let mut cut = PIECE;
            while cut > PIECE - 4 && self.waiting[cut] & 0xc0 == 0x80 {
                cut -= 1;
            }
            let (redacted, used) = self.redactor.head(self.waiting.clone(), cut);
            self.waiting.drain(..used);
            let piece = Piece { text: self.words(&redacted), begins: !self.inside, ends: false };
            self.inside = true;
            pieces.push(piece);
        }
        self.searched = self.waiting.len();
        pieces
    }

    /// What is left when the output ends without a line end.
    pub(super) fn finish(&mut self) -> Option<Piece> {
        let rest = std::mem::take(&mut self.waiting);
        self.searched = 0;
        (!rest.is_empty() || self.inside).then(|| self.whole(rest, false))
    }

    fn whole(&mut self, line: Vec<u8>, ends: bool) -> Piece {
        let length = line.len();
        let redacted = self.redactor.head(line, length).0;
        let piece = Piece { text: self.words(&redacted), begins: !self.inside, ends };
        self.inside = false;
        piece
    }

    fn words(&self, redacted: &[u8]) -> String {
        let text = String::from_utf8_lossy(redacted);
        // A progress line is rewritten in place; what stands at its end is what a terminal shows.
        let shown = text.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default();
        let plain = escape::strip(shown);
        let plain = if plain.contains('\t') { Cow::Owned(plain.replace('\t', "    ")) } else { plain };
        let clean = text::clean(&plain);
        // Again, because a secret could have been written with a colour in its middle.
        self.redactor.text(&clean).into_owned()
    }
}

/// What is kept of an output: its first half and its last.
pub(super) struct Kept {
    half: usize,
    head: String,
    tail: String,
    left_out: usize,
}

impl Kept {
    pub(super) fn new(limit: usize) -> Self {
        Self { half: limit.saturating_sub(NOTICE) / 2, head: String::new(), tail: String::new(), left_out: 0 }
    }

    pub(super) fn add(&mut self, piece: &Piece) {
        self.push(&piece.text);
        if piece.ends {
            self.push("\n");
        }
    }

    fn push(&mut self, mut text: &str) {
        if self.tail.is_empty() && self.left_out == 0 {
            let room = text::head(text, self.half - self.head.len());
            self.head.push_str(room);
            text = &text[room.len()..];
        }
        self.tail.push_str(text);
        // Cut seldom, not at every line.
        if self.tail.len() > self.half * 2 + PIECE {
            self.shorten();
        }
    }

    fn shorten(&mut self) {
        if self.tail.len() <= self.half {
            return;
        }
        let mut cut = self.tail.len() - self.half;
        while !self.tail.is_char_boundary(cut) {
            cut += 1;
        }
        self.tail.drain(..cut);
        self.left_out += cut;
    }

    /// The text, and whether something was left out of it.
    pub(super) fn finish(mut self) -> (String, bool) {
        self.shorten();
        if self.left_out == 0 {
            self.head.push_str(&self.tail);
            return (self.head, false);
        }
        // Whole lines around the gap, where there are any.
        if let Some(end) = self.head.rfind('\n') {
            self.left_out += self.head.len() - end - 1;
            self.head.truncate(end + 1);
        } else if !self.head.is_empty() {
            self.head.push('\n');
        }
        if let Some(end) = self.tail.find('\n').filter(|end| end + 1 < self.tail.len()) {
            self.left_out += end + 1;
            self.tail.drain(..=end);
        }
        if self.half > 0 {
            let notice = format!("… {} bytes left out …\n", self.left_out);
            self.head.push_str(&notice);
        }
        self.head.push_str(&self.tail);
        (self.head, true)
    }
}

/// Lines on their way to whoever watches. Never holds a program up for long.
pub(super) struct Shown {
    watcher: Option<Sender<OutputLine>>,
    left_out: usize,
}

impl Shown {
    pub(super) fn new(watcher: Option<Sender<OutputLine>>) -> Self {
        Self { watcher, left_out: 0 }
    }

    /// Sends the beginning of every line that `pieces` begin. However many they are, they hold the
    /// program up for no longer than a watcher's patience once.
    pub(super) async fn add(&mut self, pieces: &[Piece], error: bool) {
        let by = Instant::now() + PATIENCE;
        for piece in pieces.iter().filter(|piece| piece.begins) {
            let Some(watcher) = &self.watcher else { return };
            if self.left_out > 0 {
                if watcher.try_send(notice(self.left_out)).is_err() {
                    self.left_out += 1;
                    continue;
                }
                self.left_out = 0;
            }
            let left = by.saturating_duration_since(Instant::now());
            match watcher.send_timeout(line(&piece.text, error), left).await {
                Ok(()) => {}
                Err(SendTimeoutError::Timeout(_)) => self.left_out += 1,
                Err(SendTimeoutError::Closed(_)) => self.watcher = None,
            }
        }
    }

    /// Says what was left out last, if there is room to.
    pub(super) async fn finish(self) {
        if let Some(watcher) = self.watcher
            && self.left_out > 0
        {
            // A watcher that lags even now is not waited for.
            drop(watcher.send_timeout(notice(self.left_out), PATIENCE).await);
        }
    }
}

fn line(text: &str, error: bool) -> OutputLine {
    let text = if text.len() > LINE {
        format!("{}…", text::head(text, LINE - '…'.len_utf8()))
    } else {
        text.to_owned()
    };
    OutputLine { error, text }
}

fn notice(lines: usize) -> OutputLine {
    let lines = if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
    OutputLine { error: true, text: format!("… {lines} not shown …") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::redact::MARK;

    fn kept(limit: usize, secret: &str, chunks: &[&[u8]]) -> (String, bool) {
        let mut lines = Lines::new(Arc::new(Redactor::new([secret].into_iter())));
        let mut kept = Kept::new(limit);
        for chunk in chunks {
            for piece in lines.feed(chunk) {
                kept.add(&piece);
            }
        }
        if let Some(piece) = lines.finish() {
            kept.add(&piece);
        }
        kept.finish()
    }

    #[test]
    fn lines_come_out_as_they_went_in_however_they_were_cut() {
        let text = "one\n\n  two\té\nthree";
        for size in 1..text.len() {
            let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            assert_eq!(kept(1000, "", &chunks), ("one\n\n  two    é\nthree".into(), false), "{size}");
        }
    }

    #[test]
    fn a_secret_is_found_across_chunks_and_across_colours() {
        let chunks: [&[u8]; 3] = [b"token=hun", b"ter22\n\x1b[31mhun\x1b[1mter22\x1b[0m", b"\n"];
        assert_eq!(kept(1000, "hunter22", &chunks).0, format!("token={MARK}\n{MARK}\n"));
    }

    #[test]
    fn a_secret_on_the_edge_of_a_piece_is_found() {
        for shift in 0..10 {
            let mut line = vec![b'x'; PIECE - shift];
            line.extend_from_slice(b"hunter22");
            line.resize(PIECE * 3, b'y');
            let (text, _) = kept(PIECE * 8, "hunter22", &[&line]);
            assert!(text.contains(MARK) && !text.contains("hunter"), "{shift}");
            assert_eq!(text.len(), PIECE * 3 - 8 + MARK.len());
        }
    }

    #[test]
    fn too_much_is_kept_as_its_two_halves() {
        let lines: Vec<String> = (0..100_000).map(|number| format!("line {number}\n")).collect();
        let text = lines.concat();
        let chunks: Vec<&[u8]> = text.as_bytes().chunks(16 << 10).collect();
        let (kept, truncated) = kept(4096, "", &chunks);
        assert!(truncated);
        assert!(kept.len() <= 4096, "{}", kept.len());
        assert!(kept.starts_with("line 0\nline 1\n"));
        assert!(kept.ends_with("line 99998\nline 99999\n"));
        let notice = kept.lines().find(|line| line.contains("left out")).unwrap();
        let left_out: usize = notice.split(' ').nth(1).unwrap().parse().unwrap();
        assert_eq!(kept.len() - notice.len() - 1 + left_out, text.len());
    }

    #[test]
    fn a_tiny_limit_is_a_limit() {
        for limit in 0..200 {
            assert!(kept(limit, "", &[&[b'x'; 5000]]).0.len() <= limit, "{limit}");
        }
    }

    #[test]
    fn a_progress_line_ends_as_a_terminal_shows_it() {
        assert_eq!(kept(100, "", &[b"10%\r50%\r100%\r\ndone\r\n"]).0, "100%\ndone\n");
    }

    #[tokio::test]
    async fn a_watcher_that_does_not_look_is_told_how_much_it_missed() {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(2);
        let mut lines = Lines::new(Arc::default());
        let mut shown = Shown::new(Some(sender));
        shown.add(&lines.feed(b"1\n2\n3\n4\n"), false).await;
        assert_eq!(receiver.recv().await.unwrap().text, "1");
        assert_eq!(receiver.recv().await.unwrap().text, "2");
        shown.add(&lines.feed(b"5\n"), false).await;
        assert_eq!(receiver.recv().await.unwrap().text, "… 2 lines not shown …");
        assert_eq!(receiver.recv().await.unwrap().text, "5");
    }
}
