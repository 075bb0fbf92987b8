//! No way up through IAM and STS: somebody who has some rights plays whatever is served, at random, with every credential that
//! comes of it, and nobody comes to hold what may more than the rules let it.
//!
//! AWS gives whoever may write policies for anybody without a bound all there is, so what is played has bounds: two delegated
//! administrators as "Permissions boundaries for IAM entities" of the IAM user guide makes them. What holds after every call:
//!
//! 1. Whom a delegate made may nothing beyond the boundary that the delegate has to set, as it was at first; whom a delegate
//!    found, nothing beyond that and what they might do at first.
//! 2. Nobody holds a credential of whom nobody in play may make one, or of a role that trusts nobody in play.
//! 3. A session may nothing that a session policy does not allow, nor more than another session of its role without one; it has
//!    an hour where another role's session began it.
//! 4. Credentials of GetSessionToken do nothing of IAM, nothing of STS but become roles, and nothing that their user may not.
//! 5. Nobody of one account does anything in another one.
//! 6. A call that is refused changes nothing, and whoever may only read changes nothing.

#[path = "no_way_up/play.rs"]
mod play;
mod support;
#[path = "no_way_up/world.rs"]
mod world;

use play::Play;
use world::World;

const SEEDS: [u64; 2] = [1, 2];
const STEPS: usize = 2_500;

#[tokio::test]
async fn nobody_comes_to_more_than_the_rules_let_them() {
    let mut allowed = std::collections::BTreeSet::new();
    for seed in SEEDS {
        let mut play = Play::new(World::new().await, seed).await;
        for _ in 0..STEPS {
            play.step().await;
        }
        allowed.extend(play.allowed);
    }
    // It has come somewhere: what the rules are about has happened.
    for operation in [
        "AddUserToGroup",
        "AssumeRole",
        "AttachUserPolicy",
        "CreateAccessKey",
        "CreatePolicy",
        "CreatePolicyVersion",
        "CreateRole",
        "CreateUser",
        "DeleteUser",
        "GetSessionToken",
        "PutRolePermissionsBoundary",
        "PutUserPermissionsBoundary",
        "PutUserPolicy",
        "SetDefaultPolicyVersion",
        "UpdateAssumeRolePolicy",
        "UpdateUser",
    ] {
        assert!(allowed.contains(operation), "{operation} was never allowed");
    }
}
