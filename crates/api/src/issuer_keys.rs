//! Where issuers' keys come from: a file, or an address. They are looked for where a token comes whose key is not known, and
//! where they are an hour old.
//!
//! Anybody can send such a token. So an issuer's keys are looked for once a minute at most, whatever came of it; the call that
//! began it waits, bounded, and no other does.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use flumen_access::web_identity::{Issuer, Issuers, KEYS_BYTES_MAX, Refused, WebIdentity};
use flumen_client::Fetch;
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::time::Instant;

const PAUSE: Duration = Duration::from_secs(60);
/// Then keys are looked for although the token's is known: the issuer may have withdrawn it.
const AGE_MAX: Duration = Duration::from_secs(60 * 60);
const LOOK_MAX: Duration = Duration::from_secs(10);

/// Where an issuer's JWK set is.
#[derive(Clone, Debug)]
pub enum KeySource {
    File(PathBuf),
    Https(Fetch),
}

/// The keys of all issuers.
#[derive(Debug, Default)]
pub struct IssuerKeys(BTreeMap<String, Arc<IssuerEntry>>);

#[derive(Debug)]
struct IssuerEntry {
    issuer: Arc<Issuer>,
    source: KeySource,
    state: Mutex<LookupState>,
}

#[derive(Debug)]
struct LookupState {
    is_looking: bool,
    /// When that last began.
    looked: Option<Instant>,
    has_failed: bool,
    /// Since when there are the keys that there are.
    taken: Instant,
}

/// Keys are being looked for. When it goes, others may begin.
struct Looking(Arc<IssuerEntry>);

impl KeySource {
    /// For a start: takes the keys of a file, which has to have one at least. Those at an address come with the first token.
    pub fn open(&self, issuer: &Issuer) -> anyhow::Result<()> {
        let KeySource::File(path) = self else { return Ok(()) };
        let named = || format!("keys {}", path.display());
        let count = issuer.set_keys(&read(path).with_context(named)?).with_context(named)?;
        anyhow::ensure!(
            count > 0,
            "keys {}: there is none with an id for the algorithms of the provider",
            path.display()
        );
        Ok(())
    }

    async fn get(&self) -> anyhow::Result<Vec<u8>> {
        match self {
            KeySource::Https(fetch) => Ok(fetch.get(KEYS_BYTES_MAX, LOOK_MAX).await?.into()),
            KeySource::File(path) => {
                let path = path.clone();
                let reading = tokio::task::spawn_blocking(move || read(&path));
                Ok(tokio::time::timeout(LOOK_MAX, reading).await???)
            }
        }
    }
}

/// One byte more than a set may have says that it has too many.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(KEYS_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl IssuerKeys {
    /// The issuers, and where their keys come from. An error names a URL that two of them have.
    pub fn new(providers: Vec<(Arc<Issuer>, KeySource)>) -> anyhow::Result<(Issuers, Self)> {
        let issuers = Issuers::new(providers.iter().map(|(issuer, _)| issuer.clone()));
        let issuers =
            issuers.map_err(|issuer| anyhow::anyhow!("there is another provider {}", issuer.url()))?;
        let kept = |(issuer, source): (Arc<Issuer>, KeySource)| {
            // What was read at start is of now.
            let state =
                LookupState { is_looking: false, looked: None, has_failed: false, taken: Instant::now() };
            let state = Mutex::new(state);
            (issuer.url().to_owned(), Arc::new(IssuerEntry { issuer, source, state }))
        };
        Ok((issuers, IssuerKeys(providers.into_iter().map(kept).collect())))
    }

    /// Whom an issuer vouches for with this token, with keys that are looked for where that may be done now.
    pub(crate) async fn verified(
        &self,
        issuers: &Issuers,
        token: &str,
        now_ms: u64,
        threads: &Handle,
    ) -> Result<WebIdentity, Refused> {
        match issuers.verify(token, now_ms) {
            Err(Refused::UnknownKey(issuer)) => {
                let Some(kept) = self.0.get(issuer.url()) else { return Err(Refused::UnknownKey(issuer)) };
                let looking = kept.begin()?;
                // On other threads, where it ends although whoever began it goes away.
                match threads.spawn(looking.look()).await {
                    Ok(true) => issuers.verify(token, now_ms),
                    _ => Err(Refused::Unreachable),
                }
            }
            Ok(identity) => {
                if let Some(kept) = self.0.get(identity.issuer.url())
                    && kept.is_aged()
                    && let Ok(looking) = kept.begin()
                {
                    threads.spawn(looking.look());
                }
                Ok(identity)
            }
            refused => refused,
        }
    }
}

impl IssuerEntry {
    /// To look for keys, if nobody does and nobody has lately.
    fn begin(self: &Arc<Self>) -> Result<Looking, Refused> {
        let mut state = self.state.lock();
        if state.is_looking {
            return Err(Refused::Unreachable);
        }
        if state.looked.is_some_and(|at| at.elapsed() < PAUSE) {
            return Err(match state.has_failed {
                true => Refused::Unreachable,
                false => Refused::UnknownKey(self.issuer.clone()),
            });
        }
        (state.is_looking, state.looked) = (true, Some(Instant::now()));
        Ok(Looking(self.clone()))
    }

    fn is_aged(&self) -> bool {
        self.state.lock().taken.elapsed() >= AGE_MAX
    }
}

impl Looking {
    /// Whether there are keys now. The old ones stay where no new ones can be had.
    async fn look(self) -> bool {
        let IssuerEntry { issuer, source, state } = &*self.0;
        let taken = source.get().await.and_then(|text| Ok(issuer.set_keys(&text)?));
        state.lock().has_failed = taken.is_err();
        match taken {
            Ok(count) => {
                state.lock().taken = Instant::now();
                tracing::info!(issuer = issuer.url(), keys = count, "keys of an identity provider");
                true
            }
            Err(error) => {
                tracing::warn!(issuer = issuer.url(), "no keys of an identity provider: {error:#}");
                false
            }
        }
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.0.state.lock().is_looking = false;
    }
}
