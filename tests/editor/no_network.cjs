// Preloaded into a Node process: whoever opens a connection ends it, and says so.
const net = require('node:net');
net.Socket.prototype.connect = function () {
  require('node:fs').writeSync(2, 'asked the network\n');
  process.exit(97);
};
