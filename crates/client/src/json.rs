//! Calls to services of JSON that have no types here: who calls gives and reads JSON.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request};

use crate::client::refusal;
use crate::{Client, Error};

const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");

impl Client {
    /// One call: `target` is the service's and the operation's name, `body` an object of JSON. It is tried again where that may
    /// help, so it is for what only reads. Answered with an object of JSON.
    ///
    /// # Errors
    /// Of [`Error::Settings`] that the target cannot stand in a header; others as of every call.
    pub async fn json(&self, target: &str, body: impl Into<Bytes>) -> Result<Bytes, Error> {
        let target = HeaderValue::try_from(target);
        let target = target.map_err(|_| Error::Settings("the target is no text of a header".to_owned()))?;
        self.try_often(request(target, body.into()), refusal, self.attempts()).await
    }
}

pub(crate) fn request(target: HeaderValue, body: Bytes) -> Request<Bytes> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    request.headers_mut().insert(CONTENT_TYPE, JSON);
    request.headers_mut().insert("x-amz-target", target);
    request
}
