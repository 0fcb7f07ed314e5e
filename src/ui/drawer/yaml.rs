//! The last tab: the object as kubectl would write it.

use crate::view::yaml;

use super::{super::sketch::Node, Drawer, parts};

/// The element with the text.
pub(super) const TEXT: &str = "yaml";

impl Drawer {
    /// The text of the object, written once for each.
    pub(super) fn yaml_text(&self) -> Option<String> {
        let object = self.object.borrow();
        let object = object.value.as_ref()?;
        let mut text = self.yaml.borrow_mut();
        Some(text.get_or_insert_with(|| yaml::of_object(object)).clone())
    }

    /// The tab.
    pub(super) fn yaml_view(&self, panel: &mut Node) {
        self.refusal(panel);
        let Some(text) = self.yaml_text() else {
            panel.add("<p class=state-line>Asking for it…</p>");
            return;
        };
        let tools = panel.add("<div class=tools><p class=note>As it is stored, without managedFields.</p></div>");
        parts::copy_button(tools, "Copy the YAML", TEXT, &self.copied.borrow());
        panel.put(
            "<pre class=yaml id=yaml tabindex=0 role=region aria-label=YAML></pre>",
            &text,
        );
    }
}
