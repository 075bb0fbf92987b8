//! Two accounts behind the front, and requests that are signed by whoever is in them.

use std::sync::Arc;

use bytes::Bytes;
use flumen_api::{Api, Content, Credentials, Peer, Reply};
use flumen_protocol::sign::{Credentials as Signer, Request, SigningKeys, sign};
use flumen_storage::Storage;
use flumen_streams::StreamsSettings;
use flumen_testkit::front;
use flumen_types::Clock;
use http::request::Parts;
use tokio::runtime::Handle;

/// Where most is done, and another one.
pub const HERE: &str = "000000000000";
pub const THERE: &str = "111111111111";

pub struct Front {
    pub api: Arc<Api>,
    pub storage: Storage,
    /// Of either account.
    pub root: Signer,
    pub root_there: Signer,
    peer: Arc<Peer>,
}

/// What came of a call: its answer, or the code of its refusal.
pub type Answer = Result<String, String>;

impl Front {
    pub async fn new() -> Self {
        let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
        let file = format!(
            "[root]\naws_access_key_id = AKIAROOTROOTROOTROOT\naws_secret_access_key = r\n[there]\n\
             aws_access_key_id = AKIAOTHEROTHEROTHERO\naws_secret_access_key = o\naws_account_id = {THERE}\n"
        );
        let known = Some(Credentials::parse(&file).unwrap());
        let api =
            front::api_on(storage.clone(), StreamsSettings::unlimited(), Handle::current(), known).await;
        let (root, root_there) = (signer("AKIAROOTROOTROOTROOT", "r"), signer("AKIAOTHEROTHEROTHERO", "o"));
        let peer = super::outside();
        Front { api, storage, root, root_there, peer }
    }

    pub async fn send(
        &self,
        by: &Signer,
        service: &'static str,
        headers: &[(&'static str, &str)],
        body: String,
    ) -> Reply {
        let mut head = http::Request::post("/").header("host", "localhost");
        for (name, value) in headers {
            head = head.header(*name, *value);
        }
        let mut head = head.body(()).unwrap().into_parts().0;
        sign_head(&mut head, &body, by, now_ms(), service);
        self.api.answer(&self.peer, &head, Ok(&Bytes::from(body))).await
    }

    /// A call of IAM or STS.
    pub async fn form<N: AsRef<str>, V: AsRef<str>>(
        &self,
        by: &Signer,
        service: &'static str,
        operation: &str,
        parameters: &[(N, V)],
    ) -> Answer {
        let version = if service == "iam" { "2010-05-08" } else { "2011-06-15" };
        let mut body = format!("Action={operation}&Version={version}");
        for (name, value) in parameters {
            body.push_str(&format!("&{}={}", name.as_ref(), encoded(value.as_ref())));
        }
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let reply = self.send(by, service, &headers, body).await;
        let Content::Whole(answer) = &reply.content else { panic!("forms are answered with documents") };
        let answer = String::from_utf8(answer.to_vec()).unwrap();
        assert!(reply.status.as_u16() < 500, "{operation}: {answer}");
        match reply.status.as_u16() {
            200 => Ok(answer),
            _ => Err(text(&answer, "Code").unwrap_or(&answer).to_owned()),
        }
    }
}

pub fn now_ms() -> i64 {
    i64::try_from(Clock::system().now_ms()).unwrap()
}

/// Signs a request at that time, for the service.
pub fn sign_head(head: &mut Parts, body: &str, by: &Signer, at_ms: i64, service: &str) {
    let request = Request {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        headers: &head.headers,
        authority: None,
        body: body.as_bytes(),
    };
    for (name, value) in sign(&request, by, &SigningKeys::default(), at_ms, "us-east-1", service).unwrap() {
        head.headers.insert(name, value.parse().unwrap());
    }
}

pub fn signer(access_key: &str, secret: &str) -> Signer {
    Signer { access_key: access_key.to_owned(), secret: secret.to_owned(), session_token: None }
}

/// The credential in an answer.
pub fn key(answer: &str) -> Option<Signer> {
    Some(Signer {
        access_key: text(answer, "AccessKeyId")?.to_owned(),
        secret: text(answer, "SecretAccessKey")?.to_owned(),
        session_token: text(answer, "SessionToken").map(str::to_owned),
    })
}

pub fn text<'a>(answer: &'a str, element: &str) -> Option<&'a str> {
    let (_, rest) = answer.split_once(&format!("<{element}>"))?;
    Some(rest.split_once(&format!("</{element}>"))?.0)
}

fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}
