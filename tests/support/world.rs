//! A small world around the core: a virtual clock, a scripted far side, a disk that answers. No io,
//! no async, no sleeping.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use midwatch::app::{Effect, Msg, arrange, update};
use midwatch::config::{self, Layer};
use midwatch::domain::command::{Command, Place};
use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::ids::{ActionId, RunId, SignalId};
use midwatch::domain::io::{CommandReply, Delivery, HttpReply, IoFailure, IoReply, IoRequest, Reason};
use midwatch::domain::looked::{SeenBlock, blocks};
use midwatch::domain::narrate::tell;
use midwatch::domain::press::Press;
use midwatch::domain::reading::{Health, Reading};
use midwatch::domain::runbook::Runbook;
use midwatch::domain::time::Timestamp;
use midwatch::keymap::{self, ActionKey, Chord, Keymap, Resolved};
use midwatch::state::{Dialog, Environment, Model, Plan, Run, Watch};
use midwatch::{panes, runbook, sources, view};

/// 2026-11-21, 03:10 in UTC.
pub const START: Timestamp = Timestamp::from_millis(1_795_230_600_000);

/// A shop with two observer checks, a maintenance flag and things to do about it.
pub const SHOP: &str = include_str!("shop.toml");
/// Its runbook.
pub const RUNBOOK: &str = include_str!("shop.md");

/// What the disk does with a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// Says at once that it is on disk.
    Answers,
    /// Takes it and says nothing until told to.
    Waits,
    /// Is full.
    Full,
}

/// What a signal answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// An HTTP response: status, milliseconds, headers, body.
    Http(u16, u64, Vec<(String, String)>, String),
    /// No answer, and why.
    Failed(Reason),
    /// A rate limit, and for how many seconds.
    Limited(u64),
    /// Nothing ever comes back.
    Silent,
}

/// The maintenance flag of the shop and what it does.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flag {
    /// What it reads back.
    pub on: bool,
    /// It is accepted and read back, and the page never comes.
    pub lies: bool,
}

/// A vendor's side: what it answers to a request.
pub type Vendor = Box<dyn FnMut(&IoRequest) -> Option<IoReply>>;

/// The core in its world.
pub struct World {
    pub model: Model,
    pub now: Timestamp,
    pub keymap: Keymap,
    pub disk: Disk,
    /// What reached the disk, in order.
    pub journal: Vec<Logged>,
    /// Runs that left and were not answered, with the request that left.
    pub out: BTreeMap<RunId, IoRequest>,
    /// Every run that ever left.
    pub left: Vec<RunId>,
    /// Polls that were not answered.
    pub polls: Vec<(usize, u64)>,
    /// Everything the core asked for, but facts and polls.
    pub asked: Vec<Effect>,
    /// How often it rang.
    pub rung: usize,
    /// What it rang for because it was late.
    pub rings: Vec<String>,
    pub flag: Flag,
    /// Answers what sources of vendors ask, and what is done there; `None` is no answer yet.
    pub vendor: Option<Vendor>,
    unlogged: Vec<u64>,
    far: BTreeMap<SignalId, Answer>,
    replies: Vec<(String, VecDeque<Option<IoReply>>)>,
    pending: Vec<Chord>,
}

impl World {
    /// The shop, opened, nothing asked yet.
    pub fn shop() -> Self {
        let mut world = Self::new(SHOP, &[("runbook.md", RUNBOOK)], Watch::default());
        world.open();
        world
    }

    /// The shop after its first minute: everything has answered and is ok.
    pub fn quiet() -> Self {
        let mut world = Self::shop();
        world.wait(60);
        world
    }

    /// The shop, quiet and armed.
    pub fn armed() -> Self {
        let mut world = Self::quiet();
        world.command(Command::Arm);
        world
    }

    /// A world of this configuration that has seen `watch`'s facts.
    pub fn new(config: &str, runbooks: &[(&str, &str)], watch: Watch) -> Self {
        let (plan, keymap) = plan(config, runbooks);
        let mut model = Model::new(plan, watch);
        model.feed.journal = midwatch::state::JournalState::Writing(model.watch.seq);
        for runbook in &model.plan.runbooks {
            model.looked.add(&runbook.id, seen(runbook));
        }
        Self {
            model,
            now: START,
            keymap,
            disk: Disk::Answers,
            journal: Vec::new(),
            out: BTreeMap::new(),
            left: Vec::new(),
            polls: Vec::new(),
            asked: Vec::new(),
            rung: 0,
            rings: Vec::new(),
            flag: Flag::default(),
            vendor: None,
            unlogged: Vec::new(),
            far: BTreeMap::new(),
            replies: Vec::new(),
            pending: Vec::new(),
        }
    }

    pub fn open(&mut self) {
        self.tell(Msg::Opened { version: "1.0.0".into() });
    }

    /// The program dies here, and is opened again on what is on disk.
    pub fn killed_and_reopened(self) -> Self {
        self.killed_and_reopened_on(RUNBOOK)
    }

    /// The same, with a runbook of this text.
    pub fn killed_and_reopened_on(self, runbook: &str) -> Self {
        let mut world = Self::new(SHOP, &[("runbook.md", runbook)], replay(&self.journal));
        world.journal = self.journal;
        world.now = self.now;
        world.flag = self.flag;
        world.far = self.far;
        world.open();
        world
    }

    /// Tells the core, and everything that follows from it at once.
    pub fn tell(&mut self, msg: Msg) {
        let mut queue = VecDeque::from([msg]);
        while let Some(msg) = queue.pop_front() {
            for effect in update(&mut self.model, self.now, msg) {
                self.carry_out(effect, &mut queue);
            }
        }
        arrange(&mut self.model);
    }

    fn carry_out(&mut self, effect: Effect, queue: &mut VecDeque<Msg>) {
        match effect {
            Effect::Log(logged) => match self.disk {
                Disk::Answers => {
                    queue.push_back(Msg::Logged(logged.seq));
                    self.journal.push(logged);
                }
                Disk::Waits => {
                    self.unlogged.push(logged.seq);
                    self.journal.push(logged);
                }
                Disk::Full => queue.push_back(Msg::JournalFailed("the disk is full".into())),
            },
            Effect::Poll { signal, attempt } => {
                self.polls.push((signal, attempt));
                if let Some(reading) = self.ask(signal) {
                    self.polls.pop();
                    queue.push_back(Msg::Polled { signal, attempt, reading: Box::new(reading) });
                }
            }
            Effect::Run { ref run, ref request, .. } => {
                self.left.push(run.clone());
                match self.reply(request) {
                    Some(reply) => queue.push_back(Msg::Replied(run.clone(), Box::new(reply))),
                    None => drop(self.out.insert(run.clone(), request.clone())),
                }
                self.asked.push(effect);
            }
            Effect::Check { ref run, ref request } => {
                if let Some(reply) = self.reply(request) {
                    queue.push_back(Msg::Checked(run.clone(), Box::new(reply)));
                }
                self.asked.push(effect);
            }
            Effect::Bell => self.rung += 1,
            Effect::Ring(text) => self.rings.push(text),
            Effect::KeepLook { .. }
            | Effect::Keep(_)
            | Effect::Cancel(_)
            | Effect::Copy(_)
            | Effect::Edit(_)
            | Effect::Handover(_)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Quit => {
                self.asked.push(effect);
            }
        }
    }

    /// The disk says that everything it took is on it.
    pub fn disk_answers(&mut self) {
        self.disk = Disk::Answers;
        if let Some(last) = std::mem::take(&mut self.unlogged).pop() {
            self.tell(Msg::Logged(last));
        }
    }

    // Time

    /// `seconds` go by.
    pub fn wait(&mut self, seconds: u64) {
        self.until(self.now.plus(Duration::from_secs(seconds)));
    }

    /// Time goes by until `end`.
    pub fn until(&mut self, end: Timestamp) {
        while self.now < end {
            let second = Timestamp::from_millis((self.now.millis().div_euclid(1000) + 1) * 1000);
            let awaited = self.model.feed.awaited.iter().map(|awaited| awaited.deadline).min();
            let next = [Some(second), self.model.feed.next_due(), awaited].into_iter().flatten().min();
            let soonest = self.now.plus(Duration::from_millis(1));
            self.now = next.unwrap_or(end).max(soonest).min(end);
            self.tell(Msg::Tick);
        }
    }

    // The far side

    /// From now on `signal` answers so.
    pub fn answers(&mut self, signal: &str, answer: Answer) {
        self.far.insert(signal.into(), answer);
    }

    /// From now on `signal` answers with this status at once.
    pub fn status(&mut self, signal: &str, status: u16) {
        self.answers(signal, Answer::Http(status, 40, Vec::new(), r#"{"queue": 0}"#.into()));
    }

    /// `signal` answers with each of these once, asked now each time.
    pub fn reads(&mut self, signal: &str, statuses: &[u16]) {
        for status in statuses {
            self.status(signal, *status);
            self.poll(signal);
        }
    }

    /// `signal` is asked a second from now, and answers what it answers.
    pub fn poll(&mut self, signal: &str) {
        self.now = self.now.plus(Duration::from_secs(1));
        let index = self.index(signal);
        // As a poll that is due, without the others that are due as well.
        let feed = &mut self.model.feed.signals[index];
        feed.attempt += 1;
        feed.in_flight = true;
        feed.scheduled = self.now;
        let attempt = feed.attempt;
        let reply = self.answer(index).expect("a signal that answers");
        let reading = sources::read(&self.model.plan.signals[index], self.now, &[reply]);
        self.tell(Msg::Polled { signal: index, attempt, reading: Box::new(reading) });
    }

    /// One poll of `signal`: as many requests as its source makes; `None` where one gets no answer.
    fn ask(&mut self, signal: usize) -> Option<Reading> {
        let known = self.model.plan.signals[signal].clone();
        let mut answered = Vec::new();
        while let Some(request) = sources::next(&known, self.now, &answered) {
            answered.push(match (&mut self.vendor, known.board) {
                (Some(vendor), Some(_)) => vendor(&request)?,
                _ => self.answer(signal)?,
            });
        }
        Some(sources::read(&known, self.now, &answered))
    }

    fn answer(&self, signal: usize) -> Option<IoReply> {
        let signal = &self.model.plan.signals[signal].id;
        let http = |status: u16, ms: u64, headers: Vec<(String, String)>, body: &str| {
            Some(IoReply::Http(HttpReply {
                status,
                headers,
                body: body.as_bytes().to_vec(),
                truncated: false,
                latency: Duration::from_millis(ms),
                certificate_days: None,
            }))
        };
        match self.far.get(signal) {
            None if signal.as_str() == "web" && self.flag.on && !self.flag.lies => {
                http(503, 20, vec![("x-maintenance".into(), "on".into())], "closed for a while")
            }
            None => http(200, 40, Vec::new(), r#"{"queue": 0}"#),
            Some(Answer::Http(status, ms, headers, body)) => http(*status, *ms, headers.clone(), body),
            Some(Answer::Failed(reason)) => Some(failed(*reason, Delivery::Unknown)),
            Some(Answer::Limited(seconds)) => {
                http(429, 10, vec![("retry-after".into(), seconds.to_string())], "slow down")
            }
            Some(Answer::Silent) => None,
        }
    }

    /// The next request whose preview holds `text` is answered so; `None` is no answer yet. Once
    /// given, a list is used up before the default is.
    pub fn script(&mut self, text: &str, reply: Option<IoReply>) {
        match self.replies.iter_mut().find(|(known, _)| known == text) {
            Some((_, replies)) => replies.push_back(reply),
            None => self.replies.push((text.to_owned(), VecDeque::from([reply]))),
        }
    }

    fn reply(&mut self, request: &IoRequest) -> Option<IoReply> {
        let preview = request.preview().join("\n");
        if let Some(vendor) = &mut self.vendor {
            return vendor(request);
        }
        let scripted =
            self.replies.iter_mut().find(|(text, replies)| preview.contains(text) && !replies.is_empty());
        if let Some((_, replies)) = scripted {
            return replies.pop_front().flatten();
        }
        if let IoRequest::Http(http) = request
            && http.url.ends_with("/flags/maintenance")
        {
            match (http.method.as_str(), &http.body) {
                ("PUT", Some(body)) => self.flag.on = body.to_string() == "on",
                _ => return Some(ok(if self.flag.on { "on" } else { "off" })),
            }
        }
        match request {
            IoRequest::Http(_) | IoRequest::S3(_) => Some(ok("ok")),
            IoRequest::Command(_) => Some(exit(0)),
            IoRequest::Tcp(_) | IoRequest::Redis(_) | IoRequest::Postgres(_) => None,
        }
    }

    /// A run that left is answered.
    pub fn replies(&mut self, run: &str, reply: IoReply) {
        let run = RunId::from(run);
        self.out.remove(&run).expect("a run that is out");
        self.tell(Msg::Replied(run, Box::new(reply)));
    }

    // The operator

    pub fn command(&mut self, command: Command) {
        self.tell(Msg::Command(command));
    }

    pub fn action(&mut self, action: &str) {
        self.command(Command::Action(action.into()));
    }

    pub fn press(&mut self, press: Press) {
        self.tell(Msg::Press(press));
    }

    /// One key, as the keymap names it, where it is pressed now.
    pub fn key(&mut self, key: &str) {
        let chord = Chord::parse(key).unwrap_or_else(|error| panic!("{key}: {error:?}"));
        let Some(place) = panes::place(&self.model) else {
            self.pending.clear();
            let press = press_of(key, chord);
            return self.press(press);
        };
        match self.keymap.resolve(place, &self.pending, chord) {
            Resolved::Command(command) => {
                self.pending.clear();
                self.command(command);
            }
            Resolved::Pending => self.pending.push(chord),
            Resolved::Nothing => {
                self.pending.clear();
                if place == Place::Editor {
                    self.press(press_of(key, chord));
                }
            }
        }
    }

    /// Keys, separated by spaces.
    pub fn keys(&mut self, keys: &str) {
        keys.split_whitespace().for_each(|key| self.key(key));
    }

    /// Types text, a character at a time.
    pub fn types(&mut self, text: &str) {
        text.chars().for_each(|c| self.press(Press::Char(c)));
    }

    /// Types text into the field that is open, in place of what stands in it.
    pub fn answers_prompt(&mut self, text: &str) {
        self.press(Press::End);
        self.press(Press::DeleteLine);
        self.types(text);
        self.press(Press::Enter);
    }

    /// Puts the cursor on the step that holds `text`.
    pub fn at_step(&mut self, text: &str) {
        self.keys("2 g");
        for _ in 0..40 {
            let step = self.model.ui.step.clone().expect("a step");
            if self.model.plan.step(&step).expect("known").text.contains(text) {
                return;
            }
            self.key("down");
        }
        panic!("no step says {text}");
    }

    /// Closes the incident: what is left in the list is left open, a part at a time.
    pub fn closes(&mut self, summary: &str) {
        let incident = self.model.watch.incident().expect("an incident is open").id.clone();
        self.key("C");
        for _ in 0..10 {
            if !matches!(self.model.ui.dialog, Some(Dialog::Closing { .. })) {
                break;
            }
            if midwatch::state::closing::missing(&self.model).is_empty() {
                self.key("C");
            } else {
                self.key("X");
                self.answers_prompt("not needed this time");
            }
        }
        self.answers_prompt(summary);
        let is_open = self.model.watch.known_incident(&incident).is_some_and(|known| known.closed.is_none());
        assert!(!is_open, "{}", self.screen());
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.tell(Msg::Resized(columns, rows));
    }

    // What is seen

    pub fn screen(&self) -> String {
        let (columns, rows) = self.model.ui.size;
        view::text_map(&panes::screen(&self.model, self.now), columns, rows).join("\n")
    }

    pub fn sees(&self, text: &str) -> bool {
        self.screen().contains(text)
    }

    /// What is on disk, in words: who and what.
    pub fn told(&self) -> Vec<String> {
        let words = |logged: &Logged| {
            let told = tell(&logged.fact);
            format!("{} {}", told.who, told.text)
        };
        self.journal.iter().map(words).collect()
    }

    pub fn has_told(&self, text: &str) -> bool {
        self.told().iter().any(|line| line.contains(text))
    }

    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.journal.iter().map(|logged| &logged.fact)
    }

    pub fn health(&self, signal: &str) -> Option<Health> {
        self.model.watch.signals.get(signal).map(|known| known.health)
    }

    pub fn run(&self, run: &str) -> &Run {
        self.model.watch.run(&run.into()).expect("a run of that name")
    }

    /// Runs of `action` that were asked for, in words of their purpose.
    pub fn requested(&self, action: &str) -> Vec<&'static str> {
        let of = |run: &&Run| run.action.as_str() == action;
        self.model.watch.runs.iter().filter(of).map(|run| run.purpose.word()).collect()
    }

    pub fn said(&self) -> String {
        self.model.ui.said.as_ref().map(|(text, ..)| text.clone()).unwrap_or_default()
    }

    pub fn index(&self, signal: &str) -> usize {
        self.model.plan.signal_index(&signal.into()).expect("a signal of that name")
    }
}

/// Everything that `runbook` can run, as looked at by somebody yesterday.
pub fn seen(runbook: &Runbook) -> Vec<SeenBlock> {
    let at = START.minus(Duration::from_secs(24 * 3600));
    blocks(runbook).into_iter().map(|block| SeenBlock { block, at, by: "bob".into() }).collect()
}

/// The watch that a journal gives, each entry through its text.
pub fn replay(journal: &[Logged]) -> Watch {
    let mut watch = Watch::default();
    for logged in journal {
        let text = serde_json::to_string(logged).expect("a fact is JSON");
        let back: Logged = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(back, *logged, "{text}");
        watch.apply(&back);
    }
    watch
}

pub fn ok(body: &str) -> IoReply {
    status(200, body)
}

pub fn status(status: u16, body: &str) -> IoReply {
    IoReply::Http(HttpReply {
        status,
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
        truncated: false,
        latency: Duration::from_millis(40),
        certificate_days: None,
    })
}

pub fn exit(code: i32) -> IoReply {
    IoReply::Command(CommandReply {
        exit: Some(code),
        signal: None,
        stdout: "one line\n".into(),
        stderr: String::new(),
        truncated: false,
        duration: Duration::from_millis(900),
    })
}

pub fn failed(reason: Reason, delivery: Delivery) -> IoReply {
    IoReply::Failed(IoFailure { reason, detail: "no answer".into(), delivery })
}

fn press_of(key: &str, chord: Chord) -> Press {
    match key {
        "enter" => Press::Enter,
        "esc" => Press::Esc,
        "tab" => Press::Tab,
        "backtab" => Press::BackTab,
        "left" => Press::Left,
        "right" => Press::Right,
        "backspace" => Press::Backspace,
        "up" => Press::Up,
        "down" => Press::Down,
        "pageup" => Press::PageUp,
        "pagedown" => Press::PageDown,
        "home" => Press::Home,
        "end" => Press::End,
        "space" => Press::Char(' '),
        _ => Press::Char(chord.types().unwrap_or_else(|| panic!("{key} types nothing"))),
    }
}

/// The plan and the keys of a configuration, as the program makes them.
pub fn plan(config: &str, runbooks: &[(&str, &str)]) -> (Plan, Keymap) {
    let layer = Layer { name: "midwatch.toml".into(), text: config.into(), base: PathBuf::from("/srv/shop") };
    let loaded = config::load(&[layer], &[("USER".into(), "ann".into())]);
    let settings = loaded.settings.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
    let environment = Environment {
        console: settings.console.name.clone(),
        environment: settings.console.environment.clone(),
        starts_locked: settings.console.locked,
        arm_for: settings.console.arm_for,
        operator: settings.console.operator.clone().unwrap_or_default(),
        read_only: None,
        banner: None,
    };
    let keys: Vec<ActionKey> = settings
        .actions
        .iter()
        .map(|action| ActionKey {
            action: ActionId::clone(&action.id),
            key: action.key.clone(),
            file: String::new(),
            at: (0, 0),
        })
        .collect();
    let (keymap, diagnostics) = keymap::load("default", None, &keys);
    assert_eq!(diagnostics, [], "the keys of the configuration");
    let mut plan = Plan::new(environment, settings.signals, settings.actions);
    for (name, text) in runbooks {
        plan.runbooks.push(runbook::read(name, text.as_bytes()).runbook);
    }
    plan.requests = settings.requests;
    plan.channels = settings.channels;
    plan.templates = settings.templates;
    plan.rollback = settings.rollback;
    plan.step_bindings = settings.bindings;
    plan.window = settings.window;
    plan.security = Some(runbook::security(&settings.clocks));
    plan.clocks = settings.clocks;
    plan.rotations = settings.rotations;
    plan.asides = runbook::asides;
    plan.bind();
    plan.bindings = keymap.bindings();
    plan.variables = BTreeSet::new();
    plan.seed = 7;
    (plan, keymap)
}
