//! The keys under which the service's own logs lie sealed: commands and snapshots, lease tables, usage, the audit. The data keys of
//! the directory wrap them, so whoever has the root key reads them. A process seals under keys of its own alone, each for five
//! minutes.

use std::sync::Arc;
use std::time::Instant;

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use flumen_seal::{Seal, Secret};
use flumen_storage::{BlockKey, BlockKeyError, BlockKeyId, BlockKeys, LogId, SEALS_FOR, WrappedKey};
use parking_lot::Mutex;

use crate::names::GROUP;

/// So many are remembered that were opened, the newest ones.
const OPENED_MAX: usize = 256;
const KEY_BYTES: usize = 32;

/// Keys of one data directory.
#[derive(Debug)]
pub struct OwnBlockKeys {
    seal: Seal,
    sealing: Mutex<Option<(Instant, Arc<BlockKey>)>>,
    opened: Mutex<Vec<Arc<BlockKey>>>,
}

impl OwnBlockKeys {
    pub fn new(seal: Seal) -> OwnBlockKeys {
        OwnBlockKeys { seal, sealing: Mutex::default(), opened: Mutex::default() }
    }

    fn make(&self) -> Result<Arc<BlockKey>, BlockKeyError> {
        let none = || BlockKeyError("the system provides no random numbers for a key".into());
        let (mut id, mut key) = ([0; 8], vec![0; KEY_BYTES]);
        let random = SystemRandom::new();
        random.fill(&mut id).and_then(|()| random.fill(&mut key)).map_err(|_| none())?;
        let (id, key) = (BlockKeyId(id), Secret::new(key));
        // Also where the disk has no room, since deleting has to be sealed too.
        let wrapped = self.seal.seal_uncounted(&context(id), key.expose());
        let wrapped = wrapped.map_err(|error| BlockKeyError(error.to_string().into()))?;
        BlockKey::new(id, key.expose(), wrapped).map(Arc::new).ok_or_else(none)
    }
}

impl BlockKeys for OwnBlockKeys {
    fn sealing(&self, log: LogId) -> Result<Option<Arc<BlockKey>>, BlockKeyError> {
        if log.group != GROUP {
            return Ok(None);
        }
        let mut sealing = self.sealing.lock();
        let is_good =
            |(since, key): &(Instant, Arc<BlockKey>)| since.elapsed() < SEALS_FOR && !key.is_spent();
        if let Some((_, key)) = sealing.as_ref().filter(|sealing| is_good(sealing)) {
            return Ok(Some(key.clone()));
        }
        let key = self.make()?;
        *sealing = Some((Instant::now(), key.clone()));
        Ok(Some(key))
    }

    fn opening(&self, _: LogId, wrapped: &WrappedKey) -> Result<Arc<BlockKey>, BlockKeyError> {
        let known = self.opened.lock().iter().find(|key| key.id() == wrapped.id).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let key = self.seal.open(&context(wrapped.id), &wrapped.bytes);
        let key = key.map_err(|error| BlockKeyError(error.to_string().into()))?;
        let key = BlockKey::new(wrapped.id, key.expose(), wrapped.bytes.clone()).map(Arc::new);
        let key =
            key.ok_or_else(|| BlockKeyError(format!("key {} has another length", wrapped.id).into()))?;
        let mut opened = self.opened.lock();
        if opened.len() >= OPENED_MAX {
            opened.remove(0);
        }
        opened.push(key.clone());
        Ok(key)
    }
}

/// With which a key is wrapped, so that no other sealed bytes pass for it.
fn context(id: BlockKeyId) -> String {
    format!("log/key/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMANDS: LogId = LogId { group: GROUP, index: 0 };
    const RECORDS: LogId = LogId { group: GROUP + 1, index: 0 };

    #[test]
    fn the_service_s_own_logs_are_sealed_under_keys_that_the_directory_s_wrap() {
        let seal = Seal::in_memory().unwrap();
        let keys = OwnBlockKeys::new(seal.clone());
        assert!(keys.sealing(RECORDS).unwrap().is_none());
        let key = keys.sealing(COMMANDS).unwrap().unwrap();
        assert_eq!(keys.sealing(COMMANDS).unwrap().unwrap().id(), key.id(), "for five minutes");
        // Another process opens what this one has sealed, and seals under another key.
        let later = OwnBlockKeys::new(seal);
        assert_eq!(later.opening(COMMANDS, key.wrapped()).unwrap().id(), key.id());
        assert_ne!(later.sealing(COMMANDS).unwrap().unwrap().id(), key.id());
        let others = OwnBlockKeys::new(Seal::in_memory().unwrap());
        assert!(
            others.opening(COMMANDS, key.wrapped()).unwrap_err().0.contains("none of this data directory")
        );
        let renamed = WrappedKey { id: BlockKeyId([0; 8]), ..(**key.wrapped()).clone() };
        assert!(later.opening(COMMANDS, &renamed).unwrap_err().0.contains("altered"));
    }

    /// Or a full disk could not be helped by deleting after a restart.
    #[test]
    fn no_room_is_needed_for_a_key() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let own = flumen_seal::RootKeySource::Directory;
        drop(Seal::of_directory(directory, &own, false).unwrap());
        // A directory with something in it, whose name no file can take.
        std::fs::create_dir_all(directory.join("data.keys.new/x")).unwrap();
        let seal = Seal::of_directory(directory, &own, true).unwrap();
        assert!(seal.seal("what", b"is counted").is_err(), "nothing can be written");
        let keys = OwnBlockKeys::new(seal);
        assert!(keys.sealing(COMMANDS).unwrap().is_some());
    }

    #[test]
    fn a_key_seals_for_five_minutes() {
        let keys = OwnBlockKeys::new(Seal::in_memory().unwrap());
        let key = keys.sealing(COMMANDS).unwrap().unwrap();
        let since = Instant::now().checked_sub(SEALS_FOR).unwrap();
        keys.sealing.lock().as_mut().unwrap().0 = since;
        assert_ne!(keys.sealing(COMMANDS).unwrap().unwrap().id(), key.id());
    }
}
