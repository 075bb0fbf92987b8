//! Names of keys: the ARN of one, and what stands for many.

use std::fmt;
use std::str::FromStr;

/// The longest that KMS takes.
const BYTES_MAX: usize = 2048;

/// The ARN of a key, such as `arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyArn(String);

/// A text that names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not the ARN of a key, such as arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)]
pub struct NotAKey(String);

/// The ARN of a key, or the begin of ARNs with a `*` behind it, which has the region whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyNames {
    /// Without the `*`.
    text: String,
    is_begin: bool,
}

impl KeyArn {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one that has the key, and that calls are signed for.
    pub fn region(&self) -> &str {
        part(&self.0, 3)
    }

    /// `aws`, `aws-cn`.
    pub fn partition(&self) -> &str {
        part(&self.0, 1)
    }
}

impl FromStr for KeyArn {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let parts: Vec<&str> = text.split(':').collect();
        let [_, _, _, _, account, key] = parts[..] else { return Err(NotAKey(shown(text))) };
        let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let is_key = text.len() <= BYTES_MAX
            && begins_as_a_key(text)
            && is_account
            && key.strip_prefix("key/").is_some_and(is_id);
        if is_key { Ok(KeyArn(text.to_owned())) } else { Err(NotAKey(shown(text))) }
    }
}

impl fmt::Display for KeyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl KeyNames {
    pub fn region(&self) -> &str {
        part(&self.text, 3)
    }

    pub fn partition(&self) -> &str {
        part(&self.text, 1)
    }

    /// How much of an ARN is named, where it is one of these: of two that name it the longer one counts.
    pub fn names(&self, arn: &KeyArn) -> Option<usize> {
        let is_named = match self.is_begin {
            true => arn.as_str().starts_with(&self.text),
            false => arn.as_str() == self.text,
        };
        is_named.then_some(self.text.len() + usize::from(!self.is_begin))
    }
}

impl FromStr for KeyNames {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let Some(begin) = text.strip_suffix('*') else {
            let KeyArn(text) = text.parse()?;
            return Ok(KeyNames { text, is_begin: false });
        };
        if begin.len() > BYTES_MAX || begin.contains('*') || !begins_as_a_key(begin) {
            return Err(NotAKey(shown(text)));
        }
        Ok(KeyNames { text: begin.to_owned(), is_begin: true })
    }
}

impl fmt::Display for KeyNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.text, if self.is_begin { "*" } else { "" })
    }
}

/// `arn`, partition, `kms` and region, and a colon behind them.
fn begins_as_a_key(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let mut parts = text.split(':');
    let mut next = || parts.next().unwrap_or_default();
    next() == "arn" && is_name(next()) && next() == "kms" && is_name(next()) && parts.next().is_some()
}

fn part(text: &str, nth: usize) -> &str {
    text.split(':').nth(nth).unwrap_or_default()
}

/// No more of it than a person reads.
fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    #[test]
    fn a_key_is_named_by_its_whole_arn() {
        let arn: KeyArn = ARN.parse().unwrap();
        assert_eq!((arn.as_str(), arn.region(), arn.partition()), (ARN, "eu-west-1", "aws"));
        let multi = "arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1234abcd";
        assert_eq!(multi.parse::<KeyArn>().unwrap().partition(), "aws-cn");
        for wrong in [
            "",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "alias/a",
            "arn:aws:kms:eu-west-1:111122223333:alias/a",
            "arn:aws:kms:eu-west-1:111122223333:key/",
            "arn:aws:kms:eu-west-1:111122223333:key/a*",
            "arn:aws:kms:eu-west-1:111122223333:key/a:b",
            "arn:aws:kms:eu-west-1:11112222333:key/a",
            "arn:aws:kms::111122223333:key/a",
            "arn:aws:kinesis:eu-west-1:111122223333:key/a",
            "arn::kms:eu-west-1:111122223333:key/a",
            " arn:aws:kms:eu-west-1:111122223333:key/a",
            &format!("{ARN}{}", "a".repeat(2048)),
        ] {
            let error = wrong.parse::<KeyArn>().unwrap_err().to_string();
            assert!(error.contains("is not the ARN of a key, such as arn:aws:kms:"), "{wrong}: {error}");
            assert!(error.len() < 500);
        }
    }

    #[test]
    fn keys_are_named_one_by_one_or_by_how_they_begin() {
        let arn: KeyArn = ARN.parse().unwrap();
        let names = |text: &str| text.parse::<KeyNames>().unwrap().names(&arn);
        assert_eq!(names(ARN), Some(ARN.len() + 1));
        let begin = "arn:aws:kms:eu-west-1:";
        assert_eq!(names(&format!("{begin}*")), Some(begin.len()));
        assert_eq!(names(&format!("{begin}111122223333:key/*")), Some(begin.len() + 17));
        assert_eq!(names("arn:aws:kms:eu-west-1:4*"), None);
        assert_eq!(names(&format!("{ARN}*")), Some(ARN.len()));
        assert_eq!(names("arn:aws:kms:eu-west-1:111122223333:key/other"), None);
        for wrong in
            ["*", "arn:aws:kms:*", "arn:aws:kms:eu-*", "arn:aws:kms:eu-west-1:*:key/*", "arn:aws:s3:r:*"]
        {
            wrong.parse::<KeyNames>().unwrap_err();
        }
        assert_eq!(format!("{begin}*").parse::<KeyNames>().unwrap().to_string(), format!("{begin}*"));
    }
}
