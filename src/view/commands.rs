//! The `kubectl` commands that do the same in a terminal, to be copied.

use crate::view::state::Subject;

/// A command and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What it does, in a word or two.
    pub purpose: &'static str,
    /// The command.
    pub text: String,
}

/// The commands for a pod or a node. `container` is the one whose log is meant, where there are several.
#[must_use]
pub fn commands(subject: &Subject, container: Option<&str>) -> Vec<Command> {
    let command = |purpose, text: String| Command { purpose, text };
    match subject {
        Subject::Pod(key) => {
            let at = format!("-n {} {}", quoted(&key.namespace), quoted(&key.name));
            let pod = format!("-n {} pod/{}", quoted(&key.namespace), quoted(&key.name));
            let container = container
                .map(|name| format!(" -c {}", quoted(name)))
                .unwrap_or_default();
            vec![
                command("describe", format!("kubectl describe {pod}")),
                command("logs", format!("kubectl logs {at}{container} --follow")),
                command("logs before", format!("kubectl logs {at}{container} --previous")),
                command("YAML", format!("kubectl get {pod} -o yaml")),
                command("delete", format!("kubectl delete {pod}")),
            ]
        }
        Subject::Node(name) => {
            let name = quoted(name);
            vec![
                command("describe", format!("kubectl describe node {name}")),
                command("YAML", format!("kubectl get node {name} -o yaml")),
                command("cordon", format!("kubectl cordon {name}")),
                command(
                    "drain",
                    format!("kubectl drain {name} --ignore-daemonsets --delete-emptydir-data"),
                ),
                command("uncordon", format!("kubectl uncordon {name}")),
            ]
        }
    }
}

/// A word for a shell. Names of the API need no quotes; what a server makes up may.
fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty()
        && !word.starts_with('-')
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._:/@".contains(&byte));
    if is_plain {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{ObjectKey, Text};

    #[track_caller]
    fn check(subject: &Subject, container: Option<&str>, expected: &[&str]) {
        let found: Vec<String> = commands(subject, container).into_iter().map(|it| it.text).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn commands_name_what_is_shown() {
        let pod = Subject::Pod(ObjectKey {
            namespace: Text::new("shop"),
            name: "web-1".into(),
        });
        check(
            &pod,
            Some("app"),
            &[
                "kubectl describe -n shop pod/web-1",
                "kubectl logs -n shop web-1 -c app --follow",
                "kubectl logs -n shop web-1 -c app --previous",
                "kubectl get -n shop pod/web-1 -o yaml",
                "kubectl delete -n shop pod/web-1",
            ],
        );
        check(
            &Subject::Node(Text::new("worker-1")),
            None,
            &[
                "kubectl describe node worker-1",
                "kubectl get node worker-1 -o yaml",
                "kubectl cordon worker-1",
                "kubectl drain worker-1 --ignore-daemonsets --delete-emptydir-data",
                "kubectl uncordon worker-1",
            ],
        );
    }

    #[test]
    fn a_name_that_is_none_cannot_become_a_command() {
        assert_eq!(quoted("a; rm -rf ~"), "'a; rm -rf ~'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("--all"), "'--all'");
    }
}
