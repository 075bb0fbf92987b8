//! Managed policies that come with the service: AWS's own for Kinesis and for administrators, and one for each part that
//! people play here.

use std::sync::LazyLock;

use super::Document;

/// When they were written, as answers tell it: 2026-11-01.
pub(crate) const SINCE_MS: u64 = 1_793_491_200_000;

/// One of them.
pub(crate) struct Provided {
    pub arn: &'static str,
    pub id: &'static str,
    pub description: &'static str,
    document: LazyLock<Document, fn() -> Document>,
}

impl Provided {
    pub fn name(&self) -> &'static str {
        self.arn.rsplit('/').next().unwrap_or(self.arn)
    }

    pub fn document(&self) -> &Document {
        &self.document
    }
}

macro_rules! provided {
    ($($arn:literal $id:literal $description:literal $text:literal;)*) => {
        static ALL: [Provided; [$($id),*].len()] = [$(Provided {
            arn: concat!("arn:aws:iam::aws:policy/", $arn),
            id: $id,
            description: $description,
            document: LazyLock::new(|| Document::of($text)),
        }),*];
    };
}

provided! {
    "AdministratorAccess" "ANPAFLUMENADMINISTRATOR" "Everything, in the own account."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

    "AmazonKinesisFullAccess" "ANPAFLUMENKINESISFULLAC" "All of Kinesis Data Streams."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kinesis:*","Resource":"*"}]}"#;

    "AmazonKinesisReadOnlyAccess" "ANPAFLUMENKINESISREADON" "Whatever reads and lists in Kinesis Data Streams."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kinesis:Get*","kinesis:List*","kinesis:Describe*","kinesis:SubscribeToShard"],"Resource":"*"}]}"#;

    "FlumenProducer" "ANPAFLUMENPRODUCER00000" "Puts records, and finds out where they go."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kinesis:PutRecord","kinesis:PutRecords","kinesis:DescribeStream","kinesis:DescribeStreamSummary","kinesis:ListShards"],"Resource":"*"}]}"#;

    "FlumenProducerLibrary" "ANPAFLUMENPRODUCERLIBRA" "What the Kinesis Producer Library asks for: records, shards, its metrics."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kinesis:PutRecord","kinesis:PutRecords","kinesis:DescribeStream","kinesis:DescribeStreamSummary","kinesis:ListShards"],"Resource":"*"},{"Effect":"Allow","Action":"cloudwatch:PutMetricData","Resource":"*"},{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}]}"#;

    "FlumenConsumerLibrary" "ANPAFLUMENCONSUMERLIBRA" "What the Kinesis Client Library 3 asks for: records polled and pushed, its lease tables, its metrics."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kinesis:DescribeStream","kinesis:DescribeStreamSummary","kinesis:DescribeStreamConsumer","kinesis:RegisterStreamConsumer","kinesis:SubscribeToShard","kinesis:GetRecords","kinesis:GetShardIterator","kinesis:ListShards"],"Resource":"*"},{"Effect":"Allow","Action":["dynamodb:CreateTable","dynamodb:DescribeTable","dynamodb:UpdateTable","dynamodb:UpdateContinuousBackups","dynamodb:DescribeContinuousBackups","dynamodb:TagResource","dynamodb:GetItem","dynamodb:PutItem","dynamodb:UpdateItem","dynamodb:DeleteItem","dynamodb:Scan","dynamodb:Query","dynamodb:ConditionCheckItem"],"Resource":"*"},{"Effect":"Allow","Action":"cloudwatch:PutMetricData","Resource":"*"}]}"#;

    "FlumenReadOnly" "ANPAFLUMENREADONLY00000" "Reads and lists everything, records too, and changes nothing."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kinesis:Get*","kinesis:List*","kinesis:Describe*","kinesis:SubscribeToShard","kms:Decrypt","kms:Describe*","kms:Get*","kms:List*","dynamodb:BatchGetItem","dynamodb:Describe*","dynamodb:GetItem","dynamodb:List*","dynamodb:Query","dynamodb:Scan","cloudwatch:Get*","cloudwatch:List*","flumen:GetMetrics","sts:GetCallerIdentity"],"Resource":"*"}]}"#;

    "FlumenOperator" "ANPAFLUMENOPERATOR00000" "Runs streams, keys and lease tables; nothing of identities and policies."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kinesis:*","kms:*","dynamodb:*","cloudwatch:*","flumen:*","sts:GetCallerIdentity"],"Resource":"*"},{"Effect":"Deny","Action":["kinesis:PutResourcePolicy","kinesis:DeleteResourcePolicy","kms:PutKeyPolicy","kms:*Grant"],"Resource":"*"}]}"#;

    "FlumenOperatorWithoutData" "ANPAFLUMENOPERATORNODAT" "Runs streams, keys and lease tables, and sees no record and no item."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kinesis:*","kms:*","dynamodb:*","cloudwatch:*","flumen:*","sts:GetCallerIdentity"],"Resource":"*"},{"Effect":"Deny","Action":["kinesis:PutResourcePolicy","kinesis:DeleteResourcePolicy","kms:PutKeyPolicy","kms:*Grant","kms:*Encrypt*","kms:Decrypt","kms:GenerateDataKey*","kinesis:GetRecords","kinesis:GetShardIterator","kinesis:SubscribeToShard","kinesis:PutRecord","kinesis:PutRecords","dynamodb:GetItem","dynamodb:BatchGetItem","dynamodb:BatchWriteItem","dynamodb:PutItem","dynamodb:UpdateItem","dynamodb:DeleteItem","dynamodb:Query","dynamodb:Scan"],"Resource":"*"}]}"#;

    "FlumenAuditor" "ANPAFLUMENAUDITOR000000" "Sees who may do what and what there is; no record, no item, and changes nothing."
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kinesis:Describe*","kinesis:List*","kinesis:GetResourcePolicy","kms:Describe*","kms:Get*","kms:List*","dynamodb:Describe*","dynamodb:List*","cloudwatch:Get*","cloudwatch:List*","iam:Get*","iam:List*","iam:Simulate*","sts:GetCallerIdentity","sts:GetAccessKeyInfo","cloudtrail:LookupEvents","cloudtrail:Get*","cloudtrail:Describe*","cloudtrail:List*","s3:GetBucketLocation","s3:ListBucket","s3:GetObject","flumen:GetMetrics","flumen:SearchAudit","flumen:GetAuditSums"],"Resource":"*"}]}"#;
}

/// By rising ARNs.
pub(crate) fn all() -> &'static [Provided] {
    &ALL
}

pub(crate) fn provided(arn: &str) -> Option<&'static Provided> {
    ALL.iter().find(|provided| provided.arn == arn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Kind;

    #[test]
    fn each_says_something_and_has_an_arn_of_its_own() {
        for provided in all() {
            let policy = provided.document().policy(Kind::Identity);
            assert!(policy.is_ok(), "{}: {policy:?}", provided.arn);
            let text = &provided.document().text;
            assert!(text.len() < 6_144);
            assert_eq!(all().iter().filter(|other| other.id == provided.id).count(), 1, "{}", provided.id);
        }
        assert_eq!(
            provided("arn:aws:iam::aws:policy/FlumenAuditor").map(Provided::name),
            Some("FlumenAuditor")
        );
        assert!(provided("FlumenAuditor").is_none());
    }
}
