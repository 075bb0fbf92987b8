//! Identities in memory, and whoever calls with an access key.

use std::sync::Arc;

use flumen_access::iam::{Iam, IamError};
use flumen_access::identity::{KeyPair, NotKnown};
use flumen_access::sts::{Sts, StsError};
use flumen_access::web_identity::Issuers;
use flumen_access::{Action, Basis, Caller, Denied, Identities, Resource, Source, Standing, decide};
use flumen_machine::names;
use flumen_protocol::iam::*;
use flumen_protocol::sts::{AssumeRoleRequest, Credentials, GetSessionTokenRequest};
use flumen_seal::Seal;
use flumen_storage::Storage;
use flumen_types::{Clock, ManualClock};

pub const ACCOUNT: &str = "111111111111";
pub const NOW_MS: u64 = 1_800_000_000_000;

pub struct World {
    pub identities: Identities,
    pub time: ManualClock,
    storage: Storage,
    clock: Clock,
    seal: Seal,
    root: KeyPair,
}

/// An access key, with the token of credentials for a while.
#[derive(Clone, Debug)]
pub struct Key {
    pub id: String,
    pub token: Option<String>,
}

impl World {
    /// With an account whose root has a key.
    pub async fn new() -> Self {
        let (clock, time) = Clock::manual(NOW_MS);
        let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
        let seal = Seal::in_memory().unwrap();
        let identities = Identities::open(storage.clone(), clock.clone(), seal.clone()).await.unwrap();
        let root = KeyPair::random().unwrap();
        identities.create_account(ACCOUNT, &root).await.unwrap();
        World { identities, time, storage, clock, seal, root }
    }

    /// As another process finds what is on the log.
    pub async fn reopen(&mut self) {
        let (storage, clock) = (self.storage.clone(), self.clock.clone());
        self.identities = Identities::open(storage, clock, self.seal.clone()).await.unwrap();
    }

    /// Where the log of identities ends.
    pub fn end(&self) -> u64 {
        self.storage.log(names::IDENTITIES.commands).map_or(0, |log| log.end())
    }

    /// Where roles may trust these issuers.
    pub fn trust(&mut self, issuers: Issuers) {
        self.identities = self.identities.clone().with_issuers(issuers);
    }

    pub fn root(&self) -> Key {
        Key { id: self.root.id.clone(), token: None }
    }

    pub fn known(&self, key: &Key) -> Result<Caller, NotKnown> {
        let by = self.identities.signed_by(&key.id, key.token.as_deref())?;
        let caller = Caller::new(by.known.principal.clone(), "us-east-1");
        Ok(caller.standing(Standing {
            basis: Basis::Key(by),
            at_ms: self.clock.now_ms(),
            source: Source::default(),
            user_agent: None,
            report: None,
        }))
    }

    pub fn caller(&self, key: &Key) -> Caller {
        self.known(key).unwrap()
    }

    /// Whether the key may put records into the account's stream `s`.
    pub fn may(&self, key: &Key, action: &'static str) -> Result<(), Box<Denied>> {
        let arn = format!("arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s");
        let decided = decide(&self.caller(key), &[Action(action)], Resource::new(ACCOUNT, &arn));
        decided.map(drop).map_err(Box::new)
    }

    pub async fn user(&self, name: &str) -> Key {
        let caller = self.caller(&self.root());
        let user = CreateUserRequest { user_name: name.into(), ..Default::default() };
        Iam::new(&self.identities, &caller, Operation::CreateUser).create_user(&user).await.unwrap();
        self.key_of(name).await.unwrap()
    }

    pub async fn key_of(&self, name: &str) -> Result<Key, IamError> {
        let caller = self.caller(&self.root());
        let key = CreateAccessKeyRequest { user_name: Some(name.into()) };
        let iam = Iam::new(&self.identities, &caller, Operation::CreateAccessKey);
        let made = iam.create_access_key(&key).await?;
        Ok(Key { id: made.access_key.access_key_id.into_owned(), token: None })
    }

    pub async fn attach(&self, name: &str, policy: &str) {
        let caller = self.caller(&self.root());
        let iam = Iam::new(&self.identities, &caller, Operation::AttachUserPolicy);
        let policy_arn = format!("arn:aws:iam::aws:policy/{policy}").into();
        iam.attach_user_policy(&AttachUserPolicyRequest { user_name: name.into(), policy_arn })
            .await
            .unwrap();
    }

    pub async fn put_policy(&self, key: &Key, user: &str, text: &str) -> Result<(), IamError> {
        let caller = self.caller(key);
        let iam = Iam::new(&self.identities, &caller, Operation::PutUserPolicy);
        let (user_name, policy_name) = (user.into(), "p".into());
        iam.put_user_policy(&PutUserPolicyRequest { user_name, policy_name, policy_document: text.into() })
            .await
    }

    /// A role that the principals may assume, and what it may.
    pub async fn role(&self, name: &str, trusted: &str, policy: &str) {
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{trusted},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}}}}"#
        );
        self.role_of(name, &trust, policy).await.unwrap();
    }

    /// The same with the whole of its trust policy.
    pub async fn role_of(&self, name: &str, trust: &str, policy: &str) -> Result<(), IamError> {
        let caller = self.caller(&self.root());
        let iam = |operation| Iam::new(&self.identities, &caller, operation);
        let role = CreateRoleRequest {
            role_name: name.into(),
            assume_role_policy_document: trust.to_owned().into(),
            ..Default::default()
        };
        iam(Operation::CreateRole).create_role(&role).await?;
        let policy = PutRolePolicyRequest {
            role_name: name.into(),
            policy_name: "p".into(),
            policy_document: policy.to_owned().into(),
        };
        iam(Operation::PutRolePolicy).put_role_policy(&policy).await
    }

    pub async fn set_trust(&self, name: &str, trust: &str) -> Result<(), IamError> {
        let caller = self.caller(&self.root());
        let set = UpdateAssumeRolePolicyRequest {
            role_name: name.into(),
            policy_document: trust.to_owned().into(),
        };
        Iam::new(&self.identities, &caller, Operation::UpdateAssumeRolePolicy)
            .update_assume_role_policy(&set)
            .await
    }

    pub fn assume(&self, key: &Key, input: &AssumeRoleRequest<'_>) -> Result<Key, StsError> {
        let caller = self.caller(key);
        let assumed = Sts::new(&self.identities, &caller).assume_role(input)?;
        Ok(of(assumed.credentials.unwrap()))
    }

    pub fn session_token(&self, key: &Key) -> Result<Key, StsError> {
        let caller = self.caller(key);
        let asked = GetSessionTokenRequest::default();
        let got = Sts::new(&self.identities, &caller).get_session_token(&asked)?;
        Ok(of(got.credentials.unwrap()))
    }
}

pub fn of(credentials: Credentials<'_>) -> Key {
    Key { id: credentials.access_key_id.into_owned(), token: Some(credentials.session_token.into_owned()) }
}

pub fn role(name: &str, session: &str) -> AssumeRoleRequest<'static> {
    AssumeRoleRequest {
        role_arn: format!("arn:aws:iam::{ACCOUNT}:role/{name}").into(),
        role_session_name: session.to_owned().into(),
        ..Default::default()
    }
}

/// A policy of one statement.
pub fn policy(effect: &str, action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}}}"#
    )
}

/// An `Arc` that nobody shares, for what tests compare.
pub fn text<T: ToString>(value: &Arc<T>) -> String {
    value.to_string()
}
