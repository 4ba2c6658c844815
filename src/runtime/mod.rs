//! The loop, the poller, the clock, the terminal: where effects are carried out.

mod clock;
mod console;
mod engine;
mod guarded;
mod input;
mod limits;
mod poll;
pub mod simulator;
mod terminal;
mod woken;

pub use clock::Clock;
pub use console::{Look, run};
pub use engine::{Ask, Change, Engine, Queue};
pub use limits::raise_open_files;
pub use poll::poll;
pub use terminal::{Screen, install_hooks};
