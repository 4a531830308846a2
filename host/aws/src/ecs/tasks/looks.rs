//! The looks at one-off tasks: one poller for all of an account and region, a
//! hundred tasks of a cluster a call.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use aws_sdk_ecs::types::Task;
use futures_util::future::join_all;
use tokio::sync::{Notify, mpsc};

use crate::ecs::watch::Pace;
use crate::ecs::{Ecs, Retry, TASKS_PER_CALL};
use crate::{AwsError, ErrorKind};

/// How a task is, as far as one look tells; none where ECS does not know it.
pub(super) type Look = Result<Option<Task>, AwsError>;

/// Looks at the one-off tasks of one account and region.
pub struct TaskPoller<'e> {
    pub(super) ecs: &'e Ecs,
    poll: Duration,
    watched: RefCell<Vec<Watched>>,
    arrival: Notify,
}

/// A task that somebody watches.
#[derive(Clone)]
struct Watched {
    cluster: String,
    task: String,
    tell: mpsc::UnboundedSender<Look>,
}

impl<'e> TaskPoller<'e> {
    /// Looks every `poll`, once [`TaskPoller::run`] runs.
    #[must_use]
    pub fn new(ecs: &'e Ecs, poll: Duration) -> Self {
        Self { ecs, poll, watched: RefCell::default(), arrival: Notify::new() }
    }

    /// The looks at a task from now on. They end when the receiver is dropped.
    pub(super) fn at(&self, cluster: &str, task: &str) -> mpsc::UnboundedReceiver<Look> {
        let (tell, told) = mpsc::unbounded_channel();
        let watched = Watched { cluster: cluster.to_owned(), task: task.to_owned(), tell };
        self.watched.borrow_mut().push(watched);
        self.arrival.notify_one();
        told
    }

    /// Looks at all tasks that are watched, tick by tick. Never ends by itself.
    pub async fn run(&self) -> Infallible {
        let mut pace = Pace::new(self.poll);
        let throttled = Cell::new(false);
        loop {
            self.watched.borrow_mut().retain(|watched| !watched.tell.is_closed());
            if self.watched.borrow().is_empty() {
                self.arrival.notified().await;
            }
            // A task that was started just now is not at its end.
            pace.ticked(true, throttled.get());
            tokio::time::sleep_until(pace.next(false)).await;
            throttled.set(self.tick().await);
        }
    }

    /// Looks at each task once; whether the API said that this is too much.
    async fn tick(&self) -> bool {
        let mut clusters: BTreeMap<String, Vec<Watched>> = BTreeMap::new();
        for watched in self.watched.borrow().iter().filter(|watched| !watched.tell.is_closed()) {
            clusters.entry(watched.cluster.clone()).or_default().push(watched.clone());
        }
        let calls = clusters.iter().flat_map(|(cluster, of)| {
            of.chunks(TASKS_PER_CALL).map(move |of| async move {
                let tasks: Vec<String> = of.iter().map(|watched| watched.task.clone()).collect();
                (of, self.ecs.describe_tasks(cluster, &tasks, Retry::ByCaller).await)
            })
        });
        let mut throttled = false;
        for (of, answer) in join_all(calls).await {
            throttled |= matches!(&answer, Err(error) if error.kind == ErrorKind::Throttled);
            tell(of, answer);
        }
        throttled
    }
}

/// Tells those who watch what a look has found. One that failed for a moment is
/// told once, not by each of them.
fn tell(of: &[Watched], answer: Result<Vec<Task>, AwsError>) {
    // Who watched may be gone.
    match answer {
        Ok(tasks) => {
            for watched in of {
                let task = tasks.iter().find(|task| task.task_arn() == Some(&watched.task));
                let _ = watched.tell.send(Ok(task.cloned()));
            }
        }
        Err(error) => {
            let told = if !error.is_transient() { of.len() } else { 1 };
            for watched in of.iter().take(told) {
                let _ = watched.tell.send(Err(error.clone()));
            }
        }
    }
}
