//! One build of the day: its number, commit, image and tasks.

use serde_json::{Value, json};

use super::super::table::decision::target;
use super::super::world::repository;

/// The number of the first build.
pub const FIRST: u64 = 100;

/// One build.
#[derive(Debug, Clone)]
pub struct Build {
    pub number: u64,
    /// Whether its image is in the registry at the start of the day. If not, its first run builds it.
    pub is_pushed: bool,
    /// How often its migration fails before it succeeds; `None` without one.
    pub migration_failures: Option<u32>,
    /// The same of its smoke test after the rollout.
    pub smoke_failures: Option<u32>,
    /// Whether the tasks of the service exit soon.
    pub is_broken: bool,
}

impl Build {
    pub fn commit(&self) -> String {
        format!("{:040x}", 0xda_0000 + self.number)
    }

    pub fn tag(&self) -> String {
        format!("master-{}", self.commit())
    }

    /// The digest of the image that the registry has at the start of the day.
    pub fn first_digest(&self) -> String {
        format!("sha256:{:064x}", 0xf1_0000 + self.number)
    }

    /// A file of the build context, from which the script in docker's place computes the digest.
    pub fn context_file(&self) -> String {
        format!("build {}\n", self.number)
    }

    /// All digests that the image may have: that of the start of the day, and that of docker.
    pub fn digests(&self) -> [String; 2] {
        [self.first_digest(), docker_digest(&self.context_file())]
    }

    /// The answer of the policy `echo-policy`.
    pub fn answer(&self) -> Value {
        let task = |name: &str| {
            let command = [format!("bin/{name}"), self.number.to_string()];
            json!([{"name": name, "container": "web", "command": command}])
        };
        let mut tasks = json!({});
        if self.migration_failures.is_some() {
            tasks["tasks_before"] = task("migrate");
        }
        if self.smoke_failures.is_some() {
            tasks["tasks_after"] = task("smoke");
        }
        let context = self.context();
        let image =
            json!({"name": "todo", "repository": repository(), "tags": [self.tag()], "context": context});
        json!({"images": [image], "targets": [target("web", tasks)]})
    }

    /// The folder of the build context in the project.
    pub fn context(&self) -> String {
        format!("build-{}", self.number)
    }
}

/// The digest that `docker.sh` computes of a context with one file: its `cksum` and length as decimal digits.
fn docker_digest(content: &str) -> String {
    format!("sha256:{:0>64}", format!("{}{}", checksum(content.as_bytes()), content.len()))
}

/// The checksum of `cksum` (POSIX): a CRC of the content and of its length.
fn checksum(content: &[u8]) -> u32 {
    let mut length = content.len();
    let lengths = std::iter::from_fn(|| {
        let byte = u8::try_from(length & 0xff).ok().filter(|_| length > 0)?;
        length >>= 8;
        Some(byte)
    });
    let bytes: Vec<u8> = content.iter().copied().chain(lengths).collect();
    let crc = bytes.into_iter().fold(0_u32, |crc, byte| {
        (0..8).fold(crc ^ (u32::from(byte) << 24), |crc, _| {
            if crc & 0x8000_0000 == 0 { crc << 1 } else { (crc << 1) ^ 0x04c1_1db7 }
        })
    });
    !crc
}

#[test]
fn the_digest_of_a_context_is_that_of_cksum() {
    // `printf 123456789 | cksum` prints `930766865 9`.
    assert_eq!(checksum(b"123456789"), 930_766_865);
}
