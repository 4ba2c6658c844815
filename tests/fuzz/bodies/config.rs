//! Configuration files: the user's and, after the byte 30, the project's.

use midwatch::config::{self, Layer};
use midwatch::domain::diagnostic::Severity;
use midwatch::sources;

use super::replies::SEPARATOR;
use super::{AT, shown};

/// There are settings just where nothing is wrong, and what is wrong has a place and harmless words.
pub fn holds(data: &[u8]) {
    let layers: Vec<Layer> = data
        .split(|byte| *byte == SEPARATOR)
        .take(2)
        .zip(["user.toml", "midwatch.toml"])
        .filter_map(|(bytes, name)| {
            let text = std::str::from_utf8(bytes).ok()?.to_owned();
            Some(Layer { name: name.into(), text, base: "/nowhere".into() })
        })
        .collect();
    let loaded = config::load(&layers, &[]);
    for layer in &layers {
        let of: Vec<_> = loaded.diagnostics.iter().filter(|one| one.file == layer.name).cloned().collect();
        shown::diagnostics(&of, &layer.text);
    }
    let wrong = loaded.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    assert_eq!(loaded.settings.is_none(), wrong, "{:?}", loaded.diagnostics);
    let Some(settings) = loaded.settings else { return };
    shown::lines(&config::show(&settings), "what `config show` prints");
    for signal in &settings.signals {
        if let Some(request) = sources::next(signal, AT, &[]) {
            request.preview();
        }
    }
}
