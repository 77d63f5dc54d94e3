import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceTotals } from './device-service.ts';
import { formatMetrics, parseListenAddress } from './metrics.ts';
import { ServiceError } from './service-error.ts';

test('parseListenAddress takes a port of the loopback interface, or an address and a port', () => {
  const rows: readonly (readonly [text: string, host: string, port: number])[] = [
    ['9464', '127.0.0.1', 9464],
    ['0', '127.0.0.1', 0],
    ['0.0.0.0:80', '0.0.0.0', 80],
    ['localhost:65535', 'localhost', 65535],
    ['[::1]:9464', '::1', 9464],
  ];
  for (const [text, host, port] of rows) assert.deepEqual(parseListenAddress(text), { host, port }, text);
});

test('parseListenAddress refuses what is none', () => {
  for (const text of ['', 'port', ':80', '65536', '-1', '::1:80', '[]:80', '1.2.3.4', 'a:b:80', '80 ']) {
    assert.throws(() => parseListenAddress(text), ServiceError, text);
  }
});

test('formatMetrics gives each family once, with a sample for each device, its name escaped', () => {
  const messages = new Float64Array(19);
  messages[9] = 7;
  const totals: ServiceTotals = {
    messages,
    bytesReceived: 224,
    bytesSent: 252,
    errors: 1,
    dmaMapped: 3,
    dmaByMessage: 4,
    connections: 2,
    refused: 0,
    isConnected: true,
  };
  const lines = formatMetrics([
    ['gpu', totals],
    ['a"b\\c\nd', totals],
  ]).split('\n');
  assert.equal(lines.filter(line => line === '# TYPE airlock_messages_total counter').length, 1);
  assert.ok(lines.includes('airlock_messages_total{device="gpu",command="REGION_READ"} 7'));
  assert.ok(lines.includes('airlock_client_connected{device="a\\"b\\\\c\\nd"} 1'));
  assert.ok(lines.includes('airlock_dma_bytes_total{device="gpu",way="message"} 4'));
  assert.equal(lines.filter(line => line.includes('command=')).length, 2, 'commands that nobody sent are left out');
});
