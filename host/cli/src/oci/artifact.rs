//! The format of a component in a registry: the CNCF's "Wasm OCI artifact",
//! which `wkg` and others write and read. A manifest whose config is of the
//! type below, and one layer, the component's bytes.

use sandbox::inspect::world_names;
use serde_json::{Map, Value, json};

use super::{LARGEST, RegistryError};
use model::names::{Artifact, Digest};

/// The media type of the manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Manifests of all kinds, so that a registry shows what it has and an error can name it.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json";

const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";

/// The component of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) digest: Digest,
    pub(crate) size: u64,
}

/// The component that a manifest names.
pub(crate) fn component(artifact: &Artifact, manifest: &[u8]) -> Result<Layer, RegistryError> {
    let foreign = |found: String| RegistryError::Foreign { artifact: format!("`{artifact}`"), found };
    let manifest: Map<String, Value> = serde_json::from_slice(manifest)
        .map_err(|_| foreign(format!("its manifest is no JSON object: `{}`", super::excerpt(manifest))))?;
    if manifest.contains_key("manifests") {
        return Err(foreign("it is an index of images for several platforms".to_owned()));
    }
    let text = |value: Option<&Value>| {
        let text = value.and_then(Value::as_str).unwrap_or("none");
        super::excerpt(text.as_bytes())
    };
    let config = text(manifest.get("config").and_then(|config| config.get("mediaType")));
    if config != CONFIG {
        let image = config.starts_with("application/vnd.docker.container.image.")
            || config == "application/vnd.oci.image.config.v1+json";
        let what = if image { "a container image" } else { "another kind of artifact" };
        return Err(foreign(format!("it is {what}, whose config is of the type `{config}`, not `{CONFIG}`")));
    }
    let layers = manifest.get("layers").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    let [layer] = layers else {
        return Err(foreign(format!("it has {} layers, and a component is exactly one", layers.len())));
    };
    let of = text(layer.get("mediaType"));
    if of != LAYER {
        return Err(foreign(format!("its layer is of the type `{of}`, not `{LAYER}`")));
    }
    let digest = Digest::parse(layer.get("digest").and_then(Value::as_str).unwrap_or_default());
    let digest = digest.map_err(|error| foreign(format!("its layer has no digest: {error}")))?;
    let size = layer.get("size").and_then(Value::as_u64);
    let size = size.ok_or_else(|| foreign("its layer has no size".to_owned()))?;
    if size > LARGEST {
        return Err(RegistryError::TooLarge {
            what: format!("the component of `{artifact}`"),
            most: LARGEST,
        });
    }
    Ok(Layer { digest, size })
}

/// What an artifact says of itself, for those who look at it in a registry.
pub(crate) struct About<'a> {
    /// When it was made, as RFC 3339 writes it.
    pub(crate) created: String,
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) description: &'a str,
}

/// The config of a component's artifact.
pub(crate) fn config(component: &[u8], about: &About<'_>) -> Vec<u8> {
    let (imports, exports) = world_names(component);
    let config = json!({
        "created": about.created,
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [Digest::sha256(component)],
        "component": {"exports": exports, "imports": imports, "target": null},
    });
    config.to_string().into_bytes()
}

/// The manifest of a component's artifact.
pub(crate) fn manifest(component: &[u8], config: &[u8], about: &About<'_>) -> Vec<u8> {
    // The name that general tools give the file.
    let title = json!({"org.opencontainers.image.title": format!("{}.wasm", about.name)});
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": Digest::sha256(config), "size": config.len()},
        "layers": [{
            "mediaType": LAYER,
            "digest": Digest::sha256(component),
            "size": component.len(),
            "annotations": title,
        }],
        "annotations": {
            "org.opencontainers.image.created": about.created,
            "org.opencontainers.image.title": about.name,
            "org.opencontainers.image.version": about.version,
            "org.opencontainers.image.description": about.description,
        },
    });
    manifest.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact() -> Artifact {
        Artifact::parse("oci://registry.example.com/policy:1").unwrap()
    }

    fn refused(manifest: &str) -> String {
        component(&artifact(), manifest.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = wat::parse_str(
            r#"(component (import "a:b/c@1.0.0" (instance $it)) (component (import "inner" (instance)))
                 (core module (import "x" "y" (func))) (export "d:e/f@2.0.0" (instance $it)))"#,
        )
        .unwrap();
        let about =
            About { created: "2026-01-31T12:00:00Z".into(), name: "n", version: "1", description: "d" };
        let config = config(&bytes, &about);
        let told: Value = serde_json::from_slice(&config).unwrap();
        assert_eq!(
            told["component"],
            json!({"exports": ["d:e/f@2.0.0"], "imports": ["a:b/c@1.0.0"], "target": null})
        );
        assert_eq!(told["layerDigests"], json!([Digest::sha256(&bytes)]));
        let manifest = manifest(&bytes, &config, &about);
        let layer = component(&artifact(), &manifest).unwrap();
        assert_eq!(layer, Layer { digest: Digest::sha256(&bytes), size: bytes.len() as u64 });
    }

    #[test]
    fn an_artifact_of_another_kind_is_named() {
        let layer =
            format!(r#"{{"mediaType":"application/wasm","digest":"{}","size":1}}"#, Digest::sha256(b"x"));
        let of = |config: &str, layers: &str| {
            refused(&format!(r#"{{"config":{{"mediaType":"{config}"}},"layers":[{layers}]}}"#))
        };
        for (told, part) in [
            (of("application/vnd.docker.container.image.v1+json", &layer), "it is a container image"),
            (of("application/vnd.oci.image.config.v1+json", &layer), "it is a container image"),
            (of("application/vnd.acme+json", &layer), "another kind of artifact"),
            (of(CONFIG, ""), "it has 0 layers"),
            (of(CONFIG, &format!("{layer},{layer}")), "it has 2 layers"),
            (of(CONFIG, &layer.replace("wasm", "x")), "its layer is of the type `application/x`"),
            (of(CONFIG, &layer.replace("sha256", "md5")), "its layer has no digest"),
            (of(CONFIG, &layer.replace(":1}", ":-1}")), "its layer has no size"),
            (of(CONFIG, &layer.replace(":1}", ":99999999999}")), "more than 67108864 bytes"),
            (refused(r#"{"manifests":[]}"#), "an index of images"),
            (refused("<html>"), "no JSON object: `<html>`"),
            (refused("{}"), "type `none`"),
            (refused("[]"), "no JSON object"),
        ] {
            assert!(told.contains(part), "no {part:?} in {told:?}");
        }
    }
}
