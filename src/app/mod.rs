//! The core: messages in, facts and effects out. Pure.

pub mod commands;
