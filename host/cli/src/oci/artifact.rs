//! The format of a component in a registry: the CNCF's "Wasm OCI artifact", which tools such as `wkg` read and write.
//! It is a manifest with a config of the media type below and one layer, the component.

use sandbox::inspect::world_names;
use serde_json::{Map, Value, json};

use super::{MAX_COMPONENT_SIZE, RegistryError};
use model::names::{Artifact, Digest};

/// The media type of a manifest.
pub(super) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

/// The media types of all manifests. The registry returns what it has, and an error can name it.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json";

const CONFIG_TYPE: &str = "application/vnd.wasm.config.v0+json";
const LAYER_TYPE: &str = "application/wasm";

/// The layer of an artifact that contains the component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) digest: Digest,
    /// The size in bytes.
    pub(crate) size: u64,
}

/// Reads the layer of the component from a manifest.
///
/// # Errors
/// [`RegistryError::UnsupportedArtifact`], [`RegistryError::TooLarge`].
pub(crate) fn parse_manifest(artifact: &Artifact, manifest: &[u8]) -> Result<Layer, RegistryError> {
    let unsupported =
        |found: String| RegistryError::UnsupportedArtifact { artifact: format!("`{artifact}`"), found };
    let manifest: Map<String, Value> = serde_json::from_slice(manifest).map_err(|_| {
        unsupported(format!("its manifest is not a JSON object: `{}`", super::excerpt(manifest)))
    })?;
    if manifest.contains_key("manifests") {
        return Err(unsupported("it is an image index for several platforms".to_owned()));
    }
    let excerpt = |value: Option<&Value>| {
        let text = value.and_then(Value::as_str).unwrap_or("none");
        super::excerpt(text.as_bytes())
    };
    let config = excerpt(manifest.get("config").and_then(|config| config.get("mediaType")));
    if config != CONFIG_TYPE {
        let is_image = config.starts_with("application/vnd.docker.container.image.")
            || config == "application/vnd.oci.image.config.v1+json";
        let kind = if is_image { "a container image" } else { "another kind of artifact" };
        return Err(unsupported(format!(
            "it is {kind}: its config has the type `{config}`, not `{CONFIG_TYPE}`"
        )));
    }
    let layers = manifest.get("layers").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    let [layer] = layers else {
        return Err(unsupported(format!("it has {} layers, and a component has exactly one", layers.len())));
    };
    let layer_type = excerpt(layer.get("mediaType"));
    if layer_type != LAYER_TYPE {
        return Err(unsupported(format!("its layer has the type `{layer_type}`, not `{LAYER_TYPE}`")));
    }
    let digest = Digest::parse(layer.get("digest").and_then(Value::as_str).unwrap_or_default());
    let digest = digest.map_err(|error| unsupported(format!("its layer has no digest: {error}")))?;
    let size = layer.get("size").and_then(Value::as_u64);
    let size = size.ok_or_else(|| unsupported("its layer has no size".to_owned()))?;
    if size > MAX_COMPONENT_SIZE {
        return Err(RegistryError::TooLarge {
            subject: format!("the component of `{artifact}`"),
            max: MAX_COMPONENT_SIZE,
        });
    }
    Ok(Layer { digest, size })
}

/// The annotations of an artifact.
pub(crate) struct Annotations<'a> {
    /// The time of publication, in RFC 3339.
    pub(crate) created: String,
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) description: &'a str,
}

/// The config of an artifact, as JSON.
pub(crate) fn config(component: &[u8], annotations: &Annotations<'_>) -> Vec<u8> {
    let (imports, exports) = world_names(component);
    let config = json!({
        "created": annotations.created,
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [Digest::sha256(component)],
        "component": {"exports": exports, "imports": imports, "target": null},
    });
    config.to_string().into_bytes()
}

/// The manifest of an artifact, as JSON.
pub(crate) fn manifest(component: &[u8], config: &[u8], annotations: &Annotations<'_>) -> Vec<u8> {
    // General tools name the downloaded file after this annotation.
    let title = json!({"org.opencontainers.image.title": format!("{}.wasm", annotations.name)});
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": CONFIG_TYPE, "digest": Digest::sha256(config), "size": config.len()},
        "layers": [{
            "mediaType": LAYER_TYPE,
            "digest": Digest::sha256(component),
            "size": component.len(),
            "annotations": title,
        }],
        "annotations": {
            "org.opencontainers.image.created": annotations.created,
            "org.opencontainers.image.title": annotations.name,
            "org.opencontainers.image.version": annotations.version,
            "org.opencontainers.image.description": annotations.description,
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

    fn rejection(manifest: &str) -> String {
        parse_manifest(&artifact(), manifest.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn reads_what_it_writes() {
        let bytes = wat::parse_str(
            r#"(component (import "a:b/c@1.0.0" (instance $it)) (component (import "inner" (instance)))
                 (core module (import "x" "y" (func))) (export "d:e/f@2.0.0" (instance $it)))"#,
        )
        .unwrap();
        let annotations =
            Annotations { created: "2026-01-31T12:00:00Z".into(), name: "n", version: "1", description: "d" };
        let config = config(&bytes, &annotations);
        let written: Value = serde_json::from_slice(&config).unwrap();
        assert_eq!(
            written["component"],
            json!({"exports": ["d:e/f@2.0.0"], "imports": ["a:b/c@1.0.0"], "target": null})
        );
        assert_eq!(written["layerDigests"], json!([Digest::sha256(&bytes)]));
        let manifest = manifest(&bytes, &config, &annotations);
        let layer = parse_manifest(&artifact(), &manifest).unwrap();
        assert_eq!(layer, Layer { digest: Digest::sha256(&bytes), size: bytes.len() as u64 });
    }

    #[test]
    fn rejects_other_artifacts_and_names_their_kind() {
        let layer =
            format!(r#"{{"mediaType":"application/wasm","digest":"{}","size":1}}"#, Digest::sha256(b"x"));
        let with = |config: &str, layers: &str| {
            rejection(&format!(r#"{{"config":{{"mediaType":"{config}"}},"layers":[{layers}]}}"#))
        };
        for (message, part) in [
            (with("application/vnd.docker.container.image.v1+json", &layer), "it is a container image"),
            (with("application/vnd.oci.image.config.v1+json", &layer), "it is a container image"),
            (with("application/vnd.acme+json", &layer), "another kind of artifact"),
            (with(CONFIG_TYPE, ""), "it has 0 layers"),
            (with(CONFIG_TYPE, &format!("{layer},{layer}")), "it has 2 layers"),
            (with(CONFIG_TYPE, &layer.replace("wasm", "x")), "its layer has the type `application/x`"),
            (with(CONFIG_TYPE, &layer.replace("sha256", "md5")), "its layer has no digest"),
            (with(CONFIG_TYPE, &layer.replace(":1}", ":-1}")), "its layer has no size"),
            (with(CONFIG_TYPE, &layer.replace(":1}", ":99999999999}")), "more than 67108864 bytes"),
            (rejection(r#"{"manifests":[]}"#), "an image index"),
            (rejection("<html>"), "not a JSON object: `<html>`"),
            (rejection("{}"), "type `none`"),
            (rejection("[]"), "not a JSON object"),
        ] {
            assert!(message.contains(part), "no {part:?} in {message:?}");
        }
    }
}
