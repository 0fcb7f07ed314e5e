//! A line of a log as a terminal shows it: escape sequences have their effect or none, and a carriage return moves to the
//! beginning.
//!
//! An ECMA-48 sequence is read as a whole before it has an effect. An incomplete or invalid sequence is text, and its ESC is
//! [written out](visible): nothing that a container wrote is lost except valid sequences. Colors are
//! left out. A sequence that moves to another line does nothing, so that what a terminal would have overwritten stays.

use super::visible;

/// Where a tab ends.
const TAB_STOP: usize = 8;

/// A line as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Its text.
    pub text: String,
    /// Whether some of it is left out, because it would have been longer than the limit.
    pub is_cut: bool,
}

/// Shows a line, of which at most this many bytes.
#[must_use]
pub fn show(line: &str, max_bytes: usize) -> Shown {
    let is_plain = |byte: u8| (0x20..0x7f).contains(&byte);
    if line.len() <= max_bytes && line.bytes().all(is_plain) {
        return Shown {
            text: line.to_owned(),
            is_cut: false,
        };
    }
    let mut screen = Screen::new(max_bytes);
    let mut rest = line;
    let mut before = None;
    while let Some(character) = rest.chars().next() {
        if let Some((length, control)) = control(rest) {
            rest = &rest[length..];
            screen.obey(control);
            before = None;
            continue;
        }
        rest = &rest[character.len_utf8()..];
        if visible::is_hidden(before, character, rest.chars().next()) {
            screen.write_out(character);
            before = None;
        } else {
            screen.write(character);
            before = Some(character);
        }
        if screen.is_full {
            break;
        }
    }
    screen.shown()
}

/// What a control character or a sequence does to one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Control {
    /// No visible effect.
    Nothing,
    /// CR.
    Return,
    /// BS and CUB: this many columns back.
    Back(usize),
    /// HT.
    Tab,
    /// CUF: this many columns on.
    Forward(usize),
    /// CHA and HPA: to this column, the first being 0.
    Column(usize),
    /// EL 0: from the cursor on.
    EraseRight,
    /// EL 1: up to the cursor.
    EraseLeft,
    /// EL 2.
    EraseAll,
    /// ECH: this many characters from the cursor on.
    Erase(usize),
    /// REP: the last character again, so often.
    Repeat(usize),
    /// G0 or G1 is another set: whether that of lines and corners.
    Designate { is_g1: bool, is_graphic: bool },
    /// SO and SI: whether G1 is used.
    Shift { to_g1: bool },
}

const ESC: char = '\u{1b}';
/// CAN and SUB: end a sequence, which then does nothing.
const CANCELS: [char; 2] = ['\u{18}', '\u{1a}'];

/// The control character or sequence that a text begins with, and how many bytes it has.
fn control(text: &str) -> Option<(usize, Control)> {
    let first = text.chars().next()?;
    let behind = &text[first.len_utf8()..];
    let control = match first {
        ESC => return escape(behind).map(|(length, control)| (length + 1, control)),
        '\u{9b}' => return sequence(behind).map(|(length, control)| (length + 2, control)),
        '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => {
            let length = string(behind, first == '\u{9d}')?;
            return Some((length + 2, Control::Nothing));
        }
        '\r' => Control::Return,
        '\u{8}' => Control::Back(1),
        '\t' => Control::Tab,
        '\u{e}' => Control::Shift { to_g1: true },
        '\u{f}' => Control::Shift { to_g1: false },
        // NUL, BEL, DEL and the other functions of C1: a terminal shows nothing for them.
        '\0' | '\u{7}' | '\u{7f}'..='\u{9f}' => Control::Nothing,
        _ => return None,
    };
    Some((first.len_utf8(), control))
}

/// What stands behind ESC, up to the end of the sequence.
fn escape(text: &str) -> Option<(usize, Control)> {
    let first = text.chars().next()?;
    let behind = &text[first.len_utf8()..];
    match first {
        '[' => sequence(behind).map(|(length, control)| (length + 1, control)),
        'P' | 'X' | ']' | '^' | '_' => string(behind, first == ']').map(|length| (length + 1, Control::Nothing)),
        ' '..='/' => {
            let intermediates = text.bytes().take_while(|byte| (0x20..0x30).contains(byte)).count();
            let last = text[intermediates..].chars().next()?;
            let control = match (first, last) {
                (_, ESC) => return Some((intermediates, Control::Nothing)),
                (_, last) if CANCELS.contains(&last) => Control::Nothing,
                ('(' | ')', '0'..='~') if intermediates == 1 => Control::Designate {
                    is_g1: first == ')',
                    is_graphic: last == '0',
                },
                (_, '0'..='~') => Control::Nothing,
                _ => return None,
            };
            Some((intermediates + 1, control))
        }
        '0'..='~' => Some((1, Control::Nothing)),
        // The next sequence ends this one.
        ESC => Some((0, Control::Nothing)),
        cancel if CANCELS.contains(&cancel) => Some((1, Control::Nothing)),
        _ => None,
    }
}

/// What stands behind CSI, up to the end of the sequence.
fn sequence(text: &str) -> Option<(usize, Control)> {
    let bytes = text.as_bytes();
    let is_in = |range: std::ops::RangeInclusive<u8>| move |byte: &&u8| range.contains(byte);
    let parameters = bytes.iter().take_while(is_in(0x30..=0x3f)).count();
    let intermediates = bytes[parameters..].iter().take_while(is_in(0x20..=0x2f)).count();
    let end = parameters + intermediates;
    let control = match text[end..].chars().next()? {
        ESC => return Some((end, Control::Nothing)),
        cancel if CANCELS.contains(&cancel) => Control::Nothing,
        last @ '@'..='~' if intermediates == 0 => function(last, &text[..parameters]),
        '@'..='~' => Control::Nothing,
        _ => return None,
    };
    Some((end + 1, control))
}

/// The function of a sequence by its last character.
fn function(last: char, parameters: &str) -> Control {
    let number = |default: usize| match parameters.split(';').next() {
        None | Some("") => default,
        Some(digits) => digits.parse().unwrap_or(default),
    };
    // Zero is one, as in a terminal.
    let count = || number(1).max(1);
    match last {
        'C' | 'a' => Control::Forward(count()),
        'D' | 'j' => Control::Back(count()),
        'G' | '`' => Control::Column(count() - 1),
        'K' => match number(0) {
            0 => Control::EraseRight,
            1 => Control::EraseLeft,
            2 => Control::EraseAll,
            _ => Control::Nothing,
        },
        'X' => Control::Erase(count()),
        'b' => Control::Repeat(count()),
        _ => Control::Nothing,
    }
}

/// How many bytes a control string has behind its beginning, its terminator included. Another sequence, CAN or SUB end it
/// as well.
fn string(text: &str, is_command: bool) -> Option<usize> {
    let ends = |character: &char| matches!(character, &ESC | '\u{9c}' | '\u{7}') || CANCELS.contains(character);
    let mut found = text.char_indices().filter(|(_, character)| ends(character));
    found.find_map(|(at, character)| match character {
        ESC if text[at + 1..].starts_with('\\') => Some(at + 2),
        ESC => Some(at),
        '\u{7}' if !is_command => None,
        end => Some(at + end.len_utf8()),
    })
}

/// The line, and where the cursor is.
struct Screen {
    /// What was written, while it was written from left to right.
    text: String,
    /// How many columns that has.
    width: usize,
    /// The columns, from when one of them was written again; `text` is empty then.
    cells: Option<Vec<Cell>>,
    column: usize,
    max_bytes: usize,
    /// How many more columns may be touched. Sequences of some bytes touch many, and a line may have thousands of them.
    budget: usize,
    is_full: bool,
    last: Option<char>,
    /// Whether G0 and G1 are the set of lines and corners.
    graphic: [bool; 2],
    uses_g1: bool,
}

/// How often a column may be touched on average.
const TOUCHES: usize = 8;

/// A column.
#[derive(Clone, Debug)]
struct Cell {
    /// `None` for the second half of a wide character.
    character: Option<char>,
    /// What is written above or below it.
    marks: String,
}

impl Cell {
    const BLANK: Self = Self::of(Some(' '));

    const fn of(character: Option<char>) -> Self {
        Self {
            character,
            marks: String::new(),
        }
    }
}

impl Screen {
    fn new(max_bytes: usize) -> Self {
        Self {
            text: String::new(),
            width: 0,
            cells: None,
            column: 0,
            max_bytes,
            budget: max_bytes.saturating_mul(TOUCHES),
            is_full: false,
            last: None,
            graphic: [false; 2],
            uses_g1: false,
        }
    }

    fn shown(self) -> Shown {
        let mut text = match self.cells {
            None => self.text,
            Some(cells) => text_of(&cells),
        };
        let is_cut = self.is_full || text.len() > self.max_bytes;
        text.truncate(text.floor_char_boundary(self.max_bytes));
        Shown { text, is_cut }
    }

    fn obey(&mut self, control: Control) {
        match control {
            Control::Nothing => {}
            Control::Return => self.column = 0,
            Control::Back(columns) => self.column = self.column.saturating_sub(columns),
            Control::Tab => self.go_to((self.column / TAB_STOP + 1) * TAB_STOP),
            Control::Forward(columns) => self.go_to(self.column.saturating_add(columns)),
            Control::Column(column) => self.go_to(column),
            Control::EraseRight if self.column == 0 => self.clear(),
            Control::EraseRight => self.erase(self.column, usize::MAX),
            Control::EraseLeft => self.erase(0, self.column + 1),
            Control::EraseAll => self.clear(),
            Control::Erase(count) => self.erase(self.column, self.column.saturating_add(count)),
            Control::Repeat(count) => {
                for _ in 0..count {
                    match self.last.filter(|_| !self.is_full) {
                        Some(character) => self.put(character),
                        None => break,
                    }
                }
            }
            Control::Designate { is_g1, is_graphic } => self.graphic[usize::from(is_g1)] = is_graphic,
            Control::Shift { to_g1 } => self.uses_g1 = to_g1,
        }
    }

    /// Moves the cursor, but not beyond what may be shown.
    fn go_to(&mut self, column: usize) {
        self.column = column.min(self.max_bytes);
    }

    fn write(&mut self, character: char) {
        let is_graphic = self.graphic[usize::from(self.uses_g1)];
        self.put(if is_graphic { graphic(character) } else { character });
    }

    fn write_out(&mut self, character: char) {
        let mut code = String::new();
        visible::push_code(&mut code, character);
        for character in code.chars() {
            self.put(character);
        }
    }

    fn put(&mut self, character: char) {
        let columns = columns_of(character);
        self.last = Some(character).filter(|_| columns > 0);
        let gap = self.column.saturating_sub(self.columns());
        let is_beyond = self.column + columns > self.max_bytes
            || self.text.len() + gap + character.len_utf8() > self.max_bytes
            || !self.spend(gap + columns.max(1));
        if is_beyond {
            self.is_full = true;
            return;
        }
        if self.cells.is_none() && self.column >= self.width {
            self.text.extend(std::iter::repeat_n(' ', gap));
            self.text.push(character);
            self.width = self.column + columns;
        } else {
            let column = self.column;
            put(self.cells(), column, character, columns);
        }
        self.column += columns;
    }

    fn clear(&mut self) {
        self.text.clear();
        self.width = 0;
        if let Some(cells) = &mut self.cells {
            cells.clear();
        }
    }

    /// Blanks these columns, as far as there are any.
    fn erase(&mut self, from: usize, to: usize) {
        let to = to.min(self.columns());
        if from >= to {
            return;
        }
        if !self.spend(to - from) {
            self.is_full = true;
            return;
        }
        let cells = self.cells();
        halve(cells, from);
        halve(cells, to);
        if to == cells.len() {
            cells.truncate(from);
        } else {
            cells[from..to].fill(Cell::BLANK);
        }
    }

    /// How many columns there are.
    fn columns(&self) -> usize {
        self.cells.as_ref().map_or(self.width, Vec::len)
    }

    /// Whether this many columns may still be touched.
    fn spend(&mut self, columns: usize) -> bool {
        let left = self.budget.checked_sub(columns);
        self.budget = left.unwrap_or(0);
        left.is_some()
    }

    /// The columns, which exist from now on.
    fn cells(&mut self) -> &mut Vec<Cell> {
        let text = std::mem::take(&mut self.text);
        self.cells.get_or_insert_with(|| {
            let mut cells = Vec::new();
            for character in text.chars() {
                let end = cells.len();
                put(&mut cells, end, character, columns_of(character));
            }
            cells
        })
    }
}

/// Writes a character of this many columns.
fn put(cells: &mut Vec<Cell>, column: usize, character: char, columns: usize) {
    if columns == 0 {
        let before = cells.get_mut(..column).unwrap_or_default();
        if let Some(cell) = before.iter_mut().rev().find(|cell| cell.character.is_some()) {
            cell.marks.push(character);
        }
        return;
    }
    let end = column + columns;
    if cells.len() < end {
        cells.resize(end, Cell::BLANK);
    }
    halve(cells, column);
    halve(cells, end);
    cells[column] = Cell::of(Some(character));
    cells[column + 1..end].fill(Cell::of(None));
}

/// Blanks a wide character of which one half is about to go.
fn halve(cells: &mut [Cell], column: usize) {
    if column > 0 && cells.get(column).is_some_and(|cell| cell.character.is_none()) {
        cells[column - 1] = Cell::BLANK;
        cells[column] = Cell::BLANK;
    }
}

fn text_of(cells: &[Cell]) -> String {
    let mut text = String::with_capacity(cells.len());
    for cell in cells {
        text.extend(cell.character);
        text.push_str(&cell.marks);
    }
    text
}

/// The character of the set of lines and corners (`ESC ( 0`) in this place.
fn graphic(character: char) -> char {
    const SET: &str = "\u{a0}◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";
    match character {
        '_'..='~' => {
            let index = u32::from(character) - u32::from('_');
            SET.chars().nth(index as usize).unwrap_or(character)
        }
        other => other,
    }
}

/// How many columns of a monospaced font a character takes. The wide ones are those of East Asian scripts and most
/// pictures; marks stand above or below the one before.
#[must_use]
pub fn columns_of(character: char) -> usize {
    match character {
        '\0'..='\u{2ff}' => 1,
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{591}'..='\u{5bd}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{200c}'..='\u{200d}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{e0100}'..='\u{e01ef}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}
