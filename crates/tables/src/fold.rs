//! The tables as a machine's state: how a command is read and carried out, and what a snapshot is made of, which is an
//! image of each realm's tables.

use std::sync::Arc;

use dynoxide::DynoxideError;
use flumen_machine::{At, Body, CommandMetadata, Fold, Origin, Signatures, SnapshotWriter, Unreadable};
use flumen_storage::{AppendError, Record};
use flumen_types::Realm;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::command::{Head, VERSION};
use crate::engine::{Engine, Image, Stamp};
use crate::inner::Inner;
use crate::operation::{Operation, row};
use crate::request::Request;

/// The tables as they are changed by durable commands alone; readers have the same ones.
pub(crate) struct Applied(pub Arc<Inner>);

pub(crate) struct Command {
    pub realm: Realm,
    pub request: Request,
    /// Of the one thing that it makes.
    pub id: String,
    /// By which it was asked for, where that is remembered.
    pub signature_sha256: Option<String>,
}

impl Command {
    pub fn new(realm: Realm, operation: Operation, request: Request, id: String, origin: Origin) -> Self {
        // Items are written all the time; who overhears one may do so again for five minutes.
        let signature_sha256 = origin.signature_sha256.filter(|_| !row(operation).writes_items);
        Command { realm, request, id, signature_sha256 }
    }
}

impl Fold for Applied {
    const VERSION: u32 = VERSION;
    type Command = Command;
    type Output = Result<Answer, DynoxideError>;

    fn decode(metadata: &CommandMetadata, record: &Record<'_>) -> Result<Command, Unreadable> {
        let head: Head<'_> = serde_json::from_slice(record.key)?;
        let operation = Operation::named(&head.operation)
            .ok_or_else(|| Unreadable::Broken(format!("there is no operation {:?}", head.operation)))?;
        // What was read when it was written is read again.
        let request = Request::read(operation, record.value)
            .map_err(|answer| Unreadable::Broken(answer.code().to_owned()))?;
        let (id, origin) = (head.id.to_string(), metadata.origin.clone());
        Ok(Command::new(head.realm(), operation, request, id, origin))
    }

    fn apply(&mut self, command: Command, at: At) -> Self::Output {
        let Command { realm, request, id, signature_sha256 } = command;
        if let Some(hash) = signature_sha256 {
            self.0.signatures.lock().note_hash(&hash, at.ms);
        }
        self.0.apply(&realm, request, Stamp { at_ms: at.ms, id: &id })
    }

    /// What was refused when it was carried out is told as a refusal, where its call ends.
    fn is_void(done: &Self::Output) -> bool {
        !done.as_ref().is_ok_and(Answer::is_success)
    }

    fn restore(&mut self, _: u32, head: &[u8], body: &mut Body) -> Result<(), Unreadable> {
        let About { images, signatures } = serde_json::from_slice(head)?;
        *self.0.signatures.lock() = signatures;
        for ImageHead { account, region, bytes } in images {
            // Memory is taken for as much as it says.
            if bytes > body.bytes_max() {
                return Err(Unreadable::Broken("it is shorter than it says".to_owned()));
            }
            let engine = Engine::restore(&mut *body, usize::try_from(bytes)?)?;
            self.0.hold(Realm { account, region }, engine)?;
        }
        Ok(())
    }
}

/// What the head of a snapshot says of its body.
#[derive(Serialize, Deserialize)]
struct About {
    images: Vec<ImageHead>,
    #[serde(default, skip_serializing_if = "Signatures::is_empty")]
    signatures: Signatures,
}

#[derive(Serialize, Deserialize)]
struct ImageHead {
    account: String,
    region: String,
    bytes: u64,
}

/// Durable on return.
pub(crate) async fn write_images(
    writer: SnapshotWriter,
    images: &[(Realm, Image)],
    signatures: Signatures,
) -> Result<(), AppendError> {
    let head = |(realm, image): &(Realm, Image)| ImageHead {
        account: realm.account.clone(),
        region: realm.region.clone(),
        bytes: image.len() as u64,
    };
    let about = About { images: images.iter().map(head).collect(), signatures };
    writer.write(&about, images.iter().map(|(_, image)| &**image)).await
}
