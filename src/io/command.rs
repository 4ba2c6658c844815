//! Programs: run to their end, to their time's end, or to the operator's patience's end.
//!
//! No shell, no terminal, no input. Secrets go in by environment only. The whole process group ends
//! with the program's time; what a program that ended by itself left running is let be.

use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

use crate::domain::io::{CommandReply, CommandRequest, IoFailure, OutputLine, Reason};
use crate::domain::text;

use super::group::{GRACE, Group};
use super::output::{Kept, Lines, Shown};
use super::{Rim, failure};

/// How long the pipes of a program that has ended may stay open: another that it started holds them.
const HELD: Duration = Duration::from_millis(300);

/// Where a run stands.
enum Phase {
    /// Until its time is over.
    Running,
    /// Asked to end, for this reason; then ended.
    Ending(IoFailure),
    /// Ended, by itself or not; the rest of its output is read.
    Over(Result<(ExitStatus, Duration), IoFailure>),
}

/// Runs the program of `request` and keeps its output.
pub(super) async fn run(
    rim: &Rim,
    request: &CommandRequest,
    output: Option<Sender<OutputLine>>,
    cancelled: impl Future<Output = ()>,
) -> Result<CommandReply, IoFailure> {
    tokio::pin!(cancelled);
    let command = tokio::select! {
        biased;
        () = &mut cancelled => return Err(failure::cancelled()),
        command = prepare(rim, request) => command?,
    };
    let started = Instant::now();
    let mut group = Group::start(command).map_err(|error| not_started(request, &error))?;
    let (stdout, stderr) = group.pipes();
    let mut stdout = Pipe::new(stdout, rim, request.limit);
    let mut stderr = Pipe::new(stderr, rim, request.limit);
    let mut shown = Shown::new(output);
    let mut phase = Phase::Running;
    let alarm = tokio::time::sleep(request.timeout);
    tokio::pin!(alarm);
    loop {
        let running = matches!(phase, Phase::Running);
        let alive = !matches!(phase, Phase::Over(_));
        if !alive && stdout.is_closed() && stderr.is_closed() {
            break;
        }
        tokio::select! {
            biased;
            () = &mut cancelled, if running => {
                group.ask_to_end();
                alarm.as_mut().reset(Instant::now() + GRACE);
                phase = Phase::Ending(failure::cancelled());
            }
            () = &mut alarm => match phase {
                Phase::Running => {
                    group.ask_to_end();
                    alarm.as_mut().reset(Instant::now() + GRACE);
                    phase = Phase::Ending(failure::timeout("no end", request.timeout));
                }
                Phase::Ending(failure) => {
                    group.see_end(Instant::now()).await;
                    alarm.as_mut().reset(Instant::now() + HELD);
                    phase = Phase::Over(Err(failure));
                }
                Phase::Over(_) => break,
            },
            status = group.wait(), if alive => {
                let over = match phase {
                    Phase::Running => {
                        group.ended();
                        status.map(|status| (status, started.elapsed())).map_err(|error| lost(&error))
                    }
                    Phase::Ending(failure) => {
                        group.see_end(alarm.deadline()).await;
                        Err(failure)
                    }
                    Phase::Over(over) => over,
                };
                alarm.as_mut().reset(Instant::now() + HELD);
                phase = Phase::Over(over);
            },
            () = stdout.read(), if !stdout.is_closed() => stdout.pass_on(&mut shown, false).await,
            () = stderr.read(), if !stderr.is_closed() => stderr.pass_on(&mut shown, true).await,
        }
    }
    let (stdout, more_stdout) = stdout.finish(&mut shown, false).await;
    let (stderr, more_stderr) = stderr.finish(&mut shown, true).await;
    shown.finish().await;
    let (status, duration) = match phase {
        Phase::Over(over) => over?,
        Phase::Running | Phase::Ending(_) => return Err(lost(&io::Error::other("it was not waited for"))),
    };
    Ok(CommandReply {
        exit: status.code(),
        signal: signal(status),
        stdout,
        stderr,
        truncated: more_stdout || more_stderr,
        duration,
    })
}

/// What programs see of the environment where they see nothing else of it.
const BARE: [&str; 6] = ["PATH", "LANG", "LC_ALL", "TERM", "TZ", "TMPDIR"];

async fn prepare(rim: &Rim, request: &CommandRequest) -> Result<Command, IoFailure> {
    let Some((program, arguments)) = request.argv.split_first() else {
        return Err(failure::not_sent(Reason::Connect, "no program to run"));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    if let Some(home) = &rim.bare {
        command.env_clear();
        for name in BARE {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("HOME", home);
    }
    for (name, value) in &request.env {
        let value = rim.secrets.text(value).await.map_err(failure::no_secret)?;
        command.env(name, &*value.text);
    }
    if let Some(directory) = &request.cwd {
        command.current_dir(directory);
    }
    Ok(command)
}

/// Runs the program of `request` on the terminal Midwatch runs on, until it ends by itself. Its
/// output goes to the terminal: nothing of it is kept.
pub(super) async fn hand_over(rim: &Rim, request: &CommandRequest) -> Result<CommandReply, IoFailure> {
    let mut command = prepare(rim, request).await?;
    let started = Instant::now();
    let status = command.status().await.map_err(|error| not_started(request, &error))?;
    Ok(CommandReply {
        exit: status.code(),
        signal: signal(status),
        stdout: String::new(),
        stderr: String::new(),
        truncated: false,
        duration: started.elapsed(),
    })
}

fn not_started(request: &CommandRequest, error: &io::Error) -> IoFailure {
    let absent = request.cwd.as_deref().filter(|directory| !directory.is_dir());
    failure::not_sent(Reason::Connect, start_words(&request.argv, absent, error))
}

fn start_words(argv: &[String], absent: Option<&Path>, error: &io::Error) -> String {
    let program = argv.first().map_or("", String::as_str);
    match (absent, error.kind()) {
        (Some(directory), _) => format!("no such directory: {}", directory.display()),
        (None, io::ErrorKind::NotFound) => format!("program not found: {program}"),
        (None, io::ErrorKind::PermissionDenied) => format!("program not executable: {program}"),
        (None, _) => format!("program not started: {program}: {error}"),
    }
}

fn lost(error: &io::Error) -> IoFailure {
    IoFailure {
        reason: Reason::Connect,
        detail: format!("how the program ended is unknown: {error}"),
        delivery: crate::domain::io::Delivery::Unknown,
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}

/// One output of a program, and what becomes of it.
struct Pipe<R> {
    source: Option<R>,
    buffer: Vec<u8>,
    lines: Lines,
    kept: Kept,
}

impl<R: AsyncRead + Unpin> Pipe<R> {
    fn new(source: Option<R>, rim: &Rim, limit: usize) -> Self {
        Self {
            source,
            buffer: Vec::with_capacity(16 << 10),
            lines: Lines::new(rim.secrets.redactor()),
            kept: Kept::new(limit),
        }
    }

    fn is_closed(&self) -> bool {
        self.source.is_none()
    }

    /// Reads once. Loses nothing when dropped before it is done.
    async fn read(&mut self) {
        let Some(source) = &mut self.source else { return };
        match source.read_buf(&mut self.buffer).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => self.source = None,
        }
    }

    /// Keeps and shows what was read.
    async fn pass_on(&mut self, shown: &mut Shown, error: bool) {
        let pieces = self.lines.feed(&self.buffer);
        self.buffer.clear();
        for piece in &pieces {
            self.kept.add(piece);
        }
        shown.add(&pieces, error).await;
    }

    async fn finish(mut self, shown: &mut Shown, error: bool) -> (String, bool) {
        if let Some(piece) = self.lines.finish() {
            self.kept.add(&piece);
            shown.add(&[piece], error).await;
        }
        self.kept.finish()
    }
}

/// What the program of a secret tells on its standard output, unredacted: for [`super::secrets`]
/// alone.
pub(super) async fn tell(argv: &[String], patience: Duration, limit: usize) -> Result<Vec<u8>, String> {
    let Some((program, arguments)) = argv.split_first() else { return Err("names no program".to_owned()) };
    let mut command = Command::new(program);
    command.args(arguments);
    let mut group = Group::start(command).map_err(|error| start_words(argv, None, &error))?;
    let (stdout, stderr) = group.pipes();
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let told = async {
        tokio::select! {
            _ = async { tokio::join!(read_some(stdout, &mut output, limit), read_some(stderr, &mut errors, limit)) } => {}
            // An agent that the program started may hold its pipes for ever.
            () = async { drop(group.wait().await); tokio::time::sleep(HELD).await } => {}
        }
        group.wait().await
    };
    let Ok(status) = tokio::time::timeout(patience, told).await else {
        return Err(format!("no answer in {} s", patience.as_secs()));
    };
    group.ended();
    if output.len() > limit {
        return Err(format!("is larger than {limit} bytes"));
    }
    match status {
        Ok(status) if status.success() => Ok(output),
        Ok(status) => {
            let errors = String::from_utf8_lossy(&errors);
            let last = errors.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
            let ended = status.code().map_or("it was ended".to_owned(), |code| format!("exit {code}"));
            Err(format!("{ended}: {}", text::head(last, 200)))
        }
        Err(error) => Err(error.to_string()),
    }
}

async fn read_some(source: Option<impl AsyncRead + Unpin>, bytes: &mut Vec<u8>, limit: usize) {
    if let Some(source) = source {
        let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        // What came before a failure is still what was told.
        drop(source.take(most).read_to_end(bytes).await);
    }
}
