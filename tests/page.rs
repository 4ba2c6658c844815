//! The report in a real browser: headless Chromium opens it on a wide screen, on a phone and for paper, in both colour
//! schemes. Nothing is skipped where Chromium or its driver is not there: `.ci/run` brings both.
#![cfg(unix)]

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "page/opened.rs"]
mod opened;
