/**
 * Runs in the host VM before a program of Node (`--require`): takes a PCI function away in the middle of it, when the program opens the
 * file AIRLOCK_REMOVE_AT of the function AIRLOCK_REMOVE.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { openSync } = fs;

fs.openSync = (path, ...rest) => {
  // Looked at with each call: the runs of one process have each their own.
  const { AIRLOCK_REMOVE: address, AIRLOCK_REMOVE_AT: file } = process.env;
  const sysfs = `/sys/bus/pci/devices/${address}`;
  if (address !== undefined && String(path) === `${sysfs}/${file}` && fs.existsSync(sysfs)) {
    fs.writeFileSync(`${sysfs}/remove`, '1');
    fs.writeSync(2, `removed before its ${file} was read\n`);
  }
  return openSync(path, ...rest);
};
syncBuiltinESMExports();
