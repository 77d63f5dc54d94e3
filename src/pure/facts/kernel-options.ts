/** Picks the words of a kernel's command line that matter for device assignment (kernel-parameters.txt); no other word leaves the host. */

const SWITCH = /^(?:[01]|[yn]|on|off)$/i;

/** The comma-separated words that may be told, by option name with `_` for `-`. */
const OPTIONS: readonly (readonly [name: RegExp, word: RegExp])[] = [
  [/^iommu$/, /^(?:on|off|force|noforce|pt|nopt|soft|strict|relaxed|biomerge|merge|nomerge|panic|nopanic|usedac|allowdac|forcesac)$/],
  [/^intel_iommu$/, /^(?:on|off|igfx_off|forcedac|strict|sp_off|sm_on|sm_off|tboot_noforce)$/],
  [/^amd_iommu$/, /^(?:on|off|fullflush|force_isolation|force_enable|pgtbl_v[12]|irtcachedis|nohugepages|v2_pgsizes_only)$/],
  [/^amd_iommu_intr$/, /^(?:legacy|vapic)$/],
  [/^intremap$/, /^(?:on|off|nosid|no_x2apic_optout|nopost|posted_msi)$/],
  [/^pcie_(?:aspm|ports|port_pm)$/, /^(?:off|on|force|auto|native|compat|dpc-native)$/],
  [/^iommu\.(?:passthrough|strict|forcedac)$/, SWITCH],
  [/^arm_smmu(?:_v3)?\.(?:disable_bypass|disable_msipolling)$/, SWITCH],
  [/^pcie_acs_override$/, /^(?:downstream|multifunction|id:[\da-f]{4}:[\da-f]{4})$/i],
  [/^vfio_pci\.ids$/, /^[\da-f]{1,8}(?::[\da-f]{0,8}){1,5}$/i],
  [/^vfio_pci\.(?:nointxmask|disable_vga|disable_idle_d3|enable_sriov|disable_denylist)$/, SWITCH],
  [/^vfio\.enable_unsafe_noiommu_mode$/, SWITCH],
  [/^(?:iommufd|vfio_iommu_type1)\.allow_unsafe_interrupts$/, SWITCH],
  [/^vfio_iommu_type1\.disable_hugepages$/, SWITCH],
  [/^vfio_iommu_type1\.dma_entry_limit$/, /^\d{1,10}$/],
  [/^pci$/, /^no(?:ats|aer|ari|acpi|bar|crs|domains|mmconf|msi)$/],
  [/^pci$/, /^(?:use_crs|norom|rom|big_root_window|assign-busses|earlydump|pcie_scan_all|realloc|realloc=on|realloc=off)$/],
  [/^pci$/, /^(?:pcie_bus_(?:tune_off|safe|perf|peer2peer)|disable_acs_redir=[\da-f:.;]+|config_acs=[01x]+@[\da-f:.;]+)$/i],
];

/** Options without a value. */
const FLAGS = ['nointremap'];

/** Replaces a word that may not be told. */
const LEFT_OUT = '…';

function relevant(word: string): string | null {
  const at = word.indexOf('=');
  const name = at < 0 ? word : word.slice(0, at);
  const plain = name.replaceAll('-', '_');
  if (at < 0) return FLAGS.includes(plain) ? word : null;
  const value = word.slice(at + 1).replaceAll('"', '');
  const patterns = OPTIONS.filter(([pattern]) => pattern.test(plain)).map(([, pattern]) => pattern);
  if (patterns.length === 0) return null;
  const words = value.split(',').map(part => (patterns.some(pattern => pattern.test(part)) ? part : LEFT_OUT));
  return `${name}=${words.join(',')}`;
}

/**
 * The options that matter, as they stand on the command line and in its order. A word of a value that is not on the list of words that may
 * be told is `…`.
 *
 * @example
 * ```ts
 * import { kernelOptions } from 'vfio-airlock/facts';
 *
 * kernelOptions('root=UUID=5e1f quiet intel_iommu=on pci=noats'); // → ['intel_iommu=on', 'pci=noats']
 * ```
 */
export function kernelOptions(commandLine: string): string[] {
  // What follows a double dash is for the init process.
  const [own = ''] = ` ${commandLine} `.split(/\s--\s/);
  return (own.match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map(relevant).filter(option => option !== null);
}

/** Whether `pci=noats` is among them, which may stand among other words of `pci=`. */
export function hasNoAts(options: readonly string[]): boolean {
  return options.some(option => option.startsWith('pci=') && option.slice(4).split(',').includes('noats'));
}
