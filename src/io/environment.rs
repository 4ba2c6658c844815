//! The environment of this process, for the check of the variables that runbooks need. What is read here goes no
//! further than the verdict on it.

use crate::domain::variable::Values;

/// What is set; `None` for a value that is no text.
pub fn held() -> Values {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok())))
        .collect()
}
