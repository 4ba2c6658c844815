//! Redis, on a port of its own: enough of its protocol that a client can sign in, ask `INFO`, and look
//! at keys. Nothing can be written.

use std::fmt::Write as _;
use std::sync::Arc;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::super::answer::fate;
use super::super::fault::Target;
use super::super::world::World;
use super::keys;
use super::moment::Moment;

/// How many clients it takes.
pub const MOST_CLIENTS: u32 = 512;
/// How many it has on any night.
const USUAL: u32 = 31;
/// The longest word of a command, and the most words.
const LONGEST: usize = 64 * 1024;
const MOST_WORDS: usize = 1_024;
/// How many keys it holds.
const KEYS: u32 = 4_120;
/// The sections of `INFO`, in its order.
const SECTIONS: [&str; 7] =
    ["server", "clients", "memory", "persistence", "stats", "replication", "keyspace"];

/// How many clients it has now.
pub fn clients(moment: &Moment<'_>) -> u32 {
    let told = moment.fault(Target::Redis).clients.unwrap_or(USUAL);
    let wander = u32::from(moment.chance(972, moment.elapsed.as_secs()) > 0.5);
    told.saturating_add(wander).min(MOST_CLIENTS)
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

/// What a client is answered, and whether the talk ends with it.
enum Said {
    Line(String),
    Bulk(String),
    Last(String),
}

async fn talk(world: &World, stream: TcpStream) -> std::io::Result<()> {
    let _ = stream.set_nodelay(true);
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut signed_in = false;
    while let Some(words) = command(&mut read).await? {
        let Some((verb, rest)) = words.split_first() else { continue };
        let verb = verb.to_uppercase();
        // Nothing here can be changed: whatever is asked is a reading.
        world.count("GET", &format!("redis {verb}"));
        let (fault, position) = world.next_answer(Target::Redis);
        let fate = fate(&fault, Target::Redis, world.seed(), position);
        world.wait(fate.delay).await;
        if fate.breaks {
            return Ok(());
        }
        let said = if fate.failure.is_some() {
            Said::Line("-LOADING Redis is loading the dataset in memory".to_owned())
        } else if fault.lies.is_some() {
            Said::Last("HTTP/1.1 400 Bad Request".to_owned())
        } else {
            reply(&world.moment(), &verb, rest, &mut signed_in)
        };
        match said {
            Said::Line(line) => write.write_all(format!("{line}\r\n").as_bytes()).await?,
            Said::Bulk(text) => write.write_all(format!("${}\r\n{text}\r\n", text.len()).as_bytes()).await?,
            Said::Last(line) => {
                write.write_all(format!("{line}\r\n").as_bytes()).await?;
                return Ok(());
            }
        }
    }
    Ok(())
}

fn reply(moment: &Moment<'_>, verb: &str, rest: &[String], signed_in: &mut bool) -> Said {
    let line = |text: &str| Said::Line(text.to_owned());
    let opens = |password: Option<&String>| password.is_some_and(|password| password == keys::REDIS);
    match verb {
        "QUIT" => return Said::Last("+OK".to_owned()),
        "AUTH" if opens(rest.last()) => {
            *signed_in = true;
            return line("+OK");
        }
        "AUTH" => return line("-WRONGPASS invalid username-password pair or user is disabled."),
        // Only the second version of the protocol is spoken, as by servers before the sixth.
        "HELLO" => return line("-ERR unknown command 'HELLO'"),
        _ if !*signed_in => return line("-NOAUTH Authentication required."),
        _ => {}
    }
    match verb {
        "PING" => line("+PONG"),
        "SELECT" | "CLIENT" | "READONLY" => line("+OK"),
        "INFO" => Said::Bulk(info(moment, rest)),
        "DBSIZE" => Said::Line(format!(":{KEYS}")),
        "SCAN" => line("*2\r\n$1\r\n0\r\n*2\r\n$14\r\nsession:7f3a21\r\n$12\r\nbasket:20711"),
        "TTL" => line(":1800"),
        "SET" | "DEL" | "UNLINK" | "FLUSHDB" | "FLUSHALL" | "EXPIRE" => {
            line("-NOPERM this user has no permissions to run this command")
        }
        _ => Said::Line(format!("-ERR unknown command '{}'", crate::domain::text::clean(verb))),
    }
}

fn info(moment: &Moment<'_>, asked: &[String]) -> String {
    let all = asked.is_empty()
        || asked.iter().any(|word| ["all", "everything", "default"].contains(&word.to_lowercase().as_str()));
    let clients = clients(moment);
    let mut text = String::new();
    for section in SECTIONS {
        if !all && !asked.iter().any(|word| word.eq_ignore_ascii_case(section)) {
            continue;
        }
        let body = match section {
            "server" => format!(
                "redis_version:7.4.1\r\nredis_mode:standalone\r\nuptime_in_seconds:{}",
                26 * 86_400 + moment.elapsed.as_secs()
            ),
            "clients" => format!(
                "connected_clients:{clients}\r\nmaxclients:{MOST_CLIENTS}\r\nblocked_clients:{}",
                clients / 200
            ),
            "memory" => format!(
                "used_memory:{}\r\nmaxmemory:268435456\r\nmaxmemory_policy:allkeys-lru",
                96 * 1024 * 1024 + u64::from(clients) * 20_480
            ),
            "persistence" => "loading:0\r\nrdb_last_bgsave_status:ok".to_owned(),
            "stats" => format!(
                "instantaneous_ops_per_sec:{}\r\nrejected_connections:{}\r\nevicted_keys:0",
                180 + moment.number(973, moment.elapsed.as_secs()) % 40,
                if clients >= MOST_CLIENTS { 87 } else { 0 }
            ),
            "replication" => "role:master\r\nconnected_slaves:0".to_owned(),
            _ => format!("db0:keys={KEYS},expires={},avg_ttl=1742000", KEYS - 310),
        };
        let mut title = section.to_owned();
        title.get_mut(..1).map(str::make_ascii_uppercase).unwrap_or_default();
        // Writing to a String does not fail.
        let _ = write!(text, "# {title}\r\n{body}\r\n\r\n");
    }
    text
}

/// The words of the next command; `None` at the end, or where it is not the protocol.
async fn command(read: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<Vec<String>>> {
    let Some(head) = line(read).await? else { return Ok(None) };
    let Some(count) = head.strip_prefix('*') else {
        // A command typed by hand.
        return Ok(Some(head.split_whitespace().map(str::to_owned).collect()));
    };
    let Some(count) = count.parse().ok().filter(|count| *count <= MOST_WORDS) else { return Ok(None) };
    let mut words = Vec::new();
    for _ in 0..count {
        let length = line(read).await?.and_then(|line| line.strip_prefix('$')?.parse::<usize>().ok());
        let Some(length) = length.filter(|length| *length <= LONGEST) else { return Ok(None) };
        let mut bytes = vec![0; length + 2];
        read.read_exact(&mut bytes).await?;
        words.push(String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()).into_owned());
    }
    Ok(Some(words))
}

async fn line(read: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut limited = read.take(LONGEST as u64);
    if limited.read_until(b'\n', &mut bytes).await? == 0 {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&bytes).trim_end().to_owned()))
}
