//! What an operator sets, from flags, `FLUMEN_*` variables and `flumen.toml`, in this order of precedence,
//! checked once at start.

mod audit;
mod external_keys;
mod listeners;
mod oidc_providers;
mod stream_limits;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::builder::BoolishValueParser;
use flumen_cli::when;
use flumen_external_keys::KeyServices;
use flumen_seal::RootKeySource;
use flumen_streams::{Quotas, StreamLimits};
use flumen_types::{Clock, Span};
use serde::{Deserialize, Deserializer, de};
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::http::body::BODY_BYTES_MAX;
use crate::root_key;
use flumen_api::web::Origins;

pub use audit::{Age, Audit};
pub use listeners::{Endpoints, Listener, joined};
pub use oidc_providers::Provider;

/// Every setting of `flumen serve`. The flag `--data-dir` is `FLUMEN_DATA_DIR` in the environment and
/// `data-dir` in the file.
#[derive(Clone, Debug, Default, clap::Args, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServerSettings {
    /// Address of the plain port (HTTP/1.1 and h2c) [default: 127.0.0.1:4567]
    #[arg(long, env = "FLUMEN_LISTEN", value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Address of the TLS port (HTTP/1.1 and HTTP/2); without it there is none
    #[arg(long, env = "FLUMEN_TLS", value_name = "ADDR:PORT")]
    tls: Option<SocketAddr>,
    /// Further ports, some of them private endpoints: a list of tables, so in the file alone
    #[arg(skip)]
    listeners: Option<Vec<listeners::Section>>,
    /// Who vouches for people whom nobody here knows: a list of tables, so in the file alone
    #[arg(skip)]
    oidc_providers: Option<Vec<oidc_providers::Section>>,
    /// Keys of a Key Management Service elsewhere: a list of tables, so in the file alone
    #[arg(skip)]
    external_keys: Option<Vec<external_keys::Section>>,
    /// Refuse to listen without TLS on an address that other machines reach
    #[arg(long, env = "FLUMEN_REQUIRE_TLS", num_args = 0..=1, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    require_tls: Option<bool>,
    /// Certificate chain for the TLS ports, PEM; read again when it changes [default: one made by the server's own CA]
    #[arg(long, env = "FLUMEN_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, env = "FLUMEN_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A further host name or address in the certificate that the server makes; may be given more than once
    #[arg(long, env = "FLUMEN_TLS_NAME", value_name = "NAME", value_delimiter = ',')]
    tls_name: Option<Vec<String>>,
    /// Address of a port for operators' pages alone, unsigned: /health, /ready, /metrics, /usage; without it there is none
    #[arg(long, env = "FLUMEN_ADMIN", value_name = "ADDR:PORT")]
    admin: Option<SocketAddr>,
    /// Who shows the token in this file as "Authorization: Bearer" may read /metrics and /usage; read again when it changes
    #[arg(long, env = "FLUMEN_METRICS_TOKEN_FILE", value_name = "FILE")]
    metrics_token_file: Option<PathBuf>,
    /// Where everything is kept [default: ./flumen-data]
    #[arg(long, env = "FLUMEN_DATA_DIR", value_name = "DIR", conflicts_with = "ephemeral")]
    data_dir: Option<PathBuf>,
    /// Key to the secrets in the data directory: FILE, env:NAME, command:PROGRAM ARGUMENT ..., which is run without a
    /// shell, or kms:ARN [default: root.key in the data directory, made at the first start]
    #[arg(long, env = "FLUMEN_ROOT_KEY", value_name = "SOURCE", conflicts_with = "ephemeral")]
    root_key: Option<String>,
    /// Keep everything in memory and lose it at exit, for test suites
    #[arg(long, env = "FLUMEN_EPHEMERAL", num_args = 0..=1, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    ephemeral: Option<bool>,
    /// Whether AWS's quotas and rates apply [default: aws]
    #[arg(long, env = "FLUMEN_LIMITS", value_enum)]
    limits: Option<Limits>,
    /// Shard limits of single streams: a table, so in the file alone
    #[arg(skip)]
    stream_limits: Option<stream_limits::Own>,
    /// How long a stream stays CREATING, UPDATING or DELETING, for example 500ms [default: 0s]
    #[arg(long, env = "FLUMEN_TRANSITION_TIME", value_name = "DURATION", value_parser = Span::parse)]
    #[serde(default, deserialize_with = "span")]
    transition_time: Option<Span>,
    /// Who may sign requests: a file in AWS's shared credentials format; without it any signature passes
    #[arg(long, env = "FLUMEN_CREDENTIALS", value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// Make accounts, users, groups, roles, policies and streams what a file says, at each start (docs/security.md)
    #[arg(long, env = "FLUMEN_BOOTSTRAP", value_name = "FILE")]
    bootstrap: Option<PathBuf>,
    /// Let whoever reaches it do everything: listen beyond this machine although no signature is verified
    #[arg(long, env = "FLUMEN_INSECURE_OPEN", num_args = 0..=1, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    insecure_open: Option<bool>,
    /// Whether policies decide who may do what, or what they would deny is only logged and counted [default: enforce]
    #[arg(long, env = "FLUMEN_IDENTITIES", value_enum)]
    identities: Option<DecideBy>,
    /// End the sessions that began before, of all accounts: a time such as 2026-11-24T18:00:00Z, how long ago, such as 36h,
    /// or now
    #[arg(long, env = "FLUMEN_REVOKE_SESSIONS_BEFORE", value_name = "TIME")]
    revoke_sessions_before: Option<String>,
    /// Origin of web pages that may call without credentials, beside those of this machine; may be given more than once
    #[arg(long, env = "FLUMEN_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    allow_origin: Option<Vec<String>>,
    /// Memory for the newest records, which readers at the tip are served from [default: 256MiB]
    #[arg(long, env = "FLUMEN_TAIL_MEMORY", value_name = "SIZE", value_parser = Size::parse)]
    tail_memory: Option<Size>,
    /// Memory for request bodies being read, and as much again for answers being sent [default: 256MiB]
    #[arg(long, env = "FLUMEN_REQUEST_MEMORY", value_name = "SIZE", value_parser = Size::parse)]
    request_memory: Option<Size>,
    /// What lease tables may hold, of all accounts together [default: 256MiB]
    #[arg(long, env = "FLUMEN_TABLE_MEMORY", value_name = "SIZE", value_parser = Size::parse)]
    table_memory: Option<Size>,
    /// Connections open at once [default: 16384]
    #[arg(long, env = "FLUMEN_MAX_CONNECTIONS", value_name = "COUNT")]
    max_connections: Option<usize>,
    /// Metrics of clients that are kept; beyond them those go that were not reported for longest [default: 10000]
    #[arg(long, env = "FLUMEN_METRICS_SERIES", value_name = "COUNT")]
    metrics_series: Option<usize>,
    /// How long a minute of a metric is kept [default: 3h]
    #[arg(long, env = "FLUMEN_METRICS_AGE", value_name = "DURATION", value_parser = Span::parse)]
    #[serde(default, deserialize_with = "span")]
    metrics_age: Option<Span>,
    /// Copies of the audit's files in clear, for collectors: DIR/BUCKET/KEY
    #[arg(long, env = "FLUMEN_AUDIT_DIR", value_name = "DIR", conflicts_with = "ephemeral")]
    audit_dir: Option<PathBuf>,
    /// Where a line about each digest of the audit goes: stderr, file:PATH or syslog:SOCKET; may be given more than once
    #[arg(long, env = "FLUMEN_AUDIT_ANCHOR", value_name = "PLACE", value_delimiter = ',')]
    audit_anchor: Option<Vec<String>>,
    /// How long what was done is kept, for example 90d [default: 90d]
    #[arg(long, env = "FLUMEN_AUDIT_MAX_AGE", value_name = "AGE", value_parser = Age::parse)]
    audit_max_age: Option<Age>,
    /// And how much of it, half as history and half as files of trails [default: 10GiB]
    #[arg(long, env = "FLUMEN_AUDIT_MAX_BYTES", value_name = "SIZE", value_parser = Size::parse)]
    audit_max_bytes: Option<Size>,
    /// How often trails deliver files [default: 5m]
    #[arg(long, env = "FLUMEN_AUDIT_FILE_EVERY", value_name = "DURATION", value_parser = Span::parse)]
    #[serde(default, deserialize_with = "span")]
    audit_file_every: Option<Span>,
    /// How often trails deliver digests [default: 1h]
    #[arg(long, env = "FLUMEN_AUDIT_DIGEST_EVERY", value_name = "DURATION", value_parser = Span::parse)]
    #[serde(default, deserialize_with = "span")]
    audit_digest_every: Option<Span>,
    /// What is logged to standard error, for example info or flumen=debug [default: info]
    #[arg(long, env = "FLUMEN_LOG", value_name = "FILTER")]
    log: Option<String>,
    /// Form of the log [default: text]
    #[arg(long, env = "FLUMEN_LOG_FORMAT", value_enum)]
    log_format: Option<LogFormat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limits {
    Aws,
    Off,
}

/// What policies are for, where requests are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecideBy {
    Enforce,
    Report,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    Text,
    Json,
}

/// The settings with defaults in place of what was not given.
#[derive(Clone, Debug)]
pub struct Config {
    /// `listen` first, then `tls`, `admin` and those of the file.
    pub listeners: Vec<Listener>,
    pub endpoints: Endpoints,
    pub oidc_providers: Vec<Provider>,
    pub external_keys: KeyServices,
    pub require_tls: bool,
    /// Where a listener has it.
    pub tls: Option<Tls>,
    pub metrics_token_file: Option<PathBuf>,
    /// `None` keeps everything in memory.
    pub data_dir: Option<PathBuf>,
    pub root_key: RootKeySource,
    pub limits: Limits,
    pub stream_limits: StreamLimits,
    pub transition: Duration,
    pub credentials: Option<PathBuf>,
    pub bootstrap: Option<PathBuf>,
    pub identities: DecideBy,
    /// Sessions that began before are refused.
    pub revoke_sessions_before_ms: Option<u64>,
    /// Other machines may do everything where signatures are not verified.
    pub insecure_open: bool,
    pub origins: Origins,
    pub tail_bytes: u64,
    pub request_bytes: u64,
    pub table_bytes: u64,
    pub connections: usize,
    pub metrics_series: usize,
    pub metrics_age: Duration,
    pub audit: Audit,
    pub log: Targets,
    pub log_format: LogFormat,
}

#[derive(Clone, Debug)]
pub struct Tls {
    /// What the listeners listen on.
    pub addresses: Vec<IpAddr>,
    /// Certificate and key files; `None` when the server makes its own.
    pub files: Option<(PathBuf, PathBuf)>,
    pub names: Vec<String>,
}

pub const DATA_DIR_DEFAULT: &str = "flumen-data";
const FILE_DEFAULT: &str = "flumen.toml";
const MIB: u64 = 1024 * 1024;
/// A request of the largest size and its answer must find room.
const REQUEST_BYTES_MIN: u64 = 32 * MIB;
/// A quarter of it is a journal file, which must hold the largest request.
const TAIL_BYTES_MIN: u64 = 64 * MIB;
const _: () = {
    // The records of the largest body, which are base64 in it, and 64 KiB for how the log frames them.
    assert!((BODY_BYTES_MAX as u64) / 4 * 3 + 64 * 1024 <= flumen_storage::call_bytes_max(TAIL_BYTES_MIN));
    // The part for large ones: see `Memory::new`.
    assert!(BODY_BYTES_MAX as u64 <= REQUEST_BYTES_MIN / 4 * 3);
};
/// The image of all tables must fit the engine's counters, with room for what goes beyond the limit.
const TABLE_BYTES_MAX: u64 = 1024 * MIB;
const METRICS_AGE_DEFAULT: Duration = Duration::from_secs(3 * 3600);
/// A point is a minute, and that one must be over before it is whole.
const METRICS_AGE_MIN: Duration = Duration::from_secs(120);

const LEVELS: [LevelFilter; 6] = [
    LevelFilter::OFF,
    LevelFilter::ERROR,
    LevelFilter::WARN,
    LevelFilter::INFO,
    LevelFilter::DEBUG,
    LevelFilter::TRACE,
];

impl ServerSettings {
    /// Fills in from `file`, or from `flumen.toml` if it is there, and checks the whole.
    pub fn resolve(self, file: Option<&Path>) -> anyhow::Result<Config> {
        let file = match file {
            Some(path) => ServerSettings::read(path)?,
            None if Path::new(FILE_DEFAULT).exists() => ServerSettings::read(Path::new(FILE_DEFAULT))?,
            None => ServerSettings::default(),
        };
        // A flag for one of two that exclude each other sets the file's other one aside.
        let ephemeral =
            self.ephemeral.or(file.ephemeral.filter(|_| self.data_dir.is_none())).unwrap_or(false);
        let data_dir = self.data_dir.or(file.data_dir).unwrap_or_else(|| DATA_DIR_DEFAULT.into());
        let files = self.tls_cert.zip(self.tls_key).or(file.tls_cert.zip(file.tls_key));
        let names = self.tls_name.or(file.tls_name).unwrap_or_default();
        let limits = self.limits.or(file.limits).unwrap_or(Limits::Aws);
        let plain = self.listen.or(file.listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 4567)));
        let (further, endpoints) = listeners::resolve(file.listeners.unwrap_or_default())?;
        let mut listeners = vec![Listener::new("plain", plain, false)];
        listeners.extend(self.tls.or(file.tls).map(|address| Listener::new("tls", address, true)));
        listeners.extend(self.admin.or(file.admin).map(Listener::admin));
        listeners.extend(further);
        let addresses: Vec<IpAddr> = listeners
            .iter()
            .filter(|listener| listener.about.tls)
            .map(|listener| listener.address.ip())
            .collect();
        let external_keys = external_keys::resolve(file.external_keys.unwrap_or_default())?;
        let root_key = self.root_key.or(file.root_key);
        let config = Config {
            tls: (!addresses.is_empty()).then_some(Tls { addresses, files, names }),
            listeners,
            endpoints,
            oidc_providers: oidc_providers::resolve(file.oidc_providers.unwrap_or_default())?,
            require_tls: self.require_tls.or(file.require_tls).unwrap_or(false),
            metrics_token_file: self.metrics_token_file.or(file.metrics_token_file),
            data_dir: (!ephemeral).then_some(data_dir),
            root_key: match root_key {
                Some(text) => root_key::source(&text, &external_keys, |service| service.wait_at_start)?,
                None => RootKeySource::Directory,
            },
            external_keys,
            limits,
            stream_limits: stream_limits::resolve(limits, file.stream_limits.unwrap_or_default())?,
            transition: self.transition_time.or(file.transition_time).map_or(Duration::ZERO, |span| span.0),
            credentials: self.credentials.or(file.credentials),
            bootstrap: self.bootstrap.or(file.bootstrap),
            identities: self.identities.or(file.identities).unwrap_or(DecideBy::Enforce),
            revoke_sessions_before_ms: self
                .revoke_sessions_before
                .or(file.revoke_sessions_before)
                .map(|text| moment(&text))
                .transpose()?,
            insecure_open: self.insecure_open.or(file.insecure_open).unwrap_or(false),
            origins: Origins::new(self.allow_origin.or(file.allow_origin).unwrap_or_default())?,
            tail_bytes: self.tail_memory.or(file.tail_memory).map_or(256 * MIB, |size| size.0),
            request_bytes: self.request_memory.or(file.request_memory).map_or(256 * MIB, |size| size.0),
            table_bytes: self.table_memory.or(file.table_memory).map_or(256 * MIB, |size| size.0),
            connections: self.max_connections.or(file.max_connections).unwrap_or(16_384),
            metrics_series: self.metrics_series.or(file.metrics_series).unwrap_or(10_000),
            metrics_age: self.metrics_age.or(file.metrics_age).map_or(METRICS_AGE_DEFAULT, |span| span.0),
            audit: audit::AuditFlags {
                dir: self.audit_dir.or(file.audit_dir),
                anchors: self.audit_anchor.or(file.audit_anchor),
                age: self.audit_max_age.or(file.audit_max_age),
                bytes: self.audit_max_bytes.or(file.audit_max_bytes),
                file_every: self.audit_file_every.or(file.audit_file_every),
                digest_every: self.audit_digest_every.or(file.audit_digest_every),
            }
            .resolve(ephemeral)?,
            log: log_filter(self.log.or(file.log).as_deref().unwrap_or("info"))?,
            log_format: self.log_format.or(file.log_format).unwrap_or(LogFormat::Text),
        };
        config.check()?;
        Ok(config)
    }

    fn read(path: &Path) -> anyhow::Result<ServerSettings> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("configuration {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("configuration {}", path.display()))
    }
}

/// Those of the file, or of `flumen.toml` if it is there, without any other of its settings.
pub fn external_keys(file: Option<&Path>) -> anyhow::Result<KeyServices> {
    let file = match file {
        Some(path) => ServerSettings::read(path)?,
        None if Path::new(FILE_DEFAULT).exists() => ServerSettings::read(Path::new(FILE_DEFAULT))?,
        None => return Ok(KeyServices::default()),
    };
    external_keys::resolve(file.external_keys.unwrap_or_default())
}

impl Config {
    fn check(&self) -> anyhow::Result<()> {
        let least = |name, value: u64, least| {
            anyhow::ensure!(value >= least, "{name} is {}; it must be at least {}", Size(value), Size(least));
            Ok(())
        };
        least("tail-memory", self.tail_bytes, TAIL_BYTES_MIN)?;
        least("request-memory", self.request_bytes, REQUEST_BYTES_MIN)?;
        let table_bytes = self.table_bytes;
        anyhow::ensure!(
            table_bytes <= TABLE_BYTES_MAX,
            "table-memory is {}; it must be at most {}",
            Size(table_bytes),
            Size(TABLE_BYTES_MAX)
        );
        let plain = |listener: &&Listener| !listener.about.tls && listener.is_beyond_loopback();
        if let Some(listener) = self.listeners.iter().find(plain).filter(|_| self.require_tls) {
            anyhow::bail!(
                "require-tls is set, and the listener {} has no TLS on {}, which other machines reach",
                listener.about.name,
                listener.address
            );
        }
        anyhow::ensure!(self.connections > 0, "max-connections is 0; it must be at least 1");
        anyhow::ensure!(self.metrics_series > 0, "metrics-series is 0; it must be at least 1");
        let age = self.metrics_age;
        anyhow::ensure!(
            age >= METRICS_AGE_MIN,
            "metrics-age is {}; it must be at least {}",
            Span(age),
            Span(METRICS_AGE_MIN)
        );
        Ok(())
    }

    /// For where signatures are not verified: whoever reaches the server may then do everything, which on an address
    /// that other machines reach must be what the operator means.
    pub fn check_open(&self) -> anyhow::Result<()> {
        // A proxy brings those that it reaches.
        let reached = self.listeners.iter().find(|listener| {
            !listener.about.is_admin && (listener.is_beyond_loopback() || !listener.proxies.is_empty())
        });
        match reached {
            Some(listener) if !self.insecure_open => anyhow::bail!(
                "the listener {} is on {}, which other machines reach, and no credentials are configured: whoever connects could do \
                 everything. Name those who may with --credentials FILE. If it is to be open to all, add --insecure-open, \
                 FLUMEN_INSECURE_OPEN=1 in the environment, or this line in flumen.toml: insecure-open = true",
                listener.about.name,
                listener.address
            ),
            _ => Ok(()),
        }
    }

    pub fn quotas(&self) -> Quotas {
        match self.limits {
            Limits::Aws => Quotas::Aws,
            Limits::Off => Quotas::Off,
        }
    }
}

/// One line, without secrets.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, listener) in self.listeners.iter().enumerate() {
            let space = if place > 0 { " " } else { "" };
            match (listener.about.name.as_str(), listener.address) {
                ("plain", address) => write!(f, "{space}listen={address}")?,
                (name @ ("tls" | "admin"), address) => write!(f, "{space}{name}={address}")?,
                (name, address) => write!(f, "{space}listeners={name}@{address}")?,
            }
        }
        for (issuer, _) in &self.oidc_providers {
            write!(f, " oidc-providers={}", issuer.url())?;
        }
        for service in self.external_keys.settings() {
            write!(f, " external-keys={}", service.keys)?;
        }
        match &self.tls {
            Some(Tls { files: Some((cert, _)), .. }) => write!(f, " tls-cert={}", cert.display())?,
            Some(Tls { files: None, .. }) => write!(f, " tls-cert=own")?,
            None => write!(f, " tls=off")?,
        }
        if self.require_tls {
            write!(f, " require-tls=true")?;
        }
        if let Some(file) = &self.metrics_token_file {
            write!(f, " metrics-token-file={}", file.display())?;
        }
        match &self.data_dir {
            Some(dir) => write!(f, " data-dir={} root-key={}", dir.display(), self.root_key)?,
            None => write!(f, " ephemeral=true")?,
        }
        match &self.credentials {
            Some(file) => write!(f, " credentials={}", file.display())?,
            None => write!(f, " credentials=none")?,
        }
        if let Some(file) = &self.bootstrap {
            write!(f, " bootstrap={}", file.display())?;
        }
        if self.identities == DecideBy::Report {
            write!(f, " identities=report")?;
        }
        if let Some(ms) = self.revoke_sessions_before_ms {
            write!(f, " revoke-sessions-before={}", when::time(i64::try_from(ms).unwrap_or(i64::MAX)))?;
        }
        if self.insecure_open {
            write!(f, " insecure-open=true")?;
        }
        for origin in self.origins.named() {
            write!(f, " allow-origin={origin}")?;
        }
        let limits = if self.limits == Limits::Aws { "aws" } else { "off" };
        write!(f, " limits={limits}")?;
        for stream in self.stream_limits.own.keys() {
            write!(f, " stream-limits={stream}")?;
        }
        write!(
            f,
            " transition-time={} tail-memory={} request-memory={} table-memory={} \
             max-connections={} metrics-series={} metrics-age={}",
            Span(self.transition),
            Size(self.tail_bytes),
            Size(self.request_bytes),
            Size(self.table_bytes),
            self.connections,
            self.metrics_series,
            Span(self.metrics_age)
        )?;
        write!(f, " {}", self.audit)
    }
}

/// A moment that is over: milliseconds since the epoch.
fn moment(text: &str) -> anyhow::Result<u64> {
    let now_ms = Clock::system().now_ms();
    if text == "now" {
        return Ok(now_ms);
    }
    let at_ms = when::since(text, i64::try_from(now_ms)?)
        .map_err(|error| anyhow::anyhow!("revoke-sessions-before: {error}"))?;
    let at_ms = u64::try_from(at_ms).unwrap_or_default();
    anyhow::ensure!(
        at_ms <= now_ms,
        "revoke-sessions-before is {text}, which is still to come; no session would hold until then"
    );
    Ok(at_ms)
}

/// A duration in the file.
fn span<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Span>, D::Error> {
    Span::parse(&String::deserialize(from)?).map(Some).map_err(de::Error::custom)
}

/// A number of bytes such as `64MiB`, `1GiB` or `1048576`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Size(pub u64);

impl Size {
    pub fn parse(text: &str) -> Result<Self, String> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let bytes_a_unit = match unit.trim() {
            "" | "B" => 1,
            "KiB" | "K" => 1024,
            "MiB" | "M" => MIB,
            "GiB" | "G" => 1024 * MIB,
            _ => return Err(format!("{text:?} is not a size such as 64MiB or 1GiB")),
        };
        let bytes = number.parse::<u64>().ok().and_then(|n| n.checked_mul(bytes_a_unit));
        bytes.map(Size).ok_or_else(|| format!("{text:?} is not a size such as 64MiB or 1GiB"))
    }
}

/// As it is given, in the largest unit that says it exactly.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1024 * MIB, "GiB"), (MIB, "MiB"), (1024, "KiB")];
        match units.into_iter().find(|(unit, _)| self.0 > 0 && self.0.is_multiple_of(*unit)) {
            Some((unit, name)) => write!(f, "{}{name}", self.0 / unit),
            None => write!(f, "{}", self.0),
        }
    }
}

impl TryFrom<String> for Size {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Size::parse(&text)
    }
}

/// What is logged, by module; without a level that stands alone, nothing of other modules.
fn log_filter(text: &str) -> anyhow::Result<Targets> {
    text.split(',').try_fold(Targets::new(), |filter, directive| {
        let (module, level) = match directive.split_once('=') {
            Some((module, level)) => (Some(module), level),
            None => (None, directive),
        };
        let level = LEVELS.into_iter().find(|known| known.to_string().eq_ignore_ascii_case(level)).with_context(|| {
            format!(
                "log is {text}; it must be off, error, warn, info, debug or trace, or MODULE=LEVEL, or several of them \
                 with commas between"
            )
        })?;
        Ok(match module {
            Some(module) => filter.with_target(module, level),
            None => filter.with_default(level),
        })
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn sizes_have_units() {
        let sizes =
            ["7", "7B", "7K", "7KiB", "7M", "7 MiB", "7G", "7GiB"].map(|text| Size::parse(text).unwrap().0);
        assert_eq!(sizes, [7, 7, 7 << 10, 7 << 10, 7 << 20, 7 << 20, 7 << 30, 7 << 30]);
        for text in ["0", "7", "1500", "1KiB", "64MiB", "1025MiB", "3GiB"] {
            assert_eq!(Size::parse(text).unwrap().to_string(), text);
        }
        for wrong in ["", "MiB", "1.5GiB", "1TB", "99999999999GiB"] {
            Size::parse(wrong).unwrap_err();
        }
    }

    #[test]
    fn flags_win_over_the_file_and_unknown_settings_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("flumen.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\nlimits = \"off\"\nephemeral = true\n").unwrap();
        let flags = ServerSettings { listen: Some("127.0.0.1:2".parse().unwrap()), ..Default::default() };
        let config = flags.resolve(Some(&path)).unwrap();
        assert_eq!(
            (config.listeners[0].address.port(), config.limits, config.data_dir),
            (2, Limits::Off, None)
        );
        let flags = ServerSettings { data_dir: Some("d".into()), ..Default::default() };
        assert_eq!(flags.resolve(Some(&path)).unwrap().data_dir, Some("d".into()));

        std::fs::write(&path, "lissten = 1\n").unwrap();
        let error = format!("{:#}", ServerSettings::default().resolve(Some(&path)).unwrap_err());
        assert!(error.contains("lissten") && error.contains("flumen.toml"), "{error}");
    }

    /// Every setting, none as it is by default.
    const ALL: &str = "listen = \"127.0.0.1:1\"\ntls = \"127.0.0.1:2\"\nrequire-tls = true\ntls-cert = \"c\"\ntls-key = \"k\"\n\
         tls-name = [\"n\"]\nadmin = \"127.0.0.1:3\"\nmetrics-token-file = \"t\"\ndata-dir = \"d\"\nroot-key = \"env:K\"\ncredentials = \"f\"\nbootstrap = \"b\"\nidentities = \"report\"\nrevoke-sessions-before = \"2026-01-02T03:04:05Z\"\ninsecure-open = true\nallow-origin = [\"http://a\"]\nlimits = \"off\"\ntransition-time = \"3ms\"\n\
         tail-memory = \"65MiB\"\nrequest-memory = \"33MiB\"\ntable-memory = \"1MiB\"\nmax-connections = 5\n\
         metrics-series = 6\nmetrics-age = \"7m\"\naudit-dir = \"a\"\naudit-anchor = [\"stderr\"]\n\
         audit-max-age = \"7d\"\naudit-max-bytes = \"65MiB\"\naudit-file-every = \"8s\"\naudit-digest-every = \"9m\"\n\
         log = \"debug\"\nlog-format = \"json\"\n";

    fn of_file(text: &str) -> anyhow::Result<Config> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("flumen.toml");
        std::fs::write(&path, text).unwrap();
        ServerSettings::default().resolve(Some(&path))
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        for (text, why) in [
            (
                "revoke-sessions-before = \"soon\"",
                "revoke-sessions-before: \"soon\" is neither a duration such as 5m nor a time such as 2026-11-24T18:00:00Z",
            ),
            (
                "revoke-sessions-before = \"2999-01-01\"",
                "revoke-sessions-before is 2999-01-01, which is still to come; no session would hold until then",
            ),
            ("tail-memory = \"1\"", "tail-memory is 1; it must be at least 64MiB"),
            ("request-memory = \"31MiB\"", "request-memory is 31MiB; it must be at least 32MiB"),
            ("table-memory = \"2GiB\"", "table-memory is 2GiB; it must be at most 1GiB"),
            (
                "allow-origin = [\"x\"]",
                "allow-origin \"x\" is not an origin such as https://console.example.com",
            ),
            ("root-key = \"command:a 'b\"", "root-key command: a quotation mark has no second one"),
            ("root-key = \"kms:x\"", "root-key"),
            ("max-connections = 0", "max-connections is 0; it must be at least 1"),
            ("metrics-series = 0", "metrics-series is 0; it must be at least 1"),
            ("metrics-age = \"1m\"", "metrics-age is 1m; it must be at least 2m"),
            (
                "log = \"inf\"",
                "log is inf; it must be off, error, warn, info, debug or trace, or MODULE=LEVEL, or several of them with \
                 commas between",
            ),
            (
                "log = \"info,flumen=loud\"",
                "log is info,flumen=loud; it must be off, error, warn, info, debug or trace, or MODULE=LEVEL, or several of \
                 them with commas between",
            ),
        ] {
            assert_eq!(of_file(text).unwrap_err().to_string(), why);
        }
    }

    #[test]
    fn without_credentials_only_this_machine_is_served_unless_the_operator_says_so() {
        let open = |text: &str| of_file(text).unwrap().check_open().map_err(|error| error.to_string());
        for here in ["", "listen = \"[::1]:1\"", "listen = \"[::ffff:127.0.0.1]:1\"", "tls = \"127.9.9.9:1\""]
        {
            assert_eq!(open(here), Ok(()), "{here}");
        }
        let text = "which other machines reach, and no credentials are configured: whoever connects could do everything. \
                    Name those who may with --credentials FILE. If it is to be open to all, add --insecure-open, \
                    FLUMEN_INSECURE_OPEN=1 in the environment, or this line in flumen.toml: insecure-open = true";
        for (set, name, address) in
            [("listen", "plain", "0.0.0.0:1"), ("listen", "plain", "10.0.0.1:1"), ("tls", "tls", "[::]:1")]
        {
            let line = format!("{set} = {address:?}\n");
            assert_eq!(open(&line), Err(format!("the listener {name} is on {address}, {text}")));
            assert_eq!(
                open(&format!("ephemeral = true\n{line}")),
                Err(format!("the listener {name} is on {address}, {text}"))
            );
            assert_eq!(open(&format!("{line}insecure-open = true")), Ok(()));
        }
        assert_eq!(open("admin = \"0.0.0.0:1\""), Ok(()), "the operator named it");
        let listener = |more: &str| open(&format!("[[listeners]]\nname = \"n\"\n{more}"));
        assert_eq!(listener("address = \"127.0.0.1:1\""), Ok(()));
        assert_eq!(
            listener("address = \"10.0.0.1:1\""),
            Err(format!("the listener n is on 10.0.0.1:1, {text}"))
        );
        let behind = "address = \"127.0.0.1:1\"\nproxy-protocol-from = [\"127.0.0.1\"]";
        assert_eq!(listener(behind), Err(format!("the listener n is on 127.0.0.1:1, {text}")));
    }

    #[test]
    fn plain_text_can_be_kept_to_this_machine() {
        let required = |text: &str| of_file(&format!("require-tls = true\n{text}")).map(|_| ());
        for good in ["", "tls = \"0.0.0.0:1\"", "listen = \"[::1]:1\"\nadmin = \"127.0.0.1:2\""] {
            required(good).unwrap();
        }
        let section = |tls| format!("[[listeners]]\nname = \"n\"\naddress = \"10.0.0.1:1\"\ntls = {tls}");
        required(&section(true)).unwrap();
        for (text, listener) in [
            ("listen = \"10.0.0.1:1\"", "plain"),
            ("admin = \"10.0.0.1:1\"", "admin"),
            (&section(false), "n"),
        ] {
            let error = required(text).unwrap_err().to_string();
            let why = "has no TLS on 10.0.0.1:1, which other machines reach";
            assert_eq!(error, format!("require-tls is set, and the listener {listener} {why}"));
        }
    }

    #[test]
    fn switches_are_set_by_variables_as_users_write_them() {
        use clap::FromArgMatches as _;
        let given = |flags: &str| {
            let command = <ServerSettings as clap::Args>::augment_args(clap::Command::new("serve"));
            let matches = command.try_get_matches_from(flags.split(' '))?;
            ServerSettings::from_arg_matches(&matches)
                .map(|settings| (settings.ephemeral, settings.insecure_open))
        };
        assert_eq!(given("serve --ephemeral --insecure-open").unwrap(), (Some(true), Some(true)));
        assert_eq!(given("serve --ephemeral=1 --insecure-open=0").unwrap(), (Some(true), Some(false)));
        assert!(given("serve --insecure-open=maybe").is_err());
    }

    #[test]
    fn every_setting_has_its_default_and_its_place_in_the_file() {
        expect![[r#"
            listen=127.0.0.1:4567 tls=off data-dir=flumen-data root-key=root.key credentials=none limits=aws transition-time=0s tail-memory=256MiB request-memory=256MiB table-memory=256MiB max-connections=16384 metrics-series=10000 metrics-age=3h audit-max-age=90d audit-max-bytes=10GiB audit-file-every=5m audit-digest-every=1h"#]]
        .assert_eq(&of_file("").unwrap().to_string());
        let config = of_file(&format!(
            "{ALL}[stream-limits]\ns = \"aws\"\n[[listeners]]\nname = \"n\"\naddress = \"127.0.0.1:6\"\n[[external-keys]]\narn = \
             \"arn:aws:kms:r:*\"\nendpoint = \"http://127.0.0.1:7\"\n"
        ))
        .unwrap();
        expect![[r#"
            listen=127.0.0.1:1 tls=127.0.0.1:2 admin=127.0.0.1:3 listeners=n@127.0.0.1:6 external-keys=arn:aws:kms:r:* tls-cert=c require-tls=true metrics-token-file=t data-dir=d root-key=env:K credentials=f bootstrap=b identities=report revoke-sessions-before=2026-01-02T03:04:05Z insecure-open=true allow-origin=http://a limits=off stream-limits=s transition-time=3ms tail-memory=65MiB request-memory=33MiB table-memory=1MiB max-connections=5 metrics-series=6 metrics-age=7m audit-max-age=7d audit-max-bytes=65MiB audit-file-every=8s audit-digest-every=9m audit-dir=a audit-anchor=stderr"#]]
        .assert_eq(&config.to_string());
        assert_eq!(
            (config.quotas(), config.log),
            (Quotas::Off, Targets::new().with_default(LevelFilter::DEBUG))
        );
        assert_eq!(config.log_format, LogFormat::Json);
        let tls = config.tls.unwrap();
        assert_eq!((tls.files, tls.names), (Some(("c".into(), "k".into())), vec!["n".to_owned()]));
    }

    #[test]
    fn every_flag_has_a_variable_of_its_name() {
        let command = <ServerSettings as clap::Args>::augment_args(clap::Command::new("serve"));
        for flag in command.get_arguments() {
            let variable = format!("FLUMEN_{}", flag.get_id().as_str().to_uppercase());
            assert_eq!(flag.get_env(), Some(variable.as_ref()), "{}", flag.get_id());
        }
    }

    #[test]
    fn flags_win_over_every_setting_of_the_file() {
        use clap::FromArgMatches as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("flumen.toml");
        std::fs::write(&path, ALL).unwrap();
        let command = <ServerSettings as clap::Args>::augment_args(clap::Command::new("serve"));
        let flags = "serve --listen 127.0.0.1:3 --tls 127.0.0.1:4 --require-tls --tls-cert C --tls-key K --tls-name N,M --admin 127.0.0.1:5 --metrics-token-file T \
                     --data-dir D --root-key command:k --credentials F --bootstrap B --identities enforce --revoke-sessions-before 2026-02-03T04:05:06+01:00 --insecure-open --allow-origin http://b,http://c --limits aws --transition-time 4ms --tail-memory 66MiB \
                     --request-memory 34MiB --table-memory 2MiB --max-connections 8 --metrics-series 9 \
                     --metrics-age 8m --audit-dir A --audit-anchor file:F,syslog:S --audit-max-age 36h --audit-max-bytes 66MiB \
                     --audit-file-every 10s --audit-digest-every 11m --log warn --log-format text";
        let flags = ServerSettings::from_arg_matches(&command.get_matches_from(flags.split(' '))).unwrap();
        let config = flags.resolve(Some(&path)).unwrap();
        expect![[r#"
            listen=127.0.0.1:3 tls=127.0.0.1:4 admin=127.0.0.1:5 tls-cert=C require-tls=true metrics-token-file=T data-dir=D root-key=command:k credentials=F bootstrap=B revoke-sessions-before=2026-02-03T03:05:06Z insecure-open=true allow-origin=http://b allow-origin=http://c limits=aws transition-time=4ms tail-memory=66MiB request-memory=34MiB table-memory=2MiB max-connections=8 metrics-series=9 metrics-age=8m audit-max-age=36h audit-max-bytes=66MiB audit-file-every=10s audit-digest-every=11m audit-dir=A audit-anchor=file:F audit-anchor=syslog:S"#]]
        .assert_eq(&config.to_string());
        assert_eq!(
            (config.log, config.log_format),
            (Targets::new().with_default(LevelFilter::WARN), LogFormat::Text)
        );
        let tls = config.tls.unwrap();
        assert_eq!((tls.files, tls.names), (Some(("C".into(), "K".into())), vec!["N".into(), "M".into()]));
    }
}
