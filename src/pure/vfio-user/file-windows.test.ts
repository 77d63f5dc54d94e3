import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Handle, MapRequest } from '../device/handle.ts';
import { FileWindows, WINDOW } from './file-windows.ts';

const HANDLE: Handle = { close() {} };

/** A platform whose mappings have few bytes, wherever they are. */
function createPlatform() {
  const requests: MapRequest[] = [];
  let closed = 0;
  return {
    requests,
    closed: () => closed,
    map(_: Handle, request: MapRequest) {
      requests.push(request);
      return { bytes: new Uint8Array(16), close: () => closed++ };
    },
    requireEvent() {},
    signal() {},
  };
}

it('FileWindows maps the first window at once and others when they are used, each once', () => {
  const platform = createPlatform();
  const windows = new FileWindows(platform, { handle: HANDLE, offset: 4096, size: 2 * WINDOW + 4096, isWritable: true });
  assert.equal(platform.requests.length, 1);
  assert.equal(windows.bytesAt(2 * WINDOW + 3, 4).length, 4);
  windows.bytesAt(2 * WINDOW, 4);
  assert.deepEqual(platform.requests, [
    { offset: 4096, size: WINDOW, isWritable: true },
    { offset: 4096 + 2 * WINDOW, size: 4096, isWritable: true },
  ]);
  assert.equal(windows.isWhole, false);
  windows.close();
  windows.close();
  assert.equal(platform.closed(), 2);
});

it('FileWindows.bytesAt gives what one window has', () => {
  const windows = new FileWindows(createPlatform(), { handle: HANDLE, offset: 0, size: 16, isWritable: false });
  assert.equal(windows.isWhole, true);
  assert.equal(windows.bytesAt(12, 100).length, 4);
});
