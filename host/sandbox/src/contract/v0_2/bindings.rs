//! The types and functions that wasmtime generates from `wit/`.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "deploy-policy",
    // A lookup that exceeds a limit ends the evaluation instead of returning an error to the policy.
    imports: { default: trappable },
    additional_derives: [Clone, PartialEq],
});
