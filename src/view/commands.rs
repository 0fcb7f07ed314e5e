//! The `kubectl` commands that do the same in a terminal, to be copied.

use k8bit_informer::api_path::{InvalidName, Segment};

use crate::view::state::Subject;

/// A command and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What it does, in a word or two.
    pub purpose: &'static str,
    /// The command.
    pub text: String,
}

/// The commands for a pod or a node. `container` is the container whose log is meant, if there are several; `previous` the
/// one that has a previous log, if any.
///
/// A user runs a copied command without reading it again, and someone else may have made the address. So there are
/// commands only for names that the API accepts: such a name does not begin with a hyphen, which would be a flag even in
/// quotes, and contains no characters that are special in a shell. The caller knows whether the object exists.
///
/// # Errors
/// When the API does not accept a name.
pub fn commands(
    subject: &Subject,
    container: Option<&str>,
    previous: Option<&str>,
) -> Result<Vec<Command>, InvalidName> {
    let command = |purpose, text: String| Command { purpose, text };
    Ok(match subject {
        Subject::Pod(key) => {
            let (namespace, name) = (
                Segment::namespace(&key.namespace)?,
                Segment::subdomain(&key.name, "a pod")?,
            );
            let container = match container {
                Some(name) => format!(" -c {}", Segment::label(name, "a container")?),
                None => String::new(),
            };
            let previous = match previous {
                Some(container) => Some(Segment::label(container, "a container")?),
                None => None,
            };
            let before = previous.map(|container| {
                let text = format!("kubectl logs -n {namespace} {name} -c {container} --previous");
                command("logs before", text)
            });
            let mut found = vec![
                command("describe", format!("kubectl describe -n {namespace} pod/{name}")),
                command(
                    "logs",
                    format!("kubectl logs -n {namespace} {name}{container} --follow"),
                ),
            ];
            found.extend(before);
            found.extend([
                command("YAML", format!("kubectl get -n {namespace} pod/{name} -o yaml")),
                command("delete", format!("kubectl delete -n {namespace} pod/{name}")),
            ]);
            found
        }
        Subject::Node(name) => {
            let name = Segment::subdomain(name, "a node")?;
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
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::resource::{ObjectKey, SharedStr};

    fn pod(namespace: &str, name: &str) -> Subject {
        Subject::Pod(ObjectKey {
            namespace: namespace.into(),
            name: name.into(),
        })
    }

    #[track_caller]
    fn check(subject: &Subject, container: Option<&str>, previous: Option<&str>, expected: &[&str]) {
        let found = commands(subject, container, previous).expect("names of the API");
        let found: Vec<String> = found.into_iter().map(|it| it.text).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn commands_name_what_is_shown() {
        check(
            &pod("shop", "web-1"),
            Some("app"),
            None,
            &[
                "kubectl describe -n shop pod/web-1",
                "kubectl logs -n shop web-1 -c app --follow",
                "kubectl get -n shop pod/web-1 -o yaml",
                "kubectl delete -n shop pod/web-1",
            ],
        );
        // There is a previous log only after a restart.
        check(
            &pod("shop", "web-1"),
            None,
            Some("proxy"),
            &[
                "kubectl describe -n shop pod/web-1",
                "kubectl logs -n shop web-1 --follow",
                "kubectl logs -n shop web-1 -c proxy --previous",
                "kubectl get -n shop pod/web-1 -o yaml",
                "kubectl delete -n shop pod/web-1",
            ],
        );
        check(
            &Subject::Node(SharedStr::new("worker-1")),
            None,
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
    fn what_could_not_be_a_name_gets_no_command() {
        // In quotes, too, these would be flags: `kubectl drain '--all'`.
        for name in [
            "--all",
            "-l",
            "--selector=kubernetes.io/os=linux",
            "--selector='kubernetes.io/os=linux'",
            "a b",
            "a;reboot",
            "$(reboot)",
            "`reboot`",
            "a\nreboot",
            "a\u{1b}[2J",
            "it's",
            "A",
            "",
        ] {
            assert!(
                commands(&Subject::Node(SharedStr::new(name)), None, None).is_err(),
                "{name}"
            );
            assert!(commands(&pod("shop", name), None, None).is_err(), "{name}");
            assert!(commands(&pod(name, "web"), None, None).is_err(), "{name}");
            assert!(commands(&pod("shop", "web"), Some(name), None).is_err(), "{name}");
            assert!(commands(&pod("shop", "web"), None, Some(name)).is_err(), "{name}");
        }
    }

    proptest! {
        /// Whatever the names are: a command has the words that it has for plain names, and no more of them is a flag.
        #[test]
        fn names_stay_names(
            namespace in "(\\PC|[ '\"$`;&|<>\n\\-]|[a-z]){1,8}",
            name in "(\\PC|[ '\"$`;&|<>\n\\-]|[a-z]){1,8}",
            container in proptest::option::of("(\\PC|[ '\"$`;\n-]|[a-z]){1,8}"),
        ) {
            for (subject, plain) in [
                (pod(&namespace, &name), pod("x", "x")),
                (Subject::Node(SharedStr::new(&name)), Subject::Node(SharedStr::new("x"))),
            ] {
                let Ok(found) = commands(&subject, container.as_deref(), container.as_deref()) else { continue };
                let x = container.as_ref().map(|_| "x");
                let plain = commands(&plain, x, x).expect("plain names");
                for (found, plain) in found.iter().zip(&plain) {
                    let flags = |text: &str| -> Vec<String> {
                        text.split(' ').filter(|word| word.starts_with('-')).map(str::to_owned).collect()
                    };
                    prop_assert_eq!(flags(&found.text), flags(&plain.text));
                    prop_assert_eq!(found.text.split(' ').count(), plain.text.split(' ').count());
                    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b" -./".contains(&byte);
                    prop_assert!(found.text.bytes().all(is_plain), "{}", found.text);
                }
            }
        }
    }
}
