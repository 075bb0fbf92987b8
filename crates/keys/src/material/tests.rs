use super::*;
use crate::ids::KeyId;

fn arn() -> KeyArn {
    KeyArn { account: "111111111111".into(), region: "eu-west-1".into(), id: KeyId::random().unwrap() }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    folders.flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path())).collect()
}

#[test]
fn material_outlives_the_process_and_opens_for_its_key_alone() {
    let folder = tempfile::tempdir().unwrap();
    let seal = Seal::in_memory().unwrap();
    let begin = || Materials::of_directory(folder.path(), seal.clone()).unwrap();
    let (materials, arn) = (begin(), arn());
    let id = materials.make(&arn).unwrap();
    let secret = materials.held(id).unwrap();
    assert_eq!(secret.expose().len(), 32);
    let lying = std::fs::read(&files(folder.path())[0]).unwrap();
    assert_eq!(lying.len(), FILE_BYTES);
    assert!(!lying.windows(8).any(|window| window == &secret.expose()[..8]), "it lies there in clear");
    let again = begin();
    assert!(again.held(id).is_none());
    assert_eq!(again.read(&arn, id).unwrap(), secret);
    assert!(again.held(id).is_some());
    let other = KeyArn { id: KeyId::random().unwrap(), ..arn };
    let error = begin().read(&other, id).unwrap_err();
    assert!(matches!(error, MaterialError::Damaged { damaged: Damaged::Sealed(_), .. }), "{error}");
}

#[test]
fn what_is_destroyed_is_gone_from_memory_and_disk_and_may_be_destroyed_again() {
    let folder = tempfile::tempdir().unwrap();
    let materials = Materials::of_directory(folder.path(), Seal::in_memory().unwrap()).unwrap();
    let arn = arn();
    let (id, stays) = (materials.make(&arn).unwrap(), materials.make(&arn).unwrap());
    // Whoever has the file open sees what becomes of its bytes.
    let path = files(folder.path())
        .into_iter()
        .find(|path| path.to_string_lossy().contains(&id.to_string()))
        .unwrap();
    let file = std::fs::File::open(&path).unwrap();
    materials.destroy(id).unwrap();
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut &file, &mut bytes).unwrap();
    assert_eq!(bytes, [0; FILE_BYTES]);
    assert!(!path.exists() && materials.held(id).is_none());
    let error = materials.read(&arn, id).unwrap_err();
    assert!(
        matches!(&error, MaterialError::Io { error, .. } if error.kind() == io::ErrorKind::NotFound),
        "{error}"
    );
    materials.destroy(id).unwrap();
    assert!(materials.read(&arn, stays).is_ok());
}

#[test]
fn what_backups_share_is_removed_and_not_overwritten() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let materials = Materials::of_directory(folder.path(), Seal::in_memory().unwrap()).unwrap();
    let id = materials.make(&arn()).unwrap();
    let path = files(folder.path()).remove(0);
    let kept = backup.path().join("kept");
    std::fs::hard_link(&path, &kept).unwrap();
    let before = std::fs::read(&kept).unwrap();
    materials.destroy(id).unwrap();
    assert!(!path.exists());
    assert_eq!(std::fs::read(&kept).unwrap(), before);
}

#[test]
fn what_no_command_names_is_destroyed_and_what_is_being_made_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let seal = Seal::in_memory().unwrap();
    let before = Materials::of_directory(folder.path(), seal.clone()).unwrap();
    let arn = arn();
    let (named, unnamed) = (before.make(&arn).unwrap(), before.make(&arn).unwrap());
    let materials = Materials::of_directory(folder.path(), seal).unwrap();
    let making = materials.make(&arn).unwrap();
    let cut_off =
        files(folder.path())[0].with_file_name(format!("{}{UNFINISHED}", MaterialId::random().unwrap()));
    std::fs::write(&cut_off, b"FLY").unwrap();
    let stranger = folder.path().join("lost+found");
    std::fs::create_dir(&stranger).unwrap();
    std::fs::write(stranger.join("a.sealed"), b"").unwrap();
    assert_eq!(materials.destroy_unnamed(|id| id == named).unwrap(), 2);
    assert!(!cut_off.exists() && stranger.join("a.sealed").exists());
    assert!(materials.read(&arn, unnamed).is_err());
    assert!(materials.read(&arn, named).is_ok() && materials.read(&arn, making).is_ok());
    materials.settled(making);
    assert_eq!(materials.destroy_unnamed(|id| id == named).unwrap(), 1);
}

#[test]
fn every_byte_of_a_file_that_is_lost_or_altered_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let seal = Seal::in_memory().unwrap();
    let materials = Materials::of_directory(folder.path(), seal.clone()).unwrap();
    let arn = arn();
    let id = materials.make(&arn).unwrap();
    let path = files(folder.path()).remove(0);
    let whole = std::fs::read(&path).unwrap();
    assert_eq!(check_materials(folder.path()).unwrap(), (1, Vec::new()));
    let refused = |file: &[u8]| {
        std::fs::write(&path, file).unwrap();
        let (files, damaged) = check_materials(folder.path()).unwrap();
        let read = Materials::of_directory(folder.path(), seal.clone()).unwrap().read(&arn, id);
        assert!(read.is_err());
        files == 1 && damaged.len() == 1 && damaged[0].0 == path
    };
    for length in 0..whole.len() {
        assert!(refused(&whole[..length]), "{length}");
    }
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        assert!(refused(&altered), "byte {at}");
    }
    assert!(refused(&[&whole[..], b"x"].concat()));
}

#[test]
fn so_much_is_kept_in_memory_and_no_more() {
    let materials = Materials::in_memory(Seal::in_memory().unwrap());
    let arn = arn();
    let first = materials.make(&arn).unwrap();
    for _ in 0..HELD_MAX {
        materials.hold(MaterialId::random().unwrap(), Secret::new(vec![1; 32]));
    }
    assert!(materials.held(first).is_none());
    let held = materials.inner.held.lock();
    assert_eq!((held.secrets.len(), held.order.len()), (HELD_MAX, HELD_MAX));
    drop(held);
    assert!(materials.read(&arn, first).is_ok(), "its file is there");
}
