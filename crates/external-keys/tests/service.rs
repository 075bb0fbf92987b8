//! What becomes of calls to a key service that answers as it is told: well, with each refusal, with nonsense, late, or not at all.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flumen_external_keys::{Context, ExternalKeyError, KeyArn, KeyService, KeyServiceSettings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/a";

#[derive(Clone)]
enum Step {
    Answer(u16, String),
    /// The connection ends in the middle of the request.
    Close,
    /// Nothing ever comes.
    Hang,
    /// No HTTP.
    Noise,
}

/// Does the n-th step at the n-th request, and the last one at all after it.
struct Kms {
    endpoint: String,
    /// Heads and bodies.
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Kms {
    async fn doing(steps: Vec<Step>) -> Kms {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (asked, steps) = (Arc::<Mutex<Vec<_>>>::default(), Arc::new(steps));
        let seen = asked.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, seen.clone(), steps.clone()));
            }
        });
        Kms { endpoint, asked }
    }

    fn service(&self, change: impl FnOnce(&mut KeyServiceSettings)) -> KeyService {
        let mut settings = KeyServiceSettings::new(ARN.parse().unwrap());
        settings.endpoint = Some(self.endpoint.clone());
        settings.timeout = Duration::from_secs(20);
        change(&mut settings);
        KeyService::new(&settings).unwrap()
    }

    async fn requests(&self) -> usize {
        self.asked.lock().await.len()
    }
}

async fn serve(mut socket: TcpStream, asked: Arc<Mutex<Vec<(String, String)>>>, steps: Arc<Vec<Step>>) {
    let mut read = Vec::new();
    while socket.read_buf(&mut read).await.is_ok_and(|bytes| bytes > 0) {
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() < length.parse().unwrap() {
            continue;
        }
        read.clear();
        let nth = {
            let mut asked = asked.lock().await;
            asked.push((head.to_owned(), body.to_owned()));
            asked.len() - 1
        };
        match &steps[nth.min(steps.len() - 1)] {
            Step::Answer(status, body) => {
                let length = body.len();
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{body}");
                if socket.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
            Step::Close => return,
            Step::Hang => std::future::pending().await,
            Step::Noise => {
                let _ = socket.write_all(b"SSH-2.0-x\r\n").await;
                return;
            }
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(bytes)
}

fn data_key() -> Step {
    let (key, sealed) = (base64(&[7; 32]), base64(b"sealed"));
    answer(&format!(r#"{{"KeyId":"{ARN}","Plaintext":"{key}","CiphertextBlob":"{sealed}"}}"#))
}

fn answer(body: &str) -> Step {
    Step::Answer(200, body.to_owned())
}

fn refusal(status: u16, code: &str) -> Step {
    Step::Answer(status, format!(r#"{{"__type":"{code}","message":"told"}}"#))
}

fn arn() -> KeyArn {
    ARN.parse().unwrap()
}

fn context() -> Context {
    Context::from([("aws:kinesis:arn".to_owned(), "s".to_owned())])
}

async fn generate(service: &KeyService) -> Result<Vec<u8>, ExternalKeyError> {
    let (key, sealed) = service.generate_data_key(&arn(), &context()).await?;
    assert_eq!(key.expose(), [7; 32]);
    Ok(sealed)
}

#[tokio::test]
async fn calls_say_which_key_and_context_and_are_signed_for_its_region() {
    let opened = answer(&format!(r#"{{"KeyId":"{ARN}","Plaintext":"{}"}}"#, base64(b"key")));
    let described = answer(&format!(
        r#"{{"KeyMetadata":{{"KeyId":"a","Arn":"{ARN}","KeyState":"Enabled","KeySpec":"SYMMETRIC_DEFAULT"}}}}"#
    ));
    let kms = Kms::doing(vec![data_key(), opened, described]).await;
    let service = kms.service(|_| ());
    assert_eq!(generate(&service).await.unwrap(), b"sealed");
    assert_eq!(service.decrypt(&arn(), b"sealed", &context()).await.unwrap().expose(), b"key");
    service.describe(&arn()).await.unwrap();
    let asked = kms.asked.lock().await;
    for ((head, body), (operation, wanted)) in asked.iter().zip([
        (
            "GenerateDataKey",
            format!(
                r#"{{"KeyId":"{ARN}","EncryptionContext":{{"aws:kinesis:arn":"s"}},"NumberOfBytes":32}}"#
            ),
        ),
        (
            "Decrypt",
            format!(
                r#"{{"CiphertextBlob":"{}","EncryptionContext":{{"aws:kinesis:arn":"s"}},"KeyId":"{ARN}"}}"#,
                base64(b"sealed")
            ),
        ),
        ("DescribeKey", format!(r#"{{"KeyId":"{ARN}"}}"#)),
    ]) {
        assert_eq!(*body, wanted);
        for part in [
            format!("x-amz-target: TrentService.{operation}"),
            "content-type: application/x-amz-json-1.1".to_owned(),
            "/eu-west-1/kms/aws4_request".to_owned(),
        ] {
            assert!(head.contains(&part), "{part} in {head}");
        }
    }
    assert_eq!(asked.len(), 3);
}

#[tokio::test]
async fn each_refusal_is_told_at_once_and_not_asked_again() {
    use ExternalKeyError::{Ciphertext, Denied, Disabled, InvalidState, Nonsense, NotFound};
    let text = |code: &str| format!("{code}: told");
    for (code, wanted) in [
        ("NotFoundException", NotFound as fn(String) -> ExternalKeyError),
        ("DisabledException", Disabled),
        ("KMSInvalidStateException", InvalidState),
        ("InvalidKeyUsageException", InvalidState),
        ("AccessDeniedException", Denied),
        ("UnrecognizedClientException", Denied),
        ("InvalidCiphertextException", Ciphertext),
        ("ValidationException", Nonsense),
    ] {
        let kms = Kms::doing(vec![refusal(400, code)]).await;
        assert_eq!(generate(&kms.service(|_| ())).await, Err(wanted(text(code))), "{code}");
        assert_eq!(kms.requests().await, 1, "{code}");
    }
    let state = |state: &str| {
        answer(&format!(r#"{{"KeyMetadata":{{"KeyId":"a","Arn":"{ARN}","KeyState":"{state}"}}}}"#))
    };
    let kms = Kms::doing(vec![state("Disabled"), state("PendingDeletion")]).await;
    let service = kms.service(|_| ());
    assert!(matches!(service.describe(&arn()).await, Err(Disabled(_))));
    assert!(
        matches!(service.describe(&arn()).await, Err(InvalidState(text)) if text.contains("PendingDeletion"))
    );
}

#[tokio::test]
async fn what_passes_is_asked_once_more() {
    use ExternalKeyError::{Throttled, Unavailable};
    let busy = Step::Answer(503, "<html>busy</html>".to_owned());
    for first in [
        refusal(400, "ThrottlingException"),
        refusal(500, "KMSInternalException"),
        refusal(503, "DependencyTimeoutException"),
        refusal(500, "KeyUnavailableException"),
        busy.clone(),
        Step::Close,
        Step::Noise,
    ] {
        let kms = Kms::doing(vec![first, data_key()]).await;
        assert_eq!(generate(&kms.service(|_| ())).await.unwrap(), b"sealed");
        assert_eq!(kms.requests().await, 2);
    }
    for (always, is_throttled) in
        [(refusal(400, "ThrottlingException"), true), (busy, false), (Step::Close, false)]
    {
        let kms = Kms::doing(vec![always]).await;
        let error = generate(&kms.service(|_| ())).await.unwrap_err();
        assert!(matches!(error, Throttled(_)) == is_throttled, "{error}");
        assert!(matches!(error, Unavailable(_)) != is_throttled, "{error}");
        assert_eq!(kms.requests().await, 2);
    }
}

#[tokio::test]
async fn nobody_waits_longer_than_the_time_that_is_set() {
    let kms = Kms::doing(vec![Step::Hang]).await;
    let service = kms.service(|settings| settings.timeout = Duration::from_millis(150));
    let begun = Instant::now();
    let error = generate(&service).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(10));
    let wanted = format!("the key service is unavailable: {} did not answer within 150ms", kms.endpoint);
    assert_eq!(error.to_string(), wanted);
    // What fails late is not asked again beyond it: the answer is a refusal, and then none.
    let kms = Kms::doing(vec![refusal(500, "KMSInternalException"), Step::Hang]).await;
    let service = kms.service(|settings| settings.timeout = Duration::from_millis(150));
    assert!(generate(&service).await.unwrap_err().to_string().contains("did not answer within 150ms"));

    // Where nobody listens.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = generate(&Kms { endpoint, asked: Arc::default() }.service(|_| ())).await.unwrap_err();
    assert!(
        matches!(&error, ExternalKeyError::Unavailable(text) if text.contains("cannot connect")),
        "{error}"
    );
}

#[tokio::test]
async fn so_many_calls_are_made_at_once_and_others_wait() {
    let kms = Kms::doing(vec![Step::Hang]).await;
    let service = kms.service(|settings| settings.timeout = Duration::from_millis(1500));
    let calls: Vec<_> = (0..1030)
        .map(|_| {
            let service = service.clone();
            tokio::spawn(async move { generate(&service).await.unwrap_err() })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(kms.requests().await, 16);
    let (mut throttled, mut late) = (0, 0);
    for call in calls {
        match call.await.unwrap() {
            ExternalKeyError::Throttled(_) => throttled += 1,
            ExternalKeyError::Unavailable(_) => late += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!((throttled, late), (6, 1024));
}

#[tokio::test]
async fn answers_that_make_no_sense_are_told_without_what_they_hold() {
    let (key, sealed) = (base64(&[7; 32]), base64(b"sealed"));
    let other = ARN.replace("key/a", "key/b");
    let secret = "Secret+Secret";
    for (body, why) in [
        (String::new(), "it names no key"),
        ("<html>".to_owned(), "it is not JSON of the operation's shape"),
        (format!(r#"{{"KeyId":"{ARN}","Plaintext":{{"{secret}":1}}}}"#), "it is not JSON"),
        (format!(r#"{{"KeyId":"{ARN}","CiphertextBlob":"{sealed}"}}"#), "Plaintext is missing"),
        (format!(r#"{{"KeyId":"{ARN}","Plaintext":"{key}"}}"#), "CiphertextBlob is missing"),
        (
            format!(r#"{{"KeyId":"{ARN}","Plaintext":"{secret}","CiphertextBlob":"{sealed}"}}"#),
            "Plaintext is no base64",
        ),
        (
            format!(r#"{{"KeyId":"{ARN}","Plaintext":"{sealed}","CiphertextBlob":"{sealed}"}}"#),
            "a data key of 32 bytes has 6",
        ),
        (
            format!(r#"{{"KeyId":"{ARN}","Plaintext":"{key}","CiphertextBlob":"{}"}}"#, base64(&[1; 6145])),
            "an encrypted data key has 6145 bytes",
        ),
        (
            format!(r#"{{"KeyId":"{other}","Plaintext":"{key}","CiphertextBlob":"{sealed}"}}"#),
            "it is of key \"arn:aws:kms:eu-west-1:111122223333:key/b\", where arn:aws:kms",
        ),
        (format!(r#"{{"KeyId":"{ARN}","X":"{}"}}"#, "x".repeat(70_000)), "it is larger than 65536 bytes"),
    ] {
        let kms = Kms::doing(vec![answer(&body)]).await;
        let error = generate(&kms.service(|_| ())).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, ExternalKeyError::Nonsense(_)) && text.contains(why), "{text}");
        assert!(!text.contains("Secret") && !text.contains(&key), "{text}");
    }
}

#[tokio::test]
async fn credentials_that_were_written_anew_are_read_when_the_old_ones_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("credentials");
    let write = |key: &str| {
        let text = format!("[kms]\naws_access_key_id = {key}\naws_secret_access_key = s\n");
        fs::write(&file, text).unwrap();
    };
    write("OLD");
    let expired = refusal(400, "ExpiredTokenException");
    let kms = Kms::doing(vec![data_key(), expired.clone(), data_key(), expired]).await;
    let service = kms.service(|settings| {
        settings.credentials = Some(file.clone());
        settings.profile = Some("kms".to_owned());
    });
    generate(&service).await.unwrap();
    write("NEW");
    generate(&service).await.unwrap();
    // There are none that are newer.
    assert!(matches!(generate(&service).await, Err(ExternalKeyError::Denied(_))));
    let asked = kms.asked.lock().await;
    let keys: Vec<&str> = (asked.iter())
        .map(|(head, _)| head.split("Credential=").nth(1).unwrap().split('/').next().unwrap())
        .collect();
    assert_eq!(keys, ["OLD", "OLD", "NEW", "NEW"]);
}
