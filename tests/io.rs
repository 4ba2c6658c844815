//! The io floor against a loopback world that is slow, reset, huge, redirecting and lying. Nothing
//! here leaves the machine.

#[cfg(test)]
#[path = "io/cache.rs"]
mod cache;
#[cfg(test)]
#[path = "io/cluster.rs"]
mod cluster;
#[cfg(test)]
#[path = "io/servers.rs"]
mod servers;
#[cfg(test)]
#[path = "io/stores.rs"]
mod stores;

#[cfg(test)]
#[path = "io/commands.rs"]
mod commands;
#[cfg(test)]
#[path = "io/http.rs"]
mod http;
#[cfg(test)]
#[path = "io/postgres.rs"]
mod postgres;
#[cfg(test)]
#[path = "io/redis.rs"]
mod redis;
#[cfg(test)]
#[path = "io/s3.rs"]
mod s3;
#[cfg(test)]
#[path = "io/secrets.rs"]
mod secrets;
#[cfg(test)]
#[path = "io/tls.rs"]
mod tls;
