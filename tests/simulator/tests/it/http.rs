//! The HTTP layer, on a real socket: static files, streaming, faults, WebSockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use k8bit_simulator::api::{Access, ApiOptions, Grant, Resource};
use k8bit_simulator::http::{Expiry, Faults, Refusal, RequestFilter, Server, ServerHandle, ServerOptions, StartError};
use k8bit_simulator::port::HeldPort;
use k8bit_simulator::sample;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

fn start() -> ServerHandle {
    Server::start(ServerOptions::default()).unwrap()
}

fn create_pod(server: &ServerHandle, name: &str) {
    let now = server.now();
    server.with_api(|api| {
        api.create(now, Resource::Pods, None, sample::pod("default", name))
            .unwrap()
    });
}

/// A connection on which one request was sent.
fn request(server: &ServerHandle, path: &str, headers: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").unwrap();
    BufReader::new(stream)
}

/// Status code and headers, lower case.
fn head(reader: &mut BufReader<TcpStream>) -> (u16, String) {
    let mut head = String::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line.to_lowercase());
    }
    let code = head.split(' ').nth(1).unwrap().parse().unwrap();
    (code, head)
}

/// The next chunk of a chunked body; `None` at its end; an error if the connection broke.
fn chunk(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let length = usize::from_str_radix(line.trim(), 16).unwrap();
    let mut bytes = vec![0; length + 2];
    reader.read_exact(&mut bytes)?;
    bytes.truncate(length);
    Ok((length > 0).then_some(bytes))
}

/// Everything up to the end of the body, and whether it ended cleanly.
fn rest(reader: &mut BufReader<TcpStream>) -> (Vec<u8>, bool) {
    let mut all = vec![];
    loop {
        match chunk(reader) {
            Ok(Some(bytes)) => all.extend(bytes),
            Ok(None) => return (all, true),
            Err(_) => return (all, false),
        }
    }
}

/// A whole answer with `Connection: close`.
fn get(server: &ServerHandle, path: &str) -> (u16, String, String) {
    let mut reader = request(server, path, "Connection: close\r\n");
    let (code, head) = head(&mut reader);
    let mut body = String::new();
    if head.contains("transfer-encoding: chunked") {
        body = String::from_utf8(rest(&mut reader).0).unwrap();
    } else {
        reader.read_to_string(&mut body).unwrap();
    }
    (code, head, body)
}

#[test]
fn watches_are_streamed_as_things_happen() {
    let server = start();
    let mut watch = request(&server, "/api/v1/pods?watch=1", "");
    let (code, headers) = head(&mut watch);
    // The head is there before any event.
    assert_eq!(code, 200);
    assert!(headers.contains("transfer-encoding: chunked"));
    for name in ["a", "b"] {
        create_pod(&server, name);
        let line = chunk(&mut watch).unwrap().unwrap();
        assert!(
            String::from_utf8(line)
                .unwrap()
                .contains(&format!(r#""name":"{name}""#))
        );
    }
    assert_eq!(server.open_watches(), 1);
    server.end_watches();
    assert_eq!(chunk(&mut watch).unwrap(), None);
    assert_eq!(server.open_watches(), 0);
    let log = server.requests();
    assert_eq!(
        (log.len(), log[0].status, log[0].path_and_query.as_str()),
        (1, 200, "/api/v1/pods?watch=1")
    );
}

#[test]
fn a_client_that_goes_closes_its_watch() {
    let server = start();
    let mut watch = request(&server, "/api/v1/pods?watch=1", "");
    head(&mut watch);
    drop(watch);
    // The server notices when it reads the end of the connection.
    let mut tries = 0;
    while server.open_watches() > 0 {
        create_pod(&server, &format!("p{tries}"));
        tries += 1;
        assert!(tries < 10_000, "the watch stays open");
        std::thread::yield_now();
    }
}

#[test]
fn bodies_can_be_cut_stalled_spoilt_and_split() {
    let server = start();
    for name in ["a", "b", "c"] {
        create_pod(&server, name);
    }
    let whole = get(&server, "/api/v1/pods").2;
    let with = |faults: Faults, path: &str| {
        server.set_faults(faults);
        let mut reader = request(&server, path, "");
        let (code, head) = head(&mut reader);
        server.clear_faults();
        (code, head, reader)
    };

    let (_, _, mut reader) = with(
        Faults {
            cut_after_bytes: Some(100),
            ..Faults::default()
        },
        "/api/v1/pods",
    );
    assert_eq!(rest(&mut reader), (whole.as_bytes()[..100].to_vec(), false));

    let (_, _, mut reader) = with(
        Faults {
            chunk_bytes: Some(1),
            ..Faults::default()
        },
        "/api/v1/pods",
    );
    let mut bytes = vec![];
    while let Some(piece) = chunk(&mut reader).unwrap() {
        assert_eq!(piece.len(), 1);
        bytes.extend(piece);
    }
    assert_eq!(bytes, whole.as_bytes());

    let watch = "/api/v1/pods?watch=1&timeoutSeconds=1";
    let lines = |faults: Faults| {
        let (_, _, mut reader) = with(faults, watch);
        String::from_utf8(rest(&mut reader).0).unwrap()
    };
    let good = lines(Faults::default());
    assert_eq!(good.lines().count(), 3);
    let spoilt = lines(Faults {
        corrupt_line: Some(1),
        ..Faults::default()
    });
    let bad: Vec<usize> = (0..3)
        .filter(|index| spoilt.lines().nth(*index) != good.lines().nth(*index))
        .collect();
    assert_eq!(bad, [1]);
    let short = lines(Faults {
        truncate_line: Some(2),
        ..Faults::default()
    });
    assert!(short.lines().nth(2).unwrap().len() < good.lines().nth(2).unwrap().len());

    let (_, _, mut reader) = with(
        Faults {
            stall_after_bytes: Some(10),
            ..Faults::default()
        },
        "/api/v1/pods",
    );
    assert_eq!(chunk(&mut reader).unwrap().unwrap().len(), 10);
    reader
        .get_ref()
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    let silence = chunk(&mut reader).unwrap_err();
    assert!(matches!(
        silence.kind(),
        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
    ));
}

#[test]
fn bodies_are_sent_no_faster_than_they_may_be() {
    let server = start();
    for index in 0..1_000 {
        create_pod(&server, &format!("web-{index}"));
    }
    let path = "/api/v1/pods?pretty=false";
    let bytes = get(&server, path).2.len();
    let rate = 4_000_000;
    server.set_faults(Faults {
        bytes_per_second: NonZeroU64::new(rate),
        ..Faults::default()
    });
    let began = Instant::now();
    let slow = get(&server, path).2.len();
    let took = began.elapsed().as_secs_f64();
    assert_eq!(slow, bytes);
    let least = bytes as f64 / rate as f64;
    assert!(took >= least, "{bytes} bytes took {took} s, at least {least}");
}

#[test]
fn frames_of_protobuf_are_spoilt_as_lines_are() {
    const ACCEPT: &str = "Accept: application/vnd.kubernetes.protobuf,application/json\r\n";
    let server = start();
    for name in ["a", "b", "c"] {
        create_pod(&server, name);
    }
    let frames = |faults: Faults| {
        server.set_faults(faults);
        let mut reader = request(&server, "/api/v1/pods?watch=1&timeoutSeconds=1", ACCEPT);
        let (_, head) = head(&mut reader);
        assert!(
            head.contains("content-type: application/vnd.kubernetes.protobuf;stream=watch"),
            "{head}"
        );
        let (bytes, clean) = rest(&mut reader);
        assert!(clean);
        let mut rest = bytes.as_slice();
        let mut frames = vec![];
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (frame, after) = after.split_at(u32::from_be_bytes(*length) as usize);
            frames.push(frame.to_vec());
            rest = after;
        }
        frames
    };
    let good = frames(Faults::default());
    assert_eq!(good.len(), 3);
    let spoilt = frames(Faults {
        corrupt_line: Some(1),
        ..Faults::default()
    });
    assert_eq!((&spoilt[0], &spoilt[2]), (&good[0], &good[2]));
    assert_eq!(spoilt[1][1..], good[1][1..]);
    // There is no wire type 7.
    assert_eq!(spoilt[1][0] & 7, 7);
    let short = frames(Faults {
        truncate_line: Some(2),
        ..Faults::default()
    });
    assert_eq!(short[..2], good[..2]);
    assert_eq!(short[2], good[2][..good[2].len() / 2]);

    server.set_faults(Faults {
        expire_watches: Some(Expiry::InStream),
        ..Faults::default()
    });
    let headers = format!("{ACCEPT}Connection: close\r\n");
    let mut reader = request(&server, "/api/v1/pods?watch=1", &headers);
    assert_eq!(head(&mut reader).0, 200);
    let mut expired = vec![];
    reader.read_to_end(&mut expired).unwrap();
    assert!(expired[4..].starts_with(b"\x0a\x05ERROR"));
}

#[test]
fn requests_can_be_refused() {
    let server = start();
    server.set_faults(Faults {
        refuse: Some(Refusal::too_many_requests(7)),
        applies_to: RequestFilter::lists().containing("/pods"),
        requests: Some(1),
        ..Faults::default()
    });
    assert_eq!(get(&server, "/api/v1/nodes").0, 200);
    let (code, head, body) = get(&server, "/api/v1/pods");
    assert_eq!(code, 429);
    assert!(head.contains("retry-after: 7") && body.contains("TooManyRequests"));
    assert_eq!(get(&server, "/api/v1/pods").0, 200);
    for (refusal, expected) in [
        (Refusal::api_server_down(), (500, "text/plain")),
        (Refusal::proxy_filter(), (403, "text/plain")),
        (Refusal::shutting_down(), (503, "application/json")),
        (Refusal::captive_portal(), (200, "text/html")),
    ] {
        server.set_faults(Faults {
            refuse: Some(refusal),
            ..Faults::default()
        });
        let (code, head, _) = get(&server, "/version");
        assert_eq!(code, expected.0);
        assert!(head.contains(expected.1), "{head}");
    }
    for (expiry, code) in [(Expiry::Http, 410), (Expiry::InStream, 200)] {
        server.set_faults(Faults {
            expire_watches: Some(expiry),
            ..Faults::default()
        });
        let answer = get(&server, "/api/v1/pods?watch=1");
        assert_eq!(answer.0, code);
        assert!(answer.2.contains(r#""code":410"#));
    }
}

#[test]
fn a_clock_that_is_wrong_is_wrong_everywhere() {
    let ahead = jiff::SignedDuration::from_mins(-10);
    let server = Server::start(ServerOptions {
        clock_ahead: ahead,
        ..ServerOptions::default()
    })
    .unwrap();
    let before = jiff::Timestamp::now() + ahead;
    create_pod(&server, "web");
    let (_, head, body) = get(&server, "/api/v1/namespaces/default/pods/web");
    let after = jiff::Timestamp::now() + ahead;
    let date = head.lines().find_map(|line| line.strip_prefix("date: ")).unwrap();
    // Lower case, and cut to a second.
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).unwrap();
    let pod: serde_json::Value = serde_json::from_str(&body).unwrap();
    let created: jiff::Timestamp = pod["metadata"]["creationTimestamp"].as_str().unwrap().parse().unwrap();
    for time in [date, created] {
        assert!(
            time.as_second() >= before.as_second() && time <= after,
            "{before} {time} {after}"
        );
    }
}

#[test]
fn open_watches_can_be_cut_stalled_and_expired() {
    let server = start();
    let open = || {
        let mut watch = request(&server, "/api/v1/pods?watch=1&resourceVersion=4", "");
        head(&mut watch);
        watch
    };
    let mut watch = open();
    server.cut_watches();
    assert_eq!(rest(&mut watch), (vec![], false));
    let mut watch = open();
    server.expire_watches();
    let (bytes, clean) = rest(&mut watch);
    assert!(clean && String::from_utf8(bytes).unwrap().contains(r#""reason":"Expired""#));
    let mut watch = open();
    server.stall_watches(true);
    create_pod(&server, "a");
    watch
        .get_ref()
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    assert!(chunk(&mut watch).is_err());
    server.stall_watches(false);
    watch.get_ref().set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert!(chunk(&mut watch).unwrap().is_some());
}

#[test]
fn the_server_can_go_away_and_come_back() {
    let server = start();
    create_pod(&server, "a");
    let mut watch = request(&server, "/api/v1/pods?watch=1&resourceVersion=4", "");
    head(&mut watch);
    server.set_reachable(false).unwrap();
    assert!(!rest(&mut watch).1);
    assert!(TcpStream::connect(server.address()).is_err());
    server.set_reachable(true).unwrap();
    assert!(get(&server, "/api/v1/pods").2.contains(r#""name":"a""#));
    // The cluster outlives the server.
    let cluster = server.stop();
    let server = Server::start_with(ServerOptions::default(), cluster).unwrap();
    assert!(get(&server, "/api/v1/pods").2.contains(r#""name":"a""#));
}

#[test]
fn a_port_that_is_kept_refuses_connections_and_lets_a_server_listen() {
    let held = HeldPort::hold(0).unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], held.number()));
    let refused = TcpStream::connect(address).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let options = ServerOptions {
        port: held.number(),
        ..ServerOptions::default()
    };
    let server = Server::start(options).unwrap();
    assert!(HeldPort::hold(held.number()).is_err());
    drop(held);
    get(&server, "/api/v1/pods");
    drop(server);
    HeldPort::hold(address.port()).unwrap();
}

#[test]
fn static_files_are_served_as_kubectl_proxy_does() {
    let dist = std::env::temp_dir().join(format!("k8bit-simulator-{}", std::process::id()));
    std::fs::create_dir_all(dist.join("sub")).unwrap();
    std::fs::write(dist.join("index.html"), "<!doctype html>").unwrap();
    std::fs::write(dist.join("app.wasm"), [0, 97, 115, 109]).unwrap();
    std::fs::write(dist.join("app.js"), "export {}").unwrap();
    std::fs::write(dist.join("sub/index.html"), "sub").unwrap();
    let server = Server::start(ServerOptions {
        dist: Some(dist.clone()),
        api_prefix: "/k8s/".to_owned(),
        ..ServerOptions::default()
    })
    .unwrap();
    for (path, code, header) in [
        ("/static/", 200, "content-type: text/html; charset=utf-8"),
        ("/static", 301, "location: /static/"),
        ("/static/index.html", 301, "location: ./"),
        ("/static/app.wasm", 200, "content-type: application/wasm"),
        ("/static/app.js", 200, "content-type: text/javascript; charset=utf-8"),
        ("/static/sub", 301, "location: sub/"),
        ("/static/sub/", 200, "last-modified: "),
        ("/static/no", 404, "content-type: text/plain"),
        ("/static/../Cargo.toml", 404, "content-type: text/plain"),
        ("/static/%2e%2e/Cargo.toml", 404, "content-type: text/plain"),
        ("/k8s/version", 200, "content-type: application/json"),
        ("/version", 404, "content-type: text/plain"),
    ] {
        let (status, head, _) = get(&server, path);
        assert_eq!(status, code, "{path}: {head}");
        assert!(head.contains(header), "{path}: {head}");
        assert!(
            !path.starts_with("/static") || !head.contains("cache-control"),
            "{path}: {head}"
        );
    }
    std::fs::remove_dir_all(dist).unwrap();
}

#[test]
fn a_server_that_cannot_start_says_what_to_do() {
    let server = start();
    let port = server.address().port();
    let error = Server::start(ServerOptions {
        port,
        ..ServerOptions::default()
    })
    .unwrap_err();
    assert!(matches!(error, StartError::Port(..)));
    assert!(error.to_string().contains("--port"), "{error}");
    let dist = Some("does/not/exist".into());
    let error = Server::start(ServerOptions {
        dist,
        ..ServerOptions::default()
    })
    .unwrap_err();
    assert!(error.to_string().contains("make build"), "{error}");
}

/// As Kubernetes 1.37 sends them, where the client takes gzip: whatever is flushed is a member of its own.
#[test]
fn streaming_lists_may_come_in_members_of_gzip() {
    let api = ApiOptions {
        compresses_streams: true,
        ..ApiOptions::default()
    };
    let server = Server::start(ServerOptions {
        api,
        ..ServerOptions::default()
    })
    .unwrap();
    create_pod(&server, "a");
    let stream =
        "/api/v1/pods?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let mut reader = request(&server, stream, "Accept-Encoding: gzip, deflate\r\n");
    let (_, headers) = head(&mut reader);
    assert!(headers.contains("content-encoding: gzip"), "{headers}");
    let member = |reader: &mut BufReader<TcpStream>| {
        let bytes = chunk(reader).unwrap().unwrap();
        assert!(bytes.starts_with(b"\x1f\x8b"));
        let mut text = String::new();
        flate2::read::GzDecoder::new(&bytes[..])
            .read_to_string(&mut text)
            .unwrap();
        text
    };
    let initial = member(&mut reader);
    assert!(
        initial.contains(r#""name":"a""#) && initial.contains("k8s.io/initial-events-end"),
        "{initial}"
    );
    create_pod(&server, "b");
    assert!(member(&mut reader).contains(r#""name":"b""#));
    // A watch that begins from nothing is one as well; one from a version is not, nor is one without bookmarks.
    for (path, is_compressed) in [
        ("/api/v1/pods?watch=1&allowWatchBookmarks=true", true),
        ("/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=1", false),
        ("/api/v1/pods?watch=1&resourceVersion=0", false),
    ] {
        let mut reader = request(&server, path, "Accept-Encoding: gzip\r\n");
        let (_, headers) = head(&mut reader);
        assert_eq!(headers.contains("content-encoding"), is_compressed, "{path}: {headers}");
    }
    let mut reader = request(&server, stream, "");
    assert!(!head(&mut reader).1.contains("content-encoding"));
}

#[tokio::test]
async fn events_in_protobuf_are_binary_frames_of_a_websocket() {
    let server = start();
    let url = format!("ws://{}/api/v1/pods?watch=1", server.address());
    let mut request = url.into_client_request().unwrap();
    let accept = "application/vnd.kubernetes.protobuf,application/json".parse().unwrap();
    request.headers_mut().insert("accept", accept);
    request.headers_mut().insert("origin", "http://a".parse().unwrap());
    let stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    create_pod(&server, "a");
    let message = socket.next().await.unwrap().unwrap();
    assert!(message.is_binary());
    assert!(message.into_data().starts_with(b"\x0a\x05ADDED\x12"));
}

#[tokio::test]
async fn watches_work_over_websocket() {
    let server = start();
    let (mut socket, _) = open_socket(&server, &[("origin", "http://a")]).await.unwrap();
    for name in ["a", "b"] {
        create_pod(&server, name);
        let text = socket.next().await.unwrap().unwrap().into_text().unwrap();
        let event: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&event["type"], &event["object"]["metadata"]["name"]),
            (&"ADDED".into(), &name.into())
        );
    }
    assert!(server.requests()[0].websocket);
    server.end_watches();
    assert!(socket.next().await.unwrap().unwrap().is_close());

    let (mut socket, _) = open_socket(&server, &[("origin", "http://a")]).await.unwrap();
    server.cut_watches();
    // What was there already may still come; then the connection breaks without a farewell.
    while let Some(Ok(message)) = socket.next().await {
        assert!(!message.is_close());
    }
}

type Socket = tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>;

/// Watches pods over a WebSocket; the subprotocol that was agreed on, or the status of the refusal.
async fn open_socket(server: &ServerHandle, headers: &[(&'static str, &str)]) -> Result<(Socket, String), u16> {
    let url = format!("ws://{}/api/v1/pods?watch=1", server.address());
    let mut request = url.into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((socket, response)) => {
            let protocol = response.headers().get("sec-websocket-protocol");
            Ok((socket, protocol.map_or("", |it| it.to_str().unwrap()).to_owned()))
        }
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// As the API server's `websocket/protocol.go` reads it, and `golang.org/x/net/websocket` answers.
#[tokio::test]
async fn a_websocket_carries_a_token_beside_another_subprotocol() {
    let server = start();
    server.with_api(|api| {
        api.set_token("secret~~?", "ada");
        api.set_identity("ada", Access::granting("ada", vec![Grant::new("", "pods", "watch")]));
        api.set_identity("bob", Access::granting("bob", Vec::new()));
        api.set_token("other", "bob");
    });
    let check = async |protocols: &str, expected: Result<&str, u16>| {
        let mut headers = vec![("origin", "http://a")];
        headers.extend((!protocols.is_empty()).then_some(("sec-websocket-protocol", protocols)));
        let agreed = open_socket(&server, &headers).await.map(|(_, protocol)| protocol);
        assert_eq!(agreed, expected.map(str::to_owned), "{protocols}");
    };
    // The same in base64url: "secret~~?" and "other".
    let (ada, bob) = ("c2VjcmV0fn4_", "b3RoZXI");
    let prefix = "base64url.bearer.authorization.k8s.io.";
    check("", Ok("")).await;
    check("k8bit", Ok("k8bit")).await;
    check(&format!("{prefix}{ada}, k8bit"), Ok("k8bit")).await;
    check(&format!("k8bit,{prefix}{ada}"), Ok("k8bit")).await;
    check(&format!("{prefix}{ada}"), Err(401)).await;
    check(&format!("{prefix}{ada}, {prefix}{bob}, k8bit"), Err(401)).await;
    check(&format!("{prefix}{ada}, k8bit, more"), Err(400)).await;
    check(&format!("{prefix}{bob}, k8bit"), Err(403)).await;
    check(&format!("{prefix}bm9ib2R5, k8bit"), Err(401)).await;
    check(&format!("{prefix}c2VjcmV0fn4/, k8bit"), Err(401)).await;
    // Whoever names no origin is no browser, and refused all the same.
    assert_eq!(open_socket(&server, &[]).await.map(drop), Err(403));
    // What is open outlives its token.
    let headers = [
        ("origin", "http://a"),
        ("sec-websocket-protocol", &*format!("{prefix}{ada}, k8bit")),
    ];
    let (mut socket, _) = open_socket(&server, &headers).await.unwrap();
    server.with_api(|api| api.expire_token("secret~~?"));
    create_pod(&server, "late");
    assert!(socket.next().await.unwrap().unwrap().is_text());
    assert_eq!(open_socket(&server, &headers).await.map(drop), Err(401));
}
