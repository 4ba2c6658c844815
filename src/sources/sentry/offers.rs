//! What can be done to an issue: one exact request each, by the issue's id, read back afterwards.
//!
//! There are three ways to archive an issue, and a server may answer with another one than was asked for. Each is
//! read back by status and substatus: a mute that is weaker or stronger than what was confirmed is not in effect.

use std::time::Duration;

use super::api::Api;
use super::wire::Issue;
use crate::domain::action::Risk;
use crate::domain::condition::Condition;
use crate::domain::io::IoRequest;
use crate::domain::offer::{BLANK, Blank, BlankKind, Call, Check, Offer};

/// How long the effect of a change may take, and how often it is looked for.
const WITHIN: Duration = Duration::from_secs(30);
const EVERY: Duration = Duration::from_secs(2);

/// What an offer is made of besides its issue.
struct Change<'a> {
    name: &'static str,
    /// The verb before the issue's name, and what follows the name.
    title: (&'a str, &'a str),
    body: String,
    about: &'a [&'a str],
    /// When the effect is there, and when it is certain that it will not come.
    when: String,
    fails: Option<String>,
}

/// The offers of `issue`, whose id can stand in a path.
pub(super) fn of(issue: &Issue, api: &Api) -> Vec<Offer> {
    let mut offers = Vec::new();
    if issue.is_open() {
        offers.extend(make(issue, api, resolve()));
        offers.extend(make(issue, api, resolve_in_next_release()));
    } else {
        offers.extend(make(issue, api, reopen()));
    }
    offers.extend(archives(issue).into_iter().filter_map(|change| make(issue, api, change)));
    if let Some(until) = offers.iter_mut().find(|offer| offer.name == "archive-until-count") {
        until.blank = Some(Blank {
            label: "archive until this many more events came".into(),
            suggested: "100".into(),
            kind: BlankKind::Integer(1, 1_000_000),
        });
    }
    if let Some(mut assign) = make(issue, api, assign()) {
        assign.blank = Some(Blank {
            label: "assign to (user:1, team:2 or an e-mail address)".into(),
            suggested: String::new(),
            kind: BlankKind::Text,
        });
        offers.push(assign);
    }
    offers
}

fn make(issue: &Issue, api: &Api, change: Change<'_>) -> Option<Offer> {
    let when = Condition::compile(&change.when).ok()?;
    let fails = match change.fails {
        Some(fails) => Some(Condition::compile(&fails).ok()?),
        None => None,
    };
    let call = Call {
        key: issue.id.clone(),
        title: format!("{} {}{}", change.title.0, issue.name(), change.title.1),
        request: IoRequest::Http(api.change(&issue.id, change.body)),
        expect: None,
        check: Some(Check {
            request: IoRequest::Http(api.issue(&issue.id)),
            when,
            fails,
            every: EVERY,
            within: WITHIN,
        }),
    };
    let about = change.about.iter().map(|sentence| (*sentence).to_owned()).collect();
    Some(Offer { about, ..Offer::one(change.name, Risk::Change, call) })
}

fn resolve() -> Change<'static> {
    Change {
        name: "resolve",
        title: ("resolve", ""),
        body: r#"{"status":"resolved"}"#.into(),
        about: &[
            "Says that it is fixed. It fixes nothing.",
            "The next event of it, from any release, opens it again as a regression.",
        ],
        when: "body.status == 'resolved'".into(),
        fails: None,
    }
}

fn resolve_in_next_release() -> Change<'static> {
    let bound = "body.statusDetails.inNextRelease is defined or body.statusDetails.inRelease is defined";
    Change {
        name: "resolve-next-release",
        title: ("resolve", " in the next release"),
        body: r#"{"status":"resolvedInNextRelease"}"#.into(),
        about: &[
            "Says that the release after the one that runs now will fix it.",
            "Events from the releases that are out do not open it again; one from a later release does.",
            "It needs a project that tells Sentry its releases.",
        ],
        when: format!("body.status == 'resolved' and ({bound})"),
        fails: Some(format!("body.status == 'resolved' and not ({bound})")),
    }
}

fn reopen() -> Change<'static> {
    Change {
        name: "reopen",
        title: ("reopen", ""),
        body: r#"{"status":"unresolved","substatus":"ongoing"}"#.into(),
        about: &["Takes back that it was resolved or archived: it is listed and alerts again."],
        when: "body.status == 'unresolved'".into(),
        fails: None,
    }
}

/// The three ways to archive. One that is archived already may be read as it was for a moment, which is no proof that
/// the change went wrong.
fn archives(issue: &Issue) -> [Change<'static>; 3] {
    let fails = |wanted: &str, and: &str| {
        issue.is_open().then(|| format!("body.status == 'ignored' and (body.substatus != '{wanted}'{and})"))
    };
    let when = |wanted: &str| format!("body.status == 'ignored' and body.substatus == '{wanted}'");
    let (escalating, counted, forever) =
        ("archived_until_escalating", "archived_until_condition_met", "archived_forever");
    [
        Change {
            name: "archive-until-escalating",
            title: ("archive", " until it escalates"),
            body: format!(r#"{{"status":"ignored","substatus":"{escalating}"}}"#),
            about: &[
                "Mutes it until Sentry sees many more of it than it forecast; Sentry decides how many.",
                "Errors go on; they are counted and not shown as unresolved.",
            ],
            when: when(escalating),
            fails: fails(escalating, ""),
        },
        Change {
            name: "archive-until-count",
            title: ("archive", " until ‹answer› more events came"),
            // Sentry counts down: what is read back is what is left.
            body: format!(
                r#"{{"status":"ignored","substatus":"{counted}","statusDetails":{{"ignoreCount":{BLANK}}}}}"#
            ),
            about: &[
                "Mutes it until that many more events came, however long that takes; then it is unresolved again.",
                "Errors go on; they are counted and not shown as unresolved.",
            ],
            when: format!("{} and body.statusDetails.ignoreCount is le('{BLANK}'|int)", when(counted)),
            fails: fails(counted, " or body.statusDetails.ignoreCount is undefined"),
        },
        Change {
            name: "archive-forever",
            title: ("archive", " forever"),
            body: format!(r#"{{"status":"ignored","substatus":"{forever}"}}"#),
            about: &[
                "Mutes it for good: however many events come, it is not shown as unresolved and does not alert.",
                "Only somebody who reopens it ends that.",
            ],
            when: when(forever),
            fails: fails(forever, ""),
        },
    ]
}

fn assign() -> Change<'static> {
    // Sentry answers with an id and a name whichever way the assignee was written.
    let read_back = format!(
        "body.assignedTo is mapping and (body.assignedTo.type ~ ':' ~ body.assignedTo.id == '{BLANK}' \
         or body.assignedTo.id == '{BLANK}' or body.assignedTo.name == '{BLANK}' \
         or (body.assignedTo.email is defined and body.assignedTo.email is string and body.assignedTo.email|lower == '{BLANK}'|lower))"
    );
    Change {
        name: "assign",
        title: ("assign", " to ‹answer›"),
        body: format!(r#"{{"assignedTo":"{BLANK}"}}"#),
        about: &["Sentry tells whoever it is assigned to, by that person's own settings."],
        when: read_back,
        fails: None,
    }
}
