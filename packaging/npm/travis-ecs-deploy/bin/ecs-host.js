#!/usr/bin/env node
'use strict';

require('../lib/start').start('ecs-host', process.argv.slice(2));
