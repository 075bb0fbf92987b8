//! An event of CloudTrail, and how it is shown to people.

use serde::Deserialize;

/// Of a resource that is shown: what stands behind the account.
const PARTS_OF_ARN: usize = 6;

/// What is read of an event, and its text.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    #[serde(rename = "eventID")]
    pub id: String,
    pub event_time: String,
    pub event_name: String,
    pub event_source: String,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    #[serde(rename = "sourceIPAddress")]
    pub from: String,
    pub user_identity: Identity,
    pub resources: Vec<Resource>,
    pub management_event: bool,
    /// What decided, where that is told.
    pub flumen: Option<Decided>,
    #[serde(skip)]
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Identity {
    #[serde(rename = "type")]
    pub kind: String,
    pub principal_id: Option<String>,
    pub arn: Option<String>,
    pub access_key_id: Option<String>,
    pub user_name: Option<String>,
    pub invoked_by: Option<String>,
    pub session_context: Option<Session>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Session {
    pub session_issuer: Option<Resource>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Resource {
    #[serde(rename = "ARN", alias = "arn")]
    pub arn: String,
}

/// Flumen's own member: see its `docs/security.md`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Decided {
    pub decision: String,
    pub side: String,
    pub policy: Option<String>,
    pub attached_to: Option<String>,
    pub statement: Option<String>,
    pub key: Option<String>,
    pub operator: Option<String>,
    pub value: Option<String>,
    pub keys: Vec<String>,
    pub action: String,
    pub resource: String,
    pub reported_only: bool,
}

/// What is looked for.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Wanted {
    /// Only events of this caller: ARN or name of a user, role or session, or an access key id; a user's ARN is
    /// fastest
    #[arg(long, value_name = "NAME")]
    pub who: Option<String>,
    /// Only events of this operation (DeleteStream, kinesis:DeleteStream), resource (ARN or name) or service
    /// (iam.amazonaws.com)
    #[arg(long, value_name = "NAME")]
    pub what: Option<String>,
    /// Only denied calls
    #[arg(long)]
    pub denied: bool,
}

/// What stands behind the last slash or colon of an ARN.
pub fn name_of(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

impl Event {
    /// Nothing where the text is none.
    pub fn of(text: String) -> Option<Event> {
        let event: Event = serde_json::from_str(&text).ok()?;
        (!event.id.is_empty()).then_some(Event { text, ..event })
    }

    pub fn is_denied(&self) -> bool {
        let code = self.error_code.as_deref();
        matches!(code, Some("AccessDenied" | "AccessDeniedException" | "KMSAccessDeniedException"))
    }

    /// As it is called in a line: a user, a role and its session, a service.
    pub fn who(&self) -> &str {
        let identity = &self.user_identity;
        let arn = identity.arn.as_deref().or(identity.invoked_by.as_deref());
        arn.or(identity.principal_id.as_deref()).unwrap_or(&identity.kind)
    }

    /// `kinesis:DeleteStream`
    pub fn operation(&self) -> String {
        let service = self.event_source.strip_suffix(".amazonaws.com").unwrap_or(&self.event_source);
        format!("{service}:{}", self.event_name)
    }

    fn resources(&self) -> String {
        let short = |arn: &str| match arn.splitn(PARTS_OF_ARN, ':').collect::<Vec<_>>()[..] {
            ["arn", .., rest] => rest.to_owned(),
            _ => arn.to_owned(),
        };
        let all: Vec<String> = self.resources.iter().map(|resource| short(&resource.arn)).collect();
        all.join(",")
    }

    /// Whole, or as a line for people.
    pub fn shown(&self, whole: bool) -> String {
        if whole { self.text.clone() } else { self.line() }
    }

    /// One line. What callers have sent moves no cursor.
    pub fn line(&self) -> String {
        let (who, operation, on) = (self.who(), self.operation(), self.resources());
        let on = if on.is_empty() { "-".to_owned() } else { on };
        let mut line = format!("{}  {who}  {operation}  {on}  {}", self.event_time, self.from);
        if let Some(code) = &self.error_code {
            line += &format!("  {code}");
        }
        if let Some(decided) = self.flumen.as_ref().filter(|_| self.is_denied()) {
            line += &format!("  ({})", decided.short());
        }
        plain(&line)
    }
}

/// Without what a terminal would take for orders.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

impl Decided {
    fn short(&self) -> String {
        let by = match (&self.policy, &self.statement) {
            (Some(policy), Some(statement)) => format!(" {policy} {statement}"),
            _ => String::new(),
        };
        let key = self.key.as_ref().map(|key| format!(" by {key}")).unwrap_or_default();
        match self.decision.as_str() {
            "explicitDeny" => format!("denied:{by}{key}"),
            _ => format!("no {} policy allows it{}", self.side, key.replace(" by ", ", for want of ")),
        }
    }
}

impl Wanted {
    /// Whether an event is looked for.
    pub fn has(&self, event: &Event) -> bool {
        self.who.as_deref().is_none_or(|who| is_by(event, who))
            && self.what.as_deref().is_none_or(|what| is_about(event, what))
            && (!self.denied || event.is_denied())
    }

    /// The one attribute that LookupEvents is asked by.
    pub fn attribute(&self) -> Option<(&'static str, String)> {
        let by = |name: &'static str, value: &str| Some((name, value.to_owned()));
        match (self.who.as_deref(), self.what.as_deref()) {
            (_, Some(what)) if what.starts_with("arn:") => by("ResourceName", what),
            (_, Some(what)) if what.ends_with(".amazonaws.com") => by("EventSource", what),
            (Some(who), _) if is_access_key(who) => by("AccessKeyId", who),
            (Some(who), _) if who.ends_with(":root") => by("Username", "root"),
            (Some(who), _) if who.contains(":user/") => by("Username", name_of(who)),
            (_, Some(what)) if what.contains(':') => by("EventName", name_of(what)),
            // A name may be a user's, a role's or a session's, and an operation's or something's.
            _ => None,
        }
    }
}

fn is_access_key(text: &str) -> bool {
    text.len() >= 16 && (text.starts_with("AKIA") || text.starts_with("ASIA"))
}

fn is_by(event: &Event, who: &str) -> bool {
    let identity = &event.user_identity;
    let issuer = identity.session_context.as_ref().and_then(|session| session.session_issuer.as_ref());
    let arns = [identity.arn.as_deref(), issuer.map(|issuer| &*issuer.arn)];
    let ids = [&identity.access_key_id, &identity.principal_id, &identity.user_name];
    arns.into_iter().flatten().any(|arn| arn == who || name_of(arn) == who)
        || ids.into_iter().flatten().any(|id| id == who)
}

fn is_about(event: &Event, what: &str) -> bool {
    let is_resource = |resource: &Resource| resource.arn == what || name_of(&resource.arn) == what;
    event.event_name == what
        || event.event_source == what
        || event.operation() == what
        || event.resources.iter().any(is_resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENIED: &str = r#"{"eventID":"1","eventTime":"2026-11-30T04:00:00Z","eventSource":"kinesis.amazonaws.com",
        "eventName":"DeleteStream","sourceIPAddress":"10.1.2.3","errorCode":"AccessDeniedException",
        "userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/R/s","principalId":"AROA1:s",
          "accessKeyId":"ASIAAAAAAAAAAAAAAAAA","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111111111111:role/x/R"}}},
        "resources":[{"ARN":"arn:aws:kinesis:eu-west-1:111111111111:stream/s"}],
        "flumen":{"decision":"explicitDeny","side":"identity","policy":"p","statement":"No","key":"aws:SourceIp"}}"#;

    #[test]
    fn a_line_says_who_did_what_with_what_and_what_came_of_it() {
        let event = Event::of(DENIED.to_owned()).unwrap();
        assert_eq!(
            event.line(),
            "2026-11-30T04:00:00Z  arn:aws:sts::111111111111:assumed-role/R/s  kinesis:DeleteStream  stream/s  10.1.2.3  \
             AccessDeniedException  (denied: p No by aws:SourceIp)"
        );
        let hostile = Event::of(DENIED.replace("10.1.2.3", "\\u001b[2J\\n")).unwrap();
        assert!(hostile.line().contains("\u{fffd}[2J\u{fffd}") && !hostile.line().contains('\n'));
        assert_eq!(Event::of("{}".to_owned()), None);
        assert_eq!(Event::of("x".to_owned()), None);
    }

    #[test]
    fn events_are_told_apart_by_who_what_and_denied() {
        let event = Event::of(DENIED.to_owned()).unwrap();
        let wants = |who: &str, what: &str| {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            Wanted { who: some(who), what: some(what), denied: true }.has(&event)
        };
        for who in [
            "",
            "R",
            "s",
            "arn:aws:iam::111111111111:role/x/R",
            "arn:aws:sts::111111111111:assumed-role/R/s",
            "ASIAAAAAAAAAAAAAAAAA",
        ] {
            assert!(wants(who, ""), "{who}");
        }
        for what in [
            "DeleteStream",
            "kinesis:DeleteStream",
            "kinesis.amazonaws.com",
            "s",
            "arn:aws:kinesis:eu-west-1:111111111111:stream/s",
        ] {
            assert!(wants("", what), "{what}");
        }
        assert!(!wants("ana", "") && !wants("", "iam:DeleteStream") && !wants("R", "t"));
        let fine = Event { error_code: None, ..event };
        assert!(!Wanted { denied: true, ..Wanted::default() }.has(&fine));
    }

    #[test]
    fn lookup_events_is_asked_by_the_one_attribute_that_says_most() {
        let attribute = |who: Option<&str>, what: Option<&str>| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            Wanted { who: owned(who), what: owned(what), denied: false }.attribute()
        };
        let by = |name, value: &str| Some((name, value.to_owned()));
        assert_eq!(attribute(None, Some("arn:x")), by("ResourceName", "arn:x"));
        assert_eq!(attribute(Some("arn:aws:iam::1:user/x/ana"), None), by("Username", "ana"));
        assert_eq!(attribute(Some("arn:aws:iam::1:root"), None), by("Username", "root"));
        assert_eq!(attribute(Some("AKIAAAAAAAAAAAAAAAAA"), None), by("AccessKeyId", "AKIAAAAAAAAAAAAAAAAA"));
        assert_eq!(
            attribute(Some("arn:aws:iam::1:role/R"), Some("iam:CreateUser")),
            by("EventName", "CreateUser")
        );
        assert_eq!(attribute(None, Some("s")), None);
        assert_eq!(attribute(Some("R"), None), None);
    }
}
