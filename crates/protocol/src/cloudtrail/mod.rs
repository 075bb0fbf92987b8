//! CloudTrail, API of 2013-11-01: trails, their status and selectors, and the events of the last 90 days. Its types are
//! generated from `model/cloudtrail.json`; on the wire it is AWS JSON 1.1.

mod fault;
#[rustfmt::skip]
#[allow(
    unused_imports, unused_variables, clippy::match_single_binding,
    reason = "not every interface has maps or structures with members"
)]
mod generated;

pub use fault::Fault;
pub use generated::*;

use crate::{Encode, Encoding, Input};

/// The name by which requests are signed.
pub const SIGNING_NAME: &str = "cloudtrail";
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// What stands before the operation in `X-Amz-Target`: as the API reference writes it, and as older SDKs send it.
const TARGETS: [&str; 2] =
    ["com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.", "CloudTrail_20131101."];

/// The operation that a target names; nothing where it is another service's.
pub fn operation_of(target: &str) -> Option<&str> {
    TARGETS.iter().find_map(|service| target.strip_prefix(service))
}

/// Reads the input of an operation and checks the constraints of its interface.
pub fn decode<'a, I: Input<'a>>(body: &'a [u8]) -> Result<I, Fault> {
    let body = if body.is_empty() { b"{}" } else { body };
    Ok(crate::decode(Encoding::Json, body)?)
}

/// The body of an answer.
pub fn encode(output: &impl Encode) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    crate::encode(Encoding::Json, output, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_patterns_of_the_interface_compile() {
        use crate::constraint::Pattern;
        for rule in super::generated::RULES {
            if let Some(Pattern::Regex(regex, _)) = &rule.pattern {
                assert!(!regex.is_match(""));
            }
        }
    }

    #[test]
    fn both_targets_name_an_operation() {
        let long = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.GetTrail";
        assert_eq!(operation_of(long), Some("GetTrail"));
        assert_eq!(operation_of("CloudTrail_20131101.GetTrail"), Some("GetTrail"));
        assert_eq!(operation_of("Kinesis_20131202.ListStreams"), None);
    }

    #[test]
    fn what_the_interface_forbids_is_told_as_every_service_tells_it() {
        let asked = decode::<LookupEventsRequest<'_>>(br#"{"MaxResults":51}"#).unwrap_err();
        assert_eq!(asked.code, ErrorCode::ValidationException);
        assert!(
            asked.message.as_deref().unwrap_or_default().contains("less than or equal to 50"),
            "{asked:?}"
        );
        assert_eq!(decode::<GetTrailRequest<'_>>(b"{").unwrap_err().code, ErrorCode::SerializationException);
        assert!(decode::<ListTrailsRequest<'_>>(b"").is_ok());
    }
}
