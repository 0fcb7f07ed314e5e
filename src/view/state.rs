//! The user's choices, and how the address holds them.
//!
//! The fragment of the address is the state: `#q=ns:shop&group=zone&sel=pod:shop/web-1&tab=logs`. It holds every
//! choice on the page, so that back, forward, reload and a link to a colleague work. Defaults are left out, and an invalid
//! value counts as the default: an old link never breaks the page.

use std::fmt;

use crate::{
    resource::{ObjectKey, SharedStr},
    view::clipboard::clean,
};

/// Everything that the user can choose. See the [module](self).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ViewState {
    /// `q`: the query, as it was typed. See `view::query`.
    pub query: String,
    /// `hide=1`: pods that do not match are hidden instead of dimmed.
    pub hides: bool,
    /// `group`: what the boxes stand for and which of them stand together.
    pub group: Group,
    /// `sort`: the order of the boxes in their group.
    pub sort: Sort,
    /// `color`: what a block's color tells.
    pub color: Color,
    /// `sel`: the pod or node whose details are open.
    pub selected: Option<Subject>,
    /// `tab`: which of its details.
    pub tab: Tab,
    /// `zoom`: boxes, the map, or what fits.
    pub zoom: Zoom,
    /// `theme`: the colors of the page; `None` for the one that was chosen before.
    pub theme: Option<Theme>,
    /// `kiosk=1`: kiosk mode, without controls.
    pub kiosk: bool,
}

/// A pod or a node: `pod:shop/web-1`, `node:worker-1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A pod.
    Pod(ObjectKey),
    /// The box of a node, whether or not there is such a node.
    Node(SharedStr),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pod(key) => write!(f, "pod:{key}"),
            Self::Node(name) => write!(f, "node:{name}"),
        }
    }
}

impl Subject {
    /// Reads `pod:NAMESPACE/NAME` or `node:NAME`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(':')?;
        match kind {
            "pod" => {
                let (namespace, name) = name.split_once('/')?;
                let is_whole = !namespace.is_empty() && !name.is_empty();
                is_whole.then(|| {
                    Self::Pod(ObjectKey {
                        namespace: namespace.into(),
                        name: name.into(),
                    })
                })
            }
            "node" if !name.is_empty() => Some(Self::Node(name.into())),
            _ => None,
        }
    }
}

/// What the boxes stand for, and which of them stand together under one heading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Group {
    /// `none`: nodes, all together.
    #[default]
    None,
    /// `zone`: nodes by `topology.kubernetes.io/zone`.
    Zone,
    /// `pool`: nodes by the label with which the usual providers mark node pools.
    Pool,
    /// `role`: nodes by the ROLES column of kubectl.
    Role,
    /// `type`: nodes by `node.kubernetes.io/instance-type`.
    InstanceType,
    /// `label:KEY`: nodes by a label of theirs.
    Label(SharedStr),
    /// `namespace`: a box for each namespace instead of each node.
    Namespace,
    /// `owner`: a box for each workload instead of each node, by namespace.
    Owner,
}

/// The order of the boxes under one heading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// `name`: by name, numbers as numbers.
    #[default]
    Name,
    /// `age`: the newest first.
    Age,
    /// `pods`: the most pods first.
    Pods,
    /// `cpu`: the largest part of the allocatable processor time requested first.
    Cpu,
    /// `memory`: the same for memory.
    Memory,
    /// `problems`: the most pods in trouble first.
    Problems,
}

/// What a block's color tells. Its glyph always tells its status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Color {
    /// `status`: the family of its STATUS.
    #[default]
    Status,
    /// `namespace`: a color for each namespace.
    Namespace,
    /// `owner`: a color for each workload.
    Owner,
    /// `age`: the younger, the brighter.
    Age,
    /// `restarts`: the more, the brighter.
    Restarts,
    /// `qos`: a color for each QoS class.
    Qos,
    /// `cpu`: processor time, used where it is known, else requested: the more, the brighter.
    Cpu,
    /// `memory`: the same for memory.
    Memory,
}

/// A part of the details.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tab {
    /// `overview`.
    #[default]
    Overview,
    /// `events`.
    Events,
    /// `logs`: of pods alone.
    Logs,
    /// `yaml`.
    Yaml,
}

/// How close the picture is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Zoom {
    /// `auto`: names where most of them fit the window, boxes where they fit on a few screens, otherwise the map.
    #[default]
    Auto,
    /// `names`: boxes whose pods have names and words.
    Names,
    /// `boxes`: a box with a heading for each node.
    Boxes,
    /// A map with this many pixels from one block to the next, 1 to 12: `3`.
    Map(u8),
}

/// What the picture shows, by choice or because it fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Closeness {
    /// The close-up: a chip for each pod.
    Names(ChipSize),
    /// A block for each pod.
    #[default]
    Boxes,
    /// The map, with this many pixels from one block to the next.
    Map(u8),
}

/// The size of a chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipSize {
    /// With two lines for what is wrong.
    Roomy,
    /// With one.
    Medium,
    /// Narrow, with two lines.
    Narrow,
    /// Narrow, with one.
    Compact,
}

impl ChipSize {
    /// The largest first.
    pub const ALL: [Self; 4] = [Self::Roomy, Self::Medium, Self::Narrow, Self::Compact];

    /// The least width and the height, in sizes of the type.
    #[must_use]
    pub const fn rems(self) -> (f64, f64) {
        match self {
            Self::Roomy => (17.0, 3.625),
            Self::Medium => (17.0, 2.625),
            Self::Narrow => (13.0, 3.375),
            Self::Compact => (13.0, 2.5),
        }
    }

    /// The value of `data-chips`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Roomy => "roomy",
            Self::Medium => "medium",
            Self::Narrow => "narrow",
            Self::Compact => "compact",
        }
    }
}

impl Closeness {
    /// The value of `data-zoom`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Names(_) => "names",
            Self::Boxes => "boxes",
            Self::Map(_) => "map",
        }
    }

    /// Whether pods are chips.
    #[must_use]
    pub const fn is_names(self) -> bool {
        matches!(self, Self::Names(_))
    }

    /// Whether the picture is one image.
    #[must_use]
    pub const fn is_map(self) -> bool {
        matches!(self, Self::Map(_))
    }
}

/// A change of zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoomStep {
    /// Farther.
    Out,
    /// As it fits.
    Fit,
    /// Closer.
    In,
}

impl Zoom {
    /// Closer or farther by a step: names, boxes, then maps with ever smaller blocks.
    #[must_use]
    pub fn stepped(step: ZoomStep, scale: Closeness) -> Self {
        let (smallest, largest) = (*Self::MAP_PITCH.start(), *Self::MAP_PITCH.end());
        match (step, scale) {
            (ZoomStep::Fit, _) => Self::Auto,
            (ZoomStep::In, Closeness::Map(block)) if block < largest => Self::Map(block + 1),
            (ZoomStep::In, Closeness::Map(_)) | (ZoomStep::Out, Closeness::Names(_)) => Self::Boxes,
            (ZoomStep::In, Closeness::Boxes | Closeness::Names(_)) => Self::Names,
            (ZoomStep::Out, Closeness::Boxes) => Self::Map(largest),
            (ZoomStep::Out, Closeness::Map(block)) => Self::Map(block.saturating_sub(1).max(smallest)),
        }
    }
}

/// The colors of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Theme {
    /// `auto`: dark or light, as the system has it.
    Auto,
    /// `light`.
    Light,
    /// `dark`.
    Dark,
    /// `contrast`: black, white and the brightest of colors.
    Contrast,
    /// `crt`: the phosphor of an old terminal.
    Crt,
}

/// Names of the choices of a closed set, each once.
macro_rules! choices {
    ($name:ident { $($choice:ident => $slug:literal, $label:literal;)* }) => {
        impl $name {
            /// Every choice, in the order of its menu.
            pub const ALL: &[Self] = &[$(Self::$choice),*];

            /// Its name in the address.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$choice => $slug),* }
            }

            /// Its name on the page.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$choice => $label),* }
            }

            /// The choice of this name.
            #[must_use]
            pub fn parse(slug: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|choice| choice.slug() == slug)
            }
        }
    };
}

choices!(Sort {
    Name => "name", "name";
    Age => "age", "age";
    Pods => "pods", "pods";
    Cpu => "cpu", "CPU requested";
    Memory => "memory", "memory requested";
    Problems => "problems", "problems";
});

choices!(Color {
    Status => "status", "status";
    Namespace => "namespace", "namespace";
    Owner => "owner", "owner";
    Age => "age", "age";
    Restarts => "restarts", "restarts";
    Qos => "qos", "QoS class";
    Cpu => "cpu", "CPU";
    Memory => "memory", "memory";
});

choices!(Tab {
    Overview => "overview", "Overview";
    Events => "events", "Events";
    Logs => "logs", "Logs";
    Yaml => "yaml", "YAML";
});

choices!(Theme {
    Auto => "auto", "auto";
    Light => "light", "light";
    Dark => "dark", "dark";
    Contrast => "contrast", "high contrast";
    Crt => "crt", "CRT";
});

impl Group {
    /// Every choice but [`Group::Label`], in the order of its menu.
    pub const ALL: &[Self] = &[
        Self::None,
        Self::Zone,
        Self::Pool,
        Self::Role,
        Self::InstanceType,
        Self::Namespace,
        Self::Owner,
    ];

    /// Its name on the page.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Zone => "zone".to_owned(),
            Self::Pool => "node pool".to_owned(),
            Self::Role => "role".to_owned(),
            Self::InstanceType => "instance type".to_owned(),
            Self::Label(key) => super::visible::visible(key).into_owned(),
            Self::Namespace => "namespace".to_owned(),
            Self::Owner => "owner".to_owned(),
        }
    }

    /// The choice of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(key) = text.strip_prefix("label:") {
            return (!key.is_empty()).then(|| Self::Label(key.into()));
        }
        Self::ALL.iter().find(|group| group.to_string() == text).cloned()
    }
}

/// Its name in the address.
impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Zone => f.write_str("zone"),
            Self::Pool => f.write_str("pool"),
            Self::Role => f.write_str("role"),
            Self::InstanceType => f.write_str("type"),
            Self::Label(key) => write!(f, "label:{key}"),
            Self::Namespace => f.write_str("namespace"),
            Self::Owner => f.write_str("owner"),
        }
    }
}

impl Zoom {
    /// From one block of a map to the next, at least and at most, in CSS pixels.
    pub const MAP_PITCH: std::ops::RangeInclusive<u8> = 1..=12;

    /// The same in kiosk mode, which fills the screen: a cluster whose boxes just do not fit has room for larger blocks.
    pub const WALL_PITCH: std::ops::RangeInclusive<u8> = 1..=48;

    fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "names" => Some(Self::Names),
            "boxes" => Some(Self::Boxes),
            _ => text
                .parse()
                .ok()
                .filter(|block| Self::MAP_PITCH.contains(block))
                .map(Self::Map),
        }
    }
}

/// Its name in the address.
impl fmt::Display for Zoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Names => f.write_str("names"),
            Self::Boxes => f.write_str("boxes"),
            Self::Map(block) => write!(f, "{block}"),
        }
    }
}

impl ViewState {
    /// Reads the fragment of an address, with or without its `#`.
    #[must_use]
    pub fn parse(fragment: &str) -> Self {
        let mut state = Self::default();
        for (name, value) in form_urlencoded::parse(fragment.trim_start_matches('#').as_bytes()) {
            match &*name {
                // What somebody copies or cuts from the field is safe to paste, whoever wrote the link.
                "q" => state.query = clean(&value).into_owned(),
                "hide" => state.hides = value == "1",
                "group" => state.group = Group::parse(&value).unwrap_or_default(),
                "sort" => state.sort = Sort::parse(&value).unwrap_or_default(),
                "color" | "colour" => state.color = Color::parse(&value).unwrap_or_default(),
                "sel" => state.selected = Subject::parse(&value),
                "tab" => state.tab = Tab::parse(&value).unwrap_or_default(),
                "zoom" => state.zoom = Zoom::parse(&value).unwrap_or_default(),
                "theme" => state.theme = Theme::parse(&value),
                "kiosk" => state.kiosk = value == "1",
                _ => {}
            }
        }
        state
    }
}

/// The fragment, without its `#`; empty if all values are defaults.
impl fmt::Display for ViewState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usual = Self::default();
        let flag = |is_set: bool| is_set.then(|| "1".to_owned());
        let pairs = [
            ("q", (!self.query.is_empty()).then(|| self.query.clone())),
            ("hide", flag(self.hides)),
            ("group", (self.group != usual.group).then(|| self.group.to_string())),
            ("sort", (self.sort != usual.sort).then(|| self.sort.slug().to_owned())),
            (
                "color",
                (self.color != usual.color).then(|| self.color.slug().to_owned()),
            ),
            ("sel", self.selected.as_ref().map(ToString::to_string)),
            ("tab", (self.tab != usual.tab).then(|| self.tab.slug().to_owned())),
            ("zoom", (self.zoom != usual.zoom).then(|| self.zoom.to_string())),
            ("theme", self.theme.map(|theme| theme.slug().to_owned())),
            ("kiosk", flag(self.kiosk)),
        ];
        let mut is_first = true;
        for (name, value) in pairs {
            let Some(value) = value else { continue };
            if !std::mem::take(&mut is_first) {
                f.write_str("&")?;
            }
            write!(f, "{name}=")?;
            escape(&value, f)?;
        }
        Ok(())
    }
}

/// Writes a value as [`form_urlencoded`] reads it, but legible: only what would end the value, or what a chat program
/// would cut a link at, is escaped.
fn escape(value: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for character in value.chars() {
        match character {
            ' ' => f.write_str("+")?,
            _ if character.is_alphanumeric() || "-_.~:/,!=*|@$;?".contains(character) => write!(f, "{character}")?,
            _ => {
                for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                    write!(f, "%{byte:02X}")?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(fragment: &str, state: ViewState) {
        assert_eq!(ViewState::parse(fragment), state, "{fragment}");
        assert_eq!(state.to_string(), fragment.trim_start_matches('#'));
    }

    #[test]
    fn zoom_goes_from_names_to_the_smallest_map_and_back() {
        let names = Closeness::Names(ChipSize::Compact);
        assert_eq!(Zoom::stepped(ZoomStep::In, names), Zoom::Names);
        assert_eq!(Zoom::stepped(ZoomStep::Out, names), Zoom::Boxes);
        assert_eq!(Zoom::stepped(ZoomStep::In, Closeness::Boxes), Zoom::Names);
        let mut scale = Closeness::Boxes;
        let mut pitches = Vec::new();
        for _ in Zoom::MAP_PITCH {
            let Zoom::Map(pitch) = Zoom::stepped(ZoomStep::Out, scale) else {
                panic!("farther than boxes are maps")
            };
            scale = Closeness::Map(pitch);
            pitches.push(pitch);
        }
        assert_eq!(pitches, Zoom::MAP_PITCH.rev().collect::<Vec<_>>());
        let (smallest, largest) = (*Zoom::MAP_PITCH.start(), *Zoom::MAP_PITCH.end());
        assert_eq!(Zoom::stepped(ZoomStep::Out, scale), Zoom::Map(smallest));
        assert_eq!(Zoom::stepped(ZoomStep::In, scale), Zoom::Map(smallest + 1));
        assert_eq!(Zoom::stepped(ZoomStep::In, Closeness::Map(largest)), Zoom::Boxes);
        assert_eq!(Zoom::stepped(ZoomStep::Fit, scale), Zoom::Auto);
    }

    #[test]
    fn the_fragment_is_the_state() {
        check("", ViewState::default());
        check(
            "#q=ns:shop,payments+!status:Completed+restarts%3E3&hide=1&group=label:topology.kubernetes.io/rack",
            ViewState {
                query: "ns:shop,payments !status:Completed restarts>3".into(),
                hides: true,
                group: Group::Label("topology.kubernetes.io/rack".into()),
                ..ViewState::default()
            },
        );
        check(
            "group=owner&sort=problems&color=qos&sel=pod:shop/web-1&tab=logs&zoom=3&theme=crt&kiosk=1",
            ViewState {
                group: Group::Owner,
                sort: Sort::Problems,
                color: Color::Qos,
                selected: Subject::parse("pod:shop/web-1"),
                tab: Tab::Logs,
                zoom: Zoom::Map(3),
                theme: Some(Theme::Crt),
                kiosk: true,
                ..ViewState::default()
            },
        );
    }

    #[test]
    fn the_former_spelling_of_color_still_works() {
        assert_eq!(ViewState::parse("colour=qos"), ViewState::parse("color=qos"));
        assert_ne!(ViewState::parse("colour=qos"), ViewState::default());
    }

    #[test]
    fn what_cannot_be_read_is_as_usual() {
        for fragment in [
            "#group=moon&sort=&color=smell&sel=pod:web&tab=attic&zoom=0&theme=pink&kiosk=yes&other=1",
            "#sel=node:&zoom=-3&group=label:&hide=0",
            "#&&=&q=&sel=pod:/&zoom=300",
        ] {
            assert_eq!(ViewState::parse(fragment), ViewState::default(), "{fragment}");
        }
    }

    #[test]
    fn no_link_puts_control_characters_into_the_query() {
        let state = ViewState::parse("#q=web%1b%5b201~%0areboot%0d%7f");
        assert_eq!(state.query, "web␛[201~\nreboot␍␡");
    }

    proptest! {
        #[test]
        fn any_query_survives_the_address(query in ".*") {
            let state = ViewState { query: clean(&query).into_owned(), ..ViewState::default() };
            let fragment = state.to_string();
            prop_assert!(!fragment.contains([' ', '#', '"', '<', '>']));
            prop_assert_eq!(ViewState::parse(&fragment), state);
        }
    }
}
