/** A thread that views segments of a dump as they are given to it. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Segment, WorkerStart } from './protocol.ts';
import { SegmentViewer } from './segment-viewer.ts';

const { path, ask } = workerData as WorkerStart;
const viewer = new SegmentViewer(path, ask);

parentPort?.on('message', (segment: Segment) => {
  const result = viewer.view(segment);
  parentPort?.postMessage(result, [result.output.buffer as ArrayBuffer]);
});
