//! Who can be reached, and how: labels with an address, a number or a channel behind them, rows of tables,
//! "Post in #ops".

use crate::domain::statement::Says;
use crate::runbook::asking::{Asking, asking};

use super::look::Look;
use super::passages::{Passages, Place, Table, clip, has_word};
use super::tokens::{Kind, plain};

/// Headings under which people stand.
const PEOPLE: &[&str] = &[
    "contact",
    "contacts",
    "on-call",
    "on call",
    "oncall",
    "who to call",
    "who to contact",
    "escalation contacts",
    "emergency contacts",
    "vendors",
    "support",
    "team",
    "stakeholders",
    "key personnel",
    "contact information",
    "people",
    "phone numbers",
    "ownership",
    "responsibilities",
    "roles",
];

/// Labels of people.
const LABELS: &[&str] = &[
    "owner",
    "owners",
    "service owner",
    "system owner",
    "maintainer",
    "maintainers",
    "on-call",
    "on call",
    "oncall",
    "primary on-call",
    "secondary on-call",
    "incident commander",
    "primary",
    "secondary",
    "contact",
    "contacts",
    "primary contact",
    "emergency contact",
    "on-call contact",
    "escalation contact",
    "team",
    "pager",
    "owning team",
    "service team",
    "approver contact",
    "pager/phone",
    "slack",
    "slack channel",
    "channel",
    "primary owner",
    "secondary owner",
    "backup",
    "lead",
    "tech lead",
    "responsible",
];

/// What a file says where it does not know yet.
const UNKNOWN: &[&str] = &[
    "tbd",
    "todo",
    "tba",
    "n/a",
    "na",
    "unknown",
    "none",
    "unassigned",
    "to be determined",
    "to be defined",
    "?",
    "-",
    "—",
    "–",
    "xxx",
];

/// Services that people are reached through.
const SERVICES: &[&str] = &[
    "pagerduty",
    "opsgenie",
    "slack",
    "teams",
    "zoom",
    "discord",
    "telegram",
    "whatsapp",
    "statuspage",
    "victorops",
    "squadcast",
    "hotline",
];

/// Everybody whom a passage names a way to.
pub(super) fn find(look: &mut Look<'_>) {
    if look.is_cell() || matches!(look.passage.place, Place::Head) {
        return;
    }
    if !matches!(look.passage.place, Place::Heading | Place::Comment(_)) && labelled(look) {
        return;
    }
    loose(look);
}

fn is_way(kind: Option<Kind>) -> bool {
    matches!(kind, Some(Kind::Mail | Kind::Phone | Kind::Channel | Kind::Handle))
}

/// "Tech Lead: tech-lead@example.com".
fn labelled(look: &mut Look<'_>) -> bool {
    let Some(lead) = look.lead.clone() else { return false };
    let rest = look.rest();
    let end = look.clause(rest).end.max(rest);
    if rest >= end {
        return false;
    }
    let label = look.label();
    let people = look.under(PEOPLE) || look.announced(&["contact", "contacts", "on-call", "reach"]);
    let known = LABELS.contains(&label.as_str());
    // "Acknowledge: PagerDuty alert" says what to do; "Last reviewed: …" speaks of the file.
    let of_file = [
        "date",
        "status",
        "version",
        "updated",
        "reviewed",
        "rehearsal",
        "rehearsed",
        "purpose",
        "note",
        "audience",
        "scope",
        "time",
        "last",
        "next",
    ]
    .iter()
    .any(|word| has_word(&label, word));
    if !known && (of_file || asking(&label) == Asking::Yes) {
        return false;
    }
    let words = look.slice(rest..end).to_owned();
    let first = (rest..end).find(|at| is_way(look.kind(*at)));
    let asks = asking(&words) != Asking::No && !words.to_ascii_lowercase().starts_with("see ");
    let who = clip(&lead.words).to_owned();
    if let Some(first) = first {
        // A sentence that asks for something speaks of a way, and is none.
        if asks || end - rest > 24 || !(people || known || end - rest <= 8) {
            return false;
        }
        let last = (first..end).rev().find(|at| is_way(look.kind(*at))).unwrap_or(first);
        let way = clip(look.slice(first..last + 1)).to_owned();
        let name = name_before(look, rest, first);
        look.take(0..last + 1, Says::Contact { who, name, way: Some(way) });
        return true;
    }
    if !(people || known) || asks {
        return false;
    }
    let bare = words.trim_matches(['.', '<', '>', '[', ']', '(', ')', ' ', '`']).to_ascii_lowercase();
    if UNKNOWN.contains(&bare.as_str()) || bare.starts_with("tbd") {
        look.take(0..end, Says::Contact { who, name: None, way: None });
        return true;
    }
    let service = (rest..end).any(|at| SERVICES.contains(&look.word(at)));
    let digits = words.bytes().filter(u8::is_ascii_digit).count();
    let numbered = ["phone", "tel", "telephone", "call", "mobile", "cell", "hotline", "pager"]
        .iter()
        .any(|word| has_word(&label, word))
        && digits >= 3;
    let path = (rest..end).any(|at| matches!(look.kind(at), Some(Kind::Path | Kind::Address)));
    if service || numbered || path {
        look.keep(0..end, Says::Contact { who, name: None, way: Some(clip(&words).to_owned()) });
        return true;
    }
    // Under a heading of people a label that no list of roles knows still names one, if what follows is a name.
    let role = known || is_role(&label);
    let strict = look.under(&["contact", "contacts", "vendors", "emergency contacts", "who to call"]);
    let proper = (rest..end).all(|at| match look.kind(at) {
        Some(Kind::Word) => {
            look.raw(at).starts_with(char::is_uppercase)
                || matches!(look.word(at), "of" | "the" | "and" | "de" | "van" | "von" | "or")
        }
        Some(Kind::Sign('-' | '&' | '+' | '/' | ',' | '.' | '[' | ']' | '{' | '}' | '(' | ')')) => true,
        _ => false,
    });
    let first = look.word(rest);
    let describes = matches!(first, "for" | "if" | "when" | "all" | "any" | "to" | "only");
    let named = words.starts_with(|c: char| c.is_uppercase() || c == '[' || c == '{') && !describes;
    if named && end - rest <= 8 && (proper && (role || strict) || strict && end - rest <= 3) {
        look.take(0..end, Says::Contact { who, name: Some(clip(&words).to_owned()), way: None });
        return true;
    }
    // A role and what it is for: somebody to reach, nobody says how.
    if strict && is_role(&label) && matches!(look.passage.place, Place::Item(_)) && end - rest <= 12 {
        look.keep(0..end, Says::Contact { who, name: None, way: None });
        return true;
    }
    false
}

/// Whether a label is a role that somebody has.
fn is_role(label: &str) -> bool {
    [
        "owner",
        "lead",
        "manager",
        "engineer",
        "commander",
        "director",
        "ceo",
        "cto",
        "coo",
        "cfo",
        "ciso",
        "vp",
        "head",
        "on-call",
        "oncall",
        "on call",
        "devops",
        "sre",
        "ops",
        "support",
        "security",
        "dba",
        "team",
        "maintainer",
        "primary",
        "secondary",
        "backup",
        "officer",
        "admin",
        "legal",
        "contact",
        "product",
        "platform",
        "vendor",
        "agent",
    ]
    .iter()
    .any(|word| has_word(label, word))
}

/// The name between a label and a way: "DBA: Ann Lee, ann@example.com".
fn name_before(look: &Look<'_>, from: usize, way: usize) -> Option<String> {
    let mut end = way;
    while end > from && matches!(look.kind(end - 1), Some(Kind::Sign(_))) {
        end -= 1;
    }
    let words = look.slice(from..end);
    let named = words.starts_with(char::is_uppercase)
        && end - from <= 5
        && (from..end)
            .all(|at| look.kind(at) == Some(Kind::Word) || look.is_sign(at, '-') || look.is_sign(at, '.'));
    let service = (from..end).any(|at| {
        SERVICES.contains(&look.word(at)) || matches!(look.word(at), "email" | "phone" | "call" | "see")
    });
    (named && !service).then(|| clip(words).to_owned())
}

/// Ways that stand in a sentence: "Contact Stripe support at support@example.com", "post in #ops".
fn loose(look: &mut Look<'_>) {
    for at in 0..look.tokens.len() {
        if look.is_taken(at) {
            continue;
        }
        match look.kind(at) {
            Some(Kind::Mail | Kind::Phone) => {
                let way = clip(look.raw(at)).to_owned();
                let (start, who) = whom(look, at).unwrap_or((at, way.clone()));
                look.take(start..at + 1, Says::Contact { who, name: None, way: Some(way) });
            }
            Some(Kind::Channel) => {
                let near = at.saturating_sub(6)..(at + 4).min(look.tokens.len());
                let spoken = look.any(
                    near,
                    &[
                        "channel", "channels", "slack", "post", "notify", "announce", "in", "to", "message",
                        "ask", "discord", "teams", "update",
                    ],
                ) || look.under(PEOPLE);
                if spoken {
                    let way = clip(look.raw(at)).to_owned();
                    look.take(at..at + 1, Says::Contact { who: way.clone(), name: None, way: Some(way) });
                }
            }
            Some(Kind::Code) => {
                let code = look.raw(at).trim_matches('`').trim().to_owned();
                let channel = code.strip_prefix('#').is_some_and(|name| {
                    name.starts_with(char::is_alphabetic)
                        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
                });
                let near = at.saturating_sub(8)..(at + 4).min(look.tokens.len());
                if channel
                    && look.any(
                        near,
                        &["channel", "channels", "slack", "post", "notify", "announce", "to", "in"],
                    )
                {
                    look.take(at..at + 1, Says::Contact { who: code.clone(), name: None, way: Some(code) });
                }
            }
            _ => {}
        }
    }
}

/// Whom a way in a sentence leads to: the words behind the verb, or before a bracket.
fn whom(look: &Look<'_>, way: usize) -> Option<(usize, String)> {
    let clause = look.clause(way);
    let mut end = way;
    while end > clause.start
        && (matches!(
            look.word(end - 1),
            "at" | "on" | "via" | "by" | "or" | "email" | "phone" | "call" | "mail" | "through"
        ) || matches!(look.kind(end - 1), Some(Kind::Sign('(' | ':' | '-' | ',' | '<'))))
    {
        end -= 1;
    }
    let mut start = end;
    while start > clause.start && end - start < 5 {
        let before = look.word(start - 1);
        let hyphen = look.is_sign(start - 1, '-') && look.is_glued(start);
        let stops = matches!(
            before,
            "contact"
                | "call"
                | "email"
                | "notify"
                | "page"
                | "ask"
                | "to"
                | "with"
                | "the"
                | "reach"
                | "message"
                | "and"
                | "or"
                | "from"
                | "alert"
                | "inform"
        );
        if before.is_empty() && !hyphen || stops {
            break;
        }
        start -= 1;
    }
    (start < end).then(|| (start, clip(look.slice(start..end)).to_owned()))
}

/// Rows of a table that say how people are reached: which cell, and what it says.
#[expect(clippy::too_many_lines, reason = "columns are told apart in one place, then each row is read")]
pub(super) fn rows(table: &Table<'_>, all: &Passages<'_>) -> Vec<(usize, usize, Says)> {
    let is = |head: &str, words: &[&str]| words.iter().any(|word| has_word(head, word));
    let ways: Vec<usize> = columns(table, |head| {
        is(
            head,
            &[
                "phone",
                "email",
                "e-mail",
                "mail",
                "slack",
                "contact",
                "pager",
                "channel",
                "handle",
                "tel",
                "telephone",
                "mobile",
                "contact info",
                "pagerduty",
                "reach",
            ],
        ) && !is(
            head,
            &["contact name", "when", "first contact", "second contact", "when to contact", "name"],
        )
    });
    let people = all.under(table.heading, PEOPLE);
    let roles = columns(table, |head| {
        is(
            head,
            &[
                "role",
                "title",
                "team",
                "position",
                "function",
                "service",
                "vendor",
                "responsibility",
                "area",
                "type",
                "purpose",
                "provider",
                "component",
                "company",
                "system",
                "department",
            ],
        )
    });
    let names = columns(table, |head| {
        is(
            head,
            &[
                "name",
                "person",
                "primary",
                "owner",
                "who",
                "member",
                "engineer",
                "contact name",
                "backup",
                "secondary",
            ],
        ) || head == "on-call"
    });
    if ways.is_empty() && !(people && !names.is_empty() && !roles.is_empty()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, row) in table.rows.iter().enumerate() {
        let cell =
            |column: usize| row.get(column).map(|cell| cell.text.trim()).filter(|text| !text.is_empty());
        let role =
            roles.iter().copied().chain([0]).find(|column| cell(*column).is_some() && !ways.contains(column));
        let name = names
            .iter()
            .copied()
            .find(|column| Some(*column) != role && !ways.contains(column) && cell(*column).is_some());
        let Some(who) = role.or(name).and_then(|column| Some(clip(cell(column)?).to_owned())) else {
            continue;
        };
        let known = |text: &&str| !UNKNOWN.contains(&text.to_ascii_lowercase().as_str());
        let name_words =
            name.filter(|_| role.is_some()).and_then(cell).filter(known).map(|name| clip(name).to_owned());
        let mut any = false;
        for column in ways.iter().copied() {
            let Some(way) = cell(column).filter(known) else { continue };
            let text = way.trim_matches('`');
            let tokens = plain(text);
            let reach = tokens.iter().any(|token| is_way(Some(token.kind)) || token.kind == Kind::Address)
                || text.bytes().filter(u8::is_ascii_digit).count() >= 3
                || people
                || SERVICES.iter().any(|service| has_word(&text.to_ascii_lowercase(), service));
            if reach {
                any = true;
                found.push((
                    index,
                    column,
                    Says::Contact {
                        who: who.clone(),
                        name: name_words.clone(),
                        way: Some(clip(text).to_owned()),
                    },
                ));
            }
        }
        if !any
            && (people
                || !ways.is_empty()
                    && ways.iter().all(|column| cell(*column).is_none_or(|text| !known(&text))))
        {
            let at = name.or(role).unwrap_or(0);
            found.push((index, at, Says::Contact { who, name: name_words, way: None }));
        }
    }
    found
}

fn columns(table: &Table<'_>, is: impl Fn(&str) -> bool) -> Vec<usize> {
    table.heads.iter().enumerate().filter(|(_, head)| is(head)).map(|(column, _)| column).collect()
}
