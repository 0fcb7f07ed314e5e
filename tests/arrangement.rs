//! Where the boxes of a cluster stand, and which blocks are in them.

use std::sync::Arc;

use k8bit::{
    cluster::{Cluster, Filter, GroupKey},
    resource::{Node, Pod, Resource, SharedStr, Timestamp},
    view::{
        arrangement::{Arrangement, Room, Showing, fitting_names, is_arranged_alike},
        block_style::StyleContext,
        blocks::Blocks,
        layout::{self, Layout, LayoutMetrics, Lengths},
        query::Query,
        state::{ChipSize, Closeness, Group, Subject, ViewState, Zoom},
    },
};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_795_423_383);

const ROOM: Room = Room {
    width: 1_000.0,
    height: 600.0,
    lengths: Lengths {
        block: 12.0,
        gap: 2.0,
        unit: 1.0,
        rem: 16.0,
        rows: 3.0,
    },
};

fn decode<K: Resource>(object: &Value) -> Arc<K> {
    Arc::new(K::decode(object.to_string().as_bytes(), &mut K::Interner::default()).expect("an object of the test"))
}

fn node(name: &str, zone: &str) -> Arc<Node> {
    decode(&json!({ "metadata": {
        "name": name, "uid": format!("uid-of-{name}"), "labels": { "topology.kubernetes.io/zone": zone },
    } }))
}

fn pod(name: &str, node: &str) -> Arc<Pod> {
    decode(&json!({
        "metadata": { "namespace": "shop", "name": name, "uid": format!("uid-of-{name}") },
        "spec": { "nodeName": node, "containers": [{ "name": "web" }] },
        "status": { "phase": "Running" },
    }))
}

/// This many nodes in two zones, each with this many pods.
fn cluster(nodes: usize, pods: usize) -> Cluster {
    let name = |index: usize| format!("node-{index:04}");
    let zone = |index: usize| if index.is_multiple_of(2) { "a" } else { "b" };
    let all = (0..nodes).map(|index| node(&name(index), zone(index)));
    let on = |index| (0..pods).map(move |pod_index| pod(&format!("web-{index}-{pod_index}"), &name(index)));
    Cluster::rebuild(all, (0..nodes).flat_map(on))
}

fn arranged(cluster: &Cluster, state: &ViewState) -> Arrangement {
    let laid_out = Arrangement::default().laid_out(cluster, state, Some(ROOM));
    laid_out.arranged(cluster, state, false)
}

#[test]
fn boxes_stand_in_order_under_the_headings_of_their_groups() {
    let cluster = cluster(4, 3);
    let state = ViewState {
        group: Group::Zone,
        zoom: Zoom::Boxes,
        ..ViewState::default()
    };
    let arrangement = arranged(&cluster, &state);
    let names: Vec<&str> = arrangement.boxes().iter().map(GroupKey::name).collect();
    assert_eq!(names, ["node-0000", "node-0002", "node-0001", "node-0003"]);
    let headings = arrangement.headings(&cluster);
    let titles: Vec<&str> = headings.iter().map(|placed| placed.heading.title.as_str()).collect();
    assert_eq!(titles, ["a", "b"]);
    assert!(headings[0].top < headings[1].top);
    assert_eq!(arrangement.scale(), Closeness::Boxes);
    assert_eq!(
        arrangement.index_of(&GroupKey::Node(SharedStr::new("node-0001"))),
        Some(2)
    );
}

#[test]
fn a_pod_is_found_in_its_box() {
    let cluster = cluster(2, 3);
    let subject = Subject::parse("pod:shop/web-1-2").expect("a pod");
    for zoom in [Zoom::Boxes, Zoom::Names] {
        let arrangement = arranged(&cluster, &zoomed(zoom));
        assert_eq!(arrangement.locate(&cluster, &subject), Some((1, Some(2))));
        let (rect, of_box) = (
            arrangement.rect_of(&cluster, &subject).expect("a place"),
            arrangement.layout().rect(1).expect("a box"),
        );
        assert!(rect.left > of_box.left && rect.left + rect.width < of_box.left + of_box.width);
    }
    let arrangement = arranged(&cluster, &ViewState::default());
    let gone = Subject::parse("pod:shop/web-9-9").expect("a pod");
    assert_eq!(arrangement.rect_of(&cluster, &gone), None);
}

fn zoomed(zoom: Zoom) -> ViewState {
    ViewState {
        zoom,
        ..ViewState::default()
    }
}

fn block_of(arrangement: &Arrangement) -> Option<u8> {
    match arrangement.scale() {
        Closeness::Map(block) => Some(block),
        Closeness::Names(_) | Closeness::Boxes => None,
    }
}

/// The same of 1280 by 800.
const LAPTOP: Room = Room {
    width: 1_240.0,
    height: 563.0,
    ..ROOM
};

/// The room of a window of 1440 by 900 pixels.
const WINDOW: Room = Room {
    width: 1_400.0,
    height: 690.0,
    ..ROOM
};

#[test]
fn a_small_cluster_is_shown_by_names_while_most_of_them_fit() {
    let state = ViewState::default();
    let in_window = |nodes: usize, pods: usize| {
        let cluster = cluster(nodes, pods);
        let laid_out = Arrangement::default().laid_out(&cluster, &state, Some(WINDOW));
        let arrangement = laid_out.arranged(&cluster, &state, false);
        let windows = arrangement.layout().height() / WINDOW.height;
        if arrangement.scale().is_names() {
            assert!(windows <= 2.6, "{nodes} nodes with {pods} pods: {windows} windows");
        }
        arrangement.scale()
    };
    assert_eq!(in_window(1, 7), Closeness::Names(ChipSize::Roomy));
    assert_eq!(in_window(3, 9), Closeness::Names(ChipSize::Medium));
    assert_eq!(in_window(5, 9), Closeness::Names(ChipSize::Narrow));
    assert_eq!(in_window(2, 30), Closeness::Names(ChipSize::Compact));
    // Where blocks would leave half of the window empty.
    assert_eq!(in_window(3, 25), Closeness::Names(ChipSize::Compact));
    assert_eq!(in_window(5, 20), Closeness::Names(ChipSize::Compact));
    assert_eq!(in_window(6, 33), Closeness::Boxes);
    assert_eq!(in_window(0, 0), Closeness::Boxes);
    // Whatever fits, that many chips say little.
    let vast = Room {
        width: 8_000.0,
        height: 8_000.0,
        ..ROOM
    };
    let many = cluster(3, 70);
    let laid_out = Arrangement::default().laid_out(&many, &state, Some(vast));
    assert_eq!(laid_out.arranged(&many, &state, false).scale(), Closeness::Boxes);
    assert!(
        arranged(&many, &zoomed(Zoom::Names)).scale().is_names(),
        "unless they are chosen"
    );
}

#[test]
fn names_do_not_come_and_go_with_one_pod() {
    let fits = |pods: usize, showing: Showing| fitting_names(&[vec![pods]], WINDOW, showing).is_some();
    let most = |showing: Showing| (1..1_000).take_while(|pods| fits(*pods, showing)).count();
    let [to_come, to_stay, beside] = [Showing::NotYet, Showing::Already, Showing::BesideDetails].map(most);
    assert!(to_come + 2 <= to_stay, "{to_come} and {to_stay}");
    assert!(2 * to_stay < beside, "{to_stay}, and {beside} beside the details");
    let on_laptop = |pods: usize| fitting_names(&[vec![pods; 3]], LAPTOP, Showing::NotYet).is_some();
    assert!(on_laptop(24) && on_laptop(34) && !on_laptop(60));
    // On a phone one scrolls, some windows and no more.
    let phone = Room {
        width: 340.0,
        height: 400.0,
        ..ROOM
    };
    let fits = |nodes: usize, pods: usize| fitting_names(&[vec![pods; nodes]], phone, Showing::NotYet).is_some();
    assert!(fits(1, 30) && fits(3, 20) && fits(3, 33));
    assert!(!fits(3, 50));
}

#[test]
fn a_wall_has_the_largest_blocks_that_fit() {
    let kiosk = ViewState {
        kiosk: true,
        ..ViewState::default()
    };
    let on = |nodes: usize, pods: usize, (width, height): (f64, f64)| {
        let cluster = cluster(nodes, pods);
        let room = Room { width, height, ..ROOM };
        let laid_out = Arrangement::default().laid_out(&cluster, &kiosk, Some(room));
        let arrangement = laid_out.arranged(&cluster, &kiosk, false);
        assert!(
            arrangement.layout().height() <= height,
            "{nodes} nodes with {pods} pods"
        );
        (arrangement.scale(), arrangement.enlarged_blocks())
    };
    let screen = (1_416.0, 600.0);
    assert_eq!(on(3, 70, screen), (Closeness::Boxes, Some((36.0, 6.0))));
    assert_eq!(on(20, 40, screen), (Closeness::Boxes, None));
    // Nobody scrolls, on a phone either: names that do not fit become blocks.
    assert_eq!(on(1, 30, (340.0, 400.0)).0, Closeness::Boxes);
    assert!(on(1, 5, (340.0, 400.0)).0.is_names());
}

#[test]
fn the_map_of_150_000_pods_fits_the_window() {
    let slots = vec![vec![30; 5_000]];
    let window = Room {
        width: 1_400.0,
        height: 690.0,
        ..ROOM
    };
    let block = layout::fitting_block(&slots, window.width, window.height, 30, Zoom::MAP_PITCH);
    let map = Layout::new(&slots, window.width, LayoutMetrics::map(block, 30));
    assert!(map.height() <= window.height, "{} pixels", map.height());
}

#[test]
fn a_large_cluster_is_a_map_that_fits_and_keeps_its_scale() {
    let large = cluster(700, 2);
    let state = ViewState::default();
    let map = arranged(&large, &state);
    let block = block_of(&map).expect("a map");
    assert!(map.layout().height() <= ROOM.height);
    // A tenth more is no other scale; three times as much is.
    let more = map.arranged(&cluster(740, 2), &state, false);
    assert_eq!(block_of(&more), Some(block));
    let much_more = map.arranged(&cluster(2_100, 8), &state, false);
    assert!(block_of(&much_more).expect("a map") < block);
    // The user may want boxes all the same, and a map may be chosen for a few.
    let boxes = map.clone().laid_out(&large, &zoomed(Zoom::Boxes), Some(ROOM));
    assert_eq!(boxes.scale(), Closeness::Boxes);
    assert_eq!(
        arranged(&cluster(2, 1), &zoomed(Zoom::Map(5))).scale(),
        Closeness::Map(5)
    );
}

#[test]
fn nothing_is_a_map_before_the_room_is_known() {
    let arrangement = Arrangement::default().arranged(&cluster(700, 2), &ViewState::default(), false);
    assert_eq!((arrangement.scale(), arrangement.room()), (Closeness::Boxes, None));
}

#[test]
fn a_box_that_needs_another_row_is_noticed() {
    let mut cluster = cluster(1, 1);
    let arrangement = arranged(&cluster, &ViewState::default());
    let group_key = [GroupKey::Node(SharedStr::new("node-0000"))];
    assert!(!arrangement.is_outgrown(&cluster, &group_key));
    let many = (0..500).map(|index| k8bit_informer::store::Change::Added(pod(&format!("job-{index}"), "node-0000")));
    cluster.apply_pods(&many.collect::<Vec<_>>(), NOW);
    assert!(arrangement.is_outgrown(&cluster, &group_key));
}

#[test]
fn a_query_moves_boxes_only_where_it_hides() {
    let choice = |query: &str, hides| ViewState {
        query: query.to_owned(),
        hides,
        ..ViewState::default()
    };
    assert!(is_arranged_alike(&choice("web", false), &choice("db", false)));
    assert!(!is_arranged_alike(&choice("web", true), &choice("db", true)));
    assert!(!is_arranged_alike(&choice("web", false), &choice("web", true)));
}

#[test]
fn blocks_are_equal_as_long_as_the_pods_are_the_same_objects() {
    let mut cluster = cluster(1, 2);
    let blocks = |cluster: &Cluster, style_context: &StyleContext| {
        let pod_group = cluster
            .pod_group(&GroupKey::Node(SharedStr::new("node-0000")))
            .expect("the node");
        Blocks::of(pod_group.pods(), style_context, cluster.usage(), usize::MAX)
    };
    let style_context = StyleContext::default();
    let before = blocks(&cluster, &style_context);
    assert_eq!(before, blocks(&cluster, &style_context));
    assert_eq!(before.slot_count(), 2);
    cluster.apply_pods(
        &[k8bit_informer::store::Change::Modified {
            old: Arc::clone(&before.get(0).expect("a block").pod),
            new: pod("web-0-0", "node-0000"),
        }],
        NOW,
    );
    assert_ne!(before, blocks(&cluster, &style_context));
    // What does not match is no block where the user hides it.
    cluster.set_filter(Some(Filter::new(std::rc::Rc::new(
        Query::parse("web-0-1").expect("a query"),
    ))));
    cluster.filter_some(NOW, || false);
    let hiding = StyleContext {
        hides: true,
        ..StyleContext::default()
    };
    let seen: Vec<usize> = (0..2)
        .filter(|slot| blocks(&cluster, &hiding).get(*slot).is_some())
        .collect();
    assert_eq!(seen, [1]);
}
