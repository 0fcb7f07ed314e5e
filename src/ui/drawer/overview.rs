//! The first tab: facts, owners, containers, conditions, resources, labels, and the commands that do the same.

use std::sync::Arc;

use crate::view::{
    commands::{Command, commands},
    details::{self, ConditionRow, ContainerCard, Overview, ResourceRow},
    owner::Link,
    state::Subject,
};
use leptos::prelude::*;

use super::{super::PageRef, parts};

/// The tab.
pub(super) fn overview(page: PageRef) -> impl IntoView {
    let (known, object, workload) = page.with_value(|page| {
        let drawer = &page.0.drawer;
        (drawer.known.clone(), drawer.object.clone(), drawer.workload.clone())
    });
    let subject = page.with_value(|page| page.0.drawer.subject.borrow().clone());
    let is_pod = matches!(subject, Some(Subject::Pod(_)));
    let known_facts = Memo::new(move |_| known.with(|known| known.facts.clone()));
    let refusal = {
        let object = object.clone();
        Memo::new(move |_| {
            let asked = if is_pod { "get pods" } else { "get nodes" };
            object.with(|object| object.refusal.as_ref().map(|refusal| refusal.words(asked)))
        })
    };
    let content = Memo::new(move |_| {
        let value: Option<Arc<_>> = object.with(|object| object.value.clone());
        value.map(|value| {
            if is_pod {
                details::pod(&value)
            } else {
                details::node(&value)
            }
        })
    });
    let given = subject.map(|subject| commands(&subject, None)).unwrap_or_default();
    view! {
        <div class="overview">
            {move || parts::facts(page, known_facts.get())}
            {owners(page)}
            {move || {
                workload.get().map(|it| view! { <p class="workload" id="workload"><b>{it.name.clone()}</b> ": " {it.sentence()}</p> })
            }}
            {move || refusal.get().map(|words| view! { <p class="refusal" role="status">{words}</p> })}
            {move || content.get().map(|content| rest(page, content))}
            {command_list(given)}
        </div>
    }
}

/// The owners of the subject, nearest first.
fn owners(page: PageRef) -> impl IntoView {
    let owners = page.with_value(|page| page.0.drawer.owners.clone());
    let link = |link: Link| {
        let note = if link.is_certain { "" } else { "told by the name" };
        let full_name = format!("{}/{}", link.kind, link.name);
        view! {
            <li data-owner=full_name data-certain=link.is_certain.to_string()>
                <span class="kind">{link.kind}</span>
                " "
                <span>{link.name}</span>
                {(!note.is_empty()).then(|| view! { <span class="note">" " {note}</span> })}
            </li>
        }
    };
    move || {
        let owners = owners.get();
        (!owners.is_empty()).then(|| {
            view! {
                <dl class="facts">
                    <dt>"Owners"</dt>
                    <dd><ol class="owners">{owners.into_iter().map(link).collect_view()}</ol></dd>
                </dl>
            }
        })
    }
}

/// What only the object itself tells.
fn rest(page: PageRef, content: Overview) -> impl IntoView {
    let Overview {
        facts,
        containers,
        conditions,
        resources,
        taints,
        labels,
    } = content;
    let labels = labels.into_iter().map(|(key, value)| {
        view! { <li><span class="key">{key}</span> <span class="value">{value}</span></li> }
    });
    let taints = taints.into_iter().map(|taint| view! { <li>{taint}</li> });
    view! {
        {parts::facts(page, facts)}
        {section("Containers", "containers", containers.into_iter().map(|it| container(page, it)).collect::<Vec<_>>())}
        {(!resources.is_empty()).then(|| resource_table(resources))}
        {section("Taints", "taints", taints.collect::<Vec<_>>())}
        {section("Conditions", "conditions", conditions.into_iter().map(|it| condition(page, it)).collect::<Vec<_>>())}
        {section("Labels", "labels", labels.collect::<Vec<_>>())}
    }
}

/// A titled list; nothing without items.
fn section<V: IntoView + 'static>(title: &'static str, class: &'static str, items: Vec<V>) -> impl IntoView {
    (!items.is_empty()).then(|| {
        view! {
            <section class="part">
                <h3>{title}</h3>
                <ul class=class>{items}</ul>
            </section>
        }
    })
}

fn container(page: PageRef, card: ContainerCard) -> impl IntoView {
    let ready = match card.is_ready {
        Some(true) => Some(("good", "ready")),
        Some(false) => Some(("warning", "not ready")),
        None => None,
    };
    let ready = ready.map(|(tone, word)| view! { <span class="ready" data-tone=tone>{word}</span> });
    let role = card.role.label();
    let last = card.last.map(|last| {
        view! {
            <dt>"Before"</dt>
            <dd class="last">{parts::part(page, last)}</dd>
        }
    });
    let restarts = (card.restarts > 0).then(|| {
        view! {
            <dt>"Restarts"</dt>
            <dd>{card.restarts}</dd>
        }
    });
    let facts = card.facts.into_iter().map(|fact| {
        view! {
            <dt>{fact.name}</dt>
            <dd>{parts::parts(page, fact.parts)}</dd>
        }
    });
    let name = card.name.clone();
    view! {
        <li class="container" data-container=name data-ready=card.is_ready.map(|it| it.to_string())>
            <p class="top">
                <b>{card.name}</b>
                {(!role.is_empty()).then(|| view! { <span class="role">{role}</span> })}
                {ready}
            </p>
            <dl class="facts">
                <dt>"State"</dt>
                <dd class="state">{parts::part(page, card.state)}</dd>
                {last}
                {restarts}
                <dt>"Image"</dt>
                <dd class="image">{card.image}</dd>
                {facts.collect_view()}
            </dl>
        </li>
    }
}

fn condition(page: PageRef, row: ConditionRow) -> impl IntoView {
    let kind = row.kind.clone();
    view! {
        <li data-condition=kind>
            <span class="key">{row.kind}</span>
            " "
            {parts::part(page, row.status)}
            <span class="text">{row.text}</span>
        </li>
    }
}

fn resource_table(rows: Vec<ResourceRow>) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        view! {
            <tr>
                <th scope="row">{row.name}</th>
                <td>{row.capacity}</td>
                <td>{row.allocatable}</td>
            </tr>
        }
    });
    view! {
        <section class="part">
            <h3>"Resources"</h3>
            <table class="resources">
                <thead>
                    <tr>
                        <th scope="col">"resource"</th>
                        <th scope="col">"capacity"</th>
                        <th scope="col">"allocatable"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
}

/// The same with kubectl, to be copied.
fn command_list(commands: Vec<Command>) -> impl IntoView {
    let row = |command: Command| {
        let id = format!("command-{}", command.purpose.replace(' ', "-").to_lowercase());
        let text = command.text.clone();
        let shown = id.clone();
        view! {
            <li data-command=command.purpose>
                <code id=id>{command.text}</code>
                {parts::copy_button(
                    "Copy",
                    move || format!("Copy the command: {}", command.purpose),
                    move || text.clone(),
                    shown,
                )}
            </li>
        }
    };
    let rows = commands.into_iter().map(row);
    view! {
        <section class="part">
            <h3>"With kubectl"</h3>
            <ul class="commands">{rows.collect_view()}</ul>
        </section>
    }
}
