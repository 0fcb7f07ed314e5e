//! Forced colors: the system's palette in place of the page's, as Windows' contrast themes do. What the page says by
//! grounds and hues is gone then, so that signs and edges have to say it; looked up in the pixels of screenshots.

use k8bit_simulator::api::{DeleteOptions, Resource};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    accessibility::check,
    contrast::{contrast, lightness},
    drawer,
    harness::{
        cluster::Cluster,
        objects,
        page::Page,
        stage::{Stage, Turn},
        wait::SOON,
    },
};

/// The palettes: the system's scheme, and the theme that the address names. Theirs is of no account.
const PALETTES: [(&str, &str); 4] = [
    ("light", "auto"),
    ("dark", "auto"),
    ("light", "contrast"),
    ("dark", "light"),
];

/// A pod of each sign, and two that are alike.
const PODS: [&str; 11] = [
    "healthy", "twin", "half", "creating", "gated", "crashing", "evicted", "done", "leaving", "lost", "quiet",
];

/// Where the blocks stand among the boxes.
const PLACES: &str = "const root = document.querySelector('#map .cards').getBoundingClientRect();
    return [...document.querySelectorAll('.cards [data-pod]')].map((it) => {
        const { x, y, width, height } = it.getBoundingClientRect();
        return [x - root.x, y - root.y, width, height].map(Math.round);
    })";

/// Pixels of a screenshot for one of CSS, so that signs are not blurred.
const SCALE: usize = 4;

/// Of the pixels of two signs, how many differ at least, in percent.
const MIN_DIFFERENCE: f64 = 6.0;

async fn stage_with_every_sign(test: &str) -> Option<Stage> {
    let turn = Turn::take().await;
    let cluster = Cluster::simulated_with_metrics(test).await?;
    let node = cluster.create_node("a").await;
    let api = &cluster.api;
    let cordoned = cluster.create_node("b").await;
    api.patch_node(&cordoned, &json!({"spec": {"unschedulable": true}}))
        .await;
    let bad = cluster.create_node("c").await;
    let condition = json!({"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-01T00:00:00Z"});
    api.patch_node_status(&bad, &json!({"conditions": [condition]})).await;
    let mut half = objects::running_status(0);
    half["containerStatuses"][0]["ready"] = json!(false);
    half["conditions"][3]["status"] = json!("False");
    for (name, status) in [
        ("healthy", objects::running_status(0)),
        ("twin", objects::running_status(0)),
        ("half", half),
        ("creating", objects::waiting_status("ContainerCreating", "")),
        ("crashing", objects::waiting_status("CrashLoopBackOff", "back-off 40s")),
        ("evicted", json!({"phase": "Failed", "reason": "Evicted"})),
        ("done", json!({"phase": "Succeeded"})),
        ("leaving", objects::running_status(0)),
        ("lost", json!({"phase": "Running", "reason": "NodeLost"})),
    ] {
        let mut pod = objects::bound_pod(name, &node);
        pod["spec"]["terminationGracePeriodSeconds"] = json!(600);
        pod["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "500m", "memory": "2Gi"}});
        api.create_pod(&pod).await;
        api.patch_pod_status(name, &status).await;
    }
    api.create_running_pod("quiet", &bad).await;
    let condition = json!({
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available.",
    });
    api.create_pod(&objects::pod("gated")).await;
    api.patch_pod_status("gated", &json!({"phase": "Pending", "conditions": [condition]}))
        .await;
    let simulator = cluster.simulator();
    let now = simulator.now();
    simulator.with_api(|api| {
        for name in ["leaving", "lost"] {
            api.delete(now, Resource::Pods, &cluster.namespace, name, &DeleteOptions::default())
                .expect("the pod is there");
        }
    });
    Some(Stage::build_with(turn, cluster, &[]).await)
}

async fn open<'a>(stage: &'a Stage, fragment: &str) -> Page<'a> {
    let page = stage.open(fragment).await;
    page.until("all of it is there", |seen| {
        seen.is_live() && seen.pods.len() == PODS.len() && seen.is_pod("lost", "Unknown")
    })
    .await;
    page
}

async fn force(page: &Page<'_>, scheme: &str) {
    let features = json!({"features": [
        {"name": "forced-colors", "value": "active"},
        {"name": "prefers-color-scheme", "value": scheme},
    ]});
    page.devtools("Emulation.setEmulatedMedia", features).await;
    let holds = "return matchMedia('(forced-colors: active)').matches";
    page.until_true("colors are forced", holds, &[]).await;
    // Whatever is moving has the colors of before.
    page.settled().await;
}

/// A piece of a screenshot.
#[derive(Debug, Deserialize)]
struct Pixels {
    /// In pixels.
    width: usize,
    /// Row by row.
    colors: Vec<[u8; 3]>,
}

impl Pixels {
    /// The first element of a selector, and this many CSS pixels around it. Where it stands on a fraction of a pixel, because
    /// a word before it is of any width, the browser paints it at the next whole one.
    async fn of(page: &Page<'_>, selector: &str, around: f64) -> Self {
        let rect = "const it = document.querySelector(arguments[0]); it.scrollIntoView({ block: 'nearest' });
            const { left, top, width, height } = it.getBoundingClientRect();
            return [Math.round(left + scrollX), Math.round(top + scrollY), width, height]";
        let [left, top, width, height]: [f64; 4] = page.eval(rect, &[json!(selector)]).await;
        let clip = json!({"x": left - around, "y": top - around, "width": width + 2.0 * around,
                          "height": height + 2.0 * around, "scale": SCALE});
        let shot = page
            .devtools("Page.captureScreenshot", json!({"format": "png", "clip": clip}))
            .await;
        let read = "const [data, done] = arguments;
            const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
            createImageBitmap(new Blob([bytes], { type: 'image/png' })).then((image) => {
                const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
                canvas.drawImage(image, 0, 0);
                const { data } = canvas.getImageData(0, 0, image.width, image.height);
                const colors = Array.from({ length: data.length / 4 }, (_, at) => [...data.subarray(4 * at, 4 * at + 3)]);
                done({ width: image.width, colors });
            })";
        let read = page.driver().execute_async(read, vec![shot["data"].clone()]).await;
        read.expect("the picture can be read").convert().expect("pixels")
    }

    /// At a place in CSS pixels.
    fn at(&self, x: f64, y: f64) -> [u8; 3] {
        let (x, y) = ((x * SCALE as f64) as usize, (y * SCALE as f64) as usize);
        self.colors[y * self.width + x]
    }

    /// The colors that differ most from `ground`: how much.
    fn most_contrast(&self, ground: [u8; 3]) -> f64 {
        self.colors
            .iter()
            .map(|color| contrast(*color, ground))
            .fold(1.0, f64::max)
    }

    /// What is nearer to the ink than to the ground, pixel by pixel, whatever colors they are: the shape.
    fn shape(&self, ground: [u8; 3]) -> Vec<bool> {
        let far = |color: &[u8; 3]| (lightness(*color) - lightness(ground)).abs();
        let farthest = self.colors.iter().map(far).fold(0.0, f64::max);
        self.colors.iter().map(|color| far(color) > farthest / 2.0).collect()
    }
}

fn block(stage: &Stage, pod: &str) -> String {
    format!("#map [data-pod=\"{}\"]", stage.key(pod))
}

fn difference(one: &[bool], other: &[bool]) -> f64 {
    let differ = one.iter().zip(other).filter(|(one, other)| one != other).count();
    100.0 * differ as f64 / one.len() as f64
}

#[browser_test::in_chromium]
async fn families_are_told_by_their_signs_where_colors_are_forced() {
    let Some(stage) = stage_with_every_sign("forced colors: signs").await else {
        return;
    };
    for (scheme, theme) in PALETTES {
        let page = open(&stage, &format!("?{scheme}-{theme}#theme={theme}&zoom=boxes")).await;
        force(&page, scheme).await;
        let mut shapes: Vec<(&str, Vec<bool>)> = Vec::new();
        for pod in PODS.into_iter().filter(|pod| !["twin", "quiet"].contains(pod)) {
            let picture = Pixels::of(&page, &block(&stage, pod), 1.0).await;
            let ground = picture.at(0.2, 0.2);
            let seen = picture.most_contrast(ground);
            assert!(seen >= 3.0, "{scheme}, {theme}: {pod} {seen:.2}:1");
            let shape = picture.shape(ground);
            for (other, known) in &shapes {
                let difference = difference(&shape, known);
                assert!(
                    difference >= MIN_DIFFERENCE,
                    "{scheme}, {theme}: {pod} and {other} differ by {difference:.1} %"
                );
            }
            shapes.push((pod, shape));
        }
        assert!(shapes.len() == 9, "all were looked at");
        is_dimmed(&page, &stage, scheme).await;
        page.assert_clean().await;
    }
}

/// Of two that are alike, the one that does not match is fainter, and still there.
async fn is_dimmed(page: &Page<'_>, stage: &Stage, scheme: &str) {
    page.eval::<()>("location.hash = '#q=healthy&zoom=boxes'; return null", &[])
        .await;
    let dimmed = "return document.querySelector(arguments[0]).hasAttribute('data-dim')";
    page.until_true("one is dimmed", dimmed, &[json!(block(stage, "twin"))])
        .await;
    page.settled().await;
    let bright = Pixels::of(page, &block(stage, "healthy"), 1.0).await;
    let dim = Pixels::of(page, &block(stage, "twin"), 1.0).await;
    let step = (lightness(bright.at(7.5, 7.5)) - lightness(dim.at(7.5, 7.5))).abs();
    assert!(step >= 20.0, "{scheme}: dimmed by {step:.1} of lightness");
    let left = contrast(dim.at(7.5, 7.5), dim.at(0.2, 0.2));
    assert!(left >= 1.5, "{scheme}: {left:.2}:1 is left of what is dimmed");
}

/// Colors are alike where no channel differs by more: grounds shine through some signs.
fn is_alike(one: [u8; 3], other: [u8; 3]) -> bool {
    one.iter().zip(other).all(|(one, other)| one.abs_diff(other) <= 32)
}

/// What share of a picture's pixels this holds for.
fn share(count: usize, pixels: &Pixels) -> f64 {
    count as f64 / pixels.colors.len() as f64
}

#[browser_test::in_chromium]
async fn blocks_look_like_their_legend_in_every_theme() {
    let Some(stage) = stage_with_every_sign("signs and their legend").await else {
        return;
    };
    for theme in ["dark", "light", "contrast"] {
        let page = open(&stage, &format!("?{theme}#theme={theme}&zoom=boxes")).await;
        page.settled().await;
        for (pod, family) in [
            ("healthy", "healthy"),
            ("creating", "starting"),
            ("crashing", "failing"),
            ("gated", "blocked"),
            ("done", "done"),
            ("leaving", "gone"),
        ] {
            let seen = Pixels::of(&page, &block(&stage, pod), 0.0).await;
            let legend = format!("#families [data-term='is:{family}'] .pod");
            let legend = Pixels::of(&page, &legend, 0.0).await;
            let alike = seen.colors.iter().zip(&legend.colors);
            let alike = alike.filter(|(one, other)| is_alike(**one, **other)).count();
            let part = share(alike, &seen);
            assert!(
                part > 0.97,
                "{theme}: {:.0} % of {pod} look like {family}",
                part * 100.0
            );
        }
        // A triangle, although nothing of it is done.
        let color = "const sign = document.querySelector(`#families [data-term='is:starting'] .pod`);
            return getComputedStyle(sign).color.match(/\\d+/g).slice(0, 3).map(Number)";
        let yellow: [u8; 3] = page.eval(color, &[]).await;
        let seen = Pixels::of(&page, &block(&stage, "creating"), 0.0).await;
        let lit = seen.colors.iter().filter(|color| is_alike(**color, yellow)).count();
        let part = share(lit, &seen);
        assert!(
            (0.33..0.7).contains(&part),
            "{theme}: {:.0} % of a starting block are lit",
            part * 100.0
        );
        page.assert_clean().await;
    }
}

#[browser_test::in_chromium]
async fn focus_choice_and_bars_are_seen_where_colors_are_forced() {
    let Some(stage) = stage_with_every_sign("forced colors: choices").await else {
        return;
    };
    for (scheme, theme) in PALETTES {
        let page = open(&stage, &format!("?{scheme}-{theme}#theme={theme}&zoom=boxes")).await;
        let named = format!("{scheme}, {theme}");
        let before: Value = page.eval(PLACES, &[]).await;
        force(&page, scheme).await;
        let after: Value = page.eval(PLACES, &[]).await;
        assert_eq!(before, after, "{named}: blocks stand where they stood");
        focus_is_seen(&page, &stage, &named).await;
        bars_are_seen(&page, &stage, &named).await;
        nodes_are_told_apart(&page, &stage, &named).await;
        choices_are_seen(&page, &named).await;
        page.assert_clean().await;
    }
}

async fn focus_is_seen(page: &Page<'_>, stage: &Stage, named: &str) {
    let block = block(stage, "crashing");
    let before = Pixels::of(page, &block, 5.0).await;
    page.focus(&stage.key("crashing")).await;
    page.settled().await;
    let after = Pixels::of(page, &block, 5.0).await;
    // Between the block and its neighbour.
    let seen = contrast(before.at(3.0, 11.5), after.at(3.0, 11.5));
    assert!(seen >= 3.0, "{named}: focus {seen:.2}:1");
}

async fn bars_are_seen(page: &Page<'_>, stage: &Stage, named: &str) {
    let track = format!(
        "#map [data-node=\"{}\"] [data-resource=cpu] .track",
        stage.cluster.node("a")
    );
    let share = "return Number(document.querySelector(arguments[0]).style.getPropertyValue(arguments[1]))";
    let is_used = format!("return (() => {{ {share} }})() > 5");
    page.until_true("usage is known", &is_used, &[json!(track), json!("--used")])
        .await;
    page.settled().await;
    let used: f64 = page.eval(share, &[json!(track), json!("--used")]).await;
    let requested: f64 = page.eval(share, &[json!(track), json!("--requested")]).await;
    let bar = Pixels::of(page, &track, 0.0).await;
    let width = (bar.width / SCALE) as f64;
    let ground = bar.at(width * 0.97, 2.5);
    for (what, share) in [("used", used * 0.5), ("requested", requested)] {
        let seen = contrast(bar.at(width * share / 100.0 - 0.5, 2.5), ground);
        assert!(seen >= 3.0, "{named}: what is {what} {seen:.2}:1");
    }
}

/// By their edges: whole, dashed, thick.
async fn nodes_are_told_apart(page: &Page<'_>, stage: &Stage, named: &str) {
    let card = async |name: &str| {
        let selector = format!("#map .card[data-node=\"{}\"]", stage.cluster.node(name));
        Pixels::of(page, &selector, 0.0).await
    };
    let text_pieces = |card: &Pixels, x: f64, y: f64| contrast(card.at(x, y), card.at(6.0, 8.0)) >= 3.0;
    let share = |card: &Pixels| {
        let width = card.width / SCALE;
        let inked = (0..width).filter(|x| text_pieces(card, *x as f64 + 0.5, 0.5)).count();
        inked as f64 / width as f64
    };
    let (ready, cordoned, bad) = (card("a").await, card("b").await, card("c").await);
    assert!(share(&ready) > 0.95, "{named}: the edge of a ready node is whole");
    let dashes = share(&cordoned);
    assert!(
        dashes > 0.2 && dashes < 0.9,
        "{named}: that of a cordoned one is dashed: {dashes}"
    );
    assert!(
        text_pieces(&bad, 1.5, 40.5) && !text_pieces(&ready, 1.5, 40.5),
        "{named}: that of a bad one is thick"
    );
}

async fn choices_are_seen(page: &Page<'_>, named: &str) {
    let counter = "#counters button[data-term='status:CrashLoopBackOff']";
    drawer::click(page, counter).await;
    let pressed = format!("{counter}[aria-pressed=true]");
    drawer::until_there(page, &pressed).await;
    drawer::click(page, "#map button[data-family=failing]").await;
    drawer::until_there(page, "#tab-overview[aria-selected=true]").await;
    page.settled().await;
    for (chosen, other, x, y) in [
        (pressed.as_str(), "#counters button[aria-pressed=false]", 3.0, 3.0),
        (".switch > :first-child", ".switch > :last-child", 2.0, 2.0),
        ("#tab-overview", "#tab-events", 4.0, -1.0),
    ] {
        let (chosen_pixels, other_pixels) = (Pixels::of(page, chosen, 0.0).await, Pixels::of(page, other, 0.0).await);
        let at = |pixels: &Pixels| {
            let height = (pixels.colors.len() / pixels.width / SCALE) as f64;
            pixels.at(x, if y < 0.0 { height + y } else { y })
        };
        let seen = contrast(at(&chosen_pixels), at(&other_pixels));
        assert!(seen >= 3.0, "{named}: {chosen} beside {other} {seen:.2}:1");
        let words = chosen_pixels.most_contrast(at(&chosen_pixels));
        assert!(words >= 3.0, "{named}: the words of {chosen} {words:.2}:1");
    }
}

/// A canvas is not recolored: it has to ask for the colors itself.
#[browser_test::in_chromium]
async fn the_map_is_painted_in_forced_colors() {
    let Some(stage) = stage_with_every_sign("forced colors: map").await else {
        return;
    };
    for (scheme, theme) in PALETTES {
        let page = open(&stage, "").await;
        force(&page, scheme).await;
        page.eval::<()>(
            "location.hash = arguments[0]; return null",
            &[json!(format!("zoom=12&theme={theme}"))],
        )
        .await;
        drawer::until_there(&page, "#map[data-zoom=map] canvas#fleet").await;
        page.settled().await;
        let map = Pixels::of(&page, "#fleet", 0.0).await;
        let (width, height) = (map.width / SCALE, map.colors.len() / map.width / SCALE);
        let ground = map.at(width as f64 - 1.0, height as f64 - 1.0);
        let text_pieces = |x: usize, y: usize| contrast(map.at(x as f64 + 0.5, y as f64 + 0.5), ground) >= 3.0;
        // The upper edges of the boxes tell where they are.
        let edges: Vec<usize> = (1..width)
            .filter(|x| text_pieces(*x, 1) != text_pieces(x - 1, 1))
            .collect();
        assert!(
            text_pieces(0, 1) && edges.len() == 5,
            "{scheme}, {theme}: edges of three boxes, not {edges:?}"
        );
        for (name, range) in [("first", 0..edges[0]), ("last", edges[3]..edges[4])] {
            let room = range.len() * (height - 3);
            let inked = range
                .flat_map(|x| (3..height).map(move |y| (x, y)))
                .filter(|(x, y)| text_pieces(*x, *y))
                .count();
            let share = inked as f64 / room as f64;
            assert!(
                share > 0.02 && share < 0.7,
                "{scheme}, {theme}: {share:.2} of the {name} box is inked"
            );
        }
        page.assert_clean().await;
    }
}

#[browser_test::in_chromium]
async fn axe_finds_nothing_where_colors_are_forced() {
    let Some(stage) = stage_with_every_sign("forced colors: axe").await else {
        return;
    };
    let bad = stage.cluster.node("c");
    for scheme in ["light", "dark"] {
        let page = open(&stage, &format!("?{scheme}")).await;
        force(&page, scheme).await;
        check(&page, &format!("boxes, forced, {scheme}")).await;
        drawer::click(&page, "#counters button").await;
        drawer::open_pod(&page, &stage.key("crashing")).await;
        check(&page, &format!("the drawer of a pod, forced, {scheme}")).await;
        drawer::click(&page, &format!("#map [data-node=\"{bad}\"] button.node")).await;
        drawer::until_there(&page, "#drawer .resources").await;
        check(&page, &format!("the drawer of a node, forced, {scheme}")).await;
        // With a query, a wall is about what matches.
        drawer::click(&page, "#counters [aria-pressed=true]").await;
        drawer::click(&page, "#open-help").await;
        check(&page, &format!("help, forced, {scheme}")).await;
        drawer::click(&page, "#open-kiosk").await;
        page.until_text("#spotlight", "CrashLoopBackOff", SOON).await;
        check(&page, &format!("on a wall, forced, {scheme}")).await;
        page.eval::<()>("location.hash = '#zoom=6'; return null", &[]).await;
        drawer::until_there(&page, "#map[data-zoom=map] canvas#fleet").await;
        check(&page, &format!("map, forced, {scheme}")).await;
        page.assert_clean().await;
    }
}
