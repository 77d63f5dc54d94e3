/** Latencies of link states as registers code them (PCIe 6.0 §7.5.3.3, §7.5.3.6): each is an upper bound. */

/** Code 7 is `no limit` for an acceptable latency and `more than 4us` for an exit latency. */
export const L0S_LATENCIES = { 0: '64ns', 1: '128ns', 2: '256ns', 3: '512ns', 4: '1us', 5: '2us', 6: '4us', 7: 'unlimited' } as const;

/** Code 7 is `no limit` for an acceptable latency and `more than 64us` for an exit latency. */
export const L1_LATENCIES = { 0: '1us', 1: '2us', 2: '4us', 3: '8us', 4: '16us', 5: '32us', 6: '64us', 7: 'unlimited' } as const;
