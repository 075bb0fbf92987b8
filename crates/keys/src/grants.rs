//! Grants: who may do what with a key beside its policy, and with which encryption context. Source: "Grants in AWS KMS" in the
//! developer guide.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use base64_simd::URL_SAFE_NO_PAD as BASE64;
use flumen_access::policy::{Kind, Policy};
use flumen_access::{Caller, RequestContext};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::command::Step;
use crate::context::Context;
use crate::door::KeyRequest;
use crate::ids::GrantId;
use crate::names::{KeyArn, Named};
use crate::operations::KeyOperation;
use crate::pages::{Listed, Page};
use crate::state::State;
use crate::{KeyError, Keys};

/// AWS has 50,000; these are looked through at each use of the key.
pub const GRANTS_OF_KEY_MAX: usize = 1000;
/// A token is shorter by far.
const TOKEN_BYTES_MAX: usize = 512;
/// Before the ARN and the id in a token.
const TOKEN_VERSION: &str = "1";

/// What a grant may allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GrantOperation {
    Decrypt,
    Encrypt,
    GenerateDataKey,
    GenerateDataKeyWithoutPlaintext,
    ReEncryptFrom,
    ReEncryptTo,
    CreateGrant,
    RetireGrant,
    DescribeKey,
}

impl GrantOperation {
    pub const ALL: [GrantOperation; 9] = [
        GrantOperation::Decrypt,
        GrantOperation::Encrypt,
        GrantOperation::GenerateDataKey,
        GrantOperation::GenerateDataKeyWithoutPlaintext,
        GrantOperation::ReEncryptFrom,
        GrantOperation::ReEncryptTo,
        GrantOperation::CreateGrant,
        GrantOperation::RetireGrant,
        GrantOperation::DescribeKey,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            GrantOperation::Decrypt => "Decrypt",
            GrantOperation::Encrypt => "Encrypt",
            GrantOperation::GenerateDataKey => "GenerateDataKey",
            GrantOperation::GenerateDataKeyWithoutPlaintext => "GenerateDataKeyWithoutPlaintext",
            GrantOperation::ReEncryptFrom => "ReEncryptFrom",
            GrantOperation::ReEncryptTo => "ReEncryptTo",
            GrantOperation::CreateGrant => "CreateGrant",
            GrantOperation::RetireGrant => "RetireGrant",
            GrantOperation::DescribeKey => "DescribeKey",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == name)
    }
}

/// Of operations that have an encryption context, which it has to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Constraint {
    /// These pairs and no others.
    Equals(BTreeMap<String, String>),
    /// These pairs at least.
    Subset(BTreeMap<String, String>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grant {
    pub key: KeyArn,
    pub id: GrantId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// ARNs.
    pub grantee: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retiring: Option<String>,
    pub operations: BTreeSet<GrantOperation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<Constraint>,
    pub created_ms: u64,
    /// The account under which it was made.
    pub issuing_account: String,
    /// What it allows, as a policy.
    #[serde(skip)]
    policy: OnceLock<Arc<Policy>>,
}

impl PartialEq for Grant {
    fn eq(&self, other: &Self) -> bool {
        self.is_alike(other)
            && (&self.key, self.id, self.created_ms) == (&other.key, other.id, other.created_ms)
    }
}

/// A grant as it is asked for.
#[derive(Clone, Debug, Default)]
pub struct NewGrant {
    pub name: Option<String>,
    pub grantee: String,
    pub retiring: Option<String>,
    pub operations: BTreeSet<GrantOperation>,
    pub constraint: Option<Constraint>,
}

impl Grant {
    /// Says of which grant it is: whoever has it needs nothing more, since grants hold at once.
    pub fn token(&self) -> String {
        BASE64.encode_to_string(format!("{TOKEN_VERSION} {} {}", self.key, self.id))
    }

    /// What it allows, where its constraint holds. Whoever may retire it by being named for that may do so whatever its constraint.
    pub(crate) fn policy(&self) -> &Arc<Policy> {
        let read = || {
            let text = policy_text(&self.grantee, self.retiring.as_deref(), &self.operations);
            // It parsed when the grant was made.
            Arc::new(Policy::parse(&text, Kind::Key).unwrap_or_else(|_| Policy::denies_all()))
        };
        self.policy.get_or_init(read)
    }

    /// Whether it lets anybody do the operation with that context; nothing where the operation has none.
    pub(crate) fn is_about(&self, operation: GrantOperation, context: Option<&Context>) -> bool {
        if !self.operations.contains(&operation) {
            return operation == GrantOperation::RetireGrant && self.retiring.is_some();
        }
        let (Some(constraint), Some(context)) = (&self.constraint, context) else { return true };
        match constraint {
            Constraint::Equals(wanted) => wanted == context.pairs(),
            Constraint::Subset(wanted) => {
                wanted.iter().all(|(key, value)| context.pairs().get(key) == Some(value))
            }
        }
    }

    /// What it takes of memory, about.
    pub(crate) fn weight(&self) -> usize {
        let texts = [&self.name, &self.retiring].into_iter().flatten().map(String::len).sum::<usize>();
        let pairs = self.constraint.iter().flat_map(Constraint::pairs);
        let context: usize = pairs.map(|(key, value)| key.len() + value.len() + 64).sum();
        2048 + texts + self.grantee.len() + context
    }

    /// Whether it says the same as another one.
    fn is_alike(&self, other: &Grant) -> bool {
        self.name == other.name
            && self.grantee == other.grantee
            && self.retiring == other.retiring
            && self.operations == other.operations
            && self.constraint == other.constraint
            && self.issuing_account == other.issuing_account
    }
}

/// In the language of policies.
fn policy_text(grantee: &str, retiring: Option<&str>, operations: &BTreeSet<GrantOperation>) -> String {
    let statement = |principal: &str, actions: Vec<String>| json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions, "Resource": "*"});
    let actions = operations.iter().map(|operation| format!("kms:{}", operation.as_str())).collect();
    let mut statements = vec![statement(grantee, actions)];
    statements.extend(retiring.map(|retiring| statement(retiring, vec!["kms:RetireGrant".to_owned()])));
    json!({"Statement": statements}).to_string()
}

/// The key and the grant that a token is of.
pub(crate) fn read_token(token: &str, caller: &Caller) -> Result<(KeyArn, GrantId), KeyError> {
    let read = || {
        let bytes = (token.len() <= TOKEN_BYTES_MAX).then(|| BASE64.decode_to_vec(token).ok())??;
        let text = String::from_utf8(bytes).ok()?;
        let mut parts = text.split(' ');
        let (version, arn, id) = (parts.next()?, parts.next()?, parts.next()?);
        let arn = Named::parse_key(arn, caller.realm()).ok()?;
        let is_whole = version == TOKEN_VERSION && parts.next().is_none();
        is_whole.then_some((arn, id.parse().ok()?))
    };
    read().ok_or(KeyError::GrantToken)
}

impl Keys {
    /// A grant that says the same under the same name is answered with again. With the grant there is whether it was made now.
    ///
    /// # Errors
    /// Where KMS would refuse, and where it cannot be written.
    pub async fn create_grant(
        &self,
        caller: &Caller,
        key: &str,
        new: &NewGrant,
        tokens: &[&str],
        dry_run: bool,
    ) -> Result<Arc<Grant>, KeyError> {
        self.check_tokens(caller, tokens)?;
        // Whoever is allowed by a grant may pass on no more than that grant allows.
        let operations = new.operations.iter().map(|operation| operation.as_str().to_owned()).collect();
        let mut given = RequestContext::default()
            .and("kms:granteeprincipal", new.grantee.clone())
            .and("kms:grantisforawsresource", "false")
            .and_all("kms:grantoperations", operations);
        if let Some(retiring) = &new.retiring {
            given = given.and("kms:retiringprincipal", retiring.clone());
        }
        let context = match &new.constraint {
            None => None,
            Some(constraint) => {
                given = given.and("kms:grantconstrainttype", constraint.kind());
                Some(Context::new(constraint.pairs().clone())?)
            }
        };
        let asked = KeyRequest {
            given: Some(&given),
            context: context.as_ref(),
            passes_on: Some(new),
            ..KeyRequest::of(KeyOperation::CreateGrant)
        };
        let key = self.named_key(caller, key, &asked)?;
        key.is_enabled()?;
        if new.operations.is_empty() {
            return Err(KeyError::Validation("A grant has to allow one operation at least.".to_owned()));
        }
        let text = policy_text(&new.grantee, new.retiring.as_deref(), &new.operations);
        if Policy::parse(&text, Kind::Key).is_err() {
            let arn = new.retiring.as_deref().unwrap_or(&new.grantee);
            return Err(KeyError::InvalidArn { text: format!("{}, {arn}", new.grantee) });
        }
        if dry_run {
            return Err(KeyError::DryRun);
        }
        let id = GrantId::random()?;
        let arn = key.arn.clone();
        self.commit(caller.origin(), |state, now_ms| {
            let key = state.key(&arn, now_ms).ok_or_else(|| KeyError::NoKey { arn: arn.clone() })?;
            key.is_enabled()?;
            let NewGrant { name, grantee, retiring, operations, constraint } = new.clone();
            let grant = Arc::new(Grant {
                key: arn.clone(),
                id,
                name,
                grantee,
                retiring,
                operations,
                constraint,
                created_ms: now_ms,
                issuing_account: caller.principal().account().to_owned(),
                policy: OnceLock::new(),
            });
            // Without a name each one is another.
            if grant.name.is_some()
                && let Some(alike) = state.grants_of(&arn).find(|known| known.is_alike(&grant))
            {
                return Ok((Vec::new(), alike.clone()));
            }
            if state.grants_of(&arn).count() >= GRANTS_OF_KEY_MAX {
                return Err(too_many_grants(&arn));
            }
            Ok((vec![Step::Grant(grant.clone())], grant))
        })
        .await
    }

    /// Of a key; behind a marker, by rising ids. `grantee` and `id` leave others out.
    ///
    /// # Errors
    /// Where KMS would refuse.
    pub fn list_grants(
        &self,
        caller: &Caller,
        key: &str,
        grantee: Option<&str>,
        id: Option<&str>,
        page: Page<'_>,
    ) -> Result<Listed<Arc<Grant>>, KeyError> {
        let id = id.map(read_id).transpose()?;
        let key = self.named_key(caller, key, &KeyRequest::of(KeyOperation::ListGrants))?;
        let state = self.state();
        let wanted = |grant: &&Arc<Grant>| {
            grantee.is_none_or(|grantee| grant.grantee == grantee) && id.is_none_or(|id| grant.id == id)
        };
        page.of(state.grants_of(&key.arn).filter(wanted), |grant| grant.id.to_string())
    }

    /// Those of the caller's account and region that this principal may retire.
    ///
    /// # Errors
    /// Where KMS would refuse.
    pub fn list_retirable_grants(
        &self,
        caller: &Caller,
        retiring: &str,
        page: Page<'_>,
    ) -> Result<Listed<Arc<Grant>>, KeyError> {
        self.may_in_account(caller, KeyOperation::ListRetirableGrants, None)?;
        let (state, realm) = (self.state(), caller.realm());
        let mut grants: Vec<_> = state.grants_in(&realm.account, &realm.region).collect();
        grants.retain(|grant| grant.retiring.as_deref() == Some(retiring));
        grants.sort_by_key(|grant| grant.id);
        page.of(grants, |grant| grant.id.to_string())
    }

    /// By whoever administers the key.
    ///
    /// # Errors
    /// Where KMS would refuse, and where it cannot be written.
    pub async fn revoke_grant(
        &self,
        caller: &Caller,
        key: &str,
        id: &str,
        dry_run: bool,
    ) -> Result<(), KeyError> {
        let given = RequestContext::default().and("kms:grantisforawsresource", "false");
        let asked = KeyRequest { given: Some(&given), ..KeyRequest::of(KeyOperation::RevokeGrant) };
        let key = self.named_key(caller, key, &asked)?;
        self.remove_grant(caller, &key.arn, read_id(id)?, dry_run).await
    }

    /// By whoever it names for that, or its grantee if it lets them: of a key by its id, or by its token.
    ///
    /// # Errors
    /// Where KMS would refuse, and where it cannot be written.
    pub async fn retire_grant(
        &self,
        caller: &Caller,
        token: Option<&str>,
        key_and_id: Option<(&str, &str)>,
        dry_run: bool,
    ) -> Result<(), KeyError> {
        let (arn, id) = match (token, key_and_id) {
            (Some(token), _) => read_token(token, caller)?,
            (None, Some((key, id))) => (Named::parse_key(key, caller.realm())?, read_id(id)?),
            (None, None) => {
                let text = "Either a grant token, or a key ID and a grant ID have to be given.";
                return Err(KeyError::Validation(text.to_owned()));
            }
        };
        let asked = KeyRequest { grant: Some(id), ..KeyRequest::of(KeyOperation::RetireGrant) };
        let key = self.let_in(caller, &Named::Key(arn), &asked)?;
        self.remove_grant(caller, &key.arn, id, dry_run).await
    }

    async fn remove_grant(
        &self,
        caller: &Caller,
        arn: &KeyArn,
        id: GrantId,
        dry_run: bool,
    ) -> Result<(), KeyError> {
        let check = |state: &State| match state.grant(arn, id) {
            Some(_) => Ok(()),
            None => Err(KeyError::NoGrant { id: id.to_string() }),
        };
        if dry_run {
            check(&self.state())?;
            return Err(KeyError::DryRun);
        }
        self.commit(caller.origin(), |state, _| {
            check(state)?;
            Ok((vec![Step::RemoveGrant { of: arn.clone(), id }], ()))
        })
        .await
    }

    /// Grants hold at once, so a token adds nothing; one that is none is refused.
    pub(crate) fn check_tokens(&self, caller: &Caller, tokens: &[&str]) -> Result<(), KeyError> {
        tokens.iter().try_for_each(|token| read_token(token, caller).map(drop))
    }
}

impl Constraint {
    pub fn pairs(&self) -> &BTreeMap<String, String> {
        match self {
            Constraint::Equals(pairs) | Constraint::Subset(pairs) => pairs,
        }
    }

    /// As policies and callers name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Constraint::Equals(_) => "EncryptionContextEquals",
            Constraint::Subset(_) => "EncryptionContextSubset",
        }
    }
}

impl NewGrant {
    /// Whether another grant allows no less: whoever may pass a grant on may pass on no more than it is.
    pub(crate) fn is_within(&self, grant: &Grant) -> bool {
        let is_constrained = match (&grant.constraint, &self.constraint) {
            (None, _) => true,
            (Some(Constraint::Equals(outer)), Some(Constraint::Equals(inner))) => outer == inner,
            (
                Some(Constraint::Subset(outer)),
                Some(Constraint::Equals(inner) | Constraint::Subset(inner)),
            ) => outer.iter().all(|(key, value)| inner.get(key) == Some(value)),
            _ => false,
        };
        is_constrained && self.operations.is_subset(&grant.operations)
    }
}

fn read_id(id: &str) -> Result<GrantId, KeyError> {
    id.parse().map_err(|_| KeyError::InvalidGrantId { id: id.to_owned() })
}

fn too_many_grants(arn: &KeyArn) -> KeyError {
    KeyError::TooMany { what: format!("The key {arn}"), limit: GRANTS_OF_KEY_MAX, of: "grants" }
}

#[cfg(test)]
mod tests {
    use flumen_types::Realm;

    use super::*;
    use crate::ids::KeyId;

    /// Texts are counted, or a caller could keep more of them than the bound on memory knows of.
    #[test]
    fn a_grant_weighs_what_callers_put_into_it() {
        let realm = Realm { account: "111111111111".into(), region: "eu-west-1".into() };
        let bare = Grant {
            key: KeyArn { account: realm.account, region: realm.region, id: KeyId::random().unwrap() },
            id: GrantId::random().unwrap(),
            name: None,
            grantee: String::new(),
            retiring: None,
            operations: BTreeSet::new(),
            constraint: None,
            created_ms: 0,
            issuing_account: "111111111111".into(),
            policy: OnceLock::new(),
        };
        let more = |change: fn(&mut Grant)| {
            let mut grant = bare.clone();
            change(&mut grant);
            grant.weight() - bare.weight()
        };
        assert!(bare.weight() >= size_of::<Grant>());
        assert_eq!(more(|grant| grant.name = Some("x".repeat(256))), 256);
        assert_eq!(more(|grant| grant.retiring = Some("x".repeat(100))), 100);
        assert_eq!(more(|grant| grant.grantee = "x".repeat(30)), 30);
        let two = |grant: &mut Grant| {
            let pairs = [("a".repeat(5), "1".repeat(7)), ("b".to_owned(), "2".repeat(9))];
            grant.constraint = Some(Constraint::Subset(pairs.into()));
        };
        assert!(more(two) >= 5 + 7 + 1 + 9 + 2 * 2 * size_of::<String>());
    }
}
