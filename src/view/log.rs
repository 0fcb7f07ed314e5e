//! A log as it is read and shown: lines within bounds, rows of a window, matches of a search.
//!
//! Pure: bytes of lines go in, the rows that are visible come out. A line is cut into rows here and not by the browser, so
//! that the place of every row is known and only those in the window have to exist as elements. Knows nothing of requests,
//! but [`Resume`] tells which lines of a stream that was taken up again have been read before.

use std::{collections::VecDeque, ops::Range};

use serde_json::Value;

use crate::{
    limits::{LOG_POLL_INTERVAL, MAX_LOG_BYTES, MAX_LOG_LINE_CHARS, MAX_LOG_LINES},
    resource::Timestamp,
    view::{
        container::{Role, containers},
        refusal::Refusal,
    },
};

/// How the reading of a log goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogState {
    /// Asked for. A container that says nothing is not told from a server that does not answer.
    Opening,
    /// Lines come as they are written.
    Following,
    /// Lines are asked for from time to time: other tabs have all the streams.
    Polling,
    /// The stream is over and is taken up again.
    Reopening,
    /// It is tried again.
    Waiting(Refusal),
    /// There is no more to come.
    Complete,
    /// There is no more to be had.
    Refused(Refusal),
}

impl LogState {
    /// The value of `data-state`.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Following => "following",
            Self::Polling => "polling",
            Self::Reopening => "reopening",
            Self::Waiting(_) => "waiting",
            Self::Complete => "complete",
            Self::Refused(_) => "refused",
        }
    }

    /// In a sentence or two.
    #[must_use]
    pub fn words(&self, is_empty: bool) -> String {
        match (self, is_empty) {
            (Self::Opening, _) => "Asking for the log…".to_owned(),
            (Self::Following, true) => "Following. Nothing has been written yet.".to_owned(),
            (Self::Following, false) => "Following.".to_owned(),
            (Self::Polling, _) => format!(
                "Asked for every {} s: other tabs of this server hold all the streams that a browser allows.",
                LOG_POLL_INTERVAL.as_secs()
            ),
            (Self::Reopening, _) => "The stream has ended; it is taken up again.".to_owned(),
            (Self::Waiting(refusal), _) => {
                let words = refusal.words("get pods/log");
                let stop = if words.ends_with(['.', '!', '…']) { "" } else { "." };
                format!("{words}{stop} It is tried again.")
            }
            (Self::Complete, true) => "That run has written nothing.".to_owned(),
            (Self::Complete, false) => "All that is left of that run.".to_owned(),
            (Self::Refused(refusal), _) => refusal.words("get pods/log"),
        }
    }
}

/// A container whose log can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogChoice {
    /// Its name.
    pub name: String,
    /// How it takes part; empty for the usual way.
    pub role: &'static str,
    /// Whether there was a run before this one.
    pub has_previous: bool,
}

/// The annotation with which a pod names the container that is meant where none is named; kubectl goes by it, too.
const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// The containers of a fetched pod, and the place of the one to begin with: the one that its owner means, or the first
/// of the usual ones.
#[must_use]
pub fn choices(pod: &Value) -> (Vec<LogChoice>, usize) {
    let all = containers(pod);
    let named = pod["metadata"]["annotations"][DEFAULT_CONTAINER].as_str();
    let by_name = all.iter().position(|it| Some(it.name) == named);
    let first = all.iter().position(|it| it.role == Role::Main);
    let choices = all.iter().map(|it| LogChoice {
        name: it.name.to_owned(),
        role: it.role.label(),
        has_previous: it.last_terminated().is_object() || it.restarts() > 0,
    });
    (choices.collect(), by_name.or(first).unwrap_or(0))
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When it was written, as the server puts it before each line; empty where it did not.
    pub time: Box<str>,
    /// What was written, without escape sequences.
    pub text: Box<str>,
}

/// Where a tab ends.
const TAB_STOP: usize = 8;

impl Line {
    /// Reads a line as `timestamps=true` has it.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let line = String::from_utf8_lossy(bytes);
        let (time, text) = match line.split_once(' ') {
            Some((time, text)) if moment(time).is_some() => (time, text),
            None if moment(line.trim_end()).is_some() => (line.trim_end(), ""),
            _ => ("", &*line),
        };
        Self {
            time: time.into(),
            text: clean(text).into(),
        }
    }

    fn bytes(&self) -> usize {
        self.time.len() + self.text.len() + size_of::<Self>()
    }
}

/// A time with its fraction, in nanoseconds, so that two of them can be compared.
fn moment(text: &str) -> Option<(i64, u32)> {
    let Timestamp(seconds) = Timestamp::parse(text)?;
    let fraction = text.split_once('.').map(|(_, rest)| rest).unwrap_or_default();
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).take(9);
    let mut nanos = 0;
    let mut count = 0;
    for digit in digits {
        nanos = nanos * 10 + u32::from(digit - b'0');
        count += 1;
    }
    Some((seconds, nanos * 10_u32.pow(9 - count)))
}

/// Without colours and other escape sequences, with tabs as spaces, within the limit.
fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if column >= MAX_LOG_LINE_CHARS {
            out.push('…');
            break;
        }
        match character {
            '\u{1b}' => skip_escape(&mut characters),
            '\t' => {
                let stop = (column / TAB_STOP + 1) * TAB_STOP;
                out.extend(std::iter::repeat_n(' ', stop - column));
                column = stop;
            }
            _ if character.is_control() => {}
            _ => {
                out.push(character);
                column += 1;
            }
        }
    }
    out
}

/// Passes over the rest of an ANSI escape sequence: `[…m` and its like, `]…` up to its end, or one character.
fn skip_escape(characters: &mut std::str::Chars<'_>) {
    match characters.next() {
        Some('[') => while characters.next().is_some_and(|it| !('\u{40}'..='\u{7e}').contains(&it)) {},
        Some(']') => while characters.next().is_some_and(|it| it != '\u{7}' && it != '\\') {},
        _ => {}
    }
}

/// Which lines of a stream that was taken up again are known already.
///
/// A server takes `sinceTime` to the second, so that it sends again what was read within it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    /// The last line's time, as the server wrote it.
    last: Option<Box<str>>,
    /// Lines of just that time.
    same: u32,
    /// Lines of that time that are still to be passed over; `None` once the stream is beyond them.
    repeated: Option<u32>,
}

impl Resume {
    /// `sinceTime` of the next request; `None` to begin with the last lines.
    #[must_use]
    pub fn since(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// Another stream begins, at [`Resume::since`].
    pub fn begin(&mut self) {
        self.repeated = self.last.is_some().then_some(self.same);
    }

    /// Whether a line is news.
    pub fn accept(&mut self, line: &Line) -> bool {
        let known = self.last.as_deref().and_then(moment);
        let time = moment(&line.time);
        if let Some(left) = self.repeated {
            match (time, known) {
                (Some(time), Some(known)) if time < known => return false,
                (Some(time), Some(known)) if time == known && left > 0 => {
                    self.repeated = Some(left - 1);
                    return false;
                }
                _ => self.repeated = None,
            }
        }
        if time.is_some() && time == known {
            self.same += 1;
        } else if time.is_some() {
            self.last = Some(line.time.clone());
            self.same = 1;
        }
        true
    }
}

/// The lines that are kept, cut into rows.
#[derive(Debug, Default)]
pub struct LogBuffer {
    lines: VecDeque<Kept>,
    /// Number of the first line that is kept: so many were dropped.
    first_line: u64,
    /// Rows of all lines so far, dropped ones too.
    rows: u64,
    bytes: usize,
    /// Where lines are cut; `None` for a row of any length.
    columns: Option<usize>,
    search: Search,
    /// Lines that came while it was held.
    held: Option<VecDeque<Line>>,
    /// Held lines that were dropped.
    held_dropped: u64,
}

#[derive(Debug)]
struct Kept {
    line: Line,
    /// Its first row, counted from the first line of all.
    row: u64,
}

/// A row of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'b> {
    /// The line's number, counted from the first line of all.
    pub line: u64,
    /// The line's time, in its first row.
    pub time: Option<&'b str>,
    /// The row's part of the line.
    pub text: &'b str,
    /// What the search has found in it, in bytes of `text`.
    pub marks: Vec<Range<usize>>,
}

#[derive(Debug, Default)]
struct Search {
    words: String,
    /// Numbers of the lines that match, in order.
    lines: VecDeque<u64>,
}

impl LogBuffer {
    /// How many lines are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether no line is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many lines had to go because there is a limit.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.first_line
    }

    /// The first row that is kept, and the one behind the last.
    #[must_use]
    pub fn rows(&self) -> Range<u64> {
        self.lines.front().map_or(self.rows, |first| first.row)..self.rows
    }

    /// Adds a line, or keeps it back while the buffer is held.
    pub fn push(&mut self, line: Line) {
        let Some(held) = &mut self.held else {
            self.append(line);
            return;
        };
        if held.len() == MAX_LOG_LINES {
            held.pop_front();
            self.held_dropped += 1;
        }
        held.push_back(line);
    }

    /// Keeps back what comes, so that what is read stays where it is.
    pub fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Shows what was kept back.
    pub fn release(&mut self) {
        for line in self.held.take().unwrap_or_default() {
            self.append(line);
        }
        self.held_dropped = 0;
    }

    /// How many lines came since it was held; `None` while it is not.
    #[must_use]
    pub fn held(&self) -> Option<u64> {
        self.held.as_ref().map(|held| held.len() as u64 + self.held_dropped)
    }

    /// Cuts lines at so many columns, or not at all.
    pub fn set_columns(&mut self, columns: Option<usize>) {
        let columns = columns.map(|columns| columns.max(1));
        if self.columns == columns {
            return;
        }
        self.columns = columns;
        self.rows = 0;
        for kept in &mut self.lines {
            kept.row = self.rows;
            self.rows += row_count(&kept.line.text, columns);
        }
    }

    /// Looks for words in all lines, now and to come. Letters of ASCII match in both cases.
    pub fn search(&mut self, words: &str) {
        words.clone_into(&mut self.search.words);
        self.search.lines.clear();
        for (index, kept) in self.lines.iter().enumerate() {
            if is_found(&kept.line.text, words) {
                self.search.lines.push_back(self.first_line + index as u64);
            }
        }
    }

    /// How many lines match.
    #[must_use]
    pub fn match_count(&self) -> usize {
        self.search.lines.len()
    }

    /// The line of a match, by its number.
    #[must_use]
    pub fn match_line(&self, index: usize) -> Option<u64> {
        self.search.lines.get(index).copied()
    }

    /// The match that a line is, or the first one after it.
    #[must_use]
    pub fn match_from(&self, line: u64) -> usize {
        self.search.lines.partition_point(|it| *it < line)
    }

    /// The first row of a line, if it is kept.
    #[must_use]
    pub fn row_of(&self, line: u64) -> Option<u64> {
        let index = usize::try_from(line.checked_sub(self.first_line)?).ok()?;
        self.lines.get(index).map(|kept| kept.row)
    }

    /// The rows of a window. Rows that are not kept are left out.
    #[must_use]
    pub fn window(&self, rows: Range<u64>) -> Vec<Row<'_>> {
        let mut window = Vec::new();
        let first = self
            .lines
            .partition_point(|kept| kept.row <= rows.start)
            .saturating_sub(1);
        for (index, kept) in self.lines.iter().enumerate().skip(first) {
            if kept.row >= rows.end {
                break;
            }
            let marks = found(&kept.line.text, &self.search.words);
            for (number, part) in cuts(&kept.line.text, self.columns).enumerate() {
                let row = kept.row + number as u64;
                if row >= rows.end {
                    break;
                }
                if row >= rows.start {
                    window.push(Row {
                        line: self.first_line + index as u64,
                        time: (number == 0).then_some(&*kept.line.time),
                        text: &kept.line.text[part.clone()],
                        marks: marks.iter().filter_map(|mark| within(mark, &part)).collect(),
                    });
                }
            }
        }
        window
    }

    /// All that is kept, as text. `with_times` puts the times before the lines, as the server does.
    #[must_use]
    pub fn text(&self, with_times: bool) -> String {
        let mut text = String::with_capacity(self.bytes);
        for Kept { line, .. } in &self.lines {
            if with_times && !line.time.is_empty() {
                text.push_str(&line.time);
                text.push(' ');
            }
            text.push_str(&line.text);
            text.push('\n');
        }
        text
    }

    fn append(&mut self, line: Line) {
        if is_found(&line.text, &self.search.words) {
            self.search.lines.push_back(self.first_line + self.lines.len() as u64);
        }
        self.bytes += line.bytes();
        let row = self.rows;
        self.rows += row_count(&line.text, self.columns);
        self.lines.push_back(Kept { line, row });
        while self.lines.len() > MAX_LOG_LINES || self.bytes > MAX_LOG_BYTES {
            let Some(dropped) = self.lines.pop_front() else { break };
            self.bytes -= dropped.line.bytes();
            self.first_line += 1;
            while self.search.lines.front().is_some_and(|line| *line < self.first_line) {
                self.search.lines.pop_front();
            }
        }
    }
}

/// How wide a character of a monospaced font is. The wide ones are those of East Asian scripts and most pictures.
fn width(character: char) -> usize {
    match u32::from(character) {
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1_f300..=0x1_faff
        | 0x2_0000..=0x3_fffd => 2,
        _ => 1,
    }
}

fn row_count(text: &str, columns: Option<usize>) -> u64 {
    match columns {
        Some(columns) if text.is_ascii() => text.len().div_ceil(columns).max(1) as u64,
        Some(_) => cuts(text, columns).count() as u64,
        None => 1,
    }
}

/// The rows of a line as ranges of its bytes; one at least.
fn cuts(text: &str, columns: Option<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let end = match columns {
            None => text.len(),
            Some(columns) if text.is_ascii() => (start + columns).min(text.len()),
            Some(columns) => {
                let mut used = 0;
                let rest = text[start..].char_indices();
                let over = rest.skip_while(|(_, character)| {
                    used += width(*character);
                    used <= columns
                });
                // A character that is wider than a row has a row of its own.
                let first = text[start..].chars().next().map_or(0, char::len_utf8);
                over.map(|(at, _)| start + at.max(first)).next().unwrap_or(text.len())
            }
        };
        next = (end < text.len()).then_some(end);
        Some(start..end)
    })
}

/// The part of a mark that lies in a row, counted from the row's beginning.
fn within(mark: &Range<usize>, row: &Range<usize>) -> Option<Range<usize>> {
    let (start, end) = (mark.start.max(row.start), mark.end.min(row.end));
    (start < end).then(|| start - row.start..end - row.start)
}

fn is_found(text: &str, words: &str) -> bool {
    !words.is_empty() && find(text.as_bytes(), words.as_bytes(), 0).is_some()
}

/// Every place where words stand in a text, without overlaps.
fn found(text: &str, words: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(at) = (!words.is_empty())
        .then(|| find(text.as_bytes(), words.as_bytes(), from))
        .flatten()
    {
        from = at + words.len();
        places.push(at..from);
    }
    places
}

/// By the first letter in both its cases, so that the search goes at the speed of memory.
fn find(text: &[u8], words: &[u8], from: usize) -> Option<usize> {
    let first = *words.first()?;
    let last_start = text.len().checked_sub(words.len())?;
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    let mut at = from;
    while at <= last_start {
        at += memchr::memchr2(lower, upper, text.get(at..=last_start)?)?;
        if text[at..at + words.len()].eq_ignore_ascii_case(words) {
            return Some(at);
        }
        at += 1;
    }
    None
}
