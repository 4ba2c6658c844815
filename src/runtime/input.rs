//! Terminal events to messages.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};

use crate::app::Msg;
use crate::domain::command::Place;
use crate::domain::press::Press;
use crate::domain::time::Timestamp;
use crate::keymap::{Chord, Key, Keymap, Resolved, chord};
use crate::panes;
use crate::state::Model;

/// Two presses within this many milliseconds are one double press.
const DOUBLE: i64 = 400;

/// What was pressed so far.
#[derive(Debug, Default)]
pub struct Input {
    pending: Vec<Chord>,
    clicked: Option<(u16, u16, Timestamp)>,
}

impl Input {
    /// The message `event` means to `model`, if any.
    pub fn message(&mut self, model: &Model, keymap: &Keymap, now: Timestamp, event: Event) -> Option<Msg> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(model, keymap, key),
            Event::Paste(text) => Some(Msg::Pasted(text)),
            Event::Resize(columns, rows) => Some(Msg::Resized(columns, rows)),
            Event::Mouse(mouse) => {
                let (x, y) = (mouse.column, mouse.row);
                match mouse.kind {
                    MouseEventKind::Down(MouseButton::Left) => {
                        let again = self.clicked.take().is_some_and(|(at_x, at_y, at)| {
                            (at_x, at_y) == (x, y) && now.millis() - at.millis() <= DOUBLE
                        });
                        if !again {
                            self.clicked = Some((x, y, now));
                        }
                        Some(Msg::Clicked { x, y, again })
                    }
                    MouseEventKind::ScrollDown => Some(Msg::Wheel { x, y, down: true }),
                    MouseEventKind::ScrollUp => Some(Msg::Wheel { x, y, down: false }),
                    MouseEventKind::Down(_)
                    | MouseEventKind::Up(_)
                    | MouseEventKind::Drag(_)
                    | MouseEventKind::Moved
                    | MouseEventKind::ScrollLeft
                    | MouseEventKind::ScrollRight => None,
                }
            }
            Event::Key(_) | Event::FocusGained | Event::FocusLost => None,
        }
    }

    fn key(&mut self, model: &Model, keymap: &Keymap, key: KeyEvent) -> Option<Msg> {
        let Some(place) = panes::place(model) else {
            self.pending.clear();
            return press(key).map(Msg::Press);
        };
        let chord = chord_of(key)?;
        let replayed = model.replay.is_some() && model.ui.dialog.is_none();
        let mut found = Resolved::Nothing;
        if replayed {
            found = keymap.resolve(Place::Replay, &self.pending, chord);
        }
        if found == Resolved::Nothing {
            found = keymap.resolve(place, &self.pending, chord);
        }
        match found {
            Resolved::Command(command) => {
                self.pending.clear();
                Some(Msg::Command(command))
            }
            Resolved::Pending => {
                self.pending.push(chord);
                Some(Msg::Pending(chord::text(&self.pending)))
            }
            // What is no key of the editor is typed.
            Resolved::Nothing if place == Place::Editor => {
                self.pending.clear();
                press(key).map(Msg::Press)
            }
            Resolved::Nothing => {
                let had = !self.pending.is_empty();
                self.pending.clear();
                had.then(|| Msg::Pending(String::new()))
            }
        }
    }

    /// Whether a sequence has begun; a command that comes of it ends it.
    pub fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }
}

fn chord_of(key: KeyEvent) -> Option<Chord> {
    let named = match key.code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::F(number) => Key::F(number),
        _ => return None,
    };
    let held = |modifier| key.modifiers.contains(modifier);
    Some(Chord::new(named, held(KeyModifiers::CONTROL), held(KeyModifiers::ALT), held(KeyModifiers::SHIFT)))
}

fn press(key: KeyEvent) -> Option<Press> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        // A dialog is left by Ctrl+C as by Esc: it never confirms.
        KeyCode::Char('c' | 'g' | '[') if control => Press::Esc,
        KeyCode::Char('w') if control => Press::DeleteWord,
        KeyCode::Char('u') if control => Press::DeleteLine,
        KeyCode::Char('a') if control => Press::Home,
        KeyCode::Char('e') if control => Press::End,
        KeyCode::Char('p') if control => Press::Up,
        KeyCode::Char('n') if control => Press::Down,
        KeyCode::Char('h') if control => Press::Backspace,
        KeyCode::Char(_) if control || key.modifiers.contains(KeyModifiers::ALT) => return None,
        KeyCode::Char(c) => Press::Char(c),
        KeyCode::Enter => Press::Enter,
        KeyCode::Esc => Press::Esc,
        KeyCode::Tab => Press::Tab,
        KeyCode::BackTab => Press::BackTab,
        KeyCode::Backspace => Press::Backspace,
        KeyCode::Delete => Press::Delete,
        KeyCode::Left => Press::Left,
        KeyCode::Right => Press::Right,
        KeyCode::Up => Press::Up,
        KeyCode::Down => Press::Down,
        KeyCode::Home => Press::Home,
        KeyCode::End => Press::End,
        KeyCode::PageUp => Press::PageUp,
        KeyCode::PageDown => Press::PageDown,
        _ => return None,
    })
}
