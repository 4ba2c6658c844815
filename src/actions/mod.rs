//! ACTION KINDS, one file each: how a configured action becomes an exact request. Pure.
