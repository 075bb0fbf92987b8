//! The answer to SubscribeToShard: a subscription's events as frames, one after the other, as fast as
//! they are taken. Source: `kinesis-wire.md` section 9.

use std::time::Duration;

use bytes::Bytes;
use flumen_protocol::{Encoder, JsonWriter, event_stream};
use flumen_streams::{Event, Subscription};
use tokio::sync::mpsc;

use crate::answers;
use crate::workers::Gathered;

const EVENT: &str = "SubscribeToShardEvent";
/// Some clients lose a subscription whose first event arrives in one read with the frame before it.
const AFTER_INITIAL: Duration = Duration::from_millis(5);

/// Frames, at most one of them waiting: the reader's pace is the subscription's.
pub fn frames(subscription: Subscription) -> mpsc::Receiver<Bytes> {
    let (frames, taken) = mpsc::channel(1);
    tokio::spawn(Gathered::new(send(subscription, frames)));
    taken
}

async fn send(mut subscription: Subscription, frames: mpsc::Sender<Bytes>) {
    let mut first = Vec::with_capacity(128);
    event_stream::initial_response(&mut first);
    if frames.send(first.into()).await.is_err() {
        return;
    }
    tokio::time::sleep(AFTER_INITIAL).await;
    loop {
        let next = tokio::select! {
            next = subscription.next() => next,
            // The client is gone; so is its subscription, at once.
            () = frames.closed() => return,
        };
        let frame = match next {
            Some(Ok(event)) => encode(&event),
            Some(Err(fault)) => {
                let mut frame = Vec::with_capacity(256);
                event_stream::exception(&fault, &mut frame);
                frame
            }
            None => return,
        };
        if frames.send(frame.into()).await.is_err() {
            return;
        }
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
