//! CloudWatch, API of 2010-08-01: the part that takes metrics in and reads them back. Its types are generated
//! from `model/cloudwatch.json`.
//!
//! Clients speak it in three protocols: Smithy's RPC v2 in CBOR (KCL 3, KPL, newer SDKs), the query protocol
//! (KCL 1 and 2, older SDKs), and AWS JSON 1.0. Source: `docs/kinesis/tables.md#cloudwatch`.

mod fault;
#[rustfmt::skip]
#[allow(
    unused_imports, unused_variables, clippy::match_single_binding,
    reason = "not every interface has blobs, maps or structures without members"
)]
mod generated;
mod protocol;

pub use fault::Fault;
pub use generated::*;
pub use protocol::{Protocol, decode, encode};

/// What stands before the operation in `X-Amz-Target`, and in the path of RPC v2.
pub const TARGET: &str = "GraniteServiceVersion20100801";
/// The name by which requests are signed.
pub const SIGNING_NAME: &str = "monitoring";

#[cfg(test)]
mod tests {
    #[test]
    fn all_patterns_of_the_interface_compile() {
        use crate::constraint::Pattern;
        for rule in super::generated::RULES {
            if let Some(Pattern::Regex(regex, _)) = &rule.pattern {
                assert!(!regex.is_match(""));
            }
        }
    }
}
