//! What an operator wants to keep, read whole: what it is not, what it must not hold, in words.

use std::path::Path;

use aho_corasick::AhoCorasick;

use super::Io;
use super::files::{self, FileError};
use crate::domain::text::{clean, size};

/// How a private key begins, and how its first line ends.
const KEY: (&str, &[u8]) = ("-----BEGIN ", b"PRIVATE KEY-----");
/// Bytes between the two at most: `ENCRYPTED `, `OPENSSH `, `RSA `.
const WORDS: usize = 24;

impl Io {
    /// The bytes of the file at `path`, which has at most `limit` of them and holds no secret; else why not.
    pub fn read_to_keep(&self, path: &Path, limit: u64) -> Result<Vec<u8>, String> {
        if let Ok(about) = std::fs::symlink_metadata(path)
            && about.is_symlink()
        {
            let to = std::fs::read_link(path).map(|to| to.to_string_lossy().into_owned()).unwrap_or_default();
            return Err(format!("it is a link to {}: name the file itself", clean(&to)));
        }
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let bytes = files::read_bounded(path, most).map_err(|error| match error {
            FileError::TooLarge { .. } => {
                let has = std::fs::metadata(path).map_or_else(|_| String::new(), |about| size(about.len()));
                too_large(&has, limit)
            }
            FileError::Absent => "there is no such file".to_owned(),
            FileError::Directory => "it is a directory: name a file in it".to_owned(),
            other @ (FileError::Special | FileError::Exposed { .. } | FileError::Unreadable(_)) => {
                format!("it {}", clean(&other.to_string()))
            }
        })?;
        self.may_be_kept(&bytes)?;
        Ok(bytes)
    }

    /// The bytes of what a run printed, at most `limit` of them and none of a secret; else why not.
    pub fn text_to_keep(&self, text: &str, limit: u64) -> Result<Vec<u8>, String> {
        let bytes = text.as_bytes().to_vec();
        if bytes.len() as u64 > limit {
            return Err(too_large(&size(bytes.len() as u64), limit));
        }
        self.may_be_kept(&bytes)?;
        Ok(bytes)
    }

    fn may_be_kept(&self, bytes: &[u8]) -> Result<(), String> {
        if bytes.is_empty() {
            return Err("it is empty".into());
        }
        if holds_key(bytes) {
            return Err("it holds a private key: take that out first, nothing is kept in part".into());
        }
        if self.holds_secret(bytes) {
            return Err("it holds a secret of this configuration: take that out first".into());
        }
        Ok(())
    }
}

fn too_large(has: &str, limit: u64) -> String {
    format!("it has {has}, and at most {} are kept (artifact_limit in [console])", size(limit))
}

/// Whether a private key in PEM begins in it.
fn holds_key(bytes: &[u8]) -> bool {
    // One short word: it is always built.
    let Ok(search) = AhoCorasick::new([KEY.0]) else { return true };
    search.find_iter(bytes).any(|found| {
        let end = bytes.len().min(found.end() + WORDS + KEY.1.len());
        bytes[found.end()..end].windows(KEY.1.len()).any(|part| part == KEY.1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_is_known_wherever_it_begins() {
        for text in [
            "-----BEGIN PRIVATE KEY-----\nMII",
            "x = {\"key\": \"-----BEGIN RSA PRIVATE KEY-----\\nMII\"}",
            "a\n-----BEGIN ENCRYPTED PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
        ] {
            assert!(holds_key(text.as_bytes()), "{text}");
        }
        for text in ["-----BEGIN CERTIFICATE-----\nMII", "PRIVATE KEY-----", "-----BEGIN PUBLIC KEY-----"] {
            assert!(!holds_key(text.as_bytes()), "{text}");
        }
    }
}
