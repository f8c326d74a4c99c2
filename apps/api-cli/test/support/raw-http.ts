import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends text to the server at `address` over a socket, and returns all that it answers. */
export async function sendRaw(address: string, text: string): Promise<string> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (bytes) => {
    answer += bytes;
  });
  socket.write(text);
  await once(socket, 'close');
  return answer;
}
