//! What the tooltip says of the pod or node that it is about.

use leptos::prelude::*;

use super::Frame;
use crate::{
    browser::pointing::Target,
    cluster::Cluster,
    resource::Timestamp,
    ui::signals::{TooltipSignals, put},
    view::tooltip::tooltip,
};

impl Frame {
    /// Shows the tooltip of what is pointed at, or none.
    pub(in crate::ui) fn point(self, target: Option<Target>) {
        let driver = self.driver();
        let cache = driver.cache();
        let TooltipSignals { target: shown, content } = self.signals.tooltip;
        let described =
            target.and_then(|target| Some((tooltip(cache.cluster(), &target.subject, self.now())?, target)));
        let (words, target) = described.unzip();
        put(shown, target);
        put(content, words);
    }
}

/// Follows the cluster and the clock; hides when what it is about is gone.
pub(super) fn refresh(signals: TooltipSignals, cluster: &Cluster, now: Timestamp) {
    let words = signals.target.with_untracked(|target| {
        let target = target.as_ref().filter(|target| target.is_there())?;
        tooltip(cluster, &target.subject, now)
    });
    if words.is_none() {
        put(signals.target, None);
    }
    put(signals.content, words);
}
