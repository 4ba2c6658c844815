//! GO if and only if: whatever readings, silences, clock steps, releases, holds and restarts come, the clock of the
//! core agrees to the millisecond with a simple one that knows monotonic time and nothing of the core.

use std::time::Duration;

use midwatch::app::{Effect, Msg, update};
use midwatch::domain::entry::Entry;
use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::reading::{Health, Reading, Reason};
use midwatch::domain::time::Timestamp;
use midwatch::domain::window::{Deed, Verdict};
use midwatch::state::window::{lacks, view};
use midwatch::state::{JournalState, Model, Watch};
use proptest::prelude::*;

use crate::world::{START, plan, replay};

const CONFIG: &str = r#"
[console]
name = "bookshop"
operator = "ann"
environment = "staging"

[[health]]
name = "web"
url = "https://shop.example.com/"
every = "10s"
timeout = "3s"

[[health]]
name = "api"
url = "https://shop.example.com/api"
every = "10s"
timeout = "3s"

[[health]]
name = "search"
url = "https://search.example.com/"
every = "10s"
timeout = "3s"

[[health]]
name = "outside"
url = "https://a.example.net/"
every = "10s"
timeout = "3s"
observer = true

[[github]]
name = "deploys"
repository = "bookshop/web"
workflow = "deploy.yml"
token = { env = "GITHUB_TOKEN" }
deploys = true

[window]
for = "60s"

[[window.gate]]
name = "web"
signal = "web"
tolerates = 1

[[window.gate]]
name = "errors"
when = "error_rate('api', '30s') < 0.5"
stop = "samples('api', '30s') >= 4 and error_rate('api', '30s') > 0.9"
samples = 2

[[window.gate]]
name = "search"
signal = "search"
required = false
"#;

const SPAN: i64 = 60_000;
/// Four times ten seconds, and the time-out.
const STALE: i64 = 43_000;
/// What the figures are over.
const OVER: i64 = 30_000;

/// Signals by their name in the configuration.
const SIGNALS: [&str; 4] = ["web", "api", "search", "outside"];

#[derive(Clone, Debug)]
enum Happening {
    /// Time goes by, and nobody is told.
    Time(i64),
    /// The time is told.
    Tick,
    /// A signal is measured.
    Read(usize, Health),
    /// Seconds in which all is well: every five of them everything is measured.
    Well(i64),
    /// The clock is set, or the laptop slept.
    Stepped(i64),
    Released,
    Hold,
    Release,
    Go,
    Killed,
}

fn happening() -> impl Strategy<Value = Happening> {
    let health = prop_oneof![
        6 => Just(Health::Ok), 1 => Just(Health::Degraded), 1 => Just(Health::Blind), 2 => Just(Health::Down),
    ];
    prop_oneof![
        6 => (1..25_000_i64).prop_map(Happening::Time),
        3 => (30_000..43_000_i64).prop_map(Happening::Time),
        2 => (25_000..90_000_i64).prop_map(Happening::Time),
        6 => Just(Happening::Tick),
        12 => (0..3_usize, health).prop_map(|(at, health)| Happening::Read(at, health)),
        1 => prop_oneof![Just(Health::Ok), Just(Health::Down)].prop_map(|health| Happening::Read(3, health)),
        6 => (1..16_i64).prop_map(|fives| Happening::Well(fives * 5)),
        2 => (-7_200_000..7_200_000_i64).prop_map(Happening::Stepped),
        1 => Just(Happening::Released),
        1 => Just(Happening::Hold),
        2 => Just(Happening::Release),
        2 => Just(Happening::Go),
        1 => Just(Happening::Killed),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Passes,
    Fails,
    Unknown,
}

/// What is known from outside, by monotonic time alone.
#[derive(Debug)]
struct Plain {
    now: i64,
    /// What was measured before says nothing.
    since: i64,
    /// Readings since then: when, of which signal, and what they said.
    read: Vec<(i64, usize, Health)>,
    /// How each required gate stood when it was last measured, and when its numbers were made.
    web: (Stands, i64),
    errors: (Stands, i64),
    sick: bool,
    held: bool,
    clean: i64,
    /// The last look, and until when all passed then.
    last: Option<(i64, i64)>,
    full: Option<i64>,
    stepped: i64,
    ready: bool,
    ended: Option<Verdict>,
}

impl Plain {
    fn new() -> Self {
        Self {
            now: 0,
            since: 0,
            read: Vec::new(),
            web: (Stands::Unknown, i64::MIN),
            errors: (Stands::Unknown, i64::MIN),
            sick: false,
            held: false,
            clean: 0,
            last: None,
            full: None,
            stepped: i64::MIN,
            ready: false,
            ended: None,
        }
    }

    /// Nothing that was measured counts any more.
    fn forget(&mut self) {
        self.since = self.now;
        self.read.clear();
        self.web = (Stands::Unknown, i64::MIN);
        self.errors = (Stands::Unknown, i64::MIN);
    }

    fn gates(&self) -> [(Stands, i64); 2] {
        [self.web, self.errors].map(|(stands, at)| {
            let fresh = at != i64::MIN && self.now <= at + STALE;
            (if fresh { stands } else { Stands::Unknown }, at)
        })
    }

    fn all(&self, wanted: Stands) -> bool {
        self.gates().iter().all(|(stands, _)| *stands == wanted)
    }

    fn confirmed(&self) -> bool {
        self.full.is_some_and(|full| self.gates().iter().all(|(_, at)| *at >= full.max(self.stepped)))
    }

    fn may_go(&self) -> bool {
        self.ready && !self.held && self.all(Stands::Passes) && self.confirmed()
    }

    fn measure(&mut self, signal: usize, health: Health) {
        let (was_sick, now) = (self.sick, self.now);
        if signal == 3 {
            self.sick = health == Health::Down;
            return;
        }
        if now == self.since {
            // It may have come before.
            self.look();
            return;
        }
        self.read.push((now, signal, if was_sick { Health::Blind } else { health }));
        if was_sick {
            self.look();
            return;
        }
        if signal == 0 {
            let failures = self
                .read
                .iter()
                .rev()
                .filter(|(_, of, _)| *of == 0)
                .take_while(|(_, _, said)| *said != Health::Ok)
                .filter(|(_, _, said)| *said != Health::Blind)
                .count();
            let stands = match health {
                Health::Blind => Stands::Unknown,
                Health::Ok => Stands::Passes,
                Health::Degraded | Health::Down if failures <= 1 => Stands::Passes,
                Health::Degraded | Health::Down => Stands::Fails,
            };
            self.web = (stands, now);
        }
        if signal == 1 {
            let told: Vec<(i64, Health)> = self
                .read
                .iter()
                .filter(|(_, of, said)| *of == 1 && *said != Health::Blind)
                .map(|(at, _, said)| (*at, *said))
                .collect();
            let over: Vec<&(i64, Health)> = told.iter().filter(|(at, _)| *at >= now - OVER).collect();
            let down = over.iter().filter(|(_, said)| *said == Health::Down).count();
            let newest = told.last().map_or(i64::MIN, |(at, _)| *at);
            if over.len() >= 4 && down * 10 > over.len() * 9 {
                self.ended = Some(Verdict::NoGo);
                return;
            }
            let stands = match over.len() {
                0 | 1 => Stands::Unknown,
                many if down * 2 < many => Stands::Passes,
                _ => Stands::Fails,
            };
            let stale = newest == i64::MIN || now > newest + STALE;
            self.errors = if stale { (Stands::Unknown, i64::MIN) } else { (stands, newest) };
        }
        if signal < 3 {
            self.look();
        }
    }

    fn look(&mut self) {
        if self.sick {
            self.web = (Stands::Unknown, i64::MIN);
            self.errors = (Stands::Unknown, i64::MIN);
        }
        let passes = !self.held && self.all(Stands::Passes);
        if let Some((from, until)) = self.last.filter(|_| passes) {
            self.clean += (self.now.min(until) - from).max(0);
        }
        if self.gates().iter().any(|(stands, _)| *stands == Stands::Fails) {
            self.zero();
        }
        self.run();
        if self.clean >= SPAN {
            self.full = self.full.or(Some(self.now - (self.clean - SPAN)));
            self.clean = SPAN;
            self.ready |= passes && self.confirmed();
        }
    }

    fn zero(&mut self) {
        (self.clean, self.full, self.ready) = (0, None, false);
    }

    fn run(&mut self) {
        let until = self.gates().iter().map(|(_, at)| at.saturating_add(STALE)).min().unwrap_or(i64::MIN);
        self.last = (!self.held && self.all(Stands::Passes)).then_some((self.now, until));
    }

    fn released(&mut self) {
        self.forget();
        self.last = None;
        self.zero();
    }

    fn killed(&mut self, told: i64) {
        self.forget();
        self.last = None;
        self.clean = told;
        self.full = self.ready.then_some(self.now);
        (self.stepped, self.sick) = (i64::MIN, self.sick);
    }
}

/// The core, and what it gave to the journal.
struct Core {
    model: Model,
    wall: Timestamp,
    journal: Vec<Logged>,
    releases: usize,
}

impl Core {
    fn new(watch: Watch, wall: Timestamp, journal: Vec<Logged>) -> Self {
        let mut model = Model::new(plan(CONFIG, &[]).0, watch);
        model.feed.journal = JournalState::Writing(model.watch.seq);
        let mut core = Self { model, wall, journal, releases: 0 };
        core.tell(Msg::Opened { version: "1".into() });
        core
    }

    fn tell(&mut self, msg: Msg) {
        for effect in update(&mut self.model, self.wall, msg) {
            if let Effect::Log(logged) = effect {
                self.journal.push(logged);
            }
        }
    }

    fn read(&mut self, signal: &str, reading: Reading) {
        let index = self.model.plan.signal_index(&signal.into()).expect("a signal of that name");
        let feed = &mut self.model.feed.signals[index];
        feed.attempt += 1;
        feed.in_flight = true;
        let attempt = feed.attempt;
        self.tell(Msg::Polled { signal: index, attempt, reading: Box::new(reading) });
    }

    fn health(&mut self, signal: &str, health: Health) {
        let reason = (health != Health::Ok).then_some(Reason::Status);
        let latency = (health != Health::Blind).then_some(Duration::from_millis(40));
        self.read(signal, Reading { latency, ..Reading::bare(self.wall, health, reason, "") });
    }

    /// The newest release went live then.
    fn release(&mut self, at: Timestamp) {
        let entry = Entry {
            at: Some(at),
            release: Some(format!("r{}", self.releases)),
            ..Entry::new("k", Health::Ok, "success", "deploy")
        };
        let reading =
            Reading { entries: vec![entry].into(), ..Reading::bare(self.wall, Health::Ok, None, "") };
        self.read("deploys", reading);
    }

    fn clean(&self) -> i64 {
        view(&self.model, self.wall)
            .map_or(0, |view| i64::try_from(view.clean.as_millis()).expect("a window is short"))
    }

    fn ended(&self) -> Option<Verdict> {
        self.model.watch.windows.last().and_then(|window| window.ended.as_ref()).map(|ended| ended.verdict)
    }
}

/// Both, side by side.
struct Both {
    core: Core,
    plain: Plain,
}

impl Both {
    fn new() -> Self {
        let mut core = Core::new(Watch::default(), START, Vec::new());
        core.release(START);
        core.tell(Msg::Window(Deed::Open(None)));
        Self { core, plain: Plain::new() }
    }

    fn pass(&mut self, millis: i64) {
        self.plain.now += millis;
        self.core.wall = self.core.wall.shifted(millis);
    }

    fn read(&mut self, signal: usize, health: Health) {
        self.core.health(SIGNALS[signal], health);
        self.plain.measure(signal, health);
    }

    fn happens(&mut self, happening: &Happening) {
        match happening {
            Happening::Time(millis) => self.pass(*millis),
            Happening::Tick => {
                self.core.tell(Msg::Tick);
                self.plain.look();
            }
            Happening::Read(signal, health) => self.read(*signal, *health),
            Happening::Well(seconds) => {
                for _ in 0..*seconds / 5 {
                    self.pass(5_000);
                    for signal in 0..3 {
                        if self.plain.ended.is_none() {
                            self.read(signal, Health::Ok);
                        }
                    }
                }
            }
            Happening::Stepped(by) => {
                self.core.wall = self.core.wall.shifted(*by);
                self.core.tell(Msg::ClockStepped { by_millis: *by });
                self.plain.stepped = self.plain.now;
            }
            Happening::Released => {
                self.core.releases += 1;
                // By the vendor's clock, which nobody sets.
                self.core.release(START.shifted(self.plain.now));
                // It is noticed with the next second.
                self.core.tell(Msg::Tick);
                self.plain.released();
                self.plain.look();
            }
            Happening::Hold => {
                self.core.tell(Msg::Window(Deed::Hold("wait for ben".into())));
                self.plain.look();
                (self.plain.held, self.plain.last) = (true, None);
            }
            Happening::Release => {
                self.core.tell(Msg::Window(Deed::Release));
                self.plain.look();
                if self.plain.held {
                    self.plain.held = false;
                    self.plain.run();
                }
            }
            Happening::Go => {
                self.core.tell(Msg::Window(Deed::Go));
                self.plain.look();
                if self.plain.may_go() {
                    self.plain.ended = Some(Verdict::Go);
                }
            }
            Happening::Killed => {
                let (wall, journal) = (self.core.wall, std::mem::take(&mut self.core.journal));
                let releases = self.core.releases;
                self.core = Core { releases, ..Core::new(replay(&journal), wall, journal) };
                let told = self.core.clean();
                // What was credited since the last fact is lost, and nothing is won.
                assert!(told <= self.plain.clean, "{told} of {}", self.plain.clean);
                self.plain.killed(told);
            }
        }
    }

    fn agree(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.core.ended(), self.plain.ended);
        if self.plain.ended.is_some() {
            return Ok(());
        }
        let run = self.plain.last.map_or(0, |(from, until)| (self.plain.now.min(until) - from).max(0));
        prop_assert_eq!(self.core.clean(), (self.plain.clean + run).min(SPAN), "{:?}", self.plain);
        let lacks = lacks(&self.core.model, self.core.wall);
        prop_assert_eq!(lacks.is_empty(), self.plain.may_go(), "{:?} {:?}", lacks, self.plain);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, max_shrink_iters: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn go_if_and_only_if_the_clean_time_is_full_and_the_numbers_are_fresh(
        happenings in prop::collection::vec(happening(), 1..120),
    ) {
        let mut both = Both::new();
        for happening in &happenings {
            both.happens(happening);
            both.agree()?;
            if both.plain.ended.is_some() {
                break;
            }
        }
        prop_assert_eq!(&replay(&both.core.journal), &both.core.model.watch);
        let gone = both.core.journal.iter().filter(|logged| {
            matches!(&logged.fact, Fact::WindowEnded { verdict: Verdict::Go, .. })
        });
        prop_assert_eq!(gone.count(), usize::from(both.plain.ended == Some(Verdict::Go)));
    }
}

#[test]
fn both_verdicts_are_reached_by_what_the_property_does() {
    let ends = |happenings: &[Happening]| {
        let mut both = Both::new();
        for happening in happenings {
            both.happens(happening);
            both.agree().unwrap();
        }
        both.core.ended()
    };
    assert_eq!(ends(&[Happening::Well(75), Happening::Go]), Some(Verdict::Go));
    assert_eq!(ends(&[Happening::Well(60), Happening::Go]), None);
    let down = Happening::Read(1, Health::Down);
    let later = Happening::Time(1);
    assert_eq!(ends(&[later, down.clone(), down.clone(), down.clone(), down]), Some(Verdict::NoGo));
}
