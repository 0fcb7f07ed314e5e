//! An animated PNG of screenshots: each frame holds only what changed, in a palette of the most frequent colors.

use std::{collections::HashMap, error::Error, time::Duration};

use png::{BitDepth, BlendOp, ColorType, Compression, Decoder, DisposeOp, Encoder, Filter, Transformations};

/// Colors of the palette. The last index is transparent: the pixel of the frame before stays.
const COLORS: usize = 255;
const TRANSPARENT: u8 = 255;

type Color = [u8; 3];

/// See the [module](self).
#[derive(Default)]
pub(crate) struct Animation {
    width: u32,
    height: u32,
    frames: Vec<Frame>,
}

struct Frame {
    pixels: Vec<Color>,
    shown: Duration,
}

/// The part of a frame that differs from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Area {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Animation {
    /// Adds a screenshot, a PNG. One that equals the last makes that one last longer.
    pub(crate) fn add(&mut self, picture: &[u8], shown: Duration) -> Result<(), Box<dyn Error>> {
        let (width, height, pixels) = decode(picture)?;
        if self.frames.is_empty() {
            (self.width, self.height) = (width, height);
        } else if (self.width, self.height) != (width, height) {
            return Err(format!("a screenshot of {width}×{height} among {}×{}", self.width, self.height).into());
        }
        match self.frames.last_mut() {
            Some(last) if last.pixels == pixels => last.shown += shown,
            _ => self.frames.push(Frame { pixels, shown }),
        }
        Ok(())
    }

    /// The file: an animated PNG, or a plain one if every screenshot looked the same.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut palette = Palette::of(&self.frames);
        let mut bytes = Vec::new();
        let is_animated = self.frames.len() > 1;
        let mut encoder = Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_palette(palette.colors.concat());
        encoder.set_compression(Compression::High);
        encoder.set_filter(Filter::NoFilter);
        if is_animated {
            let mut opacity = vec![255; COLORS];
            opacity.push(0);
            encoder.set_trns(opacity);
            encoder.set_animated(u32::try_from(self.frames.len())?, 0)?;
        }
        let mut writer = encoder.write_header()?;
        let width = self.width as usize;
        let mut before: Option<Vec<u8>> = None;
        for frame in &self.frames {
            let indexed: Vec<u8> = frame.pixels.iter().map(|color| palette.index(*color)).collect();
            let area = match &before {
                // The first frame is the picture of viewers that know no animation: it is whole.
                None => Area {
                    left: 0,
                    top: 0,
                    width,
                    height: self.height as usize,
                },
                Some(before) => changed(before, &indexed, width),
            };
            if is_animated {
                writer.set_frame_delay(u16::try_from(frame.shown.as_millis())?, 1000)?;
                // The area of the frame before must not hold a larger one back.
                writer.set_frame_position(0, 0)?;
                writer.set_frame_dimension(u32::try_from(area.width)?, u32::try_from(area.height)?)?;
                writer.set_frame_position(u32::try_from(area.left)?, u32::try_from(area.top)?)?;
                writer.set_blend_op(BlendOp::Over)?;
                writer.set_dispose_op(DisposeOp::None)?;
            }
            let mut part = Vec::with_capacity(area.width * area.height);
            for row in area.top..area.top + area.height {
                for at in row * width + area.left..row * width + area.left + area.width {
                    let stays = before.as_ref().is_some_and(|before| before[at] == indexed[at]);
                    part.push(if stays { TRANSPARENT } else { indexed[at] });
                }
            }
            writer.write_image_data(&part)?;
            before = Some(indexed);
        }
        writer.finish()?;
        Ok(bytes)
    }
}

/// The smallest rectangle that holds every changed pixel; one pixel if nothing changed, because none is not allowed.
fn changed(before: &[u8], after: &[u8], width: usize) -> Area {
    let (mut left, mut right, mut top, mut bottom) = (width, 0, usize::MAX, 0);
    for (at, (old, new)) in before.iter().zip(after).enumerate() {
        if old != new {
            let (column, row) = (at % width, at / width);
            (left, right) = (left.min(column), right.max(column));
            (top, bottom) = (top.min(row), bottom.max(row));
        }
    }
    if top == usize::MAX {
        (left, right, top, bottom) = (0, 0, 0, 0);
    }
    Area {
        left,
        top,
        width: right - left + 1,
        height: bottom - top + 1,
    }
}

/// The most frequent colors of all frames.
struct Palette {
    colors: Vec<Color>,
    indices: HashMap<Color, u8>,
}

impl Palette {
    fn of(frames: &[Frame]) -> Self {
        let mut counts: HashMap<Color, u32> = HashMap::new();
        for color in frames.iter().flat_map(|frame| &frame.pixels) {
            *counts.entry(*color).or_default() += 1;
        }
        let mut colors: Vec<(Color, u32)> = counts.into_iter().collect();
        colors.sort_by_key(|(color, count)| (std::cmp::Reverse(*count), *color));
        let mut colors: Vec<Color> = colors.into_iter().take(COLORS).map(|(color, _)| color).collect();
        colors.resize(COLORS + 1, [0; 3]);
        Self {
            colors,
            indices: HashMap::new(),
        }
    }

    /// The index of the nearest color.
    fn index(&mut self, color: Color) -> u8 {
        let colors = &self.colors;
        *self.indices.entry(color).or_insert_with(|| {
            let distance = |other: &Color| -> u32 {
                let squared = |channel: usize| u32::from(color[channel].abs_diff(other[channel])).pow(2);
                squared(0) + squared(1) + squared(2)
            };
            let nearest = (0..TRANSPARENT).min_by_key(|index| distance(&colors[usize::from(*index)]));
            nearest.unwrap_or(0)
        })
    }
}

/// Width, height and pixels of a PNG; transparent pixels count as opaque.
fn decode(picture: &[u8]) -> Result<(u32, u32, Vec<Color>), Box<dyn Error>> {
    let mut decoder = Decoder::new(std::io::Cursor::new(picture));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut buffer = vec![0; reader.output_buffer_size().ok_or("the picture is too large")?];
    let info = reader.next_frame(&mut buffer)?;
    let channels = info.color_type.samples();
    if channels < 3 {
        return Err(format!("a screenshot in {:?}", info.color_type).into());
    }
    let pixels = buffer[..info.buffer_size()]
        .chunks_exact(channels)
        .map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    Ok((info.width, info.height, pixels))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of 4×2 pixels, black but for the white ones that are named.
    fn picture(white: &[usize]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 4, 2);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        let mut writer = encoder.write_header().expect("a header");
        let pixels: Vec<u8> = (0..8)
            .flat_map(|at| [if white.contains(&at) { 255 } else { 0 }; 3])
            .collect();
        writer.write_image_data(&pixels).expect("an image");
        writer.finish().expect("an end");
        bytes
    }

    #[test]
    fn a_frame_holds_what_changed_and_lasts_as_long_as_it_was_seen() {
        let shown = Duration::from_millis(300);
        let mut animation = Animation::default();
        for white in [&[][..], &[], &[5, 6], &[0, 7]] {
            animation.add(&picture(white), shown).expect("a picture");
        }
        let bytes = animation.encode().expect("an animation");
        let mut reader = Decoder::new(std::io::Cursor::new(&bytes))
            .read_info()
            .expect("a header");
        assert_eq!(reader.info().animation_control.expect("an animation").num_frames, 3);
        let mut buffer = vec![0; reader.output_buffer_size().expect("a size")];
        let mut seen = Vec::new();
        for _ in 0..3 {
            reader.next_frame(&mut buffer).expect("a frame");
            let control = reader.info().frame_control.expect("a frame's control");
            seen.push((
                control.x_offset,
                control.y_offset,
                control.width,
                control.height,
                control.delay_num,
            ));
        }
        assert_eq!(seen, [(0, 0, 4, 2, 600), (1, 1, 2, 1, 300), (0, 0, 4, 2, 300)]);
    }

    #[test]
    fn a_single_picture_is_a_plain_png() {
        let mut animation = Animation::default();
        animation.add(&picture(&[5]), Duration::ZERO).expect("a picture");
        let bytes = animation.encode().expect("a file");
        let (width, height, pixels) = decode(&bytes).expect("a picture");
        let white: Vec<usize> = (0..8).filter(|at| pixels[*at] == [255; 3]).collect();
        assert_eq!((width, height, white), (4, 2, vec![5]));
        let reader = Decoder::new(std::io::Cursor::new(&bytes)).read_info();
        assert!(reader.expect("a header").info().animation_control.is_none());
    }

    #[test]
    fn pictures_of_two_sizes_are_refused() {
        let mut animation = Animation {
            width: 1,
            height: 1,
            frames: vec![Frame {
                pixels: vec![[0; 3]],
                shown: Duration::ZERO,
            }],
        };
        assert!(animation.add(&picture(&[]), Duration::ZERO).is_err());
    }
}
