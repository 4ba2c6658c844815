//! The bodies of the fuzz targets over every committed seed: they hold on a stable compiler, without a fuzzer.
//!
//! `tests/fuzz/run.sh` runs them over what a fuzzer makes up; `tests/fuzz/README.md` says how.

#[cfg(test)]
#[path = "fuzz/bodies/mod.rs"]
mod bodies;
#[cfg(test)]
#[path = "fuzz/seeds.rs"]
mod seeds;
