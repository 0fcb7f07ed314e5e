//! What is asked before anything is changed: whether the user may, whether it would work, and whose number decides.

use super::api::ApiClient;
use crate::{
    resource::ObjectKey,
    view::{
        owner::{Climb, ScaleTarget},
        write::{self, Write},
    },
};

/// May I, and would it work?
///
/// # Errors
/// The words of why not.
pub async fn rehearse(client: &ApiClient, write: &Write) -> Result<(), String> {
    let request = write.request(true).map_err(|error| error.to_string())?;
    let review = client.write(&write.review()).await;
    let review = review.map_err(|api_error| api_error.words("check your permissions"))?;
    write::verdict(&review).map_err(|why| {
        let beginning = format!("You may not {}.", write.asked());
        if why.is_empty() {
            beginning
        } else {
            format!("{beginning} The API server says: {why}")
        }
    })?;
    let answer = client.write(&request).await;
    answer.map(drop).map_err(|api_error| write.dry_run_failed(&api_error))
}

/// Whose number decides over a pod.
///
/// # Errors
/// The words of why nobody's does.
pub async fn scale_target(client: &ApiClient, pod: &ObjectKey, uid: &str) -> Result<ScaleTarget, String> {
    let mut climb = Climb::new(pod, uid);
    while let Some(path) = climb.ask() {
        climb.take(client.get(&path).await);
    }
    climb.finish()
}
