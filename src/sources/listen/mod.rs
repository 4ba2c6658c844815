//! What is sent to the console: who may send, how a delivery proves it, and which board lists it. Pure: the listener of
//! the `runtime` floor hears, and asks here.

use std::sync::Arc;
use std::time::Duration;

use url::{Host, Url};

use super::{Provider, prometheus, sentry, stripe, supabase};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::entry::{self, Entry};
use crate::domain::io::{Reason, SignatureScheme, Value};
use crate::domain::reading::{Health, Reading};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::{Origin, Rules, Signal};
use crate::domain::text::clean;
use crate::domain::time::Timestamp;

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "listen",
    title: "What is pushed to the console",
    about: "A listener on loopback, off unless this table is there. A tunnel or a sidecar brings deliveries to it: \
            Sentry's webhooks at `/sentry`, Stripe's at `/stripe`, batches of Supabase's log drain at `/supabase`, \
            Alertmanager's alerts at `/alertmanager`, and what a Sentry SDK sends to the DSN \
            `http://KEY@127.0.0.1:4319/1`. Each sender proves itself and is a signal of its own. Silence is `ok`: it \
            says that nothing was sent. `body` holds `received`, `open`, `listed` and `refused`.",
    fields: FIELDS,
    many: false,
    scopes: &[],
    plan,
    next: |_, _, _| None,
    read: |_, at, _| Reading::bare(at, Health::Blind, Some(Reason::Parse), "it is not asked: others send"),
};

/// Where it listens unless the table says something else.
const ADDRESS: &str = "127.0.0.1:4319";
/// How long what was sent is listed.
const HOLD: Duration = Duration::from_secs(15 * 60);
/// How long an alert fires without being sent again: Alertmanager repeats what fires every 4 hours.
const FIRES: Duration = Duration::from_secs(5 * 3600);
/// How far off the time of a delivery of Stripe may be.
const TOLERANCE: Duration = Duration::from_secs(300);

const FIELDS: &[Field] = &[
    Field::optional(
        "address",
        Kind::Text,
        "`127.0.0.1:4319`",
        "Where it listens: a loopback address and a port. Nobody else's machine reaches it without a tunnel.",
    ),
    Field::optional(
        "sentry",
        Kind::Table(&[Field::required(
            "secret",
            Kind::Value,
            "The client secret of the internal integration, by which `Sentry-Hook-Signature` is checked.",
        )]),
        "",
        "Sentry's webhooks: the signal `sentry-pushed`.",
    ),
    Field::optional(
        "envelope",
        Kind::Table(&[Field::required("key", Kind::Value, "The key in the DSN: of your making, best long.")]),
        "",
        "Events that a Sentry SDK sends to the listener instead of to Sentry: the signal `sentry-events`.",
    ),
    Field::optional(
        "stripe",
        Kind::Table(&[
            Field::required("secret", Kind::Value, "The endpoint's signing secret, `whsec_…`."),
            Field::optional(
                "tolerance",
                Kind::Duration,
                "`300s`",
                "How far off the time that was signed may be; at most `10m`.",
            ),
        ]),
        "",
        "Stripe's webhooks: the signal `stripe-pushed`.",
    ),
    Field::optional(
        "supabase",
        Kind::Table(&[
            Field::required("token", Kind::Value, "What the drain sends in its header."),
            Field::optional(
                "header",
                Kind::Text,
                "`authorization`",
                "The custom header of the drain. In `authorization` the token stands behind `Bearer `, in any other \
                 alone.",
            ),
        ]),
        "",
        "Batches of Supabase's log drain: the signal `supabase-pushed`.",
    ),
    Field::optional(
        "alertmanager",
        Kind::Table(&[Field::required(
            "token",
            Kind::Value,
            "The `credentials` of the receiver's `http_config.authorization`.",
        )]),
        "",
        "Alertmanager's alerts: the signal `alertmanager`. What fires is listed until it is resolved, or for `5h` \
         if it is not sent again.",
    ),
    Field::optional("hold", Kind::Duration, "`15m`", "How long what was sent is listed; at most `24h`."),
];

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// An internal integration of Sentry.
    Sentry,
    /// A Sentry SDK.
    Envelope,
    /// An endpoint of Stripe.
    Stripe,
    /// A log drain of Supabase.
    Supabase,
    /// Prometheus' Alertmanager.
    Alertmanager,
}

/// How a sender proves itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The header that holds the proof, in lower case.
    pub header: String,
    /// What it holds.
    pub scheme: SignatureScheme,
    /// What both sides know.
    pub secret: Value,
}

impl Sender {
    /// Every one.
    pub const ALL: [Sender; 5] =
        [Sender::Sentry, Sender::Envelope, Sender::Stripe, Sender::Supabase, Sender::Alertmanager];

    /// The key of its table, and [`Signal::part`].
    pub const fn name(self) -> &'static str {
        match self {
            Sender::Sentry => "sentry",
            Sender::Envelope => "envelope",
            Sender::Stripe => "stripe",
            Sender::Supabase => "supabase",
            Sender::Alertmanager => "alertmanager",
        }
    }

    /// The path it sends to; a part in braces is anything.
    pub const fn path(self) -> &'static str {
        match self {
            Sender::Sentry => "/sentry",
            Sender::Envelope => "/api/{project}/envelope/",
            Sender::Stripe => "/stripe",
            Sender::Supabase => "/supabase",
            Sender::Alertmanager => "/alertmanager",
        }
    }

    /// The name of its signal.
    pub const fn signal(self) -> &'static str {
        match self {
            Sender::Sentry => "sentry-pushed",
            Sender::Envelope => "sentry-events",
            Sender::Stripe => "stripe-pushed",
            Sender::Supabase => "supabase-pushed",
            Sender::Alertmanager => "alertmanager",
        }
    }

    /// Who sends to `signal`, if it is one of the listener's.
    pub fn of(signal: &Signal) -> Option<Self> {
        (signal.source == PROVIDER.name).then_some(())?;
        Self::ALL.into_iter().find(|sender| sender.name() == signal.part)
    }

    /// What a delivery says: `resource` is Sentry's `Sentry-Hook-Resource`, `body` has been verified and unpacked.
    ///
    /// # Errors
    /// In words, where it is not what this sender sends.
    pub fn read(self, resource: &str, body: &[u8], at: Timestamp) -> Result<Vec<Entry>, String> {
        let mut entries = match self {
            Sender::Sentry => sentry::push::from_webhook(resource, body, at),
            Sender::Envelope => sentry::push::from_envelope(body, at),
            Sender::Stripe => stripe::push::from_webhook(body, at),
            Sender::Supabase => supabase::push::from_log_drain(body, at),
            Sender::Alertmanager => prometheus::push::from_alertmanager(body, at),
        }?;
        entries.truncate(entry::MOST);
        // Each reader cleans what it makes; what is shown does not hang on that.
        entries.iter_mut().for_each(Entry::make_clean);
        Ok(entries)
    }

    const fn board(self) -> Board {
        match self {
            Sender::Sentry | Sender::Envelope => Board::Errors,
            Sender::Stripe => Board::Payments,
            Sender::Supabase => Board::Logs,
            Sender::Alertmanager => Board::Infrastructure,
        }
    }

    fn proof(self, own: &Table) -> Option<Proof> {
        let tolerance = own.duration("tolerance").unwrap_or(TOLERANCE);
        let (header, scheme, key) = match self {
            Sender::Sentry => ("sentry-hook-signature", SignatureScheme::HmacSha256, "secret"),
            Sender::Envelope => ("x-sentry-auth", SignatureScheme::Token, "key"),
            Sender::Stripe => ("stripe-signature", SignatureScheme::Stripe { tolerance }, "secret"),
            Sender::Supabase => {
                (own.text("header").unwrap_or("authorization"), SignatureScheme::Token, "token")
            }
            Sender::Alertmanager => ("authorization", SignatureScheme::Bearer, "token"),
        };
        let header = header.trim().to_ascii_lowercase();
        let scheme = if header == "authorization" { SignatureScheme::Bearer } else { scheme };
        Some(Proof { header, scheme, secret: own.value(key)?.clone() })
    }
}

/// Where the listener of `signal` listens.
pub fn address(signal: &Signal) -> Option<String> {
    Sender::of(signal)?;
    let given = signal.options.as_ref()?.text("address").unwrap_or(ADDRESS);
    loopback(given).ok()
}

/// How who sends to `signal` proves it.
pub fn proof(signal: &Signal) -> Option<Proof> {
    let sender = Sender::of(signal)?;
    sender.proof(signal.options.as_ref()?.table(sender.name())?)
}

/// `text` as an address and a port, where the address is this machine's own; why not, in words.
fn loopback(text: &str) -> Result<String, &'static str> {
    let url = Url::parse(&format!("http://{text}")).map_err(|_| "this is not an address and a port")?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let has_port =
        text.trim_end_matches('/').rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok());
    if !is_bare || text.ends_with('/') || text.contains('@') || !has_port || text.trim() != text {
        return Err("this is not an address and a port");
    }
    let port =
        url.port_or_known_default().filter(|port| *port != 0).ok_or("a listener needs a port of its own")?;
    match url.host() {
        Some(Host::Ipv4(host)) if host.is_loopback() => Ok(format!("{host}:{port}")),
        Some(Host::Ipv6(host)) if host.is_loopback() => Ok(format!("[{host}]:{port}")),
        Some(Host::Domain("localhost")) => Ok(format!("127.0.0.1:{port}")),
        Some(Host::Ipv4(_) | Host::Ipv6(_) | Host::Domain(_)) => Err("it listens on loopback only"),
        None => Err("this is not an address and a port"),
    }
}

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    if let Err(why) = loopback(table.text("address").unwrap_or(ADDRESS)) {
        let hint = "give a loopback address such as \"127.0.0.1:4319\"; for senders elsewhere run a tunnel or a \
                    sidecar on this machine that forwards to it";
        found.push(table.error("address", "not-loopback", why).hint(hint));
    }
    let hold = table.duration("hold").unwrap_or(HOLD);
    if hold > Duration::from_secs(24 * 3600) {
        found.push(table.error("hold", "out-of-range", "what was sent is listed for 24 hours at most"));
    }
    let signals: Vec<Signal> = Sender::ALL
        .into_iter()
        .filter_map(|sender| {
            let own = table.table(sender.name())?;
            look_at(sender, own, found);
            Some(signal(sender, table, hold))
        })
        .collect();
    if signals.is_empty() {
        let names = Sender::ALL.map(Sender::name).join(", ");
        found.push(
            Diagnostic::error(&table.file, table.place, "missing-key", "[listen] has nobody who may send")
                .hint(format!("give at least one of {names}; without the table nothing listens")),
        );
    }
    signals
}

/// What is wrong with the table of one sender.
fn look_at(sender: Sender, own: &Table, found: &mut Vec<Diagnostic>) {
    if own.duration("tolerance").is_some_and(|given| given > Duration::from_secs(600) || given.as_secs() == 0)
    {
        found.push(own.error("tolerance", "out-of-range", "tolerance is between 1s and 10m"));
    }
    if let Some(header) = own.text("header") {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if header.is_empty() || header.len() > 64 || !header.bytes().all(is_token) {
            let message = format!("{:?} is not the name of a header", clean(header));
            found.push(own.error("header", "bad-header", message).hint("for example \"x-drain-token\""));
        }
    }
    for key in ["secret", "token", "key"] {
        let Some(Value::Plain(text)) = own.value(key) else { continue };
        if text.trim().is_empty() {
            found.push(own.error(key, "empty-value", format!("{key} is empty: anybody could send")));
        } else if sender != Sender::Envelope {
            let message = format!("{key} stands here in plain text");
            found.push(
                Diagnostic::warning(&own.file, own.place_of(key), "plain-secret", message)
                    .hint("name a secret instead: { env = \"NAME\" }"),
            );
        }
    }
}

fn signal(sender: Sender, table: &Table, hold: Duration) -> Signal {
    let every = Duration::from_secs(10);
    let open = if sender == Sender::Alertmanager { FIRES.max(hold) } else { hold };
    Signal {
        id: sender.signal().into(),
        source: PROVIDER.name,
        part: sender.name(),
        origin: Origin::Pushed { open, well: hold },
        options: Some(Arc::new(table.clone())),
        board: Some(sender.board()),
        kept: true,
        every,
        ok: None,
        degraded: None,
        rules: Rules { fail_after: 1, fail_count: 1, fail_among: 1, recover_after: 1, soft_every: every },
        observes: Vec::new(),
        shows: Vec::new(),
        own: false,
        observer: false,
    }
}

#[cfg(test)]
mod tests;
