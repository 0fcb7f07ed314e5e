//! How full a node is: requests of its pods and usage, both as shares of allocatable.
//!
//! All pods count that have not ended, whatever the query is.

use crate::{
    resource::Amounts,
    view::format::{bytes, cores, percent},
};

/// A resource as a bar: an outline as far as it is requested, filled as far as it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Which resource.
    pub resource: BarResource,
    /// Requests of the pods, in thousandths of a core or bytes; `None` if unknown.
    pub requested: Option<u64>,
    /// Usage, if measured.
    pub used: Option<u64>,
    /// Allocatable; zero if unknown.
    pub allocatable: u64,
}

/// What a bar is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarResource {
    /// Processor time.
    Cpu,
    /// Memory.
    Memory,
}

/// Whether a bar is worth a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// There is room, or all of it is requested and little of it used.
    Usual,
    /// Nearly all of it is used, or more is requested than there is.
    Full,
    /// Allocatable or requests are unknown.
    Unknown,
}

/// From this share of allocatable on, usage is a warning.
const FULL_PERCENT: u32 = 90;

impl BarResource {
    /// The word beside the bar.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "mem",
        }
    }

    /// The column of the tooltip.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Memory => "MEMORY",
        }
    }

    fn amount(self, amount: u64) -> String {
        match self {
            Self::Cpu => cores(amount),
            Self::Memory => bytes(amount),
        }
    }
}

impl Level {
    /// The value of `data-level`.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Full => "full",
            Self::Unknown => "unknown",
        }
    }
}

impl Bar {
    /// The bars of a card.
    #[must_use]
    pub fn both(requested: Option<Amounts>, used: Option<Amounts>, allocatable: Amounts) -> [Self; 2] {
        [
            Self {
                resource: BarResource::Cpu,
                requested: requested.map(|requested| requested.cpu_millis),
                used: used.map(|used| used.cpu_millis),
                allocatable: allocatable.cpu_millis,
            },
            Self {
                resource: BarResource::Memory,
                requested: requested.map(|requested| requested.memory_bytes),
                used: used.map(|used| used.memory_bytes),
                allocatable: allocatable.memory_bytes,
            },
        ]
    }

    fn requested_amount(&self) -> String {
        self.requested
            .map_or_else(|| "?".to_owned(), |requested| self.resource.amount(requested))
    }

    /// Length of the outline, in percent; more than 100 if more is requested than allocatable.
    #[must_use]
    pub fn requested_percent(&self) -> Option<u32> {
        percent(self.requested?, self.allocatable)
    }

    /// Length of the fill, in percent; `None` if usage is unknown.
    #[must_use]
    pub fn used_percent(&self) -> Option<u32> {
        percent(self.used?, self.allocatable)
    }

    /// Whether it is worth a warning.
    #[must_use]
    pub fn level(&self) -> Level {
        match (self.requested_percent(), self.used_percent()) {
            (_, Some(FULL_PERCENT..)) => Level::Full,
            (None, _) => Level::Unknown,
            (Some(_), _) if self.requested > Some(self.allocatable) => Level::Full,
            (Some(_), _) => Level::Usual,
        }
    }

    /// What stands beside it: of the fill, `22% used`, and of the outline, `38% requested`. Amounts where a percentage would
    /// be of nothing.
    #[must_use]
    pub fn texts(&self) -> [Option<String>; 2] {
        let amount = |percent: Option<u32>, amount| match (percent, amount) {
            (Some(percent), _) => format!("{percent}%"),
            (None, Some(amount)) => self.resource.amount(amount),
            (None, None) => "?".to_owned(),
        };
        let used = self
            .used
            .map(|used| format!("{} used", amount(self.used_percent(), Some(used))));
        let requested = amount(self.requested_percent(), self.requested);
        let requested = match (&used, self.requested) {
            (None, None) => requested,
            _ => format!("{requested} requested"),
        };
        [used, Some(requested)]
    }

    /// The numbers: `6.8 of 15.8 cores requested (43%), 3.1 used (19%)`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let unit = match self.resource {
            BarResource::Cpu => " cores",
            BarResource::Memory => "",
        };
        let requested = self.requested_amount();
        let mut sentence = match self.requested_percent() {
            Some(percent) => {
                let allocatable = self.resource.amount(self.allocatable);
                format!("{requested} of {allocatable}{unit} requested ({percent}%)")
            }
            None => format!("{requested}{unit} requested"),
        };
        if let Some(used) = self.used {
            sentence.push_str(&format!(", {} used", self.resource.amount(used)));
            if let Some(percent) = self.used_percent() {
                sentence.push_str(&format!(" ({percent}%)"));
            }
        }
        sentence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GI: u64 = 1 << 30;

    #[track_caller]
    fn check(bar: Bar, level: Level, text: &str, sentence: &str) {
        let texts = bar.texts().into_iter().flatten().collect::<Vec<_>>().join(", ");
        assert_eq!(
            (bar.level(), texts.as_str(), bar.sentence()),
            (level, text, sentence.into())
        );
    }

    fn cpu(requested: u64, used: Option<u64>, allocatable: u64) -> Bar {
        Bar {
            resource: BarResource::Cpu,
            requested: Some(requested),
            used,
            allocatable,
        }
    }

    fn memory(requested: u64, used: Option<u64>, allocatable: u64) -> Bar {
        Bar {
            resource: BarResource::Memory,
            ..cpu(requested, used, allocatable)
        }
    }

    #[test]
    fn a_bar_says_what_is_requested_and_what_is_used() {
        let sentence = "6.8 of 15.8 cores requested (43%), 3.1 used (19%)";
        check(
            cpu(6_840, Some(3_100), 15_800),
            Level::Usual,
            "19% used, 43% requested",
            sentence,
        );
        check(
            cpu(0, None, 8_000),
            Level::Usual,
            "0% requested",
            "0 of 8 cores requested (0%)",
        );
        let sentence = "0 of 8 cores requested (0%), 4 used (50%)";
        check(
            cpu(0, Some(4_000), 8_000),
            Level::Usual,
            "50% used, 0% requested",
            sentence,
        );
        let sentence = "12Gi of 61.2Gi requested (19%), 8.5Gi used (13%)";
        check(
            memory(12 * GI, Some(17 * GI / 2), 61 * GI + GI / 5),
            Level::Usual,
            "13% used, 19% requested",
            sentence,
        );
    }

    #[test]
    fn a_node_that_is_reserved_is_not_full_but_one_that_is_used_up_is() {
        check(
            cpu(8_000, None, 8_000),
            Level::Usual,
            "100% requested",
            "8 of 8 cores requested (100%)",
        );
        check(
            cpu(8_000, Some(7_199), 8_000),
            Level::Usual,
            "89% used, 100% requested",
            "8 of 8 cores requested (100%), 7.2 used (89%)",
        );
        check(
            cpu(100, Some(7_200), 8_000),
            Level::Full,
            "90% used, 1% requested",
            "0.1 of 8 cores requested (1%), 7.2 used (90%)",
        );
        check(
            cpu(960, Some(10_400), 8_000),
            Level::Full,
            "130% used, 12% requested",
            "0.96 of 8 cores requested (12%), 10.4 used (130%)",
        );
        check(
            cpu(8_001, None, 8_000),
            Level::Full,
            "100% requested",
            "8 of 8 cores requested (100%)",
        );
        check(
            memory(6 * GI, None, 4 * GI),
            Level::Full,
            "150% requested",
            "6Gi of 4Gi requested (150%)",
        );
    }

    #[test]
    fn of_what_nobody_offers_there_is_no_percentage() {
        check(
            cpu(1_250, None, 0),
            Level::Unknown,
            "1.3 requested",
            "1.3 cores requested",
        );
        check(
            memory(256 << 20, Some(GI), 0),
            Level::Unknown,
            "1Gi used, 256Mi requested",
            "256Mi requested, 1Gi used",
        );
    }

    #[test]
    fn where_pods_are_not_known_nothing_is_said_of_their_requests() {
        let unknown = |used| Bar {
            requested: None,
            ..cpu(0, used, 8_000)
        };
        check(unknown(None), Level::Unknown, "?", "? cores requested");
        check(
            unknown(Some(7_900)),
            Level::Full,
            "98% used, ? requested",
            "? cores requested, 7.9 used (98%)",
        );
    }
}
