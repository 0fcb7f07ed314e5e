//! Whether the proxy and the cluster behind it answer.

use std::time::Duration;

use crate::problem::StartProblem;

/// How long the proxy may take to serve the page, which it has on disk.
const PAGE: Duration = Duration::from_secs(10);

/// How long the cluster may take. A credential plugin may be asking the user to sign in meanwhile, and kubectl itself gives
/// up connecting after half a minute.
const CLUSTER: Duration = Duration::from_secs(600);

/// Asks the proxy for the page, and the cluster for its API versions, which every signed-in user may read.
pub(crate) fn ask(port: u16, www_prefix: &str, api_prefix: &str, cluster: &str) -> Result<(), StartProblem> {
    let address = format!("http://127.0.0.1:{port}{www_prefix}");
    let not_served = |reason: String| StartProblem::PageNotServed {
        address: address.clone(),
        reason,
    };
    let page = get(&address, PAGE).map_err(|error| not_served(error.to_string()))?;
    if page.status != 200 {
        return Err(not_served(format!("it answers {}", page.status)));
    }
    match get(&format!("http://127.0.0.1:{port}{api_prefix}api"), CLUSTER) {
        Ok(answer) => answer.judge(cluster),
        Err(error) => Err(StartProblem::Unreachable {
            cluster: cluster.to_owned(),
            said: error.to_string(),
        }),
    }
}

#[derive(Debug)]
struct ProbeResponse {
    status: u16,
    is_json: bool,
    body: String,
}

fn get(url: &str, patience: Duration) -> Result<ProbeResponse, ureq::Error> {
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        // What is on this machine is not reached through the company's proxy.
        .proxy(None)
        .build()
        .new_agent();
    let mut response = agent.get(url).call()?;
    let content_type = response.headers().get("content-type");
    Ok(ProbeResponse {
        status: response.status().as_u16(),
        is_json: content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/json")),
        body: response.body_mut().read_to_string()?,
    })
}

impl ProbeResponse {
    /// Whether a page behind this proxy would see anything. What the API server itself refuses, except to know the user,
    /// the page explains better.
    fn judge(&self, cluster: &str) -> Result<(), StartProblem> {
        let cluster = cluster.to_owned();
        let said = || self.body.trim().trim_end_matches('.').to_owned();
        match self.status {
            401 => Err(StartProblem::Unauthorized {
                cluster,
                said: self.message().unwrap_or_else(|| "401 Unauthorized".to_owned()),
            }),
            // `kubectl proxy` says in plain text what went wrong on the way, and the API server says all in JSON.
            500.. if !self.is_json => Err(match said() {
                said if concerns_credentials(&said) => StartProblem::Credentials { cluster, said },
                said if said.contains("x509:") => StartProblem::Certificate { cluster, said },
                said => StartProblem::Unreachable { cluster, said },
            }),
            _ => Ok(()),
        }
    }

    /// The message of a `Status`.
    fn message(&self) -> Option<String> {
        let status: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        Some(status.get("message")?.as_str()?.to_owned())
    }
}

/// What client-go says where a credential plugin fails or a token cannot be refreshed.
fn concerns_credentials(said: &str) -> bool {
    const SIGNS: [&str; 5] = [
        "getting credentials",
        "exec plugin",
        "oauth2:",
        "refresh token",
        "id-token",
    ];
    SIGNS.iter().any(|sign| said.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, content_type: &str, body: &str, expected: &str) {
        let answer = ProbeResponse {
            status,
            is_json: content_type == "json",
            body: body.to_owned(),
        };
        let judged = answer.judge("context “prod”");
        let sentence = judged.map_or_else(|problem| problem.to_string(), |()| String::new());
        assert!(
            sentence.starts_with(expected) && sentence.is_empty() == expected.is_empty(),
            "{sentence}"
        );
    }

    #[test]
    fn what_the_proxy_answers_becomes_a_sentence() {
        check(200, "json", r#"{"kind":"APIVersions"}"#, "");
        check(403, "json", r#"{"kind":"Status","message":"forbidden"}"#, "");
        check(503, "json", r#"{"kind":"Status","message":"starting"}"#, "");
        check(
            401,
            "json",
            r#"{"kind":"Status","message":"Unauthorized"}"#,
            "The API server of context “prod” rejected your credentials: Unauthorized. They may have expired. Sign in",
        );
        check(
            500,
            "text",
            "getting credentials: exec: executable aws failed with exit code 255\n",
            "kubectl could not get the credentials for context “prod”: getting credentials: exec: executable aws failed with \
             exit code 255. They may have expired.",
        );
        check(
            500,
            "text",
            "tls: failed to verify certificate: x509: certificate signed by unknown authority\n",
            "The certificate of the API server of context “prod” is not trusted: tls: failed",
        );
        check(
            502,
            "text",
            "dial tcp 10.0.0.1:6443: i/o timeout\n",
            "The API server of context “prod” cannot be reached: dial tcp 10.0.0.1:6443: i/o timeout. Check that the cluster runs",
        );
    }
}
