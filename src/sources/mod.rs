//! PROVIDERS, one folder each: what a signal asks for, and what the reply means. Pure.
