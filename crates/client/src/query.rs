//! Calls to services of the query protocol, IAM and STS: a form goes, XML comes. There is no type for each of their
//! operations here: who calls names parameters and elements as AWS's reference does.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::client::excerpt;
use crate::{Client, Error};

/// A service of the query protocol. In the extensions of a request it says whom that is for where no signature does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryService {
    /// By which requests are signed.
    pub name: &'static str,
    version: &'static str,
}

pub const IAM: QueryService = QueryService { name: "iam", version: "2010-05-08" };
pub const STS: QueryService = QueryService { name: "sts", version: "2011-06-15" };

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
/// All else is encoded.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// No answer of these services is deeper.
const DEPTH_MAX: usize = 32;

/// An element of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    name: String,
    text: String,
    elements: Vec<Element>,
}

impl Element {
    pub fn get(&self, name: &str) -> Option<&Element> {
        self.elements.iter().find(|element| element.name == name)
    }

    /// The text of the element of that name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(|element| element.text.as_str())
    }

    /// The text of the element of that name, which is encoded as in addresses: a policy.
    pub fn decoded(&self, name: &str) -> Option<String> {
        self.text(name).map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned())
    }

    /// The members of the list of that name.
    pub fn members(&self, name: &str) -> impl Iterator<Item = &Element> {
        let list = self.get(name).map(|list| list.elements.as_slice());
        list.unwrap_or_default().iter().filter(|element| element.name == "member")
    }

    /// This element's own text, as members of lists of names have it.
    pub fn own_text(&self) -> &str {
        &self.text
    }

    fn of(node: roxmltree::Node<'_, '_>, depth: usize) -> Result<Element, Error> {
        if depth > DEPTH_MAX {
            return Err(Error::Unreadable(format!("its elements are deeper than {DEPTH_MAX}")));
        }
        let elements = node.children().filter(|child| child.is_element());
        Ok(Element {
            name: node.tag_name().name().to_owned(),
            text: node.text().unwrap_or_default().to_owned(),
            elements: elements.map(|child| Element::of(child, depth + 1)).collect::<Result<_, _>>()?,
        })
    }

    fn parse(body: &[u8]) -> Result<Element, Error> {
        let unreadable = |why: &dyn std::fmt::Display| Error::Unreadable(why.to_string());
        let text = std::str::from_utf8(body).map_err(|error| unreadable(&error))?;
        let document = roxmltree::Document::parse(text).map_err(|error| unreadable(&error))?;
        Element::of(document.root_element(), 0)
    }
}

impl Client {
    /// One call, answered with the result of the operation. What only reads is tried again where that may help; a change is
    /// sent once, since whether it took effect is for the next reading to say.
    pub async fn query(
        &self,
        service: QueryService,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Element, Error> {
        let attempts = if is_read(action) { self.attempts() } else { 1 };
        let body = self.try_often(form(service, action, parameters), refusal, attempts).await?;
        let answer = Element::parse(&body)?;
        Ok(answer.get(&format!("{action}Result")).cloned().unwrap_or_default())
    }
}

fn is_read(action: &str) -> bool {
    action.starts_with("Get") || action.starts_with("List")
}

fn form(service: QueryService, action: &str, parameters: &[(&str, &str)]) -> Request<Bytes> {
    let mut body = format!("Action={action}&Version={}", service.version);
    for (name, value) in parameters {
        body.extend(["&", name, "="].into_iter().chain(utf8_percent_encode(value, KEPT)));
    }
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
    request.extensions_mut().insert(service);
    request
}

fn refusal(status: StatusCode, body: &[u8]) -> Error {
    let answer = Element::parse(body).unwrap_or_default();
    match answer.get("Error").and_then(|error| Some((error.text("Code")?, error.text("Message")?))) {
        Some((code, message)) => Error::Refused { code: code.to_owned(), message: message.to_owned() },
        None => Error::Status { status: status.as_u16(), text: excerpt(body) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_a_form() {
        let request = form(IAM, "CreateUser", &[("UserName", "a+b é"), ("Path", "/x/")]);
        let wanted = "Action=CreateUser&Version=2010-05-08&UserName=a%2Bb%20%C3%A9&Path=%2Fx%2F";
        assert_eq!(request.body(), wanted);
        assert_eq!(request.extensions().get(), Some(&IAM));
    }

    #[test]
    fn answers_are_elements_and_refusals_have_a_code() {
        let text = "<R xmlns=\"n\"><UResult><Name>a&lt;b</Name><P>%7B%22A%22%7D</P><L><member><K>1</K></member>\
                    <member>2</member></L></UResult></R>";
        let answer = Element::parse(text.as_bytes()).unwrap();
        let result = answer.get("UResult").unwrap();
        assert_eq!((result.text("Name"), result.text("None")), (Some("a<b"), None));
        assert_eq!(result.decoded("P").as_deref(), Some("{\"A\"}"));
        let members: Vec<_> = result.members("L").map(|m| (m.text("K"), m.own_text())).collect();
        assert_eq!(members, [(Some("1"), ""), (None, "2")]);
        let text =
            "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>m</Message></Error></ErrorResponse>";
        assert_eq!(refusal(StatusCode::NOT_FOUND, text.as_bytes()).to_string(), "NoSuchEntity: m");
        assert!(matches!(refusal(StatusCode::BAD_GATEWAY, b"no"), Error::Status { status: 502, .. }));
        for broken in ["", "<a>", "<a><b></a>", "\u{fffe}"] {
            assert!(matches!(Element::parse(broken.as_bytes()), Err(Error::Unreadable(_))), "{broken}");
        }
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        assert!(Element::parse(deep.as_bytes()).unwrap_err().to_string().contains("deeper"));
    }
}
