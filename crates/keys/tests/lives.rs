//! Keys over time: their end, their rotation, and what is left of both after a restart.

mod support;

use flumen_keys::{Context, KINESIS_ALIAS, KeyError, KeyOperation, KeyState, MadeBy, NewKey, Page, Use};
use flumen_machine::append_record;
use flumen_storage::{LogId, ReadLimit, Storage};
use flumen_testkit::faulty::{FaultyDisk, Unsynced};
use flumen_testkit::service::storage;
use support::{DAY_MS, Opened, material_files};

struct World {
    disk: FaultyDisk,
    storage: Storage,
    opened: Opened,
    later_ms: u64,
}

impl World {
    async fn begin() -> Self {
        let disk = FaultyDisk::default();
        let storage = storage(&disk).unwrap();
        let opened = Opened::on(&disk, &storage, 0).await.unwrap();
        World { disk, storage, opened, later_ms: 0 }
    }

    fn advance_days(&mut self, days: u64) {
        self.later_ms += days * DAY_MS;
        self.opened.hand.advance_ms(days * DAY_MS);
    }

    /// Cut off, or in order.
    async fn again(&mut self, crash: bool) {
        if crash {
            self.disk = self.disk.after_crash(Unsynced::Lost);
        } else {
            self.opened.keys.close().await;
        }
        self.storage.close().await;
        self.storage = storage(&self.disk).unwrap();
        self.opened = Opened::on(&self.disk, &self.storage, self.later_ms).await.unwrap();
    }

    async fn create(&self) -> String {
        let key = self.opened.keys.create_key(&self.opened.caller, &NewKey::default()).await.unwrap();
        key.arn.to_string()
    }

    async fn encrypt(&self, key: &str) -> Vec<u8> {
        let context = Context::default();
        let Opened { keys, caller, .. } = &self.opened;
        keys.encrypt(caller, key, b"secret", &Use::with(&context)).await.unwrap().blob
    }

    async fn decrypt(&self, blob: &[u8]) -> Result<Vec<u8>, KeyError> {
        let context = Context::default();
        let Opened { keys, caller, .. } = &self.opened;
        let opened = keys.decrypt(caller, blob, None, &Use::with(&context)).await?;
        Ok(opened.plaintext.expose().to_vec())
    }
}

#[tokio::test]
async fn a_key_that_is_deleted_is_gone_at_its_time_and_its_material_with_it() {
    let mut world = World::begin().await;
    let (key, stays) = (world.create().await, world.create().await);
    let (blob, other) = (world.encrypt(&key).await, world.encrypt(&stays).await);
    world.opened.keys.rotate_on_demand(&world.opened.caller, &key).await.unwrap();
    world.opened.keys.create_alias(&world.opened.caller, "alias/a", &key).await.unwrap();
    world.opened.keys.schedule_deletion(&world.opened.caller, &key, 7).await.unwrap();
    world.advance_days(6);
    world.opened.keys.keep_house().await;
    assert_eq!(material_files(&world.disk), 3);
    world.opened.keys.cancel_deletion(&world.opened.caller, &key).await.unwrap();
    world.opened.keys.enable_key(&world.opened.caller, &key).await.unwrap();
    assert_eq!(world.decrypt(&blob).await.unwrap(), b"secret");
    world.opened.keys.schedule_deletion(&world.opened.caller, &key, 7).await.unwrap();
    world.advance_days(7);
    // Also where nobody has looked after it yet.
    for _ in 0..2 {
        let found = world.opened.keys.describe_key(&world.opened.caller, &key, &[]).await;
        assert!(matches!(found, Err(KeyError::NoKey { .. })));
        let cancelled = world.opened.keys.cancel_deletion(&world.opened.caller, &key).await;
        assert!(matches!(cancelled, Err(KeyError::NoKey { .. })));
        assert!(matches!(world.decrypt(&blob).await, Err(KeyError::DeniedCiphertext { .. })));
        world.again(true).await;
    }
    assert_eq!(world.opened.keys.counts().gone, 1);
    world.opened.keys.keep_house().await;
    assert_eq!(material_files(&world.disk), 1);
    let counts = world.opened.keys.counts();
    assert_eq!((counts.enabled, counts.gone, counts.materials), (1, 0, 1));
    let alias = world.opened.keys.describe_key(&world.opened.caller, "alias/a", &[]).await;
    assert!(matches!(alias, Err(KeyError::NoAlias { .. })));
    for crash in [true, false] {
        world.again(crash).await;
        assert!(world.decrypt(&blob).await.is_err());
        assert_eq!(world.decrypt(&other).await.unwrap(), b"secret");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_brings_no_key_back() {
    let mut world = World::begin().await;
    let key = world.create().await;
    world.opened.keys.schedule_deletion(&world.opened.caller, &key, 7).await.unwrap();
    world.advance_days(8);
    // The files cannot be written meanwhile, so that it stays gone and is not removed.
    world.disk.lack_descriptors(0, u64::MAX);
    world.opened.keys.keep_house().await;
    world.disk.lack_descriptors(0, 0);
    assert_eq!((world.opened.keys.counts().gone, material_files(&world.disk)), (1, 1));
    world.later_ms = 0;
    world.again(true).await;
    assert_eq!(world.opened.keys.counts().gone, 1);
    let found = world.opened.keys.describe_key(&world.opened.caller, &key, &[]).await;
    assert!(matches!(found, Err(KeyError::NoKey { .. })));
    world.opened.keys.keep_house().await;
    assert_eq!(material_files(&world.disk), 0);
}

#[tokio::test]
async fn a_key_gets_new_material_at_its_time_and_not_while_it_is_disabled() {
    let mut world = World::begin().await;
    let key = world.create().await;
    world.opened.keys.enable_rotation(&world.opened.caller, &key, Some(90)).await.unwrap();
    let mut blobs = vec![world.encrypt(&key).await];
    let rotations = async |world: &World| {
        let key = world.opened.keys.rotation_status(&world.opened.caller, &key).unwrap();
        (
            key.materials.iter().filter(|material| material.by == MadeBy::Time).count(),
            key.rotation.unwrap().next_ms,
        )
    };
    world.advance_days(89);
    world.opened.keys.keep_house().await;
    assert_eq!(rotations(&world).await.0, 0);
    world.advance_days(1);
    world.opened.keys.keep_house().await;
    world.opened.keys.keep_house().await;
    let (count, next_ms) = rotations(&world).await;
    assert_eq!(count, 1);
    world.again(true).await;
    assert_eq!(rotations(&world).await, (1, next_ms));
    blobs.push(world.encrypt(&key).await);
    world.opened.keys.disable_key(&world.opened.caller, &key).await.unwrap();
    world.advance_days(90);
    world.opened.keys.keep_house().await;
    assert_eq!(rotations(&world).await.0, 1);
    world.opened.keys.enable_key(&world.opened.caller, &key).await.unwrap();
    world.opened.keys.keep_house().await;
    assert_eq!(rotations(&world).await.0, 2);
    for blob in &blobs {
        assert_eq!(world.decrypt(blob).await.unwrap(), b"secret");
    }
}

#[tokio::test]
async fn two_who_name_the_key_of_kinesis_first_are_given_the_same_and_nothing_is_left_of_another() {
    let world = World::begin().await;
    let Opened { keys, caller, .. } = &world.opened;
    let describe = || keys.describe_key(caller, KINESIS_ALIAS, &[]);
    let (one, other) = tokio::join!(describe(), describe());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.arn, other.arn);
    assert!(one.is_managed);
    assert_eq!((material_files(&world.disk), keys.counts().materials), (1, 1));
    // It is used through Kinesis, and nobody changes it.
    let disabled = keys.disable_key(caller, &one.arn.to_string()).await;
    assert!(matches!(disabled, Err(KeyError::Managed { .. })));
}

#[tokio::test]
async fn keys_of_an_account_take_so_much_memory_and_no_more() {
    let world = World::begin().await;
    let Opened { keys, caller, .. } = &world.opened;
    let statement = |sid: &str| {
        format!(
            r#"{{"Sid":"{sid}","Effect":"Allow","Principal":{{"AWS":"111111111111"}},"Action":"kms:*","Resource":"*"}}"#
        )
    };
    let policy = format!(r#"{{"Statement":[{}]}}"#, statement(&"x".repeat(32_000)));
    let new = NewKey { policy: Some(policy.clone()), ..NewKey::default() };
    let mut made = 0;
    let refused = loop {
        match keys.create_key(caller, &new).await {
            Ok(_) => made += 1,
            Err(refused) => break refused,
        }
    };
    assert!(matches!(&refused, KeyError::TooMany { .. }), "{refused}");
    assert!((600..700).contains(&made), "{made}");
    assert_eq!(material_files(&world.disk), made, "nothing is left of the one that was refused");
    // Others have room, and what takes less goes.
    let other = flumen_testkit::service::caller("222222222222");
    keys.create_key(&other, &NewKey::default()).await.unwrap();
    let page = Page { limit: 1, marker: None };
    let listed = keys.list_keys(caller, page).unwrap().items;
    let small = format!(r#"{{"Statement":[{}]}}"#, statement("small"));
    keys.put_policy(caller, &listed[0].to_string(), "default", &small, false).await.unwrap();
    keys.create_key(caller, &NewKey::default()).await.unwrap();
    let (first, padded) = (listed[0].to_string(), format!("{policy}{}", " ".repeat(1000)));
    let long = keys.put_policy(caller, &first, "default", &padded, false).await;
    assert!(matches!(long, Err(KeyError::PolicyBytes { limit: 32_768, .. })));
}

#[tokio::test]
async fn material_is_in_no_command_and_no_snapshot() {
    let mut world = World::begin().await;
    let key = world.create().await;
    let Opened { keys, caller, .. } = &world.opened;
    keys.rotate_on_demand(caller, &key).await.unwrap();
    let sealed = |world: &World| {
        let file = |(path, _): (std::path::PathBuf, u64)| path.starts_with("keys").then_some(path);
        world.disk.files().into_iter().filter_map(file).count()
    };
    assert_eq!(sealed(&world), 2);
    // A command is what it says and no more: what a key is fits in less than its policy and two identities.
    let log = world.storage.log(LogId { group: 0, index: 15 }).unwrap();
    let limit = ReadLimit { records: 100, bytes: 1 << 20 };
    let blocks = log.read(log.start(), limit).await.unwrap();
    let commands: Vec<String> = blocks
        .iter()
        .flat_map(|block| block.records_from(log.start()))
        .map(|record| String::from_utf8(record.value.to_vec()).unwrap())
        .collect();
    assert_eq!(commands.len(), 2);
    let last: serde_json::Value = serde_json::from_str(&commands[1]).unwrap();
    let made = &last["steps"][0]["Key"];
    let mut members: Vec<&String> = made.as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["arn", "created_ms", "materials", "policy", "state"]);
    let piece = made["materials"][1].as_object().unwrap();
    assert_eq!(piece.keys().collect::<Vec<_>>(), ["by", "from_ms", "id"]);
    world.again(false).await;
    assert_eq!(world.opened.keys.counts().materials, 2);
}

#[tokio::test]
async fn a_full_disk_keeps_no_key_from_being_used_switched_off_or_deleted() {
    const OTHER: LogId = LogId { group: 7, index: 0 };
    let mut world = World::begin().await;
    let key = world.create().await;
    let blob = world.encrypt(&key).await;
    world.disk.set_capacity(world.disk.used());
    world.storage.create(&[OTHER]).unwrap();
    let log = world.storage.log(OTHER).unwrap();
    for bytes in [100_000, 1_000] {
        while append_record(&world.storage, &log, 0, 0, &[], &vec![0; bytes]).await.is_ok() {}
    }
    let Opened { keys, caller, .. } = &world.opened;
    let before = material_files(&world.disk);
    assert!(matches!(keys.create_key(caller, &NewKey::default()).await, Err(KeyError::Material(_))));
    let commit = keys.update_description(caller, &key, "x").await;
    assert!(matches!(&commit, Err(KeyError::Commit(error)) if error.is_no_room()), "{commit:?}");
    assert_eq!(world.decrypt(&blob).await.unwrap(), b"secret");
    let operation = KeyOperation::GenerateDataKey;
    let context = Context::default();
    keys.generate_data_key(caller, &key, 32, operation, &Use::with(&context)).await.unwrap();
    keys.disable_key(caller, &key).await.unwrap();
    let leaving = keys.schedule_deletion(caller, &key, 7).await.unwrap();
    assert!(matches!(leaving.state, KeyState::PendingDeletion { .. }));
    assert_eq!(material_files(&world.disk), before);
    // With room again keys are made, and what is over is destroyed.
    world.disk.set_capacity(u64::MAX);
    world.advance_days(8);
    let made = async {
        while world.opened.keys.create_key(&world.opened.caller, &NewKey::default()).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), made).await.unwrap();
    world.opened.keys.keep_house().await;
    world.opened.keys.destroy_unnamed().await;
    assert_eq!(world.opened.keys.counts().materials, 1);
}
