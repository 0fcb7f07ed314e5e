//! The first tab: facts, owners, containers, conditions, resources, labels, and the commands that do the same.

use crate::{
    resource::Timestamp,
    view::{
        commands::commands,
        details::{self, ContainerCard, Overview, ResourceRow},
        state::Subject,
        visible::visible,
    },
};

use super::{super::sketch::Node, Drawer, parts};

impl Drawer {
    /// The tab.
    pub(super) fn overview(&self, panel: &mut Node, subject: &Subject) {
        let overview = panel.add("<div class=overview></div>");
        let now = self.now.get();
        parts::facts(overview, &self.known.borrow().facts, now);
        self.owners(overview);
        if let Some(workload) = &*self.workload.borrow() {
            let line = overview.add("<p class=workload id=workload></p>");
            line.put("<b></b>", &workload.name);
            line.text(": ").text(&workload.sentence());
        }
        self.refusal(overview);
        if let Some(object) = &self.object.borrow().value {
            let content = if self.is_pod() {
                details::pod(object)
            } else {
                details::node(object)
            };
            rest(overview, &content, now);
        }
        self.commands(overview, subject);
    }

    /// The owners of the subject, nearest first.
    fn owners(&self, overview: &mut Node) {
        let owners = self.owners.borrow();
        if owners.is_empty() {
            return;
        }
        let list = overview.add("<dl class=facts><dt>Owners</dt></dl>");
        let list = list.add("<dd></dd>").add("<ol class=owners></ol>");
        for link in &*owners {
            let item = list.add("<li></li>");
            item.set("data-owner", &format!("{}/{}", link.kind, link.name))
                .set_bool("data-certain", link.is_certain);
            item.put("<span class=kind></span>", &visible(&link.kind));
            item.text(" ").put("<span></span>", &visible(&link.name));
            if !link.is_certain {
                item.add("<span class=note> guessed from the name</span>");
            }
            if link.flaw().is_some() {
                item.add("<span class=note data-tone=warning> not a name that the API allows</span>");
            }
        }
    }

    /// The same with kubectl, to be copied.
    fn commands(&self, overview: &mut Node, subject: &Subject) {
        let Some(commands) = commands(subject, None).ok().filter(|_| self.exists()) else {
            return;
        };
        let list = section(overview, "With kubectl", "<ul class=commands></ul>");
        for command in commands {
            let id = format!("command-{}", command.purpose.replace(' ', "-").to_ascii_lowercase());
            let item = list.add("<li></li>").set("data-command", command.purpose);
            item.add("<code></code>").set("id", &id).text(&command.text);
            let name = format!("Copy the command: {}", command.purpose);
            parts::copy_button(item, &name, &id, &self.copied.borrow());
        }
    }
}

/// What only the object itself tells.
fn rest(overview: &mut Node, content: &Overview, now: Timestamp) {
    parts::facts(overview, &content.facts, now);
    if !content.containers.is_empty() {
        let list = section(overview, "Containers", "<ul class=containers></ul>");
        for card in &content.containers {
            container(list, card, now);
        }
    }
    if !content.resources.is_empty() {
        resource_table(overview, &content.resources);
    }
    if !content.taints.is_empty() {
        let list = section(overview, "Taints", "<ul class=taints></ul>");
        for taint in &content.taints {
            list.put("<li></li>", taint);
        }
    }
    if !content.conditions.is_empty() {
        let list = section(overview, "Conditions", "<ul class=conditions></ul>");
        for row in &content.conditions {
            let item = list.add("<li></li>").set("data-condition", &row.kind);
            item.put("<span class=key></span>", &row.kind);
            item.text(" ");
            parts::part(item, &row.status, now);
            item.put("<span class=text></span>", &row.text);
        }
    }
    if !content.labels.is_empty() {
        let list = section(overview, "Labels", "<ul class=labels></ul>");
        for (key, value) in &content.labels {
            let item = list.add("<li></li>");
            item.put("<span class=key></span>", key);
            item.put("<span class=value></span>", value);
        }
    }
}

/// A titled list.
fn section<'n>(overview: &'n mut Node, title: &str, list: &'static str) -> &'n mut Node {
    let section = overview.add_keyed("<section class=part></section>", title);
    section.put("<h3></h3>", title);
    section.add(list)
}

fn container(list: &mut Node, card: &ContainerCard, now: Timestamp) {
    let item = list.add("<li class=container></li>").set("data-container", &card.name);
    if let Some(is_ready) = card.is_ready {
        item.set_bool("data-ready", is_ready);
    }
    let top = item.add("<p class=top></p>");
    top.put("<b></b>", &card.name);
    let role = card.role.label();
    if !role.is_empty() {
        top.put("<span class=role></span>", role);
    }
    if let Some(is_ready) = card.is_ready {
        top.add(if is_ready {
            "<span class=ready data-tone=good>ready</span>"
        } else {
            "<span class=ready data-tone=warning>not ready</span>"
        });
    }
    let facts = item.add("<dl class=facts><dt>State</dt></dl>");
    parts::part(facts.add("<dd class=state></dd>"), &card.state, now);
    if let Some(last) = &card.last {
        facts.add("<dt>Before</dt>");
        parts::part(facts.add("<dd class=last></dd>"), last, now);
    }
    if card.restarts > 0 {
        facts.add("<dt>Restarts</dt>");
        facts.put("<dd></dd>", &card.restarts.to_string());
    }
    facts.add("<dt>Image</dt>");
    facts.put("<dd class=image></dd>", &card.image);
    for fact in &card.facts {
        parts::row(facts, fact, now);
    }
}

fn resource_table(overview: &mut Node, rows: &[ResourceRow]) {
    let section = overview.add_keyed("<section class=part><h3>Resources</h3></section>", "Resources");
    let table = section.add(
        "<table class=resources><thead><tr><th scope=col>resource</th><th scope=col>capacity</th>\
         <th scope=col>allocatable</th></tr></thead></table>",
    );
    let body = table.add("<tbody></tbody>");
    for row in rows {
        let line = body.add("<tr></tr>");
        line.put("<th scope=row></th>", &row.name);
        line.put("<td></td>", &row.capacity);
        line.put("<td></td>", &row.allocatable);
    }
}
