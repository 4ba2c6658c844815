//! Programs.

use std::future::pending;
use std::path::Path;
use std::time::Duration;

use midwatch::domain::io::{Delivery, IoReply, IoRequest, OutputLine, Reason, Value};
use midwatch::domain::text::is_hostile;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::servers::*;

#[tokio::test]
async fn a_program_runs_to_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let mut request = shell("echo one; echo \"$WORD\"; pwd; echo wrong >&2; exit 7");
    request.env = vec![("WORD".into(), Value::Plain("two  words".into()))];
    request.cwd = Some(directory.path().to_owned());
    let reply = ran(&io(), request).await;
    let here = directory.path().canonicalize().unwrap();
    assert_eq!(reply.stdout, format!("one\ntwo  words\n{}\n", here.display()));
    assert_eq!(reply.stderr, "wrong\n");
    assert_eq!((reply.exit, reply.signal, reply.truncated), (Some(7), None, false));
    assert!(reply.duration > Duration::ZERO);
}

#[tokio::test]
async fn a_signal_that_ends_a_program_is_named() {
    let reply = ran(&io(), shell("kill -9 $$")).await;
    assert_eq!((reply.exit, reply.signal), (None, Some(9)));
}

#[tokio::test]
async fn a_program_has_no_input_and_no_terminal() {
    let reply = ran(&io(), shell("cat; (: < /dev/tty) 2>/dev/null && echo terminal; echo done")).await;
    assert_eq!(reply.stdout, "done\n");
}

#[tokio::test]
async fn what_cannot_be_started_was_not_sent() {
    let directory = tempfile::tempdir().unwrap();
    let plain = directory.path().join("plain");
    midwatch::io::files::write_whole(&plain, b"text").unwrap();
    let mut nowhere = command(&["true"]);
    nowhere.cwd = Some(directory.path().join("none"));
    for (request, words) in [
        (command(&["midwatch-absent-program", "x"]), "program not found: midwatch-absent-program"),
        (command(&[plain.to_str().unwrap()]), "program not executable: "),
        (command(&[]), "no program to run"),
        (nowhere, "no such directory: "),
    ] {
        let reply = io().perform(&IoRequest::Command(request), None, pending()).await;
        let IoReply::Failed(failure) = reply else { panic!("{reply:?}") };
        assert_eq!((failure.reason, failure.delivery), (Reason::Connect, Delivery::NotSent), "{failure:?}");
        assert!(failure.detail.starts_with(words), "{failure:?}");
    }
}

#[tokio::test]
async fn lines_come_as_they_are_written() {
    let (sender, mut receiver) = mpsc::channel(10);
    let directory = tempfile::tempdir().unwrap();
    let go = directory.path().join("go");
    // Goes on only once the first line was seen.
    let script = format!("echo first; until [ -e {} ]; do sleep 0.01; done; echo second", go.display());
    let request = IoRequest::Command(shell(&script));
    let io = io();
    let running = io.perform(&request, Some(sender), pending());
    let watching = async {
        let first = receiver.recv().await.unwrap();
        assert_eq!(first, OutputLine { error: false, text: "first".into() });
        midwatch::io::files::write_whole(&go, b"").unwrap();
        assert_eq!(receiver.recv().await.unwrap().text, "second");
        assert_eq!(receiver.recv().await, None);
    };
    let (reply, ()) = tokio::join!(running, watching);
    assert!(matches!(reply, IoReply::Command(_)), "{reply:?}");
}

#[tokio::test]
async fn a_watcher_that_sees_all_sees_it_in_order() {
    let (sender, mut receiver) = mpsc::channel(10);
    let request = IoRequest::Command(shell("seq 1 20000"));
    let io = io();
    let running = io.perform(&request, Some(sender), pending());
    let watching = async {
        let mut next = 1;
        while let Some(line) = receiver.recv().await {
            assert_eq!(line.text, next.to_string());
            next += 1;
        }
        assert_eq!(next, 20_001);
    };
    tokio::join!(running, watching);
}

#[tokio::test]
async fn a_watcher_that_does_not_look_holds_nothing_up() {
    let (sender, mut receiver) = mpsc::channel(3);
    let request = IoRequest::Command(shell("seq 1 50000"));
    let IoReply::Command(reply) = io().perform(&request, Some(sender), pending()).await else {
        panic!("it did not end")
    };
    assert_eq!(reply.exit, Some(0));
    assert!(reply.stdout.ends_with("\n50000\n"));
    for number in ["1", "2", "3"] {
        assert_eq!(receiver.recv().await.unwrap().text, number);
    }
}

#[tokio::test]
async fn nothing_a_terminal_obeys_comes_out() {
    let script = "printf '\\033[1;31mred\\033[0m \\033]0;title\\007\\033]52;c;eA==\\033\\\\ \\302\\2332J\\342\\200\\256x\\tend \\033[\\n\\377\\n'";
    let (sender, mut receiver) = mpsc::channel(10);
    let request = IoRequest::Command(shell(script));
    let IoReply::Command(reply) = io().perform(&request, Some(sender), pending()).await else {
        panic!("lost")
    };
    assert_eq!(reply.stdout, "red  \u{fffd}x    end \u{fffd}[\n\u{fffd}\n");
    assert_eq!(receiver.recv().await.unwrap().text, "red  \u{fffd}x    end \u{fffd}[");
    assert!(!reply.stdout.replace('\n', "").chars().any(is_hostile));
}

#[tokio::test]
async fn too_much_output_is_kept_as_its_two_halves() {
    let mut request = shell("seq 1 300000; seq 1 10 >&2");
    request.limit = 10_000;
    let reply = ran(&io(), request).await;
    assert!(reply.truncated);
    assert!(reply.stdout.len() <= 10_000 && reply.stdout.len() > 9_000, "{}", reply.stdout.len());
    assert!(reply.stdout.starts_with("1\n2\n3\n"));
    assert!(reply.stdout.ends_with("\n299999\n300000\n"));
    assert!(reply.stdout.contains(" bytes left out …\n"));
    assert!(reply.stderr.ends_with("9\n10\n"));
}

#[tokio::test]
async fn a_line_without_end_costs_no_memory_and_is_cut_on_screen() {
    let (sender, mut receiver) = mpsc::channel(10);
    let mut request = shell("head -c 50000000 /dev/zero | tr '\\0' x; echo; echo after");
    request.limit = 10_000;
    let IoReply::Command(reply) = io().perform(&IoRequest::Command(request), Some(sender), pending()).await
    else {
        panic!("lost")
    };
    assert!(reply.truncated && reply.stdout.len() <= 10_000);
    assert!(reply.stdout.ends_with("\nafter\n"));
    let line = receiver.recv().await.unwrap().text;
    assert!(line.len() <= 4096 && line.ends_with("x…"));
    assert_eq!(receiver.recv().await.unwrap().text, "after");
}

/// Whether the process with the id in `file` runs: a zombie does not.
fn runs(file: &Path) -> bool {
    let id = std::fs::read_to_string(file).unwrap();
    std::fs::read_to_string(format!("/proc/{}/stat", id.trim()))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap().trim_start().starts_with('Z'))
}

/// Waits until nothing runs any more; fails when that takes too long.
async fn ends(file: &Path) {
    let started = Instant::now();
    while runs(file) {
        assert!(started.elapsed() < Duration::from_secs(20), "it still runs");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn written(file: &Path) {
    while !std::fs::read_to_string(file).is_ok_and(|text| text.ends_with('\n')) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_program_over_its_time_ends_with_all_it_started() {
    let directory = tempfile::tempdir().unwrap();
    let id = directory.path().join("id");
    let mut request = shell(&format!("sh -c 'echo $$ > {}; sleep 600' & sleep 600", id.display()));
    request.timeout = Duration::from_millis(300);
    let IoReply::Failed(failure) = io().perform(&IoRequest::Command(request), None, pending()).await else {
        panic!("it ended")
    };
    assert_eq!((failure.reason, failure.delivery), (Reason::Timeout, Delivery::Unknown));
    assert_eq!(failure.detail, "no end in 300 ms");
    ends(&id).await;
}

#[tokio::test]
async fn a_program_that_will_not_end_is_ended() {
    let directory = tempfile::tempdir().unwrap();
    let id = directory.path().join("id");
    let script = format!(
        "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > {}; while :; do sleep 1; done' & while :; do sleep 1; done",
        id.display()
    );
    let io = io();
    let request = IoRequest::Command(shell(&script));
    let started = Instant::now();
    let IoReply::Failed(failure) = io.perform(&request, None, written(&id)).await else { panic!("it ended") };
    assert_eq!(failure.delivery, Delivery::Cancelled);
    assert!(started.elapsed() >= Duration::from_secs(2), "it was given no time to end");
    ends(&id).await;
}

#[tokio::test]
async fn a_child_that_outlives_its_asked_parent_is_ended() {
    let directory = tempfile::tempdir().unwrap();
    let id = directory.path().join("id");
    let script =
        format!("sh -c 'trap \"\" TERM; echo $$ > {}; while :; do sleep 1; done' & wait", id.display());
    let request = IoRequest::Command(shell(&script));
    let reply = io().perform(&request, None, written(&id)).await;
    assert!(matches!(reply, IoReply::Failed(_)), "{reply:?}");
    ends(&id).await;
}

#[tokio::test]
async fn a_cancelled_program_may_say_its_last_words() {
    let directory = tempfile::tempdir().unwrap();
    let id = directory.path().join("id");
    let script = format!(
        "trap 'echo cleaning up; exit 0' TERM; echo $$ > {}; while :; do sleep 0.05; done",
        id.display()
    );
    let (sender, mut receiver) = mpsc::channel(10);
    let request = IoRequest::Command(shell(&script));
    let reply = io().perform(&request, Some(sender), written(&id)).await;
    let IoReply::Failed(failure) = reply else { panic!("{reply:?}") };
    assert_eq!((failure.delivery, failure.detail.as_str()), (Delivery::Cancelled, "cancelled"));
    // The shell may say on its error output that what it ran was terminated.
    let mut words = Vec::new();
    while let Some(line) = receiver.recv().await {
        words.extend((!line.error).then_some(line.text));
    }
    assert_eq!(words, ["cleaning up"]);
    ends(&id).await;
}

#[tokio::test]
async fn a_program_whose_future_is_dropped_ends_with_all_it_started() {
    let directory = tempfile::tempdir().unwrap();
    let id = directory.path().join("id");
    let request =
        IoRequest::Command(shell(&format!("sh -c 'echo $$ > {}; sleep 600' & sleep 600", id.display())));
    let io = io();
    tokio::select! {
        reply = io.perform(&request, None, pending()) => panic!("it ended: {reply:?}"),
        () = written(&id) => {}
    }
    ends(&id).await;
}

#[test]
fn a_program_does_not_outlive_the_runtime() {
    let directory = tempfile::tempdir().unwrap();
    let id = directory.path().join("id");
    let script =
        format!("sh -c 'trap \"\" TERM; echo $$ > {}; while :; do sleep 1; done' & sleep 600", id.display());
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    first.block_on(async {
        let running =
            tokio::spawn(
                async move { io().perform(&IoRequest::Command(shell(&script)), None, pending()).await },
            );
        written(&id).await;
        assert!(!running.is_finished());
    });
    drop(first);
    runtime().block_on(ends(&id));
}

#[tokio::test]
async fn what_a_program_leaves_running_holds_nothing_up() {
    let directory = tempfile::tempdir().unwrap();
    let id = directory.path().join("id");
    let script = format!(
        "sh -c 'echo $$ > {}; exec sleep 30' & until [ -s {} ]; do sleep 0.01; done; echo started",
        id.display(),
        id.display()
    );
    let started = Instant::now();
    let reply = ran(&io(), shell(&script)).await;
    assert_eq!((reply.exit, reply.stdout.as_str()), (Some(0), "started\n"));
    assert!(started.elapsed() < Duration::from_secs(15));
    assert!(runs(&id), "what it left running was meant to run");
    let pid: i32 = std::fs::read_to_string(&id).unwrap().trim().parse().unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
}

#[tokio::test]
async fn many_programs_at_once_all_end() {
    let io = io();
    let all = (0..30).map(|number| {
        let io = io.clone();
        async move { (number, ran(&io, shell(&format!("echo {number}"))).await.stdout) }
    });
    for (number, stdout) in futures_util::future::join_all(all).await {
        assert_eq!(stdout, format!("{number}\n"));
    }
}
