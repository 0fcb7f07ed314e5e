//! The picture: the node list with its cards, the map, or a placeholder.

mod card_head;
mod cluster_map;
mod cluster_view;
mod motion;
mod node_card;
mod node_list;
mod pod_chips;
mod pod_grid;
mod scene;
mod tray;

pub(super) use self::cluster_view::ClusterView;
pub use self::{motion::Motion, pod_grid::PodGrid};
