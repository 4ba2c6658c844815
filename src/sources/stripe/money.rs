//! What an event's object is worth, and what many are worth together.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

/// Currencies whose smallest unit is the unit. Stripe counts ISK and UGX in hundredths, for old times' sake.
const WHOLE: [&str; 15] =
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];
/// Currencies that are counted in thousandths.
const THOUSANDTHS: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

/// An amount as Stripe counts it: in the currency's smallest unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) units: i64,
    /// Three lower-case letters.
    pub(super) currency: String,
}

impl Amount {
    /// What `object` is worth, where it is a payment or a part of one.
    pub(super) fn of(object: &Value) -> Option<Self> {
        let keys: &[&str] = match object.get("object")?.as_str()? {
            "invoice" => &["amount_due", "total"],
            "checkout.session" | "quote" => &["amount_total"],
            "credit_note" => &["total", "amount"],
            "charge" | "payment_intent" | "refund" | "dispute" | "payout" | "transfer" | "topup"
            | "application_fee" | "invoiceitem" => &["amount"],
            // A price, a plan or a coupon has an amount too, and nobody owes it.
            _ => return None,
        };
        let units = keys.iter().filter_map(|key| object.get(key)?.as_i64()).find(|units| *units > 0)?;
        let currency = object.get("currency")?.as_str()?.to_ascii_lowercase();
        let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_lowercase());
        is_code.then_some(Self { units, currency })
    }

    fn digits(&self) -> usize {
        let code = self.currency.as_str();
        if WHOLE.contains(&code) {
            0
        } else if THOUSANDTHS.contains(&code) {
            3
        } else {
            2
        }
    }

    /// `1,204.50 EUR`.
    pub(super) fn text(&self) -> String {
        let digits = self.digits();
        let units = format!("{:0>width$}", self.units, width = digits + 1);
        let (whole, part) = units.split_at(units.len() - digits);
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let point = if digits == 0 { "" } else { "." };
        format!("{grouped}{point}{part} {}", self.currency.to_ascii_uppercase())
    }

    /// `1204.5`, for conditions.
    pub(super) fn number(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 smallest units")]
        let units = self.units as f64;
        units / [1.0, 10.0, 100.0, 1000.0][self.digits()]
    }
}

/// What `objects` are worth together, a sum a currency. One payment makes many events, about its invoice, its
/// intent, its charge: those that name one another count once, as the greatest of them.
pub(super) fn at_stake<'a>(objects: impl Iterator<Item = &'a Value>) -> Vec<Amount> {
    let mut kin = Kin::default();
    let worth: Vec<(usize, Amount)> = objects
        .filter_map(|object| {
            let amount = Amount::of(object)?;
            Some((kin.of(object), amount))
        })
        .collect();
    let mut payments: BTreeMap<(usize, String), i64> = BTreeMap::new();
    for (member, amount) in worth {
        let most = payments.entry((kin.root(member), amount.currency)).or_default();
        *most = amount.units.max(*most);
    }
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for ((_, currency), units) in payments {
        let sum = sums.entry(currency).or_default();
        *sum = sum.saturating_add(units);
    }
    sums.into_iter().map(|(currency, units)| Amount { units, currency }).collect()
}

/// Ids that name one another, directly or through others.
#[derive(Default)]
struct Kin {
    members: HashMap<String, usize>,
    parents: Vec<usize>,
}

impl Kin {
    /// The member that `object` is, now kin to all that it names.
    fn of(&mut self, object: &Value) -> usize {
        let named =
            ["id", "invoice", "payment_intent", "charge", "latest_charge"].into_iter().filter_map(|key| {
                let value = object.get(key)?;
                // A reference is an id, or the thing itself where it was expanded.
                value.as_str().or_else(|| value.get("id")?.as_str()).filter(|id| !id.is_empty())
            });
        let mut own = None;
        for id in named {
            let member = self.member(id);
            let first = *own.get_or_insert(member);
            let (one, other) = (self.root(first), self.root(member));
            self.parents[other] = one;
        }
        own.unwrap_or_else(|| self.stranger())
    }

    fn member(&mut self, id: &str) -> usize {
        if let Some(member) = self.members.get(id) {
            return *member;
        }
        let member = self.stranger();
        self.members.insert(id.to_owned(), member);
        member
    }

    fn stranger(&mut self) -> usize {
        self.parents.push(self.parents.len());
        self.parents.len() - 1
    }

    fn root(&mut self, mut member: usize) -> usize {
        while self.parents[member] != member {
            self.parents[member] = self.parents[self.parents[member]];
            member = self.parents[member];
        }
        member
    }
}
