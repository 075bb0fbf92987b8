//! `flumen put`: records from lines, a file or the command line.

mod input;

use std::path::PathBuf;

use anyhow::{Context, bail};
use flumen_client::{ClientSettings, Stream};
use flumen_envelope::{Context as EncryptionContext, Sealer};
use flumen_producer::{Producer, Record};

use self::input::{Keys, Lines, Origin};
use crate::encryption::KeyArgs;
use crate::{Target, text};

/// Store records, one per line
///
/// Reads lines from standard input, unless you give --data or FILE. Keeps the order of records with the same key.
/// The exit status is 1 if a record could not be stored.
///
/// With --encrypt, each record is encrypted before it is sent, as a message of the AWS Encryption SDK. Read it with
/// `flumen tail --decrypt` or AWS's SDKs and the key. Partition keys, sizes and times are not encrypted. A data key
/// is used for five minutes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name or ARN of the stream
    stream: String,
    /// Lines to store; `-` is standard input
    #[arg(value_name = "FILE", conflicts_with = "data")]
    file: Option<PathBuf>,
    /// Store this one record
    #[arg(long, value_name = "DATA")]
    data: Option<String>,
    /// Partition key of all records [default: a random one for each]
    #[arg(long, value_name = "KEY", conflicts_with = "key_field")]
    key: Option<String>,
    /// Use this field of each record as its partition key; the records must be JSON objects
    #[arg(long, value_name = "FIELD")]
    key_field: Option<String>,
    /// Allow several records with the same key in a request; their order may change if some are throttled
    #[arg(long)]
    unordered: bool,
    /// Encrypt records with a key: kms:ARN, or kms: and an alias or id; aes:FILE with 16, 24 or 32 bytes (`openssl
    /// rand -out FILE 32`); rsa:FILE in PEM, BEGIN PUBLIC KEY or BEGIN PRIVATE KEY. If given several times, any one
    /// of the keys decrypts the records
    #[arg(long, value_name = "KEYRING", help_heading = "Encryption")]
    encrypt: Vec<String>,
    /// Also sign every record, so that somebody who can only decrypt cannot forge one; adds 200 bytes and a third
    /// of a millisecond per record
    #[arg(long, requires = "encrypt", help_heading = "Encryption")]
    signed: bool,
    #[command(flatten)]
    key_args: KeyArgs,
    #[command(flatten)]
    target: Target,
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let client = args.target.client(ClientSettings::default())?;
    let encryption = args.key_args.sealer(&args.encrypt, args.signed, &args.target, &client)?;
    let stream = Stream::new(args.stream);
    let keys = match (args.key, args.key_field) {
        (Some(key), _) => Keys::Fixed(key),
        (None, Some(field)) => Keys::Field(field),
        (None, None) => Keys::Random,
    };
    let mut lines = match args.data {
        Some(data) => Lines::one(data.into_bytes(), keys),
        None => Lines::of_file(args.file.filter(|file| file.as_os_str() != "-"), keys)?,
    };
    let producer = Producer::new(client, stream, args.unordered);
    let mut put = Put { producer, encryption, stored: 0, lost: 0 };
    let result = put.all(&mut lines).await;
    if result.is_ok() || put.stored > 0 {
        crate::note(format_args!("stored {}", text::count(put.stored, "record")));
    }
    let lost = put.lost + lines.refused;
    result?;
    if lost > 0 {
        bail!("{} could not be stored", text::count(lost, "record"));
    }
    Ok(())
}

struct Put {
    producer: Producer<Origin>,
    encryption: Option<(Sealer, EncryptionContext)>,
    stored: usize,
    lost: usize,
}

impl Put {
    async fn all(&mut self, lines: &mut Lines) -> anyhow::Result<()> {
        while self.fill(lines).await? {
            let sent = self.producer.send().await.with_context(|| {
                let first = self.producer.waiting().map(|origin| origin.line).min();
                format!("line {} is the first that might not have been stored", first.unwrap_or_default())
            })?;
            self.stored += sent.stored.len();
            self.lost += sent.lost.len();
            for lost in sent.lost {
                crate::note(format_args!("line {}: {}", lost.opaque.line, lost.why));
            }
        }
        Ok(())
    }

    /// Takes what is there without waiting, and waits when there is nothing else to do. False at the end.
    async fn fill(&mut self, lines: &mut Lines) -> anyhow::Result<bool> {
        while self.producer.has_room() {
            let next = match self.producer.is_empty() {
                true => lines.next().await?,
                false => lines.ready()?,
            };
            match next {
                Some(record) => {
                    let record = self.encrypted(record).await?;
                    self.producer.push(record);
                }
                None => break,
            }
        }
        Ok(!self.producer.is_empty())
    }
    /// As it was, without keys.
    async fn encrypted(&self, mut record: Record<Origin>) -> anyhow::Result<Record<Origin>> {
        if let Some((sealer, context)) = &self.encryption {
            let sealed = sealer.seal(context, &record.data).await;
            record.data =
                sealed.with_context(|| format!("line {} could not be encrypted", record.opaque.line))?;
        }
        Ok(record)
    }
}
