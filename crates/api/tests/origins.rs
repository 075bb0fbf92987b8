//! A command says who asked for it: whoever reads the logs later finds the principal, the request and the signature.

mod support;

use std::sync::Arc;

use bytes::Bytes;
use flumen_api::{Api, Content};
use flumen_client::Settings as ClientSettings;
use flumen_machine::{Envelope, Names, Origin, names, read_records};
use flumen_protocol::kinesis::AddTagsToStreamInput;
use flumen_protocol::sign::fingerprint;
use flumen_storage::{ReadError, Storage};
use flumen_streams::Settings;
use flumen_testkit::front;
use flumen_types::Realm;
use http::request::Parts;
use tokio::runtime::Handle;

use support::{head, outside, signed};

const ROOT: &str = "arn:aws:iam::000000000000:root";

struct Front {
    api: Arc<Api>,
    storage: Storage,
}

impl Front {
    async fn start() -> Self {
        let storage = Storage::ephemeral(flumen_storage::Settings::default()).unwrap();
        let api = front::api_on(storage.clone(), Settings::unlimited(), Handle::current()).await;
        Front { api, storage }
    }

    /// The id of the request that is answered.
    async fn call(&self, head: Parts, body: &str) -> String {
        let reply = self.api.answer(&outside(), &head, Ok(&Bytes::copy_from_slice(body.as_bytes()))).await;
        let Content::Whole(answer) = &reply.content else { panic!("that answer is whole") };
        assert_eq!(reply.status, 200, "{}", answer.escape_ascii());
        reply.id.unwrap().to_str().unwrap().to_owned()
    }

    /// Of every command so far.
    async fn origins(&self, names: Names) -> Vec<Origin> {
        let log = self.storage.log(names.commands).unwrap();
        let mut origins = Vec::new();
        read_records(&log, 0, log.end(), |record| {
            let json = if record.key.is_empty() { record.value } else { record.key };
            origins.push(serde_json::from_slice::<Envelope>(json).unwrap().origin);
            Ok::<_, ReadError>(())
        })
        .await
        .unwrap();
        origins
    }
}

fn asked(request_id: String, signature: &str) -> Origin {
    let (principal, signature_sha256) = (Some(ROOT.to_owned()), Some(fingerprint(signature)));
    Origin { principal, request_id: Some(request_id), signature_sha256, event: None }
}

#[tokio::test]
async fn a_change_of_a_stream_says_who_asked_for_it() {
    let front = Front::start().await;
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
    assert_eq!(*create, asked(created, "0"));
    let of_zero = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";
    assert_eq!(create.signature_sha256.as_deref(), Some(of_zero));
    assert_eq!(add.principal.as_deref(), Some("lambda.amazonaws.com"));
    assert!(add.request_id.as_ref().is_some_and(|id| id.len() == 36), "{add:?}");
    assert_eq!(add.signature_sha256, None, "nothing inside is signed");
}

/// Writes that are appended together come from several callers.
#[tokio::test]
async fn each_write_to_a_table_says_who_asked_for_it() {
    let front = Front::start().await;
    let create = r#"{"TableName":"leases","KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],
        "AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],"BillingMode":"PAY_PER_REQUEST"}"#;
    let created = front.call(signed("DynamoDB_20120810.CreateTable", "00"), create).await;
    let put = |signature| signed("DynamoDB_20120810.PutItem", signature);
    let item = |key: u8| format!(r#"{{"TableName":"leases","Item":{{"k":{{"S":"{key}"}}}}}}"#);
    let (first, second) = (item(1), item(2));
    let (first, second) = tokio::join!(front.call(put("01"), &first), front.call(put("02"), &second));
    let wanted = [asked(created, "00"), asked(first, "01"), asked(second, "02")];
    assert_eq!(front.origins(names::TABLES).await, wanted);
}
