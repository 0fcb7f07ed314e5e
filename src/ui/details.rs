//! The drawer: all about one pod or node, beside the map.
//!
//! The head of it comes from the picture and is there at once; the object itself is fetched when the drawer opens and
//! again when the picture knows a newer version. Tabs are mounted only while they are shown, and what they hold open
//! ends with them. Not modal: the map stays usable.

mod copy_button;
mod drawer;
mod events;
mod facts;
mod head;
mod log;
mod log_rows;
mod log_tools;
mod logs;
mod navigate;
mod object;
mod overview;
mod write;
mod yaml;

pub(super) use self::{
    drawer::Drawer,
    navigate::{open_details, tab_of_key},
};
