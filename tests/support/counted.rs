//! A console whose key presses are counted: what a whole night asks of somebody's fingers.

#![allow(dead_code, reason = "every test file uses a part of it")]

use std::time::Duration;

use super::terminal::{DEADLINE, Terminal};

/// A console, and how many keys were pressed in it besides the texts that were typed.
pub struct Counted {
    /// The console, for what is waited for and what is typed.
    pub console: Terminal,
    presses: u32,
}

impl Counted {
    /// Nothing was pressed yet.
    pub fn new(console: Terminal) -> Self {
        Self { console, presses: 0 }
    }

    /// Presses a key and waits until every one of `texts` is there.
    #[track_caller]
    pub fn key(&mut self, key: &str, texts: &[&str]) -> String {
        self.presses += 1;
        self.console.key(key);
        self.console.wait_for_texts(texts, DEADLINE)
    }

    /// Presses keys one after the other, and waits until the last has shown `text`.
    #[track_caller]
    pub fn keys(&mut self, keys: &str, text: &str) -> String {
        self.keys_within(keys, text, DEADLINE)
    }

    /// The same, for what takes its time.
    #[track_caller]
    pub fn keys_within(&mut self, keys: &str, text: &str, deadline: Duration) -> String {
        for key in keys.split(' ') {
            self.presses += 1;
            self.console.key(key);
        }
        self.console.wait_for_text(text, deadline)
    }

    /// Presses a key that makes a `text` go away.
    #[track_caller]
    pub fn leave(&mut self, key: &str, text: &str) -> String {
        self.presses += 1;
        self.console.key(key);
        self.console.wait_for(|screen| !screen.contains(text) && screen.contains(" MIDWATCH "), DEADLINE)
    }

    /// Types `text` into the field that is open, then presses enter and waits for every one of `texts`.
    #[track_caller]
    pub fn answer(&mut self, text: &str, texts: &[&str]) -> String {
        self.console.send(text);
        self.key("enter", texts)
    }

    /// Presses a key that ends the console.
    #[track_caller]
    pub fn quit(&mut self, key: &str) {
        self.presses += 1;
        self.console.key(key);
        assert_eq!(self.console.exit_code(DEADLINE), Some(0));
    }

    /// How many keys were pressed.
    pub fn presses(&self) -> u32 {
        self.presses
    }
}
