//! The query protocol of AWS's older services: a form comes, XML goes. What an answer and a refusal look like there, and
//! what the refusals are called that every service has.
//!
//! Source: AWS's Query protocol (smithy.io/2.0/aws/protocols/aws-query-protocol.html) and the common errors of the IAM API
//! reference.

use crate::codec::{Abort, Decode, Encode, Encoder, QueryReader, XmlWriter};
use crate::constraint::Violations;
use crate::entry::read_all;
use crate::{ErrorCode, Fault as Common};

pub const CONTENT_TYPE: &str = "text/xml";

/// A refusal, in whichever service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: &'static str,
    /// Of HTTP.
    pub status: u16,
    /// What the caller is told.
    pub message: Option<String>,
    /// Why the service failed, for the log alone.
    pub cause: Option<String>,
}

/// The operation that a form asks for.
pub fn action(body: &[u8]) -> Option<String> {
    QueryReader::new(body).ok().and_then(|form| form.text("Action").map(str::to_owned))
}

/// Reads the input of an operation and checks the constraints of its interface.
pub fn decode<'a, T: Decode<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    let mut violations = Violations::default();
    let read = QueryReader::new(body).and_then(|reader| read_all(reader, &mut violations));
    match read {
        Ok(value) => violations.into_fault().map_or(Ok(value), |fault| Err(fault.into())),
        Err(Abort::Type(text)) => Err(Common::new(ErrorCode::SerializationException, text).into()),
        Err(Abort::Syntax) => Err(Common::bare(ErrorCode::SerializationException).into()),
    }
}

/// The body of an answer; without an output that of an operation that answers with nothing.
pub fn encode(namespace: &str, operation: &str, output: Option<&impl Encode>, request_id: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(format!("<{operation}Response xmlns=\"{namespace}\">").as_bytes());
    if let Some(output) = output {
        out.extend_from_slice(format!("<{operation}Result>").as_bytes());
        output.encode(&mut XmlWriter::new(&mut out));
        out.extend_from_slice(format!("</{operation}Result>").as_bytes());
    }
    let end = format!(
        "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    );
    out.extend_from_slice(end.as_bytes());
    out
}

impl Fault {
    pub fn new(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        Fault { code, status, message: Some(message.into()), cause: None }
    }

    /// Whether the service failed, and does not refuse.
    pub fn is_ours(&self) -> bool {
        self.status >= 500
    }

    pub fn encode(&self, namespace: &str, request_id: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        out.extend_from_slice(format!("<ErrorResponse xmlns=\"{namespace}\"><Error>").as_bytes());
        Element(self).encode(&mut XmlWriter::new(&mut out));
        out.extend_from_slice(
            format!("</Error><RequestId>{request_id}</RequestId></ErrorResponse>").as_bytes(),
        );
        out
    }
}

/// What was found before anything of the service's own.
impl From<Common> for Fault {
    fn from(fault: Common) -> Self {
        let (code, status) = common(fault.code);
        Fault { code, status, message: fault.message, cause: fault.cause }
    }
}

/// What is refused in every service has codes of its own in this protocol.
pub fn common(code: ErrorCode) -> (&'static str, u16) {
    use ErrorCode::*;
    match code {
        AccessDeniedException => ("AccessDenied", 403),
        ExpiredTokenException => ("ExpiredToken", 403),
        IncompleteSignatureException => ("IncompleteSignature", 400),
        InvalidSignatureException => ("SignatureDoesNotMatch", 403),
        MissingAuthenticationTokenException => ("MissingAuthenticationToken", 403),
        SerializationException => ("MalformedInput", 400),
        UnknownOperationException => ("InvalidAction", 400),
        UnrecognizedClientException => ("InvalidClientTokenId", 403),
        UnsupportedOperationException => ("UnsupportedOperation", 400),
        ValidationException => ("ValidationError", 400),
        code => (code.as_str(), code.status()),
    }
}

struct Element<'f>(&'f Fault);

impl Encode for Element<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.member("Type");
        to.str(if self.0.is_ours() { "Receiver" } else { "Sender" });
        to.member("Code");
        to.str(self.0.code);
        to.member("Message");
        to.str(self.0.message.as_deref().unwrap_or_default());
        to.end_struct();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam;

    #[test]
    fn an_answer_is_an_element_of_the_operation() {
        let input: iam::GetUserRequest<'_> =
            decode(b"Action=GetUser&Version=2010-05-08&UserName=ana").unwrap();
        assert_eq!(input.user_name.as_deref(), Some("ana"));
        assert_eq!(action(b"Action=GetUser&UserName=ana").as_deref(), Some("GetUser"));
        let nothing = encode(iam::NAMESPACE, "DeleteUser", None::<&bool>, "id");
        let wanted = "<DeleteUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ResponseMetadata>\
                      <RequestId>id</RequestId></ResponseMetadata></DeleteUserResponse>";
        assert_eq!(String::from_utf8(nothing).unwrap(), wanted);
    }

    #[test]
    fn a_refusal_says_whose_fault_it_is() {
        let fault = Fault::new("NoSuchEntity", 404, "The user with name <a> cannot be found.");
        let wanted = "<ErrorResponse xmlns=\"n\"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user with \
                      name &lt;a&gt; cannot be found.</Message></Error><RequestId>id</RequestId></ErrorResponse>";
        assert_eq!(String::from_utf8(fault.encode("n", "id")).unwrap(), wanted);
        let failed = Fault::from(Common::failure("why"));
        assert!(failed.is_ours() && failed.message.is_none());
        let violated = decode::<iam::GetUserRequest<'_>>(b"Action=GetUser&UserName=a%2Fb").unwrap_err();
        assert_eq!((violated.code, violated.status), ("ValidationError", 400));
    }
}
