import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends text to the server at `address` over a socket, and returns the complete response. */
export async function sendRaw(address: string, text: string): Promise<string> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  let response = '';
  socket.on('data', (bytes) => {
    response += bytes;
  });
  socket.write(text);
  await once(socket, 'close');
  return response;
}
