//! An interface description, as the JSON files hold it.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Model {
    pub errors: Vec<ErrorShape>,
    pub operations: BTreeMap<String, Operation>,
    pub shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
pub(super) struct ErrorShape {
    pub name: String,
    /// The name on the wire where it differs.
    pub wire: Option<String>,
    #[serde(default = "bad_request")]
    pub status: u16,
    /// Any operation may answer with it, whether or not it is listed there.
    #[serde(default, rename = "anyOperation")]
    pub any_operation: bool,
}

impl ErrorShape {
    /// As answers have it.
    pub fn code(&self) -> &str {
        self.wire.as_deref().unwrap_or(&self.name)
    }
}

fn bad_request() -> u16 {
    400
}

#[derive(Deserialize)]
pub(super) struct Operation {
    pub input: String,
    pub output: Option<String>,
    /// Names of errors, as AWS lists them.
    #[serde(default)]
    pub errors: Vec<String>,
    /// Those that it answers with beyond its list, each with the reason.
    #[serde(default)]
    pub also: BTreeMap<String, String>,
    pub served: bool,
}

#[derive(Deserialize)]
pub(super) struct Member {
    pub name: String,
    #[serde(default)]
    pub required: bool,
    /// Required by the interface, and yet left out when a shard ends.
    #[serde(default, rename = "absentAtEnd")]
    pub absent_at_end: bool,
    #[serde(flatten)]
    pub target: Target,
}

/// A shape by name or in place.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Target {
    Named { shape: String },
    Inline(Shape),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Shape {
    Structure {
        members: Vec<Member>,
    },
    Enum {
        values: Vec<String>,
        /// The order in which error messages list the values, where it was seen to differ.
        #[serde(rename = "messageOrder")]
        message_order: Option<Vec<String>>,
    },
    String {
        min: Option<u64>,
        max: Option<u64>,
        pattern: Option<String>,
    },
    Integer {
        min: Option<i64>,
        max: Option<i64>,
    },
    Long {
        min: Option<i64>,
        max: Option<i64>,
    },
    Blob {
        min: Option<u64>,
        max: Option<u64>,
    },
    List {
        min: Option<u64>,
        max: Option<u64>,
        items: Box<Target>,
    },
    Map {
        min: Option<u64>,
        max: Option<u64>,
        keys: Box<Target>,
        values: Box<Target>,
    },
    EventStream {
        events: Vec<String>,
    },
    Boolean,
    Double,
    Timestamp,
}
