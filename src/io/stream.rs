//! A connection that a protocol other than HTTP is spoken on, and the end of its patience: how many
//! bytes may come, and what the first of them may be. Says what went wrong on it.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::domain::io::{IoFailure, Reason};

use super::{certificate, failure};

/// What may come besides the answer itself: greetings, certificates, parameters, framing.
const BESIDES: usize = 128 << 10;

/// Why a stream ends itself.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cut {
    /// The far side sent more than it may.
    #[error("the answer is longer than the limit")]
    TooLong,
    /// The far side's first byte is none that the protocol begins with.
    #[error("the answer is not of this protocol")]
    Foreign,
}

/// A stream that ends itself.
pub(super) struct Bounded<S> {
    inner: S,
    left: usize,
    openings: &'static [u8],
    began: bool,
}

impl<S> Bounded<S> {
    /// `inner`, for an answer of `limit` bytes, which may be twice as long on the wire, and of which the
    /// first is one of `openings`, if there are any. However long the far side says its answer is, no
    /// more than this comes to be kept, because nothing above reserves room for what has not come.
    pub(super) fn new(inner: S, limit: usize, openings: &'static [u8]) -> Self {
        let left = limit.saturating_mul(2).saturating_add(BESIDES);
        Self { inner, left, openings, began: false }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        let came = &buffer.filled()[before..];
        if let Some(first) = came.first()
            && !self.began
        {
            self.began = true;
            if !self.openings.is_empty() && !self.openings.contains(first) {
                return Poll::Ready(Err(io::Error::other(Cut::Foreign)));
            }
        }
        match self.left.checked_sub(came.len()) {
            Some(left) => self.left = left,
            None => return Poll::Ready(Err(io::Error::other(Cut::TooLong))),
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

/// What `error` says of the stream; `None` where nothing in it is about one. `protocol` is its name.
pub(super) fn failure(error: &(dyn Error + 'static), protocol: &str) -> Option<IoFailure> {
    let lost = "connection closed before the answer was whole";
    let mut machine = None;
    for cause in failure::causes(error) {
        if let Some(cut) = cause.downcast_ref::<Cut>() {
            return Some(match cut {
                Cut::TooLong => failure::sent(Reason::Limit, cut.to_string()),
                Cut::Foreign => failure::sent(Reason::Parse, format!("not the {protocol} protocol")),
            });
        }
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return Some(failure::not_sent(Reason::Tls, certificate::words(error)));
        }
        machine = cause.downcast_ref::<io::Error>().or(machine);
    }
    let error = machine?;
    Some(match error.kind() {
        io::ErrorKind::UnexpectedEof => failure::sent(Reason::Connect, lost),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            failure::sent(Reason::Parse, format!("not the {protocol} protocol: {error}"))
        }
        _ => {
            let (reason, detail) = failure::of_io(error);
            failure::sent(reason, detail)
        }
    })
}
