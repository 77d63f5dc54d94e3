/** Which module drives a device for VFIO: the `vfio_pci:` lines of modules.alias (depmod(8), kernel documentation of driver_override). */

/** An alias has fields of hexadecimal digits behind lower-case names; a star stands for any digits. */
function aliasPattern(alias: string): RegExp {
  const source = alias.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '[0-9A-F]*');
  return new RegExp(`^${source}$`);
}

const LINE = /^alias (vfio_pci:\S{1,200}) (\S{1,100})$/;

/**
 * The module whose alias fits `modalias` (`pci:v00008086d…`) best, by the fewest stars: a variant driver before vfio_pci,
 * which takes any device. null where no line fits. `text` is the content of modules.alias.
 */
export function findVfioModule(modalias: string, text: string): string | null {
  const wanted = modalias.replace(/^pci:/, 'vfio_pci:');
  let best: { module: string; stars: number } | null = null;
  for (const line of text.split('\n')) {
    const [, alias, module] = line.startsWith('alias vfio_pci:') ? (LINE.exec(line) ?? []) : [];
    if (alias === undefined || module === undefined || !aliasPattern(alias).test(wanted)) continue;
    const stars = alias.split('*').length - 1;
    if (best === null || stars < best.stars) best = { module, stars };
  }
  return best?.module ?? null;
}
