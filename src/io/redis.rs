//! Not answered yet.

use crate::domain::io::{DataReply, IoFailure, Reason, RedisRequest};

use super::{Rim, failure};

/// Reads.
pub(super) async fn info(_: &Rim, _: &RedisRequest) -> Result<DataReply, IoFailure> {
    std::future::ready(Err(failure::not_sent(Reason::Connect, "not spoken yet"))).await
}
