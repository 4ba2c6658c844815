//! Values and vocabulary: what the other floors speak of. Nothing here does anything to the world.

pub mod action;
pub mod command;
pub mod commands;
pub mod condition;
pub mod diagnostic;
pub mod fact;
pub mod ids;
pub mod incident;
pub mod io;
pub mod narrate;
pub mod press;
pub mod reading;
pub mod role;
pub mod runbook;
pub mod setting;
pub mod signal;
pub mod text;
pub mod time;
