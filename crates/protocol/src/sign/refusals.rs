//! How a signature is refused. Source: `docs/kinesis/wire.md#signatures`. Texts which that page does not have are those of
//! other AWS services that check the same signatures.

use crate::{ErrorCode, Fault};

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(ErrorCode::InvalidSignatureException, message)
}

fn incomplete(message: impl Into<String>) -> Fault {
    Fault::new(ErrorCode::IncompleteSignatureException, message)
}

pub(super) fn two_signatures() -> Fault {
    invalid("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")
}

pub(super) fn two_tokens() -> Fault {
    invalid("Found 'X-Amz-Security-Token' both as a query-string param and as HTTP header.")
}

/// `name` is that of a header.
pub(super) fn twice(name: &str) -> Fault {
    invalid(format!("Found more than one '{name}' HTTP header."))
}

pub(super) fn unsigned() -> Fault {
    Fault::new(ErrorCode::MissingAuthenticationTokenException, "Missing Authentication Token")
}

/// `missing` are the names of parameters, each quoted as it stands.
pub(super) fn header_incomplete(missing: &[&str], has_date: bool, header: &str) -> Fault {
    let mut message: String =
        missing.iter().map(|name| format!("Authorization header requires '{name}' parameter. ")).collect();
    if !has_date {
        message += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
    }
    incomplete(format!("{message}Authorization={header}"))
}

pub(super) fn query_incomplete(missing: &[&str]) -> Fault {
    let missing = missing.iter().map(|name| format!("AWS query-string parameters must include '{name}'. "));
    incomplete(missing.collect::<String>() + "Re-examine the query-string parameters.")
}

pub(super) fn algorithm(name: &str) -> Fault {
    incomplete(format!("Unsupported AWS 'algorithm': '{name}'."))
}

pub(super) fn credential(text: &str) -> Fault {
    incomplete(format!(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{text}'"
    ))
}

pub(super) fn date(text: &str) -> Fault {
    incomplete(format!(
        "Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
    ))
}

pub(super) fn expires(text: &str) -> Fault {
    incomplete(format!("X-Amz-Expires must be a number of seconds between 0 and 604800, got '{text}'"))
}

pub(super) fn service(service: &str) -> Fault {
    invalid(format!("Credential should be scoped to correct service: '{service}'."))
}

pub(super) fn terminator(found: &str) -> Fault {
    invalid(format!(
        "Credential should be scoped with a valid terminator: '{}', not '{found}'.",
        super::TERMINATOR
    ))
}

pub(super) fn scope_date(scope: &str, date: &str) -> Fault {
    invalid(format!(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
         '{scope}' != '{}', from '{date}'.",
        date.get(..8).unwrap_or(date)
    ))
}

pub(super) fn header_not_signed(name: &str) -> Fault {
    invalid(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization."))
}

pub(super) fn expired(signed: &str, earliest: &str, now: &str, minutes: i64) -> Fault {
    invalid(format!("Signature expired: {signed} is now earlier than {earliest} ({now} - {minutes} min.)"))
}

pub(super) fn not_yet_current(signed: &str, latest: &str, now: &str) -> Fault {
    invalid(format!("Signature not yet current: {signed} is still later than {latest} ({now} + 5 min.)"))
}

pub(super) fn mismatch() -> Fault {
    invalid(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
         Access Key and signing method. Consult the service documentation for details.",
    )
}
