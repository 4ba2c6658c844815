//! Writing an update: keys, what was pasted, what came back from an editor, and the way on to the exact request.

use ratatui_textarea::CursorMove;
use tui_input::{Input, InputRequest};

use crate::domain::press::Press;
use crate::domain::text::{clean, is_hostile};
use crate::domain::time::Timestamp;
use crate::panes;
use crate::state::composing::{Composing, Field};
use crate::state::{Dialog, Model};

use super::super::dialog::edits;
use super::super::{Effect, Out, say, say_no};
use super::{post, refill};

/// Longest title, in characters.
const TITLE: usize = 200;
/// Lines of a page.
const PAGE: usize = 8;

/// A key that the keymap has no meaning for.
pub fn press(model: &mut Model, now: Timestamp, press: Press) {
    let most = panes::dialog::overflow(model, now);
    let Some(Dialog::Compose(composing)) = &mut model.ui.dialog else { return };
    composing.problem = None;
    if composing.compares {
        compared(composing, press, most);
        return;
    }
    match press {
        Press::Esc => leave(model, now),
        Press::Tab => composing.go(true),
        Press::BackTab => composing.go(false),
        other => match composing.field {
            Field::Text => text(composing, other),
            Field::Title => line(&mut composing.title, other, |c| !is_hostile(c), TITLE),
            Field::Next => {
                line(&mut composing.next, other, |c| c.is_ascii_digit(), 3);
                changed(model, now);
            }
            Field::Status | Field::Target | Field::Thread | Field::Component(_) => {
                let turned = match other {
                    Press::Left | Press::Up => composing.turn(false),
                    Press::Right | Press::Down | Press::Char(' ') => composing.turn(true),
                    Press::Enter => {
                        composing.go(true);
                        false
                    }
                    _ => false,
                };
                if turned {
                    settle(model);
                    changed(model, now);
                }
            }
        },
    }
}

/// A key while the difference is shown: it is scrolled, or over.
fn compared(composing: &mut Composing, press: Press, most: usize) {
    let scroll = &mut composing.scroll;
    match press {
        Press::Up => *scroll = scroll.saturating_sub(1),
        Press::Down => *scroll = (*scroll + 1).min(most),
        Press::PageUp => *scroll = scroll.saturating_sub(PAGE),
        Press::PageDown => *scroll = (*scroll + PAGE).min(most),
        _ => composing.compares = false,
    }
}

fn text(composing: &mut Composing, press: Press) {
    let area = &mut composing.text;
    let go = |area: &mut ratatui_textarea::TextArea<'static>, to: CursorMove, times: usize| {
        (0..times).for_each(|_| area.move_cursor(to));
    };
    match press {
        Press::Char(c) => composing.insert(c),
        Press::Enter => area.insert_newline(),
        Press::Backspace => drop(area.delete_char()),
        Press::Delete => drop(area.delete_next_char()),
        Press::DeleteWord => drop(area.delete_word()),
        Press::DeleteLine => drop(area.delete_line_by_head()),
        Press::Left => go(area, CursorMove::Back, 1),
        Press::Right => go(area, CursorMove::Forward, 1),
        Press::Up => go(area, CursorMove::Up, 1),
        Press::Down => go(area, CursorMove::Down, 1),
        Press::Home => go(area, CursorMove::Head, 1),
        Press::End => go(area, CursorMove::End, 1),
        Press::PageUp => go(area, CursorMove::Up, PAGE),
        Press::PageDown => go(area, CursorMove::Down, PAGE),
        Press::Esc | Press::Tab | Press::BackTab => {}
    }
}

/// Edits a field of one line.
fn line(input: &mut Input, press: Press, takes: impl Fn(char) -> bool, longest: usize) {
    let request = match press {
        Press::Char(c) if takes(c) && input.value().chars().count() < longest => {
            Some(InputRequest::InsertChar(c))
        }
        press => edits(press),
    };
    if let Some(request) = request {
        input.handle(request);
    }
}

/// What ends an incident on a page sets the components back that an earlier post has set.
fn settle(model: &mut Model) {
    let Some(Dialog::Compose(composing)) = &model.ui.dialog else { return };
    if composing.field != Field::Status || composing.status.chosen() != Some("resolved") {
        return;
    }
    let last = model.watch.posts.of(composing.incident.as_ref()).rev();
    let mut set: Vec<(String, String)> = Vec::new();
    for post in last.filter(|post| post.channel == composing.channel && post.posted.is_some()) {
        let Some(run) = post.run.as_ref().and_then(|run| model.watch.run(run)) else { continue };
        for (id, state) in crate::comms::components_of(&run.request) {
            if !set.iter().any(|(known, _)| *known == id) {
                set.push((id, state));
            }
        }
    }
    let Some(Dialog::Compose(composing)) = &mut model.ui.dialog else { return };
    for component in &mut composing.components {
        if set.iter().any(|(id, state)| *id == component.id && state != "operational") {
            component.state.choose("operational");
        }
    }
    // Nothing follows what is over.
    composing.next = Input::default();
}

/// What is set has changed: a text that nobody touched follows.
fn changed(model: &mut Model, now: Timestamp) {
    let Some(Dialog::Compose(composing)) = &model.ui.dialog else { return };
    let Some(channel) = model.plan.channel(&composing.channel).cloned() else { return };
    let mut composing = composing.clone();
    refill(model, now, &channel, &mut composing);
    model.ui.dialog = Some(Dialog::Compose(composing));
}

/// Text was pasted into the field that has the keys.
pub fn paste(composing: &mut Composing, text: &str) {
    match composing.field {
        Field::Text => composing.paste(text),
        Field::Title => clean(text.trim()).chars().for_each(|c| {
            line(&mut composing.title, Press::Char(c), |c| !is_hostile(c), TITLE);
        }),
        Field::Status | Field::Target | Field::Thread | Field::Component(_) | Field::Next => {}
    }
}

/// Leaves the editor; what was written stays.
fn leave(model: &mut Model, now: Timestamp) {
    if let Some(Dialog::Compose(composing)) = model.ui.dialog.take() {
        model.ui.drafts.insert(composing.channel.clone(), composing);
        say(model, now, "not posted: it comes back when you write there again");
    }
}

/// Takes back the last change of the text.
pub fn undo(model: &mut Model) {
    if let Some(Dialog::Compose(composing)) = &mut model.ui.dialog
        && !composing.text.undo()
    {
        composing.problem = Some("nothing is left to take back".into());
    }
}

/// Makes the change again that was taken back last.
pub fn redo(model: &mut Model) {
    if let Some(Dialog::Compose(composing)) = &mut model.ui.dialog
        && !composing.text.redo()
    {
        composing.problem = Some("nothing was taken back".into());
    }
}

/// Shows the difference from what was posted there last, or the text again.
pub fn compare(model: &mut Model) {
    let Some(Dialog::Compose(composing)) = &model.ui.dialog else { return };
    let last = model.watch.posts.last_in(composing.incident.as_ref(), &composing.channel).is_some();
    let Some(Dialog::Compose(composing)) = &mut model.ui.dialog else { return };
    if last {
        composing.compares = !composing.compares;
        composing.scroll = 0;
        composing.problem = None;
    } else {
        composing.problem = Some("nothing was posted there before in this incident".into());
    }
}

/// Hands the text to an editor of the operator's own.
pub fn outside(model: &mut Model, out: &mut Out) {
    if let Some(Dialog::Compose(composing)) = &mut model.ui.dialog {
        composing.problem = None;
        out.effect(Effect::Edit(composing.words()));
    }
}

/// Takes what came back from it.
pub fn edited(model: &mut Model, now: Timestamp, edited: Result<String, String>) {
    let Some(Dialog::Compose(composing)) = &mut model.ui.dialog else { return };
    match edited {
        Ok(text) => {
            if text.trim_end() != composing.words().trim_end() {
                composing.replace(&text);
            }
        }
        Err(why) => {
            composing.problem = Some(why.clone());
            say_no(model, now, why);
        }
    }
}

/// Goes on to the exact request.
pub fn done(model: &mut Model, now: Timestamp, out: &mut Out) {
    if let Err(why) = post::show(model, now, out)
        && let Some(Dialog::Compose(composing)) = &mut model.ui.dialog
    {
        composing.problem = Some(why);
    }
}
