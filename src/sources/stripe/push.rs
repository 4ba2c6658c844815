//! Events that Stripe sends to us, as entries. Whether Stripe sent them has been verified before.

use super::entries::told;
use super::money::Amount;
use super::wire::Event;
use crate::domain::entry::Entry;
use crate::domain::reading::Health;
use crate::domain::text::{clean, clip};
use crate::domain::time::{Timestamp, short};
use crate::sources::reply;

/// The entry of a verified webhook body that came at `at`; why it is none, in words.
///
/// A thin event tells its object's id and no more.
pub fn from_webhook(body: &[u8], at: Timestamp) -> Result<Vec<Entry>, String> {
    let event: Event = reply::parse(body)
        .map_err(|fault| format!("no event of Stripe: {}", clip(&clean(&fault.detail), 120)))?;
    match event.object.as_deref() {
        Some("event" | "v2.core.event") => {}
        Some(other) => return Err(format!("no event of Stripe: it is a {}", clip(&clean(other), 40))),
        None => return Err("no event of Stripe: it does not say what it is".to_owned()),
    }
    let health = if is_bad_news(&event.kind) { Health::Degraded } else { Health::Ok };
    let mut entry = told(&event, health, "received");
    entry.cells = vec![
        ("ENDPOINT", String::new()),
        ("AGE", short(event.age(at))),
        ("PENDING", event.pending_webhooks.map_or_else(String::new, |count| count.to_string())),
        ("AMOUNT", Amount::of(event.about()).map_or_else(String::new, |amount| amount.text())),
    ];
    entry.make_clean();
    Ok(vec![entry])
}

/// Whether money did not come, or goes back.
fn is_bad_news(kind: &str) -> bool {
    let ends = [
        ".failed",
        "_failed",
        ".payment_action_required",
        ".marked_uncollectible",
        "dispute.created",
        "dispute.funds_withdrawn",
        "early_fraud_warning.created",
    ];
    ends.iter().any(|end| kind.ends_with(end))
}
