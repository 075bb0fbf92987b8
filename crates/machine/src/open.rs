//! Opening: the newest whole snapshot and the commands after it.

use flumen_storage::Storage;

use crate::error::{Cause, OpenError};
use crate::snapshot::{self, Restored};
use crate::{Carried, Fold, Follower, Machine, MachineSettings};

/// Brings `fold`, which is as it is before the first command, to where the log ends. `told` gets what each command
/// after the snapshot answers, as in [`Follower::follow`]; `carried`, also of these, the events that ride in them.
pub async fn open<F: Fold + Send + 'static>(
    storage: &Storage,
    settings: MachineSettings,
    carried: &Carried,
    fold: F,
    told: impl FnMut(&F, F::Output) -> Result<(), String>,
) -> Result<(Machine, Follower, F), OpenError> {
    let opened = open_logs(storage, settings, carried, fold, told).await;
    opened.map_err(|cause| OpenError { name: settings.name, cause })
}

async fn open_logs<F: Fold + Send + 'static>(
    storage: &Storage,
    settings: MachineSettings,
    carried: &Carried,
    fold: F,
    told: impl FnMut(&F, F::Output) -> Result<(), String>,
) -> Result<(Machine, Follower, F), Cause> {
    let MachineSettings { logs, former, .. } = settings;
    storage.create(&[logs.commands, logs.snapshots])?;
    let log = |id| storage.log(id).ok_or(Cause::NoLog(id));
    let (commands, snapshots) = (log(logs.commands)?, log(logs.snapshots)?);
    let Restored { mut fold, version, position, at_ms, bytes } =
        snapshot::restore(&snapshots, former, fold).await?;
    if commands.start() > position {
        return Err(Cause::Gap { wanted: position, found: commands.start() });
    }
    let mut follower = Follower::new(commands.clone(), position, at_ms, carried.clone());
    let end = commands.end();
    follower.follow(&mut fold, end, told).await?;
    let machine = Machine {
        settings,
        carried: carried.clone(),
        storage: storage.clone(),
        commands,
        snapshots,
        version: F::VERSION,
        is_of_earlier_version: version < F::VERSION || follower.read_earlier,
        command_bytes: follower.read_bytes,
        snapshot_bytes: bytes,
    };
    Ok((machine, follower, fold))
}
