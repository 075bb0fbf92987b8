//! Whether a signature is right, current, and meant for this service.

use std::sync::Arc;

use aws_lc_rs::hmac::{self, Key};
use http::HeaderName;

use super::canonical::{HOST_NAMES, Scope, string_to_sign};
use super::text::{basic_date, parse_hex};
use super::{Request, Signed, SigningKeys, TERMINATOR, keys, refusals};
use crate::Fault;

/// As long as those of AWS. Who signs with it has signed with a key that nobody has.
const NOBODYS_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// How far the clocks of a client and ours may be apart.
const SKEW_MS: i64 = 5 * 60_000;

/// How long a signature in the query is good for at most, whatever it says: who sees the address of a request can send it.
const IN_QUERY_MS_MAX: i64 = 15 * 60_000;

/// Headers that must be signed, if they are there: what they ask for is part of what is signed.
const SIGNED_PREFIX: &str = "x-amz-";
/// The only one that is not: CloudFront adds it on the way.
const ADDED_LATER: &str = "x-amz-cf-id";

impl Signed<'_> {
    /// Checks the signature with the secret of [`Signed::access_key`]. Which regions are ours the caller
    /// decides.
    pub fn verify(
        &self,
        request: &Request<'_>,
        secret: &str,
        keys: &SigningKeys,
        now_ms: i64,
        service: &str,
    ) -> Result<(), Fault> {
        let (name, key) = self.check(request, secret, keys, now_ms, service)?;
        keys.keep(name, secret, &key);
        Ok(())
    }

    /// Takes as long as [`Signed::verify`] does where the signature is wrong, for an access key that nobody has: so nobody
    /// finds out by the time which ones there are.
    pub fn verify_unknown(&self, request: &Request<'_>, keys: &SigningKeys, now_ms: i64, service: &str) {
        let _ = std::hint::black_box(self.check(request, NOBODYS_SECRET, keys, now_ms, service));
    }

    /// The key that signed it, and under which name that is kept.
    fn check(
        &self,
        request: &Request<'_>,
        secret: &str,
        keys: &SigningKeys,
        now_ms: i64,
        service: &str,
    ) -> Result<(String, Arc<Key>), Fault> {
        self.check_scope(service)?;
        self.check_time(now_ms)?;
        self.check_headers(request)?;
        let scope = self.scope();
        let text = string_to_sign(request, &self.signed_headers, &scope);
        let (Some(text), Some(signature)) = (text, parse_hex(&self.signature)) else {
            return Err(refusals::mismatch());
        };
        let name = keys::name(&self.access_key, &scope);
        let (key, kept) = keys.get(&name, secret, &scope);
        if hmac::verify(&key, text.as_bytes(), &signature).is_err() {
            if kept {
                // The time that it took tells nobody whose keys are in use.
                std::hint::black_box(keys::derive(secret, &scope));
            }
            return Err(refusals::mismatch());
        }
        Ok((name, key))
    }

    fn scope(&self) -> Scope<'_> {
        Scope { date: &self.date, region: &self.region, service: &self.service, signed_ms: self.signed_ms }
    }

    fn check_scope(&self, service: &str) -> Result<(), Fault> {
        if self.terminator != TERMINATOR {
            return Err(refusals::terminator(&self.terminator));
        }
        if self.service != service {
            return Err(refusals::service(service));
        }
        let signed = basic_date(self.signed_ms);
        if !signed.starts_with(&*self.date) || self.date.len() != 8 {
            return Err(refusals::scope_date(&self.date, &signed));
        }
        Ok(())
    }

    fn check_time(&self, now_ms: i64) -> Result<(), Fault> {
        let good_for_ms =
            self.expires_s.map_or(SKEW_MS, |seconds| IN_QUERY_MS_MAX.min(i64::from(seconds) * 1000));
        let (earliest, latest) = (now_ms - good_for_ms, now_ms + SKEW_MS);
        let date = basic_date;
        if self.signed_ms < earliest {
            let minutes = good_for_ms / 60_000;
            return Err(refusals::expired(&date(self.signed_ms), &date(earliest), &date(now_ms), minutes));
        }
        if self.signed_ms > latest {
            return Err(refusals::not_yet_current(&date(self.signed_ms), &date(latest), &date(now_ms)));
        }
        Ok(())
    }

    fn check_headers(&self, request: &Request<'_>) -> Result<(), Fault> {
        let is_signed = |name: &str| self.signed_headers.split(';').any(|signed| signed == name);
        if !HOST_NAMES.iter().any(|name| is_signed(name)) {
            return Err(refusals::header_not_signed("host"));
        }
        let mut names = request.headers.keys().map(HeaderName::as_str);
        let unsigned =
            names.find(|name| name.starts_with(SIGNED_PREFIX) && *name != ADDED_LATER && !is_signed(name));
        unsigned.map_or(Ok(()), |name| Err(refusals::header_not_signed(name)))
    }

    /// Whether the signature is in the query.
    pub fn is_in_query(&self) -> bool {
        self.in_query
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::super::keys::tests::DERIVED;
    use super::super::{Credentials, parse, sign};
    use super::*;

    const NOW_MS: i64 = 1_795_543_200_000;

    /// The headers of a request that is signed with this secret.
    fn signed(secret: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("localhost"));
        let credentials = Credentials { access_key: "A".into(), secret: secret.into(), session_token: None };
        let added =
            sign(&of(&headers), &credentials, &SigningKeys::default(), NOW_MS, "us-east-1", "kinesis")
                .unwrap();
        for (name, value) in added {
            headers.insert(name, value.parse().unwrap());
        }
        headers
    }

    fn of(headers: &HeaderMap) -> Request<'_> {
        Request { method: "POST", path: "/", query: "", headers, authority: None, body: b"" }
    }

    #[test]
    fn whoever_is_refused_was_worth_the_same_work() {
        let (right, wrong) = (signed("right"), signed("wrong"));
        let (right, wrong) = (of(&right), of(&wrong));
        let keys = SigningKeys::default();
        let derived = |work: &dyn Fn()| {
            let before = DERIVED.get();
            work();
            DERIVED.get() - before
        };
        let refused = || {
            let refused = parse(&wrong).unwrap().verify(&wrong, "right", &keys, NOW_MS, "kinesis");
            assert_eq!(refused, Err(refusals::mismatch()));
        };
        let unknown = || parse(&wrong).unwrap().verify_unknown(&wrong, &keys, NOW_MS, "kinesis");
        let taken = || parse(&right).unwrap().verify(&right, "right", &keys, NOW_MS, "kinesis").unwrap();
        assert_eq!([derived(&refused), derived(&unknown)], [1, 1], "with a key that nobody used");
        assert_eq!([derived(&taken), derived(&taken)], [1, 0]);
        assert_eq!([derived(&refused), derived(&unknown)], [1, 1], "with one that somebody used");
    }

    #[test]
    fn an_access_key_that_nobody_has_leaves_nothing_behind() {
        let headers = signed(NOBODYS_SECRET);
        let request = of(&headers);
        let (keys, found) = (SigningKeys::default(), parse(&request).unwrap());
        found.verify_unknown(&request, &keys, NOW_MS, "kinesis");
        let name = keys::name("A", &found.scope());
        assert!(!keys.get(&name, NOBODYS_SECRET, &found.scope()).1);
    }

    /// The examples of S3's reference, which signs paths as they are sent and a hash that the request names.
    #[test]
    fn s3_signs_in_its_own_way() {
        const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        const WELCOME: &str = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
        let get: (&str, &str, &str, &[(&'static str, &str)]) = (
            "/test.txt",
            "",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            &[("range", "bytes=0-9"), ("x-amz-content-sha256", EMPTY), ("x-amz-date", "20130524T000000Z")],
        );
        let put: (&str, &str, &str, &[(&'static str, &str)]) = (
            "/test%24file.text",
            "",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            &[
                ("date", "Fri, 24 May 2013 00:00:00 GMT"),
                ("x-amz-content-sha256", WELCOME),
                ("x-amz-date", "20130524T000000Z"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ],
        );
        let lifecycle: (&str, &str, &str, &[(&'static str, &str)]) = (
            "/",
            "max-keys=2&prefix=J",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            &[("x-amz-content-sha256", EMPTY), ("x-amz-date", "20130524T000000Z")],
        );
        let at_ms = 1_369_353_600_000;
        for (method, (path, query, signature, named)) in [("GET", get), ("PUT", put), ("GET", lifecycle)] {
            let mut headers = HeaderMap::new();
            headers.insert("host", HeaderValue::from_static("examplebucket.s3.amazonaws.com"));
            let mut signed_headers: Vec<&str> = vec!["host"];
            for (name, value) in named {
                headers.insert(*name, value.parse().unwrap());
                signed_headers.push(*name);
            }
            signed_headers.sort_unstable();
            let authorization = format!(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
                 SignedHeaders={},Signature={signature}",
                signed_headers.join(";")
            );
            headers.insert("authorization", authorization.parse().unwrap());
            let request = Request { method, path, query, headers: &headers, authority: None, body: b"" };
            let found = parse(&request).unwrap();
            let keys = SigningKeys::default();
            assert_eq!(found.verify(&request, NOBODYS_SECRET, &keys, at_ms, "s3"), Ok(()), "{path}?{query}");
            // What is sent otherwise than it was signed does not pass.
            let other = Request { path: "/test%2524file.text", ..request };
            assert!(found.verify(&other, NOBODYS_SECRET, &keys, at_ms, "s3").is_err());
        }
    }
}
