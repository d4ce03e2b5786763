/* global process, setInterval */
'use strict';

// Loaded into a kernel before tslab: ends it when the Jupyter that started it is gone without having
// been able to end it. Left alone it would go on training, in the same files as the run that follows.
const jupyter = process.ppid;
setInterval(() => {
  if (process.ppid !== jupyter) process.exit(1);
}, 1000).unref();
