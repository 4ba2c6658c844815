//! What can be picked in a field that is typed into: shown under it, narrowed by what is typed.

/// Something to pick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is taken.
    pub text: String,
    /// What is known of it.
    pub about: String,
    /// Whether it is what runs now.
    pub current: bool,
    /// The variable of the environment that is meant, whose value is not known.
    pub set: Option<String>,
}

impl Choice {
    /// The text, and what is known of it.
    pub fn of(text: &str, about: &str) -> Self {
        Self { text: text.to_owned(), about: about.to_owned(), current: false, set: None }
    }

    /// The variable `name` as it is set in the environment.
    pub fn as_set(name: &str) -> Self {
        let about = "as it is set in the console's environment".to_owned();
        Self { text: format!("${name}"), about, current: false, set: Some(name.to_owned()) }
    }
}

/// The choices of a field, and where the cursor is among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picking {
    /// Every choice.
    pub choices: Vec<Choice>,
    /// Which of those shown the cursor is on; on what is typed when `None`.
    pub cursor: Option<usize>,
    /// Whether something was typed: only then does it narrow the choices.
    pub narrowed: bool,
}

impl Picking {
    /// The choices to show while `typed` stands in the field.
    pub fn shown(&self, typed: &str) -> Vec<&Choice> {
        let wanted = typed.trim().to_lowercase();
        let holds = |choice: &&Choice| {
            !self.narrowed
                || choice.text.to_lowercase().contains(&wanted)
                || choice.about.to_lowercase().contains(&wanted)
        };
        self.choices.iter().filter(holds).collect()
    }

    /// The choice under the cursor.
    pub fn picked(&self, typed: &str) -> Option<&Choice> {
        self.shown(typed).get(self.cursor?).copied()
    }

    /// Moves the cursor by `lines`; above the first choice it is on what is typed.
    pub fn walk(&mut self, typed: &str, lines: isize) {
        let count = self.shown(typed).len();
        let at = self.cursor.map_or(0, |at| at + 1);
        let to = at.saturating_add_signed(lines).min(count);
        self.cursor = to.checked_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_narrows_and_the_cursor_goes_back_to_what_is_typed() {
        let choices =
            vec![Choice::of("v42", "live now"), Choice::of("v41", "2h ago"), Choice::of("v40", "3h ago")];
        let mut picking = Picking { choices, ..Picking::default() };
        assert_eq!(picking.shown("v41").len(), 3, "what stood there already narrows nothing");
        picking.walk("v41", 1);
        assert_eq!(picking.picked("v41").unwrap().text, "v42");
        picking.walk("v41", 9);
        assert_eq!(picking.picked("v41").unwrap().text, "v40");
        picking.walk("v41", -9);
        assert_eq!(picking.picked("v41"), None);
        picking.narrowed = true;
        assert_eq!(picking.shown("V41").len(), 1);
        assert_eq!(picking.shown("AGO").len(), 2, "what is known of it counts");
        assert_eq!(picking.shown("nine").len(), 0);
        picking.walk("nine", 1);
        assert_eq!(picking.picked("nine"), None);
    }
}
