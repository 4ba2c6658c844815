//! Health checks: an HTTP endpoint, a TCP port or a command, with conditions over the reply.

mod plan;
mod read;

use super::Provider;
pub use plan::{FIELDS, host_port};

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "health",
    title: "Health checks",
    about: "Something that is asked again and again whether it is well: an HTTP endpoint (`url`), a TCP port \
            (`tcp`) or a program (`command`); exactly one of the three.",
    fields: FIELDS,
    many: true,
    scopes: &[],
    plan: plan::plan,
    next: |_, _, _| None,
    read: |signal, at, replies| read::read(signal, at, &replies[0]),
};

#[cfg(test)]
mod tests;
