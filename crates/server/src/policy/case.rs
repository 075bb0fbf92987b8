//! A case as `flumen policy explain` takes it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use flumen_access::policy::{Fact, Facts, Subject};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// One request, and the policies that bear on it. Policies stay text until they are read as such, so that nothing is lost
/// that makes them invalid.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case<'a> {
    /// An ARN, an account's id, the name of a service or of an identity provider.
    pub principal: String,
    #[serde(default)]
    pub principal_tags: Option<Context>,
    pub action: String,
    pub resource: String,
    #[serde(default)]
    pub resource_account: Option<String>,
    #[serde(default)]
    pub context: Option<Context>,
    #[serde(default, borrow)]
    pub identity: Option<Vec<&'a RawValue>>,
    #[serde(default, borrow)]
    pub boundary: Option<Vec<&'a RawValue>>,
    #[serde(default, borrow)]
    pub session: Option<Vec<&'a RawValue>>,
    #[serde(default, borrow)]
    pub resource_policy: Option<&'a RawValue>,
    #[serde(default, borrow)]
    pub endpoint: Option<&'a RawValue>,
}

/// Condition keys in lower case, with their values.
#[derive(Debug, Default)]
pub struct Context(HashMap<String, Values>);

#[derive(Debug)]
enum Values {
    One(String),
    Many(Vec<String>),
}

impl Case<'_> {
    /// Who calls, or what is wrong with the name.
    pub fn subject(&self, facts: &Context) -> Result<Subject<'_>, String> {
        let name = self.principal.as_str();
        let is_account = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
        if !name.starts_with("arn:") && !is_account {
            let assumes_for_another = ["sts:assumerolewithwebidentity", "sts:assumerolewithsaml"];
            return match name {
                _ if !name.contains('.') || name.contains([' ', ':', '*']) => Err(format!(
                    "the principal {name:?} is neither an ARN nor an account nor the name of a service"
                )),
                _ if assumes_for_another.contains(&&*self.action.to_ascii_lowercase()) => {
                    Ok(Subject::provider(name))
                }
                _ => Ok(Subject::service(name)),
            };
        }
        let mut subject = Subject::of_arn(name).ok_or_else(|| {
            format!("the principal {name:?} is not the ARN of an account, a user, a role or a session")
        })?;
        // Which path a session's role has stands in the context, if anywhere.
        if let Some(role) = facts.role_with_path(&subject) {
            subject.role = Some(Cow::Owned(role));
        }
        Ok(subject)
    }

    /// The context, and the principal's tags where it does not say them itself.
    pub fn facts(&mut self) -> Context {
        let mut facts = self.context.take().unwrap_or_default();
        for (key, values) in self.principal_tags.take().unwrap_or_default().0 {
            facts.0.entry(format!("aws:principaltag/{key}")).or_insert(values);
        }
        facts
    }
}

impl Context {
    fn role_with_path(&self, subject: &Subject<'_>) -> Option<String> {
        let Values::One(arn) = self.0.get("aws:principalarn")? else { return None };
        let (start, name) = subject.role.as_deref()?.split_once(":role/")?;
        let path = arn.strip_prefix(start)?.strip_prefix(":role/")?.strip_suffix(name)?;
        (path.is_empty() || path.ends_with('/')).then(|| arn.clone())
    }
}

impl Facts for Context {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        Some(match self.0.get(key)? {
            Values::One(value) => Fact::from(value.as_str()),
            Values::Many(values) => Fact::Many(values),
        })
    }
}

impl<'de> Deserialize<'de> for Context {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ContextVisitor)
    }
}

struct ContextVisitor;

impl<'de> Visitor<'de> for ContextVisitor {
    type Value = Context;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of condition keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Context, A::Error> {
        let mut context = Context::default();
        while let Some((key, value)) = members.next_entry::<String, Value>()? {
            let values = match value {
                // As if the key was not there.
                Value::Null => continue,
                Value::Array(values) => {
                    values.into_iter().map(scalar).collect::<Result<_, _>>().map(Values::Many)
                }
                value => scalar(value).map(Values::One),
            };
            let values = values.map_err(|what| de::Error::custom(format!("the value of {key:?} {what}")))?;
            if context.0.insert(key.to_lowercase(), values).is_some() {
                return Err(de::Error::custom(format!("the key {key:?} is there twice")));
            }
        }
        Ok(context)
    }
}

/// As it is written.
fn scalar(value: Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err("is neither a string, a number nor true or false")
        }
    }
}
