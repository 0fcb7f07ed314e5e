//! The window on a log: which rows are in view, and whether it stays at the end.
//!
//! A row is as high as every other, so that the place of each is a multiplication. Sizes and the place of the scroll bar
//! come from the page, in CSS pixels; the height of all rows, the wanted place and the rows in view go back.

use crate::view::{
    format::{count, counted},
    log::{LogBuffer, Row},
};

/// A log, and what the user does with it.
#[derive(Debug)]
pub struct LogWindow {
    buffer: LogBuffer,
    /// Whether the end stays in view.
    follows: bool,
    /// Whether long lines are cut into rows.
    wraps: bool,
    /// What is searched for.
    words: String,
    /// The line of the match that was gone to.
    at: Option<u64>,
    /// The row that is to come into view.
    wanted: Option<u64>,
    /// The row that the sheet began with when it was placed last.
    first_row: u64,
    /// The row on top of the window, as it was drawn last.
    top_row: u64,
    columns: Option<usize>,
}

/// Sizes in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    /// The height of a row.
    pub row: f64,
    /// The width of a character.
    pub character: f64,
    /// The width of the window.
    pub width: f64,
    /// The height of the window.
    pub height: f64,
}

/// How high all rows are, and how far they are to be scrolled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Of all rows.
    pub height: f64,
    /// From the first row to the upper edge of the window.
    pub top: f64,
}

/// The rows in view.
#[derive(Debug, PartialEq)]
pub struct RowsInView<'w> {
    /// The rows.
    pub rows: Vec<Row<'w>>,
    /// Where the first of them stands.
    pub top: f64,
    /// The line of the match that was gone to.
    pub current: Option<u64>,
}

/// What the page says of the window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSummary {
    /// Lines there are.
    pub lines: usize,
    /// Lines that were dropped.
    pub dropped: u64,
    /// Lines that are kept back; `None` while nothing is.
    pub held: Option<u64>,
    /// Whether the end stays in view.
    pub follows: bool,
    /// Whether long lines are cut into rows.
    pub wraps: bool,
    /// What is searched for.
    pub words: String,
    /// How many lines match.
    pub matches: usize,
    /// Which of them was gone to, from 1.
    pub at: Option<usize>,
}

impl Default for LogWindow {
    fn default() -> Self {
        Self {
            buffer: LogBuffer::default(),
            follows: true,
            wraps: true,
            words: String::new(),
            at: None,
            wanted: None,
            first_row: 0,
            top_row: 0,
            columns: None,
        }
    }
}

impl LogWindow {
    /// The lines.
    #[must_use]
    pub fn buffer(&self) -> &LogBuffer {
        &self.buffer
    }

    /// The lines, to add to them.
    pub fn buffer_mut(&mut self) -> &mut LogBuffer {
        &mut self.buffer
    }

    /// Begins with another log. What is searched for stays.
    pub fn clear(&mut self) {
        let mut buffer = LogBuffer::default();
        buffer.search(&self.words);
        buffer.set_columns(self.columns);
        *self = Self {
            buffer,
            wraps: self.wraps,
            words: std::mem::take(&mut self.words),
            columns: self.columns,
            ..Self::default()
        };
    }

    /// Keeps back what comes, or shows it.
    pub fn toggle_pause(&mut self) {
        match self.buffer.held() {
            Some(_) => self.buffer.release(),
            None => self.buffer.hold(),
        }
    }

    /// Goes to the end and stays there, or stays where it is.
    pub fn toggle_following(&mut self) {
        self.follows = !self.follows;
    }

    /// Cuts long lines, or does not.
    pub fn toggle_wrap(&mut self) {
        self.wraps = !self.wraps;
    }

    /// Follows the user, who has scrolled: whoever comes within a row of the end wants to stay there.
    pub fn scrolled(&mut self, pixels_below: f64, sizes: Sizes) {
        self.follows = pixels_below <= sizes.row;
    }

    /// Looks for words.
    pub fn search(&mut self, words: &str) {
        words.clone_into(&mut self.words);
        self.at = None;
        self.buffer.search(words);
    }

    /// Goes to the next match, or the one before, and from the last one to the first.
    pub fn go_to_match(&mut self, back: bool) {
        let count = self.buffer.match_count();
        if count == 0 {
            return;
        }
        let from = self.at.unwrap_or_else(|| self.line_of(self.top_row));
        let index = self.buffer.match_from(from);
        let is_at_match = self.at.is_some() && self.buffer.match_line(index) == self.at;
        let index = if back {
            (index + count - 1) % count
        } else {
            (index + usize::from(is_at_match)) % count
        };
        self.at = self.buffer.match_line(index);
        self.follows = false;
        self.wanted = self.at.and_then(|line| self.buffer.match_row(line));
    }

    /// Places the rows in a window of this size that is scrolled to `top`. What is to be in view stays there: the end, the
    /// match that was gone to, or what was on top before lines were dropped or cut elsewhere.
    pub fn place(&mut self, sizes: Sizes, top: f64) -> Placement {
        let top = self.cut(sizes, top);
        let rows = self.buffer.rows();
        let height = (rows.end - rows.start) as f64 * sizes.row;
        let below = |row: u64| row.saturating_sub(rows.start) as f64 * sizes.row;
        let gone = rows.start.saturating_sub(self.first_row) as f64 * sizes.row;
        self.first_row = rows.start;
        let top = match self.wanted.take() {
            Some(row) => below(row) - sizes.height / 2.0,
            None if self.follows => height - sizes.height,
            None => top - gone,
        };
        Placement {
            height,
            top: top.max(0.0),
        }
    }

    /// Cuts lines at the width of the window; the place at which the line that was on top is by now.
    fn cut(&mut self, sizes: Sizes, top: f64) -> f64 {
        let columns = self.wraps.then_some((sizes.width / sizes.character) as usize);
        if columns == self.columns {
            return top;
        }
        let line = self.line_of(self.first_row + (top / sizes.row) as u64);
        self.columns = columns;
        self.buffer.set_columns(columns);
        self.first_row = self.buffer.rows().start;
        let row = self.buffer.row_of(line);
        row.map_or(top, |row| (row - self.first_row) as f64 * sizes.row)
    }

    /// The rows in a window of this size that is scrolled to `top`.
    pub fn rows(&mut self, sizes: Sizes, top: f64) -> RowsInView<'_> {
        let above = (top / sizes.row) as u64;
        self.top_row = self.first_row + above;
        let count = (sizes.height / sizes.row).ceil() as u64 + 1;
        RowsInView {
            rows: self.buffer.window(self.top_row..self.top_row + count),
            top: above as f64 * sizes.row,
            current: self.at,
        }
    }

    fn line_of(&self, row: u64) -> u64 {
        self.buffer.window(row..row + 1).first().map_or(0, |row| row.line)
    }

    /// Which of the matches was gone to.
    fn match_at(&self) -> Option<usize> {
        let line = self.at?;
        let index = self.buffer.match_from(line);
        (self.buffer.match_line(index) == Some(line)).then_some(index)
    }

    /// What the page says of it.
    #[must_use]
    pub fn summary(&self) -> LogSummary {
        LogSummary {
            lines: self.buffer.len(),
            dropped: self.buffer.dropped(),
            held: self.buffer.held(),
            follows: self.follows,
            wraps: self.wraps,
            words: self.words.clone(),
            matches: self.buffer.match_count(),
            at: self.match_at().map(|at| at + 1),
        }
    }
}

impl LogSummary {
    /// `1,000 lines; 200 older lines dropped`.
    #[must_use]
    pub fn lines(&self) -> String {
        let lines = counted(self.lines as u64, "line", "lines");
        match self.dropped {
            0 => lines,
            dropped => format!("{lines}; {} older lines dropped", count(dropped)),
        }
    }

    /// `3 of 12 lines`.
    #[must_use]
    pub fn matches(&self) -> String {
        match (self.words.is_empty(), self.matches, self.at) {
            (true, ..) => String::new(),
            (_, 0, _) => "no line".to_owned(),
            (_, matches, Some(at)) => format!("{} of {}", count(at as u64), counted(matches as u64, "line", "lines")),
            (_, matches, None) => counted(matches as u64, "line", "lines"),
        }
    }

    /// ` Paused: 12 new lines meanwhile.`; empty while nothing is kept back.
    #[must_use]
    pub fn held(&self) -> String {
        self.held
            .map(|held| format!(" Paused: {} meanwhile.", counted(held, "new line", "new lines")))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::log::Line;

    /// Ten rows of ten characters.
    const SIZES: Sizes = Sizes {
        row: 20.0,
        character: 8.0,
        width: 80.0,
        height: 200.0,
    };

    /// A window on so many short lines, as it was placed and drawn.
    fn window(lines: usize) -> LogWindow {
        let mut window = LogWindow::default();
        push(&mut window, 0, lines);
        draw(&mut window, 0.0);
        window
    }

    fn push(window: &mut LogWindow, from: usize, lines: usize) {
        for line in from..from + lines {
            window.buffer_mut().push(Line::parse(format!("line {line}").as_bytes()));
        }
    }

    /// Places and draws; where it is scrolled to, and the first row in view.
    fn draw(window: &mut LogWindow, top: f64) -> (f64, String) {
        let placement = window.place(SIZES, top);
        let end = (placement.height - SIZES.height).max(0.0);
        let top = placement.top.min(end);
        let rows = window.rows(SIZES, top);
        (
            top,
            rows.rows.first().map(|row| row.text.to_owned()).unwrap_or_default(),
        )
    }

    #[test]
    fn the_end_stays_in_view_until_the_reader_scrolls_away() {
        let mut window = window(30);
        assert_eq!(draw(&mut window, 0.0), (400.0, "line 20".to_owned()));
        window.scrolled(100.0, SIZES);
        assert!(!window.summary().follows);
        push(&mut window, 30, 5);
        assert_eq!(draw(&mut window, 300.0), (300.0, "line 15".to_owned()));
        window.scrolled(20.0, SIZES);
        assert!(window.summary().follows);
    }

    #[test]
    fn as_many_rows_as_fit_exist() {
        let mut window = window(1_000);
        let placement = window.place(SIZES, 0.0);
        assert_eq!(placement.height, 20_000.0);
        assert_eq!(window.rows(SIZES, 405.0).rows.len(), 11);
        assert_eq!(window.rows(SIZES, 405.0).top, 400.0);
    }

    #[test]
    fn the_line_on_top_stays_there_when_lines_are_cut_elsewhere() {
        let mut window = LogWindow::default();
        for line in 0..40 {
            let text = format!("line {line} {}", "x".repeat(11));
            window.buffer_mut().push(Line::parse(text.as_bytes()));
        }
        draw(&mut window, 0.0);
        // Two rows each: the tenth line is on top.
        window.scrolled(500.0, SIZES);
        assert_eq!(draw(&mut window, 400.0).1, "line 10 xx");
        window.toggle_wrap();
        assert_eq!(draw(&mut window, 400.0), (200.0, format!("line 10 {}", "x".repeat(11))));
    }

    #[test]
    fn what_was_on_top_stays_there_when_older_lines_are_dropped() {
        let mut window = window(30);
        window.scrolled(300.0, SIZES);
        assert_eq!(draw(&mut window, 200.0).1, "line 10");
        // As many as are kept, and three more.
        push(&mut window, 30, crate::limits::MAX_LOG_LINES - 27);
        let (top, first) = draw(&mut window, 200.0);
        assert_eq!(window.summary().dropped, 3);
        assert_eq!((top, first), (140.0, "line 10".to_owned()));
    }

    #[test]
    fn matches_are_gone_through_round_and_round() {
        let mut window = window(30);
        window.scrolled(1_000.0, SIZES);
        draw(&mut window, 0.0);
        window.search("line 2");
        assert_eq!(window.summary().matches(), "11 lines");
        window.go_to_match(false);
        assert_eq!(window.summary().matches(), "1 of 11 lines");
        window.go_to_match(true);
        assert_eq!(window.summary().matches(), "11 of 11 lines");
        // In the middle of the window, as far as there are rows below.
        assert_eq!(draw(&mut window, 0.0), (400.0, "line 20".to_owned()));
        assert_eq!(window.rows(SIZES, 400.0).current, Some(29));
        window.go_to_match(false);
        assert_eq!(window.summary().matches(), "1 of 11 lines");
        window.search("nothing");
        window.go_to_match(false);
        assert_eq!(window.summary().matches(), "no line");
    }

    #[test]
    fn another_log_begins_at_its_end_with_the_same_search() {
        let mut window = window(30);
        window.toggle_wrap();
        window.search("line 1");
        window.scrolled(1_000.0, SIZES);
        window.clear();
        push(&mut window, 0, 3);
        let expected = LogSummary {
            lines: 3,
            follows: true,
            words: "line 1".to_owned(),
            matches: 1,
            ..LogSummary::default()
        };
        assert_eq!(window.summary(), expected);
    }

    #[test]
    fn what_is_said_of_it() {
        let mut summary = LogSummary {
            lines: 1_000,
            ..LogSummary::default()
        };
        assert_eq!(
            (summary.lines(), summary.held()),
            ("1,000 lines".to_owned(), String::new())
        );
        summary.dropped = 200;
        summary.held = Some(1);
        assert_eq!(summary.lines(), "1,000 lines; 200 older lines dropped");
        assert_eq!(summary.held(), " Paused: 1 new line meanwhile.");
    }
}
