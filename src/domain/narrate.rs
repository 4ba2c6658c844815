//! Facts in words: one line each, the same on the timeline, in `incident show` and in a report.

use super::fact::Fact;
use super::incident::Pressing;
use super::phased::minutes;
use super::reading::Health;
use super::role::Role;
use super::rollback::Outcome;
use super::runbook::StepState;
use super::step_evidence::in_words;
use super::text::size as in_bytes;
use super::time::{short, stopwatch};
use super::window::GateState;

/// A fact in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Who or what did it: a person, a signal, `midwatch`.
    pub who: String,
    /// What happened.
    pub text: String,
    /// What it means.
    pub role: Role,
}

/// What `fact` says.
#[expect(clippy::too_many_lines, reason = "one match that names every fact: none is told by default")]
pub fn tell(fact: &Fact) -> Told {
    let told = |who: &dyn ToString, text: String, role: Role| Told { who: who.to_string(), text, role };
    match fact {
        Fact::SessionOpened { operator, version, .. } => {
            told(operator, format!("opened the console (midwatch {version})"), Role::Dim)
        }
        Fact::SessionClosed { operator } => told(operator, "closed the console".into(), Role::Dim),
        Fact::ClockStepped { by_millis } => told(
            &"midwatch",
            format!("the system clock was set by {:.1} s", millis(*by_millis)),
            Role::Warning,
        ),
        Fact::Settled { signal, from, to, reason, detail, since, after, .. } => {
            let why = match (reason, detail.is_empty()) {
                (Some(reason), false) => format!(" ({} {detail})", reason.word()),
                (Some(reason), true) => format!(" ({})", reason.word()),
                (None, false) => format!(" ({detail})"),
                (None, true) => String::new(),
            };
            let why = if *to == Health::Ok { String::new() } else { why };
            // What it came after stands first: a long detail is cut where the pane is narrow.
            let after = after.as_ref().map(|release| format!(", {}", release.ago(*since)));
            let why = after.unwrap_or_default() + &why;
            told(signal, format!("{} {} → {}{why}", to.glyph(), from.word(), to.word()), to.role())
        }
        Fact::Routed { signal, mention: Some(mention) } => told(
            signal,
            format!(
                "{}:{} speaks of it {}: {}",
                mention.runbook,
                mention.line,
                mention.how.word(),
                mention.heading
            ),
            Role::Dim,
        ),
        Fact::Routed { signal, mention: None } => told(signal, "no runbook mentions it".into(), Role::Dim),
        Fact::FlappingStarted { signal, percent } => {
            told(signal, format!("flapping ({percent}% of the last 21 states changed)"), Role::Warning)
        }
        Fact::FlappingStopped { signal, percent } => {
            told(signal, format!("no longer flapping ({percent}%)"), Role::Ok)
        }
        Fact::ObserverSick { detail } => told(
            &"observer",
            format!("the observer itself is cut off ({detail}): every signal is blind"),
            Role::Blind,
        ),
        Fact::ObserverRecovered {} => told(&"observer", "can see again".into(), Role::Ok),
        Fact::Acknowledged { signal, by, why, until } => {
            let why = if why.is_empty() { String::new() } else { format!(": {why}") };
            told(by, format!("acknowledged {signal} until {}{why}", until.clock_minutes()), Role::Accent)
        }
        Fact::AcknowledgementEnded { signal, why } => {
            told(signal, format!("acknowledgement over: {why}"), Role::Warning)
        }
        Fact::Silenced { signal, by, why, until } => {
            let why = if why.is_empty() { String::new() } else { format!(": {why}") };
            told(by, format!("silenced {signal} until {}{why}", until.clock_minutes()), Role::Accent)
        }
        Fact::SilenceEnded { signal, why } => told(signal, format!("silence over: {why}"), Role::Dim),
        Fact::StepMarked { text, state, by, evidence, despite, why, .. } => {
            let (glyph, word) = (state.glyph(), state.word());
            match state {
                StepState::Done => {
                    let rests = match (evidence.is_empty(), despite) {
                        (true, None) => String::new(),
                        (false, None) => format!(" ({})", in_words(evidence)),
                        (_, Some(why)) => format!(" ({}; all the same: {why})", in_words(evidence)),
                    };
                    let role = if despite.is_some() { Role::Warning } else { Role::Ok };
                    told(by, format!("{glyph} {word}: {text}{rests}"), role)
                }
                StepState::Skipped { reason } if reason.is_empty() => {
                    told(by, format!("{glyph} {word}: {text}"), Role::Warning)
                }
                StepState::Failed { reason } => {
                    told(by, format!("{glyph} {word}: {text} ({reason})"), Role::Danger)
                }
                StepState::Skipped { reason } => {
                    told(by, format!("{glyph} {word}: {text} ({reason})"), Role::Warning)
                }
                StepState::Open | StepState::NotApplicable => {
                    let why = why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
                    told(by, format!("{glyph} {word}: {text}{why}"), Role::Dim)
                }
            }
        }
        Fact::EvidenceAttached { words, source, title, by, .. } => {
            let to = super::text::clip(words, 40);
            told(by, format!("⊕ {source}: {title}, attached to: {to}"), Role::Text)
        }
        Fact::ArtifactKept { name, hash, size, by, .. } => told(
            by,
            format!("⊕ kept {name}, {} (sha256 {})", in_bytes(*size), super::text::head(hash, 12)),
            Role::Text,
        ),
        Fact::StepApproved { text, role, name, reason, by, .. } => {
            told(by, format!("✔ approved by {name} for {role}: {reason}: {text}"), Role::Ok)
        }
        Fact::CheckOverridden { check, why, reason, by, .. } => {
            told(by, format!("! goes on although {check} does not hold ({why}): {reason}"), Role::Warning)
        }
        Fact::StepRecovered { text, failed, run, .. } => {
            told(&"midwatch", format!("↺ failed, recovered by {run} after {failed}: {text}"), Role::Warning)
        }
        Fact::Noted { text, by, .. } => told(by, format!("✎ {text}"), Role::Text),
        Fact::LookedAt { what, by, .. } => told(by, format!("looked at what may run: {what}"), Role::Dim),
        Fact::RunbookChanged { runbook, added, removed, changed, .. } => {
            let counts: Vec<String> = [(added, "added"), (removed, "removed"), (changed, "changed")]
                .into_iter()
                .filter(|(count, _)| **count > 0)
                .map(|(count, word)| format!("{count} {word}"))
                .collect();
            let counts = if counts.is_empty() { "no step".to_owned() } else { counts.join(", ") };
            told(runbook, format!("was edited and read again: {counts} of its steps"), Role::Warning)
        }
        Fact::Walked { step } => told(&"midwatch", format!("at step {}", step.step), Role::Dim),
        Fact::Armed { by, until } => told(by, format!("armed until {}", until.clock()), Role::Warning),
        Fact::Disarmed { why } => told(&"midwatch", format!("locked: {why}"), Role::Dim),
        Fact::IncidentDeclared { incident, severity, title, by, kind, .. } => {
            let kind = if kind.is_outage() { String::new() } else { format!(" {}", kind.word()) };
            told(by, format!("declared {incident} {}{kind}: {title}", severity.word()), Role::Danger)
        }
        Fact::IncidentChosen { incident, by } => told(by, format!("goes on with {incident}"), Role::Accent),
        Fact::RoleTaken { incident, role, who, by } => {
            let text = if who.is_empty() {
                format!("{incident} has no {} now", role.word())
            } else {
                format!("{who} is {} of {incident}", role.word())
            };
            told(by, text, Role::Accent)
        }
        Fact::Escalated { incident, level, who, way, by } => {
            let way = way.as_ref().map(|way| format!(" ({way})")).unwrap_or_default();
            told(by, format!("escalated {incident} to L{level}: {who}{way}"), Role::Warning)
        }
        Fact::SeverityChanged { incident, severity, by, why } => {
            let why = why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            told(by, format!("{incident} is {} now{why}", severity.word()), Role::Warning)
        }
        Fact::KindChanged { incident, kind, by } => {
            told(by, format!("{incident} is {} now", kind.with_article()), Role::Warning)
        }
        Fact::Mitigated { incident, by, text, .. } => {
            told(by, format!("{incident} is mitigated: {text}"), Role::Ok)
        }
        Fact::IncidentMerged { incident, into, by, why } => {
            let why = if why.is_empty() { String::new() } else { format!(": {why}") };
            told(by, format!("merged {incident} into {into}{why}"), Role::Warning)
        }
        Fact::IncidentReopened { incident, by, why } => {
            told(by, format!("reopened {incident}: {why}"), Role::Danger)
        }
        Fact::DeadlineSettled { incident, deadline, done, detail, by } => {
            let detail = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
            let (word, role) = if *done { ("✔ done", Role::Ok) } else { ("waived", Role::Warning) };
            told(by, format!("{word} for {incident}: {}{detail}", deadline.words()), role)
        }
        Fact::ClosingWaived { text, by, reason, .. } => {
            told(by, format!("left open: {text} ({reason})"), Role::Warning)
        }
        Fact::HypothesisRaised { hypothesis, text, by, .. } => {
            told(by, format!("? {hypothesis}: {text}"), Role::Accent)
        }
        Fact::HypothesisSettled { hypothesis, standing, why, by } => {
            let why = if why.is_empty() { String::new() } else { format!(": {why}") };
            told(by, format!("{} {hypothesis} {}{why}", standing.glyph(), standing.word()), Role::Text)
        }
        Fact::Decided { text, why, by, .. } => {
            let why = if why.is_empty() { String::new() } else { format!(", because {why}") };
            told(by, format!("decided: {text}{why}"), Role::Accent)
        }
        Fact::FollowUpOpened { follow_up, text, owner, due, by, .. } => {
            let owner = if owner.is_empty() { String::new() } else { format!(", {owner}") };
            let due = due.as_ref().map(|due| format!(", by {due}")).unwrap_or_default();
            told(by, format!("{follow_up} to follow up{owner}{due}: {text}"), Role::Text)
        }
        Fact::FollowUpClosed { follow_up, done, detail, by } => {
            let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
            let word = if *done { "done" } else { "given up" };
            told(by, format!("{follow_up} {word}{detail}"), if *done { Role::Ok } else { Role::Warning })
        }
        Fact::PatchLinked { text, link, by, .. } => {
            let text = if text.is_empty() { String::new() } else { format!(": {text}") };
            told(by, format!("patch applied{text} ({link})"), Role::Text)
        }
        Fact::Nudged { text, pressing, .. } => match pressing {
            Pressing::Late => told(&"deputy", format!("late: {text}"), Role::Warning),
            Pressing::Ringing => told(&"deputy", format!("rings: {text}"), Role::Danger),
        },
        Fact::NudgeHeard { nudge, by, text } if text.is_empty() => {
            told(by, format!("heard: {nudge}"), Role::Dim)
        }
        Fact::NudgeHeard { by, text, .. } => told(by, format!("heard: {text}"), Role::Dim),
        Fact::NudgeEnded { nudge } => told(&"deputy", format!("not late any more: {nudge}"), Role::Dim),
        Fact::PostRequested { post, run, channel, again, by, .. } => {
            let text = match (run, again) {
                (None, _) => format!("{post} copied for {channel}"),
                (Some(_), None) => format!("{post} to {channel}: requested"),
                (Some(_), Some(again)) => format!("{post} to {channel}: requested, instead of {again}"),
            };
            told(by, text, Role::Accent)
        }
        Fact::Posted { post, link, .. } => {
            let link = link.as_ref().map(|link| format!(": {link}")).unwrap_or_default();
            told(post, format!("✔ posted{link}"), Role::Ok)
        }
        Fact::IncidentAcknowledged { incident, by } => {
            told(by, format!("acknowledged {incident}"), Role::Accent)
        }
        Fact::IncidentClosed { incident, by, summary } => {
            told(by, format!("closed {incident}: {summary}"), Role::Ok)
        }
        Fact::RecordPruned { before, entries, archive, by, .. } => {
            let text = format!(
                "left {entries} entries from before {before} out of the record; they are in {archive}"
            );
            told(by, text, Role::Dim)
        }
        Fact::Crashed { what, detail } => told(&"midwatch", format!("{what} broke: {detail}"), Role::Danger),
        Fact::RunRequested { run, title, by, undoes, handles, .. } => {
            let what = match (undoes, handles) {
                (Some(undone), _) => format!("↶ {run} {title}: requested, to undo {undone}"),
                (None, Some(failed)) => format!("▶ {run} {title}: requested, because {failed} failed"),
                (None, None) => format!("▶ {run} {title}: requested"),
            };
            told(by, what, Role::Accent)
        }
        Fact::UndoWaived { run, by, reason } => {
            told(by, format!("{run} is not to be undone: {reason}"), Role::Warning)
        }
        Fact::RunAccepted { run, detail } => told(run, format!("accepted ({detail})"), Role::Dim),
        Fact::PositionRead { run, action, on } => {
            told(run, format!("{action} is {}", if *on { "on" } else { "off" }), Role::Dim)
        }
        Fact::RunObserved { run, detail, after } => {
            told(run, format!("✔ {detail} after {}", short(*after)), Role::Ok)
        }
        Fact::RunNotInEffect { run, detail } => told(run, format!("✖ NOT IN EFFECT: {detail}"), Role::Danger),
        Fact::RunFailed { run, detail } => told(run, format!("✖ failed: {detail}"), Role::Danger),
        Fact::RunCancelled { run, detail } => told(run, format!("cancelled: {detail}"), Role::Warning),
        Fact::RunUnknown { run, detail } => told(run, format!("? unknown, verify: {detail}"), Role::Danger),
        Fact::RunVerified { run, by, detail, .. } => told(by, format!("verified {run}: {detail}"), Role::Ok),
        Fact::RunOutput { run, lines, .. } => {
            told(run, format!("{} lines of output", lines.len()), Role::Dim)
        }
        Fact::Filled { name, value, by } => told(by, format!("{name} is {}", short_value(value)), Role::Dim),
        Fact::Captured { run, name, value } => {
            told(run, format!("captured {name}: {}", short_value(value)), Role::Accent)
        }
        Fact::NotCaptured { run, name, why } => {
            told(run, format!("{name} was not captured: {why}"), Role::Warning)
        }
        Fact::SequenceBegan { first, title, total, what, before } => {
            let before = before.map_or_else(String::new, |before| format!(", {before} {what}"));
            told(first, format!("{title}: {total} calls, this one first{before}"), Role::Accent)
        }
        Fact::SequenceEnded { first, title, done, total, stopped, what, before, after } => {
            let count = |number: &Option<u64>| number.map_or_else(|| "?".into(), |number| number.to_string());
            let left = match (before, after) {
                (None, None) => String::new(),
                (before, after) => format!("; {what}: {} before, {} after", count(before), count(after)),
            };
            let (why, role) = match stopped {
                Some(why) => (format!("stopped ({why})"), Role::Danger),
                None => ("ended".to_owned(), Role::Ok),
            };
            told(first, format!("{title}: {why}, {done} of {total} done{left}"), role)
        }
        Fact::GatesBegan { gates, title, commands, fresh, by } => {
            let anew = if *fresh { ", anew" } else { "" };
            told(by, format!("{gates} {title}: {} commands in order{anew}", commands.len()), Role::Accent)
        }
        Fact::GatesEnded { gates, title, done, total, stopped } => match stopped {
            Some(why) => {
                told(gates, format!("{title}: stopped ({why}), {done} of {total} done"), Role::Danger)
            }
            None => told(gates, format!("✔ {title}: {done} of {total} done"), Role::Ok),
        },
        Fact::WindowOpened { window, span, gates, release, by } => {
            let of = release.as_ref().map_or_else(String::new, |release| format!(" of {}", release.version));
            let count = gates.len();
            told(
                by,
                format!("◷ {window}: window{of} opened, {} by {count} gates", short(*span)),
                Role::Accent,
            )
        }
        Fact::ReleaseSeen { signal, version, from, .. } => match from {
            Some(from) => told(
                signal,
                format!("{} went live, in place of {}", short_value(version), short_value(from)),
                Role::Accent,
            ),
            None => told(signal, format!("{} is live", short_value(version)), Role::Dim),
        },
        Fact::WindowRelease { window, release } => {
            told(window, format!("the release under watch is {}", release.version), Role::Dim)
        }
        Fact::WindowGate { window, gate, to, detail, .. } => {
            let role = if *to == GateState::Passing { Role::Dim } else { to.role() };
            told(window, format!("{} {gate} is {}: {detail}", to.glyph(), to.word()), role)
        }
        Fact::WindowReset { window, why, lost, .. } => {
            told(window, format!("clock reset, {} lost: {why}", stopwatch(*lost)), Role::Danger)
        }
        Fact::WindowFrozen { window, why, clean, .. } => {
            told(window, format!("clock frozen at {}: {why}", stopwatch(*clean)), Role::Blind)
        }
        Fact::WindowThawed { window, clean } => {
            told(window, format!("can be told again, the clock stands at {}", stopwatch(*clean)), Role::Dim)
        }
        Fact::WindowHeld { window, by, why, clean } => {
            told(by, format!("{window} held at {}: {why}", stopwatch(*clean)), Role::Warning)
        }
        Fact::WindowReleased { window, by } => told(by, format!("{window} goes on"), Role::Accent),
        Fact::WindowCheckpoint { window, clean, .. } => {
            told(window, format!("{} clean", stopwatch(*clean)), Role::Dim)
        }
        Fact::WindowReady { window, clean } => {
            told(window, format!("● {} clean: it waits for the GO", stopwatch(*clean)), Role::Ok)
        }
        Fact::WindowEnded { window, verdict, why, by, .. } => {
            told(by, format!("{window} {}: {why}", verdict.word()), verdict.role())
        }
        Fact::RollbackBegan { rollback, from, to, rehearsal, by, run, .. } => {
            let from = from.as_ref().map_or_else(String::new, |from| format!(" from {}", from.release));
            let word = if *rehearsal { "rehearses going" } else { "goes" };
            told(by, format!("↶ {rollback} {word} back{from} to {}: {run}", to.release), Role::Warning)
        }
        Fact::RollbackEnded { rollback, outcome, detail, took } => {
            let (glyph, role) = match outcome {
                Outcome::InEffect => ("✔", Role::Ok),
                Outcome::Verified | Outcome::Cancelled => ("●", Role::Warning),
                Outcome::NotInEffect | Outcome::Failed => ("✖", Role::Danger),
            };
            told(rollback, format!("{glyph} {}: {detail}, after {}", outcome.word(), short(*took)), role)
        }
        Fact::PlanBegan { title, phases, .. } => {
            let planned = minutes(phases.iter().map(|phase| phase.takes).sum());
            told(&"midwatch", format!("{title}: {} phases planned for {planned}", phases.len()), Role::Dim)
        }
        Fact::DutiesOpened { runbook, duties, release, by, .. } => {
            let after = release.as_ref().map_or_else(String::new, |release| format!(" {}", release.version));
            let names = match (duties.first(), duties.last()) {
                (Some(first), Some(last)) if duties.len() > 1 => format!("{} to {}", first.id, last.id),
                (Some(only), _) => only.id.to_string(),
                (None, _) => "nothing".into(),
            };
            told(by, format!("{names} to do after{after}, by {runbook}"), Role::Accent)
        }
        Fact::DutyDone { duty, by, detail, missed } => {
            let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
            let before = if *missed == 0 { String::new() } else { format!(", {missed} missed before it") };
            told(by, format!("{duty} done{before}{detail}"), Role::Ok)
        }
        Fact::DutyWaived { duty, by, reason } => told(by, format!("{duty} waived: {reason}"), Role::Warning),
        Fact::DutyEnded { duty, done, missed } => {
            let role = if *missed == 0 { Role::Dim } else { Role::Warning };
            told(duty, format!("its time is over: {done} done, {missed} missed"), role)
        }
        Fact::ObligationOpened { obligation, text, due, .. } => {
            told(&"midwatch", format!("{obligation} owed by {}: {text}", due.clock_minutes()), Role::Warning)
        }
        Fact::ObligationDischarged { obligation, by, detail } => {
            told(by, format!("{obligation} discharged: {detail}"), Role::Ok)
        }
        Fact::ObligationWaived { obligation, by, reason } => {
            told(by, format!("{obligation} waived: {reason}"), Role::Warning)
        }
        Fact::ObligationExtended { obligation, by, due } => {
            told(by, format!("{obligation} extended until {}", due.clock_minutes()), Role::Dim)
        }
    }
}

/// A value on a line of its own.
fn short_value(value: &str) -> String {
    super::text::clip(&super::text::clean(value), 120).into_owned()
}

#[expect(clippy::cast_precision_loss, reason = "shown to a tenth of a second")]
fn millis(millis: i64) -> f64 {
    millis as f64 / 1000.0
}
