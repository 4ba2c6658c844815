//! What can be done about machines: restart, start and stop one, restart all one by one, scale.

use std::collections::BTreeSet;
use std::time::Duration;

use super::api::Api;
use super::wire::Machine;
use crate::domain::action::Risk;
use crate::domain::io::IoRequest;
use crate::domain::offer::{BLANK, Blank, BlankKind, Call, Check, Offer};
use crate::domain::text::clean;
use crate::sources::effects;

/// How long a machine may take to start and to pass its checks.
const STARTED: Duration = Duration::from_secs(180);
const STOPPED: Duration = Duration::from_secs(120);
const SCALED: Duration = Duration::from_secs(300);
/// Between two machines of a restart of all: the one before takes its traffic back.
const PACE: Duration = Duration::from_secs(10);
const MOST: i64 = 20;

/// What can be done to `machine`; nothing where its id cannot stand in a request. `serving` is how many are started.
pub(super) fn of(api: &Api<'_>, machine: &Machine, serving: usize) -> Vec<Offer> {
    if !effects::is_plain(&machine.id) || machine.is_gone() {
        return Vec::new();
    }
    if !machine.is_started() {
        return vec![start(api, machine)];
    }
    vec![restart(api, machine, serving), stop(api, machine, serving)]
}

fn restart(api: &Api<'_>, machine: &Machine, serving: usize) -> Offer {
    let mut offer = Offer::one("restart", Risk::Change, restart_call(api, machine));
    offer.about = vec!["Stops the machine and starts it again with the same image and configuration.".into()];
    offer.about.extend(alone(serving));
    offer.refused = unreachable(machine);
    offer
}

fn restart_call(api: &Api<'_>, machine: &Machine) -> Call {
    let again = match (machine.newest_event(), machine.updated()) {
        (Some(newest), _) => format!(
            " and body.events | selectattr('status', 'equalto', 'started') | selectattr('timestamp', 'gt', {newest}) \
             | list | length > 0"
        ),
        // A time that can be read has nothing in it that a condition could mistake.
        (None, Some(_)) => {
            format!(" and body.updated_at != '{}'", machine.updated_at.as_deref().unwrap_or_default())
        }
        (None, None) => String::new(),
    };
    call(api, machine, "restart", started(api, machine, &again))
}

fn start(api: &Api<'_>, machine: &Machine) -> Offer {
    let mut offer = Offer::one("start", Risk::Change, call(api, machine, "start", started(api, machine, "")));
    offer.about = vec!["Starts the machine with the image and configuration that it has.".into()];
    offer.refused = unreachable(machine).or_else(|| {
        let state = machine.state();
        (!matches!(state, "stopped" | "suspended" | "created" | "failed"))
            .then(|| format!("it is {}", clean(state)))
    });
    offer
}

fn stop(api: &Api<'_>, machine: &Machine, serving: usize) -> Offer {
    let when = "body.state == 'stopped'";
    let check = effects::check(api.machine(&machine.id), when, None, STOPPED);
    let mut offer = Offer::one("stop", Risk::Change, call(api, machine, "stop", check));
    offer.about = vec![
        "Stops the machine. Where its service starts by itself, the next request may start it again.".into(),
    ];
    offer.about.extend(alone(serving));
    offer.refused = unreachable(machine);
    offer
}

/// Every started machine, one after the other. The first is the canary: one that fails its checks has least to lose.
pub(super) fn restart_all(api: &Api<'_>, machines: &[&Machine]) -> Offer {
    let usable = |machine: &&&Machine| {
        machine.is_started() && machine.is_reachable() && effects::is_plain(&machine.id)
    };
    let calls: Vec<Call> = machines.iter().filter(usable).map(|machine| restart_call(api, machine)).collect();
    let app = api.app();
    let left = machines.iter().filter(|machine| machine.is_started()).count() - calls.len();
    let mut about = vec![
        format!("Restarts {} of {app}'s machines, one at a time.", calls.len()),
        "The first is the canary: the others follow once it is started and passes its checks.".into(),
    ];
    if left > 0 {
        about.push(format!("{left} started on a host that cannot be reached stay as they are."));
    }
    about.extend(alone(calls.len()));
    Offer {
        name: "restart all",
        title: format!("restart {} machines of {app}", calls.len()),
        risk: Risk::Change,
        target: app.to_owned(),
        about,
        blank: None,
        refused: calls.is_empty().then(|| "no machine is started".to_owned()),
        calls: calls.into(),
        pace: PACE,
        before: None,
        leaves: Vec::new(),
        tally: None,
    }
}

/// How many machines there are to be: one offer a process group.
pub(super) fn scale(api: &Api<'_>, machines: &[&Machine]) -> Vec<Offer> {
    let groups: BTreeSet<&str> = machines.iter().filter_map(|machine| machine.group()).collect();
    if groups.len() < 2 {
        return vec![scale_group(api, None, machines.len())];
    }
    groups
        .into_iter()
        .filter(|group| effects::is_plain(group))
        .map(|group| {
            let now = machines.iter().filter(|machine| machine.group() == Some(group)).count();
            scale_group(api, Some(group), now)
        })
        .collect()
}

fn scale_group(api: &Api<'_>, group: Option<&str>, now: usize) -> Offer {
    let app = api.app();
    let mut arguments = vec!["scale", "count", BLANK, "-a", app, "--yes"];
    arguments.extend(group.iter().flat_map(|group| ["--process-group", group]));
    let of_group = group.map_or_else(String::new, |group| {
        format!("selectattr('config.metadata.fly_process_group', 'equalto', '{group}') | ")
    });
    let when = format!(
        "body | rejectattr('state', 'in', ['destroyed', 'destroying']) | {of_group}list | length == '{BLANK}' | int"
    );
    let what = group.map_or_else(|| app.to_owned(), |group| format!("{group} of {app}"));
    let call = Call {
        key: app.to_owned(),
        title: format!("scale {what} to {BLANK} machines"),
        request: api.flyctl(&arguments, SCALED),
        expect: None,
        check: effects::check(api.machines(None), &when, None, SCALED),
    };
    let mut offer = Offer::one("scale", Risk::Change, call);
    offer.about = vec![
        format!("{what} has {now} machines now. Fewer destroys the surplus; volumes are kept."),
        "Runs Fly's command line, with the token in its environment. It changes the count, not the size."
            .into(),
    ];
    offer.blank = Some(Blank {
        label: format!("how many machines (1 to {MOST})"),
        suggested: now.clamp(1, 20).to_string(),
        kind: BlankKind::Integer(1, MOST),
    });
    offer
}

fn call(api: &Api<'_>, machine: &Machine, verb: &str, check: Option<Check>) -> Call {
    let id = &machine.id;
    let name = clean(machine.name());
    let title = if name == id.as_str() { format!("{verb} {id}") } else { format!("{verb} {name} ({id})") };
    Call { key: id.clone(), title, request: IoRequest::Http(api.post(id, verb)), expect: None, check }
}

/// Seen once the machine is started, passes the checks that it has, and `again` holds.
fn started(api: &Api<'_>, machine: &Machine, again: &str) -> Option<Check> {
    let checks = if machine.checks().is_empty() {
        ""
    } else {
        " and body.checks | rejectattr('status', 'equalto', 'passing') | list | length == 0"
    };
    let when = format!("body.state == 'started'{again}{checks}");
    let fails = "body.state in ['failed', 'destroyed', 'destroying']";
    effects::check(api.machine(&machine.id), &when, Some(fails), STARTED)
}

fn alone(serving: usize) -> Option<String> {
    (serving == 1).then(|| "It is the only one that is started: nothing answers until it is back.".to_owned())
}

fn unreachable(machine: &Machine) -> Option<String> {
    (!machine.is_reachable()).then(|| "Fly cannot reach the host that it is on".to_owned())
}
