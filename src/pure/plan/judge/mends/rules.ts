/** What mends each message of a plan, by its code; a code that names an IOMMU is about that one, whichever device it is said of. */
import { capture, device, given, iommu, type MendRule, none, words } from './mend-rule.ts';
import { VIEW_RULES } from './view-rules.ts';

const smmu = iommu('arm-smmuv3');
const intel = iommu('intel-iommu');
const place = words('place');
const setting: MendRule = { kind: 'device' };
const option: MendRule = { kind: 'option' };

const OTHER_BACKEND: MendRule = { kind: 'other-backend' };

const HOST_RULES: Readonly<Record<string, MendRule>> = {
  'backend.mixed': OTHER_BACKEND,
  'candidates.none': words('supply'),
  'candidates.some': words('supply'),
  'candidates.too-few': words('supply'),
  'candidates.undefined': words('definedSet'),
  'candidates.unknown': capture,
  'device.driver-unknown': capture,
  'device.not-bound': words('bind'),
  'device.taken': none('meant'),
  'device.twice': words('otherDevice'),
  'group.none': { kind: 'host', command: "the host's IOMMU on: in its firmware, and intel_iommu=on" },
  'group.not-viable': given('hardware'),
  'group.unknown': capture,
  'host.device-absent': words('otherDevice'),
  'host.device-not-captured': { kind: 'host', command: 'sudo airlock capture on that host, of all its devices' },
  'host.late': none('late'),
  'host.mdev': none('late'),
  'host.missing': words('otherDevice'),
  'host.served': none('late'),
  'host.unreported': capture,
  'iommufd.absent': words('legacy', 'sudo modprobe iommufd'),
  'iommufd.object-absent': words('iommufdObject'),
  'machine.distribution': words('machine'),
  'machine.iommu': option,
  'machine.missing': words('machine'),
  'machine.unknown': words('machine'),
  'property.read-only': words('property'),
  'property.syntax': words('property'),
  'property.unknown': setting,
  'property.value': setting,
  'vfio.cdev-absent': OTHER_BACKEND,
  'vfio.container-absent': OTHER_BACKEND,
};

const PLACE_RULES: Readonly<Record<string, MendRule>> = {
  'place.bus': place,
  'place.bus-full': place,
  'place.bus-kind': place,
  'place.chassis': place,
  'place.driver': place,
  'place.expander': place,
  'place.failover': place,
  'place.function': place,
  'place.function-not-seen': place,
  'place.global': place,
  'place.hotplug-controller': place,
  'place.id': place,
  'place.index': place,
  'place.slot-not-seen': place,
  'place.slot-taken': place,
  'place.unknown': given('unseen'),
  'place.value': place,
  'place.virtual-functions': place,
};

const SWITCHES: MendRule = {
  kind: 'by-message',
  rules: [
    [/^the guest sees ATS/, device('ats=off')],
    [/SMMU offers ATS/, iommu('arm-smmuv3', 'ats=off')],
  ],
};

const IOMMU_RULES: Readonly<Record<string, MendRule>> = {
  'amd-iommu.dma-remap': iommu('amd-iommu'),
  'amd-iommu.no-notifier': given('hardware'),
  'amd-iommu.pci-id': option,
  'ats.two-switches': SWITCHES,
  'intel-iommu.aw-bits': intel,
  'intel-iommu.bridge': words('belowPort'),
  'intel-iommu.caching-mode': intel,
  'intel-iommu.eim': intel,
  'intel-iommu.first-stage': intel,
  'intel-iommu.fs1gp': intel,
  'intel-iommu.fsts': intel,
  'intel-iommu.no-iommufd': words('iommufd'),
  'intel-iommu.no-nesting': intel,
  'intel-iommu.pasid-bits': intel,
  'intel-iommu.svm': intel,
  'intel-iommu.x-flts': intel,
  'intel-iommu.x-pasid-mode': intel,
  'iommu.after-device': words('order'),
  'iommu.bus': given('unseen'),
  'iommu.driver-unknown': none('unseen'),
  'iommu.host-unreported': given('hardware'),
  'iommu.irqchip': words('split'),
  'iommu.link': smmu,
  'iommu.machine': words('machine'),
  'iommu.not-root': place,
  'iommu.program': words('iommuModel'),
  'iommu.several': words('oneIommu'),
  'iommu.unknown': none('follows'),
  'smmuv3.ats': smmu,
  'smmuv3.auto-without-device': smmu,
  'smmuv3.bus-taken': words('otherRoot'),
  'smmuv3.bypass': option,
  'smmuv3.cmdqv': smmu,
  'smmuv3.cmdqv-absent': smmu,
  'smmuv3.cmdqv-unknown': smmu,
  'smmuv3.device-tree': words('firmware'),
  'smmuv3.emulated': words('otherRoot'),
  'smmuv3.emulated-before': words('otherRoot'),
  'smmuv3.endian': none('hardware'),
  'smmuv3.granule-16k': none('hardware'),
  'smmuv3.granule-4k': none('hardware'),
  'smmuv3.granule-64k': none('hardware'),
  'smmuv3.kvm': words('kvm'),
  'smmuv3.no-accel': smmu,
  'smmuv3.no-bus': smmu,
  'smmuv3.no-iommufd': words('iommufd'),
  'smmuv3.no-nesting': none('hardware'),
  'smmuv3.no-root': smmu,
  'smmuv3.oas': smmu,
  'smmuv3.ril': smmu,
  'smmuv3.sidsize': none('hardware'),
  'smmuv3.ssidsize': smmu,
  'smmuv3.stage': smmu,
  'smmuv3.stream-table': none('hardware'),
  'smmuv3.table-format': none('hardware'),
  'smmuv3.wrong-type': none('hardware'),
  'virtio-iommu.aw-bits': iommu('virtio-iommu-pci'),
  'virtio-iommu.granule': iommu('virtio-iommu-pci'),
};

/** By code. */
export const MEND_RULES: Readonly<Record<string, MendRule>> = { ...HOST_RULES, ...PLACE_RULES, ...IOMMU_RULES, ...VIEW_RULES };
