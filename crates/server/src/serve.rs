//! `flumen serve`: start-up and shut-down, in the order in which they happen.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::Context;
use flumen_access::limits::Machine;
use flumen_access::{AccountLimits, Identities};
use flumen_api::web::Origins;
use flumen_api::{
    Api, AuditFiles, Auditor, CloudTrail, CloudWatch, Credentials, IamService, IssuerKeys, KmsService,
    Memory, Resources, Services, SignIn, Signers, StsService,
};
use flumen_audit::chain::Anchors;
use flumen_audit::sums::{Retention, Sums};
use flumen_audit::trails::{Deliverer, Delivery, Every, Trails};
use flumen_audit::{Audit, Objects};
use flumen_cli::Misconfigured;
use flumen_external_keys::ExternalKeys;
use flumen_keys::Keys;
use flumen_seal::Seal;
use flumen_storage::{Storage, StorageSettings};
use flumen_streams::{Quotas, StreamLimits, Streams};
use flumen_tables::Tables;
use flumen_types::{Clock, Span};
use flumen_watch::Watch;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tracing_subscriber::prelude::*;

use crate::accounts::OpenDirectory;
use crate::config::{Config, DecideBy, LogFormat, ServerSettings};
use crate::data_dir::Directory;
use crate::files::Files;
use crate::listener::{Connections, Socket};
use crate::pages::Token;
use crate::server::Server;
use crate::tls::Certificates;
use crate::workers::{Occupied, Workers};
use crate::{apply, config, data_dir};

/// How long running requests may take once the server is told to stop.
const DRAIN_MAX: Duration = Duration::from_secs(10);
/// How far what is on disk of the use of access keys may be behind.
const USES_SAVED_EVERY: Duration = Duration::from_secs(600);
/// Where the log lies within the data directory.
pub const LOG_DIRECTORY: &str = "log";
/// Where the files of trails lie, sealed, within the data directory.
pub const AUDIT_DIRECTORY: &str = "audit";
/// Where key material lies, sealed, within the data directory.
pub const KEYS_DIRECTORY: &str = "keys";
/// What files of trails may take where everything is in memory.
const EPHEMERAL_FILES_BYTES: u64 = 64 * 1024 * 1024;
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Memory for requests, and for lease tables, where no server runs.
const OFFLINE_BYTES: u64 = 256 * 1024 * 1024;
/// What is reported there is nobody's to ask for.
const OFFLINE_AGE_MS: u64 = 120_000;

pub fn run(settings: ServerSettings, file: Option<&Path>) -> anyhow::Result<()> {
    let mut config = settings.resolve(file).map_err(|error| anyhow::Error::new(Misconfigured(error)))?;
    log_to_stderr(&config)?;
    std::panic::set_hook(Box::new(log_panic));
    let settings_text = config.to_string();
    tracing::info!("settings: {settings_text}");
    let processors = std::thread::available_parallelism()?.get();
    // Beside the workers' there are the shared threads.
    let files = Files::provide(config.connections, processors + 1)
        .map_err(|error| anyhow::Error::new(Misconfigured(error)))?;
    config.connections = files.connections;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("threads")?;
    let occupied = Occupied::thread(runtime.handle());
    let result = runtime.block_on(serve(config, settings_text, processors, files.readers));
    drop(occupied);
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

async fn serve(
    config: Config,
    settings_text: String,
    processors: usize,
    read_files: usize,
) -> anyhow::Result<()> {
    let misconfigured = |error| anyhow::Error::new(Misconfigured(error));
    let clock = Clock::system();
    let credentials =
        config.credentials.as_deref().map(Credentials::read).transpose().map_err(misconfigured)?;
    let metrics_token =
        config.metrics_token_file.as_deref().map(Token::open).transpose().map_err(misconfigured)?;
    let (issuers, issuer_keys) = IssuerKeys::new(config.oidc_providers.clone()).map_err(misconfigured)?;
    let bootstrap = config.bootstrap.as_deref().map(apply::File::read).transpose().map_err(misconfigured)?;
    let names_an_account = bootstrap.as_ref().is_some_and(apply::File::names_an_account);
    // Nobody has been named who may sign, so nothing is touched where that is wrong.
    if credentials.is_none()
        && !names_an_account
        && !config.data_dir.as_deref().is_some_and(data_dir::has_keys)
    {
        config.check_open().map_err(misconfigured)?;
    }
    // Ports first: a taken one is the commonest mistake, and nothing is touched by it.
    let mut sockets = Vec::with_capacity(config.listeners.len());
    for listener in config.listeners.iter().cloned() {
        sockets.push(Socket::bind(listener).await?);
    }
    let external = (!config.external_keys.is_empty())
        .then(|| ExternalKeys::new(config.external_keys.clone(), clock.clone()));
    let Directory { storage, seal, materials } = open_storage(&config, external.clone(), read_files).await?;
    let of_audit = audit_settings(&config);
    let (owner, carried) = (of_audit.owner.clone(), of_audit.owner.carried());
    let audit = Audit::open(storage.clone(), clock.clone(), seal.clone(), carried.clone(), of_audit).await?;
    // Before others are opened, which tell by their commands.
    let auditing = tokio::spawn(audit.clone().run());
    let sums = open_sums(&storage, &seal, &clock, &audit_settings(&config)).await?;
    let summing = tokio::spawn(sums.clone().every_minute(clock.clone()));
    let identities = Identities::open_telling(storage.clone(), clock.clone(), seal.clone(), &carried).await?;
    let identities = identities.with_issuers(issuers);
    if let Some(file) = &bootstrap {
        apply::bootstrap_accounts(file, &identities).await?;
    }
    let endpoints =
        config::joined(config.endpoints.clone(), identities.endpoints()).map_err(misconfigured)?;
    sockets.iter_mut().for_each(|socket| socket.know(&endpoints));
    if let Some(before_ms) = config.revoke_sessions_before_ms {
        identities.revoke_all_sessions(before_ms).await?;
    }
    let checked = credentials.is_some() || identities.is_initialised();
    if !checked {
        config.check_open().map_err(misconfigured)?;
    }
    let limits = match checked {
        true => account_limits(&config, credentials.as_ref(), &identities, processors),
        // Anybody may be any account.
        false => AccountLimits::none(),
    };
    let acceptor = match &config.tls {
        Some(tls) => {
            let sealed = config.data_dir.as_deref().map(|dir| (dir, &seal));
            let certificates = Certificates::open(tls, sealed, clock.clone())?;
            certificates.tell(&audit);
            Some(TlsAcceptor::from(certificates.server_config()?))
        }
        None => None,
    };
    let settings = ServiceSettings {
        streams: flumen_streams::StreamsSettings {
            transition_ms: u64::try_from(config.transition.as_millis())?,
            quotas: config.quotas(),
            limits: config.stream_limits.clone(),
            accounts: limits.clone(),
            carried: carried.clone(),
        },
        tables: flumen_tables::TablesSettings {
            memory_bytes: config.table_bytes,
            accounts: limits.clone(),
            carried: carried.clone(),
        },
        watch: flumen_watch::WatchSettings {
            series_max: config.metrics_series,
            age_ms: u64::try_from(config.metrics_age.as_millis())?,
        },
    };
    let operator = flumen_api::operator(credentials.as_ref(), Some(&identities));
    owner.set(&operator);
    let trails = Trails::open(storage.clone(), clock.clone(), &carried).await?;
    let (objects, anchors) =
        (Arc::new(audit_files(&config, &seal)?), Anchors::new(config.audit.anchors.clone()));
    let every = every(&config);
    let (audit_of, sums_of, seal_of) = (audit.clone(), Some(sums.clone()), seal.clone());
    let delivery =
        Delivery { audit: audit_of, trails, sums: sums_of, objects, anchors, seal: seal_of, every };
    let deliverer = Deliverer::open(delivery, Some(&operator)).await?;
    // Whoever needs it makes it, too; a full disk keeps no server from starting, on which room can be made.
    if let Err(error) = deliverer.ensure_key().await {
        tracing::warn!(%error, "the key for digests does not exist yet");
    }
    let keys = Keys::open(storage.clone(), clock.clone(), materials, &carried).await?;
    let keys = match external {
        Some(external) => keys.with_external(external),
        None => keys,
    };
    let keeping_keys = tokio::spawn(keys.clone().housekeeper());
    let beside = (keys.clone(), issuer_keys, deliverer.clone());
    let services = services(&storage, &clock, seal, &identities, beside, settings).await?;
    let delivering = tokio::spawn(deliverer.clone().run());
    let (streams, tables) = (services.streams.clone(), services.tables.clone());
    let housekeeper = tokio::spawn(streams.clone().housekeeper());

    let (stop, stopping) = watch::channel(false);
    let places = Arc::new(Semaphore::new(config.connections));
    let auditor =
        Arc::new(Auditor::new(audit.clone(), sums.clone(), deliverer.trails().data_wanted().clone()));
    let signers = match checked {
        true => Some(signers(credentials, identities.clone(), config.identities).map_err(misconfigured)?),
        false => None,
    };
    let sign_in = SignIn::new(signers, config.origins, clock.clone());
    let (memory, threads) = (Memory::new(config.request_bytes), Handle::current());
    let resources = Resources { memory, threads, limits, auditor };
    let api = Arc::new(Api::new(services, sign_in, resources, clock.clone()));
    api.remember(&streams.signatures().await);
    api.remember(&identities.signatures());
    api.remember(&tables.signatures());
    api.remember(&keys.signatures());
    api.remember(&deliverer.trails().signatures());
    if let Some(file) = &bootstrap {
        apply::bootstrap(file, &api, &identities).await?;
    }
    let server = Arc::new(Server {
        api,
        stopping: stopping.clone(),
        endpoints,
        headers_refused: AtomicU64::new(0),
        metrics_token,
        places: places.clone(),
        connections_max: config.connections,
        host_names: config.tls.map_or_else(Vec::new, |tls| tls.names),
    });
    let watcher = tokio::spawn({
        let (server, clock) = (server.clone(), clock.clone());
        async move { server.api.services.watch.every_minute(&clock).await }
    });
    let uses = tokio::spawn(save_uses(identities.clone()));
    let connections = Connections { server: server.clone(), stopping };
    let workers = Arc::new(Workers::start(processors).context("threads for connections")?);
    let (mut listeners, mut ready) = (Vec::with_capacity(sockets.len()), String::from("ready"));
    for socket in sockets {
        let (about, address) = (socket.about(), socket.address()?);
        let scheme = if about.tls { "https" } else { "http" };
        match about.is_admin {
            true => tracing::info!("pages of operators on {scheme}://{address}"),
            false => ready += &format!(" {scheme}://{address}"),
        }
        listeners.push(tokio::spawn(socket.run(acceptor.clone(), connections.clone(), workers.clone())));
    }
    drop(connections);

    let about = serde_json::json!({ "version": env!("CARGO_PKG_VERSION"), "settings": settings_text });
    audit.tell_service("ServerStarted", &about.to_string());
    // Before the line below: whoever has read it may say so at once.
    let told_to_stop = told_to_stop()?;
    ready += if checked {
        " (signatures are verified)"
    } else {
        " (no credentials configured: any signature passes)"
    };
    // Whoever closed standard output does not wait for this line.
    let _ = writeln!(std::io::stdout(), "{ready}").and_then(|()| std::io::stdout().flush());
    let look = tokio::spawn({
        let identities = identities.clone();
        async move { identities.name_unreadable_policies().await }
    });

    told_to_stop.await;
    tracing::info!("stopping");
    let _ = stop.send(true);
    server.api.revoke_events();
    for listener in listeners {
        let _ = listener.await;
    }
    let all = u32::try_from(config.connections).unwrap_or(u32::MAX);
    if tokio::time::timeout(DRAIN_MAX, places.acquire_many(all)).await.is_err() {
        tracing::warn!("connections still open after {} are closed", Span(DRAIN_MAX));
    }
    drop(workers);
    watcher.abort();
    housekeeper.abort();
    let _ = housekeeper.await;
    keeping_keys.abort();
    let _ = keeping_keys.await;
    look.abort();
    uses.abort();
    let _ = uses.await;
    if let Err(error) = identities.save_uses().await {
        tracing::warn!(%error, "the times of last use of access keys could not be written");
    }
    if let Err(error) = streams.save_usage().await {
        tracing::warn!(%error, "the last minutes of usage could not be written");
    }
    audit.tell_service("ServerStopped", "{}");
    tables.close().await;
    identities.close().await;
    keys.close().await;
    delivering.abort();
    let _ = delivering.await;
    deliverer.close().await;
    auditing.abort();
    let _ = auditing.await;
    summing.abort();
    let _ = summing.await;
    if let Err(error) = sums.end_minute(clock.now_ms()).await {
        tracing::warn!(%error, "the last minute's audit counts could not be written");
    }
    audit.close().await;
    storage.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// As long, and as much, as of the history.
async fn open_sums(
    storage: &Storage,
    seal: &Seal,
    clock: &Clock,
    of_history: &flumen_audit::AuditSettings,
) -> anyhow::Result<Sums> {
    let kept = Retention { age_ms: of_history.age_max_ms, bytes: of_history.bytes_max };
    Ok(Sums::open(storage, seal.clone(), kept, clock.now_ms()).await?)
}

fn account_limits(
    config: &Config,
    credentials: Option<&Credentials>,
    identities: &Identities,
    processors: usize,
) -> AccountLimits {
    let operator = flumen_api::operator(credentials, Some(identities));
    let machine = Machine {
        processors: processors as u64,
        connections: config.connections as u64,
        table_bytes: config.table_bytes,
    };
    AccountLimits::new(&operator, &identities.limits(), machine)
}

/// Now and then, for as long as it is polled.
async fn save_uses(identities: Identities) {
    loop {
        tokio::time::sleep(USES_SAVED_EVERY).await;
        if let Err(error) = identities.save_uses().await {
            tracing::warn!(%error, "the times of last use of access keys could not be written");
        }
    }
}

/// How the services are opened.
struct ServiceSettings {
    streams: flumen_streams::StreamsSettings,
    tables: flumen_tables::TablesSettings,
    watch: flumen_watch::WatchSettings,
}

async fn services(
    storage: &Storage,
    clock: &Clock,
    seal: Seal,
    identities: &Identities,
    (keys, issuer_keys, deliverer): (Keys, IssuerKeys, Deliverer),
    settings: ServiceSettings,
) -> anyhow::Result<Services> {
    let streams = Streams::open(storage.clone(), clock.clone(), seal, keys.clone(), settings.streams).await?;
    Ok(Services {
        tables: Tables::open(storage.clone(), clock.clone(), settings.tables).await?,
        watch: CloudWatch::new(Watch::new(settings.watch, clock.clone()), streams.clone()),
        streams,
        iam: IamService(identities.clone()),
        sts: StsService(identities.clone(), issuer_keys),
        cloudtrail: CloudTrail::new(deliverer.clone()),
        kms: KmsService(keys),
        audit_files: AuditFiles(deliverer),
    })
}

/// All services on a data directory that nobody reaches over a network.
pub struct Offline {
    pub api: Arc<Api>,
    housekeeper: JoinHandle<()>,
    deliverer: Deliverer,
}

/// Quotas and rates are not for who sits at the directory itself.
pub async fn offline(opened: &OpenDirectory) -> anyhow::Result<Offline> {
    let clock = Clock::system();
    let OpenDirectory { storage, seal, identities, audit, carried, .. } = opened;
    let settings = ServiceSettings {
        streams: flumen_streams::StreamsSettings {
            transition_ms: 0,
            quotas: Quotas::Off,
            limits: StreamLimits::same_for_all(None),
            accounts: AccountLimits::none(),
            carried: carried.clone(),
        },
        tables: flumen_tables::TablesSettings {
            carried: carried.clone(),
            ..flumen_tables::TablesSettings::new(OFFLINE_BYTES)
        },
        watch: flumen_watch::WatchSettings { series_max: 1, age_ms: OFFLINE_AGE_MS },
    };
    // What is changed here is delivered by the next server.
    let trails = Trails::open(storage.clone(), clock.clone(), carried).await?;
    let (objects, anchors) = (Arc::new(Objects::in_memory(0)), Anchors::default());
    let every = Every { file: DAY, digest: DAY, age_max_ms: u64::MAX, bytes_max: u64::MAX };
    let (audit_of, seal_of) = (audit.clone(), seal.clone());
    let delivery = Delivery { audit: audit_of, trails, sums: None, objects, anchors, seal: seal_of, every };
    let deliverer = Deliverer::open(delivery, None).await?;
    let keys = Keys::open(storage.clone(), clock.clone(), opened.materials.clone(), carried).await?;
    let beside = (keys, IssuerKeys::default(), deliverer.clone());
    let services = services(storage, &clock, seal.clone(), identities, beside, settings).await?;
    let housekeeper = tokio::spawn(services.streams.clone().housekeeper());
    let sign_in = SignIn::new(None, Origins::new(Vec::new())?, clock.clone());
    let (memory, threads) = (Memory::new(OFFLINE_BYTES), Handle::current());
    let sums = open_sums(storage, seal, &clock, &flumen_audit::AuditSettings::default()).await?;
    let auditor = Arc::new(Auditor::new(audit.clone(), sums, deliverer.trails().data_wanted().clone()));
    let resources = Resources { memory, threads, limits: AccountLimits::none(), auditor };
    Ok(Offline { api: Arc::new(Api::new(services, sign_in, resources, clock)), housekeeper, deliverer })
}

impl Offline {
    pub async fn close(self) {
        self.housekeeper.abort();
        let _ = self.housekeeper.await;
        self.api.services.tables.close().await;
        self.api.services.kms.0.close().await;
        self.deliverer.close().await;
    }
}

/// Half of what the audit may take is its history.
fn audit_settings(config: &Config) -> flumen_audit::AuditSettings {
    let (age_max_ms, bytes_max) = (ms(config.audit.age), config.audit.bytes / 2);
    flumen_audit::AuditSettings { age_max_ms, bytes_max, ..flumen_audit::AuditSettings::default() }
}

/// And half of it files of trails.
fn every(config: &Config) -> Every {
    let config::Audit { age, bytes, file_every, digest_every, .. } = config.audit;
    Every { file: file_every, digest: digest_every, age_max_ms: ms(age), bytes_max: bytes / 2 }
}

fn audit_files(config: &Config, seal: &Seal) -> anyhow::Result<Objects> {
    match &config.data_dir {
        Some(dir) => {
            let (dir, copies) = (dir.join(AUDIT_DIRECTORY), config.audit.dir.clone());
            Objects::of_directory(dir, copies, seal.clone()).context("files of the audit")
        }
        None => Ok(Objects::in_memory(EPHEMERAL_FILES_BYTES.min(config.audit.bytes / 2))),
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Who may sign. An access key that is in the file and the service's own would be whose?
fn signers(file: Option<Credentials>, identities: Identities, decide: DecideBy) -> anyhow::Result<Signers> {
    if let Some(file) = &file {
        for section in file.roots() {
            tracing::warn!(section, "a section without a policy has full access to its account");
        }
        if let Some(id) = file.keys().find(|id| identities.has_key(id)) {
            anyhow::bail!(
                "the access key {id} is in the credentials file and in the data directory; remove one of them"
            );
        }
    }
    let report = (decide == DecideBy::Report).then(Arc::default);
    if report.is_some() {
        tracing::warn!("calls that policies deny are not refused, only logged and counted");
    }
    Ok(Signers { file, identities, report })
}

async fn open_storage(
    config: &Config,
    external: Option<ExternalKeys>,
    read_files: usize,
) -> anyhow::Result<Directory> {
    let settings = StorageSettings { tail_bytes: config.tail_bytes, read_files, ..data_dir::log_settings() };
    match &config.data_dir {
        Some(dir) => data_dir::open(dir, &config.root_key, external, settings).await,
        None => data_dir::in_memory(external, settings),
    }
}

/// The log of a data directory that is there.
pub fn log_directory(data_dir: &Path) -> anyhow::Result<PathBuf> {
    let (dir, log) = (data_dir.display(), data_dir.join(LOG_DIRECTORY));
    anyhow::ensure!(data_dir.is_dir(), "there is no directory {dir}");
    anyhow::ensure!(log.is_dir(), "{dir} is not a data directory: it has no {LOG_DIRECTORY} folder");
    Ok(log)
}

/// Listens from now on; the answer waits until one comes.
fn told_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}

fn log_to_stderr(config: &Config) -> anyhow::Result<()> {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let subscriber = tracing_subscriber::registry().with(config.log.clone());
    let set = match config.log_format {
        LogFormat::Text => subscriber.with(lines).try_init(),
        LogFormat::Json => subscriber.with(lines.json()).try_init(),
    };
    set.map_err(|error| anyhow::anyhow!("log: {error}"))
}

/// Where and why, without callers' data.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let text = fixed_text(panic.payload());
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = std::backtrace::Backtrace::capture();
    tracing::error!(place, %backtrace, "panic: {text}");
}

/// The text of a panic, unless it was put together from values.
fn fixed_text(payload: &(dyn std::any::Any + Send)) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_logged_without_values() {
        let text = |panics: fn()| fixed_text(&*std::panic::catch_unwind(panics).unwrap_err()).to_owned();
        assert_eq!(text(|| panic!("the journal is full")), "the journal is full");
        let secret = || panic!("{:?} is no key", std::hint::black_box("secret"));
        assert_eq!(text(secret), "");
        assert_eq!(text(|| assert!("secret".parse::<u32>().unwrap() > 0)), "");
    }
}
