//! The Key Management Service, API of 2014-11-01: keys, aliases, grants, and what is encrypted with keys. Its types are generated
//! from `model/kms.json`; on the wire it is AWS JSON 1.1.

mod fault;
#[rustfmt::skip]
#[allow(
    unused_imports, unused_variables, clippy::match_single_binding,
    reason = "not every interface has maps or structures with members"
)]
mod generated;

pub use fault::{Fault, refusal};
pub use generated::*;

use crate::{Encode, Encoding, Input};

/// The name by which requests are signed.
pub const SIGNING_NAME: &str = "kms";
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// What stands before the operation in `X-Amz-Target`.
pub const TARGET: &str = "TrentService.";

/// The operation that a target names; nothing where it is another service's.
pub fn operation_of(target: &str) -> Option<&str> {
    target.strip_prefix(TARGET)
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
                let _ = regex.is_match("");
            }
        }
    }

    #[test]
    fn a_target_names_an_operation() {
        assert_eq!(operation_of("TrentService.Decrypt"), Some("Decrypt"));
        assert_eq!(operation_of("Kinesis_20131202.ListStreams"), None);
    }

    #[test]
    fn what_the_interface_forbids_is_told_as_every_service_tells_it() {
        let asked = decode::<ScheduleKeyDeletionRequest<'_>>(br#"{"KeyId":"a","PendingWindowInDays":6}"#);
        let fault = asked.unwrap_err();
        assert_eq!(fault.code, ErrorCode::ValidationException);
        let told = fault.message.as_deref().unwrap_or_default();
        assert!(
            told.contains("'pendingWindowInDays' failed") && told.contains("greater than or equal to 7"),
            "{told}"
        );
        assert!(decode::<ListKeysRequest<'_>>(b"").is_ok());
    }
}
