//! What can be done: send an event again, send all of an endpoint's again, enable an endpoint.
//!
//! A replay always names its endpoint. Without one Stripe answers 200 and sends the event to nobody but a
//! listening command line. The route is the one that Stripe's own command line uses; Stripe's public document does
//! not have it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::ask::Account;
use super::backlog::{Backlog, Standing, standing};
use super::wire::{Endpoint, Event, is_plain, mode};
use crate::domain::action::Risk;
use crate::domain::alert::Place;
use crate::domain::condition::Condition;
use crate::domain::io::{IoRequest, segment};
use crate::domain::offer::{Call, Check, Offer, Tally};
use crate::domain::text::{clean, clip};

/// Five a second: a fifth of what Stripe lets one endpoint take.
const PACE: Duration = Duration::from_millis(200);
/// How long a replay may take to be delivered.
const WITHIN: Duration = Duration::from_secs(60);
const EVERY: Duration = Duration::from_secs(2);
/// Endpoints of one event that are offered one by one; the others have their own rows.
pub(super) const OFFERED: usize = 6;

/// The offers of one reading. What is offered on many rows is made once.
pub(super) struct Desk<'a> {
    account: &'a Account,
    backlog: &'a Backlog,
    all: HashMap<&'a str, Offer>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(backlog: &'a Backlog, account: &'a Account) -> Self {
        let desk = Self { account, backlog, all: HashMap::new() };
        let all = backlog.endpoints.iter().map(|endpoint| (endpoint.id.as_str(), desk.replay_all(endpoint)));
        let all = all.collect();
        Self { all, ..desk }
    }

    /// What can be done to an event.
    pub(super) fn of_event(&self, event: &Event) -> Vec<Offer> {
        let takers = self.backlog.takers(event);
        if takers.is_empty() {
            let reason = format!(
                "no endpoint takes {} in {} mode: there is nobody to send it to",
                clip(&clean(&event.kind), 60),
                mode(event.livemode)
            );
            return vec![nobody(event, reason)];
        }
        let takers = &takers[..takers.len().min(OFFERED)];
        let mut offers: Vec<Offer> =
            takers.iter().map(|(endpoint, standing)| self.replay(event, endpoint, *standing)).collect();
        let ready = takers.iter().filter(|(_, standing)| *standing == Standing::Ready);
        offers.extend(ready.filter_map(|(endpoint, _)| self.all.get(endpoint.id.as_str()).cloned()));
        offers
    }

    /// What can be done to an endpoint.
    pub(super) fn of_endpoint(&self, endpoint: &Endpoint) -> Vec<Offer> {
        let mut offers = Vec::new();
        if !endpoint.is_enabled() {
            offers.extend(self.enable(endpoint));
        }
        offers.extend(self.all.get(endpoint.id.as_str()).cloned());
        offers
    }

    fn replay(&self, event: &Event, endpoint: &Endpoint, standing: Standing) -> Offer {
        let Some(call) = self.call(event, endpoint) else {
            return nobody(event, "its id cannot stand in a request".to_owned());
        };
        let mut offer = Offer::one("replay", Risk::Change, call);
        offer.about = vec![
            format!(
                "{} mode: Stripe sends {} once more to {}. What it does there is done again, unless the \
                 receiver knows that it was done.",
                mode(event.livemode).to_uppercase(),
                clip(&clean(&event.kind), 60),
                endpoint.place()
            ),
            seen(event),
            unofficial(&event.link()),
        ];
        if self.backlog.takers(event).len() > 1 {
            offer.about.push(
                "Stripe does not say which endpoint failed: others take this type too, and a delivery to one of \
                 them looks the same from here."
                    .to_owned(),
            );
        }
        offer.refused = match standing {
            Standing::Ready => None,
            Standing::Shut => Some(shut(endpoint)),
            Standing::Late => Some(late(endpoint)),
        };
        offer
    }

    fn replay_all(&self, endpoint: &Endpoint) -> Offer {
        let owed = self.backlog.owed_to(endpoint);
        let calls: Vec<Call> = canary_first(&owed).filter_map(|event| self.call(event, endpoint)).collect();
        let unnamed = owed.len() - calls.len();
        let plural = if owed.len() == 1 { "" } else { "s" };
        let mut about = vec![format!(
            "{} mode: Stripe sends {} undelivered event{plural} once more to {}: first the newest alone, which has \
             most of its own tries left, then the oldest first, five a second. Nothing follows the first that fails.",
            mode(endpoint.livemode).to_uppercase(),
            calls.len(),
            endpoint.place()
        )];
        about
            .push("What they do there is done again, unless the receiver knows that it was done.".to_owned());
        match self.backlog.before(endpoint) {
            0 => {}
            some => {
                about.push(format!("Left out: {some} from before it subscribed, which it cannot be sent."))
            }
        }
        if unnamed > 0 {
            about.push(format!("Left out: {unnamed} whose id cannot stand in a request."));
        }
        if self.backlog.more {
            about.push("There are more than were read: look again afterwards.".to_owned());
        }
        about.push(unofficial(&endpoint.link()));
        let refused = if owed.is_empty() {
            Some("nothing that it should have got is undelivered".to_owned())
        } else if !endpoint.is_enabled() {
            Some(shut(endpoint))
        } else {
            calls.is_empty().then(|| "no id of its events can stand in a request".to_owned())
        };
        Offer {
            name: "replay-all",
            title: format!("replay {} event{plural} to {}", calls.len(), clean(&endpoint.id)),
            risk: Risk::Change,
            target: endpoint.id.clone(),
            about,
            blank: None,
            calls: calls.into(),
            pace: PACE,
            before: None,
            leaves: Vec::new(),
            tally: Place::parse(&format!("by_endpoint.{}", endpoint.id)).map(|place| {
                Arc::new(Tally { what: "undelivered events".to_owned(), before: owed.len(), place })
            }),
            refused,
        }
    }

    /// The one request that sends `event` to `endpoint`; `None` where an id is not one, or where it would be
    /// sent across modes.
    fn call(&self, event: &Event, endpoint: &Endpoint) -> Option<Call> {
        if !is_plain(&event.id) || !is_plain(&endpoint.id) || standing(event, endpoint).is_none() {
            return None;
        }
        let mut form = vec![("webhook_endpoint", endpoint.id.as_str())];
        let account = event.account.as_deref().filter(|account| is_plain(account));
        form.extend(account.map(|account| ("account", account)));
        let request = self.account.post(&format!("/v1/events/{}/retry", segment(&event.id)), &form);
        Some(Call {
            key: event.id.clone(),
            title: format!("replay {} to {}", event.id, endpoint.id),
            request: IoRequest::Http(request),
            expect: Condition::compile("body.object == 'event'").ok(),
            check: self.check(event),
        })
    }

    /// A delivery is seen by one webhook less that is pending. Where Stripe counts none, the event leaves the list of
    /// what is undelivered.
    fn check(&self, event: &Event) -> Option<Check> {
        let (request, when) = match event.pending_webhooks {
            Some(pending) if pending > 0 => (
                self.account.get(&format!("/v1/events/{}", segment(&event.id)), &[]),
                format!("status == 200 and body.pending_webhooks < {pending}"),
            ),
            Some(_) | None => {
                let second = event.created.millis().div_euclid(1000).to_string();
                let mut query = vec![
                    ("delivery_success", "false"),
                    ("created[gte]", second.as_str()),
                    ("created[lte]", second.as_str()),
                ];
                // It only narrows the list: what is no type is left out.
                query.extend(is_type(&event.kind).then_some(("type", event.kind.as_str())));
                query.push(("limit", "100"));
                let when = format!(
                    "status == 200 and body.data | selectattr('id', 'equalto', '{}') | list | length == 0",
                    event.id
                );
                (self.account.get("/v1/events", &query), when)
            }
        };
        Some(Check {
            request: IoRequest::Http(request),
            when: Condition::compile(&when).ok()?,
            // It is gone: older than what Stripe keeps, or of another key.
            fails: Condition::compile("status == 404").ok(),
            every: EVERY,
            within: WITHIN,
        })
    }

    fn enable(&self, endpoint: &Endpoint) -> Option<Offer> {
        if !is_plain(&endpoint.id) {
            return None;
        }
        let path = format!("/v1/webhook_endpoints/{}", segment(&endpoint.id));
        let when = Condition::compile("status == 200 and body.status == 'enabled'").ok()?;
        let call = Call {
            key: endpoint.id.clone(),
            title: format!("enable {}", endpoint.id),
            request: IoRequest::Http(self.account.post(&path, &[("disabled", "false")])),
            expect: Condition::compile("body.status == 'enabled'").ok(),
            check: Some(Check {
                request: IoRequest::Http(self.account.get(&path, &[])),
                when,
                fails: Condition::compile("status == 404").ok(),
                every: EVERY,
                within: Duration::from_secs(30),
            }),
        };
        let mut offer = Offer::one("enable", Risk::Change, call);
        offer.about = vec![
            format!(
                "{} mode: Stripe sends events to {} again from now on. See first that it answers: Stripe \
                 disables an endpoint that fails for days.",
                mode(endpoint.livemode).to_uppercase(),
                endpoint.place()
            ),
            "What was not delivered meanwhile is not sent by this: replay it afterwards.".to_owned(),
            format!("On the dashboard: {}", endpoint.link()),
        ];
        Some(offer)
    }
}

/// The newest alone, then the oldest first. If the endpoint still fails, the newest has most of Stripe's own tries
/// left: a canary that is lost there costs least.
fn canary_first<'e>(owed: &[&'e Event]) -> impl Iterator<Item = &'e Event> {
    let (canary, rest) = match owed.split_last() {
        Some((canary, rest)) => (Some(*canary), rest.to_vec()),
        None => (None, Vec::new()),
    };
    canary.into_iter().chain(rest)
}

/// Whether `kind` is written as Stripe writes types: `invoice.payment_failed`.
fn is_type(kind: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._".contains(&byte);
    !kind.is_empty() && kind.len() <= 100 && kind.bytes().all(inner)
}

fn seen(event: &Event) -> String {
    match event.pending_webhooks {
        Some(pending) if pending > 0 => {
            format!(
                "It is delivered once Stripe counts fewer than {pending} pending; one minute is waited for that."
            )
        }
        Some(_) | None => {
            "It is delivered once Stripe no longer lists it as undelivered; one minute is waited for that."
                .to_owned()
        }
    }
}

fn unofficial(link: &str) -> String {
    format!(
        "Stripe's public document does not have this route. Should it fail, resend on the dashboard: {link}"
    )
}

fn shut(endpoint: &Endpoint) -> String {
    format!(
        "{} is {}: re-enable it first",
        clean(&endpoint.id),
        clip(&clean(endpoint.status.as_deref().unwrap_or("of unknown status")), 24)
    )
}

fn late(endpoint: &Endpoint) -> String {
    let when = endpoint.created.map_or_else(String::new, |at| format!(" at {}", at.rfc3339()));
    format!("{} subscribed{when}, after this event: Stripe would send it nothing", clean(&endpoint.id))
}

/// The offer that says why there is none. It holds no request: a replay without an endpoint goes nowhere.
fn nobody(event: &Event, reason: String) -> Offer {
    Offer {
        name: "replay",
        title: format!("replay {}", clean(&event.id)),
        risk: Risk::Change,
        target: event.id.clone(),
        about: Vec::new(),
        blank: None,
        calls: Arc::from([]),
        pace: Duration::ZERO,
        before: None,
        leaves: Vec::new(),
        tally: None,
        refused: Some(reason),
    }
}
