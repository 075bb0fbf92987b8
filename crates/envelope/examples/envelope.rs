//! Seals or opens standard input to standard output, for tests with other programs of the format:
//! `envelope seal --keyring aes:NAMESPACE:NAME:FILE --suite 0478 --context k=v < plaintext > message`.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Parser, ValueEnum};
use flumen_client::{Client, ClientSettings, Environment};
use flumen_envelope::{
    CommitmentPolicy, Context, Keyring, KmsService, Opener, OpenerSettings, RsaPadding, Sealer,
    SealerSettings, Suite,
};

#[derive(Parser)]
struct Args {
    action: Action,
    /// `aes:NAMESPACE:NAME:FILE`, `rsa-SHA:NAMESPACE:NAME:FILE`, `kms:KEY` or `kms-discovery`; the first one makes the data key
    #[arg(long, required = true)]
    keyring: Vec<String>,
    /// In hexadecimal digits
    #[arg(long, default_value = "0578")]
    suite: String,
    #[arg(long, default_value_t = 4096)]
    frame_bytes: u32,
    /// Pairs, as `KEY=VALUE`
    #[arg(long)]
    context: Vec<String>,
    /// Keys of pairs that are not in the message
    #[arg(long)]
    unstored: Vec<String>,
    /// Piece by piece, in pieces of so many bytes
    #[arg(long)]
    pieces: Option<usize>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Action {
    Seal,
    Open,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input)?;
    let keyrings = args.keyring.iter().map(|text| keyring(text)).collect::<Result<Vec<_>, _>>()?;
    let keyring = keyrings.into_iter().reduce(Keyring::and).context("no keyring")?;
    let pairs = args.context.iter().map(|pair| pair.split_once('=').context("no ="));
    let context = Context::new(pairs.collect::<Result<Vec<_>, _>>()?)?;
    let output = match args.action {
        Action::Seal => seal(keyring, &context, &args, &input).await?,
        Action::Open => open(keyring, context, &args, &input).await?,
    };
    std::io::stdout().write_all(&output)?;
    Ok(())
}

async fn seal(keyring: Keyring, context: &Context, args: &Args, input: &[u8]) -> anyhow::Result<Vec<u8>> {
    let suite = Suite::of_id(u16::from_str_radix(&args.suite, 16)?).context("no such suite")?;
    let policy = match suite.is_committing() {
        true => CommitmentPolicy::RequireEncryptRequireDecrypt,
        false => CommitmentPolicy::ForbidEncryptAllowDecrypt,
    };
    let settings = SealerSettings {
        policy,
        suite: Some(suite),
        frame_bytes: args.frame_bytes,
        unstored: args.unstored.clone(),
        ..SealerSettings::default()
    };
    let sealer = Sealer::new(keyring, settings)?;
    let Some(size) = args.pieces else { return Ok(sealer.seal(context, input).await?) };
    let mut writer = sealer.writer(context).await?;
    let mut message = Vec::new();
    for piece in input.chunks(size) {
        message.extend_from_slice(&writer.push(piece)?);
    }
    message.extend_from_slice(&writer.finish()?);
    Ok(message)
}

async fn open(keyring: Keyring, context: Context, args: &Args, input: &[u8]) -> anyhow::Result<Vec<u8>> {
    let policy = CommitmentPolicy::RequireEncryptAllowDecrypt;
    let opener = Opener::new(keyring, OpenerSettings { policy, context, ..OpenerSettings::default() })?;
    let Some(size) = args.pieces else { return Ok(opener.open(input).await?.plaintext.to_vec()) };
    let mut reader = opener.reader();
    let mut plaintext = Vec::new();
    for piece in input.chunks(size) {
        plaintext.extend_from_slice(&reader.push(piece).await?);
    }
    plaintext.extend_from_slice(&reader.finish()?.plaintext);
    Ok(plaintext)
}

fn keyring(text: &str) -> anyhow::Result<Keyring> {
    let kms = |key: Option<&str>| {
        let client =
            Client::signing_for("kms", &Environment::of_process(), None, None, ClientSettings::default())?;
        let service = KmsService::new(client, Duration::from_secs(10));
        Ok(match key {
            Some(key) => Keyring::kms(service, key)?,
            None => Keyring::kms_discovery(service, None),
        })
    };
    if text == "kms-discovery" {
        return kms(None);
    }
    let (kind, rest) = text.split_once(':').context("no kind of keyring")?;
    if kind == "kms" {
        return kms(Some(rest));
    }
    let [namespace, name, file] = rest.splitn(3, ':').collect::<Vec<_>>()[..] else {
        bail!("{text} is not {kind}:NAMESPACE:NAME:FILE");
    };
    let key = std::fs::read(file).with_context(|| file.to_owned())?;
    let padding = match kind {
        "aes" => return Ok(Keyring::aes(namespace, name, &key)?),
        "rsa-1" => RsaPadding::OaepSha1,
        "rsa-256" => RsaPadding::OaepSha256,
        "rsa-384" => RsaPadding::OaepSha384,
        "rsa-512" => RsaPadding::OaepSha512,
        _ => bail!("there is no keyring of kind {kind}"),
    };
    Ok(Keyring::rsa(namespace, name, &key, padding)?)
}
