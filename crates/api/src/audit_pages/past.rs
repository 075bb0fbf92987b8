//! A call that is over, as its event tells it: who did what with what, and what policies may have asked of it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::LazyLock;

use flumen_access::policy::{Fact, Facts};
use flumen_access::{Action, Published};
use serde::Deserialize;

use super::query::is_denial_of_action;
use crate::published::published;

/// A text of this length was cut.
const CUT_AT: usize = 1024;

/// What is read of an event.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Event<'a> {
    #[serde(borrow)]
    pub event_source: Cow<'a, str>,
    #[serde(borrow)]
    pub event_name: Cow<'a, str>,
    #[serde(borrow)]
    pub event_type: Cow<'a, str>,
    #[serde(borrow)]
    aws_region: Cow<'a, str>,
    #[serde(borrow, rename = "sourceIPAddress")]
    from: Cow<'a, str>,
    #[serde(borrow)]
    user_agent: Cow<'a, str>,
    #[serde(borrow)]
    pub error_code: Option<Cow<'a, str>>,
    #[serde(borrow)]
    event_time: Cow<'a, str>,
    #[serde(borrow)]
    vpc_endpoint_id: Option<Cow<'a, str>>,
    pub management_event: bool,
    #[serde(borrow)]
    user_identity: Identity<'a>,
    #[serde(borrow)]
    resources: Vec<Resource<'a>>,
    tls_details: Option<serde::de::IgnoredAny>,
    #[serde(borrow)]
    flumen: Option<Decided<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Identity<'a> {
    #[serde(borrow)]
    arn: Option<Cow<'a, str>>,
    #[serde(borrow)]
    principal_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    session_context: Option<Session<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Session<'a> {
    #[serde(borrow)]
    session_issuer: Option<Issuer<'a>>,
    #[serde(borrow)]
    source_identity: Option<Cow<'a, str>>,
    #[serde(borrow)]
    attributes: Attributes<'a>,
    #[serde(borrow)]
    web_id_federation_data: Option<Federation<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Issuer<'a> {
    #[serde(borrow)]
    arn: Cow<'a, str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Attributes<'a> {
    #[serde(borrow)]
    creation_date: Cow<'a, str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Federation<'a> {
    #[serde(borrow)]
    federated_provider: Cow<'a, str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Resource<'a> {
    #[serde(borrow, rename = "ARN")]
    arn: Cow<'a, str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Decided<'a> {
    #[serde(borrow)]
    decision: Cow<'a, str>,
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(borrow)]
    resource: Cow<'a, str>,
}

impl<'a> Event<'a> {
    pub fn of(line: &'a str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }

    pub fn is_call(&self) -> bool {
        self.event_type == "AwsApiCall"
    }

    /// As policies name it: of a session its role.
    pub fn principal(&self) -> Option<&str> {
        let issuer = self.session().and_then(|session| session.session_issuer.as_ref());
        issuer.map(|issuer| &*issuer.arn).or(self.user_identity.arn.as_deref())
    }

    /// As it called.
    pub fn subject(&self) -> Option<&str> {
        self.user_identity.arn.as_deref()
    }

    fn session(&self) -> Option<&Session<'a>> {
        self.user_identity.session_context.as_ref()
    }

    /// Whether it was allowed; nothing if it failed for another reason, maybe before that was asked.
    pub fn was_allowed(&self) -> Option<bool> {
        match self.error_code.as_deref() {
            None => Some(true),
            Some(code) if is_denial_of_action(code) => Some(false),
            Some(_) => None,
        }
    }

    /// What was decided about. Of what was denied that is in the event, where it is known there.
    pub fn questions(&self) -> Vec<(&str, &str)> {
        if let Some(decided) = self.flumen.as_ref().filter(|decided| decided.decision.ends_with("Deny")) {
            return vec![(&decided.action, &decided.resource)];
        }
        let resources: Vec<&str> = self.resources.iter().map(|resource| &*resource.arn).collect();
        questions(&self.event_source, &self.event_name, &resources)
    }
}

/// What an operation decides about, by its service's table.
pub(super) fn questions<'r>(
    source: &str,
    operation: &str,
    resources: &[&'r str],
) -> Vec<(&'static str, &'r str)> {
    let Some(row) = row(source, operation) else { return Vec::new() };
    let of_account = row.resource_types.is_empty() || resources.is_empty();
    let resources = if of_account { &["*"][..] } else { resources };
    let mut questions = Vec::with_capacity(row.actions.len() * resources.len());
    for Action(action) in row.actions {
        questions.extend(resources.iter().map(|resource| (*action, *resource)));
    }
    questions
}

/// The row of an operation, by the service as events have it.
pub(super) fn row(source: &str, operation: &str) -> Option<&'static Published> {
    static ROWS: LazyLock<HashMap<&str, HashMap<&str, Published>>> = LazyLock::new(|| {
        let mut rows = HashMap::<_, HashMap<_, _>>::new();
        for row in published() {
            rows.entry(row.service).or_default().insert(row.operation, row);
        }
        rows
    });
    let service = match source.strip_suffix(".amazonaws.com").unwrap_or(source) {
        "monitoring" => "cloudwatch",
        service => service,
    };
    ROWS.get(service)?.get(operation)
}

impl Facts for Event<'_> {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        let endpoint = self.vpc_endpoint_id.as_deref();
        // What comes from within has none.
        let address = || self.from.parse::<IpAddr>().ok().map(|_| Fact::from(&*self.from));
        match key {
            "aws:sourceip" if endpoint.is_none() => address(),
            "aws:vpcsourceip" if endpoint.is_some() => address(),
            "aws:sourceip" | "aws:vpcsourceip" => None,
            "aws:sourcevpce" => endpoint.map(Fact::from),
            "aws:sourcevpc" if endpoint.is_none() => None,
            "aws:useragent" if self.user_agent.len() >= CUT_AT - 3 => Some(Fact::Unknown),
            "aws:useragent" => Some(Fact::from(&*self.user_agent)).filter(|_| !self.user_agent.is_empty()),
            "aws:currenttime" | "aws:epochtime" => Some(Fact::from(&*self.event_time)),
            "aws:requestedregion" => Some(Fact::from(&*self.aws_region)),
            "aws:securetransport" if self.tls_details.is_some() => Some(Fact::from("true")),
            "aws:viaawsservice" => Some(Fact::from("false")),
            "aws:userid" => self.user_identity.principal_id.as_deref().map(Fact::from),
            "aws:tokenissuetime" => {
                self.session().map(|session| Fact::from(&*session.attributes.creation_date))
            }
            "aws:multifactorauthpresent" => self.session().map(|_| Fact::from("false")),
            "aws:sourceidentity" => self.session()?.source_identity.as_deref().map(Fact::from),
            "aws:federatedprovider" => {
                let federation = self.session()?.web_id_federation_data.as_ref();
                federation.map(|federation| Fact::from(&*federation.federated_provider))
            }
            _ => Some(Fact::Unknown),
        }
    }
}

/// Of a sum: where its things are, and nothing else.
pub(super) struct OfSum<'a> {
    pub region: Option<&'a str>,
}

impl Facts for OfSum<'_> {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        match key {
            "aws:requestedregion" => Some(self.region.map_or(Fact::Unknown, Fact::from)),
            "aws:viaawsservice" => Some(Fact::from("false")),
            _ => Some(Fact::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operation_decides_about_follows_from_its_table() {
        let stream = "arn:aws:kinesis:eu-west-1:111111111111:stream/s";
        let kinesis =
            |operation, resources: &[&'static str]| questions("kinesis.amazonaws.com", operation, resources);
        assert_eq!(kinesis("PutRecord", &[stream]), [("kinesis:PutRecord", stream)]);
        assert_eq!(kinesis("ListStreams", &[]), [("kinesis:ListStreams", "*")]);
        let metrics = questions("monitoring.amazonaws.com", "PutMetricData", &[]);
        assert_eq!(metrics, [("cloudwatch:PutMetricData", "*")]);
        assert_eq!(kinesis("Frobnicate", &[stream]), []);
    }

    #[test]
    fn what_an_event_does_not_tell_is_unknown_and_what_was_not_there_is_not() {
        let line = r#"{"eventType":"AwsApiCall","eventSource":"kinesis.amazonaws.com","eventName":"PutRecord",
            "awsRegion":"eu-west-1","sourceIPAddress":"10.1.2.3","userAgent":"a","errorCode":"AccessDeniedException",
            "userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/R/s","principalId":"AROA:s",
              "sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111111111111:role/x/R"},
                "attributes":{"creationDate":"2026-01-01T00:00:00Z"}}},
            "flumen":{"decision":"implicitDeny","action":"kinesis:PutRecord","resource":"arn:s"}}"#;
        let event = Event::of(line).unwrap();
        assert_eq!(event.principal(), Some("arn:aws:iam::111111111111:role/x/R"));
        assert_eq!(event.subject(), Some("arn:aws:sts::111111111111:assumed-role/R/s"));
        assert_eq!((event.was_allowed(), event.is_call()), (Some(false), true));
        assert_eq!(event.questions(), [("kinesis:PutRecord", "arn:s")]);
        for (key, wanted) in [
            ("aws:sourceip", Some(Fact::from("10.1.2.3"))),
            ("aws:vpcsourceip", None),
            ("aws:sourcevpce", None),
            ("aws:useragent", Some(Fact::from("a"))),
            ("aws:userid", Some(Fact::from("AROA:s"))),
            ("aws:tokenissuetime", Some(Fact::from("2026-01-01T00:00:00Z"))),
            ("aws:sourceidentity", None),
            ("aws:securetransport", Some(Fact::Unknown)),
            ("aws:principaltag/team", Some(Fact::Unknown)),
            ("aws:resourcetag/team", Some(Fact::Unknown)),
        ] {
            assert_eq!(event.get(key), wanted, "{key}");
        }
    }
}
