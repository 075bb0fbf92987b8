//! What an earlier version has written is taken over before anything else is written, whatever fails meanwhile.

use flumen_machine::names::CONTROL;
use flumen_protocol::kinesis::{
    CreateStreamInput, DescribeStreamSummaryInput, EncryptionType, ListShardsInput,
};
use flumen_storage::{Append, BatchBuilder, ReadLimit, Storage};
use flumen_streams::{OpenError, Streams, StreamsSettings};
use flumen_testkit::faulty::{Fault, FaultyDisk, Unsynced};
use flumen_testkit::service::{self, NOW_MS, Service, storage};
use flumen_types::Clock;

const STATE: &str = r#"{"version":2,"at_ms":1700000000000,"token_key":"e9d062c280686878c657f845b8e968383e94f7bbaa007c26683c58d90939956b","next_group":5,"streams":{},"accounts":{},"marks":{}}"#;
const HEAD: &str = r#"{"version":2,"position":0,"chunks":1}"#;
const CREATE: &str = r#"{"at_ms":1700000000000,"v":2,"change":{"CreateStream":{"account":"000000000000","region":"us-east-1","name":"s","shard_count":3,"mode":"Provisioned","active_at_ms":1700000000000,"max_record_kib":1024,"warm_mibps":null,"distribution":"UserPartitionKey","tags":{}}}}"#;

async fn open(storage: &Storage) -> Result<Streams, OpenError> {
    let clock = Clock::manual(NOW_MS).0;
    let keys = service::keys(storage, &clock).await;
    Streams::open(storage.clone(), clock, service::seal(), keys, StreamsSettings::unlimited()).await
}

/// A snapshot and a command of version 2.
async fn earlier() -> FaultyDisk {
    let disk = FaultyDisk::default();
    let storage = storage(&disk).unwrap();
    storage.create(&[CONTROL.commands, CONTROL.snapshots]).unwrap();
    for (id, record) in [(CONTROL.snapshots, HEAD), (CONTROL.snapshots, STATE), (CONTROL.commands, CREATE)] {
        let mut batch = BatchBuilder::default();
        batch.push(0, &[], record.as_bytes());
        let append = Append { log: storage.log(id).unwrap(), time_ms: NOW_MS, batch: batch.finish() };
        storage.append(vec![append]).await.remove(0).unwrap();
    }
    storage.close().await;
    disk
}

async fn shards_of(streams: &Streams) -> usize {
    let input = ListShardsInput { stream_name: Some("s".into()), ..Default::default() };
    streams.list_shards(&service::caller("000000000000"), &input).await.unwrap().shards.unwrap().len()
}

/// Of the commands that the log has from `from` on.
async fn versions(storage: &Storage, from: u64) -> Vec<u64> {
    let limit = ReadLimit { records: 100, bytes: 1 << 20 };
    let blocks = storage.log(CONTROL.commands).unwrap().read(from, limit).await.unwrap();
    let commands = blocks.iter().flat_map(|block| block.records_from(from));
    let version = |value: &[u8]| serde_json::from_slice::<serde_json::Value>(value).unwrap()["v"].as_u64();
    commands.map(|record| version(record.value).unwrap_or(1)).collect()
}

#[tokio::test]
async fn the_first_snapshot_comes_before_anything_else() {
    let storage = storage(&earlier().await).unwrap();
    let streams = open(&storage).await.unwrap();
    let log = storage.log(CONTROL.commands).unwrap();
    assert_eq!((log.start(), log.end()), (1, 1), "the snapshot holds them");
    assert_eq!(shards_of(&streams).await, 3);
    let input = CreateStreamInput { stream_name: "t".into(), shard_count: Some(1), ..Default::default() };
    streams.create_stream(&service::caller("000000000000"), &input).await.unwrap();
    assert_eq!(versions(&storage, 0).await, [5]);
    // It is done once.
    drop(streams);
    open(&storage).await.unwrap();
    assert_eq!((log.start(), log.end()), (1, 2));
}

#[tokio::test]
async fn it_is_not_opened_while_the_first_snapshot_cannot_be_written() {
    let disk = earlier().await;
    let storage = storage(&disk).unwrap();
    disk.fail_next_sync();
    let refused = open(&storage).await.err().unwrap().to_string();
    assert!(refused.contains("accepts no more writes"), "{refused}");
    assert_eq!(versions(&storage, 0).await, [2]);
}

#[tokio::test]
async fn a_loss_of_power_at_any_call_is_survived() {
    let earlier = earlier().await;
    let (mut taken_over, mut nth) = (0, 0);
    loop {
        let disk = earlier.copy();
        disk.fail_later(nth, Fault::PowerLoss);
        if let Ok(storage) = storage(&disk) {
            taken_over += u32::from(open(&storage).await.is_ok());
            storage.close().await;
        }
        let tripped = disk.tripped();
        let storage = storage(&disk.after_crash(Unsynced::Mixed(nth))).unwrap();
        let streams = open(&storage).await.unwrap_or_else(|error| panic!("call {nth}: {error}"));
        assert_eq!(shards_of(&streams).await, 3, "call {nth}");
        storage.close().await;
        if !tripped {
            break;
        }
        nth += 1;
    }
    assert!(nth > 10 && taken_over > 1 && u64::from(taken_over) < nth, "{taken_over} of {nth}");
}

/// Version 4 stored which key a stream was to be encrypted by, and encrypted nothing.
#[tokio::test]
async fn a_stream_that_was_said_to_be_encrypted_is_not_any_more() {
    let set = r#"{"v":4,"at_ms":1700000000000,"change":{"SetEncryption":{"group":5,"key_id":"alias/mine","updated_at_ms":0}}}"#;
    let mut service = Service::start_after(Some([HEAD, STATE]), &[CREATE, set]).await;
    let input = DescribeStreamSummaryInput { stream_name: Some("s".into()), ..Default::default() };
    for starts in 1..=2 {
        let described = service.streams.describe_stream_summary(&service.caller, &input).await.unwrap();
        let summary = described.stream_description_summary;
        assert_eq!((summary.encryption_type, summary.key_id), (Some(EncryptionType::None), None));
        let changes = service.control_changes().await;
        let dropped = changes.iter().filter(|(name, _)| name == "DropEncryption").count();
        assert_eq!(dropped, 1, "after {starts} starts");
        service.restart(false).await;
    }
}
