//! Logs, read once and followed.

use k8bit_simulator::{
    api::{LOG_LINES, LOG_NOTE, Payload, Resource},
    sample,
};
use serde_json::json;

use crate::support::Sim;

const LOG: &str = "/api/v1/namespaces/default/pods/web/log";

/// A pod whose container has run for this many seconds.
fn sim_with_run(seconds: u64) -> Sim {
    let mut sim = Sim::default();
    let mut pod = sample::running_pod("default", "web", "n");
    pod["status"]["containerStatuses"][0]["state"]["running"]["startedAt"] =
        json!(k8bit_simulator::api::format_time(sim.now));
    sim.api.load(sim.now, Resource::Pods, pod);
    sim.advance(seconds);
    sim
}

fn lines(sim: &mut Sim, query: &str) -> Vec<String> {
    let answer = sim.get(&format!("{LOG}{query}"));
    assert_eq!(answer.status, 200);
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_log_is_cut_by_tail_and_time() {
    let mut sim = sim_with_run(10);
    let all = lines(&mut sim, "?timestamps=true");
    assert_eq!(all.len(), 4);
    assert!(all[0].ends_with(" starting app in default/web"), "{all:?}");
    assert_eq!(lines(&mut sim, "?timestamps=true&tailLines=2"), all[2..]);
    let (time, _) = all[2].split_once(' ').unwrap();
    assert_eq!(lines(&mut sim, &format!("?timestamps=true&sinceTime={time}")), all[2..]);
    // Within the second.
    let later = time.replace('Z', ".9Z");
    assert_eq!(
        lines(&mut sim, &format!("?timestamps=true&sinceTime={later}")),
        all[2..]
    );
    assert_eq!(lines(&mut sim, "?sinceSeconds=4").len(), 2);
}

#[test]
fn a_followed_log_goes_on_until_its_run_ends() {
    let mut sim = sim_with_run(0);
    let request = http::Request::get(format!("{LOG}?follow=true"))
        .body(bytes::Bytes::new())
        .unwrap();
    let Payload::Log(mut log) = sim.api.handle(sim.now, &request).into_body() else {
        panic!("no log");
    };
    assert_eq!(
        sim.api.poll_log(sim.now, &mut log).text,
        "starting app in default/web\n"
    );
    let quiet = sim.api.poll_log(sim.now, &mut log);
    assert!(quiet.text.is_empty() && !quiet.ended);
    assert_eq!(quiet.due.unwrap(), sim.now + std::time::Duration::from_secs(3));
    sim.advance(7);
    let output = sim.api.poll_log(sim.now, &mut log);
    assert_eq!(output.text.lines().count(), 2);

    let status = "/api/v1/namespaces/default/pods/web/status";
    let ended = json!({"status": {"containerStatuses": [{"name": "app", "state": {"terminated": {
        "exitCode": 1,
        "startedAt": k8bit_simulator::api::format_time(sim.now - std::time::Duration::from_secs(7)),
        "finishedAt": k8bit_simulator::api::format_time(sim.now),
    }}}]}});
    assert_eq!(
        sim.write("PATCH", status, "application/merge-patch+json", &ended)
            .status,
        200
    );
    let output = sim.api.poll_log(sim.now, &mut log);
    assert!(output.ended);
    assert_eq!(output.text, "level=fatal msg=\"giving up\" code=1\n");
}

#[test]
fn there_is_no_log_before_the_first_run() {
    let mut sim = Sim::with_pods(1);
    let pod = "/api/v1/namespaces/default/pods/p000/log";
    let answer = sim.get(&format!("{pod}?follow=true"));
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json()["message"],
        "container \"app\" in pod \"p000\" is waiting to start: ContainerCreating"
    );
    let answer = sim.get(&format!("{pod}?previous=true"));
    assert_eq!(
        answer.json()["message"],
        "previous terminated container \"app\" in pod \"p000\" not found"
    );
}

#[test]
fn annotations_make_a_log_that_misbehaves() {
    let mut sim = Sim::default();
    let mut pod = sample::running_pod("default", "web", "n");
    pod["metadata"]["annotations"] = json!({
        LOG_LINES: "one\n\u{1b}[31mtwo\r\n",
        LOG_NOTE: "failed to create fsnotify watcher: too many open files",
    });
    pod["status"]["containerStatuses"][0]["state"]["running"]["startedAt"] =
        json!(k8bit_simulator::api::format_time(sim.now));
    sim.api.load(sim.now, Resource::Pods, pod);
    sim.advance(10);
    let answer = sim.get(&format!("{LOG}?timestamps=true"));
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    let mut parts = text.split('\n');
    for expected in [" one", " \u{1b}[31mtwo\r"] {
        assert!(parts.next().unwrap().ends_with(expected), "{text:?}");
    }
    assert_eq!(
        parts.collect::<Vec<_>>(),
        ["failed to create fsnotify watcher: too many open files"]
    );
    assert_eq!(lines(&mut sim, "?tailLines=1").len(), 2);
    // And then it ends, although its container runs.
    let request = http::Request::get(format!("{LOG}?follow=true"))
        .body(bytes::Bytes::new())
        .unwrap();
    let Payload::Log(mut log) = sim.api.handle(sim.now, &request).into_body() else {
        panic!("no log");
    };
    let output = sim.api.poll_log(sim.now, &mut log);
    assert!(output.ended && output.text.starts_with("one\n"));
}
