//! A command says who asked for it: whoever reads the logs later finds the principal, the request and the signature.

mod support;

use std::sync::Arc;

use bytes::Bytes;
use flumen_api::{Api, Content, Credentials};
use flumen_client::ClientSettings;
use flumen_machine::{CommandMetadata, Names, Origin, Signatures, names, read_records};
use flumen_protocol::kinesis::AddTagsToStreamInput;
use flumen_protocol::sign::{Credentials as Signer, Request, SigningKeys, fingerprint, sign};
use flumen_storage::{ReadError, Storage};
use flumen_streams::StreamsSettings;
use flumen_testkit::front;
use flumen_types::{Clock, Realm};
use http::request::Parts;
use tokio::runtime::Handle;

use support::{head, outside, signed};

const ROOT: &str = "arn:aws:iam::000000000000:root";

struct Front {
    api: Arc<Api>,
    storage: Storage,
    signer: Option<Signer>,
}

impl Front {
    /// With `signer` all requests are signed by them, and that is verified.
    async fn start(signer: Option<Signer>) -> Self {
        let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
        let known = signer.as_ref().map(|Signer { access_key, secret, .. }| {
            let section =
                format!("[a]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret}\n");
            Credentials::parse(&section).unwrap()
        });
        let api =
            front::api_on(storage.clone(), StreamsSettings::unlimited(), Handle::current(), known).await;
        Front { api, storage, signer }
    }

    /// A verified signature, instead of the one that is there.
    fn sign(&self, signer: &Signer, head: &mut Parts, body: &[u8]) -> String {
        head.headers.remove("authorization");
        let request =
            Request { method: "POST", path: "/", query: "", headers: &head.headers, authority: None, body };
        let now_ms = Clock::system().now_ms().try_into().unwrap();
        let added = sign(&request, signer, &SigningKeys::default(), now_ms, "us-east-1", "kinesis").unwrap();
        for (name, value) in added {
            head.headers.insert(name, value.parse().unwrap());
        }
        let authorization = head.headers["authorization"].to_str().unwrap();
        authorization.rsplit_once("Signature=").unwrap().1.to_owned()
    }

    /// The id of the request that is answered.
    async fn call(&self, head: Parts, body: &str) -> String {
        self.asks(head, body).await.0
    }

    /// The id of the request that is answered, and its signature where there is one.
    async fn asks(&self, mut head: Parts, body: &str) -> (String, Option<String>) {
        let signature = self.signer.as_ref().map(|signer| self.sign(signer, &mut head, body.as_bytes()));
        let reply = self.api.answer(&outside(), &head, Ok(&Bytes::copy_from_slice(body.as_bytes()))).await;
        let Content::Whole(answer) = &reply.content else { panic!("that answer is whole") };
        assert_eq!(reply.status, 200, "{}", answer.escape_ascii());
        (reply.id.unwrap().to_str().unwrap().to_owned(), signature)
    }

    /// Of every command so far, without their events, of which here only the names are looked at.
    async fn origins(&self, names: Names) -> Vec<Origin> {
        let log = self.storage.log(names.commands).unwrap();
        let mut origins = Vec::new();
        read_records(&log, 0, log.end(), |record| {
            let json = if record.key.is_empty() { record.value } else { record.key };
            let mut origin = serde_json::from_slice::<CommandMetadata>(json).unwrap().origin;
            if let Some(event) = origin.event.take() {
                let id = format!("\"requestID\":\"{}\"", origin.request_id.as_ref().unwrap());
                assert!(event.line.contains(&id), "{event:?}");
            }
            origins.push(origin);
            Ok::<_, ReadError>(())
        })
        .await
        .unwrap();
        origins
    }
}

fn asked(request_id: String) -> Origin {
    Origin { principal: Some(ROOT.to_owned()), request_id: Some(request_id), ..Origin::default() }
}

#[tokio::test]
async fn a_change_of_a_stream_says_who_asked_for_it() {
    let front = Front::start(None).await;
    let create = r#"{"StreamName":"s","ShardCount":1}"#;
    let created = front.call(head("CreateStream"), create).await;
    let realm = Realm { account: "000000000000".into(), region: "us-east-1".into() };
    let client = front.api.client("lambda.amazonaws.com", &realm, ClientSettings::default());
    let tags = [("team".into(), "data".into())].into_iter().collect();
    let add = AddTagsToStreamInput { stream_name: Some("s".into()), tags, ..Default::default() };
    client.call(&add).await.unwrap();
    let origins = front.origins(names::CONTROL).await;
    let [found, create, add] = &origins[..] else { panic!("{origins:?}") };
    assert_eq!(*found, Origin::default(), "the service's own");
    assert_eq!(*create, asked(created), "a signature that nobody verified proves nothing");
    assert_eq!(add.principal.as_deref(), Some("lambda.amazonaws.com"));
    assert!(add.request_id.as_ref().is_some_and(|id| id.len() == 36), "{add:?}");
    assert_eq!(add.signature_sha256, None, "nothing inside is signed");
}

#[tokio::test]
async fn a_verified_signature_is_remembered_by_its_hash() {
    let (access_key, secret) = ("AKIDEXAMPLE".to_owned(), "secret".to_owned());
    let front = Front::start(Some(Signer { access_key, secret, session_token: None })).await;
    let (id, signature) = front.asks(head("CreateStream"), r#"{"StreamName":"s","ShardCount":1}"#).await;
    let origins = front.origins(names::CONTROL).await;
    let signature_sha256 = signature.as_deref().map(fingerprint);
    assert!(signature_sha256.is_some());
    assert_eq!(origins.last(), Some(&Origin { signature_sha256, ..asked(id) }));
    let of_zero = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";
    assert_eq!(fingerprint("0"), of_zero);
}

/// Writes that are appended together come from several callers.
#[tokio::test]
async fn each_write_to_a_table_says_who_asked_for_it() {
    let front = Front::start(None).await;
    let create = r#"{"TableName":"leases","KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],
        "AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],"BillingMode":"PAY_PER_REQUEST"}"#;
    let created = front.call(signed("DynamoDB_20120810.CreateTable", "00"), create).await;
    let put = |signature| signed("DynamoDB_20120810.PutItem", signature);
    let item = |key: u8| format!(r#"{{"TableName":"leases","Item":{{"k":{{"S":"{key}"}}}}}}"#);
    let (first, second) = (item(1), item(2));
    let (first, second) = tokio::join!(front.call(put("01"), &first), front.call(put("02"), &second));
    let wanted = [asked(created), asked(first), asked(second)];
    assert_eq!(front.origins(names::TABLES).await, wanted);
}

fn signature_of(head: &Parts) -> String {
    let authorization = head.headers["authorization"].to_str().unwrap();
    fingerprint(authorization.rsplit_once("Signature=").unwrap().1)
}

/// Whoever has overheard a request cannot have it carried out once more; whoever lost the answer sends it again at once.
#[tokio::test]
async fn a_change_is_carried_out_once_by_a_signature() {
    let (access_key, secret) = ("AKIDEXAMPLE".to_owned(), "secret".to_owned());
    let signer = Signer { access_key, secret, session_token: None };
    let front = Front::start(Some(signer.clone())).await;
    let body = r#"{"StreamName":"s","ShardCount":1}"#;
    let mut create = head("CreateStream");
    front.sign(&signer, &mut create, body.as_bytes());
    let code = async |api: &Api, head: &Parts, body: &str| {
        let reply = api.answer(&outside(), head, Ok(&Bytes::copy_from_slice(body.as_bytes()))).await;
        let Content::Whole(answer) = &reply.content else { panic!("that answer is whole") };
        String::from_utf8(answer.to_vec()).unwrap()
    };
    assert_eq!(code(&front.api, &create, body).await, "");
    let retried = code(&front.api, &create, body).await;
    assert!(retried.contains("ResourceInUseException"), "{retried}");
    // As after another start, long after: the log knows by which signatures commands were given.
    let known = front.api.services.streams.signatures().await;
    assert!(known.is_replayed(&signature_of(&create), u64::MAX));
    let mut described = head("DescribeStreamSummary");
    let of_stream = r#"{"StreamName":"s"}"#;
    front.sign(&signer, &mut described, of_stream.as_bytes());
    let later = Front::start(Some(signer)).await;
    let mut three_seconds_ago = Signatures::default();
    let by = Origin { signature_sha256: Some(signature_of(&create)), ..Origin::default() };
    three_seconds_ago.note(&by, Clock::system().now_ms() - 3_000);
    later.api.remember(&three_seconds_ago);
    let replayed = code(&later.api, &create, body).await;
    assert!(
        replayed.contains("InvalidSignatureException") && replayed.contains("Sign it anew"),
        "{replayed}"
    );
    // What changes nothing may be asked as often as one likes.
    for _ in 0..2 {
        assert!(code(&later.api, &described, of_stream).await.contains("ResourceNotFoundException"));
    }
}
