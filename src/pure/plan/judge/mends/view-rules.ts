/** What mends what the view of one device says. */
import { capture, device, type MendRule, none, words } from './mend-rule.ts';

const off = (name: string): MendRule => device(`${name}=off`);
const leaveOut = (name: string): MendRule => ({ kind: 'leave-out', name });

/** One code for all that QEMU refuses of an assigned device, whose words name the property. */
const UNFIT: MendRule = {
  kind: 'by-message',
  rules: [
    [/x-balloon-allowed/, off('x-balloon-allowed')],
    [/x-vga/, off('x-vga')],
    [/failover/, leaveOut('failover_pair_id')],
    [/ramfb=on/, off('ramfb')],
    [/xres and yres/, leaveOut('xres and yres')],
    [/display method/, off('display')],
  ],
};

const GRAPHICS: MendRule = {
  kind: 'by-message',
  rules: [
    [/legacy mode|i440fx/, off('x-igd-legacy-mode')],
    [/LPC bridge/, off('x-igd-lpc')],
    [/OpRegion/, off('x-igd-opregion')],
    [/x-igd-gms/, device('x-igd-gms=0')],
  ],
};

/** By code. */
export const VIEW_RULES: Readonly<Record<string, MendRule>> = {
  'ats.required.kernel-unsupported': device('ats=auto'),
  'ats.masked.kernel-unsupported': off('ats'),
  'ats.absent': device('ats=auto'),
  'ats.shown.unreported': capture,
  'ats.shown.kernel-unsupported': none('hardware'),
  'ats.unknown': capture,
  'ats.quirk.expected-unsupported': off('ats'),
  'ats.quirk.never-used': off('ats'),
  'ats.quirk.later-kernel': none('hardware'),
  'bytes.none': capture,
  'capability.overlap': none('hardware'),
  'clique.identity': leaveOut('x-nv-gpudirect-clique'),
  'clique.refused': leaveOut('x-nv-gpudirect-clique'),
  'clique.unknown': capture,
  'device.no-answer': { kind: 'host', command: 'the device powered on and its link up: it does not answer' },
  'driver.unknown': none('meant'),
  'express.type-unsupported': words('otherDevice'),
  'header.id-invalid': words('property'),
  'header.interrupt-pin-invalid': none('hardware'),
  'igd.refused': GRAPHICS,
  'igd.stolen-memory': device('x-igd-gms=0'),
  'input.rows-contradict': capture,
  'input.text-contradicts': capture,
  'input.regions-unplaced': capture,
  'input.rows-unread': capture,
  'kernel.header-type-refused': words('otherDevice'),
  'list.endless': none('hardware'),
  'msix.bir-invalid': none('hardware'),
  'msix.misplaced': none('hardware'),
  'msix.relocation-refused': off('x-msix-relocation'),
  'msix.relocation-unknown': capture,
  'outcome.unknown': capture,
  'pasid.no-room': device('x-vpasid-cap-offset=0'),
  'pasid.unknown': capture,
  'placement.unfit': words('place'),
  'property.ramfb-migrate': off('x-ramfb-migrate'),
  'property.sriov-pf': leaveOut('sriov-pf'),
  'property.unfit': UNFIT,
  'profile.unknown': none('meant'),
  'request.invalid': words('property'),
  'vmd.no-room': none('hardware'),
  'vmd.refused': none('hardware'),
  'vmd.unknown': capture,
};
