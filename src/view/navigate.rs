//! Moving between blocks with the arrow keys.

/// A rectangle on screen, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Distance of the left edge from the left of the viewport.
    pub left: f64,
    /// Distance of the upper edge from the top of the viewport.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
}

/// The candidate nearest to `from` in a direction, if any lies there; the first of equals.
///
/// A candidate lies there when its centre is beyond the edge of `from`. Candidates in line come first: an
/// arrow keeps to its row or column as long as there is something in it.
#[must_use]
pub fn nearest(from: Rect, direction: Direction, candidates: impl IntoIterator<Item = Rect>) -> Option<usize> {
    let turned_from = turned(from, direction);
    let end = turned_from.left + turned_from.width;
    let mut best: Option<(usize, (bool, f64))> = None;
    for (index, candidate) in candidates.into_iter().enumerate() {
        let is_aside = !is_in_line(from, direction, candidate);
        let candidate = turned(candidate, direction);
        if candidate.left + candidate.width / 2.0 <= end {
            continue;
        }
        let off_centre = (candidate.top + candidate.height / 2.0 - (turned_from.top + turned_from.height / 2.0)).abs();
        let distance = (is_aside, (candidate.left - end).max(0.0) + off_centre);
        if best.is_none_or(|(_, least)| distance < least) {
            best = Some((index, distance));
        }
    }
    best.map(|(index, _)| index)
}

/// The candidate nearest to `from` as the way along rows and columns is; the first of equals.
#[must_use]
pub fn closest(from: Rect, candidates: impl IntoIterator<Item = Rect>) -> Option<usize> {
    let centre = |rect: Rect| (rect.left + rect.width / 2.0, rect.top + rect.height / 2.0);
    let (x, y) = centre(from);
    let distance = |rect: Rect| {
        let (other_x, other_y) = centre(rect);
        (other_x - x).abs() + (other_y - y).abs()
    };
    let distances = candidates.into_iter().map(distance).enumerate();
    distances
        .min_by(|(_, left), (_, right)| left.total_cmp(right))
        .map(|(index, _)| index)
}

/// Where to go on from a block at the edge of its container: the container's extent along the way, the block's across it,
/// so that it goes straight on from where the eye is.
#[must_use]
pub fn beyond(block: Rect, container: Rect, direction: Direction) -> Rect {
    match direction {
        Direction::Left | Direction::Right => Rect {
            left: container.left,
            width: container.width,
            ..block
        },
        Direction::Up | Direction::Down => Rect {
            top: container.top,
            height: container.height,
            ..block
        },
    }
}

/// Whether two rectangles share a part of the row, for left and right, or of the column, for up and down.
#[must_use]
pub fn is_in_line(from: Rect, direction: Direction, other: Rect) -> bool {
    let (from, other) = (turned(from, direction), turned(other, direction));
    other.top < from.top + from.height && from.top < other.top + other.height
}

/// The same rectangle in axes that make every direction the right one.
fn turned(rect: Rect, direction: Direction) -> Rect {
    let Rect {
        left,
        top,
        width,
        height,
    } = rect;
    match direction {
        Direction::Right => rect,
        Direction::Left => Rect {
            left: -left - width,
            top,
            width,
            height,
        },
        Direction::Down => Rect {
            left: top,
            top: left,
            width: height,
            height: width,
        },
        Direction::Up => Rect {
            left: -top - height,
            top: left,
            width: height,
            height: width,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Direction::*, *};

    /// Blocks of 13 with gaps of 3, at columns and rows.
    fn grid(groups: &[(u32, u32)]) -> Vec<Rect> {
        let at = |&(column, row): &(u32, u32)| Rect {
            left: f64::from(column) * 16.0,
            top: f64::from(row) * 16.0,
            width: 13.0,
            height: 13.0,
        };
        groups.iter().map(at).collect()
    }

    #[track_caller]
    fn check(groups: &[(u32, u32)], from: (u32, u32), direction: Direction, expected: Option<(u32, u32)>) {
        let found = nearest(grid(&[from])[0], direction, grid(groups)).map(|index| groups[index]);
        assert_eq!(found, expected, "{direction:?} of {from:?}");
    }

    #[test]
    fn arrows_go_to_the_neighbour() {
        let full: Vec<(u32, u32)> = (0..3).flat_map(|row| (0..4).map(move |column| (column, row))).collect();
        check(&full, (1, 1), Right, Some((2, 1)));
        check(&full, (1, 1), Left, Some((0, 1)));
        check(&full, (1, 1), Up, Some((1, 0)));
        check(&full, (1, 1), Down, Some((1, 2)));
    }

    #[test]
    fn edges_end_the_way() {
        let row = [(0, 0), (1, 0), (2, 0)];
        check(&row, (2, 0), Right, None);
        check(&row, (0, 0), Left, None);
        check(&row, (1, 0), Up, None);
    }

    #[test]
    fn holes_are_jumped_and_the_own_row_is_kept() {
        let holes = [(0, 0), (3, 0), (1, 1), (0, 2)];
        check(&holes, (0, 0), Right, Some((3, 0)));
        check(&holes, (3, 0), Left, Some((0, 0)));
        check(&holes, (0, 0), Down, Some((0, 2)));
    }

    #[test]
    fn a_shorter_row_is_reached_from_beside_it() {
        let rows = [(0, 0), (1, 0), (2, 0), (3, 0), (0, 1), (1, 1)];
        check(&rows, (3, 0), Down, Some((1, 1)));
    }

    #[test]
    fn the_closest_is_found_in_any_direction() {
        let groups = grid(&[(0, 0), (2, 2), (4, 1)]);
        assert_eq!(closest(grid(&[(2, 1)])[0], groups.clone()), Some(1));
        assert_eq!(closest(grid(&[(4, 0)])[0], groups), Some(2));
        assert_eq!(closest(grid(&[(0, 0)])[0], []), None);
    }

    #[test]
    fn the_way_out_of_a_container_begins_at_its_edge() {
        let (block, container) = (
            grid(&[(1, 1)])[0],
            Rect {
                left: 0.0,
                top: 0.0,
                width: 64.0,
                height: 48.0,
            },
        );
        let beside = beyond(block, container, Right);
        assert_eq!((beside.left, beside.width, beside.top), (0.0, 64.0, 16.0));
        let below = beyond(block, container, Down);
        assert_eq!((below.top, below.height, below.left), (0.0, 48.0, 16.0));
        // Its own container is none of the candidates that lie beyond.
        assert_eq!(nearest(beside, Right, grid(&[(2, 1), (4, 1)])), Some(1));
    }
}
