//! What is asked, as text. None of it holds text from the far side; what stands in it from the configuration is
//! in quotes ([`super::quote`]). No text of a query is asked for: it holds customers' data.

use std::fmt::Write as _;

use super::lists::{Counted, Name, Wanted};
use super::quote::{As, quote};

/// What kind of server it is and how it stands; one row.
const SERVER: &str = "\
select current_setting('max_connections') as max_connections, \
 current_setting('superuser_reserved_connections') as reserved, \
 coalesce(current_setting('reserved_connections', true), '0') as reserved_too, \
 current_setting('server_version') as version, \
 extract(epoch from clock_timestamp()) as now, \
 extract(epoch from clock_timestamp() - pg_postmaster_start_time()) as uptime, \
 pg_has_role(current_user, 'pg_read_all_stats', 'usage') as sees_all, \
 (select coalesce(sum(deadlocks), 0) from pg_stat_database) as deadlocks, \
 pg_is_in_recovery() as standby, \
 case when pg_is_in_recovery() then exists (select 1 from pg_stat_wal_receiver) \
  and pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() end as caught_up, \
 case when pg_is_in_recovery() then \
  extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) end as behind";

/// Sessions by state; a row a state. Of a role's session that is hidden only the database is told.
const STATES: &str = "\
select coalesce(state, 'hidden') as state, count(*) as n from pg_stat_activity \
 where coalesce(backend_type, case when datid is not null then 'client backend' end) = 'client backend' \
 group by 1 order by 1";

/// What runs or stands open, longest first.
const SESSIONS: &str = "\
select pid, coalesce(datname, '') as database, coalesce(usename, '') as role, \
 coalesce(application_name, '') as application, state, concat_ws(' ', wait_event_type, wait_event) as wait, \
 extract(epoch from clock_timestamp() - \
  case when state like 'idle%' then xact_start else query_start end) as seconds \
 from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() \
 and (state like 'idle in transaction%' and xact_start is not null \
  or state in ('active', 'fastpath function call') and query_start is not null) \
 order by seconds desc limit 20";

/// Replicas, the one furthest behind first.
const REPLICAS: &str = "\
select pid, coalesce(application_name, '') as application, coalesce(host(client_addr), '') as address, \
 coalesce(state, 'hidden') as state, coalesce(sync_state, '') as sync, extract(epoch from replay_lag) as seconds \
 from pg_stat_replication where coalesce(state, '') <> 'backup' order by seconds desc nulls last limit 20";

/// The statements of the first request: always four, then one for tables and one for indexes where some are named.
pub(super) fn server(wanted: &Wanted) -> Vec<String> {
    let mut all: Vec<String> = [SERVER, STATES, SESSIONS, REPLICAS].map(str::to_owned).into();
    if !wanted.tables.is_empty() {
        let names: Vec<&Name> = wanted.tables.iter().map(|table| &table.name).collect();
        all.push(tables(&names));
    }
    if !wanted.indexes.is_empty() {
        all.push(indexes(&wanted.indexes.iter().collect::<Vec<_>>()));
    }
    all
}

/// A row a table: what it is, whether it may be read, whether rows of it may be hidden.
fn tables(names: &[&Name]) -> String {
    format!(
        "with {} select w.place, c.relkind as kind, \
         has_schema_privilege(c.relnamespace, 'usage') and has_any_column_privilege(c.oid, 'select') as readable, \
         case when c.relkind in ('r', 'p') then row_security_active(c.oid) else false end as hides \
         from wanted w left join pg_class c on {} and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1",
        wanted(names),
        MATCHES
    )
}

/// A row an index, or a table that stands for its indexes: what it is, and whether it is as it should be.
fn indexes(names: &[&Name]) -> String {
    format!(
        "with {} select w.place, c.relkind as kind, \
         case when c.relkind in ('i', 'I') \
          then (select i.indisvalid and i.indisready from pg_index i where i.indexrelid = c.oid) \
          else exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisvalid and i.indisready \
           and not i.indisprimary) end as sound \
         from wanted w left join pg_class c on {} and c.relkind in ('i', 'I', 'r', 'p', 'm') order by 1",
        wanted(names),
        MATCHES
    )
}

/// A name without a schema is the one that is found without one.
const MATCHES: &str = "c.relname = w.name and case when w.schema is null then pg_table_is_visible(c.oid) \
 else c.relnamespace = (select n.oid from pg_namespace n where n.nspname = w.schema) end";

fn wanted(names: &[&Name]) -> String {
    let mut rows = String::new();
    for (place, name) in names.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        let schema =
            name.schema.as_deref().map_or_else(|| "null".into(), |schema| quote(schema, As::Literal));
        // Writing to a string cannot fail.
        let _ =
            write!(rows, "{comma}({place}, {schema}::text, {}::text)", quote(&name.relation, As::Literal));
    }
    format!("wanted (place, schema, name) as (values {rows})")
}

/// The statements of the second request, one a table.
pub(super) fn counts(tables: &[&Counted]) -> Vec<String> {
    tables
        .iter()
        .map(|table| {
            let schema = table.name.schema.as_deref();
            let schema = schema.map(|schema| quote(schema, As::Identifier) + ".").unwrap_or_default();
            format!("select count(*) as n from {schema}{}", quote(&table.name.relation, As::Identifier))
        })
        .collect()
}
