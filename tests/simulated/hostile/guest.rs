//! Guests in the text format: components that implement the contract, with exports
//! that a test defines.

use super::answer::{BASE, Build, Image, Memory, Source, Target};
use crate::fixtures::from_text;

/// A guest. By default it is a correct policy that skips the build.
pub struct Guest {
    /// Its answers.
    pub memory: Memory,
    /// Additional pages of its initial memory.
    pub pages: u32,
    /// Items of the component before its module, such as imports.
    pub imports: &'static str,
    /// Arguments of the instantiation of its module, such as functions of the host.
    pub arguments: &'static str,
    /// Items of its module, imports first.
    pub items: String,
    /// Options of its exports, such as another encoding of texts.
    pub options: &'static str,
    pub describe: String,
    pub select: String,
    pub images: String,
    pub targets: String,
}

/// The contract's types, as a component imports them.
const TYPES: &str = r#"
(import "ecs-host:policy/types@0.2.0" (instance $types
  (type $d (record (field "name" string) (field "description" string) (field "required" bool)))
  (export "setting-declaration" (type $declaration (eq $d)))
  (type $m (record (field "name" string) (field "version" string) (field "description" string)
    (field "settings" (list $declaration))))
  (export "manifest" (type $manifest (eq $m)))
  (type $s (record (field "name" string) (field "value" string)))
  (export "setting" (type $setting (eq $s)))
  (type $e (enum "push" "pull-request" "tag" "schedule" "manual"))
  (export "event" (type $event (eq $e)))
  (type $pr (record (field "number" string) (field "source-branch" (option string))
    (field "is-fork" (option bool))))
  (export "pull-request" (type $pull-request (eq $pr)))
  (type $b (record (field "provider" string) (field "repository" (option string)) (field "branch" string)
    (field "commit" string) (field "commit-message" (option string)) (field "commit-time" (option u32))
    (field "base-commit" (option string)) (field "event" $event) (field "provider-event" (option string))
    (field "tag" (option string)) (field "pull-request" (option $pull-request)) (field "number" (option u64))
    (field "number-scope" (option string)) (field "job" (option u32)) (field "actor" (option string))
    (field "started-at" u32) (field "settings" (list $setting))))
  (export "build" (type $build (eq $b)))
  (type $l (variant (case "deploy") (case "skip" string)))
  (export "selection" (type $selection (eq $l)))
  (type $bs (record (field "id" string) (field "variable" string)))
  (export "build-secret" (type $build-secret (eq $bs)))
  (type $cc (variant (case "directory" string) (case "image" string)))
  (export "context-content" (type $context-content (eq $cc)))
  (type $bc (record (field "name" string) (field "content" $context-content)))
  (export "build-context" (type $build-context (eq $bc)))
  (type $bo (record (field "secrets" (list $build-secret)) (field "ssh" (list string))
    (field "cache-from" (list string)) (field "cache-to" (list string))
    (field "contexts" (list $build-context))))
  (export "buildkit-options" (type $buildkit-options (eq $bo)))
  (type $db (record (field "context" string) (field "dockerfile" (option string))
    (field "stage" (option string)) (field "arguments" (list $setting)) (field "platforms" (list string))
    (field "labels" (list $setting)) (field "pull" bool) (field "buildkit" (option $buildkit-options))))
  (export "docker-build" (type $docker-build (eq $db)))
  (type $is (variant (case "dockerfile") (case "build" $docker-build) (case "pushed" string)))
  (export "image-source" (type $image-source (eq $is)))
  (type $i (record (field "name" string) (field "repository" string) (field "tags" (list string))
    (field "source" $image-source) (field "publish-only" bool)))
  (export "image" (type $image (eq $i)))
  (type $sn (record (field "cluster" string) (field "service" string)))
  (export "service-name" (type $service-name (eq $sn)))
  (type $de (variant (case "service" $service-name) (case "family" string) (case "schedule" string)
    (case "event-rule" string)))
  (export "destination" (type $destination (eq $de)))
  (type $sr (record (field "name" string) (field "value-from" string)))
  (export "secret-reference" (type $secret-reference (eq $sr)))
  (type $c (record (field "container" string) (field "image" (option string))
    (field "environment" (list $setting)) (field "secrets" (list $secret-reference))
    (field "unset" (list string)) (field "command" (option (list string)))))
  (export "container-change" (type $container-change (eq $c)))
  (type $br (enum "running" "latest"))
  (export "base-revision" (type $base-revision (eq $br)))
  (type $td (record (field "base" (option $base-revision)) (field "cpu-units" (option u32))
    (field "memory-mib" (option u32))))
  (export "task-definition-options" (type $task-definition-options (eq $td)))
  (type $f (enum "leave" "roll-back"))
  (export "failure-action" (type $failure-action (eq $f)))
  (type $ro (record (field "desired-count" (option u32)) (field "timeout-seconds" (option u32))
    (field "bake-seconds" (option u32)) (field "on-failure" (option $failure-action))))
  (export "rollout-options" (type $rollout-options (eq $ro)))
  (type $o (record (field "name" string) (field "container" string) (field "command" (list string))
    (field "environment" (list $setting)) (field "timeout-seconds" (option u32))))
  (export "one-off-task" (type $one-off-task (eq $o)))
  (type $t (record (field "destination" $destination) (field "region" (option string))
    (field "role" (option string)) (field "wave" u32) (field "containers" (option (list $container-change)))
    (field "task-definition" (option $task-definition-options)) (field "rollout" (option $rollout-options))
    (field "tasks-before" (list $one-off-task)) (field "tasks-after" (list $one-off-task))))
  (export "target" (type $target (eq $t)))))
(alias export $types "manifest" (type $manifest))
(alias export $types "build" (type $build))
(alias export $types "selection" (type $selection))
(alias export $types "image" (type $image))
(alias export $types "target" (type $target))
(type $describe-type (func (result $manifest)))
(type $select-type (func (param "build" $build) (result (result $selection (error string)))))
(type $images-type (func (param "build" $build) (result (result (list $image) (error string)))))
(type $targets-type (func (param "build" $build) (result (result (list $target) (error string)))))
"#;

/// Memory, and an allocator that never frees.
fn library(pages: u32, heap: u32) -> String {
    format!(
        r#"(core module $library
          (memory (export "memory") {pages})
          (global $next (mut i32) (i32.const {heap}))
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
            (local.set $at (i32.and
              (i32.add (global.get $next) (i32.sub (local.get 2) (i32.const 1)))
              (i32.sub (i32.const 0) (local.get 2))))
            (global.set $next (i32.add (local.get $at) (local.get 3)))
            (local.get $at)))
        (core instance $library (instantiate $library))"#
    )
}

impl Default for Guest {
    fn default() -> Self {
        let mut memory = Memory::default();
        let (manifest, skip) = (memory.manifest(b"hostile", &[]), memory.skip(b"Nothing to do."));
        let none = memory.words(&[0, 0, 0, 0]);
        Self {
            memory,
            pages: 0,
            imports: "",
            arguments: "",
            items: String::new(),
            options: "",
            describe: constant(manifest),
            select: constant(skip),
            images: constant(none),
            targets: constant(none),
        }
    }
}

fn constant(pointer: u32) -> String {
    format!("(i32.const {pointer})")
}

impl Guest {
    /// A guest with this body of `describe`.
    pub fn describing(body: &str) -> Self {
        Self { describe: body.to_owned(), ..Self::default() }
    }

    /// A guest with this body of `select`.
    pub fn selecting(body: &str) -> Self {
        Self { select: body.to_owned(), ..Self::default() }
    }

    /// A guest that deploys, with this body of `images`.
    pub fn imaging(body: &str) -> Self {
        Self { images: body.to_owned(), ..Self::deploying() }
    }

    /// A guest that deploys, with this body of `targets`.
    pub fn targeting(body: &str) -> Self {
        Self { targets: body.to_owned(), ..Self::deploying() }
    }

    fn deploying() -> Self {
        let mut guest = Self::default();
        guest.select = constant(guest.memory.deploy());
        guest
    }

    /// A guest whose `describe` returns the address that `put` returns.
    pub fn described(put: impl FnOnce(&mut Memory) -> u32) -> Self {
        let mut guest = Self::default();
        guest.describe = constant(put(&mut guest.memory));
        guest
    }

    /// A guest whose `select` returns the address that `put` returns.
    pub fn selected(put: impl FnOnce(&mut Memory) -> u32) -> Self {
        let mut guest = Self::default();
        guest.select = constant(put(&mut guest.memory));
        guest
    }

    /// A guest whose `images` returns the address that `put` returns, with one target.
    pub fn imaged(put: impl FnOnce(&mut Memory) -> u32) -> Self {
        Self::deploying_to(put, |memory| memory.targets(&[target()]))
    }

    /// A guest whose `targets` returns the address that `put` returns, with one image.
    pub fn targeted(put: impl FnOnce(&mut Memory) -> u32) -> Self {
        Self::deploying_to(|memory| memory.images(&[image()]), put)
    }

    /// A guest that deploys; the closures return the addresses of its images and its targets.
    pub fn deploying_to(
        images: impl FnOnce(&mut Memory) -> u32,
        targets: impl FnOnce(&mut Memory) -> u32,
    ) -> Self {
        let mut guest = Self::deploying();
        guest.images = constant(images(&mut guest.memory));
        guest.targets = constant(targets(&mut guest.memory));
        guest
    }

    /// A guest that deploys a changed [`image`].
    pub fn image(change: impl FnOnce(&mut Image)) -> Self {
        let mut image = image();
        change(&mut image);
        Self::imaged(|memory| memory.images(&[image]))
    }

    /// A guest that deploys an image with a changed docker build.
    pub fn build(change: impl FnOnce(&mut Build)) -> Self {
        let mut build = Build { context: b".".to_vec(), ..Build::default() };
        change(&mut build);
        Self::image(|image| image.source = Source::Build(build))
    }

    /// A guest that deploys to a changed [`target`].
    pub fn target(change: impl FnOnce(&mut Target)) -> Self {
        let mut target = target();
        change(&mut target);
        Self::targeted(|memory| memory.targets(&[target]))
    }

    /// The component in the text format.
    pub fn text(&self) -> String {
        let Self { imports, arguments, items, options, describe, select, images, targets, .. } = self;
        let heap = (BASE + u32::try_from(self.memory.0.len()).unwrap()).next_multiple_of(1 << 16);
        let library = library((heap >> 16) + 2 + self.pages, heap);
        let data: String = self.memory.0.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let lifted = |name: &str| {
            format!(
                "(func ${name} (type ${name}-type) (canon lift (core func $guest \"{name}\") \
                 (memory (core memory $library \"memory\")) (realloc (core func $library \"realloc\")) {options}))"
            )
        };
        let lifted: String = ["describe", "select", "images", "targets"].map(lifted).concat();
        format!(
            r#"(component {TYPES} {library} {imports}
            (core module $guest
              (import "library" "memory" (memory 1))
              {items}
              (func (export "describe") (result i32) {describe})
              (func (export "select") (param i32) (result i32) {select})
              (func (export "images") (param i32) (result i32) {images})
              (func (export "targets") (param i32) (result i32) {targets})
              (data (i32.const {BASE}) "{data}"))
            (core instance $guest (instantiate $guest (with "library" (instance $library)) {arguments}))
            {lifted}
            (instance $policy (export "describe" (func $describe)) (export "select" (func $select))
              (export "images" (func $images)) (export "targets" (func $targets)))
            (export "ecs-host:policy/policy@0.2.0" (instance $policy)))"#
        )
    }

    /// The component in the binary format.
    pub fn bytes(&self) -> Vec<u8> {
        from_text(&self.text())
    }
}

/// A valid image.
pub fn image() -> Image {
    let build = Build { context: b".".to_vec(), ..Build::default() };
    Image {
        name: b"web".to_vec(),
        repository: b"registry.example/web".to_vec(),
        tags: vec![b"master".to_vec()],
        source: Source::Build(build),
    }
}

/// A valid target.
pub fn target() -> Target {
    Target { cluster: b"production".to_vec(), service: b"web".to_vec(), ..Target::default() }
}
