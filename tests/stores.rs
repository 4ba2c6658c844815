//! Data stores as sources, against real servers that the tests start: from the configuration's text through the rim
//! to a reading. A server whose program is not installed is skipped; under `CI=true` it has to be there.

#[cfg(test)]
#[path = "io/cache.rs"]
mod cache;
#[cfg(test)]
#[expect(dead_code, reason = "what the rim's tests ask of the world as well")]
#[path = "io/cluster.rs"]
mod cluster;
#[cfg(test)]
#[expect(dead_code, reason = "what the rim's tests ask of the world as well")]
#[path = "io/servers.rs"]
mod servers;
#[cfg(test)]
#[expect(dead_code, reason = "what the rim's tests ask of the world as well")]
#[path = "io/stores.rs"]
mod stores;

#[cfg(test)]
#[path = "stores/buckets.rs"]
mod buckets;
#[cfg(test)]
#[path = "stores/polled.rs"]
mod polled;
#[cfg(test)]
#[path = "stores/postgres.rs"]
mod postgres;
#[cfg(test)]
#[path = "stores/redis.rs"]
mod redis;
