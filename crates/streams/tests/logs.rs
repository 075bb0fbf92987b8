//! Which logs a start makes, and which it deletes.

use flumen_machine::names;
use flumen_protocol::kinesis::{CreateStreamInput, DeleteStreamInput};
use flumen_storage::{LogId, Storage};
use flumen_streams::{Streams, StreamsSettings};
use flumen_testkit::service;
use flumen_types::Clock;

async fn open(storage: &Storage) -> Streams {
    let (clock, _) = Clock::manual(1_700_000_000_000);
    let keys = service::keys(storage, &clock).await;
    Streams::open(storage.clone(), clock, service::seal(), keys, StreamsSettings::unlimited()).await.unwrap()
}

#[tokio::test]
async fn a_start_deletes_what_no_stream_needs_and_leaves_alone_what_is_not_its_own() {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let streams = open(&storage).await;
    let caller = service::caller("000000000000");
    for name in ["gone", "kept"] {
        let input =
            CreateStreamInput { stream_name: name.into(), shard_count: Some(2), ..Default::default() };
        streams.create_stream(&caller, &input).await.unwrap();
    }
    let input = DeleteStreamInput { stream_name: Some("gone".into()), ..Default::default() };
    streams.delete_stream(&caller, &input).await.unwrap();
    streams.keep_house().await.unwrap();
    let log = |group, index| LogId { group, index };
    // As a crash may leave them, and of services that this program does not know.
    let (unneeded, others) = ([log(1, 7), log(2, 2)], [log(0, 6), log(3, 0), log(77, 7)]);
    storage.create(&unneeded).unwrap();
    storage.create(&others).unwrap();
    drop(streams);
    open(&storage).await;
    let mut wanted: Vec<LogId> = [names::CONTROL.commands, names::CONTROL.snapshots].to_vec();
    wanted.extend([names::KEYS.commands, names::KEYS.snapshots]);
    wanted.extend([names::USAGE_PAST, names::USAGE_RUNNING, log(2, 0), log(2, 1)]);
    wanted.extend(others);
    wanted.sort_unstable();
    assert_eq!(storage.logs(), wanted);
}
