//! Reading a request's body into memory that was counted before it was taken.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use flumen_api::{Memory, Share};
use flumen_protocol::{ErrorCode, Fault};
use http::header::{self, HeaderMap};
use hyper::body::{Body as _, Frame, Incoming};

use crate::workers::hushed;

/// PutRecords takes 10 MiB, which is 13.4 MiB as base64, and member names and keys beside it.
pub(crate) const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bodies up to this size have memory of their own.
const SMALL_BODY_BYTES: usize = 256 * 1024;
/// A body that stops coming is given up.
const BODY_PAUSE_MAX: Duration = Duration::from_secs(30);

/// How long the body says it is. `Err`: too long.
pub fn announced(headers: &HeaderMap) -> Result<Option<usize>, TooLarge> {
    let Some(length) = headers.get(header::CONTENT_LENGTH) else { return Ok(None) };
    let length = length.to_str().ok().and_then(|length| length.parse::<u64>().ok());
    match length {
        Some(length) if length > BODY_BYTES_MAX as u64 => Err(TooLarge),
        length => Ok(length.and_then(|length| usize::try_from(length).ok())),
    }
}

pub struct TooLarge;

/// The whole body, `None` when it is too large.
pub async fn read(
    memory: &Memory,
    announced: Option<usize>,
    mut body: Incoming,
    share: &mut Share,
) -> Result<Option<Bytes>, Fault> {
    let budget = match announced {
        Some(bytes) if bytes <= SMALL_BODY_BYTES => &memory.small_bodies,
        _ => &memory.bodies,
    };
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    let mut counted = 0;
    // Whether it has ended is mostly known with its last piece, and need not be waited for.
    while !body.is_end_stream()
        && let Some(data) = next_data(&mut body).await?
    {
        let bytes = first.len() + whole.len() + data.len();
        if bytes > BODY_BYTES_MAX {
            return Ok(None);
        }
        if bytes > counted {
            // All that was announced once some of it came, so that no two bodies wait for each other's rest.
            let bytes = bytes.max(announced.unwrap_or(0));
            budget.add(share, bytes - counted).await?;
            counted = bytes;
        }
        if first.is_empty() && whole.is_empty() {
            // Most bodies come in one piece, which is used as it is.
            first = data;
            continue;
        }
        if whole.is_empty() {
            whole.reserve(counted);
            whole.extend_from_slice(&std::mem::take(&mut first));
        }
        whole.extend_from_slice(&data);
    }
    Ok(Some(if whole.is_empty() { first } else { whole.freeze() }))
}

/// The next piece of a body, `None` at its end.
async fn next_data(body: &mut Incoming) -> Result<Option<Bytes>, Fault> {
    let broken = |what: &str| Fault::new(ErrorCode::SerializationException, format!("The body {what}."));
    loop {
        // Mostly it is here already, and needs no timer.
        let frame = match poll_fn(|cx| Poll::Ready(poll_frame(body, cx))).await {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                let frame = tokio::time::timeout(BODY_PAUSE_MAX, poll_fn(|cx| poll_frame(body, cx))).await;
                frame.map_err(|_| broken("stopped coming"))?
            }
        };
        let Some(frame) = frame.transpose().map_err(|_| broken("was cut off"))? else { return Ok(None) };
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
}

/// Whoever takes a piece wakes the connection to read the next one, which is the same task under HTTP/1.1. After the last one
/// there is nothing to be read.
fn poll_frame(body: &mut Incoming, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
    let waker = cx.waker().clone();
    let (frame, woken) = hushed(&waker, || Pin::new(&mut *body).poll_frame(cx));
    if woken && !body.is_end_stream() {
        waker.wake();
    }
    frame
}

#[cfg(test)]
mod tests;
