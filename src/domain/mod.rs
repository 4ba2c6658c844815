//! Values and vocabulary: what the other floors speak of. Nothing here does anything to the world.

pub mod action;
pub mod alert;
pub mod board;
pub mod command;
pub mod commands;
pub mod condition;
pub mod diagnostic;
pub mod entry;
pub mod fact;
pub mod gates;
pub mod ids;
pub mod incident;
pub mod io;
pub mod narrate;
pub mod offer;
pub mod press;
pub mod reading;
pub mod role;
pub mod runbook;
pub mod setting;
pub mod signal;
pub mod statement;
pub mod step_rules;
pub mod text;
pub mod time;
