/** The public face of this part: which driver has a device, who is in the way, and changing it. */
export { BindingError } from './binding-error.ts';
export { type ChosenDriver, chooseDriver, type DriverSearch, moduleLoader } from './choose-driver.ts';
export { type DriverControl, driverControl } from './driver-control.ts';
export { readGroupBlockers, readUnknownMembers } from './group-blockers.ts';
export { findHolders, type Holder } from './open-files.ts';
export { readRealPath, readWholeText, rootPrefix } from './paths.ts';
export { bindFunctions, type DriverChange, unbindFunction } from './rebind.ts';
export { findRefusals, isBridge, type Refusal } from './refusals.ts';
