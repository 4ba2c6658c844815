//! What the running company knows: its clock, what operators did, what tests set, who asked what.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::Options;
use super::circles::Circles;
use super::deed::{Act, Deed, Flag};
use super::fault::{Fault, Target, Toggle};
use super::scenario::{Scenario, State};
use super::vendors::moment::Moment;
use crate::domain::time::Timestamp;

/// How many deeds are remembered; more are refused, because forgetting one would undo it.
const MOST_DEEDS: usize = 4_096;
/// How many different paths are counted; the rest are counted together.
const MOST_PATHS: usize = 512;

/// The company's memory, shared by its handlers.
#[derive(Debug)]
pub struct World {
    scenario: Scenario,
    seed: u64,
    speed: f64,
    started: Instant,
    begun: Timestamp,
    stopped: watch::Receiver<bool>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    deeds: Vec<Deed>,
    overrides: BTreeMap<Target, Fault>,
    answered: BTreeMap<Target, u64>,
    requests: BTreeMap<String, u64>,
    circles: Circles,
}

/// More was done than can be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch;

impl World {
    /// A company at the beginning of `scenario`; its clock starts now.
    pub fn new(scenario: Scenario, options: &Options, stopped: watch::Receiver<bool>) -> Self {
        Self {
            scenario,
            seed: options.seed,
            speed: options.speed,
            started: Instant::now(),
            begun: options.now,
            stopped,
            inner: Mutex::default(),
        }
    }

    /// The story that is played.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// What chance begins with.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many times as fast as life the scenario's clock runs.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// The scenario's clock.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed().mul_f64(self.speed)
    }

    /// How the company is now.
    pub fn state(&self) -> State {
        let elapsed = self.elapsed();
        let inner = self.lock();
        self.scenario.state_at(elapsed, &inner.deeds).with(&inner.overrides)
    }

    /// The company at this moment, as its vendors see it.
    pub fn moment(&self) -> Moment<'_> {
        let elapsed = self.elapsed();
        let (deeds, state) = {
            let inner = self.lock();
            let state = self.scenario.state_at(elapsed, &inner.deeds).with(&inner.overrides);
            (inner.deeds.clone(), state)
        };
        Moment {
            scenario: &self.scenario,
            elapsed,
            deeds,
            state,
            begun: self.begun,
            speed: self.speed,
            seed: self.seed,
        }
    }

    /// What was published and sent to reading circles, for one handler at a time.
    pub fn circles<T>(&self, act: impl FnOnce(&mut Circles) -> T) -> T {
        act(&mut self.lock().circles)
    }

    /// How `target` answers now, and the how manieth answer of it this is.
    pub fn next_answer(&self, target: Target) -> (Fault, u64) {
        let fault = self.state().fault(target);
        let mut inner = self.lock();
        let count = inner.answered.entry(target).or_default();
        *count += 1;
        (fault, *count)
    }

    /// Takes the maintenance flag, or says `ok` and forgets it where the scenario wants that.
    pub fn set_flag(&self, flag: Flag) -> Result<(), TooMuch> {
        match self.state().toggle {
            Toggle::Forgets => Ok(()),
            Toggle::Honest | Toggle::Pretends => self.record(Act::Maintenance(flag)),
        }
    }

    /// Remembers what an operator did.
    pub fn record(&self, what: Act) -> Result<(), TooMuch> {
        let at = self.elapsed();
        let mut inner = self.lock();
        if inner.deeds.len() >= MOST_DEEDS {
            return Err(TooMuch);
        }
        inner.deeds.push(Deed { at, what });
        Ok(())
    }

    /// What operators did, oldest first.
    pub fn deeds(&self) -> Vec<Deed> {
        self.lock().deeds.clone()
    }

    /// Sets how `targets` answer from now on, over what the scenario says; an empty fault gives them
    /// back to the scenario.
    pub fn set(&self, targets: &[Target], fault: &Fault) {
        let mut inner = self.lock();
        for target in targets {
            if *fault == Fault::default() {
                inner.overrides.remove(target);
            } else {
                inner.overrides.insert(*target, fault.clone());
            }
        }
    }

    /// Counts a request.
    pub fn count(&self, method: &str, path: &str) {
        let mut inner = self.lock();
        let key = format!("{method} {path}");
        let counted = inner.requests.len() < MOST_PATHS || inner.requests.contains_key(&key);
        *inner.requests.entry(if counted { key } else { "other".to_owned() }).or_default() += 1;
    }

    /// How often each method and path was asked for.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.lock().requests.clone()
    }

    /// Waits for `span`, or for ever if there is none, but no longer than the company lives.
    pub async fn wait(&self, span: Option<Duration>) {
        let mut stopped = self.stopped.clone();
        let end = async {
            match span {
                Some(span) => tokio::time::sleep(span).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = end => {}
            // An error means that the company was dropped, which ends it as well.
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
