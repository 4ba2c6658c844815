//! The go-live window by keys: its view, what is asked before each deed, and the GO that is said twice. What the deeds
//! do to the clock is in `window`.

use std::time::Duration;

use crate::domain::ids::WindowId;
use crate::domain::press::Press;
use crate::domain::time::Timestamp;
use crate::domain::window::Deed;
use crate::panes;
use crate::state::{Asking, Dialog, Model};

use super::{Out, dialog, motion, recordable, say_no, window};

/// Opens the view.
pub fn view(model: &mut Model) {
    model.ui.dialog = Some(Dialog::Window { scroll: 0 });
}

/// Says why not, at the top of the view where that is what is looked at.
fn refuse(model: &mut Model, now: Timestamp, why: String) {
    if let Some(Dialog::Window { scroll }) = &mut model.ui.dialog {
        *scroll = 0;
    }
    say_no(model, now, why);
}

/// The open window, where a deed to it can be recorded; otherwise says why not.
fn open_one(model: &mut Model, now: Timestamp) -> Option<WindowId> {
    if !recordable(model, now) {
        return None;
    }
    let window = model.watch.window().map(|window| window.id.clone());
    if window.is_none() {
        refuse(model, now, "no window is open".into());
    }
    window
}

/// Asks how long health has to last in a new window.
pub fn ask_span(model: &mut Model, now: Timestamp) {
    if !recordable(model, now) {
        return;
    }
    match window::refusal(model) {
        Some(why) => refuse(model, now, why),
        None => {
            let usual = humantime::format_duration(model.plan.window.span).to_string();
            dialog::prompt(model, Asking::OpenWindow, &usual);
        }
    }
}

/// Takes how long, and opens the window.
pub fn opened(model: &mut Model, now: Timestamp, text: &str, out: &mut Out) -> Result<(), String> {
    let span: Duration =
        humantime::parse_duration(text.trim()).map_err(|error| format!("{error}: such as 15m or 1h"))?;
    if let Some(why) = window::refusal(model).or_else(|| window::wrong_span(span)) {
        return Err(why);
    }
    window::deed(model, now, Deed::Open(Some(span)), out);
    Ok(())
}

/// Asks for the reason of a deed to the open window.
pub fn ask_why(model: &mut Model, now: Timestamp, asking: fn(WindowId) -> Asking) {
    if let Some(window) = open_one(model, now) {
        dialog::prompt(model, asking(window), "");
    }
}

/// Asks why the window is held, unless it is.
pub fn ask_hold(model: &mut Model, now: Timestamp) {
    let held = model.watch.window().filter(|window| window.held.is_some());
    match held.map(|window| format!("{} is held already", window.id)) {
        Some(why) => refuse(model, now, why),
        None => ask_why(model, now, Asking::HoldWindow),
    }
}

/// Lets a held window go on.
pub fn release(model: &mut Model, now: Timestamp, out: &mut Out) {
    if open_one(model, now).is_none() {
        return;
    }
    if let Some(Dialog::Window { scroll }) = &mut model.ui.dialog {
        *scroll = 0;
    }
    window::deed(model, now, Deed::Release, out);
}

/// Does what was asked for, if it still is the window that was asked about.
pub fn done(
    model: &mut Model,
    now: Timestamp,
    window: &WindowId,
    deed: Deed,
    out: &mut Out,
) -> Result<(), String> {
    if !is_open(model, window) {
        return Err(format!("{window} has ended meanwhile"));
    }
    window::deed(model, now, deed, out);
    Ok(())
}

fn is_open(model: &Model, window: &WindowId) -> bool {
    model.watch.window().is_some_and(|open| open.id == *window)
}

/// Shows what a GO would rest on, or what it lacks.
pub fn ask_go(model: &mut Model, now: Timestamp) {
    if let Some(window) = open_one(model, now) {
        model.ui.dialog = Some(Dialog::Go { window, scroll: 0 });
    }
}

/// A key was pressed while a GO is asked for. Only the one that is on screen says it, and not Enter: nothing else does.
pub fn press(model: &mut Model, now: Timestamp, press: Press, out: &mut Out) {
    let unseen = panes::dialog::unseen(model, now);
    let rows = panes::dialog::rows(model, now).max(1);
    let Some(Dialog::Go { window, .. }) = &model.ui.dialog else { return };
    let window = window.clone();
    match press {
        Press::Char('y') if !is_open(model, &window) => say_no(model, now, format!("{window} has ended")),
        Press::Char('y') if unseen > 0 => say_no(model, now, "read to the end first: ↓"),
        Press::Char('y') => {
            window::deed(model, now, Deed::Go, out);
            // Refused, it stays: what is missing stands there.
            if model.feed.window.is_none() {
                model.ui.dialog = None;
            }
        }
        Press::Enter => say_no(model, now, "Enter never says GO: y does"),
        Press::Esc | Press::Char('n' | 'q') => view(model),
        Press::Up => motion::by(model, now, -1, out),
        Press::Down => motion::by(model, now, 1, out),
        Press::PageUp => motion::by(model, now, -isize::try_from(rows).unwrap_or(1), out),
        Press::PageDown => motion::by(model, now, isize::try_from(rows).unwrap_or(1), out),
        _ => {}
    }
}
