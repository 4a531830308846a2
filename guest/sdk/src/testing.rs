//! Facts for the unit tests of a policy. The module exists in native builds only.

extern crate std;

use alloc::{boxed::Box, string::String, vec::Vec};
use core::cell::RefCell;
use std::thread_local;

use crate::registry::PushedImage;
use crate::services::Service;

type Lookup1<T> = Option<Box<dyn Fn(&str) -> Result<T, String>>>;
type Lookup2<T> = Option<Box<dyn Fn(&str, &str) -> Result<T, String>>>;

/// The functions that [`services`](crate::services), [`registry`](crate::registry) and [`source`](crate::source) call in a
/// unit test. A function that a test does not provide panics with its name.
///
/// ```
/// use ecs_host_policy::{source, testing::Facts};
///
/// let facts = Facts::new().changed_files(|_since| Ok(vec!["api/main.rs".into()]));
/// let files = facts.provide(|| source::changed_files("0123456789abcdef0123456789abcdef01234567"));
/// assert_eq!(files, Ok(vec!["api/main.rs".to_string()]));
/// ```
#[derive(Default)]
pub struct Facts {
    list_services: Lookup1<Vec<Service>>,
    get_service: Lookup2<Option<Service>>,
    get_image: Lookup2<Option<PushedImage>>,
    changed_files: Lookup1<Vec<String>>,
    read_file: Lookup1<Option<String>>,
}

thread_local! {
    static PROVIDED: RefCell<Facts> = RefCell::default();
}

macro_rules! lookups {
    ($($name:ident($($parameter:ident),*) -> $result:ty;)*) => {
        impl Facts {
            /// No facts.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            $(
                #[doc = concat!("Sets the result of `", stringify!($name), "`.")]
                #[must_use]
                pub fn $name(mut self, lookup: impl Fn($(lookups!(@str $parameter)),*) -> Result<$result, String> + 'static) -> Self {
                    self.$name = Some(Box::new(lookup));
                    self
                }
            )*

            /// Runs a test's calls of the policy with these facts, in this thread.
            pub fn provide<T>(self, calls: impl FnOnce() -> T) -> T {
                /// Also restores them after a panic of the test.
                struct Restore(Facts);

                impl Drop for Restore {
                    fn drop(&mut self) {
                        PROVIDED.set(core::mem::take(&mut self.0));
                    }
                }

                let _restore = Restore(PROVIDED.replace(self));
                calls()
            }
        }

        $(
            pub(crate) fn $name($($parameter: &str),*) -> Result<$result, String> {
                PROVIDED.with_borrow(|facts| match &facts.$name {
                    Some(lookup) => lookup($($parameter),*),
                    None => missing(stringify!($name)),
                })
            }
        )*
    };
    (@str $parameter:ident) => { &str };
}

lookups! {
    list_services(cluster) -> Vec<Service>;
    get_service(cluster, name) -> Option<Service>;
    get_image(repository, reference) -> Option<PushedImage>;
    changed_files(since) -> Vec<String>;
    read_file(path) -> Option<String>;
}

#[expect(clippy::panic, reason = "it ends a unit test of a policy")]
fn missing(name: &str) -> ! {
    panic!(
        "the test provides no `{name}`: call `Facts::new().{name}(…).provide(…)` of `ecs_host_policy::testing`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{services, source};

    #[test]
    fn facts_apply_to_the_calls_of_one_test() {
        let facts = Facts::new().get_service(|_, name| Err(alloc::format!("no access to {name}")));
        let result = facts.provide(|| services::get_service("shop", "web"));
        assert_eq!(result, Err("no access to web".into()));
        assert!(std::panic::catch_unwind(|| services::get_service("shop", "web")).is_err());
    }

    #[test]
    fn a_missing_fact_is_named() {
        let panic = std::panic::catch_unwind(|| source::read_file("VERSION")).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.starts_with("the test provides no `read_file`"), "{message}");
    }
}
