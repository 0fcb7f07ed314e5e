//! The pointer over a picture that moves beneath it.
//!
//! When the user opens or closes something, everything has another place, and a pointer that rests comes to lie over
//! something that nobody has pointed at. The browser tells that in the same way as if the pointer had moved.

/// A place in the window, in CSS pixels.
type WindowPoint = (i32, i32);

/// Where the pointer is, and whether it rests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hover {
    /// Where it was last.
    at: Option<WindowPoint>,
    /// Whether the picture has moved since the pointer did.
    is_resting: bool,
}

impl Hover {
    /// The picture moves.
    pub fn rest(&mut self) {
        self.is_resting = true;
    }

    /// Whether what is under the pointer has come there by itself.
    #[must_use]
    pub fn is_resting(&self) -> bool {
        self.is_resting
    }

    /// The pointer is somewhere, not over the picture alone.
    pub fn passes(&mut self, at: WindowPoint) {
        self.at = Some(at);
    }

    /// Something is under the pointer: whether the user has pointed at it.
    #[must_use]
    pub fn comes(&mut self, at: WindowPoint) -> bool {
        let has_moved = self.at.replace(at).is_some_and(|old| old != at);
        self.is_resting &= !has_moved;
        !self.is_resting
    }

    /// The pointer is somewhere: whether it has rested until now, so that what is under it has yet to be told.
    #[must_use]
    pub fn wakes(&mut self, at: WindowPoint) -> bool {
        let was_resting = self.is_resting;
        self.comes(at) && was_resting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_slides_under_a_resting_pointer_is_not_pointed_at() {
        let mut hover = Hover::default();
        assert!(hover.comes((10, 10)));
        assert!(!hover.wakes((12, 10)));
        // A click opens the details: another block slides under the pointer.
        hover.rest();
        assert!(!hover.comes((12, 10)));
        assert!(!hover.wakes((12, 10)));
        assert!(hover.is_resting());
        // As soon as the pointer moves, what is under it is told, once.
        assert!(hover.wakes((13, 10)));
        assert!(!hover.is_resting());
        assert!(!hover.wakes((14, 10)));
        assert!(hover.comes((15, 10)));
        // Or it comes to something else at once.
        hover.rest();
        assert!(hover.comes((40, 40)));
        // Also from outside of the picture.
        hover.rest();
        hover.passes((5, 5));
        assert!(!hover.comes((5, 5)));
        assert!(hover.comes((6, 5)));
    }

    #[test]
    fn a_page_that_opens_under_the_pointer_waits_for_it() {
        let mut hover = Hover::default();
        hover.rest();
        assert!(!hover.comes((10, 10)));
        assert!(hover.wakes((11, 10)));
    }
}
