import { request } from 'node:http';

export type RawReply = { status: number; headers: Record<string, string>; body: string };

/**
 * One HTTP request with exactly these headers, including those that `fetch` does not let a caller
 * set (Host, Origin). Does not follow redirects.
 */
export function rawRequest(
  url: string,
  { method = 'GET', headers = {}, body = '' }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        const fields = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(fields), body: text });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
