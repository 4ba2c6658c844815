//! How the effect of an operation is seen: checks put together from texts, and which texts may stand in them.

use std::time::Duration;

use crate::domain::condition::Condition;
use crate::domain::io::HttpRequest;
use crate::domain::io::IoRequest;
use crate::domain::offer::Check;

/// Whether `id`, which came from outside, can stand in a condition and in a path as it is.
pub(super) fn is_plain(id: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    !id.is_empty() && id.len() <= 100 && !id.contains("..") && id.bytes().all(known)
}

/// A check that asks `request` every two seconds until `when` holds, `fails` holds, or `within` is over; `None` where
/// one of the conditions cannot be compiled.
pub(super) fn check(
    request: HttpRequest,
    when: &str,
    fails: Option<&str>,
    within: Duration,
) -> Option<Check> {
    let fails = match fails {
        Some(text) => Some(Condition::compile(text).ok()?),
        None => None,
    };
    Some(Check {
        request: IoRequest::Http(request),
        when: Condition::compile(when).ok()?,
        fails,
        every: Duration::from_secs(2),
        within,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_no_quoting_is_plain() {
        for id in ["dpl_9Xy-1", "148ed127b70e89", "lantern.fish"] {
            assert!(is_plain(id), "{id}");
        }
        for id in ["", "a'b", "a b", "a/b", "..", "a\nb", "ä", &"x".repeat(101)] {
            assert!(!is_plain(id), "{id}");
        }
    }
}
