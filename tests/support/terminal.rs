//! A program in a pseudo-terminal, driven as an operator drives it and read as an operator reads it.
//!
//! Every wait has a deadline, a failed wait prints the screen, and dropping a [`Terminal`] kills the
//! program and its group. It answers what a program asks its terminal (attributes, cursor, background),
//! so that no start-up waits for a reply that never comes. It does not sleep for a fixed time anywhere.

#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it meets what it did not expect")]

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

use super::keys::key_bytes;

/// The program under test.
pub const MIDWATCH: &str = env!("CARGO_BIN_EXE_midwatch");

/// Long enough for any machine; only a failing test waits so long.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// How often a program that ends without a word is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// A program and the terminal it runs in.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    /// `None` once it has hung up.
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Shared<Option<Box<dyn Write + Send>>>,
    shown: Arc<Shown>,
    ended: Option<ExitStatus>,
    home: Arc<TempDir>,
}

type Shared<T> = Arc<Mutex<T>>;

/// What the program has written so far, and a bell that rings when there is more.
struct Shown {
    state: Mutex<State>,
    more: Condvar,
}

struct State {
    parser: vt100::Parser<Queries>,
    output: Vec<u8>,
    /// Nobody holds the terminal any more.
    closed: bool,
    /// Our side lets go of it at the next byte.
    hanging_up: bool,
}

impl Terminal {
    /// Starts `argv` in a terminal of `size` (columns, rows), with a home of its own and no more of the
    /// environment than `PATH` and `env`.
    pub fn start(argv: &[&str], size: (u16, u16), env: &[(&str, &str)]) -> Self {
        Self::start_at(Arc::new(TempDir::new().unwrap()), argv, size, env)
    }

    /// The same, in the home of an earlier terminal: its files are still there.
    pub fn start_at(home: Arc<TempDir>, argv: &[&str], size: (u16, u16), env: &[(&str, &str)]) -> Self {
        let (columns, rows) = size;
        let pair = native_pty_system().openpty(pty_size(columns, rows)).unwrap();
        let mut command = CommandBuilder::from_argv(argv.iter().map(Into::into).collect());
        furnish(&mut command, home.path());
        for (name, value) in env {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap_or_else(|error| panic!("{argv:?}: {error}"));
        // Only the program holds the far side from here, so that its end is seen as an end of output.
        drop(pair.slave);

        let writer = Arc::new(Mutex::new(Some(pair.master.take_writer().unwrap())));
        let parser = vt100::Parser::new_with_callbacks(cells(rows), cells(columns), 0, Queries::default());
        let state = State { parser, output: Vec::new(), closed: false, hanging_up: false };
        let shown = Arc::new(Shown { state: Mutex::new(state), more: Condvar::new() });
        let reader = pair.master.try_clone_reader().unwrap();
        std::thread::spawn({
            let (shown, writer) = (Arc::clone(&shown), Arc::clone(&writer));
            move || listen(reader, &shown, &writer)
        });
        Self { child, master: Some(pair.master), writer, shown, ended: None, home }
    }

    /// The home directory, in which configuration, data, state and temporary files are.
    pub fn home(&self) -> Arc<TempDir> {
        Arc::clone(&self.home)
    }

    /// Types `text` as it stands.
    pub fn send(&mut self, text: &str) {
        // A program that has ended reads nothing: the next wait says so, with the screen.
        write(&self.writer, text);
    }

    /// Presses a key: a character, or `enter`, `esc`, `up`, `pagedown`, `f1`, `ctrl+c`, `alt+x` …
    pub fn key(&mut self, name: &str) {
        let application = self.shown.state.lock().unwrap().parser.screen().application_cursor();
        let bytes = key_bytes(name, application).unwrap_or_else(|| panic!("unknown key {name:?}"));
        self.send(&bytes);
    }

    /// Pastes `text`, bracketed if the program asked for that.
    pub fn paste(&mut self, text: &str) {
        if self.with_screen(vt100::Screen::bracketed_paste) {
            self.send(&format!("\x1b[200~{text}\x1b[201~"));
        } else {
            self.send(text);
        }
    }

    /// Presses and releases the left button over a cell (columns and rows from 0).
    pub fn click(&mut self, (column, row): (u16, u16)) {
        let (column, row) = (column + 1, row + 1);
        self.send(&format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"));
    }

    /// Waits until `holds` for the screen (see [`Terminal::screen`]), and gives that screen.
    #[track_caller]
    pub fn wait_for(&mut self, holds: impl Fn(&str) -> bool, deadline: Duration) -> String {
        self.wait("what was waited for", &holds, deadline)
    }

    /// Waits until `text` stands somewhere on the screen, on one row.
    #[track_caller]
    pub fn wait_for_text(&mut self, text: &str, deadline: Duration) -> String {
        self.wait(&format!("{text:?}"), &|screen| screen.contains(text), deadline)
    }

    /// Waits until every one of `texts` stands on the screen, each on one row. A frame is seen as it
    /// arrives, so what belongs together is waited for together.
    #[track_caller]
    pub fn wait_for_texts(&mut self, texts: &[&str], deadline: Duration) -> String {
        self.wait(&format!("{texts:?}"), &|screen| texts.iter().all(|text| screen.contains(text)), deadline)
    }

    /// Waits until `holds`, whatever the screen shows.
    #[track_caller]
    pub fn wait_until(&mut self, holds: impl Fn(&Self) -> bool, deadline: Duration) {
        let end = now() + deadline;
        while !holds(self) {
            assert!(!self.has_ended(), "the program ended{}", framed(&self.screen()));
            assert!(now() < end, "it did not come about within {deadline:?}{}", framed(&self.screen()));
            self.wait_for_more(end);
        }
    }

    #[track_caller]
    fn wait(&mut self, what: &str, holds: &dyn Fn(&str) -> bool, deadline: Duration) -> String {
        let end = now() + deadline;
        loop {
            // Looked at before the screen: whatever an ended program wrote has been seen then.
            let ended = self.has_ended() && self.shown.state.lock().unwrap().closed;
            let screen = self.screen();
            if holds(&screen) {
                return screen;
            }
            let how = self.ended.as_ref().map_or_else(String::new, ToString::to_string);
            assert!(!ended, "the program ended ({how}) before {what} was there{}", framed(&screen));
            assert!(now() < end, "{what} was not there within {deadline:?}{}", framed(&screen));
            self.wait_for_more(end);
        }
    }

    /// The screen as text: every row a line, without the spaces at its end.
    pub fn screen(&self) -> String {
        self.with_screen(|screen| {
            let (_, columns) = screen.size();
            let mut text = String::new();
            for row in screen.rows(0, columns.get()) {
                text.push_str(row.trim_end());
                text.push('\n');
            }
            text
        })
    }

    /// Looks at the screen's cells, cursor and modes.
    pub fn with_screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.shown.state.lock().unwrap().parser.screen())
    }

    /// Every byte that the program has written.
    pub fn output(&self) -> Vec<u8> {
        self.shown.state.lock().unwrap().output.clone()
    }

    /// How many bytes the program has written.
    pub fn written(&self) -> usize {
        self.shown.state.lock().unwrap().output.len()
    }

    /// Gives the terminal another size (columns, rows); the program gets SIGWINCH.
    pub fn resize(&mut self, (columns, rows): (u16, u16)) {
        self.shown.state.lock().unwrap().parser.set_size(cells(rows), cells(columns));
        self.master.as_ref().unwrap().resize(pty_size(columns, rows)).unwrap();
    }

    /// Closes the terminal, as a dropped connection does; the program gets SIGHUP. Our side lets go at
    /// the program's next byte, so this is for a program that still draws.
    pub fn hang_up(&mut self) {
        self.shown.state.lock().unwrap().hanging_up = true;
        self.writer.lock().unwrap().take();
        self.master.take();
    }

    /// The program's process id.
    pub fn process(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap())
    }

    /// Sends `signal` to the program alone.
    pub fn signal(&mut self, signal: Signal) {
        if !self.has_ended() {
            kill(self.process(), signal).unwrap();
        }
    }

    /// Kills the program at once, as `kill -9` does, and waits until it is gone.
    pub fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        self.wait_for_end(DEADLINE);
    }

    /// Waits until the program has ended; its exit code, or `None` if a signal ended it.
    #[track_caller]
    pub fn exit_code(&mut self, deadline: Duration) -> Option<u32> {
        let ended = self.wait_for_end(deadline);
        assert!(ended, "the program did not end within {deadline:?}{}", framed(&self.screen()));
        // What it wrote last may still be on its way; a child it left behind may hold the terminal.
        let end = now() + Duration::from_secs(1);
        while !self.shown.state.lock().unwrap().closed && now() < end {
            self.wait_for_more(end);
        }
        let status = self.ended.as_ref()?;
        status.signal().is_none().then(|| status.exit_code())
    }

    /// Whether the program has ended.
    pub fn has_ended(&mut self) -> bool {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().unwrap();
        }
        self.ended.is_some()
    }

    fn wait_for_end(&mut self, deadline: Duration) -> bool {
        let end = now() + deadline;
        while !self.has_ended() {
            if now() >= end {
                return false;
            }
            self.wait_for_more(end);
        }
        true
    }

    /// Waits for output, but not past `end` and not so long that an end without output is missed.
    fn wait_for_more(&self, end: Instant) {
        let state = self.shown.state.lock().unwrap();
        let glance = end.saturating_duration_since(now()).min(GLANCE);
        // A closed terminal rings no more; the wait is then only a pause.
        drop(self.shown.more.wait_timeout(state, glance).unwrap());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that fails while it holds a lock must still not leave a program behind.
        if self.child.try_wait().is_ok_and(|status| status.is_none())
            && let Some(process) = self.child.process_id().and_then(|id| i32::try_from(id).ok())
        {
            // The program leads a session, so its group is its own; 0 would mean ours.
            let process = Pid::from_raw(process);
            if process.as_raw() > 1 {
                let _ = killpg(process, Signal::SIGKILL);
                let _ = kill(process, Signal::SIGKILL);
                let end = now() + DEADLINE;
                while now() < end && matches!(self.child.try_wait(), Ok(None)) {
                    std::thread::sleep(GLANCE);
                }
            }
        }
    }
}

/// Reads until nobody holds the terminal any more, and answers what is asked on the way.
fn listen(mut reader: Box<dyn Read + Send>, shown: &Shown, writer: &Shared<Option<Box<dyn Write + Send>>>) {
    let mut chunk = [0; 16 * 1024];
    loop {
        // Linux ends the output of a terminal that nobody holds with an error.
        let count = reader.read(&mut chunk).unwrap_or(0);
        let mut state = shown.state.lock().unwrap();
        state.output.extend_from_slice(&chunk[..count]);
        state.parser.process(&chunk[..count]);
        state.closed = count == 0 || state.hanging_up;
        let over = state.closed;
        let answers = std::mem::take(&mut state.parser.callbacks_mut().answers);
        drop(state);
        shown.more.notify_all();
        if over {
            return;
        }
        if !answers.is_empty() {
            write(writer, &answers);
        }
    }
}

/// Types `text`, if there still is somewhere to type it.
fn write(writer: &Shared<Option<Box<dyn Write + Send>>>, text: &str) {
    if let Some(writer) = writer.lock().unwrap().as_mut() {
        let _ = writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
    }
}

/// Answers to what a program asked its terminal.
#[derive(Default)]
struct Queries {
    answers: String,
}

impl vt100::Callbacks for Queries {
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        prefix: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        last: char,
    ) {
        match (prefix, params, last) {
            // Primary device attributes: a VT220 with colours.
            (None, _, 'c') => self.answers.push_str("\x1b[?62;22c"),
            // Where the cursor is.
            (None, [[6]], 'n') => {
                let (row, column) = screen.cursor_position();
                let _ = write!(self.answers, "\x1b[{};{}R", row + 1, column + 1);
            }
            _ => {}
        }
    }

    fn unhandled_osc(&mut self, _: &mut vt100::Screen, params: &[&[u8]]) {
        match params {
            [b"10", b"?"] => self.answers.push_str("\x1b]10;rgb:d0d0/d0d0/d0d0\x1b\\"),
            [b"11", b"?"] => self.answers.push_str("\x1b]11;rgb:1010/1010/1818\x1b\\"),
            _ => {}
        }
    }
}

/// An environment that is the same on every machine, and a home that nobody else has.
fn furnish(command: &mut CommandBuilder, home: &Path) {
    command.env_clear();
    for (name, value) in environment(home) {
        command.env(name, value);
    }
    command.cwd(home);
}

/// `PATH`, a terminal, and every directory a program may write to under `home`.
pub fn environment(home: &Path) -> Vec<(&'static str, OsString)> {
    let mut environment: Vec<(&str, OsString)> =
        std::env::var_os("PATH").map(|path| ("PATH", path)).into_iter().collect();
    environment.extend([
        ("TERM", "xterm-256color".into()),
        ("COLORTERM", "truecolor".into()),
        ("LANG", "C.UTF-8".into()),
        ("HOME", home.into()),
    ]);
    for (name, directory) in [
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_RUNTIME_DIR", "run"),
        ("TMPDIR", "tmp"),
    ] {
        let path = home.join(directory);
        std::fs::create_dir_all(&path).unwrap();
        environment.push((name, path.into()));
    }
    environment
}

/// The screen in a frame, for a message.
fn framed(screen: &str) -> String {
    let width = screen.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let mut text = format!("; the screen:\n┌{}┐\n", "─".repeat(width));
    for line in screen.lines() {
        let _ = writeln!(text, "│{line:width$}│");
    }
    let _ = writeln!(text, "└{}┘", "─".repeat(width));
    text
}

fn pty_size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "deadlines of tests are real time")]
pub fn now() -> Instant {
    Instant::now()
}
