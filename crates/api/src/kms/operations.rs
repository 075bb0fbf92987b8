//! The table of KMS's operations: what is known of each before it runs. Source: AWS's reference of actions.

use flumen_access::{Action, Level, Published};
use flumen_protocol::kms::Operation;

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub served: bool,
    /// What policies call it.
    pub actions: &'static [Action],
    pub level: Level,
    /// What its resources are of, as AWS's authorization reference calls it; nothing for what is the account's.
    pub resources: &'static [&'static str],
}

/// Needed as well where a key is made with tags.
const TAG_RESOURCE: Action = Action("kms:TagResource");
/// Two keys may take part, and each is asked about by itself.
const RE_ENCRYPT: &[Action] = &[Action("kms:ReEncryptFrom"), Action("kms:ReEncryptTo")];

/// Whether it uses a key and changes nothing of what there is.
pub(super) const fn is_use(operation: Operation) -> bool {
    use Operation::*;
    matches!(
        operation,
        Decrypt | Encrypt | GenerateDataKey | GenerateDataKeyWithoutPlaintext | GenerateRandom | ReEncrypt
    )
}

/// Whether it gives a command.
pub(super) fn is_command(operation: Operation) -> bool {
    !is_use(operation) && matches!(row(operation).level, Level::Write | Level::Tagging | Level::Permissions)
}

/// The row of an operation.
pub(super) const fn row(operation: Operation) -> &'static Row {
    macro_rules! rows {
        ($($name:ident: $served:literal, $level:ident $(, $resource:literal)*;)*) => {
            match operation {
                Operation::ReEncrypt => {
                    &Row { served: true, actions: RE_ENCRYPT, level: Level::Write, resources: &["key"] }
                }
                $(Operation::$name => const {
                    const ACTIONS: &[Action] = &[Action(concat!("kms:", stringify!($name)))];
                    &Row { served: $served, actions: ACTIONS, level: Level::$level, resources: &[$($resource),*] }
                },)*
            }
        };
    }
    rows! {
        CancelKeyDeletion: true, Write, "key";
        ConnectCustomKeyStore: false, Write;
        CreateAlias: true, Write, "alias", "key";
        CreateCustomKeyStore: false, Write;
        CreateGrant: true, Permissions, "key";
        CreateKey: true, Write;
        Decapsulate: false, Write, "key";
        Decrypt: true, Write, "key";
        DeleteAlias: true, Write, "alias", "key";
        DeleteCustomKeyStore: false, Write;
        DeleteImportedKeyMaterial: false, Write, "key";
        DeriveSharedSecret: false, Write, "key";
        DescribeCustomKeyStores: false, Read;
        DescribeKey: true, Read, "key";
        DisableKey: true, Write, "key";
        DisableKeyRotation: true, Write, "key";
        DisconnectCustomKeyStore: false, Write;
        EnableKey: true, Write, "key";
        EnableKeyRotation: true, Write, "key";
        Encapsulate: false, Write, "key";
        Encrypt: true, Write, "key";
        GenerateDataKey: true, Write, "key";
        GenerateDataKeyPair: false, Write, "key";
        GenerateDataKeyPairWithoutPlaintext: false, Write, "key";
        GenerateDataKeyWithoutPlaintext: true, Write, "key";
        GenerateMac: false, Write, "key";
        GenerateRandom: true, Write;
        GetKeyLastUsage: false, Read, "key";
        GetKeyPolicy: true, Read, "key";
        GetKeyRotationStatus: true, Read, "key";
        GetParametersForImport: false, Read, "key";
        GetPublicKey: false, Read, "key";
        ImportKeyMaterial: false, Write, "key";
        ListAliases: true, List;
        ListGrants: true, List, "key";
        ListKeyPolicies: true, List, "key";
        ListKeyRotations: true, List, "key";
        ListKeys: true, List;
        ListResourceTags: true, List, "key";
        ListRetirableGrants: true, List;
        PutKeyPolicy: true, Permissions, "key";
        ReplicateKey: false, Write, "key";
        RetireGrant: true, Permissions, "key";
        RevokeGrant: true, Permissions, "key";
        RotateKeyOnDemand: true, Write, "key";
        ScheduleKeyDeletion: true, Write, "key";
        Sign: false, Write, "key";
        TagResource: true, Tagging, "key";
        UntagResource: true, Tagging, "key";
        UpdateAlias: true, Write, "alias", "key";
        UpdateCustomKeyStore: false, Write;
        UpdateKeyDescription: true, Write, "key";
        UpdatePrimaryRegion: false, Write, "key";
        Verify: false, Write, "key";
        VerifyMac: false, Write, "key";
    }
}

/// All of them, as they are published.
pub fn published() -> impl Iterator<Item = Published> {
    Operation::ALL.iter().map(|&operation| {
        let Row { served, actions, level, resources } = row(operation);
        Published {
            service: "kms",
            operation: operation.as_str(),
            actions,
            actions_with_tags: if operation == Operation::CreateKey { &[TAG_RESOURCE] } else { &[] },
            level: *level,
            resource_types: resources.to_vec(),
            served: *served,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_served_is_what_has_types() {
        assert!(Operation::ALL.iter().all(|operation| row(*operation).served == operation.is_served()));
    }

    #[test]
    fn the_actions_are_those_that_keys_decide_by() {
        use flumen_keys::KeyOperation;
        let served = Operation::ALL.iter().filter(|operation| operation.is_served());
        let actions: Vec<Action> = served.flat_map(|operation| row(*operation).actions).copied().collect();
        for operation in [KeyOperation::Decrypt, KeyOperation::ReEncryptTo, KeyOperation::ListRetirableGrants]
        {
            assert!(operation.actions().iter().all(|action| actions.contains(action)), "{operation:?}");
        }
    }
}
