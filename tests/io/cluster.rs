//! PostgreSQL servers as the tests need them: a data directory made once and copied, a server for each
//! that wants its own settings, one for all others, never as root.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use super::stores::*;

/// The password of `watch`, the superuser.
pub const PASSWORD: &str = "correct-horse-battery";

/// A data directory as `initdb` makes it, made once and kept with what is built: making one takes longer
/// than all the tests.
struct Cluster {
    data: PathBuf,
    programs: PathBuf,
}

/// A running server.
pub struct Postgres {
    pub port: u16,
    /// Where the server's certificate is.
    pub certificate: PathBuf,
    _directory: tempfile::TempDir,
    _running: Running,
}

/// The newest version's programs.
fn programs() -> Option<PathBuf> {
    let mut places: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    places.sort();
    places.reverse();
    program("initdb", &places).map(|initdb| initdb.parent().unwrap().to_owned())
}

/// Whether what the tests make belongs to root.
fn is_root() -> bool {
    tempfile::tempfile().unwrap().metadata().unwrap().uid() == 0
}

/// `program`, as somebody who is not root: PostgreSQL refuses to run as root.
fn humbly(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(program);
    command
}

/// Gives `path`, and what is in it, to whom [`humbly`] runs as.
fn give(path: &Path) {
    if is_root() {
        assert!(Command::new("chown").args(["-R", "65534:65534"]).arg(path).status().unwrap().success());
    }
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER.get_or_init(|| programs().map(|programs| Cluster { data: made(&programs), programs })).as_ref()
}

/// The data directory that `programs` make.
fn made(programs: &Path) -> PathBuf {
    let version = Command::new(programs.join("postgres")).arg("--version").output().unwrap();
    let version: String =
        String::from_utf8_lossy(&version.stdout).chars().filter(char::is_ascii_alphanumeric).collect();
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("data-{version}"));
    if kept.is_dir() {
        return kept;
    }
    let directory = tempfile::tempdir().unwrap();
    let (password, data) = (directory.path().join("password"), directory.path().join("data"));
    midwatch::io::files::write_whole(&password, PASSWORD.as_bytes()).unwrap();
    give(directory.path());
    let output = humbly(&programs.join("initdb"))
        .args(["--no-sync", "--auth=scram-sha-256", "--username=watch", "--encoding=UTF8", "--locale=C"])
        .arg("--pwfile")
        .arg(&password)
        .arg("--pgdata")
        .arg(&data)
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Whole or not at all; who comes second leaves what is there.
    let near = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    copy(&data, &near.path().join("data"));
    drop(std::fs::rename(near.path().join("data"), &kept));
    assert!(kept.is_dir());
    kept
}

/// A server that tests which change nothing of it share. Ends with the last of those that run at a time.
pub fn shared() -> Option<Arc<Postgres>> {
    static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(postgres) = shared.upgrade() {
        return Some(postgres);
    }
    let postgres = Arc::new(start(&[])?);
    *shared = Arc::downgrade(&postgres);
    Some(postgres)
}

/// A server of its own with the cluster's data as it was made, and `settings`.
pub fn start(settings: &[&str]) -> Option<Postgres> {
    let cluster = cluster()?;
    start_on(|data| copy(&cluster.data, data), settings)
}

/// A server of its own with the data that `fill` puts into a directory, and `settings`.
pub fn start_on(fill: impl Fn(&Path), settings: &[&str]) -> Option<Postgres> {
    // One copy at a time is kinder to a small machine.
    static COPYING: Mutex<()> = Mutex::new(());
    let cluster = cluster()?;
    for _ in 0..3 {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        {
            let _one = COPYING.lock().unwrap_or_else(PoisonError::into_inner);
            fill(&data);
        }
        let certificate = certificate(directory.path());
        let key = directory.path().join("key.pem");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        give(directory.path());
        // The tests' own user has to read the certificate.
        std::fs::set_permissions(&certificate, std::fs::Permissions::from_mode(0o644)).unwrap();
        let (port, log) = (free_port(), directory.path().join("log"));
        let mut command = humbly(&cluster.programs.join("postgres"));
        command.arg("-D").arg(&data).current_dir(directory.path());
        let ours = [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={port}"),
            format!("unix_socket_directories={}", directory.path().display()),
            "fsync=off".to_owned(),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", certificate.display()),
            format!("ssl_key_file={}", key.display()),
        ];
        for setting in ours.iter().map(String::as_str).chain(settings.iter().copied()) {
            command.arg("-c").arg(setting);
        }
        let mut running = logged(&mut command, &log);
        let ready = || std::fs::read_to_string(&log).unwrap_or_default().contains("is ready to accept");
        match await_start(&mut running, &log, ready) {
            Ok(()) => return Some(Postgres { port, certificate, _directory: directory, _running: running }),
            // Somebody else was faster to take the port.
            Err(said) if said.contains("already in use") => {}
            Err(said) => panic!("postgres {said}"),
        }
    }
    panic!("no port for postgres");
}

/// A client of the cluster's, for `postgres`.
pub fn client(name: &str, postgres: &Postgres) -> Command {
    let mut command = Command::new(cluster().unwrap().programs.join(name));
    command
        .args(["-h", "127.0.0.1", "-U", "watch", "-p", &postgres.port.to_string()])
        .env("PGPASSWORD", PASSWORD)
        .env("PGCONNECT_TIMEOUT", "10");
    command
}

/// What the server's own client says to `statement`.
pub fn psql(postgres: &Postgres, statement: &str) -> String {
    let mut command = client("psql", postgres);
    command.args(["-d", "postgres", "-c", statement]);
    let output = command.output().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}
