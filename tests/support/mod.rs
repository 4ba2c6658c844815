//! What several test files share.

pub mod canary;
pub mod company;
pub mod counted;
mod keys;
pub mod night;
pub mod story;
pub mod terminal;
