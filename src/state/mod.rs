//! The model: plan, watch, feed and ui. Pure.
