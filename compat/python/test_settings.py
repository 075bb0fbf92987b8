"""What can be set on a stream or an account: retention, tags, metrics, encryption, mode, policies."""

import json

import pytest

from harness.client import refusal

ACCOUNT = "000000000000"
KEY = "alias/aws/kinesis"


def summary(kinesis, stream):
    return kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]


def until_active(kinesis, stream):
    kinesis.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 20})


def test_retention_is_raised_and_lowered_within_its_bounds(kinesis, stream):
    raised, lowered = kinesis.increase_stream_retention_period, kinesis.decrease_stream_retention_period
    raised(StreamName=stream, RetentionPeriodHours=48)
    raised(StreamName=stream, RetentionPeriodHours=48)
    assert summary(kinesis, stream)["RetentionPeriodHours"] == 48
    asked = "Requested retention period ({} hours)"
    assert refusal("InvalidArgumentException", raised, StreamName=stream, RetentionPeriodHours=47) == (
        f"{asked.format(47)} for stream {stream} can not be shorter than existing retention period (48 hours). Use DecreaseRetentionPeriod API.")
    assert refusal("InvalidArgumentException", lowered, StreamName=stream, RetentionPeriodHours=49) == (
        f"{asked.format(49)} for stream {stream} can not be longer than existing retention period (48 hours). Use IncreaseRetentionPeriod API.")
    assert refusal("InvalidArgumentException", lowered, StreamName=stream, RetentionPeriodHours=23) == (
        f"Minimum allowed retention period is 24 hours. {asked.format(23)} is too short.")
    assert refusal("InvalidArgumentException", raised, StreamName=stream, RetentionPeriodHours=9999) == (
        f"Maximum allowed retention period is 8760 hours. {asked.format(9999)} is too long.")
    lowered(StreamName=stream, RetentionPeriodHours=24)
    assert summary(kinesis, stream)["RetentionPeriodHours"] == 24


def test_tags_of_a_stream_are_merged_removed_and_paged(kinesis, stream):
    kinesis.add_tags_to_stream(StreamName=stream, Tags={"b": "2", "a": "1", "c": ""})
    kinesis.add_tags_to_stream(StreamName=stream, Tags={"b": "two"})
    first = kinesis.list_tags_for_stream(StreamName=stream, Limit=2)
    assert first["Tags"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "two"}] and first["HasMoreTags"]
    rest = kinesis.list_tags_for_stream(StreamName=stream, ExclusiveStartTagKey="b")
    assert rest["Tags"] == [{"Key": "c", "Value": ""}] and not rest["HasMoreTags"]
    kinesis.remove_tags_from_stream(StreamName=stream, TagKeys=["a", "unknown"])
    assert [tag["Key"] for tag in kinesis.list_tags_for_stream(StreamName=stream)["Tags"]] == ["b", "c"]


def test_a_resource_has_fifty_tags_at_most(kinesis, stream):
    kinesis.add_tags_to_stream(StreamName=stream, Tags={f"k{n}": "v" for n in range(50)})
    message = refusal("InvalidArgumentException", kinesis.add_tags_to_stream, StreamName=stream, Tags={"one-more": "v"})
    assert message.startswith(f"Failed to add tags to stream {stream} under account {ACCOUNT} because a given stream cannot have more than")
    refusal("InvalidArgumentException", kinesis.add_tags_to_stream, StreamName=stream, Tags={"k0": "€;"})
    assert "tags" in refusal("ValidationException", kinesis.add_tags_to_stream, StreamName=stream, Tags={"k" * 129: "v"})


def test_tags_of_a_resource_are_the_tags_of_the_stream(kinesis, stream, arn):
    kinesis.tag_resource(ResourceARN=arn, Tags={"team": "a:b"})
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "a:b"}]
    assert kinesis.list_tags_for_stream(StreamName=stream)["Tags"] == [{"Key": "team", "Value": "a:b"}]
    kinesis.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == []
    missing = arn.replace(stream, "missing")
    for call, arguments in ((kinesis.list_tags_for_resource, {}), (kinesis.tag_resource, {"Tags": {"a": "b"}}),
                            (kinesis.untag_resource, {"TagKeys": ["a"]})):
        refusal("ResourceNotFoundException", call, ResourceARN=missing, **arguments)


def test_tags_can_be_given_at_creation(kinesis, name):
    kinesis.create_stream(StreamName=name, ShardCount=1, Tags={"born": "with"}, MaxRecordSizeInKiB=2048)
    until_active(kinesis, name)
    assert kinesis.list_tags_for_stream(StreamName=name)["Tags"] == [{"Key": "born", "Value": "with"}]
    assert summary(kinesis, name)["MaxRecordSizeInKiB"] == 2048


def test_metrics_of_shards_are_switched_on_and_off(kinesis, stream):
    on = kinesis.enable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["IncomingBytes", "OutgoingBytes"])
    assert on["CurrentShardLevelMetrics"] == []
    assert sorted(on["DesiredShardLevelMetrics"]) == ["IncomingBytes", "OutgoingBytes"]
    assert on["StreamName"] == stream
    off = kinesis.disable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["IncomingBytes"])
    assert sorted(off["CurrentShardLevelMetrics"]) == ["IncomingBytes", "OutgoingBytes"]
    assert off["DesiredShardLevelMetrics"] == ["OutgoingBytes"]
    every = kinesis.enable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["ALL"])
    assert len(every["DesiredShardLevelMetrics"]) == 7
    [seen] = kinesis.describe_stream(StreamName=stream)["StreamDescription"]["EnhancedMonitoring"]
    assert sorted(seen["ShardLevelMetrics"]) == sorted(every["DesiredShardLevelMetrics"])
    refusal("ValidationException", kinesis.enable_enhanced_monitoring, StreamName=stream, ShardLevelMetrics=["Nothing"])


def test_encryption_shows_in_the_description_and_on_each_record(kinesis, stream):
    kinesis.start_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId=KEY)
    until_active(kinesis, stream)
    seen = summary(kinesis, stream)
    assert seen["EncryptionType"] == "KMS" and "KeyId" in seen
    kinesis.stop_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId=KEY)
    until_active(kinesis, stream)
    seen = summary(kinesis, stream)
    assert seen["EncryptionType"] == "NONE" and "KeyId" not in seen
    refusal("ResourceNotFoundException", kinesis.start_stream_encryption, StreamName="missing", EncryptionType="KMS", KeyId=KEY)


def test_a_stream_changes_its_mode_and_keeps_its_shards(kinesis, stream, arn):
    for mode in ("ON_DEMAND", "PROVISIONED"):
        kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": mode})
        until_active(kinesis, stream)
        seen = summary(kinesis, stream)
        assert seen["StreamModeDetails"] == {"StreamMode": mode} and seen["OpenShardCount"] == 1
    refusal("ResourceNotFoundException", kinesis.update_stream_mode, StreamARN=arn.replace(stream, "missing"),
            StreamModeDetails={"StreamMode": "ON_DEMAND"})


def test_warm_throughput_needs_the_commitment(kinesis, name):
    kinesis.create_stream(StreamName=name, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    until_active(kinesis, name)
    with pytest.raises(kinesis.exceptions.ClientError) as raised:
        kinesis.update_stream_warm_throughput(StreamName=name, WarmThroughputMiBps=50)
    assert raised.value.response["Error"]["Code"] in ("InvalidArgumentException", "ValidationException")
    kinesis.update_account_settings(MinimumThroughputBillingCommitment={"Status": "ENABLED"})
    answer = kinesis.update_stream_warm_throughput(StreamName=name, WarmThroughputMiBps=50)
    assert answer["WarmThroughput"]["TargetMiBps"] == 50
    until_active(kinesis, name)
    # What the shards of the moment take; more of them come with the next look at the stream.
    warm = summary(kinesis, name)["WarmThroughput"]
    assert warm["TargetMiBps"] == 50 and 4 <= warm["CurrentMiBps"] <= 50


def test_the_commitment_lasts_a_day_at_least(kinesis):
    enabled = kinesis.update_account_settings(MinimumThroughputBillingCommitment={"Status": "ENABLED"})
    assert enabled["MinimumThroughputBillingCommitment"]["Status"] == "ENABLED"
    disabled = kinesis.update_account_settings(MinimumThroughputBillingCommitment={"Status": "DISABLED"})
    assert disabled["MinimumThroughputBillingCommitment"]["Status"] == "ENABLED_UNTIL_EARLIEST_ALLOWED_END"
    seen = kinesis.describe_account_settings()["MinimumThroughputBillingCommitment"]
    assert seen["Status"] == "ENABLED_UNTIL_EARLIEST_ALLOWED_END"
    assert seen["EarliestAllowedEndAt"] > seen["StartedAt"]


def test_limits_count_what_is_there(kinesis, wide):
    before = kinesis.describe_limits()
    assert before["OpenShardCount"] >= 4
    assert before["ShardLimit"] > 0 and before["OnDemandStreamCountLimit"] > 0
    kinesis.split_shard(StreamName=wide, ShardToSplit="0", NewStartingHashKey="100")
    until_active(kinesis, wide)
    assert kinesis.describe_limits()["OpenShardCount"] == before["OpenShardCount"] + 1


def test_a_policy_is_put_read_and_deleted(kinesis, arn):
    assert json.loads(kinesis.get_resource_policy(ResourceARN=arn)["Policy"]) == {}
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": ["kinesis:GetRecords", "kinesis:ListShards"], "Resource": arn}]}
    kinesis.put_resource_policy(ResourceARN=arn, Policy=json.dumps(policy))
    assert json.loads(kinesis.get_resource_policy(ResourceARN=arn)["Policy"]) == policy
    kinesis.delete_resource_policy(ResourceARN=arn)
    assert json.loads(kinesis.get_resource_policy(ResourceARN=arn)["Policy"]) == {}
    refusal("ResourceNotFoundException", kinesis.delete_resource_policy, ResourceARN=arn)
    refusal("InvalidArgumentException", kinesis.put_resource_policy, ResourceARN=arn, Policy="{")
