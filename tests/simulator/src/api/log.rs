//! The log of a container: made up from its start, a line every few seconds, read once or followed.
//!
//! What is written is told by the clock alone, so that nothing is stored, and a log that is followed is a place in it.
//!
//! Annotations of the pod make logs that misbehave:
//!
//! | annotation | what it does |
//! |---|---|
//! | [`LOG_LINES`] | the lines, up to the last newline, are what the containers have written at their start, instead of those made up |
//! | [`LOG_NOTE`] | each answer ends with it, without a time and without a newline, as with a word of the kubelet's own |

use std::time::Duration;

use compact_str::CompactString;
use jiff::Timestamp;
use serde_json::Value;

use super::ApiServer;
use super::query::Query;
use super::resource::Resource;
use super::status::Status;

/// A log never holds more lines than this, however long the container runs: kubelets rotate files.
const LINES_MAX: i64 = 5_000;

/// The annotation of a pod with the lines of its logs.
pub const LOG_LINES: &str = "simulator.k8bit.test/log-lines";

/// The annotation of a pod with what its kubelet says at the end of each answer.
pub const LOG_NOTE: &str = "simulator.k8bit.test/log-note";

/// The time from one line of [`LOG_LINES`] to the next.
const LINE_STEP: Duration = Duration::from_millis(1);

/// A log that is read, and how far that has come.
#[derive(Clone, Debug)]
pub struct LogFollow {
    namespace: String,
    name: String,
    uid: CompactString,
    container: String,
    previous: bool,
    timestamps: bool,
    /// When the run began: another one has another log.
    started: Timestamp,
    /// Number of the next line.
    next: i64,
    /// What is older is left out.
    since: Timestamp,
    /// What was written, in place of what is made up.
    lines: Option<Vec<String>>,
    /// What the kubelet says at the end.
    note: String,
}

/// What has come of a log.
#[derive(Clone, Debug, Default)]
pub struct LogOutput {
    /// Whole lines.
    pub text: String,
    /// The container has ended, or its pod is gone.
    pub ended: bool,
    /// When the next line is written.
    pub due: Option<Timestamp>,
}

/// One run of a container.
struct Run {
    started: Timestamp,
    finished: Option<Timestamp>,
    exit_code: i64,
}

impl Run {
    fn of(state: &Value) -> Option<Self> {
        let run = [&state["running"], &state["terminated"]]
            .into_iter()
            .find(|run| run.is_object())?;
        let time = |field: &str| run[field].as_str().and_then(|text| text.parse().ok());
        Some(Self {
            started: time("startedAt").unwrap_or_default(),
            finished: time("finishedAt"),
            exit_code: run["exitCode"].as_i64().unwrap_or(0),
        })
    }

    fn line_count(&self, now: Timestamp, interval: Duration) -> i64 {
        let end = self.finished.unwrap_or(now).as_nanosecond();
        let lived = end - self.started.as_nanosecond();
        let interval = i128::try_from(interval.as_nanos()).unwrap_or(i128::MAX).max(1);
        i64::try_from(lived / interval).unwrap_or(i64::MAX - 1) + 1
    }

    fn time_of(&self, line: i64, interval: Duration) -> Timestamp {
        let nanos = i128::try_from(interval.as_nanos()).unwrap_or(i128::MAX);
        let after = nanos.saturating_mul(i128::from(line));
        Timestamp::from_nanosecond(self.started.as_nanosecond().saturating_add(after)).unwrap_or(Timestamp::MAX)
    }
}

impl ApiServer {
    pub(super) fn open_log(
        &self,
        now: Timestamp,
        namespace: &str,
        name: &str,
        query: &Query,
    ) -> Result<LogFollow, Status> {
        let pod = self.existing(Resource::Pods, namespace, name)?;
        let value = pod.value();
        let container = container_asked_for(&value, name, query.text("container"))?;
        let previous = query.flag("previous");
        let Some(run) = run_of(&value, &container, previous) else {
            let state = container_status(&value, &container).map_or(&Value::Null, |status| &status["state"]);
            return Err(Status::bad_request(match previous {
                true => format!("previous terminated container \"{container}\" in pod \"{name}\" not found"),
                false => format!(
                    "container \"{container}\" in pod \"{name}\" is waiting to start: {}",
                    state["waiting"]["reason"].as_str().unwrap_or("ContainerCreating")
                ),
            }));
        };
        let annotation = |name: &str| value["metadata"]["annotations"][name].as_str();
        let lines: Option<Vec<String>> =
            annotation(LOG_LINES).map(|text| text.split_terminator('\n').map(str::to_owned).collect());
        let count = match &lines {
            Some(lines) => i64::try_from(lines.len()).unwrap_or(i64::MAX),
            None => run.line_count(now, self.options.log_line_interval),
        };
        let tail = query.number("tailLines").and_then(|lines| i64::try_from(lines).ok());
        let ago = query.number("sinceSeconds").map(Duration::from_secs);
        // The server hands the time on to the kubelet in whole seconds.
        let time = query.text("sinceTime").parse::<Timestamp>().ok();
        let time = time.and_then(|time| Timestamp::from_second(time.as_second()).ok());
        Ok(LogFollow {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            uid: pod.uid.clone(),
            container,
            previous,
            timestamps: query.flag("timestamps"),
            started: run.started,
            next: (count - LINES_MAX).max(tail.map_or(0, |tail| count - tail)).max(0),
            since: ago.map(|ago| now - ago).or(time).unwrap_or(Timestamp::MIN),
            note: annotation(LOG_NOTE).unwrap_or_default().to_owned(),
            lines,
        })
    }

    /// What was written into a log since it was looked at last.
    pub fn poll_log(&self, now: Timestamp, log: &mut LogFollow) -> LogOutput {
        let ended = LogOutput {
            ended: true,
            ..LogOutput::default()
        };
        let Some(pod) = self.get(Resource::Pods, &log.namespace, &log.name) else {
            return ended;
        };
        let run = run_of(&pod.value(), &log.container, log.previous);
        let Some(run) = run.filter(|run| pod.uid == log.uid && run.started == log.started) else {
            return ended;
        };
        let mut text = String::new();
        let due = match &log.lines {
            Some(lines) => {
                let first = usize::try_from(log.next).unwrap_or(usize::MAX);
                for (number, line) in lines.iter().enumerate().skip(first) {
                    let at = run.time_of(i64::try_from(number).unwrap_or(i64::MAX), LINE_STEP);
                    if at >= log.since {
                        text.push_str(&format!("{}{line}\n", log.stamp(at)));
                    }
                }
                log.next = i64::try_from(lines.len()).unwrap_or(i64::MAX);
                None
            }
            None => {
                let interval = self.options.log_line_interval;
                let count = run.line_count(now, interval);
                while log.next < count {
                    let (number, at) = (log.next, run.time_of(log.next, interval));
                    log.next += 1;
                    if at >= log.since {
                        write_line(&mut text, log, number, at);
                    }
                }
                Some(run.time_of(log.next, interval))
            }
        };
        if run.exit_code != 0 && log.lines.is_none() {
            text.push_str(&log.stamp(run.finished.unwrap_or(now)));
            text.push_str(&format!("level=fatal msg=\"giving up\" code={}\n", run.exit_code));
        }
        text.push_str(&log.note);
        LogOutput {
            text,
            ended: run.finished.is_some() || !log.note.is_empty(),
            due,
        }
    }
}

impl LogFollow {
    fn stamp(&self, at: Timestamp) -> String {
        match self.timestamps {
            true => format!("{at} "),
            false => String::new(),
        }
    }
}

fn write_line(text: &mut String, log: &LogFollow, number: i64, at: Timestamp) {
    text.push_str(&log.stamp(at));
    let container = &log.container;
    text.push_str(&match number {
        0 => format!("starting {container} in {}/{}\n", log.namespace, log.name),
        _ => format!("level=info msg=\"handled request\" container={container} number={number} status=200\n"),
    });
}

fn run_of(pod: &Value, container: &str, previous: bool) -> Option<Run> {
    let status = container_status(pod, container)?;
    let (current, last) = (Run::of(&status["state"]), Run::of(&status["lastState"]));
    match previous {
        true => last,
        // While it waits to be started again, its log is that of the run before.
        false => current.or(last),
    }
}

fn container_asked_for(pod: &Value, name: &str, asked: &str) -> Result<String, Status> {
    let (containers, all) = container_names(pod);
    match asked {
        "" if containers.len() == 1 => Ok(containers[0].clone()),
        "" => Err(Status::bad_request(format!(
            "a container name must be specified for pod {name}, choose one of: [{}]",
            containers.join(" ")
        ))),
        asked if all.iter().any(|known| known == asked) => Ok(asked.to_owned()),
        asked => Err(Status::bad_request(format!(
            "container {asked} is not valid for pod {name}"
        ))),
    }
}

fn container_names(pod: &Value) -> (Vec<String>, Vec<String>) {
    let names = |field: &str| -> Vec<String> {
        pod["spec"][field]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|container| container["name"].as_str().map(str::to_owned))
            .collect()
    };
    let containers = names("containers");
    let all = names("initContainers").into_iter().chain(containers.clone()).collect();
    (containers, all)
}

fn container_status<'a>(pod: &'a Value, name: &str) -> Option<&'a Value> {
    ["initContainerStatuses", "containerStatuses"]
        .iter()
        .filter_map(|field| pod["status"][*field].as_array())
        .flatten()
        .find(|status| status["name"] == name)
}
