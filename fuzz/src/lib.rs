//! What the fuzz targets share: cutting an input into its head, which decides how, and its body, which is fed.

/// The first `N` bytes decide how the rest is fed; `None` for an input that is too short.
#[must_use]
pub fn split_head<const N: usize>(input: &[u8]) -> Option<(&[u8; N], &[u8])> {
    input.split_first_chunk()
}

/// Cuts `body` into pieces whose sizes are `sizes`, over and over. A size of 0 stands for all that is left.
pub fn pieces<'a>(mut body: &'a [u8], sizes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut sizes = sizes.iter().cycle();
    std::iter::from_fn(move || {
        if body.is_empty() {
            return None;
        }
        let size = match sizes.next() {
            None | Some(0) => body.len(),
            Some(size) => body.len().min(usize::from(*size)),
        };
        let (piece, rest) = body.split_at(size);
        body = rest;
        Some(piece)
    })
}
