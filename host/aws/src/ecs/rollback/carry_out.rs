//! Taking a service back, and watching until it is there.

use std::cell::RefCell;
use std::time::Duration;

use tokio::time::Instant;

use super::{Back, Way};
use crate::ecs::engine::stop;
use crate::ecs::explain::{FailedRollout, explain};
use crate::ecs::watch;
use crate::ecs::watch::Ended;
use crate::ecs::{Ecs, Rollout, Watcher, raw, start};
use crate::{AwsError, ErrorKind};
use model::event::Event;
use model::event::EventSink;
use model::exit::Exit;
use model::names::short_revision;
use model::plan::{Stamp, TargetName};
use model::verdict::{NewerDeployment, Verdict};

/// One service's way back.
pub struct Rollback<'r> {
    ecs: &'r Ecs,
    events: &'r dyn EventSink,
    target: &'r TargetName,
    watcher: Watcher<'r>,
    timeout: Duration,
    /// What a signal leaves behind, at this moment.
    left: RefCell<String>,
}

/// Where a service is in the end.
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// The ARN of the task definition that it is about.
    pub task_definition: String,
    /// The exit code.
    pub exit: Exit,
}

impl<'r> Rollback<'r> {
    /// The way back of a service, with a look every `poll` for as long as `timeout`.
    #[must_use]
    pub fn new(
        ecs: &'r Ecs,
        target: &'r TargetName,
        poll: Duration,
        timeout: Duration,
        events: &'r dyn EventSink,
    ) -> Self {
        let watcher = Watcher::new(ecs, poll, events);
        Self { ecs, events, target, watcher, timeout, left: RefCell::new("it was not changed".to_owned()) }
    }

    /// What goes on in ECS if this ends now.
    #[must_use]
    pub fn left(&self) -> String {
        self.left.borrow().clone()
    }

    fn leaves(&self, what: String) {
        *self.left.borrow_mut() = what;
    }

    /// Goes back.
    pub async fn carry_out(&self, back: &Back) -> Outcome {
        tokio::select! {
            outcome = self.go(back) => outcome,
            never = self.watcher.run() => match never {},
        }
    }

    async fn go(&self, back: &Back) -> Outcome {
        let verdict = match &back.way {
            Way::Settled => Ok(Verdict::Unchanged),
            Way::UnderWay { rollout, rolls_back } => {
                self.goes_on(back);
                Ok(self.watched(back, rollout, *rolls_back).await)
            }
            Way::Stop { deployment } => self.stop(back, deployment).await,
            Way::Update { again } => self.update(back, *again).await,
        };
        match verdict {
            Ok(verdict) => Outcome { exit: verdict.exit(), verdict, task_definition: back.to.clone() },
            Err(error) => {
                let setup = matches!(error.trouble, ErrorKind::Permission | ErrorKind::Credentials);
                Outcome {
                    exit: if setup { Exit::Preflight } else { Exit::Failed },
                    verdict: Verdict::Failed { reason: error.to_string() },
                    task_definition: back.to.clone(),
                }
            }
        }
    }

    fn goes_on(&self, back: &Back) {
        let (service, to) = (&back.service, short_revision(&back.to));
        self.leaves(format!(
            "the way back to {to} goes on in ECS; `ecs-host rollback {service} --to {to}` watches it"
        ));
    }

    /// Stops the rollout, so that ECS goes back by itself; where it does not
    /// take that, the service is updated.
    async fn stop(&self, back: &Back, deployment: &str) -> Result<Verdict, AwsError> {
        self.leaves(format!(
            "stopping the rollout of {} may or may not have reached ECS",
            short_revision(&back.from)
        ));
        match stop(self.ecs, deployment).await {
            Ok(()) => {}
            // The service can still be given what it had before by the way that
            // every deployment goes.
            Err(error) if !error.is_lost() && error.trouble != ErrorKind::Credentials => {
                let message = format!("{error}; going back by an update instead");
                self.events.emit(&Event::Warning { message });
                return self.update_instead(back).await;
            }
            Err(error) => return Err(error),
        }
        self.goes_on(back);
        let how = format!("ECS takes {} back", short_revision(&back.from));
        self.events.emit(&Event::RollbackStarted { target: self.target.clone(), detail: how });
        let own = Rollout {
            service_deployment: Some(deployment.to_owned()),
            ..Rollout::found(&back.service, &back.from, back.primary.as_deref())
        };
        let watch = self.watcher.watch(self.target, own, self.timeout).await;
        if watch.ended == Ended::Deployed {
            let message =
                format!("the rollout of {} was complete before ECS stopped it", short_revision(&back.from));
            self.events.emit(&Event::Warning { message });
            return self.update_instead(back).await;
        }
        Ok(self.verdict(back, watch.ended, true).await)
    }

    async fn update_instead(&self, back: &Back) -> Result<Verdict, AwsError> {
        if back.to == back.from {
            let reason = format!("{} is what ran before, too", short_revision(&back.to));
            return Ok(Verdict::Failed { reason });
        }
        self.update(back, false).await
    }

    async fn update(&self, back: &Back, again: bool) -> Result<Verdict, AwsError> {
        self.leaves(format!("the update to {} may or may not have reached ECS", short_revision(&back.to)));
        let wanted = start::UpdateRequest {
            service: &back.service,
            task_definition: &back.to,
            again,
            primary: back.primary.as_deref(),
        };
        let started = start::update(self.ecs, &wanted, Instant::now() + self.timeout, self.events).await?;
        self.goes_on(back);
        self.events.emit(&Event::ServiceUpdated {
            target: self.target.clone(),
            task_definition: back.to.clone(),
            deployment: started.deployment.clone(),
        });
        if let Some(other) = started.overtook(&back.deployments) {
            let message = format!(
                "{} got {} from somebody else in the meantime; this took its place",
                back.service,
                short_revision(other)
            );
            self.events.emit(&Event::Warning { message });
        }
        Ok(self.watched(back, &started, false).await)
    }

    async fn watched(&self, back: &Back, rollout: &Rollout, rolls_back: bool) -> Verdict {
        let watch = self.watcher.watch(self.target, rollout.clone(), self.timeout).await;
        self.verdict(back, watch.ended, rolls_back).await
    }

    /// What the end of a watch means for the way back. Of a rollout that ECS
    /// takes back, having gone back is the success.
    async fn verdict(&self, back: &Back, ended: Ended, rolls_back: bool) -> Verdict {
        match ended {
            Ended::RolledBack { .. } if rolls_back => Verdict::Reverted { runs: back.to.clone() },
            Ended::Deployed if rolls_back => {
                Verdict::Failed { reason: "the rollout was complete before ECS took it back".to_owned() }
            }
            Ended::Deployed => Verdict::Reverted { runs: back.to.clone() },
            Ended::RolledBack { reason } => {
                self.explain(back).await;
                Verdict::RolledBack { reason, runs: self.runs(back).await }
            }
            Ended::Superseded => Verdict::Superseded { by: self.newer(back).await },
            Ended::Stopped { reason } => Verdict::Stopped { reason },
            Ended::Failed { reason } => {
                self.explain(back).await;
                Verdict::Failed { reason }
            }
            Ended::TimedOut { seconds, last, unread } => {
                self.explain(back).await;
                let (service, to) = (&back.service, short_revision(&back.to));
                let next = format!("`ecs-host rollback {service} --to {to}` watches it");
                Verdict::TimedOut {
                    watched_seconds: seconds,
                    progress: last,
                    unread_seconds: unread,
                    advice: next,
                }
            }
            Ended::Lost { reason } => Verdict::Failed { reason },
        }
    }

    async fn explain(&self, back: &Back) {
        let failing = FailedRollout { service: &back.service, task_definition: &back.to, deployment: None };
        let explanation = explain(self.ecs, &failing).await;
        if !explanation.is_empty() {
            self.events.emit(&Event::FailureDiagnosed { target: self.target.clone(), diagnosis: explanation });
        }
    }

    async fn runs(&self, back: &Back) -> Option<String> {
        let name = &back.service.service;
        let services = watch::services(self.ecs, &back.service.cluster, vec![name.clone()]).await.ok()?;
        services.get(name)?.task_definition().map(str::to_owned)
    }

    /// What took its place, as far as it can be read.
    async fn newer(&self, back: &Back) -> NewerDeployment {
        let task_definition = self.runs(back).await;
        let definition = match &task_definition {
            Some(arn) => raw::describe(&self.ecs.client, arn).await.ok(),
            None => None,
        };
        let build = definition.and_then(|definition| Stamp::from_definition(&definition));
        NewerDeployment { deployment: None, task_definition, build }
    }
}
