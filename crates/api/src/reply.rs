//! What comes of a call, before the headers that every answer has.

use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderName, HeaderValue};

use crate::call::Failed;
use crate::events::Events;
use crate::memory::Share;

const UNDETERMINED: &str = "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be \
                            authorized</Message>\n</AccessDeniedException>\n";

pub struct Reply {
    pub status: StatusCode,
    pub content_type: Option<&'static str>,
    /// Of the request, where there was a call.
    pub id: Option<HeaderValue>,
    /// Those that this service alone sends.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub content: Content,
    /// The memory that a whole body takes.
    pub share: Share,
    /// The connection is not to be used for further requests.
    pub close: bool,
    /// What is refused.
    pub(crate) failed: Option<Box<Failed>>,
}

pub enum Content {
    Whole(Bytes),
    /// An event stream, frame by frame.
    Events(Box<Events>),
}

impl Reply {
    pub fn new(status: StatusCode, content_type: Option<&'static str>, body: impl Into<Bytes>) -> Self {
        Reply {
            status,
            content_type,
            id: None,
            headers: Vec::new(),
            content: Content::Whole(body.into()),
            share: Share::default(),
            close: false,
            failed: None,
        }
    }

    /// The answer to HEAD in place of this one to GET.
    pub fn without_body(mut self) -> Self {
        if let Content::Whole(body) = std::mem::replace(&mut self.content, Content::Whole(Bytes::new())) {
            self.headers.push((header::CONTENT_LENGTH, HeaderValue::from(body.len())));
        }
        self
    }

    /// What AWS says where no service can be told.
    pub fn undetermined() -> Self {
        Reply::new(StatusCode::FORBIDDEN, None, UNDETERMINED)
    }
}

/// The status of an error's code.
pub(crate) fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
