//! `midwatch runbook proposals`: minutes, what is left out, and alerts without a step, as a patch that `git apply` takes.

use std::process::Command;

use midwatch::domain::fact::Fact;
use midwatch::domain::incident::{IncidentKind, Severity};
use midwatch::domain::reading::Health;
use midwatch::domain::runbook::StepState;

use crate::report::Record;
use crate::support::story::{Story, step};

const RUNBOOK: &str = "# Production\n\n## Containment\n\n- [ ] Flip the switch\n- [ ] Look at the drain (1 min)\n\n```sh\n\
                       # Flip the switch\ntrue\n```\n\n## Triage\n\n1. Ask the provider\n2. Never reached";

/// Three incidents: a step of about five minutes, one of ten, and one that is left out twice.
fn nights() -> Story {
    let mut story = Story::default();
    story.put(1, Fact::Routed { signal: "alert:checkout".into(), mention: None });
    for (number, (name, switch, drain)) in
        [("INC-1", 280, 600), ("INC-2", 300, 660), ("INC-3", 290, 540)].into_iter().enumerate()
    {
        let start = 10_000 * (i64::try_from(number).unwrap() + 1);
        story.during = None;
        story.settles(start, "alert:checkout", Health::Ok, Health::Down, "12");
        story.during = Some(name);
        story.put(
            start,
            Fact::IncidentDeclared {
                incident: name.into(),
                severity: Severity::P1,
                title: "it is down".into(),
                by: "ann".into(),
                kind: IncidentKind::Outage,
                signal: None,
                began: None,
            },
        );
        let mut mark = |at: i64, id: &str, text: &str, state: StepState| {
            story.put(
                at,
                Fact::StepMarked {
                    step: step(id),
                    text: text.into(),
                    line: 1,
                    state,
                    by: "ann".into(),
                    evidence: Vec::new(),
                    despite: None,
                    why: None,
                },
            );
        };
        mark(start + switch, "switch", "Flip the switch", StepState::Done);
        mark(start + switch + drain, "drain", "Look at the drain (1 min)", StepState::Done);
        let last =
            if number == 0 { StepState::Done } else { StepState::Skipped { reason: "asleep -->".into() } };
        mark(start + 2_000, "ask", "Ask the provider", last);
        story.put(
            start + 2_100,
            Fact::IncidentClosed { incident: name.into(), by: "ann".into(), summary: "over".into() },
        );
        story.settles(start + 2_200, "alert:checkout", Health::Down, Health::Ok, "");
    }
    story
}

#[test]
fn what_was_learned_is_a_patch_that_git_applies() {
    let record = Record::of(nights());
    std::fs::create_dir(record.path("docs")).unwrap();
    crate::support::night::write(&record.path("docs/runbook.md"), RUNBOOK);
    let ran = record.run(&["runbook", "proposals", "docs/runbook.md"]);
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(
        std::fs::read_to_string(record.path("docs/runbook.md")).unwrap(),
        RUNBOOK,
        "it writes no file"
    );
    crate::support::night::write(&record.path("change.patch"), std::str::from_utf8(&ran.stdout).unwrap());
    let git = |arguments: &[&str]| {
        let ran = Command::new("git").args(arguments).current_dir(record.path("")).output().unwrap();
        assert!(ran.status.success(), "{arguments:?}: {ran:?}");
    };
    git(&["init", "-q"]);
    git(&["apply", "--check", "change.patch"]);
    git(&["apply", "change.patch"]);
    let wanted = "# Production\n\n## Containment\n\n- [ ] Flip the switch (5 min)\n- [ ] Look at the drain (10 min)\n\n```sh\n\
                  # Flip the switch\ntrue\n```\n\n## Triage\n\n\
                  1. Ask the provider <!-- left out in 2 of 3 incidents: is it still needed? -->\n2. Never reached\n\n\
                  ## Alerts that no step mentions\n\n\
                  - [ ] `alert:checkout` is red: say here what to look at and what to do\n";
    assert_eq!(std::fs::read_to_string(record.path("docs/runbook.md")).unwrap(), wanted);
    // What was taken over is not proposed again.
    let again = record.run(&["runbook", "proposals", "docs/runbook.md"]);
    assert!(again.status.success() && again.stdout.is_empty(), "{again:?}");
    assert!(String::from_utf8_lossy(&again.stderr).contains("Nothing to propose"), "{again:?}");
}

#[test]
fn one_incident_proposes_no_minutes() {
    let mut story = nights();
    story.facts.retain(|fact| fact.incident.is_none() || fact.incident.as_ref().unwrap().as_str() == "INC-1");
    for (seq, fact) in (1..).zip(&mut story.facts) {
        fact.seq = seq;
    }
    let record = Record::of(story);
    crate::support::night::write(
        &record.path("runbook.md"),
        "# Production\n\n- [ ] Flip the switch\n- `alert:checkout`: look\n",
    );
    let ran = record.run(&["runbook", "proposals", "runbook.md"]);
    assert!(ran.status.success() && ran.stdout.is_empty(), "{ran:?}");
}
