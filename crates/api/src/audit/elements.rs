//! What was asked for and what was answered, as CloudTrail spells it: members begin with a small letter, and what must not be
//! seen is not there.

use std::borrow::Cow;

use flumen_audit::ELEMENTS_BYTES_MAX;
use flumen_protocol::Timestamp;
use flumen_protocol::codec::{Encode, Encoder, JsonWriter};
use serde_json::{Map, Value};

/// In place of what must not be seen.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Secrets, tokens by which somebody else could go on, and what producers write.
const NOT_SEEN: &[&str] = &[
    "CiphertextBlob",
    "Data",
    "ExclusiveStartKey",
    "ExplicitHashKey",
    "GrantToken",
    "GrantTokens",
    "Item",
    "NextToken",
    "PartitionKey",
    "Plaintext",
    "Records",
    "SecretAccessKey",
    "SessionToken",
    "ShardIterator",
    "WebIdentityToken",
];

fn is_seen(member: &str) -> bool {
    !NOT_SEEN.contains(&member)
}

/// `StreamName` is `streamName`.
fn spelt(member: &str) -> Cow<'_, str> {
    match member.as_bytes() {
        [first, ..] if first.is_ascii_uppercase() => {
            let mut spelt = member.to_owned();
            spelt[..1].make_ascii_lowercase();
            Cow::Owned(spelt)
        }
        _ => Cow::Borrowed(member),
    }
}

/// An input or an output as an object of JSON.
pub(crate) fn elements(shape: &impl Encode) -> Box<str> {
    let mut out = Vec::with_capacity(256);
    let mut writer = Elements { to: JsonWriter::new(&mut out), hidden: None, depth: 0 };
    shape.encode(&mut writer);
    String::from_utf8(out).unwrap_or_default().into()
}

/// Writes JSON, and of some members only that they are there.
struct Elements<'o> {
    to: JsonWriter<'o>,
    /// The depth at which something begins that is not seen.
    hidden: Option<usize>,
    depth: usize,
}

impl Elements<'_> {
    /// Whether what comes now is written.
    fn is_written(&self) -> bool {
        self.hidden.is_none()
    }

    /// After a value, at the depth of what it stands in.
    fn ended(&mut self) {
        if self.hidden == Some(self.depth) {
            self.hidden = None;
        }
    }

    fn begin(&mut self, begin: impl FnOnce(&mut JsonWriter<'_>)) {
        if self.is_written() {
            begin(&mut self.to);
        }
        self.depth += 1;
    }

    fn end(&mut self, end: impl FnOnce(&mut JsonWriter<'_>)) {
        self.depth -= 1;
        if self.is_written() {
            end(&mut self.to);
        }
        self.ended();
    }

    fn value(&mut self, write: impl FnOnce(&mut JsonWriter<'_>)) {
        if self.is_written() {
            write(&mut self.to);
        }
        self.ended();
    }
}

impl Encoder for Elements<'_> {
    fn begin_struct(&mut self) {
        self.begin(|to| to.begin_struct());
    }

    fn end_struct(&mut self) {
        self.end(|to| to.end_struct());
    }

    fn member(&mut self, name: &'static str) {
        if self.is_written() {
            self.to.key(&spelt(name));
            if !is_seen(name) {
                self.to.str(HIDDEN);
                self.hidden = Some(self.depth);
            }
        }
    }

    fn key(&mut self, key: &str) {
        if self.is_written() {
            self.to.key(key);
        }
    }

    fn begin_list(&mut self) {
        self.begin(|to| to.begin_list());
    }

    fn end_list(&mut self) {
        self.end(|to| to.end_list());
    }

    fn str(&mut self, value: &str) {
        self.value(|to| to.str(value));
    }

    fn plain(&mut self, ascii: &[u8]) {
        self.value(|to| to.plain(ascii));
    }

    fn i64(&mut self, value: i64) {
        self.value(|to| to.i64(value));
    }

    fn bool(&mut self, value: bool) {
        self.value(|to| to.bool(value));
    }

    fn f64(&mut self, value: f64) {
        self.value(|to| to.f64(value));
    }

    fn blob(&mut self, bytes: &[u8]) {
        self.value(|to| to.blob(bytes));
    }

    fn base64(&mut self, text: &str) {
        self.value(|to| to.base64(text));
    }

    fn timestamp(&mut self, value: Timestamp) {
        self.value(|to| to.timestamp(value));
    }
}

/// The same of a body that is JSON; nothing if it is none, or too large to be kept.
pub(crate) fn of_json(body: &[u8]) -> Option<Box<str>> {
    if body.len() > ELEMENTS_BYTES_MAX {
        return None;
    }
    let value: Value = serde_json::from_slice(body).ok()?;
    Some(seen(value).to_string().into())
}

fn seen(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let member = |(name, value): (String, Value)| match is_seen(&name) {
                true => (spelt(&name).into_owned(), seen(value)),
                false => (spelt(&name).into_owned(), Value::from(HIDDEN)),
            };
            Value::Object(members.into_iter().map(member).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(seen).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_begin_with_a_small_letter_and_secrets_are_not_seen() {
        let body = br#"{"TableName":"t","Tags":[{"Key":"a","Value":"B"}],"Item":{"Owner":{"S":"secret"}},"NextToken":"x"}"#;
        assert_eq!(
            &*of_json(body).unwrap(),
            r#"{"item":"HIDDEN_DUE_TO_SECURITY_REASONS","nextToken":"HIDDEN_DUE_TO_SECURITY_REASONS","tableName":"t","tags":[{"key":"a","value":"B"}]}"#
        );
        assert_eq!(of_json(b"{"), None);
    }
}
