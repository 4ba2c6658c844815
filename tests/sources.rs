//! Every source against servers that refuse, lie, break off, hang and never end, through the program's own
//! io. Nothing here leaves the machine.

#[cfg(test)]
#[path = "sources/server.rs"]
mod server;
#[cfg(test)]
#[path = "sources/vendors.rs"]
mod vendors;

#[cfg(test)]
#[path = "sources/apart.rs"]
mod apart;
#[cfg(test)]
#[path = "sources/failing.rs"]
mod failing;
