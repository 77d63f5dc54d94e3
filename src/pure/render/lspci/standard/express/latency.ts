/** Latencies of PCI Express as text. */

/** `<64ns`, or `unlimited`. */
export function formatLatency(latency: string): string {
  return latency === 'unlimited' ? latency : `<${latency}`;
}
