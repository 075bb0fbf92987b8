//! SubscribeToShard: one shard's records as they are pushed.

use std::future::poll_fn;

use bytes::{Bytes, BytesMut};
use flumen_protocol::event_stream::{self, Frame};
use flumen_protocol::kinesis::SubscribeToShardInput;
use flumen_protocol::{Encoding, ErrorCode, Fault, Operation};

use crate::client::{Answered, encoded};
use crate::transport::{Body, Events};
use crate::{Client, Error};

/// What of the stream is held at most: the largest frame, and what came with its end.
const HELD_BYTES_MAX: usize = 32 * 1024 * 1024;
const EVENT: &str = "SubscribeToShardEvent";

/// A running subscription. Dropping it ends it.
pub struct Subscription {
    events: Events,
    held: BytesMut,
}

impl Client {
    /// Subscribes. There are no retries: whether a consumer may take over is for its owner to say.
    pub async fn subscribe(&self, input: &SubscribeToShardInput<'_>) -> Result<Subscription, Error> {
        match self.attempt(Operation::SubscribeToShard, encoded(input)).await? {
            Body::Events(events) => Ok(Subscription { events, held: BytesMut::new() }),
            Body::Whole(_) => Err(Error::Unreadable("it is no stream of events".into())),
        }
    }
}

impl Subscription {
    /// The next event; `None` when the subscription has ended.
    pub async fn next(&mut self) -> Result<Option<Answered<SubscribeToShardInput<'static>>>, Error> {
        loop {
            if let Some(payload) = self.event()? {
                return Ok(Some(Answered::new(payload)));
            }
            match poll_fn(|cx| (self.events)(cx)).await {
                None if self.held.is_empty() => return Ok(None),
                None => return Err(Error::Unreadable("it ends within an event".into())),
                Some(bytes) => self.held.extend_from_slice(&bytes?),
            }
        }
    }

    /// The payload of the first whole event of what is held.
    fn event(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let decoded = event_stream::decode(&self.held).map_err(|e| Error::Unreadable(e.to_string()))?;
            let Some((frame, bytes)) = decoded else {
                return match self.held.len() > HELD_BYTES_MAX {
                    true => Err(Error::Unreadable("an event is too large".into())),
                    false => Ok(None),
                };
            };
            let event = match frame {
                Frame::Event { name: EVENT, payload } => Some(Bytes::copy_from_slice(payload)),
                // What this version does not know is passed over.
                Frame::InitialResponse | Frame::Event { .. } => None,
                Frame::Exception { name, payload } => return Err(refused(name, payload)),
                Frame::Error { code, message } => {
                    return Err(Error::Unreadable(format!("{code}: {message}")));
                }
            };
            let _ = self.held.split_to(bytes);
            if event.is_some() {
                return Ok(event);
            }
        }
    }
}

/// The name of an exception is in the frame's headers; an error answer has it in the body.
fn refused(name: &str, payload: &[u8]) -> Error {
    let code = match name {
        "InternalFailureException" => Some(ErrorCode::InternalFailure),
        name => ErrorCode::parse(name),
    };
    let Some(code) = code else {
        return Error::Unreadable(format!("{name}: {}", String::from_utf8_lossy(payload)));
    };
    let members = payload.strip_prefix(b"{").unwrap_or_default();
    let body = [format!("{{\"__type\":\"{}\",", code.as_str()).as_bytes(), members].concat();
    Error::Fault(Fault::decode(Encoding::Json, &body).unwrap_or(Fault::bare(code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_has_its_code_and_text() {
        let text = |name, payload: &[u8]| refused(name, payload).to_string();
        let json = br#"{"message":"gone"}"#;
        assert_eq!(text("ResourceNotFoundException", json), "ResourceNotFoundException: gone");
        assert_eq!(text("InternalFailureException", b"{}"), "InternalFailure");
        assert!(text("Strange", json).contains("Strange"));
    }
}
