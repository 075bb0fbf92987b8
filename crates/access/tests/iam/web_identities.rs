//! Whom an issuer vouches for, and what becomes of them.

use std::sync::Arc;

use crate::support::{ACCOUNT, Key, NOW_MS, World, of, policy, text};
use flumen_access::iam::IamError;
use flumen_access::sts::{Sts, StsError};
use flumen_access::web_identity::{Algorithm, Issuer, Issuers};
use flumen_access::{Basis, Caller, Denials, Principal, Source, Standing};
use flumen_protocol::query::Fault;
use flumen_protocol::sts::{AssumeRoleWithWebIdentityRequest, AssumeRoleWithWebIdentityResponse};
use flumen_testkit::tokens::{TokenKey, jwks};
use serde_json::{Value, json};

const PUT: &str = "kinesis:PutRecord";
const GET: &str = "kinesis:GetRecords";
const CLUSTER: &str = "https://cluster.example/Oidc";
const PUBLIC: &str = "https://token.actions.githubusercontent.com";
const WEB: &str = "sts:AssumeRoleWithWebIdentity";

struct Web {
    world: World,
    key: TokenKey,
    report: Option<Arc<Denials>>,
}

fn issuer(url: &str, key: &TokenKey, is_public: bool) -> Arc<Issuer> {
    let algorithms = vec![Algorithm::named("ES256").unwrap()];
    let issuer = Issuer::new(url, vec!["flumen".into()], algorithms, is_public).unwrap();
    issuer.set_keys(jwks([key]).as_bytes()).unwrap();
    Arc::new(issuer)
}

/// A trust policy of that statement.
fn trusting(issuer: &str, action: &Value, condition: &Value) -> String {
    let name = issuer.strip_prefix("https://").unwrap();
    let whom = json!({"Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{name}")});
    let statement = json!({"Effect": "Allow", "Principal": whom, "Action": action, "Condition": condition});
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

impl Web {
    async fn new() -> Self {
        let (mut world, key) = (World::new().await, TokenKey::es256("k"));
        let issuers = [issuer(CLUSTER, &key, false), issuer(PUBLIC, &key, false)];
        world.trust(Issuers::new(issuers).unwrap());
        Web { world, key, report: None }
    }

    fn assume(
        &self,
        input: &AssumeRoleWithWebIdentityRequest<'_>,
        claims: &Value,
    ) -> Result<AssumeRoleWithWebIdentityResponse<'static>, StsError> {
        let mut whole = json!({"iss": CLUSTER, "aud": "flumen", "sub": "system:serviceaccount:orders:producer",
            "exp": NOW_MS / 1000 + 60});
        whole.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        let identity = self.world.identities.issuers().verify(&self.key.token(&whole), NOW_MS)?;
        let caller = Caller::new(Arc::new(Principal::anybody()), "us-east-1").standing(Standing {
            basis: Basis::Nothing,
            at_ms: NOW_MS,
            source: Source::default(),
            user_agent: None,
            report: self.report.clone(),
        });
        Sts::new(&self.world.identities, &caller).assume_role_with_web_identity(input, &identity)
    }

    /// The code of the refusal of those claims, where the role has that trust policy.
    async fn refused(&self, trust: &str, claims: &Value) -> &'static str {
        self.world.set_trust("R", trust).await.unwrap();
        Fault::from(self.assume(&role("R"), claims).unwrap_err()).code
    }

    async fn taken(&self, trust: &str, claims: &Value) -> Key {
        self.world.set_trust("R", trust).await.unwrap();
        of(self.assume(&role("R"), claims).unwrap().credentials.unwrap())
    }
}

fn role(name: &str) -> AssumeRoleWithWebIdentityRequest<'static> {
    AssumeRoleWithWebIdentityRequest {
        role_arn: format!("arn:aws:iam::{ACCOUNT}:role/{name}").into(),
        role_session_name: "pod".into(),
        web_identity_token: "".into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn whom_a_trusted_issuer_vouches_for_is_a_session_of_the_role() {
    let web = Web::new().await;
    let trust = trusting(CLUSTER, &json!(WEB), &json!({}));
    web.world.role_of("R", &trust, &policy("Allow", "kinesis:*")).await.unwrap();
    let answer = web.assume(&role("R"), &json!({})).unwrap();
    assert_eq!(
        (
            answer.subject_from_web_identity_token.as_deref(),
            answer.audience.as_deref(),
            answer.provider.as_deref()
        ),
        (
            Some("system:serviceaccount:orders:producer"),
            Some("flumen"),
            Some("arn:aws:iam::111111111111:oidc-provider/cluster.example/Oidc")
        )
    );
    let assumed = answer.assumed_role_user.unwrap();
    assert_eq!(assumed.arn, format!("arn:aws:sts::{ACCOUNT}:assumed-role/R/pod"));
    assert!(assumed.assumed_role_id.starts_with("AROA") && assumed.assumed_role_id.ends_with(":pod"));
    let session = of(answer.credentials.unwrap());
    assert_eq!(text(web.world.caller(&session).principal()), assumed.arn);
    web.world.may(&session, PUT).unwrap();
    // Within the policies that it begins with, for as long as the role allows.
    let bounded = AssumeRoleWithWebIdentityRequest {
        policy: Some(policy("Allow", "kinesis:Get*").into()),
        duration_seconds: Some(900),
        ..role("R")
    };
    let bounded = web.assume(&bounded, &json!({})).unwrap();
    assert!(bounded.packed_policy_size.is_some());
    let session = of(bounded.credentials.unwrap());
    web.world.may(&session, GET).unwrap();
    web.world.may(&session, PUT).unwrap_err();
    web.world.time.advance_ms(900_000);
    web.world.known(&session).unwrap_err();
    let long = AssumeRoleWithWebIdentityRequest { duration_seconds: Some(3_601), ..role("R") };
    assert!(matches!(web.assume(&long, &json!({})).unwrap_err(), StsError::TooLong));
}

#[tokio::test]
async fn a_role_decides_by_what_the_token_says() {
    let web = Web::new().await;
    let of_key =
        |claim: &str, value: &str| json!({"StringEquals": {format!("cluster.example/oidc:{claim}"): value}});
    let trust = |condition: &Value| trusting(CLUSTER, &json!(WEB), condition);
    let any = trust(&json!({}));
    web.world.role_of("R", &any, &policy("Allow", "kinesis:*")).await.unwrap();
    let (sub, aud) =
        (trust(&of_key("sub", "system:serviceaccount:orders:producer")), trust(&of_key("aud", "flumen")));
    let mfa = trust(&json!({"ForAnyValue:StringEquals": {"cluster.example/Oidc:amr": "mfa"}}));
    let named = trust(&json!({"StringEquals": {"sts:RoleSessionName": "pod"}}));
    for trust in [&sub, &aud, &named] {
        web.taken(trust, &json!({})).await;
    }
    web.taken(&mfa, &json!({"amr": ["pwd", "mfa"]})).await;
    // Of several audiences the one that the issuer is set for.
    web.taken(&aud, &json!({"aud": ["other", "flumen"]})).await;
    const REFUSED: &str = "AccessDenied";
    assert_eq!(web.refused(&sub, &json!({"sub": "system:serviceaccount:orders:other"})).await, REFUSED);
    assert_eq!(
        web.refused(&trust(&of_key("aud", "other")), &json!({"aud": ["other", "flumen"]})).await,
        REFUSED
    );
    assert_eq!(web.refused(&mfa, &json!({})).await, REFUSED);
    // Another issuer, another account's, another action, nobody, and one who is denied.
    assert_eq!(web.refused(&any.replace("cluster.example", "other.example"), &json!({})).await, REFUSED);
    assert_eq!(web.refused(&any.replace(ACCOUNT, "222222222222"), &json!({})).await, REFUSED);
    assert_eq!(
        web.refused(&trusting(CLUSTER, &json!("sts:AssumeRole"), &json!({})), &json!({})).await,
        REFUSED
    );
    let root = any.replace("\"Federated\"", "\"AWS\"").replace("oidc-provider/cluster.example/Oidc", "root");
    assert_eq!(web.refused(&root, &json!({})).await, REFUSED);
    let denied = json!({"Statement": [
        serde_json::from_str::<Value>(&any).unwrap()["Statement"],
        {"Effect": "Deny", "Principal": "*", "Action": WEB, "Condition": of_key("sub", "mallory")},
    ]});
    web.taken(&denied.to_string(), &json!({})).await;
    assert_eq!(web.refused(&denied.to_string(), &json!({"sub": "mallory"})).await, REFUSED);
    // A role that is not there is told of as one that trusts nobody.
    let absent = web.assume(&role("none"), &json!({})).unwrap_err();
    assert_eq!(absent.to_string(), "Not authorized to perform sts:AssumeRoleWithWebIdentity");
    assert!(matches!(absent, StsError::NotTrusted));
}

#[tokio::test]
async fn trust_decides_also_where_denials_are_only_reported() {
    let mut web = Web::new().await;
    web.report = Some(Arc::default());
    let trust = trusting(CLUSTER, &json!("sts:AssumeRole"), &json!({}));
    web.world.role_of("R", &trust, &policy("Allow", "kinesis:*")).await.unwrap();
    assert!(matches!(web.assume(&role("R"), &json!({})).unwrap_err(), StsError::NotTrusted));
}

#[tokio::test]
async fn a_token_may_bring_tags_and_a_source_identity() {
    let web = Web::new().await;
    let claims = json!({
        "https://aws.amazon.com/tags": {"principal_tags": {"team": ["orders"]}, "transitive_tag_keys": ["team"]},
        "https://aws.amazon.com/source_identity": "ana",
    });
    let of_team = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kinesis:Put*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"orders","aws:SourceIdentity":"ana","aws:FederatedProvider":"arn:aws:iam::111111111111:oidc-provider/cluster.example/Oidc"}}}}"#;
    let all = json!([WEB, "sts:TagSession", "sts:SetSourceIdentity"]);
    let trust = |actions: &Value| trusting(CLUSTER, actions, &json!({}));
    web.world.role_of("R", &trust(&all), of_team).await.unwrap();
    web.world.may(&web.taken(&trust(&all), &claims).await, PUT).unwrap();
    web.world.may(&web.taken(&trust(&all), &json!({})).await, PUT).unwrap_err();
    for actions in [json!([WEB, "sts:TagSession"]), json!([WEB, "sts:SetSourceIdentity"])] {
        assert_eq!(web.refused(&trust(&actions), &claims).await, "AccessDenied");
    }
}

#[tokio::test]
async fn a_role_says_whom_of_a_public_issuer_it_means() {
    let web = Web::new().await;
    let sub = "token.actions.githubusercontent.com:sub";
    let trust = |condition: Value| trusting(PUBLIC, &json!(WEB), &condition);
    let good = trust(json!({"StringLike": {sub: "repo:acme/*"}}));
    web.world.role_of("R", &good, &policy("Allow", "kinesis:*")).await.unwrap();
    let claims = |sub: &str| json!({"iss": PUBLIC, "sub": sub});
    for condition in [
        json!({"StringEquals": {sub.to_uppercase(): ["repo:acme/orders:ref:refs/heads/main", "repo:acme/x:ref:y"]}}),
        json!({"StringEqualsIgnoreCase": {sub: "repo:ACME/orders:ref:refs/heads/main"}}),
        json!({"ForAnyValue:StringLike": {sub: "repo:acme/*"}, "StringEquals": {"sts:RoleSessionName": "pod"}}),
    ] {
        web.taken(&trust(condition), &claims("repo:acme/orders:ref:refs/heads/main")).await;
    }
    assert_eq!(web.refused(&good, &claims("repo:evil/orders:ref:refs/heads/main")).await, "AccessDenied");
    for condition in [
        json!({}),
        json!({"StringEquals": {"token.actions.githubusercontent.com:aud": "flumen"}}),
        json!({"StringLike": {sub: "*"}}),
        json!({"StringLike": {sub: "?*"}}),
        json!({"StringLike": {sub: ["repo:acme/*", "*"]}}),
        json!({"StringLike": {sub: "repo:*"}}),
        json!({"StringLike": {sub: "repo:*/orders:*"}}),
        json!({"StringNotEquals": {sub: "repo:evil/x"}}),
        json!({"StringLikeIfExists": {sub: "repo:acme/*"}}),
        json!({"ForAllValues:StringLike": {sub: "repo:acme/*"}}),
        json!({"Null": {sub: "false"}}),
        json!({"StringEquals": {sub: format!("${{{sub}}}")}}),
    ] {
        let error = web.world.set_trust("R", &trust(condition.clone())).await.unwrap_err();
        assert!(matches!(&error, IamError::AnybodyTrusted { key } if key == sub), "{condition}: {error}");
        assert_eq!(Fault::from(error).code, "MalformedPolicyDocument");
    }
    let everyone = json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:*"}}).to_string();
    web.world.set_trust("R", &everyone).await.unwrap_err();
    web.world.role_of("other", &everyone, &policy("Allow", "kinesis:*")).await.unwrap_err();
    // Of an issuer that is one's own, everybody may be meant; nor need a role say whom it does not let in.
    web.world.set_trust("R", &trusting(CLUSTER, &json!(WEB), &json!({}))).await.unwrap();
    web.world.set_trust("R", &trust(json!({})).replace("Allow", "Deny")).await.unwrap();
    web.world.set_trust("R", &trust(json!({})).replace(WEB, "sts:AssumeRole")).await.unwrap();
}

#[tokio::test]
async fn what_was_stored_before_an_issuer_was_public_lets_nobody_in() {
    let mut web = Web::new().await;
    let trust = trusting(CLUSTER, &json!(WEB), &json!({}));
    web.world.role_of("R", &trust, &policy("Allow", "kinesis:*")).await.unwrap();
    web.assume(&role("R"), &json!({})).unwrap();
    web.world.trust(Issuers::new([issuer(CLUSTER, &web.key, true)]).unwrap());
    assert!(matches!(web.assume(&role("R"), &json!({})).unwrap_err(), StsError::NotTrusted));
    let named = json!({"StringLike": {"cluster.example/Oidc:sub": "system:serviceaccount:orders:*"}});
    web.taken(&trusting(CLUSTER, &json!(WEB), &named), &json!({})).await;
}
