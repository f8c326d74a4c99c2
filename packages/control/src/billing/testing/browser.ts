import { request } from 'node:http';

export interface Answered {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  // A test reads what it expects; a wrong path fails the test.
  // biome-ignore lint/suspicious/noExplicitAny: the body of any route
  body: any;
  text: string;
}

/** Keeps cookies by name and sends them to their path. Sends any header, `Host` included. */
export class Browser {
  readonly cookies = new Map<string, { value: string; path: string }>();
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answered> {
    return this.call('GET', path, undefined, headers);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answered> {
    return this.call('POST', path, body, headers);
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> {
    const payload = body === undefined ? null : JSON.stringify(body);
    const cookie = [...this.cookies].filter(([, { path: scope }]) => path.startsWith(scope)).map(([name, { value }]) => `${name}=${value}`);
    const answered = await send(new URL(path, this.#origin), {
      method,
      payload,
      headers: {
        ...(payload === null ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
        ...(cookie.length === 0 ? {} : { cookie: cookie.join('; ') }),
        ...headers,
      },
    });
    for (const line of [answered.headers['set-cookie'] ?? []].flat()) this.#keep(line);
    return answered;
  }

  #keep(line: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) this.cookies.set(name, { value, path: /Path=([^;]+)/.exec(line)?.[1] ?? '/' });
  }
}

function send(url: URL, { method, payload, headers }: { method: string; payload: string | null; headers: Record<string, string> }) {
  return new Promise<Answered>((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      const json = /json/.test(response.headers['content-type'] ?? '') && text !== '';
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: json ? JSON.parse(text) : null, text });
    });
    sent.on('error', reject);
    sent.end(payload ?? undefined);
  });
}
