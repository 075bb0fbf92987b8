#!/usr/bin/env node
// A record processor of KCL for Node: tells standard error of each record, then checkpoints.
'use strict';

const kcl = require('aws-kcl');

kcl({
  initialize(input, done) {
    done();
  },

  processRecords(input, done) {
    for (const record of input.records) {
      process.stderr.write(`Record (Partition Key: ${record.partitionKey}, Data: ${Buffer.from(record.data, 'base64')})\n`);
    }
    const last = input.records.at(-1);
    if (!last) {
      done();
      return;
    }
    input.checkpointer.checkpoint(last.sequenceNumber, () => done());
  },

  leaseLost(input, done) {
    done();
  },

  shardEnded(input, done) {
    input.checkpointer.checkpoint(() => done());
  },

  shutdownRequested(input, done) {
    input.checkpointer.checkpoint(() => done());
  },
}).run();
