//! Models to measure on: configured as an operator would, fed as the loop would. Measures nothing.
#![expect(clippy::unwrap_used, reason = "a benchmark ends where it meets what it did not expect")]

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use midwatch::app::{Effect, Msg, update};
use midwatch::config::{self, Layer, Settings};
use midwatch::domain::io::Reason;
use midwatch::domain::reading::{Health, Reading};
use midwatch::domain::time::Timestamp;
use midwatch::keymap;
use midwatch::runbook;
use midwatch::state::{Environment, Model, Plan, Watch};

/// How often every signal is asked.
pub const EVERY: Duration = Duration::from_secs(10);
/// When the watch begins.
pub const OPENED: Timestamp = Timestamp::from_millis(1_795_271_500_000);

/// The settings of a console with this many signals, two of them observer checks.
pub fn settings(signals: usize) -> Settings {
    let mut text = String::from("[console]\nname = \"lanternfish\"\nenvironment = \"production\"\n");
    for n in 0..signals {
        write!(
            text,
            "[[health]]\nname = \"service-{n:05}\"\nurl = \"https://{n}.example.com/health\"\nevery = \"10s\"\n\
             timeout = \"3s\"\nok = \"status == 200\"\ndegraded = \"latency_ms > 500\"\n"
        )
        .unwrap();
    }
    for name in ["a", "b"] {
        write!(
            text,
            "[[health]]\nname = \"observer-{name}\"\nurl = \"https://{name}.example.com/\"\nobserver = true\n"
        )
        .unwrap();
    }
    text.push_str(
        "[[action]]\nname = \"restart-api\"\nkey = \"t\"\nkind = \"command\"\nrisk = \"change\"\n\
         command = [\"true\"]\nmatches = [\"restart api\"]\n",
    );
    let layer = Layer { name: "midwatch.toml".into(), text, base: PathBuf::from("/srv/ops") };
    let loaded = config::load(&[layer], &[]);
    assert!(loaded.settings.is_some(), "{:?}", loaded.diagnostics.first());
    loaded.settings.unwrap()
}

/// A console that has watched this many signals for a while. A few are degraded, fewer are down.
#[derive(Debug)]
pub struct Watched {
    /// The model.
    pub model: Model,
    /// The time.
    pub now: Timestamp,
    /// Polls that are out.
    out: VecDeque<(usize, u64)>,
}

impl Watched {
    /// Watches for `rounds` intervals.
    pub fn new(signals: usize, rounds: u32, size: (u16, u16)) -> Self {
        let settings = settings(signals);
        let environment = Environment {
            console: "lanternfish".into(),
            environment: "production".into(),
            starts_locked: true,
            arm_for: Duration::from_secs(600),
            operator: "ann".into(),
            read_only: None,
            banner: None,
        };
        let mut plan = Plan::new(environment, settings.signals, settings.actions);
        plan.bindings = keymap::load("default", None, &[]).0.bindings();
        plan.runbooks.push(runbook::read("runbook.md", markdown(400).as_bytes()).runbook);
        let mut watched =
            Self { model: Model::new(plan, Watch::default()), now: OPENED, out: VecDeque::new() };
        watched.tell(Msg::Resized(size.0, size.1));
        watched.tell(Msg::Opened { version: "0".into() });
        let end = OPENED.plus(EVERY * rounds);
        while watched.now < end {
            let polled = watched.answer();
            watched.tell(polled);
        }
        while let Some((signal, attempt)) = watched.out.pop_front() {
            let polled = watched.reply(signal, attempt);
            watched.tell(polled);
        }
        watched
    }

    /// Tells the model, and keeps what it asks.
    pub fn tell(&mut self, msg: Msg) {
        for effect in update(&mut self.model, self.now, msg) {
            if let Effect::Poll { signal, attempt } = effect {
                self.out.push_back((signal, attempt));
            }
        }
    }

    /// The answer to the next poll; where none is out, time goes on until one is due.
    pub fn answer(&mut self) -> Msg {
        while self.out.is_empty() {
            self.now = self.model.feed.next_due().unwrap().max(self.now);
            self.tell(Msg::Tick);
        }
        let (signal, attempt) = self.out.pop_front().unwrap();
        self.reply(signal, attempt)
    }

    fn reply(&self, signal: usize, attempt: u64) -> Msg {
        let (health, reason, detail) = match signal % 97 {
            13 => (Health::Degraded, None, "200, latency_ms is 612.5"),
            42 => (Health::Down, Some(Reason::Status), "503"),
            _ => (Health::Ok, None, "200"),
        };
        let wobble = (attempt * 7_919 + u64::try_from(signal).unwrap() * 104_729) % 40_000;
        Msg::Polled {
            signal,
            attempt,
            reading: Box::new(Reading {
                latency: Some(Duration::from_micros(12_000 + wobble)),
                certificate_days: Some(60),
                ..Reading::bare(self.now, health, reason, detail)
            }),
        }
    }
}

/// A runbook of about this many lines, with everything that runbooks have.
pub fn markdown(lines: usize) -> String {
    const PHASES: [&str; 6] = ["Contain", "Triage", "Communication", "Recover", "Rollback", "Follow-up"];
    let mut text = String::from("# Production runbook\n\nFor whoever is on call.\n");
    let mut n = 0;
    while text.bytes().filter(|byte| *byte == b'\n').count() + 24 <= lines || n == 0 {
        // Counting lines again for every section would take longer than what is measured.
        for _ in 0..(lines / 24 / 50).max(1) {
            write!(
                text,
                "\n## {phase} {n}: the shop's service {n}\n\n\
                 Restart the worker of service {n} within 5 min; otherwise page the owner.\n\n\
                 - [ ] Check that `service-{n}` answers on <https://{n}.example.com/health>\n\
                 - [ ] **Containment:** set `MAINTENANCE_MODE=true` and `restart api` (approval required)\n\
                   - Verify p95 < 500ms and error rate <5%\n\
                 1. Roll back to `<version>` of [orgId]\n\
                 2. Notify legal within 24h, then every 2 hours\n\n\
                 ```bash\n# Show the queue\npsql $DATABASE_URL -c \"select count(*) from jobs where service = {n}\"\n\
                 # Drain it\n./scripts/drain.sh --service {n} --limit <count>\n```\n\n\
                 | Symptom | Then |\n|---|---|\n| >=12 errors in 5 min | open a ticket |\n\n---\n",
                phase = PHASES[n % PHASES.len()],
            )
            .unwrap();
            n += 1;
        }
    }
    text
}
