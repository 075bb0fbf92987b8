//! The key that seals iterators and page tokens: another one every day, and the one before it opens what it has sealed.

use std::collections::BTreeSet;

use flumen_protocol::Fault;
use flumen_protocol::kinesis::{GetRecordsInput, ListShardsInput, PutResourcePolicyInput, ShardIteratorType};
use flumen_testkit::service::Service;

const NAME: &str = "s";
const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// An iterator and a page token, of now.
struct Tokens {
    iterator: String,
    page: String,
}

impl Tokens {
    async fn of(service: &Service) -> Tokens {
        let input =
            ListShardsInput { stream_name: Some(NAME.into()), max_results: Some(1), ..Default::default() };
        let page = service.streams.list_shards(&service.caller, &input).await.unwrap().next_token.unwrap();
        let iterator = service.iterator(NAME, 0, ShardIteratorType::TrimHorizon).await;
        Tokens { iterator, page: page.into_owned() }
    }

    /// What they are answered.
    async fn used(&self, service: &Service) -> [Result<(), Fault>; 2] {
        let of_records =
            GetRecordsInput { shard_iterator: self.iterator.as_str().into(), ..Default::default() };
        let of_shards = ListShardsInput { next_token: Some(self.page.as_str().into()), ..Default::default() };
        [
            service
                .streams
                .get_records(&service.caller, &of_records, 1 << 20)
                .await
                .map(drop)
                .map_err(Fault::from),
            service.streams.list_shards(&service.caller, &of_shards).await.map(drop).map_err(Fault::from),
        ]
    }

    async fn refused(&self, service: &Service) -> [String; 2] {
        self.used(service).await.map(|answer| answer.unwrap_err().code.as_str().to_owned())
    }
}

async fn rotations(service: &Service) -> Vec<String> {
    let changes = service.control_changes().await.into_iter();
    changes
        .filter(|(name, _)| name == "RotateTokenKey")
        .map(|(_, members)| members["key"].as_str().unwrap().to_owned())
        .collect()
}

/// So many commands that a snapshot takes their place.
async fn fill(service: &Service) {
    let arn = service.caller.realm().stream_arn(NAME).to_string();
    for round in 0..100 {
        let filler = "x".repeat(16 * 1024);
        let policy = format!("{{\"Statement\":[{{\"Sid\":\"{round}\",\"Filler\":\"{filler}\"}}]}}");
        let input = PutResourcePolicyInput { resource_arn: arn.clone().into(), policy: policy.into() };
        service.streams.put_resource_policy(&service.caller, &input).await.unwrap();
    }
}

#[tokio::test]
async fn tokens_outlive_the_rotation_of_their_key_and_restarts() {
    for crash in [false, true] {
        let mut service = Service::start().await;
        service.create(NAME, 2).await;
        for day in 0..4 {
            service.advance_ms(DAY_MS - 2 * MINUTE_MS);
            let before = Tokens::of(&service).await;
            service.advance_ms(4 * MINUTE_MS);
            service.streams.keep_house().await.unwrap();
            let rotated = rotations(&service).await;
            // What a snapshot has made dispensable may be there again after a restart.
            assert!(rotated.len() == day + 1 || day == 3 && !rotated.is_empty(), "day {day}: {rotated:?}");
            let after = Tokens::of(&service).await;
            for restart in [false, true] {
                if restart {
                    service.restart(crash).await;
                }
                for tokens in [&before, &after] {
                    let used = tokens.used(&service).await;
                    assert!(used.iter().all(Result::is_ok), "day {day}: {used:?}");
                }
            }
            if day == 2 {
                // From here on the keys are a snapshot's.
                fill(&service).await;
                assert_eq!(rotations(&service).await.len(), 0);
                service.restart(crash).await;
                assert!(before.used(&service).await.iter().all(Result::is_ok));
            }
        }
    }
}

#[tokio::test]
async fn a_key_seals_for_a_day() {
    let service = Service::start().await;
    service.create(NAME, 2).await;
    for _ in 0..3 {
        for hours in [0, 1, 22] {
            service.advance_ms(hours * 60 * MINUTE_MS);
            service.streams.keep_house().await.unwrap();
        }
        let rotations = rotations(&service).await.len();
        service.advance_ms(60 * MINUTE_MS);
        service.streams.keep_house().await.unwrap();
        service.streams.keep_house().await.unwrap();
        assert_eq!(self::rotations(&service).await.len(), rotations + 1);
    }
    let keys = rotations(&service).await;
    assert_eq!(keys.len(), 3);
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 3, "each is another");
}

#[tokio::test]
async fn old_tokens_are_expired_and_those_of_a_key_that_is_gone_are_invalid() {
    let mut service = Service::start().await;
    service.create(NAME, 2).await;
    let old = Tokens::of(&service).await;
    service.advance_ms(DAY_MS);
    service.streams.keep_house().await.unwrap();
    let expired = ["ExpiredIteratorException", "ExpiredNextTokenException"];
    assert_eq!(old.refused(&service).await, expired);
    service.advance_ms(DAY_MS);
    assert_eq!(old.refused(&service).await, expired, "its key is live until the next one comes");
    service.streams.keep_house().await.unwrap();
    for _ in 0..2 {
        assert_eq!(old.refused(&service).await, ["InvalidArgumentException"; 2]);
        service.restart(true).await;
    }
}
