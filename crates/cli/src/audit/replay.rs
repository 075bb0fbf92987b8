//! `flumen policy replay`: what a proposed policy would have done to the calls of a time.

use std::io::{BufWriter, Read as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

use super::event::plain;
use super::query::Path;
use super::search::times;
use crate::{Misconfigured, Target, text, told};

/// No policy is longer.
const POLICY_BYTES_MAX: u64 = 131_072;
/// What stands in an address has to be shorter.
const PATH_BYTES_MAX: usize = 60_000;

/// Evaluate past calls with a proposed policy: who would be denied, and who newly allowed
///
/// The proposal replaces what --on names: the policies of a user, group or role (only the inline one that --name
/// names, otherwise all), the default version of a managed policy, or the policy of a stream. If a decision depends
/// on something that is not recorded, such as the source address of counted calls, the result is unknown, and the
/// condition keys are named. Needs the permissions flumen:SearchAudit, flumen:GetAuditSums and
/// iam:SimulatePrincipalPolicy.
#[derive(Debug, clap::Args)]
pub struct Replay {
    /// File with the proposed policy, JSON; - is standard input
    file: PathBuf,
    /// ARN of the user, group, role, managed policy or stream that would have it [default: the only --principal]
    #[arg(long, value_name = "ARN")]
    on: Option<String>,
    /// Name of the inline policy to replace, which does not have to exist yet
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Start of the period: how long ago (30d) or a time (2026-11-24T18:00:00Z)
    #[arg(long, value_name = "WHEN", default_value = "30d")]
    since: String,
    /// End of the period
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Only calls of this user or role, by its ARN; can be given several times
    #[arg(long, value_name = "ARN")]
    principal: Vec<String>,
    /// Print one JSON object per row, and a summary
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Deserialize)]
struct ReplayRow {
    effect: String,
    principal: String,
    action: String,
    resource: String,
    calls: u64,
    last: String,
    #[serde(default)]
    keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Last {
    summary: Summary,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Summary {
    events: u64,
    summed_calls: u64,
    unchanged: u64,
    denied: u64,
    allowed: u64,
    untold: u64,
    gone: u64,
    rows_left_out: u64,
    damaged: Vec<String>,
}

pub fn replay(args: &Replay) -> anyhow::Result<()> {
    told(crate::block_on(run(args)))
}

async fn run(args: &Replay) -> anyhow::Result<()> {
    let (since_ms, until_ms) = times(&args.since, args.until.as_deref())?;
    let on = match (&args.on, &args.principal[..]) {
        (Some(on), _) => on,
        (None, [only]) => only,
        _ => bail!(Misconfigured(anyhow::anyhow!(
            "--on is missing: name the user, group, role, managed policy or stream that would have the policy"
        ))),
    };
    let policy = read(&args.file)?;
    let path = Path::new("replay").and("since", since_ms).and("until", until_ms).and("on", on);
    let path = path.and_some("name", args.name.as_ref());
    let path = args.principal.iter().fold(path, |path, principal| path.and("principal", principal));
    let path = path.and("policy", base64_simd::URL_SAFE_NO_PAD.encode_to_string(policy));
    ensure!(path.text().len() <= PATH_BYTES_MAX, "the policy is too long to send");
    let page = args.target.page(path.text()).await?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if args.json {
        write!(out, "{page}")?;
        return Ok(out.flush()?);
    }
    let (mut rows, mut summary) = (Vec::new(), None);
    for line in page.lines() {
        match serde_json::from_str::<ReplayRow>(line) {
            Ok(row) => rows.push(row),
            Err(_) => summary = serde_json::from_str::<Last>(line).ok(),
        }
    }
    let summary = summary.context("the response is incomplete")?.summary;
    if !rows.is_empty() {
        text::table(&mut out, &table(&rows))?;
        writeln!(out)?;
    }
    write!(out, "{}", shown(&summary))?;
    Ok(out.flush()?)
}

/// Without white space, which does not count.
fn read(file: &std::path::Path) -> anyhow::Result<String> {
    let mut policy = String::new();
    let read = match file.to_str() {
        Some("-") => std::io::stdin().lock().take(POLICY_BYTES_MAX + 1).read_to_string(&mut policy),
        _ => std::fs::File::open(file)
            .and_then(|file| file.take(POLICY_BYTES_MAX + 1).read_to_string(&mut policy)),
    };
    read.with_context(|| file.display().to_string())?;
    ensure!(
        policy.len() as u64 <= POLICY_BYTES_MAX,
        "{} has more than {POLICY_BYTES_MAX} bytes",
        file.display()
    );
    let parsed = serde_json::from_str::<serde::de::IgnoredAny>(&policy);
    parsed.with_context(|| format!("{} is not JSON", file.display()))?;
    Ok(compact(&policy))
}

/// JSON without white space between what it says. Whatever makes it invalid as a policy stays: nothing is read and written anew.
fn compact(json: &str) -> String {
    let (mut compact, mut in_text, mut escaped) = (String::with_capacity(json.len()), false, false);
    for char in json.chars() {
        if in_text || !char.is_ascii_whitespace() {
            compact.push(char);
        }
        in_text = match char {
            '"' if !escaped => !in_text,
            _ => in_text,
        };
        escaped = in_text && char == '\\' && !escaped;
    }
    compact
}

fn table(rows: &[ReplayRow]) -> Vec<Vec<String>> {
    let head = ["", "WHO", "ACTION", "ON", "CALLS", "LAST", ""].map(str::to_owned).to_vec();
    let line = |row: &ReplayRow| {
        let (effect, hangs_on) = match row.effect.as_str() {
            "denied" => ("would be denied", String::new()),
            "allowed" => ("newly allowed", String::new()),
            _ => ("cannot be told", format!("hangs on {}", row.keys.join(", "))),
        };
        [effect, &row.principal, &row.action, &row.resource, &row.calls.to_string(), &row.last, &hangs_on]
            .map(plain)
            .to_vec()
    };
    [head].into_iter().chain(rows.iter().map(line)).collect()
}

fn shown(summary: &Summary) -> String {
    let Summary { events, summed_calls, unchanged, denied, allowed, untold, gone, rows_left_out, damaged } =
        summary;
    let mut shown = format!(
        "{events} events and {summed_calls} summed calls: {denied} would be denied, {allowed} newly allowed, {unchanged} as now, \
         {untold} cannot be told\n"
    );
    if *gone > 0 {
        shown += &format!("{gone} were of users and roles that are no more\n");
    }
    if *rows_left_out > 0 {
        shown +=
            &format!("{rows_left_out} are counted and not shown; narrow it with --principal or --since\n");
    }
    for what in damaged {
        shown += &format!("cannot be read: {}\n", plain(what));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_between_what_a_policy_says_goes_and_nothing_else() {
        let text = "{ \"a b\" :\n [\"c \\\" d\\\\\" , \"e\"] }";
        assert_eq!(compact(text), r#"{"a b":["c \" d\\","e"]}"#);
    }

    #[test]
    fn rows_and_summary_say_what_would_happen() {
        let row = |effect: &str, keys: &[&str]| ReplayRow {
            effect: effect.into(),
            principal: "arn:ana".into(),
            action: "kinesis:PutRecord".into(),
            resource: "arn:s".into(),
            calls: 7,
            last: "2026-11-30T04:00:00Z".into(),
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
        };
        let rows = [row("denied", &[]), row("allowed", &[]), row("untold", &["aws:sourceip"])];
        let mut out = Vec::new();
        text::table(&mut out, &table(&rows)).unwrap();
        let summary = Summary { events: 5, denied: 2, gone: 1, rows_left_out: 3, ..Summary::default() };
        out.extend(shown(&summary).into_bytes());
        expect_test::expect![[r#"
                             WHO      ACTION             ON     CALLS  LAST
            would be denied  arn:ana  kinesis:PutRecord  arn:s  7      2026-11-30T04:00:00Z
            newly allowed    arn:ana  kinesis:PutRecord  arn:s  7      2026-11-30T04:00:00Z
            cannot be told   arn:ana  kinesis:PutRecord  arn:s  7      2026-11-30T04:00:00Z  hangs on aws:sourceip
            5 events and 0 summed calls: 2 would be denied, 0 newly allowed, 0 as now, 0 cannot be told
            1 were of users and roles that are no more
            3 are counted and not shown; narrow it with --principal or --since
        "#]]
        .assert_eq(&String::from_utf8(out).unwrap());
    }
}
