//! Errors of the libraries below, told as a reason, a few words, and whether the far side may have
//! acted. Looks through whole chains of causes, because the outermost error says the least.

use std::error::Error;
use std::io;
use std::time::Duration;

use crate::domain::io::{Delivery, IoFailure, Reason};

use super::certificate;
use super::names::NameError;

/// It never left.
pub(super) fn not_sent(reason: Reason, detail: impl Into<String>) -> IoFailure {
    IoFailure { reason, detail: detail.into(), delivery: Delivery::NotSent }
}

/// A secret that the request needs is missing.
pub(super) fn no_secret(why: impl Into<String>) -> IoFailure {
    not_sent(Reason::Auth, why)
}

/// The operator cancelled it.
pub(super) fn cancelled() -> IoFailure {
    IoFailure { reason: Reason::Timeout, detail: "cancelled".to_owned(), delivery: Delivery::Cancelled }
}

/// `what`, such as `no answer`, in the time it had.
pub(super) fn timeout(what: &str, after: Duration) -> IoFailure {
    IoFailure {
        reason: Reason::Timeout,
        detail: format!("{what} in {}", seconds(after)),
        delivery: Delivery::Unknown,
    }
}

fn seconds(span: Duration) -> String {
    if span.subsec_millis() == 0 && span.as_secs() > 0 {
        format!("{} s", span.as_secs())
    } else if span.as_secs() > 0 {
        format!("{:.1} s", span.as_secs_f64())
    } else {
        format!("{} ms", span.as_millis())
    }
}

/// It left, and what came back is no answer, or the far side's refusal.
pub(super) fn sent(reason: Reason, detail: impl Into<String>) -> IoFailure {
    IoFailure { reason, detail: detail.into(), delivery: Delivery::Unknown }
}

/// An HTTP exchange that got no whole answer.
pub(super) fn of_http(error: &reqwest::Error) -> IoFailure {
    let connecting = error.is_connect() || error.is_builder();
    let (reason, detail) = classify(error, connecting);
    let delivery = if connecting { Delivery::NotSent } else { Delivery::Unknown };
    IoFailure { reason, detail, delivery }
}

/// Whether the far side closed the connection instead of answering.
pub(super) fn is_closed(error: &reqwest::Error) -> bool {
    !error.is_connect()
        && causes(error).any(|cause| {
            cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message)
                || cause.downcast_ref::<io::Error>().is_some_and(|error| is_lost(error.kind()))
        })
}

fn is_lost(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe
    )
}

fn classify(error: &reqwest::Error, connecting: bool) -> (Reason, String) {
    for cause in causes(error) {
        if let Some(error) = cause.downcast_ref::<NameError>() {
            return (Reason::Dns, error.to_string());
        }
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return (Reason::Tls, certificate::words(error));
        }
        if let Some(error) = cause.downcast_ref::<hyper::Error>() {
            if error.is_parse_too_large() {
                return (Reason::Limit, "response headers too large".to_owned());
            }
            if error.is_parse() {
                return (Reason::Parse, format!("not HTTP: {error}"));
            }
            if error.is_incomplete_message() {
                return (Reason::Connect, "connection closed before the answer was whole".to_owned());
            }
        }
        // An `io::Error` that carries another error is only its envelope.
        if let Some(error) = cause.downcast_ref::<io::Error>()
            && error.get_ref().is_none_or(|inner| inner.source().is_none() && !is_typed(inner))
        {
            return match error.kind() {
                io::ErrorKind::UnexpectedEof if connecting => {
                    (Reason::Tls, "connection closed during the TLS handshake".to_owned())
                }
                io::ErrorKind::UnexpectedEof => {
                    (Reason::Connect, "connection closed before the answer was whole".to_owned())
                }
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                    (Reason::Parse, format!("body cannot be read: {error}"))
                }
                _ => of_io(error),
            };
        }
    }
    let last = causes(error).last().map(ToString::to_string).unwrap_or_default();
    if error.is_decode() {
        (Reason::Parse, format!("body cannot be read: {last}"))
    } else {
        (Reason::Connect, format!("no answer: {last}"))
    }
}

fn is_typed(error: &(dyn Error + Send + Sync + 'static)) -> bool {
    error.is::<rustls::Error>()
        || error.is::<hyper::Error>()
        || error.is::<NameError>()
        || error.is::<io::Error>()
}

/// What the machine says about a connection, in words.
pub(super) fn of_io(error: &io::Error) -> (Reason, String) {
    use io::ErrorKind as Kind;
    if is_ours(error) {
        return (Reason::Limit, "this machine lets Midwatch open no more files: raise ulimit -n".to_owned());
    }
    let words = match error.kind() {
        Kind::ConnectionRefused => "connection refused",
        Kind::ConnectionReset => "connection reset",
        Kind::ConnectionAborted | Kind::BrokenPipe | Kind::NotConnected => "connection lost",
        Kind::HostUnreachable => "no route to the host",
        Kind::NetworkUnreachable | Kind::NetworkDown => "network unreachable",
        Kind::AddrNotAvailable => "address not available",
        Kind::PermissionDenied => "connection not permitted",
        Kind::TimedOut => return (Reason::Timeout, "connection timed out".to_owned()),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default().to_ascii_lowercase();
            return (Reason::Connect, format!("no connection: {text}"));
        }
    };
    (Reason::Connect, words.to_owned())
}

/// Whether this process or machine has no file left to open, which says nothing about the far side.
#[cfg(unix)]
fn is_ours(error: &io::Error) -> bool {
    use nix::errno::Errno;
    error.raw_os_error().is_some_and(|code| matches!(Errno::from_raw(code), Errno::EMFILE | Errno::ENFILE))
}

/// Elsewhere a limit has no number of its own.
#[cfg(not(unix))]
fn is_ours(_: &io::Error) -> bool {
    false
}

/// `error` and everything behind it, outermost first. An `io::Error` hides what it carries from
/// `source`, so it is unwrapped by hand.
pub(super) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error))
}

fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_found_through_nested_io_errors() {
        let inner = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::DecryptError);
        let outer = io::Error::other(io::Error::other(inner));
        assert!(causes(&outer).any(<dyn Error>::is::<rustls::Error>));
    }

    #[cfg(unix)]
    #[test]
    fn a_limit_of_this_machine_is_told_from_a_failure_of_the_far_side() {
        let of = |code: nix::errno::Errno| of_io(&io::Error::from_raw_os_error(code as i32)).0;
        assert_eq!(of(nix::errno::Errno::EMFILE), Reason::Limit);
        assert_eq!(of(nix::errno::Errno::ECONNREFUSED), Reason::Connect);
    }

    #[test]
    fn a_span_is_told_as_a_person_would() {
        let told = |millis| timeout("no answer", Duration::from_millis(millis)).detail;
        assert_eq!(told(3000), "no answer in 3 s");
        assert_eq!(told(1500), "no answer in 1.5 s");
        assert_eq!(told(250), "no answer in 250 ms");
    }
}
