/** Import first: exits with a clear message if this Node is too old for the rest. */
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`API-Factory needs Node 20.19 or newer; this is ${process.versions.node}. Install a newer one from https://nodejs.org.`);
  process.exit(1);
}
