//! What the `tests/` folders of several crates share: a disk that fails on purpose, the stream service on that disk, all
//! services behind their front, tokens of an issuer, and the started program. It panics where something is not as a test needs it.
//!
//! Crates have it as a dev-dependency alone, and their unit tests do without: those would meet another build of their
//! own crate in it; `calls` and `tokens`, which have nothing of theirs, are for all. What one crate's tests need stays beside them.

pub mod calls;
pub mod faulty;
pub mod front;
pub mod server;
pub mod service;
pub mod tokens;
