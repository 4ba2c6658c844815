//! The console's loop: signals, keys, results and time in; frames out, and only when something
//! changed.

use std::io::{self, Write};
use std::pin::pin;
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::EventStream;
use crossterm::execute;
use ratatui::layout::Position;
use tokio::time::sleep;

use crate::app::{Msg, arrange};
use crate::domain::text::clean_lines;
use crate::domain::time::Timestamp;
use crate::keymap::Keymap;
use crate::theme::Theme;
use crate::{panes, view};

use super::alarm::set;
use super::engine::{Ask, Change, Engine};
use super::input::Input;
use super::notify::Notifier;
use super::stops::Stops;
use super::terminal::{Screen, stop_job};
use super::woken::Woken;

/// Between two frames that show what the operator did, at least.
const FRAME: Duration = Duration::from_millis(33);
/// Between two frames that show what happened, at least. While a thousand signals change a second,
/// there is room for the operator's frames between them.
const NEWS: Duration = Duration::from_millis(100);

/// Where nothing is due, time is told this often.
const IDLE: Duration = Duration::from_secs(1);

/// How the console looks and which keys it has.
#[derive(Debug)]
pub struct Look {
    /// Role to style.
    pub theme: Theme,
    /// Chord to command.
    pub keymap: Keymap,
}

/// Runs the console until the operator leaves or the program is told to end.
pub async fn run(engine: &mut Engine, screen: &mut Screen, look: &Look) -> io::Result<()> {
    let mut stops = Stops::new()?;
    let mut events = Woken::new(EventStream::new());
    let mut input = Input::default();
    let size = screen.drawing.size()?;
    engine.tell(Msg::Resized(size.width, size.height));
    let notify = Notifier::of(engine.model.plan.notify, |name| std::env::var(name).ok());
    let mut frames = Frames::default();
    let (mut frame, mut due) = (pin!(sleep(Duration::ZERO)), pin!(sleep(Duration::ZERO)));
    loop {
        let now = engine.clock.now();
        if now >= frames.due(engine.change) {
            fit(engine, screen)?;
            frames.drawn(engine.take_change(), now);
            draw(engine, screen, look, now)?;
        }
        set(frame.as_mut(), engine.clock.until(frames.due(engine.change)));
        set(due.as_mut(), engine.wake_at().map_or(IDLE, |at| engine.clock.until(at)));
        tokio::select! {
            biased;
            stop = stops.next() => engine.tell(Msg::Stop(stop.word().to_owned())),
            event = events.next() => match event {
                Some(Ok(event)) => {
                    let had = input.is_pending();
                    let now = engine.clock.now();
                    if let Some(msg) = input.message(&engine.model, &look.keymap, now, event) {
                        if matches!(msg, Msg::Resized(..)) {
                            // It may have been smaller in between, and have lost what stood there.
                            screen.redraw()?;
                        }
                        engine.tell(msg);
                    }
                    if had && !input.is_pending() {
                        engine.tell(Msg::Pending(String::new()));
                    }
                }
                Some(Err(error)) => engine.tell(Msg::Stop(format!("the terminal is gone: {error}"))),
                None => engine.tell(Msg::Stop("the terminal is gone".into())),
            },
            () = engine.next() => {}
            () = &mut frame => engine.tick().await,
            () = &mut due => engine.tick().await,
        }
        for ask in std::mem::take(&mut engine.asks) {
            match ask {
                Ask::Quit => return Ok(()),
                // What is copied is pasted into shells.
                Ask::Copy(text) => {
                    execute!(io::stdout(), CopyToClipboard::to_clipboard_from(clean_lines(&text)))?;
                }
                Ask::Bell => ring(&notify.bell())?,
                Ask::Ring(text) => ring(&notify.ring(&text))?,
                Ask::Redraw => screen.redraw()?,
                Ask::Suspend => {
                    drop(events);
                    screen.lend();
                    stop_job();
                    screen.retake()?;
                    events = Woken::new(EventStream::new());
                    let size = screen.drawing.size()?;
                    engine.tell(Msg::Resized(size.width, size.height));
                }
                Ask::Edit(text) => {
                    drop(events);
                    screen.lend();
                    let edited = engine.io().edit(&text).await;
                    screen.retake()?;
                    events = Woken::new(EventStream::new());
                    let size = screen.drawing.size()?;
                    engine.tell(Msg::Resized(size.width, size.height));
                    engine.tell(Msg::Edited(edited));
                }
                Ask::HandOver(run, request) => {
                    drop(events);
                    screen.lend();
                    let reply = engine.io().hand_over(&request).await;
                    screen.retake()?;
                    events = Woken::new(EventStream::new());
                    engine.tell(Msg::Replied(run, Box::new(reply)));
                }
            }
        }
    }
}

fn ring(bytes: &[u8]) -> io::Result<()> {
    io::stdout().write_all(bytes)?;
    io::stdout().flush()
}

/// When frames were drawn.
#[derive(Debug, Default)]
struct Frames {
    last: Timestamp,
    /// The last one that showed what happened, and no deed of the operator.
    happened: Timestamp,
    /// The last one that showed what the operator did.
    told: Timestamp,
}

impl Frames {
    /// When the next frame is due: at the next second for the clock, sooner if something happened or
    /// was told. A frame for the clock or for a fact never makes a key wait.
    fn due(&self, change: Change) -> Timestamp {
        let second = Timestamp::from_millis((self.last.millis().div_euclid(1000) + 1) * 1000);
        match change {
            Change::Nothing => second,
            Change::Happened => self.happened.plus(NEWS).min(second),
            Change::Told => self.told.plus(FRAME).min(second),
        }
    }

    fn drawn(&mut self, change: Change, now: Timestamp) {
        self.last = now;
        match change {
            Change::Nothing => {}
            Change::Happened => self.happened = now,
            Change::Told => self.told = now,
        }
    }
}

/// The terminal's size as it is: of many changes in a row the last may have come without a word.
fn fit(engine: &mut Engine, screen: &mut Screen) -> io::Result<()> {
    let size = screen.drawing.size()?;
    let lost = engine.model.margin() * 2;
    if engine.model.ui.size != (size.width.saturating_sub(lost), size.height.saturating_sub(lost)) {
        screen.redraw()?;
        engine.tell(Msg::Resized(size.width, size.height));
    }
    Ok(())
}

fn draw(engine: &mut Engine, screen: &mut Screen, look: &Look, now: Timestamp) -> io::Result<()> {
    arrange(&mut engine.model);
    screen.entitle(|usual| panes::deputy::title(&engine.model, usual))?;
    let shape = panes::screen(&engine.model, engine.model.instant(now));
    screen.drawing.draw(|frame| {
        if let Some((x, y)) = view::draw(&shape, &look.theme, frame.buffer_mut()) {
            frame.set_cursor_position(Position { x, y });
        }
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_never_makes_a_key_wait_and_a_key_no_fact() {
        let at = Timestamp::from_millis;
        let mut frames = Frames::default();
        frames.drawn(Change::Happened, at(10_000));
        assert_eq!(frames.due(Change::Nothing), at(11_000));
        assert_eq!(frames.due(Change::Happened), at(10_100));
        assert!(frames.due(Change::Told) <= at(10_000), "now");
        frames.drawn(Change::Told, at(10_010));
        assert_eq!(frames.due(Change::Told), at(10_043));
        assert_eq!(frames.due(Change::Happened), at(10_100));
        frames.drawn(Change::Nothing, at(10_980));
        assert_eq!(frames.due(Change::Nothing), at(11_000));
    }
}
