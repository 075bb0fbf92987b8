use std::collections::BTreeMap;

use flumen_storage::{MemoryDisk, StorageSettings};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::event::Attributes;

const KEPT: Retention = Retention { age_ms: 90 * 24 * HOUR_MS, bytes: 1 << 30 };
/// The beginning of an hour.
const BEGIN_MS: u64 = 480_000 * HOUR_MS;

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(work)
}

struct Place {
    disk: Arc<MemoryDisk>,
    seal: Seal,
}

impl Place {
    fn new() -> Self {
        Place { disk: Arc::default(), seal: Seal::in_memory().unwrap() }
    }

    fn storage(&self) -> Storage {
        let settings =
            StorageSettings { tail_bytes: 1 << 20, segment_bytes: 1 << 16, ..StorageSettings::default() };
        Storage::open_on(self.disk.clone(), settings).unwrap()
    }

    async fn open(&self, now_ms: u64) -> (Storage, Sums) {
        let storage = self.storage();
        let sums = Sums::open(&storage, self.seal.clone(), KEPT, now_ms).await.unwrap();
        (storage, sums)
    }
}

fn key<'a>(principal: &'a str, thing: &'a str, outcome: &'a str) -> Called<'a> {
    Called { principal, thing, service: "kinesis.amazonaws.com", operation: "PutRecord", outcome }
}

type Rows = BTreeMap<(u64, String, String), Counts>;

/// By the hour, since minutes become hours.
async fn by_hour(sums: &Sums, from_ms: u64, to_ms: u64) -> Rows {
    let mut rows = Rows::new();
    let damaged = sums
        .read(from_ms, to_ms, |period, key, counts| {
            let key = (period.start_ms / HOUR_MS, key.principal.to_owned(), key.thing.to_owned());
            rows.entry(key).or_default().add(counts);
        })
        .await;
    assert_eq!(damaged.unwrap(), [""; 0]);
    rows
}

#[derive(Clone, Debug)]
enum Step {
    Call {
        who: u8,
        what: u8,
        records: u64,
    },
    Wait {
        minutes: u64,
    },
    Stop,
    /// With what was not trimmed on disk there again.
    KeepHouse,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0u8..4, 0u8..3, 0u64..500).prop_map(|(who, what, records)| Step::Call { who, what, records }),
        3 => (1u64..200).prop_map(|minutes| Step::Wait { minutes }),
        1 => (2000u64..4000).prop_map(|minutes| Step::Wait { minutes }),
        1 => Just(Step::Stop),
        2 => Just(Step::KeepHouse),
    ];
    vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn what_is_read_is_what_was_added(steps in steps()) {
        run(async {
            let place = Place::new();
            let mut now_ms = BEGIN_MS;
            let (mut storage, mut sums) = place.open(now_ms).await;
            let mut wanted = Rows::new();
            for step in steps {
                match step {
                    Step::Call { who, what, records } => {
                        let (who, what) = (format!("p{who}"), format!("t{what}"));
                        sums.add(&key(&who, &what, ""), records, records * 10);
                        let counts = Counts { calls: 1, records, bytes: records * 10 };
                        wanted.entry((now_ms / HOUR_MS, who, what)).or_default().add(counts);
                    }
                    Step::Wait { minutes } => {
                        now_ms += minutes * MINUTE_MS;
                        sums.end_minute(now_ms).await.unwrap();
                    }
                    Step::Stop => {
                        sums.end_minute(now_ms).await.unwrap();
                        storage.close().await;
                        drop(storage);
                        (storage, sums) = place.open(now_ms).await;
                    }
                    Step::KeepHouse => sums.keep_house(now_ms).await.unwrap(),
                }
                assert_eq!(by_hour(&sums, 0, u64::MAX).await, wanted);
                let from = now_ms / HOUR_MS * HOUR_MS - 50 * HOUR_MS;
                let part: Rows = wanted.range((from / HOUR_MS, String::new(), String::new())..)
                    .map(|(key, counts)| (key.clone(), *counts)).collect();
                assert_eq!(by_hour(&sums, from, now_ms + 1).await, part);
            }
            storage.close().await;
        });
    }
}

#[test]
fn a_minute_that_is_over_says_when_it_was() {
    run(async {
        let (_storage, sums) = Place::new().open(BEGIN_MS).await;
        sums.add(&key("p", "t", ""), 3, 30);
        sums.end_minute(BEGIN_MS + MINUTE_MS).await.unwrap();
        sums.add(&key("p", "t", ""), 4, 40);
        let read = async |from_ms, to_ms| {
            let mut rows = Vec::new();
            sums.read(from_ms, to_ms, |period, _, counts| {
                rows.push((period.start_ms - BEGIN_MS, counts.records))
            })
            .await
            .unwrap();
            rows
        };
        assert_eq!(read(0, u64::MAX).await, [(0, 3), (MINUTE_MS, 4)]);
        assert_eq!(read(BEGIN_MS, BEGIN_MS + 1).await, [(0, 3)]);
        assert_eq!(read(BEGIN_MS + MINUTE_MS, u64::MAX).await, [(MINUTE_MS, 4)]);
        assert_eq!(read(0, BEGIN_MS).await, []);
    });
}

#[test]
fn an_hour_that_was_rolled_up_counts_once_also_where_a_crash_came_before_its_minutes_went() {
    run(async {
        let place = Place::new();
        let (storage, sums) = place.open(BEGIN_MS).await;
        for minute in 1..=120 {
            sums.add(&key("p", "t", ""), 1, 10);
            sums.end_minute(BEGIN_MS + minute * MINUTE_MS).await.unwrap();
        }
        let wanted = by_hour(&sums, 0, u64::MAX).await;
        let now_ms = BEGIN_MS + 50 * HOUR_MS;
        let logs = &sums.inner.logs;
        let hour = logs.old_hour(0, now_ms - MINUTES_MS).await.unwrap().unwrap();
        logs.write_hour(&hour).await.unwrap();
        storage.close().await;
        drop((storage, sums));
        let (storage, sums) = place.open(now_ms).await;
        assert_eq!(storage.log(names::AUDIT_MINUTES).unwrap().start(), 0, "they are there still");
        assert_eq!(by_hour(&sums, 0, u64::MAX).await, wanted);
        sums.keep_house(now_ms).await.unwrap();
        assert_eq!(by_hour(&sums, 0, u64::MAX).await, wanted);
        assert_eq!(storage.log(names::AUDIT_HOURS).unwrap().end(), 2);
        assert_eq!(storage.log(names::AUDIT_MINUTES).unwrap().start(), 120);
        storage.close().await;
    });
}

#[test]
fn minutes_that_cannot_be_written_wait_and_none_is_lost() {
    run(async {
        let place = Place::new();
        let (storage, sums) = place.open(BEGIN_MS).await;
        storage.close().await;
        let minutes = 40;
        for minute in 1..=minutes {
            sums.add(&key("p", "t", ""), 1, 10);
            assert!(sums.end_minute(BEGIN_MS + minute * MINUTE_MS).await.is_err());
        }
        assert_eq!(sums.status().waiting, WAITING_MAX);
        let rows = by_hour(&sums, 0, u64::MAX).await;
        assert_eq!(rows.values().map(|counts| counts.calls).sum::<u64>(), minutes);
    });
}

#[test]
fn a_damaged_chunk_is_named_and_the_others_are_read() {
    run(async {
        let place = Place::new();
        let (storage, sums) = place.open(BEGIN_MS).await;
        let log = storage.log(names::AUDIT_MINUTES).unwrap();
        sums.add(&key("p", "a", ""), 1, 10);
        sums.end_minute(BEGIN_MS + MINUTE_MS).await.unwrap();
        let minute = (BEGIN_MS / MINUTE_MS + 1).to_le_bytes();
        let at_ms = BEGIN_MS + 2 * MINUTE_MS;
        let other = place.seal.seal("audit/sums/minute/1", b"x").unwrap();
        let of_other_place = [&[1][..], &other].concat();
        for value in [&b""[..], b"\x01cut off", b"\x09of tomorrow", &of_other_place] {
            flumen_machine::append_record(&storage, &log, at_ms, 0, &minute, value).await.unwrap();
        }
        flumen_machine::append_record(&storage, &log, at_ms, 0, b"when?", b"\x01").await.unwrap();
        sums.add(&key("p", "b", ""), 1, 10);
        sums.end_minute(BEGIN_MS + 3 * MINUTE_MS).await.unwrap();
        let mut things = Vec::new();
        let damaged = sums.read(0, u64::MAX, |_, key, _| things.push(key.thing.to_owned())).await.unwrap();
        assert_eq!(things, ["a", "b"]);
        let place_of = |n: u64| format!("log 0/11, position {n}: ");
        let wanted = [
            "it is empty".to_owned(),
            "sealed bytes are cut off: there are 7, and 36 are around every secret".to_owned(),
            "it is of a newer program".to_owned(),
            format!(
                "sealed bytes are altered, or from another place than audit/sums/minute/{}",
                BEGIN_MS / MINUTE_MS + 1
            ),
            "it says no time".to_owned(),
        ];
        let wanted: Vec<String> = wanted.iter().zip(1..).map(|(what, n)| place_of(n) + what).collect();
        assert_eq!(damaged, wanted);
        // A chunk of a newer program is left to that.
        let kept = sums.keep_house(BEGIN_MS + 60 * HOUR_MS).await;
        assert!(matches!(kept, Err(SumsError::Newer { position: 3, .. })), "{kept:?}");
        assert_eq!(log.start(), 0);
        storage.close().await;
    });
}

#[test]
fn hours_go_by_age_and_by_bytes_and_the_newest_stays() {
    run(async {
        let place = Place::new();
        let storage = place.storage();
        let kept = Retention { age_ms: 10 * HOUR_MS, bytes: 1 << 30 };
        let sums = Sums::open(&storage, place.seal.clone(), kept, BEGIN_MS).await.unwrap();
        for hour in 1..=100 {
            sums.add(&key("p", "t", ""), 1, 10);
            sums.end_minute(BEGIN_MS + hour * HOUR_MS).await.unwrap();
            sums.keep_house(BEGIN_MS + hour * HOUR_MS).await.unwrap();
        }
        // 48 hours of minutes, and none of the hours is younger.
        assert_eq!(by_hour(&sums, 0, u64::MAX).await.len(), 48 + 1);
        storage.close().await;
        drop((storage, sums));
        let storage = place.storage();
        let kept = Retention { age_ms: 1000 * HOUR_MS, bytes: 0 };
        let sums = Sums::open(&storage, place.seal.clone(), kept, BEGIN_MS + 100 * HOUR_MS).await.unwrap();
        sums.keep_house(BEGIN_MS + 100 * HOUR_MS).await.unwrap();
        assert_eq!(by_hour(&sums, 0, u64::MAX).await.len(), 48 + 1);
        storage.close().await;
    });
}

#[test]
fn a_file_of_an_hour_has_a_record_for_each_sum_and_the_same_twice() {
    run(async {
        let (_storage, sums) = Place::new().open(BEGIN_MS).await;
        let user = "arn:aws:iam::111111111111:user/ops/ana";
        let stream = "arn:aws:kinesis:eu-west-1:111111111111:stream/s";
        for minute in 1..=60 {
            sums.add(&key(user, stream, ""), 2, 10);
            sums.add(&key(OTHERS, "", "AccessDeniedException"), 0, 0);
            sums.end_minute(BEGIN_MS + minute * MINUTE_MS).await.unwrap();
        }
        let lines = sums.hour_file(BEGIN_MS / HOUR_MS).await.unwrap();
        assert_eq!(lines, sums.hour_file(BEGIN_MS / HOUR_MS).await.unwrap());
        assert_eq!(lines.len(), 2);
        let values: Vec<serde_json::Value> =
            lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let [others, ana] = &values[..] else { panic!("{lines:?}") };
        assert_eq!(
            ana["additionalEventData"],
            serde_json::json!({"calls": 60, "records": 120, "bytes": 600, "period": "PT1H"})
        );
        let said = |value: &serde_json::Value, name: &str| value[name].as_str().map(str::to_owned);
        for (name, wanted) in [
            ("eventType", "AwsServiceEvent"),
            ("eventCategory", "Data"),
            ("eventName", "PutRecord"),
            ("eventSource", "kinesis.amazonaws.com"),
            ("awsRegion", "eu-west-1"),
            ("recipientAccountId", "111111111111"),
            ("eventTime", "2024-10-04T00:59:59Z"),
        ] {
            assert_eq!(said(ana, name).as_deref(), Some(wanted), "{name}");
        }
        assert_eq!(ana["userIdentity"]["arn"], user);
        assert_eq!(ana["userIdentity"]["userName"], "ana");
        assert_eq!(ana["resources"][0]["ARN"], stream);
        assert_eq!(said(others, "errorCode").as_deref(), Some("AccessDeniedException"));
        assert_eq!(others["userIdentity"]["principalId"], OTHERS);
        let id = Attributes::of(&lines[1]).unwrap().id.into_owned();
        let at_ms = crate::event::time_of_event_id(&id).unwrap();
        assert_eq!(at_ms, BEGIN_MS + HOUR_MS, "{id}");
        assert_ne!(id, Attributes::of(&lines[0]).unwrap().id);
        assert_eq!(sums.hour_file(1).await.unwrap().len(), 0);
    });
}

/// What a day of 100 principals that use 20 streams each comes to; `cargo test -p flumen-audit day -- --nocapture` shows it.
#[test]
fn a_day_of_two_thousand_sums_a_minute_is_small() {
    run(async {
        let (storage, sums) = Place::new().open(BEGIN_MS).await;
        let names = |what: &str, n: u64| -> Vec<String> {
            (0..n).map(|n| format!("arn:aws:{what}-{n:03}-of-a-service")).collect()
        };
        let principals = names("iam::111111111111:user/producers/producer", 100);
        let streams = names("kinesis:eu-west-1:111111111111:stream/stream", 20);
        let mut random = fastrand::Rng::with_seed(1);
        let minutes = 10;
        for minute in 1..=minutes {
            for principal in &principals {
                for stream in &streams {
                    let calls = random.u64(1..600);
                    let counts = Counts {
                        calls,
                        records: calls * 3 + random.u64(0..50),
                        bytes: calls * random.u64(300..3000),
                    };
                    sums.inner.counters.add(&key(principal, stream, ""), counts);
                }
            }
            sums.end_minute(BEGIN_MS + minute * MINUTE_MS).await.unwrap();
        }
        let log = storage.log(names::AUDIT_MINUTES).unwrap();
        let a_day = log.stored_bytes() / minutes * 1440;
        println!("{} MB a day", a_day / 1_000_000);
        assert!(a_day < 100_000_000, "{a_day}");
        storage.close().await;
    });
}
