// The unit tests of policy.c, as a native program: `make unit`.

#include "bindings/deploy.h"

#undef NDEBUG
#include <assert.h>
#include <stdlib.h>
#include <string.h>

// bindings/deploy_component_type.o, which is for WebAssembly, defines it.
void __component_type_object_force_link_deploy(void) {}

static deploy_string_t text(const char *text) {
  deploy_string_t string = {(uint8_t *)strdup(text), strlen(text)};
  return string;
}

static bool contains(deploy_string_t string, const char *part) {
  return memmem(string.ptr, string.len, part, strlen(part)) != NULL;
}

// A function of the policy frees the build that it receives, so each call gets a new one.
static types_build_t build(const char *branch, types_event_t event, const char *cluster) {
  types_build_t build = {0};
  build.branch = text(branch);
  build.commit = text("3f2a9c10d1e2f30415263748596a7b8c9d0e1f20");
  build.event = event;
  build.settings.ptr = calloc(2, sizeof(types_setting_t));
  build.settings.ptr[0] = (types_setting_t){text("IMAGE_REPOSITORY"), text("registry.example/web")};
  build.settings.len = 1;
  if (cluster != NULL) {
    build.settings.ptr[1] = (types_setting_t){text("ECS_CLUSTER"), text(cluster)};
    build.settings.len = 2;
  }
  return build;
}

static void only_a_push_to_main_deploys(void) {
  struct {
    const char *branch;
    types_event_t event;
    uint8_t expected;
  } rows[] = {
      {"main", TYPES_EVENT_PUSH, TYPES_SELECTION_DEPLOY},
      {"main", TYPES_EVENT_PULL_REQUEST, TYPES_SELECTION_SKIP},
      {"mai", TYPES_EVENT_PUSH, TYPES_SELECTION_SKIP},
      {"main2", TYPES_EVENT_PUSH, TYPES_SELECTION_SKIP},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
    types_build_t input = build(rows[i].branch, rows[i].event, "shop");
    types_selection_t selection = {0};
    deploy_string_t error = {0};
    assert(exports_policy_select(&input, &selection, &error));
    assert(selection.tag == rows[i].expected);
    types_selection_free(&selection);
  }
}

static void a_missing_setting_is_an_error_only_of_a_build_that_deploys(void) {
  types_selection_t selection = {0};
  deploy_string_t error = {0};
  types_build_t deploying = build("main", TYPES_EVENT_PUSH, NULL);
  assert(!exports_policy_select(&deploying, &selection, &error));
  assert(contains(error, "Set ECS_CLUSTER"));
  deploy_string_free(&error);
  types_build_t skipped = build("feature/x", TYPES_EVENT_PUSH, NULL);
  assert(exports_policy_select(&skipped, &selection, &error));
  types_selection_free(&selection);
}

static void the_canary_precedes_the_service(void) {
  types_build_t input = build("main", TYPES_EVENT_PUSH, "shop");
  exports_policy_list_target_t targets = {0};
  deploy_string_t error = {0};
  assert(exports_policy_targets(&input, &targets, &error));
  assert(targets.len == 2);
  assert(contains(targets.ptr[0].destination.val.service.service, "web-canary"));
  assert(targets.ptr[0].wave < targets.ptr[1].wave);
  exports_policy_list_target_free(&targets);
}

int main(void) {
  only_a_push_to_main_deploys();
  a_missing_setting_is_an_error_only_of_a_build_that_deploys();
  the_canary_precedes_the_service();
  return 0;
}
