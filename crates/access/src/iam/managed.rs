//! Managed policies and their versions. Those that come with the service are in every account, and nobody changes them.

use std::sync::Arc;

use flumen_protocol::iam::{
    CreatePolicyRequest, CreatePolicyResponse, CreatePolicyVersionRequest, CreatePolicyVersionResponse,
    DeletePolicyRequest, DeletePolicyVersionRequest, EntityType, GetPolicyRequest, GetPolicyResponse,
    GetPolicyVersionRequest, GetPolicyVersionResponse, ListEntitiesForPolicyRequest,
    ListEntitiesForPolicyResponse, ListPoliciesRequest, ListPoliciesResponse, ListPolicyVersionsRequest,
    ListPolicyVersionsResponse, Policy as PolicyShape, PolicyGroup, PolicyRole, PolicyScopeType,
    PolicyUsageType, PolicyUser, PolicyVersion, SetDefaultPolicyVersionRequest,
};

use super::inline::url_encoded;
use super::pages::{Page, listed, page};
use super::tags::{checked_tags, tag_shapes};
use super::{Iam, IamError, checked_path, time, within};
use crate::identity::managed::{self, Provided};
use crate::identity::state::{Account, Entity, Kind, Managed, Version, folded};
use crate::identity::{Document, Step};
use crate::policy::{Kind as PolicyKind, size};

const POLICIES_MAX: usize = 5_000;
const VERSIONS_MAX: usize = 5;
const BYTES_MAX: usize = 6_144;

/// Which managed policy an ARN is of.
pub(super) struct ManagedArn<'a> {
    arn: &'a str,
    /// Whose account it is asked in.
    account: &'a str,
    of: Of<'a>,
}

#[derive(Clone, Copy)]
enum Of<'a> {
    /// By name.
    Own(&'a str),
    Provided(&'static Provided),
    /// Nobody's.
    Unknown,
}

impl<'a> ManagedArn<'a> {
    /// Of the account, or of the service; of other accounts there are none to be had.
    pub fn parse(arn: &'a str, account: &'a str) -> Result<Self, IamError> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", of, path] = parts[..] else {
            return Err(IamError::InvalidArn { arn: arn.to_owned() });
        };
        let path = path.strip_prefix("policy/").filter(|_| partition.starts_with("aws"));
        let path = path.ok_or_else(|| IamError::InvalidArn { arn: arn.to_owned() })?;
        let of = match of {
            "aws" => managed::provided(arn).map_or(Of::Unknown, Of::Provided),
            id if id == account => Of::Own(path.rsplit('/').next().unwrap_or(path)),
            _ => Of::Unknown,
        };
        Ok(ManagedArn { arn, account, of })
    }

    /// The name of one that may be changed.
    pub fn own(&self) -> Result<&'a str, IamError> {
        match self.of {
            Of::Own(name) => Ok(name),
            Of::Provided(_) => Err(IamError::Unmodifiable { arn: self.arn.to_owned() }),
            Of::Unknown => Err(self.none()),
        }
    }

    /// What is in force.
    pub fn document<'d>(&self, account: &'d Account) -> Result<&'d Document, IamError> {
        match self.of {
            Of::Own(_) => self.found(account)?.document().ok_or_else(|| self.none()),
            Of::Provided(provided) => Ok(provided.document()),
            Of::Unknown => Err(self.none()),
        }
    }

    pub fn found<'m>(&self, account: &'m Account) -> Result<&'m Arc<Managed>, IamError> {
        let Of::Own(name) = self.of else { return Err(self.none()) };
        // What was decided about is the ARN that was given, so no other one finds it.
        let found = account.policies.get(&folded(name));
        found
            .filter(|policy| policy.named.arn(Kind::Policy, self.account) == self.arn)
            .ok_or_else(|| self.none())
    }

    fn none(&self) -> IamError {
        IamError::NoPolicy { arn: self.arn.to_owned() }
    }
}

/// The path in an ARN.
pub(super) fn managed_path(arn: &str) -> &str {
    let path = arn.split_once(":policy").map_or("/", |(_, path)| path);
    path.rfind('/').and_then(|end| path.get(..=end)).unwrap_or("/")
}

impl Iam<'_> {
    pub async fn create_policy(
        &self,
        input: &CreatePolicyRequest<'_>,
    ) -> Result<CreatePolicyResponse<'static>, IamError> {
        let path = checked_path(input.path.as_deref())?;
        let tags = checked_tags(input.tags.as_deref().unwrap_or_default())?;
        self.may_make(Kind::Policy, path, &input.policy_name, &tags, None)?;
        let document = checked_document(&input.policy_document)?;
        let policy = self
            .commit(|account, now_ms| {
                if account.policies.contains_key(&folded(&input.policy_name)) {
                    return Err(IamError::PolicyExists { name: input.policy_name.to_string() });
                }
                within(account.policies.len(), POLICIES_MAX, "PoliciesPerAccount")?;
                let first = Version { document: document.clone(), created_ms: now_ms };
                let policy = Arc::new(Managed {
                    named: self.named(Kind::Policy, &input.policy_name, Some(path), now_ms)?,
                    description: input.description.as_deref().map(str::to_owned),
                    tags: tags.clone(),
                    updated_ms: now_ms,
                    default: 1,
                    next: 2,
                    versions: [(1, first.into())].into(),
                });
                Ok((vec![Step::Set(Entity::Policy(policy.clone()))], policy))
            })
            .await?;
        Ok(CreatePolicyResponse { policy: Some(self.policy_shape(&policy, (0, 0))) })
    }

    pub fn get_policy(&self, input: &GetPolicyRequest<'_>) -> Result<GetPolicyResponse<'static>, IamError> {
        self.may(&input.policy_arn)?;
        let named = ManagedArn::parse(&input.policy_arn, self.id())?;
        self.read(|account| {
            let used = used(account, &input.policy_arn);
            let policy = match named.of {
                Of::Provided(provided) => provided_shape(provided, used),
                _ => {
                    let policy = named.found(account)?;
                    let tags = (!policy.tags.is_empty()).then(|| tag_shapes(&policy.tags));
                    PolicyShape { tags, ..self.policy_shape(policy, used) }
                }
            };
            Ok(GetPolicyResponse { policy: Some(policy) })
        })
    }

    pub fn list_policies(
        &self,
        input: &ListPoliciesRequest<'_>,
    ) -> Result<ListPoliciesResponse<'static>, IamError> {
        self.may_list()?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let scope = input.scope.unwrap_or_default();
        let page = self.read(|account| {
            let own = account.policies.values().filter(|_| scope != PolicyScopeType::Aws).map(|policy| {
                let arn = policy.named.arn(Kind::Policy, self.id());
                let shape = self.policy_shape(policy, used(account, &arn));
                (arn, PolicyShape { description: None, ..shape })
            });
            let provided =
                managed::all().iter().filter(|_| scope != PolicyScopeType::Local).map(|provided| {
                    (provided.arn.to_owned(), provided_shape(provided, used(account, provided.arn)))
                });
            let is_asked_for = |(arn, shape): &(String, PolicyShape<'_>)| {
                let count = match input.policy_usage_filter {
                    Some(PolicyUsageType::PermissionsBoundary) => shape.permissions_boundary_usage_count,
                    Some(PolicyUsageType::PermissionsPolicy) => shape.attachment_count,
                    None => Some(1),
                };
                let is_attached = !input.only_attached.unwrap_or(false)
                    || shape.attachment_count > Some(0)
                    || shape.permissions_boundary_usage_count > Some(0);
                managed_path(arn).starts_with(prefix) && count > Some(0) && is_attached
            };
            let mut all: Vec<_> = own.chain(provided).filter(is_asked_for).collect();
            all.sort_by(|(a, _), (b, _)| a.cmp(b));
            page(
                all.iter().map(|(arn, shape)| (&**arn, shape.clone())),
                input.marker.as_deref(),
                input.max_items,
            )
        })?;
        Ok(listed!(ListPoliciesResponse { some policies }, page))
    }

    pub async fn delete_policy(&self, input: &DeletePolicyRequest<'_>) -> Result<(), IamError> {
        self.may(&input.policy_arn)?;
        let named = ManagedArn::parse(&input.policy_arn, self.id())?;
        let name = named.own()?;
        self.commit(|account, _| {
            let policy = named.found(account)?;
            if used(account, &input.policy_arn) != (0, 0) {
                return Err(IamError::PolicyAttached);
            }
            if policy.versions.len() > 1 {
                return Err(IamError::PolicyHasVersions);
            }
            Ok((vec![Step::Remove { kind: Kind::Policy, name: folded(name) }], ()))
        })
        .await
    }

    pub async fn create_policy_version(
        &self,
        input: &CreatePolicyVersionRequest<'_>,
    ) -> Result<CreatePolicyVersionResponse<'static>, IamError> {
        self.may(&input.policy_arn)?;
        let document = checked_document(&input.policy_document)?;
        let version = self
            .change_policy(&input.policy_arn, |policy, now_ms| {
                if policy.versions.len() >= VERSIONS_MAX {
                    return Err(IamError::Versions { limit: VERSIONS_MAX });
                }
                let number = policy.next;
                let version = Version { document: document.clone(), created_ms: now_ms };
                policy.versions.insert(number, version.into());
                policy.next += 1;
                policy.updated_ms = now_ms;
                if input.set_as_default.unwrap_or(false) {
                    policy.default = number;
                }
                Ok(version_shape(policy, number, false))
            })
            .await?;
        Ok(CreatePolicyVersionResponse { policy_version: version })
    }

    pub fn get_policy_version(
        &self,
        input: &GetPolicyVersionRequest<'_>,
    ) -> Result<GetPolicyVersionResponse<'static>, IamError> {
        self.may(&input.policy_arn)?;
        let named = ManagedArn::parse(&input.policy_arn, self.id())?;
        let none = || no_version(&input.policy_arn, &input.version_id);
        let number = version_number(&input.version_id).ok_or_else(none)?;
        let version = match named.of {
            Of::Provided(provided) => (number == 1).then(|| provided_version(provided, true)),
            _ => {
                self.read(|account| Ok::<_, IamError>(version_shape(named.found(account)?, number, true)))?
            }
        };
        Ok(GetPolicyVersionResponse { policy_version: Some(version.ok_or_else(none)?) })
    }

    pub fn list_policy_versions(
        &self,
        input: &ListPolicyVersionsRequest<'_>,
    ) -> Result<ListPolicyVersionsResponse<'static>, IamError> {
        self.may(&input.policy_arn)?;
        let named = ManagedArn::parse(&input.policy_arn, self.id())?;
        let versions = match named.of {
            Of::Provided(provided) => vec![provided_version(provided, false)],
            _ => self.read(|account| {
                let policy = named.found(account)?;
                // The newest first.
                let numbers = policy.versions.keys().rev();
                let shapes = numbers.filter_map(|number| version_shape(policy, *number, false));
                Ok::<_, IamError>(shapes.collect())
            })?,
        };
        // There are never more than fit on a page.
        Ok(listed!(ListPolicyVersionsResponse { some versions }, Page { items: versions, marker: None }))
    }

    pub async fn delete_policy_version(
        &self,
        input: &DeletePolicyVersionRequest<'_>,
    ) -> Result<(), IamError> {
        self.may(&input.policy_arn)?;
        let none = || no_version(&input.policy_arn, &input.version_id);
        let number = version_number(&input.version_id).ok_or_else(none)?;
        self.change_policy(&input.policy_arn, |policy, _| {
            if number == policy.default {
                return Err(IamError::DefaultVersion);
            }
            policy.versions.remove(&number).map(drop).ok_or_else(none)
        })
        .await
    }

    pub async fn set_default_policy_version(
        &self,
        input: &SetDefaultPolicyVersionRequest<'_>,
    ) -> Result<(), IamError> {
        self.may(&input.policy_arn)?;
        let none = || no_version(&input.policy_arn, &input.version_id);
        let number = version_number(&input.version_id).ok_or_else(none)?;
        self.change_policy(&input.policy_arn, |policy, now_ms| {
            if !policy.versions.contains_key(&number) {
                return Err(none());
            }
            if policy.default != number {
                policy.default = number;
                policy.updated_ms = now_ms;
            }
            Ok(())
        })
        .await
    }

    /// Who has the policy, as a policy or as a boundary.
    pub fn list_entities_for_policy(
        &self,
        input: &ListEntitiesForPolicyRequest<'_>,
    ) -> Result<ListEntitiesForPolicyResponse<'static>, IamError> {
        self.may(&input.policy_arn)?;
        let named = ManagedArn::parse(&input.policy_arn, self.id())?;
        let arn = &*input.policy_arn;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let page = self.read(|account| {
            named.document(account)?;
            let has = |entity: &Entity| {
                let is_asked_for = match input.entity_filter {
                    None => true,
                    Some(EntityType::User) => entity.kind() == Kind::User,
                    Some(EntityType::Group) => entity.kind() == Kind::Group,
                    Some(EntityType::Role) => entity.kind() == Kind::Role,
                    Some(_) => false,
                };
                let (is_policy, is_boundary) = match input.policy_usage_filter {
                    None => (true, true),
                    Some(PolicyUsageType::PermissionsPolicy) => (true, false),
                    Some(PolicyUsageType::PermissionsBoundary) => (false, true),
                };
                is_asked_for
                    && entity.named().path.starts_with(prefix)
                    && entity.grants().is_some_and(|grants| {
                        (is_policy && grants.attached.contains(arn))
                            || (is_boundary && grants.boundary.as_deref() == Some(arn))
                    })
            };
            let mut all: Vec<(String, Entity)> = (account.grantees().filter(has))
                .map(|entity| (entity.named().arn(entity.kind(), self.id()), entity))
                .collect();
            all.sort_by(|(a, _), (b, _)| a.cmp(b));
            page(
                all.iter().map(|(arn, entity)| (&**arn, entity.clone())),
                input.marker.as_deref(),
                input.max_items,
            )
        })?;
        let (mut groups, mut users, mut roles) = (Vec::new(), Vec::new(), Vec::new());
        for entity in page.items {
            let name = Some(entity.named().name.clone().into());
            let id = Some(entity.named().id.clone().into());
            match entity.kind() {
                Kind::Group => groups.push(PolicyGroup { group_name: name, group_id: id }),
                Kind::User => users.push(PolicyUser { user_name: name, user_id: id }),
                Kind::Role => roles.push(PolicyRole { role_name: name, role_id: id }),
                Kind::Policy => {}
            }
        }
        Ok(ListEntitiesForPolicyResponse {
            policy_groups: Some(groups),
            policy_users: Some(users),
            policy_roles: Some(roles),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker.map(Into::into),
        })
    }

    async fn change_policy<T>(
        &self,
        arn: &str,
        change: impl Fn(&mut Managed, u64) -> Result<T, IamError>,
    ) -> Result<T, IamError> {
        let named = ManagedArn::parse(arn, self.id())?;
        named.own()?;
        self.commit(|account, now_ms| {
            let before = named.found(account)?;
            let mut after = (**before).clone();
            let answer = change(&mut after, now_ms)?;
            let steps = match after == **before {
                true => Vec::new(),
                false => vec![Step::Set(Entity::Policy(Arc::new(after)))],
            };
            Ok((steps, answer))
        })
        .await
    }

    fn policy_shape(&self, policy: &Managed, (attached, bounding): (i32, i32)) -> PolicyShape<'static> {
        PolicyShape {
            policy_name: Some(policy.named.name.clone().into()),
            policy_id: Some(policy.named.id.clone().into()),
            arn: Some(policy.named.arn(Kind::Policy, self.id()).into()),
            path: Some(policy.named.path.clone().into()),
            default_version_id: Some(format!("v{}", policy.default).into()),
            attachment_count: Some(attached),
            permissions_boundary_usage_count: Some(bounding),
            is_attachable: Some(true),
            description: policy.description.clone().map(Into::into),
            create_date: Some(time(policy.named.created_ms)),
            update_date: Some(time(policy.updated_ms)),
            tags: None,
        }
    }
}

fn checked_document(text: &str) -> Result<Document, IamError> {
    let bytes = size(text);
    if bytes > BYTES_MAX {
        return Err(IamError::Quota { what: "PolicySize", limit: BYTES_MAX });
    }
    Ok(Document::parse(text, PolicyKind::Identity)?)
}

/// How often a policy is attached, and how often it bounds.
fn used(account: &Account, arn: &str) -> (i32, i32) {
    let (mut attached, mut bounding) = (0, 0);
    for entity in account.grantees() {
        if let Some(grants) = entity.grants() {
            attached += i32::from(grants.attached.contains(arn));
            bounding += i32::from(grants.boundary.as_deref() == Some(arn));
        }
    }
    (attached, bounding)
}

fn no_version(arn: &str, version: &str) -> IamError {
    IamError::NoVersion { arn: arn.to_owned(), version: version.to_owned() }
}

fn version_number(id: &str) -> Option<u32> {
    id.strip_prefix('v')?.parse().ok()
}

fn version_shape(policy: &Managed, number: u32, with_document: bool) -> Option<PolicyVersion<'static>> {
    let version = policy.versions.get(&number)?;
    Some(PolicyVersion {
        document: with_document.then(|| url_encoded(&version.document.text).into()),
        version_id: Some(format!("v{number}").into()),
        is_default_version: Some(number == policy.default),
        create_date: Some(time(version.created_ms)),
    })
}

fn provided_shape(provided: &Provided, (attached, bounding): (i32, i32)) -> PolicyShape<'static> {
    PolicyShape {
        policy_name: Some(provided.name().into()),
        policy_id: Some(provided.id.into()),
        arn: Some(provided.arn.into()),
        path: Some(managed_path(provided.arn).to_owned().into()),
        default_version_id: Some("v1".into()),
        attachment_count: Some(attached),
        permissions_boundary_usage_count: Some(bounding),
        is_attachable: Some(true),
        description: Some(provided.description.into()),
        create_date: Some(time(managed::SINCE_MS)),
        update_date: Some(time(managed::SINCE_MS)),
        tags: None,
    }
}

fn provided_version(provided: &Provided, with_document: bool) -> PolicyVersion<'static> {
    PolicyVersion {
        document: with_document.then(|| url_encoded(&provided.document().text).into()),
        version_id: Some("v1".into()),
        is_default_version: Some(true),
        create_date: Some(time(managed::SINCE_MS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_whose_a_policy_is() {
        let of = |arn| ManagedArn::parse(arn, "111111111111");
        assert_eq!(of("arn:aws:iam::111111111111:policy/a/b/P").unwrap().own().unwrap(), "P");
        assert!(matches!(
            of("arn:aws:iam::aws:policy/AdministratorAccess").unwrap().own(),
            Err(IamError::Unmodifiable { .. })
        ));
        for unknown in ["arn:aws:iam::222222222222:policy/P", "arn:aws:iam::aws:policy/None"] {
            assert!(matches!(of(unknown).unwrap().own(), Err(IamError::NoPolicy { .. })), "{unknown}");
        }
        for wrong in ["", "P", "arn:aws:iam::111111111111:user/P", "arn:aws:s3:::policy/P"] {
            assert!(matches!(of(wrong), Err(IamError::InvalidArn { .. })), "{wrong}");
        }
        assert_eq!(managed_path("arn:aws:iam::1:policy/a/b/P"), "/a/b/");
        assert_eq!(managed_path("arn:aws:iam::1:policy/P"), "/");
    }
}
