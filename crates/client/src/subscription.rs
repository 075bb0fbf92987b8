//! SubscribeToShard: one shard's records as they are pushed, over a connection of their own.

use bytes::{Bytes, BytesMut};
use flumen_protocol::event_stream::{self, Frame};
use flumen_protocol::kinesis::SubscribeToShardInput;
use flumen_protocol::{Encoding, ErrorCode, Fault, Operation};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use crate::client::encoded;
use crate::connection::Connection;
use crate::{Answer, Client, Error};

/// What of the stream is held at most: the largest frame, and what came with its end.
const HELD_BYTES_MAX: usize = 32 * 1024 * 1024;
const EVENT: &str = "SubscribeToShardEvent";

/// A running subscription. Dropping it ends it.
pub struct Subscription {
    client: Client,
    body: Incoming,
    held: BytesMut,
    /// Open for as long as the subscription is.
    _connection: Connection,
}

impl Client {
    /// Subscribes. There are no retries: whether a consumer may take over is for its owner to say.
    pub async fn subscribe(&self, input: &SubscribeToShardInput<'_>) -> Result<Subscription, Error> {
        let mut connection = self.connect().await?;
        let request = self.request(Operation::SubscribeToShard, encoded(input))?;
        let response = connection.send_request(request).await.map_err(|error| self.broken(&error))?;
        if !response.status().is_success() {
            return Err(match self.read(response).await {
                Ok(_) => Error::Unreadable("an error without one".into()),
                Err(error) => error,
            });
        }
        let (client, body, held) = (self.clone(), response.into_body(), BytesMut::new());
        Ok(Subscription { client, body, held, _connection: connection })
    }
}

impl Subscription {
    /// The next event, to be read as a `SubscribeToShardEvent`; `None` when the subscription has ended.
    pub async fn next(&mut self) -> Result<Option<Answer>, Error> {
        loop {
            if let Some(event) = self.frame()? {
                return Ok(Some(event));
            }
            match self.body.frame().await {
                None if self.held.is_empty() => return Ok(None),
                None => return Err(Error::Unreadable("it ends within an event".into())),
                Some(Err(error)) => return Err(self.client.broken(&error)),
                Some(Ok(frame)) => self.held.extend_from_slice(frame.data_ref().map_or(&[], Bytes::as_ref)),
            }
        }
    }

    /// The first whole event of what is held.
    fn frame(&mut self) -> Result<Option<Answer>, Error> {
        loop {
            let decoded = event_stream::decode(&self.held).map_err(|e| Error::Unreadable(e.to_string()))?;
            let Some((frame, bytes)) = decoded else {
                return match self.held.len() > HELD_BYTES_MAX {
                    true => Err(Error::Unreadable("an event is too large".into())),
                    false => Ok(None),
                };
            };
            let event = match frame {
                Frame::Event { name: EVENT, payload } => Some(Answer::copied(payload)),
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
