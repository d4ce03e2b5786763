/** Whether a device has been selected in this process; the environment's wish alone selects none. */
export const selection = { made: false };
