//! The keys of all blocks of a data directory: of the service's own logs, and of records that are encrypted.

use std::path::Path;
use std::sync::Arc;

use flumen_external_keys::ExternalKeys;
use flumen_keys::{Materials, RecordKeys};
use flumen_machine::{OwnBlockKeys, names};
use flumen_seal::Seal;
use flumen_storage::{BlockKey, BlockKeyError, BlockKeys, LogId, StorageSettings, WrappedKey};

use crate::serve::KEYS_DIRECTORY;

#[derive(Debug)]
pub struct AllBlockKeys {
    own: OwnBlockKeys,
    records: RecordKeys,
}

impl AllBlockKeys {
    pub fn new(seal: &Seal, materials: &Materials) -> Self {
        AllBlockKeys { own: OwnBlockKeys::new(seal.clone()), records: RecordKeys::new(materials.clone()) }
    }

    /// Keys elsewhere open records, too. Within a runtime.
    pub fn with_external(self, external: Option<ExternalKeys>) -> Self {
        match external {
            Some(external) => AllBlockKeys { records: self.records.with_external(external), ..self },
            None => self,
        }
    }

    /// Of a directory that is only read.
    pub fn of_directory(dir: &Path, seal: &Seal) -> anyhow::Result<Self> {
        Ok(AllBlockKeys::new(seal, &Materials::read_only(&dir.join(KEYS_DIRECTORY), seal.clone())?))
    }

    pub fn given(self, settings: StorageSettings) -> StorageSettings {
        StorageSettings { keys: Some(Arc::new(self)), ..settings }
    }
}

impl BlockKeys for AllBlockKeys {
    fn sealing(&self, log: LogId) -> Result<Option<Arc<BlockKey>>, BlockKeyError> {
        match log.group {
            names::GROUP => self.own.sealing(log),
            _ => self.records.sealing(log),
        }
    }

    fn opening(&self, log: LogId, wrapped: &WrappedKey) -> Result<Arc<BlockKey>, BlockKeyError> {
        match log.group {
            names::GROUP => self.own.opening(log, wrapped),
            _ => self.records.opening(log, wrapped),
        }
    }
}
