//! Amounts, and what they are together.

use super::super::money::{Amount, at_stake};
use super::*;

fn amount(units: i64, currency: &str) -> Amount {
    Amount { units, currency: currency.into() }
}

#[test]
fn an_amount_is_in_the_currency_s_smallest_unit() {
    for (units, currency, text, number) in [
        (120_450, "eur", "1,204.50 EUR", 1204.5),
        (5, "usd", "0.05 USD", 0.05),
        (123_456_789, "usd", "1,234,567.89 USD", 1_234_567.89),
        (3_000, "jpy", "3,000 JPY", 3000.0),
        (999, "krw", "999 KRW", 999.0),
        (5_120, "kwd", "5.120 KWD", 5.12),
        (500, "ugx", "5.00 UGX", 5.0),
        (500, "isk", "5.00 ISK", 5.0),
    ] {
        let amount = amount(units, currency);
        assert_eq!(amount.text(), text);
        assert!((amount.number() - number).abs() < 1e-9, "{text}");
    }
}

#[test]
fn only_payments_are_worth_something() {
    let of = |object: Value| Amount::of(&object);
    let charge = json!({ "object": "charge", "amount": 700, "currency": "EUR" });
    assert_eq!(of(charge.clone()), Some(amount(700, "eur")));
    assert_eq!(of(with(charge.clone(), "object", "plan")), None, "a price is not owed");
    assert_eq!(of(with(charge.clone(), "amount", 0)), None);
    assert_eq!(of(with(charge.clone(), "amount", -5)), None);
    assert_eq!(of(with(charge.clone(), "amount", "700")), None);
    for currency in [json!(null), json!("e\u{1b}r"), json!("euro"), json!(3)] {
        assert_eq!(of(with(charge.clone(), "currency", currency)), None);
    }
    let invoice = json!({ "object": "invoice", "amount_due": 0, "total": 900, "currency": "usd" });
    assert_eq!(of(invoice), Some(amount(900, "usd")));
    let session = json!({ "object": "checkout.session", "amount_total": 450, "currency": "usd" });
    assert_eq!(of(session), Some(amount(450, "usd")));
}

#[test]
fn one_payment_counts_once_however_many_events_tell_of_it() {
    let objects = [
        // The charge names the intent, the intent names nothing, the invoice names the intent: one payment.
        json!({ "object": "charge", "id": "ch_1", "amount": 1000, "currency": "eur", "payment_intent": "pi_1" }),
        json!({ "object": "payment_intent", "id": "pi_1", "amount": 1000, "currency": "eur" }),
        json!({ "object": "invoice", "id": "in_1", "amount_due": 1200, "currency": "eur",
                "payment_intent": { "id": "pi_1", "object": "payment_intent" } }),
        // The same invoice later.
        json!({ "object": "invoice", "id": "in_1", "amount_due": 1100, "currency": "eur" }),
        // Others.
        json!({ "object": "charge", "id": "ch_2", "amount": 50, "currency": "eur" }),
        json!({ "object": "charge", "id": "ch_3", "amount": 300, "currency": "jpy" }),
        json!({ "object": "charge", "amount": 1, "currency": "eur" }),
        json!({ "object": "charge", "amount": 1, "currency": "eur", "id": "", "invoice": null }),
    ];
    assert_eq!(at_stake(objects.iter()), [amount(1252, "eur"), amount(300, "jpy")]);
    assert_eq!(at_stake(objects.iter().rev()), [amount(1252, "eur"), amount(300, "jpy")], "in any order");
    let most = json!({ "object": "charge", "id": "a", "amount": i64::MAX, "currency": "eur" });
    let sum = at_stake([most.clone(), with(most, "id", "b")].iter());
    assert_eq!(sum, [amount(i64::MAX, "eur")], "a sum that is too great does not wrap");
}

#[test]
fn the_greatest_sum_comes_first_and_a_third_is_cut() {
    let paid = |id: &str, units: i64, currency: &str| {
        let mut event = event(id, HOUR);
        event["data"]["object"]["amount_due"] = units.into();
        event["data"]["object"]["currency"] = currency.into();
        event
    };
    let events = [paid("evt_1", 100, "eur"), paid("evt_2", 3000, "jpy"), paid("evt_3", 900_000, "usd")];
    let read = read("", &[endpoint("we_1")], &events);
    assert_eq!(
        read.detail,
        "3 undelivered · oldest 1h00 · gives up 2d · 9,000.00 USD + 3,000 JPY + … at stake"
    );
    assert_eq!(read.body.as_deref().unwrap()["amounts"], json!({ "eur": 1.0, "jpy": 3000.0, "usd": 9000.0 }));
}
