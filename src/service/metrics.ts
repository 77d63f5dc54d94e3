/** What `serve` counts, in the text format of Prometheus (version 0.0.4), and the server that answers with it. */
import { createServer, type Server } from 'node:http';
import { commandName } from '../pure/vfio-user/index.ts';
import type { DeviceService, ServiceTotals } from './device-service.ts';
import { ServiceError } from './service-error.ts';
import { refusalWords } from './system-words.ts';

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: (device: string, totals: ServiceTotals) => readonly Sample[];
}

const METRICS: readonly Metric[] = [
  {
    name: 'airlock_client_connected',
    help: 'Whether a client is connected to the device.',
    type: 'gauge',
    samples: (device, { isConnected }) => [[{ device }, Number(isConnected)]],
  },
  {
    name: 'airlock_connections_total',
    help: 'Clients that were served.',
    type: 'counter',
    samples: (device, { connections }) => [[{ device }, connections]],
  },
  {
    name: 'airlock_connections_refused_total',
    help: 'Clients that came while another one was there.',
    type: 'counter',
    samples: (device, { refused }) => [[{ device }, refused]],
  },
  {
    name: 'airlock_messages_total',
    help: 'vfio-user messages received, by command.',
    type: 'counter',
    samples: (device, { messages }) =>
      Array.from(
        messages,
        (count, command): Sample => [{ device, command: command === 0 ? 'unknown' : commandName(command) }, count],
      ).filter(([, count]) => count > 0),
  },
  {
    name: 'airlock_message_errors_total',
    help: 'Messages that were refused.',
    type: 'counter',
    samples: (device, { errors }) => [[{ device }, errors]],
  },
  {
    name: 'airlock_bytes_total',
    help: 'Bytes of messages, by direction.',
    type: 'counter',
    samples: (device, { bytesReceived, bytesSent }) => [
      [{ device, direction: 'received' }, bytesReceived],
      [{ device, direction: 'sent' }, bytesSent],
    ],
  },
  {
    name: 'airlock_dma_bytes_total',
    help: 'Bytes of guest memory that the device reached, by the way to them.',
    type: 'counter',
    samples: (device, { dmaMapped, dmaByMessage }) => [
      [{ device, way: 'mapped' }, dmaMapped],
      [{ device, way: 'message' }, dmaByMessage],
    ],
  },
];

function formatLabel([name, value]: readonly [string, string]): string {
  return `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

export function formatMetrics(devices: readonly (readonly [name: string, totals: ServiceTotals])[]): string {
  const lines: string[] = [];
  for (const { name, help, type, samples } of METRICS) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [device, totals] of devices) {
      for (const [labels, value] of samples(device, totals)) {
        lines.push(`${name}{${Object.entries(labels).map(formatLabel).join(',')}} ${value}`);
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

export interface ListenAddress {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** `PORT` of the loopback interface, or `ADDRESS:PORT`. Throws ServiceError for anything else. */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) throw new ServiceError(`--metrics does not take "${text}": wanted PORT or ADDRESS:PORT`);
  return { host: match[1] ?? match[2] ?? '127.0.0.1', port };
}

function formatListenAddress({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export interface MetricsServer {
  /** Where it answers: `http://127.0.0.1:9100/metrics`. */
  readonly url: string;
  close(): void;
}

/** Answers GET /metrics. Throws ServiceError where it cannot listen. */
export async function serveMetrics(listen: ListenAddress, services: readonly DeviceService[]): Promise<MetricsServer> {
  const server: Server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0];
    if (path !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('see /metrics\n');
      return;
    }
    const devices = await Promise.all(services.map(async service => [service.name, await service.totals()] as const));
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(formatMetrics(devices));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => {
      reject(new ServiceError(`--metrics: Cannot listen on ${formatListenAddress(listen)}: ${refusalWords(error)}`));
    });
    server.listen(listen.port, listen.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : listen.port;
  return {
    url: `http://${formatListenAddress({ host: listen.host, port })}/metrics`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
