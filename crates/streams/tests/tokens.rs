//! The key that seals iterators and page tokens: another one every day, and the one before it opens what it has sealed. One
//! that lay in clear, as earlier versions kept it, does so for ten minutes.

use std::collections::BTreeSet;

use flumen_protocol::Fault;
use flumen_protocol::kinesis::{GetRecordsInput, ListShardsInput, PutResourcePolicyInput, ShardIteratorType};
use flumen_seal::Secret;
use flumen_streams::token::{LiveKeys, Position, Vault};
use flumen_testkit::service::{NOW_MS, Service};
use flumen_types::ShardId;

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
        // What is trimmed may be there again after a restart, and that may be of an earlier version.
        .filter_map(|(_, members)| Some(members["sealed"].as_str()?.to_owned()))
        .collect()
}

/// So many commands that a snapshot takes their place.
async fn fill(service: &Service) {
    let arn = service.caller.realm().stream_arn(NAME).to_string();
    for round in 0..100 {
        let filler = "x".repeat(16 * 1024);
        let policy = format!(
            r#"{{"Id":"{filler}","Statement":[{{"Sid":"{round}","Effect":"Allow","Principal":"*","Action":"kinesis:*","Resource":"*"}}]}}"#
        );
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

/// A key that lay in clear in what an earlier version wrote: a snapshot, or commands.
const CLEAR: &str = "e9d062c280686878c657f845b8e968383e94f7bbaa007c26683c58d90939956b";

/// What the earlier version gave out, from the key that it had.
fn of_earlier(at_ms: u64) -> String {
    let bytes = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let newest = Secret::new(CLEAR.as_bytes().chunks(2).map(bytes).collect());
    let vault = Vault::new(&LiveKeys { newest, before: None }).unwrap();
    let at = Position {
        group: 1,
        shard: ShardId::new(0).unwrap(),
        position: 0,
        account: "000000000000".to_owned(),
        stream: NAME.to_owned(),
    };
    vault.seal_iterator(&at, at_ms).unwrap()
}

async fn answer_to(service: &Service, iterator: String) -> Result<(), String> {
    let input = GetRecordsInput { shard_iterator: iterator.into(), ..Default::default() };
    let answer = service.streams.get_records(&service.caller, &input, 1 << 20).await;
    answer.map(drop).map_err(|error| Fault::from(error).code.as_str().to_owned())
}

#[tokio::test]
async fn a_key_that_lay_in_clear_is_replaced_at_once_and_opens_for_ten_minutes_more() {
    let create = format!(
        r#"{{"at_ms":{NOW_MS},"v":3,"change":{{"CreateStream":{{"account":"000000000000","region":"us-east-1","name":"{NAME}","shard_count":1,"mode":"Provisioned","active_at_ms":{NOW_MS},"max_record_kib":1024,"warm_mibps":null,"distribution":"UserPartitionKey","tags":{{}}}}}}}}"#
    );
    let found = format!(r#"{{"at_ms":{NOW_MS},"v":3,"change":{{"Found":{{"token_key":"{CLEAR}"}}}}}}"#);
    let rotated = format!(
        r#"{{"at_ms":{NOW_MS},"v":3,"change":{{"RotateTokenKey":{{"key":"{CLEAR}","follows_ms":{NOW_MS}}}}}}}"#
    );
    let other = found.replace("e9d0", "0000");
    let state = format!(
        r#"{{"version":2,"at_ms":{NOW_MS},"token_key":"{CLEAR}","next_group":1,"streams":{{}},"accounts":{{}},"marks":{{}}}}"#
    );
    let head = r#"{"version":2,"position":0,"chunks":1}"#;
    for (snapshot, commands) in [
        (None, vec![&found, &create]),
        (None, vec![&other, &rotated, &create]),
        (Some([head, &state]), vec![&create]),
    ] {
        let commands: Vec<&str> = commands.into_iter().map(String::as_str).collect();
        let mut service = Service::start_after(snapshot, &commands).await;
        let issued = of_earlier(NOW_MS);
        assert_eq!(answer_to(&service, issued.clone()).await, Ok(()));
        // A stop before it is replaced takes nothing from that.
        service.restart(true).await;
        service.streams.keep_house().await.unwrap();
        service.streams.keep_house().await.unwrap();
        assert_eq!(rotations(&service).await.len(), 1);
        let new = service.iterator(NAME, 0, ShardIteratorType::TrimHorizon).await;
        for restart in [false, true] {
            if restart {
                service.restart(true).await;
            }
            assert_eq!(answer_to(&service, issued.clone()).await, Ok(()));
            assert_eq!(answer_to(&service, new.clone()).await, Ok(()));
        }
        service.advance_ms(10 * MINUTE_MS);
        assert_eq!(answer_to(&service, of_earlier(service.clock.now_ms())).await, Ok(()));
        service.advance_ms(1);
        // Whoever has read the key may have made it now.
        let expired = Err("ExpiredIteratorException".to_owned());
        for issued in [issued.clone(), of_earlier(service.clock.now_ms())] {
            assert_eq!(answer_to(&service, issued).await, expired);
        }
    }
}
