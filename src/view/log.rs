//! A log: bounded lines, rows of a window, matches of a search.
//!
//! Pure: bytes go in, visible rows come out. Lines are cut into rows here and not by the browser, so that the position of
//! every row is known and only those in the window must exist as elements. Makes no requests, but [`Resume`] tells which lines
//! of a reopened stream have been read before.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
};

use memchr::memmem::Finder;
use serde_json::Value;

use crate::{
    limits::{
        LOG_POLL_INTERVAL, LOG_TAIL_LINES, MAX_LOG_BYTES, MAX_LOG_LINE_BYTES, MAX_LOG_LINES, MAX_LOG_ROW_COLUMNS,
    },
    resource::Timestamp,
    view::{
        api_error::ApiError,
        container::{Container, Role, containers},
        explain::ending,
        format::{ago, count},
        terminal::{self, Shown, columns_of},
        visible::visible,
    },
};

/// State of reading a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogState {
    /// Requested. A container that writes nothing looks like a server that does not answer.
    Opening,
    /// Lines come as they are written.
    Following,
    /// Lines are requested periodically.
    Polling(WhyPolling),
    /// The stream ended and is being reopened.
    Reopening,
    /// It failed and will be retried.
    Waiting(ApiError),
    /// Complete: the container has ended and will not restart.
    Ended,
    /// The previous container's log is complete.
    Complete,
    /// The log cannot be read.
    Refused(ApiError),
}

/// Why a log cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyPolling {
    /// Other tabs use all streams.
    OtherTabs,
    /// The page came over plain http from another host. There browsers have no locks, so tabs cannot share streams.
    InsecureContext,
    /// A browser without locks.
    NoLocks,
}

impl WhyPolling {
    /// A sentence, and what to do.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::OtherTabs => {
                "Other tabs use all streams that a browser allows for this server. Close one of them to follow the log."
            }
            Self::InsecureContext => {
                "This page was opened over plain http by a host name (no secure context), where the browser does not let \
                 tabs share streams. Open it over https, or as http://localhost, to follow the log."
            }
            Self::NoLocks => "This browser has no Web Locks, so tabs cannot share streams.",
        }
    }
}

impl LogState {
    /// The value of `data-state`.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Following => "following",
            Self::Polling(_) => "polling",
            Self::Reopening => "reopening",
            Self::Waiting(_) => "waiting",
            Self::Ended => "ended",
            Self::Complete => "complete",
            Self::Refused(_) => "refused",
        }
    }

    /// In a sentence or two.
    #[must_use]
    pub fn words(&self, is_empty: bool) -> String {
        match (self, is_empty) {
            (Self::Opening, _) => "Requesting the log…".to_owned(),
            (Self::Following, true) => "Following. No lines yet.".to_owned(),
            (Self::Following, false) => "Following.".to_owned(),
            (Self::Polling(why), _) => {
                format!("Requested every {} s. {}", LOG_POLL_INTERVAL.as_secs(), why.words())
            }
            (Self::Reopening, _) => "Stream ended. Reconnecting…".to_owned(),
            (Self::Waiting(api_error), _) => {
                let words = api_error.words("get pods/log");
                let stop = if words.ends_with(['.', '!', '…']) { "" } else { "." };
                format!("{words}{stop} Retrying automatically.")
            }
            (Self::Ended, true) => "The container has ended. It wrote nothing.".to_owned(),
            (Self::Ended, false) => "End of the log: the container has ended.".to_owned(),
            (Self::Complete, true) => "The previous container wrote nothing.".to_owned(),
            (Self::Complete, false) => "End of the previous container's log.".to_owned(),
            (Self::Refused(api_error), _) => api_error.words("get pods/log"),
        }
    }
}

/// Whether a container of a fetched pod has ended and will not be restarted, so that its log has an end. All containers of
/// a pod that has ended have ended.
#[must_use]
pub fn is_over(pod: &Value, container: &str) -> bool {
    if matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed")) {
        return true;
    }
    let all = containers(pod);
    let Some(container) = all.iter().find(|it| it.name == container) else {
        return false;
    };
    let Some(exit_code) = container.terminated()["exitCode"].as_i64() else {
        return false;
    };
    // Only the kubelet knows which of a container's own rules applies.
    if !container.spec["restartPolicyRules"].is_null() {
        return false;
    }
    let policy = container.spec["restartPolicy"].as_str();
    match (container.role, policy.or(pod["spec"]["restartPolicy"].as_str())) {
        (Role::Ephemeral, _) | (_, Some("Never")) => true,
        // An init container that succeeded is not restarted, whatever the policy.
        (Role::Init, _) | (Role::Main, Some("OnFailure")) => exit_code == 0,
        (Role::Main | Role::Sidecar, _) => false,
    }
}

/// Whose log it is, of a container of a fetched pod, or why there is none yet. While a container waits to restart, its log is
/// that of the previous container.
#[must_use]
pub fn caption(pod: &Value, container: &str, previous: bool, is_empty: bool, now: Timestamp) -> Option<String> {
    let all = containers(pod);
    let container = all.iter().find(|it| it.name == container)?;
    let (running, terminated, last) = (container.running(), container.terminated(), container.last_terminated());
    let caption = match previous {
        false if running.is_object() => {
            let started = running["startedAt"].as_str().and_then(Timestamp::parse)?;
            format!("The container started {}.", ago(started, now))
        }
        false if terminated.is_object() => ending("The container", container, terminated, now),
        _ if last.is_object() && running.is_null() && terminated.is_null() => format!(
            "{} It waits to restart ({}), so Log and Previous show the same log.",
            ending("The container", container, last, now),
            container.waiting()["reason"].as_str().unwrap_or("waiting"),
        ),
        true if last.is_object() => ending("The previous container", container, last, now),
        false if is_empty && container.restarts() == 0 => not_started(pod, container),
        _ => return None,
    };
    Some(visible(&caption).into_owned())
}

/// That a container has not started, and what it waits for.
fn not_started(pod: &Value, container: &Container<'_>) -> String {
    let conditions = pod["status"]["conditions"].as_array();
    let unscheduled = conditions
        .into_iter()
        .flatten()
        .find(|condition| condition["type"] == "PodScheduled" && condition["status"] == "False");
    let reason = container.waiting()["reason"]
        .as_str()
        .or_else(|| pod["status"]["reason"].as_str())
        .or_else(|| unscheduled?["reason"].as_str());
    let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    format!("No log yet: the container has not started{reason}. The Events tab may say why.")
}

/// A container with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogChoice {
    /// Its name.
    pub name: String,
    /// Its name as it may be shown.
    pub label: String,
    /// Its role; empty for main containers.
    pub role: &'static str,
    /// Whether it has a previous log.
    pub has_previous: bool,
}

/// The annotation that names a pod's default container, as for kubectl.
const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// The containers of a fetched pod, and the index of the default one: by its annotation, or the first
/// main container.
#[must_use]
pub fn choices(pod: &Value) -> (Vec<LogChoice>, usize) {
    let all = containers(pod);
    let named = pod["metadata"]["annotations"][DEFAULT_CONTAINER].as_str();
    let by_name = all.iter().position(|it| Some(it.name) == named);
    let first = all.iter().position(|it| it.role == Role::Main);
    let choices = all.iter().map(|it| LogChoice {
        name: it.name.to_owned(),
        label: visible(it.name).into_owned(),
        role: it.role.label(),
        has_previous: it.last_terminated().is_object() || it.restarts() > 0,
    });
    (choices.collect(), by_name.or(first).unwrap_or(0))
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its time, as the server writes it before each line; may be empty.
    pub time: Box<str>,
    /// Its text, as a terminal shows it.
    pub text: Box<str>,
}

impl Line {
    /// Reads a line as `timestamps=true` has it.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        Self::parse_part(bytes, false)
    }

    /// Reads a line, or the beginning of one.
    fn parse_part(bytes: &[u8], is_cut: bool) -> Self {
        let line = String::from_utf8_lossy(bytes);
        let (time, text) = match line.split_once(' ') {
            Some((time, text)) if moment(time).is_some() => (time, text),
            None if moment(line.trim_end()).is_some() => (line.trim_end(), ""),
            _ => ("", &*line),
        };
        let Shown {
            mut text,
            is_cut: is_cut_here,
        } = terminal::show(text, MAX_LOG_LINE_BYTES);
        if is_cut || is_cut_here {
            let limit = count(MAX_LOG_LINE_BYTES as u64);
            text.push_str(&format!("… [cut: only the first {limit} bytes of a line are kept]"));
        }
        Self {
            time: time.into(),
            text: text.into(),
        }
    }

    fn bytes(&self) -> usize {
        self.time.len() + self.text.len() + size_of::<Self>()
    }
}

/// Splits a stream into lines. Keeps the first [`MAX_LOG_LINE_BYTES`] of a longer line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogReader {
    /// The beginning of an incomplete line.
    partial: Vec<u8>,
    /// Whether some of it is left out.
    is_cut: bool,
}

impl LogReader {
    /// Takes the next bytes, and returns each line that ends in them.
    pub fn feed(&mut self, bytes: &[u8], mut take: impl FnMut(Line)) {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, behind) = (&rest[..end], &rest[end + 1..]);
            if self.partial.is_empty() && line.len() <= MAX_LOG_LINE_BYTES {
                take(Line::parse(line));
            } else {
                self.keep(line);
                take(self.end_line());
            }
            rest = behind;
        }
        self.keep(rest);
    }

    /// Ends the stream: the text after the last newline is a line, too.
    #[must_use]
    pub fn finish(mut self) -> Option<Line> {
        let is_blank = self.partial.trim_ascii().is_empty();
        (!is_blank).then(|| self.end_line())
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = MAX_LOG_LINE_BYTES - self.partial.len();
        self.is_cut |= bytes.len() > room;
        self.partial.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn end_line(&mut self) -> Line {
        let is_cut = std::mem::take(&mut self.is_cut);
        let line = Line::parse_part(&self.partial, is_cut);
        self.partial.clear();
        line
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

/// Which lines of a reopened stream have been read before.
///
/// A server rounds `sinceTime` to the second, so it repeats lines of that second. Lines without a time are messages of the
/// kubelet, such as `failed to create fsnotify watcher: too many open files`, or come from a server without times: those
/// of the previous stream are skipped as often as it had them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    /// The last line's time, as the server wrote it.
    last: Option<Box<str>>,
    /// Lines of just that time.
    same: u32,
    /// Lines of that time that are still to be skipped; `None` once the stream is past them.
    repeated: Option<u32>,
    /// Whether this stream has had a line.
    has_lines: bool,
    /// The last lines of this stream that have no time, at most [`LOG_TAIL_LINES`]: no stream begins with more.
    untimed: VecDeque<Box<str>>,
    /// Lines without a time of the previous stream, and how often they are still to be skipped.
    known: BTreeMap<Box<str>, u32>,
}

impl Resume {
    /// `sinceTime` of the next request; `None` to begin with the last lines.
    #[must_use]
    pub fn since(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// Whether any line was read.
    #[must_use]
    pub fn has_read(&self) -> bool {
        self.last.is_some() || self.has_lines || !self.known.is_empty()
    }

    /// Another stream begins, at [`Resume::since`].
    pub fn begin(&mut self) {
        self.repeated = self.last.is_some().then_some(self.same);
        // A stream without a line does not show what the next one repeats.
        if std::mem::take(&mut self.has_lines) {
            self.known.clear();
            for line in self.untimed.drain(..) {
                *self.known.entry(line).or_default() += 1;
            }
        } else {
            self.untimed.clear();
        }
    }

    /// Whether a line is new.
    pub fn accept(&mut self, line: &Line) -> bool {
        match moment(&line.time) {
            Some(time) => self.accept_timed(line, time),
            None => self.accept_untimed(line),
        }
    }

    fn accept_timed(&mut self, line: &Line, time: (i64, u32)) -> bool {
        self.has_lines = true;
        let known = self.last.as_deref().and_then(moment);
        if let Some(left) = self.repeated {
            match known {
                Some(known) if time < known => return false,
                Some(known) if time == known && left > 0 => {
                    self.repeated = Some(left - 1);
                    return false;
                }
                _ => self.repeated = None,
            }
        }
        if Some(time) == known {
            self.same += 1;
        } else {
            self.last = Some(line.time.clone());
            self.same = 1;
        }
        true
    }

    fn accept_untimed(&mut self, line: &Line) -> bool {
        self.has_lines = true;
        if self.untimed.len() == LOG_TAIL_LINES {
            self.untimed.pop_front();
        }
        self.untimed.push_back(line.text.clone());
        match self.known.get_mut(&line.text) {
            Some(left @ 1..) => {
                *left -= 1;
                false
            }
            _ => true,
        }
    }
}

/// The kept lines, cut into rows.
#[derive(Debug, Default)]
pub struct LogBuffer {
    lines: VecDeque<Kept>,
    /// Number of the first line that is kept: the number of dropped lines.
    first_line: u64,
    /// Rows of all lines so far, dropped ones too.
    rows: u64,
    bytes: usize,
    /// Where lines are cut.
    columns: Columns,
    search: Search,
    /// Lines that came while it was held.
    held: Option<Held>,
}

/// Lines that came while the buffer was held.
#[derive(Debug, Default)]
struct Held {
    lines: VecDeque<Line>,
    bytes: usize,
    /// Lines that were dropped because of the limit.
    dropped: u64,
}

/// How many columns a row has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Columns(usize);

impl Default for Columns {
    /// For lines that are not wrapped: an element of a megabyte would block the browser.
    fn default() -> Self {
        Self(MAX_LOG_ROW_COLUMNS)
    }
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
    /// Finds the words in a text that is folded as they are; `None` without any.
    finder: Option<Finder<'static>>,
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

    /// How many lines were dropped because of the limit.
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
        held.bytes += line.bytes();
        held.lines.push_back(line);
        while held.lines.len() > MAX_LOG_LINES || held.bytes > MAX_LOG_BYTES {
            let Some(dropped) = held.lines.pop_front() else { break };
            held.bytes -= dropped.bytes();
            held.dropped += 1;
        }
    }

    /// Holds new lines back, so that the shown lines do not move.
    pub fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Shows the lines that were held back.
    pub fn release(&mut self) {
        for line in self.held.take().unwrap_or_default().lines {
            self.append(line);
        }
    }

    /// How many lines came since it was held; `None` while it is not.
    #[must_use]
    pub fn held(&self) -> Option<u64> {
        self.held.as_ref().map(|held| held.lines.len() as u64 + held.dropped)
    }

    /// Cuts lines at this many columns, or only where they are longer than [`MAX_LOG_ROW_COLUMNS`].
    pub fn set_columns(&mut self, columns: Option<usize>) {
        let columns = columns.map(|columns| Columns(columns.clamp(1, MAX_LOG_ROW_COLUMNS)));
        let columns = columns.unwrap_or_default();
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

    /// Searches all lines for words, present and future ones. Matching ignores case.
    pub fn search(&mut self, words: &str) {
        self.search.finder = (!words.is_empty()).then(|| Finder::new(&folded(words)).into_owned());
        self.search.lines.clear();
        for (index, kept) in self.lines.iter().enumerate() {
            if self.search.is_found(&kept.line.text) {
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

    /// The row of a line in which the first match begins; its first row where there is none.
    #[must_use]
    pub fn match_row(&self, line: u64) -> Option<u64> {
        let kept = self.line(line)?;
        let found = self.search.found(&kept.line.text, usize::MAX).next();
        let at = found.map_or(0, |found| found.start);
        let rows = cuts(&kept.line.text, self.columns, 0);
        let before = rows.take_while(|row| row.end <= at && row.end < kept.line.text.len());
        Some(kept.row + before.count() as u64)
    }

    /// The first row of a line, if it is kept.
    #[must_use]
    pub fn row_of(&self, line: u64) -> Option<u64> {
        self.line(line).map(|kept| kept.row)
    }

    fn line(&self, line: u64) -> Option<&Kept> {
        let index = usize::try_from(line.checked_sub(self.first_line)?).ok()?;
        self.lines.get(index)
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
            let text = &*kept.line.text;
            let above = rows.start.saturating_sub(kept.row);
            let parts: Vec<Range<usize>> = cuts(text, self.columns, above)
                .take((rows.end - kept.row.max(rows.start)) as usize)
                .collect();
            let Some(end) = parts.last().map(|part| part.end) else {
                continue;
            };
            let marks: Vec<Range<usize>> = self.search.found(text, end).collect();
            for (number, part) in (above..).zip(parts) {
                let from = marks.partition_point(|mark| mark.end <= part.start);
                let marks = marks[from..].iter().map_while(|mark| within(mark, &part));
                window.push(Row {
                    line: self.first_line + index as u64,
                    time: (number == 0).then_some(&*kept.line.time),
                    text: &text[part.clone()],
                    marks: marks.collect(),
                });
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
        if self.search.is_found(&line.text) {
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

impl Search {
    fn is_found(&self, text: &str) -> bool {
        let finder = self.finder.as_ref();
        finder.is_some_and(|finder| finder.find(folded(text).as_bytes()).is_some())
    }

    /// Every place where the words stand in a text, without overlaps, up to those that begin at `until` or later.
    fn found(&self, text: &str, until: usize) -> impl Iterator<Item = Range<usize>> {
        let folded = self.finder.as_ref().map(|_| folded(text)).unwrap_or_default();
        let finder = self.finder.as_ref();
        let mut groups = Unfolded::new(text);
        let mut from = 0;
        std::iter::from_fn(move || {
            let finder = finder?;
            let at = from + finder.find(&folded.as_bytes()[from..])?;
            from = at + finder.needle().len();
            let start = groups.start_of(at);
            (start < until).then(|| start..groups.end_of(from))
        })
    }
}

/// A text folded to lower case.
fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Maps positions of a folded text to positions of the text, in ascending order.
struct Unfolded<'t> {
    characters: std::str::CharIndices<'t>,
    is_ascii: bool,
    /// The character that was come to: where it begins and ends in the text, and where it ends folded.
    start: usize,
    end: usize,
    folded_end: usize,
}

impl<'t> Unfolded<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            characters: text.char_indices(),
            is_ascii: text.is_ascii(),
            start: 0,
            end: 0,
            folded_end: 0,
        }
    }

    /// Where the character begins that holds this byte of the folded text.
    fn start_of(&mut self, folded: usize) -> usize {
        if self.is_ascii {
            return folded;
        }
        self.go_to(folded + 1);
        self.start
    }

    /// Where the character ends that ends with, or holds the end of, these bytes of the folded text.
    fn end_of(&mut self, folded: usize) -> usize {
        if self.is_ascii {
            return folded;
        }
        self.go_to(folded);
        self.end
    }

    fn go_to(&mut self, folded: usize) {
        while self.folded_end < folded {
            let Some((at, character)) = self.characters.next() else {
                return;
            };
            (self.start, self.end) = (at, at + character.len_utf8());
            self.folded_end += character.to_lowercase().map(char::len_utf8).sum::<usize>();
        }
    }
}

fn row_count(text: &str, Columns(columns): Columns) -> u64 {
    if text.is_ascii() {
        return text.len().div_ceil(columns).max(1) as u64;
    }
    cuts(text, Columns(columns), 0).count() as u64
}

/// The rows of a line as ranges of its bytes, from this one on; a line has one at least.
fn cuts(text: &str, Columns(columns): Columns, first: u64) -> impl Iterator<Item = Range<usize>> {
    let is_ascii = text.is_ascii();
    let first = usize::try_from(first).unwrap_or(usize::MAX);
    // In ASCII the position of each row is known.
    let start = if is_ascii { first.saturating_mul(columns) } else { 0 };
    let mut next = Some(start).filter(|start| *start < text.len().max(1));
    let rows = std::iter::from_fn(move || {
        let start = next?;
        let end = if is_ascii {
            (start + columns).min(text.len())
        } else {
            end_of_row(text, start, columns)
        };
        next = (end < text.len()).then_some(end);
        Some(start..end)
    });
    rows.skip(if is_ascii { 0 } else { first })
}

/// Where the row ends that begins here. Marks stay with the character that they belong to, and one that is wider than a
/// row has a row of its own.
fn end_of_row(text: &str, start: usize, columns: usize) -> usize {
    let mut used = 0;
    let mut characters = text[start..].char_indices();
    let over = characters.find(|(at, character)| {
        let width = columns_of(*character);
        used += width;
        used > columns && *at > 0 && width > 0
    });
    over.map_or(text.len(), |(at, _)| start + at)
}

/// The part of a mark that lies in a row, counted from the row's beginning.
fn within(mark: &Range<usize>, row: &Range<usize>) -> Option<Range<usize>> {
    let (start, end) = (mark.start.max(row.start), mark.end.min(row.end));
    (start < end).then(|| start - row.start..end - row.start)
}
