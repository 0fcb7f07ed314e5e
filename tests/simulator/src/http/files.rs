//! Static files, as `kubectl proxy --www` serves them (Go's `http.FileServer`).
//!
//! `index.html` for directories, redirects to paths with a final slash, no fallback page, no Cache-Control.
//! No ranges and no directory listings.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, IF_MODIFIED_SINCE, LAST_MODIFIED, LOCATION};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

/// Answers a request for `path`, which is what follows the prefix, without a leading slash.
pub(super) async fn serve(root: &Path, path: &str, headers: &HeaderMap) -> Response<Bytes> {
    let Some(relative) = relative(path) else {
        return text(StatusCode::NOT_FOUND, "404 page not found\n");
    };
    if path == "index.html" || path.ends_with("/index.html") {
        return redirect("./");
    }
    let mut file = root.join(relative);
    let directory = tokio::fs::metadata(&file).await.is_ok_and(|metadata| metadata.is_dir());
    match (directory, path.is_empty() || path.ends_with('/')) {
        (true, true) => file.push("index.html"),
        (true, false) => return redirect(&format!("{}/", last_segment(path))),
        (false, true) => return redirect(&format!("../{}", last_segment(path.trim_end_matches('/')))),
        (false, false) => {}
    }
    let Ok(contents) = tokio::fs::read(&file).await else {
        return text(StatusCode::NOT_FOUND, "404 page not found\n");
    };
    let modified = tokio::fs::metadata(&file)
        .await
        .and_then(|metadata| metadata.modified())
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let since = headers
        .get(IF_MODIFIED_SINCE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| httpdate::parse_http_date(text).ok());
    let unchanged = since.is_some_and(|since| seconds(modified) <= seconds(since));
    let mut response = match unchanged {
        true => {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        }
        false => {
            let length = contents.len();
            let mut response = Response::new(Bytes::from(contents));
            response.headers_mut().insert(CONTENT_LENGTH, length.into());
            response.headers_mut().insert(CONTENT_TYPE, content_type(&file));
            response
        }
    };
    if let Ok(value) = HeaderValue::from_str(&httpdate::fmt_http_date(modified)) {
        response.headers_mut().insert(LAST_MODIFIED, value);
    }
    response
}

/// The path below the root; `None` for what would leave it.
fn relative(path: &str) -> Option<PathBuf> {
    let path = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
    let safe = path.split('/').all(|part| part != ".." && !part.contains(['\\', '\0']));
    (safe && !path.starts_with('/')).then(|| PathBuf::from(&*path))
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

fn content_type(file: &Path) -> HeaderValue {
    let mime = mime_guess::from_path(file).first_or_octet_stream();
    let value = match mime.type_() {
        mime_guess::mime::TEXT => format!("{mime}; charset=utf-8"),
        _ => mime.to_string(),
    };
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

/// A redirect to a relative path.
pub(super) fn redirect(to: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    if let Ok(value) = HeaderValue::from_str(to) {
        response.headers_mut().insert(LOCATION, value);
    }
    response
}

/// A short answer in plain text.
pub(super) fn text(status: StatusCode, text: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
