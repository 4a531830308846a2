#!/usr/bin/env node
'use strict';

// What this command did before ecs-host: it deployed the build of the job. Its variables are those of the built-in policy.
require('../lib/start').start('travis-ecs-deploy', ['run'].concat(process.argv.slice(2)));
