//! `[stream-limits]` of the configuration file: shard limits of single streams, in place of what `limits`
//! says for all.

use std::collections::BTreeMap;
use std::fmt;

use flumen_streams::{ShardLimits, StreamLimits};
use flumen_types::StreamArn;
use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor, value::MapAccessDeserializer};

use super::{Limits, Size};

/// By stream name or ARN.
pub type Own = BTreeMap<String, OfStream>;

/// `"aws"`, `"off"`, or a table of numbers.
#[derive(Clone, Debug)]
pub enum OfStream {
    Named(Limits),
    Numbers(Numbers),
}

/// Of one shard, a second; what is not given is as on AWS.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Numbers {
    write_bytes: Option<Size>,
    write_records: Option<u64>,
    read_bytes: Option<Size>,
    reads: Option<u64>,
    consumer_bytes: Option<Size>,
}

/// The limits of every stream, once they are found to make sense.
pub fn resolve(others: Limits, own: Own) -> anyhow::Result<StreamLimits> {
    let of = |(stream, limits): (String, OfStream)| {
        anyhow::ensure!(
            is_name(&stream) || StreamArn::parse(&stream).is_some(),
            "stream-limits: {stream:?} is neither the name nor the ARN of a stream"
        );
        let limits = match limits {
            OfStream::Named(limits) => limits.of_shards(),
            OfStream::Numbers(numbers) => Some(numbers.checked(&stream)?),
        };
        Ok((stream, limits))
    };
    let own = own.into_iter().map(of).collect::<anyhow::Result<_>>()?;
    Ok(StreamLimits { others: others.of_shards(), own })
}

fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    (1..=128).contains(&text.len()) && text.chars().all(allowed)
}

impl Limits {
    fn of_shards(self) -> Option<ShardLimits> {
        match self {
            Limits::Aws => Some(ShardLimits::AWS),
            Limits::Off => None,
        }
    }
}

impl Numbers {
    fn checked(self, stream: &str) -> anyhow::Result<ShardLimits> {
        let within = |name, given: Option<u64>, otherwise| {
            let value = given.unwrap_or(otherwise);
            anyhow::ensure!(
                (1..=ShardLimits::MOST).contains(&value),
                "stream-limits: {name} of {stream} is {value}; it must be between 1 and {}",
                ShardLimits::MOST
            );
            Ok(value)
        };
        let bytes = |size: Option<Size>| size.map(|size| size.0);
        let aws = ShardLimits::AWS;
        Ok(ShardLimits {
            write_bytes: within("write-bytes", bytes(self.write_bytes), aws.write_bytes)?,
            write_records: within("write-records", self.write_records, aws.write_records)?,
            read_bytes: within("read-bytes", bytes(self.read_bytes), aws.read_bytes)?,
            reads: within("reads", self.reads, aws.reads)?,
            consumer_bytes: within("consumer-bytes", bytes(self.consumer_bytes), aws.consumer_bytes)?,
        })
    }
}

/// Written out, since an untagged enum says of a mistake only that nothing matched.
impl<'de> Deserialize<'de> for OfStream {
    fn deserialize<D: de::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = OfStream;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"aws\", \"off\" or a table of limits")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<OfStream, E> {
                match text {
                    "aws" => Ok(OfStream::Named(Limits::Aws)),
                    "off" => Ok(OfStream::Named(Limits::Off)),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OfStream, A::Error> {
                Numbers::deserialize(MapAccessDeserializer::new(map)).map(OfStream::Numbers)
            }
        }
        from.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Result<StreamLimits, String> {
        let own: Own = toml::from_str(text).map_err(|error| error.to_string())?;
        resolve(Limits::Aws, own).map_err(|error| error.to_string())
    }

    #[test]
    fn a_stream_has_the_limits_that_are_given_for_it() {
        let text = "free = \"off\"\n\
                    [wide]\nwrite-bytes = \"4MiB\"\nreads = 20\n\
                    [\"arn:aws:kinesis:us-east-1:000000000000:stream/one\"]\nwrite-records = 5\n";
        let limits = resolved(text).unwrap();
        assert_eq!(limits.others, Some(ShardLimits::AWS));
        assert_eq!(limits.own["free"], None);
        let wide = ShardLimits { write_bytes: 4 << 20, reads: 20, ..ShardLimits::AWS };
        assert_eq!(limits.own["wide"], Some(wide));
        assert_eq!(limits.own.len(), 3);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, why) in [
            ("s = \"fast\"", "string \"fast\", expected \"aws\", \"off\" or a table of limits"),
            ("s = 5", "expected \"aws\", \"off\" or a table of limits"),
            ("[s]\nwrites = 5", "unknown field `writes`, expected one of `write-bytes`, `write-records`"),
            ("[s]\nwrite-bytes = \"fast\"", "\"fast\" is not a size"),
            ("[s]\nreads = 0", "stream-limits: reads of s is 0; it must be between 1 and 1099511627776"),
            ("[s]\nread-bytes = \"1025GiB\"", "read-bytes of s is 1100585369600; it must be between"),
            ("\"a b\" = \"off\"", "stream-limits: \"a b\" is neither the name nor the ARN of a stream"),
        ] {
            let error = resolved(text).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
