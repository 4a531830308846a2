// A push to `main` deploys to the service `web-canary` first. The service `web` follows
// once the canary has been healthy for five minutes. A canary that fails is rolled back.
//
// An answer belongs to the generated code, which frees every string and list of it with
// `free`. So each of them is allocated, also those with a constant text.

#include "bindings/deploy.h"

#include <stdlib.h>
#include <string.h>

static const char REPOSITORY[] = "IMAGE_REPOSITORY";
static const char CLUSTER[] = "ECS_CLUSTER";

static void *allocate(size_t count, size_t size) {
  // Zeros: an absent option, an empty list, the first case of a variant.
  void *block = calloc(count, size);
  if (block == NULL) {
    abort();
  }
  return block;
}

static deploy_string_t copy(const void *text, size_t len) {
  deploy_string_t string = {allocate(len + 1, 1), len};
  memcpy(string.ptr, text, len);
  return string;
}

static deploy_string_t text(const char *text) { return copy(text, strlen(text)); }

static bool equals(const deploy_string_t *string, const char *text) {
  return string->len == strlen(text) && memcmp(string->ptr, text, string->len) == 0;
}

// Returns the value of a setting, or NULL if it is absent.
static const deploy_string_t *setting(const types_build_t *build, const char *name) {
  for (size_t i = 0; i < build->settings.len; i++) {
    if (equals(&build->settings.ptr[i].name, name)) {
      return &build->settings.ptr[i].value;
    }
  }
  return NULL;
}

static bool deploys(const types_build_t *build) {
  return build->event == TYPES_EVENT_PUSH && equals(&build->branch, "main");
}

// Returns the error of a build that lacks a setting, or NULL.
static const char *problem(const types_build_t *build) {
  if (setting(build, REPOSITORY) == NULL) {
    return "Set IMAGE_REPOSITORY to the repository of the image, without a tag.";
  }
  if (setting(build, CLUSTER) == NULL) {
    return "Set ECS_CLUSTER to the cluster of the services `web-canary` and `web`.";
  }
  return NULL;
}

static types_setting_declaration_t required(const char *name, const char *description) {
  return (types_setting_declaration_t){text(name), text(description), true};
}

void exports_policy_describe(types_manifest_t *manifest) {
  manifest->name = text("canary");
  manifest->version = text("1.0.0");
  manifest->description = text("Deploys main to web-canary, and to web once the canary is healthy.");
  manifest->settings.ptr = allocate(2, sizeof(types_setting_declaration_t));
  manifest->settings.len = 2;
  manifest->settings.ptr[0] = required(REPOSITORY, "repository of the image, without a tag");
  manifest->settings.ptr[1] = required(CLUSTER, "cluster of the services web-canary and web");
}

// Each of the functions below returns true with an answer, or false with an error. The
// build belongs to the policy, so the function frees it.

bool exports_policy_select(types_build_t *build, types_selection_t *selection, deploy_string_t *error) {
  const char *missing = NULL;
  if (!deploys(build)) {
    selection->tag = TYPES_SELECTION_SKIP;
    selection->val.skip = text("Only a push to `main` deploys.");
  } else if ((missing = problem(build)) != NULL) {
    *error = text(missing);
  } else {
    selection->tag = TYPES_SELECTION_DEPLOY;
  }
  types_build_free(build);
  return missing == NULL;
}

// The host calls these two only after `select` has returned `deploy` for the same build.

bool exports_policy_images(types_build_t *build, exports_policy_list_image_t *images,
                           deploy_string_t *error) {
  (void)error;
  const deploy_string_t *repository = setting(build, REPOSITORY);
  images->ptr = allocate(1, sizeof(types_image_t));
  images->len = 1;
  types_image_t *image = images->ptr;
  image->name = text("web");
  image->repository = copy(repository->ptr, repository->len);
  image->tags.ptr = allocate(1, sizeof(deploy_string_t));
  image->tags.len = 1;
  image->tags.ptr[0] = copy(build->commit.ptr, build->commit.len);
  image->source.tag = TYPES_IMAGE_SOURCE_DOCKERFILE;
  types_build_free(build);
  return true;
}

static types_target_t service(const types_build_t *build, const char *name, uint32_t wave) {
  const deploy_string_t *cluster = setting(build, CLUSTER);
  return (types_target_t){
      .destination = {.tag = TYPES_DESTINATION_SERVICE,
                      .val.service = {copy(cluster->ptr, cluster->len), text(name)}},
      .wave = wave,
      .rollout = {.is_some = true,
                  .val = {.bake_seconds = {wave == 0, 300},
                          .on_failure = {true, TYPES_FAILURE_ACTION_ROLL_BACK}}},
  };
}

bool exports_policy_targets(types_build_t *build, exports_policy_list_target_t *targets,
                            deploy_string_t *error) {
  (void)error;
  targets->ptr = allocate(2, sizeof(types_target_t));
  targets->len = 2;
  targets->ptr[0] = service(build, "web-canary", 0);
  targets->ptr[1] = service(build, "web", 1);
  types_build_free(build);
  return true;
}
