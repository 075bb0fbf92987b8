//! Sealing a stream's records again, as operators ask for it: begun by PUT of `/rekey?stream=ARN`, looked at by GET. Signed for the
//! service `flumen`, as other pages of operators are. The answer is an object of JSON.

use std::collections::BTreeSet;
use std::sync::Arc;

use flumen_access::{Action, Caller, Principal};
use flumen_protocol::Fault;
use flumen_streams::errors::NotFound;
use flumen_streams::{Rekey, RekeyError};
use flumen_types::StreamArn;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::{Api, Peer};

const REKEY: Action = Action("flumen:RekeyStream");

/// Why it is not begun, or nothing is told.
#[derive(Debug, thiserror::Error)]
pub enum RekeyPageError {
    #[error("{0}")]
    Refused(Fault),
    /// Something of the query, which is named.
    #[error("{0}")]
    Wrong(String),
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error(transparent)]
    Rekey(#[from] RekeyError),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    stream: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    since_ms: Option<u64>,
    done: f64,
    bytes: u64,
    keys_left: &'a BTreeSet<String>,
    shared_files: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a str>,
}

impl Api {
    /// How far it is; where it `begins` it is begun before. Who asks has to sign, unless they are `trusted`.
    ///
    /// # Errors
    /// Where they may not, and where the stream is not there, or cannot be sealed again.
    pub async fn rekey_page(
        &self,
        from: &Arc<Peer>,
        head: &Parts,
        trusted: bool,
        begins: bool,
    ) -> Result<Vec<u8>, RekeyPageError> {
        let caller = if trusted {
            Caller::new(Arc::new(Principal::root(self.sign_in.operator())), "us-east-1")
        } else {
            self.operator_who_may(from, head, &[REKEY], "rekey").map_err(RekeyPageError::Refused)?
        };
        let text = stream_of(head.uri.query().unwrap_or_default())?;
        let wrong = || RekeyPageError::Wrong(format!("{text} is not the ARN of a stream"));
        let StreamArn { realm, name } = StreamArn::parse(&text).ok_or_else(wrong)?;
        let streams = &self.services.streams;
        let rekey = match begins {
            true => streams.rekey(&caller, &realm, &name).await?,
            false => streams.rekeyed(&realm, &name)?,
        };
        let Rekey { since_ms, done, bytes, left, shared, failure } = &rekey;
        let page = Page {
            stream: &text,
            since_ms: *since_ms,
            done: *done,
            bytes: *bytes,
            keys_left: left,
            shared_files: *shared,
            failure: failure.as_deref(),
        };
        Ok(serde_json::to_vec(&page).unwrap_or_default())
    }
}

fn stream_of(query: &str) -> Result<String, RekeyPageError> {
    let wrong = |text: &str| RekeyPageError::Wrong(text.to_owned());
    let value = query.strip_prefix("stream=").ok_or_else(|| wrong("stream=ARN is wanted"))?;
    let value = percent_decode_str(value).decode_utf8();
    Ok(value.map_err(|_| wrong("the value of stream is no UTF-8"))?.into_owned())
}
