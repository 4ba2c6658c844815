//! Whether a request carries the credentials its operation needs. A secret is only known by its header's
//! name and what stands before it.

use midwatch::domain::io::Value as Text;
use serde_json::Value;

/// What lets a caller in: one of several sets, all of a set together. No set at all: nothing is needed.
pub type Security = Vec<Vec<Scheme>>;

/// One credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// The `Authorization` header, with the word before the secret.
    Authorization(String),
    /// A header of its own.
    Header(String),
}

/// The security of an operation, which is its own or else the document's.
pub fn read_security(document: &Value, operation: &Value) -> Result<Security, String> {
    let sets = operation["security"].as_array().or_else(|| document["security"].as_array());
    sets.into_iter()
        .flatten()
        .map(|set| {
            let names = set.as_object().ok_or("a security requirement is not a map")?.keys();
            names
                .map(|name| read_scheme(&document["components"]["securitySchemes"][name], name))
                .collect::<Result<Vec<_>, _>>()
        })
        .collect()
}

fn read_scheme(scheme: &Value, name: &str) -> Result<Scheme, String> {
    let word = scheme["scheme"].as_str().unwrap_or_default();
    match (scheme["type"].as_str(), scheme["in"].as_str(), scheme["name"].as_str()) {
        (Some("http"), ..) if !word.is_empty() => Ok(Scheme::Authorization(word.to_owned())),
        (Some("oauth2" | "openIdConnect"), ..) => Ok(Scheme::Authorization("bearer".to_owned())),
        (Some("apiKey"), Some("header"), Some(header)) => Ok(Scheme::Header(header.to_owned())),
        _ => Err(format!("the security scheme {name} is not understood")),
    }
}

/// What is missing, in words.
pub fn check(security: &Security, headers: &[(String, Text)]) -> Option<String> {
    if security.is_empty() || security.iter().any(|set| set.iter().all(|scheme| has(scheme, headers))) {
        return None;
    }
    let ways: Vec<String> =
        security.iter().map(|set| set.iter().map(Scheme::words).collect::<Vec<_>>().join(" and ")).collect();
    Some(format!("the request lacks {}", ways.join(", or ")))
}

fn has(scheme: &Scheme, headers: &[(String, Text)]) -> bool {
    let (header, word) = match scheme {
        Scheme::Authorization(word) => ("authorization", Some(word)),
        Scheme::Header(name) => (name.as_str(), None),
    };
    headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(header)).any(|(_, value)| {
        let known = match value {
            Text::Plain(text) => text,
            // Without a prefix the secret itself may begin with the word.
            Text::Secret { prefix, .. } if prefix.is_empty() => return true,
            Text::Secret { prefix, .. } => prefix,
            Text::Around { before, .. } => before,
        };
        let first = known.split(' ').next().unwrap_or_default();
        word.map_or(!known.is_empty(), |word| first.eq_ignore_ascii_case(word) && known.contains(' '))
    })
}

impl Scheme {
    fn words(&self) -> String {
        match self {
            Scheme::Authorization(word) => format!("the header Authorization: {word} …"),
            Scheme::Header(name) => format!("the header {name}"),
        }
    }
}
