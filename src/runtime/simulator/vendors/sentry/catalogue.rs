//! The issues that Sentry can have: what they are called and what became of them before tonight.

use super::super::super::fault::unknown;

/// An issue as it was when the company began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// The word for it in scenario files.
    pub key: &'static str,
    /// Its number.
    pub id: u32,
    /// What people call it.
    pub short: &'static str,
    /// What went wrong.
    pub title: &'static str,
    /// Where.
    pub culprit: &'static str,
    /// `web` or `api`.
    pub project: &'static str,
    /// `error` or `warning`.
    pub level: &'static str,
    /// Whether it is a message that was sent and not an error that was thrown.
    pub message: bool,
    /// How often it was seen before tonight.
    pub count: u64,
    /// How many people had met it.
    pub users: u64,
    /// How many hours before tonight it was first and last seen.
    pub seen: (u64, u64),
    /// Its status before tonight.
    pub status: &'static str,
    /// How often it is seen each minute on any night.
    pub hum: f64,
}

const fn fresh(
    key: &'static str,
    id: u32,
    short: &'static str,
    title: &'static str,
    culprit: &'static str,
) -> Known {
    Known {
        key,
        id,
        short,
        title,
        culprit,
        project: "api",
        level: "error",
        message: false,
        count: 0,
        users: 0,
        seen: (0, 0),
        status: "unresolved",
        hum: 0.0,
    }
}

/// Every issue.
pub const ISSUES: [Known; 12] = [
    Known {
        message: true,
        project: "web",
        ..fresh(
            "billing_webhook_failed",
            6211,
            "WEB-1K",
            "alert:billing_webhook_failed",
            "POST /billing/webhook",
        )
    },
    Known {
        message: true,
        project: "web",
        count: 41,
        seen: (2_160, 150),
        status: "resolved",
        ..fresh("error_spike", 6188, "WEB-19", "alert:error_spike", "watchErrors(alerts)")
    },
    fresh(
        "webhook_secret",
        6230,
        "API-2C",
        "Error: no signing secret for endpoint we_1QLFbilling",
        "receiveStripe(billing/webhook)",
    ),
    Known {
        project: "web",
        ..fresh(
            "basket_price",
            6301,
            "WEB-1R",
            "TypeError: Cannot read properties of undefined (reading 'price')",
            "BasketLine(app/basket/line)",
        )
    },
    Known {
        project: "web",
        ..fresh(
            "suggestions_map",
            6302,
            "WEB-1S",
            "TypeError: suggestions.map is not a function",
            "SearchBox(app/search/box)",
        )
    },
    fresh(
        "pool_timeout",
        6320,
        "API-31",
        "TimeoutError: no connection from the pool within 5000 ms",
        "Pool.take(db/pool)",
    ),
    fresh(
        "too_many_clients",
        6321,
        "API-32",
        "error: sorry, too many clients already",
        "Connection.open(db/connection)",
    ),
    Known {
        project: "web",
        level: "warning",
        count: 212,
        users: 61,
        seen: (1_440, 1),
        hum: 0.25,
        ..fresh(
            "cover_missing",
            5980,
            "WEB-0X",
            "Error: cover not found, shown without",
            "Cover(app/book/cover)",
        )
    },
    Known {
        count: 37,
        seen: (960, 5),
        ..fresh("mailbox", 5871, "API-1B", "SmtpError: 550 mailbox unavailable", "send(mail/confirmation)")
    },
    Known {
        count: 18,
        users: 9,
        seen: (2_900, 288),
        status: "resolved",
        ..fresh(
            "search_timeout",
            5512,
            "API-0K",
            "TimeoutError: search took longer than 2000 ms",
            "query(search/index)",
        )
    },
    Known {
        project: "web",
        level: "warning",
        count: 1_204,
        users: 388,
        seen: (3_600, 20),
        status: "ignored",
        ..fresh(
            "avif_decode",
            5440,
            "WEB-0H",
            "EncodingError: the source image cannot be decoded",
            "decode(app/book/cover)",
        )
    },
    Known {
        count: 6,
        users: 5,
        seen: (200, 52),
        status: "resolved",
        ..fresh("card_declined", 6102, "API-29", "CardError: your card was declined", "charge(checkout/pay)")
    },
];

/// The issue that scenarios call `key`, or in words what is known.
pub fn issue_named(key: &str) -> Result<&'static Known, String> {
    ISSUES
        .iter()
        .find(|issue| issue.key == key)
        .ok_or_else(|| unknown("issue", key, ISSUES.map(|issue| issue.key)))
}
