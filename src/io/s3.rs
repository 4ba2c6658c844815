//! A page of a bucket's objects. The request is signed at the moment it is sent, in its query: so the
//! URL is a secret for as long as the signature lasts, and is shown and kept nowhere.

use std::time::Duration;

use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle};
use url::Url;

use crate::domain::io::{HttpReply, IoFailure, Reason, S3Request};

use super::{Rim, failure, http};

/// How long a signature lasts at least: two machines' clocks are not one.
const SKEW: Duration = Duration::from_secs(60);
/// How long it lasts at most.
const LONGEST: Duration = Duration::from_secs(3600);

/// Lists.
pub(super) async fn list(rim: &Rim, request: &S3Request) -> Result<HttpReply, IoFailure> {
    let bucket = bucket(request).map_err(|why| failure::not_sent(Reason::Connect, why))?;
    let secret = |value| async move { rim.secrets.text(value).await.map_err(failure::no_secret) };
    let access = secret(&request.access_key).await?.text;
    let key = secret(&request.secret_key).await?.text;
    let token = match &request.session_token {
        Some(value) => Some(secret(value).await?.text),
        None => None,
    };
    let credentials = match &token {
        Some(token) => Credentials::new_with_token(&*access, &*key, &**token),
        None => Credentials::new(&*access, &*key),
    };
    let mut action = bucket.list_objects_v2(Some(&credentials));
    if let Some(prefix) = &request.prefix {
        action.with_prefix(prefix);
    }
    if let Some(continuation) = &request.continuation {
        action.with_continuation_token(continuation);
    }
    let url = action.sign(request.timeout.saturating_add(SKEW).min(LONGEST));
    let query = url.query().unwrap_or_default().to_owned();
    let signature = query.rsplit_once("X-Amz-Signature=").map_or("", |(_, signature)| signature);
    // A refusal may tell what was signed, and how.
    let token = token.as_deref().unwrap_or_default();
    let redactor = rim.secrets.redactor_for(&[&access, &key, token, signature, &query]);
    http::presigned(rim, url, &redactor, request.limit)
        .await
        .map_err(|failure| IoFailure { detail: redactor.text(&failure.detail).into_owned(), ..failure })
}

fn bucket(request: &S3Request) -> Result<Bucket, String> {
    let endpoint = Url::parse(&request.endpoint).map_err(|error| format!("not a URL: {error}"))?;
    if !endpoint.username().is_empty() || endpoint.password().is_some() {
        return Err("an endpoint has no user and no password".to_owned());
    }
    let style = if request.path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
    Bucket::new(endpoint, style, request.bucket.clone(), request.region.clone())
        .map_err(|error| format!("not an S3 bucket's URL: {error}"))
}
