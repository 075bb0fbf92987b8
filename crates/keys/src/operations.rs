//! What is known of each operation on a key before it runs: what policies call it.

use flumen_access::Action;

use crate::grants::GrantOperation;

macro_rules! operations {
    ($($name:ident $(= $grant:ident)?,)*) => {
        /// What may be done with keys. ReEncrypt is two: from one key, and to one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum KeyOperation {
            $($name,)*
        }

        impl KeyOperation {
            /// What policies call it.
            pub const fn actions(self) -> &'static [Action] {
                match self {
                    $(KeyOperation::$name => &[Action(concat!("kms:", stringify!($name)))],)*
                }
            }

            pub const fn name(self) -> &'static str {
                match self {
                    $(KeyOperation::$name => concat!("kms:", stringify!($name)),)*
                }
            }

            /// As grants call it, if they may allow it.
            pub(crate) const fn in_grants(self) -> Option<GrantOperation> {
                match self {
                    $($(KeyOperation::$name => Some(GrantOperation::$grant),)?)*
                    _ => None,
                }
            }
        }
    };
}

operations! {
    CancelKeyDeletion,
    CreateAlias,
    CreateGrant = CreateGrant,
    CreateKey,
    Decrypt = Decrypt,
    DeleteAlias,
    DescribeKey = DescribeKey,
    DisableKey,
    DisableKeyRotation,
    EnableKey,
    EnableKeyRotation,
    Encrypt = Encrypt,
    GenerateDataKey = GenerateDataKey,
    GenerateDataKeyWithoutPlaintext = GenerateDataKeyWithoutPlaintext,
    GenerateRandom,
    GetKeyPolicy,
    GetKeyRotationStatus,
    ListAliases,
    ListGrants,
    ListKeyPolicies,
    ListKeyRotations,
    ListKeys,
    ListResourceTags,
    ListRetirableGrants,
    PutKeyPolicy,
    ReEncryptFrom = ReEncryptFrom,
    ReEncryptTo = ReEncryptTo,
    RetireGrant = RetireGrant,
    RevokeGrant,
    RotateKeyOnDemand,
    ScheduleKeyDeletion,
    TagResource,
    UntagResource,
    UpdateAlias,
    UpdateKeyDescription,
}
