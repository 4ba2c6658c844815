//! What a PostgreSQL server answers to statements that only read: one connection, one transaction.
//!
//! Four things keep it from writing. A statement is one command, and begins with a word of a command
//! that reads, so that none can end the transaction or change the session. The transaction is read
//! only, and has asked something before the first statement, after which the server lets nobody change
//! that. Settings are `local` to the transaction: behind a pooler the session is somebody else's next.
//! And it is never committed. What a function does outside the tables (`pg_terminate_backend`) is the
//! server's to allow: give Midwatch a role that may not.
//!
//! What bounds memory: [`super::stream::Bounded`] the bytes off the wire, and rows are taken one at a
//! time until their text is as long as the limit.

use std::fmt::Write as _;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage, SimpleQueryRow};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::domain::io::{DataReply, IoFailure, PostgresRequest, PostgresTls, Reason};

use super::redact::Redactor;
use super::stream::{self, Bounded};
use super::{Rim, failure, tcp};

const PROTOCOL: &str = "PostgreSQL";
/// What a server begins with: its answer to a wish for TLS, a challenge, an error, another version.
const OPENINGS: &[u8] = b"SNREv";
/// The commands that read.
const READING: [&str; 6] = ["select", "with", "values", "table", "show", "explain"];
/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_millis(250);

/// Runs the statements.
pub(super) async fn read(rim: &Rim, request: &PostgresRequest) -> Result<DataReply, IoFailure> {
    check(request).map_err(|why| failure::not_sent(Reason::Connect, why))?;
    let password = match &request.password {
        Some(value) => Some(rim.secrets.text(value).await.map_err(failure::no_secret)?.text),
        None => None,
    };
    let redactor = rim.secrets.redactor_for(password.as_deref().as_slice());
    let mut config = Config::new();
    config.user(&request.user).dbname(&request.database).application_name("midwatch");
    if let Some(password) = &password {
        config.password(password.as_bytes());
    }
    let answer = async {
        match request.tls {
            PostgresTls::Off => {
                config.ssl_mode(SslMode::Disable);
                let started = Instant::now();
                let stream = connect(request).await?;
                session(stream, NoTls, &config, request, &redactor, started).await
            }
            PostgresTls::Require => {
                config.ssl_mode(SslMode::Require);
                let unusable = |why: String| failure::not_sent(Reason::Tls, why);
                let mut connector = rim.clients.trust().connector().map_err(unusable)?;
                let started = Instant::now();
                let stream = connect(request).await?;
                let Ok(tls) = <MakeRustlsConnect as MakeTlsConnect<Bounded<TcpStream>>>::make_tls_connect(
                    &mut connector,
                    tcp::bare(&request.host),
                );
                session(stream, tls, &config, request, &redactor, started).await
            }
        }
    };
    let failed =
        |failure: IoFailure| IoFailure { detail: redactor.text(&failure.detail).into_owned(), ..failure };
    answer.await.map_err(failed)
}

async fn connect(request: &PostgresRequest) -> Result<Bounded<TcpStream>, IoFailure> {
    let stream = tcp::open(&request.host, request.port).await?;
    Ok(Bounded::new(stream, request.limit, OPENINGS))
}

/// Refuses what could write, and what cannot be sent.
fn check(request: &PostgresRequest) -> Result<(), String> {
    let texts = [&request.user, &request.database].into_iter().chain(&request.statements);
    if texts.into_iter().any(|text| text.contains('\0')) {
        return Err("a zero byte cannot be sent to PostgreSQL".to_owned());
    }
    request.statements.iter().try_for_each(|statement| reads(statement))
}

/// Whether `statement` is one command, of a kind that reads.
fn reads(statement: &str) -> Result<(), String> {
    let statement = bare(statement);
    if statement.contains(';') {
        return Err("a statement holds no semicolon: give each command a statement of its own".to_owned());
    }
    let end = statement.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(statement.len());
    let word = statement[..end].to_ascii_lowercase();
    if READING.contains(&word.as_str()) {
        Ok(())
    } else {
        Err(format!("a statement begins with one of {}: it may only read", READING.join(", ")))
    }
}

fn bare(statement: &str) -> &str {
    let statement = statement.trim();
    statement.strip_suffix(';').unwrap_or(statement).trim_end()
}

async fn session<S, T>(
    stream: S,
    tls: T,
    config: &Config,
    request: &PostgresRequest,
    redactor: &Redactor,
    started: Instant,
) -> Result<DataReply, IoFailure>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: TlsConnect<S>,
{
    let (client, connection) = config.connect_raw(stream, tls).await.map_err(|error| told(&error))?;
    let mut connection = Some(Box::pin(connection));
    let (answer, ended) = {
        let mut work = std::pin::pin!(run(&client, request, redactor, started));
        // Both in one future: when it is dropped, nothing is left behind.
        let ended = tokio::select! {
            biased;
            answer = &mut work => Ok(answer),
            ended = async { connection.as_mut()?.await.err() } => Err(ended),
        };
        match ended {
            Ok(answer) => (answer, None),
            Err(ended) => {
                // While the connection is there, what was asked waits for it.
                connection = None;
                (work.await, ended)
            }
        }
    };
    let latency = started.elapsed();
    let answer = answer.map_err(|error| match ended {
        // What was asked only knows that there is no connection; the connection knows why.
        Some(ended) if error.is_closed() => told(&ended),
        _ => told(&error),
    })?;
    drop(client);
    if !answer.cut
        && let Some(connection) = connection
    {
        // Half of what time is left: the answer must not be lost over a farewell.
        let left = request.timeout.saturating_sub(latency) / 2;
        drop(tokio::time::timeout(GOODBYE.min(left), connection).await);
    }
    Ok(DataReply { text: answer.finished(), truncated: answer.cut, latency })
}

/// The JSON as it grows.
struct Answer {
    text: String,
    limit: usize,
    cut: bool,
}

impl Answer {
    fn finished(&self) -> String {
        format!("{}]", self.text)
    }

    /// Adds `text`, unless with what has to follow it the whole would pass the limit.
    fn add(&mut self, text: &str) -> bool {
        self.cut = self.text.len() + text.len() + "]]".len() > self.limit;
        if !self.cut {
            self.text.push_str(text);
        }
        !self.cut
    }
}

async fn run(
    client: &Client,
    request: &PostgresRequest,
    redactor: &Redactor,
    started: Instant,
) -> Result<Answer, tokio_postgres::Error> {
    // The server gives up a little before this end does, so that it can say so, and does not go on.
    let left = request.timeout.saturating_sub(started.elapsed()).mul_f64(0.9).as_millis().clamp(1, 1 << 30);
    client
        .batch_execute(&format!(
            "begin transaction read only; \
             set local statement_timeout = {left}; \
             set local default_transaction_read_only = on; \
             select 1"
        ))
        .await?;
    let mut answer = Answer { text: "[".to_owned(), limit: request.limit, cut: false };
    for (index, statement) in request.statements.iter().enumerate() {
        if !answer.add(if index == 0 { "[" } else { ",[" }) {
            break;
        }
        let mut rows = std::pin::pin!(client.simple_query_raw(bare(statement)).await?);
        let mut first = true;
        while let Some(message) = rows.next().await {
            if let SimpleQueryMessage::Row(row) = message? {
                let object = object(&row, redactor);
                let object = if first { object } else { format!(",{object}") };
                first = false;
                if !answer.add(&object) {
                    break;
                }
            }
        }
        answer.text.push(']');
        if answer.cut {
            break;
        }
    }
    if !answer.cut {
        client.batch_execute("rollback").await?;
    }
    Ok(answer)
}

/// A row as a JSON object. Each value is redacted before it is encoded.
fn object(row: &SimpleQueryRow, redactor: &Redactor) -> String {
    let string = |text: &str| serde_json::Value::from(redactor.text(text).as_ref()).to_string();
    let mut object = "{".to_owned();
    for (index, column) in row.columns().iter().enumerate() {
        let value = row.try_get(index).ok().flatten().map_or_else(|| "null".to_owned(), string);
        let comma = if index == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(object, "{comma}{}:{value}", string(column.name()));
    }
    object.push('}');
    object
}

/// An error of the library, in words.
fn told(error: &tokio_postgres::Error) -> IoFailure {
    if let Some(refusal) = error.as_db_error() {
        return refused(refusal);
    }
    if let Some(failure) = stream::failure(error, PROTOCOL) {
        return failure;
    }
    if error.is_closed() {
        return failure::sent(Reason::Connect, "connection closed before the answer was whole");
    }
    // The library tells its other kinds by their words alone.
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    match error.to_string().as_str() {
        "error performing TLS handshake" => failure::not_sent(Reason::Tls, cause),
        "invalid configuration" => failure::no_secret(format!("the server wants a password: {cause}")),
        "authentication error" => failure::sent(Reason::Auth, format!("not logged in: {cause}")),
        other => failure::sent(Reason::Parse, format!("not the {PROTOCOL} protocol: {other}")),
    }
}

/// What the server answered.
fn refused(error: &DbError) -> IoFailure {
    let code = error.code();
    let reason = if code.code().starts_with("28") || *code == SqlState::INSUFFICIENT_PRIVILEGE {
        Reason::Auth
    } else if *code == SqlState::TOO_MANY_CONNECTIONS || *code == SqlState::CONFIGURATION_LIMIT_EXCEEDED {
        Reason::Limit
    } else if *code == SqlState::QUERY_CANCELED {
        Reason::Timeout
    } else {
        Reason::Status
    };
    failure::sent(reason, format!("{} ({})", error.message(), code.code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_reading_command_is_sent() {
        for fine in ["select 1", " SELECT 1; ", "with a as (select 1) table a", "show work_mem", "VALUES(1)"]
        {
            assert_eq!(reads(fine), Ok(()), "{fine}");
        }
        for refused in [
            "",
            ";",
            "commit",
            "begin read write",
            "set transaction read write",
            "insert into t values (1)",
            "selection",
            "select 1; commit",
            "select 1;;",
            "/* select */ drop table t",
            "do $$ begin end $$",
        ] {
            assert!(reads(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn an_answer_that_is_cut_is_still_json_and_within_its_limit() {
        for limit in 2..40 {
            let mut answer = Answer { text: "[".into(), limit, cut: false };
            if answer.add("[") {
                for row in ["{\"a\":\"1\"}", ",{\"a\":\"2\"}", ",{\"a\":\"3\"}"] {
                    if !answer.add(row) {
                        break;
                    }
                }
                answer.text.push(']');
            }
            let text = answer.finished();
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
            assert!(text.len() <= limit, "{limit}: {text}");
            assert_eq!(answer.cut, limit < 33, "{limit}: {text}");
        }
    }
}
