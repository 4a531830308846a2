//! What wit-bindgen makes of the contract. Public only because [`export!`] names
//! it from the policy's crate.
//!
//! The generated code has `unsafe` in it. The lint `unsafe_code` stays forbidden
//! all the same, here and in the policies' crates, since rustc does not apply it
//! to what another crate's macro writes: it goes on watching every line written
//! by hand.
//!
//! [`export!`]: crate::export

wit_bindgen::generate!({
    path: "../../wit",
    world: "deploy-policy",
    additional_derives: [Clone, PartialEq, Eq],
    pub_export_macro: true,
    export_macro_name: "__export_component",
    default_bindings_module: "ecs_host_policy::bindings",
});
