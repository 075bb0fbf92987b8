//! The calls to one key service. Each ends within the service's time, and is made at most twice.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use flumen_client::{Client, ClientSettings, Endpoint, Environment};
use flumen_protocol::TextMap;
use flumen_protocol::kms::{KeyState, SIGNING_NAME};
use flumen_protocol::sign::Credentials;
use flumen_seal::Secret;
use flumen_types::Span;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::error::is_of_credentials;
use crate::services::{KeyServiceSettings, KeyServiceSettingsError};
use crate::{ExternalKeyError, KeyArn};

/// What is said beside what is encrypted, and has to be said again: pairs of a key and a value.
pub type Context = BTreeMap<String, String>;

/// What KMS may answer as a data key that is encrypted.
pub const CIPHERTEXT_BYTES_MAX: usize = 6144;
pub(crate) const DATA_KEY_BYTES: usize = 32;

/// Calls that are made at once; others wait within their time.
const CALLS_AT_ONCE: usize = 16;
/// More than these are refused at once.
const CALLS_MAX: usize = 1024;
/// Another try is for what passes by itself.
const ATTEMPTS: u32 = 2;
/// No answer is longer than a ciphertext with its plaintext, or a description.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A key service, and as whom it is called. Clones are the same one.
#[derive(Clone)]
pub struct KeyService(Arc<Inner>);

struct Inner {
    client: Mutex<Client>,
    /// How a client is made anew, and the credentials that the present one has; `None` for a client that was given.
    renewable: Option<Renewable>,
    timeout: Duration,
    places: Semaphore,
}

struct Renewable {
    settings: KeyServiceSettings,
    credentials: Mutex<Credentials>,
}

impl KeyService {
    /// Reads credentials and certificates, and calls nobody.
    pub fn new(settings: &KeyServiceSettings) -> Result<Self, KeyServiceSettingsError> {
        let (client, credentials) = client(settings)?;
        let renewable = Renewable { settings: settings.clone(), credentials: Mutex::new(credentials) };
        Ok(KeyService::of(client, Some(renewable), settings.timeout))
    }

    /// By a client that is there, which leads to the service however it does. Calls end after `timeout`.
    pub fn over(client: Client, timeout: Duration) -> Self {
        KeyService::of(client, None, timeout)
    }

    fn of(client: Client, renewable: Option<Renewable>, timeout: Duration) -> Self {
        let (client, places) = (Mutex::new(client), Semaphore::new(CALLS_MAX));
        KeyService(Arc::new(Inner { client, renewable, timeout, places }))
    }

    /// Where it is, for people.
    pub fn endpoint(&self) -> String {
        self.0.client.lock().endpoint().to_owned()
    }

    /// A new data key of 256 bits: itself, and as the service will open it again for the same context.
    pub async fn generate_data_key(
        &self,
        arn: &KeyArn,
        context: &Context,
    ) -> Result<(Secret, Vec<u8>), ExternalKeyError> {
        let (arn, context) = (arn.as_str(), &text_map(context));
        let call =
            |client: Client| async move { client.generate_data_key(arn, context, DATA_KEY_BYTES).await };
        let (mut plaintext, encrypted) = self.call(call).await?;
        Ok((Secret::new(std::mem::take(&mut *plaintext)), encrypted.ciphertext))
    }

    /// What the key has encrypted with the same context.
    pub async fn decrypt(
        &self,
        arn: &KeyArn,
        ciphertext: &[u8],
        context: &Context,
    ) -> Result<Secret, ExternalKeyError> {
        let (arn, context) = (arn.as_str(), &text_map(context));
        let call = |client: Client| async move { client.decrypt_data_key(arn, context, ciphertext).await };
        let mut plaintext = self.call(call).await?;
        Ok(Secret::new(std::mem::take(&mut *plaintext)))
    }

    /// Whether the key may be used as it is, as far as its state goes.
    pub async fn describe(&self, arn: &KeyArn) -> Result<(), ExternalKeyError> {
        let call = |client: Client| async move { client.key_state(arn.as_str()).await };
        match self.call(call).await? {
            KeyState::Enabled => Ok(()),
            KeyState::Disabled => Err(ExternalKeyError::Disabled(format!("{arn} is Disabled"))),
            state => Err(ExternalKeyError::InvalidState(format!("{arn} is {}", state.as_str()))),
        }
    }

    async fn call<T, F>(&self, make: impl Fn(Client) -> F) -> Result<T, ExternalKeyError>
    where
        F: Future<Output = Result<T, flumen_client::Error>>,
    {
        let Ok(_place) = self.0.places.try_acquire() else {
            let text = format!("{CALLS_MAX} wait for {} already", self.endpoint());
            return Err(ExternalKeyError::Throttled(text));
        };
        let calls = async {
            match make(self.client()).await {
                Err(error) if is_of_credentials(&error) && self.renew().await => make(self.client()).await,
                answered => answered,
            }
        };
        let Ok(answered) = tokio::time::timeout(self.0.timeout, calls).await else {
            let (endpoint, within) = (self.endpoint(), Span(self.0.timeout));
            return Err(ExternalKeyError::Unavailable(format!("{endpoint} did not answer within {within}")));
        };
        Ok(answered?)
    }

    fn client(&self) -> Client {
        self.0.client.lock().clone()
    }

    /// Whether there are other credentials where these came from: a file is written anew before they expire.
    async fn renew(&self) -> bool {
        let this = self.clone();
        let renewed = tokio::task::spawn_blocking(move || {
            let Some(Renewable { settings, credentials }) = &this.0.renewable else { return false };
            let Ok((client, found)) = client(settings) else { return false };
            let mut credentials = credentials.lock();
            let is_same = |a: &Credentials, b: &Credentials| {
                (&a.access_key, &a.secret, &a.session_token) == (&b.access_key, &b.secret, &b.session_token)
            };
            if is_same(&found, &credentials) {
                return false;
            }
            *credentials = found;
            *this.0.client.lock() = client;
            true
        });
        renewed.await.unwrap_or(false)
    }
}

impl fmt::Debug for KeyService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyService({})", self.endpoint())
    }
}

/// As the settings say, in the environment of this process.
fn client(settings: &KeyServiceSettings) -> Result<(Client, Credentials), KeyServiceSettingsError> {
    let KeyServiceSettings { ca, credentials, profile, timeout, .. } = settings;
    let names_credentials = credentials.is_some() || profile.is_some();
    let shown = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let process = Environment::of_process();
    let variable = |name: &str| match name {
        "AWS_CA_BUNDLE" if ca.is_some() => shown(ca),
        "AWS_SHARED_CREDENTIALS_FILE" if credentials.is_some() => shown(credentials),
        "AWS_PROFILE" if profile.is_some() => profile.clone(),
        "AWS_ACCESS_KEY_ID" if names_credentials => None,
        name => (process.variable)(name),
    };
    let environment = Environment { variable: &variable, file: process.file };
    let endpoint = settings.endpoint()?;
    if names_credentials && environment.set_credentials().is_none() {
        return Err(KeyServiceSettingsError::NoCredentials {
            file: shown(credentials).unwrap_or_else(|| "~/.aws/credentials".to_owned()),
            profile: profile.clone().unwrap_or_else(|| "default".to_owned()),
        });
    }
    let found = environment.credentials(&Endpoint::parse(&endpoint)?)?;
    let of_calls = ClientSettings {
        attempts: ATTEMPTS,
        // The time of the whole call ends before.
        attempt_max: 2 * *timeout,
        connections: CALLS_AT_ONCE,
        // Two have their time within it.
        connect_max: *timeout * 2 / 5,
        answer_bytes_max: ANSWER_BYTES_MAX,
    };
    let region = Some(settings.keys.region());
    let client = Client::signing_for(SIGNING_NAME, &environment, Some(&endpoint), region, of_calls)?;
    Ok((client, found))
}

fn text_map(context: &Context) -> TextMap<'_> {
    context.iter().map(|(key, value)| (key.as_str().into(), value.as_str().into())).collect()
}
