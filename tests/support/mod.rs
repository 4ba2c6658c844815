//! What several test files share.

mod keys;
pub mod terminal;
