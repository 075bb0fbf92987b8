//! Keys of a key service: what it is asked, what is believed of its answers, and what comes of its refusals.

use std::sync::Arc;
use std::time::Duration;

use base64_simd::STANDARD;
use bytes::Bytes;
use flumen_client::{Body, Client, ClientSettings, Sending, Transport};
use flumen_envelope::{
    CacheLimits, CommitmentPolicy, Context, DiscoveryFilter, Keyring, KeyringError, KmsError, KmsService,
    OpenError, Opener, OpenerSettings, SealError, Sealer, SealerSettings, Suite,
};
use http::{Request, Response};
use parking_lot::Mutex;
use serde_json::{Value, json};

const ONE: &str = "arn:aws:kms:eu-west-1:111122223333:key/one";
const TWO: &str = "arn:aws:kms:eu-west-1:444455556666:key/two";
const MULTI: &str = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234";
const MULTI_THERE: &str = "arn:aws:kms:us-east-1:111122223333:key/mrk-1234";

/// Changes what is answered: an error has a code.
type Twist = fn(&str, &mut Value) -> Result<(), &'static str>;

/// A key service that has any key, and encrypts nothing: a ciphertext is what it is of.
#[derive(Clone)]
struct Kms {
    asked: Arc<Mutex<Vec<(String, Value)>>>,
    twist: Twist,
}

impl Kms {
    fn new() -> Kms {
        Kms::twisted(|_, _| Ok(()))
    }

    fn twisted(twist: Twist) -> Kms {
        Kms { asked: Arc::default(), twist }
    }

    fn service(&self, region: &str) -> KmsService {
        let settings = ClientSettings { attempts: 1, ..ClientSettings::default() };
        KmsService::new(Client::over(self.clone(), "kms.test", region, settings), Duration::from_secs(10))
    }

    fn keyring(&self, key: &str) -> Keyring {
        Keyring::kms(self.service("eu-west-1"), key).unwrap()
    }

    fn answer(&self, operation: &str, input: &Value) -> Result<Value, &'static str> {
        self.asked.lock().push((operation.to_owned(), input.clone()));
        let context = &input["EncryptionContext"];
        let asked = input["KeyId"].as_str().unwrap();
        let arn = if asked.starts_with("arn:") && !asked.contains(":alias/") { asked } else { ONE };
        let sealed = |plaintext: &str| {
            let all = json!({"key": of_replicas(arn), "context": context, "plaintext": plaintext});
            STANDARD.encode_to_string(all.to_string())
        };
        let mut answer = match operation {
            "GenerateDataKey" => {
                let bytes = input["NumberOfBytes"].as_u64().unwrap() as usize;
                let key = STANDARD.encode_to_string(vec![7; bytes]);
                json!({"KeyId": arn, "Plaintext": key, "CiphertextBlob": sealed(&key)})
            }
            "Encrypt" => {
                json!({"KeyId": arn, "CiphertextBlob": sealed(input["Plaintext"].as_str().unwrap())})
            }
            _ => {
                let blob = STANDARD.decode_to_vec(input["CiphertextBlob"].as_str().unwrap()).unwrap();
                let of: Value = serde_json::from_slice(&blob).map_err(|_| "InvalidCiphertextException")?;
                if of["key"] != of_replicas(arn) {
                    return Err("IncorrectKeyException");
                }
                if of["context"] != *context {
                    return Err("InvalidCiphertextException");
                }
                json!({"KeyId": arn, "Plaintext": of["plaintext"]})
            }
        };
        (self.twist)(operation, &mut answer)?;
        Ok(answer)
    }

    /// The keys that calls were of.
    fn keys(&self, operation: &str) -> Vec<String> {
        let asked = self.asked.lock();
        let of = asked.iter().filter(|(found, _)| found == operation);
        of.map(|(_, input)| input["KeyId"].as_str().unwrap().to_owned()).collect()
    }
}

/// Replicas open what each other have encrypted.
fn of_replicas(arn: &str) -> String {
    arn.replace("us-east-1", "eu-west-1")
}

impl Transport for Kms {
    fn send(&self, request: Request<Bytes>) -> Sending<'_> {
        let target = request.headers()["x-amz-target"].to_str().unwrap();
        let operation = target.rsplit('.').next().unwrap().to_owned();
        let input = serde_json::from_slice(request.body()).unwrap();
        let (status, body) = match self.answer(&operation, &input) {
            Ok(answer) => (200, answer),
            Err(code) => (400, json!({"__type": code, "message": "told"})),
        };
        let response = Response::builder().status(status).body(Body::Whole(body.to_string().into())).unwrap();
        Box::pin(async { Ok(response) })
    }
}

fn context() -> Context {
    Context::new([("team", "payments")]).unwrap()
}

async fn seal(keyring: Keyring) -> Result<Vec<u8>, SealError> {
    Sealer::new(keyring, SealerSettings::default()).unwrap().seal(&context(), b"order").await
}

async fn open(keyring: Keyring, message: &[u8]) -> Result<Vec<u8>, OpenError> {
    let opener = Opener::new(keyring, OpenerSettings::default()).unwrap();
    opener.open(message).await.map(|opened| opened.plaintext.to_vec())
}

#[tokio::test]
async fn a_key_makes_data_keys_and_opens_them_with_the_context_of_the_message() {
    let kms = Kms::new();
    let message = seal(kms.keyring(ONE).and(kms.keyring(TWO))).await.unwrap();
    for key in [ONE, TWO] {
        assert_eq!(open(kms.keyring(key), &message).await.unwrap(), b"order");
    }
    assert_eq!(kms.keys("GenerateDataKey"), [ONE]);
    assert_eq!(kms.keys("Encrypt"), [TWO]);
    assert_eq!(kms.keys("Decrypt"), [ONE, TWO]);
    let asked = kms.asked.lock();
    for (_, input) in asked.iter() {
        let pairs = input["EncryptionContext"].as_object().unwrap();
        assert_eq!(pairs["team"], "payments");
        assert!(pairs.contains_key("aws-crypto-public-key"));
    }
    assert_eq!(asked[0].1["NumberOfBytes"], 32);
}

#[tokio::test]
async fn an_alias_makes_messages_of_its_key() {
    let kms = Kms::new();
    for alias in ["alias/orders", "arn:aws:kms:eu-west-1:111122223333:alias/orders", "one"] {
        let message = seal(kms.keyring(alias)).await.unwrap();
        assert_eq!(open(kms.keyring(ONE), &message).await.unwrap(), b"order");
        assert_eq!(open(kms.keyring(alias), &message).await.unwrap_err(), OpenError::CannotOpen);
    }
    let wrong = |id: &str| Keyring::kms(kms.service("eu-west-1"), id).map(drop).unwrap_err();
    for id in ["", "arn:aws:s3:::bucket", "arn:aws:kms:eu-west-1:1:key/", "a b", &"a".repeat(2049)] {
        assert!(matches!(wrong(id), KeyringError::KmsKeyId(_)), "{id}");
    }
}

#[tokio::test]
async fn the_service_is_asked_for_keys_of_the_keyring_alone() {
    let kms = Kms::new();
    let message = seal(kms.keyring(ONE)).await.unwrap();
    for other in [TWO, &ONE.replace("eu-west-1", "us-east-1")] {
        assert_eq!(open(kms.keyring(other), &message).await.unwrap_err(), OpenError::CannotOpen);
    }
    let discovery = |region: &str, filter: Option<(&str, &str)>| {
        let filter = filter.map(|(partition, account)| DiscoveryFilter {
            partition: partition.to_owned(),
            accounts: [account.to_owned()].into(),
        });
        Keyring::kms_discovery(kms.service(region), filter)
    };
    for refused in [
        discovery("eu-west-1", Some(("aws", "444455556666"))),
        discovery("eu-west-1", Some(("aws-cn", "111122223333"))),
        discovery("us-east-1", None),
    ] {
        assert_eq!(open(refused, &message).await.unwrap_err(), OpenError::CannotOpen);
    }
    assert!(kms.keys("Decrypt").is_empty());
    for discovering in [discovery("eu-west-1", None), discovery("eu-west-1", Some(("aws", "111122223333")))] {
        assert_eq!(open(discovering, &message).await.unwrap(), b"order");
    }
    assert_eq!(kms.keys("Decrypt"), [ONE, ONE]);
    let refused = seal(discovery("eu-west-1", None)).await.unwrap_err();
    assert_eq!(refused, SealError::Keyring(KeyringError::OpensOnly));
}

#[tokio::test]
async fn replicas_of_a_multi_region_key_open_what_each_other_sealed() {
    let kms = Kms::new();
    let message = seal(kms.keyring(MULTI)).await.unwrap();
    assert_eq!(open(kms.keyring(MULTI_THERE), &message).await.unwrap(), b"order");
    assert_eq!(
        open(Keyring::kms_discovery(kms.service("us-east-1"), None), &message).await.unwrap(),
        b"order"
    );
    assert_eq!(kms.keys("Decrypt"), [MULTI_THERE, MULTI_THERE]);
}

#[tokio::test]
async fn answers_that_make_no_sense_are_not_believed() {
    let sealed = async |twist| seal(Kms::twisted(twist).keyring(ONE)).await.unwrap_err().to_string();
    let of_another: Twist = |_, answer| {
        answer["KeyId"] = TWO.into();
        Ok(())
    };
    assert!(sealed(of_another).await.contains("it is of key \"arn:aws:kms:eu-west-1:444455556666:key/two\""));
    let short: Twist = |_, answer| {
        answer["Plaintext"] = "AAAA".into();
        Ok(())
    };
    assert!(sealed(short).await.contains("a data key of 32 bytes has 3"));
    let long: Twist = |_, answer| {
        answer["CiphertextBlob"] = STANDARD.encode_to_string([0; 6145]).into();
        Ok(())
    };
    assert!(sealed(long).await.contains("an encrypted data key has 6145 bytes"));
    let nothing: Twist = |_, answer| {
        *answer = json!({"KeyId": ONE});
        Ok(())
    };
    assert!(sealed(nothing).await.contains("Plaintext is missing"));
    let no_object: Twist = |_, answer| {
        *answer = json!([1]);
        Ok(())
    };
    assert!(sealed(no_object).await.contains("not JSON of the operation's shape"));

    let message = seal(Kms::new().keyring(ONE)).await.unwrap();
    let opened = async |twist| open(Kms::twisted(twist).keyring(ONE), &message).await.unwrap_err();
    assert!(matches!(opened(of_another).await, OpenError::Kms(KmsError::Nonsense(_))));
    // Of another length than the suite's keys, it opens nothing, and the next key is asked.
    assert_eq!(opened(short).await, OpenError::CannotOpen);
    let both = seal(Kms::new().keyring(ONE).and(Kms::new().keyring(TWO))).await.unwrap();
    let keyring = Kms::twisted(short).keyring(ONE).and(Kms::new().keyring(TWO));
    assert_eq!(open(keyring, &both).await.unwrap(), b"order");
}

#[tokio::test]
async fn what_the_service_refuses_is_told_unless_it_is_about_the_message() {
    let message = seal(Kms::new().keyring(ONE)).await.unwrap();
    let denying = Kms::twisted(|_, _| Err("AccessDeniedException"));
    let refused = OpenError::Kms(KmsError::Refused {
        code: "AccessDeniedException".to_owned(),
        message: "told".to_owned(),
    });
    assert_eq!(open(denying.keyring(ONE), &message).await.unwrap_err(), refused);
    assert!(
        seal(denying.keyring(ONE)).await.unwrap_err().to_string().contains("AccessDeniedException: told")
    );
    for twist in [(|_, _| Err("InvalidCiphertextException")) as Twist, |_, _| Err("IncorrectKeyException")] {
        let opened = open(Kms::twisted(twist).keyring(ONE), &message).await;
        assert_eq!(opened.unwrap_err(), OpenError::CannotOpen);
    }
    // Another key that opens it counts more than one that is refused.
    let both = seal(Kms::new().keyring(ONE).and(Kms::new().keyring(TWO))).await.unwrap();
    let keyring = denying.keyring(ONE).and(Kms::new().keyring(TWO));
    assert_eq!(open(keyring, &both).await.unwrap(), b"order");
}

#[tokio::test]
async fn cached_data_keys_spare_the_service() {
    let kms = Kms::new();
    let cache = Some(CacheLimits::default());
    let sealer =
        Sealer::new(kms.keyring(ONE), SealerSettings { cache, ..SealerSettings::default() }).unwrap();
    let opener =
        Opener::new(kms.keyring(ONE), OpenerSettings { cache, ..OpenerSettings::default() }).unwrap();
    let other = Context::new([("team", "others")]).unwrap();
    for context in [&context(), &context(), &other] {
        for _ in 0..10 {
            let message = sealer.seal(context, b"order").await.unwrap();
            assert_eq!(*opener.open(&message).await.unwrap().plaintext, *b"order");
        }
    }
    assert_eq!((kms.keys("GenerateDataKey").len(), kms.keys("Decrypt").len()), (2, 2));
    // A suite that derives no keys has each data key opened anew.
    let policy = CommitmentPolicy::ForbidEncryptAllowDecrypt;
    let suite = Some(Suite::Aes256WithoutDerivation);
    let settings = SealerSettings { policy, suite, cache, ..SealerSettings::default() };
    let message = Sealer::new(kms.keyring(ONE), settings).unwrap().seal(&context(), b"order").await.unwrap();
    let lax = OpenerSettings { policy, cache, ..OpenerSettings::default() };
    let lax = Opener::new(kms.keyring(ONE), lax).unwrap();
    for _ in 0..2 {
        lax.open(&message).await.unwrap();
    }
    assert_eq!(kms.keys("Decrypt").len(), 4);
    // One context's data key opens nothing of another's.
    let message = sealer.seal(&other, b"order").await.unwrap();
    let at = message.windows(6).position(|part| part == b"others").unwrap();
    let mut forged = message.clone();
    forged[at] = b'O';
    assert_eq!(opener.open(&forged).await.unwrap_err(), OpenError::CannotOpen);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_answer_is_not_waited_for_without_end() {
    struct Silent;
    impl Transport for Silent {
        fn send(&self, _: Request<Bytes>) -> Sending<'_> {
            Box::pin(std::future::pending())
        }
    }
    let settings = ClientSettings { attempt_max: Duration::from_secs(60), ..ClientSettings::default() };
    let client = Client::over(Silent, "kms.test", "eu-west-1", settings);
    let service = KmsService::new(client, Duration::from_secs(5));
    let refused = seal(Keyring::kms(service, ONE).unwrap()).await.unwrap_err();
    assert_eq!(refused.to_string(), "the key service did not answer within 5000 ms");
}
