//! Certificates for the TLS port: given files, read again when they change, or one that the server makes
//! under a certificate authority of its own, kept in the data directory.
//!
//! `flumen trust` prints that authority's certificate; clients that trust it trust every certificate that
//! this server will ever make.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use ::aws_lc_rs::digest::{SHA256, digest};
use anyhow::{Context, ensure};
use flumen_audit::Audit;
use flumen_seal::{Seal, Secret};
use flumen_types::Clock;
use parking_lot::Mutex;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};

use crate::config::Tls;

const DIRECTORY: &str = "tls";
const AUTHORITY_CERT: &str = "ca.pem";
/// PEM, sealed.
const AUTHORITY_KEY: &str = "ca.key.sealed";
/// Where earlier versions kept it in clear.
const AUTHORITY_CLEAR_KEY: &str = "ca.key";
/// Where it lies, which is sealed with it.
const AUTHORITY_PLACE: &str = "server/tls-authority";
/// A key is some hundred bytes.
const AUTHORITY_KEY_BYTES_MAX: u64 = 64 * 1024;
/// Clients refuse certificates that are valid for longer than 398 days.
const CERT_DAYS: i64 = 397;
/// A server that runs on makes itself a new one long before the old one ends.
const RENEW_AFTER: Duration = Duration::from_secs(200 * 24 * 60 * 60);
/// Given files are looked at when a connection comes, at most this often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Where the authority's certificate is kept.
pub fn authority_path(data_dir: &Path) -> PathBuf {
    data_dir.join(DIRECTORY).join(AUTHORITY_CERT)
}

/// Gives each handshake the certificate of the moment.
#[derive(Debug)]
pub struct Certificates {
    source: Source,
    current: Mutex<Current>,
    /// Told of each certificate that is taken up.
    audit: OnceLock<Audit>,
}

enum Source {
    Files { cert: PathBuf, key: PathBuf },
    Own { authority: Authority, names: Vec<String>, clock: Clock },
}

#[derive(Debug)]
struct Current {
    key: Arc<CertifiedKey>,
    changed: Option<SystemTime>,
    made: Instant,
    looked: Instant,
}

/// The server's own certificate authority.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
}

impl Certificates {
    /// `data_dir` keeps the authority, its key sealed; without one it lives as long as the process.
    pub fn open(tls: &Tls, data_dir: Option<(&Path, &Seal)>, clock: Clock) -> anyhow::Result<Arc<Self>> {
        let source = match &tls.files {
            Some((cert, key)) => Source::Files { cert: cert.clone(), key: key.clone() },
            None => {
                let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(String::from).into();
                let addresses = tls.addresses.iter().filter(|address| !address.is_unspecified());
                names.extend(addresses.map(ToString::to_string));
                names.extend(tls.names.iter().cloned());
                names.sort_unstable();
                names.dedup();
                Source::Own { authority: Authority::open(data_dir)?, names, clock }
            }
        };
        let now = Instant::now();
        let current = Current { key: source.load()?, changed: source.changed(), made: now, looked: now };
        Ok(Arc::new(Certificates { source, current: Mutex::new(current), audit: OnceLock::new() }))
    }

    /// From now on the audit is told which certificate is shown.
    pub fn tell(&self, audit: &Audit) {
        let _ = self.audit.set(audit.clone());
        self.told("CertificateTakenUp", &self.current.lock().key);
    }

    fn told(&self, name: &'static str, key: &CertifiedKey) {
        let (Some(audit), Some(certificate)) = (self.audit.get(), key.cert.first()) else { return };
        let fingerprint: String =
            digest(&SHA256, certificate).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let source = format!("{:?}", self.source);
        let about = serde_json::json!({ "sha256": fingerprint, "source": source });
        audit.tell_service(name, &about.to_string());
    }

    /// TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN; a client that offers neither is served all the same. Suites are those of
    /// the library, all with forward secrecy. There is no early data: anybody can send that again.
    pub fn server_config(self: &Arc<Self>) -> anyhow::Result<Arc<ServerConfig>> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder =
            ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13, &TLS12])?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(self.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Takes up changed files, or makes a new certificate when the old one has served long enough. What
    /// cannot be loaded leaves the old one in place.
    fn refreshed(&self) -> Arc<CertifiedKey> {
        let mut current = self.current.lock();
        if current.looked.elapsed() >= LOOK_AGAIN {
            current.looked = Instant::now();
            let changed = self.source.changed();
            let aged = matches!(self.source, Source::Own { .. }) && current.made.elapsed() >= RENEW_AFTER;
            if changed != current.changed || aged {
                match self.source.load() {
                    Ok(key) => {
                        tracing::info!("certificate replaced");
                        self.told("CertificateReplaced", &key);
                        *current = Current { key, changed, made: Instant::now(), looked: Instant::now() };
                    }
                    Err(error) => tracing::error!("certificate not replaced: {error:#}"),
                }
            }
        }
        current.key.clone()
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.refreshed())
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Files { cert, .. } => write!(f, "Files({})", cert.display()),
            Source::Own { names, .. } => write!(f, "Own({names:?})"),
        }
    }
}

impl Source {
    fn load(&self) -> anyhow::Result<Arc<CertifiedKey>> {
        let (chain, key) = match self {
            Source::Files { cert, key } => {
                let chain = CertificateDer::pem_file_iter(cert)
                    .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                    .with_context(|| format!("certificate {}", cert.display()))?;
                ensure!(!chain.is_empty(), "the file {} contains no certificate", cert.display());
                let key =
                    PrivateKeyDer::from_pem_file(key).with_context(|| format!("key {}", key.display()))?;
                (chain, key)
            }
            Source::Own { authority, names, clock } => authority.certify(names, clock)?,
        };
        let certified = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider());
        Ok(Arc::new(certified.context("the certificate and the key do not match")?))
    }

    fn changed(&self) -> Option<SystemTime> {
        match self {
            Source::Files { cert, key } => {
                let time = |path| fs::metadata(path).and_then(|m| m.modified()).ok();
                time(cert).max(time(key))
            }
            Source::Own { .. } => None,
        }
    }
}

impl Authority {
    fn open(data_dir: Option<(&Path, &Seal)>) -> anyhow::Result<Self> {
        let Some((data_dir, seal)) = data_dir else {
            return Ok(Authority { issuer: issuer(KeyPair::generate()?)? });
        };
        let directory = data_dir.join(DIRECTORY);
        let (cert_path, key_path) = (directory.join(AUTHORITY_CERT), directory.join(AUTHORITY_KEY));
        match read_bounded(&key_path) {
            Ok(sealed) => {
                let named = || format!("key {}", key_path.display());
                let pem = seal.open(AUTHORITY_PLACE, &sealed).with_context(named)?;
                Ok(Authority { issuer: issuer(parse_key(&pem).with_context(named)?)? })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(&directory)
                    .with_context(|| format!("directory {}", directory.display()))?;
                let key = KeyPair::generate()?;
                let cert = authority_params()?.self_signed(&key)?;
                write_new(&cert_path, cert.pem().as_bytes())?;
                // Last, since its presence says that both are there.
                let pem = Secret::new(key.serialize_pem().into_bytes());
                write_new(&key_path, &seal.seal(AUTHORITY_PLACE, pem.expose())?)?;
                Ok(Authority { issuer: issuer(key)? })
            }
            Err(error) => Err(error).with_context(|| format!("key {}", key_path.display())),
        }
    }

    fn certify(
        &self,
        names: &[String],
        clock: &Clock,
    ) -> anyhow::Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let mut params = CertificateParams::new(names.to_vec()).context("names for the certificate")?;
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, "Flumen");
        params.distinguished_name = name;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        // From yesterday, for clients whose clocks are behind.
        let (from, to) = (day(clock, -1)?, day(clock, CERT_DAYS - 1)?);
        params.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
        params.not_after = rcgen::date_time_ymd(to.0, to.1, to.2);
        let key = KeyPair::generate()?;
        let cert = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        Ok((vec![cert.der().clone()], key))
    }
}

/// The authority's certificate is always made of the same parts, so its key alone brings it back.
fn issuer(key: KeyPair) -> anyhow::Result<Issuer<'static, KeyPair>> {
    Ok(Issuer::new(authority_params()?, key))
}

fn authority_params() -> anyhow::Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "Flumen certificate authority");
    params.distinguished_name = name;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2099, 1, 1);
    Ok(params)
}

/// Year, month and day, `days` from today.
fn day(clock: &Clock, days: i64) -> anyhow::Result<(i32, u8, u8)> {
    let ms = i64::try_from(clock.now_ms())?.saturating_add(days * 24 * 60 * 60 * 1000);
    let date = jiff::Timestamp::from_millisecond(ms)?.to_zoned(jiff::tz::TimeZone::UTC).date();
    Ok((date.year().into(), u8::try_from(date.month())?, u8::try_from(date.day())?))
}

fn parse_key(pem: &Secret) -> anyhow::Result<KeyPair> {
    let pem = std::str::from_utf8(pem.expose()).map_err(|_| anyhow::anyhow!("it is no text"))?;
    Ok(KeyPair::from_pem(pem)?)
}

/// Seals the authority's key where an earlier version kept it in clear, and overwrites that.
pub fn seal_authority(data_dir: &Path, seal: &Seal) -> anyhow::Result<()> {
    let directory = data_dir.join(DIRECTORY);
    let (clear_path, sealed_path) = (directory.join(AUTHORITY_CLEAR_KEY), directory.join(AUTHORITY_KEY));
    let named = || format!("key {}", clear_path.display());
    let pem = match read_bounded(&clear_path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        pem => Secret::new(pem.with_context(named)?),
    };
    // After a crash between the two it is sealed already.
    if !sealed_path.try_exists().with_context(|| sealed_path.display().to_string())? {
        parse_key(&pem).with_context(named)?;
        write_new(&sealed_path, &seal.seal(AUTHORITY_PLACE, pem.expose())?)?;
    }
    wipe(&clear_path).with_context(named)?;
    tracing::warn!(
        "the key of this server's certificate authority was stored unencrypted at {}; it is sealed now. Somebody \
         who has read it can create certificates that this server's clients trust. To replace the authority, \
         remove {}, restart, and have clients trust the new one instead (flumen trust)",
        clear_path.display(),
        directory.display()
    );
    Ok(())
}

/// What its owner alone reads, and what is not longer than a key may be.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(4096);
    fs::File::open(path)?.take(AUTHORITY_KEY_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Overwrites a file and removes it; durable on return. What has another name is somebody's copy, and stays as it is there.
fn wipe(path: &Path) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).open(path)?;
    let meta = file.metadata()?;
    if meta.nlink() == 1 {
        io::copy(&mut io::repeat(0).take(meta.len()), &mut file)?;
        file.sync_all()?;
    }
    fs::remove_file(path)?;
    sync_directory(path)
}

/// Whole or not at all; durable on return.
fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let write = || {
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        sync_directory(path)
    };
    write().with_context(|| format!("writing {}", path.display()))
}

fn sync_directory(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |directory| fs::File::open(directory)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_pair(dir: &Path, name: &str) {
        let key = KeyPair::generate().unwrap();
        let cert = CertificateParams::new([name.to_owned()]).unwrap().self_signed(&key).unwrap();
        fs::write(dir.join("cert.pem"), cert.pem()).unwrap();
        fs::write(dir.join("key.pem"), key.serialize_pem()).unwrap();
    }

    fn given(dir: &Path) -> Tls {
        let files = Some((dir.join("cert.pem"), dir.join("key.pem")));
        Tls { addresses: vec!["127.0.0.1".parse().unwrap()], files, names: Vec::new() }
    }

    /// As if the time between two looks had passed.
    fn look_again(certificates: &Certificates) -> Vec<CertificateDer<'static>> {
        certificates.current.lock().looked = Instant::now().checked_sub(LOOK_AGAIN).unwrap();
        certificates.refreshed().cert.clone()
    }

    #[test]
    fn changed_files_are_taken_up_and_broken_ones_are_not() {
        let dir = tempfile::tempdir().unwrap();
        write_pair(dir.path(), "one");
        let certificates = Certificates::open(&given(dir.path()), None, Clock::system()).unwrap();
        let one = look_again(&certificates);
        std::thread::sleep(Duration::from_millis(20));
        write_pair(dir.path(), "two");
        assert_eq!(certificates.refreshed().cert, one, "not looked at yet");
        let two = look_again(&certificates);
        assert_ne!(one, two);
        std::thread::sleep(Duration::from_millis(20));
        fs::write(dir.path().join("cert.pem"), "not a certificate").unwrap();
        assert_eq!(look_again(&certificates), two);
    }

    #[test]
    fn the_authority_is_the_same_after_a_restart_and_its_key_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let own = Tls { files: None, ..given(dir.path()) };
        let seal = Seal::in_memory().unwrap();
        let open = || Certificates::open(&own, Some((dir.path(), &seal)), Clock::system());
        open().unwrap();
        let pem = fs::read(authority_path(dir.path())).unwrap();
        open().unwrap();
        assert_eq!(fs::read(authority_path(dir.path())).unwrap(), pem);
        let mode = fs::metadata(dir.path().join(DIRECTORY).join(AUTHORITY_KEY)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(clear_keys(dir.path()), Vec::<PathBuf>::new());
    }

    /// Files in which a key lies in clear.
    fn clear_keys(dir: &Path) -> Vec<PathBuf> {
        let files = fs::read_dir(dir.join(DIRECTORY)).unwrap().map(|entry| entry.unwrap().path());
        let is_clear = |path: &PathBuf| {
            let bytes = fs::read(path).unwrap();
            bytes.windows(11).any(|window| window == b"PRIVATE KEY")
        };
        files.filter(is_clear).collect()
    }

    #[test]
    fn a_key_that_lay_in_clear_is_sealed_and_overwritten() {
        let (dir, seal) = (tempfile::tempdir().unwrap(), Seal::in_memory().unwrap());
        let own = Tls { files: None, ..given(dir.path()) };
        let directory = dir.path().join(DIRECTORY);
        let (clear, sealed) = (directory.join(AUTHORITY_CLEAR_KEY), directory.join(AUTHORITY_KEY));
        seal_authority(dir.path(), &seal).unwrap();
        assert!(!directory.exists(), "there is none");
        // As an earlier version made it.
        fs::create_dir(&directory).unwrap();
        let key = KeyPair::generate().unwrap();
        let trusted = authority_params().unwrap().self_signed(&key).unwrap().pem();
        fs::write(authority_path(dir.path()), &trusted).unwrap();
        fs::write(&clear, key.serialize_pem()).unwrap();
        let (mut held, mut bytes) = (fs::File::open(&clear).unwrap(), Vec::new());
        seal_authority(dir.path(), &seal).unwrap();
        assert!(!clear.exists() && clear_keys(dir.path()).is_empty());
        held.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, vec![0; key.serialize_pem().len()]);
        let open = || Certificates::open(&own, Some((dir.path(), &seal)), Clock::system());
        greet(&open().unwrap(), trusted.as_bytes(), "localhost").unwrap();
        // A crash before the clear one was gone.
        fs::write(&clear, key.serialize_pem()).unwrap();
        let copy = dir.path().join("copy");
        fs::hard_link(&clear, &copy).unwrap();
        let before = fs::read(&sealed).unwrap();
        seal_authority(dir.path(), &seal).unwrap();
        assert!(!clear.exists());
        assert_eq!(fs::read_to_string(&copy).unwrap(), key.serialize_pem(), "that is somebody's");
        assert_eq!(fs::read(&sealed).unwrap(), before);
        // What is no key is nobody's to remove.
        fs::remove_file(&sealed).unwrap();
        fs::write(&clear, "half a key").unwrap();
        let error = format!("{:#}", seal_authority(dir.path(), &seal).unwrap_err());
        assert!(error.contains("tls/ca.key") && !error.contains("half"), "{error}");
        assert!(clear.exists() && !sealed.exists());
    }

    #[test]
    fn an_authority_whose_key_is_damaged_is_not_made_anew() {
        let (dir, seal) = (tempfile::tempdir().unwrap(), Seal::in_memory().unwrap());
        let own = Tls { files: None, ..given(dir.path()) };
        let open = |seal: &Seal| Certificates::open(&own, Some((dir.path(), seal)), Clock::system());
        open(&seal).unwrap();
        let path = dir.path().join(DIRECTORY).join(AUTHORITY_KEY);
        let whole = fs::read(&path).unwrap();
        let refused = |seal: &Seal| format!("{:#}", open(seal).expect_err("it is refused"));
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            fs::write(&path, &altered).unwrap();
            assert!(refused(&seal).contains("ca.key.sealed: sealed"), "byte {at}: {}", refused(&seal));
            fs::write(&path, &whole[..at]).unwrap();
            assert!(refused(&seal).contains("ca.key.sealed: sealed"), "{at} bytes: {}", refused(&seal));
        }
        fs::write(&path, seal.seal("streams/token-key", b"another's").unwrap()).unwrap();
        assert!(refused(&seal).contains("from another place than server/tls-authority"));
        fs::write(&path, &whole).unwrap();
        assert!(refused(&Seal::in_memory().unwrap()).contains("which is none of this data directory"));
        open(&seal).unwrap();
    }

    /// What a client with the server's address says to it, and how that ends.
    fn greet(certificates: &Arc<Certificates>, trusted: &[u8], name: &str) -> Result<Vec<u8>, rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(trusted).unwrap()).unwrap();
        let config = rustls::ClientConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions()?;
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let name = name.to_owned().try_into().unwrap();
        let mut client = rustls::ClientConnection::new(Arc::new(config), name)?;
        let mut server = rustls::ServerConnection::new(certificates.server_config().unwrap())?;
        while client.is_handshaking() || server.is_handshaking() {
            let mut wire = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut wire).unwrap();
            }
            server.read_tls(&mut &wire[..]).unwrap();
            server.process_new_packets()?;
            wire.clear();
            while server.wants_write() {
                server.write_tls(&mut wire).unwrap();
            }
            client.read_tls(&mut &wire[..]).unwrap();
            client.process_new_packets()?;
        }
        Ok(client.alpn_protocol().unwrap_or_default().to_vec())
    }

    #[test]
    fn who_trusts_the_authority_trusts_every_certificate_under_it() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let own = Tls { files: None, names: vec!["streams.example".into()], ..given(dir.path()) };
        let seal = Seal::in_memory().unwrap();
        let open = |dir: &Path| Certificates::open(&own, Some((dir, &seal)), Clock::system()).unwrap();
        let first = open(dir.path());
        let trusted = fs::read(authority_path(dir.path())).unwrap();
        let again = open(dir.path());
        for certificates in [&first, &again] {
            for name in ["localhost", "127.0.0.1", "::1", "streams.example"] {
                assert_eq!(greet(certificates, &trusted, name).unwrap(), b"h2", "{name}");
            }
        }
        let reject = greet(&again, &trusted, "other.example").unwrap_err();
        assert!(matches!(reject, rustls::Error::InvalidCertificate(_)), "{reject}");
        greet(&open(other.path()), &trusted, "localhost").unwrap_err();
        // What is made anew in a running server.
        let before = again.current.lock().key.cert.clone();
        again.current.lock().made = Instant::now().checked_sub(RENEW_AFTER).unwrap();
        assert_ne!(look_again(&again), before);
        greet(&again, &trusted, "localhost").unwrap();
    }

    #[test]
    fn suites_are_sound_and_there_is_no_early_data() {
        let own = Tls { files: None, ..given(Path::new("")) };
        let certificates = Certificates::open(&own, None, Clock::system()).unwrap();
        let config = certificates.server_config().unwrap();
        let suites: Vec<_> =
            config.crypto_provider().cipher_suites.iter().map(|suite| suite.suite()).collect();
        expect_test::expect![[r#"
            [
                TLS13_AES_256_GCM_SHA384,
                TLS13_AES_128_GCM_SHA256,
                TLS13_CHACHA20_POLY1305_SHA256,
                TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
                TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            ]
        "#]]
        .assert_debug_eq(&suites);
        assert_eq!((config.max_early_data_size, config.send_half_rtt_data), (0, false));
    }

    #[test]
    fn both_versions_are_spoken_and_no_older_one() {
        let own = Tls { files: None, ..given(Path::new("")) };
        let certificates = Certificates::open(&own, None, Clock::system()).unwrap();
        for (version, hello) in [(&TLS12, [3, 3]), (&TLS13, [3, 4])] {
            let provider = Arc::new(aws_lc_rs::default_provider());
            let config = rustls::ClientConfig::builder_with_provider(provider);
            let config = config.with_protocol_versions(&[version]).unwrap();
            let config = config.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
            let name = "localhost".try_into().unwrap();
            let mut client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
            let mut wire = Vec::new();
            client.write_tls(&mut wire).unwrap();
            let mut server = rustls::ServerConnection::new(certificates.server_config().unwrap()).unwrap();
            server.read_tls(&mut &wire[..]).unwrap();
            server.process_new_packets().unwrap();
            assert_eq!(server.protocol_version().map(|version| version.to_array()), Some(hello));
            // The same hello for TLS 1.1, in the record and in the extension that lists versions.
            if hello == [3, 3] {
                let listed = [0x00, 0x2b, 0x00, 0x03, 0x02, 0x03, 0x03];
                let at = wire.windows(7).position(|window| window == listed).unwrap();
                (wire[10], wire[at + 6]) = (2, 2);
                let mut server =
                    rustls::ServerConnection::new(certificates.server_config().unwrap()).unwrap();
                server.read_tls(&mut &wire[..]).unwrap();
                let refused = server.process_new_packets().unwrap_err();
                assert!(matches!(refused, rustls::Error::PeerIncompatible(_)), "{refused}");
            }
        }
    }

    #[test]
    fn a_key_of_another_certificate_is_refused_at_the_start() {
        let dir = tempfile::tempdir().unwrap();
        write_pair(dir.path(), "one");
        let key = KeyPair::generate().unwrap();
        fs::write(dir.path().join("key.pem"), key.serialize_pem()).unwrap();
        let error = Certificates::open(&given(dir.path()), None, Clock::system()).unwrap_err();
        assert!(format!("{error:#}").contains("do not match"), "{error:#}");
    }
}
