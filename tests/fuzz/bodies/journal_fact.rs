//! Facts as a journal holds them, one a line, whoever wrote it.

use midwatch::domain::fact::Logged;
use midwatch::domain::narrate;
use midwatch::state::Watch;

use super::AT;

/// What can be read is told, is written as it was read, and is replayed.
pub fn holds(data: &[u8]) {
    let mut watch = Watch::default();
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(logged) = serde_json::from_slice::<Logged>(line) else { continue };
        let written = serde_json::to_string(&logged).expect("a fact is JSON");
        let again: Logged = serde_json::from_str(&written).unwrap_or_else(|why| panic!("{why}: {written}"));
        assert_eq!(again, logged);
        narrate::tell(&logged.fact);
        watch.apply(&logged);
    }
    watch.owed();
    watch.armed(AT);
}
