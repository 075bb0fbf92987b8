//! `flumen audit sums`: how often who did what.

use std::io::{BufWriter, Write as _};

use serde::Deserialize;
use serde_json::Value;

use super::event::plain;
use super::query::Path;
use super::search::times;
use crate::{Target, text};

/// Count calls on records and items by principal, resource, operation and result
///
/// Covers all accounts and regions; needs the permission flumen:GetAuditSums. Counts are kept per minute for two
/// days and then per hour, so older periods include whole hours.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this user or role: an ARN or a name
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
    /// Only this operation, resource (an ARN or the name of a stream) or service
    #[arg(long, value_name = "NAME")]
    what: Option<String>,
    /// Only denied calls
    #[arg(long)]
    denied: bool,
    /// Start of the period: how long ago (5m, 2h, 7d) or a time (2026-11-24T18:00:00Z)
    #[arg(long, value_name = "WHEN", default_value = "24h")]
    since: String,
    /// End of the period
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Group by this only
    #[arg(long, value_name = "WHAT", value_parser = ["principal", "stream", "operation"])]
    by: Option<String>,
    /// Print one JSON object per count
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Deserialize)]
struct SumRow {
    #[serde(default)]
    principal: String,
    #[serde(default)]
    thing: String,
    #[serde(default)]
    service: String,
    #[serde(default)]
    operation: String,
    #[serde(default)]
    outcome: String,
    calls: u64,
    records: u64,
    bytes: u64,
    last: String,
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let (since_ms, until_ms) = times(&args.since, args.until.as_deref())?;
    let path = Path::new("sums").and("since", since_ms).and("until", until_ms);
    let path = path.and_some("who", args.who.as_ref()).and_some("what", args.what.as_ref());
    let path = if args.denied { path.and("denied", 1) } else { path };
    let page = args.target.page(path.and_some("by", args.by.as_ref()).text()).await?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if args.json {
        write!(out, "{page}")?;
        return Ok(out.flush()?);
    }
    let mut rows: Vec<SumRow> = Vec::new();
    for line in page.lines() {
        match serde_json::from_str(line) {
            Ok(row) => rows.push(row),
            Err(_) => {
                for what in left_out(line) {
                    crate::note(format_args!("{what}"));
                }
            }
        }
    }
    if rows.is_empty() {
        crate::note("nothing was done in that time");
        return Ok(());
    }
    text::table(&mut out, &table(&rows, args.by.as_deref()))?;
    Ok(out.flush()?)
}

/// What the last line of a page says of itself.
fn left_out(line: &str) -> Vec<String> {
    let about: Value = serde_json::from_str(line).unwrap_or_default();
    let rows = about["rowsLeftOut"].as_u64().map(|rows| format!("{rows} more sums are left out"));
    let damaged = about["damaged"].as_array().into_iter().flatten().filter_map(Value::as_str);
    rows.into_iter().chain(damaged.map(|what| format!("cannot be read: {}", plain(what)))).collect()
}

fn table(rows: &[SumRow], by: Option<&str>) -> Vec<Vec<String>> {
    type Column = (&'static str, fn(&SumRow) -> String);
    let who: Column = ("WHO", |row| row.principal.clone());
    let what: Column = ("WITH", |row| row.thing.clone());
    let operation: Column = ("OPERATION", |row| {
        format!("{}:{}", row.service.strip_suffix(".amazonaws.com").unwrap_or(&row.service), row.operation)
    });
    let outcome: Column = ("OUTCOME", |row| match &*row.outcome {
        "" => "ok".to_owned(),
        code => code.to_owned(),
    });
    let mut columns = match by {
        Some("principal") => vec![who],
        Some("stream") => vec![what],
        Some(_) => vec![operation],
        None => vec![who, operation, what, outcome],
    };
    columns.push(("CALLS", |row| row.calls.to_string()));
    columns.push(("RECORDS", |row| row.records.to_string()));
    columns.push(("BYTES", |row| text::bytes(row.bytes as f64)));
    columns.push(("LAST", |row| row.last.clone()));
    let head = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let line = |row: &SumRow| {
        let cell = |(_, of): &Column| match plain(&of(row)) {
            empty if empty.is_empty() => "-".to_owned(),
            text => text,
        };
        columns.iter().map(cell).collect()
    };
    [head].into_iter().chain(rows.iter().map(line)).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn sums_are_a_table_by_what_they_are_asked_for() {
        let row = SumRow {
            principal: "arn:aws:iam::111111111111:user/ana".into(),
            thing: "arn:aws:kinesis:eu-west-1:111111111111:stream/s".into(),
            service: "kinesis.amazonaws.com".into(),
            operation: "PutRecords".into(),
            outcome: String::new(),
            calls: 7,
            records: 70,
            bytes: 2048,
            last: "2026-11-30T04:00:00Z".into(),
        };
        let denied =
            SumRow { outcome: "AccessDeniedException".into(), thing: "\u{1b}[2J".into(), ..row_of(&row) };
        let mut out = Vec::new();
        text::table(&mut out, &table(&[row_of(&row), denied], None)).unwrap();
        text::table(&mut out, &table(&[row], Some("stream"))).unwrap();
        expect![[r#"
            WHO                                 OPERATION           WITH                                             OUTCOME                CALLS  RECORDS  BYTES    LAST
            arn:aws:iam::111111111111:user/ana  kinesis:PutRecords  arn:aws:kinesis:eu-west-1:111111111111:stream/s  ok                     7      70       2.0 KiB  2026-11-30T04:00:00Z
            arn:aws:iam::111111111111:user/ana  kinesis:PutRecords  �[2J                                             AccessDeniedException  7      70       2.0 KiB  2026-11-30T04:00:00Z
            WITH                                             CALLS  RECORDS  BYTES    LAST
            arn:aws:kinesis:eu-west-1:111111111111:stream/s  7      70       2.0 KiB  2026-11-30T04:00:00Z
        "#]]
        .assert_eq(&String::from_utf8(out).unwrap());
    }

    fn row_of(row: &SumRow) -> SumRow {
        SumRow {
            principal: row.principal.clone(),
            thing: row.thing.clone(),
            service: row.service.clone(),
            operation: row.operation.clone(),
            outcome: row.outcome.clone(),
            last: row.last.clone(),
            ..*row
        }
    }

    #[test]
    fn what_a_page_leaves_out_is_said() {
        let told = left_out(r#"{"rowsLeftOut":3,"damaged":["log 0/11, position 5: it is empty"]}"#);
        assert_eq!(told, ["3 more sums are left out", "cannot be read: log 0/11, position 5: it is empty"]);
    }
}
