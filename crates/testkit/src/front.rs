//! All services in memory behind their front, which is called without sockets.

use std::sync::Arc;
use std::time::Duration;

use flumen_access::web_identity::Issuer;
use flumen_access::{AccountLimits, Identities};
use flumen_api::web::Origins;
use flumen_api::{
    Api, AuditFiles, Auditor, CloudTrail, CloudWatch, Credentials, IamService, IssuerKeys, KeySource,
    KmsService, Memory, Resources, Services, SignIn, Signers, StsService,
};
use flumen_audit::chain::Anchors;
use flumen_audit::sums::{Retention, Sums};
use flumen_audit::trails::{Deliverer, Delivery, Every, Trails};
use flumen_audit::{Audit, Carried, Objects, Owner};
use flumen_keys::Keys;
use flumen_storage::Storage;
use flumen_streams::{Streams, StreamsSettings};
use flumen_tables::Tables;
use flumen_types::Clock;
use flumen_watch::Watch;
use tokio::runtime::Handle;

use crate::service::{materials, seal};

/// What requests may take there, and answers as much again.
pub const REQUEST_BYTES: u64 = 64 << 20;
/// Of trails.
const FILES_BYTES: u64 = 64 << 20;

/// Where any signature passes. Large requests are carried out on `threads`.
pub async fn api(settings: StreamsSettings, threads: Handle) -> Arc<Api> {
    api_on(Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap(), settings, threads, None)
        .await
}

async fn audit_of(storage: &Storage, clock: &Clock, carried: Carried) -> (Audit, Sums) {
    let settings = flumen_audit::AuditSettings::default();
    let kept = Retention { age_ms: settings.age_max_ms, bytes: settings.bytes_max };
    let sums = Sums::open(storage, seal(), kept, clock.now_ms()).await.unwrap();
    let audit = Audit::open(storage.clone(), clock.clone(), seal(), carried, settings).await.unwrap();
    (audit, sums)
}

/// Files in memory, which are delivered when a test says so.
pub async fn deliverer(audit: Audit, trails: Trails) -> Deliverer {
    let hour = Duration::from_secs(3600);
    let every = Every { file: hour, digest: hour, age_max_ms: 90 * 24 * 3_600_000, bytes_max: FILES_BYTES };
    let (objects, anchors) = (Arc::new(Objects::in_memory(FILES_BYTES)), Anchors::default());
    let delivery = Delivery { audit, trails, sums: None, objects, anchors, seal: seal(), every };
    Deliverer::open(delivery, Some("000000000000")).await.unwrap()
}

/// The same on a storage whose logs a test reads itself. With `credentials` signatures are verified.
pub async fn api_on(
    storage: Storage,
    settings: StreamsSettings,
    threads: Handle,
    credentials: Option<Credentials>,
) -> Arc<Api> {
    api_trusting(storage, settings, threads, credentials, Vec::new()).await
}

/// The same where roles may trust issuers.
pub async fn api_trusting(
    storage: Storage,
    settings: StreamsSettings,
    threads: Handle,
    credentials: Option<Credentials>,
    providers: Vec<(Arc<Issuer>, KeySource)>,
) -> Arc<Api> {
    let clock = Clock::system();
    let carried = Owner::default().carried();
    let (audit, sums) = audit_of(&storage, &clock, carried.clone()).await;
    tokio::spawn(audit.clone().run());
    let of_tables = flumen_tables::TablesSettings {
        carried: carried.clone(),
        ..flumen_tables::TablesSettings::new(1 << 20)
    };
    let settings = StreamsSettings { carried: carried.clone(), ..settings };
    let tables = Tables::open(storage.clone(), clock.clone(), of_tables).await.unwrap();
    let keys = Keys::open(storage.clone(), clock.clone(), materials(), &carried).await.unwrap();
    let streams =
        Streams::open(storage.clone(), clock.clone(), seal(), keys.clone(), settings).await.unwrap();
    let of_watch = flumen_watch::WatchSettings { series_max: 10, age_ms: 3_600_000 };
    let watch = CloudWatch::new(Watch::new(of_watch, clock.clone()), streams.clone());
    let (issuers, issuer_keys) = IssuerKeys::new(providers).unwrap();
    let trails = Trails::open(storage.clone(), clock.clone(), &carried).await.unwrap();
    let deliverer = deliverer(audit.clone(), trails).await;
    let identities = Identities::open_telling(storage, clock.clone(), seal(), &carried).await.unwrap();
    let identities = identities.with_issuers(issuers);
    let (iam, sts) = (IamService(identities.clone()), StsService(identities.clone(), issuer_keys));
    let signers = credentials.map(|file| Signers { file: Some(file), identities, report: None });
    let sign_in = SignIn::new(signers, Origins::default(), clock.clone());
    let resources = Resources {
        memory: Memory::new(REQUEST_BYTES),
        threads,
        limits: AccountLimits::none(),
        auditor: Arc::new(Auditor::new(audit, sums, deliverer.trails().data_wanted().clone())),
    };
    let (cloudtrail, audit_files) = (CloudTrail::new(deliverer.clone()), AuditFiles(deliverer));
    let kms = KmsService(keys);
    let services = Services { streams, tables, watch, iam, sts, cloudtrail, kms, audit_files };
    Arc::new(Api::new(services, sign_in, resources, clock))
}
