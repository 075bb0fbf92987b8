//! Who there is at first, and how they are called.

use std::sync::Arc;

use flumen_access::policy::{Fact, Facts, Policies, Policy, Question, Subject, evaluate};
use flumen_access::{Action, Basis, Caller, Identities, RequestContext, Resource, Source, Standing, decide};
use flumen_machine::names;
use flumen_protocol::sign::Credentials as Signer;

use crate::support::signed::{self, Answer, Front, HERE, THERE};

pub const ALL: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
/// What the first delegate may give.
pub const FIRST: &str = r#"{"Statement":{"Effect":"Allow","Action":["kinesis:Get*","kinesis:Describe*","kinesis:List*"],"Resource":"*"}}"#;

/// What the second delegate may give, and may: so those whom they make may be delegates, too.
pub const SECOND: &str = r#"{"Statement":[
    {"Effect":"Allow","Action":["kinesis:PutRecord","kinesis:GetRecords"],"Resource":"*"},
    {"Effect":"Allow","Action":["iam:CreateUser","iam:CreateRole","iam:Put*","iam:Attach*","iam:Detach*",
        "iam:DeleteUserPolicy","iam:DeleteRolePolicy"],
        "Resource":["arn:aws:iam::000000000000:user/two/*","arn:aws:iam::000000000000:role/two/*"],
        "Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::000000000000:policy/Second"}}},
    {"Effect":"Allow","Action":["iam:CreateAccessKey","iam:UpdateAccessKey","iam:DeleteAccessKey","iam:Delete*Boundary",
        "iam:UpdateUser","iam:DeleteUser","iam:DeleteRole","iam:UpdateAssumeRolePolicy","iam:UpdateRole","iam:Get*",
        "sts:AssumeRole"],
        "Resource":["arn:aws:iam::000000000000:user/two/*","arn:aws:iam::000000000000:role/two/*"]},
    {"Effect":"Allow","Action":["iam:*Policy","iam:*PolicyVersion","iam:TagPolicy"],
        "Resource":"arn:aws:iam::000000000000:policy/two/*"},
    {"Effect":"Deny","Action":"iam:Delete*Boundary","Resource":"*",
        "Condition":{"StringLike":{"iam:PermissionsBoundary":"arn:aws:iam::000000000000:policy/*"}}}]}"#;

/// What bounds the first delegate, who may change policies but those that bound.
const FIRST_DELEGATE: &str = r#"{"Statement":[
    {"Effect":"Allow","Action":["kinesis:Get*","kinesis:Describe*","kinesis:List*"],"Resource":"*"},
    {"Effect":"Allow","Action":["iam:CreateUser","iam:CreateRole","iam:PutUser*","iam:PutRole*","iam:AttachUserPolicy",
        "iam:AttachRolePolicy","iam:DetachUserPolicy","iam:DetachRolePolicy","iam:DeleteUserPolicy","iam:DeleteRolePolicy"],
        "Resource":"*",
        "Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::000000000000:policy/First"}}},
    {"Effect":"Allow","Action":["iam:Get*","iam:List*","iam:Simulate*"],"Resource":"*"},
    {"Effect":"Allow","Action":["iam:CreateAccessKey","iam:UpdateAccessKey","iam:DeleteAccessKey","iam:UpdateUser",
        "iam:DeleteUser","iam:DeleteRole","iam:UpdateAssumeRolePolicy","iam:UpdateRole","iam:TagUser","iam:TagRole",
        "sts:AssumeRole","iam:CreateGroup","iam:UpdateGroup","iam:AddUserToGroup","iam:RemoveUserFromGroup"],
        "Resource":["arn:aws:iam::000000000000:*/one/*"]},
    {"Effect":"Allow","Action":["iam:UpdateUser","iam:UpdateGroup"],
        "Resource":["arn:aws:iam::000000000000:user/*","arn:aws:iam::000000000000:group/*"],
        "Condition":{"Null":{"iam:PermissionsBoundary":"true"}}},
    {"Effect":"Deny","Action":["iam:UpdateUser","iam:UpdateGroup"],
        "NotResource":["arn:aws:iam::000000000000:user/one/*","arn:aws:iam::000000000000:group/one/*",
            "arn:aws:iam::000000000000:user/u*","arn:aws:iam::000000000000:user/v*",
            "arn:aws:iam::000000000000:group/g*","arn:aws:iam::000000000000:group/v*"]},
    {"Effect":"Allow","Action":["iam:CreatePolicy","iam:DeletePolicy","iam:CreatePolicyVersion","iam:DeletePolicyVersion",
        "iam:SetDefaultPolicyVersion","iam:TagPolicy","iam:UntagPolicy"],"Resource":"*"},
    {"Effect":"Deny","Action":["iam:*Policy","iam:*PolicyVersion"],
        "Resource":["arn:aws:iam::000000000000:policy/First*","arn:aws:iam::000000000000:policy/Second",
            "arn:aws:iam::000000000000:policy/fixed/*"]},
    {"Effect":"Deny","Action":"iam:*","Resource":["arn:aws:iam::000000000000:user/one/vip",
        "arn:aws:iam::000000000000:group/one/vip"]},
    {"Effect":"Deny","Action":["iam:Put*","iam:Attach*","iam:Detach*"],"Resource":["arn:aws:iam::000000000000:user/first",
        "arn:aws:iam::000000000000:user/second"]},
    {"Effect":"Deny","Action":"iam:Delete*Boundary","Resource":"*"}]}"#;

/// An access key, with the token of credentials for a while.
#[derive(Clone)]
pub struct Held {
    pub signer: Signer,
    /// The policies that the session was begun within.
    pub within: Vec<String>,
}

/// What may be asked of somebody.
pub struct Probe {
    action: Action,
    arn: String,
    account: &'static str,
    given: RequestContext,
}

/// For each of the probes whether it is allowed.
pub type May = Vec<bool>;

pub struct World {
    front: Front,
    pub probes: Vec<Probe>,
}

/// A request's parameters.
pub type Form = Vec<(String, String)>;

pub fn trust(principal: &str) -> String {
    format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":{principal},"Action":["sts:AssumeRole","sts:TagSession"]}}}}"#
    )
}

impl World {
    pub async fn new() -> Self {
        World { front: Front::new().await, probes: probes() }
    }

    pub fn identities(&self) -> &Identities {
        &self.front.api.services.iam.0
    }

    /// Where the log of identities ends.
    pub fn end(&self) -> u64 {
        self.front.storage.log(names::IDENTITIES.commands).map_or(0, |log| log.end())
    }

    pub async fn call(&self, by: &Signer, service: &'static str, operation: &str, form: &Form) -> Answer {
        self.front.form(by, service, operation, form).await
    }

    async fn iam(&self, operation: &str, parameters: &[(&str, &str)]) -> String {
        self.front.form(&self.front.root, "iam", operation, parameters).await.unwrap()
    }

    async fn there(&self, operation: &str, parameters: &[(&str, &str)]) -> String {
        self.front.form(&self.front.root_there, "iam", operation, parameters).await.unwrap()
    }

    async fn user(&self, path: &str, name: &str, boundary: Option<&str>, policy: Option<&str>) -> Held {
        let mut of_user = vec![("UserName", name), ("Path", path)];
        of_user.extend(boundary.map(|boundary| ("PermissionsBoundary", boundary)));
        self.iam("CreateUser", &of_user).await;
        if let Some(policy) = policy {
            self.iam(
                "PutUserPolicy",
                &[("UserName", name), ("PolicyName", "first"), ("PolicyDocument", policy)],
            )
            .await;
        }
        key(&self.iam("CreateAccessKey", &[("UserName", name)]).await).unwrap()
    }

    async fn role(&self, path: &str, name: &str, principal: &str, policy: &str) {
        let trust = trust(principal);
        let role = [
            ("RoleName", name),
            ("Path", path),
            ("AssumeRolePolicyDocument", &*trust),
            ("MaxSessionDuration", "43200"),
        ];
        self.iam("CreateRole", &role).await;
        self.iam("PutRolePolicy", &[("RoleName", name), ("PolicyName", "first"), ("PolicyDocument", policy)])
            .await;
    }

    async fn policy(&self, path: &str, name: &str, text: &str) {
        self.iam("CreatePolicy", &[("PolicyName", name), ("Path", path), ("PolicyDocument", text)]).await;
    }

    /// Makes who there is at first. Those who play, and what the others are measured by: whoever may exactly what a text says.
    pub async fn people(&self) -> (Vec<Held>, Measures) {
        self.policy("/", "First", FIRST).await;
        self.policy("/", "Second", SECOND).await;
        self.policy("/", "FirstDelegate", FIRST_DELEGATE).await;
        let plain = r#"{"Statement":{"Effect":"Allow","Action":["kinesis:ListShards"],"Resource":"*"}}"#;
        self.policy("/fixed/", "Plain", plain).await;
        let assumes = r#"{"Statement":{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession","kinesis:ListShards"],
            "Resource":"*"}}"#;
        let reads = r#"{"Statement":{"Effect":"Allow","Action":["iam:Get*","iam:List*","iam:Simulate*"],"Resource":"*"}}"#;
        let puts = r#"{"Statement":{"Effect":"Allow","Action":["kinesis:PutRecord","kinesis:GetRecords","sts:AssumeRole"],
            "Resource":"*"}}"#;
        let bound = |name: &str| format!("arn:aws:iam::{HERE}:policy/{name}");
        let (first, second) = (bound("FirstDelegate"), bound("Second"));
        let mut held = vec![
            self.user("/", "first", Some(&first), Some(ALL)).await,
            self.user("/", "second", Some(&second), Some(ALL)).await,
            self.user("/", "roler", None, Some(assumes)).await,
            self.user("/", "reader", None, Some(reads)).await,
            self.user("/", "nobody", None, None).await,
        ];
        let plain = self.user("/fixed/", "plain", None, None).await;
        let plainly = format!("arn:aws:iam::{HERE}:policy/fixed/Plain");
        self.iam("AttachUserPolicy", &[("UserName", "plain"), ("PolicyArn", &plainly)]).await;
        held.push(plain);
        // One who may everything, and plays by a session token alone.
        let all = self.user("/keep/", "token", None, Some(ALL)).await;
        let token = self.call(&all.signer, "sts", "GetSessionToken", &Form::new()).await.unwrap();
        held.push(key(&token).unwrap());
        // And one who does not play.
        self.user("/keep/", "boss", None, Some(ALL)).await;

        let by_name = |name: &str| format!(r#"{{"AWS":"arn:aws:iam::{HERE}:{name}"}}"#);
        self.role("/jobs/", "worker", &by_name("root"), puts).await;
        self.role("/jobs/", "next", &by_name("role/jobs/worker"), puts).await;
        self.role("/jobs/", "there", &format!(r#"{{"AWS":"{THERE}"}}"#), puts).await;
        self.role("/keep/", "admin", &by_name("user/keep/boss"), ALL).await;
        self.role("/keep/", "vip", &by_name("user/one/vip"), ALL).await;
        self.iam("CreateGroup", &[("GroupName", "vip"), ("Path", "/keep/")]).await;

        self.there("CreateUser", &[("UserName", "bee")]).await;
        self.there("PutUserPolicy", &[("UserName", "bee"), ("PolicyName", "first"), ("PolicyDocument", ALL)])
            .await;
        held.push(key(&self.there("CreateAccessKey", &[("UserName", "bee")]).await).unwrap());
        let of_roler = trust(&by_name("user/roler"));
        self.there("CreateRole", &[("RoleName", "shared"), ("AssumeRolePolicyDocument", &of_roler)]).await;
        self.there(
            "PutRolePolicy",
            &[("RoleName", "shared"), ("PolicyName", "first"), ("PolicyDocument", ALL)],
        )
        .await;

        // Nobody in play comes to these: each may exactly what a text says.
        let mut measures = Measures { may: Vec::new(), first: Vec::new(), second: Vec::new() };
        let measure = async |name: &str, policy: &str| {
            self.may(&self.user("/keep/", name, None, Some(policy)).await).unwrap().1
        };
        measures.first = measure("measure-first", FIRST).await;
        measures.second = self
            .may(&self.user("/keep/", "measure-second", Some(&second), Some(ALL)).await)
            .map(|(_, may)| may)
            .unwrap();
        for role in ["worker", "next", "there"] {
            measures.may.push((session_of(role), measure(&format!("measure-{role}"), puts).await));
        }
        for one in &held {
            let (who, may) = self.may(one).unwrap();
            measures.may.push((who, may));
        }
        (held, measures)
    }

    /// Who it is, and what they may; nothing where the credential is no more.
    pub fn may(&self, held: &Held) -> Option<(String, May)> {
        let by = self.identities().signed_by(&held.signer.access_key, held.signer.session_token.as_deref());
        let by = by.ok()?;
        let who = by.known.principal.to_string();
        let caller = Caller::new(by.known.principal.clone(), "us-east-1").standing(Standing {
            basis: Basis::Key(by),
            at_ms: 0,
            source: Source::default(),
            user_agent: None,
            report: None,
        });
        let ask = |probe: &Probe| {
            let about = Resource { given: Some(&probe.given), ..Resource::new(probe.account, &probe.arn) };
            decide(&caller, &[probe.action], about).is_ok()
        };
        Some((who, self.probes.iter().map(ask).collect()))
    }
}

/// What those may who are measured by.
pub struct Measures {
    /// At first: of users by ARN, of a role's sessions by what their ARN begins with.
    pub may: Vec<(String, May)>,
    /// What the delegates may give.
    pub first: May,
    pub second: May,
}

/// What the ARNs of a role's sessions begin with.
fn session_of(role: &str) -> String {
    format!("arn:aws:sts::{HERE}:assumed-role/{role}/")
}

impl Probe {
    /// Whether it is about the account in which it is played.
    pub fn is_here(&self) -> bool {
        self.account == HERE
    }

    /// Whether a text that has no conditions allows it.
    pub fn is_within(&self, policies: &[Arc<Policy>]) -> bool {
        struct NoFacts;
        impl Facts for NoFacts {
            fn get(&self, _: &str) -> Option<Fact<'_>> {
                None
            }
        }
        let subject = Subject::of_arn("arn:aws:iam::000000000000:user/x").unwrap();
        let question = Question {
            subject: &subject,
            action: self.action.0,
            resource: &self.arn,
            resource_account: Some(HERE),
            facts: &NoFacts,
        };
        evaluate(&question, &Policies { identity: policies, ..Policies::default() }).is_allowed()
    }
}

fn probes() -> Vec<Probe> {
    let mut probes = Vec::new();
    let mut add = |action, arn: String, account, given| {
        probes.push(Probe { action: Action(action), arn, account, given });
    };
    let iam = |account: &str, rest: &str| format!("arn:aws:iam::{account}:{rest}");
    for account in [HERE, THERE] {
        for action in [
            "kinesis:PutRecord",
            "kinesis:GetRecords",
            "kinesis:DescribeStream",
            "kinesis:ListShards",
            "kinesis:DeleteStream",
        ] {
            let arn = format!("arn:aws:kinesis:us-east-1:{account}:stream/s");
            add(action, arn, account, RequestContext::default());
        }
        let table = format!("arn:aws:dynamodb:us-east-1:{account}:table/t");
        add("dynamodb:PutItem", table, account, RequestContext::default());
        for boundary in [None, Some("First"), Some("Second")] {
            let given = || {
                let arn = |name| iam(HERE, &format!("policy/{name}"));
                boundary.map_or_else(RequestContext::default, |name| {
                    RequestContext::default().and("iam:permissionsboundary", arn(name))
                })
            };
            for path in ["one", "two", "keep"] {
                add("iam:CreateUser", iam(account, &format!("user/{path}/x")), account, given());
                add("iam:PutRolePolicy", iam(account, &format!("role/{path}/x")), account, given());
                add(
                    "iam:DeleteUserPermissionsBoundary",
                    iam(account, &format!("user/{path}/x")),
                    account,
                    given(),
                );
            }
        }
        for path in ["one/x", "two/x", "keep/boss"] {
            add(
                "iam:CreateAccessKey",
                iam(account, &format!("user/{path}")),
                account,
                RequestContext::default(),
            );
        }
        for path in ["First", "Second", "two/x", "fixed/Plain"] {
            add(
                "iam:CreatePolicyVersion",
                iam(account, &format!("policy/{path}")),
                account,
                RequestContext::default(),
            );
        }
        add("iam:PutGroupPolicy", iam(account, "group/one/x"), account, RequestContext::default());
    }
    probes
}

/// The credential in an answer.
pub fn key(answer: &str) -> Option<Held> {
    Some(Held { signer: signed::key(answer)?, within: Vec::new() })
}
