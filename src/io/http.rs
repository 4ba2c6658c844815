//! One HTTP exchange: redirects followed within their number, the body read up to its limit.
//!
//! Never sends a header to an origin it was not meant for, and never sends a change twice. Does not
//! keep the time: [`super::Io::perform`] does.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode, Url};
use tokio::time::Instant;

use crate::domain::io::{Delivery, HttpReply, HttpRequest, IoFailure, Reason};
use crate::domain::text;

use super::clients::{self, Need};
use super::redact::Redactor;
use super::{Rim, certificate, failure};

/// How many headers of a reply are kept.
const HEADERS: usize = 64;
/// How many bytes of a header's value are kept.
const HEADER: usize = 1024;

/// How many parsed URLs are kept.
const URLS: usize = 16_384;

/// URLs as they were parsed before: a signal asks the same one for ever.
#[derive(Default)]
pub(super) struct Urls(Mutex<HashMap<String, Url>>);

impl Urls {
    fn parse(&self, text: &str) -> Result<Url, url::ParseError> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(url) = known().get(text) {
            return Ok(url.clone());
        }
        let url = Url::parse(text)?;
        let mut known = known();
        if known.len() < URLS {
            known.insert(text.to_owned(), url.clone());
        }
        Ok(url)
    }
}

/// What another origin than the configured one may be told.
const HARMLESS: [HeaderName; 6] = [
    header::ACCEPT,
    header::ACCEPT_LANGUAGE,
    header::ACCEPT_ENCODING,
    header::CACHE_CONTROL,
    header::CONTENT_TYPE,
    header::USER_AGENT,
];

/// A request as it is sent to one place.
struct Hop {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<String>,
    /// Whether the body holds a secret.
    sealed: bool,
}

/// Sends `request` and reads the reply.
pub(super) async fn exchange(rim: &Rim, request: &HttpRequest) -> Result<HttpReply, IoFailure> {
    let mut hop = prepare(rim, request).await?;
    let started = Instant::now();
    let mut followed = 0;
    loop {
        let response = send(rim, &hop).await.map_err(|mut failure| {
            // The first place has acted, whatever became of the place it named.
            if followed > 0 && failure.delivery == Delivery::NotSent {
                failure.delivery = Delivery::Unknown;
            }
            failure
        })?;
        if followed < request.redirects
            && let Some(next) = hop.redirected(&response)
        {
            hop = next;
            followed += 1;
            continue;
        }
        return read(&rim.secrets.redactor(), response, request.limit, started).await;
    }
}

/// Gets `url`, which carries its own authority, and never what it redirects to. The URL is kept nowhere.
pub(super) async fn presigned(
    rim: &Rim,
    url: Url,
    redactor: &Redactor,
    limit: usize,
) -> Result<HttpReply, IoFailure> {
    let hop = Hop { method: Method::GET, url, headers: HeaderMap::new(), body: None, sealed: false };
    let started = Instant::now();
    let response = send(rim, &hop).await?;
    read(redactor, response, limit, started).await
}

async fn prepare(rim: &Rim, request: &HttpRequest) -> Result<Hop, IoFailure> {
    let refused = |why: String| failure::not_sent(Reason::Connect, why);
    let url = match request.address() {
        // It is kept nowhere, and no error says anything of it.
        Some(value) => {
            let sending = rim.secrets.text(value).await.map_err(failure::no_secret)?;
            Url::parse(sending.text.trim()).map_err(|_| refused("what is kept there is no URL".to_owned()))?
        }
        None => rim.urls.parse(&request.url).map_err(|error| refused(format!("not a URL: {error}")))?,
    };
    if !is_http(&url) {
        return Err(refused(format!("not an http or https URL: {}:", url.scheme())));
    }
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| refused(format!("not an HTTP method: {:?}", request.method)))?;
    let mut headers = HeaderMap::with_capacity(request.headers.len());
    for (name, value) in request.headers.iter().filter(|(name, _)| name != HttpRequest::ADDRESS) {
        let sending = rim.secrets.text(value).await.map_err(failure::no_secret)?;
        let named = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| refused(format!("not a header name: {name:?}")))?;
        let mut value = HeaderValue::from_str(&sending.text)
            .map_err(|_| refused(format!("header {name} holds what cannot be sent in a header")))?;
        value.set_sensitive(sending.secret);
        headers.append(named, value);
    }
    let (body, sealed) = match &request.body {
        Some(value) => {
            let sending = rim.secrets.text(value).await.map_err(failure::no_secret)?;
            (Some(sending.text.into_owned()), sending.secret)
        }
        None => (None, false),
    };
    Ok(Hop { method, url, headers, body, sealed })
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

async fn send(rim: &Rim, hop: &Hop) -> Result<Response, IoFailure> {
    let safe = hop.method.is_safe();
    let need = Need::new(&hop.url, safe);
    let client = rim
        .clients
        .of(need)
        .map_err(|why| failure::not_sent(if need.tls { Reason::Tls } else { Reason::Connect }, why))?;
    loop {
        let mut sending = client.request(hop.method.clone(), hop.url.clone());
        if !hop.headers.is_empty() {
            sending = sending.headers(hop.headers.clone());
        }
        if let Some(body) = &hop.body {
            sending = sending.body(body.clone());
        }
        match clients::noting_connections(pin!(sending.send())).await {
            (Ok(response), _) => return Ok(response),
            // A server may close a kept connection just as it is used again. That says nothing about
            // its health, so a request that changes nothing is sent again; as every attempt uses a
            // kept connection up, the last is made on a new one.
            (Err(error), false) if safe && failure::is_closed(&error) => {}
            // A URL can hold a signature, and who asked knows it.
            (Err(error), _) => return Err(failure::of_http(&error.without_url())),
        }
    }
}

impl Hop {
    /// Where `response` sends it; `None` where that is nowhere it may go.
    fn redirected(&self, response: &Response) -> Option<Hop> {
        let status = response.status();
        let becomes_get = match status {
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            StatusCode::SEE_OTHER => self.method != Method::HEAD,
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => false,
            _ => return None,
        };
        let location = response.headers().get(header::LOCATION)?;
        let url = self.url.join(std::str::from_utf8(location.as_bytes()).ok()?).ok()?;
        if !is_http(&url) {
            return None;
        }
        let mut next = Hop {
            method: if becomes_get { Method::GET } else { self.method.clone() },
            headers: self.headers.clone(),
            body: if becomes_get { None } else { self.body.clone() },
            sealed: self.sealed,
            url,
        };
        if next.url.origin() != self.url.origin() {
            if next.sealed && next.body.is_some() {
                return None;
            }
            next.headers = self
                .headers
                .iter()
                .filter(|(name, value)| HARMLESS.contains(name) && !value.is_sensitive())
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
        }
        if next.body.is_none() {
            next.headers.remove(header::CONTENT_TYPE);
            next.headers.remove(header::CONTENT_LENGTH);
        }
        Some(next)
    }
}

async fn read(
    redactor: &Redactor,
    mut response: Response,
    limit: usize,
    started: Instant,
) -> Result<HttpReply, IoFailure> {
    let status = response.status().as_u16();
    let certificate_days = response
        .extensions()
        .get::<reqwest::tls::TlsInfo>()
        .and_then(|info| certificate::days(info.peer_certificate()?));
    let headers = response
        .headers()
        .iter()
        .take(HEADERS)
        .map(|(name, value)| (name.as_str().to_owned(), header_text(redactor, value)))
        .collect();
    // A secret that begins before the limit is read to its end, to be recognised.
    let room = limit.saturating_add(redactor.overlap());
    let mut body = Vec::new();
    let mut more = false;
    while let Some(chunk) = response.chunk().await.map_err(|error| failure::of_http(&error.without_url()))? {
        let taken = chunk.len().min(room - body.len());
        body.extend_from_slice(&chunk[..taken]);
        if taken < chunk.len() {
            more = true;
            break;
        }
    }
    let latency = started.elapsed();
    let truncated = more || body.len() > limit;
    drop(response);
    let mut body = redactor.head(body, limit).0;
    body.truncate(limit);
    Ok(HttpReply { status, headers, body, truncated, latency, certificate_days })
}

fn header_text(redactor: &Redactor, value: &HeaderValue) -> String {
    let text = String::from_utf8_lossy(value.as_bytes());
    let text = redactor.text(&text);
    text::head(&text::clean(&text), HEADER).to_owned()
}
