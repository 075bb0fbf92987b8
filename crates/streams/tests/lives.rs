//! What a stream shows of itself while it comes and goes, and what may be attached to it.

use std::collections::BTreeMap;

use flumen_protocol::kinesis::{
    AddTagsToStreamInput, CreateStreamInput, DeleteStreamInput, DescribeStreamInput,
    DescribeStreamSummaryInput, GetShardIteratorInput, ListTagsForStreamInput, RegisterStreamConsumerInput,
    RemoveTagsFromStreamInput, ShardIteratorType, StreamStatus, TagResourceInput, UntagResourceInput,
};
use flumen_protocol::{ErrorCode, Fault};
use flumen_streams::StreamsSettings;
use flumen_testkit::service::Service;

const NAME: &str = "s";

/// Status, shards and open shards.
async fn shown(service: &Service) -> (StreamStatus, usize, i32) {
    let input = DescribeStreamInput { stream_name: Some(NAME.into()), ..Default::default() };
    let described =
        service.streams.describe_stream(&service.caller, &input).await.unwrap().stream_description;
    let input = DescribeStreamSummaryInput { stream_name: Some(NAME.into()), ..Default::default() };
    let summary = service.streams.describe_stream_summary(&service.caller, &input).await.unwrap();
    let open = summary.stream_description_summary.open_shard_count;
    (described.stream_status, described.shards.len(), open)
}

async fn place(service: &Service) -> Result<(), Fault> {
    let input = GetShardIteratorInput {
        stream_name: Some(NAME.into()),
        shard_id: "0".into(),
        shard_iterator_type: ShardIteratorType::Latest,
        ..Default::default()
    };
    Ok(service.streams.get_shard_iterator(&service.caller, &input).await.map(|_| ())?)
}

#[tokio::test]
async fn a_stream_shows_its_shards_from_when_it_is_active_and_never_when_it_is_deleted_before() {
    for deleted_at_ms in [1_000, 5_000] {
        let service =
            Service::start_with(StreamsSettings { transition_ms: 5_000, ..StreamsSettings::unlimited() })
                .await;
        service.create(NAME, 2).await;
        assert_eq!(shown(&service).await, (StreamStatus::Creating, 0, 0));
        service.advance_ms(deleted_at_ms);
        let input = DeleteStreamInput { stream_name: Some(NAME.into()), ..Default::default() };
        service.streams.delete_stream(&service.caller, &input).await.unwrap();
        let shards = if deleted_at_ms < 5_000 { 0 } else { 2 };
        // When it would have been ACTIVE, too.
        for wait_ms in [0, 4_999] {
            service.advance_ms(wait_ms);
            assert_eq!(shown(&service).await, (StreamStatus::Deleting, shards, shards as i32));
            assert_eq!(place(&service).await.is_ok(), shards > 0);
        }
        service.advance_ms(1);
        let input = DescribeStreamInput { stream_name: Some(NAME.into()), ..Default::default() };
        let gone = service.streams.describe_stream(&service.caller, &input).await.unwrap_err();
        assert_eq!(Fault::from(gone).code, ErrorCode::ResourceNotFoundException);
    }
}

type Tags = BTreeMap<std::borrow::Cow<'static, str>, std::borrow::Cow<'static, str>>;

/// Through each operation that takes tags or their keys, whether it took them.
async fn takes(service: &Service, key: &'static str, value: &'static str) -> Vec<bool> {
    let (streams, caller) = (&service.streams, &service.caller);
    let arn = || caller.realm().stream_arn(NAME).to_string();
    let tags = || -> Tags { [(key.into(), value.into())].into() };
    let keys = || vec![key.into()];
    let create = CreateStreamInput {
        stream_name: "other".into(),
        shard_count: Some(1),
        tags: Some(tags()),
        ..Default::default()
    };
    let register = RegisterStreamConsumerInput {
        stream_arn: arn().into(),
        consumer_name: "c".into(),
        tags: Some(tags()),
    };
    let add = AddTagsToStreamInput { stream_name: Some(NAME.into()), tags: tags(), ..Default::default() };
    let remove =
        RemoveTagsFromStreamInput { stream_name: Some(NAME.into()), tag_keys: keys(), ..Default::default() };
    let tag = TagResourceInput { resource_arn: arn().into(), tags: tags() };
    let untag = UntagResourceInput { resource_arn: arn().into(), tag_keys: keys() };
    let answers = [
        streams.create_stream(caller, &create).await.err().map(Fault::from),
        streams.register_stream_consumer(caller, &register).await.err().map(Fault::from),
        streams.add_tags_to_stream(caller, &add).await.err().map(Fault::from),
        streams.tag_resource(caller, &tag).await.err().map(Fault::from),
        streams.remove_tags_from_stream(caller, &remove).await.err().map(Fault::from),
        streams.untag_resource(caller, &untag).await.err().map(Fault::from),
    ];
    answers
        .into_iter()
        .map(|refused| match refused {
            None => true,
            Some(fault) => {
                assert_eq!(fault.code, ErrorCode::InvalidArgumentException);
                let told = "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white \
                            space, _ . / = + - % @.";
                assert_eq!(fault.message.as_deref(), Some(told));
                false
            }
        })
        .collect()
}

#[tokio::test]
async fn tags_are_of_letters_digits_spaces_and_some_signs() {
    for good in ["aZ09", "_.:/=+-@%", "two words", "Gr\u{f6}\u{df}e", "\u{6771}\u{4eac}", "no\u{a0}break"] {
        let service = Service::start().await;
        service.create(NAME, 1).await;
        assert_eq!(takes(&service, good, good).await, [true; 6], "{good:?}");
    }
    for bad in [
        "a\tb",
        "a\nb",
        "a\rb",
        "\u{b}",
        "\u{c}",
        "\u{85}",
        "\0",
        "a,b",
        "a;b",
        "\u{200b}",
        "\u{1f600}",
        "\"",
        "\\",
    ] {
        let service = Service::start().await;
        service.create(NAME, 1).await;
        assert_eq!(takes(&service, bad, "v").await, [false; 6], "{bad:?}");
        // Keys alone are all that the last two take.
        assert_eq!(takes(&service, "k", bad).await, [false, false, false, false, true, true], "{bad:?}");
        let input = ListTagsForStreamInput { stream_name: Some(NAME.into()), ..Default::default() };
        assert!(service.streams.list_tags_for_stream(&service.caller, &input).await.unwrap().tags.is_empty());
    }
}
