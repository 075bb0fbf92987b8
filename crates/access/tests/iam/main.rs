//! IAM and STS on identities in memory.

mod identities;
mod sessions;
mod support;
mod web_identities;
