//! Indenting compact JSON as it passes, as the server does for browsers and curl.
//!
//! It trusts that the input is valid, compact JSON; it does not parse values.

/// Turns compact JSON into JSON indented by two spaces, in any split of the bytes.
#[derive(Debug, Default)]
pub(super) struct Indenter {
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// An opening bracket was written and nothing inside it yet.
    opened: bool,
}

impl Indenter {
    /// Indents the next part.
    pub(super) fn indent(&mut self, compact: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(compact.len() * 2);
        for &byte in compact {
            self.push(byte, &mut out);
        }
        out
    }

    fn push(&mut self, byte: u8, out: &mut Vec<u8>) {
        if self.in_string {
            out.push(byte);
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        let opened = std::mem::take(&mut self.opened);
        match byte {
            // The compact encoder ends with a newline, the indenting one does not.
            b'\n' | b' ' => self.opened = opened,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if !opened {
                    self.new_line(out);
                }
                out.push(byte);
            }
            _ => {
                if opened {
                    self.new_line(out);
                }
                out.push(byte);
                match byte {
                    b'{' | b'[' => {
                        self.depth += 1;
                        self.opened = true;
                    }
                    b',' => self.new_line(out),
                    b':' => out.push(b' '),
                    b'"' => self.in_string = true,
                    _ => {}
                }
            }
        }
    }

    fn new_line(&self, out: &mut Vec<u8>) {
        out.push(b'\n');
        out.resize(out.len() + 2 * self.depth, b' ');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn agrees_with_serde_json_in_every_split() {
        let value = json!({"a": {}, "b": [], "c": [1, {"d": "x,{\"}\\"}], "e": null, "f": {"g": [[]]}});
        let compact = format!("{value}\n");
        let expected = serde_json::to_string_pretty::<Value>(&value).expect("serialises");
        for split in 0..compact.len() {
            let mut indenter = Indenter::default();
            let mut out = indenter.indent(&compact.as_bytes()[..split]);
            out.extend(indenter.indent(&compact.as_bytes()[split..]));
            assert_eq!(String::from_utf8_lossy(&out), expected, "split at {split}");
        }
    }
}
