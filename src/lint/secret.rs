//! What looks like a real secret. It is named by its kind, and never shown.

use super::codes::SECRET;
use super::sink::Sink;

/// How a kind of secret begins, how many characters follow at least, and what it is.
const KINDS: &[(&str, usize, &str)] = &[
    ("sk_live_", 16, "a live key of Stripe"),
    ("rk_live_", 16, "a live key of Stripe"),
    ("whsec_", 24, "a signing secret of a webhook"),
    ("ghp_", 36, "a token of GitHub"),
    ("gho_", 36, "a token of GitHub"),
    ("ghs_", 36, "a token of GitHub"),
    ("github_pat_", 40, "a token of GitHub"),
    ("xoxb-", 20, "a token of Slack"),
    ("xoxp-", 20, "a token of Slack"),
    ("AKIA", 16, "an access key of AWS"),
    ("glpat-", 20, "a token of GitLab"),
    ("sntrys_", 40, "a token of Sentry"),
    ("sbp_", 40, "a token of Supabase"),
    ("FlyV1 fm2_", 40, "a token of Fly.io"),
    ("https://hooks.slack.com/services/T", 30, "a webhook of Slack"),
    ("-----BEGIN PRIVATE KEY-----", 0, "a private key"),
    ("-----BEGIN RSA PRIVATE KEY-----", 0, "a private key"),
    ("-----BEGIN EC PRIVATE KEY-----", 0, "a private key"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----", 0, "a private key"),
];

/// Words of examples.
const EXAMPLES: &[&str] = &[
    "example",
    "xxxx",
    "0000",
    "1234",
    "abcd",
    "your",
    "placeholder",
    "dummy",
    "redacted",
    "changeme",
    "...",
    "…",
];

/// Looks at every line.
pub(super) fn check(lines: &[&str], sink: &mut Sink<'_>) {
    for (index, line) in lines.iter().enumerate() {
        for (begins, least, what) in KINDS {
            for (at, _) in line.match_indices(begins) {
                let rest = &line[at + begins.len()..];
                let end = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || "_-/+=".contains(c)))
                    .unwrap_or(rest.len());
                let body = &rest[..end];
                let inside = line[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
                let exact = *begins != "AKIA"
                    || (body.len() == 16 && !body.bytes().any(|byte| byte.is_ascii_lowercase()));
                if !inside && body.len() >= *least && exact && is_real(body, *least) {
                    told(index, line, at, what, sink);
                }
            }
        }
        password(index, line, sink);
    }
}

/// Whether it is as various as something that was drawn by chance.
fn is_real(body: &str, least: usize) -> bool {
    let lower = body.to_ascii_lowercase();
    let mut kinds: Vec<u8> = lower.bytes().collect();
    kinds.sort_unstable();
    kinds.dedup();
    least == 0 || (kinds.len() >= 8 && !EXAMPLES.iter().any(|word| lower.contains(word)))
}

/// `postgres://user:password@host`.
fn password(index: usize, line: &str, sink: &mut Sink<'_>) {
    for (at, _) in line.match_indices("://") {
        let rest = &line[at + 3..];
        let end = rest.find(|c: char| c.is_whitespace() || "/?#`\"'<>)".contains(c)).unwrap_or(rest.len());
        let Some((login, host)) = rest[..end].rsplit_once('@') else { continue };
        let Some((user, password)) = login.split_once(':') else { continue };
        let local = ["localhost", "127.0.0.1", "host", "db", "postgres", "redis"]
            .contains(&host.split(':').next().unwrap_or_default());
        let plain = password.chars().all(|c| c.is_ascii_alphanumeric() || "_-.~!%".contains(c));
        let word = password.to_ascii_lowercase();
        let shown = ["pass", "secret", "pwd", "token", "key", "xxx"].iter().any(|known| word.contains(known))
            || word == user.to_ascii_lowercase();
        if plain && password.len() >= 8 && !shown && !local && is_real(password, 1) {
            told(index, line, at + 3 + user.len() + 1, "a password", sink);
        }
    }
}

fn told(index: usize, line: &str, at: usize, what: &str, sink: &mut Sink<'_>) {
    let place = (index + 1, line[..at].chars().count() + 1);
    let said = format!("what looks like {what} stands here");
    sink.add(
        sink.finding(&SECRET, place, said)
            .hint("revoke it: it has been in the repository; then write $NAME or a placeholder"),
    );
}
