//! The map as pixels, a few for each block: painted into memory that the browser shows as one image.
//!
//! Knows nothing of a canvas: a [`Sheet`] is rows of RGBA bytes, [`Palette`] are the colors that `style.css` decides on.
//! Healthy pods are faint, so that problems stand out.

use crate::{
    cluster::{Cluster, PodGroup},
    resource::status::{Family, Variant},
    view::{
        block_style::{Mark, StyleContext, Visibility},
        card::CardState,
        color::{CATEGORIES, LEVELS, Tint},
        format::number,
        layout::Layout,
        navigate::Rect,
    },
};

/// Red, green, blue, and opacity.
pub type Rgba = [u8; 4];

/// The colors of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Palette {
    /// Behind everything.
    pub ground: Rgba,
    /// Behind the blocks of a box.
    pub screen: Rgba,
    /// The same of a node that is not ready.
    pub bad_screen: Rgba,
    /// The upper edge of a box, by the state of its node.
    pub ready: Rgba,
    /// The edge of a cordoned node.
    pub cordoned: Rgba,
    /// The edge of a node that is not ready or unreachable.
    pub not_ready: Rgba,
    /// The color of boxes that are no nodes.
    pub other: Rgba,
    /// By family, in the order of [`Family::ALL`].
    pub families: [Rgba; Family::ALL.len()],
    /// By tint, in the order of [`Tint::all`].
    pub tints: Vec<Rgba>,
    /// The chosen pod.
    pub chosen: Rgba,
    /// Its siblings.
    pub sibling: Rgba,
}

/// How much of the screen shines through a block that is dimmed, in percent.
const DIMMED_PERCENT: u32 = 78;

/// How much of the screen shines through a healthy block, in percent.
const RECEDING_PERCENT: u32 = 30;

/// How much of it shines through the block of a pod that failed and is over, in percent: it needs no attention.
const OVER_PERCENT: u32 = 55;

/// An image under construction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    width: usize,
    height: usize,
    pixels: Vec<Rgba>,
}

impl Sheet {
    /// An image of one color, this many pixels wide and high.
    #[must_use]
    pub fn new(width: usize, height: usize, ground: Rgba) -> Self {
        Self {
            width,
            height,
            pixels: vec![ground; width * height],
        }
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The rows, one after the other, four bytes a pixel.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.pixels.as_flattened()
    }

    /// The color of a pixel.
    #[must_use]
    pub fn pixel(&self, x: usize, y: usize) -> Option<Rgba> {
        (x < self.width).then(|| self.pixels.get(y * self.width + x).copied())?
    }

    /// Fills a rectangle; what lies outside is cut off.
    pub fn fill(&mut self, rect: Rect, color: Rgba) {
        // Saturating casts; edges are rounded, so that equal blocks that touch leave no seam.
        let column = |x: f64| (x.round().max(0.0) as usize).min(self.width);
        let row = |y: f64| (y.round().max(0.0) as usize).min(self.height);
        let (left, right) = (column(rect.left), column(rect.left + rect.width));
        for y in row(rect.top)..row(rect.top + rect.height) {
            self.pixels[y * self.width + left..y * self.width + right.max(left)].fill(color);
        }
    }
}

/// Reads `rgb(12, 34, 56)` or `rgba(12, 34, 56, 0.5)`, as browsers write computed colors; opaque.
#[must_use]
pub fn parse_color(text: &str) -> Option<Rgba> {
    let numbers = text.strip_prefix("rgb")?.trim_start_matches('a').strip_prefix('(')?;
    let mut channels = numbers.split([',', ' ', ')']).filter(|part| !part.is_empty());
    let mut channel = || number(channels.next()?).map(|value| value.round() as u8);
    Some([channel()?, channel()?, channel()?, 255])
}

/// What of a layout is painted, and how large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The point of the layout, in CSS pixels, at which the sheet begins: from the left…
    pub left: f64,
    /// … and from the top.
    pub top: f64,
    /// Pixels of the sheet in a CSS pixel.
    pub scale: f64,
}

impl View {
    fn on_sheet(&self, rect: Rect) -> Rect {
        Rect {
            left: (rect.left - self.left) * self.scale,
            top: (rect.top - self.top) * self.scale,
            width: rect.width * self.scale,
            height: rect.height * self.scale,
        }
    }
}

/// Paints one box: its edge, its screen and its blocks.
pub fn paint_box(
    sheet: &mut Sheet,
    layout: &Layout,
    index: usize,
    (cluster, pod_group): (&Cluster, &PodGroup),
    (style_context, palette): (&StyleContext, &Palette),
    view: View,
) {
    let Some(rect) = layout.rect(index) else { return };
    let state = CardState::of(cluster, pod_group);
    let (edge, screen) = match state {
        CardState::Ready => (palette.ready, palette.screen),
        CardState::Cordoned => (palette.cordoned, palette.screen),
        CardState::NotReady | CardState::Unknown => (palette.not_ready, palette.bad_screen),
        CardState::Ghost | CardState::Assumed | CardState::Group => (palette.other, palette.screen),
    };
    sheet.fill(view.on_sheet(rect), screen);
    let height = layout.metrics().edge();
    sheet.fill(view.on_sheet(Rect { height, ..rect }), edge);
    for (slot, pod) in pod_group.pods().iter() {
        let block_style = style_context.block_style(pod, pod_group.pods().is_match(slot), cluster.usage());
        let Some(at) = layout.block_rect(index, slot) else {
            continue;
        };
        let own = match block_style.tint {
            Some(tint) => tint_of(palette, tint),
            None if pod.status.family == Family::Healthy => {
                mix(palette.families[Family::Healthy as usize], screen, RECEDING_PERCENT)
            }
            None if pod.status.variant == Variant::Over => {
                mix(palette.families[Family::Failing as usize], screen, OVER_PERCENT)
            }
            None => palette.families[pod.status.family as usize],
        };
        let color = match (block_style.mark, block_style.visibility) {
            (_, Visibility::Hidden) => continue,
            (Mark::Chosen, _) => palette.chosen,
            (Mark::Sibling, _) => palette.sibling,
            (Mark::None, Visibility::Dimmed) => mix(own, screen, DIMMED_PERCENT),
            (Mark::None, Visibility::Full) => own,
        };
        sheet.fill(view.on_sheet(at), color);
        if block_style.is_restarted && block_style.visibility == Visibility::Full && block_style.mark == Mark::None {
            sheet.fill(
                view.on_sheet(corner_of(at)),
                palette.families[Family::Starting as usize],
            );
        }
    }
}

/// A third of a block in its upper right corner, at least a pixel of it.
fn corner_of(block: Rect) -> Rect {
    let side = (block.width / 3.0).round().max(1.0);
    Rect {
        left: block.left + block.width - side,
        width: side,
        height: side,
        ..block
    }
}

fn tint_of(palette: &Palette, tint: Tint) -> Rgba {
    let index = match tint {
        Tint::Category(index) => usize::from(index),
        Tint::Level(level) => usize::from(CATEGORIES) + usize::from(level),
        Tint::Nothing => usize::from(CATEGORIES) + usize::from(LEVELS),
    };
    palette.tints.get(index).copied().unwrap_or(palette.other)
}

/// A color of which this many percent are another's.
fn mix(color: Rgba, other: Rgba, percent: u32) -> Rgba {
    std::array::from_fn(|channel| {
        let sum = u32::from(color[channel]) * (100 - percent) + u32::from(other[channel]) * percent;
        // A mean of two bytes is a byte.
        (sum / 100) as u8
    })
}

#[cfg(test)]
impl Palette {
    /// A grey for each color, all different.
    pub(crate) fn greys() -> Self {
        let grey = |level: u8| [level, level, level, 255];
        Self {
            ground: grey(0),
            screen: grey(10),
            bad_screen: grey(11),
            ready: grey(20),
            cordoned: grey(21),
            not_ready: grey(22),
            other: grey(23),
            families: std::array::from_fn(|family| grey(100 + family as u8)),
            tints: (150..).map(grey).take(Tint::all().count()).collect(),
            chosen: grey(255),
            sibling: grey(254),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        resource::{Node, Pod, Resource as _, ResourceInterner, Timestamp},
        view::layout::LayoutMetrics,
    };

    fn cluster() -> Cluster {
        let mut interner = ResourceInterner::default();
        let node = r#"{"metadata":{"name":"n"},"status":{"conditions":[{"type":"Ready","status":"True"}]}}"#;
        let node = Node::decode(node.as_bytes(), &mut interner).expect("a node");
        let mut pod = |name: &str, phase: &str| {
            let json = format!(
                r#"{{"metadata":{{"name":"{name}","namespace":"d"}},"spec":{{"nodeName":"n"}},"status":{{"phase":"{phase}"}}}}"#
            );
            Arc::new(Pod::decode(json.as_bytes(), &mut interner).expect("a pod"))
        };
        let pods = [pod("a", "Failed"), pod("b", "Succeeded")];
        Cluster::rebuild([Arc::new(node)], pods)
    }

    #[test]
    fn colors_are_read_as_browsers_write_them() {
        assert_eq!(parse_color("rgb(12, 34, 56)"), Some([12, 34, 56, 255]));
        assert_eq!(parse_color("rgba(12, 34, 56, 0.5)"), Some([12, 34, 56, 255]));
        assert_eq!(parse_color("rgb(12.6 34 56)"), Some([13, 34, 56, 255]));
        assert_eq!(parse_color("rgb(12, 34)"), None);
        assert_eq!(parse_color("color(srgb 1 0 0)"), None);
    }

    #[test]
    fn a_box_is_an_edge_a_screen_and_blocks() {
        let cluster = cluster();
        let pod_group = cluster.groups().next().expect("a node");
        let layout = Layout::new(&[vec![2]], 100.0, LayoutMetrics::map(4, 4));
        let palette = Palette::greys();
        let mut sheet = Sheet::new(100, 40, palette.ground);
        let style_contexts = (&StyleContext::default(), &palette);
        let view = View {
            left: 0.0,
            top: 0.0,
            scale: 2.0,
        };
        paint_box(&mut sheet, &layout, 0, (&cluster, pod_group), style_contexts, view);
        let at = |rect: Rect| sheet.pixel((rect.left * 2.0) as usize, (rect.top * 2.0) as usize);
        let block = |slot| layout.block_rect(0, slot).expect("a block");
        assert_eq!(sheet.pixel(0, 0), Some(palette.ready));
        assert_eq!(sheet.pixel(0, 5), Some(palette.screen));
        let over = mix(palette.families[Family::Failing as usize], palette.screen, OVER_PERCENT);
        assert_eq!(at(block(0)), Some(over));
        assert_eq!(at(block(1)), Some(palette.families[Family::Done as usize]));
        assert_eq!(at(block(2)), Some(palette.screen));
        assert_eq!(sheet.pixel(99, 0), Some(palette.ground));
        assert_eq!(sheet.bytes().len(), 100 * 40 * 4);
    }

    #[test]
    fn a_restart_is_a_corner_of_the_block() {
        let mut interner = ResourceInterner::default();
        let pod = r#"{"metadata":{"name":"a","namespace":"d"},"spec":{"nodeName":"n","containers":[{"name":"c"}]},
            "status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}],"containerStatuses":[{"name":"c",
            "ready":true,"restartCount":1,"state":{"running":{}},
            "lastState":{"terminated":{"exitCode":1,"finishedAt":"2026-11-23T08:43:03Z"}}}]}}"#;
        let pod = Pod::decode(pod.as_bytes(), &mut interner).expect("a pod");
        let cluster = Cluster::rebuild([], [Arc::new(pod)]);
        let pod_group = cluster.groups().next().expect("the node that it is bound to");
        let layout = Layout::new(&[vec![1]], 100.0, LayoutMetrics::map(4, 4));
        let palette = Palette::greys();
        let style_context = StyleContext {
            restarts_since: Timestamp(0),
            ..StyleContext::default()
        };
        let mut sheet = Sheet::new(100, 40, palette.ground);
        let view = View {
            left: 0.0,
            top: 0.0,
            scale: 1.0,
        };
        paint_box(
            &mut sheet,
            &layout,
            0,
            (&cluster, pod_group),
            (&style_context, &palette),
            view,
        );
        let block = layout.block_rect(0, 0).expect("a block");
        let at = |x: f64, y: f64| sheet.pixel((block.left + x) as usize, (block.top + y) as usize);
        let healthy = mix(
            palette.families[Family::Healthy as usize],
            palette.screen,
            RECEDING_PERCENT,
        );
        assert_eq!(
            (block.width, at(0.0, 0.0), at(2.0, 1.0)),
            (3.0, Some(healthy), Some(healthy))
        );
        assert_eq!(at(2.0, 0.0), Some(palette.families[Family::Starting as usize]));
    }

    #[test]
    fn what_lies_outside_is_cut_off() {
        let mut sheet = Sheet::new(4, 3, [0; 4]);
        let rect = |left, top, width, height| Rect {
            left,
            top,
            width,
            height,
        };
        sheet.fill(rect(-5.0, -5.0, 7.0, 6.0), [1; 4]);
        sheet.fill(rect(3.0, 2.0, 9.0, 9.0), [2; 4]);
        sheet.fill(rect(9.0, 9.0, 9.0, 9.0), [3; 4]);
        let rows: Vec<String> = (0..3)
            .map(|y| {
                (0..4)
                    .map(|x| sheet.pixel(x, y).expect("inside")[0].to_string())
                    .collect()
            })
            .collect();
        assert_eq!(rows, ["1100", "0000", "0002"]);
        assert_eq!((sheet.pixel(4, 0), sheet.pixel(0, 3)), (None, None));
    }
}
