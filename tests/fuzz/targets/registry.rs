//! What registries say: manifests, challenges, addresses, refusals; and the lock that names what they had.
#![no_main]

mod told;

use ecs_host::fuzzing;
use libfuzzer_sys::fuzz_target;
use model::names::{Artifact, Digest};
use told::{assert_line, is_unseen};

/// The largest component that is fetched.
const LARGEST: u64 = 64 << 20;

fuzz_target!(|bytes: &[u8]| {
    let Ok(artifact) = Artifact::parse("oci://registry.example.com/team/policy:1.0") else { return };
    match fuzzing::parse_manifest(&artifact, bytes) {
        Ok((digest, size)) => {
            assert!(size <= LARGEST);
            assert_eq!(Digest::parse(digest.as_str()), Ok(digest));
        }
        Err(error) => excerpt(&error.to_string()),
    }
    published(&artifact, bytes);
    excerpt(&fuzzing::error_message(bytes));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    challenge(text);
    location("registry.example.com", text);
    location("127.0.0.1:5000", text);
    lock(text);
});

/// A line, and not all of what came.
fn excerpt(text: &str) {
    assert_line(text);
    assert!(text.chars().count() < 2500, "{} characters", text.chars().count());
}

/// What is published of any bytes names these bytes.
fn published(artifact: &Artifact, component: &[u8]) {
    let manifest = fuzzing::create_manifest(component, "policy");
    match fuzzing::parse_manifest(artifact, &manifest) {
        Ok(named) => assert_eq!(named, (Digest::sha256(component), component.len() as u64)),
        Err(error) => panic!("what was written is not read: {error}"),
    }
}

/// A parameter is a part of the challenge, found by any spelling of its name.
fn challenge(text: &str) {
    for name in ["realm", "service"] {
        let value = fuzzing::challenge_parameter(text, name);
        assert_eq!(value, fuzzing::challenge_parameter(text, &name.to_ascii_uppercase()));
        if let Some(value) = value {
            assert!(text.contains(&value) && text.to_ascii_lowercase().contains(name), "{value:?}");
            // Whatever comes first, a challenge that begins with it has it.
            if !value.contains('"') {
                let first = format!("{name}=\"{value}\",{text}");
                assert_eq!(fuzzing::challenge_parameter(&first, name).as_ref(), Some(&value));
            }
        }
    }
}

/// Nothing leads from TLS to where there is none, nor to a request that is none, nor are queries shown.
fn location(host: &str, text: &str) {
    match fuzzing::location(host, text) {
        Ok((whole, shown)) => {
            assert!(
                !whole.contains(|c: char| is_unseen(c) || c.is_whitespace() || !c.is_ascii()),
                "{whole:?}"
            );
            let local = host.starts_with("127.");
            let (scheme, rest) = whole.split_once("://").unwrap_or_default();
            assert!(scheme == "https" || (local && scheme == "http"), "{whole}");
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            assert!(!authority.is_empty() && !authority.contains('@'), "{whole}");
            let name = authority.split(':').next().unwrap_or_default();
            let loopback = name == "localhost" || name.starts_with("127.");
            assert!(scheme == "https" || loopback, "{whole}");
            assert!(whole.starts_with(&shown) && !shown.contains('?'), "{shown}");
            assert_line(&shown);
        }
        Err(error) => excerpt(&error.to_string()),
    }
}

/// A lock that is read is written as the same one.
fn lock(text: &str) {
    match fuzzing::lock(text) {
        Ok((lock, written)) => {
            let again = fuzzing::lock(&written);
            assert_eq!(again.map(|(lock, text)| (lock, text)), Ok((lock, written)));
        }
        Err(why) => assert_line(&why),
    }
}
