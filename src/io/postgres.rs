//! Not answered yet.

use crate::domain::io::{DataReply, IoFailure, PostgresRequest, Reason};

use super::{Rim, failure};

/// Reads.
pub(super) async fn read(_: &Rim, _: &PostgresRequest) -> Result<DataReply, IoFailure> {
    std::future::ready(Err(failure::not_sent(Reason::Connect, "not spoken yet"))).await
}
