//! The table of what STS serves. Source: AWS's reference of actions for it.

use crate::{Action, Level, Published};

pub(super) const ASSUME_ROLE: Action = Action("sts:AssumeRole");
pub(super) const ASSUME_ROLE_WITH_WEB_IDENTITY: Action = Action("sts:AssumeRoleWithWebIdentity");
/// Needed as well where a session is begun with tags, and with a source identity.
pub(super) const TAG_SESSION: Action = Action("sts:TagSession");
pub(super) const SET_SOURCE_IDENTITY: Action = Action("sts:SetSourceIdentity");
pub(super) const GET_ACCESS_KEY_INFO: Action = Action("sts:GetAccessKeyInfo");

/// What is served, as `flumen policy actions` shows it. GetCallerIdentity and GetSessionToken need no permission.
pub fn published() -> impl Iterator<Item = Published> {
    let row = |operation, actions, actions_with_tags, level, resource: Option<&'static str>| Published {
        service: "sts",
        operation,
        actions,
        actions_with_tags,
        level,
        resource_types: resource.into_iter().collect(),
        served: true,
    };
    let read = |operation, actions| row(operation, actions, &[], Level::Read, None);
    [
        row("AssumeRole", &[ASSUME_ROLE], &[TAG_SESSION], Level::Write, Some("role")),
        row(
            "AssumeRoleWithWebIdentity",
            &[ASSUME_ROLE_WITH_WEB_IDENTITY],
            &[TAG_SESSION],
            Level::Write,
            Some("role"),
        ),
        read("GetAccessKeyInfo", &[GET_ACCESS_KEY_INFO]),
        read("GetCallerIdentity", &[Action("sts:GetCallerIdentity")]),
        read("GetSessionToken", &[Action("sts:GetSessionToken")]),
    ]
    .into_iter()
}
