//! Text to settings, with diagnostics that have a place and a next step.
