//! What a query asks for.

use flumen_audit::PageToken;
use flumen_audit::sums::SumKey;
use percent_encoding::percent_decode_str;

pub(super) const LIMIT_DEFAULT: usize = 1_000;
const LIMIT_MAX: usize = 10_000;

/// Of all pages; each looks at what is for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PageQuery {
    /// Milliseconds since the epoch; both ends belong to it.
    pub since_ms: u64,
    pub until_ms: u64,
    /// An ARN, a name, an access key.
    pub who: Option<String>,
    /// An operation, an ARN, a name, a service.
    pub what: Option<String>,
    pub id: Option<String>,
    pub denied: bool,
    /// Only events of records and items.
    pub data: bool,
    pub limit: usize,
    pub after: Option<PageToken>,
    pub by: Option<By>,
    /// Of a proposal: the text, and where it belongs.
    pub policy: Option<String>,
    pub on: Option<String>,
    pub name: Option<String>,
    pub principals: Vec<String>,
}

/// What sums are added up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Principal,
    Stream,
    Operation,
}

impl PageQuery {
    pub fn parse(query: &str, now_ms: u64) -> Result<PageQuery, String> {
        let mut parsed = PageQuery { until_ms: now_ms, limit: LIMIT_DEFAULT, ..PageQuery::default() };
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = percent_decode_str(value).decode_utf8();
            let value = value.map_err(|_| format!("the value of {name} is no UTF-8"))?;
            let wrong = |wanted: &str| format!("{name}={value}: {wanted} is wanted");
            let time = || value.parse().map_err(|_| wrong("a time in epoch milliseconds"));
            let flag = || match &*value {
                "" | "1" | "true" => Ok(true),
                "0" | "false" => Ok(false),
                _ => Err(wrong("true or false")),
            };
            let text = || Some(value.to_string());
            match name {
                "since" => parsed.since_ms = time()?,
                "until" => parsed.until_ms = time()?,
                "who" => parsed.who = text(),
                "what" => parsed.what = text(),
                "id" => parsed.id = text(),
                "denied" => parsed.denied = flag()?,
                "data" => parsed.data = flag()?,
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
                    parsed.limit = limit.ok_or_else(|| wrong(&format!("a number from 1 to {LIMIT_MAX}")))?;
                }
                "after" => {
                    let after = value.split_once('.').and_then(|(at_ms, id)| {
                        Some(PageToken { at_ms: at_ms.parse().ok()?, id: id.to_owned() })
                    });
                    parsed.after = Some(after.ok_or_else(|| wrong("what the page before named as next"))?);
                }
                "by" => {
                    parsed.by = Some(match &*value {
                        "principal" => By::Principal,
                        "stream" => By::Stream,
                        "operation" => By::Operation,
                        _ => return Err(wrong("principal, stream or operation")),
                    });
                }
                "policy" => {
                    let text = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(value.as_bytes());
                    let text = text.ok().and_then(|text| String::from_utf8(text).ok());
                    let text = text.ok_or("the policy is no text in base64 for URLs without padding")?;
                    parsed.policy = Some(text);
                }
                "on" => parsed.on = text(),
                "name" => parsed.name = text(),
                "principal" => parsed.principals.push(value.to_string()),
                _ => return Err(format!("nothing is known of {name}")),
            }
        }
        Ok(parsed)
    }

    /// Whether a sum is wanted.
    pub fn wants(&self, key: &SumKey<'_>) -> bool {
        let who = self.who.as_deref().is_none_or(|who| is_principal(key.principal, who));
        let what = self.what.as_deref().is_none_or(|what| {
            let action = what.split_once(':').map_or(what, |(_, action)| action);
            [key.thing, name_of(key.thing), key.operation, key.service].contains(&what)
                || !what.starts_with("arn:") && key.operation == action
        });
        who && what && (!self.denied || flumen_audit::is_denial(key.outcome))
    }
}

/// Whether the action itself was denied, and not a key that it needs.
pub(super) fn is_denial_of_action(code: &str) -> bool {
    matches!(code, "AccessDenied" | "AccessDeniedException")
}

/// What stands behind the last slash or colon of an ARN.
pub(super) fn name_of(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

/// Whether a principal is called so: by its ARN or by its name.
pub(super) fn is_principal(arn: &str, who: &str) -> bool {
    arn == who || name_of(arn) == who
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_what_is_asked_for() {
        let parsed =
            PageQuery::parse("since=5&until=9&who=a%2Fb&denied&limit=7&after=12.x.y&by=stream", 100).unwrap();
        let wanted = PageQuery {
            since_ms: 5,
            until_ms: 9,
            who: Some("a/b".to_owned()),
            denied: true,
            limit: 7,
            after: Some(PageToken { at_ms: 12, id: "x.y".to_owned() }),
            by: Some(By::Stream),
            ..PageQuery::default()
        };
        assert_eq!(parsed, wanted);
        let proposed = PageQuery::parse("policy=eyJhIjoiPz8_In0&principal=p&principal=q", 100).unwrap();
        assert_eq!(proposed.policy.as_deref(), Some(r#"{"a":"???"}"#));
        assert_eq!((proposed.principals.len(), proposed.until_ms, proposed.limit), (2, 100, LIMIT_DEFAULT));
        for (query, wrong) in [
            ("since=yesterday", "since=yesterday: a time in epoch milliseconds is wanted"),
            ("limit=0", "limit=0: a number from 1 to 10000 is wanted"),
            ("limit=10001", "limit=10001: a number from 1 to 10000 is wanted"),
            ("denied=maybe", "denied=maybe: true or false is wanted"),
            ("by=day", "by=day: principal, stream or operation is wanted"),
            ("after=x", "after=x: what the page before named as next is wanted"),
            ("policy=%25", "the policy is no text in base64 for URLs without padding"),
            ("colour=red", "nothing is known of colour"),
            ("who=%ff", "the value of who is no UTF-8"),
        ] {
            assert_eq!(PageQuery::parse(query, 1).unwrap_err(), wrong);
        }
    }

    #[test]
    fn sums_are_wanted_by_who_what_and_outcome() {
        let key = SumKey {
            principal: "arn:aws:iam::111111111111:user/ops/ana",
            thing: "arn:aws:kinesis:eu-west-1:111111111111:stream/s",
            service: "kinesis.amazonaws.com",
            operation: "PutRecord",
            outcome: "AccessDeniedException",
        };
        let wants = |query: &str| PageQuery::parse(query, 1).unwrap().wants(&key);
        for query in [
            "",
            "who=ana",
            "who=arn:aws:iam::111111111111:user/ops/ana",
            "what=s",
            "what=PutRecord",
            "what=kinesis:PutRecord",
            "what=kinesis.amazonaws.com",
            "what=arn:aws:kinesis:eu-west-1:111111111111:stream/s",
            "denied",
        ] {
            assert!(wants(query), "{query}");
        }
        for query in ["who=an", "who=bob", "what=t", "what=GetRecords", "what=arn:PutRecord"] {
            assert!(!wants(query), "{query}");
        }
        let fine = SumKey { outcome: "", ..key };
        assert!(!PageQuery::parse("denied", 1).unwrap().wants(&fine));
    }
}
