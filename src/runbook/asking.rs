//! Whether a sentence asks for something to be done: English, by its first words.
//!
//! It decides only what prose becomes a step. List items are steps whatever their words.

/// Verbs that open an instruction and little else.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "acknowledge", "activate", "add", "adjust", "agree", "allow", "analyse", "analyze", "announce",
    "append", "apply", "appoint", "approve", "archive", "arrange", "ask", "assemble", "assess", "assign",
    "attach", "authenticate", "authorize", "avoid", "bring", "bump", "cancel", "capture", "choose",
    "clean", "clear", "click", "close", "collect", "communicate", "compare", "complete", "configure",
    "confirm", "connect", "consider", "consult", "contain", "convene", "convert", "coordinate", "cordon",
    "correlate", "create", "deactivate", "decide", "declare", "decrease", "delete", "demote", "deploy",
    "destroy", "detach", "determine", "diagnose", "disable", "disconnect", "distinguish", "divert",
    "download", "drain", "drop", "edit", "enable", "engage", "ensure", "enter", "escalate", "establish",
    "evaluate", "evict", "examine", "exec", "execute", "exit", "expire", "export", "extend", "fall",
    "fetch", "fill", "find", "flip", "flush", "follow", "freeze", "gather", "generate", "get", "give",
    "go", "halt", "identify", "implement", "import", "increase", "inform", "initiate", "inspect",
    "install", "invalidate", "investigate", "invoke", "isolate", "join", "kill", "launch", "let",
    "locate", "log", "login", "look", "loosen", "lower", "make", "mark", "merge", "migrate", "mitigate",
    "modify", "move", "mute", "navigate", "notify", "obtain", "open", "pause", "perform", "ping", "place",
    "prepare", "preserve", "press", "prevent", "prioritise", "prioritize", "proceed", "promote",
    "provide", "provision", "publish", "pull", "purge", "push", "put", "quarantine", "raise",
    "reactivate", "reapply", "reassign", "rebalance", "reboot", "rebuild", "recheck", "reconcile",
    "reconnect", "record", "recover", "recreate", "redeploy", "redirect", "reduce", "refresh",
    "regenerate", "register", "reindex", "reinstall", "reject", "reload", "remediate", "remember",
    "remove", "rename", "renegotiate", "renew", "reopen", "repair", "repeat", "replace", "replay",
    "replicate", "reprocess", "reproduce", "requeue", "rerun", "resend", "resize", "resolve", "respond",
    "restart", "restore", "resubmit", "resubscribe", "resume", "resync", "retrieve", "retry", "revert",
    "revoke", "roll", "rotate", "run", "save", "scale", "search", "secure", "select", "send", "set",
    "share", "shed", "ship", "show", "shut", "silence", "skip", "spin", "spot", "stabilise", "stabilize",
    "start", "stop", "submit", "subscribe", "suspend", "swap", "switch", "sync", "taint", "take", "tell",
    "terminate", "throttle", "tighten", "toggle", "transfer", "triage", "trigger", "troubleshoot", "try",
    "turn", "unblock", "uncordon", "undo", "uninstall", "unlock", "unpin", "unset", "untaint", "upload",
    "upsert", "validate", "verify", "view", "visit", "wait", "wake", "warm", "wipe", "write",
];

/// Verbs that are nouns just as often: an instruction in a sentence, not in a list of things.
#[rustfmt::skip]
const DOUBLE: &[&str] = &[
    "access", "alert", "audit", "back", "block", "build", "call", "change", "check", "commit", "contact",
    "copy", "debug", "document", "double", "dump", "email", "fail", "failover", "file", "fix", "flag",
    "focus", "force", "hand", "hold", "issue", "keep", "leave", "limit", "link", "list", "load",
    "manually", "map", "measure", "message", "monitor", "note", "observe", "order", "page", "patch",
    "pin", "plan", "point", "post", "query", "reach", "read", "release", "remind", "report", "request",
    "reset", "review", "rollback", "sample", "scan", "schedule", "seed", "sign", "snapshot", "stage",
    "step", "study", "tag", "tail", "talk", "test", "trace", "track", "update", "upgrade", "use", "watch",
];

/// Words before the verb that change nothing about the asking.
const AHEAD: &[&str] = &[
    "additionally",
    "afterwards",
    "also",
    "alternatively",
    "always",
    "and",
    "as",
    "carefully",
    "else",
    "finally",
    "first",
    "gracefully",
    "immediately",
    "instead",
    "lastly",
    "manually",
    "meanwhile",
    "next",
    "now",
    "optionally",
    "or",
    "otherwise",
    "please",
    "quickly",
    "second",
    "simply",
    "temporarily",
    "then",
    "third",
    "you",
    "must",
    "should",
    "need",
    "to",
    "necessary",
    "needed",
    "soon",
    "possible",
    "only",
];

/// What a sentence asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asking {
    /// It tells.
    No,
    /// It asks, or names a thing: its first word can be either.
    Perhaps,
    /// It asks.
    Yes,
}

/// What the sentence `text` asks for.
pub(super) fn asking(text: &str) -> Asking {
    let mut rest = unnumbered(text);
    let mut ahead = 0;
    loop {
        let Some((word, after)) = word(rest) else { return Asking::No };
        match word.as_str() {
            "dont" | "never" => return Asking::Yes,
            "do" if rest_begins(after, "not") => return Asking::Yes,
            "do" => return if ahead == 0 { Asking::Yes } else { Asking::No },
            "if" | "when" | "whenever" | "once" | "after" | "before" | "for" | "while" | "until" | "in"
            | "on" | "at" | "within" | "as" | "from" | "to" | "with" | "using" | "during" | "unless"
            | "every" | "where"
                if ahead == 0 || word == "if" =>
            {
                return condition(after);
            }
            verb if PLAIN.binary_search(&verb).is_ok() => return told(verb, after, Asking::Yes),
            verb if DOUBLE.binary_search(&verb).is_ok() && verb != "manually" => {
                return told(verb, after, Asking::Perhaps);
            }
            word if AHEAD.contains(&word) && ahead < 4 => {
                ahead += 1;
                rest = after;
            }
            _ => return Asking::No,
        }
    }
}

/// Without "3.", "3)" or "Step 3:" before it.
pub(super) fn unnumbered(text: &str) -> &str {
    let text = text.trim_start();
    let bare = ["step ", "Step ", "STEP "].iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
    let rest = bare.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if rest.len() == bare.len() {
        return text;
    }
    match rest.strip_prefix([')', ':']).unwrap_or(rest) {
        rest if rest.starts_with(' ') || bare[..bare.len() - rest.len()].ends_with(['.', ')', ':']) => {
            rest.trim_start()
        }
        _ => text,
    }
}

/// Whether a clause opens with a verb that is nothing but one, so that a list of clauses can be cut
/// before it.
pub(super) fn opens_with_verb(clause: &str) -> bool {
    word(clause).is_some_and(|(word, _)| PLAIN.binary_search(&word.as_str()).is_ok())
}

/// A verb followed by a colon is a label, and one followed by "is" a subject.
fn told(verb: &str, after: &str, asking: Asking) -> Asking {
    let label = after.starts_with(':') && verb.len() > 3;
    let subject = word(after).is_some_and(|(next, _)| {
        matches!(
            next.as_str(),
            "is" | "are" | "was" | "were" | "has" | "have" | "will" | "can" | "may" | "must" | "should"
        )
    });
    if label || subject { Asking::No } else { asking }
}

/// "If it is red, restart it": asks when a clause behind a comma, "then" or a colon does.
fn condition(after: &str) -> Asking {
    let mut best = Asking::No;
    for (at, _) in after.match_indices([',', ':']).take(6) {
        let clause = after[at + 1..].trim_start();
        if word(clause).is_some_and(|(word, _)| !matches!(word.as_str(), "if" | "when" | "for" | "in" | "to"))
        {
            best = best.max(asking_plainly(clause));
        }
    }
    if let Some(at) = after.find(" then ") {
        best = best.max(asking_plainly(&after[at + 6..]));
    }
    best
}

fn asking_plainly(clause: &str) -> Asking {
    let mut rest = clause;
    for _ in 0..4 {
        match word(rest) {
            Some((verb, _)) if PLAIN.binary_search(&verb.as_str()).is_ok() => return Asking::Yes,
            Some((verb, _)) if DOUBLE.binary_search(&verb.as_str()).is_ok() => return Asking::Yes,
            Some((next, after)) if AHEAD.contains(&next.as_str()) => rest = after,
            Some((next, after)) if next == "do" && rest_begins(after, "not") => return Asking::Yes,
            _ => return Asking::No,
        }
    }
    Asking::No
}

fn rest_begins(after: &str, expected: &str) -> bool {
    word(after).is_some_and(|(word, _)| word == expected)
}

/// The first word in lower case, and what follows it: "Re-run" is "rerun", "Ship/rollback" is "ship",
/// "Spot-check" is "check".
fn word(text: &str) -> Option<(String, &str)> {
    let start = text.find(|c: char| c.is_alphanumeric() || c == '`')?;
    let text = &text[start..];
    // A code span is no verb; nor is a number.
    let end =
        text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '\'' | '’'))).unwrap_or(text.len());
    if end == 0 {
        return None;
    }
    let mut word: String = text[..end].to_lowercase();
    word.retain(|c| !matches!(c, '\'' | '’'));
    if let Some((front, back)) = word.split_once('-') {
        word = match front {
            "re" | "un" | "de" => {
                let whole = format!("{front}{back}");
                let known = [PLAIN, DOUBLE].iter().any(|verbs| verbs.binary_search(&whole.as_str()).is_ok());
                if known { whole } else { back.to_owned() }
            }
            "spot" | "double" | "cross" | "smoke" | "sanity" | "health" => back.to_owned(),
            "post" | "pre" | "non" | "co" => word,
            front => front.to_owned(),
        };
    }
    Some((word, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_ask_and_statements_tell() {
        for text in [
            "Restart the worker.",
            "Re-run the gates.",
            "Ship/rollback fixes",
            "Then wait five minutes.",
            "You must notify legal.",
            "Do not fail over by hand.",
            "Don't panic.",
            "If the queue grows, drain it.",
            "If it is red, then restart it.",
            "Once live, capture the URL.",
            "Immediately and carefully revoke the key.",
            "🔥 Stop all machines",
            "otherwise toggle the flag",
            "2. Restart it",
            "Step 3: Rotate the key",
        ] {
            assert_eq!(asking(text), Asking::Yes, "{text}");
        }
        for text in ["Spot-check the tables.", "Check the logs.", "Update the status page."] {
            assert_eq!(asking(text), Asking::Perhaps, "{text}");
        }
        for text in [
            "This runbook explains the deployment.",
            "The API caches DNS, so a restart is needed.",
            "Restart: 2 minutes",
            "Deploys run nightly.",
            "Record is kept for a year.",
            "Access is granted by ann.",
            "`npm test` is slow",
            "If the region is down the site is down.",
            "",
            "…",
        ] {
            assert_eq!(asking(text), Asking::No, "{text}");
        }
    }

    #[test]
    fn the_tables_can_be_searched() {
        assert!(PLAIN.is_sorted() && DOUBLE.is_sorted());
        assert!(PLAIN.iter().all(|verb| DOUBLE.binary_search(verb).is_err()));
    }
}
