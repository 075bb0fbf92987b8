//! Users, groups, roles and policies. What the file says of a thing becomes so, attachments and memberships included: who
//! is not to have a policy any more does not keep it. Of what it does not say nothing is changed.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use flumen_access::identity::AccountError;
use flumen_client::{Element, Error, IAM};

use super::file::{Grantee, Kind, Managed, Of, Tags};
use super::{Account, Changes, keys, refuse};
use crate::accounts::named;

/// What answers have of a thing that is not there.
const NONE: &str = "NoSuchEntity";

/// Parameters with names that are made up, as lists' are.
type Parameters = Vec<(String, String)>;

impl Account<'_> {
    pub(super) async fn apply_identities(&self, changes: &mut Changes) -> anyhow::Result<()> {
        for policy in self.file.policies.iter().filter(|policy| self.has(&policy.account)) {
            let (mut steps, mut is_new) = (Vec::new(), false);
            let done = self.policy(policy, &mut is_new, &mut steps).await;
            changes.done(&format!("policy {}", policy.name), is_new, &steps);
            done.with_context(|| format!("policy {}", policy.name))?;
        }
        for grantee in self.file.grantees.iter().filter(|grantee| self.has(&grantee.account)) {
            let (mut steps, mut is_new) = (Vec::new(), false);
            let done = self.grantee(grantee, &mut is_new, &mut steps).await;
            changes.done(&grantee.to_string(), is_new, &steps);
            done.with_context(|| grantee.to_string())?;
            if let Of::User { access_keys: Some(_), .. } = &grantee.of {
                self.access_key(grantee, changes).await.with_context(|| grantee.to_string())?;
            }
        }
        Ok(())
    }

    pub(super) async fn call(&self, action: &str, parameters: &[(&str, &str)]) -> anyhow::Result<Element> {
        Ok(self.iam.query(IAM, action, parameters).await?)
    }

    /// Nothing where the thing is not there.
    async fn found(&self, action: &str, parameters: &[(&str, &str)]) -> anyhow::Result<Option<Element>> {
        match self.iam.query(IAM, action, parameters).await {
            Ok(answer) => Ok(Some(answer)),
            Err(Error::Refused { code, .. }) if code == NONE => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// All pages of a list.
    pub(super) async fn list(
        &self,
        action: &str,
        parameters: &[(&str, &str)],
        list: &str,
    ) -> anyhow::Result<Vec<Element>> {
        let (mut all, mut marker) = (Vec::new(), None::<String>);
        loop {
            let mut parameters = parameters.to_vec();
            parameters.extend(marker.as_deref().map(|marker| ("Marker", marker)));
            let page = self.call(action, &parameters).await?;
            all.extend(page.members(list).cloned());
            let is_truncated = page.text("IsTruncated") == Some("true");
            marker = page.text("Marker").filter(|_| is_truncated).map(str::to_owned);
            if marker.is_none() {
                return Ok(all);
            }
        }
    }

    async fn policy(
        &self,
        policy: &Managed,
        is_new: &mut bool,
        steps: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        let arn = policy.arn(self.id);
        let Some(found) = self.found("GetPolicy", &[("PolicyArn", &arn)]).await? else {
            let mut parameters = tag_parameters(policy.tags.iter().flatten());
            parameters.extend(policy.description.iter().map(|text| ("Description".to_owned(), text.clone())));
            let own = [
                ("PolicyName", policy.name.as_str()),
                ("Path", &policy.path),
                ("PolicyDocument", &policy.document),
            ];
            self.call("CreatePolicy", &joined(&own, &parameters)).await?;
            *is_new = true;
            return Ok(());
        };
        let found = found.get("Policy").context("an answer without a policy")?;
        let version = found.text("DefaultVersionId").context("an answer without a version")?;
        let answer = self.call("GetPolicyVersion", &[("PolicyArn", &arn), ("VersionId", version)]).await?;
        let text = answer.get("PolicyVersion").and_then(|version| version.decoded("Document"));
        if !is_same(text.as_deref(), &policy.document) {
            self.make_room(&arn).await?;
            let document = policy.document.as_str();
            let parameters =
                [("PolicyArn", arn.as_str()), ("PolicyDocument", document), ("SetAsDefault", "true")];
            self.call("CreatePolicyVersion", &parameters).await?;
            steps.push("document".to_owned());
        }
        self.tags(("Policy", "PolicyArn", &arn), found, policy.tags.as_ref(), steps).await
    }

    /// There is a version more to come, and five at most: the oldest goes that is not in force.
    async fn make_room(&self, arn: &str) -> anyhow::Result<()> {
        let versions = self.list("ListPolicyVersions", &[("PolicyArn", arn)], "Versions").await?;
        // The newest come first.
        let mut spare =
            versions.iter().rev().filter(|version| version.text("IsDefaultVersion") != Some("true"));
        if versions.len() >= 5
            && let Some(id) = spare.next().and_then(|oldest| oldest.text("VersionId"))
        {
            self.call("DeletePolicyVersion", &[("PolicyArn", arn), ("VersionId", id)]).await?;
        }
        Ok(())
    }

    async fn grantee(
        &self,
        grantee: &Grantee,
        is_new: &mut bool,
        steps: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        let kind = grantee.kind.as_str();
        let parameter = format!("{kind}Name");
        let name = (parameter.as_str(), grantee.name.as_str());
        let boundary = grantee.boundary.as_deref().map(|boundary| match boundary {
            "" => String::new(),
            named => self.file.policy_arn(grantee, named, self.id),
        });
        let answer = match self.found(&format!("Get{kind}"), &[name]).await? {
            Some(answer) => answer,
            None => {
                let parameters = creation(grantee, boundary.as_deref());
                let answer = self.call(&format!("Create{kind}"), &joined(&[name], &parameters)).await?;
                *is_new = true;
                answer
            }
        };
        let found = answer.get(kind).with_context(|| format!("an answer without a {}", grantee.kind))?;
        self.path(grantee, found, steps).await?;
        if let Some(boundary) = &boundary {
            let has = found.get("PermissionsBoundary").and_then(|has| has.text("PermissionsBoundaryArn"));
            match (has.unwrap_or_default(), boundary.as_str()) {
                (has, wanted) if has == wanted => {}
                (_, "") => {
                    self.call(&format!("Delete{kind}PermissionsBoundary"), &[name]).await?;
                    steps.push("no boundary".to_owned());
                }
                (_, arn) => {
                    let parameters = [name, ("PermissionsBoundary", arn)];
                    self.call(&format!("Put{kind}PermissionsBoundary"), &parameters).await?;
                    steps.push(format!("boundary {arn}"));
                }
            }
        }
        self.tags((kind, name.0, name.1), found, grantee.tags.as_ref(), steps).await?;
        self.attached(grantee, name, steps).await?;
        self.inline(grantee, name, steps).await?;
        match &grantee.of {
            Of::Group => Ok(()),
            Of::Role { trust, description, session_s_max } => {
                self.role(name, found, trust, description.as_deref(), *session_s_max, steps).await
            }
            Of::User { groups, .. } => match groups {
                Some(groups) => self.groups(name, groups, steps).await,
                None => Ok(()),
            },
        }
    }

    async fn path(&self, grantee: &Grantee, found: &Element, steps: &mut Vec<String>) -> anyhow::Result<()> {
        let Some(wanted) = &grantee.path else { return Ok(()) };
        let has = found.text("Path").unwrap_or_default();
        if has == wanted {
            return Ok(());
        }
        let kind = grantee.kind.as_str();
        if grantee.kind == Kind::Role {
            return refuse(format!(
                "its path is {has} and cannot be changed to {wanted}; delete the role first"
            ));
        }
        let parameter = format!("{kind}Name");
        let parameters = [(parameter.as_str(), grantee.name.as_str()), ("NewPath", wanted)];
        self.call(&format!("Update{kind}"), &parameters).await?;
        steps.push(format!("path {wanted}"));
        Ok(())
    }

    async fn tags(
        &self,
        (kind, parameter, name): (&str, &str, &str),
        found: &Element,
        wanted: Option<&Tags>,
        steps: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        let Some(wanted) = wanted else { return Ok(()) };
        let tag = |tag: &Element| Some((tag.text("Key")?.to_owned(), tag.text("Value")?.to_owned()));
        let has: Tags = found.members("Tags").filter_map(tag).collect();
        let set = wanted.iter().filter(|(key, value)| has.get(*key) != Some(value));
        let set = tag_parameters(set);
        // Setting a key that differs in case alone takes the other's place.
        let is_kept = |key: &&String| wanted.keys().any(|kept| kept.eq_ignore_ascii_case(key));
        let gone = has.keys().filter(|key| !is_kept(key)).enumerate();
        let gone: Parameters =
            gone.map(|(at, key)| (format!("TagKeys.member.{}", at + 1), key.clone())).collect();
        if !gone.is_empty() {
            self.call(&format!("Untag{kind}"), &joined(&[(parameter, name)], &gone)).await?;
        }
        if !set.is_empty() {
            self.call(&format!("Tag{kind}"), &joined(&[(parameter, name)], &set)).await?;
        }
        if !gone.is_empty() || !set.is_empty() {
            steps.push("tags".to_owned());
        }
        Ok(())
    }

    async fn attached(
        &self,
        grantee: &Grantee,
        name: (&str, &str),
        steps: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        let Some(policies) = &grantee.policies else { return Ok(()) };
        let kind = grantee.kind.as_str();
        let wanted: BTreeSet<String> =
            policies.iter().map(|policy| self.file.policy_arn(grantee, policy, self.id)).collect();
        let list = self.list(&format!("ListAttached{kind}Policies"), &[name], "AttachedPolicies").await?;
        let has: BTreeSet<String> =
            list.iter().filter_map(|policy| policy.text("PolicyArn")).map(str::to_owned).collect();
        for arn in wanted.difference(&has) {
            self.call(&format!("Attach{kind}Policy"), &[name, ("PolicyArn", arn)]).await?;
            steps.push(format!("attached {arn}"));
        }
        for arn in has.difference(&wanted) {
            self.call(&format!("Detach{kind}Policy"), &[name, ("PolicyArn", arn)]).await?;
            steps.push(format!("detached {arn}"));
        }
        Ok(())
    }

    async fn inline(
        &self,
        grantee: &Grantee,
        name: (&str, &str),
        steps: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        let Some(wanted) = &grantee.inline else { return Ok(()) };
        let kind = grantee.kind.as_str();
        let has = self.list(&format!("List{kind}Policies"), &[name], "PolicyNames").await?;
        let has: BTreeSet<&str> = has.iter().map(Element::own_text).collect();
        // What goes first leaves room for what comes.
        for policy in has.iter().filter(|policy| !wanted.contains_key(**policy)) {
            self.call(&format!("Delete{kind}Policy"), &[name, ("PolicyName", policy)]).await?;
            steps.push(format!("no inline policy {policy}"));
        }
        for (policy, document) in wanted {
            if has.contains(policy.as_str()) {
                let answer = self.call(&format!("Get{kind}Policy"), &[name, ("PolicyName", policy)]).await?;
                if is_same(answer.decoded("PolicyDocument").as_deref(), document) {
                    continue;
                }
            }
            let parameters = [name, ("PolicyName", policy), ("PolicyDocument", document)];
            self.call(&format!("Put{kind}Policy"), &parameters).await?;
            steps.push(format!("inline policy {policy}"));
        }
        Ok(())
    }

    async fn role(
        &self,
        name: (&str, &str),
        found: &Element,
        trust: &str,
        description: Option<&str>,
        session_s_max: Option<u32>,
        steps: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        if !is_same(found.decoded("AssumeRolePolicyDocument").as_deref(), trust) {
            self.call("UpdateAssumeRolePolicy", &[name, ("PolicyDocument", trust)]).await?;
            steps.push("trust".to_owned());
        }
        let session = session_s_max.map(|s| s.to_string());
        let wanted = [("Description", description), ("MaxSessionDuration", session.as_deref())];
        let differs =
            |(parameter, value): &(&str, Option<&str>)| value.is_some() && found.text(parameter) != *value;
        let changed = wanted.into_iter().filter(differs);
        let changed: Vec<_> = changed.filter_map(|(parameter, value)| Some((parameter, value?))).collect();
        if !changed.is_empty() {
            self.call("UpdateRole", &[&[name], changed.as_slice()].concat()).await?;
            steps.extend(changed.iter().map(|(parameter, value)| format!("{parameter} {value}")));
        }
        Ok(())
    }

    async fn groups(
        &self,
        user: (&str, &str),
        groups: &BTreeSet<String>,
        steps: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        let has = self.list("ListGroupsForUser", &[user], "Groups").await?;
        // By what they are the same as.
        let has: BTreeMap<String, &str> =
            has.iter().filter_map(|group| group.text("GroupName")).map(|name| (folded(name), name)).collect();
        let wanted: BTreeMap<String, &str> =
            groups.iter().map(|name| (folded(name), name.as_str())).collect();
        for (_, group) in wanted.iter().filter(|(name, _)| !has.contains_key(*name)) {
            self.call("AddUserToGroup", &[user, ("GroupName", group)]).await?;
            steps.push(format!("into group {group}"));
        }
        for (_, group) in has.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
            self.call("RemoveUserFromGroup", &[user, ("GroupName", group)]).await?;
            steps.push(format!("out of group {group}"));
        }
        Ok(())
    }

    async fn access_key(&self, user: &Grantee, changes: &mut Changes) -> anyhow::Result<()> {
        let Of::User { access_keys: Some(path), .. } = &user.of else { return Ok(()) };
        let name = ("UserName", user.name.as_str());
        let has = self.list("ListAccessKeys", &[name], "AccessKeyMetadata").await?;
        let ids: Vec<&str> = has.iter().filter_map(|key| key.text("AccessKeyId")).collect();
        let in_file = keys::read(path, &user.name).map_err(super::misconfigured)?;
        match in_file {
            Some(key) if ids.contains(&key.id.as_str()) => Ok(()),
            Some(key) => {
                let Some(identities) = self.identities else {
                    return refuse(format!(
                        "it has not the access key {} of {}, which only --data-dir and --bootstrap can import",
                        key.id,
                        path.display()
                    ));
                };
                // The user is there, so the policy for a new one is nobody's.
                let imported = identities.import_user(self.id, &user.name, &key, "FlumenReadOnly").await;
                imported.map_err(|error| match error {
                    AccountError::Keys { .. } => super::misconfigured(
                        anyhow::Error::from(error)
                            .context(format!("the access key {} is not imported", key.id)),
                    ),
                    error => named(error),
                })?;
                changes.made(&format!("imported access key {} of {user}", key.id));
                Ok(())
            }
            None if !ids.is_empty() => Ok(()),
            None => {
                let file = keys::make(path).map_err(super::misconfigured)?;
                let made = self.call("CreateAccessKey", &[name]).await;
                let answer = made.inspect_err(|_| keys::unmake(path))?;
                let key = answer.get("AccessKey").context("an answer without a key")?;
                let id = key.text("AccessKeyId").context("an answer without a key")?;
                let secret = key.text("SecretAccessKey").context("an answer without a secret")?;
                keys::write(file, path, &user.name, self.id, id, secret)?;
                changes.made(&format!("created access key {id} of {user} in {}", path.display()));
                Ok(())
            }
        }
    }
}

/// What is said when a thing is made.
fn creation(grantee: &Grantee, boundary: Option<&str>) -> Parameters {
    let mut parameters = tag_parameters(grantee.tags.iter().flatten());
    let mut say = |name: &str, value: Option<String>| {
        parameters.extend(value.map(|value| (name.to_owned(), value)));
    };
    say("Path", grantee.path.clone());
    say("PermissionsBoundary", boundary.filter(|boundary| !boundary.is_empty()).map(str::to_owned));
    if let Of::Role { trust, description, session_s_max } = &grantee.of {
        say("AssumeRolePolicyDocument", Some(trust.clone()));
        say("Description", description.clone());
        say("MaxSessionDuration", session_s_max.map(|s| s.to_string()));
    }
    parameters
}

fn tag_parameters<'t>(tags: impl Iterator<Item = (&'t String, &'t String)>) -> Parameters {
    let members = tags.enumerate().flat_map(|(at, (key, value))| {
        let of = |part| format!("Tags.member.{}.{part}", at + 1);
        [(of("Key"), key.clone()), (of("Value"), value.clone())]
    });
    members.collect()
}

fn joined<'p>(own: &[(&'p str, &'p str)], more: &'p Parameters) -> Vec<(&'p str, &'p str)> {
    let more = more.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    own.iter().copied().chain(more).collect()
}

/// How policies are written makes no difference.
fn is_same(has: Option<&str>, wanted: &str) -> bool {
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    has.is_some_and(|has| has == wanted || (value(has).is_some() && value(has) == value(wanted)))
}

pub(super) fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_the_same_however_they_are_written() {
        assert!(is_same(Some("{\"A\": [1, 2], \"B\": 3}"), "{\"B\":3,\n\"A\":[1,2]}"));
        assert!(!is_same(Some("{\"A\": [1, 2]}"), "{\"A\": [2, 1]}"));
        assert!(!is_same(Some("{"), "{}") && !is_same(None, "{}"));
    }
}
