//! How long to wait before another attempt: exponential, capped, and spread over the whole interval so
//! that clients that failed together do not come back together.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);
const MAX: Duration = Duration::from_secs(5);

/// The pause after `failed` attempts, counted from 1. `share` is a random number from 0 to 1.
pub fn pause(failed: u32, share: f64) -> Duration {
    let doublings = failed.saturating_sub(1).min(16);
    let whole = FIRST.saturating_mul(1 << doublings).min(MAX);
    whole.mul_f64(share.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap_and_are_spread() {
        let whole = |failed| pause(failed, 1.0).as_millis();
        assert_eq!([1, 2, 3, 7, 8, u32::MAX].map(whole), [50, 100, 200, 3200, 5000, 5000]);
        assert_eq!(pause(3, 0.5).as_millis(), 100);
        assert_eq!(pause(3, 0.0).as_millis(), 0);
    }
}
