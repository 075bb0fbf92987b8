//! Connections that are slowed: those on which an access key was used too fast, and those on which a sign-in was refused.
//!
//! To refuse a request costs nearly as much as to answer it, so whoever does not slow down is slowed: further requests wait
//! before anything of them is read, one after the other, for a second after the latest refusal. Nobody's right signature is
//! refused for it, and the first one on a connection ends what wrong ones brought about.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use flumen_protocol::sign;
use http::HeaderMap;
use parking_lot::Mutex;
use tokio::time::Instant;

/// How long a connection goes at a walking pace after it was last refused something.
const SLOWED: Duration = Duration::from_secs(1);
/// All connections that share a rate come to so much more than it together, and so much is refused.
const REFUSED_A_SECOND: u64 = 1000;
/// Between two requests on one, where nobody has signed in.
const STEP_MIN_OF_ALL: Duration = Duration::from_millis(10);
/// And at most: they may be of several behind a proxy.
const STEP_MAX_OF_ALL: Duration = Duration::from_millis(250);
/// Timers know no less, and it comes to the same on an average.
const WAIT_MIN: Duration = Duration::from_millis(1);
/// A request does not wait for longer, however many there are before it.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Of one connection.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    is_slowed: AtomicBool,
    slowed: Mutex<Option<Slowed>>,
}

#[derive(Debug)]
struct Slowed {
    whom: Whom,
    /// When the next request may come in, and how long after it another one.
    next: Instant,
    step: Duration,
    until: Instant,
}

#[derive(Debug)]
enum Whom {
    /// Requests with this access key. A proxy may send others' on the same connection.
    Key(Box<str>),
    /// All, since nobody knows whose they are.
    All(Stranger),
}

/// How many connections are slowed since nobody signs in on them.
#[derive(Debug, Default)]
pub(crate) struct Strangers(Arc<AtomicU64>);

/// One of them.
#[derive(Debug)]
struct Stranger(Arc<AtomicU64>);

impl Strangers {
    fn one_more(&self) -> Stranger {
        self.0.fetch_add(1, Ordering::Relaxed);
        Stranger(self.0.clone())
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pace {
    /// What comes next with this access key is to come slowly; it shares a rate of so many calls a second with so many
    /// connections.
    pub fn slow_key(&self, key: &str, rate: u64, connections: u64) {
        let step = step(connections, rate).min(SLOWED);
        let mut slowed = self.slowed.lock();
        let is_same = |slowed: &Slowed| matches!(&slowed.whom, Whom::Key(slow) if **slow == *key);
        let next = slowed.as_ref().filter(|slowed| is_same(slowed)).map(|slowed| slowed.next);
        self.slow(&mut slowed, Whom::Key(key.into()), next, step);
    }

    /// What comes next is to come slowly, whoever sends it.
    pub fn slow_all(&self, strangers: &Strangers) {
        let mut slowed = self.slowed.lock();
        let (whom, next) = match slowed.take() {
            Some(Slowed { whom: Whom::All(stranger), next, .. }) => (Whom::All(stranger), Some(next)),
            _ => (Whom::All(strangers.one_more()), None),
        };
        let step = step(strangers.0.load(Ordering::Relaxed), 0).clamp(STEP_MIN_OF_ALL, STEP_MAX_OF_ALL);
        self.slow(&mut slowed, whom, next, step);
    }

    fn slow(&self, slowed: &mut Option<Slowed>, whom: Whom, next: Option<Instant>, step: Duration) {
        let now = Instant::now();
        let next = next.map_or(now, |next| next.max(now)) + step;
        *slowed = Some(Slowed { whom, next: next.min(now + WAIT_MAX), step, until: now + SLOWED });
        self.is_slowed.store(true, Ordering::Relaxed);
    }

    /// Somebody has signed in.
    pub fn is_known(&self) {
        if !self.is_slowed.load(Ordering::Relaxed) {
            return;
        }
        let mut slowed = self.slowed.lock();
        if slowed.as_ref().is_some_and(|slowed| matches!(slowed.whom, Whom::All(_))) {
            *slowed = None;
            self.is_slowed.store(false, Ordering::Relaxed);
        }
    }

    /// How long a request has to wait before it is read.
    pub fn wait(&self, headers: &HeaderMap) -> Option<Duration> {
        if !self.is_slowed.load(Ordering::Relaxed) {
            return None;
        }
        let mut slowed = self.slowed.lock();
        let now = Instant::now();
        let Slowed { whom, next, step, until } = slowed.as_mut()?;
        if (*until).max(*next) <= now {
            *slowed = None;
            self.is_slowed.store(false, Ordering::Relaxed);
            return None;
        }
        if let Whom::Key(key) = whom
            && sign::access_key(headers) != Some(&**key)
        {
            return None;
        }
        let at = (*next).max(now);
        *next = (at + *step).min(now + WAIT_MAX);
        Some(at - now).filter(|wait| *wait >= WAIT_MIN)
    }
}

fn step(connections: u64, rate: u64) -> Duration {
    Duration::from_micros(connections.saturating_mul(1_000_000) / rate.saturating_add(REFUSED_A_SECOND))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::AUTHORIZATION;

    use super::*;

    fn signed(key: &str) -> HeaderMap {
        let value = format!("AWS4-HMAC-SHA256 Credential={key}/20260101/r/kinesis/aws4_request, Signature=0");
        HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(&value).unwrap())])
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_was_too_fast_is_slowed_on_that_connection() {
        let pace = Pace::default();
        assert_eq!(pace.wait(&signed("A")), None);
        // A thousand a second more than the rate, for the account's thirty connections.
        pace.slow_key("A", 2000, 30);
        assert_eq!(pace.wait(&signed("A")), Some(Duration::from_millis(10)));
        assert_eq!(pace.wait(&signed("A")), Some(Duration::from_millis(20)), "one after the other");
        assert_eq!(
            pace.wait(&signed("B")),
            None,
            "another one's, which a proxy sends on the same connection"
        );
        assert_eq!(pace.wait(&HeaderMap::new()), None);
        pace.is_known();
        for _ in 0..1000 {
            assert!(pace.wait(&signed("A")).is_some_and(|wait| wait <= WAIT_MAX));
        }
        tokio::time::advance(WAIT_MAX + Duration::from_millis(11)).await;
        assert_eq!(pace.wait(&signed("A")), None, "whoever has slowed down is as fast as before");
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_sign_in_is_slowed_until_somebody_does() {
        let (strangers, one) = (Strangers::default(), Pace::default());
        let count = || strangers.0.load(Ordering::Relaxed);
        for _ in 0..3 {
            one.slow_all(&strangers);
        }
        assert_eq!(count(), 1, "it is one connection");
        assert_eq!(one.wait(&signed("A")), Some(Duration::from_millis(30)));
        assert_eq!(one.wait(&HeaderMap::new()), Some(Duration::from_millis(40)), "whoever sends it");
        one.is_known();
        assert_eq!((one.wait(&signed("A")), count()), (None, 0));
        let many: Vec<Pace> = (0..400).map(|_| Pace::default()).collect();
        many.iter().for_each(|pace| pace.slow_all(&strangers));
        assert_eq!(count(), 400);
        assert_eq!(many[399].wait(&signed("A")), Some(STEP_MAX_OF_ALL), "all of them share what is refused");
        drop(many);
        assert_eq!(count(), 0);
        one.slow_all(&strangers);
        tokio::time::advance(SLOWED).await;
        assert_eq!((one.wait(&signed("A")), count()), (None, 0));
    }
}
