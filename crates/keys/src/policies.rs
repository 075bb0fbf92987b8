//! Policies that keys are made with. Source: "Default key policy" and "AWS managed keys" in the KMS developer guide.

use std::sync::Arc;

use flumen_access::policy::{Kind, Policy};
use flumen_types::{Realm, identity};
use serde_json::json;

/// Of a key that is made without one: it leaves everything to the policies of its account.
pub(crate) fn default_text(account: &str) -> String {
    let document = json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
            "Action": "kms:*",
            "Resource": "*"
        }]
    });
    serde_json::to_string_pretty(&document).expect("a policy is text and lists")
}

/// The same, read.
pub(crate) fn of_new_key(account: &str) -> Arc<Policy> {
    let policy = Policy::parse(&default_text(account), Kind::Key);
    Arc::new(policy.unwrap_or_else(|_| Policy::denies_all()))
}

/// Of a key that Kinesis uses in an account: for whoever may use Kinesis there, and through that alone.
pub(crate) fn kinesis_text(realm: &Realm) -> String {
    let Realm { account, region } = realm;
    let suffix = if identity::partition(region) == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let document = json!({
        "Version": "2012-10-17",
        "Id": "auto-kinesis-1",
        "Statement": [
            {
                "Sid": "Allow access through Kinesis for all principals in the account that are authorized to use Kinesis",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [
                    "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant",
                    "kms:DescribeKey"
                ],
                "Resource": "*",
                "Condition": {"StringEquals": {
                    "kms:CallerAccount": account,
                    "kms:ViaService": format!("kinesis.{region}.{suffix}")
                }}
            },
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
                "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
                "Resource": "*"
            }
        ]
    });
    serde_json::to_string_pretty(&document).expect("a policy is text and lists")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_policies() {
        let realm = Realm { account: "111111111111".into(), region: "eu-west-1".into() };
        for text in [default_text("111111111111"), kinesis_text(&realm)] {
            Policy::parse(&text, Kind::Key).unwrap();
        }
    }
}
