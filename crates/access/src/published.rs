//! Operations as `flumen policy actions` shows them.

use serde::{Serialize, Serializer};

use crate::{Action, Level};

/// A row of a service's table of operations, as it is published.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// Before the colon in the names of its actions.
    pub service: &'static str,
    pub operation: &'static str,
    /// What policies call it. Of a request that does several things it is what each of them is called.
    pub actions: &'static [Action],
    /// Needed as well where the request brings tags.
    pub actions_with_tags: &'static [Action],
    #[serde(serialize_with = "as_text")]
    pub level: Level,
    /// What its resources are of, as AWS's authorization reference calls it; nothing for what is the account's.
    pub resource_types: Vec<&'static str>,
    /// Or it is of the API and answered with an error.
    pub served: bool,
}

fn as_text<S: Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(level)
}
