//! What holds whatever happens, in whatever order.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use midwatch::app::{Effect, Msg, arrange, update};
use midwatch::domain::action::{Purpose, Risk};
use midwatch::domain::command::Command;
use midwatch::domain::commands::COMMANDS;
use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::ids::RunId;
use midwatch::domain::io::{Delivery, IoReply, OutputLine, Reason};
use midwatch::domain::press::Press;
use midwatch::domain::reading::{Health, Reading};
use midwatch::domain::time::Timestamp;
use midwatch::panes;
use midwatch::state::{Dialog, JournalState, Model, RunState, Watch};
use proptest::prelude::*;

use crate::world::{RUNBOOK, SHOP, START, exit, failed, ok, plan, replay, status};

/// Something that happens.
#[derive(Clone, Debug)]
enum Happening {
    /// Time goes by, and it is told.
    Time(u64),
    Told(Msg),
    /// A poll that is out is answered: which, and with what.
    Answered(usize, Health, Option<u64>, Option<bool>),
    /// A run that is out is answered.
    Replied(usize, Reply),
    /// All facts but the newest few are on disk.
    OnDisk(u64),
    /// The disk is full from here on.
    DiskFull,
    /// A console that died is opened again.
    Reopened,
    /// The clock is set.
    Stepped(i64),
    /// A reading and its confirmation by somebody who knows how.
    Determined(usize),
}

#[derive(Clone, Debug)]
enum Reply {
    On,
    Off,
    Broken,
    Exit(i32),
    Lost,
    NotSent,
    Stopped,
}

impl Reply {
    fn reply(&self) -> IoReply {
        match self {
            Reply::On => ok("on"),
            Reply::Off => ok("off"),
            Reply::Broken => status(500, "broken\u{1b}[2J"),
            Reply::Exit(code) => exit(*code),
            Reply::Lost => failed(Reason::Timeout, Delivery::Unknown),
            Reply::NotSent => failed(Reason::Dns, Delivery::NotSent),
            Reply::Stopped => failed(Reason::Timeout, Delivery::Cancelled),
        }
    }
}

const ACTIONS: [&str; 7] = [
    "maintenance-mode",
    "read-only-mode",
    "restart-api",
    "replay-events",
    "purge-cache",
    "rerun-gates",
    "dashboard",
];

fn happening() -> impl Strategy<Value = Happening> {
    let health =
        prop_oneof![Just(Health::Ok), Just(Health::Degraded), Just(Health::Blind), Just(Health::Down)];
    let command = (0..COMMANDS.len()).prop_map(|at| Msg::Command(COMMANDS[at].command.clone()));
    let action = (0..ACTIONS.len()).prop_map(|at| Msg::Command(Command::Action(ACTIONS[at].into())));
    let press = prop_oneof![
        4 => prop::sample::select(vec!['y', 'Y', 'n', 'A', 'q', '1', '0', ' ', 'x', 'P']).prop_map(Press::Char),
        3 => Just(Press::Enter),
        1 => prop::sample::select(vec![
            Press::Esc, Press::Up, Press::Down, Press::PageDown, Press::Backspace, Press::DeleteLine, Press::Tab,
        ]),
    ]
    .prop_map(Msg::Press);
    let ask = (0..ACTIONS.len(), 0..4_usize, any::<bool>()).prop_map(|(at, purpose, named)| Msg::Ask {
        action: ACTIONS[at].into(),
        purpose: [Purpose::Do, Purpose::On, Purpose::Off, Purpose::Read][purpose],
        yes: named.then(|| ACTIONS[at].to_owned()),
    });
    let reply = prop_oneof![
        3 => Just(Reply::On),
        3 => Just(Reply::Off),
        1 => Just(Reply::Broken),
        1 => (0..3).prop_map(Reply::Exit),
        2 => Just(Reply::Lost),
        1 => Just(Reply::NotSent),
        1 => Just(Reply::Stopped),
    ];
    prop_oneof![
        10 => (1..40_000_u64).prop_map(Happening::Time),
        14 => (0..8_usize, health, prop::option::weighted(0.1, 0..900_u64), any::<Option<bool>>())
            .prop_map(|(at, health, wait, effect)| Happening::Answered(at, health, wait, effect)),
        6 => (0..4_usize, reply).prop_map(|(at, reply)| Happening::Replied(at, reply)),
        8 => command.prop_map(Happening::Told),
        4 => action.prop_map(Happening::Told),
        10 => press.prop_map(Happening::Told),
        6 => (0..ACTIONS.len()).prop_map(Happening::Determined),
        1 => ask.prop_map(Happening::Told),
        1 => "[ -~\u{1b}\n]{0,12}".prop_map(|text| Happening::Told(Msg::Pasted(text))),
        2 => (0..210_u16, 0..64_u16, any::<bool>()).prop_map(|(x, y, again)| Happening::Told(Msg::Clicked { x, y, again })),
        1 => (0..210_u16, 0..64_u16, any::<bool>()).prop_map(|(x, y, down)| Happening::Told(Msg::Wheel { x, y, down })),
        1 => (0..210_u16, 0..64_u16).prop_map(|(columns, rows)| Happening::Told(Msg::Resized(columns, rows))),
        10 => prop_oneof![Just(0), 1..6_u64].prop_map(Happening::OnDisk),
        1 => (-7_200_000..7_200_000_i64).prop_map(Happening::Stepped),
        1 => Just(Happening::Reopened),
    ]
}

/// The console under test and everything that is known of it from outside.
struct Console {
    model: Model,
    now: Timestamp,
    /// What the core gave to the journal.
    journal: Vec<Logged>,
    /// Facts up to here were said to be on disk.
    on_disk: u64,
    full: bool,
    /// Polls that are out: attempt, and when they are given up.
    polls: BTreeMap<usize, (u64, Timestamp)>,
    out: BTreeSet<RunId>,
}

impl Console {
    fn new(watch: Watch) -> Self {
        let (plan, _) = plan(SHOP, &[("runbook.md", RUNBOOK)]);
        let mut model = Model::new(plan, watch);
        model.feed.journal = JournalState::Writing(model.watch.seq);
        let on_disk = model.watch.seq;
        Self {
            model,
            now: START,
            journal: Vec::new(),
            on_disk,
            full: false,
            polls: BTreeMap::new(),
            out: BTreeSet::new(),
        }
    }

    fn happens(&mut self, happening: &Happening) {
        match happening {
            Happening::Time(millis) => {
                self.now = self.now.plus(Duration::from_millis(*millis));
                self.tell(Msg::Tick);
            }
            Happening::Told(msg) => self.tell(msg.clone()),
            Happening::Answered(at, health, wait, effect) => self.answered(*at, *health, *wait, *effect),
            Happening::Replied(at, reply) => {
                let Some(run) = self.out.iter().nth(*at % self.out.len().max(1)).cloned() else { return };
                let line = OutputLine { error: false, text: "a line".into() };
                self.tell(Msg::Output(run.clone(), line));
                self.out.remove(&run);
                self.tell(Msg::Replied(run, Box::new(reply.reply())));
            }
            Happening::OnDisk(but) => {
                let last = self.journal.last().map(|logged| logged.seq.saturating_sub(*but));
                if let Some(last) = last.filter(|last| !self.full && *last > self.on_disk) {
                    self.on_disk = last;
                    self.tell(Msg::Logged(last));
                }
            }
            Happening::DiskFull => {
                self.full = true;
                self.tell(Msg::JournalFailed("the disk is full".into()));
            }
            Happening::Reopened => self.reopened(),
            Happening::Stepped(by_millis) => {
                self.now = self.now.shifted(*by_millis);
                self.polls.values_mut().for_each(|(_, until)| *until = until.shifted(*by_millis));
                self.tell(Msg::ClockStepped { by_millis: *by_millis });
            }
            Happening::Determined(at) => {
                self.model.ui.dialog = None;
                self.tell(Msg::Resized(120, 60));
                self.tell(Msg::Command(Command::Arm));
                self.tell(Msg::Command(Command::Action(ACTIONS[*at].into())));
                self.happens(&Happening::OnDisk(0));
                self.happens(&Happening::Replied(9, Reply::Off));
                self.tell(Msg::Press(Press::Char('y')));
                "edge-cache".chars().for_each(|c| self.tell(Msg::Press(Press::Char(c))));
                self.tell(Msg::Press(Press::Enter));
                self.happens(&Happening::OnDisk(0));
            }
        }
    }

    fn answered(&mut self, at: usize, health: Health, wait: Option<u64>, effect: Option<bool>) {
        let index = at % self.model.plan.signals.len();
        let Some((attempt, _)) = self.polls.remove(&index) else { return };
        let effects =
            self.model.plan.signals[index].observes.iter().map(|(id, _)| (id.clone(), effect)).collect();
        let reason = (health == Health::Down).then_some(Reason::Status);
        let reading = Reading {
            latency: Some(Duration::from_millis(40)),
            effects,
            retry_after: wait.map(Duration::from_secs),
            ..Reading::bare(self.now, health, reason, "503")
        };
        let refused = self.model.feed.signals[index].refused;
        self.tell(Msg::Polled { signal: index, attempt, reading: Box::new(reading) });
        let feed = &self.model.feed.signals[index];
        let every = self.model.plan.signals[index].every;
        let wait = Duration::from_secs(wait.unwrap_or_default());
        let longest =
            every.max(Duration::from_secs(300)).max(wait).mul_f64(1.06) + Duration::from_millis(200);
        assert!(
            self.now.until(feed.next) <= longest,
            "{:?} after {refused} refusals",
            self.now.until(feed.next)
        );
        assert!(feed.next >= self.now.plus(wait), "a source that asked to be left alone is");
    }

    /// It dies; some of what was not yet said to be on disk is lost.
    fn reopened(&mut self) {
        if self.full {
            return;
        }
        let on_disk = self.on_disk;
        self.journal.retain(|logged| logged.seq <= on_disk);
        let (journal, now) = (std::mem::take(&mut self.journal), self.now);
        let open: Vec<RunId> = {
            let watch = replay(&journal);
            watch.runs.iter().filter(|run| run.is_open()).map(|run| run.id.clone()).collect()
        };
        *self = Console { now, journal, ..Console::new(Watch::default()) };
        self.model = {
            let (plan, _) = plan(SHOP, &[("runbook.md", RUNBOOK)]);
            Model::new(plan, replay(&self.journal))
        };
        self.model.feed.journal = JournalState::Writing(self.model.watch.seq);
        self.on_disk = self.model.watch.seq;
        self.tell(Msg::Opened { version: "1".into() });
        assert_eq!(self.model.watch.armed_until, None, "nobody has armed the console that was opened");
        for run in open {
            let known = self.model.watch.run(&run).expect("known");
            // Reading a position has no effect to look for.
            let read = known.purpose == Purpose::Read && matches!(known.state, RunState::Cancelled(_));
            assert!(read || matches!(known.state, RunState::Unknown(_)), "{run} {:?}", known.state);
        }
    }

    /// Tells the core, and checks what must hold of every step.
    #[expect(clippy::needless_pass_by_value, reason = "told once, as the core is")]
    fn tell(&mut self, msg: Msg) {
        let before = (self.model.ui.signal.clone(), self.model.ui.dialog.clone());
        let locked = !self.model.watch.armed(self.now);
        let typed = match &before.1 {
            Some(Dialog::Confirm(confirm)) => Some(confirm.typed.value().to_owned()),
            _ => None,
        };
        let unseen = panes::dialog::unseen(&self.model, self.now);
        for effect in update(&mut self.model, self.now, msg.clone()) {
            match effect {
                Effect::Log(logged) => {
                    assert!(!self.full, "nothing is given to a journal that has failed");
                    assert_eq!(logged.seq, self.journal.last().map_or(1, |last| last.seq + 1));
                    if let Fact::RunRequested { run, action, risk, purpose, .. } = &logged.fact {
                        assert!(self.journal.iter().all(|known| !matches!(&known.fact, Fact::RunRequested { run: other, .. } if other == run)));
                        if *risk != Risk::Read {
                            consented(
                                &msg,
                                before.1.as_ref(),
                                locked,
                                typed.as_deref(),
                                unseen,
                                action.as_str(),
                                *risk,
                            );
                            assert_ne!(*purpose, Purpose::Read);
                        }
                    }
                    self.journal.push(logged);
                }
                Effect::Poll { signal, attempt } => {
                    let every = self.model.plan.signals[signal].every;
                    let given_up = self.now.plus(every * 4);
                    if let Some((_, until)) = self.polls.insert(signal, (attempt, given_up)) {
                        assert!(self.now >= until, "two polls of one signal are out");
                    }
                }
                Effect::Run { run, request, .. } => {
                    assert!(!self.full);
                    let asked = self.journal.iter().find_map(|logged| match &logged.fact {
                        Fact::RunRequested { run: known, request, .. } if *known == run => {
                            Some((logged.seq, request))
                        }
                        _ => None,
                    });
                    let (seq, logged) = asked.expect("a run that was requested");
                    assert!(seq <= self.on_disk, "{run} left before its request was on disk");
                    assert_eq!(*logged, request, "what runs is what was logged");
                    assert!(self.out.insert(run), "a run leaves once");
                }
                Effect::Cancel(run) => assert!(self.out.contains(&run), "only what runs can be stopped"),
                Effect::Check { .. } => unreachable!("nothing is offered here"),
                Effect::KeepLook { .. }
                | Effect::Keep(_)
                | Effect::Copy(_)
                | Effect::Edit(_)
                | Effect::Handover(_)
                | Effect::Bell
                | Effect::Ring(_)
                | Effect::Redraw
                | Effect::Suspend
                | Effect::Quit => {}
            }
        }
        // Readings and facts re-sort the list; only the operator moves the cursor.
        arrange(&mut self.model);
        let by_operator = matches!(
            msg,
            Msg::Command(_) | Msg::Press(_) | Msg::Clicked { .. } | Msg::Wheel { .. } | Msg::Pasted(_)
        );
        if !by_operator && before.0.is_some() {
            assert_eq!(self.model.ui.signal, before.0, "the cursor moved by itself");
        }
        let due: BTreeSet<_> =
            self.model.feed.signals.iter().enumerate().map(|(at, feed)| (feed.next, at)).collect();
        assert!(self.model.feed.due.is_empty() || self.model.feed.due == due, "every signal is due once");
    }
}

/// A change was asked for: somebody who saw it whole agreed to it.
fn consented(
    msg: &Msg,
    dialog: Option<&Dialog>,
    locked: bool,
    typed: Option<&str>,
    unseen: usize,
    action: &str,
    risk: Risk,
) {
    match msg {
        Msg::Ask { yes: Some(yes), .. } => {
            assert_eq!((yes.as_str(), risk), (action, Risk::Change));
        }
        Msg::Press(press) => {
            let Some(Dialog::Confirm(confirm)) = dialog else { panic!("{press:?} without a confirmation") };
            assert!(!locked, "{action} ran locked");
            assert_eq!(unseen, 0, "{action} ran unseen");
            assert_eq!(confirm.action.as_str(), action);
            match risk {
                Risk::Change => assert_eq!(*press, Press::Char(confirm.yes)),
                Risk::Destroy => {
                    assert_eq!((press, typed), (&Press::Enter, Some(confirm.target.as_str())));
                }
                Risk::Read => {}
            }
        }
        other => panic!("{other:?} asked for {action}"),
    }
}

fn console_after(happenings: &[Happening]) -> Console {
    let mut console = Console::new(Watch::default());
    console.tell(Msg::Opened { version: "1".into() });
    for happening in happenings {
        console.happens(happening);
        // What is drawn is drawn of any state.
        let _ = panes::screen(&console.model, console.now);
    }
    console
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, max_shrink_iters: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn replay_equals_live_and_nothing_runs_that_should_not(
        happenings in prop::collection::vec(happening(), 1..160),
    ) {
        let console = console_after(&happenings);
        // Each entry goes through its text on the way.
        prop_assert_eq!(&replay(&console.journal), &console.model.watch);
    }

    #[test]
    fn once_the_disk_is_full_nothing_is_logged_and_nothing_leaves(
        before in prop::collection::vec(happening(), 1..60),
        after in prop::collection::vec(happening(), 1..60),
    ) {
        let mut console = console_after(&before);
        console.happens(&Happening::DiskFull);
        let (logged, out) = (console.journal.len(), console.out.clone());
        for happening in &after {
            console.happens(happening);
        }
        prop_assert_eq!(console.journal.len(), logged);
        prop_assert!(console.out.is_subset(&out));
    }

    #[test]
    fn a_console_that_looks_on_agrees_with_the_one_that_writes(
        happenings in prop::collection::vec(happening(), 1..80),
        deeds in prop::collection::vec(happening(), 1..40),
    ) {
        let writes = console_after(&happenings);
        let mut looks_on = Console::new(Watch::default());
        looks_on.model.feed.journal = JournalState::ReadOnly("another console writes".into());
        looks_on.now = writes.now;
        looks_on.tell(Msg::Opened { version: "1".into() });
        for (entry, deed) in writes.journal.iter().zip(deeds.iter().cycle()) {
            looks_on.tell(Msg::Followed(vec![entry.clone()]));
            if let Happening::Told(msg) = deed {
                looks_on.tell(msg.clone());
            }
        }
        prop_assert_eq!(&looks_on.model.watch, &writes.model.watch);
        prop_assert!(looks_on.journal.is_empty() && looks_on.out.is_empty());
    }
}
