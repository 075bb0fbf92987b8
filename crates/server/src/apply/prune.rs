//! What the file does not name goes: of the kinds that it describes, in the account that it is applied in. Keys of the root,
//! what comes with the service, and whoever calls stay; streams stay unless the file says otherwise.

use std::collections::{BTreeMap, BTreeSet};

use flumen_cli::stream_names;
use flumen_client::Element;
use flumen_protocol::kinesis::{DeleteStreamInput, DeregisterStreamConsumerInput};

use super::file::Kind;
use super::identities::folded;
use super::streams::{arn, consumers};
use super::{Account, Changes};

impl Account<'_> {
    pub(super) async fn prune(&self, changes: &mut Changes) -> anyhow::Result<()> {
        self.prune_consumers(changes).await?;
        if self.file.prune_streams {
            self.prune_streams(changes).await?;
        }
        // Whoever has something goes before it.
        for kind in [Kind::User, Kind::Role, Kind::Group, Kind::Policy] {
            if self.file.described.contains(&kind) {
                self.prune_kind(kind, changes).await?;
            }
        }
        Ok(())
    }

    async fn prune_kind(&self, kind: Kind, changes: &mut Changes) -> anyhow::Result<()> {
        let (actions, list, scope) = match kind {
            Kind::User => ("ListUsers", "Users", None),
            Kind::Group => ("ListGroups", "Groups", None),
            Kind::Role => ("ListRoles", "Roles", None),
            Kind::Policy => ("ListPolicies", "Policies", Some(("Scope", "Local"))),
        };
        let parameters: Vec<_> = scope.into_iter().collect();
        let wanted = self.names(kind);
        for found in self.list(actions, &parameters, list).await? {
            let Some(name) = found.text(&format!("{}Name", kind.as_str())) else { continue };
            if wanted.contains(&folded(name)) {
                continue;
            }
            if self.is_caller(kind, name, found.text("Arn").unwrap_or_default()) {
                (changes.note)(&format!("{kind} {name} stays: it is the one that calls"));
                continue;
            }
            match kind {
                Kind::Policy => self.delete_policy(found.text("Arn").unwrap_or_default()).await?,
                _ => self.delete_grantee(kind, name).await?,
            }
            changes.made(&format!("deleted {kind} {name}"));
        }
        Ok(())
    }

    /// Those of the file.
    fn names(&self, kind: Kind) -> BTreeSet<String> {
        let grantees = self.file.grantees.iter().filter(|one| one.kind == kind && self.has(&one.account));
        let policies = self.file.policies.iter().filter(|one| kind == Kind::Policy && self.has(&one.account));
        grantees.map(|one| folded(&one.name)).chain(policies.map(|one| folded(&one.name))).collect()
    }

    /// A session is its role's.
    fn is_caller(&self, kind: Kind, name: &str, arn: &str) -> bool {
        self.caller.as_deref().is_some_and(|caller| {
            let session = format!(":assumed-role/{name}/");
            caller == arn || (kind == Kind::Role && caller.contains(&session))
        })
    }

    async fn delete_policy(&self, arn: &str) -> anyhow::Result<()> {
        for version in self.list("ListPolicyVersions", &[("PolicyArn", arn)], "Versions").await? {
            if version.text("IsDefaultVersion") != Some("true")
                && let Some(id) = version.text("VersionId")
            {
                self.call("DeletePolicyVersion", &[("PolicyArn", arn), ("VersionId", id)]).await?;
            }
        }
        self.call("DeletePolicy", &[("PolicyArn", arn)]).await?;
        Ok(())
    }

    /// With what it has, its keys first.
    async fn delete_grantee(&self, kind: Kind, name: &str) -> anyhow::Result<()> {
        let of = kind.as_str();
        let parameter = format!("{of}Name");
        let named = (parameter.as_str(), name);
        if kind == Kind::User {
            for key in self.list("ListAccessKeys", &[named], "AccessKeyMetadata").await? {
                let id = key.text("AccessKeyId").unwrap_or_default();
                self.call("DeleteAccessKey", &[named, ("AccessKeyId", id)]).await?;
            }
            for group in self.list("ListGroupsForUser", &[named], "Groups").await? {
                let group = group.text("GroupName").unwrap_or_default();
                self.call("RemoveUserFromGroup", &[named, ("GroupName", group)]).await?;
            }
        }
        if kind == Kind::Group {
            for user in self.list("GetGroup", &[named], "Users").await? {
                let user = user.text("UserName").unwrap_or_default();
                self.call("RemoveUserFromGroup", &[named, ("UserName", user)]).await?;
            }
        }
        for policy in self.list(&format!("ListAttached{of}Policies"), &[named], "AttachedPolicies").await? {
            let arn = policy.text("PolicyArn").unwrap_or_default();
            self.call(&format!("Detach{of}Policy"), &[named, ("PolicyArn", arn)]).await?;
        }
        let inline = self.list(&format!("List{of}Policies"), &[named], "PolicyNames").await?;
        for policy in inline.iter().map(Element::own_text) {
            self.call(&format!("Delete{of}Policy"), &[named, ("PolicyName", policy)]).await?;
        }
        self.call(&format!("Delete{of}"), &[named]).await?;
        Ok(())
    }

    /// Of streams whose consumers the file names.
    async fn prune_consumers(&self, changes: &mut Changes) -> anyhow::Result<()> {
        for stream in self.file.streams.iter().filter(|stream| self.has(&stream.account)) {
            let Some(wanted) = &stream.consumers else { continue };
            let client = (self.streams)(&stream.region)?;
            let Some(arn) = arn(&client, &stream.name).await? else { continue };
            for name in consumers(&client, &arn).await?.into_iter().filter(|name| !wanted.contains(name)) {
                let input = DeregisterStreamConsumerInput {
                    stream_arn: Some(arn.as_str().into()),
                    consumer_name: Some(name.as_str().into()),
                    consumer_arn: None,
                };
                client.call(&input).await?;
                changes.made(&format!("deleted consumer {name} of stream {}", stream.name));
            }
        }
        Ok(())
    }

    /// In the regions that the file has streams in.
    async fn prune_streams(&self, changes: &mut Changes) -> anyhow::Result<()> {
        let mut regions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for stream in self.file.streams.iter().filter(|stream| self.has(&stream.account)) {
            regions.entry(&stream.region).or_default().insert(&stream.name);
        }
        for (region, wanted) in regions {
            let client = (self.streams)(region)?;
            for name in
                stream_names(&client).await?.into_iter().filter(|name| !wanted.contains(name.as_str()))
            {
                let input = DeleteStreamInput {
                    stream_name: Some(name.as_str().into()),
                    enforce_consumer_deletion: Some(true),
                    stream_arn: None,
                };
                client.call(&input).await?;
                changes.made(&format!("deleted stream {name}"));
            }
        }
        Ok(())
    }
}
