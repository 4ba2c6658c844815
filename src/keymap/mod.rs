//! Chords to commands: load, resolve, hints.
