//! From the bytes of a connection to the bytes of a document: never more of either than a bound.

use std::io::Read as _;

use axum::body::Body;
use flate2::read::MultiGzDecoder;
use futures_util::StreamExt as _;

/// Bytes of a body at most, as they come.
pub const MOST: usize = 1 << 20;
/// Bytes that a body may unpack to.
const UNPACKED: usize = 4 << 20;
/// Bytes beyond the bound that are heard and let go, so that their sender hears the answer.
const WASTED: usize = 8 << 20;

/// Why a body was not had.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is longer than it may be.
    TooLarge,
    /// It did not come to its end: too slow, or cut off.
    Cut,
    /// Its encoding is none of ours.
    Encoding,
    /// It is not what its encoding says.
    Broken,
}

/// The bytes of `body`.
pub async fn take(body: Body) -> Result<Vec<u8>, Trouble> {
    let mut chunks = body.into_data_stream();
    let (mut bytes, mut heard) = (Vec::new(), 0_usize);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Trouble::Cut)?;
        heard = heard.saturating_add(chunk.len());
        if heard > MOST {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(&chunk);
        }
        if heard > WASTED {
            break;
        }
    }
    if heard > MOST { Err(Trouble::TooLarge) } else { Ok(bytes) }
}

/// Hears `body` and keeps nothing of it, so that its sender hears why it was refused.
pub async fn let_go(body: Body) {
    let mut chunks = body.into_data_stream();
    let mut heard = 0_usize;
    while let Some(Ok(chunk)) = chunks.next().await {
        heard = heard.saturating_add(chunk.len());
        if heard > WASTED {
            break;
        }
    }
}

/// `bytes` unpacked as `encoding` says.
pub fn unpack(bytes: Vec<u8>, encoding: Option<&str>) -> Result<Vec<u8>, Trouble> {
    match encoding.map(str::trim) {
        None | Some("" | "identity") => Ok(bytes),
        Some(word) if word.eq_ignore_ascii_case("gzip") || word.eq_ignore_ascii_case("x-gzip") => {
            let mut unpacked = Vec::new();
            let most = u64::try_from(UNPACKED).unwrap_or(u64::MAX);
            let mut reader = MultiGzDecoder::new(bytes.as_slice()).take(most + 1);
            reader.read_to_end(&mut unpacked).map_err(|_| Trouble::Broken)?;
            if unpacked.len() > UNPACKED { Err(Trouble::TooLarge) } else { Ok(unpacked) }
        }
        Some(_) => Err(Trouble::Encoding),
    }
}
