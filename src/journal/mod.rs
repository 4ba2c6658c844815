//! The append-only, hash-chained record on disk.
