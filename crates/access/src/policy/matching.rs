//! Three answers to whether something matches.

/// Whether something matches. `Unknown` is where that hangs on something that the request does not say, or that cannot be
/// read: what allows does not match then, and what denies does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Match {
    No,
    Unknown,
    Yes,
}

impl Match {
    pub(super) fn not(self) -> Self {
        match self {
            Match::No => Match::Yes,
            Match::Unknown => Match::Unknown,
            Match::Yes => Match::No,
        }
    }

    /// All of them: the least.
    pub(super) fn all(each: impl IntoIterator<Item = Match>) -> Match {
        let mut least = Match::Yes;
        for one in each {
            least = least.min(one);
            if least == Match::No {
                break;
            }
        }
        least
    }

    /// One of them: the greatest.
    pub(super) fn any(each: impl IntoIterator<Item = Match>) -> Match {
        let mut greatest = Match::No;
        for one in each {
            greatest = greatest.max(one);
            if greatest == Match::Yes {
                break;
            }
        }
        greatest
    }
}

impl From<bool> for Match {
    fn from(matches: bool) -> Self {
        if matches { Match::Yes } else { Match::No }
    }
}
