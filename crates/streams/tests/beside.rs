//! Two processes on one control log: what one has decided on and the other has changed meanwhile is decided again, so
//! the outcome is that of one process after the other.

use flumen_access::Caller;
use flumen_machine::names::CONTROL;
use flumen_protocol::kinesis::{
    AddTagsToStreamInput, CreateStreamInput, DeleteStreamInput, DeregisterStreamConsumerInput,
    ListShardsInput, ListStreamConsumersInput, ListTagsForStreamInput, RegisterStreamConsumerInput,
    SplitShardInput,
};
use flumen_protocol::{ErrorCode, Fault};
use flumen_storage::Storage;
use flumen_streams::{Streams, StreamsSettings};
use flumen_testkit::service;
use flumen_types::Clock;

const NOW_MS: u64 = 1_700_000_000_000;

struct Node(Streams);

fn caller() -> Caller {
    service::caller("000000000000")
}

impl Node {
    async fn on(storage: &Storage) -> Node {
        let (clock, _) = Clock::manual(NOW_MS);
        let keys = service::keys(storage, &clock).await;
        let opened =
            Streams::open(storage.clone(), clock, service::seal(), keys, StreamsSettings::unlimited());
        Node(opened.await.unwrap())
    }

    async fn create(&self, name: &str) -> Result<(), Fault> {
        let input = CreateStreamInput {
            stream_name: name.to_owned().into(),
            shard_count: Some(1),
            ..Default::default()
        };
        Ok(self.0.create_stream(&caller(), &input).await?)
    }

    async fn tag(&self, key: String) -> Result<(), Fault> {
        let input = AddTagsToStreamInput {
            stream_name: Some("s".into()),
            tags: [(key.into(), "v".into())].into(),
            ..Default::default()
        };
        Ok(self.0.add_tags_to_stream(&caller(), &input).await?)
    }

    async fn split(&self) -> Result<(), Fault> {
        let input = SplitShardInput {
            stream_name: Some("s".into()),
            shard_to_split: "0".into(),
            new_starting_hash_key: (1_u128 << 127).to_string().into(),
            ..Default::default()
        };
        Ok(self.0.split_shard(&caller(), &input).await?)
    }

    /// Answers with its ARN.
    async fn register(&self, name: &str, consumer: &str) -> Result<String, Fault> {
        let input = RegisterStreamConsumerInput {
            stream_arn: caller().realm().stream_arn(name).to_string().into(),
            consumer_name: consumer.to_owned().into(),
            ..Default::default()
        };
        let registered = self.0.register_stream_consumer(&caller(), &input).await?;
        Ok(registered.consumer.consumer_arn.into_owned())
    }

    async fn deregister(&self, arn: &str) -> Result<(), Fault> {
        let input =
            DeregisterStreamConsumerInput { consumer_arn: Some(arn.to_owned().into()), ..Default::default() };
        Ok(self.0.deregister_stream_consumer(&caller(), &input).await?)
    }

    async fn consumers(&self, name: &str) -> Vec<String> {
        self.0.keep_house().await.unwrap();
        let stream_arn = caller().realm().stream_arn(name).to_string();
        let input = ListStreamConsumersInput { stream_arn: stream_arn.into(), ..Default::default() };
        let listed = self.0.list_stream_consumers(&caller(), &input).await.unwrap();
        listed.consumers.unwrap().into_iter().map(|consumer| consumer.consumer_arn.into_owned()).collect()
    }

    async fn delete(&self, name: &str) -> Result<(), Fault> {
        let input = DeleteStreamInput {
            stream_name: Some(name.to_owned().into()),
            enforce_consumer_deletion: Some(true),
            ..Default::default()
        };
        Ok(self.0.delete_stream(&caller(), &input).await?)
    }

    /// Tags and shards of the stream, when everything is seen.
    async fn seen(&self) -> (usize, Vec<String>) {
        self.0.keep_house().await.unwrap();
        let input = ListTagsForStreamInput { stream_name: Some("s".into()), ..Default::default() };
        let tags = self.0.list_tags_for_stream(&caller(), &input).await.unwrap().tags.len();
        let input = ListShardsInput { stream_name: Some("s".into()), ..Default::default() };
        let shards = self.0.list_shards(&caller(), &input).await.unwrap().shards.unwrap();
        (tags, shards.iter().map(|shard| format!("{shard:?}")).collect())
    }
}

/// One is done; the other is told what it would have been told afterwards.
fn one_of(answers: (Result<(), Fault>, Result<(), Fault>), code: ErrorCode) {
    let refused = match answers {
        (Ok(()), Err(fault)) | (Err(fault), Ok(())) => fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused.code, code, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_on_and_changed_is_decided_again() {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let (a, b) = (Node::on(&storage).await, Node::on(&storage).await);
    for round in 0..10 {
        one_of(tokio::join!(a.create("s"), b.create("s")), ErrorCode::ResourceInUseException);
        a.0.keep_house().await.unwrap();
        b.0.keep_house().await.unwrap();
        for n in 0..5 {
            let both = tokio::join!(a.tag(format!("a{n}")), b.tag(format!("b{n}")));
            assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
        }
        let registered = tokio::join!(a.register("s", "c"), b.register("s", "c"));
        let none = |answer: Result<String, Fault>| answer.map(drop);
        one_of((none(registered.0), none(registered.1)), ErrorCode::ResourceInUseException);
        let split = tokio::join!(a.split(), b.split());
        assert!(split.0.is_ok() != split.1.is_ok(), "{split:?}");
        let (of_a, of_b) = (a.seen().await, b.seen().await);
        assert_eq!(of_a, of_b);
        assert_eq!((of_a.0, of_a.1.len()), (10, 3), "no tag is lost, and no split is doubled");
        let opened = Node::on(&storage).await;
        assert_eq!(opened.seen().await, of_a, "a start sees the same");
        let deleted = tokio::join!(a.delete("s"), b.delete("s"));
        assert!(deleted.0.is_ok() || deleted.1.is_ok(), "{deleted:?}");
        // Both forget it, which is no more than once.
        let kept = tokio::join!(a.0.keep_house(), b.0.keep_house());
        assert!(kept.0.is_ok() && kept.1.is_ok(), "round {round}: {kept:?}");
        a.0.keep_house().await.unwrap();
        b.0.keep_house().await.unwrap();
    }
    let log = storage.log(CONTROL.commands).unwrap();
    assert!(log.end() > 10 * 20, "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_is_called_what_it_was_answered() {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let (a, b) = (Node::on(&storage).await, Node::on(&storage).await);
    a.create("s").await.unwrap();
    a.create("o").await.unwrap();
    b.0.keep_house().await.unwrap();
    for round in 0..20 {
        let gone = b.register("o", "c").await.unwrap();
        // The one is dated above the other, if it is gone before.
        let consumer = format!("c{}", round % 10);
        let (registered, deregistered) = tokio::join!(a.register("s", &consumer), b.deregister(&gone));
        deregistered.unwrap();
        let registered = registered.unwrap();
        for node in [&a, &b] {
            assert!(node.consumers("s").await.contains(&registered), "round {round}: {registered}");
        }
        a.deregister(&registered).await.unwrap();
        assert_eq!(b.consumers("s").await, [""; 0]);
    }
}
