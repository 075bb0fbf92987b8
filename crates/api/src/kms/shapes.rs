//! Keys, aliases and grants as KMS writes them, and back.

use std::borrow::Cow;
use std::collections::BTreeMap;

use flumen_keys::{
    self as keys, Alias, Constraint, Context, Key, KeyError, KeyState, MadeBy, Material, NewGrant, NewKey,
};
use flumen_protocol::kms::{
    AliasListEntry, CreateGrantRequest, CreateKeyRequest, CustomerMasterKeySpec, EncryptionAlgorithmSpec,
    GrantConstraints, GrantListEntry, GrantOperation, KeyManagerType, KeyMaterialState, KeyMetadata, KeySpec,
    KeyState as KeyStateShape, KeyUsageType, OriginType, RotationType, RotationsListEntry, Tag,
};
use flumen_protocol::{TextMap, Timestamp};

use super::errors::Refused;

/// Answers outlive what they are made of.
pub(super) fn own(text: impl ToString) -> Option<Cow<'static, str>> {
    Some(Cow::Owned(text.to_string()))
}

pub(super) fn state(of: &Key) -> KeyStateShape {
    match of.state {
        KeyState::Enabled => KeyStateShape::Enabled,
        KeyState::Disabled => KeyStateShape::Disabled,
        KeyState::PendingDeletion { .. } | KeyState::Gone => KeyStateShape::PendingDeletion,
    }
}

/// When it will be no more.
pub(super) fn deletion(of: &Key) -> Option<Timestamp> {
    match of.state {
        KeyState::PendingDeletion { from_ms } => Some(Timestamp::of_ms(from_ms)),
        KeyState::Enabled | KeyState::Disabled | KeyState::Gone => None,
    }
}

pub(super) fn metadata(of: &Key) -> KeyMetadata<'static> {
    KeyMetadata {
        aws_account_id: own(&of.arn.account),
        key_id: of.arn.id.to_string().into(),
        arn: own(&of.arn),
        creation_date: Some(Timestamp::of_ms(of.created_ms)),
        enabled: Some(of.state == KeyState::Enabled),
        description: own(&of.description),
        key_usage: Some(KeyUsageType::EncryptDecrypt),
        key_state: Some(state(of)),
        deletion_date: deletion(of),
        origin: Some(OriginType::AwsKms),
        key_manager: Some(if of.is_managed { KeyManagerType::Aws } else { KeyManagerType::Customer }),
        customer_master_key_spec: Some(CustomerMasterKeySpec::SymmetricDefault),
        key_spec: Some(KeySpec::SymmetricDefault),
        encryption_algorithms: Some(vec![EncryptionAlgorithmSpec::SymmetricDefault]),
        multi_region: Some(false),
        current_key_material_id: of.material().and_then(|material| own(material.id)),
        ..Default::default()
    }
}

pub(super) fn alias(of: &Alias) -> AliasListEntry<'static> {
    AliasListEntry {
        alias_name: own(&of.arn.name),
        alias_arn: own(&of.arn),
        target_key_id: own(of.key),
        creation_date: Some(Timestamp::of_ms(of.created_ms)),
        last_updated_date: Some(Timestamp::of_ms(of.updated_ms)),
    }
}

pub(super) fn rotation(of: &Key, material: &Material) -> RotationsListEntry<'static> {
    let rotated = match material.by {
        MadeBy::Creation => None,
        MadeBy::Time => Some(RotationType::Automatic),
        MadeBy::Demand => Some(RotationType::OnDemand),
    };
    RotationsListEntry {
        key_id: own(&of.arn),
        key_material_id: own(material.id),
        key_material_state: Some(match of.material() == Some(material) {
            true => KeyMaterialState::Current,
            false => KeyMaterialState::NonCurrent,
        }),
        rotation_date: rotated.map(|_| Timestamp::of_ms(material.from_ms)),
        rotation_type: rotated,
        ..Default::default()
    }
}

pub(super) fn grant(of: &keys::Grant) -> GrantListEntry<'static> {
    let pairs = |pairs: &BTreeMap<String, String>| -> TextMap<'static> {
        pairs.iter().map(|(key, value)| (key.clone().into(), value.clone().into())).collect()
    };
    let constraints = of.constraint.as_ref().map(|constraint| match constraint {
        Constraint::Equals(wanted) => {
            GrantConstraints { encryption_context_equals: Some(pairs(wanted)), ..Default::default() }
        }
        Constraint::Subset(wanted) => {
            GrantConstraints { encryption_context_subset: Some(pairs(wanted)), ..Default::default() }
        }
    });
    let operation = |operation: &keys::GrantOperation| GrantOperation::parse(operation.as_str());
    GrantListEntry {
        key_id: own(&of.key),
        grant_id: own(of.id),
        // AWS has it there, too, where there is none.
        name: own(of.name.as_deref().unwrap_or_default()),
        creation_date: Some(Timestamp::of_ms(of.created_ms)),
        grantee_principal: own(&of.grantee),
        retiring_principal: of.retiring.as_deref().and_then(own),
        issuing_account: own(format!("arn:aws:iam::{}:root", of.issuing_account)),
        operations: Some(of.operations.iter().filter_map(operation).collect()),
        constraints,
        ..Default::default()
    }
}

pub(super) fn tags_given(given: &[Tag<'_>]) -> Vec<(String, String)> {
    given.iter().map(|tag| (tag.tag_key.to_string(), tag.tag_value.to_string())).collect()
}

pub(super) fn context(given: &Option<TextMap<'_>>) -> Result<Context, KeyError> {
    Context::new(given.iter().flatten().map(|(key, value)| (key.to_string(), value.to_string())))
}

pub(super) fn texts<'t>(given: &'t Option<Vec<Cow<'_, str>>>) -> Vec<&'t str> {
    given.iter().flatten().map(|text| &**text).collect()
}

/// # Errors
/// Where it asks for a key of another kind than there are.
pub(super) fn key_given(given: &CreateKeyRequest<'_>) -> Result<NewKey, Refused> {
    let unsupported = |what: String| Err(Refused::Unsupported(what));
    let spec = given.key_spec.map(KeySpec::as_str);
    let spec = spec.or(given.customer_master_key_spec.map(CustomerMasterKeySpec::as_str));
    if given.key_spec.is_some() && given.customer_master_key_spec.is_some() {
        return Err(Refused::Invalid("KeySpec and CustomerMasterKeySpec cannot be given both."));
    }
    if let Some(spec) = spec.filter(|spec| *spec != KeySpec::SymmetricDefault.as_str()) {
        return unsupported(format!("KeySpec {spec} is not supported: SYMMETRIC_DEFAULT is."));
    }
    if let Some(usage) = given.key_usage.filter(|usage| *usage != KeyUsageType::EncryptDecrypt) {
        return unsupported(format!(
            "KeyUsage {} is not supported for keys of SYMMETRIC_DEFAULT: ENCRYPT_DECRYPT is.",
            usage.as_str()
        ));
    }
    if let Some(origin) = given.origin.filter(|origin| *origin != OriginType::AwsKms) {
        return unsupported(format!("Origin {} is not supported: AWS_KMS is.", origin.as_str()));
    }
    if given.custom_key_store_id.is_some() || given.xks_key_id.is_some() {
        return unsupported("Custom key stores are not supported.".to_owned());
    }
    if given.multi_region == Some(true) {
        return unsupported(
            "Keys of several regions are not supported: MultiRegion has to be false.".to_owned(),
        );
    }
    Ok(NewKey {
        description: given.description.as_deref().unwrap_or_default().to_owned(),
        policy: given.policy.as_deref().map(str::to_owned),
        bypasses_lockout_check: given.bypass_policy_lockout_safety_check.unwrap_or(false),
        tags: tags_given(given.tags.as_deref().unwrap_or_default()),
    })
}

/// # Errors
/// Where it asks for what no grant has here.
pub(super) fn grant_given(given: &CreateGrantRequest<'_>) -> Result<NewGrant, Refused> {
    if given.grantee_service_principal.is_some() || given.retiring_service_principal.is_some() {
        let text = "Grants for services are not supported: GranteePrincipal has to be an ARN.";
        return Err(Refused::Unsupported(text.to_owned()));
    }
    let Some(grantee) = &given.grantee_principal else {
        return Err(Refused::Invalid("GranteePrincipal has to be given."));
    };
    let operation = |operation: &GrantOperation| {
        keys::GrantOperation::parse(operation.as_str()).ok_or_else(|| {
            let text = format!("Keys of SYMMETRIC_DEFAULT have no operation {}.", operation.as_str());
            Refused::Key(KeyError::Validation(text))
        })
    };
    Ok(NewGrant {
        name: given.name.as_deref().map(str::to_owned),
        grantee: grantee.to_string(),
        retiring: given.retiring_principal.as_deref().map(str::to_owned),
        operations: given.operations.iter().map(operation).collect::<Result<_, _>>()?,
        constraint: given.constraints.as_ref().map(constraint_given).transpose()?.flatten(),
    })
}

fn constraint_given(given: &GrantConstraints<'_>) -> Result<Option<Constraint>, Refused> {
    let pairs = |pairs: &TextMap<'_>| -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    };
    if given.source_arn.is_some() {
        return Err(Refused::Unsupported("SourceArn of Constraints is not supported.".to_owned()));
    }
    match (&given.encryption_context_equals, &given.encryption_context_subset) {
        (Some(_), Some(_)) => {
            Err(Refused::Invalid("EncryptionContextEquals and EncryptionContextSubset cannot be given both."))
        }
        (Some(wanted), None) => Ok(Some(Constraint::Equals(pairs(wanted)))),
        (None, Some(wanted)) => Ok(Some(Constraint::Subset(pairs(wanted)))),
        (None, None) => Ok(None),
    }
}
