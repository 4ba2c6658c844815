//! One path of the listener: who comes has to prove who it is before a byte of it is read as more than bytes.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::spawn_blocking;
use tracing::info;

use crate::app::Msg;
use crate::domain::entry::Entry;
use crate::domain::io::SignatureScheme;
use crate::domain::text::{clean, clip};
use crate::io::Io;
use crate::runtime::clock::Clock;
use crate::runtime::guarded::Guarded;
use crate::sources::listen::{Proof, Sender};

use super::counting::Counting;
use super::seen::{Again, Seen, marks};
use super::taking::{self, Trouble};

/// Bytes that are verified at once: more are verified on a thread of their own.
const SMALL: usize = 64 << 10;
/// Columns of what is said of a body that is not understood.
const WORDS: usize = 200;

/// What a path needs to take a delivery.
pub struct Door {
    /// Who sends to it.
    pub sender: Sender,
    /// The place of its signal in the plan.
    pub signal: usize,
    /// How a delivery proves itself.
    pub proof: Proof,
    /// The rim, which knows the secrets.
    pub io: Io,
    /// Where deliveries go.
    pub deliveries: mpsc::Sender<Msg>,
    /// What came before.
    pub seen: Seen,
    /// Room for deliveries that are being taken, shared by every door.
    pub slots: Arc<Semaphore>,
    /// What was not taken.
    pub counting: Arc<Counting>,
    /// The door's place there.
    pub place: usize,
}

/// A delivery that is not taken: what its sender hears, and what the log file tells.
struct Refusal {
    status: StatusCode,
    says: String,
    why: String,
}

impl Refusal {
    fn new(status: StatusCode, says: &str) -> Self {
        Self { status, says: says.into(), why: says.into() }
    }

    /// Who does not prove itself learns nothing of why.
    fn unproven(why: String) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, says: "not accepted".into(), why }
    }

    fn busy(why: &str) -> Self {
        let says = "too much at once: send it again in a moment".into();
        Self { status: StatusCode::SERVICE_UNAVAILABLE, says, why: why.into() }
    }
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
            Trouble::Cut => Self::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
            Trouble::Encoding => {
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body's encoding is not known: gzip is")
            }
            Trouble::Broken => Self::new(StatusCode::BAD_REQUEST, "the body is not gzip"),
        }
    }
}

/// Takes a delivery, and answers it at once: nobody waits for the loop.
pub async fn hear(State(door): State<Arc<Door>>, request: Request) -> Response {
    let heard = Guarded::new(take(&door, request)).await;
    let refusal = match heard {
        // An SDK of Sentry wants JSON; the others do not look.
        Ok(Ok(())) => return ([(CONTENT_TYPE, "application/json")], "{}").into_response(),
        Ok(Err(refusal)) => refusal,
        Err(detail) => Refusal {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            says: "it broke".into(),
            why: format!("it broke: {detail}"),
        },
    };
    door.counting.turned_away(door.place, &refusal.why);
    answer(refusal.status, &refusal.says)
}

async fn take(door: &Arc<Door>, request: Request) -> Result<(), Refusal> {
    let Ok(_slot) = door.slots.try_acquire() else {
        return Err(Refusal::busy("too many deliveries at the same time"));
    };
    let (parts, body) = request.into_parts();
    let presented = presented(door, &parts);
    let signed = match door.proof.scheme {
        SignatureScheme::HmacSha256 | SignatureScheme::Stripe { .. } => true,
        SignatureScheme::Bearer | SignatureScheme::Token => false,
    };
    if presented.is_none() || !signed {
        // What stands in a header is looked at before anything is kept.
        if let Err(refusal) = verify(door, presented.as_deref(), b"").await {
            taking::let_go(body).await;
            return Err(refusal);
        }
    }
    let mut bytes = taking::take(body).await?;
    if signed {
        bytes = verify_body(door, presented.clone(), bytes).await?;
    }
    // A clock of now: one that was anchored before a laptop slept would call everything stale.
    let now = Clock::default().now();
    let request = header(&parts.headers, "request-id").map(HeaderValue::as_bytes);
    let (marks, span) =
        marks(door.sender, &door.proof, presented.as_deref().unwrap_or_default(), request, &bytes);
    let remembered = match door.seen.remember(marks, span, now) {
        Ok(remembered) => remembered,
        Err(Again::Taken) => {
            // An error would make its sender try for days.
            info!(sender = door.sender.name(), "a delivery came again and was dropped");
            return Ok(());
        }
        Err(Again::Pending) => return Err(Refusal::busy("it is being taken already")),
    };
    hand_on(door, &parts.headers, bytes).await?;
    remembered.keep();
    Ok(())
}

/// Reads what was proven, and puts it where the loop finds it.
async fn hand_on(door: &Arc<Door>, headers: &HeaderMap, bytes: Vec<u8>) -> Result<(), Refusal> {
    let text = |name| header(headers, name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (encoding, resource) = (text(CONTENT_ENCODING.as_str()), text("sentry-hook-resource"));
    let (sender, io) = (door.sender, door.io.clone());
    let at = Clock::default().now();
    // A thread of its own: a megabyte of JSON would make keys wait.
    let read = spawn_blocking(move || {
        Guarded::new(async move {
            let document = taking::unpack(bytes, encoding.as_deref())?;
            sender
                .read(resource.as_deref().unwrap_or_default(), &document, at)
                .map_err(|why| Refusal::new(StatusCode::BAD_REQUEST, &clip(&clean(&io.redact(&why)), WORDS)))
        })
        .now_or_never()
    });
    let entries: Vec<Entry> = match read.await {
        Ok(Some(Ok(read))) => read?,
        Ok(Some(Err(_)) | None) | Err(_) => {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "the body could not be read"));
        }
    };
    if entries.is_empty() {
        return Ok(());
    }
    let signal = door.signal;
    door.deliveries
        .try_send(Msg::Pushed { signal, entries })
        .map_err(|_| Refusal::busy("the console has not caught up with what was sent before"))
}

async fn verify(door: &Door, presented: Option<&[u8]>, bytes: &[u8]) -> Result<(), Refusal> {
    let (proof, now) = (&door.proof, Clock::default().now());
    door.io.verify(proof.scheme, &proof.secret, presented, bytes, now).await.map_err(Refusal::unproven)
}

/// Verifies what was signed, and gives it back. The keys of the operator do not wait for the digest of a megabyte.
async fn verify_body(
    door: &Arc<Door>,
    presented: Option<Vec<u8>>,
    bytes: Vec<u8>,
) -> Result<Vec<u8>, Refusal> {
    if bytes.len() <= SMALL {
        return verify(door, presented.as_deref(), &bytes).await.map(|()| bytes);
    }
    let (door, runtime) = (Arc::clone(door), Handle::current());
    let verified = spawn_blocking(move || {
        let verified = runtime.block_on(Guarded::new(verify(&door, presented.as_deref(), &bytes)));
        verified.map(|verified| verified.map(|()| bytes))
    });
    match verified.await {
        Ok(Ok(verified)) => verified,
        Ok(Err(_)) | Err(_) => Err(Refusal::unproven("its proof could not be looked at".into())),
    }
}

/// What the delivery holds as its proof.
fn presented(door: &Door, parts: &Parts) -> Option<Vec<u8>> {
    let header = header(&parts.headers, &door.proof.header).map(HeaderValue::as_bytes);
    if door.sender != Sender::Envelope {
        return header.map(<[u8]>::to_vec);
    }
    // `Sentry sentry_key=…, sentry_version=7, …`; without the header it stands in the query.
    if let Some(header) = header {
        let text = std::str::from_utf8(header).ok()?;
        let text = text.split_at_checked(7).filter(|(word, _)| word.eq_ignore_ascii_case("sentry "))?.1;
        let key = text.split(',').find_map(|part| part.trim().strip_prefix("sentry_key="))?;
        return Some(key.trim().as_bytes().to_vec());
    }
    url::form_urlencoded::parse(parts.uri.query()?.as_bytes())
        .find(|(name, _)| name == "sentry_key")
        .map(|(_, key)| key.into_owned().into_bytes())
}

/// The header called `name`, where there is one and not several.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a HeaderValue> {
    let mut all = headers.get_all(name).iter();
    all.next().filter(|_| all.next().is_none())
}

/// A short answer in words.
pub fn answer(status: StatusCode, says: &str) -> Response {
    let mut response = (status, format!("{says}\n")).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
