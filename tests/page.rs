//! The report in a real browser: headless Chromium opens it on a wide screen, on a phone and for paper, in both colour
//! schemes. Skipped, with a word, where Chromium or its driver is not there; `.ci/run` brings both and does not let it be skipped.
#![cfg(unix)]

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "page/opened.rs"]
mod opened;
