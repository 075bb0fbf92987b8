//! What is done by itself: keys whose time has come get new material or are destroyed, and so is what a start finds that no command
//! names.

use std::collections::HashSet;
use std::time::Duration;

use crate::Keys;
use crate::ids::MaterialId;
use crate::state::KeyState;

/// Days are waited for, so a minute more or less is nobody's loss.
const EVERY: Duration = Duration::from_secs(60);

/// How many keys there are, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub enabled: usize,
    pub disabled: usize,
    pub pending_deletion: usize,
    /// They are no more, and their material is still to be destroyed.
    pub gone: usize,
    /// Pieces of all of them.
    pub materials: usize,
}

impl Keys {
    /// For as long as it is polled. Once in a process, from its start on.
    pub async fn housekeeper(self) {
        self.destroy_unnamed().await;
        loop {
            self.keep_house().await;
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Once. What fails is tried again the next time.
    pub async fn keep_house(&self) {
        if let Err(error) = self.destroy_due().await {
            tracing::warn!(%error, "a key that is deleted is not destroyed yet");
        }
        if let Err(error) = self.rotate_due().await {
            tracing::warn!(%error, "a key is not rotated yet");
        }
    }

    /// What a process left that ended between making material and naming it.
    pub async fn destroy_unnamed(&self) {
        let keys = self.clone();
        let destroyed = self.with_materials(move |materials| {
            let named: HashSet<MaterialId> = {
                let state = keys.state();
                let of_all = state.all_keys().flat_map(|key| &key.materials);
                of_all.map(|material| material.id).collect()
            };
            let is_named = |id: MaterialId| named.contains(&id) || keys.names_material(id);
            Ok(materials.destroy_unnamed(is_named))
        });
        match destroyed.await {
            Ok(Ok(0)) => {}
            Ok(Ok(files)) => tracing::info!(files, "key material that no key has is destroyed"),
            Ok(Err(error)) => tracing::warn!(%error, "key material that no key has may be left"),
            Err(error) => tracing::warn!(%error, "key material that no key has may be left"),
        }
    }

    /// As it is now. Looks through all of them.
    fn names_material(&self, id: MaterialId) -> bool {
        let state = self.state();
        state.all_keys().any(|key| key.materials.iter().any(|material| material.id == id))
    }

    pub fn counts(&self) -> Counts {
        let (state, now_ms) = (self.state(), self.now_ms());
        let mut counts = Counts::default();
        for key in state.all_keys() {
            counts.materials += key.materials.len();
            match key.state {
                _ if !key.is_there(now_ms) => counts.gone += 1,
                KeyState::Enabled => counts.enabled += 1,
                KeyState::Disabled => counts.disabled += 1,
                KeyState::PendingDeletion { .. } => counts.pending_deletion += 1,
                KeyState::Gone => counts.gone += 1,
            }
        }
        counts
    }
}
