//! Comparisons: `restarts>3`, `age<10m`, `cpu>500m`, `memory>1Gi`, `ready<100%`.

use std::fmt;

use super::{candidate::Candidate, key::Key};
use crate::resource::{Node, Pod, Quantity, Timestamp};

/// How two numbers stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// `<`.
    Less,
    /// `<=`.
    AtMost,
    /// `=`, `==` and `:`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `>=`.
    AtLeast,
    /// `>`.
    Greater,
}

impl Relation {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::AtLeast => ">=",
            Self::Greater => ">",
        }
    }

    fn holds<N: Ord>(self, left: N, right: N) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::AtLeast => left >= right,
            Self::Greater => left > right,
        }
    }
}

/// A number to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    /// In the unit of its key: restarts, containers, seconds, thousandths of a core, bytes.
    Amount(u64),
    /// Hundredths: of all containers, of the node's allocatable amount.
    Percent(u32),
    /// `1/2`, the READY column.
    Ready(u16, u16),
}

/// A key, a relation and a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    key: Key,
    relation: Relation,
    bound: Bound,
    /// The number as it was written.
    written: Box<str>,
}

impl Comparison {
    /// Reads the number; a sentence that says what to write where it is none.
    pub(super) fn parse(key: Key, relation: Relation, written: &str) -> Result<Self, String> {
        let is_exact = matches!(relation, Relation::Equal | Relation::NotEqual);
        if is_exact && matches!(key, Key::Age | Key::Restarted) {
            let key = key.as_str();
            return Err(format!("Compare {key} with < or >: {key}<10m."));
        }
        let bound = bound(key, written).filter(|bound| is_exact || !matches!(bound, Bound::Ready(..)));
        let bound = bound.ok_or_else(|| what_to_write(key, written))?;
        Ok(Self {
            key,
            relation,
            bound,
            written: written.into(),
        })
    }

    pub(super) fn holds(&self, subject: Candidate<'_>, now: Timestamp) -> Option<bool> {
        match subject {
            Candidate::Pod(pod, node) => Some(self.holds_for_pod(pod, node, now).unwrap_or(false)),
            Candidate::Node(node) if self.key == Key::Age => Some(self.against(node.created?.seconds_until(now))),
            Candidate::Node(_) => None,
        }
    }

    /// `None` where the number is not known; then no comparison with it is true.
    fn holds_for_pod(&self, pod: &Pod, node: Option<&Node>, now: Timestamp) -> Option<bool> {
        let requests = pod.template.requests;
        let allocatable = node.map(|node| node.allocatable);
        let holds = match self.key {
            Key::Restarts => self.against(pod.status.restarts.into()),
            Key::Age => self.against(pod.created?.seconds_until(now)),
            Key::Restarted => self.against(pod.status.last_restart?.seconds_until(now)),
            Key::Ready => self.against_ready(pod.status.ready, pod.status.containers),
            Key::Cpu => self.against_share(requests.cpu_millis, allocatable.map(|all| all.cpu_millis))?,
            Key::Memory => self.against_share(requests.memory_bytes, allocatable.map(|all| all.memory_bytes))?,
            _ => return None,
        };
        Some(holds)
    }

    fn against(&self, amount: u64) -> bool {
        match self.bound {
            Bound::Amount(bound) => self.relation.holds(amount, bound),
            Bound::Percent(_) | Bound::Ready(..) => false,
        }
    }

    fn against_ready(&self, ready: u16, containers: u16) -> bool {
        match self.bound {
            Bound::Amount(bound) => self.relation.holds(ready.into(), bound),
            Bound::Percent(percent) => self
                .relation
                .holds(u64::from(ready) * 100, u64::from(containers) * u64::from(percent)),
            Bound::Ready(wanted, of) => ((ready, containers) == (wanted, of)) == (self.relation == Relation::Equal),
        }
    }

    /// Of a share that is not known, nothing.
    fn against_share(&self, amount: u64, all: Option<u64>) -> Option<bool> {
        match self.bound {
            Bound::Percent(percent) => {
                let all = all.filter(|&all| all > 0)?;
                Some(
                    self.relation
                        .holds(u128::from(amount) * 100, u128::from(all) * u128::from(percent)),
                )
            }
            Bound::Amount(_) | Bound::Ready(..) => Some(self.against(amount)),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.key.as_str(), self.relation.as_str(), self.written)
    }
}

fn bound(key: Key, text: &str) -> Option<Bound> {
    let percent = || Some(Bound::Percent(text.strip_suffix('%')?.parse().ok()?));
    let quantity = |value: fn(Quantity) -> i64| {
        let value = value(Quantity::parse(text)?);
        Some(Bound::Amount(u64::try_from(value).ok()?))
    };
    match key {
        Key::Restarts => Some(Bound::Amount(text.parse().ok()?)),
        Key::Age | Key::Restarted => Some(Bound::Amount(seconds(text)?)),
        Key::Ready => percent()
            .or_else(|| Some(Bound::Amount(text.parse().ok()?)))
            .or_else(|| {
                let (ready, containers) = text.split_once('/')?;
                Some(Bound::Ready(ready.parse().ok()?, containers.parse().ok()?))
            }),
        Key::Cpu => percent().or_else(|| quantity(Quantity::milli_value)),
        Key::Memory => percent().or_else(|| quantity(Quantity::value)),
        _ => None,
    }
}

/// What a number of this key looks like.
fn what_to_write(key: Key, written: &str) -> String {
    let form = match key {
        Key::Restarts => "a whole number: restarts>3",
        Key::Age | Key::Restarted => "a duration with the units s, m, h, d, w or y: age<10m, age>2d12h",
        Key::Ready => "a number, a percentage or both numbers: ready<1, ready<100%, ready=1/2",
        Key::Cpu => "cores, millicores or a percentage of the node: cpu>2, cpu>500m, cpu>25%",
        Key::Memory => "bytes with a unit or a percentage of the node: memory>512Mi, memory>1Gi, memory>25%",
        _ => key.example(),
    };
    if written.is_empty() {
        return format!("Write {form}.");
    }
    format!("“{written}” is not a valid value. Write {form}.")
}

/// A duration as kubectl prints it, in seconds: `90s`, `5m10s`, `2d`.
fn seconds(text: &str) -> Option<u64> {
    let mut total = 0_u64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit())?;
        let (number, behind) = rest.split_at(digits);
        let unit = match behind.as_bytes()[0].to_ascii_lowercase() {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            b'w' => 7 * 86_400,
            b'y' => 365 * 86_400,
            _ => return None,
        };
        total = number.parse::<u64>().ok()?.checked_mul(unit)?.checked_add(total)?;
        rest = &behind[1..];
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, expected) in [
            ("0s", Some(0)),
            ("90s", Some(90)),
            ("10m", Some(600)),
            ("1h30m", Some(5_400)),
            ("2d4h", Some(187_200)),
            ("1w", Some(604_800)),
            ("1Y", Some(31_536_000)),
            ("", None),
            ("10", None),
            ("m", None),
            ("1.5h", None),
            ("-1h", None),
            ("10é", None),
            ("99999999999999999999s", None),
            ("9999999999999999y", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn errors_say_what_to_write() {
        let check = |key, relation, written: &str, expected: &str| {
            assert_eq!(Comparison::parse(key, relation, written).unwrap_err(), expected);
        };
        check(
            Key::Restarts,
            Relation::Greater,
            "many",
            "“many” is not a valid value. Write a whole number: restarts>3.",
        );
        check(Key::Age, Relation::Equal, "5m", "Compare age with < or >: age<10m.");
        check(
            Key::Age,
            Relation::Less,
            "5",
            "“5” is not a valid value. Write a duration with the units s, m, h, d, w or y: age<10m, age>2d12h.",
        );
        check(
            Key::Cpu,
            Relation::Less,
            "-1",
            "“-1” is not a valid value. Write cores, millicores or a percentage of the node: cpu>2, cpu>500m, cpu>25%.",
        );
        check(
            Key::Ready,
            Relation::Less,
            "1/2",
            "“1/2” is not a valid value. Write a number, a percentage or both numbers: ready<1, ready<100%, ready=1/2.",
        );
    }
}
