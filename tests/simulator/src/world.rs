//! World placeholder to be written next.
use crate::api::ApiServer;
use jiff::Timestamp;
/// Options.
#[derive(Clone, Debug, Default)]
pub struct WorldOptions {}
/// World.
#[derive(Debug)]
pub struct World {}
impl World {
    /// New.
    pub fn new(_now: Timestamp, _options: WorldOptions, _api: &mut ApiServer) -> Self {
        Self {}
    }
    /// Step.
    pub fn step(&mut self, _now: Timestamp, _api: &mut ApiServer) {}
    /// Next.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        None
    }
}
