use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use flumen_client::{Body, Client, ClientSettings, Sending, Transport};
use flumen_protocol::Blob;
use flumen_protocol::kms::{
    DecryptRequest, DecryptResponse, ErrorCode, Fault, GenerateDataKeyRequest, GenerateDataKeyResponse,
    decode, encode,
};
use http::{Request, Response, StatusCode};
use tokio::time::sleep;

use super::*;
use crate::KeyServiceSettings;

#[derive(Clone, Copy)]
enum How {
    Well,
    Hangs,
    /// Every call, or those of one operation.
    Refuses(ErrorCode, &'static str),
}

/// A key service in memory, which answers as it is told after a tenth of a second.
#[derive(Clone)]
struct Kms {
    how: Arc<Mutex<How>>,
    calls: Arc<AtomicUsize>,
}

impl Transport for Kms {
    fn send(&self, request: Request<Bytes>) -> Sending<'_> {
        let nth = self.calls.fetch_add(1, Ordering::SeqCst);
        let how = *self.how.lock();
        Box::pin(async move {
            sleep(Duration::from_millis(100)).await;
            let operation = request.headers()["x-amz-target"].to_str().unwrap().split('.').nth(1).unwrap();
            match how {
                How::Hangs => std::future::pending().await,
                How::Refuses(code, of) if operation.starts_with(of) => {
                    let mut answer = Response::new(Body::Whole(Fault::new(code, "told").body().into()));
                    *answer.status_mut() = StatusCode::BAD_REQUEST;
                    Ok(answer)
                }
                _ => Ok(Response::new(Body::Whole(answer(operation, request.body(), nth).into()))),
            }
        })
    }
}

/// The n-th data key is 32 times n; its ciphertext is n. What is no such ciphertext is refused by no name that is known.
fn answer(operation: &str, body: &[u8], nth: usize) -> Vec<u8> {
    match operation {
        "GenerateDataKey" => {
            let asked: GenerateDataKeyRequest<'_> = decode(body).unwrap();
            let key = vec![u8::try_from(nth % 256).unwrap(); 32];
            encode(&GenerateDataKeyResponse {
                key_id: Some(asked.key_id),
                plaintext: Some(Blob::Bytes(key.into())),
                ciphertext_blob: Some(Blob::Bytes(nth.to_string().into_bytes().into())),
                ..GenerateDataKeyResponse::default()
            })
        }
        "Decrypt" => {
            let asked: DecryptRequest<'_> = decode(body).unwrap();
            let ciphertext = asked.ciphertext_blob.unwrap();
            encode(&DecryptResponse {
                key_id: asked.key_id,
                plaintext: Some(Blob::Bytes(ciphertext.to_bytes().unwrap().into_owned().into())),
                ..DecryptResponse::default()
            })
        }
        "DescribeKey" => {
            format!(r#"{{"KeyMetadata":{{"KeyId":"a","Arn":"{ARN}","KeyState":"Enabled"}}}}"#).into_bytes()
        }
        other => panic!("{other}"),
    }
}

const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/a";

struct Test {
    kms: Kms,
    keys: ExternalKeys,
    arn: KeyArn,
}

impl Test {
    fn new() -> Test {
        let kms = Kms { how: Arc::new(Mutex::new(How::Well)), calls: Arc::default() };
        let of_calls = ClientSettings { attempts: 1, ..ClientSettings::default() };
        let client = Client::over(kms.clone(), "kms", "eu-west-1", of_calls);
        let service = KeyService::over(client, Duration::from_secs(5));
        let settings = KeyServiceSettings::new("arn:aws:kms:eu-west-1:*".parse().unwrap());
        let keys = ExternalKeys::new(KeyServices::of([(settings, service)]), Clock::system());
        Test { kms, keys, arn: ARN.parse().unwrap() }
    }

    fn set(&self, how: How) {
        *self.kms.how.lock() = how;
    }

    fn calls(&self) -> usize {
        self.kms.calls.load(Ordering::SeqCst)
    }

    /// The first byte of the key.
    async fn make(&self, stream: &str) -> Result<u8, ExternalKeyError> {
        let made = self.keys.data_key(&self.arn, &context(stream)).await?;
        Ok(made.key.expose()[0])
    }

    async fn open(&self, stream: &str, ciphertext: &str) -> Result<String, ExternalKeyError> {
        let opened = self.keys.open(&self.arn, ciphertext.as_bytes(), &context(stream)).await?;
        Ok(String::from_utf8(opened.expose().to_vec()).unwrap())
    }
}

fn context(stream: &str) -> Context {
    Context::from([("aws:kinesis:arn".to_owned(), stream.to_owned())])
}

/// In seconds.
async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

async fn took<T>(call: impl Future<Output = T>) -> (Duration, T) {
    let begun = Instant::now();
    let done = call.await;
    (begun.elapsed(), done)
}

const AT_ONCE: Duration = Duration::ZERO;

#[tokio::test(start_paused = true)]
async fn a_data_key_is_used_for_five_minutes_and_nobody_waits_for_the_next() {
    let test = Test::new();
    let first = test.make("s").await.unwrap();
    pass(238).await;
    assert_eq!(took(test.make("s")).await, (AT_ONCE, Ok(first)));
    assert_eq!(test.calls(), 1);
    pass(3).await;
    // In its last minute it is asked for once, by whoever comes.
    for _ in 0..20 {
        assert_eq!(took(test.make("s")).await, (AT_ONCE, Ok(first)));
    }
    pass(1).await;
    assert_eq!(test.calls(), 2);
    let (waited, second) = took(test.make("s")).await;
    assert_eq!(waited, AT_ONCE);
    assert_ne!(second.unwrap(), first);
    // A stream that nobody writes to asks nothing, and after that there is a new one to wait for.
    pass(3000).await;
    assert_eq!(test.calls(), 2);
    let (waited, third) = took(test.make("s")).await;
    assert_eq!((waited, third), (Duration::from_millis(100), Ok(2)));
    // Another context has another.
    assert_eq!(test.make("t").await, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn many_who_wait_wait_for_one_call() {
    let test = Arc::new(Test::new());
    let ask = |open: bool| {
        let test = test.clone();
        tokio::spawn(async move {
            match open {
                true => test.open("s", "c").await.map(drop),
                false => test.make("s").await.map(drop),
            }
        })
    };
    // One goes away before there is an answer, and was the one for whom it was asked.
    let gone = ask(false);
    sleep(Duration::from_millis(50)).await;
    gone.abort();
    let asking: Vec<_> = (0..200).map(|nth| ask(nth % 2 == 0)).collect();
    for one in asking {
        one.await.unwrap().unwrap();
    }
    assert_eq!(test.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_granted_counts_five_minutes_without_the_service_and_comes_back_with_it() {
    let test = Arc::new(Test::new());
    test.make("s").await.unwrap();
    test.open("s", "c").await.unwrap();
    test.set(How::Hangs);
    for _ in 0..295 {
        pass(1).await;
        assert_eq!(took(test.open("s", "c")).await.0, AT_ONCE);
        assert_eq!(took(test.make("s")).await.0, AT_ONCE);
    }
    // Two calls, and in the last minute one for each right every ten seconds, half of which it takes.
    assert!((2 + 10..=2 + 12).contains(&test.calls()), "{}", test.calls());
    pass(10).await;
    // After the five minutes they hear of the last failure at once, or wait for the next one.
    let calls = test.calls();
    let asking: Vec<_> = (0..600)
        .map(|nth| {
            let test = test.clone();
            tokio::spawn(async move {
                sleep(Duration::from_millis(100 * nth)).await;
                let (waited, opened) = took(test.open("s", "c")).await;
                assert!(matches!(opened, Err(ExternalKeyError::Unavailable(_))), "{opened:?}");
                assert!(waited <= Duration::from_secs(5), "{waited:?}");
                let (waited, made) = took(test.make("s")).await;
                assert!(made.unwrap_err().is_transient() && waited <= Duration::from_secs(5));
            })
        })
        .collect();
    for one in asking {
        one.await.unwrap();
    }
    // Each of the two rights for five seconds of ten, in seventy.
    assert!((12..=14).contains(&(test.calls() - calls)), "{}", test.calls() - calls);
    let state = test.keys.state(&test.arn).unwrap();
    assert!(matches!(state.answer, Err(ExternalKeyError::Unavailable(_))));
    test.set(How::Well);
    pass(6).await;
    let calls = test.calls();
    assert_eq!(test.open("s", "c").await.unwrap(), "c");
    test.make("s").await.unwrap();
    assert_eq!(test.calls(), calls + 2);
    assert_eq!(test.keys.state(&test.arn).unwrap().answer, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_disabled_is_so_at_once_for_everybody_and_asked_for_in_growing_steps() {
    for (code, wanted) in [
        (ErrorCode::DisabledException, ExternalKeyError::Disabled as fn(String) -> ExternalKeyError),
        (ErrorCode::NotFoundException, ExternalKeyError::NotFound),
        (ErrorCode::KMSInvalidStateException, ExternalKeyError::InvalidState),
    ] {
        let test = Test::new();
        let refused = wanted(format!("{}: told", code.as_str()));
        test.make("s").await.unwrap();
        test.open("s", "c").await.unwrap();
        test.set(How::Refuses(code, ""));
        // Nobody has asked yet.
        assert!(test.open("s", "c").await.is_ok());
        assert_eq!(test.make("t").await, Err(refused.clone()));
        for _ in 0..3 {
            assert_eq!(took(test.open("s", "c")).await, (AT_ONCE, Err(refused.clone())));
            assert_eq!(took(test.make("s")).await, (AT_ONCE, Err(refused.clone())));
        }
        let holds_keys = |cache: &KeyCache| {
            cache.opened.values().any(|slot| slot.value.is_some())
                || cache.makes.values().any(|slot| slot.value.is_some())
        };
        assert!(!holds_keys(&test.keys.0.cache.lock()), "what was open is wiped");
        // Asked after 5, 10, 20, 30, 30 and 30 seconds, however many want it.
        let (before, begun) = (test.calls(), Instant::now());
        while begun.elapsed() < Duration::from_secs(130) {
            let all = tokio::join!(test.open("s", "c"), test.make("s"), test.make("t"));
            assert!(all.0.is_err() && all.1.is_err() && all.2.is_err());
            sleep(Duration::from_millis(200)).await;
        }
        assert_eq!(test.calls() - before, 6);
        assert_eq!(test.keys.state(&test.arn).unwrap().answer, Err(refused));
        // A service that is down meanwhile changes nothing of that.
        test.set(How::Hangs);
        pass(30).await;
        let _ = test.open("s", "c").await.unwrap_err();
        assert!(!test.make("t").await.unwrap_err().is_transient());
        test.set(How::Well);
        pass(31).await;
        assert_eq!(test.open("s", "c").await.unwrap(), "c");
        test.make("s").await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_right_that_is_denied_is_so_for_its_context_and_its_use_alone() {
    let test = Test::new();
    test.make("s").await.unwrap();
    test.open("s", "c").await.unwrap();
    test.set(How::Refuses(ErrorCode::AccessDeniedException, "Decrypt"));
    let denied = Err(ExternalKeyError::Denied("AccessDeniedException: told".to_owned()));
    assert_eq!(test.open("t", "c").await, denied);
    assert_eq!(test.open("s", "c").await.unwrap(), "c", "it was granted to this one");
    test.make("t").await.unwrap();
    // Granted is what was, until it is asked again.
    pass(250).await;
    assert_eq!(test.open("s", "c").await.unwrap(), "c");
    pass(1).await;
    assert_eq!(took(test.open("s", "c")).await, (AT_ONCE, denied.clone()));
    assert_eq!(took(test.open("s", "other")).await, (AT_ONCE, denied));
    test.set(How::Well);
    pass(5).await;
    assert_eq!(test.open("s", "c").await.unwrap(), "c");
}

#[tokio::test(start_paused = true)]
async fn a_ciphertext_that_is_none_is_its_own_fault() {
    let test = Test::new();
    test.set(How::Refuses(ErrorCode::InvalidCiphertextException, "Decrypt"));
    let (calls, wrong) = (test.calls(), test.open("s", "wrong").await.unwrap_err());
    assert!(matches!(wrong, ExternalKeyError::Ciphertext(_)));
    assert_eq!(took(test.open("s", "wrong")).await, (AT_ONCE, Err(wrong)));
    assert_eq!(test.calls(), calls + 1);
    test.set(How::Well);
    assert_eq!(test.open("s", "c").await.unwrap(), "c");
    // Of no length that a ciphertext has.
    for bytes in [0, 6145] {
        let error = test.open("s", &"c".repeat(bytes)).await.unwrap_err().to_string();
        assert!(error.contains(&format!("it has {bytes} bytes, where there are from 1 to 6144")), "{error}");
    }
    assert_eq!(test.calls(), calls + 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_asked_for_before_a_refusal_grants_nothing() {
    let test = Arc::new(Test::new());
    let early = {
        let test = test.clone();
        tokio::spawn(async move { test.make("s").await })
    };
    sleep(Duration::from_millis(50)).await;
    // It is on its way when another hears that the key is disabled.
    let refused = ExternalKeyError::Disabled("told".to_owned());
    test.keys.0.cache.lock().know(&test.arn, Some(&refused), Instant::now(), 1);
    assert_eq!(early.await.unwrap(), Err(refused));
    assert_eq!(test.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn states_say_since_when() {
    let test = Test::new();
    assert_eq!(test.keys.state(&test.arn), None);
    let (clock, hand) = Clock::manual(1000);
    let keys = ExternalKeys::new(test.keys.0.services.clone(), clock);
    let state = |ms| {
        hand.set_ms(ms);
        let keys = keys.clone();
        let arn = test.arn.clone();
        async move {
            let _ = keys.describe(&arn).await;
            let KeyState { answer, since_ms, answered_ms } = keys.state(&arn).unwrap();
            (answer.is_ok(), since_ms, answered_ms)
        }
    };
    assert_eq!(state(1000).await, (true, 1000, 1000));
    assert_eq!(state(2000).await, (true, 1000, 2000));
    test.set(How::Refuses(ErrorCode::DisabledException, ""));
    assert_eq!(state(3000).await, (false, 3000, 3000));
    assert_eq!(state(4000).await, (false, 3000, 4000));
    assert!(keys.data_key(&test.arn, &context("s")).await.is_err(), "what it says counts for all");
    test.set(How::Well);
    assert_eq!(state(5000).await, (true, 5000, 5000));
    keys.data_key(&test.arn, &context("s")).await.unwrap();
    let unknown = "arn:aws:kms:us-east-1:111122223333:key/a".parse().unwrap();
    assert!(!keys.has(&unknown) && keys.has(&test.arn));
    assert!(matches!(keys.describe(&unknown).await, Err(ExternalKeyError::NotFound(_))));
}

#[tokio::test(start_paused = true)]
async fn what_is_held_is_bounded_and_forgotten_when_nobody_uses_it() {
    let test = Test::new();
    for nth in 0..OPENED_MAX + 500 {
        test.open("s", &nth.to_string()).await.unwrap();
    }
    for nth in 0..20 {
        test.make(&nth.to_string()).await.unwrap();
    }
    {
        let cache = test.keys.0.cache.lock();
        assert!((OPENED_MAX / 2..=OPENED_MAX).contains(&cache.opened.len()), "{}", cache.opened.len());
        assert_eq!((cache.opens.len(), cache.makes.len(), cache.keys.len()), (1, 20, 1));
    }
    let arns: Vec<KeyArn> = (0..KEYS_MAX + 10).map(|nth| format!("{ARN}{nth}").parse().unwrap()).collect();
    {
        let mut cache = test.keys.0.cache.lock();
        for arn in &arns {
            cache.key(arn, Instant::now());
        }
        assert_eq!(cache.keys.len(), KEYS_MAX);
    }
    pass(3601).await;
    test.make("new").await.unwrap();
    let cache = test.keys.0.cache.lock();
    assert_eq!((cache.opened.len(), cache.opens.len(), cache.makes.len(), cache.keys.len()), (0, 0, 1, 1));
}
