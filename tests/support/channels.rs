//! Channels of a team, one of each kind, for whoever posts something.

/// The tables of these channels, in this order.
pub fn channels(names: &[&str]) -> String {
    let all = include_str!("channels.toml");
    let table = |name: &&str| {
        let begins = format!("\nname = \"{name}\"\n");
        let table = all.split("[[channel]]").find(|table| table.starts_with(&begins));
        format!("[[channel]]{}", table.expect("a channel of channels.toml"))
    };
    names.iter().map(table).collect()
}
