//! Sentry: issues, their events, errors by the minute, and resolving, ignoring and assigning.

mod catalogue;
mod issue;
mod search;

use std::time::Duration;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::world::World;
use super::asked::{Asked, kept};
use super::errand::{Errand, IssueChange};
use super::moment::Moment;
use super::{Refusal, because, did, keys, seconds, set};
use crate::domain::time::Timestamp;
pub use catalogue::issue_named;
use issue::{Issue, ORGANIZATION, project};
use search::Search;

/// Answers a request.
pub fn answer(world: &World, asked: &Asked) -> Response {
    let moment = world.moment();
    if asked.credential("bearer").is_none() {
        let words = "Authentication credentials were not provided.";
        return refuse(StatusCode::UNAUTHORIZED, &because(words, moment.now()));
    }
    if !asked.bears(keys::SENTRY) {
        return refuse(StatusCode::UNAUTHORIZED, &because("Invalid token", moment.now()));
    }
    let parts = asked.parts();
    let ["api", "0", rest @ ..] = parts.as_slice() else { return page() };
    // Without the slash at the end there is no such page.
    if !asked.slash {
        return page();
    }
    let mut response = match rest {
        ["organizations" | "projects", organization, ..] if *organization != ORGANIZATION => {
            nothing("The requested resource does not exist")
        }
        ["organizations", _, rest @ ..] => organization(world, &moment, asked, rest),
        ["projects", _, slug, rest @ ..] => in_project(&moment, asked, slug, rest),
        _ => nothing("The requested resource does not exist"),
    };
    limits(&mut response, moment.now(), 9);
    response
}

/// Refuses as Sentry does.
pub fn refuse(status: StatusCode, refusal: &Refusal) -> Response {
    if status == StatusCode::TOO_MANY_REQUESTS {
        let words =
            "You are attempting to use this endpoint too frequently. Limit is 10 requests in 1 seconds";
        let mut response = super::json(status, &json!(words));
        limits(
            &mut response,
            refusal.now.plus(Duration::from_secs(refusal.retry_after.unwrap_or(1).into())),
            0,
        );
        return response;
    }
    let body = if status == StatusCode::INTERNAL_SERVER_ERROR {
        json!({ "detail": "Internal Error", "errorId": "5f0c2d1e8a9b4c7d8e6f001122334455" })
    } else {
        json!({ "detail": super::or_usual(&refusal.message, status) })
    };
    super::json(status, &body)
}

fn nothing(words: &str) -> Response {
    refuse(StatusCode::NOT_FOUND, &because(words, Timestamp::default()))
}

fn bad(words: impl Into<String>) -> Response {
    refuse(StatusCode::BAD_REQUEST, &because(words, Timestamp::default()))
}

/// What its web pages answer for a path that is no interface.
fn page() -> Response {
    let mut response =
        super::super::answer::html("<!doctype html>\n<html><title>Page Not Found</title></html>\n");
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn limits(response: &mut Response, reset: Timestamp, remaining: u32) {
    set(response, "x-sentry-rate-limit-limit", "10");
    set(response, "x-sentry-rate-limit-remaining", &remaining.to_string());
    set(response, "x-sentry-rate-limit-reset", &(seconds(reset) + 1).to_string());
    set(response, "x-sentry-rate-limit-concurrentlimit", "25");
    set(response, "x-sentry-rate-limit-concurrentremaining", "24");
}

fn organization(world: &World, moment: &Moment<'_>, asked: &Asked, rest: &[&str]) -> Response {
    match (&asked.method, rest) {
        (&Method::GET, []) => super::json(
            StatusCode::OK,
            &json!({
                "id": "4500", "slug": ORGANIZATION, "name": "Lanternfish", "status": { "id": "active", "name": "active" },
                "links": { "organizationUrl": format!("https://{ORGANIZATION}.sentry.example.com"), "regionUrl": null },
            }),
        ),
        (&Method::GET, ["issues"]) => list(moment, asked, None),
        (&Method::PUT, ["issues"]) => change_all(world, moment, asked),
        (&Method::GET, ["issues", id]) => match find(moment, id) {
            Some(issue) => super::json(StatusCode::OK, &issue.json(moment)),
            None => nothing("The requested resource does not exist"),
        },
        (&Method::PUT, ["issues", id]) => change(world, moment, asked, id),
        (&Method::GET, ["issues", id, "events"]) => match find(moment, id) {
            Some(issue) => events(moment, asked, &[issue]),
            None => nothing("The requested resource does not exist"),
        },
        (&Method::GET, ["issues", id, "events", name]) => {
            let issue = find(moment, id);
            let event = issue.and_then(|issue| issue.event(moment, issue.position(moment, name)?));
            match event {
                Some(event) => super::json(StatusCode::OK, &event),
                None => nothing("Event not found"),
            }
        }
        (&Method::GET, ["events-timeseries"]) => series(moment, asked),
        (&Method::GET, ["projects"]) => super::json(StatusCode::OK, &json!([project("web"), project("api")])),
        // The table query belongs to Discover, which not every organisation has.
        _ => nothing("The requested resource does not exist"),
    }
}

fn in_project(moment: &Moment<'_>, asked: &Asked, slug: &str, rest: &[&str]) -> Response {
    if !["web", "api"].contains(&slug) {
        return nothing("The requested resource does not exist");
    }
    match (&asked.method, rest) {
        (&Method::GET, []) => super::json(StatusCode::OK, &project(slug)),
        (&Method::GET, ["issues"]) => list(moment, asked, Some(slug)),
        (&Method::GET, ["events"]) => {
            let issues: Vec<Issue> =
                issue::issues(moment).into_iter().filter(|issue| issue.known.project == slug).collect();
            events(moment, asked, &issues)
        }
        _ => nothing("The requested resource does not exist"),
    }
}

/// The issue with this number, or called so.
fn find(moment: &Moment<'_>, id: &str) -> Option<Issue> {
    issue::issues(moment)
        .into_iter()
        .find(|issue| issue.known.id.to_string() == id || issue.known.short.eq_ignore_ascii_case(id))
}

/// The issues a request is about, or why it is about none.
fn wanted(moment: &Moment<'_>, asked: &Asked, slug: Option<&str>) -> Result<Vec<Issue>, Box<Response>> {
    let search =
        Search::parse(asked.one("query").unwrap_or("is:unresolved")).map_err(|words| Box::new(bad(words)))?;
    let mut projects: Vec<&str> = asked.all("project").filter(|project| *project != "-1").collect();
    projects.extend(asked.all("projectSlug"));
    projects.extend(slug);
    let known = |text: &&&str| ["web", "api", "4501", "4502"].contains(*text);
    if projects.iter().any(|project| !known(&project)) {
        return Err(Box::new(refuse(
            StatusCode::FORBIDDEN,
            &because("You do not have permission to perform this action.", moment.now()),
        )));
    }
    let since = match asked.one("statsPeriod").filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => {
            let span = search::period(text)
                .ok_or_else(|| Box::new(bad(format!("Invalid statsPeriod: '{}'", kept(text)))))?;
            Some(moment.now().minus(span))
        }
    };
    let of_project = |issue: &Issue| {
        let slug = issue.known.project;
        let id = project(slug)["id"].as_str().map(str::to_owned).unwrap_or_default();
        projects.is_empty() || projects.iter().any(|project| *project == slug || *project == id)
    };
    let ids: Vec<&str> = asked.all("id").collect();
    Ok(issue::issues(moment)
        .into_iter()
        .filter(|issue| search.finds(issue, moment.now()))
        .filter(|issue| since.is_none_or(|since| issue.last >= since))
        .filter(|issue| ids.is_empty() || ids.contains(&issue.known.id.to_string().as_str()))
        .filter(of_project)
        .collect())
}

fn list(moment: &Moment<'_>, asked: &Asked, slug: Option<&str>) -> Response {
    let mut issues = match wanted(moment, asked, slug) {
        Ok(issues) => issues,
        Err(response) => return *response,
    };
    match asked.one("sort").unwrap_or("date") {
        "date" | "inbox" | "recommended" | "trends" => {}
        "freq" => issues.sort_by_key(|issue| std::cmp::Reverse(issue.count())),
        "new" => issues.sort_by_key(|issue| std::cmp::Reverse(issue.first)),
        "user" => issues.sort_by_key(|issue| std::cmp::Reverse(issue.known.users)),
        other => return bad(format!("\"{}\" is not a valid sort", kept(other))),
    }
    let rows: Vec<Value> = issues.iter().map(|issue| issue.json(moment)).collect();
    let direct = asked.one("shortIdLookup").is_some_and(|text| text == "1")
        && issues.len() == 1
        && asked.one("query").is_some_and(|query| query.eq_ignore_ascii_case(issues[0].known.short));
    let mut response = paged(asked, &rows, 100);
    if direct {
        set(&mut response, "x-sentry-direct-hit", "1");
    }
    response
}

fn events(moment: &Moment<'_>, asked: &Asked, issues: &[Issue]) -> Response {
    let mut rows = Vec::new();
    for issue in issues {
        for position in (0..issue.events()).rev().take(300) {
            rows.extend(issue.event(moment, position));
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row["dateCreated"].as_str().unwrap_or_default().to_owned()));
    paged(asked, &rows, 100)
}

/// A page of `rows`, with the links to the one before and the one after, which are always there.
fn paged(asked: &Asked, rows: &[Value], most: usize) -> Response {
    let limit = asked.rows("limit", most, most);
    let offset = asked.one("cursor").map_or(Some(0), |cursor| cursor.split(':').nth(1)?.parse().ok());
    let Some(offset) = offset.filter(|offset: &usize| *offset <= 1_000_000) else {
        return bad("Invalid cursor parameter.");
    };
    let shown: Vec<&Value> = rows.iter().skip(offset).take(limit).collect();
    let link = |relation: &str, cursor: String, results: bool| {
        let kept = asked.query.iter().filter(|(name, _)| name != "cursor");
        let query: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
        format!(
            "<{}?{query}&cursor={cursor}>; rel=\"{relation}\"; results=\"{results}\"; cursor=\"{cursor}\"",
            asked.own
        )
    };
    let links = format!(
        "{}, {}",
        link("previous", format!("0:{}:1", offset.saturating_sub(limit)), offset > 0),
        link("next", format!("0:{}:0", offset + limit), offset + limit < rows.len())
    );
    let mut response = super::json(StatusCode::OK, &json!(shown));
    set(&mut response, "link", &links);
    set(&mut response, "x-hits", &rows.len().to_string());
    response
}

/// Errors by the minute, or by `interval`.
fn series(moment: &Moment<'_>, asked: &Asked) -> Response {
    if asked.one("dataset").is_none_or(|dataset| dataset != "errors") {
        return bad("dataset must be one of: errors");
    }
    let interval = match asked.one("interval") {
        None => 60_000,
        Some(text) => match search::period(text).map(|span| span.as_millis()).or_else(|| {
            // A number without a unit is in seconds.
            text.parse::<u32>().ok().map(|seconds| u128::from(seconds) * 1_000)
        }) {
            Some(millis @ 1_000..) => i64::try_from(millis).unwrap_or(i64::MAX),
            Some(_) | None => return bad("Invalid interval"),
        },
    };
    let Some(span) = search::period(asked.one("statsPeriod").unwrap_or("1h")) else {
        return bad("Invalid statsPeriod");
    };
    let now = moment.now().millis();
    let first = moment.now().minus(span).millis().div_euclid(interval);
    let last = now.div_euclid(interval);
    if last - first > 10_000 {
        return bad(
            "Your interval and date range would create too many results. Use a larger interval, or a smaller date range.",
        );
    }
    let only: Vec<&str> = asked.all("project").filter(|project| *project != "-1").collect();
    let mut counts = vec![0_u64; usize::try_from(last - first + 1).unwrap_or(1)];
    for issue in issue::issues(moment) {
        let slug = issue.known.project;
        let id = project(slug)["id"].as_str().map(str::to_owned).unwrap_or_default();
        if !only.is_empty() && !only.iter().any(|project| *project == slug || *project == id) {
            continue;
        }
        for at in &issue.tally.times {
            let bucket = moment.wall(*at).millis().div_euclid(interval) - first;
            if let Some(count) = usize::try_from(bucket).ok().and_then(|bucket| counts.get_mut(bucket)) {
                *count += 1;
            }
        }
    }
    let start = first * interval;
    let values: Vec<Value> = counts
        .iter()
        .zip(0..)
        .map(|(count, position)| {
            let timestamp = start + position * interval;
            json!({ "timestamp": timestamp, "value": count, "incomplete": timestamp + interval > now })
        })
        .collect();
    super::json(
        StatusCode::OK,
        &json!({
            "timeSeries": [{
                "yAxis": asked.one("yAxis").unwrap_or("count()"),
                "values": values,
                "meta": { "interval": interval, "valueType": "integer", "valueUnit": null },
            }],
            "meta": { "dataset": "errors", "start": start, "end": now },
        }),
    )
}

/// What a request wants an issue to be.
fn wish(asked: &Asked) -> Result<IssueChange, Box<Response>> {
    let body = asked.json();
    let Some(wishes) = body.as_object() else { return Err(Box::new(bad("JSON parse error"))) };
    let text = |name: &str| wishes.get(name).and_then(Value::as_str).map(kept);
    let mut change =
        IssueChange { substatus: text("substatus"), priority: text("priority"), ..IssueChange::default() };
    match text("status").as_deref() {
        None => {}
        Some("resolvedInNextRelease") => {
            change.status = Some("resolved".to_owned());
            change.next_release = true;
        }
        Some(status @ ("resolved" | "unresolved" | "ignored")) => {
            change.status = Some(status.to_owned());
            change.next_release = body["statusDetails"]["inNextRelease"] == json!(true);
        }
        Some(_) => {
            let problem = json!({ "status": ["Invalid status value."] });
            return Err(Box::new(super::json(StatusCode::BAD_REQUEST, &problem)));
        }
    }
    change.assigned = match wishes.get("assignedTo") {
        None => None,
        Some(Value::String(who)) => Some(kept(who)),
        Some(_) => Some(String::new()),
    };
    Ok(change)
}

fn change(world: &World, moment: &Moment<'_>, asked: &Asked, id: &str) -> Response {
    let Some(issue) = find(moment, id) else { return nothing("The requested resource does not exist") };
    let change = match wish(asked) {
        Ok(change) => change,
        Err(response) => return *response,
    };
    let id = issue.known.id.to_string();
    did(world, Errand::Issue { id: id.clone(), change }, || {
        let moment = world.moment();
        match find(&moment, &id) {
            Some(issue) => super::json(StatusCode::OK, &issue.json(&moment)),
            None => nothing("The requested resource does not exist"),
        }
    })
}

/// Changes every issue the query finds: all of them, where it names none.
fn change_all(world: &World, moment: &Moment<'_>, asked: &Asked) -> Response {
    let issues = match wanted(moment, asked, None) {
        Ok(issues) => issues,
        Err(response) => return *response,
    };
    let change = match wish(asked) {
        Ok(change) => change,
        Err(response) => return *response,
    };
    if issues.is_empty() {
        return super::super::answer::nothing();
    }
    for issue in &issues {
        let errand = Errand::Issue { id: issue.known.id.to_string(), change: change.clone() };
        let response = did(world, errand, super::super::answer::nothing);
        if !response.status().is_success() {
            return response;
        }
    }
    let details = if change.next_release { json!({ "inNextRelease": true }) } else { json!({}) };
    super::json(
        StatusCode::OK,
        &json!({ "status": change.status, "statusDetails": details, "substatus": change.substatus }),
    )
}
