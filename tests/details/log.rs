//! The log: lines as they are read, rows as they are shown, and streams that are reopened.

use k8bit::{
    limits::{LOG_TAIL_LINES, MAX_LOG_BYTES, MAX_LOG_LINE_BYTES, MAX_LOG_LINES, MAX_LOG_ROW_COLUMNS},
    resource::Timestamp,
    view::{
        api_error::ApiError,
        log::{Line, LogBuffer, LogReader, LogState, Resume, Row, WhyPolling, caption, choices, is_over},
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

#[track_caller]
fn check_line(bytes: &[u8], time: &str, text: &str) {
    let line = Line::parse(bytes);
    assert_eq!((&*line.time, &*line.text), (time, text));
}

#[test]
fn lines_lose_their_times_and_escapes() {
    check_line(
        b"2026-11-23T08:43:03.123456789Z hello world",
        "2026-11-23T08:43:03.123456789Z",
        "hello world",
    );
    check_line(
        b"2026-11-23T08:43:03+01:00  indented\r",
        "2026-11-23T08:43:03+01:00",
        " indented",
    );
    check_line(b"2026-11-23T08:43:03Z", "2026-11-23T08:43:03Z", "");
    check_line(b"2026-11-23T08:43:03Z ", "2026-11-23T08:43:03Z", "");
    check_line(b"no time here", "", "no time here");
    check_line(
        b"\x1b[1;31merror\x1b[0m: \x1b]8;;http://x\x07link\x1b(B done",
        "",
        "error: link done",
    );
    check_line(b"a\tb", "", "a       b");
    check_line(b"bad \xff bytes\x00", "", "bad \u{fffd} bytes");
    check_line(b"2026-11-23T08:43:03Z  10%\r 55%\r100%", "2026-11-23T08:43:03Z", "100%");
}

/// The lines of a stream that comes in pieces of this length.
fn read(stream: &[u8], piece: usize) -> Vec<Line> {
    let mut reader = LogReader::default();
    let mut lines = Vec::new();
    for piece in stream.chunks(piece) {
        reader.feed(piece, |line| lines.push(line));
    }
    lines.extend(reader.finish());
    lines
}

#[test]
fn a_long_line_is_whole_for_search_and_copy() {
    // Row 15 of what users met: the last word was cut off while reading.
    let line = format!("{} needle", "x".repeat(5_000 - " needle".len()));
    let mut buffer = LogBuffer::default();
    for line in read(format!("{line}\n").as_bytes(), 1_000) {
        buffer.push(line);
    }
    buffer.search("NEEDLE");
    assert_eq!(buffer.match_count(), 1);
    assert_eq!(buffer.text(false), format!("{line}\n"));
    // Not wrapped, it goes on in a row of its own, where the way to the match leads.
    assert_eq!(buffer.rows(), 0..2);
    assert_eq!((buffer.row_of(0), buffer.match_row(0)), (Some(0), Some(1)));
    let rows = buffer.window(0..2);
    assert_eq!(rows[0].text.len(), MAX_LOG_ROW_COLUMNS);
    assert_eq!(
        rows[1].marks,
        std::slice::from_ref(&(5_000 - 6 - MAX_LOG_ROW_COLUMNS..5_000 - MAX_LOG_ROW_COLUMNS))
    );
    buffer.set_columns(Some(100));
    assert_eq!(buffer.match_row(0), Some(49));
    assert_eq!(buffer.window(49..50)[0].marks, std::slice::from_ref(&(94..100)));
}

#[test]
fn a_line_beyond_the_limit_says_so() {
    let long = |length: usize| [vec![b'x'; length], b"\nnext\n".to_vec()].concat();
    for piece in [7_777, 300_000, usize::MAX] {
        let lines = read(&long(MAX_LOG_LINE_BYTES), piece);
        assert_eq!((lines[0].text.len(), &*lines[1].text), (MAX_LOG_LINE_BYTES, "next"));
        let lines = read(&long(2 * MAX_LOG_LINE_BYTES), piece);
        let (kept, words) = lines[0].text.split_at(MAX_LOG_LINE_BYTES);
        assert_eq!(kept.len(), MAX_LOG_LINE_BYTES);
        assert_eq!(words, "… [cut: only the first 1,048,576 bytes of a line are kept]");
        assert_eq!((lines.len(), &*lines[1].text), (2, "next"));
    }
}

fn buffer(lines: &[&str], columns: Option<usize>) -> LogBuffer {
    let mut buffer = LogBuffer::default();
    buffer.set_columns(columns);
    for line in lines {
        buffer.push(Line::parse(line.as_bytes()));
    }
    buffer
}

fn texts<'b>(rows: &[Row<'b>]) -> Vec<&'b str> {
    rows.iter().map(|row| row.text).collect()
}

#[test]
fn lines_are_cut_into_rows() {
    let mut buffer = buffer(&["abcdefgh", "", "ij", "日本語x"], Some(3));
    assert_eq!(buffer.rows(), 0..8);
    assert_eq!(
        texts(&buffer.window(0..9)),
        ["abc", "def", "gh", "", "ij", "日", "本", "語x"]
    );
    // The mark stays with its letter.
    let marked = self::buffer(&["ae\u{301}e\u{301}"], Some(2));
    assert_eq!(texts(&marked.window(0..9)), ["ae\u{301}", "e\u{301}"]);
    assert_eq!(texts(&buffer.window(2..4)), ["gh", ""]);
    assert_eq!(buffer.row_of(2), Some(4));
    buffer.set_columns(None);
    assert_eq!(buffer.rows(), 0..4);
    assert_eq!(texts(&buffer.window(1..99)), ["", "ij", "日本語x"]);
    // A row that is narrower than a character still gets on.
    buffer.set_columns(Some(1));
    assert_eq!(texts(&buffer.window(11..15)), ["日", "本", "語", "x"]);
}

#[test]
fn a_search_counts_lines_and_marks_words_across_rows() {
    let mut buffer = buffer(&["an Error here", "fine", "error error"], Some(5));
    buffer.search("error");
    assert_eq!(buffer.match_count(), 2);
    assert_eq!(
        (buffer.match_line(0), buffer.match_line(1), buffer.match_line(2)),
        (Some(0), Some(2), None)
    );
    assert_eq!(
        (buffer.match_from(0), buffer.match_from(1), buffer.match_from(3)),
        (0, 1, 2)
    );
    let rows = buffer.window(0..3);
    assert_eq!(texts(&rows), ["an Er", "ror h", "ere"]);
    assert_eq!(rows[0].marks.as_slice(), std::slice::from_ref(&(3..5)));
    assert_eq!(rows[1].marks.as_slice(), std::slice::from_ref(&(0..3)));
    assert!(rows[2].marks.is_empty());
    // What comes later is searched, too.
    buffer.push(Line::parse(b"ERROR"));
    assert_eq!(buffer.match_count(), 3);
    buffer.search("");
    assert_eq!(buffer.match_count(), 0);
    // Matching ignores case in every script, also where the two have lengths of their own.
    let mut buffer = self::buffer(&["İSTANBUL: Ошибка — ошибка"], None);
    buffer.search("ОШИБКА");
    let row = buffer.window(0..1).remove(0);
    let marked: Vec<&str> = row.marks.iter().map(|mark| &row.text[mark.clone()]).collect();
    assert_eq!(marked, ["Ошибка", "ошибка"]);
}

#[test]
fn the_oldest_lines_go_and_are_counted() {
    let mut buffer = LogBuffer::default();
    buffer.search("7");
    for number in 0..MAX_LOG_LINES + 10 {
        buffer.push(Line::parse(number.to_string().as_bytes()));
    }
    assert_eq!((buffer.len(), buffer.dropped()), (MAX_LOG_LINES, 10));
    assert_eq!(buffer.rows(), 10..MAX_LOG_LINES as u64 + 10);
    assert_eq!(texts(&buffer.window(0..11)), ["10"]);
    assert_eq!(buffer.match_line(0), Some(17));
    assert_eq!(buffer.row_of(9), None);

    let mut wide = LogBuffer::default();
    for _ in 0..5_000 {
        wide.push(Line::parse(&[b'x'; 4_000]));
    }
    assert!(
        wide.len() < 5_000 && wide.dropped() > 0,
        "bytes are limited, too: {}",
        wide.len()
    );
}

#[test]
fn a_held_buffer_stands_still() {
    let mut buffer = buffer(&["a"], None);
    buffer.hold();
    buffer.hold();
    buffer.push(Line::parse(b"b"));
    assert_eq!((buffer.len(), buffer.held()), (1, Some(1)));
    for _ in 0..MAX_LOG_LINES + 4 {
        buffer.push(Line::parse(b"c"));
    }
    assert_eq!(buffer.held(), Some(MAX_LOG_LINES as u64 + 5));
    buffer.release();
    assert_eq!((buffer.held(), buffer.len()), (None, MAX_LOG_LINES));
    // What is held has a bound in bytes, too.
    buffer.hold();
    for _ in 0..20 {
        buffer.push(Line::parse(&vec![b'x'; MAX_LOG_LINE_BYTES]));
    }
    assert_eq!(buffer.held(), Some(20));
    buffer.release();
    assert!(buffer.text(false).len() <= MAX_LOG_BYTES);
}

#[test]
fn the_text_is_what_was_read() {
    let buffer = buffer(&["2026-11-23T08:43:03Z a", "b"], Some(1));
    assert_eq!(buffer.text(false), "a\nb\n");
    assert_eq!(buffer.text(true), "2026-11-23T08:43:03Z a\nb\n");
}

/// What is news of streams that are read one after the other.
#[track_caller]
fn check_news(streams: &[&str], news: &[&str]) {
    let mut resume = Resume::default();
    let mut read = Vec::new();
    for stream in streams {
        resume.begin();
        let accept = |line: Line| resume.accept(&line).then(|| line.text.to_string());
        read.extend(self::read(stream.as_bytes(), 10).into_iter().filter_map(accept));
    }
    assert_eq!(read, news);
}

#[test]
fn what_a_kubelet_says_of_its_own_is_told_once() {
    const HELLO: &str = "2026-11-23T08:43:03.100000000Z hello\n";
    const WATCHER: &str = "failed to create fsnotify watcher: too many open files";
    // Row 8 of what users met: behind a line with a time, before it, and alone.
    let behind = format!("{HELLO}{WATCHER}");
    check_news(&[behind.as_str(); 6], &["hello", WATCHER]);
    let before = format!("{WATCHER}\n{HELLO}");
    check_news(&[before.as_str(); 6], &[WATCHER, "hello"]);
    check_news(&[WATCHER; 6], &[WATCHER]);
    // An answer without a line tells nothing of it.
    check_news(&[&behind, "", &behind], &["hello", WATCHER]);
    // It comes and goes, and is told when it comes.
    check_news(&[&behind, HELLO, &behind], &["hello", WATCHER, WATCHER]);
}

#[test]
fn a_server_without_times_repeats_its_last_lines() {
    check_news(
        &["a\nb\nb\n", "a\nb\nb\nb\nc\n", "b\nb\nb\nc\n"],
        &["a", "b", "b", "b", "c"],
    );
    // A long stream is followed by one that begins with its last lines.
    let lines: Vec<String> = (0..2 * LOG_TAIL_LINES).map(|number| number.to_string()).collect();
    let (all, tail) = (lines.join("\n"), lines[LOG_TAIL_LINES..].join("\n"));
    let news: Vec<&str> = lines.iter().map(String::as_str).chain(["new"]).collect();
    check_news(&[&all, &format!("{tail}\nnew")], &news);
}

fn pod(phase: &str, policy: &str, changes: &Value) -> Value {
    let mut pod = json!({
        "spec": { "restartPolicy": policy, "containers": [{ "name": "app" }] },
        "status": { "phase": phase, "containerStatuses": [{ "name": "app", "state": { "running": {} } }] },
    });
    for (pointer, value) in changes.as_object().into_iter().flatten() {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        pod.pointer_mut(parent).expect("an object")[key] = value.clone();
    }
    pod
}

#[test]
fn an_end_is_an_end_where_nothing_is_started_again() {
    const STATE: &str = "/status/containerStatuses/0/state";
    let ended = |code: i32| json!({ STATE: { "terminated": { "exitCode": code } } });
    let running = json!({});
    for (phase, policy, changes, is_end) in [
        // Row 9 of what users met.
        ("Succeeded", "Always", &ended(0), true),
        ("Failed", "OnFailure", &ended(1), true),
        ("Failed", "Never", &running, true),
        ("Running", "Always", &running, false),
        ("Running", "Always", &ended(0), false),
        ("Running", "OnFailure", &ended(0), true),
        ("Running", "OnFailure", &ended(1), false),
        ("Running", "Never", &ended(1), true),
        ("Running", "Never", &running, false),
        ("Pending", "Never", &running, false),
    ] {
        let pod = pod(phase, policy, changes);
        assert_eq!(is_over(&pod, "app"), is_end, "{phase} {policy} {changes}");
    }
    // A container's own policy counts more; of its rules nothing is known.
    let own = json!({ "/spec/containers/0/restartPolicy": "Never", STATE: { "terminated": { "exitCode": 3 } } });
    assert!(is_over(&pod("Running", "Always", &own), "app"));
    let rules = json!({ "/spec/containers/0/restartPolicyRules": [{}], STATE: { "terminated": { "exitCode": 3 } } });
    assert!(!is_over(&pod("Running", "Never", &rules), "app"));
    // Init containers run once; sidecars are started again; those of kubectl debug are not.
    let others = json!({
        "/spec/initContainers": [{ "name": "init" }, { "name": "sidecar", "restartPolicy": "Always" }],
        "/spec/ephemeralContainers": [{ "name": "debug" }],
        "/status/initContainerStatuses": [
            { "name": "init", "state": { "terminated": { "exitCode": 0 } } },
            { "name": "sidecar", "state": { "terminated": { "exitCode": 0 } } },
        ],
        "/status/ephemeralContainerStatuses": [{ "name": "debug", "state": { "terminated": { "exitCode": 1 } } }],
    });
    let others = pod("Running", "Always", &others);
    let over = ["init", "sidecar", "debug", "nobody"].map(|name| is_over(&others, name));
    assert_eq!(over, [true, false, true, false]);
}

/// What is said above the log of `app`, whose status is this.
fn caption_of(status: &Value, previous: bool, is_empty: bool) -> Option<String> {
    let pod = json!({ "spec": { "containers": [{ "name": "app" }] }, "status": status });
    let now = Timestamp::parse("2026-11-23T08:43:03Z").expect("a time");
    caption(&pod, "app", previous, is_empty, now)
}

fn status_of(state: &Value, last: &Value, restarts: u64) -> Value {
    json!({ "containerStatuses": [{ "name": "app", "state": state, "lastState": last, "restartCount": restarts }] })
}

#[test]
fn a_container_that_has_not_started_has_no_log_yet() {
    let waiting = |reason: &str| status_of(&json!({ "waiting": { "reason": reason } }), &json!({}), 0);
    assert_eq!(
        caption_of(&waiting("ErrImagePull"), false, true).as_deref(),
        Some("No log yet: the container has not started (ErrImagePull). The Events tab may say why.")
    );
    // A pod without a node has no states of containers.
    let gated = json!({ "phase": "Pending", "conditions": [
        { "type": "PodScheduled", "status": "False", "reason": "SchedulingGated" },
    ] });
    assert_eq!(
        caption_of(&gated, false, true).as_deref(),
        Some("No log yet: the container has not started (SchedulingGated). The Events tab may say why.")
    );
    assert_eq!(
        caption_of(&json!({}), false, true).as_deref(),
        Some("No log yet: the container has not started. The Events tab may say why.")
    );
    // The lines are there before the fetched object tells of the start.
    assert_eq!(caption_of(&waiting("ContainerCreating"), false, false), None);
}

#[test]
fn the_log_says_of_which_container_it_is() {
    let run = |finished: &str, code: i64, reason: &str| json!({ "terminated": { "finishedAt": finished, "exitCode": code, "reason": reason } });
    let killed = run("2026-11-23T08:41:03Z", 137, "OOMKilled");
    let running = json!({ "running": { "startedAt": "2026-11-23T08:42:03Z" } });
    let crashing = status_of(&json!({ "waiting": { "reason": "CrashLoopBackOff" } }), &killed, 4);
    for previous in [false, true] {
        assert_eq!(
            caption_of(&crashing, previous, false).as_deref(),
            Some(
                "The container ended 2 min ago with exit 137, OOMKilled: the node ran out of memory. It waits to restart \
                 (CrashLoopBackOff), so Log and Previous show the same log."
            )
        );
    }
    let restarted = status_of(&running, &killed, 4);
    assert_eq!(
        caption_of(&restarted, false, false).as_deref(),
        Some("The container started 1 min ago.")
    );
    assert_eq!(
        caption_of(&restarted, true, false).as_deref(),
        Some("The previous container ended 2 min ago with exit 137, OOMKilled: the node ran out of memory.")
    );
    let ended = status_of(&run("2026-11-23T08:41:03Z", 1, "Error"), &json!({}), 0);
    assert_eq!(
        caption_of(&ended, false, false).as_deref(),
        Some("The container ended 2 min ago with exit 1.")
    );
    assert_eq!(caption_of(&status_of(&running, &json!({}), 0), true, true), None);
}

#[test]
fn the_reason_for_polling_is_the_true_one() {
    let words = |why| LogState::Polling(why).words(false);
    assert_eq!(
        words(WhyPolling::OtherTabs),
        "Requested every 3 s. Other tabs use all streams that a browser allows for this server. Close one of them to \
         follow the log."
    );
    // Row 18 of what users met.
    assert_eq!(
        words(WhyPolling::InsecureContext),
        "Requested every 3 s. This page was opened over plain http by a host name (no secure context), where the browser \
         does not let tabs share streams. Open it over https, or as http://localhost, to follow the log."
    );
    assert!(words(WhyPolling::NoLocks).contains("This browser has no Web Locks"));
}

#[test]
fn each_state_has_its_words() {
    let refused = ApiError::of_response(
        404,
        br#"{"kind":"Status","reason":"NotFound","message":"pods \"a\" not found"}"#,
    );
    for (state, slug, is_empty, words) in [
        (LogState::Opening, "opening", true, "Requesting the log…"),
        (LogState::Following, "following", true, "Following. No lines yet."),
        (LogState::Reopening, "reopening", false, "Stream ended. Reconnecting…"),
        (
            LogState::Ended,
            "ended",
            false,
            "End of the log: the container has ended.",
        ),
        (
            LogState::Ended,
            "ended",
            true,
            "The container has ended. It wrote nothing.",
        ),
        (
            LogState::Complete,
            "complete",
            false,
            "End of the previous container's log.",
        ),
        (
            LogState::Complete,
            "complete",
            true,
            "The previous container wrote nothing.",
        ),
    ] {
        assert_eq!((state.slug(), state.words(is_empty).as_str()), (slug, words));
    }
    let waiting = LogState::Waiting(refused);
    assert!(
        waiting.words(false).ends_with("not found. Retrying automatically."),
        "{}",
        waiting.words(false)
    );
}

#[test]
fn a_container_is_shown_by_a_name_without_tricks() {
    let pod = json!({ "spec": { "containers": [{ "name": "a\u{202e}b" }] } });
    let (choices, _) = choices(&pod);
    assert_eq!(
        (choices[0].name.as_str(), choices[0].label.as_str()),
        ("a\u{202e}b", "a<U+202E>b")
    );
}

/// Lines as a server has them: their times in order, several within a second and several at the same time.
fn history() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(
        (
            0_u32..3,
            prop::sample::select(vec!["", ".5", ".25", ".250", ".999999999"]),
        ),
        1..40,
    )
    .prop_map(|steps| {
        let mut seconds = 0;
        let mut lines: Vec<(u32, u32, String)> = steps
            .into_iter()
            .enumerate()
            .map(|(number, (step, fraction))| {
                seconds += step;
                let nanos = format!("{:0<9}", fraction.trim_start_matches('.'))
                    .parse()
                    .expect("nine digits");
                let time = format!("2026-11-23T08:{:02}:{:02}{fraction}Z", seconds / 60, seconds % 60);
                (seconds, nanos, format!("{time} line {number}"))
            })
            .collect();
        lines.sort_by_key(|(seconds, nanos, _)| (*seconds, *nanos));
        lines.into_iter().map(|(_, _, line)| line).collect()
    })
}

proptest! {
    /// Whatever the cut, and whether the server takes `sinceTime` to the second or exactly: each line is read once.
    #[test]
    fn a_stream_that_is_taken_up_again_loses_and_repeats_nothing(
        lines in history(),
        cuts in prop::collection::vec(0_usize..40, 0..4),
        to_the_second: bool,
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(lines.len())).collect();
        cuts.sort_unstable();
        cuts.push(lines.len());
        let mut resume = Resume::default();
        let mut read = Vec::new();
        for end in cuts {
            resume.begin();
            let since = resume.since().map(str::to_owned);
            let known = |line: &str| match &since {
                None => false,
                Some(since) if to_the_second => line[..19] < since[..19],
                Some(since) => {
                    let key = |time: &str| {
                        let fraction = time[19..].trim_end_matches('Z').trim_start_matches('.');
                        (time[..19].to_owned(), format!("{fraction:0<9}"))
                    };
                    key(line.split(' ').next().unwrap_or_default()) < key(since)
                }
            };
            for text in lines[..end].iter().filter(|line| !known(line)) {
                let line = Line::parse(text.as_bytes());
                if resume.accept(&line) {
                    read.push(text.clone());
                }
            }
        }
        prop_assert_eq!(read, lines);
    }

    /// However a stream comes in pieces, its lines are the same.
    #[test]
    fn pieces_make_no_difference(stream in "(2026-11-23T08:43:03Z )?[ab\r\n\x1b\\[mé]{0,60}", piece in 1_usize..70) {
        prop_assert_eq!(read(stream.as_bytes(), piece), read(stream.as_bytes(), usize::MAX));
    }

    #[test]
    fn rows_hold_the_whole_text(lines in prop::collection::vec("[a-z日é ]{0,40}", 0..12), columns in 1_usize..12) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let buffer = buffer(&lines, Some(columns));
        let rows = buffer.rows();
        let all = buffer.window(rows.clone());
        prop_assert_eq!(all.len() as u64, rows.end - rows.start);
        let joined: String = all.iter().map(|row| row.text).collect();
        prop_assert_eq!(joined, lines.concat());
        // Any window is a piece of the whole.
        for start in rows.clone() {
            let end = (start + 3).min(rows.end);
            prop_assert_eq!(&buffer.window(start..end)[..], &all[start as usize..end as usize]);
        }
    }
}
