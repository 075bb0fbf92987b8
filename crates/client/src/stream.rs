//! Which stream a call is about.

use std::borrow::Cow;

/// A stream as its caller names it, by name or by ARN. Requests have a member for each.
#[derive(Clone, Debug)]
pub struct Stream(String);

impl Stream {
    /// Whether there is such a stream, or can be, is for the service to say.
    pub fn new(name_or_arn: impl Into<String>) -> Self {
        Stream(name_or_arn.into())
    }

    /// `StreamName` of a request.
    pub fn name(&self) -> Option<Cow<'_, str>> {
        (!self.0.starts_with("arn:")).then_some(Cow::Borrowed(self.0.as_str()))
    }

    /// `StreamARN` of a request.
    pub fn arn(&self) -> Option<Cow<'_, str>> {
        self.0.starts_with("arn:").then_some(Cow::Borrowed(self.0.as_str()))
    }

    /// The name without what an ARN says beside it.
    pub fn short(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}
