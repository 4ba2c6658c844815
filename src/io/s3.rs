//! Not answered yet.

use crate::domain::io::{HttpReply, IoFailure, Reason, S3Request};

use super::{Rim, failure};

/// Reads.
pub(super) async fn list(_: &Rim, _: &S3Request) -> Result<HttpReply, IoFailure> {
    std::future::ready(Err(failure::not_sent(Reason::Connect, "not spoken yet"))).await
}
