//! A condition on the first line, and the reply it is asked about.

use midwatch::domain::condition::{Condition, observe};

use super::{line, replies, shown};

/// It compiles or says why not, holds or says why nobody knows, and explains itself in harmless words.
pub fn holds(data: &[u8]) {
    let (text, rest) = line(data);
    let Ok(text) = std::str::from_utf8(text) else { return };
    let condition = match Condition::compile(text) {
        Ok(condition) => condition,
        Err(why) => {
            shown::line(&why.message, "message");
            assert!(why.at.is_none_or(|at| text.is_char_boundary(at)), "{why:?} of {text:?}");
            return;
        }
    };
    assert_eq!(condition.text(), text);
    for reply in replies::all(rest, 1) {
        let (observed, _) = observe(&reply, &[&condition]);
        match condition.holds(&observed) {
            Ok(held) => assert_eq!(condition.holds(&observed), Ok(held), "asked twice, it says two things"),
            Err(why) => shown::line(&why.message, "message"),
        }
        condition.explain(&observed).iter().for_each(|text| shown::line(text, "explanation"));
    }
}
