//! An incident that has everything: what reports, handover sheets and proposals are made from in tests. Its texts are
//! given, so that the same story can be told by somebody hostile.

#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(clippy::too_many_lines, reason = "one night, from its beginning to its end")]
#![allow(clippy::unwrap_used, reason = "a test ends where it meets what it did not expect")]

use std::path::Path;
use std::time::Duration;

use midwatch::domain::action::{Purpose, Risk};
use midwatch::domain::board::Board;
use midwatch::domain::duty::Duty;
use midwatch::domain::fact::{Fact, Logged, Release};
use midwatch::domain::incident::{
    IncidentDeadline, IncidentKind, IncidentRole, Pressing, Severity, Standing,
};
use midwatch::domain::io::{CommandRequest, HttpRequest, IoRequest, OutputLine, Reason, SecretSource, Value};
use midwatch::domain::mention::{How, Mention};
use midwatch::domain::observation::{Described, Figures, NO_ANSWER, Observation};
use midwatch::domain::phased::PlannedPhase;
use midwatch::domain::reading::Health;
use midwatch::domain::rollback::{Outcome, Side};
use midwatch::domain::runbook::{StepRef, StepState};
use midwatch::domain::step_evidence::StepEvidence;
use midwatch::domain::time::Timestamp;
use midwatch::domain::window::{Gate, GateState, GateSummary, Value as GateValue, Verdict};
use midwatch::journal;
use midwatch::journal::readings::{Keeper, Kept};

/// 2026-11-21T14:20:00Z.
pub const START: i64 = 1_795_270_800_000;

/// So many seconds after the start.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(START + seconds * 1_000)
}

/// Facts while they are put together.
#[derive(Default)]
pub struct Story {
    /// In their order.
    pub facts: Vec<Logged>,
    /// The incident they belong to from here on.
    pub during: Option<&'static str>,
    now: i64,
}

impl Story {
    /// `fact` so many seconds after the start.
    pub fn put(&mut self, seconds: i64, fact: Fact) {
        self.now = self.now.max(seconds);
        let seq = self.facts.len() as u64 + 1;
        let incident = self.during.map(Into::into);
        self.facts.push(Logged { seq, at: at(self.now), incident, fact });
    }

    /// A signal that settles.
    pub fn settles(&mut self, seconds: i64, signal: &str, from: Health, to: Health, detail: &str) {
        let reason = (to == Health::Down).then_some(Reason::Status);
        let (detail, since) = (detail.to_owned(), at(seconds - 2));
        let (signal, evidence, after) = (signal.into(), None, None);
        self.put(seconds, Fact::Settled { signal, from, to, reason, detail, since, evidence, after });
    }

    /// A run that is asked for.
    pub fn runs(
        &mut self,
        seconds: i64,
        run: &str,
        title: &str,
        purpose: Purpose,
        request: IoRequest,
        step: Option<StepRef>,
    ) {
        let fact = Fact::RunRequested {
            run: run.into(),
            action: title.split(':').next().unwrap().into(),
            title: title.into(),
            purpose,
            risk: Risk::Change,
            request,
            by: "ann".into(),
            step,
            command: None,
            terms: Box::default(),
            undo: None,
            undoes: None,
            handles: None,
        };
        self.put(seconds, fact);
    }

    /// Writes it as a journal.
    pub fn write(self, path: &Path) {
        let opened = journal::open(path, "ann", Box::new(|_| {})).unwrap();
        let writer = opened.writer.unwrap();
        for logged in self.facts {
            writer.append(logged);
        }
        writer.close();
    }
}

/// Keeps beside `journal` what `api` and `stripe` answered every ten seconds, from an hour before the start until an hour
/// after it. From the start on `api` is slow for 100 seconds and then down for 300, while up to 30 events wait; a quarter
/// of an hour before the start it took 700 ms once.
pub fn keep_readings(journal: &Path) {
    let keeper =
        Keeper::start(journal, 64 * 1024 * 1024, Box::new(|says| assert_eq!(says, "", "everything is kept")));
    let described = |id: &str, board: Option<Board>| Described {
        id: id.into(),
        every: 10_000,
        timeout: 3_000,
        board,
        observer: false,
        rules: [3, 3, 5, 2],
    };
    let signals = vec![described("api", None), described("stripe", Some(Board::Payments))];
    keeper.keep(Kept::Signals(signals));
    for seconds in (-3_600..=3_600_i32).step_by(10) {
        let (health, micros) = match seconds {
            0..100 => (Health::Degraded, 2_400_000),
            100..400 => (Health::Down, NO_ANSWER),
            -900 => (Health::Ok, 700_000),
            _ => (Health::Ok, 40_000),
        };
        let waiting = u32::try_from(if (0..400).contains(&seconds) { seconds / 10 } else { 0 }).unwrap();
        let figures = Figures { undelivered: Some(waiting.min(30)), ..Figures::default() };
        let of = |health: Health, micros: u32, figures: Option<Figures>| Observation {
            at: at(seconds.into()),
            health,
            micros,
            reason: None,
            detail: "".into(),
            figures: figures.map(Into::into),
            merged: None,
        };
        keeper.keep(Kept::Reading("api".into(), of(health, micros, None)));
        keeper.keep(Kept::Reading("stripe".into(), of(Health::Ok, 180_000, Some(figures))));
    }
    assert_eq!(keeper.lost(), 0);
}

/// A request that switches something.
pub fn put(url: &str, body: &str) -> IoRequest {
    IoRequest::Http(HttpRequest {
        method: "PUT".into(),
        url: url.into(),
        headers: vec![(
            "authorization".into(),
            Value::Secret { prefix: "Bearer ".into(), secret: SecretSource::Env("EDGE_TOKEN".into()) },
        )],
        body: Some(Value::Plain(body.into())),
        timeout: Duration::from_secs(10),
        limit: 65_536,
        redirects: 0,
    })
}

/// A program with this argument.
pub fn program(argument: &str) -> IoRequest {
    IoRequest::Command(CommandRequest {
        argv: vec!["npm".into(), "run".into(), argument.into()],
        env: Vec::new(),
        cwd: None,
        timeout: Duration::from_secs(60),
        limit: 65_536,
    })
}

/// A step of the runbook.
pub fn step(name: &str) -> StepRef {
    StepRef { runbook: "docs/runbook.md".into(), step: name.into() }
}

/// The story, with every text that somebody wrote or sent gone through `t`.
pub fn told(t: &dyn Fn(&str) -> String) -> Story {
    let mut story = Story::default();
    let release = Release {
        version: t("d4e5f6a"),
        at: at(-120),
        commit: None,
        link: Some(t("https://deploys.example.com/d4e5f6a")),
    };
    let ann = || t("ann");
    story.put(
        -600,
        Fact::SessionOpened {
            operator: ann(),
            version: "0.1.0".into(),
            console: "shop".into(),
            environment: "production".into(),
        },
    );
    for signal in ["api", "checkout", "web"] {
        story.settles(-595, signal, Health::Blind, Health::Ok, "");
    }
    story.put(
        -120,
        Fact::ReleaseSeen {
            signal: "deploys".into(),
            version: t("d4e5f6a"),
            from: Some(t("a1b2c3d")),
            went_live: Some(at(-120)),
        },
    );
    story.put(
        0,
        Fact::Settled {
            signal: "api".into(),
            from: Health::Ok,
            to: Health::Down,
            reason: Some(Reason::Status),
            detail: t("503"),
            since: at(-6),
            evidence: None,
            after: Some(release.clone()),
        },
    );
    story.put(
        1,
        Fact::Routed {
            signal: "api".into(),
            mention: Some(Mention {
                runbook: "docs/runbook.md".into(),
                line: 12,
                heading: t("Containment"),
                how: How::Name,
                step: None,
            }),
        },
    );
    story.put(1, Fact::Routed { signal: t("checkout").into(), mention: None });
    story.settles(20, &t("checkout"), Health::Ok, Health::Degraded, &t("p95 1.9 s"));
    story.during = Some("INC-1");
    story.put(
        60,
        Fact::IncidentDeclared {
            incident: "INC-1".into(),
            severity: Severity::P1,
            title: t("api is down after a deploy"),
            by: ann(),
            kind: IncidentKind::Outage,
            signal: Some("api".into()),
            began: Some(at(-6)),
        },
    );
    middle(&mut story, t, &release);
    end(&mut story, t);
    story
}

fn middle(story: &mut Story, t: &dyn Fn(&str) -> String, release: &Release) {
    let (ann, bob) = (|| t("ann"), || t("bob"));
    let incident = || "INC-1".into();
    story.put(75, Fact::IncidentAcknowledged { incident: incident(), by: ann() });
    for (role, who) in [(IncidentRole::Commander, bob()), (IncidentRole::Operations, ann())] {
        story.put(80, Fact::RoleTaken { incident: incident(), role, who, by: ann() });
    }
    story.put(
        90,
        Fact::PlanBegan {
            runbook: "docs/runbook.md".into(),
            title: t("Production incident"),
            phases: vec![PlannedPhase {
                title: t("Containment (5 min)"),
                takes: Duration::from_secs(300),
                steps: vec!["contain".into(), "alerts".into()],
            }],
        },
    );
    story.put(90, Fact::Walked { step: step("contain") });
    story.put(95, Fact::Armed { by: ann(), until: at(695) });
    story.runs(
        100,
        "R-1",
        &t("maintenance-mode: on"),
        Purpose::On,
        put("https://edge.example.com/flags/maintenance", &t("on")),
        Some(step("contain")),
    );
    story.put(101, Fact::RunAccepted { run: "R-1".into(), detail: t("status 200") });
    story.put(
        104,
        Fact::RunObserved {
            run: "R-1".into(),
            detail: t("status is 503"),
            after: Duration::from_millis(3_200),
        },
    );
    story.put(
        104,
        Fact::ObligationOpened {
            obligation: "O-1".into(),
            action: "maintenance-mode".into(),
            run: "R-1".into(),
            text: t("switch maintenance mode off"),
            due: at(3_700),
        },
    );
    story.put(
        110,
        Fact::StepMarked {
            step: step("contain"),
            text: t("Flip MAINTENANCE_MODE=true"),
            line: 12,
            state: StepState::Done,
            by: ann(),
            evidence: vec![StepEvidence::Run {
                run: "R-1".into(),
                title: t("maintenance-mode"),
                detail: t("status is 503"),
                at: at(100),
            }],
            despite: None,
            why: None,
        },
    );
    story.put(
        120,
        Fact::HypothesisRaised {
            hypothesis: "H-1".into(),
            text: t("the new release lost a column"),
            by: ann(),
            about: at(70),
        },
    );
    story.put(
        130,
        Fact::HypothesisRaised {
            hypothesis: "H-2".into(),
            text: t("the provider is down"),
            by: bob(),
            about: at(130),
        },
    );
    story.put(
        150,
        Fact::Noted { text: t("two customers called about checkout"), by: bob(), about: at(30), step: None },
    );
    story.put(
        160,
        Fact::HypothesisSettled {
            hypothesis: "H-2".into(),
            standing: Standing::RuledOut,
            why: t("its status page is green"),
            by: bob(),
        },
    );
    story.put(
        170,
        Fact::EvidenceAttached {
            step: step("alerts"),
            words: t("Check recent alert:* events"),
            source: t("Sentry"),
            title: t("TypeError: cannot read"),
            text: t("14 in 5m"),
            seen: at(165),
            by: ann(),
        },
    );
    story.put(
        175,
        Fact::ArtifactKept {
            step: Some(step("alerts")),
            name: t("pool.txt"),
            hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            size: 2_048,
            by: ann(),
        },
    );
    story.put(
        180,
        Fact::StepMarked {
            step: step("alerts"),
            text: t("Check recent alert:* events"),
            line: 14,
            state: StepState::Done,
            by: ann(),
            evidence: vec![StepEvidence::Hand { by: ann() }],
            despite: Some(t("the log drain was late")),
            why: None,
        },
    );
    story.put(
        185,
        Fact::StepMarked {
            step: step("drain"),
            text: t("Inspect log drain for RLS errors"),
            line: 15,
            state: StepState::Skipped { reason: t("no access to it tonight") },
            by: ann(),
            evidence: Vec::new(),
            despite: None,
            why: None,
        },
    );
    story.put(
        195,
        Fact::Nudged { nudge: "update".into(), text: t("the first update is due"), pressing: Pressing::Late },
    );
    story.put(
        200,
        Fact::Nudged {
            nudge: "update".into(),
            text: t("the first update is due"),
            pressing: Pressing::Ringing,
        },
    );
    story.put(
        210,
        Fact::PostRequested {
            post: "M-1".into(),
            run: Some("R-2".into()),
            channel: t("ops").into(),
            audience: "team".into(),
            text: t("Conditions: checkout is failing.\nActions: maintenance mode is on.\nNeeds: nothing."),
            status: None,
            next: Some(Duration::from_secs(1_200)),
            again: None,
            by: bob(),
        },
    );
    story.put(
        212,
        Fact::Posted {
            post: "M-1".into(),
            link: Some(t("https://team.example.com/archives/C1/p17")),
            reference: Some("17.1".into()),
        },
    );
    story.put(212, Fact::NudgeEnded { nudge: "update".into() });
    story.put(
        215,
        Fact::PostRequested {
            post: "M-2".into(),
            run: None,
            channel: t("status-page").into(),
            audience: "public".into(),
            text: t("We are looking into failing payments."),
            status: Some(t("investigating")),
            next: None,
            again: None,
            by: bob(),
        },
    );
    story.put(
        230,
        Fact::Decided {
            text: t("roll back"),
            why: t("the deploy was two minutes before"),
            by: bob(),
            about: at(225),
        },
    );
    story.put(
        235,
        Fact::Escalated { incident: incident(), level: 2, who: t("carol"), way: Some(t("phone")), by: bob() },
    );
    story.put(
        240,
        Fact::SeverityChanged {
            incident: incident(),
            severity: Severity::P0,
            by: bob(),
            why: Some(t("no payment goes through")),
        },
    );
    story.put(
        245,
        Fact::CheckOverridden {
            step: step("back"),
            check: t("pool < 80"),
            why: t("pool is 91"),
            reason: t("the pool is what is broken"),
            by: ann(),
        },
    );
    story.runs(
        250,
        "R-3",
        &t("rollback: a1b2c3d"),
        Purpose::Do,
        put("https://deploys.example.com/rollback", &t("a1b2c3d")),
        Some(step("back")),
    );
    story.put(
        250,
        Fact::RollbackBegan {
            rollback: "B-1".into(),
            run: "R-3".into(),
            signal: "deploys".into(),
            from: Some(Side {
                release: t("d4e5f6a"),
                commit: None,
                author: Some(t("dave")),
                at: Some(at(-120)),
            }),
            to: Side { release: t("a1b2c3d"), commit: None, author: Some(t("erin")), at: Some(at(-90_000)) },
            rule: t("Live for 6m: within the first hour, roll back"),
            budget: Duration::from_secs(900),
            migrations: t("none"),
            rehearsal: false,
            leaves: Vec::new(),
            machines: None,
            by: ann(),
        },
    );
    story.put(252, Fact::RunAccepted { run: "R-3".into(), detail: t("status 202") });
    story.put(
        300,
        Fact::RunObserved { run: "R-3".into(), detail: t("a1b2c3d is live"), after: Duration::from_secs(48) },
    );
    story.put(
        300,
        Fact::RollbackEnded {
            rollback: "B-1".into(),
            outcome: Outcome::InEffect,
            detail: t("a1b2c3d is live"),
            took: Duration::from_secs(50),
        },
    );
    story.put(
        305,
        Fact::WindowOpened {
            window: "W-1".into(),
            span: Duration::from_secs(300),
            gates: vec![Gate::new("errors")],
            release: Some(Release { version: t("a1b2c3d"), at: at(300), ..release.clone() }),
            by: ann(),
        },
    );
    story.put(
        310,
        Fact::WindowGate {
            window: "W-1".into(),
            gate: "errors".into(),
            from: GateState::Unknown,
            to: GateState::Failing,
            detail: t("0.31"),
            values: vec![GateValue {
                what: "error_rate('api', '5m')".into(),
                value: "0.31".into(),
                at: Some(at(309)),
                samples: Some(30),
            }],
        },
    );
    story.put(
        330,
        Fact::WindowReset {
            window: "W-1".into(),
            why: t("errors is failing"),
            lost: Duration::from_secs(20),
            gate: Some("errors".into()),
            release: None,
        },
    );
    story.settles(340, &t("checkout"), Health::Degraded, Health::Ok, "");
    story.settles(345, "api", Health::Down, Health::Ok, "");
    story.put(
        350,
        Fact::WindowGate {
            window: "W-1".into(),
            gate: "errors".into(),
            from: GateState::Failing,
            to: GateState::Passing,
            detail: t("0.002"),
            values: vec![GateValue {
                what: "error_rate('api', '5m')".into(),
                value: "0.002".into(),
                at: Some(at(349)),
                samples: Some(30),
            }],
        },
    );
    story.put(
        360,
        Fact::Mitigated {
            incident: incident(),
            by: ann(),
            text: t("payments go through again"),
            about: at(345),
        },
    );
    story.runs(
        365,
        "R-5",
        &t("rerun-gates"),
        Purpose::Do,
        program(&t("pilot:preflight")),
        Some(step("gates")),
    );
    let lines =
        (1..=40).map(|number| OutputLine { error: false, text: t(&format!("gate {number} ok")) }).collect();
    story.put(370, Fact::RunOutput { run: "R-5".into(), lines, truncated: false });
    story.put(371, Fact::RunFailed { run: "R-5".into(), detail: t("exit 1") });
    story.put(
        372,
        Fact::SequenceBegan {
            first: "R-6".into(),
            title: t("replay webhooks"),
            total: 12,
            what: t("undelivered events"),
            before: Some(12),
        },
    );
    story.put(
        400,
        Fact::SequenceEnded {
            first: "R-6".into(),
            title: t("replay webhooks"),
            done: 12,
            total: 12,
            stopped: None,
            what: t("undelivered events"),
            before: Some(12),
            after: Some(0),
        },
    );
}

fn end(story: &mut Story, t: &dyn Fn(&str) -> String) {
    let (ann, bob) = (|| t("ann"), || t("bob"));
    let incident = || "INC-1".into();
    story.put(
        410,
        Fact::PatchLinked {
            text: t("restore tax_rate on 14 orders"),
            link: t("https://git.example.com/shop/pull/812"),
            by: ann(),
            about: None,
        },
    );
    story.put(
        411,
        Fact::PatchLinked { text: t("one more"), link: t("db/patches/0042.sql"), by: ann(), about: None },
    );
    story.runs(
        420,
        "R-7",
        &t("maintenance-mode: off"),
        Purpose::Off,
        put("https://edge.example.com/flags/maintenance", &t("off")),
        None,
    );
    story.put(
        424,
        Fact::RunObserved { run: "R-7".into(), detail: t("status is 200"), after: Duration::from_secs(4) },
    );
    story
        .put(424, Fact::ObligationDischarged { obligation: "O-1".into(), by: ann(), detail: t("it is off") });
    story.put(
        430,
        Fact::ObligationOpened {
            obligation: "O-2".into(),
            action: "rollback".into(),
            run: "R-3".into(),
            text: t("take the pin off"),
            due: at(9_000),
        },
    );
    story.put(
        440,
        Fact::ObligationWaived { obligation: "O-2".into(), by: ann(), reason: t("the next deploy does it") },
    );
    story.put(
        600,
        Fact::WindowEnded {
            window: "W-1".into(),
            verdict: Verdict::Go,
            why: t("healthy for 5m"),
            by: ann(),
            clean: Duration::from_secs(300),
            gates: vec![GateSummary {
                gate: "errors".into(),
                required: true,
                state: GateState::Passing,
                detail: t("0.001"),
                resets: 1,
                freezes: 0,
                signals: Vec::new(),
            }],
        },
    );
    story.put(
        600,
        Fact::DutiesOpened {
            window: "W-1".into(),
            runbook: "docs/runbook.md".into(),
            release: None,
            by: ann(),
            duties: vec![Duty {
                id: "D-1".into(),
                text: t("check the error rate"),
                part: t("Hourly"),
                step: None,
                every: None,
                first: Duration::from_secs(3_600),
                lasts: Duration::from_secs(3_600),
            }],
        },
    );
    story.put(
        610,
        Fact::HypothesisSettled {
            hypothesis: "H-1".into(),
            standing: Standing::Confirmed,
            why: t("tax_rate is NULL since d4e5f6a"),
            by: ann(),
        },
    );
    story.put(
        620,
        Fact::FollowUpOpened {
            follow_up: "F-1".into(),
            text: t("a migration test for dropped columns"),
            owner: t("dave"),
            due: Some("2026-12-01".into()),
            by: bob(),
            about: None,
        },
    );
    story.put(
        621,
        Fact::FollowUpOpened {
            follow_up: "F-2".into(),
            text: t("an alert on failing checkouts"),
            owner: String::new(),
            due: None,
            by: bob(),
            about: None,
        },
    );
    story.put(
        640,
        Fact::ClosingWaived {
            incident: incident(),
            item: "gates".into(),
            text: t("gates run again"),
            by: bob(),
            reason: t("they need the seed data of tomorrow"),
        },
    );
    // Another one was declared meanwhile, and is the same.
    story.during = Some("INC-2");
    story.put(
        650,
        Fact::IncidentDeclared {
            incident: "INC-2".into(),
            severity: Severity::P2,
            title: t("payments fail"),
            by: t("carol"),
            kind: IncidentKind::Outage,
            signal: None,
            began: None,
        },
    );
    story.put(
        655,
        Fact::Noted {
            text: t("three tickets from the shop floor"),
            by: t("carol"),
            about: at(655),
            step: None,
        },
    );
    story.put(
        660,
        Fact::IncidentMerged {
            incident: "INC-2".into(),
            into: incident(),
            by: bob(),
            why: t("the same cause"),
        },
    );
    story.during = Some("INC-1");
    story.put(
        700,
        Fact::IncidentClosed {
            incident: incident(),
            by: bob(),
            summary: t("A release dropped a column; going back mended it."),
        },
    );
    story.settles(760, "api", Health::Ok, Health::Down, &t("502"));
    story.put(770, Fact::IncidentReopened { incident: incident(), by: bob(), why: t("api is down again") });
    story.settles(820, "api", Health::Down, Health::Ok, "");
    story.put(
        900,
        Fact::IncidentClosed {
            incident: incident(),
            by: bob(),
            summary: t("A release dropped a column; going back mended it, twice."),
        },
    );
    story.during = None;
    let legal = Fact::DeadlineSettled {
        incident: incident(),
        deadline: IncidentDeadline::Legal,
        done: true,
        detail: t("by telephone"),
        by: ann(),
    };
    story.put(960, legal);
    let audit = Fact::DeadlineSettled {
        incident: incident(),
        deadline: IncidentDeadline::Audit,
        done: false,
        detail: t("nothing was read"),
        by: bob(),
    };
    story.put(965, audit);
    story.put(
        2_000,
        Fact::FollowUpClosed { follow_up: "F-1".into(), done: true, detail: t("pull 813"), by: t("dave") },
    );
}

/// The story as it was.
pub fn plain() -> Story {
    told(&|text| text.to_owned())
}
