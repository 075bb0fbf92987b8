//! One event: what CloudTrail writes about a call, as one line of JSON. Source:
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
//!
//! Whatever a caller sends becomes a JSON string and nothing else, is cut where CloudTrail cuts it, and cannot begin a line.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Of what is written here; read by those who check it.
const EVENT_VERSION: &str = "1.11";
/// User agents, codes and messages are cut here, in bytes.
const TEXT_BYTES_MAX: usize = 1024;
/// What was asked for and what was answered are left out when they are larger.
pub const ELEMENTS_BYTES_MAX: usize = 100 * 1024;

/// Everything that an event says.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    pub id: &'a str,
    /// When the call ended.
    pub at_ms: u64,
    pub identity: &'a Identity,
    /// `kinesis.amazonaws.com`.
    pub source: &'a str,
    pub name: &'a str,
    pub region: &'a str,
    /// An address, or the name of the service that calls.
    pub from: &'a str,
    pub user_agent: Option<&'a str>,
    pub error: Option<(&'a str, Option<&'a str>)>,
    /// An object of JSON, of members in CloudTrail's spelling.
    pub parameters: Option<&'a str>,
    pub response: Option<&'a str>,
    /// The same of what is Flumen's own to say, in `additionalEventData`.
    pub additional: Option<&'a str>,
    pub request_id: Option<&'a str>,
    pub read_only: bool,
    pub resources: &'a [Resource],
    /// A call, or something that the service did by itself.
    pub is_call: bool,
    pub is_management: bool,
    /// Whose trails have it.
    pub account: &'a str,
    pub endpoint: Option<&'a str>,
    /// The version and the cipher suite of TLS.
    pub tls: Option<(&'a str, &'a str)>,
    /// Why it was allowed or denied: an object of JSON. Only told to those who may simulate policies.
    pub decided: Option<&'a str>,
}

/// `userIdentity`: whose call it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// `Root`, `IAMUser`, `AssumedRole`, `AWSService`, `WebIdentityUser`, `Unknown`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_context: Option<SessionContext>,
}

/// Of credentials for a while.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionContext {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_issuer: Option<SessionIssuer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web_id_federation_data: Option<Federation>,
    pub attributes: SessionAttributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionIssuer {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub principal_id: String,
    pub arn: String,
    pub account_id: String,
    pub user_name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Federation {
    pub federated_provider: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionAttributes {
    pub creation_date: String,
    /// As CloudTrail has it, a text.
    pub mfa_authenticated: &'static str,
}

/// What a call was about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Resource {
    #[serde(rename = "accountId", skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// `AWS::Kinesis::Stream`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    #[serde(rename = "ARN")]
    pub arn: String,
}

impl Resource {
    /// The type follows from the ARN.
    pub fn of_arn(arn: &str) -> Self {
        let mut parts = arn.splitn(6, ':').skip(2);
        let (service, _, account, name) = (parts.next(), parts.next(), parts.next(), parts.next());
        let kind = match (service, name.unwrap_or_default()) {
            (Some("kinesis"), name) if name.contains("/consumer/") => Some("AWS::Kinesis::StreamConsumer"),
            (Some("kinesis"), _) => Some("AWS::Kinesis::Stream"),
            (Some("dynamodb"), _) => Some("AWS::DynamoDB::Table"),
            (Some("kms"), name) if name.starts_with("alias/") => Some("AWS::KMS::Alias"),
            (Some("kms"), _) => Some("AWS::KMS::Key"),
            (Some("cloudtrail"), _) => Some("AWS::CloudTrail::Trail"),
            (Some("iam"), name) if name.starts_with("role/") => Some("AWS::IAM::Role"),
            (Some("iam"), name) if name.starts_with("user/") => Some("AWS::IAM::User"),
            (Some("iam"), name) if name.starts_with("group/") => Some("AWS::IAM::Group"),
            (Some("iam"), name) if name.starts_with("policy/") => Some("AWS::IAM::Policy"),
            _ => None,
        };
        let account = account.filter(|account| !account.is_empty()).map(str::to_owned);
        Resource { account, kind, arn: arn.to_owned() }
    }
}

/// An id for an event that ends about now: a UUID of version 7, whose first 48 bits are the time, so that an event is found
/// by its id alone. Behind them those of one millisecond are counted, so that they sort as they were made.
pub fn new_event_id(at_ms: u64) -> String {
    static COUNTED: EventCounter = EventCounter(AtomicU64::new(0));
    let random = fastrand::u128(..) & ((1 << 64) - 1);
    event_id(at_ms, (u128::from(COUNTED.next(at_ms)) << 64) | random)
}

/// The newest time that something had, and how many had it, in 12 bits.
struct EventCounter(AtomicU64);

impl EventCounter {
    const MAX: u64 = 1 << 12;

    /// How many had this time before, as long as no other time comes in between.
    fn next(&self, at_ms: u64) -> u64 {
        let next = |newest: u64| match newest / Self::MAX == at_ms {
            true if newest % Self::MAX == Self::MAX - 1 => newest,
            true => newest + 1,
            false => at_ms.wrapping_mul(Self::MAX),
        };
        let before = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |newest| Some(next(newest)));
        next(before.unwrap_or_default()) % Self::MAX
    }
}

/// The same of given bits, the lowest 76 of which are used.
pub(crate) fn event_id(at_ms: u64, random: u128) -> String {
    let bits = (u128::from(at_ms) << 80) | (random & ((1 << 80) - 1));
    let bits = bits & !(0xf << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// When an event with this id ended, about; nothing if it is not one of ours.
pub fn time_of_event_id(id: &str) -> Option<u64> {
    let hex: String = id.chars().filter(|c| *c != '-').collect();
    let bits = u128::from_str_radix(&hex, 16).ok()?;
    (hex.len() == 32 && (bits >> 76) & 0xf == 7).then_some((bits >> 80) as u64)
}

/// `2026-01-31T12:00:00Z`.
pub fn time(at_ms: u64) -> String {
    let seconds = i64::try_from(at_ms / 1000).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX).to_string()
}

/// At most so many bytes, whole characters.
fn cut(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The members of one object.
struct Members {
    text: String,
}

impl Members {
    fn raw(&mut self, name: &str, value: &str) {
        let begin = if self.text.is_empty() { '{' } else { ',' };
        self.text.push(begin);
        self.text.push('"');
        self.text.push_str(name);
        self.text.push_str("\":");
        self.text.push_str(value);
    }

    fn text(&mut self, name: &str, value: &str) {
        self.json(name, cut(value, TEXT_BYTES_MAX));
    }

    fn json(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        self.raw(name, "");
        let written = serde_json::to_string(value).expect("members have string keys and are in memory");
        self.text.push_str(&written);
    }
}

impl Event<'_> {
    /// The line, without its end.
    pub fn line(&self) -> Box<str> {
        let mut members = Members { text: String::with_capacity(1024) };
        members.raw("eventVersion", &format!("\"{EVENT_VERSION}\""));
        members.json("userIdentity", self.identity);
        members.text("eventTime", &time(self.at_ms));
        members.text("eventSource", self.source);
        members.text("eventName", self.name);
        members.text("awsRegion", self.region);
        members.text("sourceIPAddress", self.from);
        members.text("userAgent", self.user_agent.unwrap_or_default());
        if let Some((code, message)) = self.error {
            members.text("errorCode", code);
            if let Some(message) = message {
                members.text("errorMessage", message);
            }
        }
        let elements = |given: Option<&str>| match given {
            Some(given) if given.len() <= ELEMENTS_BYTES_MAX => given.to_owned(),
            Some(given) => format!("{{\"omitted\":true,\"originalSize\":{}}}", given.len()),
            None => "null".to_owned(),
        };
        members.raw("requestParameters", &elements(self.parameters));
        members.raw("responseElements", &elements(self.response));
        if let Some(additional) = self.additional {
            members.raw("additionalEventData", additional);
        }
        if let Some(request_id) = self.request_id {
            members.text("requestID", request_id);
        }
        members.text("eventID", self.id);
        members.json("readOnly", &self.read_only);
        if !self.resources.is_empty() {
            members.json("resources", self.resources);
        }
        members.raw("eventType", if self.is_call { "\"AwsApiCall\"" } else { "\"AwsServiceEvent\"" });
        members.json("managementEvent", &self.is_management);
        members.text("recipientAccountId", self.account);
        if let Some(endpoint) = self.endpoint {
            members.text("vpcEndpointId", endpoint);
        }
        if let Some((version, suite)) = self.tls {
            members.raw("tlsDetails", "{\"tlsVersion\":");
            members.text.push_str(&serde_json::to_string(version).expect("a text is written"));
            members.text.push_str(",\"cipherSuite\":");
            members.text.push_str(&serde_json::to_string(suite).expect("a text is written"));
            members.text.push('}');
        }
        // Not an object, so that a line that ends with two brackets has the member below.
        members.raw("eventCategory", if self.is_management { "\"Management\"" } else { "\"Data\"" });
        if let Some(decided) = self.decided {
            members.raw(OWN_MEMBER, decided);
        }
        members.text.push('}');
        members.text.into()
    }
}

/// The line of an event that was written before it was known what it was about and what decided.
pub fn completed(line: &str, resources: &[String], decided: Option<&str>) -> Box<str> {
    let Some(open) = line.strip_suffix('}') else { return line.into() };
    // Not an object, so that a line that ends with two brackets has the last member.
    let begin = open.rfind(",\"eventCategory\":").unwrap_or(open.len());
    let mut text = String::with_capacity(line.len() + 256);
    text.push_str(&open[..begin]);
    if !resources.is_empty() {
        let resources: Vec<Resource> = resources.iter().map(|arn| Resource::of_arn(arn)).collect();
        text.push_str(",\"resources\":");
        text.push_str(
            &serde_json::to_string(&resources).expect("members have string keys and are in memory"),
        );
    }
    text.push_str(&open[begin..]);
    if let Some(decided) = decided {
        text.push_str(",\"");
        text.push_str(OWN_MEMBER);
        text.push_str("\":");
        text.push_str(decided);
    }
    text.push('}');
    text.into()
}

/// The last member of a stored line, where it has one.
pub const OWN_MEMBER: &str = "flumen";

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at_ms: u64,
    pub text: Box<str>,
}

/// What is asked for of a written event. A line that is none of ours has nothing of it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attributes<'a> {
    #[serde(borrow, rename = "eventID")]
    pub id: Cow<'a, str>,
    #[serde(borrow)]
    pub event_time: Cow<'a, str>,
    #[serde(borrow)]
    pub event_name: Cow<'a, str>,
    #[serde(borrow)]
    pub event_source: Cow<'a, str>,
    #[serde(borrow)]
    pub aws_region: Cow<'a, str>,
    #[serde(borrow)]
    pub error_code: Option<Cow<'a, str>>,
    pub read_only: bool,
    pub management_event: bool,
    #[serde(borrow, rename = "recipientAccountId")]
    pub account: Cow<'a, str>,
    #[serde(borrow)]
    pub user_identity: IdentityAttributes<'a>,
    #[serde(borrow)]
    pub resources: Vec<ResourceAttributes<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IdentityAttributes<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Cow<'a, str>,
    #[serde(borrow)]
    pub principal_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub arn: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub access_key_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub user_name: Option<Cow<'a, str>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResourceAttributes<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "ARN")]
    pub arn: Cow<'a, str>,
}

/// Whether a call ended so because somebody may not, or may not use the key that it needs.
pub fn is_denial(code: &str) -> bool {
    matches!(code, "AccessDenied" | "AccessDeniedException" | "KMSAccessDeniedException")
}

impl<'a> Attributes<'a> {
    pub fn of(line: &'a str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }

    /// Whether it was not allowed.
    pub fn is_denied(&self) -> bool {
        self.error_code.as_deref().is_some_and(is_denial)
    }

    /// As LookupEvents has it: of a user the name, of a session the session's, of the root `root`.
    pub fn user_name(&self) -> Option<&str> {
        let identity = &self.user_identity;
        if let Some(name) = &identity.user_name {
            return Some(name);
        }
        let id = identity.principal_id.as_deref()?;
        match (&*identity.kind, id.split_once(':')) {
            ("Root", _) => Some("root"),
            (_, Some((_, session))) => Some(session),
            _ => Some(id),
        }
    }
}

/// The line as it is for those who may not simulate policies.
pub fn without_own(line: &str) -> Cow<'_, str> {
    let begin = format!(",\"{OWN_MEMBER}\":{{");
    // It is the last member, and an object: what callers have sent stands in strings, whose quotes are escaped.
    match line.rfind(&begin) {
        Some(at) if line.ends_with("}}") => Cow::Owned(format!("{}}}", &line[..at])),
        _ => Cow::Borrowed(line),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "01a22ab8-60c6-736e-a152-e48d317b5a63";

    fn event<'a>(identity: &'a Identity, user_agent: &'a str) -> Event<'a> {
        Event {
            id: ID,
            at_ms: 1_700_000_000_999,
            identity,
            source: "kinesis.amazonaws.com",
            name: "CreateStream",
            region: "us-east-1",
            from: "10.0.0.7",
            user_agent: Some(user_agent),
            error: None,
            parameters: Some(r#"{"streamName":"s"}"#),
            response: None,
            additional: None,
            request_id: Some("r"),
            read_only: false,
            resources: &[],
            is_call: true,
            is_management: true,
            account: "111111111111",
            endpoint: Some("vpce-1"),
            tls: Some(("TLSv1.3", "TLS_AES_128_GCM_SHA256")),
            decided: None,
        }
    }

    fn ana() -> Identity {
        Identity { kind: "IAMUser", user_name: Some("ana".to_owned()), ..Identity::default() }
    }

    #[test]
    fn an_event_is_written_as_cloudtrail_writes_it() {
        let line = event(&ana(), "a test").line();
        let wanted = json!({
            "eventVersion": "1.11",
            "userIdentity": {"type": "IAMUser", "userName": "ana"},
            "eventTime": "2023-11-14T22:13:20Z",
            "eventSource": "kinesis.amazonaws.com",
            "eventName": "CreateStream",
            "awsRegion": "us-east-1",
            "sourceIPAddress": "10.0.0.7",
            "userAgent": "a test",
            "requestParameters": {"streamName": "s"},
            "responseElements": null,
            "requestID": "r",
            "eventID": ID,
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": "111111111111",
            "vpcEndpointId": "vpce-1",
            "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"},
            "eventCategory": "Management",
        });
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), wanted);
        let seen = Attributes::of(&line).unwrap();
        assert_eq!((&*seen.id, &*seen.event_name, seen.user_name()), (ID, "CreateStream", Some("ana")));
    }

    #[test]
    fn what_belongs_into_a_line_later_gets_there_and_is_taken_out_again() {
        let line = event(&ana(), "a test").line();
        let arn = "arn:aws:kinesis:us-east-1:111111111111:stream/s".to_owned();
        let whole = completed(&line, std::slice::from_ref(&arn), Some(r#"{"decision":"allow"}"#));
        let value: Value = serde_json::from_str(&whole).unwrap();
        assert_eq!(value["resources"][0]["ARN"], *arn);
        assert_eq!(value["resources"][0]["type"], "AWS::Kinesis::Stream");
        assert_eq!(value[OWN_MEMBER]["decision"], "allow");
        let public: Value = serde_json::from_str(&without_own(&whole)).unwrap();
        assert_eq!((&public[OWN_MEMBER], &public["resources"]), (&Value::Null, &value["resources"]));
        assert_eq!(completed(&line, &[], None), line);
        assert_eq!(without_own(&line), &*line);
    }

    /// What looks like the own member is a caller's where it is in a text or in what was asked for.
    #[test]
    fn what_callers_send_is_never_taken_out() {
        let identity = ana();
        let parameters = r#"{"tags":{"a":"b","flumen":{"decision":"allow"}}}"#;
        for user_agent in [r#"x","flumen":{"decision":"allow"}}"#, "}}", ",\"eventCategory\":"] {
            let event = Event { parameters: Some(parameters), ..event(&identity, user_agent) };
            let line = event.line();
            assert_eq!(without_own(&line), &*line);
            let whole = completed(&line, &["arn:aws:kinesis:us-east-1:1:stream/s".to_owned()], Some("{}"));
            let value: Value = serde_json::from_str(&without_own(&whole)).unwrap();
            assert_eq!(value["userAgent"], user_agent);
            assert_eq!(value["requestParameters"], serde_json::from_str::<Value>(parameters).unwrap());
        }
    }

    #[test]
    fn what_is_too_long_is_cut_or_left_out() {
        let identity = ana();
        let parameters = format!("{{\"a\":\"{}\"}}", "x".repeat(ELEMENTS_BYTES_MAX));
        let user_agent = "ä".repeat(TEXT_BYTES_MAX);
        let event = Event { parameters: Some(&parameters), ..event(&identity, &user_agent) };
        let value: Value = serde_json::from_str(&event.line()).unwrap();
        assert_eq!(value["userAgent"].as_str().unwrap().len(), TEXT_BYTES_MAX);
        assert_eq!(value["requestParameters"], json!({"omitted": true, "originalSize": parameters.len()}));
    }

    #[test]
    fn what_has_one_millisecond_is_counted() {
        let counted = EventCounter(AtomicU64::new(0));
        let of = |at_ms| counted.next(at_ms);
        assert_eq!([of(7), of(7), of(7), of(8), of(7)], [0, 1, 2, 0, 0]);
        let ids = |at_ms| (0..5000).map(move |n| event_id(at_ms, u128::from(n.min(4095_u64)) << 64));
        assert!(ids(9).collect::<Vec<_>>().is_sorted());
        let most: Vec<u64> = (0..5000).map(|_| of(10)).collect();
        assert_eq!((most[4094], most[4095], most[4999]), (4094, 4095, 4095));
    }

    #[test]
    fn an_id_says_when_its_event_was() {
        for at_ms in [0, 1_700_000_000_000, (1 << 48) - 1] {
            let id = new_event_id(at_ms);
            assert_eq!((time_of_event_id(&id), id.len(), &id[14..15]), (Some(at_ms), 36, "7"));
        }
        let of_version_4 = "ba688482-387b-408e-9325-acffbf62451b";
        for other in [of_version_4, "", "x", "01a22ab8-60c6-736e-a152-e48d317b5a6"] {
            assert_eq!(time_of_event_id(other), None, "{other}");
        }
    }
}
