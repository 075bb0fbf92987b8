//! A write as it stands on the log: the machine's metadata, whose tables and which operation in the record's key, the
//! request's body as its value. The bytes are described in `docs/format.md`.

use std::borrow::Cow;

use flumen_types::Realm;
use serde::{Deserialize, Serialize};

/// Of the commands and snapshots together.
pub(crate) const VERSION: u32 = 2;

/// Beside the metadata and the request's body.
#[derive(Serialize, Deserialize)]
pub(crate) struct Head<'a> {
    #[serde(borrow)]
    pub account: Cow<'a, str>,
    #[serde(borrow)]
    pub region: Cow<'a, str>,
    #[serde(borrow)]
    pub operation: Cow<'a, str>,
    /// What the command makes, if it makes something that has an id.
    #[serde(default, skip_serializing_if = "str::is_empty", borrow)]
    pub id: Cow<'a, str>,
}

impl Head<'_> {
    pub fn realm(&self) -> Realm {
        Realm { account: self.account.to_string(), region: self.region.to_string() }
    }
}

/// A random UUID.
pub(crate) fn new_id() -> String {
    let bits = fastrand::u128(..) & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_of_version_four() {
        let id = new_id();
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
        assert!(id[14..].starts_with('4') && "89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, new_id());
    }
}
