//! The only floor that touches the network, processes and secrets. What leaves it is redacted and clean.
