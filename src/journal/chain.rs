//! The chain: each entry's hash covers its own text and the hash before it.
//!
//! Works on stored text only, so an entry of a kind this version does not know is checked like any
//! other. Knows no facts and no database.

use sha2::{Digest, Sha256};

/// What the first entry follows.
pub(super) const ORIGIN: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One row of the table as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub seq: u64,
    pub at: String,
    pub incident: Option<String>,
    pub kind: String,
    pub body: String,
    pub previous: String,
    pub hash: String,
}

impl Row {
    /// The hash this row should have. The recipe stands at the head of `journal/mod.rs`.
    pub fn digest(&self) -> String {
        let seq = self.seq.to_string();
        let fields = [
            Some(self.previous.as_str()),
            Some(seq.as_str()),
            Some(self.at.as_str()),
            self.incident.as_deref(),
            Some(self.kind.as_str()),
            Some(self.body.as_str()),
        ];
        let mut digest = Sha256::new();
        for field in fields {
            // No text is that long: an incident that is absent differs from one that is empty.
            let length = field.map_or(u64::MAX, |text| text.len() as u64);
            digest.update(length.to_be_bytes());
            digest.update(field.unwrap_or_default().as_bytes());
        }
        hex::encode(digest.finalize())
    }

    /// This row with its hash filled in.
    pub fn sealed(mut self) -> Self {
        self.hash = self.digest();
        self
    }
}

/// Entries that are not there and are known not to be: pruned, or not of the incident that was exported. Of them the
/// numbers are known and the hash of the last, which the entry after them follows. What they said is proven by nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The number of the first.
    pub first: u64,
    /// The number of the last.
    pub last: u64,
    /// The hash of the last.
    pub hash: String,
}

impl LeftOut {
    /// How many.
    pub fn count(&self) -> u64 {
        self.last.saturating_add(1).saturating_sub(self.first)
    }
}

/// What a chain is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// An entry, whole.
    Entry(Row),
    /// Some that are left out.
    LeftOut(LeftOut),
}

/// The place the next entry goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub seq: u64,
    pub hash: String,
}

impl Head {
    /// The head of a journal without entries.
    pub fn origin() -> Self {
        Self { seq: 0, hash: ORIGIN.into() }
    }

    /// What is wrong with `row` as the one after this; nothing, and the head moves on to it.
    pub fn follow(&mut self, row: &Row) -> Result<(), (u64, String)> {
        let expected = self.seq + 1;
        if row.seq != expected {
            return Err((expected, format!("this entry is missing; the next one there is {}", row.seq)));
        }
        if row.previous != self.hash {
            return Err((
                row.seq,
                "it does not follow the entry before it: one of the two was put in or replaced".into(),
            ));
        }
        if row.hash != row.digest() {
            return Err((row.seq, "its text was altered after it was written".into()));
        }
        self.seq = row.seq;
        self.hash.clone_from(&row.hash);
        Ok(())
    }

    /// What is wrong with `left` as what comes after this; nothing, and the head moves on behind it.
    pub fn pass(&mut self, left: &LeftOut) -> Result<(), (u64, String)> {
        let expected = self.seq + 1;
        if left.first != expected {
            return Err((
                expected,
                format!("this entry is missing; those left out begin with {}", left.first),
            ));
        }
        if left.last < left.first || left.last >= i64::MAX.cast_unsigned() || !is_hash(&left.hash) {
            return Err((expected, "what is said of the entries left out here was altered".into()));
        }
        self.seq = left.last;
        self.hash.clone_from(&left.hash);
        Ok(())
    }

    /// [`Head::follow`] or [`Head::pass`].
    pub fn take(&mut self, link: &Link) -> Result<(), (u64, String)> {
        match link {
            Link::Entry(row) => self.follow(row),
            Link::LeftOut(left) => self.pass(left),
        }
    }
}

/// Whether `text` is SHA-256 in lower-case hex.
pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(incident: Option<&str>) -> Row {
        Row {
            seq: 1,
            at: "2026-11-21T14:32:05.120Z".into(),
            incident: incident.map(Into::into),
            kind: "noted".into(),
            body: r#"{"fact":"noted"}"#.into(),
            previous: ORIGIN.into(),
            hash: String::new(),
        }
        .sealed()
    }

    #[test]
    fn text_that_moves_between_fields_changes_the_hash() {
        let mut moved = row(None);
        moved.kind.push('{');
        moved.body.remove(0);
        assert_ne!(moved.digest(), row(None).digest());
        assert_ne!(row(None).hash, row(Some("")).hash);
    }

    /// The recipe is what other programs check a journal by: it stays the same for good.
    #[test]
    fn the_recipe_does_not_change() {
        assert_eq!(
            row(Some("INC-1")).hash,
            "1e599ba08a0ad8c4a3431720bbac14cba933e93a47e11ec6c509546f935187e1"
        );
    }

    #[test]
    fn a_row_follows_only_its_own_head() {
        let mut head = Head::origin();
        head.follow(&row(None)).unwrap();
        assert_eq!(head.seq, 1);
        assert_eq!(head.follow(&row(None)).unwrap_err().0, 2, "the same again is no second entry");
    }
}
