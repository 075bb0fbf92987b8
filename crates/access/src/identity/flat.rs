//! Things as they are read, all members in one object. What serde makes of `flatten` keeps a whole object to read it once
//! more, and a start reads as many of them as there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;

use super::document::Document;
use super::state::{self, AccessKey, Grants, Named, Tags, Version};

#[derive(Deserialize)]
pub(super) struct User {
    name: String,
    path: String,
    id: String,
    created_ms: u64,
    #[serde(default)]
    attached: BTreeSet<String>,
    #[serde(default)]
    inline: BTreeMap<String, Document>,
    boundary: Option<String>,
    #[serde(default)]
    tags: Tags,
    #[serde(default)]
    groups: BTreeSet<String>,
    #[serde(default)]
    keys: Vec<AccessKey>,
}

impl From<User> for state::User {
    fn from(flat: User) -> Self {
        let User { name, path, id, created_ms, attached, inline, boundary, tags, groups, keys } = flat;
        let named = Named { name, path, id, created_ms };
        let grants = Grants { attached, inline, boundary };
        state::User { named, grants, tags, groups, keys }
    }
}

#[derive(Deserialize)]
pub(super) struct Group {
    name: String,
    path: String,
    id: String,
    created_ms: u64,
    #[serde(default)]
    attached: BTreeSet<String>,
    #[serde(default)]
    inline: BTreeMap<String, Document>,
    boundary: Option<String>,
}

impl From<Group> for state::Group {
    fn from(flat: Group) -> Self {
        let Group { name, path, id, created_ms, attached, inline, boundary } = flat;
        let named = Named { name, path, id, created_ms };
        let grants = Grants { attached, inline, boundary };
        state::Group { named, grants }
    }
}

#[derive(Deserialize)]
pub(super) struct Role {
    name: String,
    path: String,
    id: String,
    created_ms: u64,
    #[serde(default)]
    attached: BTreeSet<String>,
    #[serde(default)]
    inline: BTreeMap<String, Document>,
    boundary: Option<String>,
    #[serde(default)]
    tags: Tags,
    trust: Document,
    description: Option<String>,
    session_s_max: u32,
}

impl From<Role> for state::Role {
    fn from(flat: Role) -> Self {
        let Role {
            name,
            path,
            id,
            created_ms,
            attached,
            inline,
            boundary,
            tags,
            trust,
            description,
            session_s_max,
        } = flat;
        let named = Named { name, path, id, created_ms };
        let grants = Grants { attached, inline, boundary };
        state::Role { named, grants, tags, trust, description, session_s_max }
    }
}

#[derive(Deserialize)]
pub(super) struct Managed {
    name: String,
    path: String,
    id: String,
    created_ms: u64,
    description: Option<String>,
    #[serde(default)]
    tags: Tags,
    updated_ms: u64,
    default: u32,
    next: u32,
    versions: BTreeMap<u32, Arc<Version>>,
}

impl From<Managed> for state::Managed {
    fn from(flat: Managed) -> Self {
        let Managed { name, path, id, created_ms, description, tags, updated_ms, default, next, versions } =
            flat;
        let named = Named { name, path, id, created_ms };
        state::Managed { named, description, tags, updated_ms, default, next, versions }
    }
}
