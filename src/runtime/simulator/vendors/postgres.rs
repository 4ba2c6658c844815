//! The database's own door, on a port of its own: version 3 of PostgreSQL's protocol, as far as a client
//! needs it that signs in without a password and asks in the simple way. Nothing can be written.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::super::answer::fate;
use super::super::fault::{Fault, Target};
use super::super::world::World;
use super::database;
use super::moment::Moment;

/// The longest message that is read.
const LONGEST: u32 = 64 * 1024;
/// The first word of a connection: version 3.0, or one of three requests that are no beginning.
const VERSION: u32 = 3 << 16;
const WANTS_TLS: u32 = 80_877_103;
const WANTS_GSS: u32 = 80_877_104;
/// The types of columns: a whole number of eight bytes, and text.
const INT8: u32 = 20;
const TEXT: u32 = 25;

/// What has to be said about a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    severity: &'static str,
    code: String,
    message: String,
}

/// Lets clients in until the company ends.
pub async fn serve(world: Arc<World>, listener: TcpListener) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = world.wait(None) => return,
        };
        // A client that went away before it was let in is no reason to close.
        let Ok((stream, _)) = accepted else { continue };
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let end = world.wait(None);
            tokio::select! {
                _ = talk(&world, stream) => {}
                () = end => {}
            }
        });
    }
}

async fn talk(world: &World, stream: TcpStream) -> std::io::Result<()> {
    let _ = stream.set_nodelay(true);
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    if !begin(&mut read, &mut write).await? {
        return Ok(());
    }
    // Whoever comes while no connection is left is told so, and sent away.
    if let Err(problem) = ready(world, &mut write, true).await? {
        return write.write_all(&problem.written()).await;
    }
    let mut hello = message(b'R', &[&0_u32.to_be_bytes()]);
    for (name, value) in [
        ("server_version", "15.8"),
        ("server_encoding", "UTF8"),
        ("client_encoding", "UTF8"),
        ("standard_conforming_strings", "on"),
        ("TimeZone", "UTC"),
        ("integer_datetimes", "on"),
    ] {
        hello.extend(message(b'S', &[name.as_bytes(), b"\0", value.as_bytes(), b"\0"]));
    }
    hello.extend(message(b'K', &[&310_u32.to_be_bytes(), &310_u32.to_be_bytes()]));
    hello.extend(message(b'Z', &[b"I"]));
    write.write_all(&hello).await?;

    let mut session = Session::default();
    // After a problem in the other way of asking, everything up to the next `Sync` is passed over.
    let mut passing = false;
    while let Some((kind, body)) = next(&mut read).await? {
        match kind {
            b'Q' => {
                let text = String::from_utf8_lossy(body.strip_suffix(b"\0").unwrap_or(&body)).into_owned();
                let answer = match ready(world, &mut write, false).await? {
                    Ok(()) => session.answer(&world.moment(), &text),
                    Err(problem) => problem.written(),
                };
                write.write_all(&answer).await?;
                write.write_all(&message(b'Z', &[&[session.standing()]])).await?;
            }
            b'S' => {
                passing = false;
                write.write_all(&message(b'Z', &[&[session.standing()]])).await?;
            }
            b'X' => return Ok(()),
            _ if passing => {}
            _ => {
                passing = true;
                let problem = Problem::error("0A000", "only the simple way of asking is known here");
                write.write_all(&problem.written()).await?;
            }
        }
    }
    Ok(())
}

/// Reads how a client begins; whether it has come to stay.
async fn begin(read: &mut BufReader<OwnedReadHalf>, write: &mut OwnedWriteHalf) -> std::io::Result<bool> {
    loop {
        let length = read.read_u32().await?;
        let word = read.read_u32().await?;
        let Some(rest) = length.checked_sub(8).filter(|rest| *rest <= LONGEST) else { return Ok(false) };
        let mut body = vec![0; rest as usize];
        read.read_exact(&mut body).await?;
        match word {
            WANTS_TLS | WANTS_GSS => write.write_all(b"N").await?,
            version if version & 0xffff_0000 == VERSION => return Ok(true),
            _ => return Ok(false),
        }
    }
}

/// Waits as long as the database takes, and says what is wrong with it. A newcomer finds it full.
async fn ready(
    world: &World,
    write: &mut OwnedWriteHalf,
    newcomer: bool,
) -> std::io::Result<Result<(), Problem>> {
    let (fault, position): (Fault, u64) = world.next_answer(Target::Database);
    let fate = fate(&fault, Target::Database, world.seed(), position);
    world.wait(fate.delay).await;
    if fate.breaks || fault.lies.is_some() {
        if fault.lies.is_some() {
            write.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await?;
        }
        return Err(std::io::ErrorKind::ConnectionReset.into());
    }
    if fate.failure.is_some() {
        let message = "the database system is starting up".to_owned();
        return Ok(Err(Problem { severity: "FATAL", code: "57P03".to_owned(), message }));
    }
    if newcomer && database::is_full(&world.moment()) {
        let message = "sorry, too many clients already".to_owned();
        return Ok(Err(Problem { severity: "FATAL", code: "53300".to_owned(), message }));
    }
    Ok(Ok(()))
}

/// The next message; `None` at the end, or where it is not the protocol.
async fn next(read: &mut BufReader<OwnedReadHalf>) -> std::io::Result<Option<(u8, Vec<u8>)>> {
    let kind = match read.read_u8().await {
        Ok(kind) => kind,
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = read.read_u32().await?;
    let Some(length) = length.checked_sub(4).filter(|length| *length <= LONGEST) else { return Ok(None) };
    let mut body = vec![0; length as usize];
    read.read_exact(&mut body).await?;
    Ok(Some((kind, body)))
}

/// Whether a client is in a transaction, and whether that has failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Session {
    #[default]
    Idle,
    Within,
    Failed,
}

impl Session {
    const fn standing(self) -> u8 {
        match self {
            Session::Idle => b'I',
            Session::Within => b'T',
            Session::Failed => b'E',
        }
    }

    /// Answers every statement of `text`, up to the first that fails.
    fn answer(&mut self, moment: &Moment<'_>, text: &str) -> Vec<u8> {
        let mut answer = Vec::new();
        let mut any = false;
        for statement in statements(text) {
            any = true;
            match self.one(moment, &statement) {
                Ok(said) => answer.extend(said),
                Err(problem) => {
                    if *self == Session::Within {
                        *self = Session::Failed;
                    }
                    answer.extend(problem.written());
                    return answer;
                }
            }
        }
        if !any {
            answer.extend(message(b'I', &[]));
        }
        answer
    }

    fn one(&mut self, moment: &Moment<'_>, statement: &str) -> Result<Vec<u8>, Problem> {
        let verb = uncommented(statement)
            .split(|letter: char| !letter.is_alphabetic())
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let ended = |session: &mut Self| {
            let failed = *session == Session::Failed;
            *session = Session::Idle;
            failed
        };
        if *self == Session::Failed && !["rollback", "commit", "end", "abort"].contains(&verb.as_str()) {
            let words = "current transaction is aborted, commands ignored until end of transaction block";
            return Err(Problem::error("25P02", words));
        }
        match verb.as_str() {
            "begin" | "start" => {
                *self = Session::Within;
                Ok(complete(if verb == "begin" { "BEGIN" } else { "START TRANSACTION" }))
            }
            "commit" | "end" => Ok(complete(if ended(self) { "ROLLBACK" } else { "COMMIT" })),
            "rollback" | "abort" => {
                ended(self);
                Ok(complete("ROLLBACK"))
            }
            "set" => Ok(complete("SET")),
            "reset" => Ok(complete("RESET")),
            "discard" => Ok(complete("DISCARD ALL")),
            "select" | "with" | "show" => {
                let found = database::rows(moment, statement).map_err(|words| {
                    let (code, words) = words.split_once(": ").unwrap_or(("XX000", &words));
                    Problem::error(code, words)
                })?;
                Ok(table(&found))
            }
            "insert" | "update" | "delete" | "create" | "drop" | "alter" | "truncate" | "grant" => {
                Err(Problem::error(
                    "25006",
                    &format!("cannot execute {} in a read-only transaction", verb.to_uppercase()),
                ))
            }
            _ => Err(Problem::error("42601", &format!("syntax error at or near \"{verb}\""))),
        }
    }
}

/// The statements of a text: what is between semicolons that are not in quotes or comments.
fn statements(text: &str) -> Vec<String> {
    let mut statements = vec![String::new()];
    let (mut quoted, mut comment) = (None, "");
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quoted, comment) {
            (Some(quote), _) if letter == quote => quoted = None,
            (None, "/*") if letter == '*' && letters.peek() == Some(&'/') => comment = "",
            (None, "--") if letter == '\n' => comment = "",
            (Some(_), _) | (None, "/*" | "--") => {}
            (None, _) => match letter {
                '\'' | '"' => quoted = Some(letter),
                '/' if letters.peek() == Some(&'*') => comment = "/*",
                '-' if letters.peek() == Some(&'-') => comment = "--",
                ';' => {
                    statements.push(String::new());
                    continue;
                }
                _ => {}
            },
        }
        if let Some(statement) = statements.last_mut() {
            statement.push(letter);
        }
    }
    statements.retain(|statement| !uncommented(statement).is_empty());
    statements
}

/// A statement from its first word on.
fn uncommented(statement: &str) -> &str {
    let mut rest = statement.trim_start();
    loop {
        let after = if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map(|(_, after)| after.trim_start_matches('/'))
        } else if let Some(comment) = rest.strip_prefix("--") {
            comment.split_once('\n').map(|(_, after)| after)
        } else {
            return rest;
        };
        rest = after.unwrap_or_default().trim_start();
    }
}

/// A message: its kind, its length, its parts.
fn message(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = 4 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut bytes = vec![kind];
    bytes.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend(parts.concat());
    bytes
}

fn complete(tag: &str) -> Vec<u8> {
    message(b'C', &[tag.as_bytes(), b"\0"])
}

fn count(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes()
}

/// The description of columns, the rows, and how many there were.
fn table((names, rows): &database::Rows) -> Vec<u8> {
    let mut fields = Vec::new();
    for (column, name) in names.iter().enumerate() {
        let whole = rows.iter().all(|row| row.get(column).is_some_and(|cell| cell.parse::<i64>().is_ok()));
        let (kind, size) = if whole { (INT8, 8_i16) } else { (TEXT, -1) };
        fields.extend(name.as_bytes());
        fields.push(0);
        // No table and no column of one; then type, size, modifier, and that it is text.
        fields.extend([0; 6]);
        fields.extend(kind.to_be_bytes());
        fields.extend(size.to_be_bytes());
        fields.extend((-1_i32).to_be_bytes());
        fields.extend([0; 2]);
    }
    let mut bytes = message(b'T', &[&count(names.len()), &fields]);
    for row in rows {
        let mut cells = Vec::new();
        for cell in row {
            if cell == database::NOTHING {
                cells.extend((-1_i32).to_be_bytes());
                continue;
            }
            cells.extend(u32::try_from(cell.len()).unwrap_or(0).to_be_bytes());
            cells.extend(cell.as_bytes());
        }
        bytes.extend(message(b'D', &[&count(row.len()), &cells]));
    }
    bytes.extend(complete(&format!("SELECT {}", rows.len())));
    bytes
}

impl Problem {
    fn error(code: &str, message: &str) -> Self {
        Self { severity: "ERROR", code: code.to_owned(), message: message.to_owned() }
    }

    fn written(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        for (kind, text) in
            [(b'S', self.severity), (b'V', self.severity), (b'C', &self.code), (b'M', &self.message)]
        {
            fields.push(kind);
            fields.extend(text.as_bytes());
            fields.push(0);
        }
        fields.push(0);
        message(b'E', &[&fields])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_at_semicolons_that_are_not_in_quotes_or_comments() {
        let text = "begin; set local x = 'a;b'; /* a; b */ select 1 -- c; d\n;;";
        let found: Vec<String> =
            statements(text).iter().map(|one| uncommented(one).trim().to_owned()).collect();
        assert_eq!(found, ["begin", "set local x = 'a;b'", "select 1 -- c; d"]);
        assert!(statements(" /* nothing */ ; -- nothing").is_empty());
    }

    #[test]
    fn a_message_counts_its_length_and_not_its_kind() {
        assert_eq!(message(b'Z', &[b"I"]), [b'Z', 0, 0, 0, 5, b'I']);
        assert_eq!(complete("SET"), [b'C', 0, 0, 0, 8, b'S', b'E', b'T', 0]);
    }
}
