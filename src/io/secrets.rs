//! Secrets by name: resolved once, kept for the process, and known to the redactor from then on.
//! The only place that turns a [`SecretSource`] into text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::domain::io::{SecretSource, Value};

use super::redact::Redactor;
use super::{command, files};

/// How large a secret may be.
const LIMIT: usize = 64 << 10;
/// How long a program may take to tell a secret.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a program that failed is not asked again: five hundred probes must not start it five
/// hundred times.
const REST: Duration = Duration::from_secs(10);

/// What was resolved so far.
#[derive(Default)]
pub(super) struct Secrets {
    entries: Mutex<HashMap<SecretSource, Arc<Entry>>>,
    /// Every text that was ever resolved: a secret that was changed is still a secret.
    known: Mutex<Vec<SecretString>>,
    redactor: RwLock<Arc<Redactor>>,
}

#[derive(Default)]
struct Entry {
    text: OnceLock<SecretString>,
    /// Held while the source is asked, so that it is asked once; the last failure.
    asking: tokio::sync::Mutex<Option<(Instant, String)>>,
}

/// A value as it is sent.
pub(super) struct Sending<'a> {
    /// Its text.
    pub(super) text: Cow<'a, str>,
    /// Whether a secret is in it.
    pub(super) secret: bool,
}

impl Secrets {
    /// Takes out of a text what is known to be secret.
    pub(super) fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.redactor.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// [`Self::redactor`], for one request that has more to hide: what only it knows, such as a
    /// signature, or what the configuration holds in plain text.
    pub(super) fn redactor_for(&self, own: &[&str]) -> Redactor {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Redactor::new(known.iter().map(ExposeSecret::expose_secret).chain(own.iter().copied()))
    }

    /// Forgets the texts, not what is redacted.
    pub(super) fn forget(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Makes sure that `source` is known; why not, in words.
    pub(super) async fn resolve(&self, source: &SecretSource) -> Result<(), String> {
        self.entry(source).await.map(drop)
    }

    /// `value` as it is sent; where its secret is missing, why, in words.
    pub(super) async fn text<'a>(&self, value: &'a Value) -> Result<Sending<'a>, String> {
        let (before, secret, after) = match value {
            Value::Plain(text) => return Ok(Sending { text: Cow::Borrowed(text), secret: false }),
            Value::Secret { prefix, secret } => (prefix, secret, ""),
            Value::Around { before, secret, after } => (before, secret, after.as_str()),
        };
        let entry = self.entry(secret).await?;
        let text = entry.text.get().map_or("", |text| text.expose_secret());
        Ok(Sending { text: Cow::Owned(format!("{before}{text}{after}")), secret: true })
    }

    /// The entry of `source`, resolved.
    async fn entry(&self, source: &SecretSource) -> Result<Arc<Entry>, String> {
        let entry = {
            let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            match entries.get(source) {
                Some(entry) => Arc::clone(entry),
                None => Arc::clone(entries.entry(source.clone()).or_default()),
            }
        };
        if entry.text.get().is_some() {
            return Ok(entry);
        }
        let mut failed = entry.asking.lock().await;
        if entry.text.get().is_some() {
            drop(failed);
            return Ok(entry);
        }
        if let Some((at, why)) = &*failed
            && at.elapsed() < REST
            && matches!(source, SecretSource::Command(_))
        {
            return Err(why.clone());
        }
        match ask(source).await.and_then(trimmed) {
            Ok(text) => {
                self.learn(&text);
                // Nobody else can have set it: the lock is held.
                drop(entry.text.set(SecretString::from(text)));
                drop(failed);
                Ok(entry)
            }
            Err(why) => {
                let why = format!("secret {source}: {why}");
                *failed = Some((Instant::now(), why.clone()));
                Err(why)
            }
        }
    }

    fn learn(&self, text: &str) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.iter().any(|secret| secret.expose_secret() == text) {
            return;
        }
        known.push(SecretString::from(text.to_owned()));
        let redactor = Redactor::new(known.iter().map(ExposeSecret::expose_secret));
        *self.redactor.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(redactor);
    }
}

fn trimmed(bytes: Vec<u8>) -> Result<String, String> {
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
    match text.trim() {
        "" => Err("is empty".to_owned()),
        text => Ok(text.to_owned()),
    }
}

async fn ask(source: &SecretSource) -> Result<Vec<u8>, String> {
    match source {
        SecretSource::Env(name) => match std::env::var(name) {
            Ok(text) => Ok(text.into_bytes()),
            Err(std::env::VarError::NotPresent) => Err("the variable is not set".to_owned()),
            Err(std::env::VarError::NotUnicode(_)) => Err("is not UTF-8 text".to_owned()),
        },
        SecretSource::File(path) => read(path),
        SecretSource::Command(argv) => command::tell(argv, PATIENCE, LIMIT).await,
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    files::read_private(path, LIMIT).map_err(|error| match error {
        files::FileError::Exposed { .. } => format!("{error}; chmod 600 {}", path.display()),
        other => other.to_string(),
    })
}
