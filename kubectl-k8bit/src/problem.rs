//! What can go wrong, in sentences: what is wrong, what it means, what to do.

use std::io;

/// Why there is no page to look at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartProblem {
    /// No program of that name.
    #[error(
        "kubectl was not found on PATH. K8bit reaches your cluster through it. Install kubectl \
         (https://kubernetes.io/docs/tasks/tools/), or name it in K8BIT_KUBECTL. `kubectl k8bit --demo` needs no kubectl."
    )]
    NoKubectl,
    /// `K8BIT_KUBECTL` names something that does not run, or what was found does not.
    #[error(
        "{program} cannot be started: {error}. K8bit reaches your cluster through kubectl. Check that it is installed and executable."
    )]
    KubectlBroken {
        /// As it was looked for.
        program: String,
        /// What the system says.
        error: io::Error,
    },
    /// Older than what this is tested with.
    #[error(
        "kubectl {version} is too old: K8bit needs {minimum} or later. Update kubectl (https://kubernetes.io/docs/tasks/tools/), \
         or name a newer one in K8BIT_KUBECTL."
    )]
    KubectlTooOld {
        /// Its own version.
        version: String,
        /// The oldest that will do.
        minimum: String,
    },
    /// No kubeconfig, or one without a current context.
    #[error(
        "kubectl has no current context: there is no kubeconfig, or it names none. So K8bit does not know which cluster to show. \
         Choose one with `kubectl config use-context NAME`, with --context or with --kubeconfig. `kubectl k8bit --demo` \
         shows a simulated cluster."
    )]
    NoContext,
    /// A kubeconfig or context that kubectl refuses.
    #[error(
        "kubectl cannot use this configuration: {0}. Check --context and --kubeconfig, and the variable KUBECONFIG; \
         `kubectl config get-contexts` lists the contexts."
    )]
    Configuration(String),
    /// An option after `--` that this program sets itself.
    #[error(
        "{0} cannot be passed on to `kubectl proxy`, because K8bit sets it itself. Leave it out; see `kubectl k8bit --help`."
    )]
    OwnOption(String),
    /// The port that was asked for.
    #[error(
        "Port {0} on 127.0.0.1 is taken by another program, so the page cannot be served there. End that program, give \
         another --port, or leave --port out to use a free port."
    )]
    PortTaken(u16),
    /// The proxy ended before it served.
    #[error("`kubectl proxy` ended before it served the page: {0}.")]
    ProxyEnded(String),
    /// The proxy serves something else than the page.
    #[error("`kubectl proxy` at {address} does not serve the page: {reason}.")]
    PageNotServed {
        /// Where the page should be.
        address: String,
        /// What came instead.
        reason: String,
    },
    /// A credential plugin failed, or a token could not be refreshed.
    #[error(
        "kubectl could not get the credentials for {cluster}: {said}. They may have expired. Sign in again as your cluster's \
         provider describes, and check with `kubectl get nodes`."
    )]
    Credentials {
        /// Which cluster.
        cluster: String,
        /// What kubectl and the plugin say.
        said: String,
    },
    /// 401.
    #[error(
        "The API server of {cluster} rejected your credentials: {said}. They may have expired. Sign in again as your \
         cluster's provider describes, and check with `kubectl get nodes`."
    )]
    Unauthorized {
        /// Which cluster.
        cluster: String,
        /// What the API server says.
        said: String,
    },
    /// The certificate of the API server.
    #[error(
        "The certificate of the API server of {cluster} is not trusted: {said}. Check the cluster's certificate-authority in the kubeconfig, \
         and whether a proxy answers instead of the cluster."
    )]
    Certificate {
        /// Which cluster.
        cluster: String,
        /// What kubectl says.
        said: String,
    },
    /// No way to the API server.
    #[error(
        "The API server of {cluster} cannot be reached: {said}. Check that the cluster runs, and that your network or VPN \
         reaches it: try `kubectl get --raw=/version`."
    )]
    Unreachable {
        /// Which cluster.
        cluster: String,
        /// What kubectl says.
        said: String,
    },
    /// Compiled without `dist/`.
    #[error(
        "This kubectl-k8bit was compiled without the page, because there was no dist/ at that time. Run `make plugin` in the \
         source folder, which builds both."
    )]
    NoPage,
    /// The folder for the page.
    #[error("The page cannot be unpacked into a temporary folder: {0}. Check TMPDIR and its free space.")]
    Folder(io::Error),
    /// No entropy.
    #[error("The system provides no random numbers for the secret paths: {0}.")]
    Randomness(String),
    /// A thread, a signal handler or this program's own file.
    #[error("The system rejected a request of the program: {0}.")]
    System(io::Error),
    /// The simulated cluster.
    #[error("The simulated cluster cannot be started: {0}.")]
    Demo(String),
}
