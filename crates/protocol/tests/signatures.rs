//! Signatures: those of AWS's SDK for Python are taken, changed ones are not, and every refusal of
//! `docs/kinesis/wire.md#signatures` has its text.

use flumen_protocol::sign::{Credentials, Request, SigningKeys, parse, sign};
use flumen_protocol::{ErrorCode, Fault};
use http::{HeaderMap, HeaderName, HeaderValue};

/// When the golden requests were signed: 2026-11-24T18:00:00Z.
const SIGNED_MS: i64 = 1_795_543_200_000;

/// A request that owns its parts.
#[derive(Clone)]
struct Sent {
    name: String,
    secret: String,
    region: String,
    method: String,
    path: String,
    query: String,
    headers: HeaderMap,
    authority: Option<String>,
    body: Vec<u8>,
}

impl Sent {
    fn request(&self) -> Request<'_> {
        Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            authority: self.authority.as_deref(),
            body: &self.body,
        }
    }

    fn verify_at(&self, now_ms: i64) -> Result<(), Fault> {
        let request = self.request();
        parse(&request)?.verify(&request, &self.secret, &SigningKeys::default(), now_ms, "kinesis")
    }

    fn verify(&self) -> Result<(), Fault> {
        self.verify_at(SIGNED_MS)
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
    }

    /// Takes it out of the list of signed headers.
    fn replace_in_authorization_or_query(&mut self, name: &str) {
        self.query = self.query.replace(&name.replace(';', "%3B"), "");
        if self.headers.contains_key("authorization") {
            self.replace_in_authorization(name, "");
        }
    }

    fn replace_in_authorization(&mut self, from: &str, to: &str) {
        let header = self.headers["authorization"].to_str().unwrap().replace(from, to);
        self.set("authorization", &header);
    }
}

/// Requests signed by botocore.
fn golden() -> Vec<Sent> {
    let cases: serde_json::Value = serde_json::from_str(include_str!("golden/signatures.json")).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let header = |(name, value): (&String, &serde_json::Value)| {
        (name.parse::<HeaderName>().unwrap(), text(value).parse::<HeaderValue>().unwrap())
    };
    let sent = |case: &serde_json::Value| Sent {
        name: text(&case["name"]),
        secret: text(&case["secret"]),
        region: text(&case["region"]),
        method: text(&case["method"]),
        path: text(&case["path"]),
        query: text(&case["query"]),
        headers: case["headers"].as_object().unwrap().iter().map(header).collect(),
        authority: None,
        body: text(&case["body"]).into_bytes(),
    };
    cases.as_array().unwrap().iter().map(sent).collect()
}

fn plain() -> Sent {
    golden().remove(0)
}

fn in_query() -> Sent {
    golden().into_iter().find(|sent| sent.name == "in the query").unwrap()
}

#[track_caller]
fn refused(sent: &Sent, code: ErrorCode, message: &str) {
    assert_eq!(sent.verify(), Err(Fault::new(code, message)));
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your \
                        AWS Secret Access Key and signing method. Consult the service documentation for details.";

#[test]
fn signatures_of_the_sdk_for_python_are_taken() {
    for sent in golden() {
        assert_eq!(sent.verify(), Ok(()), "{}", sent.name);
        let request = sent.request();
        let signed = parse(&request).unwrap();
        assert_eq!((&*signed.access_key, &*signed.region), ("AKIDEXAMPLE", &*sent.region), "{}", sent.name);
        assert_eq!(signed.session_token.is_some(), sent.name.contains("token"), "{}", sent.name);
        assert_eq!(signed.is_in_query(), sent.name.contains("in the query"), "{}", sent.name);
    }
}

#[test]
fn what_is_changed_after_signing_is_refused() {
    let changes: [fn(&mut Sent); 7] = [
        |sent| sent.body.push(b' '),
        |sent| sent.method = "PUT".into(),
        |sent| sent.path = "/x".into(),
        |sent| sent.query += "&x=y",
        |sent| sent.secret.push('x'),
        |sent| sent.set("x-amz-target", "Kinesis_20131202.DeleteStream"),
        |sent| sent.set("host", "elsewhere"),
    ];
    for sent in golden() {
        for (place, change) in changes.iter().enumerate() {
            let mut changed = sent.clone();
            change(&mut changed);
            if changed.verify().is_ok() {
                panic!("{}, change {place}", sent.name);
            }
        }
    }
    let mut changed = plain();
    changed.body.push(b' ');
    refused(&changed, ErrorCode::InvalidSignatureException, MISMATCH);
    changed = plain();
    changed.replace_in_authorization("Signature=", "Signature=0");
    refused(&changed, ErrorCode::InvalidSignatureException, MISMATCH);
    changed = plain();
    changed.replace_in_authorization("SignedHeaders=", "SignedHeaders=absent;");
    refused(&changed, ErrorCode::InvalidSignatureException, MISMATCH);
}

#[test]
fn the_authority_stands_for_the_host_header() {
    let mut sent = plain();
    let host = sent.headers.remove("host").unwrap();
    sent.authority = Some(host.to_str().unwrap().into());
    assert_eq!(sent.verify(), Ok(()));
}

#[test]
fn a_signature_is_good_for_five_minutes_both_ways() {
    let sent = plain();
    for (offset_ms, taken) in [(-300_000, true), (-300_001, false), (300_000, true), (300_001, false)] {
        assert_eq!(sent.verify_at(SIGNED_MS + offset_ms).is_ok(), taken, "{offset_ms}");
    }
    let expired = "Signature expired: 20261124T180000Z is now earlier than 20261124T180001Z (20261124T180501Z - 5 min.)";
    let early = "Signature not yet current: 20261124T180000Z is still later than 20261124T175959Z (20261124T175459Z + 5 min.)";
    let fault = |message: &str| Err(Fault::new(ErrorCode::InvalidSignatureException, message));
    assert_eq!(sent.verify_at(SIGNED_MS + 301_000), fault(expired));
    assert_eq!(sent.verify_at(SIGNED_MS - 301_000), fault(early));
}

#[test]
fn a_signature_in_the_query_is_good_for_as_long_as_it_says() {
    let sent = in_query();
    assert_eq!(sent.verify_at(SIGNED_MS + 600_000), Ok(()));
    assert!(sent.verify_at(SIGNED_MS + 600_001).is_err());
    assert!(sent.verify_at(SIGNED_MS - 300_001).is_err());
}

/// A signature in the query is the same whatever it says of its time; what it says is signed, so it is signed again here.
#[test]
fn a_signature_in_the_query_is_good_for_a_quarter_of_an_hour_at_most() {
    let good_until = |expires: &str| {
        let mut sent = in_query();
        sent.query = sent.query.replace("X-Amz-Expires=600", &format!("X-Amz-Expires={expires}"));
        assert!(sent.query.contains(&format!("X-Amz-Expires={expires}")));
        let late = |offset_ms| match sent.verify_at(SIGNED_MS + offset_ms) {
            Err(Fault { message: Some(message), .. }) => message.starts_with("Signature expired: "),
            other => panic!("it is not signed with that time: {other:?}"),
        };
        [0, 60_000, 60_001, 600_001, 900_000, 900_001].map(late)
    };
    assert_eq!(good_until("60"), [false, false, true, true, true, true]);
    assert_eq!(good_until("900"), [false, false, false, false, false, true]);
    for longer in ["901", "3600", "604800"] {
        assert_eq!(good_until(longer), good_until("900"), "{longer}");
    }
    let mut sent = in_query();
    sent.query = sent.query.replace("X-Amz-Expires=600", "X-Amz-Expires=604800");
    let text = "Signature expired: 20261124T180000Z is now earlier than 20261124T180100Z (20261124T181600Z - 15 min.)";
    let expired = Fault::new(ErrorCode::InvalidSignatureException, text);
    assert_eq!(sent.verify_at(SIGNED_MS + 960_000), Err(expired));
}

#[test]
fn two_signatures_are_one_too_many() {
    let mut sent = plain();
    sent.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256".into();
    refused(
        &sent,
        ErrorCode::InvalidSignatureException,
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    );
}

#[test]
fn what_may_be_there_once_is_refused_twice() {
    let twice = |name: &'static str, value: &str| {
        let mut sent = plain();
        sent.headers.append(name, value.parse().unwrap());
        sent
    };
    let more = |name: &str| format!("Found more than one '{name}' HTTP header.");
    let authorization = plain().headers["authorization"].to_str().unwrap().to_owned();
    for value in [authorization.as_str(), "Bearer x", ""] {
        let sent = twice("authorization", value);
        refused(&sent, ErrorCode::InvalidSignatureException, &more("Authorization"));
    }
    for value in ["elsewhere", plain().headers["host"].to_str().unwrap()] {
        refused(&twice("host", value), ErrorCode::InvalidSignatureException, &more("Host"));
    }
    let mut sent = plain();
    sent.authority = Some("elsewhere".into());
    refused(&sent, ErrorCode::InvalidSignatureException, &more("Host"));
    sent.authority = Some(sent.headers["host"].to_str().unwrap().to_uppercase());
    assert_eq!(sent.verify(), Ok(()));
    let mut sent = twice("x-amz-security-token", "a");
    sent.headers.append("x-amz-security-token", HeaderValue::from_static("b"));
    refused(&sent, ErrorCode::InvalidSignatureException, &more("X-Amz-Security-Token"));

    let both = "Found 'X-Amz-Security-Token' both as a query-string param and as HTTP header.";
    for mut sent in [plain(), in_query()] {
        sent.set("x-amz-security-token", "a");
        sent.query = format!("{}&X-Amz-Security-Token=a", sent.query);
        refused(&sent, ErrorCode::InvalidSignatureException, both);
    }
}

#[test]
fn a_header_that_is_no_text_is_no_way_round() {
    let mut sent = in_query();
    sent.headers.insert("authorization", HeaderValue::from_bytes(b"\xff").unwrap());
    assert!(sent.verify().is_err(), "it has two signatures");
}

#[test]
fn no_signature_is_a_missing_token() {
    let mut sent = plain();
    sent.headers.remove("authorization");
    refused(&sent, ErrorCode::MissingAuthenticationTokenException, "Missing Authentication Token");
}

#[test]
fn an_incomplete_header_is_told_what_it_lacks() {
    let mut sent = plain();
    sent.set("authorization", "AWS4-HMAC-SHA256 x");
    sent.headers.remove("x-amz-date");
    refused(
        &sent,
        ErrorCode::IncompleteSignatureException,
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
         Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either \
         a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256 x",
    );
    sent.set("authorization", "AWS4-HMAC-SHA256 Credential=a,Signature=b");
    sent.set("date", "Tue, 24 Nov 2026 18:00:00 GMT");
    refused(
        &sent,
        ErrorCode::IncompleteSignatureException,
        "Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256 \
         Credential=a,Signature=b",
    );
}

#[test]
fn another_scheme_is_told_all_that_it_lacks() {
    let mut sent = plain();
    let all = "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
               Authorization header requires 'SignedHeaders' parameter. ";
    for authorization in ["Bearer x", "Basic eDp5", "aws4-hmac-sha256 Credential=a", "AWS a:b", ""] {
        sent.set("authorization", authorization);
        let text = format!("{all}Authorization={authorization}");
        refused(&sent, ErrorCode::IncompleteSignatureException, &text);
    }
    sent.set("authorization", "Bearer x");
    sent.headers.remove("x-amz-date");
    let text = format!(
        "{all}Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=Bearer x"
    );
    refused(&sent, ErrorCode::IncompleteSignatureException, &text);
}

#[test]
fn an_incomplete_query_is_told_what_it_lacks() {
    let mut sent = in_query();
    sent.query = "X-Amz-Algorithm=&X-Amz-Credential=".into();
    refused(
        &sent,
        ErrorCode::IncompleteSignatureException,
        "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include \
         'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters \
         must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the \
         query-string parameters.",
    );
}

#[test]
fn a_scope_names_the_service_the_day_and_its_end() {
    let scoped = |from: &str, to: &str| {
        let mut sent = plain();
        sent.replace_in_authorization(from, to);
        sent.verify().unwrap_err()
    };
    let cases = [
        ("/kinesis/", "/s3/", "Credential should be scoped to correct service: 'kinesis'."),
        (
            "/aws4_request",
            "/x",
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'x'.",
        ),
        (
            "/20261124/",
            "/20261123/",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
             '20261123' != '20261124', from '20261124T180000Z'.",
        ),
    ];
    for (from, to, message) in cases {
        assert_eq!(scoped(from, to), Fault::new(ErrorCode::InvalidSignatureException, message));
    }
    assert_eq!(scoped("/kinesis/", "/").code, ErrorCode::IncompleteSignatureException);
    assert_eq!(
        scoped("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256").code,
        ErrorCode::IncompleteSignatureException
    );
}

#[test]
fn host_and_target_must_be_signed() {
    for name in ["host", "x-amz-target"] {
        let mut sent = plain();
        sent.replace_in_authorization(&format!("{name};"), "");
        sent.replace_in_authorization(&format!(";{name}"), "");
        let message = format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.");
        refused(&sent, ErrorCode::InvalidSignatureException, &message);
    }
}

#[test]
fn what_is_asked_for_must_be_signed() {
    for name in [
        "x-amz-target",
        "x-amz-date",
        "x-amz-meta-x",
        "x-amz-content-sha256",
        "x-amz-security-token",
        "x-amz-",
    ] {
        for mut sent in [plain(), in_query()] {
            sent.set(name, "x");
            if sent.query.is_empty() && name == "x-amz-date" {
                sent.set(name, "20261124T180000Z");
                sent.replace_in_authorization("x-amz-date;", "");
            }
            if name == "x-amz-target" {
                sent.replace_in_authorization_or_query(";x-amz-target");
            }
            let message = format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.");
            refused(&sent, ErrorCode::InvalidSignatureException, &message);
        }
    }
    // What SDKs and proxies add unsigned.
    for name in
        ["x-amz-cf-id", "x-amzn-trace-id", "amz-sdk-invocation-id", "amz-sdk-request", "user-agent", "expect"]
    {
        for mut sent in [plain(), in_query()] {
            sent.set(name, "x");
            assert_eq!(sent.verify(), Ok(()), "{name}");
        }
    }
}

#[test]
fn our_own_signatures_are_those_of_the_sdk() {
    let simple = |sent: &Sent| !sent.name.contains("query") && !sent.headers.contains_key("x-amz-meta");
    for mut sent in golden().into_iter().filter(simple) {
        let expected = sent.headers.remove("authorization").unwrap();
        let token = sent.headers.remove("x-amz-security-token");
        sent.headers.remove("x-amz-date");
        let credentials = Credentials {
            access_key: "AKIDEXAMPLE".into(),
            secret: sent.secret.clone(),
            session_token: token.map(|token| token.to_str().unwrap().into()),
        };
        let keys = SigningKeys::default();
        let added = sign(&sent.request(), &credentials, &keys, SIGNED_MS, &sent.region, "kinesis").unwrap();
        let authorization = added.iter().find(|(name, _)| *name == "authorization").unwrap();
        assert_eq!(authorization.1, expected.to_str().unwrap(), "{}", sent.name);
    }
}
