//! The trace of `--verbose`: the calls to AWS, as lines of stderr.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Weak};

use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry;

use super::events::duration_text;
use super::layout::FAINT;
use super::queue::Stream;
use super::shared::Shared;
use aws::call_trace::TARGET;
use model::text::printable;

/// Writes the traced calls of this process with the output of a run, as long as that lasts.
pub(super) fn start(shared: &Arc<Shared>) {
    let subscriber = registry().with(CallLines(Arc::downgrade(shared)));
    // It fails if there is a subscriber already, which only a test of this crate could set.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

struct CallLines(Weak<Shared>);

impl<S: Subscriber> Layer<S> for CallLines {
    fn enabled(&self, metadata: &Metadata<'_>, _context: Context<'_, S>) -> bool {
        metadata.target() == TARGET
    }

    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let Some(shared) = self.0.upgrade() else { return };
        let mut message = Message::default();
        event.record(&mut message);
        let time = duration_text(shared.started.elapsed());
        let mut state = shared.lock();
        let text = state.secrets.mask(&printable(&message.0));
        let text = shared.without_styles(Stream::Stderr, format!("  {FAINT}{time:>8}  {text}{FAINT:#}\n"));
        shared.enqueue(&mut state, Stream::Stderr, text);
    }
}

/// The message of an event.
#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // Writing to memory does not fail.
            let _ = write!(self.0, "{value:?}");
        }
    }
}
