// A second thread of the observed Node process: when a byte comes in on the control pipe, pause
// the main thread and write its stack to the dump pipe as one JSON line.
'use strict';

const fs = require('fs');
const inspector = require('inspector');
const { parentPort, workerData } = require('worker_threads');

const session = new inspector.Session();
session.connectToMainThread();
const scripts = new Map();
session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params.url));
session.on('Debugger.paused', ({ params }) => {
  const frames = params.callFrames.slice(0, 60).map((frame) => [
    frame.functionName || '<anonymous>',
    (scripts.get(frame.location.scriptId) || frame.url || '').replace(/^file:\/\//, ''),
    frame.location.lineNumber + 1,
  ]);
  fs.writeSync(workerData.dump, JSON.stringify(frames) + '\n');
  session.post('Debugger.resume');
});
session.post('Debugger.enable', () => parentPort.postMessage('ready'));

parentPort.on('message', () => {
  session.disconnect();
  parentPort.postMessage('gone');
});

// A blocking read would keep the process from ending; the pipe does not block and is looked at.
const byte = Buffer.alloc(1);
setInterval(() => {
  try {
    if (fs.readSync(workerData.control, byte, 0, 1, null) === 1) session.post('Debugger.pause');
  } catch (error) {
    if (error.code !== 'EAGAIN') throw error;
  }
}, 10);
