//! Label selectors as the API writes them, applied here: they tell which pods a workload counts as its own.

use crate::resource::Labels;

/// `app=web,tier in (api,ui),!canary`; see
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodSelector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    /// The values that count; empty for any.
    values: Vec<String>,
    /// Whether the label is to have none of the values, or is not to be there.
    is_negated: bool,
}

impl PodSelector {
    /// Reads a selector; `None` for what cannot be read, and for one that selects everything.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let requirements: Option<Vec<_>> = requirements(text)?.into_iter().map(Requirement::parse).collect();
        requirements.filter(|all| !all.is_empty()).map(Self)
    }

    /// Whether it selects an object with these labels.
    #[must_use]
    pub fn selects(&self, labels: &Labels) -> bool {
        self.0.iter().all(|requirement| requirement.holds(labels))
    }
}

/// Splits at the commas that stand in no parentheses.
fn requirements(text: &str) -> Option<Vec<&str>> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_i32);
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text[start..index].trim());
                start = index + 1;
            }
            _ => {}
        }
        if !(0..=1).contains(&depth) {
            return None;
        }
    }
    parts.push(text[start..].trim());
    (depth == 0).then_some(parts)
}

impl Requirement {
    fn parse(text: &str) -> Option<Self> {
        let (text, is_absence) = match text.strip_prefix('!') {
            Some(key) => (key.trim(), true),
            None => (text, false),
        };
        let of = |key: &str, values: &[&str], is_negated: bool| {
            let key = key.trim();
            let is_key = !key.is_empty()
                && key
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte));
            is_key.then(|| Self {
                key: key.to_owned(),
                values: values.iter().map(|value| value.trim().to_owned()).collect(),
                is_negated,
            })
        };
        if is_absence {
            return of(text, &[], true);
        }
        if let Some((before, set)) = text.split_once('(') {
            let values: Vec<&str> = set.strip_suffix(')')?.split(',').collect();
            let (key, operator) = before.trim().rsplit_once(' ')?;
            return match operator {
                "in" => of(key, &values, false),
                "notin" => of(key, &values, true),
                _ => None,
            };
        }
        for (operator, is_negated) in [("!=", true), ("==", false), ("=", false)] {
            if let Some((key, value)) = text.split_once(operator) {
                return of(key, &[value], is_negated);
            }
        }
        of(text, &[], false)
    }

    fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        let is_selected = value
            .is_some_and(|value| self.values.is_empty() || self.values.iter().any(|wanted| wanted == value.as_str()));
        is_selected != self.is_negated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(selector: &str, labels: &[(&str, &str)], expected: bool) {
        let labels: Labels = labels.iter().copied().collect();
        let selector = PodSelector::parse(selector).expect(selector);
        assert_eq!(selector.selects(&labels), expected, "{selector:?} {labels:?}");
    }

    #[test]
    fn selects_what_the_api_server_selects() {
        let web = [("app", "web"), ("tier", "ui")];
        check("app=web", &web, true);
        check("app==web,tier=ui", &web, true);
        check("app=web,tier=api", &web, false);
        check("app = web , tier in (api, ui)", &web, true);
        check("tier notin (api,ui)", &web, false);
        // As in the API: a label that is not there has none of the values.
        check("env notin (prod)", &web, true);
        check("env!=prod", &web, true);
        check("app,!env", &web, true);
        check("!app", &web, false);
        check("env", &web, false);
        check("app.kubernetes.io/name=web", &[("app.kubernetes.io/name", "web")], true);
        check("app=", &[("app", "")], true);
    }

    #[test]
    fn what_cannot_be_read_selects_nothing() {
        for text in [
            "",
            "app in (web",
            "app in web)",
            "app like (web)",
            "(web)",
            "a b=c",
            "app>3",
            ",",
            "!",
            "=web",
        ] {
            assert_eq!(PodSelector::parse(text), None, "{text}");
        }
    }
}
