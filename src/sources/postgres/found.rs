//! What the figures mean.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::answer::{self, Found as Table, Index, Replica, Server, Session};
use super::is_down;
use super::lists::{Counted, Wanted};
use crate::domain::entry::Entry;
use crate::domain::io::{IoReply, IoRequest, Reason};
use crate::domain::reading::Health;
use crate::domain::signal::Signal;
use crate::domain::time::{Timestamp, short};
use crate::sources::reply::{self, Fault, Found};
use crate::sources::store;

/// More of the connections than this is down: the next one may be refused.
const FULL: f64 = 0.95;

/// Rows by table, and why some were not counted.
type Rows = (BTreeMap<String, u64>, Option<Fault>);

/// What is not as it should be, and what could not be seen.
#[derive(Default)]
struct Said {
    worries: Vec<String>,
    unseen: Vec<(Reason, String)>,
    entries: Vec<Entry>,
}

pub(super) fn found(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Result<Found, Fault> {
    let wanted = Wanted::of(signal);
    let server = Server::read(&reply::data(&replies[0])?.text, &wanted, at)?;
    let (rows, uncounted) = rows(&server, &wanted, replies.get(1))?;
    let span =
        |name, default| signal.options.as_deref().and_then(|table| table.duration(name)).unwrap_or(default);
    let longest = span("longest", Duration::from_secs(300));
    let mut said = Said::default();

    let connections: u64 = server.states.values().fold(0, |sum, count| sum.saturating_add(*count));
    let taken = store::share(connections, server.connections_max);
    let full = taken.is_some_and(|taken| taken > FULL);
    if let Some(taken) = taken.filter(|taken| *taken > store::CROWDED) {
        said.worries.push(format!("{} of its connections taken", store::percent(taken)));
    }
    let hidden = if server.sees_all { 0 } else { hidden(&server) };
    if hidden > 0 {
        let detail = format!("{hidden} sessions of other roles are hidden: grant pg_monitor");
        said.unseen.push((Reason::Auth, detail));
    }
    for session in &server.sessions {
        said.session(session, longest, at);
    }
    let lag = said.lag(&server, span("lag", Duration::from_secs(30)));
    for (index, table) in wanted.tables.iter().enumerate() {
        let state = server.tables.get(index).copied().unwrap_or(Table::Missing);
        said.table(table, state, &rows);
    }
    if let Some(fault) = uncounted {
        said.unseen.push((fault.reason, format!("tables not counted: {}", fault.detail)));
    }
    let mut missing = Vec::new();
    for (name, index) in wanted.indexes.iter().zip(&server.indexes) {
        if said.lacks(&name.given, *index) {
            missing.push(name.given.clone());
        }
    }

    let longest_of = |open: bool| {
        let seconds = server.sessions.iter().filter(|session| session.is_open() == open);
        seconds.map(|session| session.seconds).fold(0.0, f64::max)
    };
    // What is known to be bad is said before what is not known.
    let (health, reason) = if full {
        (Health::Down, Some(Reason::Limit))
    } else if !said.worries.is_empty() {
        (Health::Degraded, None)
    } else if let Some((reason, _)) = said.unseen.first() {
        (Health::Blind, Some(*reason))
    } else {
        (Health::Ok, None)
    };
    let told = format!("{connections}/{} connections", server.connections_max);
    let mut words = said.worries.clone();
    words.extend(said.unseen.iter().map(|(_, why)| why.clone()));
    let detail = if words.is_empty() {
        let longest = longest_of(false);
        let runs =
            if longest > 0.0 { format!(" · longest {}", short(time(longest))) } else { String::new() };
        let tables = match rows.len() {
            0 => String::new(),
            1 => " · 1 table".to_owned(),
            many => format!(" · {many} tables"),
        };
        format!("{told}{runs}{tables}")
    } else {
        words.join(" · ")
    };
    let short_of = wanted.tables.iter().enumerate().filter(|(index, table)| {
        let missing = server.tables.get(*index) == Some(&Table::Missing);
        missing || rows.get(&table.name.given).is_some_and(|rows| *rows < table.at_least)
    });
    let short_of: Vec<&str> = short_of.map(|(_, table)| table.name.given.as_str()).collect();
    let mut entries = vec![whole(signal, &server, health, told, &words)];
    said.entries.sort_by_key(|entry| entry.health == Health::Ok);
    entries.extend(said.entries);
    Ok(Found {
        health,
        reason,
        detail,
        body: json!({
            "connections": connections,
            "connections_max": server.connections_max,
            "connections_share": taken.map(store::rounded),
            "active": server.states.get("active").copied().unwrap_or(0),
            "idle_in_transaction": idle(&server),
            "longest_s": (hidden == 0).then(|| store::rounded(longest_of(false))),
            "open_s": (hidden == 0).then(|| store::rounded(longest_of(true))),
            "lag_s": lag.map(store::rounded),
            "deadlocks": server.deadlocks,
            "standby": server.standby,
            "tables": rows,
            "tables_short": short_of,
            "indexes_missing": missing,
            "hidden": hidden,
        }),
        entries,
    })
}

/// The rows of each table that was counted, by the name it was given, and why the others were not. A server that is
/// gone by now is a fault of all.
fn rows(server: &Server, wanted: &Wanted, reply: Option<&IoReply>) -> Result<Rows, Fault> {
    let countable = server.countable(wanted);
    if countable.is_empty() {
        return Ok((BTreeMap::new(), None));
    }
    let late = || Fault::new(Reason::Timeout, "no time was left");
    let counted = reply
        .ok_or_else(late)
        .and_then(reply::data)
        .and_then(|reply| answer::counts(&reply.text, countable.len()));
    match counted {
        Ok(counts) => {
            let names = countable.iter().map(|table| table.name.given.clone());
            Ok((names.zip(counts).collect(), None))
        }
        // It answered a moment ago: a count that takes too long is no outage.
        Err(fault) if is_down(&fault) && fault.reason != Reason::Timeout => Err(fault),
        Err(fault) => Ok((BTreeMap::new(), Some(fault))),
    }
}

/// Sessions and replicas that this role may not look at.
fn hidden(server: &Server) -> u64 {
    let replicas = server.replicas.iter().filter(|replica| replica.state == "hidden").count();
    server.states.get("hidden").copied().unwrap_or(0).saturating_add(replicas as u64)
}

fn idle(server: &Server) -> u64 {
    let idle = server.states.iter().filter(|(state, _)| state.starts_with("idle in transaction"));
    idle.map(|(_, count)| *count).sum()
}

fn time(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default()
}

fn cells(kind: &str, now: String, limit: String) -> Vec<(&'static str, String)> {
    vec![("KIND", kind.to_owned()), ("NOW", now), ("LIMIT", limit)]
}

/// The server itself.
fn whole(signal: &Signal, server: &Server, health: Health, told: String, words: &[String]) -> Entry {
    let address = if let Some(IoRequest::Postgres(request)) = signal.request() {
        format!("{}/{}", store::address(&request.host, request.port), request.database)
    } else {
        signal.id.to_string()
    };
    let role = if server.standby { "standby" } else { "primary" };
    let mut entry = Entry::new("server", health, role, address);
    entry.cells = cells("server", told, format!("{:.0} %", store::CROWDED * 100.0));
    entry.facts = vec![
        ("version", server.version.clone()),
        ("up for", short(time(server.uptime))),
        ("deadlocks", server.deadlocks.to_string()),
    ];
    entry.facts.extend(words.iter().map(|words| ("says", words.clone())));
    entry.body = server.states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    entry
}

impl Said {
    /// A session that runs or stands open: named where it is past a tenth of what it may, a worry where it is past
    /// that.
    fn session(&mut self, session: &Session, longest: Duration, at: Timestamp) {
        let took = time(session.seconds);
        let over = took > longest;
        if took < longest / 10 {
            return;
        }
        let (kind, what) =
            if session.is_open() { ("transaction", "transaction open") } else { ("query", "query runs") };
        if over {
            self.worries.push(format!("pid {}: {what} for {}", session.pid, short(took)));
        }
        let who = if session.application.is_empty() { &session.role } else { &session.application };
        let health = if over { Health::Degraded } else { Health::Ok };
        let title = format!("pid {} · {who} · {}", session.pid, session.database);
        let mut entry = Entry::new(format!("pid-{}", session.pid), health, &session.state, title);
        entry.began = Some(at.minus(took));
        entry.cells = cells(kind, short(took), short(longest));
        for (label, text) in [
            ("application", &session.application),
            ("role", &session.role),
            ("database", &session.database),
            ("waits for", &session.wait),
        ] {
            entry.facts.push((label, if text.is_empty() { "-".to_owned() } else { text.clone() }));
        }
        self.entries.push(entry);
    }

    /// How far replicas, or this one, are behind: the most, in seconds.
    fn lag(&mut self, server: &Server, bound: Duration) -> Option<f64> {
        let mut most: Option<f64> = None;
        for replica in server.replicas.iter().filter(|replica| replica.state != "hidden") {
            let seconds = replica.seconds.unwrap_or(0.0);
            most = Some(most.unwrap_or(0.0).max(seconds));
            self.replica(replica, time(seconds), bound);
        }
        if server.standby {
            let behind =
                if server.caught_up { Some(0.0) } else { server.behind.map(|behind| behind.max(0.0)) };
            match behind {
                Some(seconds) if time(seconds) > bound => {
                    self.worries.push(format!("{} behind its primary", short(time(seconds))));
                }
                Some(_) => {}
                None => self.unseen.push((Reason::Body, "how far it is behind cannot be told".into())),
            }
            if let Some(seconds) = behind {
                most = Some(most.unwrap_or(0.0).max(seconds));
            }
        }
        most
    }

    fn replica(&mut self, replica: &Replica, lag: Duration, bound: Duration) {
        let name = if replica.application.is_empty() { &replica.address } else { &replica.application };
        let over = lag > bound;
        if over {
            self.worries.push(format!("replica {name} is {} behind", short(lag)));
        }
        let health = if over { Health::Degraded } else { Health::Ok };
        let mut entry = Entry::new(format!("replica-{}", replica.pid), health, &replica.state, name);
        entry.cells = cells("replica", short(lag), short(bound));
        entry.facts = vec![("address", replica.address.clone()), ("synchronous", replica.sync.clone())];
        self.entries.push(entry);
    }

    /// Whether an index is not as it should be.
    fn lacks(&mut self, given: &str, index: Index) -> bool {
        let why = match index {
            Index::Sound => return false,
            Index::Missing => format!("index {given} is missing"),
            Index::None => format!("{given} has no index besides its primary key's"),
            Index::Invalid => format!("index {given} is invalid"),
        };
        let mut entry = Entry::new(format!("index-{given}"), Health::Degraded, "missing", &why);
        entry.cells = cells("index", String::new(), String::new());
        self.entries.push(entry);
        self.worries.push(why);
        true
    }

    fn table(&mut self, table: &Counted, state: Table, rows: &BTreeMap<String, u64>) {
        let given = &table.name.given;
        let counted = rows.get(given).copied();
        let (health, word) = match (state, counted) {
            (Table::Missing, _) => {
                self.worries.push(format!("table {given} is missing"));
                (Health::Degraded, "missing")
            }
            (Table::Closed, _) => {
                self.unseen.push((Reason::Auth, format!("{given} may not be read: grant select on it")));
                (Health::Blind, "closed")
            }
            (Table::Filtered, _) => {
                let why = format!("row security may hide rows of {given}: it is not counted");
                self.unseen.push((Reason::Auth, why));
                (Health::Blind, "filtered")
            }
            (Table::Countable, Some(rows)) if rows < table.at_least => {
                self.worries.push(format!("{given} has {rows} rows, fewer than {}", table.at_least));
                (Health::Degraded, "short")
            }
            (Table::Countable, Some(_)) => (Health::Ok, "counted"),
            (Table::Countable, None) => (Health::Blind, "not counted"),
        };
        let mut entry = Entry::new(format!("table-{given}"), health, word, given);
        let now = counted.map_or_else(|| "-".to_owned(), |rows| format!("{rows} rows"));
        entry.cells = cells("table", now, table.at_least.to_string());
        self.entries.push(entry);
    }
}
