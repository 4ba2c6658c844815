//! Shapes to a terminal buffer.
