//! The pages are true: what can be generated is fresh, links lead somewhere, and what a page shows as a
//! configuration, keymap, theme, condition, runbook or JSON is one.
//!
//! `UPDATE_DOCS=1 cargo test --test docs` writes the generated parts anew.

#[cfg(test)]
#[path = "docs/page.rs"]
mod page;
#[cfg(test)]
#[path = "docs/pages.rs"]
mod pages;
#[cfg(test)]
#[path = "docs/walkthrough.rs"]
mod walkthrough;
