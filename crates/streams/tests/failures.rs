//! What callers are told of a disk that fails, and what is left for the log.

use flumen_protocol::kinesis::{CreateStreamInput, PutRecordInput, PutRecordsInput, PutRecordsRequestEntry};
use flumen_protocol::{Blob, ErrorCode, Fault};
use flumen_streams::Put;
use flumen_testkit::service::Service;

#[tokio::test]
async fn a_failed_sync_is_told_without_its_cause() {
    let service = Service::start().await;
    service.create("s", 1).await;
    service.fail_next_sync();
    let (streams, caller) = (&service.streams, &service.caller);
    let one = PutRecordInput {
        stream_name: Some("s".into()),
        data: Blob::Bytes(vec![1].into()),
        partition_key: Some("k".into()),
        ..Default::default()
    };
    let many = PutRecordsInput {
        stream_name: Some("s".into()),
        records: vec![PutRecordsRequestEntry {
            data: Blob::Bytes(vec![1].into()),
            partition_key: Some("k".into()),
            ..Default::default()
        }],
        ..Default::default()
    };
    let create =
        CreateStreamInput { stream_name: "t".into(), shard_count: Some(1), ..CreateStreamInput::default() };
    let mut faults: Vec<Fault> = vec![streams.put_record(caller, &one).await.unwrap_err().into()];
    match streams.put_records(caller, &many).await.unwrap().0.remove(0) {
        Put::Refused(error) => faults.push(error.into()),
        Put::Stored(stored) => panic!("{stored:?}"),
    }
    faults.push(streams.create_stream(caller, &create).await.unwrap_err().into());
    for fault in faults {
        assert_eq!((fault.code, fault.message), (ErrorCode::InternalFailure, None));
        let cause = fault.cause.unwrap();
        assert!(cause.contains("accepts no more writes"), "{cause}");
    }
}
