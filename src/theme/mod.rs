//! Role to style.
