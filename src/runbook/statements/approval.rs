//! Who has to agree: "CEO approval required", "requires sign-off from security", "approved by the release manager".

use crate::domain::statement::Says;

use super::look::Look;
use super::passages::clip;
use super::tokens::Kind;

/// Words of people and of groups of them.
const ROLES: &[&str] = &[
    "admin",
    "administrator",
    "approver",
    "architect",
    "board",
    "business",
    "cab",
    "captain",
    "ceo",
    "cfo",
    "ciso",
    "client",
    "commander",
    "committee",
    "compliance",
    "coo",
    "council",
    "cto",
    "customer",
    "dba",
    "dbas",
    "developer",
    "devops",
    "director",
    "dpo",
    "engineer",
    "engineering",
    "exec",
    "executive",
    "executives",
    "finance",
    "founder",
    "head",
    "ic",
    "lead",
    "leadership",
    "leads",
    "legal",
    "maintainer",
    "maintainers",
    "management",
    "manager",
    "managers",
    "officer",
    "operations",
    "operator",
    "ops",
    "owner",
    "owners",
    "peer",
    "platform",
    "pm",
    "po",
    "president",
    "principal",
    "privacy",
    "product",
    "qa",
    "reviewer",
    "reviewers",
    "security",
    "senior",
    "sre",
    "stakeholder",
    "stakeholders",
    "supervisor",
    "team",
    "tech",
    "vendor",
    "vp",
];

/// Words that say that it is wanted.
const WANTED: &[&str] = &[
    "required",
    "needed",
    "necessary",
    "mandatory",
    "obtained",
    "received",
    "granted",
    "given",
    "requested",
    "pending",
    "before",
    "is",
    "must",
    "first",
];

/// Words before the one who agrees that are not part of the name.
const IDLE: &[&str] = &[
    "get", "obtain", "request", "needs", "need", "requires", "require", "required", "seek", "with",
    "without", "after", "the", "a", "an", "and", "explicit", "written", "prior", "formal", "final", "wait",
    "for", "await", "secure", "until", "pending", "have", "has", "manual", "verbal", "receive", "only",
    "any", "confirm", "by", "from", "of", "or", "to", "all", "if", "ensure", "verify",
];

/// Everybody whom a passage has agree.
pub(super) fn find(look: &mut Look<'_>) {
    let label = look.label();
    if matches!(
        label.as_str(),
        "approver"
            | "approvers"
            | "approval"
            | "approved by"
            | "sign-off"
            | "signoff"
            | "sign off"
            | "approvals required"
    ) {
        let rest = look.rest();
        let end = look.clause(rest).end;
        let who = clip(look.slice(rest..end)).trim_end_matches(['.', ' ']).to_owned();
        let asks = crate::runbook::asking::asking(&who) != crate::runbook::asking::Asking::No;
        if !who.is_empty() && !asks && !look.any(rest..end, &["flow", "working", "works"]) {
            look.keep(0..end, Says::Approval { by: who });
            return;
        }
    }
    let mut at = 0;
    while at < look.tokens.len() {
        match approval(look, at) {
            Some((tokens, by)) => {
                at = tokens.end;
                look.keep(tokens, Says::Approval { by });
            }
            None => at += 1,
        }
    }
}

/// The word or words for agreeing that begin at a token: the token behind.
fn agreeing(look: &Look<'_>, at: usize) -> Option<usize> {
    match look.word(at) {
        "approval" | "approvals" | "signoff" | "authorization" | "authorisation" | "consent" => Some(at + 1),
        "sign" if look.is_sign(at + 1, '-') && look.word(at + 2) == "off" => Some(at + 3),
        "sign" if look.word(at + 1) == "off" => Some(at + 2),
        _ => None,
    }
}

fn approval(look: &Look<'_>, at: usize) -> Option<(std::ops::Range<usize>, String)> {
    let clause = look.clause(at);
    // "approved by the release manager", "signed off by QA", "must be approved by two reviewers".
    let by = match look.word(at) {
        "approved" | "authorized" | "authorised" if look.word(at + 1) == "by" => Some(at + 2),
        "signed" if look.word(at + 1) == "off" && look.word(at + 2) == "by" => Some(at + 3),
        "signed" if look.is_sign(at + 1, '-') && look.word(at + 2) == "off" && look.word(at + 3) == "by" => {
            Some(at + 4)
        }
        _ => None,
    };
    if let Some(from) = by {
        let (who, end) = person(look, from, clause.end)?;
        return Some((at..end, who));
    }
    // "CTO must approve".
    if matches!(look.word(at), "approve" | "approves")
        && matches!(look.before(at, 1), "must" | "to" | "should" | "has")
    {
        let mut end = at - 1;
        while matches!(look.before(end, 1), "has" | "must" | "needs") {
            end -= 1;
        }
        let (start, who) = person_before(look, end, clause.start)?;
        return Some((start..at + 1, who));
    }
    let behind = agreeing(look, at)?;
    if matches!(look.word(behind), "from" | "by" | "of") {
        let (who, end) = person(look, behind + 1, clause.end)?;
        let start = if matches!(look.before(at, 1), "requires" | "require" | "needs" | "obtain" | "get") {
            at - 1
        } else {
            at
        };
        return Some((start..end, who));
    }
    let (start, who) = person_before(look, at, clause.start)?;
    // A gate of that name may be spoken of without being asked for.
    let wanted = WANTED.contains(&look.word(behind))
        || matches!(look.kind(behind), None | Some(Kind::Stop | Kind::Sign(')' | ',' | ';' | '-')))
        || matches!(
            look.before(start, 1),
            "get"
                | "obtain"
                | "requires"
                | "require"
                | "needs"
                | "need"
                | "request"
                | "with"
                | "after"
                | "without"
                | "await"
        );
    let end = if matches!(
        look.word(behind),
        "required" | "needed" | "necessary" | "mandatory" | "obtained" | "received" | "granted"
    ) {
        behind + 1
    } else if look.word(behind) == "is"
        && matches!(look.word(behind + 1), "required" | "needed" | "mandatory" | "necessary")
    {
        behind + 2
    } else {
        behind
    };
    wanted.then_some((start..end, who))
}

/// Who stands before the word: up to five words, one of which is a role.
fn person_before(look: &Look<'_>, end: usize, clause: usize) -> Option<(usize, String)> {
    let mut start = end;
    while start > clause && end - start < 6 {
        let before = start - 1;
        let joins = match look.kind(before) {
            Some(Kind::Word) => !IDLE.contains(&look.word(before)),
            Some(Kind::Sign('-' | '/' | '+' | '&')) => true,
            _ => false,
        };
        if !joins {
            break;
        }
        start = before;
    }
    let named = (start..end).any(|at| ROLES.contains(&look.word(at)));
    (named && start < end).then(|| (start, look.slice(start..end).to_owned()))
}

/// Who stands behind "by" or "from".
fn person(look: &Look<'_>, from: usize, clause: usize) -> Option<(String, usize)> {
    let mut start = from;
    while matches!(look.word(start), "the" | "a" | "an" | "at" | "least" | "both" | "either") {
        start += 1;
    }
    let mut end = start;
    while end < clause && end - start < 8 {
        let joins = match look.kind(end) {
            Some(Kind::Word) => !matches!(
                look.word(end),
                "before"
                    | "is"
                    | "in"
                    | "via"
                    | "for"
                    | "when"
                    | "if"
                    | "on"
                    | "within"
                    | "prior"
                    | "to"
                    | "after"
                    | "required"
                    | "must"
            ),
            Some(Kind::Handle | Kind::Mail | Kind::Sign('-' | '/' | '+' | '&')) => true,
            _ => false,
        };
        if !joins {
            break;
        }
        end += 1;
    }
    let named = (start..end).any(|at| {
        ROLES.contains(&look.word(at))
            || matches!(look.kind(at), Some(Kind::Handle | Kind::Mail))
            || look.raw(at).starts_with(char::is_uppercase)
    });
    (named && start < end).then(|| (look.slice(start..end).to_owned(), end))
}
