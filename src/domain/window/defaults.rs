//! The gates of a window for which nobody configured any: what a team means by a healthy release, from its signals.

use std::time::Duration;

use super::Gate;
use crate::domain::alert::Rule;
use crate::domain::board::Board;
use crate::domain::io::IoRequest;
use crate::domain::signal::{Origin, Signal};

/// An error rate below this is healthy; a part of one.
const ERRORS_BELOW: &str = "0.005";
/// One above this ends the window.
const ERRORS_STOP: &str = "0.05";
/// A 95th percentile below this is healthy, in milliseconds.
const P95_BELOW: &str = "500";
/// One above this ends the window.
const P95_STOP: &str = "10000";
/// Fewer measurements end no window: of so many, one failure is not yet more than one in twenty.
const ENOUGH: u64 = 20;
/// Figures of quick signals are taken over the shorter of these, so that it holds enough of them.
const SPANS: [(Duration, &str); 2] =
    [(Duration::from_secs(5 * 60), "5m"), (Duration::from_secs(15 * 60), "15m")];

/// The gates for `signals`, in their order: the health of each, error rate and latency of what is asked by HTTP, no
/// red board, no new spike, nothing new that was not delivered.
pub fn gates(signals: &[Signal]) -> Vec<Gate> {
    signals.iter().filter(|signal| !signal.observer).flat_map(of_signal).collect()
}

fn of_signal(signal: &Signal) -> Vec<Gate> {
    let id = &signal.id;
    let health = Gate { signal: Some(id.clone()), ..Gate::new(id.as_str()) };
    let fresh = |required| Gate {
        when: Some(format!("new_entries('{id}') == 0")),
        required,
        ..Gate::new(format!("{id} new"))
    };
    match (&signal.origin, signal.board) {
        // A surge cannot be told before there is something to compare it with.
        (Origin::Derived(alert), _) => {
            vec![Gate { required: !matches!(alert.rule, Rule::Surge { .. }), ..health }]
        }
        // What was owed before the release is not of this release.
        (_, Some(Board::Payments)) => vec![fresh(true)],
        (_, Some(Board::Errors)) => vec![Gate { degraded: true, ..health }, fresh(false)],
        (_, Some(Board::Deploys | Board::Infrastructure | Board::Logs)) => {
            vec![Gate { degraded: true, ..health }]
        }
        (Origin::Asked(IoRequest::Http(_)), None) => {
            let mut gates = vec![health];
            gates.extend(figures(signal));
            gates
        }
        (Origin::Asked(_) | Origin::Pushed { .. }, None) => vec![health],
    }
}

fn figures(signal: &Signal) -> [Gate; 2] {
    let (id, every) = (&signal.id, signal.every.max(Duration::from_millis(1)));
    let held = |span: Duration| u64::try_from(span.as_millis() / every.as_millis()).unwrap_or(u64::MAX);
    let (span, words) = SPANS.into_iter().find(|(span, _)| held(*span) >= ENOUGH).unwrap_or(SPANS[1]);
    let enough = format!("samples('{id}', '{words}') >= {}", held(span).clamp(1, ENOUGH));
    let gate = |name: &str, figure: String, below: &str, above: &str| Gate {
        when: Some(format!("{figure} < {below}")),
        stop: Some(format!("{enough} and {figure} > {above}")),
        ..Gate::new(format!("{id} {name}"))
    };
    [
        gate("errors", format!("error_rate('{id}', '{words}')"), ERRORS_BELOW, ERRORS_STOP),
        gate("p95", format!("percentile_ms('{id}', 95, '{words}')"), P95_BELOW, P95_STOP),
    ]
}
