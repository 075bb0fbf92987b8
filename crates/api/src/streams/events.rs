//! The answer to SubscribeToShard: a subscription's events as frames, one after the other, as fast as
//! they are taken. Source: `docs/kinesis/wire.md#event-stream`.

use std::time::Duration;

use bytes::Bytes;
use flumen_access::Caller;
use flumen_protocol::{Encoder, Encoding, Fault, JsonWriter, decode, event_stream};
use flumen_streams::{Event, Streams, Subscription};
use http::StatusCode;

use super::{answers, failed};
use crate::accounts::Subscription as Place;
use crate::events::{Events, Frame, Frames};
use crate::reply::{Content, Reply};

const EVENT: &str = "SubscribeToShardEvent";
/// Some clients lose a subscription whose first event arrives in one read with the frame before it.
const AFTER_INITIAL: Duration = Duration::from_millis(5);

pub async fn subscribe(
    streams: &Streams,
    caller: &Caller,
    encoding: Encoding,
    body: &[u8],
    place: Option<Place>,
) -> Result<Reply, Fault> {
    let input = decode(encoding, body)?;
    let subscription = streams.subscribe_to_shard(caller, &input).await?;
    let content = Content::Events(Box::new(Events::new(place, |frames| make(subscription, frames))));
    Ok(Reply { content, ..Reply::new(StatusCode::OK, Some(event_stream::MEDIA_TYPE), Bytes::new()) })
}

async fn make(mut subscription: Subscription, frames: Frames) {
    let mut first = Vec::with_capacity(128);
    event_stream::initial_response(&mut first);
    frames.send(Frame { bytes: first.into(), records: (0, 0), failed: None }).await;
    tokio::time::sleep(AFTER_INITIAL).await;
    while let Some(next) = subscription.next().await {
        let frame = match next {
            Ok(event) => {
                let records = (event.records.len() as u64, event.records.bytes() as u64);
                Frame { bytes: encode(&event).into(), records, failed: None }
            }
            Err(error) => {
                let fault = Fault::from(error);
                let mut frame = Vec::with_capacity(256);
                event_stream::exception(&fault, &mut frame);
                Frame { bytes: frame.into(), records: (0, 0), failed: Some(failed(&fault)) }
            }
        };
        frames.send(frame).await;
    }
}

fn encode(event: &Event) -> Vec<u8> {
    let mut frame = Vec::with_capacity(1024 + answers::records_bytes(&event.records));
    event_stream::event(EVENT, &mut frame, |payload| {
        let mut to = JsonWriter::new(payload);
        to.begin_struct();
        to.member("Records");
        answers::write_records(&mut to, &event.records);
        if let Some(number) = &event.continuation {
            to.member("ContinuationSequenceNumber");
            to.plain(number.to_decimal().as_bytes());
        }
        to.member("MillisBehindLatest");
        to.i64(i64::try_from(event.millis_behind_latest).unwrap_or(i64::MAX));
        if !event.child_shards.is_empty() {
            to.member("ChildShards");
            answers::write_children(&mut to, &event.child_shards);
        }
        to.end_struct();
    });
    frame
}
