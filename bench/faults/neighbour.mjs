/**
 * A hostile client: repeats one request over `connections` connections as fast as it gets
 * responses. The parent's first message defines the request. At the message `stop` it stops and
 * sends the number of responses by status.
 */
import { Agent, request } from 'node:http';
import { setPriority } from 'node:os';

// Lowest priority: the well-behaved client measures on the same core, and its times must not
// include this process's work.
setPriority(0, 19);
const statuses = {};
let stopped = false;
let count = 0;

function send(agent, { port, method, path, headers = {}, body, manyAddresses = false }) {
  count += 1;
  const from = manyAddresses ? { 'x-forwarded-for': `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}` } : {};
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, agent, method, path, headers: { ...headers, ...from } }, (answer) => {
      statuses[answer.statusCode] = (statuses[answer.statusCode] ?? 0) + 1;
      answer.resume();
      answer.on('end', resolve);
      answer.on('error', resolve);
    });
    sent.on('error', resolve);
    sent.end(body);
  });
}

process.on('message', async (message) => {
  if (message === 'stop') {
    stopped = true;
    return;
  }
  const agent = new Agent({ keepAlive: true, maxSockets: message.connections });
  const loop = async () => {
    while (!stopped) await send(agent, message);
  };
  await Promise.all(Array.from({ length: message.connections }, loop));
  agent.destroy();
  process.send(statuses, () => process.disconnect());
});
