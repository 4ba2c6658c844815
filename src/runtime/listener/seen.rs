//! Deliveries that came before: what was signed is remembered for a while, and what comes again says nothing new.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
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

/// Why a delivery says nothing new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It was taken before.
    Taken,
    /// It is being taken just now, and that may yet fail.
    Pending,
}

/// What was delivered lately.
pub struct Seen {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Whether what has this mark was taken; it is being taken otherwise.
    marks: HashMap<Mark, bool>,
    order: VecDeque<(Timestamp, Mark)>,
}

impl Seen {
    /// An empty memory.
    pub fn new() -> Self {
        Self { known: Mutex::default() }
    }

    /// Remembers `marks`, unless one of them was seen within `span`. They are forgotten where what is returned is
    /// dropped before it is kept: the delivery was not taken after all, its sender may even have hung up, and it may
    /// come again.
    pub fn remember(
        &self,
        marks: Vec<Mark>,
        span: Duration,
        now: Timestamp,
    ) -> Result<Remembered<'_>, Again> {
        let mut known = self.lock();
        let Known { marks: seen, order } = &mut *known;
        while order.front().is_some_and(|(at, _)| *at < now.minus(span)) || order.len() >= MOST {
            let Some((_, oldest)) = order.pop_front() else { break };
            seen.remove(&oldest);
        }
        let before =
            marks.iter().filter_map(|mark| seen.get(mark)).copied().reduce(|one, other| one || other);
        if let Some(taken) = before {
            return Err(if taken { Again::Taken } else { Again::Pending });
        }
        for mark in &marks {
            seen.insert(*mark, false);
            order.push_back((now, *mark));
        }
        drop(known);
        Ok(Remembered { seen: self, marks })
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A delivery that is being taken.
pub struct Remembered<'a> {
    seen: &'a Seen,
    marks: Vec<Mark>,
}

impl std::fmt::Debug for Remembered<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Remembered")
    }
}

impl Remembered<'_> {
    /// It was taken: should it come again, it is known.
    pub fn keep(mut self) {
        let mut known = self.seen.lock();
        for mark in std::mem::take(&mut self.marks) {
            known.marks.entry(mark).and_modify(|taken| *taken = true);
        }
    }
}

impl Drop for Remembered<'_> {
    fn drop(&mut self) {
        if self.marks.is_empty() {
            return;
        }
        let mut known = self.seen.lock();
        for mark in &self.marks {
            known.marks.remove(mark);
        }
        known.order.retain(|(_, mark)| !self.marks.contains(mark));
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
    fn what_was_taken_is_known_for_its_span() {
        let (seen, span) = (Seen::new(), Duration::from_secs(10));
        let (one, other) = (digest(&[b"1"]), digest(&[b"2"]));
        let take =
            |marks: &[Mark], second| seen.remember(marks.to_vec(), span, at(second)).map(Remembered::keep);
        assert_eq!(take(&[one], 0), Ok(()));
        assert_eq!(take(&[one], 10), Err(Again::Taken));
        assert_eq!(take(&[other, one], 10), Err(Again::Taken), "one that is known is enough");
        assert_eq!(take(&[other], 10), Ok(()), "what was refused is not known by it");
        assert_eq!(take(&[one], 11), Ok(()));
    }

    #[test]
    fn what_was_not_taken_in_the_end_may_come_again() {
        let (seen, span) = (Seen::new(), Duration::from_secs(10));
        let mark = digest(&[b"1"]);
        let pending = seen.remember(vec![mark], span, at(0)).expect("it is new");
        assert_eq!(seen.remember(vec![mark], span, at(0)).map(drop), Err(Again::Pending));
        drop(pending);
        seen.remember(vec![mark], span, at(0)).expect("it was not taken").keep();
        assert_eq!(seen.remember(vec![mark], span, at(0)).map(drop), Err(Again::Taken));
    }

    #[test]
    fn it_forgets_the_oldest_and_never_grows() {
        let seen = Seen::new();
        let mark = |number: usize| digest(&[&number.to_be_bytes()]);
        for number in 0..MOST * 2 {
            seen.remember(vec![mark(number)], UNTIMED, at(0)).expect("it is new").keep();
        }
        let known = seen.lock();
        assert_eq!((known.order.len(), known.marks.len()), (MOST, MOST));
        assert!(known.marks.contains_key(&mark(MOST * 2 - 1)) && !known.marks.contains_key(&mark(0)));
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
