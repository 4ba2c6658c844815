//! A night in the shop as it is recorded: its facts, and every reading the console took a sample of.

#![allow(dead_code, reason = "every test file uses a part of it")]

use midwatch::domain::command::Command;
use midwatch::domain::fact::Logged;
use midwatch::domain::io::Reason;
use midwatch::domain::observation::{Described, Observation, Observations};
use midwatch::domain::time::Timestamp;
use midwatch::state::replay::{Reel, Replay, Speed};
use midwatch::state::{JournalState, Model, Watch};

use crate::world::{Answer, RUNBOOK, SHOP, START, World, plan};

/// What was kept of a world.
pub fn observed(world: &World) -> Observations {
    let of = |(signal, sample): &(usize, midwatch::state::Sample)| {
        let row = Observation {
            at: sample.at,
            health: sample.health,
            micros: sample.micros,
            reason: None,
            detail: "".into(),
            figures: None,
            merged: None,
        };
        (u32::try_from(*signal).unwrap(), row)
    };
    Observations {
        signals: world.model.plan.signals.iter().map(Described::of).collect(),
        rows: world.model.feed.read.iter().map(of).collect(),
    }
}

/// An hour: the API goes down twice, the observer is cut off once, somebody works.
pub fn night(mut see: impl FnMut(&World)) -> World {
    let mut world = World::shop();
    let mut wait = |world: &mut World, seconds: u64| {
        for _ in 0..seconds.div_ceil(7) {
            world.wait(7);
            see(world);
        }
    };
    wait(&mut world, 600);
    world.status("api", 503);
    wait(&mut world, 60);
    world.command(Command::Declare);
    world.answers_prompt("P1 orders fail");
    wait(&mut world, 20);
    world.command(Command::AcknowledgeIncident);
    world.command(Command::Note);
    world.answers_prompt("the pool is empty");
    world.at_step("");
    world.command(Command::Tick);
    wait(&mut world, 300);
    world.status("api", 200);
    wait(&mut world, 200);
    for signal in ["outside-a", "outside-b", "api", "web"] {
        world.answers(signal, Answer::Failed(Reason::Timeout));
    }
    wait(&mut world, 90);
    for signal in ["outside-a", "outside-b", "api", "web"] {
        world.status(signal, 200);
    }
    wait(&mut world, 200);
    world.status("api", 500);
    wait(&mut world, 120);
    world.status("api", 200);
    wait(&mut world, 1_200);
    world
}

/// A model that plays this recording, before its beginning.
pub fn playing(facts: Vec<Logged>, observations: Observations) -> Model {
    let plan = plan(SHOP, &[("runbook.md", RUNBOOK)]).0;
    let to = facts.iter().map(|fact| fact.at).max().unwrap_or(START);
    let incident = "INC-1".into();
    let mut reel = Reel::new(&plan, facts, observations, (START, to), Some(&incident));
    reel.title = "INC-1 P1 orders fail".into();
    let mut model = Model::new(plan, Watch::default());
    model.feed.journal = JournalState::Unkept;
    model.replay = Some(Box::new(Replay::new(reel, Speed::default())));
    model.show(START);
    model
}

/// The night, as a replay that stands at its beginning.
pub fn recorded() -> World {
    let world = night(|_| {});
    let mut shown = World::new(SHOP, &[("runbook.md", RUNBOOK)], Watch::default());
    shown.model = playing(world.journal.clone(), observed(&world));
    shown
}

/// Where a replay is.
pub fn at(model: &Model) -> Timestamp {
    model.replay.as_ref().unwrap().at
}
