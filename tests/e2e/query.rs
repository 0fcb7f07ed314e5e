//! Finding: the box, its colors, mistakes and suggestions, the way from match to match, the address, saved views.

use serde_json::{Value, json};
use thirtyfour::{By, error::WebDriverError, prelude::Key};

use crate::{
    drawer::{self, press},
    harness::{
        objects,
        page::Page,
        stage::Stage,
        wait::{LATER, SOON, eventually},
    },
};

/// Two pods that crash, two that are well.
async fn stage_with_pods() -> Stage {
    let stage = Stage::build().await;
    let api = &stage.cluster.api;
    let node = stage.cluster.create_node("a").await;
    for name in ["web-1", "web-2", "crash-1", "crash-2"] {
        api.create_running_pod(name, &node).await;
    }
    for name in ["crash-1", "crash-2"] {
        let status = objects::waiting_status("CrashLoopBackOff", "back-off 40s restarting");
        api.patch_pod_status(name, &status).await;
    }
    stage
}

/// Opens the page at a fragment. It sees the pods of the test alone, in any cluster.
async fn open<'a>(stage: &'a Stage, fragment: &str) -> Page<'a> {
    let page = stage
        .open(&format!("?namespace={}{fragment}", stage.cluster.namespace))
        .await;
    page.until("all of it is there", |seen| {
        seen.is_live() && seen.pods.len() == 4 && seen.is_pod("crash-2", "CrashLoopBackOff")
    })
    .await;
    page
}

async fn press_key(page: &Page<'_>, key: Key) {
    press(page, &String::from(char::from(key))).await;
}

/// Waits until the box holds a text.
async fn until_written(page: &Page<'_>, text: &str) {
    let is_written = "const { value } = document.querySelector('#query'); return value === arguments[0] || value";
    page.until_true(&format!("{text:?} is written"), is_written, &[json!(text)])
        .await;
}

/// Waits until the fragment of the address is this one.
async fn until_fragment(page: &Page<'_>, fragment: &str) {
    let is_there = "return location.hash === arguments[0] || location.hash";
    page.until_true(
        &format!("the address ends in {fragment:?}"),
        is_there,
        &[json!(fragment)],
    )
    .await;
}

async fn until_focus(page: &Page<'_>, id: &str) {
    let has_focus = "return document.activeElement?.id === arguments[0] || document.activeElement?.outerHTML";
    page.until_true(&format!("{id:?} has the focus"), has_focus, &[json!(id)])
        .await;
}

async fn click(page: &Page<'_>, selector: &str) {
    page.eval::<()>(
        "document.querySelector(arguments[0]).click(); return null",
        &[json!(selector)],
    )
    .await;
}

const IS_HIDDEN: &str = "return document.querySelector(arguments[0]).checkVisibility() !== true";
const IS_SHOWN: &str = "return document.querySelector(arguments[0]).checkVisibility() === true";

#[browser_test::in_every_browser]
async fn a_slash_leads_to_the_query_and_letters_do_not() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "").await;
    press(&page, "/").await;
    until_focus(&page, "query").await;
    press(&page, "web").await;
    until_written(&page, "web").await;
    page.until_text("#matches", "2 of 4 pods", SOON).await;
    page.until_text("#found", "Found 2 of 4 pods.", SOON).await;
    until_fragment(&page, "#q=web").await;
    // Once to clear, once to leave.
    press_key(&page, Key::Escape).await;
    until_written(&page, "").await;
    until_fragment(&page, "").await;
    page.until_true("nothing is counted", IS_HIDDEN, &[json!("#matches")])
        .await;
    until_focus(&page, "query").await;
    press_key(&page, Key::Escape).await;
    until_focus(&page, "").await;
    // Letters are shortcuts, every one of them: none is written, wherever the focus is.
    press(&page, "payments").await;
    page.focus(&stage.key("web-1")).await;
    press(&page, "z").await;
    press(&page, "/").await;
    until_focus(&page, "query").await;
    until_written(&page, "").await;
    press(&page, "crash").await;
    until_written(&page, "crash").await;
    press_key(&page, Key::End).await;
    // Within the box every key writes.
    press(&page, " z/np?").await;
    until_written(&page, "crash z/np?").await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn a_mistake_is_explained_and_the_last_query_stays() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "#q=web").await;
    until_written(&page, "web").await;
    page.until_text("#matches", "2 of 4 pods", SOON).await;
    press(&page, "/").await;
    press_key(&page, Key::End).await;
    press(&page, " (ns:").await;
    page.until_text("#query-error", "Write a value after ns: ns:shop.", SOON)
        .await;
    page.until_text("#query-error", "Until then, the page applies the query web.", SOON)
        .await;
    let parts = "return [...document.querySelectorAll('#find .ink > span')].map((it) =>
        `${it.dataset.part ?? ''}${it.dataset.wrong === undefined ? '' : '!'} ${it.textContent}`)";
    assert_eq!(
        page.eval::<Vec<String>>(parts, &[]).await,
        ["text web", "  ", "operator (", "key! ns:"]
    );
    let is_invalid = "return document.querySelector('#query').getAttribute('aria-invalid') === 'true'";
    page.until_true("it is said of the field", is_invalid, &[]).await;
    page.until_text("#found", "Write a value after ns: ns:shop.", SOON)
        .await;
    page.until_text("#matches", "2 of 4 pods", SOON).await;
    until_fragment(&page, "#q=web").await;
    press(&page, "nowhere)").await;
    page.until_true("it is mended", IS_HIDDEN, &[json!("#query-error")])
        .await;
    page.until_text("#matches", "0 of 4 pods", SOON).await;
    // An address may hold a mistake as well.
    let page = open(&stage, "&again#q=ns:").await;
    page.until_text("#query-error", "Until then, the page shows all pods.", SOON)
        .await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn a_regular_expression_of_a_link_is_asked_in_slices_or_refused() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "#q=%2F(a%7B500%7D)%7B500%7D%2F").await;
    page.until_text(
        "#query-error",
        "This regular expression is too large: write a shorter one",
        SOON,
    )
    .await;
    page.until_text("#query-error", "Until then, the page shows all pods.", SOON)
        .await;
    // One that takes as long as it may.
    let page = open(&stage, "&again#q=%2F(.%3F)%7B30%7D%5B!%5D%2F").await;
    page.until_text("#matches", "0 of 4 pods", SOON).await;
    press(&page, "/").await;
    press_key(&page, Key::Enter).await;
    page.until_text("#found", "Nothing matches.", SOON).await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn whoever_writes_as_for_kubectl_gets_a_hint() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "").await;
    press(&page, "/!app").await;
    page.until_text("#query-hint", "For pods without the label app, write !has:app.", SOON)
        .await;
    press(&page, "=web").await;
    page.until_true("there is no hint", IS_HIDDEN, &[json!("#query-hint")])
        .await;
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn keys_and_values_are_suggested() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "").await;
    press(&page, "/").await;
    page.until_text("#suggestions", "namespace", SOON).await;
    press(&page, "stat").await;
    page.until_text("#suggestions [role=option]:first-child", "status:", SOON)
        .await;
    press_key(&page, Key::Down).await;
    let is_active = "const id = document.querySelector('#query').getAttribute('aria-activedescendant');
        return document.getElementById(id ?? '')?.getAttribute('aria-selected') === 'true'";
    page.until_true("the first is chosen", is_active, &[]).await;
    press_key(&page, Key::Tab).await;
    until_written(&page, "status:").await;
    page.until_text("#suggestions", "CrashLoopBackOff", SOON).await;
    press(&page, "crash").await;
    press_key(&page, Key::Up).await;
    press_key(&page, Key::Enter).await;
    until_written(&page, "status:CrashLoopBackOff ").await;
    until_focus(&page, "query").await;
    page.until_text("#matches", "2 of 4 pods", SOON).await;
    until_fragment(&page, "#q=status:CrashLoopBackOff").await;
    // By a reader who is faster than the frames: all of it before the next one.
    let at_once = "const input = document.querySelector('#query');
        const press = key => input.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
        const write = text => { input.value = text; input.dispatchEvent(new InputEvent('input', {bubbles: true})); };
        write('sta');
        write('status:crash');
        press('ArrowUp');
        press('Enter');
        const chosen = input.value;
        write('sta');
        press('Enter');
        const frame = () => new Promise(requestAnimationFrame);
        const drawn = () => frame().then(frame).then(() => new Promise(setTimeout));
        return drawn().then(() => {
            const stays = document.querySelector('#suggestions').hidden ? 'closed' : 'open';
            write('is:f');
            return drawn().then(() => {
                write('is:fail');
                document.querySelector('#suggestions [role=option]').click();
                const pressed = input.value;
                write(chosen);
                return [chosen, stays, pressed];
            });
        })";
    assert_eq!(
        page.eval::<[String; 3]>(at_once, &[]).await,
        ["status:CrashLoopBackOff ", "closed", "is:failing "]
    );
    // By pointer, in the middle of a text.
    press(&page, "is:fail").await;
    until_written(&page, "status:CrashLoopBackOff is:fail").await;
    page.until_text("#suggestions", "failing", SOON).await;
    let option = "#suggestions [role=option]:first-child";
    // Again where the list was drawn again in between.
    eventually("the option can be pressed", SOON, async || {
        let missed = |error: WebDriverError| error.to_string();
        let element = page.driver().find(By::Css(option)).await.map_err(missed)?;
        element.click().await.map_err(missed)
    })
    .await;
    until_written(&page, "status:CrashLoopBackOff is:failing ").await;
    until_focus(&page, "query").await;
    page.until_true(
        "no list is in the way after a value",
        IS_HIDDEN,
        &[json!("#suggestions")],
    )
    .await;
    // Escape closes the list's choice before it clears anything.
    press(&page, "| sta").await;
    page.until_text(option, "status:", SOON).await;
    press_key(&page, Key::Down).await;
    page.until_true("the first is chosen", is_active, &[]).await;
    press_key(&page, Key::Escape).await;
    page.until_true("the list is closed", IS_HIDDEN, &[json!("#suggestions")])
        .await;
    let is_kept = "return document.querySelector('#query').value.endsWith('| sta')";
    page.until_true("the text is kept", is_kept, &[]).await;
    // The same of a list in which nothing is chosen.
    press(&page, "t").await;
    page.until_text(option, "status:", SOON).await;
    press_key(&page, Key::Escape).await;
    page.until_true("the list is closed", IS_HIDDEN, &[json!("#suggestions")])
        .await;
    let is_kept = "return document.querySelector('#query').value.endsWith('| stat')";
    page.until_true("the text is kept", is_kept, &[]).await;
    press_key(&page, Key::Escape).await;
    until_written(&page, "").await;
    page.until_true("no list opens", IS_HIDDEN, &[json!("#suggestions")])
        .await;
    // Tab takes the only suggestion. Where there is none it goes on, and the text stays.
    press(&page, "status:crash").await;
    page.until_text(option, "CrashLoopBackOff", SOON).await;
    press_key(&page, Key::Tab).await;
    until_written(&page, "status:CrashLoopBackOff ").await;
    until_focus(&page, "query").await;
    page.until_true("the list is closed", IS_HIDDEN, &[json!("#suggestions")])
        .await;
    press_key(&page, Key::Tab).await;
    until_focus(&page, "clear-query").await;
    until_written(&page, "status:CrashLoopBackOff ").await;
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn enter_leads_from_match_to_match() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "").await;
    press(&page, "/crash").await;
    let is_found = "return document.querySelector('#map [data-found]')?.dataset.pod === arguments[0]";
    for (name, words) in [
        ("crash-1", "1/2 of 4"),
        ("crash-2", "2/2 of 4"),
        ("crash-1", "1/2 of 4"),
    ] {
        press_key(&page, Key::Enter).await;
        page.until_true("the next match is marked", is_found, &[json!(stage.key(name))])
            .await;
        page.until_text("#matches", words, SOON).await;
        page.until_text("#found", &format!("{}, CrashLoopBackOff", stage.key(name)), SOON)
            .await;
        page.until_text("#tooltip", name, SOON).await;
        until_focus(&page, "query").await;
        page.until_true("no suggestion is in the way", IS_HIDDEN, &[json!("#suggestions")])
            .await;
    }
    page.driver()
        .action_chain()
        .key_down(Key::Shift)
        .send_keys(char::from(Key::Enter))
        .key_up(Key::Shift)
        .perform()
        .await
        .expect("keys can be pressed");
    page.until_true("back again", is_found, &[json!(stage.key("crash-2"))])
        .await;
    press(&page, "x").await;
    page.until_true(
        "nothing is marked",
        "return document.querySelector('#map [data-found]') === null",
        &[],
    )
    .await;
    press_key(&page, Key::Enter).await;
    page.until_text("#found", "Nothing matches.", SOON).await;
    // What is found follows the cluster.
    stage
        .cluster
        .api
        .create_running_pod("crashx", &stage.cluster.node("a"))
        .await;
    page.until_text("#matches", "1 of 5 pods", LATER).await;
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn enter_leads_from_match_to_match_on_the_map() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "#zoom=12").await;
    drawer::until_there(&page, "canvas#fleet").await;
    press(&page, "/crash").await;
    page.until_text("#matches", "2 of 4 pods", SOON).await;
    let picture = "return document.querySelector('canvas#fleet').toDataURL()";
    let mut seen: Vec<String> = Vec::new();
    for name in ["crash-1", "crash-2"] {
        press_key(&page, Key::Enter).await;
        page.until_text("#tooltip", name, SOON).await;
        page.until_text("#found", &format!("{}, CrashLoopBackOff", stage.key(name)), SOON)
            .await;
        until_focus(&page, "query").await;
        // The ring stands around another block.
        let is_new = "return !arguments[0].includes(document.querySelector('canvas#fleet').toDataURL())";
        page.until_true("the map is painted", is_new, &[json!(seen)]).await;
        seen.push(page.eval(picture, &[]).await);
    }
    press(&page, "x").await;
    page.until_true("the tooltip goes", IS_HIDDEN, &[json!("#tooltip")])
        .await;
    page.assert_clean().await;
}

#[browser_test::in_every_browser]
async fn the_way_back_leads_from_query_to_query() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "").await;
    press(&page, "/web").await;
    press_key(&page, Key::Enter).await;
    until_fragment(&page, "#q=web").await;
    press(&page, "-2").await;
    until_fragment(&page, "#q=web-2").await;
    page.driver().back().await.expect("there is a way back");
    until_written(&page, "web").await;
    page.until_text("#matches", "2 of 4 pods", SOON).await;
    page.driver().back().await.expect("there is a way back");
    until_written(&page, "").await;
    page.driver().forward().await.expect("there is a way forth");
    until_written(&page, "web").await;
    page.driver().refresh().await.expect("it can be reloaded");
    page.until_text("#matches", "2 of 4 pods", LATER).await;
    until_written(&page, "web").await;
    // Counters and the box are of one mind.
    page.until_text("#counters", "CrashLoopBackOff", SOON).await;
    click(&page, "#counters button[data-term='status:CrashLoopBackOff']").await;
    until_written(&page, "web status:CrashLoopBackOff").await;
    click(&page, "#clear-query").await;
    until_written(&page, "").await;
    let is_released = "return document.querySelector('#counters [aria-pressed=true]') === null";
    page.until_true("the counter is released", is_released, &[]).await;
    page.assert_clean().await;
}

#[browser_test::in_chromium]
async fn what_does_not_match_is_dimmed_or_hidden() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "#q=web").await;
    let is_on = "return document.querySelector('#hides').getAttribute('aria-checked') === arguments[0]";
    page.until_true("it is off", is_on, &[json!("false")]).await;
    click(&page, "#hides").await;
    page.until_true("it is on", is_on, &[json!("true")]).await;
    until_fragment(&page, "#q=web&hide=1").await;
    page.driver().back().await.expect("there is a way back");
    page.until_true("it is off again", is_on, &[json!("false")]).await;

    // A node that matches is shown, also without pods.
    stage.cluster.create_node("lonely").await;
    let page = open(&stage, "&again#q=lonely&hide=1").await;
    let is_alone = "const cards = [...document.querySelectorAll('.card')];
        return cards.length === 1 && cards[0].textContent.includes('lonely') || cards.length";
    page.until_true("the box of the node is there", is_alone, &[]).await;
    page.assert_clean().await;
}

/// As boxes, as names and on the map.
#[browser_test::in_chromium]
async fn a_query_that_hides_everything_says_so_and_shows_all_again() {
    let stage = stage_with_pods().await;
    for (number, zoom) in ["names", "boxes", "8"].into_iter().enumerate() {
        let page = open(&stage, &format!("&{number}#q=nowhere&hide=1&zoom={zoom}")).await;
        page.until_text("#nothing-found", "Nothing matches nowhere", SOON).await;
        page.until_text(
            "#nothing-found",
            "No match among 4 pods. Pods that do not match are hidden.",
            SOON,
        )
        .await;
        click(&page, "#show-all").await;
        page.until_true(
            "the note is gone",
            "return document.querySelector('#nothing-found') === null",
            &[],
        )
        .await;
        until_fragment(&page, &format!("#hide=1&zoom={zoom}")).await;
        until_focus(&page, "query").await;
        let is_there = "return document.querySelector('#map .cards').getBoundingClientRect().height > 0";
        page.until_true("the pods are back", is_there, &[]).await;
        let frames =
            "return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))";
        page.eval::<Value>(frames, &[]).await;
        page.until_true("no list is in the way", IS_HIDDEN, &[json!("#suggestions")])
            .await;
        page.assert_clean().await;
    }
}

#[browser_test::in_every_browser]
async fn views_are_saved_opened_and_deleted() {
    let stage = stage_with_pods().await;
    let page = open(&stage, "#q=web").await;
    let focus = "document.querySelector('#open-views').focus(); return null";
    page.eval::<()>(focus, &[]).await;
    press_key(&page, Key::Enter).await;
    until_focus(&page, "view-name").await;
    page.until_text("#views-menu", "No saved views.", SOON).await;
    press_key(&page, Key::Enter).await;
    page.until_text("#view-refusal", "Enter a name for the view.", SOON)
        .await;
    press(&page, "Web of npl").await;
    press_key(&page, Key::Enter).await;
    page.until_text("#views-menu li", "Web of npl", SOON).await;
    page.until_text("#views-menu li", "#q=web", SOON).await;
    press_key(&page, Key::Escape).await;
    until_focus(&page, "open-views").await;
    page.until_true("it is closed", IS_HIDDEN, &[json!("#views-menu")])
        .await;
    press(&page, "/crash").await;
    until_fragment(&page, "#q=crash").await;
    page.driver().refresh().await.expect("it can be reloaded");
    page.until_text("#matches", "2 of 4 pods", LATER).await;
    click(&page, "#open-views").await;
    page.until_text("#views-menu li", "Web of npl", SOON).await;
    click(&page, "#views-menu .open-view").await;
    until_written(&page, "web").await;
    until_fragment(&page, "#q=web").await;
    click(&page, "#open-views").await;
    page.until_true("it is open", IS_SHOWN, &[json!("#views-menu")]).await;
    click(&page, "#views-menu .delete-view").await;
    page.until_text("#views-menu", "No saved views.", SOON).await;
    until_focus(&page, "view-name").await;
    let kept = "return localStorage.getItem('k8bit-views')";
    assert_eq!(page.eval::<Value>(kept, &[]).await, json!(""));
    page.assert_clean().await;
}
