//! `midwatch check --follow`: the signals are asked again and again, by the rules of the console and
//! without one. Keeps no record, and leaves the journal to the console.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use color_eyre::eyre::WrapErr;

use crate::app::Msg;
use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::SignalId;
use crate::domain::reading::Health;
use crate::domain::signal::Signal;
use crate::runtime::{self, Engine, Stop};
use crate::state::{Model, Plan, reason_words};

use super::check::{exit, wanted};
use super::{Arguments, Exit, open, print};

/// Follows every signal, or those named, for `span`, or until it is told to end.
pub async fn follow(
    arguments: &Arguments,
    names: &[String],
    span: Option<Duration>,
) -> color_eyre::Result<Exit> {
    let (settings, diagnostics, agreed) = open::trusted(&arguments.common)?;
    print::diagnostics(&diagnostics);
    let asked: BTreeSet<SignalId> =
        wanted(&settings.signals, names)?.into_iter().map(|signal| signal.id.clone()).collect();
    let (io, missing) = open::io(&settings, &agreed).await?;
    print::diagnostics(&missing);
    // The checks of the observer go along: without them a failure here looks like one there.
    let is_needed = |signal: &&Signal| signal.observer || asked.contains(&signal.id);
    let signals = settings.signals.iter().filter(is_needed).cloned().collect();
    let mut plan = Plan::new(open::environment(&settings, &arguments.common), signals, Vec::new());
    plan.seed = u64::from(std::process::id());
    // The plan holds what is needed.
    drop(settings);
    let mut engine = open::unkept(plan, io);
    let _listener = open::listener(&engine).await?;
    engine.tell(Msg::Opened { version: env!("CARGO_PKG_VERSION").to_owned() });
    let stop = runtime::follow(&mut engine, span, hear).await.wrap_err("waiting for signals")?;
    Ok(match stop {
        Some(Stop::Interrupt) => Exit::Interrupted,
        Some(Stop::Terminate | Stop::HangUp) => Exit::Done,
        None => exit(healths(&engine.model, &asked)),
    })
}

/// Prints what a person wants to know; breaks where nobody reads it any more.
fn hear(_: &mut Engine, logged: &Logged) -> ControlFlow<()> {
    let at = logged.at;
    match &logged.fact {
        Fact::Settled { signal, from, to, reason, detail, .. } => {
            let why = if *to == Health::Ok { String::new() } else { reason_words(*reason, detail) };
            let line = format!("{at} {} {signal} {} → {}  {why}", to.glyph(), from.word(), to.word());
            if print::told(line.trim_end()).is_err() {
                return ControlFlow::Break(());
            }
        }
        Fact::ObserverSick { detail } => {
            print::note(&format!("{at} nothing can be measured from here: {detail}"));
        }
        Fact::ObserverRecovered {} => print::note(&format!("{at} it can be measured again")),
        Fact::ClockStepped { by_millis } => {
            print::note(&format!("{at} the clock was set by {by_millis} ms"));
        }
        Fact::Crashed { what, detail } => print::note(&format!("{at} {what} broke: {detail}")),
        // Nobody is here to do anything, and what flaps has settled each time.
        _ => {}
    }
    ControlFlow::Continue(())
}

/// How those that were `asked` for stand.
fn healths<'a>(model: &'a Model, asked: &'a BTreeSet<SignalId>) -> impl Iterator<Item = Health> + 'a {
    let watch = &model.watch;
    model.plan.signals.iter().zip(&model.feed.signals).filter(|(signal, _)| asked.contains(&signal.id)).map(
        |(signal, feed)| {
            if signal.observer {
                // It has no state of its own: what it said last counts.
                return feed.last.as_ref().map_or(Health::Blind, |reading| reading.health);
            }
            match (&watch.observer_sick, watch.signals.get(&signal.id)) {
                (None, Some(known)) => known.health,
                (Some(_), _) | (None, None) => Health::Blind,
            }
        },
    )
}
