//! The pages of the bookshop, for eyes and for probes that look at HTML.

use std::fmt::Write as _;
use std::time::Duration;

use super::deed::Flag;
use super::fault::{Fault, Target};
use super::scenario::{Scenario, State};
use crate::domain::time::short;

/// The shop, open.
pub fn shop() -> String {
    page(
        "Lanternfish",
        "<h1>Lanternfish</h1>\n<p>Books for people who read after midnight.</p>\n\
         <ul>\n<li>The Light at 03:10</li>\n<li>A Field Guide to Deep Water</li>\n\
         <li>Letters from a Night Watch</li>\n</ul>",
    )
}

/// The shop, closed on purpose.
pub fn maintenance() -> String {
    page(
        "Lanternfish: back soon",
        "<h1>Back soon</h1>\n<p>We are looking after the shop. Your basket is safe; nothing was charged \
         twice.</p>",
    )
}

/// The shop, closed by accident.
pub fn sorry() -> String {
    page("Lanternfish: sorry", "<h1>Something went wrong</h1>\n<p>This page could not be made.</p>")
}

/// What the operators look at: every part and what is wrong with it.
pub fn operations(scenario: &Scenario, elapsed: Duration, state: &State) -> String {
    let mut rows = String::new();
    for target in Target::ALL {
        let fault = state.fault(target);
        let said = if fault == Fault::default() { "as it should be".to_owned() } else { words(&fault) };
        // Writing to a String does not fail.
        let _ = writeln!(rows, "<tr><td>{}</td><td>{}</td></tr>", target.word(), escape(&said));
    }
    let shown = match state.page {
        Flag::On => "shown",
        Flag::Off => "not shown",
    };
    page(
        "Lanternfish operations",
        &format!(
            "<h1>Lanternfish operations</h1>\n<p>{} ({}), {} in. Maintenance flag {}, page {shown}.</p>\n\
             <table>\n{rows}</table>",
            escape(&scenario.title),
            escape(&scenario.name),
            short(elapsed),
            state.flag.word(),
        ),
    )
}

fn words(fault: &Fault) -> String {
    let mut words = Vec::new();
    if let Some(status) = fault.status {
        words.push(format!("status {status}"));
    }
    if let Some(rate) = fault.fail_rate {
        words.push(format!("{:.0} % fail", rate * 100.0));
    }
    if let Some(latency) = fault.latency {
        words.push(format!("takes {}", short(latency.0)));
    }
    words.extend(fault.provider.iter().map(|(who, how)| format!("{} {}", who.word(), how.word())));
    if let Some(queue) = fault.queue {
        words.push(format!("{queue} orders wait"));
    }
    if let Some(says) = &fault.says {
        words.push(format!("says {says}"));
    }
    if let Some(version) = &fault.version {
        words.push(format!("version {version}"));
    }
    if fault.hang == Some(true) {
        words.push("hangs".to_owned());
    }
    if fault.reset == Some(true) {
        words.push("breaks connections".to_owned());
    }
    if let Some(lie) = fault.lies {
        words.push(format!("lies: {}", lie.word()));
    }
    if let Some(connections) = fault.connections {
        words.push(format!("{connections} connections"));
    }
    if let Some(clients) = fault.clients {
        words.push(format!("{clients} clients"));
    }
    if let Some(critical) = fault.critical {
        words.push(format!("{critical} machines critical"));
    }
    words.extend(fault.errors.iter().map(|(key, rate)| format!("{key} {rate} a minute")));
    if let Some(release) = &fault.release {
        words.push(format!("release {release}"));
    }
    if let Some(title) = &fault.incident {
        words.push(format!("incident: {title}"));
    }
    if fault.stranded == Some(true) {
        words.push("keeps an event from before the receiver subscribed".to_owned());
    }
    if words.is_empty() { "told to differ".to_owned() } else { words.join(", ") }
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body>\n{body}\n</body>\n</html>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
