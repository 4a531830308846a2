//! The poller of one-off tasks: one for all tasks of an account and region, with up to a hundred tasks of a cluster a
//! call.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use aws_sdk_ecs::types::Task;
use futures_util::future::join_all;
use tokio::sync::{Notify, mpsc};

use crate::ecs::watch::Pace;
use crate::ecs::{Ecs, Retry, TASKS_PER_CALL};
use crate::error::{AwsError, ErrorKind};

/// The description of a task by one poll, or `None` if ECS does not return the task.
pub(super) type PollResult = Result<Option<Task>, AwsError>;

/// Polls the one-off tasks of one account and region.
pub struct TaskPoller<'e> {
    pub(super) ecs: &'e Ecs,
    pub(super) poll: Duration,
    subscriptions: RefCell<Vec<Subscription>>,
    new_subscription: Notify,
}

/// A watch of one task.
#[derive(Clone)]
struct Subscription {
    cluster: String,
    task: String,
    sender: mpsc::UnboundedSender<PollResult>,
}

impl<'e> TaskPoller<'e> {
    /// Creates a poller with this interval. [`TaskPoller::run`] starts it.
    #[must_use]
    pub fn new(ecs: &'e Ecs, poll: Duration) -> Self {
        Self { ecs, poll, subscriptions: RefCell::default(), new_subscription: Notify::new() }
    }

    /// Polls a task until the receiver is dropped.
    pub(super) fn subscribe(&self, cluster: &str, task: &str) -> mpsc::UnboundedReceiver<PollResult> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let subscription = Subscription { cluster: cluster.to_owned(), task: task.to_owned(), sender };
        self.subscriptions.borrow_mut().push(subscription);
        self.new_subscription.notify_one();
        receiver
    }

    /// Polls all subscribed tasks, interval by interval. Never returns.
    pub async fn run(&self) -> Infallible {
        let mut pace = Pace::new(self.poll);
        let throttled = Cell::new(false);
        loop {
            self.subscriptions.borrow_mut().retain(|subscription| !subscription.sender.is_closed());
            if self.subscriptions.borrow().is_empty() {
                self.new_subscription.notified().await;
            }
            // A new task does not stop at once, so the first poll is after an interval.
            pace.record_tick(true, throttled.get());
            tokio::time::sleep_until(pace.next_tick(false)).await;
            throttled.set(self.tick().await);
        }
    }

    /// Polls each task once. Returns whether ECS throttled a call.
    async fn tick(&self) -> bool {
        let mut clusters: BTreeMap<String, Vec<Subscription>> = BTreeMap::new();
        for subscription in
            self.subscriptions.borrow().iter().filter(|subscription| !subscription.sender.is_closed())
        {
            clusters.entry(subscription.cluster.clone()).or_default().push(subscription.clone());
        }
        let calls = clusters.iter().flat_map(|(cluster, subscriptions)| {
            subscriptions.chunks(TASKS_PER_CALL).map(move |chunk| async move {
                let tasks: Vec<String> = chunk.iter().map(|subscription| subscription.task.clone()).collect();
                (chunk, self.ecs.describe_tasks(cluster, &tasks, Retry::ByCaller).await)
            })
        });
        let mut throttled = false;
        for (subscriptions, response) in join_all(calls).await {
            throttled |= matches!(&response, Err(error) if error.kind == ErrorKind::Throttled);
            send_results(subscriptions, response);
        }
        throttled
    }
}

/// Sends the results of one call to its subscriptions. A transient error goes to one of them only, so that it is
/// reported once.
fn send_results(subscriptions: &[Subscription], response: Result<Vec<Task>, AwsError>) {
    // A receiver may have been dropped in the meantime.
    match response {
        Ok(tasks) => {
            for subscription in subscriptions {
                let task = tasks.iter().find(|task| task.task_arn() == Some(&subscription.task));
                let _ = subscription.sender.send(Ok(task.cloned()));
            }
        }
        Err(error) => {
            let receivers = if error.is_transient() { 1 } else { subscriptions.len() };
            for subscription in subscriptions.iter().take(receivers) {
                let _ = subscription.sender.send(Err(error.clone()));
            }
        }
    }
}
