//! What a server's figures mean.

use std::time::Duration;

use serde_json::json;

use super::info::Info;
use crate::domain::entry::Entry;
use crate::domain::io::{IoRequest, Reason};
use crate::domain::reading::Health;
use crate::domain::signal::Signal;
use crate::domain::time::short;
use crate::sources::reply::{Fault, Found};
use crate::sources::store;

/// More of `maxmemory` than this is degraded, where no key would be evicted to make room.
const FULL: f64 = 0.9;

pub(super) fn judge(info: &Info<'_>, signal: &Signal) -> Result<Found, Fault> {
    let (clients, clients_max) = (info.number("connected_clients")?, info.number("maxclients")?);
    let (memory, memory_max) = (info.number("used_memory")?, info.number("maxmemory")?);
    let clients_share = clients.zip(clients_max).and_then(|(part, whole)| store::share(part, whole));
    // No limit is no share.
    let memory_share = memory.zip(memory_max).and_then(|(part, whole)| store::share(part, whole));
    let (blocked, evicted) = (info.number("blocked_clients")?, info.number("evicted_keys")?);
    let (rejected, rate) = (info.number("rejected_connections")?, info.number("instantaneous_ops_per_sec")?);
    let (uptime, keys) = (info.number("uptime_in_seconds")?, info.keys()?);
    let role = info.text("role").map(|role| if role == "slave" { "replica" } else { role });

    let worries = worries(info, clients_share, memory_share);
    let loading = info.text("loading").is_some_and(|loading| loading != "0");
    let (health, reason, detail) = if loading {
        let done = info.text("loading_loaded_perc").map(|done| format!(", {done} %")).unwrap_or_default();
        (Health::Down, Some(Reason::Status), format!("loading its data{done}"))
    } else if worries.is_empty() {
        (Health::Ok, None, well(clients, memory, rate))
    } else {
        (Health::Degraded, None, worries.join(" · "))
    };

    let of = |part: Option<u64>, whole: Option<u64>, say: fn(u64) -> String| match (
        part,
        whole.filter(|whole| *whole > 0),
    ) {
        (Some(part), Some(whole)) => format!("{}/{}", say(part), say(whole)),
        (Some(part), None) => say(part),
        (None, _) => "-".to_owned(),
    };
    let plain = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let address = if let Some(IoRequest::Redis(request)) = signal.request() {
        store::address(&request.host, request.port)
    } else {
        signal.id.to_string()
    };
    let mut entry = Entry::new(signal.id.to_string(), health, role.unwrap_or("server"), &address);
    entry.cells = vec![
        ("CLIENTS", of(clients, clients_max, |number| number.to_string())),
        ("MEMORY", of(memory, memory_max, store::size)),
        ("OPS/S", plain(rate)),
        ("KEYS", plain(keys)),
    ];
    entry.facts.push(("says", detail.clone()));
    for (label, key) in [
        ("version", "redis_version"),
        ("mode", "redis_mode"),
        ("memory policy", "maxmemory_policy"),
        ("last save", "rdb_last_bgsave_status"),
        ("last write", "aof_last_write_status"),
        ("primary", "master_host"),
        ("link to it", "master_link_status"),
        ("replicas", "connected_slaves"),
    ] {
        entry.facts.extend(info.text(key).map(|text| (label, text.to_owned())));
    }
    entry.facts.extend(uptime.map(|uptime| ("up for", short(Duration::from_secs(uptime)))));
    for (label, number) in
        [("blocked clients", blocked), ("evicted keys", evicted), ("rejected connections", rejected)]
    {
        entry.facts.extend(number.map(|number| (label, number.to_string())));
    }
    Ok(Found {
        health,
        reason,
        detail,
        body: json!({
            "clients": clients,
            "clients_max": clients_max,
            "clients_share": clients_share.map(store::rounded),
            "memory_bytes": memory,
            "memory_max_bytes": memory_max,
            "memory_share": memory_share.map(store::rounded),
            "blocked": blocked,
            "evicted": evicted,
            "rejected": rejected,
            "ops_per_sec": rate,
            "role": role,
            "uptime_s": uptime,
            "keys": keys,
        }),
        entries: vec![entry],
    })
}

/// What is not as it should be, a few words each.
fn worries(info: &Info<'_>, clients: Option<f64>, memory: Option<f64>) -> Vec<String> {
    let mut worries = Vec::new();
    if let Some(share) = clients.filter(|share| *share > store::CROWDED) {
        worries.push(format!("{} of its clients' places taken", store::percent(share)));
    }
    // A cache that evicts any key is full by design.
    let makes_room = info.text("maxmemory_policy").is_some_and(|policy| policy.starts_with("allkeys-"));
    if let Some(share) = memory.filter(|share| *share > FULL && !makes_room) {
        worries.push(format!("{} of its memory used", store::percent(share)));
    }
    let failed = |key: &str| info.text(key).is_some_and(|status| status != "ok");
    if failed("rdb_last_bgsave_status") {
        worries.push("its last save failed".to_owned());
    }
    if failed("aof_last_write_status") {
        worries.push("its last write to disk failed".to_owned());
    }
    if info.text("master_link_status").is_some_and(|status| status != "up") {
        let since = info.text("master_link_down_since_seconds").and_then(|since| since.parse().ok());
        let since = since.map(|since| format!(" for {}", short(Duration::from_secs(since))));
        worries.push(format!("without its primary{}", since.unwrap_or_default()));
    }
    worries
}

fn well(clients: Option<u64>, memory: Option<u64>, rate: Option<u64>) -> String {
    let said: Vec<String> = [
        clients.map(|clients| format!("{clients} clients")),
        memory.map(store::size),
        rate.map(|rate| format!("{rate} ops/s")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if said.is_empty() { "answers".to_owned() } else { said.join(" · ") }
}
