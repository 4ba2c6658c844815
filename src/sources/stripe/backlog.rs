//! What was not delivered, to whom it is owed, and how bad that is.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::ask::Pages;
use super::money::{self, Amount};
use super::wire::{Endpoint, Event, mode};
use super::{DAY, TRIED};
use crate::domain::io::Reason;
use crate::domain::reading::Health;
use crate::domain::time::{Timestamp, brief, short};
use crate::sources::reply::Fault;

/// Stripe gives up soon.
const SOON: Duration = Duration::from_secs(DAY);

/// Undelivered events and the endpoints they are owed to.
pub(super) struct Backlog {
    pub(super) at: Timestamp,
    /// Oldest first: nearest to being given up.
    pub(super) events: Vec<Event>,
    /// Without those that are ignored.
    pub(super) endpoints: Vec<Endpoint>,
    /// Disabled on purpose.
    pub(super) ignored: Vec<Endpoint>,
    /// Whether there is more than was read.
    pub(super) more: bool,
    /// The mode of what was read; `None` where nothing was and nobody says.
    livemode: Option<bool>,
}

/// What an endpoint that takes events of a type can be to one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// Stripe can send it the event.
    Ready,
    /// It had subscribed, and is sent nothing while it is not enabled.
    Shut,
    /// It subscribed after the event: Stripe sends it nothing.
    Late,
}

impl Backlog {
    /// The backlog that `pages` tell of; a fault where something is of another mode than `livemode`.
    pub(super) fn new(
        pages: Pages,
        at: Timestamp,
        ignore: &[String],
        livemode: Option<bool>,
    ) -> Result<Self, Fault> {
        let Pages { mut endpoints, mut events, more } = pages;
        let of = |id: &str, theirs: bool| (id.to_owned(), theirs);
        let mut rows = endpoints
            .iter()
            .map(|endpoint| of(&endpoint.id, endpoint.livemode))
            .chain(events.iter().map(|event| of(&event.id, event.livemode)));
        if let Some(wanted) = livemode
            && let Some((id, theirs)) = rows.find(|(_, theirs)| *theirs != wanted)
        {
            let detail = format!("{id} is of {} mode and {} mode is configured", mode(theirs), mode(wanted));
            return Err(Fault::new(Reason::Body, detail));
        }
        // Pages shift while they are read: what comes twice is one.
        events.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
        events.dedup_by(|one, other| one.id == other.id);
        endpoints.sort_by(|one, other| one.id.cmp(&other.id));
        endpoints.dedup_by(|one, other| one.id == other.id);
        let (ignored, endpoints): (Vec<_>, Vec<_>) =
            endpoints.into_iter().partition(|endpoint| ignore.contains(&endpoint.id));
        let takes = |endpoint: &Endpoint, event: &Event| standing(event, endpoint).is_some();
        events.retain(|event| {
            endpoints.iter().any(|endpoint| takes(endpoint, event))
                || !ignored.iter().any(|endpoint| takes(endpoint, event))
        });
        let read = events.iter().map(|event| event.livemode);
        let livemode =
            livemode.or_else(|| read.chain(endpoints.iter().map(|endpoint| endpoint.livemode)).max());
        Ok(Self { at, events, endpoints, ignored, more, livemode })
    }

    /// The endpoints that take `event`, and what each can be to it; those that can be sent it come first.
    pub(super) fn takers<'a>(&'a self, event: &Event) -> Vec<(&'a Endpoint, Standing)> {
        let mut takers: Vec<_> = self
            .endpoints
            .iter()
            .filter_map(|endpoint| Some((endpoint, standing(event, endpoint)?)))
            .collect();
        takers.sort_by_key(|(_, standing)| *standing);
        takers
    }

    /// Whether some endpoint should have got `event`.
    pub(super) fn is_owed(&self, event: &Event) -> bool {
        self.endpoints
            .iter()
            .any(|endpoint| matches!(standing(event, endpoint), Some(Standing::Ready | Standing::Shut)))
    }

    /// The events that `endpoint` should have got, oldest first.
    pub(super) fn owed_to(&self, endpoint: &Endpoint) -> Vec<&Event> {
        let is_owed =
            |event: &&Event| matches!(standing(event, endpoint), Some(Standing::Ready | Standing::Shut));
        self.events.iter().filter(is_owed).collect()
    }

    /// How many events are from before `endpoint` subscribed.
    pub(super) fn before(&self, endpoint: &Endpoint) -> usize {
        self.events.iter().filter(|event| standing(event, endpoint) == Some(Standing::Late)).count()
    }

    /// Whether `event` is past Stripe's own tries.
    pub(super) fn is_given_up(&self, event: &Event) -> bool {
        event.tried_until().is_some_and(|until| until <= self.at)
    }

    fn owed(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(|event| self.is_owed(event))
    }

    fn given_up(&self) -> usize {
        self.owed().filter(|event| self.is_given_up(event)).count()
    }

    /// How long Stripe goes on with the next event that it gives up.
    fn gives_up(&self) -> Option<Duration> {
        let until = self.owed().filter_map(Event::tried_until).filter(|until| *until > self.at).min()?;
        Some(self.at.until(until))
    }

    fn disabled(&self) -> usize {
        self.endpoints.iter().filter(|endpoint| endpoint.is_disabled()).count()
    }

    /// How bad one endpoint is.
    pub(super) fn health_of(&self, endpoint: &Endpoint) -> Health {
        match (endpoint.is_enabled(), self.owed_to(endpoint).is_empty()) {
            (true, true) => Health::Ok,
            (true, false) | (false, true) => Health::Degraded,
            (false, false) => Health::Down,
        }
    }

    /// How bad one event is.
    pub(super) fn health_for(&self, event: &Event) -> Health {
        let soon = event.tried_until().is_some_and(|until| self.at.until(until) <= SOON);
        let shut = self.takers(event).first().is_some_and(|(_, standing)| *standing == Standing::Shut);
        if self.is_owed(event) && (soon || shut) { Health::Down } else { Health::Degraded }
    }

    /// Nobody is sent anything: that nothing is undelivered then says nothing.
    fn is_nothing(&self) -> bool {
        self.events.is_empty() && self.endpoints.is_empty() && self.ignored.is_empty()
    }

    /// How bad it is; `most` undelivered events are too many.
    pub(super) fn health(&self, most: usize) -> Health {
        let shut = |endpoint: &Endpoint| self.health_of(endpoint) == Health::Down;
        let none_enabled = !self.endpoints.is_empty() && !self.endpoints.iter().any(Endpoint::is_enabled);
        let soon = self.given_up() > 0 || self.gives_up().is_some_and(|left| left <= SOON);
        if self.is_nothing() {
            Health::Blind
        } else if none_enabled || soon || self.endpoints.iter().any(shut) || self.owed().count() >= most {
            Health::Down
        } else if !self.events.is_empty() || self.endpoints.iter().any(|endpoint| !endpoint.is_enabled()) {
            Health::Degraded
        } else {
            Health::Ok
        }
    }

    /// The reason that goes with that health.
    pub(super) fn reason(&self) -> Option<Reason> {
        self.is_nothing().then_some(Reason::Body)
    }

    fn plus(&self) -> &'static str {
        if self.more { "+" } else { "" }
    }

    /// What is at stake, a sum a currency, the greatest first.
    fn amounts(&self) -> Vec<Amount> {
        let mut amounts = money::at_stake(self.events.iter().map(Event::about));
        amounts.sort_by(|one, other| other.number().total_cmp(&one.number()));
        amounts
    }

    /// `12 undelivered · oldest 2d 3h · gives up 21h · 1,204.50 EUR at stake`.
    pub(super) fn detail(&self) -> String {
        if self.is_nothing() {
            return "no webhook endpoint: nothing can be undelivered".to_owned();
        }
        let mut parts = Vec::new();
        if self.livemode == Some(false) {
            parts.push("TEST".to_owned());
        }
        parts.push(format!("{}{} undelivered", self.events.len(), self.plus()));
        match self.disabled() {
            0 => {}
            1 => parts.push("1 endpoint disabled".to_owned()),
            some => parts.push(format!("{some} endpoints disabled")),
        }
        match self.events.first() {
            Some(oldest) => parts.push(format!("oldest {}{}", short(oldest.age(self.at)), self.plus())),
            None if self.endpoints.len() == 1 => parts.push("1 endpoint".to_owned()),
            None => parts.push(format!("{} endpoints", self.endpoints.len())),
        }
        match self.given_up() {
            0 => parts.extend(self.gives_up().map(|left| format!("gives up {}", brief(left)))),
            some => parts.push(format!("{some} given up")),
        }
        let amounts = self.amounts();
        if !amounts.is_empty() {
            let mut words: Vec<String> = amounts.iter().take(2).map(Amount::text).collect();
            if amounts.len() > 2 {
                words.push("…".to_owned());
            }
            parts.push(format!("{} at stake", words.join(" + ")));
        }
        parts.join(" · ")
    }

    /// What conditions look into. Numbers stay numbers where there is nothing to count.
    pub(super) fn body(&self) -> Value {
        let hours = |span: Duration| (span.as_secs_f64() / 360.0).round() / 10.0;
        let given_up = self.given_up();
        let left = if given_up > 0 { Duration::ZERO } else { self.gives_up().unwrap_or(TRIED) };
        let mut types: BTreeMap<&str, usize> = BTreeMap::new();
        for event in &self.events {
            *types.entry(&event.kind).or_default() += 1;
        }
        let owed: BTreeMap<&str, usize> = self
            .endpoints
            .iter()
            .map(|endpoint| (endpoint.id.as_str(), self.owed_to(endpoint).len()))
            .collect();
        let amounts: BTreeMap<String, f64> =
            self.amounts().into_iter().map(|amount| (amount.currency.clone(), amount.number())).collect();
        json!({
            "undelivered": self.events.len(),
            "more": self.more,
            "oldest_hours": self.events.first().map_or(0.0, |event| hours(event.age(self.at))),
            "newest": self.events.last().map_or(0, |event| event.created.millis()),
            "gives_up_hours": hours(left),
            "given_up": given_up,
            "amounts": amounts,
            "types": types,
            "by_endpoint": owed,
            "endpoints": self.endpoints.len(),
            "endpoints_disabled": self.disabled(),
            "livemode": self.livemode,
        })
    }
}

/// What `endpoint` can be to `event`; `None` where it does not take its type in its mode.
pub(super) fn standing(event: &Event, endpoint: &Endpoint) -> Option<Standing> {
    if endpoint.livemode != event.livemode || !endpoint.takes(&event.kind) {
        return None;
    }
    Some(if endpoint.created.is_some_and(|subscribed| subscribed > event.created) {
        Standing::Late
    } else if endpoint.is_enabled() {
        Standing::Ready
    } else {
        Standing::Shut
    })
}
