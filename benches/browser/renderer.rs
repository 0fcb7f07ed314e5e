//! The browser's processes that run pages, as Linux tells of them.

use std::{
    collections::{HashMap, HashSet},
    fs,
};

/// Hundredths of a second, whatever the kernel's own clock is.
const TICK_MS: f64 = 10.0;

/// What they have computed so far, on all their threads.
#[derive(Debug)]
pub(crate) struct Cpu(HashMap<u32, f64>);

impl Cpu {
    /// Now.
    pub(crate) fn now() -> Self {
        let ticks = |pid: u32| Some((pid, ticks(pid)?));
        Self(pids().filter_map(ticks).collect())
    }

    /// Milliseconds since then. Unlike the time on the wall, it hardly depends on what else the machine does.
    pub(crate) fn elapsed_ms(&self) -> f64 {
        let before = |pid: &u32| self.0.get(pid).copied().unwrap_or(0.0);
        let spent = Self::now().0.into_iter().map(|(pid, ticks)| ticks - before(&pid));
        spent.sum::<f64>() * TICK_MS
    }
}

/// Those that run now.
#[derive(Debug)]
pub(crate) struct Running(HashSet<u32>);

impl Running {
    pub(crate) fn now() -> Self {
        Self(pids().collect())
    }

    /// The memory that belongs to those which started since: their proportional set sizes.
    pub(crate) fn bytes_of_later(&self) -> f64 {
        pids().filter(|pid| !self.0.contains(pid)).filter_map(pss_bytes).sum()
    }
}

/// Those of a browser that this process started.
fn pids() -> impl Iterator<Item = u32> {
    let processes = fs::read_dir("/proc").expect("Linux tells of its processes");
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| is_renderer(*pid) && is_ours(*pid))
}

fn is_renderer(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("--type=renderer"))
}

fn is_ours(pid: u32) -> bool {
    let mut ancestors = std::iter::successors(Some(pid), |pid| parent(*pid));
    ancestors.any(|pid| pid == std::process::id())
}

fn parent(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    line.trim().parse().ok().filter(|parent| *parent != 0)
}

/// In user mode and in the kernel: the fields 14 and 15 of proc_pid_stat(5).
fn ticks(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<f64>().ok();
    Some(next()? + next()?)
}

fn pss_bytes(pid: u32) -> Option<f64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}
