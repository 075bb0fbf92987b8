//! Groups and who is in them.

use std::sync::Arc;

use flumen_protocol::iam::{
    AddUserToGroupRequest, CreateGroupRequest, CreateGroupResponse, DeleteGroupRequest, GetGroupRequest,
    GetGroupResponse, Group as GroupShape, ListGroupsForUserRequest, ListGroupsForUserResponse,
    ListGroupsRequest, ListGroupsResponse, RemoveUserFromGroupRequest, UpdateGroupRequest,
};

use super::pages::{listed, page};
use super::{Iam, IamError, checked_path, time, within, would_be};
use crate::identity::Step;
use crate::identity::state::{Entity, Grants, Group, Kind, folded};

const GROUPS_MAX: usize = 500;
const GROUPS_OF_USER_MAX: usize = 10;

impl Iam<'_> {
    pub async fn create_group(
        &self,
        input: &CreateGroupRequest<'_>,
    ) -> Result<CreateGroupResponse<'static>, IamError> {
        let path = checked_path(input.path.as_deref())?;
        self.may(&would_be(Kind::Group, self.id(), path, &input.group_name))?;
        let group = self
            .commit(|account, now_ms| {
                if account.groups.contains_key(&folded(&input.group_name)) {
                    return Err(IamError::Exists { what: "Group", name: input.group_name.to_string() });
                }
                within(account.groups.len(), GROUPS_MAX, "GroupsPerAccount")?;
                let named = self.named(Kind::Group, &input.group_name, Some(path), now_ms)?;
                let group = Arc::new(Group { named, grants: Grants::default() });
                Ok((vec![Step::Set(Entity::Group(group.clone()))], group))
            })
            .await?;
        Ok(CreateGroupResponse { group: self.group_shape(&group) })
    }

    /// The group, and page by page its users.
    pub fn get_group(&self, input: &GetGroupRequest<'_>) -> Result<GetGroupResponse<'static>, IamError> {
        self.may_with(Kind::Group, &input.group_name)?;
        self.read(|account| {
            let name = folded(&input.group_name);
            let group =
                account.groups.get(&name).ok_or_else(|| IamError::none(Kind::Group, &input.group_name))?;
            let members = account.users.iter().filter(|(_, user)| user.groups.contains(&name));
            let users = members.map(|(key, user)| (&**key, self.user_shape(user)));
            let page = page(users, input.marker.as_deref(), input.max_items)?;
            Ok(listed!(GetGroupResponse { users, group: self.group_shape(group) }, page))
        })
    }

    pub fn list_groups(
        &self,
        input: &ListGroupsRequest<'_>,
    ) -> Result<ListGroupsResponse<'static>, IamError> {
        self.may_list()?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let page = self.read(|account| {
            let groups = account.groups.iter().filter(|(_, group)| group.named.path.starts_with(prefix));
            let groups = groups.map(|(name, group)| (&**name, self.group_shape(group)));
            page(groups, input.marker.as_deref(), input.max_items)
        })?;
        Ok(listed!(ListGroupsResponse { groups }, page))
    }

    pub fn list_groups_for_user(
        &self,
        input: &ListGroupsForUserRequest<'_>,
    ) -> Result<ListGroupsForUserResponse<'static>, IamError> {
        self.may_with(Kind::User, &input.user_name)?;
        let user = self.user(&input.user_name)?;
        let page = self.read(|account| {
            let groups = user.groups.iter().filter_map(|name| account.groups.get_key_value(name));
            let groups = groups.map(|(name, group)| (&**name, self.group_shape(group)));
            page(groups, input.marker.as_deref(), input.max_items)
        })?;
        Ok(listed!(ListGroupsForUserResponse { groups }, page))
    }

    /// A new name or path. Its users stay in it.
    pub async fn update_group(&self, input: &UpdateGroupRequest<'_>) -> Result<(), IamError> {
        self.may_with(Kind::Group, &input.group_name)?;
        let new_path = input.new_path.as_deref().map(|path| checked_path(Some(path))).transpose()?;
        let new_name = input.new_group_name.as_deref().unwrap_or(&input.group_name);
        self.may_rename(Kind::Group, &input.group_name, new_path, Some(new_name))?;
        self.commit(|account, _| {
            let (name, new) = (folded(&input.group_name), folded(new_name));
            let before =
                account.groups.get(&name).ok_or_else(|| IamError::none(Kind::Group, &input.group_name))?;
            let mut steps = Vec::new();
            if new != name {
                if account.groups.contains_key(&new) {
                    return Err(IamError::Exists { what: "Group", name: new_name.to_owned() });
                }
                steps.push(Step::Remove { kind: Kind::Group, name: name.clone() });
                for user in account.members(&name) {
                    let mut user = user.clone();
                    let groups = &mut Arc::make_mut(&mut user).groups;
                    groups.remove(&name);
                    groups.insert(new.clone());
                    steps.push(Step::Set(Entity::User(user)));
                }
            }
            let mut group = (**before).clone();
            group.named.name = new_name.to_owned();
            if let Some(path) = new_path {
                group.named.path = path.to_owned();
            }
            steps.push(Step::Set(Entity::Group(Arc::new(group))));
            Ok((steps, ()))
        })
        .await
    }

    pub async fn delete_group(&self, input: &DeleteGroupRequest<'_>) -> Result<(), IamError> {
        self.may_with(Kind::Group, &input.group_name)?;
        self.commit(|account, _| {
            let name = folded(&input.group_name);
            let group =
                account.groups.get(&name).ok_or_else(|| IamError::none(Kind::Group, &input.group_name))?;
            let first = match &group.grants {
                _ if account.members(&name).next().is_some() => "remove users from group",
                grants if !grants.attached.is_empty() => "detach all policies",
                grants if !grants.inline.is_empty() => "delete policies",
                _ => return Ok((vec![Step::Remove { kind: Kind::Group, name }], ())),
            };
            Err(IamError::InUse { first })
        })
        .await
    }

    pub async fn add_user_to_group(&self, input: &AddUserToGroupRequest<'_>) -> Result<(), IamError> {
        self.change_membership(&input.group_name, &input.user_name, |user, group| {
            if user.insert(group) && user.len() > GROUPS_OF_USER_MAX {
                return Err(IamError::Quota { what: "GroupsPerUser", limit: GROUPS_OF_USER_MAX });
            }
            Ok(())
        })
        .await
    }

    pub async fn remove_user_from_group(
        &self,
        input: &RemoveUserFromGroupRequest<'_>,
    ) -> Result<(), IamError> {
        self.change_membership(&input.group_name, &input.user_name, |user, group| {
            user.remove(&group);
            Ok(())
        })
        .await
    }

    async fn change_membership(
        &self,
        group: &str,
        user: &str,
        change: impl Fn(&mut std::collections::BTreeSet<String>, String) -> Result<(), IamError>,
    ) -> Result<(), IamError> {
        self.may_with(Kind::Group, group)?;
        self.change(Kind::User, user, |entity, account, _| {
            if !account.groups.contains_key(&folded(group)) {
                return Err(IamError::none(Kind::Group, group));
            }
            match entity {
                Entity::User(user) => change(&mut Arc::make_mut(user).groups, folded(group)),
                _ => Err(IamError::none(Kind::User, user)),
            }
        })
        .await
    }

    fn group_shape(&self, group: &Group) -> GroupShape<'static> {
        GroupShape {
            path: group.named.path.clone().into(),
            group_name: group.named.name.clone().into(),
            group_id: group.named.id.clone().into(),
            arn: group.named.arn(Kind::Group, self.id()).into(),
            create_date: time(group.named.created_ms),
        }
    }
}
