//! What decoded objects have in common.

use std::sync::Arc;

use k8bit_informer::{Intern, Interner, SharedStr};

use super::{
    template::{PodTemplate, Templates},
    wire,
};

/// Keeps one copy of what decoded objects have in common: strings, and the templates of pods.
///
/// Grows with what is distinct; [`ResourceInterner::release`] drops what no object holds any more.
#[derive(Debug, Default)]
pub struct ResourceInterner {
    pub(super) strings: Interner,
    templates: Templates,
}

impl Intern for ResourceInterner {
    fn intern(&mut self, text: &str) -> SharedStr {
        self.strings.intern(text)
    }
}

impl ResourceInterner {
    /// The one shared template of a pod.
    pub(super) fn intern_template(&mut self, pod: &wire::Pod<'_>) -> Arc<PodTemplate> {
        self.templates.intern(pod, &mut self.strings)
    }

    /// Drops what nobody else holds. Called after a relist; linear in what is held.
    pub fn release(&mut self) {
        self.templates.release();
        self.strings.release();
    }

    /// How many distinct strings and templates are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.strings.len() + self.templates.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
