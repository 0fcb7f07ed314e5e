//! Where every box and every block is, in CSS pixels: plain arithmetic.
//!
//! Boxes of equal width flow in rows under the headings of their sections. The same arithmetic serves boxes that are
//! elements and the map that is one canvas, so that nothing has to be measured, and visible boxes are found without
//! visiting the others. Heights come from numbers of slots; a box that needs one more row of blocks makes its row of boxes
//! higher, and nothing else moves sideways.

use std::ops::{Range, RangeInclusive};

use super::{card::HEAD_PIXELS, navigate::Rect, state::ChipSize};

/// The lengths of a picture, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayoutMetrics {
    /// Width of a block.
    pub block: f64,
    /// Height of a block.
    pub block_height: f64,
    /// Whether blocks grow to fill the row.
    pub stretches: bool,
    /// Between two blocks.
    pub gap: f64,
    /// Least width of a box.
    pub box_width: f64,
    /// Whether boxes grow to fill the row.
    pub fills: bool,
    /// Between two boxes.
    pub box_gap: f64,
    /// From the upper edge of a box to its first row of blocks.
    pub head: f64,
    /// From the side of a box to its first block, and from its last row of blocks to its lower edge.
    pub pad: f64,
    /// Rows of blocks that a box has at least.
    pub min_rows: usize,
    /// Height of a section's heading with the space around it.
    pub heading: f64,
}

/// The lengths that `style.css` decides on, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lengths {
    /// `--block`: side of a block.
    pub block: f64,
    /// `--gap`: between two blocks.
    pub gap: f64,
    /// `--u`: a pixel of the drawings.
    pub unit: f64,
    /// The size of the page's type.
    pub rem: f64,
    /// `--rows`: rows of blocks that a box has at least.
    pub rows: f64,
}

impl Default for Lengths {
    fn default() -> Self {
        Self {
            block: 13.0,
            gap: 3.0,
            unit: 1.0,
            rem: 16.0,
            rows: 3.0,
        }
    }
}

impl LayoutMetrics {
    /// Boxes with a head and with blocks that can be pressed, where a block, the gap between blocks, a pixel of the
    /// drawings and the size of the type are this many CSS pixels. Follows `.card` in `style.css`.
    #[must_use]
    pub fn boxes(lengths: Lengths) -> Self {
        let Lengths {
            block,
            gap,
            unit,
            rem,
            rows,
        } = lengths;
        let padding = 0.75 * rem;
        let screen = 5.0 * unit;
        Self {
            block,
            block_height: block,
            stretches: false,
            gap,
            // Eleven blocks, and a name of usual length where the type is large.
            box_width: (11.0 * (block + gap) + 2.0 * rem).max(13.0 * rem),
            fills: true,
            box_gap: 0.75 * rem,
            head: 2.0 * unit + padding + HEAD_PIXELS / 16.0 * rem + screen,
            pad: padding + screen,
            min_rows: rows as usize,
            heading: 2.5 * rem,
        }
    }

    /// Boxes of this width whose pods are chips. Follows `.chips` in `style.css`.
    #[must_use]
    pub fn names(lengths: Lengths, size: ChipSize, box_width: f64) -> Self {
        let usual = Self::boxes(lengths);
        let (width, height) = size.rems();
        let padding = 0.75 * lengths.rem;
        Self {
            block: width * lengths.rem,
            block_height: height * lengths.rem,
            stretches: true,
            gap: 0.375 * lengths.rem,
            box_width,
            // Without a screen.
            head: usual.head - 5.0 * lengths.unit,
            pad: padding,
            min_rows: 1,
            ..usual
        }
    }

    /// The same for kiosk mode, where nobody scrolls and the user stands far away: boxes with large blocks, then the usual
    /// ones, then narrower ones, until they fit.
    #[must_use]
    pub fn wall_boxes(lengths: Lengths) -> [Self; 7] {
        let usual = Self::boxes(lengths);
        let enlarged = |times: f64| Self {
            block: times * usual.block,
            block_height: times * usual.block_height,
            gap: times * usual.gap,
            ..usual
        };
        let narrow = |rems: f64| Self {
            box_width: rems * lengths.rem,
            ..usual
        };
        [
            enlarged(4.0),
            enlarged(3.0),
            enlarged(2.0),
            usual,
            narrow(13.0),
            narrow(11.5),
            narrow(10.0),
        ]
    }

    /// The map with this many pixels from one block to the next, some of them the gap. `typical` is how many blocks most
    /// boxes have: they become about as wide as high.
    #[must_use]
    pub fn map(pitch: u8, typical: usize) -> Self {
        let pitch = f64::from(pitch);
        let gap = if pitch < 3.0 {
            0.0
        } else {
            (pitch / 4.0).floor().max(1.0)
        };
        let block = pitch - gap;
        let columns = (typical.max(1) as f64 * 1.3).sqrt().ceil().clamp(4.0, 24.0);
        let pad = gap.max(1.0);
        // Where a pod is one pixel, there is room for little else.
        let (edge, box_gap) = if pitch < 2.0 { (1.0, 2.0) } else { (2.0, 4.0) };
        Self {
            block,
            block_height: block,
            stretches: false,
            gap,
            box_width: columns * (block + gap) - gap + 2.0 * pad,
            fills: false,
            box_gap: (block + gap).max(box_gap),
            head: edge + pad,
            pad,
            min_rows: 1,
            heading: 28.0,
        }
    }

    /// From one block to the next.
    #[must_use]
    pub fn pitch(&self) -> f64 {
        self.block + self.gap
    }

    /// From one row of blocks to the next.
    #[must_use]
    pub fn row_pitch(&self) -> f64 {
        self.block_height + self.gap
    }

    /// Height of the edge on top of a box of the map.
    #[must_use]
    pub fn edge(&self) -> f64 {
        self.head - self.pad
    }
}

/// A row of boxes.
#[derive(Clone, Debug, PartialEq)]
struct BoxRow {
    top: f64,
    height: f64,
    /// Its boxes.
    boxes: Range<usize>,
}

/// Where a heading stands.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadingPosition {
    /// Which section it belongs to.
    pub section: usize,
    /// Its upper edge.
    pub top: f64,
}

/// See the [module](self).
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    metrics: LayoutMetrics,
    /// Boxes in a row.
    columns: usize,
    box_width: f64,
    /// Blocks in a row of a box.
    block_columns: usize,
    block_width: f64,
    rows: Vec<BoxRow>,
    /// The row of each box.
    row_of: Vec<u32>,
    headings: Vec<HeadingPosition>,
    height: f64,
}

/// What is at a point of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The box.
    pub index: usize,
    /// The slot in it, where a block would be at that point; `None` beside the blocks.
    pub slot: Option<usize>,
}

impl Layout {
    /// Lays sections out, one below the other, in `width` pixels. Each is the numbers of slots of its boxes; boxes are
    /// numbered through all sections. Sections have headings only where there are several.
    #[must_use]
    pub fn new(sections: &[Vec<usize>], width: f64, metrics: LayoutMetrics) -> Self {
        let fitting = ((width + metrics.box_gap) / (metrics.box_width + metrics.box_gap)).floor();
        // Saturates; a window narrower than a box has one.
        let mut columns = (fitting as usize).max(1);
        if metrics.fills {
            // A few boxes share the whole row.
            let most = sections.iter().map(Vec::len).max().unwrap_or(0);
            columns = columns.min(most.max(1));
        }
        let box_width = if metrics.fills {
            let gaps = (columns - 1) as f64 * metrics.box_gap;
            ((width - gaps) / columns as f64).floor().max(metrics.pitch())
        } else {
            metrics.box_width
        };
        let inner = box_width - 2.0 * metrics.pad + metrics.gap;
        let block_columns = ((inner / metrics.pitch()).floor() as usize).max(1);
        let block_width = if metrics.stretches {
            (inner / block_columns as f64 - metrics.gap).max(1.0)
        } else {
            metrics.block
        };
        let mut layout = Self {
            metrics,
            columns,
            box_width,
            block_columns,
            block_width,
            rows: Vec::new(),
            row_of: Vec::new(),
            headings: Vec::new(),
            height: 0.0,
        };
        let has_headings = sections.len() > 1;
        for (section, boxes) in sections.iter().enumerate() {
            if has_headings {
                layout.headings.push(HeadingPosition {
                    section,
                    top: layout.height,
                });
                layout.height += metrics.heading;
            }
            for row in boxes.chunks(columns) {
                layout.push_row(row);
            }
        }
        layout
    }

    fn push_row(&mut self, slots: &[usize]) {
        let first = self.row_of.len();
        let height = slots.iter().map(|slots| self.box_height(*slots)).fold(0.0, f64::max);
        let row = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.row_of.extend(slots.iter().map(|_| row));
        self.rows.push(BoxRow {
            top: self.height,
            height,
            boxes: first..first + slots.len(),
        });
        self.height += height + self.metrics.box_gap;
    }

    /// The lengths it was made with.
    #[must_use]
    pub fn metrics(&self) -> &LayoutMetrics {
        &self.metrics
    }

    /// The height of all.
    #[must_use]
    pub fn height(&self) -> f64 {
        self.height
    }

    /// How many boxes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.row_of.len()
    }

    /// Whether there is no box.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.row_of.is_empty()
    }

    /// Blocks in a row of a box.
    #[must_use]
    pub fn block_columns(&self) -> usize {
        self.block_columns
    }

    /// The headings, from top to bottom.
    #[must_use]
    pub fn headings(&self) -> &[HeadingPosition] {
        &self.headings
    }

    /// How high a box with this many slots is.
    #[must_use]
    pub fn box_height(&self, slots: usize) -> f64 {
        let rows = slots.div_ceil(self.block_columns).max(self.metrics.min_rows) as f64;
        self.metrics.head + rows * self.metrics.row_pitch() - self.metrics.gap + self.metrics.pad
    }

    /// Whether a box with this many slots still fits where it is.
    #[must_use]
    pub fn fits(&self, index: usize, slots: usize) -> bool {
        self.row_of
            .get(index)
            .is_some_and(|row| self.box_height(slots) <= self.rows[*row as usize].height)
    }

    /// Where a box is; all boxes of a row are equally high.
    #[must_use]
    pub fn rect(&self, index: usize) -> Option<Rect> {
        let row = &self.rows[*self.row_of.get(index)? as usize];
        let column = (index - row.boxes.start) as f64;
        Some(Rect {
            left: column * (self.box_width + self.metrics.box_gap),
            top: row.top,
            width: self.box_width,
            height: row.height,
        })
    }

    /// Where a block is.
    #[must_use]
    pub fn block_rect(&self, index: usize, slot: usize) -> Option<Rect> {
        let rect = self.rect(index)?;
        let (row, column) = (slot / self.block_columns, slot % self.block_columns);
        Some(Rect {
            left: rect.left + self.metrics.pad + column as f64 * (self.block_width + self.metrics.gap),
            top: rect.top + self.metrics.head + row as f64 * self.metrics.row_pitch(),
            width: self.block_width,
            height: self.metrics.block_height,
        })
    }

    /// The boxes of which something is between two heights.
    #[must_use]
    pub fn visible(&self, top: f64, bottom: f64) -> Range<usize> {
        let first = self.rows.partition_point(|row| row.top + row.height <= top);
        let last = self.rows.partition_point(|row| row.top < bottom);
        match (
            self.rows.get(first),
            last.checked_sub(1).and_then(|last| self.rows.get(last)),
        ) {
            (Some(first), Some(last)) if first.boxes.start < last.boxes.end => first.boxes.start..last.boxes.end,
            _ => 0..0,
        }
    }

    /// What is at a point.
    #[must_use]
    pub fn hit(&self, x: f64, y: f64) -> Option<Hit> {
        let row = self.rows.partition_point(|row| row.top + row.height <= y);
        let row = self.rows.get(row).filter(|row| row.top <= y)?;
        let column = (x / (self.box_width + self.metrics.box_gap)).floor();
        if column < 0.0 {
            return None;
        }
        let index = row.boxes.start + column as usize;
        let left = column * (self.box_width + self.metrics.box_gap);
        if index >= row.boxes.end || x >= left + self.box_width {
            return None;
        }
        let column = ((x - left - self.metrics.pad) / (self.block_width + self.metrics.gap)).floor();
        let line = ((y - row.top - self.metrics.head) / self.metrics.row_pitch()).floor();
        let is_inside = column >= 0.0 && line >= 0.0 && (column as usize) < self.block_columns;
        Some(Hit {
            index,
            slot: is_inside.then(|| line as usize * self.block_columns + column as usize),
        })
    }
}

/// The largest block of a map on which everything fits into `height`; the smallest there is if nothing does.
#[must_use]
pub fn fitting_block(
    sections: &[Vec<usize>],
    width: f64,
    height: f64,
    typical: usize,
    blocks: RangeInclusive<u8>,
) -> u8 {
    let smallest = *blocks.start();
    blocks
        .rev()
        .find(|block| Layout::new(sections, width, LayoutMetrics::map(*block, typical)).height() <= height)
        .unwrap_or(smallest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Blocks of 10 with gaps of 2, three in a row; boxes of 40 with gaps of 10.
    const METRICS: LayoutMetrics = LayoutMetrics {
        block: 10.0,
        block_height: 10.0,
        stretches: false,
        gap: 2.0,
        box_width: 40.0,
        fills: false,
        box_gap: 10.0,
        head: 20.0,
        pad: 3.0,
        min_rows: 1,
        heading: 30.0,
    };

    #[track_caller]
    fn check(layout: &Layout, index: usize, expected: [f64; 4]) {
        let rect = layout.rect(index).expect("there is such a box");
        assert_eq!([rect.left, rect.top, rect.width, rect.height], expected);
    }

    #[test]
    fn boxes_flow_in_rows_as_high_as_the_highest() {
        let layout = Layout::new(&[vec![1, 7, 3]], 100.0, METRICS);
        assert_eq!(layout.block_columns(), 3);
        check(&layout, 0, [0.0, 0.0, 40.0, 57.0]);
        check(&layout, 1, [50.0, 0.0, 40.0, 57.0]);
        check(&layout, 2, [0.0, 67.0, 40.0, 33.0]);
        assert_eq!(layout.rect(3), None);
        assert_eq!(layout.height(), 110.0);
        assert_eq!(layout.headings(), []);
        assert!(layout.fits(0, 9) && !layout.fits(0, 10) && !layout.fits(2, 4));
    }

    #[test]
    fn sections_have_headings_where_there_are_several() {
        let layout = Layout::new(&[vec![1], vec![], vec![1, 1, 1]], 100.0, METRICS);
        let tops: Vec<_> = layout.headings().iter().map(|heading| heading.top).collect();
        assert_eq!(tops, [0.0, 73.0, 103.0]);
        check(&layout, 1, [0.0, 133.0, 40.0, 33.0]);
        check(&layout, 3, [0.0, 176.0, 40.0, 33.0]);
    }

    #[test]
    fn boxes_fill_the_row_where_they_are_to() {
        let layout = Layout::new(&[vec![1, 1]], 101.0, LayoutMetrics { fills: true, ..METRICS });
        check(&layout, 1, [55.0, 0.0, 45.0, 33.0]);
        let narrow = Layout::new(&[vec![1, 1]], 20.0, METRICS);
        check(&narrow, 1, [0.0, 43.0, 40.0, 33.0]);
    }

    #[test]
    fn chips_fill_the_width_of_their_box() {
        let metrics = LayoutMetrics::names(Lengths::default(), ChipSize::Compact, 1_000.0);
        let layout = Layout::new(&[vec![9]], 1_000.0, metrics);
        assert_eq!(layout.block_columns(), 4);
        let (first, last) = (layout.block_rect(0, 0), layout.block_rect(0, 3));
        let (first, last) = (first.expect("a chip"), last.expect("a chip"));
        assert_eq!((first.left, last.left + last.width), (12.0, 988.0));
        assert_eq!(layout.height(), layout.box_height(9) + metrics.box_gap);
        // 3 rows of 40 pixels with gaps of 6, under a head of 88.
        assert_eq!(layout.box_height(9), 88.0 + 3.0 * 40.0 + 2.0 * 6.0 + 12.0);
    }

    #[test]
    fn what_is_visible_is_found_by_height() {
        let layout = Layout::new(&[vec![1; 6]], 100.0, METRICS);
        assert_eq!(layout.visible(0.0, 1.0), 0..2);
        assert_eq!(layout.visible(32.0, 44.0), 0..4);
        assert_eq!(layout.visible(33.0, 43.0), 0..0);
        assert_eq!(layout.visible(80.0, 1_000.0), 4..6);
        assert_eq!(layout.visible(500.0, 1_000.0), 0..0);
        assert_eq!(Layout::new(&[], 100.0, METRICS).visible(0.0, 9.0), 0..0);
    }

    #[test]
    fn the_map_fits_itself_to_the_window() {
        let sections = vec![vec![30; 400]];
        let block = fitting_block(&sections, 1_400.0, 800.0, 30, 2..=9);
        let height = |block| Layout::new(&sections, 1_400.0, LayoutMetrics::map(block, 30)).height();
        assert!(height(block) <= 800.0 && height(block + 1) > 800.0, "{block}");
        assert_eq!(fitting_block(&[vec![30; 50_000]], 1_400.0, 800.0, 30, 2..=9), 2);
        assert_eq!(fitting_block(&[vec![3]], 1_400.0, 800.0, 3, 2..=9), 9);
    }

    proptest! {
        #[test]
        fn every_block_is_hit_where_it_is(
            boxes in prop::collection::vec(prop::collection::vec(1_usize..40, 0..9), 0..4),
            width in 30.0..400.0,
            block in 2_u8..14,
        ) {
            let lengths = Lengths::default();
            let names = LayoutMetrics::names(lengths, ChipSize::Compact, 2.0 * width);
            for metrics in [LayoutMetrics::map(block, 12), METRICS, LayoutMetrics::boxes(lengths), names] {
                let layout = Layout::new(&boxes, width, metrics);
                for (index, slots) in boxes.iter().flatten().enumerate() {
                    for slot in 0..*slots {
                        let rect = layout.block_rect(index, slot).expect("it exists");
                        let hit = layout.hit(rect.left + rect.width / 2.0, rect.top + rect.height / 2.0);
                        prop_assert_eq!(hit, Some(Hit { index, slot: Some(slot) }));
                        prop_assert!(layout.visible(rect.top, rect.top + 1.0).contains(&index));
                    }
                    prop_assert!(layout.fits(index, *slots));
                }
                prop_assert_eq!(layout.visible(0.0, f64::INFINITY), 0..layout.len());
            }
        }
    }
}
