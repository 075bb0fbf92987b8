//! A server without sockets or files, for tests of what is on top of the services.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use flumen_access::{AccountLimits, Identities};
use flumen_api::{
    Api, AuditFiles, Auditor, CloudTrail, CloudWatch, Connection, Credentials, IamService, IssuerKeys,
    KmsService, Listener, Memory, Peer, Resources, Services, SignIn, Signers, StsService, web::Origins,
};
use flumen_audit::sums::{Retention, Sums};
use flumen_audit::trails::Trails;
use flumen_audit::{Audit, Carried};
use flumen_keys::{Keys, Materials};
use flumen_seal::Seal;
use flumen_storage::Storage;
use flumen_streams::Streams;
use flumen_tables::Tables;
use flumen_types::Clock;
use flumen_watch::Watch;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

use crate::config::Endpoints;
use crate::server::Server;

/// For ten connections, one of which is there.
pub async fn server(settings: flumen_streams::StreamsSettings) -> Server {
    server_of(settings, None).await
}

/// The same; with credentials signatures are verified.
pub async fn server_of(
    settings: flumen_streams::StreamsSettings,
    credentials: Option<Credentials>,
) -> Server {
    let clock = Clock::system();
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let tables = flumen_tables::TablesSettings::new(1 << 20);
    let metrics = flumen_watch::WatchSettings { series_max: 100, age_ms: 3_600_000 };
    let tables = Tables::open(storage.clone(), clock.clone(), tables).await.unwrap();
    let seal = Seal::in_memory().unwrap();
    let identities = Identities::open(storage.clone(), clock.clone(), seal.clone()).await.unwrap();
    let (carried, of_audit) = (Carried::default(), flumen_audit::AuditSettings::default());
    let audit = Audit::open(storage.clone(), clock.clone(), seal.clone(), carried, of_audit).await.unwrap();
    let kept = Retention { age_ms: 3_600_000, bytes: 1 << 20 };
    let sums = Sums::open(&storage, seal.clone(), kept, clock.now_ms()).await.unwrap();
    let trails = Trails::open(storage.clone(), clock.clone(), &Carried::default()).await.unwrap();
    let deliverer = flumen_testkit::front::deliverer(audit.clone(), trails).await;
    let materials = Materials::in_memory(seal.clone());
    let keys = Keys::open(storage.clone(), clock.clone(), materials, &Carried::default()).await.unwrap();
    let streams = Streams::open(storage, clock.clone(), seal, keys.clone(), settings).await.unwrap();
    let watch = CloudWatch::new(Watch::new(metrics, clock.clone()), streams.clone());
    let (iam, sts) = (IamService(identities.clone()), StsService(identities.clone(), IssuerKeys::default()));
    let (cloudtrail, audit_files) = (CloudTrail::new(deliverer.clone()), AuditFiles(deliverer.clone()));
    let kms = KmsService(keys);
    let services = Services { streams, tables, watch, iam, sts, cloudtrail, kms, audit_files };
    let resources = Resources {
        memory: Memory::new(1 << 20),
        threads: Handle::current(),
        limits: AccountLimits::none(),
        auditor: Arc::new(Auditor::new(audit, sums, deliverer.trails().data_wanted().clone())),
    };
    let signers = credentials.map(|file| Signers { file: Some(file), identities, report: None });
    let sign_in = SignIn::new(signers, Origins::default(), clock.clone());
    Server {
        api: Arc::new(Api::new(services, sign_in, resources, clock)),
        stopping: watch::channel(false).1,
        endpoints: Endpoints::new(),
        headers_refused: AtomicU64::new(0),
        metrics_token: None,
        places: Arc::new(Semaphore::new(9)),
        connections_max: 10,
        host_names: Vec::new(),
    }
}

/// Somebody on this machine.
pub fn peer() -> Arc<Peer> {
    from("127.0.0.1:9", "127.0.0.1:4567", false)
}

/// A connection of that client on that address.
pub fn from(client: &str, local: &str, is_admin: bool) -> Arc<Peer> {
    let listener = Arc::new(Listener { name: "plain".into(), tls: false, is_admin });
    let (client, local) = (client.parse().unwrap(), local.parse().unwrap());
    Arc::new(Peer::Connection(Connection {
        client,
        local,
        listener,
        endpoint: None,
        tls: None,
        owner: Default::default(),
    }))
}
