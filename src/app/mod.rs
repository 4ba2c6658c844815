//! The core: messages in, facts and effects out. Pure.
