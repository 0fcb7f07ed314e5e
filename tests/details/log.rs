//! The log: lines as they are read, rows as they are shown, and streams that are taken up again.

use k8bit::{
    limits::{MAX_LOG_LINE_CHARS, MAX_LOG_LINES},
    view::log::{Line, LogBuffer, Resume, Row},
};
use proptest::prelude::*;

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
        "error: linkB done",
    );
    check_line(b"a\tb", "", "a       b");
    check_line(b"bad \xff bytes\x00", "", "bad \u{fffd} bytes");
    let long = Line::parse(&vec![b'x'; 100_000]);
    assert_eq!(long.text.chars().count(), MAX_LOG_LINE_CHARS + 1);
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
}

#[test]
fn the_text_is_what_was_read() {
    let buffer = buffer(&["2026-11-23T08:43:03Z a", "b"], Some(1));
    assert_eq!(buffer.text(false), "a\nb\n");
    assert_eq!(buffer.text(true), "2026-11-23T08:43:03Z a\nb\n");
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
