//! The constraints of an interface and AWS's words for their violation. Source:
//! `docs/kinesis/wire.md#constraint-errors`.
//!
//! Checks run while a body is read, member by member, and cost nothing more until one fails.

mod path;
mod rule;
mod violations;

pub use path::Path;
pub use rule::{Pattern, Range, StringRule, class, whole};
pub use violations::{Enumeration, Violations};
