/**
 * Serves the page to this machine alone. Whoever is to see it must know the token in its address; a request that was meant for another host
 * is refused, so that no page of a name that leads here (DNS rebinding) can ask for it.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refusalWords } from '../../service/system-words.ts';
import { UsageError } from '../command.ts';
import type { ExplorerPage } from './page.ts';

const HOST = '127.0.0.1';
/** Bytes of the token: 128 bits cannot be guessed. */
const TOKEN_BYTES = 16;
/** Milliseconds for a request to come whole: a browser's has no body. */
const REQUEST_TIMEOUT = 5000;
/** The most clients at a time; browsers open six. */
const MOST_CLIENTS = 256;

export interface PageServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/TOKEN/`. */
  readonly address: string;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares in a time that says nothing of where two texts differ. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/** Why a request is not answered with the page. */
interface Refusal {
  readonly status: number;
  readonly words: string;
}

function refusalOf({ headers, url, method }: IncomingMessage, path: string, hosts: readonly string[]): Refusal | null {
  if (!hosts.includes(headers.host ?? '')) return { status: 421, words: 'This is not the host that was asked for.' };
  if (!isSame(url ?? '', path)) return { status: 404, words: 'Nothing is here; airlock explore prints the address.' };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, words: 'Only GET and HEAD are answered.' };
  return null;
}

/** What answers requests for one page, at a port that is known once the server listens. */
function answerWith({ html, policy }: ExplorerPage, path: string, hosts: () => readonly string[]) {
  const body = Buffer.from(html);
  const headers = {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': `${policy}; frame-ancestors 'none'`,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
  return (request: IncomingMessage, response: ServerResponse): void => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const refusal = refusalOf(request, path, hosts());
    const content = refusal === null ? body : Buffer.from(`${refusal.words}\n`);
    if (refusal?.status === 405) response.setHeader('Allow', 'GET, HEAD');
    response.setHeader('Content-Type', `text/${refusal === null ? 'html' : 'plain'}; charset=utf-8`);
    response.setHeader('Content-Length', content.length);
    response.writeHead(refusal?.status ?? 200);
    response.end(request.method === 'HEAD' ? undefined : content);
  };
}

/** Serves the page at `port` of 127.0.0.1, or at one that is free where it is 0. Throws UsageError where the port cannot be had. */
export async function servePage(page: ExplorerPage, port: number): Promise<PageServer> {
  const path = `/${randomBytes(TOKEN_BYTES).toString('hex')}/`;
  let hosts: readonly string[] = [];
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT, connectionsCheckingInterval: 1000 },
    answerWith(page, path, () => hosts),
  );
  server.maxConnections = MOST_CLIENTS;
  await new Promise<void>((listening, failed) => {
    server.once('error', error => failed(new UsageError(`Cannot serve the page at ${HOST}:${port}: ${refusalWords(error)}`)));
    server.listen(port, HOST, listening);
  });
  const { port: own } = server.address() as AddressInfo;
  hosts = [`${HOST}:${own}`, `localhost:${own}`];
  return {
    address: `http://${HOST}:${own}${path}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise(resolve => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
