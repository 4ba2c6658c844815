//! Scenarios: what goes wrong with the company and when, told in TOML, and what its state is at any
//! moment. The state is computed from the elapsed time and what operators did, never ticked, so a
//! company that nobody asks costs nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::deed::{self, Act, COLD_FOR, Deed, Flag, PROPAGATION, RESTART_TAKES};
use super::fault::{Fault, Span, Target, Targets, Toggle};
use super::remedy::Remedies;
use crate::domain::diagnostic::{self, Diagnostic};
use crate::domain::drill::{self, FIRST_UPDATE, NEXT_UPDATE};

/// A story that the company plays.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The name to ask for it.
    pub name: String,
    /// What it is, in a line.
    pub title: String,
    /// What happens and what can be learned from it, in a few sentences.
    pub about: String,
    /// How long the demo's go-live window lasts; as long as everybody's if absent.
    pub window: Option<Duration>,
    /// What a drill on it asks for; nothing where there is nothing to practise.
    pub drill: Option<drill::Targets>,
    pub(super) events: Vec<Event>,
}

/// A fault with a time.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    pub(super) at: Span,
    pub(super) target: Targets,
    pub(super) set: Fault,
    /// How long it lasts, each time; for good if absent.
    #[serde(rename = "for")]
    pub(super) lasts: Option<Span>,
    /// How often it comes again, counted from `at`.
    pub(super) repeat: Option<Span>,
    /// When it is over, whatever the rest says; on the scenario's clock.
    pub(super) until: Option<Span>,
    /// What ends it; any of them, if there are several.
    healed_by: Option<Remedies>,
    /// What `healed_by` needs in order to last.
    needs: Option<Need>,
    /// How long `healed_by` helps where `needs` was not met.
    pub(super) relief: Option<Span>,
}

/// What a remedy may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Need {
    /// The maintenance page keeps the customers away meanwhile.
    Maintenance,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: String,
    about: String,
    window: Option<Span>,
    drill: Option<Asked>,
    #[serde(default)]
    event: Vec<Spanned<Event>>,
}

/// What a drill asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    acknowledge: Option<Span>,
    contain: Option<Span>,
    communicate: Option<Span>,
    recover: Option<Span>,
    first_update: Option<Span>,
    next_update: Option<Span>,
}

impl Asked {
    fn targets(self) -> drill::Targets {
        let span = |span: Option<Span>| span.map(|span| span.0);
        drill::Targets {
            acknowledge: span(self.acknowledge),
            contain: span(self.contain),
            communicate: span(self.communicate),
            recover: span(self.recover),
            first_update: span(self.first_update).unwrap_or(FIRST_UPDATE),
            next_update: span(self.next_update).unwrap_or(NEXT_UPDATE),
        }
    }
}

/// How the company is at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// What the edge answers when the maintenance flag is read.
    pub flag: Flag,
    /// What the shop's pages show.
    pub page: Flag,
    /// What the edge does with a flag that it is given.
    pub toggle: Toggle,
    faults: BTreeMap<Target, Fault>,
}

impl State {
    /// What is wrong with `target`; nothing in it if it is as it should be.
    pub fn fault(&self, target: Target) -> Fault {
        self.faults.get(&target).cloned().unwrap_or_default()
    }

    /// The same, with `overrides` on top.
    #[must_use]
    pub fn with(mut self, overrides: &BTreeMap<Target, Fault>) -> Self {
        for (target, fault) in overrides {
            self.faults.entry(*target).or_default().overlay(fault);
        }
        if let Some(toggle) = overrides.get(&Target::Edge).and_then(|fault| fault.toggle) {
            self.page = match (self.toggle, toggle) {
                (_, Toggle::Pretends) => Flag::Off,
                (Toggle::Pretends, Toggle::Honest | Toggle::Forgets) => self.flag,
                (Toggle::Honest | Toggle::Forgets, Toggle::Honest | Toggle::Forgets) => self.page,
            };
            self.toggle = toggle;
        }
        self
    }
}

impl Scenario {
    /// Reads a scenario. The diagnostic names the place in `file`.
    pub fn parse(file: &str, text: &str) -> Result<Self, Diagnostic> {
        let read: File = toml::from_str(text).map_err(|error| {
            let place = error.span().map_or((0, 0), |span| diagnostic::place(text, span.start));
            Diagnostic::error(file, place, "scenario", crate::domain::text::clean(error.message()))
        })?;
        let mut events = Vec::with_capacity(read.event.len());
        for event in read.event {
            let place = diagnostic::place(text, event.span().start);
            let event = event.into_inner();
            event.check().map_err(|problem| Diagnostic::error(file, place, "scenario", problem))?;
            events.push(event);
        }
        Ok(Self {
            name: read.name,
            title: read.title,
            about: read.about.trim().to_owned(),
            window: read.window.map(|span| span.0),
            drill: read.drill.map(Asked::targets),
            events,
        })
    }

    /// How the company is at `elapsed` on the scenario's clock, after `deeds` (oldest first).
    pub fn state_at(&self, elapsed: Duration, deeds: &[Deed]) -> State {
        let mut faults: BTreeMap<Target, Fault> = BTreeMap::new();
        for deed in deeds.iter().filter(|deed| deed.what == Act::Purge) {
            if deed.at <= elapsed && elapsed < deed.at.saturating_add(COLD_FOR) {
                let cold = Fault { latency: Some(Span(Duration::from_millis(240))), ..Fault::default() };
                faults.entry(Target::Images).or_default().overlay(&cold);
            }
        }
        for event in self.events.iter().filter(|event| self.is_active(event, elapsed, deeds)) {
            for target in &event.target.0 {
                faults.entry(*target).or_default().overlay(&event.set);
            }
        }
        for deed in deeds {
            if let Act::Restart(target) = &deed.what
                && deed.at <= elapsed
                && elapsed < deed.at.saturating_add(RESTART_TAKES)
            {
                let starting =
                    Fault { status: Some(503), says: Some("starting".to_owned()), ..Fault::default() };
                faults.entry(*target).or_default().overlay(&starting);
            }
        }
        State {
            flag: deed::flag_at(deeds, elapsed, Duration::ZERO),
            page: self.page_at(elapsed, deeds),
            toggle: self.toggle_at(elapsed, deeds),
            faults,
        }
    }

    /// What the shop's pages show.
    fn page_at(&self, elapsed: Duration, deeds: &[Deed]) -> Flag {
        match self.toggle_at(elapsed, deeds) {
            Toggle::Pretends => Flag::Off,
            Toggle::Honest | Toggle::Forgets => deed::flag_at(deeds, elapsed, PROPAGATION),
        }
    }

    fn toggle_at(&self, elapsed: Duration, deeds: &[Deed]) -> Toggle {
        self.events
            .iter()
            .rev()
            .filter(|event| event.set.toggle.is_some() && event.target.0.contains(&Target::Edge))
            .find(|event| self.is_active(event, elapsed, deeds))
            .and_then(|event| event.set.toggle)
            .unwrap_or(Toggle::Honest)
    }

    pub(super) fn is_active(&self, event: &Event, elapsed: Duration, deeds: &[Deed]) -> bool {
        event.is_due(elapsed) && !self.is_healed(event, elapsed, deeds)
    }

    /// Whether a deed since the event began has ended it, or holds it off for now.
    fn is_healed(&self, event: &Event, elapsed: Duration, deeds: &[Deed]) -> bool {
        let Some(remedies) = &event.healed_by else { return false };
        remedies.among(deeds, event.at.0, elapsed).any(|deed| {
            let effective = deed.at.saturating_add(deed.what.takes());
            let lasts = match event.needs {
                None => true,
                Some(Need::Maintenance) => self.page_at(deed.at, deeds) == Flag::On,
            };
            let relief = event.relief.map_or(Duration::ZERO, |relief| relief.0);
            lasts || elapsed < effective.saturating_add(relief)
        })
    }
}

impl Event {
    /// Whether the clock alone says that it is on.
    fn is_due(&self, elapsed: Duration) -> bool {
        let Some(since) = elapsed.checked_sub(self.at.0) else { return false };
        if self.until.is_some_and(|until| elapsed >= until.0) {
            return false;
        }
        let within = match self.repeat {
            Some(Span(repeat)) => {
                Duration::from_nanos(u64::try_from(since.as_nanos() % repeat.as_nanos()).unwrap_or(0))
            }
            None => since,
        };
        self.lasts.is_none_or(|lasts| within < lasts.0)
    }

    /// What makes no sense, in words.
    fn check(&self) -> Result<(), String> {
        self.set.check_for(&self.target.0)?;
        if let Some(Span(repeat)) = self.repeat {
            if repeat.is_zero() {
                return Err("`repeat` must be longer than nothing".to_owned());
            }
            if self.lasts.is_none_or(|lasts| lasts.0 >= repeat) {
                return Err("an event with `repeat` needs a `for` that is shorter".to_owned());
            }
        }
        if self.until.is_some_and(|until| until <= self.at) {
            return Err("`until` must come after `at`".to_owned());
        }
        if self.healed_by.is_none() && (self.needs.is_some() || self.relief.is_some()) {
            return Err("`needs` and `relief` say more about `healed_by`, which is absent".to_owned());
        }
        // What the page shows follows from the toggle; a toggle that follows from the page never settles.
        if self.set.toggle.is_some() && self.needs.is_some() {
            return Err("an event that sets `toggle` cannot have `needs`".to_owned());
        }
        if self.set.toggle.is_some() && self.target.0 != [Target::Edge] {
            return Err("only the edge has a `toggle`".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::vendors::errand::{AliasKind, Errand};
    use super::*;

    fn told(events: &str) -> Scenario {
        let head = "name = \"test\"\ntitle = \"A test\"\nabout = \"Told by a test.\"\n";
        Scenario::parse("test.toml", &format!("{head}{events}")).unwrap()
    }

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn deed(at: f64, what: Act) -> Deed {
        Deed { at: seconds(at), what }
    }

    fn status(scenario: &Scenario, at: f64, deeds: &[Deed]) -> Option<u16> {
        scenario.state_at(seconds(at), deeds).fault(Target::Api).status
    }

    #[test]
    fn an_event_begins_and_ends_by_the_clock() {
        let scenario =
            told("[[event]]\nat = \"20s\"\nfor = \"10s\"\ntarget = \"api\"\nset = { status = 503 }\n");
        let seen = [0.0, 19.999, 20.0, 29.999, 30.0].map(|at| status(&scenario, at, &[]));
        assert_eq!(seen, [None, None, Some(503), Some(503), None]);
    }

    #[test]
    fn a_repeated_event_comes_again_until_its_end() {
        let scenario = told(concat!(
            "[[event]]\nat = \"10s\"\nfor = \"4s\"\nrepeat = \"9s\"\nuntil = \"30s\"\n",
            "target = \"api\"\nset = { status = 500 }\n"
        ));
        let seen = [9.0, 10.0, 14.0, 19.0, 23.0, 28.5, 30.0, 38.0].map(|at| status(&scenario, at, &[]));
        assert_eq!(seen, [None, Some(500), None, Some(500), None, Some(500), None, None]);
    }

    #[test]
    fn later_events_change_only_what_they_say() {
        let scenario = told(concat!(
            "[[event]]\nat = \"0s\"\ntarget = \"everything\"\nset = { latency = \"1s\", status = 500 }\n",
            "[[event]]\nat = \"5s\"\ntarget = \"api\"\nset = { status = 503 }\n"
        ));
        let state = scenario.state_at(seconds(6.0), &[]);
        assert_eq!(state.fault(Target::Api).status, Some(503));
        assert_eq!(state.fault(Target::Api).latency, Some(Span(seconds(1.0))));
        assert_eq!(state.fault(Target::Mail).status, Some(500));
    }

    #[test]
    fn a_restart_heals_for_good_only_where_its_need_is_met() {
        let scenario = told(concat!(
            "[[event]]\nat = \"8s\"\ntarget = \"api\"\nset = { status = 500 }\n",
            "healed_by = \"restart api\"\nneeds = \"maintenance\"\nrelief = \"5s\"\n"
        ));
        let bare = [deed(10.0, Act::Restart(Target::Api))];
        let seen = [10.0, 12.9, 13.0, 17.9, 18.0].map(|at| status(&scenario, at, &bare));
        assert_eq!(seen, [Some(503), Some(503), None, None, Some(500)], "starting, relief, and down again");

        let behind_the_page = [deed(10.0, Act::Maintenance(Flag::On)), deed(11.0, Act::Restart(Target::Api))];
        assert_eq!(status(&scenario, 14.0, &behind_the_page), None);
        assert_eq!(status(&scenario, 3600.0, &behind_the_page), None, "and it stays healed");

        let too_early = [deed(2.0, Act::Maintenance(Flag::On)), deed(3.0, Act::Restart(Target::Api))];
        assert_eq!(status(&scenario, 20.0, &too_early), Some(500), "no restart heals what has not begun");
    }

    #[test]
    fn the_flag_is_read_at_once_and_reaches_the_page_a_moment_later() {
        let scenario = told("");
        let deeds = [deed(10.0, Act::Maintenance(Flag::On)), deed(20.0, Act::Maintenance(Flag::Off))];
        let seen = [9.9, 10.0, 10.7, 20.0, 20.7].map(|at| {
            let state = scenario.state_at(seconds(at), &deeds);
            (state.flag, state.page)
        });
        let (on, off) = (Flag::On, Flag::Off);
        assert_eq!(seen, [(off, off), (on, off), (on, on), (off, on), (off, off)]);
    }

    #[test]
    fn an_edge_that_pretends_shows_no_page_until_it_is_healed() {
        let scenario = told(concat!(
            "[[event]]\nat = \"0s\"\ntarget = \"edge\"\nset = { toggle = \"pretends\" }\n",
            "healed_by = \"purge cache\"\n"
        ));
        let on = deed(1.0, Act::Maintenance(Flag::On));
        let state = scenario.state_at(seconds(60.0), std::slice::from_ref(&on));
        assert_eq!((state.flag, state.page, state.toggle), (Flag::On, Flag::Off, Toggle::Pretends));
        let state = scenario.state_at(seconds(60.0), &[on, deed(30.0, Act::Purge)]);
        assert_eq!((state.page, state.toggle), (Flag::On, Toggle::Honest));
    }

    #[test]
    fn a_rollback_heals_until_somebody_promotes_the_bad_one_again() {
        let scenario = told(
            "[[event]]\nat = \"5s\"\ntarget = \"api\"\nset = { status = 500 }\nhealed_by = \"rollback web\"\n",
        );
        let alias = |at: f64, kind: AliasKind, backwards: bool| {
            let (from, to) = ("dpl_a".to_owned(), "dpl_b".to_owned());
            deed(at, Act::AtVendor(Errand::Alias { kind, from, to, backwards }))
        };
        let deeds = [alias(10.0, AliasKind::Rollback, true), alias(30.0, AliasKind::Promote, false)];
        let seen = [9.0, 15.9, 16.0, 35.9, 36.0].map(|at| status(&scenario, at, &deeds));
        assert_eq!(seen, [Some(500), Some(500), None, None, Some(500)]);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_place() {
        let head = "name = \"x\"\ntitle = \"X\"\nabout = \"X\"\n[[event]]\nat = \"1s\"\n";
        let cases = [
            ("target = \"ap\"\nset = {}", 6, "did you mean \"api\"?"),
            ("target = \"api\"\nset = { statos = 1 }", 7, "statos"),
            ("target = \"api\"\nset = { latency = \"soon\" }", 7, "is not a span of time"),
            ("target = \"api\"\nset = { status = 42 }", 4, "status 42"),
            ("target = \"api\"\nset = { toggle = \"forgets\" }", 4, "only the edge"),
            ("target = \"api\"\nset = {}\nrepeat = \"3s\"", 4, "needs a `for`"),
            ("target = \"api\"\nset = {}\nuntil = \"1s\"", 4, "must come after"),
            ("target = \"api\"\nset = {}\nneeds = \"maintenance\"", 4, "healed_by"),
            ("target = \"api\"\nset = {}\nhealed_by = \"magic\"", 8, "unknown remedy"),
            ("target = \"api\"\nset = {}\nhealed_by = []", 8, "leave `healed_by` out"),
            ("target = \"api\"\nset = {}\nhealed_by = [\"restart ap\"]", 8, "did you mean \"api\"?"),
            ("target = \"stripe\"\nset = { errors.pool_timeout = 1 }", 4, "only sentry has `errors`"),
            ("target = \"sentry\"\nset = { errors.pool_timout = 1 }", 4, "did you mean \"pool_timeout\"?"),
            ("target = \"sentry\"\nset = { errors.pool_timeout = 0 }", 4, "not a number above 0"),
            ("target = \"fly\"\nset = { release = \"the new one\" }", 4, "is not a short commit"),
            ("target = \"vendors\"\nset = { lies = \"perhaps\" }", 7, "unknown variant"),
        ];
        for (events, line, message) in cases {
            let said = Scenario::parse("x.toml", &format!("{head}{events}")).unwrap_err().to_string();
            assert!(said.contains(message), "{said}");
            assert!(said.starts_with(&format!("x.toml:{line}:")), "{said}");
        }
    }
}
