//! The parts of the page beside the cluster and the details: one file each, named as what it shows.

mod announcer;
mod block_icon;
mod connection_badge;
mod connection_panel;
mod connection_problems;
mod diagnostics;
mod family_counters;
mod header;
mod help;
mod kiosk;
mod legend;
mod menus;
mod modal;
mod problem_counters;
mod query_terms;
mod rich;
mod saved_views;
mod summary;
mod tab_title;
mod theme;
mod token_dialog;
mod tooltip;
mod walk_steps;
mod words;
mod write_switch;
mod zoom_steps;

pub(super) use self::{
    announcer::Announcer,
    block_icon::BlockIcon,
    connection_panel::ConnectionPanel,
    connection_problems::ConnectionProblems,
    header::Header,
    help::{Help, HelpDialog},
    kiosk::{KioskHeader, KioskProblem, use_kiosk},
    legend::Legend,
    summary::Summary,
    tab_title::use_tab_title,
    theme::{ThemeChoice, use_theme},
    token_dialog::{TokenDialog, TokenForm},
    tooltip::Tooltip,
    words::Words,
    zoom_steps::zoom,
};
