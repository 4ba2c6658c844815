//! The reply behind a reading, cut to a size that can be kept and made harmless to show.

use std::sync::Arc;

use crate::domain::io::{IoReply, IoRequest};
use crate::domain::reading::Evidence;
use crate::domain::text::{clean, clean_lines, clip, head};
use crate::domain::time::Timestamp;

const BODY: usize = 2048;
const HEADERS: usize = 24;
const LINE: usize = 200;

/// What was asked and what came back, without cookies.
pub(super) fn keep(request: Option<&IoRequest>, reply: &IoReply, at: Timestamp) -> Arc<Evidence> {
    let preview = request.map(IoRequest::preview).unwrap_or_default();
    let asked = match request {
        Some(IoRequest::Command(_)) => preview.last(),
        Some(
            IoRequest::Http(_)
            | IoRequest::Tcp(_)
            | IoRequest::Redis(_)
            | IoRequest::Postgres(_)
            | IoRequest::S3(_),
        )
        | None => preview.first(),
    };
    let asked = asked.map(|line| clip(&clean(line), LINE).into_owned()).unwrap_or_default();
    Arc::new(Evidence { at, request: asked, lines: lines(reply) })
}

fn lines(reply: &IoReply) -> Vec<String> {
    match reply {
        IoReply::Http(reply) => {
            let mut lines = vec![reply.status.to_string()];
            lines.extend(reply.headers.iter().take(HEADERS).map(|(name, value)| {
                let value = if name == "set-cookie" { "…" } else { value };
                clip(&clean(&format!("{name}: {value}")), LINE).into_owned()
            }));
            if !reply.body.is_empty() {
                lines.push(String::new());
                let kept = &reply.body[..reply.body.len().min(BODY)];
                push_text(&mut lines, &String::from_utf8_lossy(kept));
                if reply.truncated || reply.body.len() > BODY {
                    lines.push("…".into());
                }
            }
            lines
        }
        IoReply::Tcp(_) => vec!["connected".into()],
        IoReply::Command(reply) => {
            let mut lines = vec![match (reply.exit, reply.signal) {
                (Some(exit), _) => format!("exit {exit}"),
                (None, Some(signal)) => format!("ended by signal {signal}"),
                (None, None) => "ended".into(),
            }];
            for text in [&reply.stdout, &reply.stderr] {
                if !text.is_empty() {
                    lines.push(String::new());
                    push_text(&mut lines, head(text, BODY / 2));
                }
            }
            lines
        }
        IoReply::Data(reply) => {
            let mut lines = Vec::new();
            push_text(&mut lines, head(&reply.text, BODY));
            if reply.truncated || reply.text.len() > BODY {
                lines.push("…".into());
            }
            lines
        }
        IoReply::Failed(failure) => {
            vec![format!("{}: {}", failure.reason.word(), clip(&clean(&failure.detail), LINE))]
        }
    }
}

fn push_text(lines: &mut Vec<String>, text: &str) {
    lines.extend(clean_lines(text).lines().map(|line| clip(line, LINE).into_owned()));
}
