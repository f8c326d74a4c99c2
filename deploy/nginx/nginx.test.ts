import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

/** nginx with deploy/nginx/nginx.conf, in front of a server that records requests. */
const CONF = readFileSync(new URL('./nginx.conf', import.meta.url), 'utf8');
const isInstalled = spawnSync('nginx', ['-v']).status === 0;
if (!isInstalled)
  process.stderr.write('skipped: nginx.conf is not tested, because nginx is not installed (`apt-get install nginx-light`)\n');

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.skipIf(!isInstalled)('nginx in front', () => {
  const seen: IncomingMessage[] = [];
  let home: string;
  let api: Server;
  let port: number;
  let nginx: ReturnType<typeof spawn>;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'front-'));
    api = createServer((request, reply) => {
      seen.push(request);
      reply.setHeader('content-type', 'application/json').end('{"from":"api"}');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => api.once('listening', resolve));
    port = await freePort();
    for (const folder of ['nginx', 'files/assets']) mkdirSync(join(home, folder), { recursive: true });
    writeFileSync(join(home, 'files/index.html'), '<title>console</title>');
    writeFileSync(join(home, 'mime.types'), 'types { text/html html; }');
    const address = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    writeFileSync(join(home, 'nginx/upstream.conf'), `map "" $api { default "${address}"; }`);
    // The workers must be able to use a directory that only its owner may enter.
    const asRoot = process.getuid?.() === 0 ? 'user root root;\n' : '';
    const conf = CONF.replaceAll('/tmp/nginx/', `${home}/nginx/`)
      .replace('/etc/nginx/mime.types', `${home}/mime.types`)
      .replace('/usr/share/api-factory', `${home}/files`)
      .replace('listen 8080', `listen 127.0.0.1:${port}`);
    writeFileSync(join(home, 'nginx.conf'), asRoot + conf);
    execFileSync('nginx', ['-t', '-q', '-e', 'stderr', '-c', join(home, 'nginx.conf')], { stdio: 'pipe' });
    nginx = spawn('nginx', ['-e', 'stderr', '-c', join(home, 'nginx.conf'), '-g', 'daemon off;'], { stdio: 'ignore' });
    await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200), { timeout: 10_000 });
  });

  afterAll(async () => {
    if (nginx) {
      nginx.kill('SIGTERM');
      await new Promise((resolve) => nginx.once('exit', resolve));
    }
    api?.close();
    rmSync(home, { recursive: true });
  });

  beforeEach(() => void seen.splice(0));

  /** Sends lines unchanged. */
  async function raw(...lines: string[]): Promise<{ head: string; body: string }> {
    const socket = connect(port, '127.0.0.1');
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    let text = '';
    for await (const bytes of socket) text += bytes;
    const [head = '', body = ''] = text.split('\r\n\r\n', 2);
    return { head: head.toLowerCase(), body };
  }

  const get = (path: string, ...fields: string[]) => raw(`GET ${path} HTTP/1.1`, 'Host: h', 'Connection: close', ...fields);

  test.each([
    ['two Content-Length fields', ['POST /api/x HTTP/1.1', 'Host: h', 'Content-Length: 1', 'Content-Length: 2']],
    [
      'Content-Length and Transfer-Encoding',
      ['POST /api/x HTTP/1.1', 'Host: h', 'Content-Length: 3', 'Transfer-Encoding: chunked', '', '0'],
    ],
    ['an unknown transfer coding', ['POST /api/x HTTP/1.1', 'Host: h', 'Transfer-Encoding: xchunked', '', '0']],
    ['two Host fields', ['GET /api/x HTTP/1.1', 'Host: a', 'Host: b']],
    ['a path traversal', ['GET /%2e%2e/etc/passwd HTTP/1.1', 'Host: h']],
    ['CONNECT', ['CONNECT evil.example:443 HTTP/1.1', 'Host: h']],
  ])('a request with %s returns a problem and does not reach the api', async (_, lines) => {
    const { head, body } = await raw(...lines);
    expect(head).toMatch(/^http\/1\.1 400 /);
    expect(head).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ code: 'BAD_REQUEST', status: 400, success: false });
    expect(seen).toEqual([]);
  });

  test.each([
    ['field', '/api/x', `X-Long: ${'a'.repeat(20_000)}`],
    ['path', `/api/${'a'.repeat(20_000)}`, 'X-Long: no'],
  ])('a %s that is too long returns the same problem as from the api', async (_, path, field) => {
    const { head, body } = await get(path, field);
    expect(head).toMatch(/^http\/1\.1 431 /);
    expect(JSON.parse(body)).toMatchObject({ code: 'HEADERS_TOO_LARGE', status: 431 });
    expect(seen).toEqual([]);
  });

  test('the caller’s address is last in X-Forwarded-For, whatever the caller sent', async () => {
    await get('/api/x', 'X-Forwarded-For: 9.9.9.9', 'X-Forwarded-For: 8.8.8.8', 'X-Forwarded-Proto: gopher');
    expect(seen[0]?.headers).toMatchObject({
      'x-forwarded-for': expect.stringMatching(/8\.8\.8\.8, 127\.0\.0\.1$/),
      'x-forwarded-proto': 'http',
      host: 'h',
    });
  });

  test('the api is told to close each connection, because the side that closes keeps its port for a minute', async () => {
    await get('/api/x');
    expect(seen[0]?.headers.connection).toBe('close');
  });

  test.each(['/api/x', '/_api/readyz', '/docs', '/checkout/x', '/openapi.json', '/assets', '/assets/nope.js'])(
    '%s goes to the api, even for a browser',
    async (path) => {
      expect((await get(path, 'Accept: text/html')).body).toContain('"from":"api"');
    },
  );

  test.each(['/', '/keys', '/API/admin/plans', '/x/../keys', '/api/../keys'])('%s returns the console to a browser', async (path) => {
    expect((await get(path, 'Accept: text/html')).body).toContain('<title>console</title>');
    expect(seen).toEqual([]);
  });
});
