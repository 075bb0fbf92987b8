//! Where the files of a trail lie: keys as CloudTrail writes them. Sources:
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>,
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html>

use jiff::Timestamp;

use crate::trails::TrailArnText;

/// A trail's in one region.
#[derive(Clone, Copy, Debug)]
pub struct TrailLocation<'a> {
    pub account: &'a str,
    /// Whose events they are.
    pub region: &'a str,
    /// The trail's name.
    pub trail: &'a str,
    pub home_region: &'a str,
    pub bucket: &'a str,
    pub prefix: Option<&'a str>,
}

const LOGS: &str = "CloudTrail";
const DIGESTS: &str = "CloudTrail-Digest";
const SUFFIX: &str = ".json.gz";
/// Between the time and what makes a name unique, of a file of sums.
const SUMS: &str = "sums_";

/// What a log file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Events,
    /// How often what was done in an hour; of the built-in trail.
    Sums,
}

impl TrailLocation<'_> {
    pub(super) fn trail_arn(&self) -> TrailArnText<'_> {
        TrailArnText { account: self.account, region: self.home_region, name: self.trail }
    }

    /// `[PREFIX/]AWSLogs/ACCOUNT/FOLDER/REGION/YYYY/MM/DD/ACCOUNT_FOLDER_REGION_`.
    fn begin(&self, folder: &str, at_ms: u64) -> String {
        let TrailLocation { account, region, .. } = self;
        let prefix = self.prefix.filter(|prefix| !prefix.is_empty());
        let (prefix, slash) = (prefix.unwrap_or_default(), if prefix.is_some() { "/" } else { "" });
        let day = at(at_ms).strftime("%Y/%m/%d").to_string();
        format!("{prefix}{slash}AWSLogs/{account}/{folder}/{region}/{day}/{account}_{folder}_{region}_")
    }

    pub(super) fn log_key(&self, at_ms: u64, holds: Holds, unique: &str) -> String {
        let sums = if holds == Holds::Sums { SUMS } else { "" };
        let time = at(at_ms).strftime("%Y%m%dT%H%MZ");
        format!("{}{time}_{sums}{unique}{SUFFIX}", self.begin(LOGS, at_ms))
    }

    pub(super) fn digest_key(&self, end_ms: u64) -> String {
        let TrailLocation { trail, home_region, .. } = self;
        let time = at(end_ms).strftime("%Y%m%dT%H%M%SZ");
        format!("{}{trail}_{home_region}_{time}{SUFFIX}", self.begin(DIGESTS, end_ms))
    }

    /// Before whatever day.
    pub(super) fn digest_prefix(&self) -> String {
        let begin = self.begin(DIGESTS, 0);
        let end =
            begin.len() - "1970/01/01/".len() - format!("{}_{DIGESTS}_{}_", self.account, self.region).len();
        begin[..end].to_owned()
    }
}

/// What a key says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named<'a> {
    Log {
        region: &'a str,
        /// Of the beginning of the minute in which it was delivered.
        minute_ms: u64,
        holds: Holds,
    },
    Digest {
        region: &'a str,
        trail: TrailArnText<'a>,
        end_ms: u64,
    },
}

/// What is named so; nothing if the key is none of a trail's.
pub(super) fn named(key: &str) -> Option<Named<'_>> {
    // From the end: a prefix may hold whatever it likes.
    let mut parts = key.rsplitn(9, '/');
    let file = parts.next()?.strip_suffix(SUFFIX)?;
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, folder, account, logs) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let file = file.strip_prefix(account)?.strip_prefix('_')?.strip_prefix(folder)?.strip_prefix('_')?;
    let file = file.strip_prefix(region)?.strip_prefix('_')?;
    let in_day = |time: &str| time.get(..8) == Some(&format!("{year}{month}{day}"));
    if logs != "AWSLogs" {
        return None;
    }
    match folder {
        LOGS => {
            let (time, rest) = file.split_once('_')?;
            let holds = if rest.starts_with(SUMS) { Holds::Sums } else { Holds::Events };
            let minute_ms = parsed(time, "").filter(|_| in_day(time))?;
            Some(Named::Log { region, minute_ms, holds })
        }
        DIGESTS => {
            let (file, time) = file.rsplit_once('_')?;
            let (name, home_region) = file.rsplit_once('_')?;
            let end_ms = parsed(time, "SS").filter(|_| in_day(time))?;
            Some(Named::Digest { region, trail: TrailArnText { account, region: home_region, name }, end_ms })
        }
        _ => None,
    }
}

/// By which retention goes: of a log file when its minute began, of a digest when its hour ended.
pub(crate) fn time_of_key(key: &str) -> Option<u64> {
    match named(key)? {
        Named::Log { minute_ms, .. } => Some(minute_ms),
        Named::Digest { end_ms, .. } => Some(end_ms),
    }
}

fn at(ms: u64) -> Timestamp {
    i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(Timestamp::MAX)
}

/// `YYYYMMDDTHHMMZ`, with as many digits more before the Z as `seconds` has letters.
fn parsed(text: &str, seconds: &str) -> Option<u64> {
    let digits = text.strip_suffix('Z')?;
    if digits.len() != 13 + seconds.len() || !digits.is_ascii() || digits.as_bytes()[8] != b'T' {
        return None;
    }
    let part = |range: std::ops::Range<usize>| &digits[range];
    let second = if seconds.is_empty() { "00" } else { part(13..15) };
    let (date, time) =
        ([part(0..4), part(4..6), part(6..8)].join("-"), [part(9..11), part(11..13), second].join(":"));
    let time = format!("{date}T{time}Z").parse::<Timestamp>().ok()?;
    u64::try_from(time.as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCATION: TrailLocation<'_> = TrailLocation {
        account: "123456789012",
        region: "eu-west-1",
        trail: "a_b-c.d",
        home_region: "us-east-1",
        bucket: "b",
        prefix: Some("p/AWSLogs/x"),
    };
    /// 2026-11-30T03:43:36.789Z.
    const AT_MS: u64 = 1_796_010_216_789;

    #[test]
    fn keys_are_cloudtrails_and_say_what_they_name() {
        let digest = LOCATION.digest_key(AT_MS);
        assert_eq!(
            digest,
            "p/AWSLogs/x/AWSLogs/123456789012/CloudTrail-Digest/eu-west-1/2026/11/30/\
             123456789012_CloudTrail-Digest_eu-west-1_a_b-c.d_us-east-1_20261130T034336Z.json.gz"
        );
        let arn = LOCATION.trail_arn();
        assert_eq!(arn.to_string(), "arn:aws:cloudtrail:us-east-1:123456789012:trail/a_b-c.d");
        let there = TrailLocation { home_region: "cn-north-1", ..LOCATION }.trail_arn().to_string();
        assert_eq!(there, "arn:aws-cn:cloudtrail:cn-north-1:123456789012:trail/a_b-c.d");
        let end_ms = AT_MS / 1000 * 1000;
        assert_eq!(named(&digest), Some(Named::Digest { region: "eu-west-1", trail: arn, end_ms }));
        assert!(
            digest.starts_with(&LOCATION.digest_prefix())
                && LOCATION.digest_prefix().ends_with("/eu-west-1/")
        );
        let location = TrailLocation { prefix: None, ..LOCATION };
        for (holds, name) in [(Holds::Events, "0123456789abcdEF"), (Holds::Sums, "sums_0123456789abcdEF")] {
            let log = location.log_key(AT_MS, holds, "0123456789abcdEF");
            assert_eq!(
                log,
                format!(
                    "AWSLogs/123456789012/CloudTrail/eu-west-1/2026/11/30/\
                     123456789012_CloudTrail_eu-west-1_20261130T0343Z_{name}.json.gz"
                )
            );
            let minute_ms = AT_MS / 60_000 * 60_000;
            assert_eq!(named(&log), Some(Named::Log { region: "eu-west-1", minute_ms, holds }));
            assert_eq!(time_of_key(&log), Some(minute_ms));
        }
    }

    #[test]
    fn other_keys_are_none_of_a_trails() {
        let digest = LOCATION.digest_key(AT_MS);
        let log = LOCATION.log_key(AT_MS, Holds::Events, "0123456789abcdEF");
        for other in [
            "",
            "x.json.gz",
            &digest[..digest.len() - 3],
            &digest.replace("2026/11/30", "2026/11/29"),
            &digest.replace("034336Z", "034366Z"),
            &digest.replace("034336Z", "03433öZ"),
            // Of the minute, as log files have it, and of less and more than the second.
            &digest.replace("034336Z", "0343Z"),
            &digest.replace("034336Z", "03433Z"),
            &digest.replace("034336Z", "0343360Z"),
            &digest.replace("T034336Z", "Z"),
            &digest.replace("T034336Z", "_034336Z"),
            &log.replace("0343Z", "034336Z"),
            &log.replace("0343Z", "034Z"),
            &log.replace("T0343Z", "Z"),
            &log.replace("20261130T0343Z", "2026Z"),
            &digest.replace("/AWSLogs/1", "/AWSLog/1"),
            &digest.replace("CloudTrail-Digest", "CloudTrail-Insight"),
        ] {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
