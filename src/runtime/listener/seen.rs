//! Deliveries that came before: what was signed is remembered for a while, and what comes again says nothing new.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::domain::io::SignatureScheme;
use crate::domain::time::Timestamp;
use crate::sources::listen::{Proof, Sender};

/// What is remembered at most: the oldest is forgotten for the newest.
const MOST: usize = 4_096;
/// How long what carries no signed time is remembered.
const UNTIMED: Duration = Duration::from_secs(24 * 3600);

/// The digest of something by which a delivery is known.
pub type Mark = [u8; 32];

/// What was delivered lately.
pub struct Seen {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    marks: HashSet<Mark>,
    order: VecDeque<(Timestamp, Mark)>,
}

impl Seen {
    /// An empty memory.
    pub fn new() -> Self {
        Self { known: Mutex::default() }
    }

    /// Whether none of `marks` was seen within `span`; they are seen from now on.
    pub fn is_new(&self, marks: &[Mark], span: Duration, now: Timestamp) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Known { marks: set, order } = &mut *known;
        while order.front().is_some_and(|(at, _)| *at < now.minus(span)) || order.len() > MOST {
            let Some((_, oldest)) = order.pop_front() else { break };
            set.remove(&oldest);
        }
        if marks.iter().any(|mark| set.contains(mark)) {
            return false;
        }
        for mark in marks {
            if set.insert(*mark) {
                order.push_back((now, *mark));
            }
        }
        true
    }

    /// Forgets `marks`: the delivery was not taken after all, and may come again.
    pub fn forget(&self, marks: &[Mark]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Known { marks: set, order } = &mut *known;
        for mark in marks {
            set.remove(mark);
        }
        order.retain(|(_, mark)| !marks.contains(mark));
    }
}

/// By what a delivery that was verified is known, and how long; nothing where it may well come again.
///
/// For Stripe it is what was signed, not the header: of the same signed text there are many headers. Sentry signs the
/// body alone, so the body is it, and `Request-ID` as well.
pub fn marks(
    sender: Sender,
    proof: &Proof,
    presented: &[u8],
    request: Option<&[u8]>,
    body: &[u8],
) -> (Vec<Mark>, Duration) {
    match (sender, proof.scheme) {
        (Sender::Stripe, SignatureScheme::Stripe { tolerance }) => {
            let time = presented
                .split(|byte| *byte == b',')
                .find_map(|part| part.trim_ascii().strip_prefix(b"t="))
                .unwrap_or_default();
            // What is signed with a time in the future stays fresh for twice the tolerance.
            (vec![digest(&[b"stripe", time, body])], tolerance * 2 + Duration::from_secs(2))
        }
        (Sender::Sentry, _) => {
            let mut marks = vec![digest(&[b"body", body])];
            marks.extend(request.map(|id| digest(&[b"request", id])));
            (marks, UNTIMED)
        }
        (Sender::Stripe | Sender::Envelope | Sender::Supabase | Sender::Alertmanager, _) => {
            (Vec::new(), Duration::ZERO)
        }
    }
}

fn digest(parts: &[&[u8]]) -> Mark {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000)
    }

    #[test]
    fn what_came_is_known_for_its_span_and_what_was_not_taken_is_not() {
        let (seen, span) = (Seen::new(), Duration::from_secs(10));
        let (one, other) = (digest(&[b"1"]), digest(&[b"2"]));
        assert!(seen.is_new(&[one], span, at(0)));
        assert!(!seen.is_new(&[one], span, at(10)));
        assert!(!seen.is_new(&[other, one], span, at(10)), "one that is known is enough");
        assert!(seen.is_new(&[other], span, at(10)));
        assert!(seen.is_new(&[one], span, at(11)));
        seen.forget(&[other]);
        assert!(seen.is_new(&[other], span, at(12)));
    }

    #[test]
    fn it_forgets_the_oldest_and_never_grows() {
        let seen = Seen::new();
        let mark = |number: usize| digest(&[&number.to_be_bytes()]);
        for number in 0..MOST * 2 {
            assert!(seen.is_new(&[mark(number)], UNTIMED, at(0)));
        }
        let known = seen.known.lock().unwrap();
        assert!(known.order.len() <= MOST + 1, "{}", known.order.len());
        assert_eq!(known.marks.len(), known.order.len());
        assert!(known.marks.contains(&mark(MOST * 2 - 1)) && !known.marks.contains(&mark(0)));
    }

    #[test]
    fn stripe_s_mark_is_of_what_was_signed() {
        let scheme = SignatureScheme::Stripe { tolerance: Duration::from_secs(300) };
        let secret = crate::domain::io::Value::Plain("s".into());
        let proof = Proof { header: "stripe-signature".into(), scheme, secret };
        let of = |header: &str, body: &str| {
            marks(Sender::Stripe, &proof, header.as_bytes(), None, body.as_bytes()).0
        };
        assert_eq!(of("t=1,v1=aa", "{}"), of("v1=bb, t=1,v1=aa,v0=c", "{}"));
        assert_ne!(of("t=1,v1=aa", "{}"), of("t=2,v1=aa", "{}"));
        assert_ne!(of("t=1,v1=aa", "{}"), of("t=1,v1=aa", "[]"));
    }
}
