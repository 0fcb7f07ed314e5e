//! The whole data path, deterministically simulated: seed → API server, faulty network, real informers, stores and
//! cluster on virtual time.
//!
//! Checked at every step: each object that is held is a past or present truth, the picture is never empty once it was
//! there, requests and memory stay bounded. Once the faults stop: converged to the server's exact state, and still
//! following it.
//!
//! `make simulate SEEDS=100000` runs many seeds and prints what happened in them; `make simulate SEED=7` replays one.

mod faults;
mod network;
mod run;
mod truth;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use faults::{Coverage, Fault};
use run::Run;

/// Seeds that are the same every time.
const FIXED: std::ops::Range<u64> = 0..100;
/// Seeds that are new every time.
const FRESH: u64 = 300;
/// Seeds that once failed, each with what it found.
const REGRESSIONS: [u64; 0] = [];
/// How often a long run says how far it is.
const REPORT: Duration = Duration::from_secs(60);

fn run_all(seeds: std::ops::Range<u64>) -> Coverage {
    let next = AtomicU64::new(seeds.start);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let begun = Instant::now();
    thread::scope(|scope| {
        let next = &next;
        let work = |index| {
            let mut coverage = Coverage::default();
            let mut reported = begun;
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds.end {
                    return coverage;
                }
                coverage.merge(Run::new(seed).finish());
                if index == 0 && reported.elapsed() >= REPORT {
                    reported = Instant::now();
                    println!("{} seeds after {} s", seed - seeds.start, begun.elapsed().as_secs());
                }
            }
        };
        let workers: Vec<_> = (0..threads).map(|index| scope.spawn(move || work(index))).collect();
        let mut coverage = Coverage::default();
        for worker in workers {
            match worker.join() {
                Ok(of_worker) => coverage.merge(of_worker),
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

fn print(coverage: &Coverage, seeds: u64, begun: Instant) {
    let seconds = begun.elapsed().as_secs_f64();
    println!("{seeds} seeds in {seconds:.1} s, no failure. Faults that happened in them:");
    for fault in Fault::ALL {
        println!("  {:>12}  {}", coverage.get(*fault), fault.name());
    }
    println!(
        "The picture was right after the last fault within: {:.1?} (half of the seeds), {:.1?} (99 %), {:.1?} (all)",
        coverage.percentile(50),
        coverage.percentile(99),
        coverage.percentile(100)
    );
}

#[test]
fn every_seed_is_safe_and_converges() {
    let begun = Instant::now();
    if let Some(seed) = number("K8BIT_SEED") {
        return print(&Run::new(seed).finish(), 1, begun);
    }
    if let Some(seeds) = number("K8BIT_SEEDS") {
        let first = number("K8BIT_FIRST_SEED").unwrap_or(0);
        println!("Seeds {first} to {}", first + seeds - 1);
        return print(&run_all(first..first + seeds), seeds, begun);
    }
    let mut coverage = run_all(FIXED);
    for fault in Fault::ALL {
        // What never happens proves nothing.
        assert!(coverage.get(*fault) > 0, "no seed had the fault {:?}", fault.name());
    }
    for seed in REGRESSIONS {
        coverage.merge(Run::new(seed).finish());
    }
    // A failure names its seed, so that fresh seeds lose nothing by being fresh.
    let first = fastrand::u64(1_000_000..u64::MAX / 2);
    println!("Fresh seeds {first} to {}", first + FRESH - 1);
    coverage.merge(run_all(first..first + FRESH));
    let seeds = FIXED.end - FIXED.start + REGRESSIONS.len() as u64 + FRESH;
    print(&coverage, seeds, begun);
}

#[test]
fn the_same_seed_is_the_same_run() {
    let coverage = |seed| format!("{:?}", Run::new(seed).finish());
    assert_eq!(coverage(3), coverage(3));
}
