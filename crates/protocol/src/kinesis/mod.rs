//! Kinesis Data Streams, API of 2013-12-02: the types of its interface, generated from
//! `model/kinesis.json`, and what is not in the interface.
//!
//! Required members are plain, all others `Option`. StreamId is left out on purpose: AWS reserves it,
//! and clients that see one stop using the endpoint they were given (`docs/kinesis/wire.md#streamid`).

mod error_body;
#[rustfmt::skip]
#[allow(unused_variables, clippy::match_single_binding, reason = "some structures have no members")]
mod generated;

pub(crate) use error_body::ErrorBody;
pub use generated::*;

/// What stands before the operation in `X-Amz-Target`, without the dot.
pub const TARGET: &str = "Kinesis_20131202";

#[cfg(test)]
mod tests {
    use crate::constraint::Pattern;

    #[test]
    fn all_patterns_of_the_interface_compile() {
        let compiled =
            super::RULES.iter().filter_map(|rule| rule.pattern.as_ref()).filter(|pattern| match pattern {
                Pattern::Regex(regex, _) | Pattern::StreamArn(regex, _) => !regex.is_match(""),
                _ => false,
            });
        assert_eq!(compiled.count(), 3);
    }
}
