//! A frame: from the model to a buffer, and from a buffer to what a terminal is sent. The target is
//! 2 ms for 200x60 with 10,000 signals.
#![expect(clippy::unwrap_used, reason = "a benchmark ends where it meets what it did not expect")]

mod support;

use divan::{Bencher, black_box};
use midwatch::app::arrange;
use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::ids::SignalId;
use midwatch::domain::reading::Health;
use midwatch::panes;
use midwatch::state::Focus;
use midwatch::theme::{self, Depth, Theme};
use midwatch::view;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use support::Watched;

/// Intervals watched: a full window of fifteen minutes.
const ROUNDS: u32 = 90;
const WIDE: (u16, u16) = (200, 60);
const NARROW: (u16, u16) = (80, 24);

fn main() {
    divan::main();
}

fn dark() -> Theme {
    theme::load("dark", None, Depth::True).0
}

fn shape_and_buffer(bencher: Bencher<'_, '_>, signals: usize, size: (u16, u16), focus: Focus) {
    let mut watched = Watched::new(signals, ROUNDS, size);
    watched.model.ui.focus = focus;
    let theme = dark();
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    arrange(&mut watched.model);
    bencher.bench_local(|| {
        arrange(&mut watched.model);
        let shape = panes::screen(black_box(&watched.model), watched.now);
        view::draw(&shape, &theme, &mut buffer)
    });
}

#[divan::bench(args = Focus::ALL, sample_count = 60)]
fn wide_10_000_signals(bencher: Bencher<'_, '_>, focus: Focus) {
    shape_and_buffer(bencher, 10_000, WIDE, focus);
}

#[divan::bench(args = Focus::ALL)]
fn narrow_50_signals(bencher: Bencher<'_, '_>, focus: Focus) {
    shape_and_buffer(bencher, 50, NARROW, focus);
}

/// One signal goes down and up again in turn: the pane is put in order anew for every frame.
#[divan::bench(args = [50, 10_000], sample_count = 60)]
fn wide_after_a_change(bencher: Bencher<'_, '_>, signals: usize) {
    let mut watched = Watched::new(signals, ROUNDS, WIDE);
    let theme = dark();
    let mut buffer = Buffer::empty(Rect::new(0, 0, WIDE.0, WIDE.1));
    let signal = SignalId::from("service-00007");
    let mut down = false;
    bencher.bench_local(|| {
        settle(&mut watched, &signal, &mut down);
        arrange(&mut watched.model);
        let shape = panes::screen(black_box(&watched.model), watched.now);
        view::draw(&shape, &theme, &mut buffer)
    });
}

/// The same, and what a terminal is sent for it: everything a frame costs but the terminal itself.
#[divan::bench(args = [50, 10_000], sample_count = 60)]
fn wide_to_a_terminal_after_a_change(bencher: Bencher<'_, '_>, signals: usize) {
    let mut watched = Watched::new(signals, ROUNDS, WIDE);
    let theme = dark();
    let viewport = Viewport::Fixed(Rect::new(0, 0, WIDE.0, WIDE.1));
    let mut terminal =
        Terminal::with_options(CrosstermBackend::new(std::io::sink()), TerminalOptions { viewport }).unwrap();
    let signal = SignalId::from("service-00007");
    let mut down = false;
    bencher.bench_local(|| {
        settle(&mut watched, &signal, &mut down);
        arrange(&mut watched.model);
        let shape = panes::screen(black_box(&watched.model), watched.now);
        terminal
            .draw(|frame| {
                view::draw(&shape, &theme, frame.buffer_mut());
            })
            .unwrap();
    });
}

fn settle(watched: &mut Watched, signal: &SignalId, down: &mut bool) {
    let (from, to) = if *down { (Health::Down, Health::Ok) } else { (Health::Ok, Health::Down) };
    *down = !*down;
    let fact = Fact::Settled {
        signal: signal.clone(),
        from,
        to,
        reason: None,
        detail: "503".into(),
        since: watched.now,
        evidence: None,
        after: None,
    };
    let seq = watched.model.watch.seq + 1;
    watched.model.watch.apply(&Logged { seq, at: watched.now, incident: None, fact });
    watched.model.feed.unordered = true;
}
