/**
 * Runs in the host VM before a program of Node (`--require`): says at its end which devices it left open, and takes a PCI function
 * away in the middle of it: when the program opens the file AIRLOCK_REMOVE_AT of the function AIRLOCK_REMOVE.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

function target(fd: string): string {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

process.on('exit', () => {
  const left = fs
    .readdirSync('/proc/self/fd')
    .map(target)
    .filter(path => /vfio|iommu|^\/sys\//.test(path));
  if (left.length > 0) fs.writeSync(2, `left open: ${left.join(', ')}\n`);
});

const { AIRLOCK_REMOVE: address, AIRLOCK_REMOVE_AT: file } = process.env;
if (address !== undefined) {
  const { openSync } = fs;
  const sysfs = `/sys/bus/pci/devices/${address}`;
  fs.openSync = (path, ...rest) => {
    if (String(path) === `${sysfs}/${file}` && fs.existsSync(sysfs)) {
      fs.writeFileSync(`${sysfs}/remove`, '1');
      fs.writeSync(2, `removed before its ${file} was read\n`);
    }
    return openSync(path, ...rest);
  };
  syncBuiltinESMExports();
}
