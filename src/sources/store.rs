//! What servers that keep data have in common: where they are, how often they must fail to be believed, sizes
//! and shares in words.
//!
//! Such a server is our own. That it is not there, or does not answer in time, is not a source that cannot be
//! asked but the very thing that is watched: `down`, where of other sources it would be blind.

use super::reply::Fault;
use super::table;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::Reason;
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::text::is_hostile;
pub(super) use crate::domain::text::size;

/// Where the server is.
pub(super) const HOST: Field =
    Field::required("host", Kind::Text, "The server's name or address, without scheme and port.");
/// How many failures count.
pub(super) const FAIL_AFTER: Field = Field::optional(
    "fail_after",
    Kind::Integer(1, 100),
    "`2`",
    "This many bad readings in a row, or among five, settle it: one connection may be unlucky.",
);
/// How many recoveries count.
pub(super) const RECOVER_AFTER: Field = Field::optional(
    "recover_after",
    Kind::Integer(1, 100),
    "`2`",
    "This many good readings in a row end it.",
);
/// How often it is asked while a failure is not settled.
pub(super) const SOFT_EVERY: Field = Field::optional(
    "soft_every",
    Kind::Duration,
    "a third of `every`, at least `1s`",
    "How often it is asked while a failure is not settled.",
);

/// A share above this is degraded.
pub(super) const CROWDED: f64 = 0.8;

#[cfg(test)]
pub(super) mod conformance;

/// The table's `host`, where it is one; an IPv6 address stands in brackets or bare.
pub(super) fn host(table: &Table, found: &mut Vec<Diagnostic>) -> Option<String> {
    let given = table.text("host")?;
    let bare = given.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(given);
    let is_address = url::Host::parse(&format!("[{bare}]")).is_ok();
    let is_name =
        !given.is_empty() && given.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if is_address || is_name {
        return Some(bare.to_owned());
    }
    found.push(
        table
            .error("host", "bad-address", "this is not a name or an address")
            .hint("give the host alone, for example \"db.example.com\"; the port has a key of its own"),
    );
    None
}

/// The table's `port`.
pub(super) fn port(table: &Table, default: u16) -> u16 {
    table.integer("port").and_then(|port| u16::try_from(port).ok()).unwrap_or(default)
}

/// The text called `name`, where it can be sent: not empty, nothing in it that a terminal or a server obeys.
pub(super) fn word<'a>(table: &'a Table, name: &str, found: &mut Vec<Diagnostic>) -> Option<&'a str> {
    let text = table.text(name)?;
    if !text.is_empty() && !text.chars().any(is_hostile) {
        return Some(text);
    }
    found.push(table.error(name, "bad-name", "a name is not empty and holds no control characters"));
    None
}

/// `host:port`.
pub(super) fn address(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// How readings of a server that is asked over a connection settle.
pub(super) fn rules(
    table: &Table,
    cadence: &table::Cadence,
    found: &mut Vec<Diagnostic>,
) -> crate::domain::signal::Rules {
    table::rules(table, cadence, 2, 2, found)
}

/// Whether the fault says that the server is not there: no name, no connection, no answer in time.
pub(super) fn is_gone(fault: &Fault) -> bool {
    match fault.reason {
        Reason::Dns | Reason::Connect | Reason::Timeout => true,
        Reason::Tls | Reason::Status | Reason::Body | Reason::Parse | Reason::Limit | Reason::Auth => false,
    }
}

/// `part` of `whole`, `0.8` for four fifths; `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "a share needs no sixteen digits")]
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A number with three digits after the point, as a document shows it.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// A share in words.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_shares_read_as_an_operator_writes_them() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (10_485_760, "10 MiB"),
            (1_073_741_823, "1.0 GiB"),
            (73_400_320, "70 MiB"),
            (u64::MAX, "16 EiB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text);
        }
        assert_eq!(share(1, 0), None);
        assert_eq!(share(8, 10).map(percent).as_deref(), Some("80 %"));
    }
}
