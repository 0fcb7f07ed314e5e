//! What nodes and pods use, as the cluster shows it: it dirties the boxes of the nodes whose usage changed.

use super::Cluster;
use crate::metrics::Usage;

impl Cluster {
    /// What is used, as far as it is known.
    #[must_use]
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Updates usage.
    pub fn update_usage(&mut self, update: impl FnOnce(&mut Usage)) {
        update(&mut self.usage);
        for name in self.usage.take_dirty_nodes() {
            self.by_node.touch_node(&name);
        }
    }
}
