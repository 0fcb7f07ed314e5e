//! The details of a pod or node, from whole objects as the API sends them.

mod explain;
mod hostile;
mod log;
mod overview;
mod owner;
mod terminal;
mod visible;
mod write;
mod yaml;
