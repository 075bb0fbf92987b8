//! Settings of the audit: how long and how much of it is kept, how often trails deliver, and where else that goes.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use flumen_audit::chain::AnchorTo;
use flumen_types::Span;
use serde::Deserialize;

use super::{MIB, Size};

const DAY: Duration = Duration::from_secs(24 * 3600);
const AGE_DEFAULT: Duration = Duration::from_secs(90 * 24 * 3600);
/// So that nothing goes before its digest is there.
const AGE_MIN: Duration = Duration::from_secs(3600);
/// A hundred years.
const AGE_MAX: Duration = Duration::from_secs(36_500 * 24 * 3600);
const BYTES_DEFAULT: u64 = 10 * 1024 * MIB;
const BYTES_MIN: u64 = 64 * MIB;
const FILE_EVERY_DEFAULT: Duration = Duration::from_secs(300);
const DIGEST_EVERY_DEFAULT: Duration = Duration::from_secs(3600);
/// Names of digests have the second in them, and chains of thousands a day help nobody.
const EVERY_MIN: Duration = Duration::from_secs(1);

/// As it was given.
#[derive(Default)]
pub(super) struct AuditFlags {
    pub dir: Option<PathBuf>,
    pub anchors: Option<Vec<String>>,
    pub age: Option<Age>,
    pub bytes: Option<Size>,
    pub file_every: Option<Span>,
    pub digest_every: Option<Span>,
}

/// With defaults in place of what was not given.
#[derive(Clone, Debug)]
pub struct Audit {
    /// Where copies in clear go.
    pub dir: Option<PathBuf>,
    pub anchors: Vec<AnchorTo>,
    pub age: Duration,
    /// Of the history and of files together.
    pub bytes: u64,
    pub file_every: Duration,
    pub digest_every: Duration,
}

impl AuditFlags {
    pub fn resolve(self, ephemeral: bool) -> anyhow::Result<Audit> {
        let anchors = self.anchors.unwrap_or_default();
        let anchor = |place: &String| place.parse().map_err(|error| anyhow::anyhow!("audit-anchor: {error}"));
        let audit = Audit {
            dir: self.dir,
            anchors: anchors.iter().map(anchor).collect::<anyhow::Result<_>>()?,
            age: self.age.map_or(AGE_DEFAULT, |age| age.0),
            bytes: self.bytes.map_or(BYTES_DEFAULT, |size| size.0),
            file_every: self.file_every.map_or(FILE_EVERY_DEFAULT, |span| span.0),
            digest_every: self.digest_every.map_or(DIGEST_EVERY_DEFAULT, |span| span.0),
        };
        anyhow::ensure!(
            audit.dir.is_none() || !ephemeral,
            "audit-dir needs a data directory, and ephemeral keeps everything in memory"
        );
        anyhow::ensure!(
            audit.age >= AGE_MIN,
            "audit-max-age is {}; it must be at least {}",
            Age(audit.age),
            Age(AGE_MIN)
        );
        anyhow::ensure!(
            audit.bytes >= BYTES_MIN,
            "audit-max-bytes is {}; it must be at least {}",
            Size(audit.bytes),
            Size(BYTES_MIN)
        );
        for (name, every) in
            [("audit-file-every", audit.file_every), ("audit-digest-every", audit.digest_every)]
        {
            anyhow::ensure!(
                every >= EVERY_MIN,
                "{name} is {}; it must be at least {}",
                Span(every),
                Span(EVERY_MIN)
            );
        }
        Ok(audit)
    }
}

/// One line, as the others of the settings.
impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "audit-max-age={} audit-max-bytes={} audit-file-every={} audit-digest-every={}",
            Age(self.age),
            Size(self.bytes),
            Span(self.file_every),
            Span(self.digest_every)
        )?;
        if let Some(dir) = &self.dir {
            write!(f, " audit-dir={}", dir.display())?;
        }
        self.anchors.iter().try_for_each(|anchor| write!(f, " audit-anchor={anchor}"))
    }
}

/// How old something may become: `90d`, or a duration such as `12h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Age(pub Duration);

impl Age {
    pub fn parse(text: &str) -> Result<Self, String> {
        let refused = || format!("{text:?} is not an age such as 90d or 12h");
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let seconds_a_unit = match unit {
            "d" => DAY.as_secs(),
            "h" => 3600,
            "m" => 60,
            _ => return Err(refused()),
        };
        let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(seconds_a_unit));
        let age = seconds.map(Duration::from_secs).filter(|age| *age <= AGE_MAX);
        age.map(Age).ok_or_else(refused)
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.as_secs(), self.0.subsec_nanos()) {
            (seconds, 0) if seconds > 0 && seconds.is_multiple_of(DAY.as_secs()) => {
                write!(f, "{}d", seconds / DAY.as_secs())
            }
            _ => Span(self.0).fmt(f),
        }
    }
}

impl TryFrom<String> for Age {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Age::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(given: AuditFlags, ephemeral: bool) -> String {
        given.resolve(ephemeral).unwrap_err().to_string()
    }

    #[test]
    fn without_any_it_is_kept_for_ninety_days() {
        let audit = AuditFlags::default().resolve(false).unwrap();
        let line = "audit-max-age=90d audit-max-bytes=10GiB audit-file-every=5m audit-digest-every=1h";
        assert_eq!(audit.to_string(), line);
        let given = AuditFlags {
            dir: Some("/var/log/audit".into()),
            anchors: Some(vec!["stderr".into(), "syslog:/dev/log".into()]),
            age: Some(Age::parse("36h").unwrap()),
            ..AuditFlags::default()
        };
        let line = given.resolve(false).unwrap().to_string();
        assert!(
            line.starts_with("audit-max-age=36h ")
                && line
                    .ends_with(" audit-dir=/var/log/audit audit-anchor=stderr audit-anchor=syslog:/dev/log"),
            "{line}"
        );
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let age = |text| AuditFlags { age: Some(Age::parse(text).unwrap()), ..AuditFlags::default() };
        assert_eq!(refused(age("59m"), false), "audit-max-age is 59m; it must be at least 1h");
        let bytes = AuditFlags { bytes: Some(Size(MIB)), ..AuditFlags::default() };
        assert_eq!(refused(bytes, false), "audit-max-bytes is 1MiB; it must be at least 64MiB");
        let often = AuditFlags { digest_every: Some(Span(Duration::ZERO)), ..AuditFlags::default() };
        assert_eq!(refused(often, false), "audit-digest-every is 0s; it must be at least 1s");
        let nowhere = AuditFlags { anchors: Some(vec!["tape".into()]), ..AuditFlags::default() };
        assert!(refused(nowhere, false).starts_with("audit-anchor: \"tape\" is no place"));
        let copies = || AuditFlags { dir: Some("d".into()), ..AuditFlags::default() };
        assert!(refused(copies(), true).starts_with("audit-dir needs a data directory, and ephemeral"));
        assert!(copies().resolve(false).is_ok());
        for wrong in ["", "d", "-1d", "1w", "36501d", "9999999999999999999d"] {
            assert!(Age::parse(wrong).is_err(), "{wrong}");
        }
    }
}
