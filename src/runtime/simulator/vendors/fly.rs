//! Fly.io: the machines that run the API, their checks, and restarting them. Releases are what its
//! program lists, so they have a page of their own that `flyctl.sh` prints.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::deed::Act;
use super::super::fault::Target;
use super::super::world::World;
use super::asked::{Asked, kept};
use super::errand::{DEPLOY_TAKES, Errand, MACHINE_TAKES, MachineAct};
use super::moment::Moment;
use super::{Refusal, because, did, iso, keys, set};
use crate::domain::time::Timestamp;

/// The app that runs the API.
pub const APP: &str = "lanternfish-api";

/// The machines: number, name, region.
const MACHINES: [(&str, &str, &str); 3] = [
    ("148ed127b70e89", "winter-moon-1", "ams"),
    ("2865d01c4e7758", "deep-tide-2", "ams"),
    ("9080e62ab15187", "small-lamp-3", "lhr"),
];
/// The releases of before: version, tag, hours ago, and who.
const BEFORE: [(u32, &str, u64, &str); 4] = [
    (38, "0b5e55", 400, "cleo"),
    (39, "5ea1ed", 218, "ann"),
    (40, "97c0de", 99, "cleo"),
    (41, "a1b2c3", 26, "bob"),
];

/// The tag whose image is listed and is gone from the registry, as happens to old ones.
const PRUNED: &str = "0b5e55";

/// A release of the API.
#[derive(Clone, Debug, PartialEq)]
struct Release {
    version: u32,
    tag: String,
    created: Timestamp,
    /// On the scenario's clock; `None` if from before.
    at: Option<Duration>,
    by: String,
    status: &'static str,
}

fn releases(moment: &Moment<'_>) -> Vec<Release> {
    let mut tags: Vec<(Duration, String, &str, Duration)> = Vec::new();
    for (at, fault) in moment.scenario.told(Target::Fly) {
        if let Some(commit) = fault.release.as_ref().filter(|_| at <= moment.elapsed) {
            tags.push((at, commit.clone(), "ann", Duration::ZERO));
        }
    }
    for (at, errand) in moment.errands() {
        if let Errand::Deploy { tag, .. } = errand {
            tags.push((at, tag.clone(), "operator", DEPLOY_TAKES));
        }
    }
    tags.sort_by_key(|(at, ..)| *at);
    let mut releases: Vec<Release> = BEFORE
        .iter()
        .map(|(version, tag, hours, by)| Release {
            version: *version,
            tag: (*tag).to_owned(),
            created: moment.before(Duration::from_secs(hours * 3_600)),
            at: None,
            by: (*by).to_owned(),
            status: "complete",
        })
        .collect();
    for ((at, tag, by, takes), version) in tags.into_iter().zip(42..) {
        let status = if at.saturating_add(takes) <= moment.elapsed { "complete" } else { "running" };
        releases.push(Release {
            version,
            tag,
            created: moment.wall(at),
            at: Some(at),
            by: by.to_owned(),
            status,
        });
    }
    releases
}

/// The release whose image runs.
fn running(moment: &Moment<'_>) -> Option<Release> {
    releases(moment).into_iter().rev().find(|release| release.status == "complete")
}

/// Answers a request.
pub fn answer(world: &World, asked: &Asked) -> Response {
    let moment = world.moment();
    let token = asked.credential("bearer").or_else(|| asked.credential("flyv1"));
    if token != Some(keys::FLY) {
        let words = "Authenticate: token validation error";
        return refuse(StatusCode::UNAUTHORIZED, &because(words, moment.now()));
    }
    let mut response = match (&asked.method, asked.parts().as_slice()) {
        (_, ["v1", "apps", app, ..]) if *app != APP => missing(format!("app not found: '{}'", kept(app))),
        (&Method::GET, ["v1", "apps", _]) => super::json(
            StatusCode::OK,
            &json!({ "id": APP, "name": APP, "status": "deployed", "organization": { "name": "Lanternfish", "slug": "lanternfish" } }),
        ),
        (&Method::GET, ["v1", "apps", _, "machines"]) => list(&moment, asked),
        // Not Fly.io's: what `flyctl releases --json` prints, and what `flyctl deploy` does.
        (&Method::GET, ["v1", "apps", _, "releases"]) => super::json(StatusCode::OK, &printed(&moment)),
        (&Method::GET, ["v1", "apps", _, "images", tag]) => image(&moment, tag),
        (&Method::POST, ["v1", "apps", _, "deploy"]) => deploy(world, &moment, asked),
        (&Method::GET, ["v1", "apps", _, "machines", id]) => match machine(&moment, id) {
            Some(machine) => super::json(StatusCode::OK, &machine),
            None => missing(format!("machine not found: '{}'", kept(id))),
        },
        (&Method::GET, ["v1", "apps", _, "machines", id, "wait"]) => wait(&moment, asked, id),
        (&Method::POST, ["v1", "apps", _, "machines", id, act]) => {
            match (position(id), MachineAct::named(act)) {
                (None, _) => missing(format!("machine not found: '{}'", kept(id))),
                (Some(_), None) => missing("page not found"),
                (Some(_), Some(act)) => did(world, Errand::Machine { id: (*id).to_owned(), act }, || {
                    super::json(StatusCode::OK, &json!({ "ok": true }))
                }),
            }
        }
        _ => missing("page not found"),
    };
    identify(&mut response, &moment);
    response
}

/// Refuses as Fly.io does.
pub fn refuse(status: StatusCode, refusal: &Refusal) -> Response {
    let words = super::or_usual(&refusal.message, status);
    super::json(status, &json!({ "error": words, "status": "unknown" }))
}

fn missing(words: impl Into<String>) -> Response {
    refuse(StatusCode::NOT_FOUND, &because(words, Timestamp::default()))
}

fn identify(response: &mut Response, moment: &Moment<'_>) {
    let number = moment.number(950, u64::try_from(moment.elapsed.as_millis()).unwrap_or(0));
    set(response, "fly-request-id", &format!("01LF{number:016X}-ams"));
}

fn position(id: &str) -> Option<usize> {
    MACHINES.iter().position(|(known, ..)| *known == id)
}

fn list(moment: &Moment<'_>, asked: &Asked) -> Response {
    let rows: Vec<Value> = MACHINES
        .iter()
        .filter_map(|(id, ..)| machine(moment, id))
        .filter(|row| asked.one("region").is_none_or(|region| row["region"] == region))
        .filter(|row| {
            asked.one("state").is_none_or(|states| states.split(',').any(|state| row["state"] == state))
        })
        .collect();
    super::json(StatusCode::OK, &json!(rows))
}

fn machine(moment: &Moment<'_>, id: &str) -> Option<Value> {
    let place = position(id)?;
    let (id, name, region) = MACHINES.get(place)?;
    let mut events = vec![json!({
        "id": format!("01LFE{place:02}000"), "type": "start", "status": "started", "source": "flyd",
        "timestamp": moment.before(Duration::from_secs(26 * 3_600)).millis(),
    })];
    let (mut state, mut cordoned, mut changed) = ("started", false, None);
    for (deed, number) in moment.deeds.iter().zip(1..) {
        let act = match &deed.what {
            Act::Restart(Target::Api) => MachineAct::Restart,
            Act::AtVendor(Errand::Machine { id: whose, act }) if whose == id => *act,
            Act::AtVendor(_) | Act::Restart(_) | Act::Maintenance(_) | Act::Purge => continue,
        };
        let underway = moment.elapsed < deed.at.saturating_add(MACHINE_TAKES);
        (state, cordoned) = match act {
            MachineAct::Restart | MachineAct::Start if underway => ("starting", cordoned),
            MachineAct::Restart | MachineAct::Start => ("started", cordoned),
            MachineAct::Stop if underway => ("stopping", cordoned),
            MachineAct::Stop => ("stopped", cordoned),
            MachineAct::Cordon => (state, true),
            MachineAct::Uncordon => (state, false),
        };
        changed = Some(deed.at);
        events.push(json!({
            "id": format!("01LFE{place:02}{number:03}"), "type": act.word(), "status": state, "source": "user",
            "timestamp": moment.wall(deed.at).millis(),
        }));
    }
    // The newest is first.
    events.reverse();
    let release = running(moment)?;
    let (tag, deployed) = (release.tag, release.created);
    let touched = changed.map_or(deployed, |at| moment.wall(at).max(deployed));
    let sick = moment.fault(Target::Fly).critical.is_some_and(|count| place < count as usize);
    let (status, output) = match (state, sick) {
        ("started", false) => ("passing", "200 OK"),
        ("started", true) => ("critical", "connect: connection refused"),
        ("starting", _) => ("warning", "waiting for the first check"),
        _ => ("critical", "the machine is not running"),
    };
    let image = format!("registry.fly.io/{APP}:deployment-{tag}");
    Some(json!({
        "id": id,
        "name": name,
        "state": state,
        "region": region,
        "instance_id": format!("01LF{place}{tag}"),
        "private_ip": format!("fdaa:0:1::{}", place + 2),
        "config": { "image": image, "metadata": { "fly_process_group": "app" } },
        "image_ref": {
            "registry": "registry.fly.io", "repository": APP, "tag": format!("deployment-{tag}"),
            "digest": format!("sha256:{:016x}", moment.number(951, u64::from(release.version))),
        },
        "created_at": iso(moment.before(Duration::from_secs(400 * 3_600))),
        "updated_at": iso(touched),
        "checks": [{
            "name": "servicecheck-00-http-8080", "status": status, "output": output, "updated_at": iso(moment.now()),
        }],
        "events": events,
        "host_status": "ok",
        "cordoned": cordoned,
    }))
}

fn wait(moment: &Moment<'_>, asked: &Asked, id: &str) -> Response {
    let Some(machine) = machine(moment, id) else {
        return missing(format!("machine not found: '{}'", kept(id)));
    };
    if machine["state"] == asked.one("state").unwrap_or("started") {
        return super::json(StatusCode::OK, &json!({ "ok": true }));
    }
    refuse(
        StatusCode::REQUEST_TIMEOUT,
        &because("deadline_exceeded: the machine is not in that state yet", moment.now()),
    )
}

/// What `flyctl releases --image --json` prints: newest first, with Go's names.
fn printed(moment: &Moment<'_>) -> Value {
    let rows: Vec<Value> = releases(moment)
        .into_iter()
        .rev()
        .map(|release| {
            json!({
                "ID": format!("LF{}", release.version),
                "Version": release.version,
                "Stable": release.status == "complete",
                "InProgress": release.status == "running",
                "Status": release.status,
                "Description": if release.by == "operator" { "Deploy image" } else { "Release" },
                "Reason": "",
                "User": { "ID": "u", "Name": "", "Email": format!("{}@example.com", release.by) },
                "ImageRef": format!("registry.fly.io/{APP}:deployment-{}", release.tag),
                "CreatedAt": iso(release.created),
            })
        })
        .collect();
    json!(rows)
}

/// Whether the registry has lost the image of a tag.
fn is_pruned(moment: &Moment<'_>, tag: &str) -> bool {
    let lost = moment.fault(Target::Fly).pruned;
    tag == PRUNED || lost.is_some_and(|lost| lost.iter().any(|commit| commit == tag))
}

/// Whether the registry has the image of a tag.
fn image(moment: &Moment<'_>, tag: &str) -> Response {
    let tag = tag.strip_prefix("deployment-").unwrap_or(tag);
    if !is_pruned(moment, tag) && releases(moment).iter().any(|release| release.tag == tag) {
        return super::json(StatusCode::OK, &json!({ "tag": tag }));
    }
    missing(format!("image not found: '{}'", kept(tag)))
}

fn deploy(world: &World, moment: &Moment<'_>, asked: &Asked) -> Response {
    let body = asked.json();
    let image = body["image"].as_str().unwrap_or_default();
    let tag = image.rsplit_once(":deployment-").map(|(_, tag)| tag).unwrap_or_default();
    let known = releases(moment);
    let wanted = known.iter().find(|release| release.tag == tag && !is_pruned(moment, tag));
    let Some(wanted) = wanted else {
        return missing(format!("image not found: '{}'", kept(image)));
    };
    let newest = known.iter().max_by_key(|release| release.version);
    // Going back means: to what was built before the newest that was told.
    let built =
        |tag: &str| known.iter().filter(|release| release.tag == tag).map(|release| release.version).min();
    let backwards =
        newest.is_some_and(|newest| built(&newest.tag) > built(&wanted.tag)) || wanted.at.is_none();
    did(world, Errand::Deploy { tag: tag.to_owned(), backwards }, || {
        super::json(StatusCode::OK, &json!({ "ok": true }))
    })
}
