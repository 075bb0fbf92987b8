//! IAM and STS on identities in memory.

mod identities;
mod sessions;
mod support;
mod used;
mod web_identities;
