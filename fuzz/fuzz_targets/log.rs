//! However the bytes of a log come, its lines are the same; nothing in them is hidden, and their rows hold all of them.
#![no_main]

use k8bit::{
    limits::MAX_LOG_LINE_BYTES,
    view::{
        log::{Line, LogBuffer, LogReader, Resume},
        terminal::show,
        visible::visible,
    },
};
use k8bit_fuzz::{pieces, split_head};
use libfuzzer_sys::fuzz_target;

fn lines<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Vec<Line> {
    let mut reader = LogReader::default();
    let mut lines = Vec::new();
    for chunk in chunks {
        reader.feed(chunk, |line| lines.push(line));
    }
    lines.extend(reader.finish());
    lines
}

/// Fails where a text hides something. A joiner may have lost its neighbour to the cursor, and so may a selector.
fn assert_nothing_hides(text: &str) {
    let mut text = text.to_owned();
    text.retain(|character| {
        !matches!(
            character,
            '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{e0100}'..='\u{e01ef}'
        )
    });
    assert_eq!(visible(&text), text);
}

fuzz_target!(|input: &[u8]| {
    let Some(([columns, limit, needle, sizes @ ..], body)) = split_head::<6>(input) else {
        return;
    };
    let lines = lines(pieces(body, sizes));
    assert_eq!(lines, self::lines(std::iter::once(body)));

    // Few bytes make no large line, whatever they say of columns.
    let limit = usize::from(*limit);
    for line in body.split(|byte| *byte == b'\n') {
        let shown = show(&String::from_utf8_lossy(line), limit);
        assert!(shown.text.len() <= limit);
    }

    let mut buffer = LogBuffer::default();
    buffer.set_columns(Some(usize::from(*columns)));
    let mut resume = Resume::default();
    resume.begin();
    for line in &lines {
        assert!(line.text.len() <= MAX_LOG_LINE_BYTES);
        assert_nothing_hides(&line.text);
        if resume.accept(line) {
            buffer.push(line.clone());
        }
    }
    // A word out of the log itself is found.
    let first = buffer
        .window(buffer.rows())
        .first()
        .map(|row| row.text.to_owned())
        .unwrap_or_default();
    let word: String = first.chars().skip(usize::from(*needle) % 8).take(5).collect();
    buffer.search(&word);
    assert_eq!(buffer.match_count() > 0, !word.is_empty());
    let rows = buffer.rows();
    let all = buffer.window(rows.clone());
    assert_eq!(all.len() as u64, rows.end - rows.start);
    let joined: String = all.iter().map(|row| row.text).collect();
    let text = buffer.text(false);
    assert_eq!(joined, text.replace('\n', ""));
    for (row, number) in all.iter().zip(rows) {
        assert_eq!(buffer.window(number..number + 1), std::slice::from_ref(row));
        for mark in &row.marks {
            assert!(row.text.get(mark.clone()).is_some_and(|found| !found.is_empty()));
        }
    }
    if let Some(line) = buffer.match_line(0) {
        let row = buffer.match_row(line).expect("the line is kept");
        assert!(!buffer.window(row..row + 1)[0].marks.is_empty());
    }
    // The same again, as a server without times sends it, is no news.
    resume.begin();
    let is_timed = lines.iter().any(|line| !line.time.is_empty());
    let news = lines.iter().filter(|line| resume.accept(line)).count();
    assert!(is_timed || news == 0 || lines.len() > k8bit::limits::LOG_TAIL_LINES);
});
