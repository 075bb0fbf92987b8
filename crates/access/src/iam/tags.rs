//! Tags of users, roles and managed policies. Keys are unique without regard to case.

use flumen_protocol::iam::{
    ListPolicyTagsRequest, ListPolicyTagsResponse, ListRoleTagsRequest, ListRoleTagsResponse,
    ListUserTagsRequest, ListUserTagsResponse, Tag, TagPolicyRequest, TagRoleRequest, TagUserRequest,
    UntagPolicyRequest, UntagRoleRequest, UntagUserRequest,
};

use super::managed::ManagedArn;
use super::pages::{Page, listed, page};
use super::{Iam, IamError};
use crate::RequestContext;
use crate::identity::state::{Kind, Tags};

const TAGS_MAX: usize = 50;

macro_rules! of_each_kind {
    ($($kind:ident $of:ident: $tag:ident($Tag:ident) $untag:ident($Untag:ident) $list:ident($List:ident) -> $Listed:ident;)*) => {
        impl Iam<'_> {$(
            pub async fn $tag(&self, input: &$Tag<'_>) -> Result<(), IamError> {
                let given = RequestContext::tags(input.tags.iter().map(|tag| (&*tag.key, &*tag.value)));
                let name = self.tagged(Kind::$kind, &input.$of, given)?;
                self.tag(Kind::$kind, &name, &input.tags).await
            }

            pub async fn $untag(&self, input: &$Untag<'_>) -> Result<(), IamError> {
                let given = RequestContext::tag_keys(input.tag_keys.iter().map(|key| &**key));
                let name = self.tagged(Kind::$kind, &input.$of, given)?;
                self.change_tags(Kind::$kind, &name, |tags| {
                    tags.retain(|key, _| !input.tag_keys.iter().any(|untagged| untagged.eq_ignore_ascii_case(key)));
                    Ok(())
                })
                .await
            }

            pub fn $list(&self, input: &$List<'_>) -> Result<$Listed<'static>, IamError> {
                let name = self.tagged(Kind::$kind, &input.$of, RequestContext::default())?;
                let page = self.tags(Kind::$kind, &name, input.marker.as_deref(), input.max_items)?;
                Ok(listed!($Listed { tags }, page))
            }
        )*}
    };
}

of_each_kind! {
    User user_name: tag_user(TagUserRequest) untag_user(UntagUserRequest)
        list_user_tags(ListUserTagsRequest) -> ListUserTagsResponse;
    Role role_name: tag_role(TagRoleRequest) untag_role(UntagRoleRequest)
        list_role_tags(ListRoleTagsRequest) -> ListRoleTagsResponse;
    Policy policy_arn: tag_policy(TagPolicyRequest) untag_policy(UntagPolicyRequest)
        list_policy_tags(ListPolicyTagsRequest) -> ListPolicyTagsResponse;
}

impl Iam<'_> {
    /// The name of what is named, policies by ARN, which the caller may do the operation with.
    fn tagged(&self, kind: Kind, named: &str, given: RequestContext) -> Result<String, IamError> {
        if kind == Kind::Policy {
            self.may_given(named, None, Some(&given))?;
            let named = ManagedArn::parse(named, self.id())?;
            named.own()?;
            return self.read(|account| Ok(named.found(account)?.named.name.clone()));
        }
        self.may_with_given(kind, named, given)?;
        Ok(named.to_owned())
    }

    async fn tag(&self, kind: Kind, name: &str, given: &[Tag<'_>]) -> Result<(), IamError> {
        let given = checked_tags(given)?;
        self.change_tags(kind, name, |tags| {
            for (key, value) in &given {
                tags.retain(|had, _| !had.eq_ignore_ascii_case(key));
                tags.insert(key.clone(), value.clone());
            }
            match tags.len() {
                count if count > TAGS_MAX => Err(IamError::Quota { what: "Tags", limit: TAGS_MAX }),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn change_tags(
        &self,
        kind: Kind,
        name: &str,
        change: impl Fn(&mut Tags) -> Result<(), IamError>,
    ) -> Result<(), IamError> {
        self.change(kind, name, |entity, _, _| match entity.tags_mut() {
            Some(tags) => change(tags),
            None => Err(IamError::none(kind, name)),
        })
        .await
    }

    fn tags(
        &self,
        kind: Kind,
        name: &str,
        marker: Option<&str>,
        max_items: Option<i32>,
    ) -> Result<Page<Tag<'static>>, IamError> {
        let entity = self.found(kind, name)?;
        let none = Tags::default();
        let tags = entity.tags().unwrap_or(&none).iter();
        page(tags.map(|(key, value)| (&**key, tag_shape(key, value))), marker, max_items)
    }
}

/// Tags of a request, none twice.
pub(super) fn checked_tags(given: &[Tag<'_>]) -> Result<Tags, IamError> {
    let mut tags = Tags::default();
    for Tag { key, value } in given {
        check_characters("key", key)?;
        check_characters("value", value)?;
        if tags.keys().any(|other: &String| other.eq_ignore_ascii_case(key)) {
            return Err(IamError::DuplicateTags);
        }
        tags.insert(key.to_string(), value.to_string());
    }
    Ok(tags)
}

fn check_characters(part: &'static str, text: &str) -> Result<(), IamError> {
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || c.is_whitespace() || "_.:/=+-@".contains(c);
    match text.chars().find(|c| !allowed(*c)) {
        Some(character) => Err(IamError::TagCharacter { part, text: text.to_owned(), character }),
        None => Ok(()),
    }
}

pub(super) fn tag_shapes(tags: &Tags) -> Vec<Tag<'static>> {
    tags.iter().map(|(key, value)| tag_shape(key, value)).collect()
}

fn tag_shape(key: &str, value: &str) -> Tag<'static> {
    Tag { key: key.to_owned().into(), value: value.to_owned().into() }
}
