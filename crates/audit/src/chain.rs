//! Log files and digests exactly as CloudTrail has them, so that `aws cloudtrail validate-logs` verifies them, and what that
//! does not see: [`verify`] walks the chains of a directory, with [`Anchor`]s that were kept elsewhere.
//!
//! Where the files lie is the business of [`crate::Objects`]; what is in a trail, and when it is delivered, of those who
//! deliver. `docs/security.md` says what a chain proves.

mod anchor;
mod digest;
mod gzip;
mod key;
mod location;
mod log_file;
mod verify;

pub use anchor::{Anchor, AnchorTo, Anchors, UnknownPlace};
pub use digest::{Chain, NewDigest};
pub use key::{KeyError, NoPublicKey, PublicKey, SigningKey};
pub(crate) use location::time_of_key;
pub use location::{Holds, TrailLocation};
pub use log_file::{NewFile, log_file};
pub use verify::{Finding, Verified, VerifyOptions, Walked, What, verify};

#[cfg(test)]
mod tests;
#[cfg(test)]
mod verify_tests;
