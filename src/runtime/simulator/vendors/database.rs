//! The shop's database: how many connections it has, and the few questions it can answer. Prometheus,
//! Supabase and the database's own door all tell of this one.

use std::ops::Range;
use std::time::Duration;

use super::super::fault::Target;
use super::moment::Moment;

/// How many connections it takes.
pub const MOST_CONNECTIONS: u32 = 100;
/// How many it has on any night.
const USUAL: u32 = 23;

/// How many connections it has now.
pub fn connections(moment: &Moment<'_>) -> u32 {
    let told = moment.fault(Target::Database).connections.unwrap_or(USUAL);
    if told >= MOST_CONNECTIONS {
        return MOST_CONNECTIONS;
    }
    // They come and go, once a second.
    let wander = moment.chance(970, moment.elapsed.as_secs()) * 4.0;
    let wander = if wander < 1.0 {
        0
    } else if wander < 3.0 {
        1
    } else {
        2
    };
    told.saturating_add(wander).min(MOST_CONNECTIONS - 1)
}

/// Whether it takes no more.
pub fn is_full(moment: &Moment<'_>) -> bool {
    connections(moment) >= MOST_CONNECTIONS
}

/// When it took no more.
pub fn full_spans(moment: &Moment<'_>) -> Vec<Range<Duration>> {
    let course = moment.course(Target::Database);
    let full =
        |fault: &super::super::fault::Fault| fault.connections.is_some_and(|count| count >= MOST_CONNECTIONS);
    course.into_iter().filter(|(fault, _)| full(fault)).flat_map(|(_, spans)| spans).collect()
}

/// Names of columns, and rows of texts.
pub type Rows = (Vec<String>, Vec<Vec<String>>);

/// Answers one of the questions a watch asks; in words what is wrong with any other.
pub fn rows(moment: &Moment<'_>, sql: &str) -> Result<Rows, String> {
    let sql = sql.to_lowercase();
    let sold = 20_711 + moment.elapsed.as_secs() / 6;
    let one = |name: &str, value: String| Ok((vec![name.to_owned()], vec![vec![value]]));
    if let Some(found) = catalog(moment, &sql) {
        return Ok(found);
    }
    if sql.contains("pg_stat_activity") {
        return one("connections", connections(moment).to_string());
    }
    if sql.contains("max_connections") {
        return one("max_connections", MOST_CONNECTIONS.to_string());
    }
    if sql.contains("orders_by_state") {
        let waiting = moment.fault(Target::Checkout).queue.unwrap_or(3);
        let rows = [("paid", sold.to_string()), ("waiting", waiting.to_string())];
        let rows = rows.map(|(state, number)| vec![state.to_owned(), number]).to_vec();
        return Ok((vec!["state".to_owned(), "n".to_owned()], rows));
    }
    if sql.contains("waiting_orders") {
        return one("waiting_orders", moment.fault(Target::Checkout).queue.unwrap_or(3).to_string());
    }
    if sql.contains("undelivered_events") {
        return one(
            "undelivered_events",
            super::stripe::ledger::events(moment).iter().filter(|event| !event.delivered).count().to_string(),
        );
    }
    if sql.contains("version()") {
        return one("version", "PostgreSQL 15.8 on x86_64-pc-linux-gnu".to_owned());
    }
    if sql.contains("from orders") {
        return one("count", sold.to_string());
    }
    if sql.contains("select 1") {
        return one("?column?", "1".to_owned());
    }
    Err("42P01: relation does not exist".to_owned())
}

/// Stands where a cell holds nothing.
pub const NOTHING: &str = "\u{0}";

/// What a watch asks of the server's own tables: how it stands, its sessions, its replicas.
fn catalog(moment: &Moment<'_>, sql: &str) -> Option<Rows> {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let texts = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<String>>();
    let busy = connections(moment);
    // What leaks is a transaction that nobody ends.
    let leaked = busy.saturating_sub(USUAL + 5);
    if sql.contains("pg_is_in_recovery") {
        let now = moment.now().millis();
        let now = format!("{}.{:03}", now / 1000, now % 1000);
        let columns = [
            "max_connections",
            "reserved",
            "reserved_too",
            "version",
            "now",
            "uptime",
            "sees_all",
            "deadlocks",
            "standby",
            "caught_up",
            "behind",
        ];
        let most = MOST_CONNECTIONS.to_string();
        let cells =
            [most.as_str(), "3", "0", "15.8", now.as_str(), "864000.5", "t", "0", "f", NOTHING, NOTHING];
        return Some((names(&columns), vec![texts(&cells)]));
    }
    if sql.contains("pg_stat_activity") && sql.contains("group by") {
        let idle = busy.saturating_sub(leaked + 2).to_string();
        let mut rows = vec![texts(&["active", "2"]), texts(&["idle", &idle])];
        if leaked > 0 {
            rows.push(texts(&["idle in transaction", &leaked.to_string()]));
        }
        return Some((names(&["state", "n"]), rows));
    }
    if sql.contains("pg_stat_activity") && sql.contains("wait_event") {
        let columns = ["pid", "database", "role", "application", "state", "wait", "seconds"];
        let held = moment.elapsed.as_secs().saturating_sub(10);
        let rows = (0..leaked.min(5)).map(|nth| {
            let (pid, seconds) = (7_310 + nth, held.saturating_sub(u64::from(nth) * 3));
            texts(&[
                &pid.to_string(),
                "lanternfish",
                "shop",
                "lanternfish-api",
                "idle in transaction",
                "Client ClientRead",
                &seconds.to_string(),
            ])
        });
        return Some((names(&columns), rows.collect()));
    }
    if sql.contains("pg_stat_replication") {
        return Some((names(&["pid", "application", "address", "state", "sync", "seconds"]), Vec::new()));
    }
    if sql.starts_with("with wanted") {
        // Every table that is asked for is there, and may be read.
        let asked = sql.matches("::text)").count();
        let sound = sql.contains("as sound");
        let columns = if sound {
            names(&["place", "kind", "sound"])
        } else {
            names(&["place", "kind", "readable", "hides"])
        };
        let row = |place: usize| {
            let place = place.to_string();
            if sound { texts(&[&place, "i", "t"]) } else { texts(&[&place, "r", "t", "f"]) }
        };
        return Some((columns, (0..asked).map(row).collect()));
    }
    if sql.starts_with("select count(*) as n from \"orders\"") {
        let sold = 20_711 + moment.elapsed.as_secs() / 6;
        return Some((names(&["n"]), vec![vec![sold.to_string()]]));
    }
    None
}
