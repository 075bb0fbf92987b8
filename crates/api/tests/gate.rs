//! The gate: every operation of every service, by whoever may not, in each way in which one may not. What is tried comes from
//! the tables of operations, so that an operation that is added is tried too.

mod support;

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use flumen_access::iam::Iam;
use flumen_access::{Basis, Caller, Endpoint, EndpointPolicy, Source, Standing};
use flumen_api::{Api, Connection, Content, Credentials, Listener, Peer};
use flumen_audit::{Also, Attribute, Lookup};
use flumen_protocol::iam::{
    CreateAccessKeyRequest, CreateUserRequest, Operation as IamOperation, PutUserPermissionsBoundaryRequest,
    PutUserPolicyRequest,
};
use flumen_protocol::sign::Credentials as Signer;
use flumen_storage::Storage;
use flumen_streams::StreamsSettings;
use flumen_testkit::{calls, front};
use http::request::Parts;
use serde_json::{Value, json};
use support::signed::{now_ms, sign_head, signer};
use tokio::runtime::Handle;

const ACCOUNT: &str = "000000000000";
const MINUTE_MS: i64 = 60_000;

/// What a refusal at the gate is called, in any of the services.
const UNSIGNED: &[&str] = &["MissingAuthenticationTokenException", "MissingAuthenticationToken"];
const UNKNOWN: &[&str] = &["UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"];
const WRONG: &[&str] = &["InvalidSignatureException", "SignatureDoesNotMatch"];
/// Where a token is in place of a signature.
const NO_TOKEN: &[&str] = &["InvalidIdentityToken"];
const DENIED: &[&str] = &["AccessDeniedException", "AccessDenied"];

/// Calls of these are summed, and leave no event of their own unless they are denied.
const DATA: &[&str] = &[
    "BatchGetItem",
    "BatchWriteItem",
    "Decrypt",
    "DeleteItem",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateRandom",
    "GetItem",
    "GetMetricData",
    "GetRecords",
    "GetShardIterator",
    "PutItem",
    "PutMetricData",
    "PutRecord",
    "PutRecords",
    "Query",
    "ReEncrypt",
    "Scan",
    "SubscribeToShard",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateItem",
    "GetObject",
    "ListObjects",
    "ListObjectsV2",
];

/// One operation.
struct Asked {
    service: &'static str,
    operation: String,
    head: Parts,
    body: String,
    /// Whoever is known may do it: STS tells everybody who they are.
    for_all: bool,
}

struct Gate {
    api: Arc<Api>,
    root: Signer,
}

/// Users that the tests' requests are signed by.
struct Users {
    nothing: Signer,
    denied: Signer,
    bounded: Signer,
    all: Signer,
}

fn policy(effect: &str) -> String {
    json!({"Statement": {"Effect": effect, "Action": "*", "Resource": "*"}}).to_string()
}

impl Gate {
    async fn start() -> Self {
        let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
        let file = "[root]\naws_access_key_id = AKIAROOTROOTROOTROOT\naws_secret_access_key = r\n\
                    [other]\naws_access_key_id = AKIAOTHEROTHEROTHERO\naws_secret_access_key = o\n\
                    aws_account_id = 111111111111\n";
        let known = Some(Credentials::parse(file).unwrap());
        let api = front::api_on(storage, StreamsSettings::unlimited(), Handle::current(), known).await;
        Gate { api, root: signer("AKIAROOTROOTROOTROOT", "r") }
    }

    async fn user(&self, name: &str, effect: Option<&str>, boundary: Option<&str>) -> Signer {
        let identities = &self.api.services.iam.0;
        let root = flumen_access::Principal::root(ACCOUNT);
        let root = Caller::new(Arc::new(root), "us-east-1").standing(Standing {
            basis: Basis::File(Arc::default()),
            at_ms: 0,
            source: Source::default(),
            user_agent: None,
            report: None,
        });
        let iam = |operation| Iam::new(identities, &root, operation);
        let user = CreateUserRequest { user_name: name.into(), ..Default::default() };
        iam(IamOperation::CreateUser).create_user(&user).await.unwrap();
        if let Some(effect) = effect {
            let (user_name, policy_name) = (name.into(), "p".into());
            let put = PutUserPolicyRequest { user_name, policy_name, policy_document: policy(effect).into() };
            iam(IamOperation::PutUserPolicy).put_user_policy(&put).await.unwrap();
        }
        if let Some(boundary) = boundary {
            let permissions_boundary = format!("arn:aws:iam::aws:policy/{boundary}").into();
            let put = PutUserPermissionsBoundaryRequest { user_name: name.into(), permissions_boundary };
            iam(IamOperation::PutUserPermissionsBoundary).put_user_permissions_boundary(&put).await.unwrap();
        }
        let key = CreateAccessKeyRequest { user_name: Some(name.into()) };
        let key = iam(IamOperation::CreateAccessKey).create_access_key(&key).await.unwrap().access_key;
        signer(&key.access_key_id, &key.secret_access_key)
    }

    /// How many events there are of the user's calls that were let in.
    async fn events(&self, asked: &Asked, user: &str) -> usize {
        let attributes = vec![
            (Attribute::EventName, asked.operation.clone()),
            (Attribute::EventSource, format!("{}.amazonaws.com", asked.service)),
            // Who is not known before they are vouched for.
            match asked.operation.as_str() {
                "AssumeRoleWithWebIdentity" => (Attribute::ReadOnly, "false".to_owned()),
                _ => (Attribute::UserName, user.to_owned()),
            },
        ];
        let also: Also = Arc::new(|event| !event.is_denied());
        let lookup = Lookup { attributes, to_ms: u64::MAX, also: Some(also), ..Lookup::default() };
        let audit = &self.api.resources.auditor.audit;
        audit.lookup(&lookup, None, 10).await.unwrap().events.len()
    }

    /// The code of the refusal; nothing where it is answered.
    async fn tried(&self, from: &Arc<Peer>, asked: &Asked, signed: Signed<'_>) -> Option<String> {
        let (head, body) = asked.signed(signed);
        let reply = self.api.answer(from, &head, Ok(&Bytes::from(body))).await;
        let Content::Whole(answer) = &reply.content else { return None };
        if reply.status == 200 {
            return None;
        }
        let answer = String::from_utf8(answer.to_vec()).unwrap();
        let in_json = |answer: &str| {
            let body: Value = serde_json::from_str(answer).ok()?;
            Some(body["__type"].as_str()?.rsplit('#').next()?.to_owned())
        };
        let in_xml = || Some(answer.split_once("<Code>")?.1.split_once("</Code>")?.0.to_owned());
        Some(in_json(&answer).or_else(in_xml).unwrap_or(answer.clone()))
    }
}

/// How a request is signed.
#[derive(Clone, Copy)]
enum Signed<'a> {
    Not,
    By(&'a Signer),
    /// Too long ago.
    Long(&'a Signer),
    /// And then altered.
    Altered(&'a Signer),
}

impl Asked {
    fn json(
        service: &'static str,
        target: &str,
        operation: &str,
        content_type: &'static str,
        body: String,
    ) -> Self {
        let head = http::Request::post("/")
            .header("host", "localhost")
            .header("content-type", content_type)
            .header("x-amz-target", format!("{target}.{operation}"));
        let head = head.body(()).unwrap().into_parts().0;
        Asked { service, operation: operation.to_owned(), head, body, for_all: false }
    }

    fn form(service: &'static str, operation: &str, body: String) -> Self {
        let head = http::Request::post("/")
            .header("host", "localhost")
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        let head = head.body(()).unwrap().into_parts().0;
        let for_all = matches!(operation, "GetCallerIdentity" | "GetSessionToken");
        Asked { service, operation: operation.to_owned(), head, body, for_all }
    }

    fn signed(&self, signed: Signed<'_>) -> (Parts, String) {
        let (mut head, mut body) = (self.head.clone(), self.body.clone());
        let (signer, at_ms) = match signed {
            // A form says by its scope alone whose it is; what has none is STS's.
            Signed::Not => {
                return (head, body);
            }
            Signed::By(signer) | Signed::Altered(signer) => (signer, now_ms()),
            Signed::Long(signer) => (signer, now_ms() - 16 * MINUTE_MS),
        };
        sign_head(&mut head, &body, signer, at_ms, self.service);
        if matches!(signed, Signed::Altered(_)) {
            body.push(' ');
        }
        (head, body)
    }
}

/// Every operation of every service, and what is there to be named.
fn all(iterator: &str, consumer: &str, [key, blob]: [&str; 2]) -> Vec<Asked> {
    let mut all = Vec::new();
    for (operation, body) in calls::of_streams() {
        let arn = format!("arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s");
        let body = (body.to_string())
            .replace("\"@\"", "\"s\"")
            .replace("@arn", &arn)
            .replace("@consumer", consumer)
            .replace("@iterator", iterator);
        let name = operation.as_str();
        all.push(Asked::json("kinesis", "Kinesis_20131202", name, "application/x-amz-json-1.1", body));
    }
    for (operation, body) in calls::of_tables() {
        let (name, body) = (operation.name(), body.to_owned());
        all.push(Asked::json("dynamodb", "DynamoDB_20120810", name, "application/x-amz-json-1.0", body));
    }
    for operation in flumen_protocol::cloudwatch::Operation::ALL.iter().filter(|o| o.is_served()) {
        let body = match operation.as_str() {
            "GetMetricData" => r#"{"MetricDataQueries":[],"StartTime":1,"EndTime":2}"#,
            "GetMetricStatistics" => {
                r#"{"Namespace":"n","MetricName":"m","StartTime":1,"EndTime":2,"Period":60,"Statistics":["Sum"]}"#
            }
            "PutMetricData" => r#"{"Namespace":"n","MetricData":[{"MetricName":"m","Value":1}]}"#,
            _ => "{}",
        };
        let (target, name) = (flumen_protocol::cloudwatch::TARGET, operation.as_str());
        all.push(Asked::json("monitoring", target, name, "application/x-amz-json-1.0", body.to_owned()));
    }
    for operation in IamOperation::ALL.iter().filter(|operation| operation.is_served()) {
        all.push(Asked::form("iam", operation.as_str(), calls::of_iam(operation.as_str())));
    }
    for operation in flumen_protocol::sts::Operation::ALL.iter().filter(|operation| operation.is_served()) {
        let operation = operation.as_str();
        let body = format!(
            "Action={operation}&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A{ACCOUNT}%3Arole%2Fr\
             &RoleSessionName=session&AccessKeyId=AKIAIOSFODNN7EXAMPLE&WebIdentityToken=a.b.c"
        );
        all.push(Asked::form("sts", operation, body));
    }
    for operation in flumen_protocol::cloudtrail::Operation::ALL.iter().filter(|o| o.is_served()) {
        let (target, name) = ("CloudTrail_20131101", operation.as_str());
        let body = calls::of_cloudtrail(name).to_string();
        all.push(Asked::json("cloudtrail", target, name, "application/x-amz-json-1.1", body));
    }
    for operation in flumen_protocol::kms::Operation::ALL.iter().filter(|o| o.is_served()) {
        let (target, name) = ("TrentService", operation.as_str());
        let body = calls::of_kms(name, key, blob).to_string();
        all.push(Asked::json("kms", target, name, "application/x-amz-json-1.1", body));
    }
    for (operation, uri) in calls::of_files() {
        let head = http::Request::get(*uri).header("host", "localhost").body(()).unwrap().into_parts().0;
        let (operation, body) = ((*operation).to_owned(), String::new());
        all.push(Asked { service: "s3", operation, head, body, for_all: false });
    }
    all
}

/// Somebody on another machine, or in a private network whose endpoint has that policy.
fn peer(policy: Option<&str>) -> Arc<Peer> {
    let listener = Arc::new(Listener { name: "tls".into(), tls: true, is_admin: false });
    let (client, local) = (([10, 0, 0, 7], 999).into(), ([10, 0, 0, 1], 443).into());
    let endpoint = policy.map(|policy| {
        let policy = EndpointPolicy::parse(policy.to_owned()).unwrap();
        Arc::new(Endpoint { id: "vpce-1".into(), vpc: None, policy: Some(policy) })
    });
    Arc::new(Peer::Connection(Connection {
        client,
        local,
        listener,
        endpoint,
        tls: None,
        owner: Default::default(),
    }))
}

#[tokio::test]
async fn nobody_passes_who_may_not() {
    let gate = Gate::start().await;
    let users = Users {
        nothing: gate.user("nothing", None, None).await,
        denied: gate.user("denied", Some("Deny"), None).await,
        bounded: gate.user("bounded", Some("Allow"), Some("FlumenProducer")).await,
        all: gate.user("all", Some("Allow"), None).await,
    };
    let (outside, other) = (peer(None), signer("AKIAOTHEROTHEROTHERO", "o"));
    let made = |operation: &str, body: Value| {
        Asked::json("kinesis", "Kinesis_20131202", operation, "application/x-amz-json-1.1", body.to_string())
    };
    let create = made("CreateStream", json!({"StreamName": "s", "ShardCount": 2}));
    assert_eq!(gate.tried(&outside, &create, Signed::By(&gate.root)).await, None);
    let arn = format!("arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s");
    let answer = async |operation: &str, body: Value| -> Value {
        let (head, body) = made(operation, body).signed(Signed::By(&gate.root));
        let reply = gate.api.answer(&outside, &head, Ok(&Bytes::from(body))).await;
        let Content::Whole(answer) = &reply.content else { panic!("that answer is whole") };
        serde_json::from_slice(answer).unwrap()
    };
    let consumer = answer("RegisterStreamConsumer", json!({"StreamARN": arn, "ConsumerName": "c"})).await;
    let latest = json!({"StreamName": "s", "ShardId": "0", "ShardIteratorType": "LATEST"});
    let iterator = answer("GetShardIterator", latest).await;
    let iterator = iterator["ShardIterator"].as_str().unwrap();
    let of_keys = async |operation: &str, body: Value| -> Value {
        let asked =
            Asked::json("kms", "TrentService", operation, "application/x-amz-json-1.1", body.to_string());
        let (head, body) = asked.signed(Signed::By(&gate.root));
        let reply = gate.api.answer(&outside, &head, Ok(&Bytes::from(body))).await;
        let Content::Whole(answer) = &reply.content else { panic!("that answer is whole") };
        serde_json::from_slice(answer).unwrap()
    };
    let key = of_keys("CreateKey", json!({})).await["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let blob = of_keys("Encrypt", json!({"KeyId": key, "Plaintext": "AAAA"})).await;
    let named = [&*key, blob["CiphertextBlob"].as_str().unwrap()];
    let all = all(iterator, consumer["Consumer"]["ConsumerARN"].as_str().unwrap(), named);
    let count = |service: &str| all.iter().filter(|asked| asked.service == service).count();
    assert_eq!(count("kinesis"), flumen_protocol::Operation::ALL.iter().filter(|o| o.is_served()).count());
    assert_eq!(count("dynamodb"), flumen_tables::Operation::ALL.len());

    let closed = peer(Some(
        r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"kinesis:NoSuchAction","Resource":"*"}}"#,
    ));
    let (unknown, wrong) = (signer("AKIANOBODYNOBODYNOBO", "x"), signer(&users.all.access_key, "x"));
    let mut passed = String::new();
    for asked in &all {
        let account_wide = asked.for_all
            // An account's own lists, and what is another's only by a policy there.
            || ["ListStreams", "DescribeLimits", "DescribeAccountSettings", "UpdateAccountSettings", "ListTables"]
                .contains(&&*asked.operation);
        let bounded_may =
            ["PutRecord", "PutRecords", "DescribeStream", "DescribeStreamSummary", "ListShards"];
        let cases: [(&str, &Arc<Peer>, Signed<'_>, &[&str]); 10] = [
            ("unsigned", &outside, Signed::Not, UNSIGNED),
            ("unknown key", &outside, Signed::By(&unknown), UNKNOWN),
            ("wrong secret", &outside, Signed::By(&wrong), WRONG),
            ("too old", &outside, Signed::Long(&users.all), WRONG),
            ("altered", &outside, Signed::Altered(&users.all), WRONG),
            ("another account's", &outside, Signed::By(&other), DENIED),
            ("no policy", &outside, Signed::By(&users.nothing), DENIED),
            ("denied", &outside, Signed::By(&users.denied), DENIED),
            ("beyond the boundary", &outside, Signed::By(&users.bounded), DENIED),
            ("through a closed endpoint", &closed, Signed::By(&users.all), DENIED),
        ];
        for (case, from, signed, wanted) in cases {
            let skipped = match case {
                // By a name alone it is the caller's own that is meant.
                "another account's" => {
                    account_wide || asked.service != "kinesis" || !asked.body.contains(&arn)
                }
                // By its signature alone it is known to be for files.
                "unsigned" => asked.service == "s3",
                "beyond the boundary" => asked.for_all || bounded_may.contains(&&*asked.operation),
                "no policy" | "denied" | "through a closed endpoint" => asked.for_all,
                _ => false,
            };
            if skipped {
                continue;
            }
            // Nobody signs for it, and whoever does is not known by that.
            let wanted = if asked.operation == "AssumeRoleWithWebIdentity" { NO_TOKEN } else { wanted };
            let told = gate.tried(from, asked, signed).await;
            if !told.as_deref().is_some_and(|code| wanted.contains(&code)) {
                let (service, operation) = (asked.service, &asked.operation);
                let _ = writeln!(passed, "{service} {operation}, {case}: {told:?}");
            }
        }
    }
    assert_eq!(passed, "");
    // And whoever may is let through, whatever comes of it; what is deleted is deleted last.
    let ends =
        |asked: &&Asked| asked.operation.starts_with("Delete") || asked.operation.contains("KeyDeletion");
    let (last, first): (Vec<_>, Vec<_>) = all.iter().partition(ends);
    for asked in first.into_iter().chain(last) {
        let told = gate.tried(&outside, asked, Signed::By(&users.all)).await;
        let code = told.unwrap_or_default();
        let refused = [UNSIGNED, UNKNOWN, WRONG, DENIED].concat();
        // Nobody trusts anybody to be that role, since it is not there.
        let is_absent_role = asked.operation == "AssumeRole";
        assert!(
            is_absent_role || !refused.contains(&&*code),
            "{} {}: {code}",
            asked.service,
            asked.operation
        );
        let events = gate.events(asked, "all").await;
        assert_eq!(events > 0, !DATA.contains(&&*asked.operation), "{} {}", asked.service, asked.operation);
    }
}
