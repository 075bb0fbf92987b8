//! Random calls, and what holds after each of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use fastrand::Rng;
use flumen_access::policy::{Kind, Policy};
use flumen_protocol::iam::Operation;

use crate::support::signed::{HERE, THERE};
use crate::world::{ALL, FIRST, Form, Held, May, Measures, SECOND, World, key, trust};

/// So many credentials are played with.
const HELD_MAX: usize = 36;

pub struct Play {
    world: World,
    rng: Rng,
    /// Those of the first ones, then what came of them.
    held: Vec<Held>,
    first_ones: usize,
    measures: Measures,
    /// Operations that were allowed.
    pub allowed: BTreeSet<String>,
    /// What was done, to be told where it led to something wrong.
    done: Vec<String>,
}

/// A call that is to be made.
struct Asked {
    service: &'static str,
    operation: String,
    form: Form,
    /// The session policies that it asks for.
    within: Vec<String>,
    seconds: u32,
}

impl Play {
    pub async fn new(world: World, seed: u64) -> Self {
        let (held, measures) = world.people().await;
        let first_ones = held.len();
        let (rng, allowed, done) = (Rng::with_seed(seed), BTreeSet::new(), vec![format!("seed {seed}")]);
        let play = Play { world, rng, held, first_ones, measures, allowed, done };
        play.check();
        play
    }

    pub async fn step(&mut self) {
        let at = self.rng.usize(..self.held.len() * 2);
        // The delegates have most to play with.
        let at = if at < self.held.len() { at } else { self.rng.usize(..2) };
        let by = self.held[at].clone();
        let Some((who, _)) = self.world.may(&by) else {
            // Taken away or switched off meanwhile.
            if at >= self.first_ones {
                self.held.remove(at);
            }
            return;
        };
        let own = match who.ends_with("/second") || who.contains("/two/") {
            true => ("/two/", "Second"),
            false => ("/one/", "First"),
        };
        let asked = if self.rarely(7) { self.ask_sts() } else { self.ask_iam(own) };
        let before = self.world.end();
        let answer = self.world.call(&by.signer, asked.service, &asked.operation, &asked.form).await;
        let changed = self.world.end() != before;
        let Ok(answer) = answer else {
            assert!(!changed, "{who} was refused {} and changed something: {}", asked.operation, self.told());
            return;
        };
        let kind = if by.signer.session_token.is_some() { " by a token" } else { "" };
        self.allowed.insert(asked.operation.clone());
        let made = key(&answer).map(|held| Held { within: asked.within.clone(), ..held });
        if changed || made.is_some() {
            let form: Vec<_> = asked.form.iter().map(|(name, value)| format!("{name}={value}")).collect();
            self.done.push(format!("{who}{kind}: {} {}", asked.operation, form.join(" & ")));
        }
        let is_role = who.contains(":assumed-role/");
        if by.signer.session_token.is_some() && !is_role {
            let is_its_to_do = matches!(&*asked.operation, "AssumeRole" | "GetCallerIdentity");
            assert!(is_its_to_do, "a session token did {}: {}", asked.operation, self.told());
        }
        if asked.operation == "AssumeRole" && is_role {
            assert!(asked.seconds <= 3_600, "a role's session began a long one: {}", self.told());
        }
        let may_only_read = [":user/reader", ":user/nobody"].iter().any(|user| who.ends_with(user));
        assert!(!may_only_read || !changed, "a reader changed something: {}", self.told());
        if changed || made.is_some() {
            self.held.extend(made);
            self.check();
            if self.held.len() > HELD_MAX {
                self.held.remove(self.rng.usize(self.first_ones..self.held.len()));
            }
        }
    }

    fn told(&self) -> String {
        self.done.join("\n")
    }

    /// That all credentials are within what the rules let them.
    fn check(&self) {
        let is_within = |may: &May, limit: &May| may.iter().zip(limit).all(|(may, limit)| !may || *limit);
        let all: Vec<_> = self.held.iter().filter_map(|held| Some((held, self.world.may(held)?))).collect();
        for (held, (who, may)) in &all {
            let limits = self.limits(held, who);
            assert!(limits.iter().any(|limit| is_within(may, limit)), "{who} may too much: {}", self.told());
            // Without what its session began with, by the same role or user.
            let of = |who: &str| who.rsplit_once('/').map_or(String::new(), |(role, _)| role.to_owned());
            for (other, (whose, limit)) in &all {
                let is_of_same = match who.contains(":assumed-role/") {
                    true => of(who) == of(whose) && other.within.is_empty(),
                    false => who == whose && other.signer.session_token.is_none(),
                };
                assert!(!is_of_same || is_within(may, limit), "{who} may more than {whose}: {}", self.told());
            }
            if !held.within.is_empty() {
                let parse = |text: &String| Arc::new(Policy::parse(text, Kind::Identity).unwrap());
                let policies: Vec<_> = held.within.iter().map(parse).collect();
                let limit = self.world.probes.iter().map(|probe| probe.is_within(&policies)).collect();
                assert!(
                    is_within(may, &limit),
                    "{who} may more than its session's policies: {}",
                    self.told()
                );
            }
        }
    }

    /// Within one of these is whoever it is, if they may be held at all.
    fn limits(&self, held: &Held, who: &str) -> Vec<May> {
        let Measures { may, first, second } = &self.measures;
        let is_there = who.split(':').nth(4) == Some(THERE);
        if is_there {
            return vec![self.world.probes.iter().map(|probe| !probe.is_here()).collect()];
        }
        let user = who.strip_prefix(&format!("arn:aws:iam::{HERE}:user/"));
        // They play by a token alone.
        if user == Some("keep/token") && held.signer.session_token.is_none() {
            return Vec::new();
        }
        let at_first = may.iter().find(|(of, _)| of == who || of.ends_with('/') && who.starts_with(of));
        match (at_first, user) {
            // A delegate may have bounded them since, and then added what the boundary lets.
            (Some((_, may)), _) => vec![may.iter().zip(first).map(|(may, first)| *may || *first).collect()],
            (None, Some("one/vip")) => Vec::new(),
            // The first delegate may take whom they made out of their path.
            (None, Some(user)) if user.starts_with("one/") || !user.contains('/') => vec![first.clone()],
            (None, Some(user)) if user.starts_with("two/") => vec![first.clone(), second.clone()],
            (None, Some(_)) => Vec::new(),
            (None, None) => vec![first.clone(), second.clone()],
        }
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.rng.usize(..of.len())]
    }

    /// Once in so many times.
    fn rarely(&mut self, times: usize) -> bool {
        self.rng.usize(..times) == 0
    }

    fn policy_arn(&mut self) -> String {
        if self.rarely(6) {
            return format!(
                "arn:aws:iam::aws:policy/{}",
                self.one(&["AdministratorAccess", "FlumenProducer"])
            );
        }
        let partition = if self.rarely(10) { "aws-cn" } else { "aws" };
        let account = if self.rarely(20) { THERE } else { HERE };
        let path = self.one(&["/", "/one/", "/two/", "/one/fixed/", "/two/fixed/", "/fixed/"]);
        let name = self.one(&["First", "Second", "FirstDelegate", "Plain", "x", "y"]);
        format!("arn:{partition}:iam::{account}:policy{path}{name}")
    }

    fn ask_sts(&mut self) -> Asked {
        let published: Vec<&str> = flumen_access::sts::published().map(|row| row.operation).collect();
        let operation = if self.rarely(3) { self.one(&published) } else { "AssumeRole" }.to_owned();
        let (mut form, mut within) = (Form::new(), Vec::new());
        let mut add = |name: &str, value: String| form.push((name.to_owned(), value));
        let role = self.one(&[
            "work/worker",
            "work/next",
            "work/there",
            "keep/admin",
            "keep/vip",
            "one/r1",
            "one/r2",
            "two/r1",
            "two/r2",
            "shared",
        ]);
        let account = if role == "shared" { THERE } else { HERE };
        add("RoleArn", format!("arn:aws:iam::{account}:role/{role}"));
        add("RoleSessionName", self.one(&["s1", "s2"]).to_owned());
        add("AccessKeyId", self.held[0].signer.access_key.clone());
        let mut seconds = 3_600;
        if self.rarely(2) {
            seconds = *[900, 3_600, 7_200, 43_200].get(self.rng.usize(..4)).unwrap();
            add("DurationSeconds", seconds.to_string());
        }
        if operation == "AssumeRole" && self.rarely(2) {
            let policy = self.document(false);
            add("Policy", policy.clone());
            within.push(policy);
            if account == HERE && self.rarely(3) {
                add("PolicyArns.member.1.arn", format!("arn:aws:iam::{HERE}:policy/First"));
                within.push(FIRST.to_owned());
            }
        }
        Asked { service: "sts", operation, form, within, seconds }
    }

    fn document(&mut self, with_conditions: bool) -> String {
        let puts = r#"{"Statement":{"Effect":"Allow","Action":"kinesis:Put*","Resource":"*"}}"#;
        let but_gets = r#"{"Statement":[{"Effect":"Allow","Action":"kinesis:*","Resource":"*"},
            {"Effect":"Deny","Action":"kinesis:Get*","Resource":"*"}]}"#;
        let all = [ALL, ALL, FIRST, puts, but_gets];
        let text = if with_conditions && self.rarely(5) { SECOND } else { self.one(&all) };
        text.to_owned()
    }

    /// What is mostly likely to be allowed with the path and the boundary that are `own`, and everything else.
    fn ask_iam(&mut self, own: (&'static str, &'static str)) -> Asked {
        let served: Vec<&str> =
            Operation::ALL.iter().filter(|one| one.is_served()).map(|one| one.as_str()).collect();
        let likely = [
            "DeleteAccessKey",
            "DeleteUser",
            "AddUserToGroup",
            "AttachRolePolicy",
            "AttachUserPolicy",
            "CreateAccessKey",
            "CreateAccessKey",
            "CreateGroup",
            "CreatePolicy",
            "CreatePolicyVersion",
            "CreatePolicyVersion",
            "CreateRole",
            "CreateUser",
            "CreateUser",
            "DeletePolicyVersion",
            "DeleteUserPermissionsBoundary",
            "DeleteUserPolicy",
            "DetachUserPolicy",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "PutUserPermissionsBoundary",
            "PutUserPolicy",
            "SetDefaultPolicyVersion",
            "UpdateAssumeRolePolicy",
            "UpdateUser",
            "UpdateUser",
            "UpdateUser",
        ];
        let operation = if self.rarely(6) { self.one(&served) } else { self.one(&likely) }.to_owned();
        let mut form = Form::new();
        let mut add = |name: &str, value: String| form.push((name.to_owned(), value));
        let users = ["U1", "vip", "first", "second", "roler", "reader", "plain", "token", "boss", "one/u1"];
        if !self.rarely(10) {
            let user = if self.rarely(4) { self.one(&users) } else { self.one(&["u1", "u2", "u3", "u4"]) };
            add("UserName", user.to_owned());
        }
        add(
            "RoleName",
            self.one(&["r1", "r2", "r1", "r2", "r1", "r2", "r1", "r2", "worker", "next", "admin", "vip"])
                .to_owned(),
        );
        add("GroupName", self.one(&["g1", "g2", "vip"]).to_owned());
        let paths = ["/", "/one/", "/two/", "/keep/", "/fixed/"];
        add("Path", if self.rarely(5) { self.one(&paths) } else { own.0 }.to_owned());
        // Out of the delegates' paths there is no way back.
        if self.rarely(12) {
            add("NewPath", self.one(&paths).to_owned());
        }
        if !self.rarely(4) {
            add("NewUserName", self.one(&["u1", "vip", "vip"]).to_owned());
            add("NewGroupName", self.one(&["g1", "g2", "vip"]).to_owned());
        }
        add("PolicyName", self.one(&["x", "y", "x", "First", "Second", "Plain", "first"]).to_owned());
        let made = format!("arn:aws:iam::{HERE}:policy{}{}", own.0, self.one(&["x", "y"]));
        add("PolicyArn", if self.rarely(2) { self.policy_arn() } else { made });
        // Of the ways to say so, by which operations differ.
        let trusted = [
            r#""*""#.to_owned(),
            format!(r#"{{"AWS":"{HERE}"}}"#),
            format!(r#"{{"AWS":"{THERE}"}}"#),
            format!(r#"{{"AWS":"arn:aws:iam::{HERE}:user/roler"}}"#),
            format!(r#"{{"AWS":"arn:aws:iam::{HERE}:role/jobs/worker"}}"#),
        ];
        let trust = trust(&trusted[self.rng.usize(..trusted.len())]);
        let document =
            if operation == "UpdateAssumeRolePolicy" { trust.clone() } else { self.document(true) };
        add("PolicyDocument", document);
        add("AssumeRolePolicyDocument", trust);
        if !self.rarely(6) {
            let boundary = match self.rarely(4) {
                false => format!("arn:aws:iam::{HERE}:policy/{}", own.1),
                true => self.policy_arn(),
            };
            add("PermissionsBoundary", boundary);
        }
        let whose = self.rng.usize(..self.held.len());
        add("AccessKeyId", self.held[whose].signer.access_key.clone());
        // A key that was switched off plays no more, and few are.
        add("Status", if self.rarely(10) { "Inactive" } else { "Active" }.to_owned());
        add("VersionId", self.one(&["v1", "v2", "v3", "v4", "v5"]).to_owned());
        if self.rarely(2) {
            add("SetAsDefault", "true".to_owned());
        }
        add("Tags.member.1.Key", "k".to_owned());
        add("Tags.member.1.Value", self.one(&["a", "b"]).to_owned());
        add("TagKeys.member.1", "k".to_owned());
        add("Description", "d".to_owned());
        add("PolicyInputList.member.1", ALL.to_owned());
        add("ActionNames.member.1", "kinesis:PutRecord".to_owned());
        add("PolicySourceArn", format!("arn:aws:iam::{HERE}:user/{}", self.one(&["roler", "keep/boss"])));
        Asked { service: "iam", operation, form, within: Vec::new(), seconds: 0 }
    }
}
