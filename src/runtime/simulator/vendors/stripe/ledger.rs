//! What Stripe has to tell the shop, and which of it has arrived.

use std::ops::Range;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::super::fault::Target;
use super::super::errand::{Errand, RETRY_TAKES};
use super::super::moment::Moment;
use super::super::seconds;
use crate::domain::time::Timestamp;

/// The endpoint that the shop listens at.
pub const ENDPOINT: &str = "we_1QLFbilling";
/// The endpoint of the old shop, switched off.
pub const OLD_ENDPOINT: &str = "we_1PLFlegacy";

/// How often something happens that Stripe tells.
const PERIOD: Duration = Duration::from_secs(4);
/// How long until Stripe has tried for the first time.
const FIRST_TRY: Duration = Duration::from_millis(800);
/// When it tries again by itself, after the first time.
const TRIES: [Duration; 3] =
    [Duration::from_secs(3_600), Duration::from_secs(3 * 3_600), Duration::from_secs(9 * 3_600)];
/// How many events there are from before the company began, and how far apart they are.
const BEFORE: u32 = 40;
const BEFORE_APART: Duration = Duration::from_secs(37 * 60);
/// How many events since then are kept.
const MOST: u64 = 3_000;

/// The kinds of events the endpoint subscribes to, and how often they are among twelve.
pub const KINDS: [(&str, u64); 6] = [
    ("checkout.session.completed", 4),
    ("invoice.paid", 3),
    ("invoice.payment_failed", 2),
    ("customer.subscription.updated", 1),
    ("charge.refunded", 1),
    ("payment_intent.payment_failed", 1),
];

/// Something that Stripe tells the shop.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its `evt_` name.
    pub id: String,
    /// What it is, such as `invoice.payment_failed`.
    pub kind: &'static str,
    /// When it arose.
    pub created: Timestamp,
    /// When it arose on the scenario's clock; `None` if before.
    pub at: Option<Duration>,
    /// Whether it has arrived at every endpoint that it is for.
    pub delivered: bool,
    /// The first try that failed, on the scenario's clock.
    pub failed: Option<Duration>,
    /// What its amounts and names follow from.
    lot: u64,
}

/// Every event, oldest first.
pub fn events(moment: &Moment<'_>) -> Vec<Event> {
    let mut events = Vec::new();
    let stranded = moment.course(Target::Stripe).iter().any(|(fault, _)| fault.stranded == Some(true));
    if stranded {
        events.push(Event {
            id: "evt_1PLFstranded0001".to_owned(),
            kind: "invoice.payment_failed",
            created: moment.before(Duration::from_secs(9 * 24 * 3_600)),
            at: None,
            delivered: false,
            failed: None,
            lot: 7,
        });
    }
    for back in (1..=BEFORE).rev() {
        let lot = moment.number(900, u64::from(back));
        events.push(Event {
            id: format!("evt_1QLF{:08x}", lot >> 32),
            kind: kind(lot),
            created: moment.before(BEFORE_APART * back),
            at: None,
            delivered: true,
            failed: None,
            lot,
        });
    }
    let refusals = refusals(moment);
    let so_far = u64::try_from(moment.elapsed.as_nanos() / PERIOD.as_nanos()).unwrap_or(0) + 1;
    for position in so_far.saturating_sub(MOST)..so_far {
        let wander = PERIOD.mul_f64(0.5 * moment.chance(901, position));
        let nanos = PERIOD.as_nanos().saturating_mul(u128::from(position));
        let at = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)).saturating_add(wander);
        if at > moment.elapsed {
            break;
        }
        let lot = moment.number(902, position);
        let id = format!("evt_1QLF{lot:016x}");
        let first = at.saturating_add(FIRST_TRY);
        let taken = |tried: Duration| tried <= moment.elapsed && !refused(moment, &refusals, tried, lot);
        let by_itself =
            std::iter::once(first).chain(TRIES.map(|later| first.saturating_add(later))).any(taken);
        let delivered = by_itself || sent_again(moment, &id);
        let failed = (first <= moment.elapsed && !taken(first)).then_some(first);
        events.push(Event {
            id,
            kind: kind(lot),
            created: moment.wall(at),
            at: Some(at),
            delivered,
            failed,
            lot,
        });
    }
    events
}

/// When the receiver refuses, with the share of what it refuses.
fn refusals(moment: &Moment<'_>) -> Vec<(f64, Range<Duration>)> {
    let mut refusals = Vec::new();
    for (fault, spans) in moment.course(Target::Billing) {
        let failing = fault.status.is_some_and(|status| !(200..300).contains(&status));
        let share = fault.fail_rate.unwrap_or(if failing { 1.0 } else { 0.0 });
        refusals.extend(spans.into_iter().map(|span| (share, span)));
    }
    refusals
}

fn refused(moment: &Moment<'_>, refusals: &[(f64, Range<Duration>)], tried: Duration, lot: u64) -> bool {
    refusals.iter().any(|(share, span)| span.contains(&tried) && moment.chance(903, lot) < *share)
}

/// Whether an operator had the event sent again, and it arrived.
fn sent_again(moment: &Moment<'_>, event: &str) -> bool {
    moment.errands().any(|(at, errand)| {
        let Errand::Retry { event: sent, endpoint, reached, .. } = errand else { return false };
        let there = endpoint.as_deref() == Some(ENDPOINT) && *reached;
        sent == event && there && at.saturating_add(RETRY_TAKES) <= moment.elapsed
    })
}

fn kind(lot: u64) -> &'static str {
    let mut rest = lot % KINDS.iter().map(|(_, share)| share).sum::<u64>();
    for (kind, share) in KINDS {
        match rest.checked_sub(share) {
            Some(left) => rest = left,
            None => return kind,
        }
    }
    KINDS[0].0
}

impl Event {
    /// The event as Stripe writes it.
    pub fn json(&self) -> Value {
        let lot = self.lot;
        json!({
            "id": self.id,
            "object": "event",
            "api_version": "2024-06-20",
            "created": seconds(self.created),
            "data": { "object": self.object() },
            "livemode": true,
            "pending_webhooks": u8::from(!self.delivered),
            "request": { "id": format!("req_LF{:010x}", lot >> 24), "idempotency_key": null },
            "type": self.kind,
        })
    }

    fn object(&self) -> Value {
        let lot = self.lot;
        let customer = format!("cus_LF{:06x}", lot & 0xff_ffff);
        let amount = 900 + (lot >> 8) % 6_400;
        let name = |start: &str| format!("{start}_1QLF{:08x}", lot >> 32);
        if self.kind.starts_with("invoice.") {
            let paid = self.kind == "invoice.paid";
            return json!({
                "id": name("in"), "object": "invoice", "customer": customer, "currency": "eur",
                "amount_due": amount, "amount_paid": if paid { amount } else { 0 },
                "amount_remaining": if paid { 0 } else { amount }, "attempt_count": 1 + lot % 3,
                "status": if paid { "paid" } else { "open" },
            });
        }
        match self.kind {
            "checkout.session.completed" => json!({
                "id": name("cs_live"), "object": "checkout.session", "customer": customer, "currency": "eur",
                "amount_subtotal": amount, "amount_total": amount, "mode": "payment",
                "payment_status": "paid", "status": "complete",
                "client_reference_id": format!("LF-{}", 20_000 + lot % 9_000),
            }),
            "customer.subscription.updated" => json!({
                "id": name("sub"), "object": "subscription", "customer": customer, "currency": "eur",
                "status": "active", "cancel_at_period_end": lot.is_multiple_of(2),
            }),
            "charge.refunded" => json!({
                "id": name("ch"), "object": "charge", "customer": customer, "currency": "eur",
                "amount": amount, "amount_refunded": amount, "refunded": true, "status": "succeeded",
            }),
            _ => json!({
                "id": name("pi"), "object": "payment_intent", "customer": customer, "currency": "eur",
                "amount": amount, "amount_received": 0, "status": "requires_payment_method",
            }),
        }
    }
}
