//! The first tab: facts, owners, containers, conditions, resources, labels, and the commands that do the same.

use leptos::prelude::*;

use super::{
    copy_button::CopyButton,
    facts::{FactPart, FactRow, Facts},
    object::{Object, ReadError},
};
use crate::{
    ui::{signals::SubjectSignals, state::State},
    view::{
        commands::{Command, commands},
        container::with_previous_log,
        details::{self, ConditionRow, ContainerCard, Overview as Content, ResourceRow},
        owner::{self, Link},
        query::owned_by,
        state::Subject,
        visible::visible,
        workload_spread::WorkloadSpread,
    },
};

/// See the [module](self).
#[component]
pub(super) fn Overview() -> impl IntoView {
    let object = expect_context::<Object>();
    let SubjectSignals { known, workload, .. } = expect_context();
    let facts = Memo::new(move |_| known.with(|known| known.facts.clone()));
    let content = Memo::new(move |_| {
        let of = if object.is_pod { details::pod } else { details::node };
        object.value.with(|value| value.as_ref().map(of))
    });
    let belongs_to = Memo::new(move |_| {
        let names = |spread: &WorkloadSpread| (spread.kind.clone(), spread.name.clone());
        workload.with(|workload| workload.as_ref().map(names))
    });
    view! {
        <div class="overview">
            {move || view! { <Facts facts=facts.get()/> }}
            {move || {
                let owners = object.owners.get();
                (!owners.is_empty()).then(|| view! { <Owners owners workload=belongs_to.get()/> })
            }}
            {move || {
                let heading = |spread: &WorkloadSpread| object.owners.with(|owners| spread.heading(owners));
                workload.get().map(|spread| view! { <Workload name=heading(&spread) spread/> })
            }}
            <ReadError/>
            {move || content.get().map(|content| view! { <Rest content/> })}
            <Commands/>
        </div>
    }
}

/// The owners of the subject, nearest first. `workload` is the kind and the name of what it belongs to.
#[component]
fn Owners(owners: Vec<Link>, workload: Option<(String, String)>) -> impl IntoView {
    let workload = workload.as_ref().map(|(kind, name)| (kind.as_str(), name.as_str()));
    let namespace = namespace();
    let owner = |(index, link): (usize, &Link)| {
        let name = visible(&link.name).into_owned();
        let query = owner::query(&owners, index, workload, &namespace);
        view! {
            <li data-owner=format!("{}/{}", link.kind, link.name) data-certain=link.is_certain.to_string()>
                <span class="kind">{visible(&link.kind).into_owned()}</span>
                " "
                <QueryLink query name/>
                {(!link.is_certain).then(|| view! { <span class="note">" guessed from the name"</span> })}
                {link.flaw().map(|_| {
                    view! { <span class="note" data-tone="warning">" not a name that the API allows"</span> }
                })}
            </li>
        }
    };
    view! {
        <dl class="facts">
            <dt>"Owners"</dt>
            <dd><ol class="owners">{owners.iter().enumerate().map(owner).collect_view()}</ol></dd>
        </dl>
    }
}

/// Where the pods of its workload are.
#[component]
fn Workload(name: String, spread: WorkloadSpread) -> impl IntoView {
    let query = owned_by(&namespace(), &spread.kind, &spread.name);
    view! {
        <p class="workload" id="workload">
            <b><QueryLink query name/></b>
            ": "
            {spread.sentence()}
        </p>
    }
}

/// A name that sets the query, if there is one.
#[component]
fn QueryLink(query: Option<String>, name: String) -> impl IntoView {
    let state = expect_context::<State>();
    let Some(query) = query else {
        return view! { <span>{name}</span> }.into_any();
    };
    let title = format!("Find its pods: {}", visible(&query));
    view! {
        <button type="button" class="link" data-action="find" title=title
            on:click=move |_| state.navigate(|state| state.query.clone_from(&query))>
            {name}
        </button>
    }
    .into_any()
}

/// The namespace of the subject; empty for a node.
fn namespace() -> String {
    let Object { subject, .. } = expect_context();
    subject.with_value(|subject| match subject {
        Subject::Pod(key) => key.namespace.to_string(),
        Subject::Node(_) => String::new(),
    })
}

/// The parts that only the fetched object has.
#[component]
fn Rest(content: Content) -> impl IntoView {
    view! {
        <Facts facts=content.facts/>
        {some(content.containers).map(|containers| view! { <Containers containers/> })}
        {some(content.resources).map(|rows| view! { <Resources rows/> })}
        {some(content.taints).map(|taints| view! { <Taints taints/> })}
        {some(content.conditions).map(|rows| view! { <Conditions rows/> })}
        {some(content.labels).map(|labels| view! { <Labels labels/> })}
    }
}

fn some<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}

/// A titled part.
#[component]
fn Section(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="part">
            <h3>{title}</h3>
            {children()}
        </section>
    }
}

#[component]
fn Containers(containers: Vec<ContainerCard>) -> impl IntoView {
    let items = containers
        .into_iter()
        .map(|card| view! { <Container card/> })
        .collect_view();
    view! {
        <Section title="Containers"><ul class="containers">{items}</ul></Section>
    }
}

#[component]
fn Container(card: ContainerCard) -> impl IntoView {
    let role = card.role.label();
    let readiness = card.is_ready.map(|is_ready| {
        let (tone, word) = if is_ready {
            ("good", "ready")
        } else {
            ("warning", "not ready")
        };
        view! {
            <span class="ready" data-tone=tone>{word}</span>
        }
    });
    let last = card.last.map(|last| {
        view! {
            <dt>"Before"</dt>
            <dd class="last"><FactPart part=last/></dd>
        }
    });
    let restarts = (card.restarts > 0).then(|| {
        view! {
            <dt>"Restarts"</dt>
            <dd>{card.restarts.to_string()}</dd>
        }
    });
    view! {
        <li class="container" data-container=card.name data-ready=card.is_ready.map(|is_ready| is_ready.to_string())>
            <p class="top">
                <b>{card.name.clone()}</b>
                {(!role.is_empty()).then(|| view! { <span class="role">{role}</span> })}
                {readiness}
            </p>
            <dl class="facts">
                <dt>"State"</dt>
                <dd class="state"><FactPart part=card.state/></dd>
                {last}
                {restarts}
                <dt>"Image"</dt>
                <dd class="image">{card.image}</dd>
                {card.facts.into_iter().map(|fact| view! { <FactRow fact/> }).collect_view()}
            </dl>
        </li>
    }
}

#[component]
fn Resources(rows: Vec<ResourceRow>) -> impl IntoView {
    let row = |row: ResourceRow| {
        view! {
            <tr>
                <th scope="row">{row.name}</th>
                <td>{row.capacity}</td>
                <td>{row.allocatable}</td>
            </tr>
        }
    };
    let rows = rows.into_iter().map(row).collect_view();
    view! {
        <Section title="Resources">
            <table class="resources">
                <thead>
                    <tr>
                        <th scope="col">"resource"</th>
                        <th scope="col">"capacity"</th>
                        <th scope="col">"allocatable"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </Section>
    }
}

#[component]
fn Taints(taints: Vec<String>) -> impl IntoView {
    let taints = taints
        .into_iter()
        .map(|taint| view! { <li>{taint}</li> })
        .collect_view();
    view! {
        <Section title="Taints"><ul class="taints">{taints}</ul></Section>
    }
}

#[component]
fn Conditions(rows: Vec<ConditionRow>) -> impl IntoView {
    let row = |row: ConditionRow| {
        view! {
            <li data-condition=row.kind>
                <span class="key">{row.kind.clone()}</span>
                " "
                <FactPart part=row.status/>
                <span class="text">{row.text}</span>
            </li>
        }
    };
    let rows = rows.into_iter().map(row).collect_view();
    view! {
        <Section title="Conditions"><ul class="conditions">{rows}</ul></Section>
    }
}

#[component]
fn Labels(labels: Vec<(String, String)>) -> impl IntoView {
    let label = |(key, value): (String, String)| {
        view! {
            <li>
                <span class="key">{key}</span>
                <span class="value">{value}</span>
            </li>
        }
    };
    let labels = labels.into_iter().map(label).collect_view();
    view! {
        <Section title="Labels"><ul class="labels">{labels}</ul></Section>
    }
}

/// The same with kubectl, to be copied.
#[component]
fn Commands() -> impl IntoView {
    let object = expect_context::<Object>();
    let subject = expect_context::<SubjectSignals>();
    let exists = Memo::new(move |_| object.exists(subject));
    let command = |Command { purpose, text }: Command| {
        let id = format!("command-{}", purpose.replace(' ', "-").to_ascii_lowercase());
        let copied = text.clone();
        view! {
            <li data-command=purpose>
                <code id=id.clone()>{text}</code>
                <CopyButton name=format!("Copy the command: {purpose}") shown=id text=move || copied.clone()/>
            </li>
        }
    };
    let previous = Memo::new(move |_| {
        let previous = |value: &Option<_>| value.as_ref().and_then(with_previous_log).map(str::to_owned);
        object.value.with(previous)
    });
    // What could be made of its name alone is not to be run in a terminal.
    move || {
        let previous = previous.get();
        let commands = object
            .subject
            .with_value(|subject| commands(subject, None, previous.as_deref()))
            .ok();
        let commands = commands.filter(|_| exists.get())?;
        let commands = commands.into_iter().map(command).collect_view();
        Some(view! {
            <Section title="With kubectl"><ul class="commands">{commands}</ul></Section>
        })
    }
}
