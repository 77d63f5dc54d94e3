/** A thread that judges files as the main thread and the others leave them to it, some at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { Batches } from './change-batches.ts';
import type { BatchResult, ChangeWorkerStart } from './change-in-parallel.ts';
import { ChangeJudge } from './changed-file.ts';
import { DefinitionReader } from './definitions.ts';

async function work({ question, format, related, files, next }: ChangeWorkerStart): Promise<void> {
  // The main thread has told what is to be said of the hosts.
  const judge = await ChangeJudge.prepare(question, () => {});
  const reader = new DefinitionReader(format, related);
  const batches = new Batches(files, next);
  for (let batch = batches.take(); batch !== null; batch = batches.take()) {
    const result: BatchResult = { index: batch.index, files: batch.files.map(path => judge.judgeFile(path, reader)) };
    parentPort?.postMessage(result);
  }
}

void work(workerData as ChangeWorkerStart);
