//! The types and functions that wasmtime generates for a guard. They share the types and the imports of a policy.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "deploy-guard",
    imports: { default: trappable },
    additional_derives: [Clone, PartialEq],
    with: {
        "ecs-host:policy/types": crate::contract::v0_2::bindings::ecs_host::policy::types,
        "ecs-host:policy/services": crate::contract::v0_2::bindings::ecs_host::policy::services,
        "ecs-host:policy/registry": crate::contract::v0_2::bindings::ecs_host::policy::registry,
        "ecs-host:policy/source": crate::contract::v0_2::bindings::ecs_host::policy::source,
    },
});
