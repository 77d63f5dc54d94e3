/** What of a host is taken out of a file that a command writes, by the options that keep it. */
import type { RedactionKind } from '../pure/capture/redact.ts';
import type { OptionSpec, Options } from './command.ts';

/** The options; `where` stands before their help: `with --out: `. */
export const redactionOptions = (where = ''): readonly OptionSpec[] => [
  { name: 'include-serials', help: `${where}keep serial numbers: DSN and what VPD's window holds` },
  { name: 'include-addresses', help: `${where}keep addresses of the host: BARs, bridge windows, VF BARs` },
];

/** What the options do not keep. */
export function redactionsOf(options: Options): RedactionKind[] {
  return [
    ...(options.flag('include-serials') ? [] : ['serials' as const]),
    ...(options.flag('include-addresses') ? [] : ['addresses' as const]),
  ];
}
