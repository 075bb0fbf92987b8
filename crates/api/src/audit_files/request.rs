//! What a request asks for: bucket and key, in the path or the host, and which operation that is.

use std::ops::Range;

use http::{Method, header};
use percent_encoding::percent_decode_str;

use crate::service::Head;

macro_rules! operations {
    ($($name:ident,)*) => {
        /// As S3 calls them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Operation {
            $($name,)*
        }

        impl Operation {
            pub const ALL: &'static [Operation] = &[$(Operation::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Operation::$name => stringify!($name),)*
                }
            }
        }
    };
}

operations! {
    GetBucketLocation,
    HeadBucket,
    ListObjects,
    ListObjectsV2,
    GetObject,
    HeadObject,
    PutObject,
    DeleteObject,
    DeleteObjects,
    CreateBucket,
    DeleteBucket,
    // Others that would write, and others that would read.
    Other,
    NotServed,
}

/// Parts of buckets and objects that nobody serves here: each is an operation of its own.
const PARTS: &[&str] = &[
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "retention",
    "tagging",
    "torrent",
    "uploads",
    "versioning",
    "versions",
    "website",
];

/// A request as it is meant.
#[derive(Clone, Debug)]
pub(crate) struct S3Request {
    pub operation: Operation,
    pub bucket: String,
    pub key: String,
    pub query: Vec<(String, String)>,
    pub range: Option<String>,
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Whether a query has a signature of S3's.
pub(super) fn is_signed_for_s3(query: &str) -> bool {
    let credential = query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="));
    credential.is_some_and(|credential| decoded(credential).ends_with("/s3/aws4_request"))
}

impl S3Request {
    /// With the bucket in the path.
    pub fn of(head: &Head<'_>) -> Self {
        let path = head.uri.path().strip_prefix('/').unwrap_or_default();
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        S3Request::new(head, decoded(bucket), decoded(key))
    }

    /// The bucket may be the first part of the host's name. Where what stands in the path is a bucket, it is that.
    pub fn named_by(self, head: &Head<'_>, is_bucket: impl Fn(&str) -> bool) -> Self {
        if is_bucket(&self.bucket) {
            return self;
        }
        let authority = head.uri.authority().map(|authority| authority.as_str());
        let named = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let host = authority.or(named).unwrap_or_default();
        let begins = host.match_indices('.').map(|(at, _)| &host[..at]);
        match begins.filter(|begin| is_bucket(begin)).last() {
            Some(bucket) => {
                let key = decoded(head.uri.path().strip_prefix('/').unwrap_or_default());
                S3Request::new(head, bucket.to_owned(), key)
            }
            None => self,
        }
    }

    fn new(head: &Head<'_>, bucket: String, key: String) -> Self {
        let pairs = head.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // A plus is a space, as forms have it, which S3 takes too.
            (decoded(name), decoded(&value.replace('+', " ")))
        };
        let query: Vec<_> = pairs.map(pair).collect();
        let has = |name: &str| query.iter().any(|(known, _)| known == name);
        let is_part = PARTS.iter().any(|part| has(part));
        let operation = match (&head.method, bucket.is_empty(), key.is_empty()) {
            (&Method::GET | &Method::HEAD, true, _) => Operation::NotServed,
            (&Method::GET | &Method::HEAD, ..) if is_part => Operation::NotServed,
            (&Method::GET, _, true) if has("location") => Operation::GetBucketLocation,
            (&Method::GET, _, true)
                if query.iter().any(|(name, value)| name == "list-type" && value == "2") =>
            {
                Operation::ListObjectsV2
            }
            (&Method::GET, _, true) => Operation::ListObjects,
            (&Method::HEAD, _, true) => Operation::HeadBucket,
            (&Method::GET, _, false) => Operation::GetObject,
            (&Method::HEAD, _, false) => Operation::HeadObject,
            (&Method::PUT, false, true) if query.is_empty() => Operation::CreateBucket,
            (&Method::PUT, false, false) if !is_part => Operation::PutObject,
            (&Method::DELETE, false, true) if query.is_empty() => Operation::DeleteBucket,
            (&Method::DELETE, false, false) if !is_part => Operation::DeleteObject,
            (&Method::POST, false, true) if has("delete") => Operation::DeleteObjects,
            _ => Operation::Other,
        };
        let range = head.headers.get(header::RANGE).and_then(|range| range.to_str().ok()).map(str::to_owned);
        S3Request { operation, bucket, key, query, range }
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The part of `whole` bytes that a Range header asks for: nothing where it asks for none, or for several, which S3 takes for
/// none. An error where there is none of it.
pub(super) fn range(asked: Option<&str>, whole: usize) -> Option<Result<Range<usize>, ()>> {
    let (first, last) = asked?.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| text.trim().parse::<usize>().ok();
    let part = match (first.trim().is_empty(), last.trim().is_empty()) {
        (false, true) => number(first)?..whole,
        (false, false) => number(first)?..number(last)?.checked_add(1)?.min(whole),
        (true, false) => whole.saturating_sub(number(last)?)..whole,
        (true, true) => return None,
    };
    // What ends before it begins is no range at all.
    if !last.trim().is_empty() && !first.trim().is_empty() && number(first)? > number(last)? {
        return None;
    }
    Some(if part.start < part.end { Ok(part) } else { Err(()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3(method: &str, uri: &str, host: &str) -> S3Request {
        let request = http::Request::builder().method(method).uri(uri).header("host", host).body(()).unwrap();
        let parts = request.into_parts().0;
        let head = Head::of(&parts);
        S3Request::of(&head).named_by(&head, |bucket| ["logs", "a.b"].contains(&bucket))
    }

    #[test]
    fn a_request_is_the_operation_that_s3_takes_it_for() {
        for (method, uri, operation) in [
            ("GET", "/logs?location", Operation::GetBucketLocation),
            ("GET", "/logs?prefix=a", Operation::ListObjects),
            ("GET", "/logs/", Operation::ListObjects),
            ("GET", "/logs?list-type=2", Operation::ListObjectsV2),
            ("HEAD", "/logs", Operation::HeadBucket),
            ("GET", "/logs/a/b", Operation::GetObject),
            ("HEAD", "/logs/a/b", Operation::HeadObject),
            ("GET", "/", Operation::NotServed),
            ("GET", "/logs?versioning", Operation::NotServed),
            ("GET", "/logs/a?acl", Operation::NotServed),
            ("PUT", "/logs/a", Operation::PutObject),
            ("PUT", "/logs", Operation::CreateBucket),
            ("PUT", "/logs?policy", Operation::Other),
            ("DELETE", "/logs/a", Operation::DeleteObject),
            ("DELETE", "/logs", Operation::DeleteBucket),
            ("POST", "/logs?delete", Operation::DeleteObjects),
            ("POST", "/logs/a?uploads", Operation::Other),
        ] {
            assert_eq!(s3(method, uri, "localhost").operation, operation, "{method} {uri}");
        }
    }

    #[test]
    fn the_bucket_stands_in_the_path_or_in_the_host() {
        for (uri, host, bucket, key) in [
            ("/logs/x%2Fy/z%20+", "127.0.0.1:4567", "logs", "x/y/z +"),
            ("/AWSLogs/x", "logs.localhost:4567", "logs", "AWSLogs/x"),
            ("/AWSLogs/x", "a.b.s3.amazonaws.com", "a.b", "AWSLogs/x"),
            ("/logs/x", "logs.localhost", "logs", "x"),
            ("/nobodys/x", "localhost", "nobodys", "x"),
        ] {
            let s3 = s3("GET", uri, host);
            assert_eq!((s3.bucket.as_str(), s3.key.as_str()), (bucket, key), "{uri} {host}");
        }
        assert!(is_signed_for_s3("a=b&X-Amz-Credential=AKIA%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"));
        assert!(!is_signed_for_s3("X-Amz-Credential=AKIA%2F20260101%2Fus-east-1%2Fkinesis%2Faws4_request"));
    }

    #[test]
    fn ranges_are_those_of_http() {
        for (asked, part) in [
            ("bytes=0-9", Some(Ok(0..10))),
            ("bytes=5-", Some(Ok(5..20))),
            ("bytes=-5", Some(Ok(15..20))),
            ("bytes=-50", Some(Ok(0..20))),
            ("bytes=10-99", Some(Ok(10..20))),
            ("bytes=20-", Some(Err(()))),
            ("bytes=-0", Some(Err(()))),
            ("bytes=9-5", None),
            ("bytes=0-1,3-4", None),
            ("bytes=a-b", None),
            ("lines=0-1", None),
            ("bytes=0-18446744073709551615", None),
        ] {
            assert_eq!(range(Some(asked), 20), part, "{asked}");
        }
        assert_eq!(range(None, 20), None);
    }
}
