//! Tasks whose panic is a message and not the end of the console.

use std::any::Any;
use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether the code that runs now on this thread is a guarded task: the panic hook then leaves the
/// terminal alone.
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// A future whose panic is its result.
#[derive(Debug)]
pub struct Guarded<F>(Pin<Box<F>>);

impl<F: Future> Guarded<F> {
    /// Guards `future`.
    pub fn new(future: F) -> Self {
        Self(Box::pin(future))
    }
}

impl<F: Future> Future for Guarded<F> {
    type Output = Result<F::Output, String>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let before = GUARDED.replace(true);
        let polled = catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(context)));
        GUARDED.set(before);
        match polled {
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(payload) => Poll::Ready(Err(words(payload.as_ref()))),
        }
    }
}

/// What a panic said.
fn words(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_a_task_is_its_result() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let result = runtime.block_on(Guarded::new(async { if is_guarded() { panic!("boom") } }));
        assert_eq!(result, Err("boom".to_owned()));
        assert!(!is_guarded());
    }
}
