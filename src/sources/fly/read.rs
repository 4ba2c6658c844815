//! What an app's machines say. A started machine whose check is critical does not serve, whatever its state says.

use std::collections::BTreeSet;

use serde_json::json;

use super::api::Api;
use super::offers;
use super::wire::{Check, Machine};
use crate::domain::entry::Entry;
use crate::domain::reading::Health;
use crate::domain::time::{Timestamp, short};
use crate::sources::reply::Found;

/// How many events of a machine its detail shows.
const EVENTS: usize = 20;

/// What `all` of the app's machines say; `more` where some were not looked at.
pub(super) fn found(api: &Api<'_>, all: &[Machine], more: bool, at: Timestamp) -> Found {
    let mut machines: Vec<&Machine> = all.iter().filter(|machine| !machine.is_gone()).collect();
    machines.sort_by_key(|machine| {
        (std::cmp::Reverse(rank(health(machine))), machine.region.as_deref(), &machine.id)
    });
    let count = |wanted: fn(&Machine) -> bool| machines.iter().filter(|machine| wanted(machine)).count();
    let started = count(Machine::is_started);
    let critical = count(|machine| health(machine) == Health::Down);
    let warning =
        count(|machine| machine.is_started() && health(machine) != Health::Down && !passes(machine));
    let (cordoned, unreachable) = (count(Machine::is_cordoned), count(|machine| !machine.is_reachable()));
    let failed = count(|machine| machine.state() == "failed");
    let images: BTreeSet<&str> = machines
        .iter()
        .filter(|machine| machine.is_started())
        .filter_map(|machine| machine.image())
        .collect();
    let asleep = !machines.is_empty() && machines.iter().all(|machine| machine.is_asleep());
    let mut words = vec![match (machines.len(), started) {
        (0, _) => "there is no machine".to_owned(),
        (total, 0) if asleep => format!("{total} asleep until somebody asks"),
        (total, started) => format!("{started} of {total} started"),
    }];
    for (number, word) in [
        (critical, "critical"),
        (warning, "warning"),
        (failed, "failed"),
        (unreachable, "unreachable"),
        (cordoned, "cordoned"),
    ] {
        if number > 0 {
            words.push(format!("{number} {word}"));
        }
    }
    let blame = machines.iter().filter(|machine| machine.is_started()).flat_map(|machine| machine.checks());
    words.extend(
        blame.clone().find(|check| check.is_critical()).or(blame.clone().find(|check| sick(check))).map(line),
    );
    if more {
        words.push("there are more machines".into());
    }
    let health = if critical > 0 || started == 0 && !asleep {
        Health::Down
    } else if warning + failed + unreachable + cordoned > 0 {
        Health::Degraded
    } else {
        Health::Ok
    };
    let body = json!({
        "machines": machines.len(),
        "started": started,
        "critical": critical,
        "warning": warning,
        "failed": failed,
        "unreachable": unreachable,
        "cordoned": cordoned,
        "images": images.len(),
    });
    let mut entries = vec![app(api, &machines, started, health)];
    entries.extend(machines.iter().map(|machine| entry(api, machine, started, at)));
    Found { health, reason: None, detail: words.join(" · "), body, entries }
}

fn rank(health: Health) -> u8 {
    match health {
        Health::Ok => 0,
        Health::Blind => 1,
        Health::Degraded => 2,
        Health::Down => 3,
    }
}

fn sick(check: &Check) -> bool {
    !check.is_passing()
}

fn passes(machine: &Machine) -> bool {
    machine.checks().iter().all(Check::is_passing)
}

fn health(machine: &Machine) -> Health {
    if machine.is_started() && machine.checks().iter().any(Check::is_critical) {
        Health::Down
    } else if machine.is_started() && !passes(machine)
        || machine.state() == "failed"
        || !machine.is_reachable()
        || machine.is_cordoned()
    {
        Health::Degraded
    } else {
        Health::Ok
    }
}

fn line(check: &Check) -> String {
    let output = check.output.as_deref().and_then(|text| text.lines().next()).unwrap_or_default();
    let words =
        [check.name.as_deref().unwrap_or("a check"), check.status.as_deref().unwrap_or("unknown"), output];
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The app itself: what can be done to all of its machines.
fn app(api: &Api<'_>, machines: &[&Machine], started: usize, health: Health) -> Entry {
    let state = format!("{started} of {}", machines.len());
    let mut entry = Entry::new(api.app(), health, state, format!("{}: every machine", api.app()));
    entry.tags.push("app".into());
    entry.offers.push(offers::restart_all(api, machines));
    entry.offers.extend(offers::scale(api, machines));
    entry
}

fn entry(api: &Api<'_>, machine: &Machine, started: usize, at: Timestamp) -> Entry {
    let mut entry = Entry::new(&machine.id, health(machine), machine.state(), machine.name());
    entry.at = machine.updated();
    entry.began = machine.created();
    let passing = machine.checks().iter().filter(|check| check.is_passing()).count();
    let checks = match machine.checks().len() {
        0 => "none".to_owned(),
        total => format!("{passing}/{total}"),
    };
    entry.cells.push(("CHECKS", checks));
    entry.cells.push(("REGION", machine.region.clone().unwrap_or_default()));
    entry.cells.push(("SINCE", entry.at.map_or_else(String::new, |then| short(at.since(then)))));
    entry.cells.push(("IMAGE", machine.image().unwrap_or_default().to_owned()));
    if machine.is_cordoned() {
        entry.tags.push("cordoned".into());
    }
    if !machine.is_reachable() {
        entry.tags.push("unreachable".into());
    }
    if machine.is_asleep() {
        entry.tags.push("asleep".into());
    }
    entry.tags.extend(machine.group().map(str::to_owned));
    let image = machine.image_ref.as_ref();
    let facts = [
        ("machine", Some(machine.id.as_str())),
        ("instance", machine.instance_id.as_deref()),
        ("host", machine.host_status.as_deref()),
        ("image", image.and_then(|image| image.repository.as_deref())),
        ("tag", image.and_then(|image| image.tag.as_deref())),
        ("digest", image.and_then(|image| image.digest.as_deref())),
    ];
    entry.facts.extend(facts.into_iter().filter_map(|(label, text)| Some((label, text?.to_owned()))));
    for check in machine.checks() {
        let (name, status) = (check.name.as_deref(), check.status.as_deref());
        entry.body.push(format!("{}: {}", name.unwrap_or("a check"), status.unwrap_or("unknown")));
        entry.body.extend(check.output.iter().filter(|output| !output.is_empty()).cloned());
    }
    for event in machine.events().iter().take(EVENTS) {
        let when = event.timestamp.map_or_else(String::new, |at| Timestamp::from_millis(at).rfc3339());
        let word = |text: &Option<String>| text.clone().unwrap_or_default();
        let (kind, status, source) = (word(&event.kind), word(&event.status), word(&event.source));
        entry.body.push(format!("{when} {kind} {status} {source}"));
    }
    entry.offers = offers::of(api, machine, started);
    entry
}
