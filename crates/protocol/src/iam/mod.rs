//! IAM, API of 2010-05-08: users, groups, roles, policies and access keys. Its types are generated from
//! `model/iam.json`; on the wire it is forms and XML (`query`).

#[rustfmt::skip]
#[allow(
    unused_imports, unused_variables, clippy::match_single_binding,
    reason = "not every interface has blobs, maps or structures without members"
)]
mod generated;

pub use generated::*;

pub const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";
/// The name by which requests are signed.
pub const SIGNING_NAME: &str = "iam";

#[cfg(test)]
mod tests {
    #[test]
    fn all_patterns_of_the_interface_compile() {
        use crate::constraint::Pattern;
        for rule in super::generated::RULES {
            if let Some(Pattern::Regex(regex, _)) = &rule.pattern {
                // An asterisk takes nothing, too.
                let _ = regex.is_match("");
            }
        }
    }
}
