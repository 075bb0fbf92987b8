//! A refusal. Its code is the query protocol's; the others name the shape, and clients of RPC v2 that know
//! the query protocol's codes find them in a header.

use super::protocol::NAMESPACE;
use super::{ErrorCode, Protocol};
use crate::codec::{CborWriter, Encode, Encoder, JsonWriter};
use crate::{Refusal, query};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: ErrorCode,
    /// What the caller is told.
    pub message: Option<String>,
    /// Why the service failed, for the log alone.
    pub cause: Option<String>,
}

impl Fault {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Fault { code, message: Some(message.into()), cause: None }
    }

    /// The value of the header `x-amzn-query-error`.
    pub fn query_error(&self) -> String {
        format!("{};{}", self.query_code(), self.whose())
    }

    /// The HTTP status; the query protocol has 403 for whoever is not let in.
    pub fn status(&self, protocol: Protocol) -> u16 {
        match protocol {
            Protocol::Query => self.in_query().status,
            Protocol::RpcV2Cbor | Protocol::Json => self.code.status(),
        }
    }

    pub fn encode(&self, protocol: Protocol, request_id: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        match protocol {
            Protocol::RpcV2Cbor => Shape(self).encode(&mut CborWriter::rpc_v2(&mut out)),
            Protocol::Json => Shape(self).encode(&mut JsonWriter::new(&mut out)),
            Protocol::Query => return self.in_query().encode(NAMESPACE, request_id),
        }
        out
    }

    fn whose(&self) -> &'static str {
        if self.code.status() < 500 { "Sender" } else { "Receiver" }
    }

    fn in_query(&self) -> query::Fault {
        let (code, status) = match crate::ErrorCode::parse(self.code.as_str()) {
            // What every service refuses.
            Some(code) => query::common(code),
            None => (self.code.as_str(), self.code.status()),
        };
        query::Fault { code, status, message: self.message.clone(), cause: None }
    }

    fn query_code(&self) -> &'static str {
        self.in_query().code
    }

    /// The name of the error's shape.
    fn shape(&self) -> &'static str {
        use ErrorCode::*;
        match self.code {
            InternalServiceError => "InternalServiceFault",
            InvalidParameterCombination => "InvalidParameterCombinationException",
            InvalidParameterValue => "InvalidParameterValueException",
            LimitExceeded => "LimitExceededFault",
            MissingParameter => "MissingRequiredParameterException",
            Throttling => "ThrottlingException",
            ValidationError => "ValidationException",
            code => code.as_str(),
        }
    }
}

impl<R: Refusal> From<R> for Fault
where
    ErrorCode: From<R::Code>,
{
    fn from(refusal: R) -> Self {
        let text = Some(refusal.to_string());
        match ErrorCode::from(refusal.code()) {
            code @ ErrorCode::InternalServiceError => Fault { code, message: None, cause: text },
            code => Fault { code, message: text, cause: None },
        }
    }
}

/// What was found before anything of CloudWatch's own.
impl From<crate::Fault> for Fault {
    fn from(fault: crate::Fault) -> Self {
        let code = match fault.code {
            crate::ErrorCode::ValidationException => ErrorCode::ValidationError,
            code => ErrorCode::parse(code.as_str()).unwrap_or(ErrorCode::InternalServiceError),
        };
        Fault { code, message: fault.message, cause: fault.cause }
    }
}

struct Shape<'f>(&'f Fault);

impl Encode for Shape<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.member("__type");
        to.str(&format!("com.amazonaws.cloudwatch#{}", self.0.shape()));
        to.member("message");
        to.str(self.0.message.as_deref().unwrap_or_default());
        to.end_struct();
    }
}
