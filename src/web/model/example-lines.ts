/** One line on what each example shows, by its name; a test asks for one for each capture that the package ships. */

export const EXAMPLE_LINES: Readonly<Record<string, string>> = {
  'vm-intel-iotlb': 'VT-d with device IOTLBs: the kernel allows ATS, and the guest sees it',
  'vm-intel-no-iotlb': 'VT-d without them: the kernel reports ATS unsupported, and it is masked',
  'vm-amd': 'AMD-Vi: the kernel reports ATS unsupported for a device that has it',
  'vm-arm-smmuv3': 'An Arm host with an SMMUv3, whose guests get the machine type virt',
  'synthetic-vtd-ats': 'A GPU with ATS, PRI, PASID and Resizable BAR, an NVMe without ATS, a virtual function',
  'synthetic-vtd-no-ats': 'The same devices where the kernel reports ATS unsupported: compare the two',
  'synthetic-smmuv3-ats': 'The same devices behind an SMMUv3 that allows ATS',
  'synthetic-smmuv3-no-ats': 'The same devices behind an SMMUv3 that does not',
};
