//! How many denials of a principal have an event of their own. Whoever is denied again and again, as a program with a wrong
//! policy is, or somebody who tries what they may, does not fill the audit with it.

use std::collections::HashMap;

use parking_lot::Mutex;

/// For each principal, a second.
const EVENTS_A_SECOND: u32 = 10;
/// Principals of one second; those beyond are as one.
const PRINCIPALS_MAX: usize = 1024;

#[derive(Default)]
pub(crate) struct Denials(Mutex<Second>);

#[derive(Default)]
struct Second {
    second: u64,
    by_principal: HashMap<Box<str>, u32>,
}

impl Denials {
    pub fn admits(&self, principal: &str, at_ms: u64) -> bool {
        let mut this = self.0.lock();
        let second = at_ms / 1000;
        if this.second != second {
            *this = Second { second, by_principal: HashMap::new() };
        }
        let principal = match this.by_principal.len() >= PRINCIPALS_MAX {
            true if !this.by_principal.contains_key(principal) => "",
            _ => principal,
        };
        let count = this.by_principal.entry(principal.into()).or_default();
        *count += 1;
        *count <= EVENTS_A_SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_a_second_for_each() {
        let denials = Denials::default();
        let admitted = |principal: &str, at_ms| (0..20).filter(|_| denials.admits(principal, at_ms)).count();
        assert_eq!([admitted("ana", 1000), admitted("bob", 1500), admitted("ana", 1999)], [10, 10, 0]);
        assert_eq!(admitted("ana", 2000), 10);
    }

    #[test]
    fn very_many_share() {
        let denials = Denials::default();
        let admitted = (0..5000).filter(|n| denials.admits(&n.to_string(), 1000)).count();
        assert_eq!(admitted, PRINCIPALS_MAX + EVENTS_A_SECOND as usize);
    }
}
