/** A host VM whose first process is systemd, with the package, a disk, and what the guide's page on services has of its reader's machine. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Block, readPages } from '../oracle/guide-pages.ts';
import { nvmeDisk, writeEmptyImage } from '../vm/devices.ts';
import { type CommandResult, type HostVm, hostVm } from '../vm/host-vm.ts';
import { packedAirlock } from '../vm/packed-airlock.ts';
import type { Kernel } from '../vm/qemu-command.ts';
import { kvmHost } from './kvm-host.ts';

const PAGE = 'run-as-a-service.md';
export const CAPTURES = '/opt/package/node_modules/vfio-airlock/captures';
const PRINTS_ROOT = '#!/bin/sh\n[ "$*" = "root -g" ] && echo /opt/package/node_modules\nexit 0\n';
/** Puts the file of runBlock between the lines that `systemctl edit` keeps. */
const EDITOR = '#!/bin/sh\nfor file; do :; done\nexec sed -i "/^### Anything between here/r /root/ini" "$file"\n';
const timeoutSeconds = 200;

/** What a process may do, by its status. */
const CONFINED = { CapEff: '0000000000000000', CapBnd: '0000000000000000', NoNewPrivs: '1', Seccomp: '2' };

export class ServicesHost {
  readonly vm: HostVm;
  /** Of the disk, in the VM. */
  readonly address: string;
  /** Those of the page. */
  readonly blocks: readonly Block[] = readPages().find(({ name }) => name === PAGE)?.blocks ?? [];
  readonly #folder: string;

  private constructor(vm: HostVm, address: string, folder: string) {
    this.vm = vm;
    this.address = address;
    this.#folder = folder;
  }

  static async boot(kernel: Kernel): Promise<ServicesHost> {
    const folder = mkdtempSync(join(tmpdir(), 'airlock-services-'));
    const image = join(folder, 'nvme.img');
    writeEmptyImage(image, 16 << 20);
    const devices = [nvmeDisk('disk', image)];
    // Debian's KVM is a module, which nothing loads.
    const boot = kernel === 'debian' ? hostVm : kvmHost;
    const vm = await boot({ iommu: 'intel', kernel, kernelArguments: ['airlock.systemd'], devices, package: packedAirlock() });
    try {
      const host = new ServicesHost(vm, await vm.address('disk'), folder);
      await host.#prepare();
      return host;
    } catch (error) {
      await vm.close();
      throw error;
    }
  }

  async #prepare(): Promise<void> {
    await this.output('until systemctl is-system-running --wait; do sleep 0.5; done 2>/dev/null');
    // What the page has of a machine that is not this one: npm, sudo, a group, and an editor.
    const programs = { npm: PRINTS_ROOT, sudo: '#!/bin/sh\nexec "$@"\n', editor: EDITOR };
    for (const [name, text] of Object.entries(programs)) {
      await this.vm.output(`cat >/usr/local/bin/${name} && chmod +x /usr/local/bin/${name}`, { stdin: text });
    }
    await this.output(`groupadd libvirt-qemu; mkdir /root/guide; cp ${CAPTURES}/synthetic-vtd-ats.json /root/guide/capture.json`);
    await this.runBlock('sudo npm install');
  }

  sh(script: string): Promise<CommandResult> {
    return this.vm.run(['bash', '-ec', script], { timeoutSeconds });
  }

  output(script: string): Promise<string> {
    return this.vm.output(['bash', '-ec', script], { timeoutSeconds });
  }

  /** Runs the block that begins so, as it stands but for the device's address; an editor writes the ini block behind it. */
  async runBlock(begin: string): Promise<string> {
    const index = this.blocks.findIndex(({ kind, text }) => kind === 'console' && text.startsWith(begin));
    assert.notEqual(index, -1, begin);
    const next = this.blocks[index + 1];
    await this.vm.output('cat >/root/ini', { stdin: next?.kind === 'ini' ? next.text : '' });
    const text = `export SYSTEMD_EDITOR=editor; cd /root/guide\n${this.blocks[index]?.text.replaceAll('0000:3b:00.0', this.address)}`;
    // An editor wants a terminal.
    return next?.kind === 'ini' ? this.vm.output(['script', '-qec', text, '/dev/null'], { timeoutSeconds }) : this.output(text);
  }

  attached(name: string): Promise<string> {
    return this.output(`airlock attach /run/airlock/${name}.sock`);
  }

  async property(unit: string, name: string): Promise<string> {
    return (await this.output(`systemctl show -P ${name} ${unit}`)).trim();
  }

  async assertConfined(unit: string): Promise<void> {
    const status = await this.output(`cat /proc/${await this.property(unit, 'MainPID')}/status`);
    const fields = new Map(status.split('\n').map(line => line.split(/:\s*/, 2) as [string, string]));
    for (const [name, value] of Object.entries(CONFINED)) assert.equal(fields.get(name), value, name);
    const [user = '0'] = (fields.get('Uid') ?? '').split('\t');
    assert.ok(Number(user) > 0, `it runs as user ${user}`);
  }

  async close(): Promise<void> {
    await this.vm.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
