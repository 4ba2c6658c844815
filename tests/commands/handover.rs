//! `midwatch incident handover`, in the middle of an incident: what is wrong, what is on, who has what, what is next.

use serde_json::Value;

use midwatch::domain::fact::Fact;
use midwatch::domain::runbook::StepRef;

use crate::report::Record;
use crate::support::canary::{HOSTILE, is_plain, is_plain_json};
use crate::support::story::{Story, at, plain, told};

const RUNBOOK: &str = "# Production\n\n## Containment\n\n- [ ] Flip `MAINTENANCE_MODE=true`\n- [ ] Check recent `alert:*` events\n\n\
                       ## Triage\n\n- [ ] Inspect log drain\n";

/// The story up to a moment in its middle: the rollback is on its way.
fn half(mut story: Story) -> Story {
    story.facts.retain(|fact| fact.at <= at(260));
    story
}

#[test]
fn the_sheet_says_what_is_wrong_what_is_on_and_what_is_promised() {
    let record = Record::of(half(plain()));
    let ran = record.run(&["incident", "handover"]);
    assert!(ran.status.success(), "{ran:?}");
    let sheet = String::from_utf8(ran.stdout).unwrap();
    for line in [
        "# Handover: INC-1 P0 api is down after a deploy",
        "- api is down since 14:19:54",
        "- checkout is degraded since 14:20:18",
        "- maintenance-mode is on since 14:21:44",
        "- commander: bob",
        "- operations: ann",
        "- the last update: 14:23:35 to status-page (public)",
        "- owed: O-1 switch maintenance mode off",
        "- 14:24:10 R-3 rollback: a1b2c3d, by ann: accepted",
        "- open: H-1 the new release lost a column",
        "- ruled out: H-2 the provider is down: its status page is green",
        "- 14:23 roll back, because the deploy was two minutes before (bob)",
        "> We are looking into failing payments.",
    ] {
        assert!(sheet.lines().any(|found| found.starts_with(line)), "{line:?} is not in:\n{sheet}");
    }
    assert!(!sheet.contains("Nothing is"), "{sheet}");
}

#[test]
fn with_a_configuration_it_says_where_the_runbook_stands_and_what_is_due() {
    let record = Record::of(Story::default());
    crate::support::night::write(&record.path("runbook.md"), RUNBOOK);
    crate::support::night::write(
        &record.path("midwatch.toml"),
        "[console]\nname = \"shop\"\nenvironment = \"production\"\nrunbooks = [\"runbook.md\"]\n",
    );
    let shown = record.run(&["runbook", "show", "runbook.md", "--json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let step = shown["runbooks"][0]["phases"][0]["steps"][0]["id"].as_str().unwrap().to_owned();

    let mut story = half(plain());
    story.during = Some("INC-1");
    let step = StepRef { runbook: "runbook.md".into(), step: step.as_str().into() };
    story.put(261, Fact::Walked { step: step.clone() });
    story.put(
        262,
        Fact::StepMarked {
            step,
            text: "Flip `MAINTENANCE_MODE=true`".into(),
            line: 5,
            state: midwatch::domain::runbook::StepState::Done,
            by: "ann".into(),
            evidence: Vec::new(),
            despite: None,
            why: None,
        },
    );
    let record = record.with(story);
    let ran = record.run(&["incident", "handover", "INC-1", "--json"]);
    assert!(ran.status.success(), "{ran:?}");
    let sheet: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(sheet["place"]["text"], "Flip `MAINTENANCE_MODE=true`", "{sheet}");
    assert_eq!(sheet["next"]["text"], "Check recent `alert:*` events");
    assert_eq!((&sheet["next"]["phase"], &sheet["next"]["line"]), (&"Containment".into(), &6.into()));
    let owed =
        sheet["due"].as_array().unwrap().iter().find(|due| due["text"] == "O-1 switch maintenance mode off");
    assert_eq!(owed.map(|owed| &owed["overdue"]), Some(&true.into()), "{sheet}");
}

#[test]
fn hostile_text_is_text_on_a_sheet() {
    let record = Record::of(half(told(&|text| format!("{text}{HOSTILE}<b>*x*"))));
    let ran = record.run(&["incident", "handover", "INC-1"]);
    let sheet = String::from_utf8(ran.stdout).unwrap();
    is_plain(&sheet);
    assert!(sheet.contains("\\<b\\>\\*x\\*") && !sheet.contains("<b>"), "{sheet}");
    let ran = record.run(&["incident", "handover", "INC-1", "--json"]);
    is_plain_json(&String::from_utf8(ran.stdout).unwrap());
}
