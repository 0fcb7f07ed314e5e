//! The address is all that was chosen: it outlives a reload, leads back and forward, and shows the same in another tab.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    arrange::choose,
    drawer::{click, press},
    harness::{
        page::Page,
        stage::Stage,
        wait::{SOON, eventually},
    },
};

/// What the page shows of each thing that the address can say.
const SHOWN: &str = "const value = (selector) => document.querySelector(selector)?.value ?? '';
    const drawer = document.querySelector('#drawer')?.dataset;
    return {
        before: location.search, fragment: location.hash,
        q: value('#query'), hide: document.querySelector('#hides')?.ariaChecked ?? '',
        group: value('#group'), sort: value('#sort'), color: value('#color'),
        sel: drawer?.subject ?? '', tab: drawer?.tab ?? '',
        zoom: document.querySelector('#map')?.dataset.zoom ?? '',
        theme: document.documentElement.dataset.theme ?? '', menu: value('#theme'),
        kiosk: String(document.querySelector('.wall') !== null),
    }";

type Shown = BTreeMap<String, String>;

/// What has to be shown at an address: what it says, and that in its parts.
fn shown(search: &str, fragment: &str) -> Shown {
    let said: BTreeMap<String, String> = form_urlencoded::parse(fragment.as_bytes()).into_owned().collect();
    let of = |name: &str, usual: &str| said.get(name).map_or(usual, String::as_str).to_owned();
    let zoom = match of("zoom", "names").as_str() {
        "names" => "names",
        "boxes" => "boxes",
        _ => "map",
    };
    [
        ("before", search.to_owned()),
        ("fragment", format!("#{fragment}")),
        ("q", of("q", "")),
        ("hide", (of("hide", "0") == "1").to_string()),
        ("group", of("group", "none")),
        ("sort", of("sort", "name")),
        ("color", of("color", "status")),
        ("sel", of("sel", "")),
        ("tab", of("tab", "")),
        ("zoom", zoom.to_owned()),
        ("theme", of("theme", "")),
        ("menu", of("theme", "auto")),
        ("kiosk", (of("kiosk", "0") == "1").to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

async fn until_shown(page: &Page<'_>, when: &str, search: &str, fragment: &str) {
    let expected = shown(search, fragment);
    eventually(&format!("{when}, the page shows {expected:#?}"), SOON, async || {
        let seen: Shown = page.eval(SHOWN, &[]).await;
        if seen == expected {
            Ok(())
        } else {
            Err(format!("{seen:#?}"))
        }
    })
    .await;
}

#[browser_test::in_chromium]
async fn the_address_is_all_that_was_chosen() {
    let stage = Stage::build().await;
    let node = stage.cluster.create_node("a").await;
    let api = &stage.cluster.api;
    api.patch_node(&node, &json!({"metadata": {"labels": {"rack": "r1"}}}))
        .await;
    for name in ["web", "api"] {
        api.create_running_pod(name, &node).await;
    }
    let search = format!("?namespace={}", stage.cluster.namespace);
    let page = stage.open(&format!("{search}#theme=light")).await;
    page.until("the pods are there", |seen| seen.is_live() && seen.pods.len() == 2)
        .await;

    // Chosen on the page, one after the other.
    choose(&page, "group", "zone").await;
    choose(&page, "sort", "pods").await;
    choose(&page, "color", "restarts").await;
    choose(&page, "theme", "crt").await;
    click(&page, "#zoom-in").await;
    click(&page, &format!("#map button[data-pod=\"{}\"]", stage.key("web"))).await;
    click(&page, "#tab-yaml").await;
    press(&page, "/").await;
    press(&page, "app=web restarts<3").await;
    click(&page, "#hides").await;
    let boxes = format!(
        "q=app=web+restarts%3C3&hide=1&group=zone&sort=pods&color=restarts&sel=pod:{}&tab=yaml&zoom=names&theme=crt",
        stage.key("web")
    );
    until_shown(&page, "chosen on the page", &search, &boxes).await;
    page.driver().refresh().await.expect("the page loads again");
    until_shown(&page, "loaded again", &search, &boxes).await;

    // Other values of everything, and a wall.
    let map = format!("q=api&group=label:rack&sort=problems&color=qos&sel=node:{node}&tab=events&zoom=5&theme=light");
    let wall = "q=!web&hide=1&group=owner&sort=age&color=memory&zoom=7&theme=contrast&kiosk=1";
    for (when, fragment) in [("on the map", map.as_str()), ("on the wall", wall)] {
        page.eval::<()>("location.hash = arguments[0]; return null", &[json!(fragment)])
            .await;
        until_shown(&page, when, &search, fragment).await;
    }
    for (way, fragment) in [
        ("back", map.as_str()),
        ("back", &boxes),
        ("forward", &map),
        ("forward", wall),
        ("refresh", wall),
        ("back", &map),
        ("refresh", &map),
        ("back", &boxes),
        ("forward", &map),
    ] {
        match way {
            "back" => page.driver().back().await,
            "forward" => page.driver().forward().await,
            _ => page.driver().refresh().await,
        }
        .unwrap_or_else(|error| panic!("{way}: {error}"));
        until_shown(&page, way, &search, fragment).await;
        page.assert_clean().await;
    }

    // As it is sent to somebody else; what that one chooses is nothing to the first tab.
    let first = page.driver().window().await.expect("the tab");
    let url = format!("{}/static/{search}", stage.proxy.url());
    for fragment in [boxes.as_str(), &map, wall] {
        let tab = page.driver().new_tab().await.expect("a new tab");
        page.driver().switch_to_window(tab).await.expect("the tab is there");
        page.go_to(&format!("{url}#{fragment}")).await;
        page.until_live().await;
        until_shown(&page, "in another tab", &search, fragment).await;
    }
    page.driver().switch_to_window(first).await.expect("the tab is there");
    until_shown(&page, "in the first tab", &search, &map).await;
    page.assert_clean().await;
}
