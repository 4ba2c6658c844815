//! Signals asked once, many at a time, until Ctrl+C.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::domain::signal::Signal;

/// Signals asked at the same time.
const AT_ONCE: usize = 64;

/// What `ask` gave for each of `signals`, in their order; `None` if it was interrupted.
pub async fn all<'a, T, F: Future<Output = T>>(
    signals: &[&'a Signal],
    ask: impl Fn(&'a Signal) -> F,
) -> Option<Vec<T>> {
    let ask = |at: usize| {
        let answer = ask(signals[at]);
        async move { (at, answer.await) }
    };
    let mut answers: Vec<Option<T>> = signals.iter().map(|_| None).collect();
    let mut waiting = 0..signals.len();
    let mut asked: FuturesUnordered<_> = waiting.by_ref().take(AT_ONCE).map(ask).collect();
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    loop {
        tokio::select! {
            _ = &mut interrupted => return None,
            next = asked.next() => match next {
                Some((at, answer)) => {
                    answers[at] = Some(answer);
                    asked.extend(waiting.next().map(ask));
                }
                // Every one was asked, so every one has its answer.
                None => return answers.into_iter().collect(),
            },
        }
    }
}
