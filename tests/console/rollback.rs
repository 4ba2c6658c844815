//! Going back to an earlier release in a real terminal: played to its end, and killed at two hundred moments.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use midwatch::domain::fact::Fact;
use midwatch::domain::rollback::Outcome;
use midwatch::journal;
use midwatch::state::{RunState, Watch};
use rand_like::Chance;

use crate::support::night::Night;
use crate::support::terminal::{DEADLINE, MIDWATCH, Terminal};

/// What is watched and gone back from: the last good release of a quiet company.
const RELEASES: &str = r#"
[[vercel]]
name = "deploys"
project = "web"
team = "team_LFshop"
token = { file = "@HOME@/company/vercel-token" }
base_url = "@BASE@/vendors/vercel"
every = "1s"

[window]
for = "15m"

[[window.gate]]
name = "api"
signal = "api"
"#;

/// What is asked of Vercel.
const ASKED: &str = "POST /vendors/vercel/v1/projects/prj_LFweb/rollback/dpl_LF97c0de";

/// How many moments.
const KILLS: usize = 200;
/// How many consoles are killed side by side.
const AT_ONCE: usize = 5;

/// Numbers that look like chance and are the same every time.
mod rand_like {
    /// A sequence of them (Steele and others, "Fast splittable pseudorandom number generators", 2014).
    pub struct Chance(pub u64);

    impl Chance {
        /// The next one, below `bound`.
        pub fn below(&mut self, bound: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ (mixed >> 31)) % bound
        }
    }
}

/// Opens the card of the release before and types its name.
fn begin(console: &mut Terminal) {
    console.key("A");
    console.wait_for_text("ARMED", DEADLINE);
    console.wait_for_text("candidate", DEADLINE);
    console.key("Z");
    console.wait_for_text("Go back to which release?", DEADLINE);
    console.wait_for_text("97c0de", DEADLINE);
    console.key("enter");
    console.wait_for_texts(&["FROM   a1b2c3", "TO     97c0de", "run once typed"], DEADLINE);
    console.send("97c0de");
    console.wait_for_text("target: 97c0de", DEADLINE);
    console.key("enter");
}

fn facts(night: &Night) -> (Vec<Fact>, Watch) {
    let entries = journal::read(&night.path("night.journal")).unwrap().entries;
    let mut watch = Watch::default();
    entries.iter().for_each(|entry| watch.apply(entry));
    (entries.into_iter().map(|entry| entry.fact).collect(), watch)
}

/// One console, killed `delay` after the target was typed, and opened again.
fn kill_after(delay: Duration) {
    let night = Night::hasty("quiet", RELEASES, 8.0);
    let mut console = night.console((120, 40), &[]);
    begin(&mut console);
    std::thread::sleep(delay);
    console.kill();
    let (before, killed) = facts(&night);
    let requested = |facts: &[Fact]| {
        let is_rollback = |fact: &&Fact| matches!(fact, Fact::RunRequested { action, .. } if action.as_str().starts_with("deploys:rollback"));
        facts.iter().filter(is_rollback).count()
    };
    let asked = night.company.asked(ASKED);
    assert!(asked <= 1, "{delay:?}: asked {asked} times");
    assert!(requested(&before) > 0 || asked == 0, "{delay:?}: it left before it was on record");

    let mut console = night.unawaited((120, 40), &[], &[]);
    console.wait_for_text("MIDWATCH", DEADLINE);
    std::thread::sleep(Duration::from_millis(700));
    console.kill();
    let (after, watch) = facts(&night);
    assert_eq!(night.company.asked(ASKED), asked, "{delay:?}: something ran by itself");
    assert_eq!(requested(&after), requested(&before), "{delay:?}");
    for run in &watch.runs {
        assert!(
            !matches!(run.state, RunState::Requested | RunState::Accepted(_)),
            "{delay:?}: {} is {:?} although nobody runs it",
            run.id,
            run.state
        );
    }
    for rollback in &watch.rollbacks {
        let run = watch.run(&rollback.run).expect("its run");
        match &rollback.ended {
            None => assert!(
                matches!(run.state, RunState::Unknown(_) | RunState::Observed(..)),
                "{delay:?}: {run:?}"
            ),
            Some((outcome, ..)) => assert_eq!(*outcome, Outcome::InEffect, "{delay:?}"),
        }
    }
    if let Some(window) = watch.window() {
        // Clean time is never given for what nobody watched.
        let last = killed.window().map(|window| window.clean).unwrap_or_default();
        assert!(window.clean <= last.max(delay) + Duration::from_secs(1), "{delay:?}: {:?}", window.clean);
    }
    let verified = journal::verify(&night.path("night.journal")).unwrap();
    assert_eq!(verified.broken, None, "{delay:?}");
}

#[test]
fn killed_at_any_moment_it_is_unknown_and_nothing_is_run_twice() {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= KILLS {
                        return;
                    }
                    let mut chance = Chance(number as u64);
                    kill_after(Duration::from_millis(chance.below(2_000)));
                }
            });
        }
    });
}

#[test]
fn it_is_played_to_its_end_and_proposed_as_a_rehearsal() {
    let arguments = [
        MIDWATCH,
        "demo",
        "bad-deploy",
        "--theme",
        "dark",
        "--operator",
        "ann",
        "--journal",
        "rehearsal.journal",
    ];
    let mut console = Terminal::start(&arguments, (120, 40), &[]);
    console.wait_for(|screen| screen.contains("d4e5f6"), Duration::from_secs(60));
    console.key("A");
    console.wait_for_text("ARMED", DEADLINE);
    console.key("Z");
    console.wait_for_texts(
        &["Go back to which release?", "live is d4e5f6", "▸ a1b2c3"],
        Duration::from_secs(30),
    );
    console.key("enter");
    console.wait_for_texts(
        &[
            "FROM   d4e5f6",
            "TO     a1b2c3",
            "within the first hour, roll back",
            "It did not migrate anything",
        ],
        DEADLINE,
    );
    console.send("a1b2c3");
    console.key("enter");
    console.wait_for_text("accepted (201), effect not seen yet", DEADLINE);
    console.wait_for_text("read back", Duration::from_secs(40));
    console.key("esc");
    console.wait_for_text("O-1 after going back to a1b2c3", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));

    let home = console.home();
    let runbook = home.path().join("runbook.md");
    crate::support::night::write(&runbook, "# Deploy\n\n**Last Rehearsal**: TBD (staging dry-run)\n");
    let mut command = std::process::Command::new(MIDWATCH);
    command.args(["runbook", "rehearsed", "runbook.md", "--journal", "rehearsal.journal"]);
    command.current_dir(home.path()).env_clear().envs(crate::support::terminal::environment(home.path()));
    let patch = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(patch.starts_with("--- a/runbook.md\n+++ b/runbook.md\n@@ -1,3 +1,3 @@\n"), "{patch}");
    let added = patch.lines().find(|line| line.starts_with('+') && line.contains("Rehearsal")).unwrap();
    assert!(added.starts_with("+**Last Rehearsal**: 20") && added.contains("by ann, in "), "{patch}");
    assert!(added.ends_with("(within 15m00)"), "{patch}");
}
