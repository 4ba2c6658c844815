//! A poll as the console makes it.

use std::time::Duration;

use midwatch::config::{Layer, load};
use midwatch::domain::reading::Reading;
use midwatch::domain::signal::Signal;
use midwatch::io::Io;
use midwatch::runtime::Clock;
use serde_json::Value;

/// The one signal of a configuration's text.
pub fn signal(text: &str) -> Signal {
    let layer = Layer { name: "midwatch.toml".into(), text: text.into(), base: ".".into() };
    let loaded = load(&[layer], &[("USER".into(), "ann".into())]);
    let settings = loaded.settings.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    let [signal] = settings.signals.try_into().unwrap_or_else(|_| panic!("not one signal"));
    signal
}

/// What a poll of it reads.
pub async fn poll(io: &Io, text: &str) -> Reading {
    midwatch::runtime::poll(io, &signal(text), Clock::default()).await
}

/// Polls until `enough`; the last reading if it never is.
pub async fn until(io: &Io, text: &str, enough: impl Fn(&Reading) -> bool) -> Reading {
    let mut reading = poll(io, text).await;
    for _ in 0..200 {
        if enough(&reading) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        reading = poll(io, text).await;
    }
    reading
}

/// A value of what was read.
pub fn value(reading: &Reading, key: &str) -> Value {
    let body = reading.body.as_ref().unwrap_or_else(|| panic!("nothing was read: {reading:?}"));
    body.get(key).unwrap_or_else(|| panic!("no {key} in {body}")).clone()
}

/// Several of them.
pub fn values(reading: &Reading, keys: &[&str]) -> Value {
    keys.iter().map(|key| value(reading, key)).collect()
}
