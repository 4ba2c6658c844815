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
