//! Requests to data stores: Redis, PostgreSQL, S3-compatible storage. Each can only read.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Value;

/// `INFO`, all of its default sections, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedisRequest {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether TLS is spoken, always verified.
    #[serde(default)]
    pub tls: bool,
    /// The user of an access list; Redis's own default user when `None`.
    #[serde(default)]
    pub username: Option<String>,
    /// Its password. Without one nobody logs in.
    #[serde(default)]
    pub password: Option<Value>,
    /// From look-up to the last byte.
    pub timeout: Duration,
    /// How many bytes of the answer are kept at most.
    pub limit: usize,
}

/// Statements in one transaction that cannot write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostgresRequest {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The user.
    pub user: String,
    /// The user's password, where one is asked for.
    #[serde(default)]
    pub password: Option<Value>,
    /// Whether TLS is spoken.
    #[serde(default)]
    pub tls: PostgresTls,
    /// Run in order, each a single statement.
    pub statements: Vec<String>,
    /// From look-up to the last row.
    pub timeout: Duration,
    /// How many bytes of the answer are kept at most.
    pub limit: usize,
}

/// Whether a connection to PostgreSQL is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PostgresTls {
    /// Never.
    Off,
    /// Always, with the server's certificate and name verified: what `verify-full` is elsewhere.
    #[default]
    Require,
}

/// One page of `ListObjectsV2`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3Request {
    /// The service's absolute URL, `http` or `https`, without the bucket.
    pub endpoint: String,
    /// The bucket.
    pub bucket: String,
    /// The region that the signature is made for.
    pub region: String,
    /// Which keys are listed; all when `None`.
    #[serde(default)]
    pub prefix: Option<String>,
    /// Whether the bucket stands in the path rather than before the host.
    #[serde(default)]
    pub path_style: bool,
    /// The access key's id.
    pub access_key: Value,
    /// The secret that belongs to it.
    pub secret_key: Value,
    /// The token that goes with temporary keys.
    #[serde(default)]
    pub session_token: Option<Value>,
    /// Where the page before left off, as it said.
    #[serde(default)]
    pub continuation: Option<String>,
    /// From the start to the last byte.
    pub timeout: Duration,
    /// How many bytes of the answer are read at most.
    pub limit: usize,
}

impl RedisRequest {
    pub(super) fn preview(&self) -> Vec<String> {
        let scheme = if self.tls { " over TLS" } else { "" };
        let mut lines = vec![format!("redis INFO {}{scheme}", address(&self.host, self.port))];
        if let Some(name) = &self.username {
            lines.push(format!("user: {name}"));
        }
        lines.extend(self.password.as_ref().map(|password| by_name("password", password)));
        lines
    }
}

impl PostgresRequest {
    pub(super) fn preview(&self) -> Vec<String> {
        let address = address(&self.host, self.port);
        let tls = match self.tls {
            PostgresTls::Off => " without TLS",
            PostgresTls::Require => "",
        };
        let mut lines = vec![format!("postgres {}@{address}/{}{tls}", self.user, self.database)];
        lines.extend(self.password.as_ref().map(|password| by_name("password", password)));
        lines.extend(self.statements.iter().flat_map(|statement| statement.lines()).map(str::to_owned));
        lines
    }
}

impl S3Request {
    pub(super) fn preview(&self) -> Vec<String> {
        let endpoint = without_userinfo(&self.endpoint);
        let mut first = format!("s3 list {}/{}", endpoint.trim_end_matches('/'), self.bucket);
        if let Some(prefix) = &self.prefix {
            first.push_str(" prefix ");
            first.push_str(prefix);
        }
        if self.continuation.is_some() {
            first.push_str(", a later page");
        }
        let mut lines = vec![first, by_name("access key", &self.access_key)];
        lines.push(by_name("secret key", &self.secret_key));
        lines.extend(self.session_token.as_ref().map(|token| by_name("session token", token)));
        lines
    }
}

/// An address as it is written, an IPv6 one in brackets.
fn address(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// A URL without the password that somebody may have written into it.
fn without_userinfo(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}

/// A secret as it may be shown. One that stands in the configuration itself has no name to show.
fn by_name(what: &str, value: &Value) -> String {
    match value {
        Value::Plain(_) => format!("{what}: ‹as configured›"),
        Value::Secret { .. } | Value::Around { .. } => format!("{what}: {value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::io::{IoRequest, SecretSource};

    fn env(name: &str) -> Value {
        Value::Secret { prefix: String::new(), secret: SecretSource::Env(name.into()) }
    }

    #[test]
    fn a_preview_shows_secrets_by_name_only() {
        let second = Duration::from_secs(1);
        let redis = RedisRequest {
            host: "2001:db8::1".into(),
            port: 6379,
            tls: true,
            username: Some("watch".into()),
            password: Some(Value::Plain("hunter2-hunter2".into())),
            timeout: second,
            limit: 1,
        };
        let lines = IoRequest::Redis(Box::new(redis)).preview();
        assert_eq!(
            lines,
            ["redis INFO [2001:db8::1]:6379 over TLS", "user: watch", "password: ‹as configured›"]
        );
        let postgres = PostgresRequest {
            host: "db.example.com".into(),
            port: 5432,
            database: "shop".into(),
            user: "watch".into(),
            password: Some(env("PGPASSWORD")),
            tls: PostgresTls::Require,
            statements: vec!["select 1".into(), "select\n2".into()],
            timeout: second,
            limit: 1,
        };
        let lines = IoRequest::Postgres(Box::new(postgres)).preview();
        assert_eq!(
            lines,
            [
                "postgres watch@db.example.com:5432/shop",
                "password: ‹env PGPASSWORD›",
                "select 1",
                "select",
                "2"
            ]
        );
        let s3 = S3Request {
            endpoint: "https://ann:hunter2@s3.example.com/".into(),
            bucket: "backups".into(),
            region: "eu-1".into(),
            prefix: Some("db/".into()),
            path_style: true,
            access_key: env("KEY"),
            secret_key: env("SECRET"),
            session_token: None,
            continuation: None,
            timeout: second,
            limit: 1,
        };
        let lines = IoRequest::S3(Box::new(s3)).preview();
        assert_eq!(
            lines,
            [
                "s3 list https://s3.example.com/backups prefix db/",
                "access key: ‹env KEY›",
                "secret key: ‹env SECRET›"
            ]
        );
    }

    #[test]
    fn a_recorded_request_reads_back_and_needs_only_what_it_must() {
        let text = r#"{"redis":{"host":"h","port":1,"timeout":{"secs":1,"nanos":0},"limit":9}}"#;
        let request: IoRequest = serde_json::from_str(text).unwrap();
        assert_eq!(request.timeout(), Duration::from_secs(1));
        let again: IoRequest = serde_json::from_str(&serde_json::to_string(&request).unwrap()).unwrap();
        assert_eq!(request, again);
        let text = r#"{"postgres":{"host":"h","port":1,"database":"d","user":"u","statements":[],
            "timeout":{"secs":1,"nanos":0},"limit":9}}"#;
        let IoRequest::Postgres(request) = serde_json::from_str(text).unwrap() else {
            panic!("not postgres")
        };
        assert_eq!(request.tls, PostgresTls::Require);
    }
}
