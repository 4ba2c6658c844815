//! A release from its facts, whole, as it is written down.

use std::time::Duration;

use crate::domain::ids::{RunId, SignalId};
use crate::domain::phased::PlannedPhase;
use crate::domain::runbook::StepRef;
use crate::domain::step_evidence::StepEvidence;
use crate::domain::window::{GateState, SignalSummary};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

/// Facts of a journal, each so many minutes after the first.
#[derive(Default)]
struct Journal(Vec<Logged>);

impl Journal {
    fn at(&mut self, minutes: u32, fact: Fact) -> &mut Self {
        let at = Timestamp::from_millis(1_795_230_600_000).plus(MINUTE * minutes);
        self.0.push(Logged { seq: self.0.len() as u64 + 1, at, incident: None, fact });
        self
    }
}

fn release_of(version: &str, minutes: u32, link: Option<&str>) -> Release {
    let at = Timestamp::from_millis(1_795_230_600_000).plus(MINUTE * minutes);
    Release { version: version.into(), at, commit: None, link: link.map(str::to_owned) }
}

fn step() -> StepRef {
    StepRef { runbook: "deploy.md".into(), step: "s1".into() }
}

fn ticked(by: &str, text: &str) -> Fact {
    let by_hand = StepEvidence::Run {
        run: RunId::from("R-1"),
        title: "npm run smoke".into(),
        detail: "exit 0".into(),
        at: Timestamp::from_millis(1_795_230_600_000),
    };
    Fact::StepMarked {
        step: step(),
        text: text.into(),
        line: 3,
        state: StepState::Done,
        by: by.into(),
        evidence: vec![by_hand],
        despite: None,
        why: None,
    }
}

fn opened(window: &str, release: Option<Release>) -> Fact {
    Fact::WindowOpened {
        window: window.into(),
        span: MINUTE * 15,
        gates: Vec::new(),
        release,
        by: "ann".into(),
    }
}

fn ended(window: &str, verdict: Verdict, by: &str, why: &str) -> Fact {
    let signal = SignalSummary {
        signal: SignalId::from("api"),
        samples: 271,
        p50_ms: Some(48.0),
        p95_ms: Some(58.0),
        error_rate: Some(0.0),
    };
    let gate = |name: &str, required: bool, detail: &str| GateSummary {
        gate: name.into(),
        required,
        state: GateState::Passing,
        detail: detail.into(),
        resets: 1,
        freezes: 0,
        signals: vec![signal.clone()],
    };
    Fact::WindowEnded {
        window: window.into(),
        verdict,
        why: why.into(),
        by: by.into(),
        clean: MINUTE * 15,
        gates: vec![gate("api", true, "ok"), gate("queue", false, "body.queue is 3 | of **many**")],
    }
}

fn went_back(id: &str) -> Fact {
    let side = |release: &str| Side { release: release.into(), commit: None, author: None, at: None };
    Fact::RollbackBegan {
        rollback: id.into(),
        run: RunId::from("R-2"),
        signal: SignalId::from("vercel"),
        from: Some(side("d4e5f67")),
        to: side("a1b2c3d"),
        rule: "roll back".into(),
        budget: MINUTE * 15,
        migrations: "none".into(),
        rehearsal: false,
        leaves: Vec::new(),
        machines: None,
        by: "bob".into(),
    }
}

/// A release that was held, gone back from in the middle, and let through.
fn journal() -> Vec<Logged> {
    let mut journal = Journal::default();
    let planned = |title: &str, minutes: u32| PlannedPhase {
        title: title.into(),
        takes: MINUTE * minutes,
        steps: vec![title.into()],
    };
    let phase = |title: &str| Fact::StepMarked {
        step: StepRef { runbook: "deploy.md".into(), step: title.into() },
        text: title.into(),
        line: 1,
        state: StepState::Done,
        by: "eve".into(),
        evidence: Vec::new(),
        despite: None,
        why: None,
    };
    let held =
        Fact::WindowHeld { window: "W-1".into(), by: "bob".into(), why: "lunch".into(), clean: MINUTE };
    journal
        .at(
            0,
            Fact::PlanBegan {
                runbook: "deploy.md".into(),
                title: "Deployment".into(),
                phases: vec![planned("Phase 1", 30), planned("Phase 2", 10)],
            },
        )
        .at(0, phase("Phase 1"))
        .at(42, phase("Phase 2"))
        .at(50, opened("W-1", Some(release_of("d4e5f67", 48, Some("https://vercel.example/shop/d-1")))))
        .at(52, held)
        .at(53, Fact::WindowReleased { window: "W-1".into(), by: "bob".into() })
        .at(
            54,
            Fact::WindowReset {
                window: "W-1".into(),
                why: "api: down".into(),
                lost: MINUTE,
                gate: Some("api".into()),
                release: None,
            },
        )
        .at(55, went_back("B-1"))
        .at(
            59,
            Fact::RollbackEnded {
                rollback: "B-1".into(),
                outcome: Outcome::InEffect,
                detail: "seen".into(),
                took: MINUTE * 4,
            },
        )
        .at(60, ticked("eve", "Run `smoke` <b>tests</b> at https://evil.example"))
        .at(
            61,
            Fact::ArtifactKept {
                step: None,
                name: "report.html".into(),
                hash: "0123456789abcdef0123".into(),
                size: 2_048,
                by: "eve".into(),
            },
        )
        .at(75, ended("W-1", Verdict::Go, "ann", "15m00 clean by every required gate"));
    journal.0
}

#[test]
fn an_entry_says_who_let_what_go_live_and_on_what_evidence() {
    let entries = journal();
    let [entry] = &releases(&entries)[..] else { panic!("one entry") };
    assert_eq!(
        entry.markdown(),
        "\
## 2026-11-21 · d4e5f67 · GO

| | |
|---|---|
| Date | 2026-11-21 04:00Z to 2026-11-21 04:25Z |
| Release | d4e5f67, live since 2026-11-21 03:58Z |
| Commit | d4e5f67 |
| Operators | ann: opened the window, said GO; bob: held it, let it go on, rolled back; eve: ticked 1 step |
| Links | <https://vercel.example/shop/d-1> |
| Window | W-1: GO, 15m00 clean of 15m00, 1 reset, 0 freezes |
| Why | 15m00 clean by every required gate |

### Gates

| gate | at the end | resets | freezes | measured |
|---|---|---|---|---|
| api | ● passing: ok | 1 | 0 | api: 271 samples, p50 48 ms, p95 58 ms, error rate 0.00 % |
| queue (advisory) | ● passing: body.queue is 3 \\| of \\*\\*many\\*\\* | 1 | 0 | api: 271 samples, p50 48 ms, p95 58 ms, error rate 0.00 % |

### Planned and actual

- Deployment: took 42m of 40m, 2m over (begun 03:10Z, ended 03:52Z)
  - Phase 1: took 0s of 30m
  - Phase 2: took 42m of 10m

### Evidence

- done: Run \\`smoke\\` \\<b\\>tests\\</b\\> at https\\://evil.example (eve, 04:10Z)
  - R-1 exit 0, 03:10:00
- report.html, 2.0 KiB, sha256 0123456789ab (eve)

### Rollbacks

- B-1: from d4e5f67 to a1b2c3d by bob at 2026-11-21 04:05Z: in effect after 4m00, of 15m00
"
    );
}

#[test]
fn the_document_says_the_same() {
    let entries = journal();
    let document = serde_json::json!(releases(&entries)[0]);
    for (path, wanted) in [
        ("/window", serde_json::json!("W-1")),
        ("/verdict", serde_json::json!("GO")),
        ("/commit", serde_json::json!("d4e5f67")),
        ("/release/version", serde_json::json!("d4e5f67")),
        ("/operators/2", serde_json::json!({ "name": "eve", "did": [], "ticked": 1 })),
        ("/links/0", serde_json::json!("https://vercel.example/shop/d-1")),
        ("/gates/0/signals/0/samples", serde_json::json!(271)),
        ("/steps/0/state", serde_json::json!("done")),
        ("/artifacts/0/name", serde_json::json!("report.html")),
        ("/plans/0/took_ms", serde_json::json!(42 * 60_000)),
        ("/rollbacks/0/took_ms", serde_json::json!(4 * 60_000)),
        ("/rollbacks/0/budget_ms", serde_json::json!(15 * 60_000)),
        ("/rollbacks/0/within_budget", serde_json::json!(true)),
        ("/resets", serde_json::json!(1)),
    ] {
        assert_eq!(document.pointer(path), Some(&wanted), "{path}: {document:#}");
    }
}

#[test]
fn a_rollback_after_the_no_go_belongs_to_the_release_and_one_after_the_next_window_does_not() {
    let mut journal = Journal::default();
    let late = Fact::RollbackEnded {
        rollback: "B-1".into(),
        outcome: Outcome::InEffect,
        detail: "seen".into(),
        took: MINUTE * 16,
    };
    journal
        .at(0, opened("W-1", None))
        .at(5, ended("W-1", Verdict::NoGo, "midwatch", "errors: too many"))
        .at(6, went_back("B-1"))
        .at(22, late)
        .at(23, opened("W-2", Some(release_of("v42", 22, None))))
        .at(24, went_back("B-2"))
        .at(30, ended("W-2", Verdict::Hold, "ann", "enough"))
        .at(40, opened("W-3", None));
    let entries = releases(&journal.0);
    let [first, second] = &entries[..] else { panic!("the third is open: {entries:#?}") };
    let names =
        |entry: &ReleaseEntry| entry.rollbacks.iter().map(|one| one.rollback.to_string()).collect::<Vec<_>>();
    assert_eq!((names(first), names(second)), (vec!["B-1".to_owned()], vec!["B-2".to_owned()]));
    let text = first.markdown();
    assert!(text.contains("in effect after 16m00, of 15m00: over budget"), "{text}");
    assert!(text.contains("| Operators | ann: opened the window; bob: rolled back |"), "{text}");
    assert!(text.contains("| Release | not known |") && text.contains("| Links | none |"), "{text}");
    assert!(text.contains("None was recorded."), "{text}");
    assert_eq!(first.rollbacks[0].within_budget, Some(false));
    let text = second.markdown();
    assert!(text.contains("## 2026-11-21 · v42 · HOLD") && text.contains("has not ended"), "{text}");
    assert!(text.contains("| Commit | not known |") && !text.contains("said"), "{text}");
    // Without what was done between the windows a hostile release says nothing but its name.
    let hostile = release_of("x](javascript:alert(1))\u{1b}[2J|", 0, Some("javascript:alert(1)"));
    let mut journal = Journal::default();
    journal.at(0, opened("W-1", Some(hostile))).at(1, ended("W-1", Verdict::Go, "ann", "`done`"));
    let text = releases(&journal.0)[0].markdown();
    assert!(text.contains("x\\](javascript:alert(1))\u{fffd}\\[2J\\|"), "{text}");
    assert!(text.contains("| Links | javascript:alert(1) |") && !text.contains('\u{1b}'), "{text}");
}
