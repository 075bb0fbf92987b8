//! A second evaluator, written from the rules over plain JSON: slow, without bounds, and sharing nothing with the first.

use std::collections::BTreeMap;

use serde_json::Value;

/// A request and all that bears on it.
#[derive(Clone, Debug)]
pub struct Case {
    pub principal: String,
    /// Of a session the ARN of its role.
    pub role: Option<String>,
    pub action: String,
    pub resource: String,
    pub context: BTreeMap<String, Vec<String>>,
    pub identity: Vec<Value>,
    pub boundary: Vec<Value>,
    pub session: Vec<Value>,
    pub resource_policy: Option<Value>,
    /// Of a key.
    pub grants: Vec<Value>,
    pub endpoint: Option<Value>,
}

/// `allow`, `explicitDeny`, or the kind that lacks.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    Allow,
    ExplicitDeny,
    Lacks(&'static str),
}

/// Yes, no, or unknown.
type Answer = Option<bool>;

fn and(answers: Vec<Answer>) -> Answer {
    if answers.contains(&Some(false)) {
        return Some(false);
    }
    if answers.contains(&None) { None } else { Some(true) }
}

fn or(answers: Vec<Answer>) -> Answer {
    not(and(answers.into_iter().map(not).collect()))
}

fn not(answer: Answer) -> Answer {
    answer.map(|answer| !answer)
}

pub fn decide(case: &Case) -> Outcome {
    let mut every: Vec<&Value> = case.identity.iter().chain(&case.boundary).chain(&case.session).collect();
    every.extend(&case.resource_policy);
    every.extend(&case.grants);
    every.extend(&case.endpoint);
    if every.iter().any(|policy| statements(policy).iter().any(|one| denies(one, policy, case))) {
        return Outcome::ExplicitDeny;
    }
    let any_allows = |policies: &[Value]| policies.iter().any(|policy| !grants(policy, case).is_empty());
    let action = case.action.to_lowercase();
    let is_root = case.principal.ends_with(":root");
    let is_service = !case.principal.starts_with("arn:");
    let own = (!is_service).then(|| part(&case.principal, 4));
    let theirs = if case.resource == "*" { "" } else { part(&case.resource, 4) };
    let same_account = own.is_none_or(|own| theirs.is_empty() || own == theirs);
    let assumes = action.starts_with("sts:assumerole");
    let resource_kind = if assumes { "trust" } else { "resource" };

    let mut lacks = Vec::new();
    let has_identity = is_root || any_allows(&case.identity);
    let in_boundary = case.boundary.is_empty() || any_allows(&case.boundary);
    let in_session = case.session.is_empty() || any_allows(&case.session);
    let given = case.resource_policy.iter().chain(&case.grants).flat_map(|policy| grants(policy, case)).max();
    let on_own_rights = |lacks: &mut Vec<&'static str>| {
        if !has_identity {
            lacks.push("identity");
        }
        if !in_boundary {
            lacks.push("boundary");
        }
        if !in_session {
            lacks.push("session");
        }
    };
    match (same_account, given) {
        (false, given) => {
            on_own_rights(&mut lacks);
            if given.is_none() {
                lacks.push(resource_kind);
            }
        }
        (true, None)
            if assumes
                || action.starts_with("kms:")
                    && case.resource != "*"
                    && !case.resource.contains(":alias/") =>
        {
            lacks.push(resource_kind)
        }
        (true, None) if is_service && !has_identity => lacks.push(resource_kind),
        (true, None) => on_own_rights(&mut lacks),
        // By account, by role, by name.
        (true, Some(0)) => on_own_rights(&mut lacks),
        (true, Some(1)) => {
            if !in_boundary {
                lacks.push("boundary");
            }
            if !in_session {
                lacks.push("session");
            }
        }
        (true, Some(_)) => {}
    }
    if case.endpoint.as_ref().is_some_and(|policy| grants(policy, case).is_empty()) {
        lacks.push("endpoint");
    }
    match lacks.first() {
        None => Outcome::Allow,
        Some(kind) => Outcome::Lacks(kind),
    }
}

/// Whether a statement denies this, by its place.
pub fn statement_denies(policy: &Value, statement: usize, case: &Case) -> bool {
    denies(statements(policy)[statement], policy, case)
}

fn statements(policy: &Value) -> Vec<&Value> {
    listed(&policy["Statement"])
}

fn listed(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    }
}

fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    listed(value).into_iter().map(text).collect()
}

fn part(arn: &str, nth: usize) -> &str {
    arn.splitn(6, ':').nth(nth).unwrap_or("")
}

fn denies(statement: &Value, policy: &Value, case: &Case) -> bool {
    statement["Effect"] == "Deny"
        && action_fits(statement, case)
        && principal_fits(statement, case).is_some()
        && and(vec![resource_fits(statement, policy, case), condition_holds(statement, policy, case)])
            != Some(false)
}

/// How the statements that allow name the caller: 0 by account, 1 by role, 2 by name.
fn grants(policy: &Value, case: &Case) -> Vec<u8> {
    let allows = |statement: &&Value| {
        statement["Effect"] == "Allow"
            && action_fits(statement, case)
            && and(vec![resource_fits(statement, policy, case), condition_holds(statement, policy, case)])
                == Some(true)
    };
    statements(policy)
        .into_iter()
        .filter(allows)
        .filter_map(|statement| principal_fits(statement, case))
        .collect()
}

fn action_fits(statement: &Value, case: &Case) -> bool {
    let asked = case.action.to_lowercase();
    let fits =
        |element: &Value| texts(element).iter().any(|action| wild(&plain(&action.to_lowercase()), &asked));
    match statement.get("Action") {
        Some(actions) => fits(actions),
        None => !fits(&statement["NotAction"]),
    }
}

fn principal_fits(statement: &Value, case: &Case) -> Option<u8> {
    let is_root = case.principal.ends_with(":root");
    let named = |element: &Value| -> Option<u8> {
        let mut best = None;
        let mut keep = |grant| best = best.max(Some(grant));
        if element == "*" {
            keep(2);
        }
        for (kind, names) in element.as_object().into_iter().flatten() {
            for name in texts(names) {
                let account = if name.len() == 12 { name.clone() } else { part(&name, 4).to_owned() };
                let is_account = name.len() == 12 || name.ends_with(":root");
                match kind.as_str() {
                    "AWS" if name == "*" => keep(2),
                    "AWS" if is_account && account == part(&case.principal, 4) => {
                        keep(if is_root { 2 } else { 0 })
                    }
                    "AWS" if case.role.as_ref() == Some(&name) => keep(1),
                    "AWS" if name == case.principal => keep(2),
                    "Service" if name == case.principal => keep(2),
                    _ => {}
                }
            }
        }
        best
    };
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(element), _) => named(element),
        (None, Some(element)) => match named(element) {
            None => Some(2),
            // The account's name excepts its members from what is given, and not from what is denied.
            Some(0) if statement["Effect"] == "Deny" => Some(2),
            Some(_) => None,
        },
        (None, None) => Some(2),
    }
}

/// A character, or `*` and `?` that stand for others.
#[derive(Clone, Debug, PartialEq)]
enum Letter {
    Is(char),
    Any,
    Many,
}

fn plain(text: &str) -> Vec<Letter> {
    let letter = |char| match char {
        '*' => Letter::Many,
        '?' => Letter::Any,
        char => Letter::Is(char),
    };
    text.chars().map(letter).collect()
}

fn wild(pattern: &[Letter], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // fits[p][t]: the first p letters fit the first t characters.
    let mut fits = vec![vec![false; text.len() + 1]; pattern.len() + 1];
    fits[0][0] = true;
    for p in 1..=pattern.len() {
        for t in 0..=text.len() {
            fits[p][t] = match &pattern[p - 1] {
                Letter::Many => fits[p - 1][t] || (t > 0 && fits[p][t - 1]),
                Letter::Any => t > 0 && fits[p - 1][t - 1],
                Letter::Is(char) => t > 0 && *char == text[t - 1] && fits[p - 1][t - 1],
            };
        }
    }
    fits[pattern.len()][text.len()]
}

/// A text with its variables filled in; nothing where one has no value.
fn filled(text: &str, wildcards: bool, policy: &Value, case: &Case) -> Option<Vec<Letter>> {
    let mut letters = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if policy["Version"] == "2012-10-17"
            && let Some(inside) = rest.strip_prefix("${")
        {
            let (inside, after) = inside.split_once('}').unwrap();
            rest = after;
            let value = match inside {
                "*" | "?" | "$" => inside.to_owned(),
                _ => {
                    let (key, default) = match inside.split_once(", '") {
                        Some((key, default)) => (key, Some(default.trim_end_matches('\''))),
                        None => (inside, None),
                    };
                    match case.context.get(&key.to_lowercase()).map_or(&[][..], Vec::as_slice) {
                        [] => default?.to_owned(),
                        [one] => one.clone(),
                        _ => return None,
                    }
                }
            };
            letters.extend(value.chars().map(Letter::Is));
            continue;
        }
        let char = rest.chars().next().unwrap();
        rest = &rest[char.len_utf8()..];
        letters.extend(if wildcards { plain(&char.to_string()) } else { vec![Letter::Is(char)] });
    }
    Some(letters)
}

/// Six parts, each by itself.
fn arn_fits(pattern: &[Letter], arn: &str) -> bool {
    let mut parts = vec![Vec::new()];
    for letter in pattern {
        if *letter == Letter::Is(':') && parts.len() < 6 {
            parts.push(Vec::new());
        } else {
            parts.last_mut().unwrap().push(letter.clone());
        }
    }
    let texts: Vec<&str> = arn.splitn(6, ':').collect();
    parts.len() == 6
        && texts.len() == 6
        && texts[0] == "arn"
        && parts.iter().zip(texts).all(|(part, text)| wild(part, text))
}

fn resource_fits(statement: &Value, policy: &Value, case: &Case) -> Answer {
    let fits = |element: &Value| {
        let one = |pattern: &String| {
            if pattern == "*" {
                return Some(true);
            }
            // Only the last part has variables, so what fails before them fails.
            let before: String = pattern.splitn(6, ':').take(5).collect::<Vec<_>>().join(":") + ":*";
            if !arn_fits(&plain(&before), &case.resource) {
                return Some(false);
            }
            filled(pattern, true, policy, case).map(|letters| arn_fits(&letters, &case.resource))
        };
        or(texts(element).iter().map(one).collect())
    };
    match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(element), _) => fits(element),
        (None, Some(element)) => not(fits(element)),
        (None, None) => Some(true),
    }
}

fn condition_holds(statement: &Value, policy: &Value, case: &Case) -> Answer {
    let mut answers = Vec::new();
    for (operator, keys) in statement.get("Condition").and_then(Value::as_object).into_iter().flatten() {
        for (key, limits) in keys.as_object().unwrap() {
            answers.push(key_holds(operator, key, &texts(limits), policy, case));
        }
    }
    and(answers)
}

fn key_holds(operator: &str, key: &str, limits: &[String], policy: &Value, case: &Case) -> Answer {
    let values = case.context.get(&key.to_lowercase()).cloned().unwrap_or_default();
    if operator == "Null" {
        return Some(limits.iter().any(|limit| (limit.to_lowercase() == "true") == values.is_empty()));
    }
    let (set, operator) = operator.split_once(':').unwrap_or(("", operator));
    let bare = operator.trim_end_matches("IfExists");
    let negated = bare.contains("Not");
    if values.is_empty() {
        return Some(operator.ends_with("IfExists") || set == "ForAllValues" || (set.is_empty() && negated));
    }
    let each: Vec<Answer> = (values.iter())
        .map(|value| {
            let is_one = or(limits
                .iter()
                .map(|limit| value_fits(&bare.replace("Not", ""), value, limit, policy, case))
                .collect());
            if negated { not(is_one) } else { is_one }
        })
        .collect();
    let (all, any) = (and(each.clone()), or(each));
    match set {
        "ForAllValues" => all,
        "ForAnyValue" => any,
        _ if all == any => all,
        _ => None,
    }
}

fn value_fits(operator: &str, value: &str, limit: &str, policy: &Value, case: &Case) -> Answer {
    let text = |letters: Vec<Letter>| -> String {
        letters
            .iter()
            .map(|letter| if let Letter::Is(char) = letter { *char } else { unreachable!() })
            .collect()
    };
    match operator {
        "StringEquals" => filled(limit, false, policy, case).map(|limit| text(limit) == value),
        "StringEqualsIgnoreCase" => {
            filled(limit, false, policy, case).map(|limit| text(limit).to_lowercase() == value.to_lowercase())
        }
        "StringLike" => filled(limit, true, policy, case).map(|limit| wild(&limit, value)),
        "ArnEquals" | "ArnLike" if !value.starts_with("arn:") => Some(false),
        "ArnEquals" | "ArnLike" => {
            // As with resources: what fails before the variable fails.
            let before: String = limit.splitn(6, ':').take(5).collect::<Vec<_>>().join(":") + ":*";
            if limit.starts_with("arn:") && !arn_fits(&plain(&before), value) {
                return Some(false);
            }
            filled(limit, true, policy, case).map(|limit| arn_fits(&limit, value))
        }
        "Bool" => {
            let value = value.to_lowercase().parse::<bool>().ok()?;
            let limit = text(filled(limit, false, policy, case)?).to_lowercase().parse::<bool>().ok()?;
            Some(value == limit)
        }
        "IpAddress" => {
            // Small networks of whole bytes, as the generator makes them.
            let value: std::net::Ipv4Addr = value.parse().ok()?;
            let (network, prefix) = limit.split_once('/').unwrap_or((limit, "32"));
            let network: std::net::Ipv4Addr = network.parse().unwrap();
            let bytes = prefix.parse::<usize>().unwrap() / 8;
            Some(value.octets()[..bytes] == network.octets()[..bytes])
        }
        _ => {
            let (value, limit) = match operator.strip_prefix("Numeric") {
                Some(_) => (value.parse::<f64>().ok()?, limit.parse::<f64>().unwrap()),
                None => (day(value)?, day(limit).unwrap()),
            };
            Some(match operator.trim_start_matches("Numeric").trim_start_matches("Date") {
                "Equals" => value == limit,
                "LessThan" => value < limit,
                "LessThanEquals" => value <= limit,
                "GreaterThan" => value > limit,
                "GreaterThanEquals" => value >= limit,
                other => unreachable!("{other}"),
            })
        }
    }
}

/// Days of November 2026, which sort as they are written. Small numbers are seconds since 1970, long before.
fn day(text: &str) -> Option<f64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Some(seconds / 86_400.0 - 20_000.0);
    }
    text.strip_prefix("2026-11-")?.parse().ok()
}
