//! A stream that is looked at only after it has said that there is something to see.
//!
//! Whatever wakes the loop makes it look at everything it waits for. Looking at the terminal's
//! events costs a fight for a lock that the thread reading them holds: half a dozen system calls,
//! and more than a probe's answer costs otherwise.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;
use futures_util::{Stream, StreamExt};

/// A stream behind a bell.
#[derive(Debug)]
pub struct Woken<S> {
    stream: S,
    bell: Arc<Bell>,
}

#[derive(Debug)]
struct Bell {
    rung: AtomicBool,
    waiting: AtomicWaker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.waiting.wake();
    }
}

impl<S: Stream + Unpin> Woken<S> {
    /// Puts `stream` behind a bell that has rung once.
    pub fn new(stream: S) -> Self {
        Self { stream, bell: Arc::new(Bell { rung: AtomicBool::new(true), waiting: AtomicWaker::new() }) }
    }

    /// What comes next; `None` at the end.
    pub async fn next(&mut self) -> Option<S::Item> {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        // Before the look, so that a ring between the look and the wait is not missed.
        self.bell.waiting.register(context.waker());
        if !self.bell.rung.swap(false, Ordering::AcqRel) {
            return Poll::Pending;
        }
        let waker = Waker::from(Arc::clone(&self.bell));
        let seen = self.stream.poll_next_unpin(&mut Context::from_waker(&waker));
        if seen.is_ready() {
            // There may be more.
            self.bell.rung.store(true, Ordering::Release);
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::Pin;

    use super::*;

    /// Counts looks; gives what it holds.
    struct Counted<'a> {
        looks: &'a Cell<u32>,
        holds: Vec<u32>,
        waker: Option<Waker>,
    }

    impl Stream for Counted<'_> {
        type Item = u32;

        fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<u32>> {
            self.looks.set(self.looks.get() + 1);
            self.waker = Some(context.waker().clone());
            self.holds.pop().map_or(Poll::Pending, |value| Poll::Ready(Some(value)))
        }
    }

    #[test]
    fn it_is_looked_at_again_only_when_it_has_rung() {
        let looks = Cell::new(0);
        let mut woken = Woken::new(Counted { looks: &looks, holds: vec![2, 1], waker: None });
        let mut context = Context::from_waker(Waker::noop());
        let mut look = |woken: &mut Woken<Counted<'_>>| woken.poll_next(&mut context);
        assert_eq!(look(&mut woken), Poll::Ready(Some(1)));
        assert_eq!(look(&mut woken), Poll::Ready(Some(2)));
        assert_eq!([look(&mut woken), look(&mut woken), look(&mut woken)], [Poll::Pending; 3]);
        assert_eq!(looks.get(), 3);

        woken.stream.holds.push(3);
        woken.stream.waker.take().unwrap().wake();
        assert_eq!(look(&mut woken), Poll::Ready(Some(3)));
        assert_eq!(look(&mut woken), Poll::Pending);
        assert_eq!(looks.get(), 5);
    }
}
