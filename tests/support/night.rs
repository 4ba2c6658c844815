//! A night on watch: a home of its own, a simulated company, a configuration that points at it, a
//! runbook, and consoles and commands that are run there.

#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test ends where it meets what it did not expect")]

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;

use super::company::Company;
use super::terminal::{DEADLINE, MIDWATCH, Terminal, environment};

/// A home, a company, a configuration.
pub struct Night {
    /// Where everything of this night is kept.
    pub home: Arc<TempDir>,
    /// What is watched.
    pub company: Company,
    /// What was looked at last, in every file that may say what runs; nothing where nobody looks.
    looked: RefCell<Option<Vec<Vec<u8>>>>,
}

/// The configuration; `@BASE@`, `@TOKEN@` and `@HOME@` are replaced.
const CONFIGURATION: &str = r#"
[console]
name = "shop"
environment = "production"
runbooks = ["runbook.md"]
operator = "ann"
theme = "dark"
journal = "night.journal"

[[health]]
name = "web"
url = "@BASE@/web/"
every = "1s"
timeout = "1s"
ok = "status == 200 or 'x-maintenance' in headers"
fail_after = 2

[[health]]
name = "api"
url = "@BASE@/api/health"
every = "1s"
timeout = "1s"
ok = "status == 200"
fail_after = 2
recover_after = 1

[[health]]
name = "search"
url = "@BASE@/search/health"
every = "1s"
timeout = "1s"

[[action]]
name = "maintenance-mode"
key = "m"
kind = "toggle"
risk = "change"
about = "The maintenance page instead of the shop"
matches = ["MAINTENANCE_MODE=true"]
read = { get = "@BASE@/edge/flags/maintenance" }
on = { put = "@BASE@/edge/flags/maintenance", body = "on", headers = { x-edge-token = { file = "@TOKEN@" } } }
off = { put = "@BASE@/edge/flags/maintenance", body = "off", headers = { x-edge-token = { file = "@TOKEN@" } } }
observe = { signal = "web", when = "status == 503 and 'x-maintenance' in headers" }
within = "@WITHIN@"
ends_after = "1h"

[[action]]
name = "long-job"
key = "b"
kind = "command"
risk = "change"
about = "Runs as long as the file called running is there"
command = ["sh", "-c", "touch started; echo at work; while [ -e running ]; do sleep 0.1; done; echo over"]

[[action]]
name = "restart-api"
key = "t"
kind = "http"
risk = "change"
matches = ["restart api"]
post = "@BASE@/admin/restart/api"
headers = { x-edge-token = { file = "@TOKEN@" } }

[[action]]
name = "purge-cache"
key = "z"
kind = "http"
risk = "destroy"
target = "edge-cache"
post = "@BASE@/admin/purge"
headers = { x-edge-token = { file = "@TOKEN@" } }

[[action]]
name = "gates"
key = "c"
kind = "command"
risk = "read"
command = ["sh", "-c", "echo 5 gates passed"]
"#;

const RUNBOOK: &str = "\
# Shop runbook

## Containment

- [ ] Close the shop: `MAINTENANCE_MODE=true`
- [ ] Tell the shop's people
- [ ] Look at the queue

## Triage

- [ ] Ask what became of an order
  ```sh
  echo looked up <order-id>
  ```
- [ ] Compare the versions
";

impl Night {
    /// A night of `scenario` on which maintenance mode has ten seconds to show.
    pub fn of(scenario: &str) -> Self {
        Self::with(scenario, "")
    }

    /// The same with `more` in the configuration.
    pub fn with(scenario: &str, more: &str) -> Self {
        Self::hasty(scenario, more, 1.0)
    }

    /// The same with a company that is `speed` times as fast.
    pub fn hasty(scenario: &str, more: &str, speed: f64) -> Self {
        let home = Arc::new(TempDir::new().unwrap());
        let company = Company::hasty(scenario, &home.path().join("company"), speed);
        let night = Self { home, company, looked: RefCell::new(Some(Vec::new())) };
        night.write("midwatch.toml", &night.filled(&format!("{CONFIGURATION}{more}")));
        night.write("runbook.md", RUNBOOK);
        night
    }

    /// A night of the whole company as its own configuration watches it, with `book` for a runbook in place of its own.
    pub fn whole(scenario: &str, book: &str) -> Self {
        let home = Arc::new(TempDir::new().unwrap());
        let company = Company::start(scenario, &home.path().join("company"));
        let settings = company.configuration().to_owned();
        let night = Self { home, company, looked: RefCell::new(Some(Vec::new())) };
        let (before, rest) = settings.split_once("runbooks = [").unwrap();
        let (_, after) = rest.split_once(']').unwrap();
        let ours = "runbooks = [\"company/book.md\"]\noperator = \"ann\"\ntheme = \"dark\"\njournal = \"night.journal\"";
        night.write("midwatch.toml", &format!("{before}{ours}{after}"));
        // Beside the company's scripts: `sh company/gate.sh` from where commands run.
        night.write("company/book.md", book);
        night
    }

    /// From now on nobody looks at anything before it is run.
    pub fn unlooked(&self) {
        self.looked.replace(None);
    }

    /// Looks at the configuration and its runbooks as a script does, if they are not as they were.
    fn look(&self) {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(self.home.path()).unwrap().map(|file| file.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|kind| kind == "md" || kind == "toml"));
        files.sort();
        let now: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap_or_default()).collect();
        if self.looked.borrow().as_ref().is_none_or(|known| *known == now) {
            return;
        }
        self.looked.replace(Some(now));
        self.look_at(&[]);
    }

    /// Looks at what these arguments name.
    pub fn look_at(&self, arguments: &[&str]) {
        let shown = self.bare(&[&["look", "--json"], arguments].concat()).output().unwrap();
        // A configuration that does not load says so where it is used.
        let Ok(document) = serde_json::from_slice::<Value>(&shown.stdout) else { return };
        for file in document["files"].as_array().unwrap().iter().filter(|file| file["looked"] == false) {
            let hash = file["hash"].as_str().unwrap();
            let ran = self.bare(&[&["look", "--hash", hash], arguments].concat()).output().unwrap();
            assert!(ran.status.success(), "{ran:?}");
        }
    }

    /// `text` with this night's addresses and paths in it.
    pub fn filled(&self, text: &str) -> String {
        text.replace("@BASE@", &self.company.base())
            .replace("@TOKEN@", &self.path("company/edge-token").to_string_lossy())
            .replace("@HOME@", &self.home.path().to_string_lossy())
            .replace("@WITHIN@", "10s")
    }

    /// A path in the home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file in the home.
    pub fn write(&self, name: &str, text: &str) {
        write(&self.path(name), text);
    }

    /// Changes the configuration.
    pub fn reconfigure(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path("midwatch.toml")).unwrap();
        assert!(text.contains(from), "the configuration holds no {from:?}");
        self.write("midwatch.toml", &text.replace(from, to));
    }

    /// Opens the console, and waits until every signal was read.
    pub fn console(&self, size: (u16, u16), arguments: &[&str]) -> Terminal {
        let mut console = self.unawaited(size, arguments, &[]);
        console.wait_for_text("ok", DEADLINE);
        console
    }

    /// Opens the console, and waits for nothing.
    pub fn unawaited(&self, size: (u16, u16), arguments: &[&str], env: &[(&str, &str)]) -> Terminal {
        self.look();
        let argv: Vec<&str> = std::iter::once(MIDWATCH).chain(arguments.iter().copied()).collect();
        Terminal::start_at(Arc::clone(&self.home), &argv, size, env)
    }

    /// A command without a screen, to be run in the home.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.look();
        self.bare(arguments)
    }

    fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(MIDWATCH);
        command.args(arguments).env_clear().envs(environment(self.home.path()));
        command.current_dir(self.home.path()).stdin(Stdio::null());
        command
    }

    /// Runs a command without a screen to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.command(arguments).output().unwrap())
    }

    /// Runs a command that prints one JSON document, and gives it.
    pub fn json(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let ran = self.run(arguments);
        let document = serde_json::from_str(&ran.out);
        assert!(document.is_ok(), "{document:?}: {ran:?}");
        (ran.code, document.unwrap_or_default())
    }
}

/// What came of a command.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Ran {
    /// Reads `output`.
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// Writes a file.
#[expect(clippy::disallowed_methods, reason = "nothing is lost if a test is stopped half-way")]
pub fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}
