//! What policies may ask of a request: the condition keys that a server can know. Each is worked out when a policy names
//! it. Source: "AWS global condition context keys" in the IAM user guide.

use std::borrow::Cow;

use crate::Resource;
use crate::caller::{Caller, Standing};
use crate::policy::{Fact, Facts};

/// What a request says beside what it is for, where policies may ask for that.
#[derive(Clone, Debug, Default)]
pub struct RequestContext {
    /// Tags that the request sets, and the keys of those that it takes away.
    pub tags: Vec<(String, String)>,
    pub tag_keys: Vec<String>,
    /// Further condition keys, in lower case, with their values.
    pub more: Vec<(Cow<'static, str>, Vec<String>)>,
}

impl RequestContext {
    /// With the tags that a request sets.
    pub fn tags<'t>(tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let tags: Vec<_> = tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let tag_keys = tags.iter().map(|(key, _)| key.clone()).collect();
        RequestContext { tags, tag_keys, more: Vec::new() }
    }

    /// With the keys of the tags that a request takes away.
    pub fn tag_keys<'t>(keys: impl IntoIterator<Item = &'t str>) -> Self {
        RequestContext {
            tag_keys: keys.into_iter().map(str::to_owned).collect(),
            ..RequestContext::default()
        }
    }

    /// With one more key.
    pub fn and(self, key: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.and_all(key, vec![value.into()])
    }

    /// With one more key of several values; without any it is not there.
    pub fn and_all(mut self, key: impl Into<Cow<'static, str>>, values: Vec<String>) -> Self {
        self.more.push((key.into(), values));
        self
    }
}

pub(crate) struct OfRequest<'a> {
    pub caller: &'a Caller,
    pub standing: &'a Standing,
    pub resource: &'a Resource<'a>,
}

impl OfRequest<'_> {
    fn of_principal(&self, key: &str) -> Option<Cow<'_, str>> {
        let principal = self.caller.principal();
        let session = principal.session();
        // Of whom others vouch for nothing is known here but what their token says.
        if principal.is_provider() {
            return (key == "aws:principalisawsservice").then(|| bool_text(false));
        }
        Some(match key {
            "aws:principalarn" => principal.policy_arn().into(),
            "aws:principalaccount" => principal.account().into(),
            "aws:principaltype" => principal.kind().into(),
            "aws:principalisawsservice" => bool_text(principal.is_service()),
            "aws:userid" => principal.id().into(),
            "aws:username" => principal.user_name()?.into(),
            "aws:tokenissuetime" => (session?.issued_ms / 1000).to_string().into(),
            "aws:multifactorauthpresent" => session.map(|_| bool_text(false))?,
            "aws:sourceidentity" => session?.source_identity.as_deref()?.into(),
            "aws:federatedprovider" => session?.provider.as_deref()?.into(),
            _ => tag(key.strip_prefix("aws:principaltag/")?, principal.tags())?.into(),
        })
    }

    fn of_source(&self, key: &str) -> Option<Cow<'_, str>> {
        let source = &self.standing.source;
        let address = || source.address.map(|address| Cow::Owned(address.to_canonical().to_string()));
        Some(match key {
            "aws:sourceip" if source.endpoint.is_none() => address()?,
            "aws:vpcsourceip" if source.endpoint.is_some() => address()?,
            "aws:sourcevpce" => source.endpoint.as_ref()?.id.as_str().into(),
            "aws:sourcevpc" => source.endpoint.as_ref()?.vpc.as_deref()?.into(),
            "aws:securetransport" => bool_text(source.is_secure),
            "aws:useragent" => self.standing.user_agent.as_ref()?.to_str().ok()?.into(),
            "aws:currenttime" | "aws:epochtime" => (self.standing.at_ms / 1000).to_string().into(),
            "aws:requestedregion" => self.caller.realm().region.as_str().into(),
            "aws:viaawsservice" => bool_text(self.caller.principal().is_service()),
            _ => return None,
        })
    }

    fn of_resource(&self, key: &str) -> Option<Fact<'_>> {
        let resource = self.resource;
        if key == "aws:resourceaccount" {
            return Some(Fact::One(resource.account.into()));
        }
        if let Some(name) = key.strip_prefix("aws:resourcetag/")
            && let Some(tags) = resource.tags
        {
            return tag(name, tags).map(|value| Fact::One(value.into()));
        }
        resource.given?.get(key)
    }
}

impl Facts for RequestContext {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        if key == "aws:tagkeys" {
            return (!self.tag_keys.is_empty()).then_some(Fact::Many(&self.tag_keys));
        }
        if let Some(name) = key.strip_prefix("aws:requesttag/") {
            let found = self.tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            return found.map(|(_, value)| Fact::One(value.as_str().into()));
        }
        let (_, values) = self.more.iter().find(|(known, _)| *known == key)?;
        match &values[..] {
            [value] => Some(Fact::One(value.as_str().into())),
            values => Some(Fact::Many(values)),
        }
    }
}

impl Facts for OfRequest<'_> {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        let one = self.of_principal(key).or_else(|| self.of_source(key));
        one.map(Fact::One).or_else(|| self.of_resource(key))
    }
}

/// Keys of tags are compared without regard to case.
fn tag<'t>(name: &str, tags: &'t std::collections::BTreeMap<String, String>) -> Option<&'t str> {
    let exact = tags.get(name);
    let found =
        exact.or_else(|| tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value));
    found.map(String::as_str)
}

fn bool_text(value: bool) -> Cow<'static, str> {
    Cow::Borrowed(if value { "true" } else { "false" })
}
