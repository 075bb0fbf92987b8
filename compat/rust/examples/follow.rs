//! Follows a stream by enhanced fan-out, as `../fan_out/followers.py` describes: ENDPOINT STREAM CONSUMER_ARN.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kinesis::error::DisplayErrorContext;
use aws_sdk_kinesis::types::{ChildShard, ShardIteratorType, StartingPosition, SubscribeToShardEventStream};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};

#[derive(Clone)]
struct Follower {
    kinesis: Client,
    consumer: String,
    pause: Duration,
    shards: Arc<Mutex<Shards>>,
}

#[derive(Default)]
struct Shards {
    begun: HashSet<String>,
    done: HashSet<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, stream, consumer] = &arguments[..] else { panic!("ENDPOINT STREAM CONSUMER_ARN") };
    let pause = std::env::var("FOLLOW_PAUSE_MS").map_or(0, |ms| ms.parse().expect("milliseconds"));
    let (consumer, pause) = (consumer.clone(), Duration::from_millis(pause));
    let follower = Follower { kinesis: client(endpoint), consumer, pause, shards: Arc::default() };
    let listed = follower.kinesis.list_shards().stream_name(stream).send().await.expect("shards are listed");
    for shard in listed.shards().iter().filter(|shard| shard.parent_shard_id().is_none()) {
        follower.begin(shard.shard_id());
    }
    // Until it is ended.
    std::future::pending().await
}

impl Follower {
    fn begin(&self, shard: &str) {
        if self.shards.lock().expect("no panic").begun.insert(shard.to_owned()) {
            let (follower, shard) = (self.clone(), shard.to_owned());
            tokio::spawn(async move { follower.follow(&shard).await });
        }
    }

    async fn follow(&self, shard: &str) {
        let mut start = StartingPosition::builder().r#type(ShardIteratorType::TrimHorizon);
        loop {
            match self.subscription(shard, &mut start).await {
                Ok(None) => println!("ended {shard}"),
                Ok(Some(children)) => return self.end(shard, &children),
                Err(error) => {
                    println!("broken {shard} {}", error.replace('\n', " "));
                    tokio::time::sleep(Duration::from_millis(300)).await;
                }
            }
        }
    }

    /// One subscription to its end. Answers with the children of a shard that was read whole.
    async fn subscription(
        &self,
        shard: &str,
        start: &mut aws_sdk_kinesis::types::builders::StartingPositionBuilder,
    ) -> Result<Option<Vec<ChildShard>>, String> {
        let position = start.clone().build().expect("it has a type");
        let call = self.kinesis.subscribe_to_shard().consumer_arn(&self.consumer).shard_id(shard);
        let call = call.starting_position(position);
        let mut answer = call.send().await.map_err(|error| DisplayErrorContext(error).to_string())?;
        println!("subscribed {shard}");
        loop {
            let event = answer.event_stream.recv().await;
            let event = match event.map_err(|error| DisplayErrorContext(error).to_string())? {
                Some(SubscribeToShardEventStream::SubscribeToShardEvent(event)) => event,
                Some(other) => return Err(format!("{other:?}")),
                None => return Ok(None),
            };
            for record in event.records() {
                let data = String::from_utf8_lossy(record.data().as_ref());
                let first = data.split(' ').next().unwrap_or_default();
                println!(
                    "record {shard} {} {} {first}",
                    record.sequence_number(),
                    record.partition_key().unwrap_or("-")
                );
            }
            if !event.child_shards().is_empty() {
                return Ok(Some(event.child_shards().to_vec()));
            }
            let next = event.continuation_sequence_number();
            *start = StartingPosition::builder()
                .r#type(ShardIteratorType::AfterSequenceNumber)
                .sequence_number(next);
            tokio::time::sleep(self.pause).await;
        }
    }

    fn end(&self, shard: &str, children: &[ChildShard]) {
        let ids: Vec<&str> = children.iter().map(ChildShard::shard_id).collect();
        println!("closed {shard} {}", ids.join(" "));
        let free: Vec<&ChildShard> = {
            let mut shards = self.shards.lock().expect("no panic");
            shards.done.insert(shard.to_owned());
            let is_free = |child: &&ChildShard| child.parent_shards().iter().all(|p| shards.done.contains(p));
            children.iter().filter(is_free).collect()
        };
        free.into_iter().for_each(|child| self.begin(child.shard_id()));
    }
}

fn client(endpoint: &str) -> Client {
    let http = if endpoint.starts_with("https") {
        let pem =
            std::fs::read(std::env::var("AWS_CA_BUNDLE").expect("AWS_CA_BUNDLE")).expect("a readable file");
        let trust = TrustStore::empty().with_pem_certificate(pem);
        let context = TlsContext::builder().with_trust_store(trust).build().expect("PEM");
        Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(context).build_https()
    } else {
        Builder::new().build_http()
    };
    let key = |name| std::env::var(name).expect("keys are in the environment");
    let keys = Credentials::new(key("AWS_ACCESS_KEY_ID"), key("AWS_SECRET_ACCESS_KEY"), None, None, "tests");
    let config = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(keys)
        .retry_config(RetryConfig::disabled())
        .http_client(http)
        .build();
    Client::from_conf(config)
}
