//! The command line.

use std::ffi::OsString;

use clap::Parser;

use crate::problem::StartProblem;

/// Options of `kubectl proxy` that this program sets itself, with their short forms.
const OWN_OPTIONS: [&str; 12] = [
    "--api-prefix",
    "--context",
    "--kubeconfig",
    "--port",
    "-p",
    "--reject-methods",
    "--unix-socket",
    "-u",
    "--www",
    "-w",
    "--www-prefix",
    "-P",
];

/// Shows a Kubernetes cluster live in the browser: a box for every node, a block for every pod.
///
/// Starts `kubectl proxy` on 127.0.0.1 with the page, opens the browser, and ends both with Ctrl-C. The page can only
/// read, unless --write is given.
#[derive(Clone, Debug, Parser)]
#[command(name = "kubectl-k8bit", bin_name = "kubectl k8bit", version)]
pub(crate) struct Arguments {
    /// Context of the kubeconfig to use instead of the current one.
    #[arg(long, conflicts_with = "demo")]
    pub(crate) context: Option<String>,
    /// Kubeconfig file to use instead of $KUBECONFIG or ~/.kube/config.
    #[arg(long, conflicts_with = "demo", value_name = "FILE")]
    pub(crate) kubeconfig: Option<OsString>,
    /// Namespaces to show, separated by commas, instead of all.
    #[arg(long, short, value_name = "NAMESPACES")]
    pub(crate) namespace: Option<String>,
    /// Port on 127.0.0.1; 0 takes any free one. A port that was given once is used for the context again.
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// Print the address, and start no browser.
    #[arg(long)]
    pub(crate) no_open: bool,
    /// Kiosk mode: large counters, and no controls.
    #[arg(long)]
    pub(crate) kiosk: bool,
    /// Let the page offer changes: delete, scale, cordon. They stay off until you enable them on the page.
    #[arg(long)]
    pub(crate) write: bool,
    /// Show a simulated cluster. Needs neither kubectl nor a cluster.
    #[arg(long)]
    pub(crate) demo: bool,
    /// Further options of `kubectl proxy`.
    #[arg(last = true, conflicts_with = "demo", value_name = "PROXY OPTIONS")]
    pub(crate) proxy_options: Vec<OsString>,
}

impl Arguments {
    /// Refuses options that would change what `kubectl proxy` serves, or where.
    pub(crate) fn check(&self) -> Result<(), StartProblem> {
        for option in &self.proxy_options {
            let option = option.to_string_lossy();
            let name = option.split('=').next().unwrap_or_default();
            if OWN_OPTIONS.contains(&name) {
                return Err(StartProblem::OwnOption(name.to_owned()));
            }
        }
        Ok(())
    }

    /// Whether the options of `kubectl proxy` name an API server, so that no context is needed.
    pub(crate) fn names_server(&self) -> bool {
        self.proxy_options.iter().any(|option| {
            let option = option.to_string_lossy();
            matches!(option.split('=').next(), Some("--server" | "-s"))
        })
    }

    /// What follows the path in the page's address.
    pub(crate) fn query_and_fragment(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(namespace) = &self.namespace {
            query.append_pair("namespace", namespace);
        }
        if self.write {
            query.append_pair("write", "1");
        }
        let mut address = query.finish();
        if !address.is_empty() {
            address.insert(0, '?');
        }
        if self.kiosk {
            address.push_str("#kiosk=1");
        }
        address
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Arguments {
        Arguments::try_parse_from(line.split(' ')).unwrap()
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[track_caller]
    fn check_address(line: &str, expected: &str) {
        assert_eq!(parse(line).query_and_fragment(), expected, "{line}");
    }

    #[test]
    fn the_address_asks_the_page_for_what_the_options_ask() {
        check_address("kubectl-k8bit", "");
        check_address("kubectl-k8bit --kiosk", "#kiosk=1");
        check_address("kubectl-k8bit --write", "?write=1");
        check_address("kubectl-k8bit -n shop,payments", "?namespace=shop%2Cpayments");
        check_address(
            "kubectl-k8bit -n a&b=c#d --write --kiosk",
            "?namespace=a%26b%3Dc%23d&write=1#kiosk=1",
        );
    }

    #[test]
    fn options_of_the_proxy_are_passed_on_unless_they_are_ours() {
        let arguments = parse("kubectl-k8bit --context a -- --address=0.0.0.0 --keepalive 5s");
        assert_eq!(arguments.proxy_options, ["--address=0.0.0.0", "--keepalive", "5s"]);
        assert!(arguments.check().is_ok());
        for option in ["--www-prefix=/x/", "-P", "--port", "--unix-socket=/tmp/s"] {
            let refused = parse(&format!("kubectl-k8bit -- {option}")).check();
            assert!(matches!(refused, Err(StartProblem::OwnOption(_))), "{option}");
        }
    }
}
