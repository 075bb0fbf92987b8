//! Policies that are part of a user, a group or a role.

use flumen_protocol::iam::{
    DeleteGroupPolicyRequest, DeleteRolePolicyRequest, DeleteUserPolicyRequest, GetGroupPolicyRequest,
    GetGroupPolicyResponse, GetRolePolicyRequest, GetRolePolicyResponse, GetUserPolicyRequest,
    GetUserPolicyResponse, ListGroupPoliciesRequest, ListGroupPoliciesResponse, ListRolePoliciesRequest,
    ListRolePoliciesResponse, ListUserPoliciesRequest, ListUserPoliciesResponse, PutGroupPolicyRequest,
    PutRolePolicyRequest, PutUserPolicyRequest,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::pages::{Page, listed, page};
use super::{Iam, IamError};
use crate::identity::Document;
use crate::identity::state::{Grants, Kind};
use crate::policy::{Kind as PolicyKind, size};

/// Of all inline policies of one of them together, without white space.
fn bytes_max(kind: Kind) -> usize {
    match kind {
        Kind::User => 2_048,
        Kind::Group => 5_120,
        Kind::Role | Kind::Policy => 10_240,
    }
}

macro_rules! of_each_kind {
    ($($kind:ident $name:ident: $put:ident($Put:ident) $get:ident($Get:ident) -> $Got:ident $delete:ident($Delete:ident)
        $list:ident($List:ident) -> $Listed:ident;)*) => {
        impl Iam<'_> {$(
            pub async fn $put(&self, input: &$Put<'_>) -> Result<(), IamError> {
                self.put_inline(Kind::$kind, &input.$name, &input.policy_name, &input.policy_document).await
            }

            pub fn $get(&self, input: &$Get<'_>) -> Result<$Got<'static>, IamError> {
                let (name, policy) = (&*input.$name, &*input.policy_name);
                let document = self.inline(Kind::$kind, name, policy)?;
                Ok($Got {
                    $name: name.to_owned().into(),
                    policy_name: policy.to_owned().into(),
                    policy_document: url_encoded(&document.text).into(),
                })
            }

            pub async fn $delete(&self, input: &$Delete<'_>) -> Result<(), IamError> {
                self.delete_inline(Kind::$kind, &input.$name, &input.policy_name).await
            }

            pub fn $list(&self, input: &$List<'_>) -> Result<$Listed<'static>, IamError> {
                let (marker, max) = (input.marker.as_deref(), input.max_items);
                let page = self.inline_names(Kind::$kind, &input.$name, marker, max)?;
                Ok(listed!($Listed { policy_names }, page))
            }
        )*}
    };
}

of_each_kind! {
    User user_name: put_user_policy(PutUserPolicyRequest) get_user_policy(GetUserPolicyRequest) -> GetUserPolicyResponse
        delete_user_policy(DeleteUserPolicyRequest) list_user_policies(ListUserPoliciesRequest) -> ListUserPoliciesResponse;
    Group group_name: put_group_policy(PutGroupPolicyRequest)
        get_group_policy(GetGroupPolicyRequest) -> GetGroupPolicyResponse delete_group_policy(DeleteGroupPolicyRequest)
        list_group_policies(ListGroupPoliciesRequest) -> ListGroupPoliciesResponse;
    Role role_name: put_role_policy(PutRolePolicyRequest) get_role_policy(GetRolePolicyRequest) -> GetRolePolicyResponse
        delete_role_policy(DeleteRolePolicyRequest) list_role_policies(ListRolePoliciesRequest) -> ListRolePoliciesResponse;
}

impl Iam<'_> {
    async fn put_inline(&self, kind: Kind, name: &str, policy: &str, text: &str) -> Result<(), IamError> {
        self.may_with(kind, name)?;
        let document = Document::parse(text, PolicyKind::Identity)?;
        self.change(kind, name, |entity, _, _| {
            let Some(grants) = entity.grants_mut() else { return Err(IamError::none(kind, name)) };
            grants.inline.insert(policy.to_owned(), document.clone());
            let bytes: usize = grants.inline.values().map(|document| size(&document.text)).sum();
            let limit = bytes_max(kind);
            if bytes > limit {
                let (kind, name) = (kind.as_str(), name.to_owned());
                return Err(IamError::InlineTooLarge { limit, kind, name });
            }
            Ok(())
        })
        .await
    }

    fn inline(&self, kind: Kind, name: &str, policy: &str) -> Result<Document, IamError> {
        self.may_with(kind, name)?;
        let entity = self.found(kind, name)?;
        let document = entity.grants().and_then(|grants| grants.inline.get(policy)).cloned();
        document.ok_or_else(|| none(kind, policy))
    }

    async fn delete_inline(&self, kind: Kind, name: &str, policy: &str) -> Result<(), IamError> {
        self.may_with(kind, name)?;
        self.change(kind, name, |entity, _, _| {
            let removed = entity.grants_mut().and_then(|grants| grants.inline.remove(policy));
            removed.map(drop).ok_or_else(|| none(kind, policy))
        })
        .await
    }

    fn inline_names(
        &self,
        kind: Kind,
        name: &str,
        marker: Option<&str>,
        max_items: Option<i32>,
    ) -> Result<Page<std::borrow::Cow<'static, str>>, IamError> {
        self.may_with(kind, name)?;
        let entity = self.found(kind, name)?;
        let none = Grants::default();
        let names = entity.grants().unwrap_or(&none).inline.keys();
        page(names.map(|name| (&**name, name.clone().into())), marker, max_items)
    }
}

fn none(kind: Kind, policy: &str) -> IamError {
    IamError::NoInline { kind: kind.as_str(), name: policy.to_owned() }
}

/// All that RFC 3986 does not let stand for itself.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Answers have policies as RFC 3986 has texts in addresses.
pub(super) fn url_encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_encoded_as_addresses_are() {
        assert_eq!(url_encoded("{\"A\": \"é*\"}~"), "%7B%22A%22%3A%20%22%C3%A9%2A%22%7D~");
    }
}
