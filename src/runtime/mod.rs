//! The loop, the poller, the clock, the terminal: where effects are carried out.

mod alarm;
mod clock;
mod console;
mod edits;
mod engine;
mod follow;
mod guarded;
pub mod handover;
mod input;
mod limits;
mod listener;
mod notify;
mod poll;
pub mod simulator;
mod stops;
mod surroundings;
mod terminal;
mod woken;

pub use clock::Clock;
pub use console::{Look, run};
pub use edits::Heeded;
pub use engine::{Ask, Change, Engine, Queue};
pub use follow::follow;
pub use limits::raise_open_files;
pub use listener::{ListenError, Listener};
pub use poll::{asked, poll};
pub use stops::Stop;
pub use surroundings::{Surroundings, repository};
pub use terminal::{Screen, install_hooks};
