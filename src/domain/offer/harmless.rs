//! What is shown of an offer made harmless: whatever a vendor calls its things, nothing of it reaches a terminal.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::{Call, Offer};
use crate::domain::text::{clean, clip, is_hostile};

/// Columns of a text at most.
const WIDE: usize = 800;

impl Offer {
    /// Makes every text that is shown harmless; the requests stay as they are, and are shown by their preview.
    pub fn make_clean(&mut self, known: &mut HarmlessCalls) {
        line(&mut self.title);
        line(&mut self.target);
        self.about.iter_mut().for_each(line);
        self.refused.iter_mut().for_each(line);
        self.leaves.iter_mut().for_each(line);
        if let Some(blank) = &mut self.blank {
            line(&mut blank.label);
            line(&mut blank.suggested);
        }
        self.calls = known.harmless(&self.calls);
    }
}

/// Calls that were made harmless: many entries may share those of one offer, which are looked at once and stay shared.
#[derive(Debug, Default)]
pub struct HarmlessCalls(HashMap<*const Call, Harmless>);

/// Calls as they were, kept so that nothing else comes to stand where they do, and as they became.
#[derive(Debug)]
struct Harmless {
    _were: Arc<[Call]>,
    are: Arc<[Call]>,
}

impl HarmlessCalls {
    fn harmless(&mut self, calls: &Arc<[Call]>) -> Arc<[Call]> {
        let known = self.0.entry(calls.as_ptr()).or_insert_with(|| {
            let is_wrong = |text: &String| text.len() > WIDE || text.chars().any(is_hostile);
            if !calls.iter().any(|call| is_wrong(&call.title) || is_wrong(&call.key)) {
                return Harmless { _were: Arc::clone(calls), are: Arc::clone(calls) };
            }
            let mut made = calls.to_vec();
            for call in &mut made {
                line(&mut call.title);
                line(&mut call.key);
            }
            Harmless { _were: Arc::clone(calls), are: made.into() }
        });
        Arc::clone(&known.are)
    }
}

/// Makes `text` harmless, and no longer than can be kept.
fn line(text: &mut String) {
    let harmless = clean(text);
    let harmless = match clip(&harmless, WIDE) {
        Cow::Owned(cut) => Some(cut),
        Cow::Borrowed(_) => match harmless {
            Cow::Owned(harmless) => Some(harmless),
            Cow::Borrowed(_) => None,
        },
    };
    if let Some(harmless) = harmless {
        *text = harmless;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::action::Risk;
    use crate::domain::io::{CommandRequest, IoRequest};
    use crate::domain::offer::{Blank, BlankKind};

    #[test]
    fn what_is_shown_of_an_offer_does_nothing_to_a_terminal() {
        let hostile = format!("SHOP\u{1b}[2J\nline two\u{202e}{}", "x".repeat(5000));
        let hostile = hostile.as_str();
        let argv = vec!["resend".into(), hostile.into()];
        let request =
            CommandRequest { argv, env: Vec::new(), cwd: None, timeout: Duration::from_secs(1), limit: 1024 };
        let call = Call {
            key: hostile.into(),
            title: hostile.into(),
            request: IoRequest::Command(request),
            expect: None,
            check: None,
        };
        let mut asked = Offer::one("resend", Risk::Change, call);
        (asked.about, asked.refused) = (vec![hostile.into()], Some(hostile.into()));
        let blank = Blank { label: hostile.into(), suggested: hostile.into(), kind: BlankKind::Text };
        asked.blank = Some(blank);
        let request = asked.calls[0].request.clone();
        let (mut known, mut other) = (HarmlessCalls::default(), asked.clone());
        asked.make_clean(&mut known);
        other.make_clean(&mut known);
        assert!(Arc::ptr_eq(&asked.calls, &other.calls), "what was shared stays so");
        let (blank, call) = (asked.blank.as_ref().unwrap(), &asked.calls[0]);
        let offered = [&asked.title, &asked.target, &asked.about[0], asked.refused.as_ref().unwrap()];
        let others = [&blank.label, &blank.suggested, &call.title, &call.key];
        for text in offered.into_iter().chain(others) {
            assert!(!text.chars().any(is_hostile) && text.len() < 1000, "{text:?}");
        }
        assert_eq!(call.request, request, "what is sent is what was offered");
    }
}
