//! Sentences in the ways of many teams, and what they say.

use crate::domain::statement::{Every, Metric, Says, Sense, Statement, Threshold, Unit};
use crate::runbook::read;

fn statements(text: &str) -> Vec<Statement> {
    read("docs/ops.md", text.as_bytes()).runbook.statements
}

/// What is said, in short: the kind, the words it was read from, and the heart of it.
fn short(text: &str) -> Vec<String> {
    statements(text)
        .into_iter()
        .map(|statement| format!("{} {:?} {}", statement.says.word(), statement.text, heart(&statement.says)))
        .collect()
}

fn heart(says: &Says) -> String {
    match says {
        Says::Deadline { within } | Says::Recent { within } => within.as_secs().to_string(),
        Says::Planned { takes } => takes.as_secs().to_string(),
        Says::Watch { during } => during.as_secs().to_string(),
        Says::Ahead { by } => by.as_secs().to_string(),
        Says::Schedule(schedule) => {
            let every = match &schedule.every {
                Every::Span(span) => span.as_secs().to_string(),
                Every::Day => "day".to_owned(),
                Every::Week(days) => format!("week{days:?}"),
                Every::Month(nth) => format!("month{nth:?}"),
                Every::Quarter => "quarter".to_owned(),
                Every::Year => "year".to_owned(),
            };
            let hours = schedule
                .hours
                .map(|(from, to)| format!(" {:02}:{:02}-{:02}:{:02}", from.0, from.1, to.0, to.1));
            format!(
                "{every}{}{}",
                hours.unwrap_or_default(),
                schedule.zone.as_ref().map(|zone| format!(" {zone}")).unwrap_or_default()
            )
        }
        Says::Threshold(threshold) => threshold_heart(threshold),
        Says::Gate { must } => must.clone(),
        Says::Approval { by } => by.clone(),
        Says::Contact { who, name, way } => {
            format!("{who} / {} / {}", name.as_deref().unwrap_or("-"), way.as_deref().unwrap_or("-"))
        }
        Says::Escalation { level, who, within } => {
            format!("{level} {who} {}", within.map_or("-".to_owned(), |within| within.as_secs().to_string()))
        }
        Says::Turn { rotation, turn, who } => format!("{rotation} / {turn} / {who}"),
        Says::Variable { name, optional, environment } => {
            format!(
                "{name}{}{}",
                if *optional { "?" } else { "" },
                environment.as_ref().map(|name| format!(" {name}")).unwrap_or_default()
            )
        }
        Says::Reference { target, .. } => target.clone(),
    }
}

fn threshold_heart(threshold: &Threshold) -> String {
    let metric = match &threshold.metric {
        Metric::ErrorRate => "error-rate".to_owned(),
        Metric::Errors => "errors".to_owned(),
        Metric::Latency(of) => format!("latency{}", of.map(|of| of.to_string()).unwrap_or_default()),
        Metric::Availability => "availability".to_owned(),
        Metric::Other(words) => words.clone(),
    };
    let unit = match threshold.unit {
        Unit::Percent => "%",
        Unit::Milliseconds => "ms",
        Unit::Bytes => "B",
        Unit::Count => "",
    };
    let over = threshold.over.map(|over| format!(" over {}", over.as_secs())).unwrap_or_default();
    let sense = match threshold.sense {
        Sense::Target => "target",
        Sense::Trigger => "trigger",
    };
    format!("{metric} {} {}{unit}{over} {sense}", threshold.compares.sign(), threshold.value)
}

#[track_caller]
fn says(text: &str, expected: &[&str]) {
    assert_eq!(short(text), expected, "{text}");
}

#[test]
fn lengths_of_time_mean_what_the_words_beside_them_say() {
    says("1. Post-incident review within 24h", &["deadline \"within 24h\" 86400"]);
    says("- If it does not come within 20 seconds, purge it.", &["watch \"within 20 seconds\" 20"]);
    says("- Unless ann answers within 5 minutes, page bob.", &["watch \"within 5 minutes\" 300"]);
    says("- If it does not come, page ann within 5 minutes.", &["deadline \"within 5 minutes\" 300"]);
    says("- If somebody saw it, tell legal within 1 hour.", &["deadline \"within 1 hour\" 3600"]);
    says("- Page the lead within an hour.", &["deadline \"within an hour\" 3600"]);
    says("**Rollback Time**: <15 minutes\n", &["deadline \"<15 minutes\" 900"]);
    says("- **Recovery time**: < 15 minutes for P0 incidents\n", &["deadline \"< 15 minutes\" 900"]);
    says("### Phase 3: Database (45 min)\n- migrate\n", &["planned \"45 min\" 2700"]);
    says("**Estimated time**: 45-60 minutes\n", &["planned \"45-60 minutes\" 3600"]);
    says("- Watch for errors (first 15 minutes)", &["watch \"first 15 minutes\" 900"]);
    says("## First 24 Hours\n- look\n", &["watch \"First 24 Hours\" 86400"]);
    says("- Shift traffic once it was healthy for 15 minutes.", &["watch \"for 15 minutes\" 900"]);
    says("- Monitor for 30 minutes before declaring it done.", &["watch \"for 30 minutes\" 1800"]);
    says("- [ ] The build has soaked for at least 24 hours.", &["watch \"for at least 24 hours\" 86400"]);
    says(
        "- Check that backups succeeded within the last 24 hours.",
        &["recent \"within the last 24 hours\" 86400"],
    );
    says(
        "- Tell customers at least 48 hours in advance.",
        &["ahead \"at least 48 hours in advance\" 172800"],
    );
    says("- Wait 1h30m, then close it.", &["watch \"Wait 1h30m\" 5400"]);
    says("- P1: hotfix if <30 min, otherwise roll back", &["deadline \"<30 min\" 1800"]);
}

#[test]
fn what_is_no_time_is_none() {
    for text in [
        "1. Create a tag, e.g. `v2024.04.15`.",
        "- Tag v2024.04.15 first",
        "- Load 100+ lessons and 1K+ assets.",
        "### 8. Staging (Phase 10)\n- look\n",
        "- Coverage (Phase 15): sample a module",
        "- Every Grade 3–8 class",
        "- Grades 3–8 Math",
        "**Last Updated**: 2025-10-19",
        "- Connect to 10.0.0.1:5432 or localhost:5173",
        "- Run `sleep 30 minutes`",
        "- Open https://example.com/every/5/minutes",
        "- Use port 8080 and 3 nodes",
        "- Upgrade to Node >= 18 and Python 3.10+",
        "- All 8 tiles show data",
        "- Logs are retained for 30 days",
        "- The timeout is 30 seconds",
        "- Support is there 24/7",
        "- An outage of the 5xx kind",
        "- Daily active users",
    ] {
        let mut found = short(text);
        found.retain(|row| !row.starts_with("reference "));
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn what_comes_round_is_a_schedule() {
    says("- Check error rates every hour", &["schedule \"every hour\" 3600"]);
    says("- Look every 2 hours", &["schedule \"every 2 hours\" 7200"]);
    says("- Daily metrics review", &["schedule \"Daily\" day"]);
    says("## Key rotation (Quarterly)\n- rotate\n", &["schedule \"Quarterly\" quarter"]);
    says(
        "- The job (runs Mon/Thu 09:30 UTC) tells",
        &["schedule \"Mon/Thu 09:30 UTC\" week[0, 3] 09:30-09:30 UTC"],
    );
    says(
        "## Maintenance (Monthly - 2nd Sunday 2-4 AM EST)\n- x\n",
        &["schedule \"Monthly - 2nd Sunday 2-4 AM EST\" month(2, 6) 02:00-04:00 EST"]
            .map(|row| row.replace("month(2, 6)", "monthSome((2, 6))"))
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    );
    says("- Backups run daily at 02:00 UTC.", &["schedule \"daily at 02:00 UTC\" day 02:00-02:00 UTC"]);
    says(
        "- Every Friday at 5pm Europe/Berlin we freeze",
        &["schedule \"Every Friday at 5pm Europe/Berlin\" week[4] 17:00-17:00 Europe/Berlin"],
    );
    says(
        "- Runs Mon-Fri 9am-5pm PT",
        &["schedule \"Mon-Fri 9am-5pm PT\" week[0, 1, 2, 3, 4] 09:00-17:00 PT"],
    );
    says("- The cron line is `0 2 * * *`.", &["schedule \"`0 2 * * *`\" day 02:00-02:00"]);
    says(
        "```bash\n#!/bin/sh\n# backup.sh (runs nightly via cron)\ndump\n```\n",
        &["schedule \"nightly\" day"],
    );
}

#[test]
fn numbers_are_held_against_what_they_measure() {
    says(
        "- Page on repeats (thresholds: 5 min window, >=12 errors).",
        &["threshold \"5 min window, >=12 errors\" errors >= 12 over 300 trigger"],
    );
    says("- Error rate >5%", &["threshold \"Error rate >5%\" error-rate > 5% trigger"]);
    says("- P95 latency >10s", &["threshold \"P95 latency >10s\" latency95 > 10000ms trigger"]);
    says(
        "- **Performance**: p95 response time < 500ms",
        &["threshold \"p95 response time < 500ms\" latency95 < 500ms target"],
    );
    says(
        "- **Availability**: 99.5% uptime",
        &["threshold \"Availability: 99.5% uptime\" availability >= 99.5% target"],
    );
    says("- **Error Rate**: < 1% of requests", &["threshold \"Error Rate: < 1%\" error-rate < 1% target"]);
    says(
        "3. Monitor error rates (target <0.5%)",
        &["threshold \"error rates (target <0.5%\" error-rate < 0.5% target"],
    );
    says(
        "- [ ] Accessibility: <5 serious violations",
        &["threshold \"Accessibility: <5 serious violations\" serious violations < 5 target"],
    );
    says("- Dashboard loads <3s", &["threshold \"Dashboard loads <3s\" latency < 3000ms target"]);
    says(
        "- [ ] Lint: 0 errors, 0 warnings",
        &["threshold \"0 errors\" errors == 0 target", "threshold \"0 warnings\" warnings == 0 target"],
    );
    says(
        "- [ ] Unit tests: 100% passing",
        &["threshold \"Unit tests: 100% passing\" Unit tests >= 100% target"],
    );
    says(
        "- Coverage quality: 80%+ of cells",
        &["threshold \"Coverage quality: 80%+\" Coverage quality >= 80% target"],
    );
    says(
        "- If the error rate exceeds 3% for 10 minutes, go back.",
        &["threshold \"error rate exceeds 3%\" error-rate > 3% over 600 trigger"],
    );
    says("- Disk usage > 90%", &["threshold \"Disk usage > 90%\" Disk usage > 90% trigger"]);
    says(
        "| Alert | Condition | For |\n|---|---|---|\n| `Slow` | P99 latency > 2s | 10 min |\n",
        &["threshold \"P99 latency > 2s\" latency99 > 2000ms over 600 trigger"],
    );
}

#[test]
fn gates_and_approvals_stand_in_the_way() {
    says(
        "- [ ] Build: PASSING (`npm run build` exit code 0)",
        &[
            "gate \"Build: PASSING (`npm run build` exit code 0)\" Build: PASSING (`npm run build` exit code 0)",
        ],
    );
    for text in [
        "`npm run audit` must show zero rows for those cells",
        "CSV output should report zero rows",
        "Missing diagnostics are a release blocker",
        "block any launch below the threshold",
        "All workflows green",
        "do not proceed until the check is over",
    ] {
        let found = short(&format!("- {text}\n"));
        assert!(found.iter().any(|row| row.starts_with("gate ")), "{text}: {found:?}");
    }
    for text in
        ["If changes must be undone, restore it", "Check if all services are healthy", "Dashboard loads"]
    {
        let found = short(&format!("- {text}\n"));
        assert!(found.iter().all(|row| !row.starts_with("gate ")), "{text}: {found:?}");
    }
    says("5. CEO approval required", &["approval \"CEO approval required\" CEO"]);
    says(
        "- Get sign-off from the security team before it",
        &["approval \"Get sign-off from the security team\" security team"],
    );
    says("- Must be approved by two reviewers.", &["approval \"approved by two reviewers\" two reviewers"]);
    for text in ["- Approvals drawer opens", "- Create test approval", "- Approvals: HITL flow working"] {
        assert!(short(text).is_empty(), "{text}: {:?}", short(text));
    }
}

#[test]
fn people_rungs_and_turns_are_told_apart() {
    says(
        "## Emergency contacts\n- CEO: Ann\n- **Tech Lead**: lead@example.com\n- **On-Call**: +1-555-ONCALL (pager)\n- On-call: TBD\n- Ops: See feedback/ops/\n\n---\n\n**Status**: Ready for it\n",
        &[
            "contact \"CEO: Ann\" CEO / Ann / -",
            "contact \"Tech Lead: lead@example.com\" Tech Lead / - / lead@example.com",
            "contact \"On-Call: +1-555-ONCALL\" On-Call / - / +1-555-ONCALL",
            "contact \"On-call: TBD\" On-call / - / -",
            "contact \"Ops: See feedback/ops/\" Ops / - / See feedback/ops/",
            "reference \"feedback/ops/\" feedback/ops/",
        ],
    );
    says("- Post status in the #ops channel.", &["contact \"#ops\" #ops / - / #ops"]);
    says("1. **Acknowledge**: PagerDuty alert within 5 minutes", &["deadline \"within 5 minutes\" 300"]);
    says(
        "### Alert Escalation\n1. **Level 1**: Automated recovery\n2. **Level 2**: Pager → engineer (5 min response)\n",
        &[
            "escalation \"Level 1: Automated recovery\" 1 Automated recovery -",
            "escalation \"Level 2: Pager → engineer (5 min response)\" 2 Pager → engineer 300",
        ],
    );
    says(
        "### Primary On-Call (Week rotation)\n- **Week 1**: Senior Engineer A\n",
        &["turn \"Week 1: Senior Engineer A\" Primary On-Call (Week rotation) / Week 1 / Senior Engineer A"],
    );
    says(
        "## Contacts\n| Role | Name | Phone |\n|---|---|---|\n| DBA | Ann Lee | 555-0100 |\n| Lead | TBD | TBD |\n",
        &["contact \"555-0100\" DBA / Ann Lee / 555-0100", "contact \"TBD\" Lead / - / -"],
    );
    says(
        "## Escalation\n| Severity | First Contact | Escalation (15 min) |\n|---|---|---|\n| SEV1 | On-call | Director |\n",
        &["escalation \"On-call\" 1 On-call -", "escalation \"Director\" 2 Director 900"],
    );
}

#[test]
fn variables_belong_to_environments_and_may_be_optional() {
    says(
        "# Guide\n## Matrix\n### Staging\n- Required variables:\n  - `STAGING_URL`\n  - Optional `STAGING_TOKEN`\n### Pilot\n- Required variables:\n  - `PILOT_URL`\n",
        &[
            "variable \"`STAGING_URL`\" STAGING_URL Staging",
            "variable \"`STAGING_TOKEN`\" STAGING_TOKEN? Staging",
            "variable \"`PILOT_URL`\" PILOT_URL Pilot",
        ],
    );
    says(
        "- Confirm credentials (`DB_URL`, `DB_KEY`) are valid",
        &["variable \"`DB_URL`\" DB_URL", "variable \"`DB_KEY`\" DB_KEY"],
    );
    says(
        "- Backend: set `DSN_ONE`, optionally `RATE_TWO`.",
        &["variable \"`DSN_ONE`\" DSN_ONE", "variable \"`RATE_TWO`\" RATE_TWO?"],
    );
    says("- Confirm `SKIP_WAITING` updates; raise `MODULE_LIMIT`.", &[]);
    says(
        "## Environment variables\n| Variable | Required |\n|---|---|\n| `DB_URL` | yes |\n| `DB_POOL` | no |\n",
        &["variable \"`DB_URL`\" DB_URL", "variable \"`DB_POOL`\" DB_POOL?"],
    );
}

#[test]
fn references_lead_somewhere() {
    says(
        "- Open `docs/release-checklist.md` and [the wiki](https://example.com/w).",
        &[
            "reference \"`docs/release-checklist.md`\" docs/release-checklist.md",
            "reference \"the wiki\" https://example.com/w",
        ],
    );
    says("- The drain answers (see section 5).", &["reference \"see section 5\" section 5"]);
    says(
        "- Start the \"Night Audit\" GitHub Actions workflow",
        &["reference \"\\\"Night Audit\\\" GitHub Actions workflow\" Night Audit"],
    );
    says(
        "- Grafana dashboards: Orders, Queue Depth.",
        &["reference \"Orders\" Orders", "reference \"Queue Depth\" Queue Depth"],
    );
    says("- Look at `/api/health` and `GET /x`", &[]);
}

#[test]
fn a_statement_knows_its_step_and_its_place() {
    let text = "# R\n\n## Do it\n\n- Restart it.\n- **Tell** legal within\n  1 hour, then `wait`.\n";
    let found = statements(text);
    let [deadline] = &found[..] else { panic!("{found:?}") };
    assert_eq!((deadline.line, deadline.column, deadline.text.as_str()), (6, 18, "within 1 hour"));
    assert_eq!(
        (deadline.heading.as_deref(), deadline.around.as_str()),
        (Some("Do it"), "Tell legal within 1 hour, then `wait`.")
    );
    let runbook = read("docs/ops.md", text.as_bytes()).runbook;
    let steps: Vec<_> = runbook.phases.iter().flat_map(|phase| &phase.steps).collect();
    assert_eq!(deadline.step.as_ref(), Some(&steps[1].id));
}

/// Looking is bounded: a file can be as large as a runbook may be, and say the same thing all over.
#[test]
fn what_is_kept_is_bounded() {
    for line in [
        "- within 5 minutes\n",
        "- error rate >5%\n",
        "within 5 minutes ",
        "`A_B` ",
        "( ",
        "5-5-5-",
        "every every ",
        "| a ",
    ] {
        let text = line.repeat((200 << 10) / line.len());
        let reading = read("r.md", text.as_bytes());
        assert!(reading.runbook.statements.len() <= super::MOST, "{line:?}");
        let kept: usize =
            reading.runbook.statements.iter().map(|one| one.text.len() + one.around.len()).sum();
        assert!(kept <= super::MOST * 2 * super::AROUND, "{line:?}");
        let prose: usize = reading.runbook.prose.iter().map(|prose| prose.text.len()).sum();
        assert!(prose <= text.len() + 1, "{line:?}: {prose}");
    }
}
