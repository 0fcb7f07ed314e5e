//! What a block's color tells when it does not tell the status, and the legend of it.
//!
//! A small closed set of tints: a category, whose color is chosen by its name and is the same on every screen, or a level
//! of a scale. Blocks and the map's canvas take the colors from `style.css`, where each tint has a custom property.

use hashbrown::HashMap;

use crate::{
    metrics::Usage,
    resource::{Pod, QosClass, Timestamp, Workload},
    view::{state::Color, visible::visible},
};

/// A color that is not a family's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tint {
    /// One of [`CATEGORIES`] colors that are far apart.
    Category(u8),
    /// One of [`LEVELS`] steps of a scale, the higher the brighter.
    Level(u8),
    /// There is nothing to tell: no owner, no class, not measured and not requested.
    Nothing,
}

/// How many colors categories have.
pub const CATEGORIES: u8 = 12;

/// How many steps a scale has.
pub const LEVELS: u8 = 5;

/// Most entries of a legend of categories; what is rarer is summed up.
const MAX_ENTRIES: usize = 10;

/// What colors are told from, beside the pods.
#[derive(Clone, Copy, Debug)]
pub struct ColorContext<'u> {
    /// What a color shows.
    pub color: Color,
    /// What is used, where it is known.
    pub usage: &'u Usage,
    /// The time, for ages.
    pub now: Timestamp,
}

/// What the colors mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Legend {
    /// What they tell: `Namespace`; empty for the status, which has a legend of its own.
    pub title: &'static str,
    /// The most frequent categories, or every step of the scale from low to high.
    pub entries: Vec<LegendEntry>,
    /// Pods of categories beyond those.
    pub others: u32,
}

/// A color of a legend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegendEntry {
    /// The color.
    pub tint: Tint,
    /// What it stands for.
    pub label: String,
    /// How many pods have it.
    pub pods: u32,
}

/// What a pod is told apart by, borrowed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Category<'p> {
    Namespace(&'p str),
    Owner(&'p str, Workload<'p>),
    Qos(QosClass),
    Nothing,
}

impl Tint {
    /// Every tint, in the order of `style.css`.
    pub fn all() -> impl Iterator<Item = Self> {
        let categories = (0..CATEGORIES).map(Self::Category);
        categories.chain((0..LEVELS).map(Self::Level)).chain([Self::Nothing])
    }

    /// The value of `data-tint`; with two hyphens before it, the custom property of its color: `--tint-3`, `--level-0`.
    #[must_use]
    pub fn slug(self) -> &'static str {
        const NAMES: [&str; CATEGORIES as usize] = [
            "tint-0", "tint-1", "tint-2", "tint-3", "tint-4", "tint-5", "tint-6", "tint-7", "tint-8", "tint-9",
            "tint-10", "tint-11",
        ];
        const LEVEL_NAMES: [&str; LEVELS as usize] = ["level-0", "level-1", "level-2", "level-3", "level-4"];
        match self {
            Self::Category(index) => NAMES[usize::from(index % CATEGORIES)],
            Self::Level(level) => LEVEL_NAMES[usize::from(level.min(LEVELS - 1))],
            Self::Nothing => "tint-none",
        }
    }

    /// The color of a pod; `None` where the family's own color is wanted.
    #[must_use]
    pub fn of(pod: &Pod, context: &ColorContext<'_>) -> Option<Self> {
        match context.color {
            Color::Status => None,
            Color::Namespace | Color::Owner | Color::Qos => Some(Category::of(pod, context.color).tint()),
            Color::Age | Color::Restarts | Color::Cpu | Color::Memory => {
                Some(measure(pod, context).map_or(Self::Nothing, |amount| {
                    let steps = scale(context.color).steps;
                    Self::Level(steps.iter().filter(|step| amount >= **step).count() as u8)
                }))
            }
        }
    }
}

impl<'p> Category<'p> {
    fn of(pod: &'p Pod, color: Color) -> Self {
        let namespace = &*pod.meta.key.namespace;
        match color {
            Color::Namespace => Self::Namespace(namespace),
            Color::Owner => Workload::of(pod).map_or(Self::Nothing, |workload| Self::Owner(namespace, workload)),
            Color::Qos => pod.template.qos.map_or(Self::Nothing, Self::Qos),
            _ => Self::Nothing,
        }
    }

    fn tint(self) -> Tint {
        match self {
            Self::Namespace(name) => Tint::Category(hashed(&[name])),
            Self::Owner(namespace, workload) => Tint::Category(hashed(&[namespace, workload.kind, workload.name])),
            // Blue, amber, violet: none is better than another, as green and red would say.
            Self::Qos(QosClass::Guaranteed) => Tint::Category(0),
            Self::Qos(QosClass::Burstable) => Tint::Category(1),
            Self::Qos(QosClass::BestEffort) => Tint::Category(4),
            Self::Nothing => Tint::Nothing,
        }
    }

    fn label(self, color: Color) -> String {
        match self {
            Self::Namespace(name) => visible(name).into_owned(),
            Self::Owner(namespace, workload) => {
                let name = format!("{namespace}/{}{}", workload.name, workload.mark());
                visible(&name).into_owned()
            }
            Self::Qos(class) => class.as_str().to_owned(),
            Self::Nothing if color == Color::Owner => "no owner".to_owned(),
            Self::Nothing => "unknown".to_owned(),
        }
    }
}

/// A category by the name: FNV-1a, because it is the same on every screen and in every version.
fn hashed(words: &[&str]) -> u8 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    // The low bits of FNV are the weakest.
    ((hash ^ (hash >> 32)) % u64::from(CATEGORIES)) as u8
}

/// A scale: where its steps begin, but for the lowest, and what they are called.
struct Scale {
    steps: [u64; LEVELS as usize - 1],
    labels: [&'static str; LEVELS as usize],
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Youth is what is measured, so that the young are bright: seconds before a hundred years.
const OLDEST: u64 = 36_500 * DAY;

fn scale(color: Color) -> Scale {
    match color {
        Color::Age => Scale {
            steps: [7 * DAY, DAY, HOUR, 10 * MINUTE].map(|age| OLDEST - age + 1),
            labels: ["7 d and older", "under 7 d", "under 1 d", "under 1 h", "under 10 min"],
        },
        Color::Restarts => Scale {
            steps: [1, 3, 10, 50],
            labels: ["0", "1–2", "3–9", "10–49", "50 and more"],
        },
        Color::Memory => Scale {
            steps: [64 << 20, 256 << 20, 1 << 30, 4 << 30],
            labels: ["under 64Mi", "under 256Mi", "under 1Gi", "under 4Gi", "4Gi and more"],
        },
        _ => Scale {
            steps: [50, 250, 1_000, 4_000],
            labels: [
                "under 50m",
                "under 250m",
                "under 1 core",
                "under 4 cores",
                "4 cores and more",
            ],
        },
    }
}

/// What the scale is about; `None` where it is not known, or the pod has ended and holds nothing.
fn measure(pod: &Pod, context: &ColorContext<'_>) -> Option<u64> {
    let amounts = || match context.usage.pod(pod) {
        Some(used) => Some(used),
        None if pod.is_finished() => None,
        None => Some(pod.reserved()),
    };
    match context.color {
        Color::Age => {
            let age = pod.created?.seconds_until(context.now);
            Some(OLDEST.saturating_sub(age))
        }
        Color::Restarts => Some(u64::from(pod.status.restarts)),
        Color::Cpu => amounts().map(|amounts| amounts.cpu_millis),
        Color::Memory => amounts().map(|amounts| amounts.memory_bytes),
        _ => None,
    }
}

impl Legend {
    /// What the colors of these pods mean. Costs a look at every pod.
    #[must_use]
    pub fn of<'p>(pods: impl IntoIterator<Item = &'p Pod>, context: &ColorContext<'_>) -> Self {
        let title = match context.color {
            Color::Status => return Self::default(),
            Color::Namespace => "Namespace",
            Color::Owner => "Owner",
            Color::Age => "Age",
            Color::Restarts => "Restarts",
            Color::Qos => "QoS class",
            Color::Cpu => "CPU, used or else requested",
            Color::Memory => "Memory, used or else requested",
        };
        match context.color {
            Color::Namespace | Color::Owner | Color::Qos => Self::of_categories(title, pods, context.color),
            _ => Self::of_levels(title, pods, context),
        }
    }

    fn of_categories<'p>(title: &'static str, pods: impl IntoIterator<Item = &'p Pod>, color: Color) -> Self {
        let mut counts: HashMap<Category<'p>, u32> = HashMap::new();
        for pod in pods {
            *counts.entry(Category::of(pod, color)).or_default() += 1;
        }
        let mut counts: Vec<(Category<'p>, u32)> = counts.into_iter().collect();
        // The most frequent first; equals by name, so that they do not change places.
        counts.sort_by(|(category, pods), (other, others)| others.cmp(pods).then_with(|| category.cmp(other)));
        let rare = counts.split_off(counts.len().min(MAX_ENTRIES));
        let entry = |(category, pods): (Category<'p>, u32)| LegendEntry {
            tint: category.tint(),
            label: category.label(color),
            pods,
        };
        Self {
            title,
            entries: counts.into_iter().map(entry).collect(),
            others: rare.into_iter().map(|(_, pods)| pods).sum(),
        }
    }

    fn of_levels<'p>(title: &'static str, pods: impl IntoIterator<Item = &'p Pod>, context: &ColorContext<'_>) -> Self {
        let mut levels = [0; LEVELS as usize];
        let mut nothing = 0;
        for pod in pods {
            match Tint::of(pod, context) {
                Some(Tint::Level(level)) => levels[usize::from(level)] += 1,
                _ => nothing += 1,
            }
        }
        let labels = scale(context.color).labels;
        let levels = (0..LEVELS)
            .zip(levels)
            .zip(labels)
            .map(|((level, pods), label)| LegendEntry {
                tint: Tint::Level(level),
                label: label.to_owned(),
                pods,
            });
        let unknown = (nothing > 0).then(|| LegendEntry {
            tint: Tint::Nothing,
            label: "unknown or over".to_owned(),
            pods: nothing,
        });
        Self {
            title,
            entries: levels.chain(unknown).collect(),
            others: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        metrics::Usage,
        resource::{Amounts, Resource, ResourceInterner, metrics::PodMetrics},
    };
    use serde_json::{Value, json};

    const NOW: Timestamp = Timestamp(1_795_423_383);

    /// A pod of a ReplicaSet, with some of it replaced.
    fn pod(changes: &[(&str, Value)]) -> Pod {
        let mut pod = json!({
            "metadata": {
                "namespace": "shop", "name": "web-5d4-x", "creationTimestamp": "2026-11-23T08:33:03Z",
                "labels": {"pod-template-hash": "5d4"},
                "ownerReferences": [{"kind": "ReplicaSet", "name": "web-5d4", "controller": true}],
            },
            "spec": {"containers": [{"name": "web", "resources": {"requests": {"cpu": "300m", "memory": "1Gi"}}}]},
            "status": {
                "phase": "Running", "qosClass": "Burstable",
                "containerStatuses": [{"name": "web", "restartCount": 0, "state": {"running": {}}}],
            },
        });
        for (pointer, value) in changes {
            *pod.pointer_mut(pointer).expect("a field of the pod") = value.clone();
        }
        Pod::decode(pod.to_string().as_bytes(), &mut ResourceInterner::default()).expect("it is a pod")
    }

    fn context(color: Color, usage: &Usage) -> ColorContext<'_> {
        ColorContext { color, usage, now: NOW }
    }

    #[track_caller]
    fn check(color: Color, changes: &[(&str, Value)], expected: Option<Tint>) {
        assert_eq!(
            Tint::of(&pod(changes), &context(color, &Usage::default())),
            expected,
            "{changes:?}"
        );
    }

    #[test]
    fn scales_have_five_steps() {
        let level = |level| Some(Tint::Level(level));
        for (created, expected) in [
            ("2026-11-23T08:43:03Z", 4),
            ("2026-11-23T09:43:03Z", 4),
            ("2026-11-23T08:33:04Z", 4),
            ("2026-11-23T08:33:03Z", 3),
            ("2026-11-23T07:43:03Z", 2),
            ("2026-11-22T08:43:03Z", 1),
            ("2026-11-16T08:43:03Z", 0),
            ("1970-01-01T00:00:00Z", 0),
        ] {
            check(
                Color::Age,
                &[("/metadata/creationTimestamp", created.into())],
                level(expected),
            );
        }
        check(
            Color::Age,
            &[("/metadata/creationTimestamp", Value::Null)],
            Some(Tint::Nothing),
        );
        for (restarts, expected) in [(0, 0), (1, 1), (2, 1), (3, 2), (10, 3), (49, 3), (50, 4), (9_999, 4)] {
            let pointer = "/status/containerStatuses/0/restartCount";
            check(Color::Restarts, &[(pointer, restarts.into())], level(expected));
        }
        let requests = "/spec/containers/0/resources/requests";
        for (cpu, expected) in [
            ("0", 0),
            ("49m", 0),
            ("50m", 1),
            ("250m", 2),
            ("1", 3),
            ("3999m", 3),
            ("4", 4),
        ] {
            check(Color::Cpu, &[(requests, json!({ "cpu": cpu }))], level(expected));
        }
        for (memory, expected) in [("63Mi", 0), ("64Mi", 1), ("256Mi", 2), ("1Gi", 3), ("4Gi", 4)] {
            check(
                Color::Memory,
                &[(requests, json!({ "memory": memory }))],
                level(expected),
            );
        }
        check(
            Color::Memory,
            &[("/status/phase", "Succeeded".into())],
            Some(Tint::Nothing),
        );
    }

    #[test]
    fn what_is_used_goes_before_what_is_requested() {
        let pod = pod(&[]);
        let mut usage = Usage::default();
        let metrics = PodMetrics {
            key: pod.meta.key.clone(),
            usage: Amounts {
                cpu_millis: 7,
                memory_bytes: 5 << 30,
            },
            measured: None,
        };
        usage.set_pods(None, vec![metrics]);
        assert_eq!(Tint::of(&pod, &context(Color::Cpu, &usage)), Some(Tint::Level(0)));
        assert_eq!(Tint::of(&pod, &context(Color::Memory, &usage)), Some(Tint::Level(4)));
    }

    #[test]
    fn categories_have_the_same_color_on_every_screen() {
        check(Color::Status, &[], None);
        let category = |index| Some(Tint::Category(index));
        let namespace = |name: &str| {
            Tint::of(
                &pod(&[("/metadata/namespace", name.into())]),
                &context(Color::Namespace, &Usage::default()),
            )
        };
        // Pinned: another hash would recolor everybody's screens.
        assert_eq!([namespace("shop"), namespace("kube-system")], PINNED.map(category));
        // Over all ReplicaSets of a Deployment, and not over namespaces.
        let owner = |changes: &[(&str, Value)]| Tint::of(&pod(changes), &context(Color::Owner, &Usage::default()));
        let other_set = [
            ("/metadata/labels", json!({"pod-template-hash": "6e5"})),
            ("/metadata/ownerReferences/0/name", json!("web-6e5")),
        ];
        assert_eq!(owner(&[]), owner(&other_set));
        check(
            Color::Owner,
            &[("/metadata/ownerReferences", json!([]))],
            Some(Tint::Nothing),
        );
        for (class, expected) in [
            ("Guaranteed", category(0)),
            ("Burstable", category(1)),
            ("BestEffort", category(4)),
            ("", Some(Tint::Nothing)),
        ] {
            check(Color::Qos, &[("/status/qosClass", class.into())], expected);
        }
    }

    const PINNED: [u8; 2] = [7, 8];

    #[test]
    fn names_are_spread_over_all_colors() {
        let mut counts = [0; CATEGORIES as usize];
        for number in 0..1_200 {
            counts[usize::from(hashed(&[&format!("namespace-{number}")]))] += 1;
        }
        assert!(counts.iter().all(|count| (70..130).contains(count)), "{counts:?}");
    }

    #[track_caller]
    fn check_legend(color: Color, pods: &[Pod], expected: &[(&str, u32)], others: u32) {
        let usage = Usage::default();
        let legend = Legend::of(pods, &context(color, &usage));
        let entries: Vec<(&str, u32)> = legend
            .entries
            .iter()
            .map(|entry| (entry.label.as_str(), entry.pods))
            .collect();
        assert_eq!((entries.as_slice(), legend.others), (expected, others));
        // The legend shows the colors that the pods have.
        for pod in pods {
            let tint = Tint::of(pod, &context(color, &usage));
            let told = legend.entries.iter().any(|entry| Some(entry.tint) == tint);
            assert!(told || legend.others > 0 || tint.is_none());
        }
    }

    #[test]
    fn a_legend_has_the_most_frequent_and_sums_up_the_others() {
        let in_namespace = |name: &str| pod(&[("/metadata/namespace", name.into())]);
        check_legend(Color::Status, &[pod(&[])], &[], 0);
        let pods = ["b", "a", "c", "c"].map(in_namespace);
        check_legend(Color::Namespace, &pods, &[("c", 2), ("a", 1), ("b", 1)], 0);
        let many: Vec<Pod> = (0..13).map(|number| in_namespace(&format!("n{number:02}"))).collect();
        let ten = ["n00", "n01", "n02", "n03", "n04", "n05", "n06", "n07", "n08", "n09"].map(|name| (name, 1));
        check_legend(Color::Namespace, &many, &ten, 3);
        let pods = [pod(&[]), pod(&[("/metadata/ownerReferences", json!([]))])];
        check_legend(Color::Owner, &pods, &[("shop/web?", 1), ("no owner", 1)], 0);
        let levels = [("0", 1), ("1–2", 0), ("3–9", 0), ("10–49", 0), ("50 and more", 0)];
        check_legend(Color::Restarts, &[pod(&[])], &levels, 0);
        let ended = pod(&[("/status/phase", "Failed".into())]);
        let legend = Legend::of([&ended], &context(Color::Cpu, &Usage::default()));
        assert_eq!(
            legend.entries.last().map(|entry| (entry.tint, entry.pods)),
            Some((Tint::Nothing, 1))
        );
    }

    /// Red, green and blue as light, 0 to 1.
    type Rgb = [f64; 3];

    /// The color of a custom property in light and in dark, from `style.css`.
    fn token(name: &str) -> [Rgb; 2] {
        let css = include_str!("../../style.css");
        let start = css
            .find(&format!("--{name}: light-dark("))
            .unwrap_or_else(|| panic!("{name} is not in style.css"));
        let (_, rest) = css[start..].split_once('(').expect("light-dark");
        let (pair, _) = rest.split_once(')').expect("its end");
        let (context, dark) = pair.split_once(',').expect("two colors");
        [context, dark].map(|hex| {
            let byte = |at: usize| u8::from_str_radix(&hex.trim()[at..at + 2], 16).expect("hexadecimal");
            [1, 3, 5].map(|at| {
                let value = f64::from(byte(at)) / 255.0;
                if value <= 0.040_45 {
                    value / 12.92
                } else {
                    ((value + 0.055) / 1.055).powf(2.4)
                }
            })
        })
    }

    fn mixed(rows: [[f64; 3]; 3], color: Rgb) -> Rgb {
        rows.map(|row| row.iter().zip(color).map(|(factor, part)| factor * part).sum())
    }

    /// The colors of sRGB in CIE XYZ, relative to its white.
    fn luminance(color: Rgb) -> f64 {
        mixed([[0.212_673, 0.715_152, 0.072_175]; 3], color)[0]
    }

    fn contrast(one: Rgb, other: Rgb) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    fn lab(color: Rgb) -> [f64; 3] {
        let [x, y, z] = mixed(
            [
                [0.433_953, 0.376_219, 0.189_828],
                [0.212_673, 0.715_152, 0.072_175],
                [0.017_758, 0.109_477, 0.872_766],
            ],
            color.map(|part| part.clamp(0.0, 1.0)),
        )
        .map(|part| {
            if part > 216.0 / 24_389.0 {
                part.cbrt()
            } else {
                (24_389.0 / 27.0 * part + 16.0) / 116.0
            }
        });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// CIE76.
    fn distance(one: Rgb, other: Rgb) -> f64 {
        let squares = lab(one).into_iter().zip(lab(other)).map(|(a, b)| (a - b).powi(2));
        squares.sum::<f64>().sqrt()
    }

    /// Machado, Oliveira, Fernandes 2009, at full severity: as everybody, the red-blind and the green-blind see.
    const EYES: [([[f64; 3]; 3], f64); 3] = [
        ([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], 35.0),
        (
            [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
            20.0,
        ),
        (
            [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
            20.0,
        ),
    ];

    #[test]
    fn tints_are_legible_and_told_apart_in_both_themes() {
        let screens = token("screen");
        for (theme, screen) in screens.into_iter().enumerate() {
            for tint in Tint::all() {
                let found = contrast(token(tint.slug())[theme], screen);
                assert!(found >= 3.0, "{}: {found:.2}:1 in theme {theme}", tint.slug());
            }
            for (eye, least) in EYES {
                for one in 0..CATEGORIES {
                    for other in 0..one {
                        let [one, other] = [one, other].map(|index| Tint::Category(index).slug());
                        let found = distance(mixed(eye, token(one)[theme]), mixed(eye, token(other)[theme]));
                        assert!(found >= least, "{one} and {other}: {found:.1} in theme {theme}");
                    }
                }
            }
            let levels: Vec<f64> = (0..LEVELS)
                .map(|level| contrast(token(Tint::Level(level).slug())[theme], screen))
                .collect();
            assert!(levels.is_sorted(), "{levels:?}");
        }
    }
}
