//! Bytes as what the world answers. A reply is a line that says what it is, lines of headers, an empty line, and a
//! body; replies are parted by the byte 30, the record separator of ASCII.
//!
//! The first line is a status (`200`), `exit` and a code, `data`, `tcp`, or `failed` and a reason; `cut` at its end
//! says that the rest was left out. Whatever else it is, is a status of 200.

use std::time::Duration;

use midwatch::domain::io::{
    CommandReply, DataReply, Delivery, HttpReply, IoFailure, IoReply, Reason, TcpReply,
};

/// Parts two replies.
pub const SEPARATOR: u8 = 30;
const TOOK: Duration = Duration::from_millis(40);
const REASONS: [Reason; 9] = [
    Reason::Dns,
    Reason::Connect,
    Reason::Tls,
    Reason::Timeout,
    Reason::Status,
    Reason::Body,
    Reason::Parse,
    Reason::Limit,
    Reason::Auth,
];

/// Every reply in `data`, at most `most`; there is at least one.
pub fn all(data: &[u8], most: usize) -> Vec<IoReply> {
    data.split(|byte| *byte == SEPARATOR).take(most).map(reply).collect()
}

fn reply(data: &[u8]) -> IoReply {
    let (head, body) = match data.windows(2).position(|pair| pair == b"\n\n") {
        Some(end) => (&data[..end], &data[end + 2..]),
        None => (data, &[][..]),
    };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let words: Vec<&str> = lines.next().unwrap_or_default().split_ascii_whitespace().collect();
    let text = || String::from_utf8_lossy(body).into_owned();
    let truncated = words.last() == Some(&"cut");
    match words.first().copied() {
        Some("data") => IoReply::Data(DataReply { text: text(), truncated, latency: TOOK }),
        Some("tcp") => IoReply::Tcp(TcpReply { latency: TOOK }),
        Some("exit") => IoReply::Command(CommandReply {
            exit: words.get(1).and_then(|code| code.parse().ok()),
            signal: None,
            stdout: text(),
            stderr: lines.collect::<Vec<_>>().join("\n"),
            truncated,
            duration: TOOK,
        }),
        Some("failed") => IoReply::Failed(IoFailure {
            reason: *REASONS
                .iter()
                .find(|reason| words.get(1) == Some(&reason.word()))
                .unwrap_or(&Reason::Connect),
            detail: text(),
            delivery: Delivery::Unknown,
        }),
        status => IoReply::Http(HttpReply {
            status: status.and_then(|status| status.parse().ok()).unwrap_or(200),
            headers: lines.filter_map(header).collect(),
            body: body.to_vec(),
            truncated,
            latency: TOOK,
            certificate_days: None,
        }),
    }
}

/// A header as the client gives it: its name in lower case.
fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}
