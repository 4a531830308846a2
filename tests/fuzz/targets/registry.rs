//! Responses of registries: manifests, challenges, locations, errors. And the lock of a policy in a registry.
#![no_main]

mod printed;

use ecs_host::fuzzing;
use libfuzzer_sys::fuzz_target;
use model::names::{Artifact, Digest};
use printed::{assert_line, is_unseen};

/// The size limit of a fetched component.
const LARGEST: u64 = 64 << 20;

fuzz_target!(|bytes: &[u8]| {
    let Ok(artifact) = Artifact::parse("oci://registry.example.com/team/policy:1.0") else { return };
    match fuzzing::parse_manifest(&artifact, bytes) {
        Ok((digest, size)) => {
            assert!(size <= LARGEST);
            assert_eq!(Digest::parse(digest.as_str()), Ok(digest));
        }
        Err(error) => assert_excerpt(&error.to_string()),
    }
    assert_manifest_round_trip(&artifact, bytes);
    assert_excerpt(&fuzzing::error_message(bytes));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    assert_challenge(text);
    assert_location("registry.example.com", text);
    assert_location("127.0.0.1:5000", text);
    assert_lock(text);
});

/// Asserts that a text is one line and at most an excerpt of the input.
fn assert_excerpt(text: &str) {
    assert_line(text);
    assert!(text.chars().count() < 2500, "{} characters", text.chars().count());
}

/// Asserts that the manifest of a published component contains the digest and the size of the component.
fn assert_manifest_round_trip(artifact: &Artifact, component: &[u8]) {
    let manifest = fuzzing::create_manifest(component, "policy");
    match fuzzing::parse_manifest(artifact, &manifest) {
        Ok(named) => assert_eq!(named, (Digest::sha256(component), component.len() as u64)),
        Err(error) => panic!("parsing the manifest failed: {error}"),
    }
}

/// Asserts that a parameter is a part of the challenge, and that its name is case-insensitive.
fn assert_challenge(text: &str) {
    for name in ["realm", "service"] {
        let value = fuzzing::challenge_parameter(text, name);
        assert_eq!(value, fuzzing::challenge_parameter(text, &name.to_ascii_uppercase()));
        if let Some(value) = value {
            assert!(text.contains(&value) && text.to_ascii_lowercase().contains(name), "{value:?}");
            // The first parameter with a name wins.
            if !value.contains('"') {
                let first = format!("{name}=\"{value}\",{text}");
                assert_eq!(fuzzing::challenge_parameter(&first, name).as_ref(), Some(&value));
            }
        }
    }
}

/// Asserts that a location is a valid URL without a downgrade from TLS. Its query is not printed.
fn assert_location(host: &str, text: &str) {
    match fuzzing::location(host, text) {
        Ok((url, shown)) => {
            assert!(!url.contains(|c: char| is_unseen(c) || c.is_whitespace() || !c.is_ascii()), "{url:?}");
            let local = host.starts_with("127.");
            let (scheme, rest) = url.split_once("://").unwrap_or_default();
            assert!(scheme == "https" || (local && scheme == "http"), "{url}");
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            assert!(!authority.is_empty() && !authority.contains('@'), "{url}");
            let name = authority.split(':').next().unwrap_or_default();
            let loopback = name == "localhost" || name.starts_with("127.");
            assert!(scheme == "https" || loopback, "{url}");
            assert!(url.starts_with(&shown) && !shown.contains('?'), "{shown}");
            assert_line(&shown);
        }
        Err(error) => assert_excerpt(&error.to_string()),
    }
}

/// Asserts that a parsed lock is written to a text that parses to the same lock.
fn assert_lock(text: &str) {
    match fuzzing::lock(text) {
        Ok((lock, written)) => {
            let again = fuzzing::lock(&written);
            assert_eq!(again.map(|(lock, text)| (lock, text)), Ok((lock, written)));
        }
        Err(error) => assert_line(&error),
    }
}
