//! What trails, buckets and prefixes may be called. Source:
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html>

use std::fmt;
use std::net::Ipv4Addr;

use flumen_types::{Realm, identity};
use serde::{Deserialize, Serialize};

const NAME_CHARACTERS_MIN: usize = 3;
const NAME_CHARACTERS_MAX: usize = 128;
const BUCKET_CHARACTERS_MAX: usize = 63;
const PREFIX_CHARACTERS_MAX: usize = 200;

/// `arn:aws:cloudtrail:<home region>:<account>:trail/<name>`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TrailArn {
    pub account: String,
    /// The home region.
    pub region: String,
    pub name: String,
}

/// A trail, a bucket or a prefix cannot be called that. In AWS's words where they are known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    #[error(
        "Trail name too short. Minimum allowed length: {NAME_CHARACTERS_MIN} characters. Specified name length: {length} \
         characters."
    )]
    Short { length: usize },
    #[error(
        "Trail name too long. Maximum allowed length: {NAME_CHARACTERS_MAX} characters. Specified name length: {length} \
         characters."
    )]
    Long { length: usize },
    #[error("Trail name must starts with a letter or number.")]
    Start,
    #[error("Trail name must ends with a letter or number.")]
    End,
    #[error(
        "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and \
         underscores (_)."
    )]
    Characters,
    #[error("Trail name cannot contain adjacent periods, hyphens or underscores: {name}")]
    Adjacent { name: String },
    #[error("Trail name cannot be in the format of an IP address: {name}")]
    Address { name: String },
    #[error("The trail ARN {arn} is not valid: arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME is.")]
    Arn { arn: String },
    #[error("Bucket name cannot be blank!")]
    NoBucket,
    #[error(
        "The S3 bucket name {bucket} is not valid: it must have 3 to {BUCKET_CHARACTERS_MAX} lowercase letters, numbers, \
         periods (.) and hyphens (-), begin and end with a letter or number, and not look like an IP address."
    )]
    Bucket { bucket: String },
    #[error(
        "The S3 prefix is longer than {PREFIX_CHARACTERS_MAX} characters, or holds control characters: {prefix:?}"
    )]
    Prefix { prefix: String },
}

impl TrailArn {
    pub fn new(realm: &Realm, name: impl Into<String>) -> Self {
        TrailArn { account: realm.account.clone(), region: realm.region.clone(), name: name.into() }
    }

    /// # Errors
    /// Where it is no ARN of a trail.
    pub fn parse(arn: &str) -> Result<Self, InvalidName> {
        let refused = || InvalidName::Arn { arn: arn.to_owned() };
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, "cloudtrail", region, account, trail] = parts[..] else {
            return Err(refused());
        };
        let name = trail.strip_prefix("trail/").ok_or_else(refused)?;
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        if region.is_empty() || !is_account || partition != identity::partition(region) {
            return Err(refused());
        }
        check_trail(name)?;
        Ok(TrailArn { account: account.to_owned(), region: region.to_owned(), name: name.to_owned() })
    }
}

impl fmt::Display for TrailArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TrailArn { account, region, name } = self;
        TrailArnText { account, region, name }.fmt(f)
    }
}

/// The same, of names that are another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TrailArnText<'a> {
    pub account: &'a str,
    /// The home region.
    pub region: &'a str,
    pub name: &'a str,
}

impl fmt::Display for TrailArnText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TrailArnText { account, region, name } = self;
        write!(f, "arn:{}:cloudtrail:{region}:{account}:trail/{name}", identity::partition(region))
    }
}

/// # Errors
/// Where no trail can be called that.
pub fn check_trail(name: &str) -> Result<(), InvalidName> {
    let length = name.chars().count();
    let is_separator = |b: u8| matches!(b, b'.' | b'-' | b'_');
    let is_plain = |b: &u8| b.is_ascii_alphanumeric();
    let bytes = name.as_bytes();
    if length < NAME_CHARACTERS_MIN {
        Err(InvalidName::Short { length })
    } else if length > NAME_CHARACTERS_MAX {
        Err(InvalidName::Long { length })
    } else if !bytes.iter().all(|b| is_plain(b) || is_separator(*b)) {
        Err(InvalidName::Characters)
    } else if !bytes.first().is_some_and(is_plain) {
        Err(InvalidName::Start)
    } else if !bytes.last().is_some_and(is_plain) {
        Err(InvalidName::End)
    } else if bytes.windows(2).any(|pair| pair.iter().all(|b| is_separator(*b))) {
        Err(InvalidName::Adjacent { name: name.to_owned() })
    } else if name.parse::<Ipv4Addr>().is_ok() {
        Err(InvalidName::Address { name: name.to_owned() })
    } else {
        Ok(())
    }
}

/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
///
/// # Errors
/// Where no bucket can be called that.
pub fn check_bucket(bucket: &str) -> Result<(), InvalidName> {
    if bucket.is_empty() {
        return Err(InvalidName::NoBucket);
    }
    let bytes = bucket.as_bytes();
    let is_plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let fits = (3..=BUCKET_CHARACTERS_MAX).contains(&bytes.len())
        && bytes.iter().all(|b| is_plain(b) || matches!(b, b'.' | b'-'))
        && bytes.first().is_some_and(is_plain)
        && bytes.last().is_some_and(is_plain)
        && !bucket.contains("..")
        && bucket.parse::<Ipv4Addr>().is_err();
    if fits { Ok(()) } else { Err(InvalidName::Bucket { bucket: bucket.to_owned() }) }
}

/// # Errors
/// Where no files can be put under it.
pub fn check_prefix(prefix: &str) -> Result<(), InvalidName> {
    // A part that says "here" or "above" means something else to whoever has a copy in files.
    let is_of_paths = prefix.split('/').any(|part| matches!(part, "" | "." | ".."));
    let fits = prefix.chars().count() <= PREFIX_CHARACTERS_MAX
        && !prefix.chars().any(char::is_control)
        && !is_of_paths;
    if fits { Ok(()) } else { Err(InvalidName::Prefix { prefix: prefix.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_read_as_it_is_written() {
        let arn = TrailArn { account: "1".repeat(12), region: "eu-west-1".into(), name: "my-trail".into() };
        assert_eq!(arn.to_string(), "arn:aws:cloudtrail:eu-west-1:111111111111:trail/my-trail");
        assert_eq!(TrailArn::parse(&arn.to_string()), Ok(arn));
        for wrong in [
            "arn:aws:kinesis:eu-west-1:111111111111:trail/my-trail",
            "arn:aws:cloudtrail:eu-west-1:111111111111:stream/my-trail",
            "arn:aws:cloudtrail:eu-west-1:1111:trail/my-trail",
            "arn:aws:cloudtrail::111111111111:trail/my-trail",
            "arn:aws:cloudtrail:cn-north-1:111111111111:trail/my-trail",
            "my-trail",
        ] {
            assert_eq!(TrailArn::parse(wrong), Err(InvalidName::Arn { arn: wrong.into() }));
        }
        assert!(TrailArn::parse("arn:aws:cloudtrail:eu-west-1:111111111111:trail/a").is_err());
    }

    #[test]
    fn names_follow_the_rules_of_cloudtrail() {
        for good in ["abc", "my-trail.of_2026", "A1b", &"a".repeat(128)] {
            assert_eq!(check_trail(good), Ok(()), "{good}");
        }
        let cases = [
            (
                "ab",
                "Trail name too short. Minimum allowed length: 3 characters. Specified name length: 2 characters.",
            ),
            ("-abc", "Trail name must starts with a letter or number."),
            ("abc-", "Trail name must ends with a letter or number."),
            ("a/bc", "Trail name or ARN can only contain uppercase"),
            ("a-_c", "Trail name cannot contain adjacent"),
            ("10.0.0.1", "Trail name cannot be in the format of an IP address"),
        ];
        for (wrong, told) in cases {
            let refused = check_trail(wrong).unwrap_err().to_string();
            assert!(refused.starts_with(told), "{wrong}: {refused}");
        }
        assert_eq!(check_trail(&"a".repeat(129)), Err(InvalidName::Long { length: 129 }));
    }

    #[test]
    fn buckets_and_prefixes_follow_those_of_s3() {
        for good in ["abc", "flumen-audit", "1.2-3", &"a".repeat(63)] {
            assert_eq!(check_bucket(good), Ok(()), "{good}");
        }
        for wrong in ["ab", "Upper", "a_b", "-ab", "ab.", "a..b", "10.0.0.1", "a/b", &"a".repeat(64)] {
            assert!(matches!(check_bucket(wrong), Err(InvalidName::Bucket { .. })), "{wrong}");
        }
        assert_eq!(check_bucket(""), Err(InvalidName::NoBucket));
        for good in ["a", "team/audit", "Ünal", &"p".repeat(200)] {
            assert_eq!(check_prefix(good), Ok(()), "{good}");
        }
        for wrong in ["", "/a", "a/", "a//b", "../x", "a/./b", "a\nb", &"p".repeat(201)] {
            assert!(check_prefix(wrong).is_err(), "{wrong}");
        }
    }
}
