//! Facts to text for people and for programs. Pure.
