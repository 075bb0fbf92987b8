//! Policies that an earlier program stored and this one cannot read. They deny everything to whoever has them, so they are
//! named in the log; which they are is looked up after the start, which does not wait for it.

use super::Identities;
use super::state::{Account, Entity};
use crate::policy::{Kind, Policy};

/// So many things are looked at before others get on.
const SLICE: usize = 64;
/// So many are named; then only how many more there are.
const NAMED_MAX: usize = 100;

impl Identities {
    /// Names them in the log, and says how many there are.
    pub async fn name_unreadable_policies(&self) -> usize {
        let mut count = 0;
        for id in self.accounts() {
            // What is in it is shared.
            let Some(account) = self.state().account(&id).cloned() else { continue };
            for slice in everything(&account).chunks(SLICE) {
                for entity in slice {
                    unreadable(entity, |policy, error| {
                        count += 1;
                        if count <= NAMED_MAX {
                            let of = entity.named().arn(entity.kind(), &id);
                            tracing::warn!(of, policy, %error, "a stored policy cannot be read and denies everything");
                        }
                    });
                }
                tokio::task::yield_now().await;
            }
        }
        if count > NAMED_MAX {
            tracing::warn!("{} more stored policies cannot be read and deny everything", count - NAMED_MAX);
        }
        count
    }
}

fn everything(account: &Account) -> Vec<Entity> {
    account.grantees().chain(account.policies.values().cloned().map(Entity::Policy)).collect()
}

/// Calls `about` with each policy of a thing that does not parse. What was parsed is not kept: most is never asked for.
fn unreadable(entity: &Entity, mut about: impl FnMut(&str, &dyn std::fmt::Display)) {
    let mut read = |name: &str, text: &str, kind| {
        if let Err(error) = Policy::parse(text, kind) {
            about(name, &error);
        }
    };
    for (name, document) in entity.grants().into_iter().flat_map(|grants| &grants.inline) {
        read(name, &document.text, Kind::Identity);
    }
    match entity {
        Entity::Role(role) => read("its trust policy", &role.trust.text, Kind::Trust),
        Entity::Policy(policy) => {
            for (number, version) in &policy.versions {
                read(&format!("v{number}"), &version.document.text, Kind::Identity);
            }
        }
        Entity::User(_) | Entity::Group(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use flumen_machine::Origin;
    use flumen_seal::Seal;
    use flumen_storage::Storage;
    use flumen_types::Clock;

    use super::*;
    use crate::identity::state::{Grants, Managed, Named, Role, Version};
    use crate::identity::{CommitError, Document, Step};

    const READABLE: &str = r#"{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}"#;

    #[tokio::test]
    async fn what_cannot_be_read_is_found_wherever_a_policy_is() {
        let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
        let identities =
            Identities::open(storage, Clock::system(), Seal::in_memory().unwrap()).await.unwrap();
        let named = |name: &str| Named {
            name: name.to_owned(),
            path: "/".to_owned(),
            id: format!("ID{name}"),
            created_ms: 0,
        };
        let inline = [("good".to_owned(), Document::of(READABLE)), ("bad".to_owned(), Document::of("{"))];
        let role = Role {
            named: named("R"),
            grants: Grants { inline: inline.into(), ..Grants::default() },
            tags: Default::default(),
            trust: Document::of(READABLE),
            description: None,
            session_s_max: 3_600,
        };
        let version = |text: &str| Version { document: Document::of(text), created_ms: 0 };
        let policy = Managed {
            named: named("P"),
            description: None,
            tags: Default::default(),
            updated_ms: 0,
            default: 2,
            next: 3,
            versions: [(1, version("[]").into()), (2, version(READABLE).into())].into(),
        };
        let steps =
            vec![Step::Set(Entity::Role(Arc::new(role))), Step::Set(Entity::Policy(Arc::new(policy)))];
        let commit = |_: &Account, _| Ok::<_, CommitError>((steps.clone(), ()));
        identities.commit(Origin::default(), "111111111111", commit).await.unwrap();
        let account = identities.state().account("111111111111").cloned().unwrap();
        let mut found = Vec::new();
        for entity in everything(&account) {
            unreadable(&entity, |policy, _| found.push(format!("{} {policy}", entity.named().name)));
        }
        // A role's trust policy says whom it trusts.
        assert_eq!(found, ["R bad", "R its trust policy", "P v1"]);
        assert_eq!(identities.name_unreadable_policies().await, 3);
    }
}
