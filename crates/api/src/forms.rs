//! What IAM and STS have in common: forms come, XML goes, and what a request is signed for says whose it is.

use std::sync::LazyLock;

use bytes::Bytes;
use flumen_client::QueryService;
use flumen_protocol::query::{self, Fault};
use flumen_protocol::{iam, sts};
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderName};

use crate::call::{Call, Failed};
use crate::reply::{Reply, status};
use crate::service::Head;

const FORM: &str = "application/x-www-form-urlencoded";

/// Whether a request is a form that is signed for the service, or comes from inside for it: what comes over a connection has
/// no extensions of that kind.
pub(crate) fn is_signed_for(head: &Head<'_>, service: &str) -> bool {
    if let Some(meant) = head.extensions.get::<QueryService>() {
        return meant.name == service;
    }
    let has = |name: HeaderName, test: &dyn Fn(&str) -> bool| text(&head.headers, name).is_some_and(test);
    has(header::CONTENT_TYPE, &is_form) && has(header::AUTHORIZATION, &|text| is_scope_of(text, service))
}

/// Whether a request is a form that nobody has signed.
pub(crate) fn is_unsigned(head: &Head<'_>) -> bool {
    let is_form = text(&head.headers, header::CONTENT_TYPE).is_some_and(is_form);
    is_form && !head.headers.contains_key(header::AUTHORIZATION) && head.uri.query().is_none()
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_form(content_type: &str) -> bool {
    content_type.get(..FORM.len()).is_some_and(|text| text.eq_ignore_ascii_case(FORM))
}

/// `.../SERVICE/aws4_request`
pub(crate) fn is_scope_of(authorization: &str, service: &str) -> bool {
    authorization.split("/aws4_request").next().and_then(|scope| scope.rsplit('/').next()) == Some(service)
}

/// The operation that a form asks for.
pub(crate) fn action<O>(body: &Bytes, parse: impl Fn(&str) -> Option<O>) -> Result<O, Fault> {
    let named = query::action(body).unwrap_or_default();
    parse(&named).ok_or_else(|| {
        Fault::new("InvalidAction", 400, format!("Could not find operation {named} for this service"))
    })
}

/// The answer to an operation that is known and not served.
pub(crate) fn not_served(operation: &str) -> Fault {
    Fault::new("UnsupportedOperation", 400, format!("The operation {operation} is not served here."))
}

pub(crate) fn answered(body: Vec<u8>) -> Reply {
    Reply::new(StatusCode::OK, Some(query::CONTENT_TYPE), body)
}

/// What the services' errors are counted by: those of either, and what every service refuses.
static CODES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let own = iam::ErrorCode::ALL.iter().map(|code| code.as_str());
    let own = own.chain(sts::ErrorCode::ALL.iter().map(|code| code.as_str()));
    let every = flumen_protocol::ErrorCode::ALL.iter().map(|code| query::common(*code).0);
    let mut codes: Vec<_> = own.chain(every).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
});

pub(crate) fn codes() -> Vec<&'static str> {
    CODES.clone()
}

pub(crate) fn refused(fault: &Fault, namespace: &str, call: &Call<'_>) -> Reply {
    let number = CODES.binary_search(&fault.code).unwrap_or_default();
    let is_ours = fault.is_ours();
    let cause = fault.cause.as_ref().or(fault.message.as_ref()).filter(|_| is_ours).cloned();
    let message = fault.message.clone().filter(|_| !is_ours);
    let failed = Failed { code: fault.code.into(), number, is_ours, cause, message };
    let body = fault.encode(namespace, call.id());
    let reply = Reply::new(status(fault.status), Some(query::CONTENT_TYPE), body);
    Reply { failed: Some(Box::new(failed)), ..reply }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_says_whose_a_form_is() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
        assert!(is_scope_of(header, "iam"));
        assert!(!is_scope_of(header, "sts") && !is_scope_of("", "iam") && !is_scope_of("iam", "sts"));
        assert!(is_form("application/x-www-form-urlencoded; charset=utf-8") && !is_form("text/plain"));
    }
}
