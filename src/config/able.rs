//! What a configuration can do once it is opened, in lines to read: what it runs, whom it talks to with
//! which secret, what can be asked of it. Names secrets and never holds one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Settings, plain};
use crate::actions;
use crate::domain::action::{Action, ActionKind};
use crate::domain::channel::{Channel, Way};
use crate::domain::io::{IoRequest, SecretSource, Value};
use crate::domain::requests::Requests;
use crate::domain::signal::Signal;
use crate::domain::text::clean;
use crate::sources::{listen, releases};

/// What `settings` can do: headings, and what stands under each indented by two spaces. Clean; the same
/// for the same configuration.
pub fn able(settings: &Settings) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |heading: &str, under: Vec<String>| {
        if !under.is_empty() {
            lines.push(heading.to_owned());
            lines.extend(under.iter().map(|line| format!("  {}", clean(line))));
        }
    };
    say("Runs by itself, again and again, for as long as it is open:", programs(&settings.signals));
    say("Runs to learn a secret, as soon as it is opened:", tellers(&settings.secrets));
    say("Reads as a secret:", kept(&settings.secrets));
    say("Talks by itself to:", far_sides(&settings.signals));
    say("Hears deliveries on:", doors(&settings.signals));
    say("Does when asked to, each shown in full before it runs:", asked(&settings.actions));
    say("Posts updates to, each shown in full before it is sent:", posts(&settings.channels));
    say("Runs when a rollback is asked for, to list what was migrated:", migrations(settings));
    let (before, rollback) = backwards(&settings.signals);
    say("Runs when a rollback is asked for, to look whether it can be:", before);
    say("Runs to go back to a release, shown in full before it runs:", rollback);
    say("Sends requests of runbooks to, each shown in full before it is sent:", sent(&settings.requests));
    say("Trusts the certificates in:", settings.console.ca_file.iter().map(|path| shown(path)).collect());
    say("Writes its journal to:", settings.console.journal.iter().map(|path| shown(path)).collect());
    say("Names as runbooks, whose commands are looked at by themselves:", runbooks(settings));
    lines
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn runbooks(settings: &Settings) -> Vec<String> {
    settings.console.runbooks.iter().map(|path| shown(path)).collect()
}

/// A program, its arguments quoted as a shell would want them, and where it runs.
fn program(request: &IoRequest) -> Option<String> {
    let IoRequest::Command(command) = request else { return None };
    let place = command.cwd.as_ref().map(|cwd| format!("  in {}", cwd.display())).unwrap_or_default();
    let with = with(request.secrets());
    Some(format!("$ {}{with}{place}", shell_words::join(&command.argv)))
}

fn programs(signals: &[Signal]) -> Vec<String> {
    let of = |signal: &Signal| Some(format!("{}: {}", signal.id, program(signal.request()?)?));
    signals.iter().filter_map(of).collect()
}

fn tellers(secrets: &[SecretSource]) -> Vec<String> {
    let of = |source: &SecretSource| match source {
        SecretSource::Command(argv) => Some(format!("$ {}", shell_words::join(argv))),
        SecretSource::Env(_) | SecretSource::File(_) => None,
    };
    secrets.iter().filter_map(of).collect()
}

fn kept(secrets: &[SecretSource]) -> Vec<String> {
    let of = |source: &SecretSource| match source {
        SecretSource::Command(_) => None,
        SecretSource::Env(_) | SecretSource::File(_) => Some(source.to_string()),
    };
    secrets.iter().filter_map(of).collect()
}

/// `, with env TOKEN`, where a secret goes along.
fn with(secrets: Vec<&SecretSource>) -> String {
    let names: BTreeSet<String> = secrets.into_iter().map(ToString::to_string).collect();
    if names.is_empty() {
        return String::new();
    }
    format!(", with {}", names.into_iter().collect::<Vec<_>>().join(" and "))
}

/// Where updates are posted, by whom they are read, and with which secret.
fn posts(channels: &[Channel]) -> Vec<String> {
    let of = |channel: &Channel| {
        let at = match &channel.way {
            Way::Slack { base, .. }
            | Way::Statuspage { base, .. }
            | Way::PagerDuty { base, .. }
            | Way::PagerDutyEvents { base, .. }
            | Way::Resend { base, .. } => format!(" at {base}"),
            Way::SlackWebhook { .. } | Way::Clipboard => String::new(),
        };
        let with = with(channel.way.secrets().into_iter().filter_map(Value::secret).collect());
        format!("{}, read by {}: {}{at}{with}", channel.id, channel.audience.word(), channel.way.place())
    };
    channels.iter().map(of).collect()
}

fn migrations(settings: &Settings) -> Vec<String> {
    let argv = &settings.rollback.migrations;
    if argv.is_empty() { Vec::new() } else { vec![format!("$ {}", shell_words::join(argv))] }
}

/// What looks before a release is gone back to, and what goes back.
fn backwards(signals: &[Signal]) -> (Vec<String>, Vec<String>) {
    let (mut before, mut rollback) = (Vec::new(), Vec::new());
    for signal in signals {
        let line = |command| Some(format!("{}: {}", signal.id, program(&IoRequest::Command(command))?));
        let (looks, goes) = releases::backwards(signal);
        before.extend(looks.and_then(line));
        rollback.extend(goes.and_then(line));
    }
    (before, rollback)
}

/// Where the requests of runbooks go that name no host, and what goes along.
fn sent(requests: &Requests) -> Vec<String> {
    let Some(base) = &requests.base_url else { return Vec::new() };
    let headers = requests.headers.iter().map(|(name, value)| format!(", {name}: {value}"));
    vec![format!("{base}{}", headers.collect::<String>())]
}

/// Where a request goes.
fn far_side(request: &IoRequest) -> Option<String> {
    match request {
        IoRequest::Http(http) => {
            let after = http.url.find("://").map_or(0, |at| at + 3);
            let end = http.url[after..].find(['/', '?', '#']).map_or(http.url.len(), |at| after + at);
            Some(http.url[..end].to_owned())
        }
        IoRequest::Tcp(_) | IoRequest::Redis(_) | IoRequest::Postgres(_) | IoRequest::S3(_) => {
            request.preview().into_iter().next()
        }
        IoRequest::Command(_) => None,
    }
}

/// Each far side once, with the secrets that go there and the signals that are asked of it.
fn far_sides(signals: &[Signal]) -> Vec<String> {
    /// Names shown of many.
    const NAMES: usize = 6;
    let mut all: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    for signal in signals {
        let Some(request) = signal.request() else { continue };
        let Some(place) = far_side(request) else { continue };
        let mut secrets = request.secrets();
        let table = signal.options.as_deref().map(plain::values).unwrap_or_default();
        secrets.extend(table.into_iter().filter_map(Value::secret));
        all.entry((place, with(secrets))).or_default().push(signal.id.as_str());
    }
    all.into_iter()
        .map(|((place, with), names)| {
            let more = names.len().saturating_sub(NAMES);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let names: Vec<&str> = names.into_iter().take(NAMES).collect();
            format!("{place}{with}: {}{more}", names.join(" "))
        })
        .collect()
}

fn doors(signals: &[Signal]) -> Vec<String> {
    let mut all: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for signal in signals {
        if let Some(address) = listen::address(signal) {
            all.entry(address).or_default().push(signal.id.as_str());
        }
    }
    all.into_iter().map(|(address, names)| format!("{address}: {}", names.join(" "))).collect()
}

fn asked(all: &[Action]) -> Vec<String> {
    let mut lines = Vec::new();
    for action in all {
        let key = action.key.as_deref().unwrap_or("-");
        let about = format!("{key}  {}, {}", action.id, action.risk.word());
        let requests: Vec<String> = match &action.kind {
            ActionKind::Open(url) => vec![format!("shows {url}")],
            ActionKind::Shell(argv) => vec![format!("$ {}, in this terminal", shell_words::join(argv))],
            ActionKind::Once(_) | ActionKind::Toggle(_) => {
                let mut requests: Vec<&IoRequest> = Vec::new();
                for purpose in PURPOSES {
                    requests.extend(actions::request_for(action, purpose));
                }
                requests.into_iter().map(request).collect()
            }
        };
        lines.push(about);
        lines.extend(requests.into_iter().map(|line| format!("   {line}")));
    }
    lines
}

/// What an action may be asked for.
const PURPOSES: [crate::domain::action::Purpose; 4] = {
    use crate::domain::action::Purpose::{Do, Off, On, Read};
    [Do, Read, On, Off]
};

/// A request in a line.
fn request(request: &IoRequest) -> String {
    program(request).unwrap_or_else(|| {
        let first = request.preview().into_iter().next().unwrap_or_default();
        format!("{first}{}", with(request.secrets()))
    })
}
