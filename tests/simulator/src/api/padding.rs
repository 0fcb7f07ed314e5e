//! `metadata.managedFields` of a wished size, shared by all objects.
//!
//! Real objects are mostly managedFields: a pod of 8 KB of JSON holds about 6 KB of them. Here one text is
//! cut to the size that an object still lacks, at write-out, so that 150,000 padded pods cost no memory.
//! The text is no record of who wrote what.

use super::resource::Resource;

const OPEN: &str = r#","managedFields":[{"manager":"kubelet","operation":"Update","apiVersion":"v1","time":"2026-11-23T08:40:48Z","fieldsType":"FieldsV1","fieldsV1":{"f:status":{"f:phase":{}"#;
const CLOSE: &str = r#"}},"subresource":"status"}]"#;

/// The shared text and the places where it may be cut.
#[derive(Clone, Debug, Default)]
pub struct Padding {
    object_bytes: usize,
    text: String,
    cuts: Vec<usize>,
}

impl Padding {
    /// No managedFields at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Pads pods and nodes to about `object_bytes` bytes of compact JSON each; 0 is [`Self::none`].
    #[must_use]
    pub fn to(object_bytes: usize) -> Self {
        let mut text = OPEN.to_owned();
        let mut cuts = vec![];
        let names = ["ContainersReady", "Initialized", "PodScheduled", "Ready"];
        while object_bytes > 0 && text.len() < object_bytes {
            let number = cuts.len();
            let name = names[number % names.len()];
            text.push_str(&format!(
                r#","k:{{\"type\":\"{name}{number}\"}}":{{".":{{}},"f:lastProbeTime":{{}},"f:status":{{}}}}"#
            ));
            cuts.push(text.len());
        }
        Self {
            object_bytes,
            text,
            cuts,
        }
    }

    /// Appends `,"managedFields":[…]` for an object of `length` bytes, or nothing if it is large enough.
    pub fn write(&self, resource: Resource, length: usize, out: &mut Vec<u8>) {
        if !matches!(resource, Resource::Pods | Resource::Nodes) {
            return;
        }
        let wanted = self.object_bytes.saturating_sub(length + CLOSE.len());
        let fitting = self.cuts.partition_point(|cut| *cut <= wanted);
        if fitting > 0 {
            out.extend_from_slice(&self.text.as_bytes()[..self.cuts[fitting - 1]]);
            out.extend_from_slice(CLOSE.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pads_to_the_wished_size_with_valid_json() {
        let padding = Padding::to(8192);
        for length in [10, 1000, 8000, 9000] {
            let mut out = Vec::new();
            padding.write(Resource::Pods, length, &mut out);
            let total = length + out.len();
            if length < 7000 {
                assert!((8192 - 100..=8192).contains(&total), "{total}");
            }
            if !out.is_empty() {
                let text = format!(r#"{{"a":1{}}}"#, String::from_utf8_lossy(&out));
                serde_json::from_str::<serde_json::Value>(&text).expect("valid JSON");
            }
        }
        let mut out = Vec::new();
        Padding::none().write(Resource::Pods, 1, &mut out);
        assert!(out.is_empty());
    }
}
