//! What everybody relies on: order, times, limits, tail and segments alike, reopening.

mod common;

use std::time::Duration;

use common::*;
use flumen_storage::{AppendError, LogId, ReadError, ReadLimit, Storage, StorageSettings, check};

fn value(n: u64, bytes: usize) -> Vec<u8> {
    let mut value = n.to_le_bytes().to_vec();
    value.resize(bytes.max(8), n as u8);
    value
}

#[tokio::test]
async fn records_come_back_in_order_with_positions_and_times() {
    let storage = Storage::ephemeral(StorageSettings::default()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    assert_eq!((log.start(), log.end(), log.last_time_ms()), (0, 0, None));
    let a = append(&storage, &log, 5, &["one", "two"]).await.unwrap();
    let b = append(&storage, &log, 3, &["three"]).await.unwrap();
    assert_eq!((a.first, a.time_ms, b.first, b.time_ms), (0, 5, 2, 5), "times never go back");
    let seen = read_all(&log).await;
    assert_eq!(seen, [(0, 5, b"one".to_vec()), (1, 5, b"two".to_vec()), (2, 5, b"three".to_vec())]);
    assert_eq!(read_from(&log, 1, ALL).await.unwrap().len(), 2);
    assert_eq!((log.end(), log.last_time_ms()), (3, Some(5)));
}

#[tokio::test]
async fn one_call_answers_for_each_append_in_order() {
    let storage = Storage::ephemeral(tiny()).unwrap();
    storage.create(&[id(0), id(1), id(2)]).unwrap();
    let logs: Vec<_> = (0..3).map(|n| storage.log(id(n)).unwrap()).collect();
    storage.seal(&[id(1)]).await.unwrap();
    let appends: Vec<_> = logs.iter().map(|log| batch(log, 1, &["x"])).collect();
    let answers = storage.append(appends).await;
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert_eq!(answers[1], Err(AppendError::Sealed));
    assert!(storage.append(Vec::new()).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn tail_and_segments_read_the_same_and_memory_stays_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let settings = tiny();
    let storage = Storage::open(dir.path(), settings.clone()).unwrap();
    storage.create(&[id(0), id(1)]).unwrap();
    let logs = [storage.log(id(0)).unwrap(), storage.log(id(1)).unwrap()];
    let mut wanted = [Vec::new(), Vec::new()];
    for n in 0..2000u64 {
        let which = (n % 3 != 0) as usize;
        let value = value(n, (n % 200) as usize);
        let answer = append_patiently(&storage, &logs[which], n, &value).await;
        wanted[which].push((answer.first, n, value));
        assert!(storage.status().tail_bytes < settings.tail_bytes + 4096, "{:?}", storage.status());
    }
    for limit in [ALL, ReadLimit { records: 1, bytes: 1 }, ReadLimit { records: 7, bytes: 3000 }] {
        for (log, wanted) in logs.iter().zip(&wanted) {
            assert_eq!(&read_from(log, 0, limit).await.unwrap(), wanted);
        }
    }
    for (log, wanted) in logs.iter().zip(&wanted) {
        for at in (0..wanted.len()).step_by(17) {
            assert_eq!(read_from(log, at as u64, ALL).await.unwrap(), wanted[at..]);
            let (position, time_ms, _) = wanted[at];
            assert_eq!(log.find_time(time_ms).await.unwrap(), position);
        }
        assert_eq!(log.find_time(0).await.unwrap(), 0);
        assert_eq!(log.find_time(u64::MAX).await.unwrap(), log.end());
    }
    storage.close().await;
    let report = check(dir.path(), None).unwrap();
    assert_eq!(report.damage, []);
    assert_eq!(report.records, 2000);
    assert!(report.ends_cleanly);

    let storage = Storage::open(dir.path(), settings).unwrap();
    for (n, wanted) in wanted.iter().enumerate() {
        let log = storage.log(id(n as u32)).unwrap();
        assert_eq!(&read_all(&log).await, wanted);
        assert_eq!(log.last_time_ms(), Some(wanted.last().unwrap().1));
        let next = append(&storage, &log, 0, &["more"]).await.unwrap();
        assert_eq!(next.first, wanted.len() as u64);
    }
}

#[tokio::test]
async fn a_read_stops_at_its_limit_and_brings_at_least_one_block() {
    let storage = Storage::ephemeral(StorageSettings::default()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    for n in 0..10 {
        append(&storage, &log, n, &["a", "b"]).await.unwrap();
    }
    let ends = |blocks: Vec<flumen_storage::Block>| blocks.last().map(|block| block.end());
    assert_eq!(ends(log.read(0, ReadLimit { records: 3, bytes: usize::MAX }).await.unwrap()), Some(4));
    assert_eq!(ends(log.read(1, ReadLimit { records: 1, bytes: usize::MAX }).await.unwrap()), Some(2));
    assert_eq!(ends(log.read(0, ReadLimit { records: 0, bytes: 0 }).await.unwrap()), Some(2));
    assert_eq!(ends(log.read(20, ALL).await.unwrap()), None);
}

#[tokio::test]
async fn waiting_ends_with_the_next_record_or_with_the_log() {
    let storage = Storage::ephemeral(StorageSettings::default()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    let waiter = tokio::spawn({
        let log = log.clone();
        async move { log.wait(0).await }
    });
    tokio::task::yield_now().await;
    append(&storage, &log, 0, &["x"]).await.unwrap();
    waiter.await.unwrap().unwrap();
    log.wait(0).await.unwrap();
    let waiter = tokio::spawn({
        let log = log.clone();
        async move { log.wait(1).await }
    });
    tokio::time::sleep(Duration::from_millis(10)).await;
    storage.delete(&[id(0)]).unwrap();
    assert!(matches!(waiter.await.unwrap(), Err(ReadError::Deleted)));
}

#[tokio::test]
async fn a_failed_fill_leaves_the_batch_as_it_was() {
    let mut builder = flumen_storage::BatchBuilder::with_capacity(10);
    builder.push(0, b"k", b"v");
    let before = builder.bytes();
    let failed = builder.push_with(0, b"key", 4, |out| {
        out.extend_from_slice(b"ab");
        Err("not base64")
    });
    assert_eq!((failed, builder.len(), builder.bytes()), (Err("not base64"), 1, before));
    let fill = |out: &mut Vec<u8>| {
        out.extend_from_slice(b"ab");
        Ok::<_, ()>(())
    };
    builder.push_with(0, b"key", 2, fill).unwrap();
    assert_eq!(builder.len(), 2);
}

#[tokio::test]
async fn a_call_larger_than_a_journal_file_is_refused() {
    let storage = Storage::ephemeral(tiny()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    let mut largest = 0;
    for bytes in 4000..8192 {
        match append(&storage, &log, 0, &[vec![1; bytes]]).await {
            Ok(_) => largest = bytes,
            Err(AppendError::TooLarge { .. }) => assert!(bytes > largest),
            Err(AppendError::Overloaded { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert!((5000..8000).contains(&largest), "{largest}");
}

#[tokio::test]
async fn a_closed_storage_takes_nothing_and_reads_on() {
    let storage = Storage::ephemeral(tiny()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    append(&storage, &log, 0, &["x"]).await.unwrap();
    storage.close().await;
    assert_eq!(append(&storage, &log, 0, &["y"]).await, Err(AppendError::Closed));
    assert_eq!(storage.create(&[id(1)]), Err(AppendError::Closed));
    assert_eq!(read_all(&log).await.len(), 1);
    storage.close().await;
}

#[tokio::test]
async fn a_log_that_was_never_made_is_not_there() {
    let storage = Storage::ephemeral(tiny()).unwrap();
    assert!(storage.log(LogId { group: 1, index: 1 }).is_none());
    storage.create(&[id(2), id(1)]).unwrap();
    assert_eq!(storage.logs(), [id(1), id(2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_is_found_at_the_first_of_many_records_that_have_it() {
    let storage = Storage::ephemeral(tiny()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    for n in 0..600u64 {
        append_patiently(&storage, &log, 10 * (n / 50), &value(n, 400)).await;
    }
    for n in 0..12 {
        assert_eq!(log.find_time(10 * n).await.unwrap(), 50 * n);
        assert_eq!(log.find_time(10 * n + 1).await.unwrap(), 50 * (n + 1));
    }
}
