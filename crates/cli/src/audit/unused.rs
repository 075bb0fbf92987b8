//! `flumen audit unused`: access keys that nobody used, and what somebody may do and did not.

use std::io::{BufWriter, Write as _};

use serde::Deserialize;

use super::event::plain;
use super::query::Path;
use super::search::times;
use crate::{Target, when};

/// List unused access keys, and actions that users and roles are allowed but have not used
///
/// An action counts as allowed if a policy allows it for some resource under some conditions. Needs the permissions
/// flumen:SearchAudit, flumen:GetAuditSums and iam:SimulatePrincipalPolicy.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this user or role: an ARN or a name
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
    /// Start of the period: how long ago (30d) or a time (2026-11-24T18:00:00Z)
    #[arg(long, value_name = "WHEN", default_value = "90d")]
    since: String,
    /// Print one JSON object per principal
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unused {
    principal: String,
    #[serde(default)]
    keys: Vec<Key>,
    #[serde(default)]
    actions: Vec<String>,
    used: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    id: String,
    created_ms: i64,
    last_used_ms: Option<i64>,
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let (since_ms, _) = times(&args.since, None)?;
    let path = Path::new("unused").and("since", since_ms).and_some("who", args.who.as_ref());
    let page = args.target.page(path.text()).await?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in page.lines() {
        if args.json {
            writeln!(out, "{line}")?;
            continue;
        }
        let unused: Unused = serde_json::from_str(line)?;
        write!(out, "{}", shown(&unused))?;
    }
    Ok(out.flush()?)
}

fn shown(unused: &Unused) -> String {
    let mut shown = format!("{}\n", plain(&unused.principal));
    for Key { id, created_ms, last_used_ms } in &unused.keys {
        let used = match last_used_ms {
            Some(ms) => format!("last used {}", when::time(*ms)),
            None => "never used".to_owned(),
        };
        shown += &format!("  key {}, made {}, {used}\n", plain(id), when::time(*created_ms));
    }
    if !unused.actions.is_empty() {
        let (count, all) = (unused.actions.len(), unused.actions.len() + unused.used);
        shown += &format!("  {count} of {all} actions not used: {}\n", plain(&unused.actions.join(", ")));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_actions_stand_under_whose_they_are() {
        let unused = Unused {
            principal: "arn:aws:iam::111111111111:user/ana".into(),
            keys: vec![
                Key { id: "AKIA1".into(), created_ms: 0, last_used_ms: None },
                Key { id: "AKIA2".into(), created_ms: 0, last_used_ms: Some(1000) },
            ],
            actions: vec!["kinesis:PutRecord".into(), "kinesis:PutRecords".into()],
            used: 3,
        };
        let wanted = "arn:aws:iam::111111111111:user/ana\n\
                      \x20 key AKIA1, made 1970-01-01T00:00:00Z, never used\n\
                      \x20 key AKIA2, made 1970-01-01T00:00:00Z, last used 1970-01-01T00:00:01Z\n\
                      \x20 2 of 5 actions not used: kinesis:PutRecord, kinesis:PutRecords\n";
        assert_eq!(shown(&unused), wanted);
    }
}
