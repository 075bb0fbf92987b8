//! The root key of a data directory from a key service: a data key that the service makes once and opens at every start.

use std::fmt;
use std::time::Duration;

use flumen_seal::{RootKeyService, Secret, ServiceFailed};
use tokio::runtime::Builder;
use tokio::time::Instant;

use crate::{Context, ExternalKeyError, KeyArn, KeyService};

/// What says, beside the wrapped key, whose it is: the id of the data directory. Policies of the key may ask for it.
const CONTEXT_KEY: &str = "flumen:data-directory";
/// Between two attempts.
const PAUSE: Duration = Duration::from_secs(2);

/// A key of a service as the source of root keys.
pub struct ServiceRootKey {
    service: KeyService,
    arn: KeyArn,
    wait: Duration,
}

impl ServiceRootKey {
    /// While the service is not to be had it is asked again for as long as `wait`; what it refuses is told at once.
    pub fn new(service: KeyService, arn: KeyArn, wait: Duration) -> Self {
        ServiceRootKey { service, arn, wait }
    }

    fn ask<T>(&self, call: impl AsyncFn() -> Result<T, ExternalKeyError>) -> Result<T, ServiceFailed> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| ServiceFailed { text: error.to_string(), may_pass: true })?;
        runtime.block_on(self.ask_often(call))
    }

    async fn ask_often<T>(
        &self,
        call: impl AsyncFn() -> Result<T, ExternalKeyError>,
    ) -> Result<T, ServiceFailed> {
        let until = Instant::now() + self.wait;
        loop {
            let error = match call().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let may_pass = error.is_transient();
            let left = until.saturating_duration_since(Instant::now());
            if !may_pass || left <= PAUSE {
                return Err(ServiceFailed { text: error.to_string(), may_pass });
            }
            tracing::warn!(
                key = %self.arn,
                %error,
                seconds_left = left.as_secs(),
                "no root key yet; the key service is asked again"
            );
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl RootKeyService for ServiceRootKey {
    fn arn(&self) -> &str {
        self.arn.as_str()
    }

    fn make(&self, directory: &str) -> Result<(Secret, Vec<u8>), ServiceFailed> {
        let context = context(directory);
        self.ask(async || self.service.generate_data_key(&self.arn, &context).await)
    }

    fn open(&self, directory: &str, wrapped: &[u8]) -> Result<Secret, ServiceFailed> {
        let context = context(directory);
        self.ask(async || self.service.decrypt(&self.arn, wrapped, &context).await)
    }
}

impl fmt::Debug for ServiceRootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceRootKey({}, {:?})", self.arn, self.service)
    }
}

fn context(directory: &str) -> Context {
    Context::from([(CONTEXT_KEY.to_owned(), directory.to_owned())])
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use flumen_client::{Client, ClientSettings};

    use super::*;

    /// Whoever leads nowhere.
    struct Nowhere;

    impl flumen_client::Transport for Nowhere {
        fn send(&self, _: http::Request<bytes::Bytes>) -> flumen_client::Sending<'_> {
            Box::pin(std::future::pending())
        }
    }

    /// How long it takes, and what comes of it, where the n-th attempt has the n-th answer and the last one goes on.
    async fn asked(
        wait: u64,
        answers: &[Result<u32, ExternalKeyError>],
    ) -> (u64, Result<u32, ServiceFailed>) {
        let client = Client::over(Nowhere, "nowhere", "r", ClientSettings::default());
        let service = KeyService::over(client, Duration::from_secs(5));
        let arn = "arn:aws:kms:r:111122223333:key/a".parse().unwrap();
        let source = ServiceRootKey::new(service, arn, Duration::from_secs(wait));
        let left = RefCell::new(answers.iter().peekable());
        let begun = Instant::now();
        let answer = source.ask_often(async || {
            let mut left = left.borrow_mut();
            let next = left.next().unwrap().clone();
            if left.peek().is_none() {
                *left = answers[answers.len() - 1..].iter().peekable();
            }
            next
        });
        let answer = answer.await;
        (begun.elapsed().as_secs(), answer)
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_is_down_is_waited_for_and_a_refusal_is_not() {
        let down = || Err(ExternalKeyError::Unavailable("slow".to_owned()));
        let refused = || Err(ExternalKeyError::Disabled("off".to_owned()));
        assert_eq!(asked(60, &[Ok(7)]).await, (0, Ok(7)));
        assert_eq!(asked(60, &[down(), down(), Ok(7)]).await, (4, Ok(7)));
        let text = "the key is disabled: off".to_owned();
        assert_eq!(
            asked(60, &[refused()]).await,
            (0, Err(ServiceFailed { text: text.clone(), may_pass: false }))
        );
        assert_eq!(asked(60, &[down(), refused()]).await, (2, Err(ServiceFailed { text, may_pass: false })));
        let text = "the key service is unavailable: slow".to_owned();
        let never = ServiceFailed { text, may_pass: true };
        assert_eq!(asked(60, &[down()]).await, (58, Err(never.clone())));
        assert_eq!(asked(0, &[down()]).await, (0, Err(never)));
    }
}
