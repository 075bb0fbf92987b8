//! Anchors: a line about each digest, kept where whoever can change the digests cannot reach. Without one nobody sees that
//! the newest digests are gone with the files that they name.

use std::collections::VecDeque;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::str::FromStr;

use jiff::Zoned;
use parking_lot::Mutex;

const WORD: &str = "flumen-anchor-1";
/// Anchors that wait for a place which is not there; the oldest go then.
const WAITING_MAX: usize = 1000;
/// Facility authpriv, severity notice.
const PRIORITY: u8 = 10 * 8 + 5;

/// What is said about a digest. One line:
/// `flumen-anchor-1 TRAIL_ARN REGION DIGEST_END_TIME BUCKET/KEY SIGNATURE_HEX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// An ARN.
    pub trail: String,
    pub region: String,
    pub end: String,
    pub bucket: String,
    pub key: String,
    pub signature: String,
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Anchor { trail, region, end, bucket, key, signature } = self;
        write!(f, "{WORD} {trail} {region} {end} {}/{} {signature}", escaped(bucket), escaped(key))
    }
}

/// Callers choose buckets and prefixes; what stands between words does not stand in one.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_ascii_control() || c.is_whitespace() || c.is_control() || c == '%' {
            true => {
                let mut bytes = [0; 4];
                c.encode_utf8(&mut bytes).bytes().for_each(|byte| escaped.push_str(&format!("%{byte:02X}")));
            }
            false => escaped.push(c),
        }
    }
    escaped
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_once('%') {
        bytes.extend_from_slice(plain.as_bytes());
        bytes.push(u8::from_str_radix(escaped.get(..2)?, 16).ok()?);
        rest = &escaped[2..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

impl Anchor {
    /// The anchor in a line, whatever a logger has put before it. Nothing if there is none.
    pub fn in_line(line: &str) -> Option<Anchor> {
        let (_, rest) = line.split_once(WORD)?;
        let mut words = rest.strip_prefix(' ')?.split_ascii_whitespace();
        let (trail, region, end) = (words.next()?, words.next()?, words.next()?);
        let (bucket, key) = words.next()?.split_once('/')?;
        let signature = words.next()?.to_owned();
        let (bucket, key) = (unescaped(bucket)?, unescaped(key)?);
        Some(Anchor {
            trail: trail.to_owned(),
            region: region.to_owned(),
            end: end.to_owned(),
            bucket,
            key,
            signature,
        })
    }
}

/// Where anchors go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnchorTo {
    Stderr,
    /// Appended and durable.
    File(PathBuf),
    /// The socket of a system logger, such as `/dev/log`.
    Syslog(PathBuf),
}

/// No place for anchors.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no place for anchors: stderr, file:PATH or syslog:PATH")]
pub struct UnknownPlace(String);

impl FromStr for AnchorTo {
    type Err = UnknownPlace;

    fn from_str(text: &str) -> Result<AnchorTo, UnknownPlace> {
        match text.split_once(':') {
            None if text == "stderr" => Ok(AnchorTo::Stderr),
            Some(("file", path)) if !path.is_empty() => Ok(AnchorTo::File(path.into())),
            Some(("syslog", path)) if !path.is_empty() => Ok(AnchorTo::Syslog(path.into())),
            _ => Err(UnknownPlace(text.to_owned())),
        }
    }
}

impl fmt::Display for AnchorTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AnchorTo::Stderr => write!(f, "stderr"),
            AnchorTo::File(path) => write!(f, "file:{}", path.display()),
            AnchorTo::Syslog(path) => write!(f, "syslog:{}", path.display()),
        }
    }
}

impl AnchorTo {
    /// Waits for nobody but a disk.
    fn write(&self, line: &str) -> io::Result<()> {
        match self {
            AnchorTo::Stderr => io::stderr().lock().write_all(format!("{line}\n").as_bytes()),
            AnchorTo::File(path) => {
                // Opened each time: somebody may have put another one in its place. Of a pipe that would wait for a reader.
                if fs::metadata(path).is_ok_and(|meta| !meta.is_file()) {
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, "is no regular file"));
                }
                let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
                file.write_all(format!("{line}\n").as_bytes())?;
                file.sync_data()
            }
            AnchorTo::Syslog(path) => {
                let socket = UnixDatagram::unbound()?;
                socket.set_nonblocking(true)?;
                let message = syslog(&Zoned::now(), line);
                socket.send_to(message.as_bytes(), path).map(drop)
            }
        }
    }
}

/// As the C library writes to the local logger: RFC 3164 without a host.
fn syslog(now: &Zoned, line: &str) -> String {
    let time = now.strftime("%b %e %H:%M:%S");
    format!("<{PRIORITY}>{time} flumen[{}]: {line}", std::process::id())
}

/// The places to which each anchor is sent. One that is not there holds up nothing: what is for it waits.
#[derive(Debug, Default)]
pub struct Anchors {
    places: Vec<(AnchorTo, Mutex<VecDeque<String>>)>,
}

impl Anchors {
    pub fn new(places: impl IntoIterator<Item = AnchorTo>) -> Anchors {
        Anchors { places: places.into_iter().map(|place| (place, Mutex::default())).collect() }
    }

    /// With those that wait. Blocks for a file's sync.
    pub fn send(&self, anchor: &Anchor) {
        let line = anchor.to_string();
        for (place, waiting) in &self.places {
            let mut waiting = waiting.lock();
            waiting.push_back(line.clone());
            while let Some(next) = waiting.front() {
                if let Err(error) = place.write(next) {
                    let many = waiting.len();
                    tracing::warn!(%place, %error, waiting = many, "anchors of the audit's digests do not get there");
                    break;
                }
                waiting.pop_front();
            }
            if waiting.len() > WAITING_MAX {
                waiting.pop_front();
                tracing::warn!(%place, "an anchor is lost: {WAITING_MAX} newer ones wait for the same place");
            }
        }
    }
}
