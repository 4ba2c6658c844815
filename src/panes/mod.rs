//! PANES, one file each: from the model to a shape. Pure.

pub mod shape;
