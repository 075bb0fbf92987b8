//! One call of each operation, for tests of what every operation has to meet.

use flumen_protocol::Operation;
use serde_json::{Value, json};

/// Of each operation on streams one that would succeed on a stream of two shards with a consumer `c`, or nearly.
/// `@` stands for the stream's name, `@arn`, `@consumer` and `@iterator` for what is its own.
pub fn of_streams() -> Vec<(Operation, Value)> {
    use Operation::*;
    let stream = |more: Value| {
        let mut body = json!({"StreamName": "@"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let key = json!({"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"});
    let metrics = json!({"ShardLevelMetrics": ["IncomingBytes"]});
    let record = json!({"Data": "", "PartitionKey": "k"});
    let latest = json!({"ShardId": "0", "ShardIteratorType": "LATEST"});
    let scale = json!({"TargetShardCount": 4, "ScalingType": "UNIFORM_SCALING"});
    let on_demand = json!({"StreamMode": "ON_DEMAND"});
    const POLICY: &str =
        r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"kinesis:GetRecords","Resource":"*"}}"#;
    vec![
        (AddTagsToStream, stream(json!({"Tags": {"k": "v"}}))),
        (CreateStream, stream(json!({"ShardCount": 2}))),
        (DecreaseStreamRetentionPeriod, stream(json!({"RetentionPeriodHours": 24}))),
        (DeleteResourcePolicy, json!({"ResourceARN": "@arn"})),
        (DeleteStream, stream(json!({}))),
        (DeregisterStreamConsumer, json!({"StreamARN": "@arn", "ConsumerName": "c"})),
        (DescribeAccountSettings, json!({})),
        (DescribeLimits, json!({})),
        (DescribeStream, stream(json!({}))),
        (DescribeStreamConsumer, json!({"StreamARN": "@arn", "ConsumerName": "c"})),
        (DescribeStreamSummary, stream(json!({}))),
        (DisableEnhancedMonitoring, stream(metrics.clone())),
        (EnableEnhancedMonitoring, stream(metrics)),
        (GetRecords, json!({"ShardIterator": "@iterator"})),
        (GetResourcePolicy, json!({"ResourceARN": "@arn"})),
        (GetShardIterator, stream(latest)),
        (IncreaseStreamRetentionPeriod, stream(json!({"RetentionPeriodHours": 48}))),
        (ListShards, stream(json!({}))),
        (ListStreamConsumers, json!({"StreamARN": "@arn"})),
        (ListStreams, json!({})),
        (ListTagsForResource, json!({"ResourceARN": "@arn"})),
        (ListTagsForStream, stream(json!({}))),
        (MergeShards, stream(json!({"ShardToMerge": "0", "AdjacentShardToMerge": "1"}))),
        (PutRecord, stream(record.clone())),
        (PutRecords, stream(json!({"Records": [record]}))),
        (PutResourcePolicy, json!({"ResourceARN": "@arn", "Policy": POLICY})),
        (RegisterStreamConsumer, json!({"StreamARN": "@arn", "ConsumerName": "c"})),
        (RemoveTagsFromStream, stream(json!({"TagKeys": ["k"]}))),
        (SplitShard, stream(json!({"ShardToSplit": "0", "NewStartingHashKey": "9"}))),
        (StartStreamEncryption, stream(key.clone())),
        (StopStreamEncryption, stream(key)),
        (
            SubscribeToShard,
            json!({"ConsumerARN": "@consumer", "ShardId": "0", "StartingPosition": {"Type": "LATEST"}}),
        ),
        (TagResource, json!({"ResourceARN": "@arn", "Tags": {"k": "v"}})),
        (UntagResource, json!({"ResourceARN": "@arn", "TagKeys": ["k"]})),
        (UpdateAccountSettings, json!({"MinimumThroughputBillingCommitment": {"Status": "DISABLED"}})),
        (UpdateMaxRecordSize, json!({"StreamARN": "@arn", "MaxRecordSizeInKiB": 2048})),
        (UpdateShardCount, stream(scale)),
        (UpdateStreamMode, json!({"StreamARN": "@arn", "StreamModeDetails": on_demand})),
        (UpdateStreamWarmThroughput, stream(json!({"WarmThroughputMiBps": 100}))),
    ]
}

/// Of each operation on tables one that would succeed, or nearly, where there is a table `leases` of account 000000000000 whose
/// key is `k`.
pub fn of_tables() -> Vec<(flumen_tables::Operation, &'static str)> {
    use flumen_tables::Operation::*;
    vec![
        (BatchGetItem, r#"{"RequestItems":{"leases":{"Keys":[{"k":{"S":"1"}}]}}}"#),
        (BatchWriteItem, r#"{"RequestItems":{"leases":[{"DeleteRequest":{"Key":{"k":{"S":"1"}}}}]}}"#),
        (
            CreateTable,
            r#"{"TableName":"leases","KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],"BillingMode":"PAY_PER_REQUEST"}"#,
        ),
        (DeleteItem, r#"{"TableName":"leases","Key":{"k":{"S":"1"}}}"#),
        (DeleteTable, r#"{"TableName":"leases"}"#),
        (DescribeContinuousBackups, r#"{"TableName":"leases"}"#),
        (DescribeLimits, r#"{}"#),
        (DescribeTable, r#"{"TableName":"leases"}"#),
        (DescribeTimeToLive, r#"{"TableName":"leases"}"#),
        (GetItem, r#"{"TableName":"leases","Key":{"k":{"S":"1"}}}"#),
        (ListTables, r#"{}"#),
        (ListTagsOfResource, r#"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/leases"}"#),
        (PutItem, r#"{"TableName":"leases","Item":{"k":{"S":"1"}}}"#),
        (
            Query,
            r#"{"TableName":"leases","KeyConditionExpression":"k = :k","ExpressionAttributeValues":{":k":{"S":"1"}}}"#,
        ),
        (Scan, r#"{"TableName":"leases"}"#),
        (
            TagResource,
            r#"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/leases","Tags":[{"Key":"k","Value":"v"}]}"#,
        ),
        (TransactGetItems, r#"{"TransactItems":[{"Get":{"TableName":"leases","Key":{"k":{"S":"1"}}}}]}"#),
        (
            TransactWriteItems,
            r#"{"TransactItems":[{"Delete":{"TableName":"leases","Key":{"k":{"S":"1"}}}}]}"#,
        ),
        (
            UntagResource,
            r#"{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/leases","TagKeys":["k"]}"#,
        ),
        (
            UpdateContinuousBackups,
            r#"{"TableName":"leases","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}"#,
        ),
        (UpdateItem, r#"{"TableName":"leases","Key":{"k":{"S":"1"}}}"#),
        (UpdateTable, r#"{"TableName":"leases","BillingMode":"PAY_PER_REQUEST"}"#),
        (
            UpdateTimeToLive,
            r#"{"TableName":"leases","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"ttl"}}"#,
        ),
    ]
}

/// What every operation of IAM finds what it needs in; what it does not know it leaves out.
pub fn of_iam(operation: &str) -> String {
    const DOCUMENT: &str = "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22a%3Ab%22%2C%22Resource%22%3A%22%2A%22%7D%7D";
    const TRUST: &str = "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22%2A%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D";
    let document = if operation == "UpdateAssumeRolePolicy" { TRUST } else { DOCUMENT };
    let policy = "arn%3Aaws%3Aiam%3A%3A000000000000%3Apolicy%2Fp";
    format!(
        "Action={operation}&Version=2010-05-08&UserName=u&GroupName=g&RoleName=r&PolicyName=p&PolicyArn={policy}\
         &PolicyDocument={document}&AssumeRolePolicyDocument={TRUST}&AccessKeyId=AKIAIOSFODNN7EXAMPLE&Status=Active\
         &VersionId=v1&Tags.member.1.Key=k&Tags.member.1.Value=v&TagKeys.member.1=k&Description=d\
         &PermissionsBoundary={policy}&PolicyInputList.member.1={DOCUMENT}&ActionNames.member.1=a%3Ab\
         &PolicySourceArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Auser%2Fu"
    )
}

/// What each operation of CloudTrail that is served needs to be told.
pub fn of_cloudtrail(operation: &str) -> Value {
    let arn = "arn:aws:cloudtrail:us-east-1:000000000000:trail/trail";
    match operation {
        "AddTags" | "RemoveTags" => json!({"ResourceId": arn, "TagsList": [{"Key": "a", "Value": "b"}]}),
        "CreateTrail" => json!({"Name": "trail", "S3BucketName": "bucket"}),
        "DescribeTrails" | "ListPublicKeys" | "ListTrails" | "LookupEvents" => json!({}),
        "GetEventSelectors" | "GetInsightSelectors" => json!({"TrailName": "trail"}),
        "ListTags" => json!({"ResourceIdList": [arn]}),
        "PutEventSelectors" => json!({"TrailName": "trail", "EventSelectors": [{"ReadWriteType": "All"}]}),
        _ => json!({"Name": "trail"}),
    }
}

/// What each operation of KMS that is served needs to be told, about a key by its ARN and ciphertext of it.
pub fn of_kms(operation: &str, key: &str, blob: &str) -> Value {
    const NO_ID: &str = "0000000000000000000000000000000000000000000000000000000000000000";
    let ana = "arn:aws:iam::000000000000:user/ana";
    match operation {
        "CreateKey" | "ListAliases" | "ListKeys" => json!({}),
        "CreateAlias" | "UpdateAlias" => json!({"AliasName": "alias/a", "TargetKeyId": key}),
        "DeleteAlias" => json!({"AliasName": "alias/a"}),
        "CreateGrant" => json!({"KeyId": key, "GranteePrincipal": ana, "Operations": ["Decrypt"]}),
        "Decrypt" => json!({"CiphertextBlob": blob}),
        "Encrypt" => json!({"KeyId": key, "Plaintext": "AAAA"}),
        "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => json!({"KeyId": key, "NumberOfBytes": 32}),
        "GenerateRandom" => json!({"NumberOfBytes": 32}),
        "ListRetirableGrants" => json!({"RetiringPrincipal": ana}),
        "PutKeyPolicy" => {
            let policy = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"kms:*","Resource":"*"}}"#;
            json!({"KeyId": key, "PolicyName": "default", "Policy": policy})
        }
        "ReEncrypt" => json!({"CiphertextBlob": blob, "DestinationKeyId": key}),
        "RetireGrant" | "RevokeGrant" => json!({"KeyId": key, "GrantId": NO_ID}),
        "TagResource" => json!({"KeyId": key, "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        "UntagResource" => json!({"KeyId": key, "TagKeys": ["a"]}),
        "UpdateKeyDescription" => json!({"KeyId": key, "Description": "d"}),
        _ => json!({"KeyId": key}),
    }
}

/// What S3's reads of files of trails GET.
pub fn of_files() -> &'static [(&'static str, &'static str)] {
    &[
        ("GetBucketLocation", "/flumen-audit?location"),
        ("ListObjects", "/flumen-audit?prefix=AWSLogs/"),
        ("ListObjectsV2", "/flumen-audit?list-type=2"),
        ("GetObject", "/flumen-audit/AWSLogs/none"),
    ]
}
