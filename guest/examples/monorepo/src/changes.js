// Which images have changed since what runs.

import { getService } from 'ecs-host:policy/services@0.2.0';
import { changedFiles } from 'ecs-host:policy/source@0.2.0';

/**
 * Returns the images of which at least one service does not run the current files. `services` are the
 * services of the cluster, each with the name of its image.
 */
export function changedImages(images, services, cluster) {
  return images.filter(({ name, directories }) => services
    .filter(({ image }) => image === name)
    .some(({ service }) => {
      const files = changedSince(cluster, service);
      return files === undefined || files.some((path) => directories.some((directory) => path.startsWith(directory)));
    }));
}

/**
 * The paths that differ between what a service runs and the commit of the build. Returns undefined if
 * that is not known: `ecs-host` has not deployed the service yet, or a lookup fails, for example because a
 * shallow clone does not contain the commit. The log of the run contains the lookup and its error.
 */
function changedSince(cluster, service) {
  try {
    const deployed = getService(cluster, service)?.deployedBy;
    return deployed == null ? undefined : changedFiles(deployed.commit);
  } catch {
    return undefined;
  }
}
