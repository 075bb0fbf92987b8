//! The text of a policy, and what it says, which is read once: when it is first asked for.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::policy::{InvalidPolicy, Kind, Policy};

/// As it was given. What was stored by an earlier program may not parse any more; then it grants nothing and denies all.
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub text: String,
    parsed: OnceLock<Result<Arc<Policy>, InvalidPolicy>>,
}

impl Document {
    /// A text that parses.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, InvalidPolicy> {
        let policy = Arc::new(Policy::parse(text, kind)?);
        Ok(Document { text: text.to_owned(), parsed: OnceLock::from(Ok(policy)) })
    }

    /// A text that comes with the service, or was stored.
    pub fn of(text: &str) -> Self {
        Document { text: text.to_owned(), parsed: OnceLock::new() }
    }

    pub fn policy(&self, kind: Kind) -> Result<&Arc<Policy>, &InvalidPolicy> {
        self.parsed.get_or_init(|| Policy::parse(&self.text, kind).map(Arc::new)).as_ref()
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Document { text: String::deserialize(deserializer)?, parsed: OnceLock::new() })
    }
}
