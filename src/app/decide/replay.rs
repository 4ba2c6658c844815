//! A replay: moving in time, moving about, reading. Nothing is decided here, nothing is logged, nothing runs: what comes
//! out of a message are effects on the terminal alone.

use std::time::Duration;

use chrono::{NaiveTime, TimeZone, Utc};

use crate::domain::command::Command;
use crate::domain::commands::{is_in_replay, row};
use crate::domain::time::Timestamp;
use crate::panes;
use crate::state::replay::{MomentKind, Motion, Replay};
use crate::state::{Asking, Dialog, DueKey, Focus, Model};

use super::{Effect, Msg, Out, SAID_FOR, command as live, dialog, looked_at, motion};

/// What a key that would have done something is answered with.
const PAST: &str = "this is a replay: nothing runs and nothing is written";

/// Takes a message at `now` of the operator's clock.
pub fn replayed(model: &mut Model, now: Timestamp, msg: Msg) -> Vec<Effect> {
    if model.ui.said.as_ref().is_some_and(|(_, until, _)| *until <= now) {
        model.ui.said = None;
    }
    let before = model.ui.said.take();
    let view = looked_at(model);
    let mut out = Out::default();
    let at = model.instant(now);
    match msg {
        Msg::Resized(columns, rows) => motion::resized(model, columns, rows),
        Msg::Command(asked) => command(model, asked, &mut out),
        Msg::Press(press) => dialog::press(model, at, press, &mut out),
        Msg::Pasted(text) => dialog::paste(model, &text),
        Msg::Pending(text) => model.ui.pending = text,
        Msg::Clicked { x, y, again } => {
            motion::click(model, at, (x, y), false, &mut out);
            if again && model.ui.dialog.is_none() {
                command(model, Command::Open, &mut out);
            }
        }
        Msg::Wheel { x, y, down } => motion::wheel(model, at, (x, y), down, &mut out),
        Msg::ClockStepped { by_millis } => {
            if let Some(Motion::Plays { told }) = model.replay.as_mut().map(|replay| &mut replay.motion) {
                *told = told.shifted(by_millis);
            }
        }
        Msg::Stop(_) => out.effect(Effect::Quit),
        Msg::Opened { .. }
        | Msg::Tick
        | Msg::Polled { .. }
        | Msg::PollCrashed { .. }
        | Msg::Logged(_)
        | Msg::JournalFailed(_)
        | Msg::Followed(_)
        | Msg::Output(..)
        | Msg::Replied(..)
        | Msg::Checked(..)
        | Msg::Kept(_)
        | Msg::Pushed { .. }
        | Msg::TurnedAway { .. }
        | Msg::Ask { .. }
        | Msg::AskRequest { .. }
        | Msg::AskSequence { .. }
        | Msg::RunbookRead { .. }
        | Msg::OnDisk { .. }
        | Msg::Edited(_)
        | Msg::Handover(_)
        | Msg::Window(_) => {}
    }
    let view_changed = looked_at(model) != view;
    match &mut model.ui.said {
        // It is read by the operator's clock, however fast time goes on screen.
        Some((_, until, _)) => *until = now.plus(SAID_FOR),
        // What was said is not about what is looked at now.
        None if view_changed => {}
        None => model.ui.said = before,
    }
    if let Some(Motion::Plays { told }) = model.replay.as_mut().map(|replay| &mut replay.motion)
        && *told == Timestamp::default()
    {
        *told = now;
    }
    out.effects.retain(|effect| match effect {
        Effect::Copy(_) | Effect::Redraw | Effect::Suspend | Effect::Quit => true,
        Effect::Log(_)
        | Effect::Poll { .. }
        | Effect::Run { .. }
        | Effect::Check { .. }
        | Effect::Keep(_)
        | Effect::Edit(_)
        | Effect::Handover(_)
        | Effect::Cancel(_)
        | Effect::KeepLook { .. }
        | Effect::Bell
        | Effect::Ring(_) => false,
    });
    out.effects
}

/// Does what a replay does of a command, and says of every other that it does not.
pub fn command(model: &mut Model, asked: Command, out: &mut Out) {
    let Some(replay) = &model.replay else { return };
    let at = replay.at;
    match asked {
        Command::PauseReplay => pause(model),
        Command::SecondsBack => go(model, at.minus(Duration::from_secs(10))),
        Command::SecondsOn => go(model, at.plus(Duration::from_secs(10))),
        Command::MinuteBack => go(model, at.minus(Duration::from_secs(60))),
        Command::MinuteOn => go(model, at.plus(Duration::from_secs(60))),
        Command::ToBeginning => go(model, replay.reel.from),
        Command::ToEnd => go(model, replay.reel.to),
        Command::PreviousRed => match replay.reel.before(at, MomentKind::Red) {
            Some(red) => go(model, red),
            None => say(model, "nothing went down before this"),
        },
        Command::NextRed => match replay.reel.after(at, MomentKind::Red) {
            Some(red) => go(model, red),
            None => say(model, "nothing goes down after this"),
        },
        Command::Slower => pace(model, |replay| replay.speed.slower()),
        Command::Faster => pace(model, |replay| replay.speed.faster()),
        Command::ToInstant => dialog::prompt(model, Asking::Instant, ""),
        Command::Quit => out.effect(Effect::Quit),
        Command::Open if model.ui.dialog.is_none() && model.ui.focus == Focus::Due && !is_read(model, at) => {
            say(model, PAST);
        }
        Command::Open if model.ui.dialog.is_none() && matches!(model.ui.focus, Focus::Board(_)) => {
            say(model, "what was listed is not kept for a replay: only how much");
        }
        Command::Open if matches!(model.ui.dialog, Some(Dialog::Incident)) => say(model, PAST),
        asked if is_in_replay(&asked) => live::command(model, at, asked, out),
        asked => {
            let what =
                row(&asked).map_or_else(|| format!("{}: ", name(&asked)), |row| format!("{}: ", row.hint));
            say(model, &format!("{what}{PAST}"));
        }
    }
}

fn name(asked: &Command) -> String {
    match asked {
        Command::Action(action) => action.to_string(),
        _ => crate::domain::commands::name_of(asked),
    }
}

/// Whether what is under the cursor of the due pane is only read when it is opened.
fn is_read(model: &Model, at: Timestamp) -> bool {
    match panes::due::selected(model, at) {
        Some(
            DueKey::Run(_)
            | DueKey::Acknowledgement(_)
            | DueKey::Silence(_)
            | DueKey::Timer(_)
            | DueKey::Rung(_),
        )
        | None => true,
        Some(_) => false,
    }
}

fn say(model: &mut Model, text: &str) {
    model.ui.said = Some((text.to_owned(), Timestamp::default(), true));
}

fn pause(model: &mut Model) {
    let Some(replay) = &model.replay else { return };
    let (plays, from) = (matches!(replay.motion, Motion::Plays { .. }), replay.reel.from);
    if !plays && replay.at >= replay.reel.to {
        // At the end it begins anew.
        go(model, from);
    }
    if let Some(replay) = &mut model.replay {
        replay.motion = if plays { Motion::Paused } else { Motion::Plays { told: Timestamp::default() } };
    }
}

fn pace(model: &mut Model, to: impl Fn(&Replay) -> crate::state::replay::Speed) {
    if let Some(replay) = &mut model.replay {
        replay.speed = to(replay);
    }
}

/// Shows another instant. Dialogs stay open, and show it too.
fn go(model: &mut Model, to: Timestamp) {
    model.show(to);
    if matches!(&model.ui.dialog, Some(Dialog::Output { run, .. }) if model.watch.run(run).is_none()) {
        // It had not been asked for yet.
        model.ui.dialog = None;
    }
}

/// Goes to the instant that was typed.
pub fn named(model: &mut Model, text: &str) -> Result<(), String> {
    let Some(replay) = &model.replay else { return Err("this is no replay".into()) };
    let (reel, at) = (&replay.reel, replay.at);
    let to = instant_named(text, at, reel.declared, (reel.from, reel.to))?;
    go(model, to);
    Ok(())
}

/// The instant that `text` names, seen from `at`: `03:12`, `+5m`, `T+7m`, `2026-11-21T03:12:05Z`.
pub fn instant_named(
    text: &str,
    at: Timestamp,
    declared: Timestamp,
    (from, to): (Timestamp, Timestamp),
) -> Result<Timestamp, String> {
    let text = text.trim();
    let span = |text: &str| humantime::parse_duration(text.trim()).ok();
    let within = |wanted: Timestamp| {
        if wanted < from || wanted > to {
            return Err(format!("the recording is from {} to {}", from.rfc3339(), to.rfc3339()));
        }
        Ok(wanted)
    };
    if let Some(after) = text.strip_prefix("T+").or_else(|| text.strip_prefix("t+")).and_then(span) {
        return within(declared.plus(after));
    }
    if let Some(on) = text.strip_prefix('+').and_then(span) {
        return Ok(at.plus(on).min(to));
    }
    if let Some(back) = text.strip_prefix('-').and_then(span) {
        return Ok(at.minus(back).max(from));
    }
    if let Ok(whole) = chrono::DateTime::parse_from_rfc3339(text) {
        return within(Timestamp::from_millis(whole.timestamp_millis()));
    }
    let of_day = ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok());
    let (Some(time), Some(here)) = (of_day, at.max(from).utc()) else {
        return Err("a time is 03:12, 03:12:05, +5m, -30s, T+7m or 2026-11-21T03:12:05Z".into());
    };
    // Of the days around, that on which it was recorded, and of those the nearest.
    let days = [-1_i64, 0, 1].map(|days| {
        let day = here.date_naive() + chrono::TimeDelta::days(days);
        Timestamp::from_millis(Utc.from_utc_datetime(&day.and_time(time)).timestamp_millis())
    });
    let recorded = days.into_iter().filter(|day| (from..=to).contains(day));
    let nearest = recorded.min_by_key(|day| day.millis().abs_diff(at.millis()));
    nearest.map_or_else(|| within(days[1]), Ok)
}
