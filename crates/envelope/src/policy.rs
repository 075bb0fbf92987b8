//! Which suites may be written and opened, by whether they commit to their data key.

use crate::Suite;

/// By AWS's names. A message that commits to no data key can be made to open to different texts under different keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CommitmentPolicy {
    /// Writes suites that commit, and opens no others.
    #[default]
    RequireEncryptRequireDecrypt,
    /// Writes suites that commit, and opens all: while messages of older programs are still read.
    RequireEncryptAllowDecrypt,
    /// Writes suites that do not commit, and opens all: while older programs still read.
    ForbidEncryptAllowDecrypt,
}

/// A suite that the policy does not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("algorithm suite {:#06x} is not allowed by commitment policy {policy}", suite.id())]
pub struct AgainstPolicy {
    pub suite: Suite,
    pub policy: CommitmentPolicy,
}

impl CommitmentPolicy {
    /// What is written where no suite is named.
    pub fn suite_by_default(self) -> Suite {
        match self {
            CommitmentPolicy::ForbidEncryptAllowDecrypt => Suite::Aes256EcdsaP384,
            _ => Suite::Aes256CommitmentEcdsaP384,
        }
    }

    pub(crate) fn may_seal(self, suite: Suite) -> Result<(), AgainstPolicy> {
        let forbids = self == CommitmentPolicy::ForbidEncryptAllowDecrypt;
        if suite.is_committing() == forbids { Err(AgainstPolicy { suite, policy: self }) } else { Ok(()) }
    }

    pub(crate) fn may_open(self, suite: Suite) -> Result<(), AgainstPolicy> {
        let requires = self == CommitmentPolicy::RequireEncryptRequireDecrypt;
        if requires && !suite.is_committing() { Err(AgainstPolicy { suite, policy: self }) } else { Ok(()) }
    }
}

impl std::fmt::Display for CommitmentPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            CommitmentPolicy::RequireEncryptRequireDecrypt => "REQUIRE_ENCRYPT_REQUIRE_DECRYPT",
            CommitmentPolicy::RequireEncryptAllowDecrypt => "REQUIRE_ENCRYPT_ALLOW_DECRYPT",
            CommitmentPolicy::ForbidEncryptAllowDecrypt => "FORBID_ENCRYPT_ALLOW_DECRYPT",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_lets_through_what_its_name_says() {
        use CommitmentPolicy::*;
        let (committing, not) = (Suite::Aes256Commitment, Suite::Aes256);
        for (policy, seals, opens) in [
            (RequireEncryptRequireDecrypt, [true, false], [true, false]),
            (RequireEncryptAllowDecrypt, [true, false], [true, true]),
            (ForbidEncryptAllowDecrypt, [false, true], [true, true]),
        ] {
            assert_eq!([committing, not].map(|suite| policy.may_seal(suite).is_ok()), seals, "{policy}");
            assert_eq!([committing, not].map(|suite| policy.may_open(suite).is_ok()), opens, "{policy}");
            policy.may_seal(policy.suite_by_default()).unwrap();
        }
    }
}
