import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as published from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import { FIELDS, type FieldsOf } from './fields.ts';

/** KubeVirt's published type of each part that is read. */
interface Published {
  virtualMachine: published.V1VirtualMachineSpec;
  matcher: published.V1InstancetypeMatcher & published.V1PreferenceMatcher;
  template: published.V1VirtualMachineInstanceTemplateSpec;
  instance: published.V1VirtualMachineInstanceSpec;
  domain: published.V1DomainSpec;
  machine: published.V1Machine;
  cpu: published.V1CPU;
  numa: published.V1NUMA;
  devices: published.V1Devices;
  hostDevice: published.V1HostDevice;
  gpu: published.V1GPU;
  gpuOptions: published.V1VGPUOptions;
  gpuDisplay: published.V1VGPUDisplayOptions;
  feature: published.V1FeatureState;
  interface: published.V1Interface;
  network: published.V1Network;
  /** `default` is a word of the language, and so has another name there. */
  multus: Omit<published.V1MultusNetwork, '_default'> & { default?: boolean };
  permittedHostDevices: published.V1PermittedHostDevices;
  pciHostDevice: published.V1PciHostDevice;
  mediatedDevice: published.V1MediatedHostDevice;
  instancetype: published.V1beta1VirtualMachineInstancetypeSpec;
  machinePreferences: published.V1beta1MachinePreferences;
}

/** Fields that the types, made from KubeVirt 1.7, do not have: of 1.9, by its sources of 2026-08. */
interface Newer {
  instance: 'serviceAccountName';
  interface: 'portRanges';
  network: 'resourceClaim';
}

type Ours = { [Part in FieldsOf]: (typeof FIELDS)[Part][number] };
type Theirs = { [Part in keyof Published]: keyof Published[Part] | (Part extends keyof Newer ? Newer[Part] : never) };
/** Assignable both ways, part by part: a field too much or too few on either side does not compile. */
type Same = {
  [Part in FieldsOf]: [Ours[Part]] extends [Theirs[Part]] ? ([Theirs[Part]] extends [Ours[Part]] ? true : Theirs[Part]) : Ours[Part];
};

test('FIELDS are the fields of the types that KubeVirt publishes', () => {
  const parts = Object.fromEntries(Object.keys(FIELDS).map(part => [part, true]));
  const same: Same = {
    virtualMachine: true,
    matcher: true,
    template: true,
    instance: true,
    domain: true,
    machine: true,
    cpu: true,
    numa: true,
    devices: true,
    hostDevice: true,
    gpu: true,
    gpuOptions: true,
    gpuDisplay: true,
    feature: true,
    interface: true,
    network: true,
    multus: true,
    permittedHostDevices: true,
    pciHostDevice: true,
    mediatedDevice: true,
    instancetype: true,
    machinePreferences: true,
  };
  assert.deepEqual(same, parts);
});
