//! A refusal. Its code is the query protocol's; the others name the shape, and clients of RPC v2 that know
//! the query protocol's codes find them in a header.

use super::protocol::NAMESPACE;
use super::{ErrorCode, Protocol};
use crate::Refusal;
use crate::codec::{CborWriter, Encode, Encoder, JsonWriter, XmlWriter};

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
        use ErrorCode::*;
        match self.code {
            AccessDeniedException
            | InvalidSignatureException
            | MissingAuthenticationTokenException
            | UnrecognizedClientException
                if protocol == Protocol::Query =>
            {
                403
            }
            code => code.status(),
        }
    }

    pub fn encode(&self, protocol: Protocol, request_id: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        match protocol {
            Protocol::RpcV2Cbor => Shape(self).encode(&mut CborWriter::rpc_v2(&mut out)),
            Protocol::Json => Shape(self).encode(&mut JsonWriter::new(&mut out)),
            Protocol::Query => {
                out.extend_from_slice(format!("<ErrorResponse xmlns=\"{NAMESPACE}\"><Error>").as_bytes());
                Element(self).encode(&mut XmlWriter::new(&mut out));
                let end = format!("</Error><RequestId>{request_id}</RequestId></ErrorResponse>");
                out.extend_from_slice(end.as_bytes());
            }
        }
        out
    }

    fn whose(&self) -> &'static str {
        if self.code.status() < 500 { "Sender" } else { "Receiver" }
    }

    /// The codes of what every service refuses differ from those of JSON.
    fn query_code(&self) -> &'static str {
        use ErrorCode::*;
        match self.code {
            AccessDeniedException => "AccessDenied",
            ExpiredTokenException => "ExpiredToken",
            IncompleteSignatureException => "IncompleteSignature",
            InvalidSignatureException => "SignatureDoesNotMatch",
            MissingAuthenticationTokenException => "MissingAuthenticationToken",
            SerializationException => "MalformedInput",
            UnknownOperationException => "InvalidAction",
            UnrecognizedClientException => "InvalidClientTokenId",
            UnsupportedOperationException => "UnsupportedOperation",
            code => code.as_str(),
        }
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

struct Element<'f>(&'f Fault);

impl Encode for Element<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.member("Type");
        to.str(self.0.whose());
        to.member("Code");
        to.str(self.0.query_code());
        to.member("Message");
        to.str(self.0.message.as_deref().unwrap_or_default());
        to.end_struct();
    }
}
