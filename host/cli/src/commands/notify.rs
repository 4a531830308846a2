//! Notifying addresses of the end of a run: `--notify`.

use std::time::Duration;

use futures_util::future::join_all;

use super::{Context, PATIENCE_AFTER_SIGNAL, block_on, signals};
use crate::ci;
use crate::cli::Verb;
use crate::notify::{NotifyUrl, Patience, post};
use crate::output::Ending;
use model::event::{Event, EventSink as _};
use model::exit::Exit;
use model::time::Time;

/// How long all addresses may take in all, at most.
const PATIENCE: Duration = Duration::from_secs(10);

/// Posts the verdicts to the addresses of the command line and the operator's file. Whatever happens, the exit code
/// stays: a failure is a warning. After a signal each address has one attempt, within the time that a run has for its
/// end; a signal that arrives meanwhile ends it.
pub(super) fn notify(verb: &Verb, exit: Exit, context: &Context<'_>) {
    let urls = verb.notify_urls();
    if urls.is_empty() {
        return;
    }
    let started_at = Time::from_unix_seconds(i64::try_from(context.started_at).unwrap_or_default());
    let ending = Ending { verb: verb.name(), exit, started_at, page: ci::build_page(context.environment) };
    let Some(texts) = context.report.notification(&ending) else { return };
    let patience = match exit {
        Exit::Signal(_) => Patience { total: PATIENCE_AFTER_SIGNAL, repeats: false },
        _ => Patience { total: PATIENCE, repeats: true },
    };
    let post_all = join_all(urls.iter().map(async |url| {
        let body = if url.is_slack() { &texts.slack } else { &texts.json };
        post(url, body, patience).await.map_err(|error| failed(url, &error.to_string()))
    }));
    let results = block_on(async {
        Ok(tokio::select! {
            biased;
            results = post_all => results,
            _ = signals::first() => urls.iter().map(|url| Err(failed(url, "a signal ended it"))).collect(),
        })
    });
    let results = results.unwrap_or_else(|error| vec![Err(error.to_string())]);
    for message in results.into_iter().filter_map(Result::err) {
        context.report.emit(&Event::Warning { message });
    }
}

fn failed(url: &NotifyUrl, reason: &str) -> String {
    format!("{url} was not notified (--notify): {reason}; this does not change the exit code")
}
