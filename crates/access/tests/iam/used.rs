//! When keys and roles were last used: told at once, and after the next start as far as it was written.

use crate::support::{Key, NOW_MS, World, policy, role};
use flumen_access::iam::Iam;
use flumen_protocol::iam::{
    DeleteAccessKeyRequest, GetAccessKeyLastUsedRequest, GetRoleRequest, Operation, UpdateUserRequest,
};

const MINUTE_MS: u64 = 60_000;

impl World {
    fn uses(&self, key: &Key, service: &'static str) {
        let by = self.identities.signed_by(&key.id, key.token.as_deref()).unwrap();
        by.known.note_use(self.identities_ms(), service, "eu-west-1");
    }

    fn identities_ms(&self) -> u64 {
        self.time.advance_ms(0)
    }

    /// Seconds since the beginning, service and region.
    fn last_used(&self, key: &Key) -> Option<(u64, String, String)> {
        let root = self.caller(&self.root());
        let asked = GetAccessKeyLastUsedRequest { access_key_id: key.id.clone().into() };
        let iam = Iam::new(&self.identities, &root, Operation::GetAccessKeyLastUsed);
        let used = iam.get_access_key_last_used(&asked).unwrap().access_key_last_used.unwrap();
        let at_ms = u64::try_from(used.last_used_date?.0).unwrap();
        Some(((at_ms - NOW_MS) / 1_000, used.service_name.into_owned(), used.region.into_owned()))
    }

    fn role_last_used(&self, name: &str) -> Option<(u64, String)> {
        let root = self.caller(&self.root());
        let iam = Iam::new(&self.identities, &root, Operation::GetRole);
        let role = iam.get_role(&GetRoleRequest { role_name: name.to_owned().into() }).unwrap().role;
        let used = role.role_last_used.unwrap();
        let at_ms = u64::try_from(used.last_used_date?.0).unwrap();
        Some(((at_ms - NOW_MS) / 1_000, used.region.unwrap().into_owned()))
    }
}

#[tokio::test]
async fn the_last_use_of_keys_and_roles_outlives_the_process() {
    let mut world = World::new().await;
    let (ana, bob) = (world.user("ana").await, world.user("bob").await);
    world.role("R", r#"{"AWS":"*"}"#, &policy("Allow", "*")).await;
    world.attach("ana", "AdministratorAccess").await;
    assert_eq!((world.last_used(&ana), world.role_last_used("R")), (None, None));
    let session = world.assume(&ana, &role("R", "s")).unwrap();
    world.uses(&ana, "kinesis");
    world.uses(&session, "kinesis");
    let of_ana = Some((0, "kinesis".to_owned(), "eu-west-1".to_owned()));
    assert_eq!(world.last_used(&ana), of_ana);
    assert_eq!(world.role_last_used("R"), Some((0, "eu-west-1".to_owned())));
    // Unless it is written it is forgotten.
    let end = world.end();
    world.reopen().await;
    assert_eq!((world.last_used(&ana), world.end()), (None, end));

    world.uses(&ana, "kinesis");
    world.uses(&session, "kinesis");
    world.uses(&bob, "iam");
    world.identities.save_uses().await.unwrap();
    let end = world.end();
    // None where nothing is newer.
    world.identities.save_uses().await.unwrap();
    assert_eq!(world.end(), end);
    // A name is no matter.
    let root = world.caller(&world.root());
    let renamed =
        UpdateUserRequest { user_name: "ana".into(), new_user_name: Some("anna".into()), new_path: None };
    Iam::new(&world.identities, &root, Operation::UpdateUser).update_user(&renamed).await.unwrap();
    world.reopen().await;
    assert_eq!(world.last_used(&ana), of_ana);
    assert_eq!(world.last_used(&bob), Some((0, "iam".to_owned(), "eu-west-1".to_owned())));
    assert_eq!(world.role_last_used("R"), Some((0, "eu-west-1".to_owned())));
    world.identities.save_uses().await.unwrap();
    assert_eq!(world.end(), end + 1, "the new name alone");

    world.time.advance_ms(MINUTE_MS);
    world.uses(&ana, "dynamodb");
    world.identities.save_uses().await.unwrap();
    assert_eq!(world.end(), end + 2);
    assert_eq!(world.last_used(&ana), Some((60, "dynamodb".to_owned(), "eu-west-1".to_owned())));
    // Whoever signs in is known as before: to be used changes nobody's rights.
    world.caller(&ana);
    let root = world.caller(&world.root());
    let delete =
        DeleteAccessKeyRequest { user_name: Some("bob".into()), access_key_id: bob.id.clone().into() };
    Iam::new(&world.identities, &root, Operation::DeleteAccessKey).delete_access_key(&delete).await.unwrap();
    world.time.advance_ms(MINUTE_MS);
    world.uses(&ana, "dynamodb");
    world.identities.save_uses().await.unwrap();
    world.reopen().await;
    assert_eq!(world.last_used(&ana), Some((120, "dynamodb".to_owned(), "eu-west-1".to_owned())));
}
