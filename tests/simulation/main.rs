//! The whole data path, deterministically simulated: seed → API server, faulty network, real informers, stores and
//! cluster on virtual time.
//!
//! Checked at every step: each object that is held is a past or present truth, the picture is never empty once it was
//! there, requests stay bounded. Once the faults stop: converged to the server's exact state, and still following it.
//!
//! `make simulate SEEDS=100000` runs many seeds and prints what happened in them; `make simulate SEED=7` replays one.

mod faults;
mod network;
mod run;
mod truth;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use faults::Coverage;
use run::Run;

/// Seeds that once failed, and a few that never did.
const FIXED: std::ops::Range<u64> = 0..100;
/// Seeds that are new every time.
const FRESH: u64 = 200;

/// Every kind of fault that a seed may have; a simulation in which one never happens proves nothing about it.
const KINDS: [&str; 17] = [
    "410 in the stream",
    "API server restart",
    "compaction",
    "corrupted line",
    "cut at some byte",
    "error status",
    "half-open silence",
    "history rewound",
    "network error",
    "page hidden",
    "replayed events",
    "request never answered",
    "sleep",
    "slow watchers terminated",
    "stall",
    "lagging replica",
    "pieces of one byte",
];

fn run_all(seeds: std::ops::Range<u64>) -> Coverage {
    let next = AtomicU64::new(seeds.start);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut coverage = Coverage::default();
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= seeds.end {
                            return coverage;
                        }
                        coverage.merge(&Run::new(seed).finish());
                    }
                })
            })
            .collect();
        let mut coverage = Coverage::default();
        for worker in workers {
            match worker.join() {
                Ok(of_worker) => coverage.merge(&of_worker),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        coverage
    })
}

fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {value:?}")),
    )
}

fn print(coverage: &Coverage, seeds: u64) {
    println!("{seeds} seeds, no failure. Faults that happened in them:");
    for (kind, count) in coverage.iter() {
        println!("  {count:>12}  {kind}");
    }
}

#[test]
fn every_seed_is_safe_and_converges() {
    if let Some(seed) = number("K8BIT_SEED") {
        return print(&Run::new(seed).finish(), 1);
    }
    if let Some(seeds) = number("K8BIT_SEEDS") {
        let first = number("K8BIT_FIRST_SEED").unwrap_or(0);
        return print(&run_all(first..first + seeds), seeds);
    }
    let fixed = run_all(FIXED);
    for kind in KINDS {
        assert!(fixed.get(kind) > 0, "no seed had the fault {kind:?}");
    }
    // A failure names its seed, so that fresh seeds lose nothing by being fresh.
    let first = fastrand::u64(1_000_000..u64::MAX / 2);
    let mut coverage = run_all(first..first + FRESH);
    coverage.merge(&fixed);
    print(&coverage, FRESH + FIXED.end - FIXED.start);
}

#[test]
fn the_same_seed_is_the_same_run() {
    let coverage = |seed| format!("{:?}", Run::new(seed).finish());
    assert_eq!(coverage(3), coverage(3));
}
