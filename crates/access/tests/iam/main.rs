//! IAM and STS on identities in memory.

mod identities;
mod replay;
mod sessions;
mod support;
mod unused;
mod used;
mod web_identities;
