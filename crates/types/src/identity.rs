//! Who owns a resource and what it is called: account and region, and the ARNs made of them.
//! Source: `docs/kinesis/streams.md#names`.

use std::fmt;

/// One account in one region. Streams of different realms never see each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Realm {
    /// Twelve digits.
    pub account: String,
    /// For example `us-east-1`.
    pub region: String,
}

impl Realm {
    pub fn stream_arn(&self, name: &str) -> StreamArn {
        StreamArn { realm: self.clone(), name: name.to_owned() }
    }

    /// `aws`, or the partition that the region belongs to.
    pub fn partition(&self) -> &'static str {
        partition(&self.region)
    }
}

/// `aws`, or the partition that a region belongs to.
pub fn partition(region: &str) -> &'static str {
    match region {
        r if r.starts_with("cn-") => "aws-cn",
        r if r.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// `arn:aws:kinesis:<region>:<account>:stream/<name>`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamArn {
    pub realm: Realm,
    pub name: String,
}

/// `<stream ARN>/consumer/<name>:<creation>`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsumerArn {
    pub stream: StreamArn,
    pub name: String,
    /// Epoch seconds, or milliseconds for one whose date is no whole second.
    pub created: u64,
}

/// The resources that tags and policies can be attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceArn {
    Stream(StreamArn),
    Consumer(ConsumerArn),
}

impl StreamArn {
    pub fn parse(arn: &str) -> Option<Self> {
        match ResourceArn::parse(arn)? {
            ResourceArn::Stream(stream) => Some(stream),
            ResourceArn::Consumer(_) => None,
        }
    }

    pub fn consumer(&self, name: &str, created: u64) -> ConsumerArn {
        ConsumerArn { stream: self.clone(), name: name.to_owned(), created }
    }
}

impl ConsumerArn {
    pub fn parse(arn: &str) -> Option<Self> {
        match ResourceArn::parse(arn)? {
            ResourceArn::Consumer(consumer) => Some(consumer),
            ResourceArn::Stream(_) => None,
        }
    }
}

impl ResourceArn {
    /// `None` for anything that is not the ARN of a stream or of a consumer.
    pub fn parse(arn: &str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        if arn != "arn" || !partition.starts_with("aws") || service != "kinesis" {
            return None;
        }
        let account_ok = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let realm = account_ok.then(|| Realm { account: account.to_owned(), region: region.to_owned() })?;
        let path = resource.strip_prefix("stream/")?;
        let Some((name, consumer)) = path.split_once("/consumer/") else {
            return is_name(path).then(|| ResourceArn::Stream(realm.stream_arn(path)));
        };
        let (consumer, created) = consumer.split_once(':')?;
        let created = created.bytes().all(|b| b.is_ascii_digit()).then(|| created.parse().ok())??;
        (is_name(name) && is_name(consumer))
            .then(|| ResourceArn::Consumer(realm.stream_arn(name).consumer(consumer, created)))
    }

    pub fn realm(&self) -> &Realm {
        match self {
            ResourceArn::Stream(stream) => &stream.realm,
            ResourceArn::Consumer(consumer) => &consumer.stream.realm,
        }
    }
}

fn is_name(text: &str) -> bool {
    let of_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    (1..=128).contains(&text.len()) && text.bytes().all(of_name)
}

impl fmt::Display for StreamArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Realm { account, region } = &self.realm;
        StreamArnText { account, region, name: &self.name }.fmt(f)
    }
}

/// A stream's ARN as text, where nothing is to be kept of it.
#[derive(Clone, Copy, Debug)]
pub struct StreamArnText<'a> {
    pub account: &'a str,
    pub region: &'a str,
    pub name: &'a str,
}

impl fmt::Display for StreamArnText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StreamArnText { account, region, name } = self;
        write!(f, "arn:{}:kinesis:{region}:{account}:stream/{name}", partition(region))
    }
}

impl fmt::Display for ConsumerArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/consumer/{}:{}", self.stream, self.name, self.created)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_read_back() {
        let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/a.b-c_1";
        assert_eq!(StreamArn::parse(stream).unwrap().to_string(), stream);
        let consumer = format!("{stream}/consumer/c-1:1700000000");
        assert_eq!(ConsumerArn::parse(&consumer).unwrap().to_string(), consumer);
        assert_eq!(StreamArn::parse(&consumer), None);
        let china = "arn:aws-cn:kinesis:cn-north-1:000000000000:stream/s";
        assert_eq!(StreamArn::parse(china).unwrap().to_string(), china);
    }

    #[test]
    fn other_arns_are_refused() {
        for arn in [
            "",
            "arn:aws:kinesis:us-east-1:000000000000",
            "arn:aws:kinesis:us-east-1:0000:stream/s",
            "arn:aws:kinesis:us-east-1:000000000000:stream/",
            "arn:aws:kinesis:us-east-1:000000000000:stream/a b",
            "arn:aws:sqs:us-east-1:000000000000:stream/s",
            "arn:aws:kinesis:us-east-1:000000000000:queue/s",
            "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c",
            "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:+1",
        ] {
            assert_eq!(ResourceArn::parse(arn), None, "{arn}");
        }
    }
}
