//! The contract's types and glue, generated from `wit/`. Nothing outside of
//! `policy/` sees them: the other stages have types of their own, checked.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "deploy-policy",
    // A lookup that breaks a limit ends the policy instead of answering it.
    imports: { default: trappable },
    additional_derives: [Clone, PartialEq],
});

// Said in full: the doctests know this crate by the same name.
pub(crate) use self::ecs_host::policy::types;
