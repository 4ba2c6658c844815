//! Entries: going to them, reading them, and the last change before something went red.

use crate::domain::action::Purpose;
use crate::domain::board::Board;
use crate::domain::command::Command;
use crate::domain::entry::{Entry, EntryRef};
use crate::domain::fact::Fact;
use crate::domain::ids::SignalId;
use crate::domain::time::Timestamp;
use crate::panes;
use crate::state::{Dialog, Focus, Model};

use super::{Effect, Out, say, say_no};

/// The entry that is looked at: in a dialog, or under the cursor of the focused board.
pub fn looked_at(model: &Model) -> Option<(SignalId, Entry, Timestamp)> {
    match (&model.ui.dialog, model.ui.focus) {
        (Some(Dialog::Entry { signal, entry, at, .. }), _) => Some((signal.clone(), (**entry).clone(), *at)),
        (None, Focus::Board(board)) => panes::board::cursor(model, board)
            .map(|listed| (model.plan.signals[listed.signal].id.clone(), listed.entry.clone(), listed.at)),
        (Some(_), _) | (None, Focus::Health | Focus::Runbook | Focus::Timeline | Focus::Due) => None,
    }
}

/// The signal that a key in this place means: the one under the cursor, or the one that lists the entry there.
pub fn signal(model: &Model) -> Option<SignalId> {
    match model.ui.focus {
        Focus::Board(board) => match panes::board::cursor(model, board) {
            Some(listed) => Some(model.plan.signals[listed.signal].id.clone()),
            None => worst(model, board),
        },
        Focus::Health | Focus::Runbook | Focus::Timeline | Focus::Due => panes::health::cursor(model),
    }
}

fn worst(model: &Model, board: Board) -> Option<SignalId> {
    let on_board = |at: &&usize| model.plan.signals[**at].board == Some(board);
    model.feed.order.iter().find(on_board).map(|at| model.plan.signals[*at].id.clone())
}

/// Opens the entry under the cursor; where a board is empty, the signal that fills it.
pub fn open(model: &mut Model, now: Timestamp, board: Board) {
    if let Some((signal, entry, at)) = looked_at(model) {
        model.ui.dialog = Some(Dialog::Entry { signal, entry: Box::new(entry), at, scroll: 0 });
    } else if panes::board::shown(model, board).is_empty()
        && let Some(signal) = worst(model, board)
    {
        model.ui.dialog = Some(Dialog::Detail { signal, scroll: 0 });
    } else {
        say_no(model, now, "it is not listed any more: choose another");
    }
}

/// From a signal to the board that lists what its source found, and back.
pub fn across(model: &mut Model, now: Timestamp) {
    match model.ui.focus {
        Focus::Board(_) => {
            if let Some(signal) = signal(model) {
                model.ui.signal = Some(signal);
            }
            model.ui.focus = Focus::Health;
        }
        Focus::Health | Focus::Runbook | Focus::Timeline | Focus::Due => {
            let Some(signal) = panes::health::cursor(model) else {
                say_no(model, now, "no signal is selected");
                return;
            };
            let board = model.plan.signal_index(&signal).and_then(|at| model.plan.signals[at].board);
            match board {
                Some(board) => model.ui.focus = Focus::Board(board),
                None => say_no(model, now, format!("{signal} lists nothing: enter shows all about it")),
            }
        }
    }
}

/// Puts the address of the entry on the clipboard, and shows it.
pub fn link(model: &mut Model, now: Timestamp, out: &mut Out) {
    let Some((_, entry, _)) = looked_at(model) else {
        say_no(model, now, "no entry is selected");
        return;
    };
    match entry.link.filter(|link| link.starts_with("https://") || link.starts_with("http://")) {
        Some(link) => {
            out.effect(Effect::Copy(link.clone()));
            let lines = vec![link, String::new(), "The address is on the clipboard.".into()];
            model.ui.dialog = Some(Dialog::Read { title: entry.title, lines, scroll: 0 });
        }
        None => say_no(model, now, format!("{} has no address", entry.key)),
    }
}

/// What is put on the clipboard of the entry that is looked at.
pub fn evidence(model: &Model) -> Option<String> {
    let (signal, entry, at) = looked_at(model)?;
    let index = model.plan.signal_index(&signal)?;
    let mut text = panes::board::evidence(model, index, &entry, at);
    if matches!(model.ui.dialog, Some(Dialog::Entry { .. })) {
        for (label, fact) in &entry.facts {
            text = text + "\n" + label + ": " + fact;
        }
        for line in &entry.body {
            text.push('\n');
            text.push_str(line);
        }
    }
    Some(text)
}

/// Goes to the last release or deed before the signal under the cursor became what it is.
pub fn last_change(model: &mut Model, now: Timestamp) {
    let since = match model.ui.focus {
        Focus::Timeline => panes::timeline::cursor(model).map(|logged| match &logged.fact {
            Fact::Settled { since, .. } => *since,
            _ => logged.at,
        }),
        Focus::Health | Focus::Runbook | Focus::Due | Focus::Board(_) => {
            signal(model).and_then(|signal| model.watch.signals.get(&signal).map(|known| known.since))
        }
    };
    let Some(since) = since else {
        say_no(model, now, "nothing is selected that has changed");
        return;
    };
    let released = model.plan.listed(Board::Deploys).flat_map(|at| {
        let listing = model.feed.signals[at].listing.as_ref();
        let entries = listing.into_iter().flat_map(|listing| listing.entries.iter());
        entries.filter(|entry| entry.release.is_some()).filter_map(move |entry| Some((entry.at?, at, entry)))
    });
    let release =
        released.filter(|(at, ..)| *at <= since).max_by_key(|(at, ..)| *at).map(|(when, at, entry)| {
            let name = EntryRef { signal: model.plan.signals[at].id.clone(), key: entry.key.clone() };
            (when, name, entry.release.clone().unwrap_or_default())
        });
    let deed = model.watch.timeline.iter().rev().find(|logged| {
        logged.at <= since
            && matches!(&logged.fact, Fact::RunRequested { purpose, .. } if *purpose != Purpose::Read)
    });
    let ago = |at: Timestamp| crate::domain::time::brief(since.since(at));
    match (release, deed.map(|logged| (logged.at, logged.seq))) {
        (None, None) => say_no(model, now, format!("no change is known before {}", since.clock())),
        (Some((at, name, version)), deed) if deed.is_none_or(|(done, _)| done <= at) => {
            model.ui.entries.insert(Board::Deploys, name);
            model.ui.focus = Focus::Board(Board::Deploys);
            say(model, now, format!("{version} went live {} before it", ago(at)));
        }
        (_, Some((at, seq))) => {
            model.ui.fact = Some(seq);
            model.ui.focus = Focus::Timeline;
            say(model, now, format!("the last deed, {} before it", ago(at)));
        }
        (Some(_), None) => {}
    }
}

/// Moves the cursor of a board.
pub fn walk(model: &mut Model, board: Board, lines: isize) {
    if let Some(to) = panes::board::moved(model, board, lines) {
        model.ui.entries.insert(board, to);
    }
}

/// Gives the keys to a board, if there is one.
pub fn focus(model: &mut Model, now: Timestamp, board: Board) {
    if model.plan.listed(board).next().is_some() {
        model.ui.focus = Focus::Board(board);
    } else {
        let name = crate::domain::commands::row(&Command::FocusBoard(board)).map_or("", |row| row.hint);
        say_no(model, now, format!("no source lists {name}: see docs/sources.md"));
    }
}
