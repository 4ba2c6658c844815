//! The core: messages in, facts and effects out. Pure: the clock is an argument, the world is data.

mod decide;
mod effect;
mod msg;

pub use decide::{arrange, instant_named, sequence_named};
pub use effect::Effect;
pub use msg::Msg;

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::IncidentId;
use crate::domain::reading::Health;
use crate::domain::time::Timestamp;
use crate::state::{JournalState, Model, SignalWatch};

/// Takes one message: what is worth keeping changes by facts only, and every fact is applied and
/// logged here and nowhere else.
pub fn update(model: &mut Model, now: Timestamp, msg: Msg) -> Vec<Effect> {
    if model.replay.is_some() {
        // What happened, happened: nothing is decided, nothing is logged.
        return decide::replayed(model, now, msg);
    }
    if let Msg::Followed(entries) = msg {
        return follow(model, &entries);
    }
    let mut out = decide::decide(model, now, msg);
    if matches!(model.feed.journal, JournalState::ReadOnly(_)) {
        // The console that writes decides what happened; this one follows, and rings when it hears.
        out.effects.retain(|effect| *effect != Effect::Bell);
        return out.effects;
    }
    let mut effects = Vec::with_capacity(out.facts.len() + out.effects.len());
    for fact in out.facts {
        let logged = place(model, now, fact);
        model.watch.apply(&logged);
        if let Fact::RunRequested { run, .. } = &logged.fact {
            model.feed.requested.insert(logged.seq, run.clone());
        }
        if matches!(model.feed.journal, JournalState::Writing(_) | JournalState::Unkept) {
            effects.push(Effect::Log(logged));
        }
    }
    effects.append(&mut out.effects);
    effects
}

/// Takes what the console that writes has written.
fn follow(model: &mut Model, entries: &[Logged]) -> Vec<Effect> {
    let mut effects = Vec::new();
    let seen = model.watch.seq;
    for logged in entries.iter().filter(|logged| logged.seq > seen) {
        if let Fact::Settled { signal, to: Health::Down, .. } = &logged.fact
            && !model.watch.signals.get(signal).is_some_and(SignalWatch::is_taken)
        {
            effects = vec![Effect::Bell];
        }
        model.watch.apply(logged);
    }
    model.feed.unordered = true;
    model.follow_security();
    effects
}

/// A fact in the next place of the journal, in the incident it belongs to.
fn place(model: &Model, now: Timestamp, fact: Fact) -> Logged {
    let incident: Option<IncidentId> = match &fact {
        Fact::IncidentDeclared { incident, .. }
        | Fact::IncidentChosen { incident, .. }
        | Fact::RoleTaken { incident, .. }
        | Fact::Escalated { incident, .. }
        | Fact::SeverityChanged { incident, .. }
        | Fact::KindChanged { incident, .. }
        | Fact::Mitigated { incident, .. }
        | Fact::IncidentMerged { incident, .. }
        | Fact::IncidentReopened { incident, .. }
        | Fact::DeadlineSettled { incident, .. }
        | Fact::ClosingWaived { incident, .. }
        | Fact::IncidentAcknowledged { incident, .. }
        | Fact::IncidentClosed { incident, .. } => Some(incident.clone()),
        _ => model.watch.incident().map(|incident| incident.id.clone()),
    };
    Logged { seq: model.watch.seq + 1, at: now, incident, fact }
}
