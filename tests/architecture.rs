//! The house holds: which floor imports which, what pure floors leave alone, who names a colour, and
//! who lets something run. Reads the sources; code that is compiled for tests only may do as it likes.

#[cfg(test)]
#[path = "architecture/cases.rs"]
mod cases;
#[cfg(test)]
#[path = "architecture/house.rs"]
mod house;
#[cfg(test)]
#[path = "architecture/read.rs"]
mod read;
